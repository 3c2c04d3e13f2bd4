/* A fuzz target is one file with this function. libFuzzer drives it when the build has -Dfuzz=true (clang);
 * in every other build standalone.c runs it over the seed corpus and deterministic mutations of it, as a unit
 * test.
 *
 * Targets must not only survive: FUZZ_ASSERT states what has to hold for any input. */
#ifndef PF_TEST_FUZZ_H
#define PF_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                    \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The bytes as a string; free() it. (Not strndup: sanitizers ask it for strings that end.) */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    return text;
}

#endif
