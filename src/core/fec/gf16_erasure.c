/* Decoding many losses by transforms of the whole block (5.6). */
#include "core/fec/gf16.h"

#include <string.h>

static uint16_t add_mod(uint16_t a, uint16_t b)
{
    uint32_t sum = (uint32_t)a + b;
    return (uint16_t)(sum + (sum >> 16)); /* 65535 and 0 are the same residue */
}

static uint16_t sub_mod(uint16_t a, uint16_t b)
{
    uint32_t difference = (uint32_t)a - b;
    return (uint16_t)(difference + (difference >> 16));
}

/* Walsh–Hadamard transform of 2^levels values modulo 65535, in place. */
static void walsh(uint16_t *data, unsigned levels)
{
    uint32_t n = 1u << levels;
    for (uint32_t half = 1; half < n; half *= 2) {
        for (uint32_t r = 0; r < n; r += 2 * half) {
            for (uint32_t i = r; i < r + half; i++) {
                uint16_t a = data[i], b = data[i + half];
                data[i] = add_mod(a, b);
                data[i + half] = sub_mod(a, b);
            }
        }
    }
}

/* Logarithms of the error locator at every point (step 2): at p the sum of log(p ⊕ q) over all lost points q.
 *
 * The transform is only as large as the points in use. With the low rate the points beyond them are lost too;
 * but as the sum over all points is 0 modulo 65535, the sum over the lost ones is minus that over the others.
 */
static void locate(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const uint8_t *present)
{
    unsigned levels = pf_gf16_log2_ceil(pf_gf16_points(l)), n = 1u << levels;
    uint16_t *locator = w->locator, *logs = w->logs;
    memset(locator, 0, n * sizeof(*locator));
    for (unsigned i = 0; i < l->data_count; i++)
        locator[l->data + i] = l->high != (present[i] != 0);
    for (unsigned j = 0; j < l->parity_count; j++)
        locator[l->parity + j] = l->high != (present[l->data_count + j] != 0);
    unsigned unsent =
        l->high ? l->parity_count : l->data_count; /* up to n: parity never sent, or known zeros */
    for (unsigned p = unsent; p < l->n; p++)
        locator[p] = 1;

    memcpy(logs, pf_gf16_tables()->log, n * sizeof(*logs));
    walsh(locator, levels);
    walsh(logs, levels);
    for (unsigned p = 0; p < n; p++)
        locator[p] = (uint16_t)((uint32_t)locator[p] * logs[p] % PF_GF16_MODULUS);
    walsh(locator, levels);
    /* Division by n = 2^levels is multiplication by 2^(16 − levels), because 2^16 is 1 modulo 65535. */
    for (unsigned p = 0; p < n; p++) {
        uint32_t log = ((uint32_t)locator[p] << (16 - levels)) % PF_GF16_MODULUS;
        locator[p] = (uint16_t)(l->high ? log : PF_GF16_MODULUS - log);
    }
}

/* Formal derivative (step 4). */
static void differentiate(const struct pf_gf16_work *w, const struct pf_gf16_job *job)
{
    for (size_t i = 1; i < (size_t)1 << job->levels; i++) {
        size_t u = i & (0u - i);
        w->kernels->add(job->rows + (i - u) * job->bytes, job->rows + i * job->bytes, u * job->bytes);
    }
}

static void decode_column(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *present, uint8_t *const *shards, size_t offset, size_t bytes)
{
    const uint16_t *exp = pf_gf16_tables()->exp;
    struct pf_gf16_job job = {
        .levels = pf_gf16_log2_ceil(pf_gf16_points(l)),
        .count = pf_gf16_points(l),
        .bytes = bytes,
        .rows = w->rows,
        .coefficients = w->rows,
    };
    memset(job.rows, 0, job.count * bytes);
    for (unsigned i = 0; i < l->data_count + l->parity_count; i++) {
        unsigned p = i < l->data_count ? l->data + i : l->parity + i - l->data_count;
        if (present[i])
            w->kernels->scale_in(job.rows + p * bytes, shards[i] + offset, exp[w->locator[p]], bytes);
    }
    w->kernels->inverse(&job);
    differentiate(w, &job);
    job.count = l->data + l->data_count;
    w->kernels->forward(&job);
    for (unsigned i = 0; i < l->data_count; i++) {
        unsigned p = l->data + i;
        if (!present[i])
            w->kernels->scale_out(
                shards[i] + offset, job.rows + p * bytes, exp[PF_GF16_MODULUS - w->locator[p]], bytes);
    }
}

void pf_gf16_decode_transform(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *present, const struct pf_gf16_part *parts, unsigned part_count)
{
    locate(w, l, present);
    size_t width = pf_gf16_column_width(w, 1u << pf_gf16_log2_ceil(pf_gf16_points(l)));
    for (unsigned part = 0; part < part_count; part++) {
        for (size_t offset = 0; offset < parts[part].bytes; offset += width) {
            size_t left = parts[part].bytes - offset;
            decode_column(w, l, present, parts[part].shards, offset, left < width ? left : width);
        }
    }
}
