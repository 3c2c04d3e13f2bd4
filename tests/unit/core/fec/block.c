#include "block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct block block_create(unsigned k, unsigned m, size_t bytes)
{
    struct block b = {.k = k, .m = m, .bytes = bytes};
    b.memory = (uint8_t *)calloc(k + m + 1, bytes) + 1;
    b.shards = calloc(k + m, sizeof(*b.shards));
    b.present = malloc(k + m);
    memset(b.present, 1, k + m);
    for (unsigned i = 0; i < k + m; i++)
        b.shards[i] = b.memory + i * bytes;
    return b;
}

void block_finish(struct block *b)
{
    free(b->memory - 1);
    free(b->shards);
    free(b->present);
}

void block_fill(struct block *b, uint64_t seed)
{
    for (size_t i = 0; i < b->k * b->bytes; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        b->memory[i] = (uint8_t)(seed >> 56);
    }
}

static uint32_t rotate(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = rotate(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = rotate(s[b] ^ s[c], 7);
}

static void chacha8_block(const uint32_t input[16], uint8_t out[64])
{
    uint32_t s[16];
    memcpy(s, input, sizeof(s));
    for (unsigned round = 0; round < 8; round += 2) {
        for (unsigned i = 0; i < 4; i++)
            quarter_round(s, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter_round(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++)
        for (unsigned byte = 0; byte < 4; byte++)
            out[4 * i + byte] = (uint8_t)((s[i] + input[i]) >> (8 * byte));
}

void block_fill_chacha8(struct block *b, uint8_t seed)
{
    uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memset(input + 4, seed, 32);
    uint8_t stream[64];
    size_t total = b->k * b->bytes;
    for (size_t at = 0; at < total; at += 64) {
        chacha8_block(input, stream);
        memcpy(b->memory + at, stream, total - at < 64 ? total - at : 64);
        input[12]++;
    }
}

void block_encode(struct block *b, enum pf_fec_scheme scheme)
{
    struct pf_fec *fec;
    assert_int_equal(pf_fec_create(scheme, b->k, b->m, b->bytes, &fec), 0);
    assert_int_equal(
        pf_fec_encode(fec, (const uint8_t *const *)b->shards, b->k, b->shards + b->k, b->m, b->bytes), 0);
    pf_fec_destroy(fec);
}

static void lose_among(struct block *b, unsigned first_n, unsigned lost, uint32_t seed)
{
    memset(b->present, 1, b->k + b->m);
    while (lost) {
        seed = seed * 1664525u + 1013904223u;
        unsigned i = (seed >> 8) % first_n;
        if (!b->present[i])
            continue;
        b->present[i] = 0;
        memset(b->shards[i], 0x5A, b->bytes);
        lost--;
    }
}

void block_lose(struct block *b, unsigned lost, uint32_t seed)
{
    lose_among(b, b->k + b->m, lost, seed);
}

void block_lose_data(struct block *b, unsigned lost, uint32_t seed)
{
    lose_among(b, b->k, lost, seed);
}

int block_decode(struct block *b, enum pf_fec_scheme scheme)
{
    struct pf_fec *fec;
    assert_int_equal(pf_fec_create(scheme, b->k, b->m, b->bytes, &fec), 0);
    int rc = pf_fec_decode(fec, b->shards, b->present, b->k, b->m, b->bytes);
    pf_fec_destroy(fec);
    return rc;
}
