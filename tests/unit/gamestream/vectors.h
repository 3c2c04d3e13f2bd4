/* gamestream.json, read once. Private to these tests. */
#ifndef PF_TEST_GAMESTREAM_VECTORS_H
#define PF_TEST_GAMESTREAM_VECTORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data; /* exactly as long as said, so that a sanitizer sees every step beyond */
    size_t len;
};

/* The member of the file; fails the test if it is not there. */
const json_t *vectors(const char *name);
const char *text_of(const json_t *entry, const char *key);
uint64_t number_of(const json_t *entry, const char *key);
/* Bytes of a member in hexadecimal; free() them. */
struct bytes bytes_of(const json_t *entry, const char *key);
struct bytes bytes_of_text(const char *hex);
void assert_bytes(const struct bytes *want, const void *got, size_t len);

#endif
