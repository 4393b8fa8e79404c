/* SPDX-License-Identifier: MIT */
/* A cursor to read a line with. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of text; not NUL-terminated. */
struct log_span {
	const char *start, *end;
};

/* Cursor functions: they move span->start only when they succeed. */
bool log_take(struct log_span *span, const char *literal);
/* Digits, 0x or not, or (null); no part of a word: "ext4_x" is not 0xe. */
bool log_take_hex(struct log_span *span, uint64_t *ret_value);
/* All 16 digits that the kernel prints of a register: where the line was cut there are fewer. */
bool log_take_register(struct log_span *span, uint64_t *ret_value);
bool log_take_decimal(struct log_span *span, uint64_t *ret_value);
/* Only blanks, or nothing, at its start. */
bool log_word_ends(struct log_span span);
void log_skip_blanks(struct log_span *span);
/* The next blank-separated word, taken off; empty at the end. */
struct log_span log_take_word(struct log_span *span);
/* Where literal first stands in span, or NULL. */
const char *log_find(struct log_span span, const char *literal);
size_t log_length(struct log_span span);
/* Copies as a string; bytes that are no printable ASCII or UTF-8 become \xNN. */
void log_copy(struct log_span span, char *ret_text, size_t size);

#endif
