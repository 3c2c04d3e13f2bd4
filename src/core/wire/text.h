/* UTF-8 as peers send it. */
#ifndef PF_CORE_WIRE_TEXT_H
#define PF_CORE_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the character at text[0 … len−1], len ≥ 1. Returns its length and its code point, or, for a damaged
 * sequence, minus the number of bytes that one replacement character stands for (the longest prefix that
 * could have begun a character). */
int pf_utf8_next(const char *text, size_t len, uint32_t *ret_code);

bool pf_utf8_valid(const char *text, size_t len);

/* Copies with every damaged sequence replaced by U+FFFD; out needs 3 · len bytes. Returns the length. */
size_t pf_utf8_repair(const char *text, size_t len, char *out);

#endif
