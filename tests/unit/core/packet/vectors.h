/* Reading packets.json. Everything here fails the running test when the file is not what it should be. */
#ifndef PF_TEST_PACKET_VECTORS_H
#define PF_TEST_PACKET_VECTORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct vec_bytes {
    uint8_t *data; /* heap; exact size, so that a sanitizer sees a read past the end */
    size_t len;
};

json_t *vec_load(void);

const char *vec_text(const json_t *entry, const char *key);
uint64_t vec_number(const json_t *entry, const char *key);
struct vec_bytes vec_unhex(const char *text);
struct vec_bytes vec_hex(const json_t *entry, const char *key);

/* The pseudo-random bytes of section 11: the first n of the sequence of this seed. free() the result. */
uint8_t *vec_lcg(uint64_t seed, size_t n);

/* SHA-256 as lower-case hex. */
void vec_sha256(const void *data, size_t len, char out[65]);

#endif
