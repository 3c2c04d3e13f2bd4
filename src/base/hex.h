/* Hexadecimal text. */
#ifndef PF_BASE_HEX_H
#define PF_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2·n lowercase digits and a NUL to out (at least 2·n + 1 bytes). Returns out. */
char *pf_hex_encode(const void *data, size_t n, char *out);

/* 0 to 15; −1: it is no digit. */
int pf_hex_digit(char c);

/* Reads exactly n bytes from 2·n hex digits (either case). False, and out untouched, on any other input. */
bool pf_hex_decode(const char *text, uint8_t *out, size_t n);

#endif
