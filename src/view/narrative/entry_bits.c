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

/* A column: one bit, or a run of bits that is shown as a number. */
struct field {
	unsigned high, low;
	char name[16];
	bool number; /* in hex, the frame as pfn */
};

#define FIELDS_MAX 24
struct fields {
	size_t n;
	struct field items[FIELDS_MAX];
};

struct entry_bits {
	struct teller *teller;
	enum cr2_flag_table table;
	struct fields fields;
};

#define LETTERS_BELOW 9 /* the CPU's own low bits go by their letters */

/* "PWT", "special"; "" where the bit means nothing under this kernel. */
static void bit_name(const struct entry_bits *bits, enum cr2_flag_table table, unsigned bit,
		     char *name, size_t size)
{
	struct cr2_flags flags;

	*name = '\0';
	cr2_flags_decode(table, 1ULL << bit, bits->teller->step->kernel, &flags);
	if (flags.n != 1 || flags.items[0]->width != 1)
		return;
	if (bit >= LETTERS_BELOW)
		snprintf(name, size, "%s", flags.items[0]->name);
	else /* "D_TABLE" is the D of an entry for a table */
		snprintf(name, size, "%.*s", (int)strcspn(flags.items[0]->code, "_"),
			 flags.items[0]->code);
}

static struct field *add_field(struct entry_bits *bits, unsigned high, unsigned low)
{
	struct field *f = &bits->fields.items[bits->fields.n++];

	*f = (struct field){.high = high, .low = low, .number = high > low};
	return f;
}

/* An entry for a table may take the place of one that mapped a page: that one's names help. */
static void add_bit(struct entry_bits *bits, unsigned bit)
{
	struct field *f = add_field(bits, bit, bit);

	bit_name(bits, bits->table, bit, f->name, sizeof(f->name));
	if (!*f->name && bit < LETTERS_BELOW)
		bit_name(bits, CR2_FLAGS_ENTRY_HUGE, bit, f->name, sizeof(f->name));
}

/* Of the bits that are mostly 0, those that are set in either entry; else one run of 0. */
static void add_run(struct entry_bits *bits, unsigned high, unsigned low, uint64_t set)
{
	uint64_t mask = (~0ULL >> (63 - high)) & (~0ULL << low);

	if (!(set & mask)) {
		add_field(bits, high, low);
		return;
	}
	for (unsigned bit = high + 1; bit-- > low;)
		if (set >> bit & 1)
			add_bit(bits, bit);
}

static void choose_fields(struct entry_bits *bits, const struct cr2_walk_entry *entry,
			  uint64_t old)
{
	uint64_t set = entry->value | (old & CR2_PTE(P) ? old : 0);
	bool huge = bits->table == CR2_FLAGS_ENTRY_HUGE;
	unsigned frame_low = !huge ? CR2_PAGE_SHIFT : entry->level == CR2_LEVEL_PUD ? 30 : 21;
	struct field *frame;

	add_bit(bits, 63);
	add_run(bits, 62, 52, set);
	frame = add_field(bits, 51, frame_low);
	snprintf(frame->name, sizeof(frame->name), "%s",
		 bits->table == CR2_FLAGS_ENTRY_TABLE ? "table" : "pfn");
	if (huge) {
		add_run(bits, frame_low - 1, 13, set);
		add_bit(bits, 12);
	}
	add_run(bits, 11, 9, set);
	for (unsigned bit = 9; bit-- > 0;)
		add_bit(bits, bit);
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

static void add_cell(const struct entry_bits *bits, struct rich *row, unsigned end, const char *s,
		     enum ink ink)
{
	rich_pad(row, bits->teller->style, end - (unsigned)strlen(s));
	rich_keep(row, ink, "%s", s);
}

/* An entry that the CPU does not use, but Linux keeps something in: it has other fields. */
static bool is_foreign(uint64_t entry)
{
	return entry && !(entry & CR2_PTE(P));
}

static void add_column(const struct entry_bits *bits, struct rich *rows, const struct field *f,
		       uint64_t old, uint64_t new, unsigned gap)
{
	char cells[ROWS][24] = {"", "", "", "", ""};
	const struct cr2_style *style = bits->teller->style;
	unsigned width = 0, column = rich_width(&rows[ROW_BIT], style) + gap;
	bool foreign = is_foreign(old);
	bool changed = !foreign && field_value(f, old) != field_value(f, new);

	format_number(f, cells[ROW_BIT], sizeof(cells[0]));
	snprintf(cells[ROW_NAME], sizeof(cells[0]), "%s", f->name);
	if (!foreign)
		format_value(f, old, cells[ROW_OLD], sizeof(cells[0]));
	format_value(f, new, cells[ROW_NEW], sizeof(cells[0]));
	if (changed)
		snprintf(cells[ROW_CHANGE], sizeof(cells[0]), "^");
	for (size_t i = 0; i < ROWS; i++)
		if (strlen(cells[i]) > width)
			width = (unsigned)strlen(cells[i]);
	for (size_t i = 0; i < ROWS; i++)
		if (*cells[i])
			add_cell(bits, &rows[i], column + width, cells[i],
				 i == ROW_BIT ? INK_DIM : changed && i > ROW_NAME ? INK_BOLD
										  : INK_PLAIN);
	rich_pad(&rows[ROW_BIT], style, column + width);
}

/* The rows with so many blanks between columns; returns their width. */
static unsigned fill_rows(const struct entry_bits *bits, uint64_t old, uint64_t new, unsigned gap,
			  struct rich *rows)
{
	static const char *const labels[] = {"bit", "", "old", "new", ""};

	for (size_t i = 0; i < ROWS; i++) {
		rich_clear(&rows[i]);
		rich_keep(&rows[i], INK_DIM, "%-3s", labels[i]);
	}
	if (is_foreign(old))
		rich_keep(&rows[ROW_OLD], INK_PLAIN, "  0x%" PRIx64 ", not present", old);
	for (size_t i = 0; i < bits->fields.n; i++)
		add_column(bits, rows, &bits->fields.items[i], old, new, gap);
	return rich_width(&rows[ROW_BIT], bits->teller->style);
}

static void tell_words(struct teller *teller, const struct cr2_walk_entry *entry,
		       enum cr2_flag_table table)
{
	tell_add(teller, INK_PLAIN, "0x%" PRIx64 " = ", entry->value);
	if (table == CR2_FLAGS_ENTRY_TABLE)
		tell_add(teller, INK_PLAIN, "table at 0x%" PRIx64 ", ",
			 tell_entry_pfn(entry) << CR2_PAGE_SHIFT);
	else
		tell_add(teller, INK_PLAIN, "pfn 0x%" PRIx64 ", ", tell_entry_pfn(entry));
	tell_entry_flags(teller, &teller->line, entry);
	tell_line(teller, 0);
}

static void tell_rows(const struct entry_bits *bits, uint64_t old, uint64_t new)
{
	struct rich rows[ROWS] = {{.hang = 0}};

	if (fill_rows(bits, old, new, 2, rows) > tell_width(bits->teller))
		fill_rows(bits, old, new, 1, rows);
	for (size_t i = 0; i < ROWS; i++) {
		if (i != ROW_CHANGE || !is_foreign(old)) {
			rich_join(&bits->teller->line, &rows[i]);
			tell_line(bits->teller, 0);
		}
		rich_finish(&rows[i]);
	}
}

void tell_entry_bits(struct teller *teller, const struct cr2_walk_entry *entry, uint64_t old)
{
	struct entry_bits bits = {.teller = teller,
				  .table = cr2_entry_table(entry->value, entry->level)};

	choose_fields(&bits, entry, old);
	if (old != entry->value)
		tell_rows(&bits, old, entry->value);
	tell_words(teller, entry, bits.table);
}
