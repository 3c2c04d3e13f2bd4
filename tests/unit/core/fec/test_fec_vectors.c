/* Both erasure codes against the vectors in tests/data/vectors and against the closed form of scheme 1. */
#include "base/hex.h"
#include "block.h"
#include "core/fec/gf16_field.h"

#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", getenv("VECTORS_DIR"), name);
    json_t *root = json_load_file(path, 0, NULL);
    if (!root)
        fail_msg("%s cannot be read", path);
    return root;
}

static uint64_t number(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static struct block block_of(const json_t *c)
{
    return block_create(
        (unsigned)number(c, "data"), (unsigned)number(c, "parity"), (size_t)number(c, "shard_bytes"));
}

static void assert_sha256(const uint8_t *bytes, size_t len, const char *expected)
{
    uint8_t digest[32];
    char hex[65];
    crypto_hash_sha256(digest, bytes, len);
    assert_string_equal(pf_hex_encode(digest, 32, hex), expected);
}

/* Shards from `first` on begin with the bytes that the case gives; returns how many it gives. */
static unsigned check_hex(struct block *b, unsigned first, unsigned count, const json_t *array)
{
    for (unsigned i = 0; i < json_array_size(array); i++) {
        const char *hex = json_string_value(json_array_get(array, i));
        size_t len = strlen(hex) / 2;
        uint8_t *expected = malloc(len);
        assert_true(i < count && len <= b->bytes);
        assert_true(pf_hex_decode(hex, expected, len));
        assert_memory_equal(b->shards[first + i], expected, len);
        free(expected);
    }
    return (unsigned)json_array_size(array);
}

static void lose_and_check(struct block *b, enum pf_fec_scheme scheme)
{
    size_t data_bytes = b->k * b->bytes;
    uint8_t *before = malloc(data_bytes);
    memcpy(before, b->memory, data_bytes);
    block_lose(b, b->m, b->k);
    assert_int_equal(block_decode(b, scheme), 0);
    assert_memory_equal(b->memory, before, data_bytes);
    free(before);
}

static void check_case(const json_t *c, enum pf_fec_scheme scheme)
{
    struct block b = block_of(c);
    const json_t *data_hex = json_object_get(c, "data_hex");
    if (json_object_get(c, "seed"))
        block_fill(&b, number(c, "seed"));
    else
        for (unsigned i = 0; i < b.k; i++)
            assert_true(pf_hex_decode(json_string_value(json_array_get(data_hex, i)), b.shards[i], b.bytes));
    check_hex(&b, 0, b.k, data_hex);
    block_encode(&b, scheme);

    unsigned checks = check_hex(&b, b.k, b.m, json_object_get(c, "parity_hex"));
    checks += check_hex(&b, b.k, b.m, json_object_get(c, "parity_first16_hex"));
    if (json_object_get(c, "parity_sha256")) {
        assert_sha256(b.memory, b.k * b.bytes, json_string_value(json_object_get(c, "data_sha256")));
        assert_sha256(b.shards[b.k], b.m * b.bytes, json_string_value(json_object_get(c, "parity_sha256")));
        checks++;
    }
    assert_true(checks > 0);
    lose_and_check(&b, scheme);
    block_finish(&b);
}

static void check_file(const char *name, enum pf_fec_scheme scheme, size_t least)
{
    json_t *root = load(name), *cases = json_object_get(root, "cases"), *c;
    size_t index;
    assert_true(json_array_size(cases) >= least);
    json_array_foreach(cases, index, c) check_case(c, scheme);
    json_decref(root);
}

static void gf8_vectors(void **state)
{
    check_file("fec_gf8.json", PF_FEC_GF8, 10);
}

static void gf16_vectors(void **state)
{
    check_file("fec_gf16.json", PF_FEC_GF16, 22);
}

static void gf16_known_answers(void **state)
{
    json_t *root = load("fec_gf16_known_answers.json"), *cases = json_object_get(root, "cases"), *c;
    size_t index;
    assert_int_equal(json_array_size(cases), 61);
    json_array_foreach(cases, index, c)
    {
        struct block b = block_of(c);
        block_fill_chacha8(&b, (uint8_t)number(c, "seed"));
        block_encode(&b, PF_FEC_GF16);
        assert_sha256(b.shards[b.k], b.m * b.bytes, json_string_value(json_object_get(c, "parity_sha256")));
        lose_and_check(&b, PF_FEC_GF16);
        block_finish(&b);
    }
    json_decref(root);
}

static void gf16_field(void **state)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    json_t *root = load("fec_gf16.json"), *field = json_object_get(root, "field"), *value;
    const char *key;
    size_t index;
    json_object_foreach(json_object_get(field, "log"), key, value)
        assert_int_equal(t->log[atoi(key)], json_integer_value(value));
    json_object_foreach(json_object_get(field, "exp"), key, value)
        assert_int_equal(t->exp[atoi(key)], json_integer_value(value));
    assert_true(json_array_size(json_object_get(field, "products")) >= 5);
    json_array_foreach(json_object_get(field, "products"), index, value)
    {
        uint16_t v[3];
        for (size_t i = 0; i < 3; i++)
            v[i] = (uint16_t)json_integer_value(json_array_get(value, i));
        assert_int_equal(pf_gf16_mul(t, v[0], v[1]), v[2]);
    }
    json_decref(root);
}

/* The coefficient of data i in parity j (docs/spec/punktfunk1-data.md 5.4). */
static uint16_t coefficient(unsigned k, unsigned m, unsigned i, unsigned j)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    unsigned a = 1, b = 1;
    while (a < k)
        a *= 2;
    while (b < m)
        b *= 2;
    bool high = a > b || (a == b && k <= m);
    unsigned factor = high ? 1 + i / b : 1 + j / a, distance = high ? (b + i) ^ j : (a + j) ^ i;
    return pf_gf16_mul(t, (uint16_t)factor, t->exp[PF_GF16_MODULUS - t->log[distance]]);
}

static void gf16_matrices(void **state)
{
    json_t *root = load("fec_gf16.json"), *matrices = json_object_get(root, "matrix"), *matrix;
    size_t index;
    assert_true(json_array_size(matrices) >= 4);
    json_array_foreach(matrices, index, matrix)
    {
        unsigned k = (unsigned)number(matrix, "data"), m = (unsigned)number(matrix, "parity");
        for (unsigned j = 0; j < m; j++)
            for (unsigned i = 0; i < k; i++)
                assert_int_equal(coefficient(k, m, i, j),
                    json_integer_value(
                        json_array_get(json_array_get(json_object_get(matrix, "rows"), j), i)));
    }
    json_decref(root);
}

static void gf16_closed_form(void **state)
{
    static const unsigned shapes[][2] = {{1, 1}, {1, 6}, {2, 2}, {3, 2}, {2, 3}, {5, 3}, {8, 8}, {9, 8},
        {8, 9}, {31, 5}, {5, 31}, {33, 17}, {64, 64}, {70, 65}, {65, 70}, {260, 3}, {3, 260}, {300, 40},
        {40, 300}};
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        unsigned k = shapes[s][0], m = shapes[s][1];
        struct block b = block_create(k, m, 2); /* one element: low byte, high byte */
        block_fill(&b, s);
        block_encode(&b, PF_FEC_GF16);
        for (unsigned j = 0; j < m; j++) {
            uint16_t expected = 0;
            for (unsigned i = 0; i < k; i++)
                expected ^= pf_gf16_mul(pf_gf16_tables(), coefficient(k, m, i, j),
                    (uint16_t)(b.shards[i][0] | b.shards[i][1] << 8));
            assert_int_equal(b.shards[k + j][0] | b.shards[k + j][1] << 8, expected);
        }
        block_finish(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gf8_vectors),
        cmocka_unit_test(gf16_vectors),
        cmocka_unit_test(gf16_known_answers),
        cmocka_unit_test(gf16_field),
        cmocka_unit_test(gf16_matrices),
        cmocka_unit_test(gf16_closed_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
