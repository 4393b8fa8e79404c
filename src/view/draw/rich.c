/* SPDX-License-Identifier: MIT */
/*
 * Rich text. In the bytes of a rich text, 1 to INK_COUNT switch the ink (1 + enum ink),
 * KEPT is a blank at which no line breaks. All else is what is printed: rich_add() lets no
 * control byte in, and rich_break() puts the '\n's.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/utf8.h"

#include "rich.h"

#define KEPT '\x1f'
#define KEPT_STRING "\x1f"

static const char *const escapes[INK_COUNT] = {
	[INK_PLAIN] = "",
	[INK_BOLD] = "\033[1m",
	[INK_DIM] = "\033[2m",
	[INK_GOOD] = "\033[32m",
	[INK_BAD] = "\033[1;31m",
	[INK_WARN] = "\033[33m",
	[INK_NAME] = "\033[36m",
};
#define ESCAPE_END "\033[0m"

void rich_finish(struct rich *rich)
{
	cr2_text_finish(&rich->text);
	*rich = (struct rich){0};
}

void rich_clear(struct rich *rich)
{
	cr2_text_clear(&rich->text);
	rich->hang = 0;
}

static void raw(struct rich *rich, const char *s, size_t n)
{
	if (rich->error == 0)
		rich->error = cr2_text_append_n(&rich->text, s, n);
}

/* Printable ASCII, as far as it goes; returns its bytes in s. */
static size_t add_plain(struct rich *rich, const char *s, size_t n, bool keep)
{
	size_t bytes = utf8_count_plain(s, n), at = rich->text.length;

	raw(rich, s, bytes);
	for (; keep && at < rich->text.length; at++)
		if (rich->text.data[at] == ' ')
			rich->text.data[at] = KEPT;
	return bytes;
}

/* Any other character, made harmless; returns its bytes in s. */
static size_t add_character(struct rich *rich, const char *s, size_t n, bool keep)
{
	unsigned columns;
	size_t bytes = safe_step(s, n, &columns);

	if (*s == '\t')
		raw(rich, keep ? KEPT_STRING : " ", 1);
	else if (rich->error == 0)
		rich->error = cr2_text_append_safe(&rich->text, s, bytes);
	return bytes;
}

static void add(struct rich *rich, enum ink ink, const char *s, bool keep)
{
	char to = (char)(1 + ink), back = 1 + INK_PLAIN;
	size_t n = strlen(s), bytes;

	assert(ink < INK_COUNT); /* the next byte is text */
	if (ink != INK_PLAIN)
		raw(rich, &to, 1);
	for (; n; s += bytes, n -= bytes) {
		bytes = add_plain(rich, s, n, keep);
		bytes = bytes ? bytes : add_character(rich, s, n, keep);
	}
	if (ink != INK_PLAIN)
		raw(rich, &back, 1);
}

void rich_add(struct rich *rich, enum ink ink, const char *s)
{
	add(rich, ink, s, false);
}

void rich_add_kept(struct rich *rich, enum ink ink, const char *s)
{
	add(rich, ink, s, true);
}

static void add_formatted(struct rich *rich, enum ink ink, bool keep, const char *format,
			  va_list args)
{
	struct cr2_text text = {0};

	if (rich->error == 0)
		rich->error = cr2_text_vprintf(&text, format, args);
	if (rich->error == 0)
		add(rich, ink, text.data, keep);
	cr2_text_finish(&text);
}

void rich_printf(struct rich *rich, enum ink ink, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(rich, ink, false, format, args);
	va_end(args);
}

void rich_keep(struct rich *rich, enum ink ink, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_formatted(rich, ink, true, format, args);
	va_end(args);
}

void rich_gap(struct rich *rich, unsigned blanks)
{
	while (blanks--)
		raw(rich, " ", 1);
}

void rich_break(struct rich *rich)
{
	raw(rich, "\n", 1);
}

void rich_join(struct rich *rich, const struct rich *other)
{
	if (other->error)
		rich->error = other->error;
	if (other->text.data)
		raw(rich, other->text.data, other->text.length);
}

static const char *string(const struct rich *rich)
{
	return rich->text.data ? rich->text.data : "";
}

bool rich_empty(const struct rich *rich)
{
	return rich->text.length == 0;
}

bool rich_equal(const struct rich *a, const struct rich *b)
{
	return strcmp(string(a), string(b)) == 0;
}

/* A byte that switches the ink. */
static bool is_ink(char c)
{
	return c >= 1 && c < 1 + INK_COUNT;
}

static size_t wide_glyph(const struct cr2_style *style, const char *s, unsigned *ret_columns)
{
	char buffer[UTF8_ASCII_SIZE];
	uint32_t c = 0;
	size_t bytes = utf8_read(s, strnlen(s, 4), &c);

	*ret_columns = style->ascii ? (unsigned)strlen(utf8_ascii(c, buffer)) : utf8_columns(c);
	return bytes ? bytes : 1;
}

/* Bytes and columns of what stands at s. */
static inline size_t glyph(const struct cr2_style *style, const char *s, unsigned *ret_columns)
{
	if ((unsigned char)*s >= 0x80)
		return wide_glyph(style, s, ret_columns);
	*ret_columns = !is_ink(*s);
	return 1;
}

/* Columns from s to the end of its line. */
static unsigned line_width(const struct cr2_style *style, const char *s)
{
	unsigned columns = 0, w;

	while (*s && *s != '\n') {
		s += glyph(style, s, &w);
		columns += w;
	}
	return columns;
}

unsigned rich_width(const struct rich *rich, const struct cr2_style *style)
{
	unsigned widest = 0;

	for (const char *s = string(rich); s; s = strchr(s, '\n')) {
		unsigned w;

		s += *s == '\n';
		w = line_width(style, s);
		widest = w > widest ? w : widest;
	}
	return widest;
}

void rich_pad(struct rich *rich, const struct cr2_style *style, unsigned columns)
{
	const char *line = strrchr(string(rich), '\n');
	unsigned w = line_width(style, line ? line + 1 : string(rich));

	for (; w < columns; w++)
		raw(rich, KEPT_STRING, 1);
}

/* A cell while it is drawn line by line. */
struct cursor {
	const char *next; /* what is not drawn yet */
	enum ink ink; /* in force there */
	unsigned indent; /* of the next line */
	unsigned hang;
};

/*
 * Where the line that starts at s ends, so that it takes at most width columns: at the last
 * blank, else at one that should have been kept, else in the middle of a word.
 */
static const char *line_end(const struct cr2_style *style, const char *s, unsigned width)
{
	const char *allowed = NULL, *kept = NULL, *start = s;
	unsigned columns = 0, w;
	size_t bytes;

	for (; *s && *s != '\n'; s += bytes) {
		bytes = glyph(style, s, &w);
		if (*s == ' ' && columns)
			allowed = s;
		if (*s == KEPT && columns)
			kept = s;
		if (columns + w > width && *s != ' ' && *s != KEPT) {
			kept = kept ? kept : s > start ? s : s + bytes;
			return allowed ? allowed : kept;
		}
		columns += w;
		if (*s == '|' && s[1] && s[1] != ' ')
			allowed = s + 1;
	}
	return s;
}

/* One character, or several that need no care. */
static int draw_some(struct cr2_text *text, const struct cr2_style *style, const char *s,
		     const char *end, size_t *ret_bytes)
{
	unsigned columns;

	*ret_bytes = utf8_count_plain(s, (size_t)(end - s));
	if (*ret_bytes)
		return cr2_text_append_n(text, s, *ret_bytes);
	*ret_bytes = glyph(style, s, &columns);
	if (*s == KEPT)
		return cr2_text_append_n(text, " ", 1);
	return style->ascii ? cr2_text_append_ascii(text, s, *ret_bytes)
			    : cr2_text_append_n(text, s, *ret_bytes);
}

/* Text from s to end with its inks; *ink is the one in force, before and after. */
static int draw(struct cr2_text *text, const struct cr2_style *style, const char *s, const char *end,
		enum ink *ink)
{
	bool colour = style->colour;
	int r = colour ? cr2_text_append(text, escapes[*ink]) : 0;

	for (size_t bytes = 1; r == 0 && s < end; s += bytes) {
		bytes = 1;
		if (!is_ink(*s)) {
			r = draw_some(text, style, s, end, &bytes);
			continue;
		}
		if (colour && *ink != INK_PLAIN)
			r = cr2_text_append(text, ESCAPE_END);
		*ink = (enum ink)(*s - 1);
		if (r == 0 && colour)
			r = cr2_text_append(text, escapes[*ink]);
	}
	return r == 0 && colour && *ink != INK_PLAIN ? cr2_text_append(text, ESCAPE_END) : r;
}

static const char *without_blanks(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == KEPT || is_ink(end[-1])))
		end--;
	return end;
}

/* Moves past the line drawn up to drawn, and the blanks at which it broke. */
static void advance(struct cursor *c, const char *drawn)
{
	c->indent = c->hang;
	for (c->next = drawn; *c->next == ' ' || *c->next == KEPT || is_ink(*c->next); c->next++)
		if (is_ink(*c->next))
			c->ink = (enum ink)(*c->next - 1);
	if (*c->next == '\n') {
		c->indent = 0;
		c->next++;
	}
}

static unsigned span(const struct cr2_style *style, const char *s, const char *end)
{
	unsigned columns = 0, w;

	while (s < end) {
		s += glyph(style, s, &w);
		columns += w;
	}
	return columns;
}

static int append_blanks(struct cr2_text *text, unsigned from, unsigned to)
{
	int r = 0;

	for (; r == 0 && from < to; from++)
		r = cr2_text_append_n(text, " ", 1);
	return r;
}

/* Draws the next line of a cell into its slot; *column is where the terminal's cursor is. */
static int draw_line(struct cr2_text *text, const struct cr2_style *style,
		     const struct slot *slot, struct cursor *c, unsigned *column)
{
	unsigned indent = c->indent < slot->width ? c->indent : 0;
	const char *end = line_end(style, c->next, slot->width - indent);
	const char *drawn = without_blanks(c->next, end);
	unsigned columns = span(style, c->next, drawn);
	int r = 0;

	if (columns) {
		r = append_blanks(text, *column, slot->at + indent);
		*column = slot->at + indent + columns;
	}
	if (r == 0)
		r = draw(text, style, c->next, drawn, &c->ink);
	advance(c, drawn);
	return r;
}

static bool any_left(const struct cursor *cursors, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*cursors[i].next)
			return true;
	return false;
}

static int draw_lines(struct cr2_text *text, const struct cr2_style *style, size_t n,
		      const struct slot *slots, struct cursor *cursors)
{
	int r;

	do {
		unsigned column = 0;

		r = 0;
		for (size_t i = 0; r == 0 && i < n; i++)
			if (*cursors[i].next)
				r = draw_line(text, style, &slots[i], &cursors[i], &column);
		if (r == 0)
			r = cr2_text_append(text, "\n");
	} while (r == 0 && any_left(cursors, n));
	return r;
}

int rich_row(struct cr2_text *text, const struct cr2_style *style, size_t n,
	     const struct slot *slots, const struct rich *cells)
{
	struct cursor *cursors = NULL;
	size_t capacity = 0;
	int r = cr2_grow(&cursors, &capacity, n, sizeof(*cursors));

	for (size_t i = 0; r == 0 && i < n; i++) {
		cursors[i] = (struct cursor){.next = string(&cells[i]), .hang = cells[i].hang};
		r = cells[i].error;
	}
	if (r == 0)
		r = draw_lines(text, style, n, slots, cursors);
	free(cursors);
	return r;
}

int rich_paragraph(struct cr2_text *text, const struct cr2_style *style, unsigned at,
		   const struct rich *cell)
{
	struct slot slot = {at, style->width > at + 20 ? style->width - at : 20};

	return rich_row(text, style, 1, &slot, cell);
}

int rich_ends(struct cr2_text *text, const struct cr2_style *style, const struct rich *left,
	      const struct rich *right)
{
	unsigned l = rich_width(left, style), r = rich_width(right, style), width = style->width;
	struct slot slots[] = {{0, l}, {width > r ? width - r : 0, r}};
	struct rich cells[] = {*left, *right};
	int error;

	if (r == 0 || l + 2 + r <= width)
		return rich_row(text, style, 2, slots, cells);
	error = rich_paragraph(text, style, 0, left);
	if (error == 0)
		error = rich_paragraph(text, style, width > r ? width - r : 2, right);
	return error;
}
