/* SPDX-License-Identifier: MIT */
/* A cursor in a line: pieces are taken off its start. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#include "line.h"

#define ESCAPE_LENGTH 4 /* "\x1b" */

void log_skip_blanks(struct log_span *span)
{
	while (span->start < span->end && (*span->start == ' ' || *span->start == '\t'))
		span->start++;
}

static int digit(char c, int base)
{
	int value = c >= '0' && c <= '9' ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;

	return value < base ? value : -1;
}

static bool take_digits(struct log_span *span, int base, size_t most, uint64_t *ret_value)
{
	const char *p = span->start;
	uint64_t value = 0;

	while (p < span->end && digit(*p, base) >= 0 && (size_t)(p - span->start) <= most)
		value = value * (uint64_t)base + (uint64_t)digit(*p++, base);
	if (p == span->start || (size_t)(p - span->start) > most)
		return false;
	span->start = p;
	*ret_value = value;
	return true;
}

static bool is_word_char(struct log_span span)
{
	return span.start < span.end &&
	       (isalnum((unsigned char)*span.start) || *span.start == '_');
}

bool log_word_ends(struct log_span span)
{
	return span.start == span.end || *span.start == ' ' || *span.start == '\t';
}

bool log_take_hex(struct log_span *span, uint64_t *ret_value)
{
	struct log_span rest = *span;
	uint64_t value = 0;

	if (!log_take(&rest, "(null)")) {
		if (!log_take(&rest, "0x"))
			log_take(&rest, "0X");
		if (!take_digits(&rest, 16, 16, &value) || is_word_char(rest))
			return false;
	}
	*span = rest;
	*ret_value = value;
	return true;
}

bool log_take_register(struct log_span *span, uint64_t *ret_value)
{
	struct log_span rest = *span;
	uint64_t value;

	if (!log_take_hex(&rest, &value) || rest.start - span->start != 16)
		return false;
	*span = rest;
	*ret_value = value;
	return true;
}

bool log_take_decimal(struct log_span *span, uint64_t *ret_value)
{
	return take_digits(span, 10, 18, ret_value);
}

struct log_span log_take_word(struct log_span *span)
{
	struct log_span word;

	log_skip_blanks(span);
	word = *span;
	while (span->start < span->end && *span->start != ' ' && *span->start != '\t')
		span->start++;
	word.end = span->start;
	return word;
}

/* The first letter of the literal that few words of a log have, or its first one. */
static size_t rare_letter(const char *literal)
{
	size_t common = strspn(literal, " aeioudlnrst0");

	return literal[common] ? common : 0;
}

const char *log_find(struct log_span span, const char *literal)
{
	size_t n = strlen(literal), at;
	const char *p, *end;

	if (n == 0)
		return span.start;
	if (log_length(span) < n)
		return NULL;
	/* In text as short as a line, memmem() takes longer to begin than this does to end. */
	at = rare_letter(literal);
	end = span.end - n + at + 1;
	for (p = span.start + at; (p = memchr(p, literal[at], (size_t)(end - p))); p++)
		if (memcmp(p - at, literal, n) == 0)
			return p - at;
	return NULL;
}

void log_copy(struct log_span span, char *ret_text, size_t size)
{
	size_t used = 0;

	for (const char *p = span.start; p < span.end && used + 1 < size;) {
		size_t left = (size_t)(span.end - p), room = size - used - 1;
		size_t n = utf8_count_plain(p, left < room ? left : room);

		n = n ? n : utf8_read_safe(p, left);
		if ((n ? n : ESCAPE_LENGTH) > room)
			break;
		if (n)
			memcpy(ret_text + used, p, n);
		else
			snprintf(ret_text + used, ESCAPE_LENGTH + 1, "\\x%02x", (unsigned char)*p);
		used += n ? n : ESCAPE_LENGTH;
		p += n ? n : 1;
	}
	ret_text[used] = '\0';
}
