/* Decoding many losses by transforms of the whole block (5.6). */
#include "core/fec/gf16.h"

#include <string.h>

/* Logarithms of the error locator at every point (step 2). */
static void locate(
    uint16_t *locator, const struct pf_gf16_layout *l, const uint8_t *present, unsigned k, unsigned m)
{
    memset(locator, 0, PF_GF16_ORDER * sizeof(*locator));
    for (unsigned i = 0; i < k; i++)
        locator[l->data + i] = !present[i];
    for (unsigned j = 0; j < m; j++)
        locator[l->parity + j] = !present[k + j];
    unsigned unsent_end = l->high ? l->n : PF_GF16_ORDER;
    for (unsigned p = l->parity + m; p < unsent_end; p++)
        locator[p] = 1;

    const struct pf_gf16_tables *t = pf_gf16_tables();
    pf_gf16_walsh(locator);
    for (unsigned p = 0; p < PF_GF16_ORDER; p++)
        locator[p] = (uint16_t)((uint32_t)locator[p] * t->log_walsh[p] % PF_GF16_MODULUS);
    pf_gf16_walsh(locator);
}

static void scale(const struct pf_gf16_work *w, uint8_t *dst, const uint8_t *src, size_t groups, unsigned log)
{
    _Alignas(64) uint8_t blob[128];
    pf_gf16_blob(w, pf_gf16_tables()->exp[log], blob);
    w->kernels->mul(dst, src, groups, blob);
}

static void transform(const struct pf_gf16_work *w, const struct pf_gf16_pass *p)
{
    const struct pf_gf16_kernels *kernels = w->kernels;
    unsigned n = p->n;
    for (unsigned d = 1; d < n;) {
        bool four = 4 * d <= n;
        (four ? kernels->inverse_rows4 : kernels->inverse_rows2)(p, p->rows, false, d, n);
        d *= four ? 4 : 2;
    }
    for (unsigned i = 1; i < n; i++) { /* formal derivative */
        unsigned u = i & (0u - i);
        kernels->add(p->rows + (i - u) * p->stride, p->rows + i * p->stride, u * p->groups);
    }
    unsigned d = n / 2;
    if (__builtin_ctz(n) % 2) {
        kernels->forward_rows2(p, d, n);
        d /= 2;
    }
    for (; d > 1; d /= 4)
        kernels->forward_rows4(p, d / 2, n);
}

static void decode_column(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    uint8_t *const *shards, const uint8_t *present, unsigned k, unsigned m, size_t offset, size_t groups)
{
    struct pf_gf16_pass p = {.blobs = w->blobs,
        .rows = w->rows,
        .stride = groups * PF_GF16_GROUP,
        .groups = groups,
        .n = pf_gf16_decode_size(l, k, m)};
    memset(p.rows, 0, p.n * p.stride);
    for (unsigned i = 0; i < k + m; i++) {
        unsigned point = i < k ? l->data + i : l->parity + i - k;
        if (present[i])
            scale(w, p.rows + point * p.stride, shards[i] + offset, groups, w->locator[point]);
    }
    transform(w, &p);
    for (unsigned i = 0; i < k; i++) {
        unsigned point = l->data + i;
        if (!present[i])
            scale(w, shards[i] + offset, p.rows + point * p.stride, groups,
                PF_GF16_MODULUS - w->locator[point]);
    }
}

void pf_gf16_decode_transform(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    uint8_t *const *shards, const uint8_t *present, unsigned k, unsigned m, size_t groups)
{
    locate(w->locator, l, present, k, m);
    size_t width = pf_gf16_column_groups(w, pf_gf16_decode_size(l, k, m), groups);
    for (size_t g = 0; g < groups; g += width) {
        size_t here = groups - g < width ? groups - g : width;
        decode_column(w, l, shards, present, k, m, g * PF_GF16_GROUP, here);
    }
}
