/* SPDX-License-Identifier: MIT */
/* See csv.h. */
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

void csv_begin(struct csv *csv, const char *text, size_t size)
{
	*csv = (struct csv){.at = text, .end = text + size, .next = 1};
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		csv->at += 3;
}

void csv_finish(struct csv *csv)
{
	free(csv->fields);
	cr2_text_finish(&csv->bytes);
	*csv = (struct csv){0};
}

static int refuse(struct csv *csv, const char *reason)
{
	csv->reason = reason;
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_field(const struct csv *csv, const char *s)
{
	return s == csv->end || *s == '\n' || *s == csv->comma;
}

/* A separator is what the first line has outside of quotes. */
static char find_comma(const struct csv *csv)
{
	bool quoted = false, semicolon = false;

	for (const char *s = csv->at; s < csv->end && (quoted || *s != '\n'); s++) {
		quoted ^= *s == '"';
		if (*s == ',' && !quoted)
			return ',';
		semicolon |= *s == ';' && !quoted;
	}
	return semicolon ? ';' : ',';
}

/* From behind the first quote to behind the last. */
static int read_quoted(struct csv *csv)
{
	for (const char *s = csv->at; s < csv->end; s++) {
		int r;

		if (*s == '"' && (s + 1 == csv->end || s[1] != '"')) {
			for (s++; !ends_field(csv, s) && is_blank(*s);)
				s++;
			csv->at = s;
			return ends_field(csv, s) ? 0 : refuse(csv, "text stands behind a closing quote; a quote inside of "
								    "quotes is written twice");
		}
		s += *s == '"';
		csv->next += *s == '\n';
		r = cr2_text_append_n(&csv->bytes, s, 1);
		if (r < 0)
			return r;
	}
	return refuse(csv, "a quote is not closed");
}

static int read_plain(struct csv *csv)
{
	const char *first = csv->at, *last;

	while (!ends_field(csv, csv->at))
		csv->at++;
	for (last = csv->at; last > first && is_blank(last[-1]);)
		last--;
	return cr2_text_append_n(&csv->bytes, first, (size_t)(last - first));
}

static int read_field(struct csv *csv)
{
	int r;

	while (!ends_field(csv, csv->at) && is_blank(*csv->at))
		csv->at++;
	if (csv->at < csv->end && *csv->at == '"') {
		csv->at++;
		r = read_quoted(csv);
	} else {
		r = read_plain(csv);
	}
	if (r == 0)
		r = cr2_text_append_n(&csv->bytes, "", 1);
	return r;
}

static bool is_utf8(const char *s, size_t n)
{
	uint32_t c;

	for (size_t bytes; n; s += bytes, n -= bytes)
		if (!(bytes = utf8_read(s, n, &c)))
			return false;
	return true;
}

static int read_row(struct csv *csv)
{
	size_t n = 0;
	int r;

	cr2_text_clear(&csv->bytes);
	csv->line = csv->next;
	do {
		csv->at += n > 0;
		r = read_field(csv);
		n++;
	} while (r == 0 && csv->at < csv->end && *csv->at != '\n');
	if (r == 0 && csv->at < csv->end)
		csv->at++, csv->next++;
	if (r == 0 && !is_utf8(csv->bytes.data, csv->bytes.length))
		r = refuse(csv, "this is no text in UTF-8: save it as UTF-8");
	if (r == 0)
		r = cr2_grow(&csv->fields, &csv->capacity, n, sizeof(*csv->fields));
	csv->n = r == 0 ? n : 0;
	for (size_t i = 0, at = 0; i < csv->n; i++) {
		csv->fields[i] = csv->bytes.data + at;
		at += strlen(csv->fields[i]) + 1;
	}
	return r;
}

int csv_next(struct csv *csv)
{
	/* A NUL would end a field; UTF-16 has one in every letter. */
	if (csv->line == 0 && csv->end > csv->at && memchr(csv->at, '\0', (size_t)(csv->end - csv->at)))
		return refuse(csv, "this is no text in UTF-8: save it as UTF-8");
	if (!csv->comma)
		csv->comma = find_comma(csv);
	while (csv->at < csv->end) {
		int r = read_row(csv);

		if (r < 0)
			return r;
		/* Rows of empty fields are what spreadsheets leave at an end. */
		for (size_t i = 0; i < csv->n; i++)
			if (*csv->fields[i])
				return 1;
	}
	return 0;
}

int csv_append(struct cr2_text *text, bool first, const char *field)
{
	int r = first ? 0 : cr2_text_append(text, ",");

	if (r == 0 && !field[strcspn(field, ",;\"\r\n")] && !is_blank(*field))
		return cr2_text_append(text, field);
	if (r == 0)
		r = cr2_text_append(text, "\"");
	for (const char *s = field; r == 0 && *s; s++)
		r = cr2_text_append_n(text, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	return r < 0 ? r : cr2_text_append(text, "\"");
}
