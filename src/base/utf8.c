/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 text, by tables of Unicode's ranges. */
#include <stdio.h>

#include <cr2/base.h>

#include "utf8.h"

struct range {
	uint32_t first, last;
};

/* Characters that do something instead of showing something. */
static const struct range unsafe[] = {
	{0x0000, 0x001f}, /* ASCII's control characters */
	{0x007f, 0x009f}, /* delete; more control characters, which terminals obey as well */
	{0x061c, 0x061c}, /* marks of direction */
	{0x180e, 0x180e},
	{0x200b, 0x200b}, /* a blank without width */
	{0x200e, 0x200f},
	{0x2028, 0x202e}, /* separators of lines; embeddings and overrides of direction */
	{0x2060, 0x206f}, /* what cannot be seen; isolates */
	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb},
	{0xe0000, 0xe0fff}, /* tags */
};

static const struct {
	struct range range;
	unsigned columns;
} widths[] = {
	{{0x0300, 0x036f}, 0}, /* combining marks */
	{{0x200c, 0x200d}, 0}, /* joiners */
	{{0x20d0, 0x20ff}, 0},
	{{0xfe00, 0xfe0f}, 0}, /* variation selectors */
	{{0x1100, 0x115f}, 2}, /* Hangul */
	{{0x2e80, 0x303e}, 2}, /* CJK */
	{{0x3041, 0xa4cf}, 2},
	{{0xac00, 0xd7a3}, 2},
	{{0xf900, 0xfaff}, 2},
	{{0xfe30, 0xfe6f}, 2},
	{{0xff00, 0xff60}, 2},
	{{0xffe0, 0xffe6}, 2},
	{{0x1f300, 0x1f64f}, 2}, /* pictographs */
	{{0x1f900, 0x1f9ff}, 2},
	{{0x20000, 0x3fffd}, 2},
};

/* To add a row: a character that cr2 prints, and what stands for it where only ASCII can. */
static const struct {
	uint32_t c;
	const char *ascii;
} stand_ins[] = {
	{0x00b1, "+-"}, /* ± */
	{0x00b5, "u"}, /* µ */
	{0x00b7, "."}, /* · */
	{0x00d7, "x"}, /* × */
	{0x2013, "-"}, /* – */
	{0x2014, "--"}, /* — */
	{0x2018, "'"}, /* quotation marks */
	{0x2019, "'"},
	{0x201c, "\""},
	{0x201d, "\""},
	{0x2026, "..."}, /* … */
	{0x2190, "<-"}, /* ← */
	{0x2192, "->"}, /* → */
	{0x2260, "!"}, /* ≠, a mark of one column */
	{0x2264, "<="}, /* ≤ */
	{0x2265, ">="}, /* ≥ */
	{0x2500, "-"}, /* ─ */
	{0x2501, "="}, /* ━ */
	{0x2502, "|"}, /* │ */
	{0x2503, "|"}, /* ┃ */
	{0x2588, "#"}, /* █ and its parts, in eighths */
	{0x2589, "#"},
	{0x258a, "#"},
	{0x258b, "#"},
	{0x258c, "#"},
	{0x258d, ":"},
	{0x258e, ":"},
	{0x258f, ":"},
	{0x2713, "ok"}, /* ✓ */
	{0x2717, "X"}, /* ✗ */
};

static bool is_in(const struct range *range, uint32_t c)
{
	return c >= range->first && c <= range->last;
}

bool utf8_is_safe(uint32_t c)
{
	if (c >= ' ' && c <= '~')
		return true;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(unsafe); i++)
		if (is_in(&unsafe[i], c))
			return false;
	return true;
}

unsigned utf8_columns(uint32_t c)
{
	if (c < widths[0].range.first)
		return 1;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++)
		if (is_in(&widths[i].range, c))
			return widths[i].columns;
	return 1;
}

const char *utf8_ascii(uint32_t c, char buffer[UTF8_ASCII_SIZE])
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(stand_ins); i++)
		if (stand_ins[i].c == c)
			return stand_ins[i].ascii;
	snprintf(buffer, UTF8_ASCII_SIZE, c < 0x80 ? "%c" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	return buffer;
}

/* Bytes that a lead byte announces; 0: it is none. */
static size_t announced(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Not longer than it need be, no surrogate, not beyond Unicode. */
static bool is_valid(uint32_t c, size_t bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return c >= least[bytes] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

size_t utf8_read(const char *s, size_t n, uint32_t *ret_c)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t bytes = n ? announced(u[0]) : 0;
	uint32_t c;

	if (bytes == 0 || bytes > n)
		return 0;
	c = bytes == 1 ? u[0] : u[0] & (0x7fu >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (!is_valid(c, bytes))
		return 0;
	*ret_c = c;
	return bytes;
}

size_t utf8_count_plain(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= ' ' && s[i] <= '~')
		i++;
	return i;
}

size_t utf8_read_safe(const char *s, size_t n)
{
	uint32_t c = 0;
	size_t bytes = utf8_read(s, n, &c);

	return utf8_is_safe(c) ? bytes : 0;
}
