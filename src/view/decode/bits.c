/* SPDX-License-Identifier: MIT */
/* Bits as rows. */
#include <inttypes.h>

#include "bits.h"

const struct field_block bits_heading = {.columns = 1, .hang = 4, .joined = true};
const struct field_block bits_facts = {.columns = 2, .at = 2, .first = 10};

static const struct field_block rows_block = {.columns = 5, .at = 2};

/* "0", or "19-16" for a field: how wide the numbers of a table's bits are. */
static int number_width(const struct cr2_flags *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->items[i]->width > 1)
			return 5;
	return 2;
}

/* The cells of a bit: where, name, value, smaps' letters, meaning. */
static void row(struct fields *f, enum cr2_flag_table table, const struct cr2_flag *flag,
		uint64_t value, int width)
{
	uint64_t number = cr2_flag_field(flag, value);
	enum ink ink = number ? INK_PLAIN : INK_DIM;

	fields_cells(f);
	if (flag->width == 1)
		fields_keep(f, ink, "%*u", width, flag->bit);
	else
		fields_keep(f, ink, "%2u-%2u", flag->bit + flag->width - 1, flag->bit);
	fields_cell(f);
	fields_say(f, number ? INK_BOLD : INK_DIM, "%s", flag->name);
	fields_cell(f);
	fields_say(f, ink, "%" PRIu64, number);
	fields_cell(f);
	fields_say(f, INK_DIM, "%s", table == CR2_FLAGS_VM ? flag->code : "");
	fields_cell(f);
	fields_say(f, ink, "%s", flag->meaning);
}

/* What the bit means in other kernels. */
static void elsewhere(struct fields *f, enum cr2_flag_table table, unsigned bit)
{
	size_t n;
	const struct cr2_flag *rows = cr2_flags_rows(table, &n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (bit < rows[i].bit || bit >= rows[i].bit + rows[i].width)
			continue;
		fields_say(f, INK_WARN, "%s%s", any ? "; " : "; but ", rows[i].name);
		if (rows[i].from)
			fields_say(f, INK_WARN, " from %d.%d", rows[i].from / 1000,
				   rows[i].from % 1000);
		if (rows[i].until)
			fields_say(f, INK_WARN, " before %d.%d", rows[i].until / 1000,
				   rows[i].until % 1000);
		any = true;
	}
	if (any)
		fields_say(f, INK_WARN, " (see --kernel)");
}

static void unknown_row(struct fields *f, enum cr2_flag_table table, unsigned bit, int width)
{
	fields_cells(f);
	fields_keep(f, INK_WARN, "%*u", width, bit);
	fields_cell(f);
	fields_say(f, INK_WARN, "0x%" PRIx64, UINT64_C(1) << bit);
	fields_cell(f);
	fields_say(f, INK_WARN, "1");
	fields_cell(f);
	fields_cell(f);
	fields_say(f, INK_WARN, "unknown in this kernel");
	if (table <= CR2_FLAGS_VM_FAULT)
		elsewhere(f, table, bit);
}

void bits_rows(struct fields *f, enum cr2_flag_table table, const struct cr2_flags *flags,
	       int kernel, bool all)
{
	struct cr2_flags rows = *flags;
	int width;

	if (all)
		cr2_flags_decode(table, UINT64_MAX, kernel, &rows);
	width = number_width(&rows);
	fields_block(f, &rows_block);
	for (size_t i = 0; i < rows.n; i++)
		row(f, table, rows.items[i], flags->value, width);
	for (unsigned bit = 0; bit < 64; bit++)
		if (flags->unknown >> bit & 1)
			unknown_row(f, table, bit, width);
}
