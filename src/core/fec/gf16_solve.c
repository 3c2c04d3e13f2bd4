/* Decoding few losses: take the known data out of as many parity shards as data are missing and solve the
 * rest, a Cauchy system whose inverse has a closed form. */
#include "core/fec/gf16.h"

#include <string.h>

/* Coefficient of data shard b in parity shard a is row ⊗ column ⊗ inv(point a ⊕ point b) (5.4). */
struct equation {
    unsigned shard; /* index of the parity shard */
    unsigned point;
    uint16_t row_log;
};
struct unknown {
    unsigned shard; /* index of the data shard */
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
    return (struct unknown){i, l->data + i, l->high ? t->log[1 + i / l->n] : (uint16_t)0};
}

static struct equation equation_at(const struct pf_gf16_layout *l, unsigned j)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    return (struct equation){j, l->parity + j, l->high ? (uint16_t)0 : t->log[1 + j / l->n]};
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

/* The system in terms of shards. */
static void find_equations(struct system *s, const struct pf_gf16_layout *l, const uint8_t *present)
{
    s->n = 0;
    for (unsigned i = 0; i < l->data_count; i++)
        if (!present[i])
            s->unknown[s->n++] = unknown_at(l, i);
    for (unsigned j = 0, found = 0; j < l->parity_count && found < s->n; j++)
        if (present[l->data_count + j])
            s->equation[found++] = equation_at(l, j);
}

/* The sums of the known data in every equation, by one product for each data shard. */
static void direct_sums(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const struct system *s,
    const uint8_t *present, uint8_t *const *sums, const struct pf_gf16_part *part)
{
    const uint8_t **known = (const uint8_t **)(void *)w->pointers;
    unsigned count = 0, known_count = l->data_count - s->n;
    for (unsigned i = 0; i < l->data_count; i++) {
        if (!present[i])
            continue;
        struct unknown column = unknown_at(l, i);
        for (unsigned y = 0; y < s->n; y++)
            w->matrix[(size_t)y * known_count + count] = coefficient(&s->equation[y], &column);
        known[count++] = part->shards[i];
    }
    w->kernels->dot(sums, s->n, known, known_count, w->matrix, part->bytes);
}

/* The same by encoding the data with zeros for what is missing. */
static void encoded_sums(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const struct system *s,
    const uint8_t *present, uint8_t **sums, const struct pf_gf16_part *part)
{
    const uint8_t **data = (const uint8_t **)(void *)w->pointers;
    uint8_t **parity = w->pointers + l->data_count;
    for (unsigned i = 0; i < l->data_count; i++)
        data[i] = present[i] ? part->shards[i] : w->zero;
    unsigned wanted = s->equation[s->n - 1].shard + 1;
    for (unsigned j = 0; j < wanted; j++)
        parity[j] = w->syndromes + j * w->row_bytes;
    pf_gf16_encode(w, l, data, parity, wanted, part->bytes);
    for (unsigned y = 0; y < s->n; y++)
        sums[y] = parity[s->equation[y].shard];
}

/* The difference of those sums to the received parity is what the missing data make. */
static void restore_part(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const struct system *s,
    const uint8_t *present, const struct pf_gf16_part *part)
{
    uint8_t *syndromes[PF_GF16_SOLVE_MAX], *missing[PF_GF16_SOLVE_MAX];
    if ((uint64_t)s->n * l->data_count <= pf_gf16_encode_cost(l)) {
        for (unsigned y = 0; y < s->n; y++)
            syndromes[y] = w->syndromes + y * w->row_bytes;
        direct_sums(w, l, s, present, syndromes, part);
    } else {
        encoded_sums(w, l, s, present, syndromes, part);
    }
    for (unsigned y = 0; y < s->n; y++) {
        const uint8_t *pair[] = {syndromes[y], part->shards[l->data_count + s->equation[y].shard]};
        w->kernels->sum(syndromes[y], pair, 2, part->bytes);
        missing[y] = part->shards[s->unknown[y].shard];
    }
    for (unsigned x = 0; x < s->n; x++)
        for (unsigned y = 0; y < s->n; y++)
            w->matrix[x * s->n + y] = inverse_entry(s, x, y);
    w->kernels->dot(missing, s->n, (const uint8_t *const *)syndromes, s->n, w->matrix, part->bytes);
}

void pf_gf16_decode_solve(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *present, const struct pf_gf16_part *parts, unsigned part_count)
{
    struct system s;
    find_equations(&s, l, present);
    prepare_inverse(&s);
    for (unsigned part = 0; part < part_count; part++)
        restore_part(w, l, &s, present, &parts[part]);
}
