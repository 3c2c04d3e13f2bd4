#include "core/fec/gf16.h"

#include <string.h>

#define CACHE_BYTES (40u * 1024)

size_t pf_gf16_column_groups(const struct pf_gf16_work *w, unsigned rows, size_t groups)
{
    size_t fits = w->column_bytes / ((size_t)rows * PF_GF16_GROUP);
    size_t wide = CACHE_BYTES / (2 * (size_t)rows * PF_GF16_GROUP);
    if (wide < 2)
        wide = 2;
    if (wide > fits)
        wide = fits;
    return wide < groups ? wide : groups;
}

void pf_gf16_inverse(const struct pf_gf16_work *w, const struct pf_gf16_pass *p, uint8_t *out, bool add,
    const uint8_t *const *sources, size_t offset, unsigned count)
{
    const struct pf_gf16_kernels *k = w->kernels;
    if (p->n <= 4) {
        k->inverse_sources(p, out, add, sources, offset, count);
        return;
    }
    k->inverse_sources(p, p->rows, false, sources, offset, count);
    for (unsigned d = 4; d < p->n;) {
        bool four = 4 * d <= p->n, last = (four ? 4 : 2) * d == p->n;
        (four ? k->inverse_rows4 : k->inverse_rows2)(p, last ? out : p->rows, last && add, d, count);
        d *= four ? 4 : 2;
    }
}

void pf_gf16_forward(const struct pf_gf16_work *w, const struct pf_gf16_pass *p, uint8_t *const *outputs,
    size_t offset, unsigned wanted)
{
    const struct pf_gf16_kernels *k = w->kernels;
    unsigned d = p->n / 2; /* half-width of the next level; the last two levels go to the outputs */
    if (d > 2 && __builtin_ctz(d) % 2 == 0) {
        k->forward_rows2(p, d, wanted);
        d /= 2;
    }
    for (; d > 2; d /= 4)
        k->forward_rows4(p, d / 2, wanted);
    k->forward_outputs(p, outputs, offset, wanted);
}

static struct pf_gf16_pass pass_over(
    const struct pf_gf16_work *w, uint8_t *rows, unsigned n, unsigned base, size_t groups)
{
    return (struct pf_gf16_pass){.blobs = w->blobs,
        .rows = rows,
        .stride = groups * PF_GF16_GROUP,
        .groups = groups,
        .n = n,
        .base = base};
}

static void encode_column_high(const struct pf_gf16_work *w, unsigned n, const uint8_t *const *data,
    unsigned k, uint8_t *const *parity, unsigned m, size_t offset, size_t groups)
{
    for (unsigned first = 0; first < k; first += n) {
        struct pf_gf16_pass p = pass_over(w, w->rows, n, n + first, groups);
        pf_gf16_inverse(w, &p, w->sum, first > 0, data + first, offset, k - first < n ? k - first : n);
    }
    struct pf_gf16_pass p = pass_over(w, w->sum, n, 0, groups);
    pf_gf16_forward(w, &p, parity, offset, m);
}

static void encode_column_low(const struct pf_gf16_work *w, unsigned n, const uint8_t *const *data,
    unsigned k, uint8_t *const *parity, unsigned m, size_t offset, size_t groups)
{
    struct pf_gf16_pass in = pass_over(w, w->rows, n, 0, groups);
    pf_gf16_inverse(w, &in, w->sum, false, data, offset, k);
    for (unsigned first = 0; first < m; first += n) {
        memcpy(w->rows, w->sum, n * in.stride);
        struct pf_gf16_pass p = pass_over(w, w->rows, n, n + first, groups);
        pf_gf16_forward(w, &p, parity + first, offset, m - first < n ? m - first : n);
    }
}

void pf_gf16_encode_groups(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *const *data, unsigned data_count, uint8_t *const *parity, unsigned parity_count,
    size_t groups)
{
    size_t width = pf_gf16_column_groups(w, l->n, groups);
    for (size_t g = 0; g < groups; g += width) {
        size_t here = groups - g < width ? groups - g : width;
        (l->high ? encode_column_high : encode_column_low)(
            w, l->n, data, data_count, parity, parity_count, g * PF_GF16_GROUP, here);
    }
}
