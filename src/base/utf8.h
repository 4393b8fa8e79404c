/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 text: how wide they are, which steer a terminal, what stands for them. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the character at s; returns its bytes, or 0: the n bytes there begin with no valid one. */
size_t utf8_read(const char *s, size_t n, uint32_t *ret_c);
/* Columns that the character takes on a terminal. */
unsigned utf8_columns(uint32_t c);
/* Neither a control character nor one that hides or reorders text, as U+202E does. */
bool utf8_is_safe(uint32_t c);
/* The same of the character at s; returns its bytes, or 0 also where it is not safe. */
size_t utf8_read_safe(const char *s, size_t n);
/* How many of the n bytes at s are printable ASCII before the first that is not: of most text, all. */
size_t utf8_count_plain(const char *s, size_t n);
/* Where only ASCII can be shown: "->" for an arrow; what has no stand-in is spelled, as \u00e9. */
#define UTF8_ASCII_SIZE 12
const char *utf8_ascii(uint32_t c, char buffer[UTF8_ASCII_SIZE]);

#endif
