#include "base/hex.h"
#include "punktfunk/fec.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct block {
    unsigned k, m;
    size_t bytes;
    uint8_t *memory;
    uint8_t **shards;
};

static struct block block_create(unsigned k, unsigned m, size_t bytes)
{
    struct block b = {.k = k, .m = m, .bytes = bytes};
    b.memory = calloc(k + m, bytes);
    b.shards = calloc(k + m, sizeof(*b.shards));
    for (unsigned i = 0; i < k + m; i++)
        b.shards[i] = b.memory + i * bytes;
    return b;
}

static void block_finish(struct block *b)
{
    free(b->memory);
    free(b->shards);
}

static void fill_lcg(struct block *b, uint64_t seed)
{
    for (size_t i = 0; i < b->k * b->bytes; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        b->memory[i] = (uint8_t)(seed >> 56);
    }
}

static void assert_sha256(const uint8_t *data, size_t len, const char *expected)
{
    uint8_t digest[32];
    char hex[65];
    crypto_hash_sha256(digest, data, len);
    assert_string_equal(pf_hex_encode(digest, 32, hex), expected);
}

static void encode(enum pf_fec_scheme scheme, struct block *b)
{
    struct pf_fec *fec;
    assert_int_equal(pf_fec_create(scheme, b->k, b->m, b->bytes, &fec), 0);
    assert_int_equal(
        pf_fec_encode(fec, (const uint8_t *const *)b->shards, b->k, b->shards + b->k, b->m, b->bytes), 0);
    pf_fec_destroy(fec);
}

/* Loses up to m shards, chosen by the seed, and expects the data back. */
static void lose_and_decode(enum pf_fec_scheme scheme, struct block *b, unsigned lost, uint32_t seed)
{
    struct pf_fec *fec;
    uint8_t *present = malloc(b->k + b->m), *before = malloc(b->k * b->bytes);
    memset(present, 1, b->k + b->m);
    memcpy(before, b->memory, b->k * b->bytes);
    for (unsigned n = 0; n < lost;) {
        seed = seed * 1664525u + 1013904223u;
        unsigned i = (seed >> 8) % (b->k + b->m);
        if (!present[i])
            continue;
        present[i] = 0;
        memset(b->shards[i], 0x5A, b->bytes);
        n++;
    }
    assert_int_equal(pf_fec_create(scheme, b->k, b->m, b->bytes, &fec), 0);
    assert_int_equal(
        pf_fec_decode(fec, b->shards, present, b->k, b->m, b->bytes), lost <= b->m ? 0 : -ENODATA);
    if (lost <= b->m)
        assert_memory_equal(before, b->memory, b->k * b->bytes);
    pf_fec_destroy(fec);
    free(before);
    free(present);
}

static json_t *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", getenv("VECTORS_DIR"), name);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    return root;
}

static void check_file(const char *name, enum pf_fec_scheme scheme)
{
    json_t *root = load(name), *c;
    size_t index, count = 0;
    json_array_foreach(json_object_get(root, "cases"), index, c)
    {
        struct block b = block_create((unsigned)json_integer_value(json_object_get(c, "data")),
            (unsigned)json_integer_value(json_object_get(c, "parity")),
            (size_t)json_integer_value(json_object_get(c, "shard_bytes")));
        json_t *data_hex = json_object_get(c, "data_hex"), *parity_hex = json_object_get(c, "parity_hex");
        if (json_object_get(c, "seed"))
            fill_lcg(&b, (uint64_t)json_integer_value(json_object_get(c, "seed")));
        else
            for (unsigned i = 0; i < b.k; i++)
                assert_true(
                    pf_hex_decode(json_string_value(json_array_get(data_hex, i)), b.shards[i], b.bytes));
        encode(scheme, &b);
        for (unsigned j = 0; j < b.m && parity_hex; j++) {
            uint8_t *expected = malloc(b.bytes);
            assert_true(pf_hex_decode(json_string_value(json_array_get(parity_hex, j)), expected, b.bytes));
            assert_memory_equal(b.shards[b.k + j], expected, b.bytes);
            free(expected);
        }
        const char *hash = json_string_value(json_object_get(c, "parity_sha256"));
        if (hash)
            assert_sha256(b.shards[b.k], b.m * b.bytes, hash);
        assert_true(hash || parity_hex);
        lose_and_decode(scheme, &b, b.m, (uint32_t)index);
        block_finish(&b);
        count++;
    }
    assert_true(count > 3);
    json_decref(root);
}

static void gf16_vectors(void **state)
{
    check_file("fec_gf16.json", PF_FEC_GF16);
}

static void gf8_vectors(void **state)
{
    check_file("fec_gf8.json", PF_FEC_GF8);
}

static void round_trips(void **state)
{
    static const unsigned shapes[][2] = {
        {1, 1}, {1, 5}, {5, 1}, {7, 7}, {20, 4}, {47, 5}, {4, 9}, {100, 20}, {200, 40}};
    static const size_t sizes[] = {2, 62, 64, 66, 190, 1408};
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        for (size_t z = 0; z < sizeof(sizes) / sizeof(*sizes); z++) {
            for (int scheme = PF_FEC_GF8; scheme <= PF_FEC_GF16; scheme++) {
                struct block b = block_create(shapes[s][0], shapes[s][1], sizes[z]);
                fill_lcg(&b, s * 10 + z);
                encode((enum pf_fec_scheme)scheme, &b);
                lose_and_decode((enum pf_fec_scheme)scheme, &b, 1, (uint32_t)(s + z));
                encode((enum pf_fec_scheme)scheme, &b);
                lose_and_decode((enum pf_fec_scheme)scheme, &b, b.m, (uint32_t)(s + z));
                encode((enum pf_fec_scheme)scheme, &b);
                lose_and_decode((enum pf_fec_scheme)scheme, &b, b.m + 1, (uint32_t)(s + z));
                block_finish(&b);
            }
        }
    }
}

static void refusals(void **state)
{
    struct pf_fec *fec = NULL;
    assert_int_equal(pf_fec_create(PF_FEC_GF8, 256, 1, 64, &fec), -EINVAL);
    assert_int_equal(pf_fec_create(PF_FEC_GF16, 40000, 40000, 64, &fec), -EINVAL);
    assert_int_equal(pf_fec_create(PF_FEC_GF16, 0, 4, 64, &fec), -EINVAL);
    assert_null(fec);
    assert_int_equal(pf_fec_create(PF_FEC_GF16, 4, 2, 64, &fec), 0);
    struct block b = block_create(5, 2, 64);
    const uint8_t *const *data = (const uint8_t *const *)b.shards;
    assert_int_equal(pf_fec_encode(fec, data, 5, b.shards + 5, 2, 64), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, b.shards + 4, 3, 64), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, b.shards + 4, 2, 63), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, b.shards + 4, 2, 66), -EINVAL);
    assert_int_equal(pf_fec_encode(fec, data, 4, b.shards + 4, 0, 64), 0);
    block_finish(&b);
    pf_fec_destroy(fec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gf16_vectors),
        cmocka_unit_test(gf8_vectors),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
