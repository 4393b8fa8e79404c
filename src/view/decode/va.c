/* SPDX-License-Identifier: MIT */
/* A virtual address: its bits, cut where the walk cuts them. */
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
static void add_numbers(struct fields *f, const struct piece *piece)
{
	fields_keep(f, INK_DIM, "%-2u%*u", piece->high, width(piece) - 2, piece->low);
}

static void add_digits(struct fields *f, const struct piece *piece, uint64_t address)
{
	char digits[65];
	int n = width(piece);

	for (int i = 0; i < n; i++)
		digits[i] = address >> (piece->high - (unsigned)i) & 1 ? '1' : '0';
	digits[n] = '\0';
	fields_keep(f, INK_BOLD, "%s", digits);
}

static void add_name(struct fields *f, const struct piece *piece)
{
	char name[24];

	if (piece->low == 0)
		snprintf(name, sizeof(name), "offset 0x%03x", piece->index);
	else if (piece->high == 63)
		snprintf(name, sizeof(name), "sign");
	else
		snprintf(name, sizeof(name), "%s %u", piece->name, piece->index);
	fields_keep(f, INK_NAME, "%-*s", width(piece), name);
}

/* Their numbers, digits and names in three lines. */
static void add_pieces(struct fields *f, const struct cr2_va *va, const struct piece *pieces, size_t n)
{
	for (int line = 0; line < 3; line++) {
		fields_cells(f);
		for (size_t i = 0; i < n; i++) {
			fields_keep(f, INK_PLAIN, "%s", i ? " " : "");
			if (line == 0)
				add_numbers(f, &pieces[i]);
			else if (line == 1)
				add_digits(f, &pieces[i], va->address);
			else
				add_name(f, &pieces[i]);
		}
	}
}

#define BITS_AT 2

/* How many pieces stand beside each other; one at the least. */
static size_t count_fitting(const struct piece *pieces, size_t n, unsigned terminal)
{
	unsigned column = BITS_AT;
	size_t i = 0;

	do
		column += (unsigned)width(&pieces[i++]) + 1;
	while (i < n && column + (unsigned)width(&pieces[i]) <= terminal);
	return i;
}

static void bits(struct fields *f, const struct cr2_va *va, unsigned terminal)
{
	static const struct field_block block = {.columns = 1, .at = BITS_AT, .last = 80};
	struct piece pieces[PIECES];
	size_t n = cut(va, pieces), fitting;

	fields_block(f, &block);
	for (size_t i = 0; i < n; i += fitting) {
		fitting = count_fitting(pieces + i, n - i, terminal);
		add_pieces(f, va, pieces + i, fitting);
	}
}

static void level_row(struct fields *f, const struct cr2_va *va, size_t i)
{
	enum cr2_level level = cr2_va_level(va, i);
	/* With four levels a PGD entry spans what a P4D entry does with five. */
	uint64_t size = cr2_level_size((enum cr2_level)(va->levels - i));
	uint64_t start = va->address & ~(size - 1);

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, LEVEL, cr2_level_name(level));
	fields_say(f, INK_NAME, "%s", cr2_level_title(level));
	fields_cell(f);
	field_number(f, INDEX, va->indices[i]);
	fields_keep(f, INK_PLAIN, "%3u = 0x%03x", va->indices[i], va->indices[i]);
	fields_cell(f);
	fields_keep(f, INK_PLAIN, "%s + 0x%03x", i ? "table" : "CR3", va->indices[i] * 8);
	fields_cell(f);
	field_hex(f, START, start);
	field_number(f, SIZE, size);
	fields_keep(f, INK_PLAIN, "%016" PRIx64 " to %016" PRIx64, start, start + size - 1);
	fields_end(f);
}

static void levels(struct fields *f, const struct cr2_va *va)
{
	static const char *const head[] = {"level", "index", "entry at", "spans"};
	static const struct field_block block = {.columns = CR2_ARRAY_SIZE(head), .at = 2};

	fields_block(f, &block);
	fields_cells(f);
	for (size_t c = 0; c < CR2_ARRAY_SIZE(head); c++) {
		if (c > 0)
			fields_cell(f);
		fields_say(f, INK_DIM, "%s", head[c]);
	}
	fields_list(f, CR2_KEY_LEVELS);
	for (size_t i = 0; i < va->levels; i++)
		level_row(f, va, i);
	fields_end(f);
}

static void heading(struct fields *f, const struct cr2_va *va)
{
	fields_block(f, &bits_heading);
	fields_cells(f);
	field_hex(f, ADDR, va->address, .form = "address %", .ink = INK_BOLD, .keep = true);
	fields_say(f, INK_PLAIN, "  ");
	if (va->canonical)
		fields_say(f, INK_PLAIN, "canonical with %u levels", va->levels);
	else
		fields_say(f, INK_WARN, "not canonical with %u levels: bits 63 to %u are not "
			   "all the same, so an access raises #GP (#SS on the stack), no page fault",
			   va->levels, 11 + 9 * va->levels);
	field_bool(f, CANONICAL, va->canonical);
	field_text(f, HALF, va->kernel ? "kernel" : "user");
	field_text(f, REGION, cr2_va_region(va->address, va->levels),
		   .form = va->canonical ? "; %" : NULL);
	field_hex(f, OFFSET, va->offset);
}

static void fill(struct fields *f, const struct cr2_va *va, unsigned terminal)
{
	heading(f, va);
	bits(f, va, terminal);
	levels(f, va);
}

int cr2_view_va(const struct cr2_va *va, const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, va, style->width);
	return fields_draw(&f, style, text);
}

int cr2_va_to_json(const struct cr2_va *va, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, va, 80);
	return fields_json(&f, text);
}
