/* Every CPU level of the GF(2^8) code against plain multiplication. */
#include "base/cpu.h"
#include "core/fec/gf8_field.h"
#include "core/fec/gf8_kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_SOURCES 21
#define MAX_ROWS    19
#define MAX_BYTES   600
#define GUARD       0xA5

static uint32_t seed = 1;

static uint8_t next_byte(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint8_t)(seed >> 24);
}

/* Multiplication by shifts, which shares nothing with the tables. */
static uint8_t slow_mul(uint8_t a, uint8_t b)
{
    unsigned product = 0, shifted = a;
    for (; b; b >>= 1, shifted = shifted << 1 ^ (shifted & 0x80 ? 0x11D : 0))
        product ^= b & 1 ? shifted : 0;
    return (uint8_t)product;
}

struct shape {
    unsigned rows, count;
    size_t offset, bytes;
};

static void check_dot(const struct pf_gf8_kernels *kernels, const struct shape *s)
{
    static uint8_t sources[MAX_SOURCES][MAX_BYTES + 1], results[MAX_ROWS][MAX_BYTES + 1];
    uint8_t matrix[MAX_ROWS * MAX_SOURCES], *dst[MAX_ROWS];
    const uint8_t *src[MAX_SOURCES];
    for (unsigned i = 0; i < s->count; i++) {
        src[i] = sources[i] + i % 2; /* not aligned */
        for (size_t b = 0; b <= MAX_BYTES; b++)
            sources[i][b] = next_byte();
    }
    for (unsigned r = 0; r < s->rows; r++)
        dst[r] = results[r] + r % 2;
    for (unsigned i = 0; i < s->rows * s->count; i++)
        matrix[i] = next_byte();
    memset(results, GUARD, sizeof(results));

    kernels->dot(dst, s->rows, src, s->count, matrix, s->offset, s->bytes);
    for (unsigned r = 0; r < s->rows; r++) {
        for (size_t b = 0; b < MAX_BYTES; b++) {
            uint8_t expected = 0;
            for (unsigned i = 0; i < s->count; i++)
                expected ^= slow_mul(matrix[r * s->count + i], src[i][b]);
            if (b < s->offset || b >= s->offset + s->bytes)
                expected = GUARD;
            if (dst[r][b] != expected)
                fail_msg("%s: row %u of %u, %u sources, byte %zu of %zu+%zu", kernels->name, r, s->rows,
                    s->count, b, s->offset, s->bytes);
        }
    }
}

static void levels_agree(void **state)
{
    static const size_t lengths[] = {1, 15, 16, 31, 32, 63, 64, 65, 127, 128, 191, 255, 256, 300, 577};
    for (const struct pf_gf8_kernels *const *level = pf_gf8_kernel_levels; *level; level++) {
        if (((*level)->cpu_features & pf_cpu_features()) != (*level)->cpu_features) {
            print_message("%s: skipped, because this processor lacks it\n", (*level)->name);
            continue;
        }
        for (unsigned rows = 1; rows <= MAX_ROWS; rows++)
            check_dot(*level, &(struct shape){rows, 1 + rows % MAX_SOURCES, 0, 321});
        for (size_t n = 0; n < sizeof(lengths) / sizeof(*lengths); n++)
            for (unsigned count = 0; count <= MAX_SOURCES; count += 7)
                check_dot(*level, &(struct shape){7, count, n, lengths[n]});
    }
}

static void mask_chooses_the_level(void **state)
{
    for (const struct pf_gf8_kernels *const *level = pf_gf8_kernel_levels; *level; level++) {
        if (((*level)->cpu_features & pf_cpu_features()) != (*level)->cpu_features)
            continue;
        pf_cpu_set_mask((*level)->cpu_features);
        assert_ptr_equal(pf_gf8_kernels(), *level);
        pf_cpu_set_mask(~0u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_agree),
        cmocka_unit_test(mask_chooses_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
