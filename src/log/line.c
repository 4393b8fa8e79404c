/* SPDX-License-Identifier: MIT */
/*
 * What stands before a kernel message depends on who wrote the line: dmesg, the journal,
 * a syslog daemon, a serial console. Everything that can be told from a message is taken
 * off here, piece by piece; what remains is the message.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#include "line.h"

size_t log_length(struct log_span span)
{
	return (size_t)(span.end - span.start);
}

bool log_take(struct log_span *span, const char *literal)
{
	size_t n = strlen(literal);

	if (log_length(*span) < n || memcmp(span->start, literal, n) != 0)
		return false;
	span->start += n;
	return true;
}

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

static bool take_number(struct log_span *span, int base, size_t most, uint64_t *ret_value)
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
		if (!take_number(&rest, 16, 16, &value) || is_word_char(rest))
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
	return take_number(span, 10, 18, ret_value);
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

const char *log_find(struct log_span span, const char *literal)
{
	return memmem(span.start, log_length(span), literal, strlen(literal));
}

void log_copy(struct log_span span, char *ret_text, size_t size)
{
	size_t used = 0;

	for (const char *p = span.start; p < span.end;) {
		size_t n = utf8_read_safe(p, (size_t)(span.end - p));
		char escape[5];

		snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)*p);
		if (used + (n ? n : 4) >= size)
			break;
		memcpy(ret_text + used, n ? p : escape, n ? n : 4);
		used += n ? n : 4;
		p += n ? n : 1;
	}
	ret_text[used] = '\0';
}

/* FNV-1a; never 0, which means "not printed". */
static uint64_t hash(struct log_span span)
{
	uint64_t h = 0xcbf29ce484222325;

	for (const char *p = span.start; p < span.end; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	return h | 1;
}

/* "<6>", and "<6>1 " of RFC 5424. Tells whether the latter stood there. */
static bool skip_priority(struct log_span *line)
{
	struct log_span rest = *line;
	uint64_t number;

	if (!log_take(&rest, "<") || !log_take_decimal(&rest, &number) || !log_take(&rest, ">"))
		return false;
	*line = rest;
	return log_take(line, "1 ");
}

/* "4,1234,5678901,-,caller=T12;" of /dev/kmsg and netconsole. */
static void skip_kmsg(struct log_span *line, struct log_line *ret)
{
	struct log_span rest = *line;
	uint64_t number;
	const char *semicolon;

	for (int i = 0; i < 3; i++)
		if (!log_take_decimal(&rest, &number) || !log_take(&rest, ","))
			return;
	semicolon = memchr(rest.start, ';', log_length(rest));
	if (!semicolon)
		return;
	rest.end = semicolon;
	ret->when = (struct log_span){line->start, semicolon};
	line->start = semicolon + 1;
	rest.start = log_find(rest, "caller=");
	if (rest.start)
		ret->caller = hash(rest);
}

static bool is_digit(struct log_span span, size_t i)
{
	return i < log_length(span) && isdigit((unsigned char)span.start[i]);
}

static bool is_char(struct log_span span, size_t i, char c)
{
	return i < log_length(span) && span.start[i] == c;
}

static bool is_iso_date(struct log_span span)
{
	return is_digit(span, 0) && is_digit(span, 3) && is_char(span, 4, '-') && is_digit(span, 5) &&
	       is_char(span, 7, '-') && is_digit(span, 8);
}

/*
 * "2026-11-23T07:35:16.123456+01:00", or with a blank for the T; the journal's short-full has a
 * weekday before it and a zone behind: "Mon 2026-11-23 07:35:16 UTC".
 */
static void skip_iso(struct log_span *line)
{
	struct log_span rest = *line, word = log_take_word(&rest);
	bool full = log_length(word) == 3 && !is_digit(word, 0);

	if (full)
		word = log_take_word(&rest);
	if (!is_iso_date(word))
		return;
	*line = rest;
	log_skip_blanks(&rest);
	if (is_digit(rest, 0) && is_char(rest, 2, ':') && is_char(rest, 5, ':')) {
		log_take_word(&rest);
		if (full)
			log_take_word(&rest);
		*line = rest;
	}
}

/* "Nov 23 07:35:16", a weekday before it or a year after it, or not. */
static void skip_date(struct log_span *line)
{
	struct log_span rest = *line, word;
	uint64_t year;

	for (int i = 0; i < 3; i++) {
		word = log_take_word(&rest);
		if (is_digit(word, 0))
			break;
		if (log_length(word) != 3)
			return;
	}
	if (log_length(word) > 2 || !is_digit(word, 0))
		return;
	word = log_take_word(&rest);
	if (!(is_digit(word, 0) && is_char(word, 2, ':') && is_char(word, 5, ':')))
		return;
	*line = rest;
	log_skip_blanks(&rest);
	if (log_take_decimal(&rest, &year) && year >= 1970 && year < 10000 &&
	    (rest.start == rest.end || *rest.start == ' '))
		*line = rest;
}

/* A number of seconds, a date, a caller: what a bracket at the line's start may hold. */
static bool is_stamp(struct log_span inside)
{
	struct log_span rest = inside;
	uint64_t number;

	log_skip_blanks(&rest);
	if ((log_take(&rest, "T") || log_take(&rest, "C")) && log_take_decimal(&rest, &number))
		return rest.start == rest.end;
	rest = inside;
	skip_date(&rest);
	log_skip_blanks(&rest);
	if (rest.start == rest.end)
		return log_length(inside) > 0;
	/* "Nov23 07:35" and "  +0.000012" of dmesg --human. */
	if (is_digit(rest, 3) && is_char(rest, 5, ' ') && is_char(rest, 8, ':'))
		return true;
	log_take(&rest, "+");
	return log_take_decimal(&rest, &number) && log_take(&rest, ".") &&
	       log_take_decimal(&rest, &number) && rest.start == rest.end;
}

static void skip_brackets(struct log_span *line, struct log_line *ret)
{
	for (;;) {
		struct log_span rest = *line, inside;
		const char *close;

		log_skip_blanks(&rest);
		if (!is_char(rest, 0, '['))
			return;
		close = memchr(rest.start, ']', log_length(rest));
		inside = (struct log_span){rest.start + 1, close};
		if (!close || close - rest.start > 40 || !is_stamp(inside))
			return;
		log_skip_blanks(&inside);
		if (*inside.start == 'C' || (*inside.start == 'T' && is_digit(inside, 1)))
			ret->caller = hash(inside);
		else
			ret->when = (struct log_span){rest.start, close + 1};
		line->start = close + 1;
	}
}

/* "HOST kernel: " and "HOST kern.info kernel: "; the host is the first word. */
static void skip_host(struct log_span *line, struct log_line *ret)
{
	struct log_span rest = *line, head, host;
	const char *tag;

	if (log_length(rest) > 120)
		rest.end = rest.start + 120;
	tag = log_find(rest, "kernel: ");
	if (!tag || (tag > line->start && tag[-1] != ' '))
		return;
	head = (struct log_span){line->start, tag};
	host = log_take_word(&head);
	/* At most a facility between the two: else it is part of a message. */
	log_take_word(&head);
	log_skip_blanks(&head);
	if (head.start != head.end)
		return;
	if (log_length(host))
		ret->source = hash(host);
	line->start = tag + strlen("kernel: ");
}

/* "HOST kernel - - - " (application, process, message, data) of RFC 5424, after the time. */
static void skip_rfc5424(struct log_span *line, struct log_line *ret)
{
	struct log_span rest = *line, host;

	host = log_take_word(&rest);
	for (int i = 0; i < 3; i++)
		log_take_word(&rest);
	log_skip_blanks(&rest);
	if (is_char(rest, 0, '[')) {
		const char *close = memchr(rest.start, ']', log_length(rest));

		if (!close)
			return;
		rest.start = close + 1;
	} else if (!log_take(&rest, "-")) {
		return;
	}
	ret->source = hash(host);
	*line = rest;
	log_skip_blanks(line);
	log_take(line, "\xef\xbb\xbf");
}

/* "MESSAGE": "..." of journalctl -o json; what stands behind the closing quote goes. */
static void skip_json(struct log_span *line)
{
	static const char key[] = "\"MESSAGE\"";
	size_t length = (size_t)(line->end - line->start);
	const char *found = memmem(line->start, length, key, strlen(key));
	struct log_span rest = {found, line->end};

	if (!found)
		return;
	rest.start += strlen(key);
	log_skip_blanks(&rest);
	if (!log_take(&rest, ":"))
		return;
	log_skip_blanks(&rest);
	if (!log_take(&rest, "\""))
		return;
	*line = rest;
	while (rest.start < rest.end && *rest.start != '"')
		rest.start += *rest.start == '\\' && rest.start + 1 < rest.end ? 2 : 1;
	line->end = rest.start;
}

/* The journal's own forms: export and verbose have fields on lines, json has objects. */
static void skip_journal(struct log_span *line)
{
	struct log_span rest = *line;

	log_skip_blanks(&rest);
	if (log_take(&rest, "MESSAGE="))
		*line = rest;
	else if (rest.start < rest.end && (*rest.start == '{' || *rest.start == '"'))
		skip_json(line);
}

/* "kern  :info  : " of dmesg -x. */
static void skip_facility(struct log_span *line)
{
	struct log_span rest = *line, word;

	for (int i = 0; i < 2; i++) {
		word = rest;
		while (rest.start < rest.end && islower((unsigned char)*rest.start))
			rest.start++;
		if (rest.start == word.start)
			return;
		log_skip_blanks(&rest);
		if (!log_take(&rest, ":"))
			return;
	}
	*line = rest;
	log_skip_blanks(line);
}

static void skip_time(struct log_span *line, struct log_line *ret)
{
	const char *start = line->start;
	struct log_span rest, word;

	skip_date(line);
	skip_iso(line);
	rest = *line;
	word = log_take_word(&rest); /* "1700721316.123456" of the journal's short-unix */
	if (line->start == start && log_length(word) >= 12 && is_digit(word, 0) &&
	    is_digit(word, 9) && is_char(word, 10, '.'))
		*line = rest;
	if (line->start != start)
		ret->when = (struct log_span){start, line->start};
	log_skip_blanks(line);
}

void log_line_parse(struct log_span text, struct log_line *ret_line)
{
	struct log_line line = {.when = {text.start, text.start}};
	bool rfc5424;

	while (text.end > text.start && (text.end[-1] == '\r' || text.end[-1] == ' '))
		text.end--;
	skip_journal(&text);
	rfc5424 = skip_priority(&text);
	skip_kmsg(&text, &line);
	skip_facility(&text);
	skip_time(&text, &line);
	if (rfc5424)
		skip_rfc5424(&text, &line);
	skip_brackets(&text, &line);
	log_skip_blanks(&text);
	skip_host(&text, &line);
	skip_brackets(&text, &line);
	log_skip_blanks(&text);
	line.message = text;
	*ret_line = line;
}
