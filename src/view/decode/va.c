/* SPDX-License-Identifier: MIT */
/* A virtual address for people: its bits, cut where the walk cuts them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <cr2/view_decode.h>

#include "bits.h"

/* A run of bits, highest first, with what it selects. */
struct piece {
	unsigned high, low;
	const char *name; /* in capitals: the walk's levels are written so */
	unsigned index;
};
#define PIECES (CR2_LEVELS_MAX + 2)

/* Sign extension, one piece a level, offset. Returns how many. */
static size_t cut(const struct cr2_va *va, struct piece *pieces)
{
	unsigned high = 11 + 9 * va->levels;
	size_t n = 0;

	pieces[n++] = (struct piece){63, high + 1, "sign", 0};
	for (size_t i = 0; i < va->levels; i++, high -= 9)
		pieces[n++] = (struct piece){high, high - 8, cr2_level_title(cr2_va_level(va, i)),
					     va->indices[i]};
	pieces[n++] = (struct piece){11, 0, "offset", (unsigned)va->offset};
	return n;
}

static int width(const struct piece *piece)
{
	return (int)(piece->high - piece->low) + 1;
}

/* The numbers of a piece's first and last bit, over its ends. */
static void add_numbers(struct rich *line, const struct piece *piece)
{
	rich_keep(line, INK_DIM, "%-2u%*u", piece->high, width(piece) - 2, piece->low);
}

static void add_digits(struct rich *line, const struct piece *piece, uint64_t address)
{
	for (unsigned bit = piece->high + 1; bit-- > piece->low;)
		rich_keep(line, INK_BOLD, "%c", address >> bit & 1 ? '1' : '0');
}

static void add_name(struct rich *line, const struct piece *piece)
{
	char name[24];

	if (piece->low == 0)
		snprintf(name, sizeof(name), "offset 0x%03x", piece->index);
	else if (piece->high == 63)
		snprintf(name, sizeof(name), "sign");
	else
		snprintf(name, sizeof(name), "%s %u", piece->name, piece->index);
	rich_keep(line, INK_NAME, "%-*s", width(piece), name);
}

static int draw_bits(const struct cr2_va *va, const struct cr2_style *style, struct cr2_text *text)
{
	struct piece pieces[PIECES];
	size_t n = cut(va, pieces);
	struct rich lines[3] = {0};
	struct slot slot = {2, 80};
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t l = 0; l < CR2_ARRAY_SIZE(lines); l++)
			rich_keep(&lines[l], INK_PLAIN, "%s", i ? " " : "");
		add_numbers(&lines[0], &pieces[i]);
		add_digits(&lines[1], &pieces[i], va->address);
		add_name(&lines[2], &pieces[i]);
	}
	for (size_t l = 0; l < CR2_ARRAY_SIZE(lines); l++) {
		if (r == 0)
			r = rich_row(text, style, 1, &slot, &lines[l]);
		rich_finish(&lines[l]);
	}
	return r;
}

static uint64_t span_start(const struct cr2_va *va, enum cr2_level level)
{
	return va->address & ~(cr2_level_size(level) - 1);
}

static void fill_level(struct rich *row, const struct cr2_va *va, size_t i)
{
	enum cr2_level level = cr2_va_level(va, i);
	/* With four levels a PGD entry spans what a P4D entry does with five. */
	enum cr2_level spans = (enum cr2_level)(va->levels - i);
	uint64_t start = span_start(va, spans);

	rich_add(&row[0], INK_NAME, cr2_level_title(level));
	rich_keep(&row[1], INK_PLAIN, "%3u = 0x%03x", va->indices[i], va->indices[i]);
	rich_keep(&row[2], INK_PLAIN, "%s + 0x%03x", i ? "table" : "CR3", va->indices[i] * 8);
	rich_keep(&row[3], INK_PLAIN, "%016" PRIx64 " to %016" PRIx64, start,
		  start + cr2_level_size(spans) - 1);
}

static int draw_levels(const struct cr2_va *va, const struct cr2_style *style,
		       struct cr2_text *text)
{
	static const char *const head[] = {"level", "index", "entry at", "spans"};
	struct grid grid = {.columns = 4, .at = 2};
	struct rich *row = grid_row(&grid);

	for (size_t c = 0; row && c < grid.columns; c++)
		rich_add(&row[c], INK_DIM, head[c]);
	for (size_t i = 0; i < va->levels; i++) {
		row = grid_row(&grid);
		if (row)
			fill_level(row, va, i);
	}
	return grid_draw(&grid, style, text);
}

static int heading(const struct cr2_va *va, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich meaning = {0};
	unsigned top = 11 + 9 * va->levels;
	int r;

	rich_gap(&meaning, 1);
	if (va->canonical)
		rich_printf(&meaning, INK_PLAIN, "canonical with %u levels; %s", va->levels,
			    cr2_va_region(va->address, va->levels));
	else
		rich_printf(&meaning, INK_WARN, "not canonical with %u levels: bits 63 to %u are not "
			    "all the same, so an access raises #GP (#SS on the stack), no page fault",
			    va->levels, top);
	r = bits_heading(style, text, "address", va->address, &meaning);
	rich_finish(&meaning);
	return r;
}

int cr2_view_va(const struct cr2_va *va, const struct cr2_style *style, struct cr2_text *text)
{
	int r = heading(va, style, text);

	if (r == 0)
		r = cr2_text_append(text, "\n");
	if (r == 0)
		r = draw_bits(va, style, text);
	if (r == 0)
		r = cr2_text_append(text, "\n");
	return r == 0 ? draw_levels(va, style, text) : r;
}
