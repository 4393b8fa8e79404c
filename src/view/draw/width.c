/* SPDX-License-Identifier: MIT */
/* How many columns a character takes: terminals count characters, strlen() counts bytes. */
#include "width.h"

static const struct {
	uint32_t first, last;
	unsigned columns;
} ranges[] = {
	{0x0300, 0x036f, 0}, /* combining marks */
	{0x200b, 0x200f, 0}, /* zero-width blanks and joiners */
	{0x20d0, 0x20ff, 0},
	{0xfe00, 0xfe0f, 0}, /* variation selectors */
	{0x1100, 0x115f, 2}, /* Hangul */
	{0x2e80, 0x303e, 2}, /* CJK */
	{0x3041, 0xa4cf, 2},
	{0xac00, 0xd7a3, 2},
	{0xf900, 0xfaff, 2},
	{0xfe30, 0xfe6f, 2},
	{0xff00, 0xff60, 2},
	{0xffe0, 0xffe6, 2},
	{0x1f300, 0x1f64f, 2}, /* pictographs */
	{0x1f900, 0x1f9ff, 2},
	{0x20000, 0x3fffd, 2},
};

unsigned character_columns(uint32_t c)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return ranges[i].columns;
	return 1;
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

static bool in_unicode(uint32_t c, size_t bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return c >= least[bytes] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

size_t character_read(const char *s, uint32_t *ret_c)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t bytes = announced(u[0]);
	uint32_t c;

	if (bytes == 0)
		return 0;
	c = bytes == 1 ? u[0] : u[0] & (0x7fu >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (!in_unicode(c, bytes))
		return 0;
	*ret_c = c;
	return bytes;
}

unsigned view_width(const char *s)
{
	unsigned columns = 0;

	while (*s) {
		uint32_t c;
		size_t bytes = character_read(s, &c);

		columns += bytes ? character_columns(c) : 1;
		s += bytes ? bytes : 1;
	}
	return columns;
}
