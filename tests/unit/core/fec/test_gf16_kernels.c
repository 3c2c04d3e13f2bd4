/* Every CPU level of the GF(2^16) code against the portable one. */
#include "base/cpu.h"
#include "block.h"
#include "core/fec/gf16_kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHARDS    512
#define BYTES     384 /* a multiple of every unit */
#define OFFSET    128
#define ROW_BYTES (SHARDS * (BYTES - OFFSET))

static uint8_t source_memory[SHARDS * BYTES + 1];
static const uint8_t *sources[SHARDS]; /* not aligned */

/* What one level works in and makes. */
struct bench {
    const struct pf_gf16_kernels *kernels;
    uint8_t *rows, *coefficients, *result_memory, *results[SHARDS];
};

static struct bench bench_create(const struct pf_gf16_kernels *kernels)
{
    struct bench b = {.kernels = kernels};
    b.rows = aligned_alloc(64, ROW_BYTES);
    b.coefficients = aligned_alloc(64, ROW_BYTES);
    b.result_memory = calloc(1, SHARDS * BYTES + 1);
    memset(b.rows, 0x77, ROW_BYTES); /* what is not written must not be read */
    memset(b.coefficients, 0x33, ROW_BYTES);
    for (unsigned i = 0; i < SHARDS; i++)
        b.results[i] = b.result_memory + i * BYTES + 1;
    kernels->init();
    return b;
}

static void bench_finish(struct bench *b)
{
    free(b->rows);
    free(b->coefficients);
    free(b->result_memory);
}

static void for_every_level(void (*check)(struct bench *ours, struct bench *portable))
{
    for (const struct pf_gf16_kernels *const *level = pf_gf16_kernel_levels; *level; level++) {
        if (((*level)->cpu_features & pf_cpu_features()) != (*level)->cpu_features) {
            print_message("%s: skipped, because this processor lacks it\n", (*level)->name);
            continue;
        }
        struct bench ours = bench_create(*level), portable = bench_create(&pf_gf16_kernels_c);
        check(&ours, &portable);
        bench_finish(&ours);
        bench_finish(&portable);
    }
}

static void assert_same_results(
    const struct bench *a, const struct bench *b, const char *what, unsigned detail)
{
    if (memcmp(a->result_memory, b->result_memory, SHARDS * BYTES + 1))
        fail_msg("%s differs: %s %u", a->kernels->name, what, detail);
}

/* Two inverse transforms, the second added to the first, and a forward one. */
static void there_and_back(struct bench *b, unsigned levels, unsigned base, unsigned count)
{
    unsigned n = 1u << levels;
    struct pf_gf16_job job = {.levels = levels,
        .base = base,
        .count = n,
        .bytes = BYTES - OFFSET,
        .offset = OFFSET,
        .rows = b->rows,
        .coefficients = b->coefficients,
        .sources = sources};
    b->kernels->inverse(&job);
    job.base = base ^ n;
    job.count = count;
    job.add = true;
    b->kernels->inverse(&job);
    job.base = base ^ 2 * n;
    job.results = b->results;
    b->kernels->forward(&job);
}

static void check_transforms(struct bench *ours, struct bench *portable)
{
    for (unsigned levels = 1; levels <= 9; levels++) {
        unsigned n = 1u << levels;
        for (unsigned base = 0; base < 65536; base += (1 + 9000 / n) * n) { /* small twists and large */
            for (unsigned count = 1; count <= n; count = count < 9 ? count + 1 : count + n / 3) {
                there_and_back(ours, levels, base, count);
                there_and_back(portable, levels, base, count);
                assert_same_results(ours, portable, "transform of levels", levels);
            }
        }
    }
}

/* From shards to rows, there and back in place, out again. */
static void in_rows(struct bench *b, unsigned levels, unsigned count)
{
    unsigned n = 1u << levels;
    size_t bytes = BYTES - OFFSET;
    struct pf_gf16_job job = {
        .levels = levels, .count = count, .bytes = bytes, .rows = b->rows, .coefficients = b->rows};
    for (unsigned i = 0; i < n; i++)
        b->kernels->scale_in(b->rows + i * bytes, sources[i], (uint16_t)(i * 3001 + 1), bytes);
    b->kernels->inverse(&job);
    b->kernels->add(b->rows, b->rows + n / 2 * bytes, n / 2 * bytes);
    b->kernels->forward(&job);
    for (unsigned i = 0; i < count; i++)
        b->kernels->scale_out(b->results[i], b->rows + i * bytes, (uint16_t)(i * 257), bytes);
}

static void check_rows(struct bench *ours, struct bench *portable)
{
    for (unsigned levels = 1; levels <= 9; levels++) {
        for (unsigned count = 1; count <= 1u << levels; count += 1 + count / 2) {
            in_rows(ours, levels, count);
            in_rows(portable, levels, count);
            assert_same_results(ours, portable, "rows of levels", levels);
        }
    }
}

static void check_products(struct bench *ours, struct bench *portable)
{
    enum { MOST = 70 };
    static uint16_t matrix[MOST * MOST];
    for (unsigned i = 0; i < MOST * MOST; i++)
        matrix[i] = i % 5 ? (uint16_t)(i * 40503u >> 3) : (uint16_t)(i % 256);
    for (unsigned rows = 1; rows <= 9; rows++) {
        for (unsigned count = 0; count <= MOST; count += count < 3 ? 1 : 13) {
            for (size_t bytes = 128; bytes <= BYTES; bytes += 128) {
                ours->kernels->dot(ours->results, rows, sources, count, matrix, bytes);
                portable->kernels->dot(portable->results, rows, sources, count, matrix, bytes);
                assert_same_results(ours, portable, "product of rows", rows);
            }
        }
        ours->kernels->sum(ours->results[rows], sources, rows, BYTES);
        portable->kernels->sum(portable->results[rows], sources, rows, BYTES);
        assert_same_results(ours, portable, "sum of", rows);
    }
}

static void transforms_agree(void **state)
{
    for_every_level(check_transforms);
}

static void rows_agree(void **state)
{
    for_every_level(check_rows);
}

static void products_agree(void **state)
{
    for_every_level(check_products);
}

/* Through the whole code, with ends of shards that are no whole unit. */
static void parity_agrees(void **state)
{
    static const unsigned shapes[][2] = {{1, 3}, {9, 1}, {20, 4}, {30, 30}, {7, 40}, {90, 33}, {400, 20}};
    static const size_t sizes[] = {2, 30, 64, 98, 128, 130, 192, 254, 256, 258, 1388};
    unsigned all = pf_cpu_features();
    for (const struct pf_gf16_kernels *const *level = pf_gf16_kernel_levels; *level; level++) {
        if (((*level)->cpu_features & all) != (*level)->cpu_features)
            continue;
        for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
            for (size_t z = 0; z < sizeof(sizes) / sizeof(*sizes); z++) {
                struct block ours = block_create(shapes[s][0], shapes[s][1], sizes[z]);
                struct block portable = block_create(shapes[s][0], shapes[s][1], sizes[z]);
                block_fill(&ours, s);
                block_fill(&portable, s);
                pf_cpu_set_mask(0);
                block_encode(&portable, PF_FEC_GF16);
                pf_cpu_set_mask((*level)->cpu_features);
                assert_ptr_equal(pf_gf16_kernels(), *level);
                block_encode(&ours, PF_FEC_GF16);
                assert_memory_equal(ours.memory, portable.memory, (ours.k + ours.m) * ours.bytes);
                unsigned lost = ours.k < ours.m ? ours.k : ours.m;
                block_lose_data(&ours, lost, (uint32_t)s);
                assert_int_equal(block_decode(&ours, PF_FEC_GF16), 0);
                assert_memory_equal(ours.memory, portable.memory, (ours.k + ours.m) * ours.bytes);
                pf_cpu_set_mask(~0u);
                block_finish(&ours);
                block_finish(&portable);
            }
        }
    }
}

int main(void)
{
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof(source_memory); i++) {
        seed = seed * 1664525u + 1013904223u;
        source_memory[i] = (uint8_t)(seed >> 24);
    }
    for (unsigned i = 0; i < SHARDS; i++)
        sources[i] = source_memory + i * BYTES + 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_agree),
        cmocka_unit_test(rows_agree),
        cmocka_unit_test(products_agree),
        cmocka_unit_test(parity_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
