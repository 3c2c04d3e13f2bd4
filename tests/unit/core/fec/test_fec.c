/* What both erasure codes promise at their interface. */
#include "block.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const unsigned shapes[][2] = {{1, 1}, {1, 5}, {5, 1}, {2, 2}, {7, 7}, {20, 4}, {47, 5}, {4, 9},
    {33, 32}, {32, 33}, {9, 60}, {100, 20}, {128, 100}, {200, 40}};
static const size_t sizes[] = {2, 62, 64, 66, 126, 128, 130, 190, 1388, 1408};

/* Encodes and decodes the block again for as many losses as there are kinds of decoding. */
static void check_losses(struct block *b, enum pf_fec_scheme scheme, uint32_t seed)
{
    size_t all = (b->k + b->m) * b->bytes, data = b->k * b->bytes;
    unsigned most = b->m < b->k ? b->m : b->k;
    const unsigned losses[] = {0, 1, (most + 1) / 2, most};
    uint8_t *before = malloc(all);
    memcpy(before, b->memory, all);
    for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
        for (int only_data = 0; only_data < 2; only_data++) {
            memcpy(b->memory, before, all);
            (only_data ? block_lose_data : block_lose)(b, losses[i], seed + (uint32_t)i);
            assert_int_equal(block_decode(b, scheme), 0);
            assert_memory_equal(b->memory, before, data);
            for (unsigned s = b->k; s < b->k + b->m; s++)
                if (b->present[s]) /* received shards are not touched */
                    assert_memory_equal(b->shards[s], before + s * b->bytes, b->bytes);
        }
    }
    memcpy(b->memory, before, all);
    block_lose(b, b->m + 1, seed);
    unsigned lost_data = 0;
    for (unsigned i = 0; i < b->k; i++)
        lost_data += !b->present[i];
    assert_true(lost_data > 0);
    assert_int_equal(block_decode(b, scheme), -ENODATA);
    free(before);
}

static void losses_are_restored(void **state)
{
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        for (size_t z = 0; z < sizeof(sizes) / sizeof(*sizes); z++) {
            for (int scheme = PF_FEC_GF8; scheme <= PF_FEC_GF16; scheme++) {
                struct block b = block_create(shapes[s][0], shapes[s][1], sizes[z] - (scheme == PF_FEC_GF8));
                block_fill(&b, s * 10 + z);
                block_encode(&b, (enum pf_fec_scheme)scheme);
                check_losses(&b, (enum pf_fec_scheme)scheme, (uint32_t)(s + z));
                block_finish(&b);
            }
        }
    }
}

/* Enough losses for the transform decoder, in both rates. */
static void many_losses_are_restored(void **state)
{
    static const unsigned large[][2] = {{1000, 300}, {300, 1000}, {700, 700}, {2000, 260}};
    for (size_t s = 0; s < sizeof(large) / sizeof(*large); s++) {
        struct block b = block_create(large[s][0], large[s][1], 194);
        block_fill(&b, s);
        block_encode(&b, PF_FEC_GF16);
        check_losses(&b, PF_FEC_GF16, (uint32_t)s);
        block_finish(&b);
    }
}

static void parity_may_be_absent(void **state)
{
    struct block b = block_create(6, 3, 64);
    block_fill(&b, 1);
    block_encode(&b, PF_FEC_GF16);
    uint8_t second[64];
    memcpy(second, b.shards[1], 64);
    b.present[1] = b.present[6] = b.present[8] = 0;
    b.shards[6] = b.shards[8] = NULL;
    assert_int_equal(block_decode(&b, PF_FEC_GF16), 0);
    assert_memory_equal(b.shards[1], second, 64);
    block_finish(&b);
}

/* A coder for large blocks gives the same parity for small ones, in any order. */
static void one_coder_serves_many_shapes(void **state)
{
    for (int scheme = PF_FEC_GF8; scheme <= PF_FEC_GF16; scheme++) {
        struct pf_fec *fec;
        assert_int_equal(pf_fec_create((enum pf_fec_scheme)scheme, 150, 90, 2000, &fec), 0);
        for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
            unsigned k = shapes[s][0], m = shapes[s][1];
            if (k > 150)
                continue;
            struct block b = block_create(k, m, sizes[s % (sizeof(sizes) / sizeof(*sizes))]);
            struct block expected = block_create(k, m, b.bytes);
            block_fill(&b, s);
            block_fill(&expected, s);
            block_encode(&expected, (enum pf_fec_scheme)scheme);
            int rc = pf_fec_encode(fec, (const uint8_t *const *)b.shards, k, b.shards + k, m, b.bytes);
            assert_int_equal(rc, m > 90 ? -EINVAL : 0);
            if (!rc)
                assert_memory_equal(b.memory, expected.memory, (k + m) * b.bytes);
            unsigned lost = k < m ? k : m;
            block_lose(&b, lost, (uint32_t)s);
            if (!rc) {
                assert_int_equal(pf_fec_decode(fec, b.shards, b.present, k, m, b.bytes), 0);
                assert_memory_equal(b.memory, expected.memory, k * b.bytes);
            }
            block_finish(&b);
            block_finish(&expected);
        }
        pf_fec_destroy(fec);
    }
}

static void sizes_are_checked_at_creation(void **state)
{
    static const struct {
        enum pf_fec_scheme scheme;
        unsigned k, m;
        size_t bytes;
    } bad[] = {
        {PF_FEC_GF8, 256, 1, 64},
        {PF_FEC_GF8, 0, 1, 64},
        {PF_FEC_GF8, 1, 256, 64},
        {PF_FEC_GF8, 1, 1, 0},
        {PF_FEC_GF16, 0, 4, 64},
        {PF_FEC_GF16, 4, 4, 63},
        {PF_FEC_GF16, 4, 4, 0},
        {PF_FEC_GF16, 40000, 40000, 64},
        {PF_FEC_GF16, 65536, 1, 64},
        {PF_FEC_GF16, 1, 65536, 64},
        {PF_FEC_GF16, 32769, 32768, 64},
        {(enum pf_fec_scheme)2, 4, 4, 64},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct pf_fec *fec = NULL;
        assert_int_equal(pf_fec_create(bad[i].scheme, bad[i].k, bad[i].m, bad[i].bytes, &fec), -EINVAL);
        assert_null(fec);
    }
    pf_fec_destroy(NULL);
}

static void blocks_are_checked(void **state)
{
    struct pf_fec *fec;
    assert_int_equal(pf_fec_create(PF_FEC_GF16, 4, 2, 64, &fec), 0);
    struct block b = block_create(5, 3, 66);
    const uint8_t *const *data = (const uint8_t *const *)b.shards;
    uint8_t *const *parity = b.shards + 5;
    assert_int_equal(pf_fec_encode(fec, data, 5, parity, 2, 64), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 0, parity, 2, 64), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, parity, 3, 64), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, parity, 2, 63), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, parity, 2, 66), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, parity, 2, 0), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, NULL, 0, 64), 0);
    assert_int_equal(pf_fec_decode(fec, b.shards, b.present, 5, 2, 64), -EINVAL);
    assert_int_equal(pf_fec_decode(fec, b.shards, b.present, 4, 2, 65), -EINVAL);
    assert_int_equal(pf_fec_decode(fec, b.shards, b.present, 4, 0, 64), 0);
    b.present[2] = 0;
    assert_int_equal(pf_fec_decode(fec, b.shards, b.present, 4, 0, 64), -ENODATA);
    pf_fec_destroy(fec);

    assert_int_equal(pf_fec_create(PF_FEC_GF8, 200, 200, 64, &fec), 0); /* not both at once */
    struct block large = block_create(200, 56, 64);
    assert_int_equal(
        pf_fec_encode(fec, (const uint8_t *const *)large.shards, 200, large.shards + 200, 56, 64), -EINVAL);
    assert_int_equal(
        pf_fec_encode(fec, (const uint8_t *const *)large.shards, 200, large.shards + 200, 55, 64), 0);
    pf_fec_destroy(fec);
    block_finish(&large);
    block_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_restored),
        cmocka_unit_test(many_losses_are_restored),
        cmocka_unit_test(parity_may_be_absent),
        cmocka_unit_test(one_coder_serves_many_shapes),
        cmocka_unit_test(sizes_are_checked_at_creation),
        cmocka_unit_test(blocks_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
