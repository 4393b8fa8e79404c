/* SPDX-License-Identifier: MIT */
/* Bits as rows. */
#include <errno.h>
#include <inttypes.h>

#include "bits.h"

int bits_heading(const struct cr2_style *style, struct cr2_text *text, const char *title,
		 uint64_t value, const struct rich *meaning)
{
	struct rich heading = {.hang = 4};
	int r;

	rich_keep(&heading, INK_BOLD, "%s 0x%" PRIx64, title, value);
	rich_gap(&heading, 1);
	rich_join(&heading, meaning);
	r = rich_paragraph(text, style, 0, &heading);
	rich_finish(&heading);
	return r;
}

#define LABEL_AT 2
#define LABEL_WIDTH 10

int bits_labelled(const struct cr2_style *style, struct cr2_text *text, const char *label,
		  const struct rich *content)
{
	struct grid grid = {.columns = 2, .at = LABEL_AT, .limits = {LABEL_WIDTH}};
	struct rich *row = grid_row(&grid);

	if (!row)
		return -ENOMEM;
	rich_add(&row[0], INK_NAME, label);
	rich_pad(&row[0], LABEL_WIDTH);
	rich_join(&row[1], content);
	return grid_draw(&grid, style, text);
}

int bits_note(const struct cr2_style *style, struct cr2_text *text, const char *label,
	      enum ink ink, const char *format, ...)
{
	struct cr2_text words = {0};
	struct rich content = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&words, format, args);
	va_end(args);
	if (r == 0) {
		rich_add(&content, ink, words.data);
		r = bits_labelled(style, text, label, &content);
	}
	rich_finish(&content);
	cr2_text_finish(&words);
	return r;
}

/* "0", or "19-16" for a field: how wide the numbers of a table's bits are. */
static int number_width(const struct cr2_flags *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->items[i]->width > 1)
			return 5;
	return 2;
}

static void fill(struct rich *row, const struct cr2_flag *flag, uint64_t value, int width)
{
	uint64_t field = cr2_flag_field(flag, value);
	enum ink ink = field ? INK_PLAIN : INK_DIM;

	if (flag->width == 1)
		rich_keep(&row[0], ink, "%*u", width, flag->bit);
	else
		rich_keep(&row[0], ink, "%2u-%2u", flag->bit + flag->width - 1, flag->bit);
	rich_add(&row[1], field ? INK_BOLD : INK_DIM, flag->name);
	rich_printf(&row[2], ink, "%" PRIu64, field);
	rich_add(&row[4], ink, flag->meaning);
}

/* What the bit means in other kernels. */
static void add_elsewhere(struct rich *cell, enum cr2_flag_table table, unsigned bit)
{
	size_t n;
	const struct cr2_flag *rows = cr2_flags_rows(table, &n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (bit < rows[i].bit || bit >= rows[i].bit + rows[i].width)
			continue;
		rich_printf(cell, INK_WARN, "%s%s", any ? "; " : "; but ", rows[i].name);
		if (rows[i].from)
			rich_printf(cell, INK_WARN, " from %d.%d", rows[i].from / 1000,
				    rows[i].from % 1000);
		if (rows[i].until)
			rich_printf(cell, INK_WARN, " before %d.%d", rows[i].until / 1000,
				    rows[i].until % 1000);
		any = true;
	}
	if (any)
		rich_add(cell, INK_WARN, " (see --kernel)");
}

static int unknown_rows(struct grid *grid, enum cr2_flag_table table, uint64_t unknown, int width)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		struct rich *row;

		if (!(unknown >> bit & 1))
			continue;
		row = grid_row(grid);
		if (!row)
			return -ENOMEM;
		rich_keep(&row[0], INK_WARN, "%*u", width, bit);
		rich_keep(&row[1], INK_WARN, "0x%" PRIx64, UINT64_C(1) << bit);
		rich_add(&row[2], INK_WARN, "1");
		rich_add(&row[4], INK_WARN, "unknown in this kernel");
		if (table <= CR2_FLAGS_VM_FAULT)
			add_elsewhere(&row[4], table, bit);
	}
	return 0;
}

int bits_rows(const struct cr2_style *style, struct cr2_text *text, enum cr2_flag_table table,
	      const struct cr2_flags *flags, int kernel, bool all)
{
	struct grid grid = {.columns = 5, .at = LABEL_AT};
	struct cr2_flags rows = *flags;
	struct rich *row;
	int width, r = 0;

	if (all)
		cr2_flags_decode(table, UINT64_MAX, kernel, &rows);
	width = number_width(&rows);
	for (size_t i = 0; r == 0 && i < rows.n; i++) {
		row = grid_row(&grid);
		r = row ? 0 : -ENOMEM;
		if (r == 0)
			fill(row, rows.items[i], flags->value, width);
		if (r == 0 && table == CR2_FLAGS_VM)
			rich_add(&row[3], INK_DIM, rows.items[i]->code);
	}
	if (r == 0 && flags->unknown)
		r = unknown_rows(&grid, table, flags->unknown, width);
	if (r == 0)
		return grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r;
}
