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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ASSERT(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                    \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
