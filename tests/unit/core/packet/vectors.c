#include "vectors.h"

#include "base/hex.h"

#include <gnutls/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

json_t *vec_load(void)
{
    json_error_t error;
    json_t *root = json_load_file(VECTORS_DIR "/packets.json", 0, &error);
    assert_non_null(root);
    return root;
}

const char *vec_text(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    assert_non_null(text);
    return text;
}

uint64_t vec_number(const json_t *entry, const char *key)
{
    const json_t *value = json_object_get(entry, key);
    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

struct vec_bytes vec_unhex(const char *text)
{
    struct vec_bytes b = {.len = strlen(text) / 2};
    b.data = malloc(b.len ? b.len : 1);
    assert_non_null(b.data);
    assert_true(pf_hex_decode(text, b.data, b.len));
    return b;
}

struct vec_bytes vec_hex(const json_t *entry, const char *key)
{
    return vec_unhex(vec_text(entry, key));
}

uint8_t *vec_lcg(uint64_t seed, size_t n)
{
    uint8_t *out = malloc(n ? n : 1);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        out[i] = (uint8_t)(seed >> 56);
    }
    return out;
}

void vec_sha256(const void *data, size_t len, char out[65])
{
    uint8_t digest[32];
    assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, digest), 0);
    pf_hex_encode(digest, sizeof(digest), out);
}
