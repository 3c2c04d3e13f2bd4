/* Decoding few losses: take the known data out of as many parity shards as data are missing and solve the
 * rest, a Cauchy system whose inverse has a closed form. */
#include "core/fec/gf16.h"

#include <string.h>

/* Above this many losses the syndromes come from the encoder instead of one product for each data shard. */
#define DIRECT_MAX 4u

/* Coefficient of data shard b in parity shard a is row ⊗ column ⊗ inv(point a ⊕ point b) (5.4). */
struct equation {
    unsigned shard; /* index of the parity shard */
    unsigned point;
    uint16_t row_log;
};
struct unknown {
    unsigned shard;
    unsigned point;
    uint16_t column_log;
};
struct system {
    unsigned n;
    struct equation equation[PF_GF16_SOLVE_MAX];
    struct unknown unknown[PF_GF16_SOLVE_MAX];
    uint32_t equation_log[PF_GF16_SOLVE_MAX], unknown_log[PF_GF16_SOLVE_MAX];
};

static struct unknown unknown_at(const struct pf_gf16_layout *l, unsigned i)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    return (struct unknown){i, l->data + i, l->high ? t->log[1 + i / l->n] : 0};
}

static struct equation equation_at(const struct pf_gf16_layout *l, unsigned j)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    return (struct equation){j, l->parity + j, l->high ? 0 : t->log[1 + j / l->n]};
}

static uint32_t log_of_difference(unsigned a, unsigned b)
{
    return pf_gf16_tables()->log[a ^ b];
}

static uint16_t exp_of(uint64_t log)
{
    return pf_gf16_tables()->exp[log % PF_GF16_MODULUS];
}

/* Logarithm of the inverse of a field element whose logarithm is given. */
static uint32_t negate(uint32_t log)
{
    return (PF_GF16_MODULUS - log % PF_GF16_MODULUS) % PF_GF16_MODULUS;
}

/* The factors of the inverse that belong to one equation or to one unknown. */
static void prepare_inverse(struct system *s)
{
    for (unsigned y = 0; y < s->n; y++) {
        uint64_t product_e = 0, product_u = 0, differences_e = 0, differences_u = 0;
        for (unsigned k = 0; k < s->n; k++) {
            product_e += log_of_difference(s->equation[y].point, s->unknown[k].point);
            product_u += log_of_difference(s->equation[k].point, s->unknown[y].point);
            differences_e += k == y ? 0 : log_of_difference(s->equation[y].point, s->equation[k].point);
            differences_u += k == y ? 0 : log_of_difference(s->unknown[y].point, s->unknown[k].point);
        }
        differences_e += s->equation[y].row_log;
        differences_u += s->unknown[y].column_log;
        s->equation_log[y] =
            (uint32_t)((product_e + negate((uint32_t)(differences_e % PF_GF16_MODULUS))) % PF_GF16_MODULUS);
        s->unknown_log[y] =
            (uint32_t)((product_u + negate((uint32_t)(differences_u % PF_GF16_MODULUS))) % PF_GF16_MODULUS);
    }
}

static uint16_t inverse_entry(const struct system *s, unsigned x, unsigned y)
{
    uint32_t difference = log_of_difference(s->equation[y].point, s->unknown[x].point);
    return exp_of((uint64_t)s->equation_log[y] + s->unknown_log[x] + negate(difference));
}

static uint16_t coefficient(const struct equation *e, const struct unknown *u)
{
    return exp_of((uint64_t)e->row_log + u->column_log + negate(log_of_difference(e->point, u->point)));
}

/* dst[0 … count−1] ^= c[0 … count−1] ⊗ src, four at a time. */
static void mul_add_many(const struct pf_gf16_work *w, uint8_t *const *dst, const uint16_t *c, unsigned count,
    const uint8_t *src, size_t groups)
{
    _Alignas(64) uint8_t blob[4][128];
    const uint8_t *blobs[4] = {blob[0], blob[1], blob[2], blob[3]};
    while (count) {
        unsigned now = count >= 4 ? 4 : 1;
        for (unsigned i = 0; i < now; i++)
            pf_gf16_blob(w, c[i], blob[i]);
        if (now == 4)
            w->kernels->mul_add4((uint8_t *const *)dst, src, groups, blobs);
        else
            w->kernels->mul_add(dst[0], src, groups, blob[0]);
        dst += now;
        c += now;
        count -= now;
    }
}

static void direct_syndromes(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const struct system *s, uint8_t *const *rows, uint8_t *const *shards, const uint8_t *present, unsigned k,
    size_t groups)
{
    uint16_t c[DIRECT_MAX];
    for (unsigned y = 0; y < s->n; y++)
        memcpy(rows[y], shards[k + s->equation[y].shard], groups * PF_GF16_GROUP);
    for (unsigned i = 0; i < k; i++) {
        if (!present[i])
            continue;
        struct unknown known = unknown_at(l, i);
        for (unsigned y = 0; y < s->n; y++)
            c[y] = coefficient(&s->equation[y], &known);
        mul_add_many(w, rows, c, s->n, shards[i], groups);
    }
}

/* Encodes the data with zeros for what is missing; the difference to the received parity is what is missing.
 */
static void encoded_syndromes(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const struct system *s, uint8_t **rows, uint8_t *const *shards, const uint8_t *present, unsigned k,
    unsigned m, size_t groups)
{
    const uint8_t **data = (const uint8_t **)(void *)w->pointers;
    uint8_t **parity = w->pointers + k;
    for (unsigned i = 0; i < k; i++)
        data[i] = present[i] ? shards[i] : w->zero;
    unsigned wanted = s->equation[s->n - 1].shard + 1;
    for (unsigned j = 0; j < wanted; j++)
        parity[j] = w->syndromes + j * w->row_bytes;
    pf_gf16_encode_groups(w, l, data, k, parity, wanted, groups);
    for (unsigned y = 0; y < s->n; y++) {
        rows[y] = parity[s->equation[y].shard];
        w->kernels->add(rows[y], shards[k + s->equation[y].shard], groups);
    }
}

void pf_gf16_decode_solve(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    uint8_t *const *shards, const uint8_t *present, unsigned k, unsigned m, size_t groups)
{
    struct system s = {.n = 0};
    for (unsigned i = 0; i < k; i++)
        if (!present[i])
            s.unknown[s.n++] = unknown_at(l, i);
    for (unsigned j = 0, found = 0; j < m && found < s.n; j++)
        if (present[k + j])
            s.equation[found++] = equation_at(l, j);
    prepare_inverse(&s);

    uint8_t *rows[PF_GF16_SOLVE_MAX], *restored[PF_GF16_SOLVE_MAX];
    uint16_t c[PF_GF16_SOLVE_MAX];
    if (s.n <= DIRECT_MAX) {
        for (unsigned y = 0; y < s.n; y++)
            rows[y] = w->syndromes + y * w->row_bytes;
        direct_syndromes(w, l, &s, rows, shards, present, k, groups);
    } else {
        encoded_syndromes(w, l, &s, rows, shards, present, k, m, groups);
    }
    for (unsigned x = 0; x < s.n; x++) {
        restored[x] = shards[s.unknown[x].shard];
        memset(restored[x], 0, groups * PF_GF16_GROUP);
    }
    for (unsigned y = 0; y < s.n; y++) {
        for (unsigned x = 0; x < s.n; x++)
            c[x] = inverse_entry(&s, x, y);
        mul_add_many(w, restored, c, s.n, rows[y], groups);
    }
}
