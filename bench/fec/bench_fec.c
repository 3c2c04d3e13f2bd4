/* Erasure codes against their peers: reed-solomon-simd (GF(2^16)) and ISA-L (GF(2^8)), 1408-byte shards. */
#include "bench.h"
#include "core/fec/gf16_kernels.h"
#include "core/fec/gf8_kernels.h"
#include "punktfunk/fec.h"

#include <isa-l/erasure_code.h>
#include <stdio.h>
#include <string.h>

#define SHARD 1408

void *rs_simd_create(size_t data, size_t parity, size_t bytes);
void rs_simd_destroy(void *peer);
void rs_simd_encode(void *peer, const uint8_t *data, uint8_t *parity);
void rs_simd_decode(void *peer, uint8_t *shards, const uint8_t *present);

struct block {
    unsigned k, m;
    uint8_t *memory, **shards, *present;
    struct pf_fec *fec;
    void *peer;
    uint8_t *isal_tables;
};

static struct block block_create(enum pf_fec_scheme scheme, unsigned k, unsigned m)
{
    struct block b = {.k = k, .m = m};
    b.memory = aligned_alloc(64, (size_t)(k + m) * SHARD);
    b.shards = calloc(k + m, sizeof(*b.shards));
    b.present = malloc(k + m);
    memset(b.present, 1, k + m);
    for (unsigned i = 0; i < k + m; i++)
        b.shards[i] = b.memory + (size_t)i * SHARD;
    for (size_t i = 0; i < (size_t)k * SHARD; i++)
        b.memory[i] = (uint8_t)(i * 2654435761u >> 13);
    if (pf_fec_create(scheme, k, m, SHARD, &b.fec) < 0)
        exit(1);
    return b;
}

static void block_finish(struct block *b)
{
    pf_fec_destroy(b->fec);
    free(b->memory);
    free(b->shards);
    free(b->present);
}

static void ours_encode(void *user)
{
    struct block *b = user;
    pf_fec_encode(b->fec, (const uint8_t *const *)b->shards, b->k, b->shards + b->k, b->m, SHARD);
}

static void ours_decode(void *user)
{
    struct block *b = user;
    pf_fec_decode(b->fec, b->shards, b->present, b->k, b->m, SHARD);
}

static void crate_encode(void *user)
{
    struct block *b = user;
    rs_simd_encode(b->peer, b->memory, b->memory + (size_t)b->k * SHARD);
}

static void crate_decode(void *user)
{
    struct block *b = user;
    rs_simd_decode(b->peer, b->memory, b->present);
}

static void isal_encode(void *user)
{
    struct block *b = user;
    ec_encode_data(SHARD, (int)b->k, (int)b->m, b->isal_tables, b->shards, b->shards + b->k);
}

static void report(const char *what, const struct block *b, const char *peer, const struct bench_candidate *c)
{
    printf("%-22s %4u+%-4u ours %9.2f us  %-16s %9.2f us  ratio %.2f\n", what, b->k, b->m,
        c[0].median_ns / 1e3, peer, c[1].median_ns / 1e3, c[1].median_ns / c[0].median_ns);
}

/* Both must compute the same parity, or the comparison means nothing. */
static void same_parity_or_exit(struct block *b)
{
    size_t bytes = (size_t)b->m * SHARD;
    uint8_t *ours = malloc(bytes);
    ours_encode(b);
    memcpy(ours, b->shards[b->k], bytes);
    memset(b->shards[b->k], 0, bytes);
    crate_encode(b);
    if (memcmp(ours, b->shards[b->k], bytes)) {
        fprintf(stderr, "parity of %u+%u differs from the peer's\n", b->k, b->m);
        exit(1);
    }
    free(ours);
}

static void bench_gf16_encode(unsigned k, unsigned m)
{
    struct block b = block_create(PF_FEC_GF16, k, m);
    b.peer = rs_simd_create(k, m, SHARD);
    same_parity_or_exit(&b);
    struct bench_candidate c[] = {{ours_encode, &b, 0}, {crate_encode, &b, 0}};
    bench_compare_all(c, 2);
    report("GF(2^16) encode", &b, "reed-solomon-simd", c);
    rs_simd_destroy(b.peer);
    block_finish(&b);
}

static void bench_gf16_decode(unsigned k, unsigned m, unsigned missing)
{
    struct block b = block_create(PF_FEC_GF16, k, m);
    b.peer = rs_simd_create(k, m, SHARD);
    same_parity_or_exit(&b);
    for (unsigned i = 0; i < missing; i++)
        b.present[i * k / missing] = 0;
    struct bench_candidate c[] = {{ours_decode, &b, 0}, {crate_decode, &b, 0}};
    bench_compare_all(c, 2);
    char what[32];
    snprintf(what, sizeof(what), "GF(2^16) decode %u lost", missing);
    report(what, &b, "reed-solomon-simd", c);
    rs_simd_destroy(b.peer);
    block_finish(&b);
}

static void bench_gf8_encode(unsigned k, unsigned m)
{
    struct block b = block_create(PF_FEC_GF8, k, m);
    uint8_t *matrix = malloc((size_t)(k + m) * k);
    b.isal_tables = malloc((size_t)k * m * 32);
    gf_gen_cauchy1_matrix(matrix, (int)(k + m), (int)k);
    ec_init_tables((int)k, (int)m, matrix + k * k, b.isal_tables);
    struct bench_candidate c[] = {{ours_encode, &b, 0}, {isal_encode, &b, 0}};
    bench_compare_all(c, 2);
    report("GF(2^8) encode", &b, "ISA-L", c);
    free(b.isal_tables);
    free(matrix);
    block_finish(&b);
}

int main(void)
{
    printf("kernels: GF(2^16) %s, GF(2^8) %s; PUNKTFUNK_CPU_MASK limits them\n", pf_gf16_kernels()->name,
        pf_gf8_kernels()->name);
    static const unsigned gf16[][2] = {{20, 4}, {100, 20}, {200, 40}, {1000, 200}};
    static const unsigned gf8[][2] = {{20, 4}, {50, 10}, {100, 20}, {200, 40}};
    for (int i = 0; i < 4; i++)
        bench_gf16_encode(gf16[i][0], gf16[i][1]);
    for (unsigned missing = 1; missing <= 4; missing++)
        bench_gf16_decode(200, 40, missing);
    bench_gf16_decode(200, 40, 20);
    bench_gf16_decode(200, 40, 40);
    bench_gf16_decode(1000, 200, 200);
    for (int i = 0; i < 4; i++)
        bench_gf8_encode(gf8[i][0], gf8[i][1]);
    return 0;
}
