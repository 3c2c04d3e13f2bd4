/* Encoding by transforms (5.5), a column at a time so that the rows stay in the cache. */
#include "core/fec/gf16.h"

#include <string.h>

/* What the rows and the coefficients of a column may take. */
#define CACHE_BYTES (96u * 1024)

size_t pf_gf16_column_width(const struct pf_gf16_work *w, unsigned rows)
{
    size_t unit = w->kernels->unit, units = CACHE_BYTES / (2 * unit) / rows;
    size_t least = 2, most = w->column_bytes / rows / unit;
    units = units < least ? least : units;
    return (units < most ? units : most) * unit;
}

/* A column of all shards. */
struct column {
    const struct pf_gf16_work *work;
    const struct pf_gf16_layout *layout;
    size_t offset, bytes;
};

static struct pf_gf16_job job_of(const struct column *c)
{
    return (struct pf_gf16_job){
        .levels = c->layout->levels,
        .bytes = c->bytes,
        .offset = c->offset,
        .rows = c->work->rows,
        .coefficients = c->work->coefficients,
    };
}

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

static void encode_high(
    const struct column *c, const uint8_t *const *data, uint8_t *const *parity, unsigned parity_count)
{
    unsigned n = c->layout->n, k = c->layout->data_count;
    struct pf_gf16_job job = job_of(c);
    for (unsigned first = 0; first < k; first += n) {
        job.base = n + first;
        job.count = at_most(k - first, n);
        job.sources = data + first;
        job.add = first > 0;
        c->work->kernels->inverse(&job);
    }
    job.base = 0;
    job.count = parity_count;
    job.results = parity;
    c->work->kernels->forward(&job);
}

static void encode_low(
    const struct column *c, const uint8_t *const *data, uint8_t *const *parity, unsigned parity_count)
{
    unsigned n = c->layout->n;
    struct pf_gf16_job job = job_of(c);
    job.count = c->layout->data_count;
    job.sources = data;
    c->work->kernels->inverse(&job);
    for (unsigned first = 0; first < parity_count; first += n) {
        job.base = n + first;
        job.count = at_most(parity_count - first, n);
        job.results = parity + first;
        c->work->kernels->forward(&job);
    }
}

void pf_gf16_encode(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const uint8_t *const *data,
    uint8_t *const *parity, unsigned parity_count, size_t bytes)
{
    if (l->n == 1) { /* one parity shard is the sum of the data; parity of one data shard is its copy */
        for (unsigned j = 0; j < parity_count; j++)
            w->kernels->sum(parity[j], data, l->data_count, bytes);
        return;
    }
    size_t width = pf_gf16_column_width(w, l->n);
    for (size_t offset = 0; offset < bytes; offset += width) {
        struct column c = {w, l, offset, bytes - offset < width ? bytes - offset : width};
        (l->high ? encode_high : encode_low)(&c, data, parity, parity_count);
    }
}
