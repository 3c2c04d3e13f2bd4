#include "vectors.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *file;

static void drop_file(void)
{
    json_decref(file);
}

const json_t *vectors(const char *name)
{
    if (!file) {
        file = json_load_file(VECTORS, 0, NULL);
        atexit(drop_file);
    }
    const json_t *member = json_object_get(file, name);
    assert_non_null(member);
    return member;
}

const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    assert_non_null(text);
    return text;
}

uint64_t number_of(const json_t *entry, const char *key)
{
    const json_t *number = json_object_get(entry, key);
    assert_true(json_is_integer(number));
    return (uint64_t)json_integer_value(number);
}

struct bytes bytes_of_text(const char *hex)
{
    struct bytes b = {.len = strlen(hex) / 2};
    b.data = malloc(b.len ? b.len : 1);
    assert_non_null(b.data);
    assert_true(b.len == 0 || pf_hex_decode(hex, b.data, b.len));
    return b;
}

struct bytes bytes_of(const json_t *entry, const char *key)
{
    return bytes_of_text(text_of(entry, key));
}

void assert_bytes(const struct bytes *want, const void *got, size_t len)
{
    assert_int_equal(len, want->len);
    assert_memory_equal(got, want->data, len);
}
