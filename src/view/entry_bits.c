/* SPDX-License-Identifier: MIT */
/*
 * The bits of an entry, highest first, as one would write them on paper:
 *
 *     bit  63  62-52  51-12  11-9  8  7    6  5  4    3    2  1  0
 *          NX         pfn          G  PAT  D  A  PCD  PWT  U  W  P
 *     old   0      0  0xa1      0  0    0  0  1    0    0  1  0  1
 *     new   1      0  0xb3      0  0    0  1  1    0    0  1  1  1
 *                     ^                    ^               ^
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "entry_bits.h"

/* Names of single bits; the meanings are cr2_flags_rows()'. */
#define SMALL (1 << CR2_FLAGS_ENTRY_SMALL)
#define HUGE (1 << CR2_FLAGS_ENTRY_HUGE)
#define TABLE (1 << CR2_FLAGS_ENTRY_TABLE)
static const struct {
	const char *name;
	uint8_t bit, width;
	uint8_t tables;
} names[] = {
#define X(id, name, bit, width, from, until, kinds, meaning) {#id, bit, width, kinds},
#include <cr2/tables/entry_bit.def>
#undef X
};

/* A column: one bit, or a run of bits that is shown as a number. */
struct field {
	unsigned high, low;
	const char *name;
	bool number; /* in hex, the frame as pfn */
};

#define FIELDS_MAX 24
struct fields {
	size_t n;
	struct field items[FIELDS_MAX];
};

static const char *bit_name(enum cr2_flag_table table, unsigned bit)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (names[i].bit == bit && names[i].width == 1 && (names[i].tables & 1 << table))
			return strcmp(names[i].name, "D_TABLE") == 0 ? "D" : names[i].name;
	return "";
}

static void add_field(struct fields *fields, unsigned high, unsigned low, const char *name)
{
	fields->items[fields->n++] = (struct field){high, low, name, high > low};
}

/* An entry for a table may take the place of one that mapped a page: that one's names help. */
static const char *bit_name_or_huge(enum cr2_flag_table table, unsigned bit)
{
	const char *name = bit_name(table, bit);

	return *name ? name : bit_name(CR2_FLAGS_ENTRY_HUGE, bit);
}

/* Software's bits in one column each only where one of them is set: else they are a run of 0. */
static void add_run(struct fields *fields, enum cr2_flag_table table, unsigned high, unsigned low,
		    uint64_t set)
{
	uint64_t mask = (~0ULL >> (63 - high)) & (~0ULL << low);

	if (!(set & mask)) {
		add_field(fields, high, low, "");
		return;
	}
	for (unsigned bit = high + 1; bit-- > low;)
		if (set >> bit & 1)
			add_field(fields, bit, bit, bit_name(table, bit));
}

static void choose_fields(struct fields *fields, const struct cr2_walk_entry *entry, uint64_t old)
{
	enum cr2_flag_table table = cr2_entry_table(entry->value, entry->level);
	uint64_t set = entry->value | (old & CR2_PTE(P) ? old : 0);
	bool huge = table == CR2_FLAGS_ENTRY_HUGE;
	unsigned frame_low = !huge ? CR2_PAGE_SHIFT : entry->level == CR2_LEVEL_PUD ? 30 : 21;

	add_field(fields, 63, 63, "NX");
	add_run(fields, table, 62, 52, set);
	add_field(fields, 51, frame_low, table == CR2_FLAGS_ENTRY_TABLE ? "table" : "pfn");
	if (huge) {
		add_run(fields, table, frame_low - 1, 13, set);
		add_field(fields, 12, 12, bit_name(table, 12));
	}
	add_run(fields, table, 11, 9, set);
	for (unsigned bit = 9; bit-- > 0;)
		add_field(fields, bit, bit, bit_name_or_huge(table, bit));
}

static void format_number(const struct field *f, char *s, size_t size)
{
	if (f->number)
		snprintf(s, size, "%u-%u", f->high, f->low);
	else
		snprintf(s, size, "%u", f->low);
}

static uint64_t field_value(const struct field *f, uint64_t entry)
{
	return (entry & (~0ULL >> (63 - f->high))) >> f->low;
}

static void format_value(const struct field *f, uint64_t entry, char *s, size_t size)
{
	uint64_t value = field_value(f, entry);

	/* A frame is named by its number, whatever the size of the page. */
	if (f->high == 51)
		value <<= f->low - CR2_PAGE_SHIFT;
	if (f->number && value)
		snprintf(s, size, "0x%" PRIx64, value);
	else
		snprintf(s, size, "%" PRIu64, value);
}

enum {
	ROW_BIT,
	ROW_NAME,
	ROW_OLD,
	ROW_NEW,
	ROW_CHANGE,
	ROWS,
};

static void add_cell(struct rich *row, unsigned column, unsigned width, const char *s,
		     enum ink ink)
{
	rich_pad(row, column + width - (unsigned)strlen(s));
	rich_keep(row, ink, "%s", s);
}

static void add_column(struct rich *rows, const struct field *f, uint64_t old, uint64_t new)
{
	char cells[ROWS][24] = {"", "", "", "", ""};
	unsigned width = 0, column = rich_width(&rows[ROW_BIT]) + 2;
	bool changed = field_value(f, old) != field_value(f, new);

	format_number(f, cells[ROW_BIT], sizeof(cells[0]));
	snprintf(cells[ROW_NAME], sizeof(cells[0]), "%s", f->name);
	format_value(f, old, cells[ROW_OLD], sizeof(cells[0]));
	format_value(f, new, cells[ROW_NEW], sizeof(cells[0]));
	if (changed)
		snprintf(cells[ROW_CHANGE], sizeof(cells[0]), "^");
	for (size_t i = 0; i < ROWS; i++)
		if (strlen(cells[i]) > width)
			width = (unsigned)strlen(cells[i]);
	for (size_t i = 0; i < ROWS; i++)
		if (*cells[i])
			add_cell(&rows[i], column, width, cells[i],
				 i == ROW_BIT ? INK_DIM : changed && i > ROW_NAME ? INK_BOLD
										  : INK_PLAIN);
	rich_pad(&rows[ROW_BIT], column + width);
}

void tell_entry_bits(struct narrator *teller, const struct cr2_walk_entry *entry, uint64_t old)
{
	static const char *const labels[] = {"bit", "", "old", "new", ""};
	struct rich rows[ROWS] = {{.hang = 0}};
	struct fields fields = {0};

	choose_fields(&fields, entry, old);
	for (size_t i = 0; i < ROWS; i++)
		rich_keep(&rows[i], INK_DIM, "%-3s", labels[i]);
	for (size_t i = 0; i < fields.n; i++)
		add_column(rows, &fields.items[i], old, entry->value);
	for (size_t i = 0; i < ROWS; i++) {
		rich_join(&teller->line, &rows[i]);
		rich_finish(&rows[i]);
		tell(teller, 0);
	}
	tell_add(teller, INK_PLAIN, "0x%" PRIx64 " = ", entry->value);
	if (cr2_entry_table(entry->value, entry->level) == CR2_FLAGS_ENTRY_TABLE)
		tell_add(teller, INK_PLAIN, "table at 0x%" PRIx64 ", ",
			 entry_pfn(entry) << CR2_PAGE_SHIFT);
	else
		tell_add(teller, INK_PLAIN, "pfn 0x%" PRIx64 ", ", entry_pfn(entry));
	tell_entry_flags(teller, &teller->line, entry);
	tell(teller, 0);
}
