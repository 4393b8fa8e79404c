/* SPDX-License-Identifier: MIT */
/* A cursor to read a line with. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A piece of text; not NUL-terminated. */
struct log_span {
	const char *start, *end;
};

static inline size_t log_length(struct log_span span)
{
	return (size_t)(span.end - span.start);
}

/* Cursor functions: they move span->start only when they succeed. */

/* Here, so that the compiler knows how long a literal is: no other function is called as often. */
static inline bool log_take(struct log_span *span, const char *literal)
{
	size_t n;

	if (*literal && (span->start == span->end || *span->start != *literal))
		return false;
	n = strlen(literal);
	if (log_length(*span) < n || memcmp(span->start, literal, n) != 0)
		return false;
	span->start += n;
	return true;
}
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
/* Copies as a string; bytes that are no printable ASCII or UTF-8 become \xNN. */
void log_copy(struct log_span span, char *ret_text, size_t size);

#endif
