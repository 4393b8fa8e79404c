/* SPDX-License-Identifier: MIT */
/* S4 the walk, S5 the entry that decides, S7 the entry installed. */
#include <inttypes.h>
#include <string.h>

#include <cr2/decode.h>

#include "entry_bits.h"
#include "stages.h"

/* Cells of a row that shows an entry. */
enum {
	NAME,
	PLACE, /* table + index × 8 = address; on a narrow terminal the address alone */
	VALUE,
	FLAGS,
	CELLS,
};
#define FLAGS_LEAST 30 /* columns for flags of several entries to stand beside them; else below */

static void fill_entry(struct teller *teller, const struct cr2_walk_entry *entry, bool sum,
		       struct rich *cells)
{
	uint64_t offset = (uint64_t)8 * entry->index;

	for (size_t c = 0; c < CELLS; c++)
		rich_clear(&cells[c]);
	tell_entry_name(teller, &cells[NAME], entry);
	if (sum)
		rich_keep(&cells[PLACE], INK_PLAIN, "0x%" PRIx64 " + 0x%03" PRIx64 " = ",
			  entry->address - offset, offset);
	rich_keep(&cells[PLACE], INK_PLAIN, "0x%" PRIx64, entry->address);
	rich_keep(&cells[VALUE], INK_PLAIN, "0x%" PRIx64, entry->value);
	if (entry->value & CR2_PTE(P))
		tell_entry_flags(teller, &cells[FLAGS], entry);
	else
		rich_add(&cells[FLAGS], INK_PLAIN, "not present");
}

struct entry_rows {
	struct teller *teller;
	struct slot slots[CELLS];
	size_t n;
	struct rich cells[CR2_LEVELS_MAX][CELLS];
};

/* False: all of them need more columns than there are. */
static bool measure(struct entry_rows *rows)
{
	unsigned at = 0, width = tell_width(rows->teller);

	for (size_t c = 0; c < CELLS; c++) {
		unsigned widest = 0;

		for (size_t i = 0; i < rows->n; i++)
			if (rich_width(&rows->cells[i][c], rows->teller->style) > widest)
				widest = rich_width(&rows->cells[i][c], rows->teller->style);
		rows->slots[c] = (struct slot){at, widest};
		at += widest + 2;
	}
	if (rows->slots[FLAGS].at + (rows->n > 1 ? FLAGS_LEAST : rows->slots[FLAGS].width) <= width)
		rows->slots[FLAGS].width = width - rows->slots[FLAGS].at;
	else
		rows->slots[FLAGS] = (struct slot){rows->slots[PLACE].at, 0};
	return rows->slots[VALUE].at + rows->slots[VALUE].width <= width;
}

/* Flags stand in their column, or right behind the value, or on the next line. */
static void draw_entry_row(struct entry_rows *rows, struct rich *cells)
{
	const struct cr2_style *style = rows->teller->style;
	struct slot place;

	if (rows->slots[FLAGS].width) {
		tell_row(rows->teller, CELLS, rows->slots, cells);
		return;
	}
	place = (struct slot){rows->slots[VALUE].at + rich_width(&cells[VALUE], style) + 2,
			      rich_width(&cells[FLAGS], style)};
	if (place.at + place.width <= tell_width(rows->teller)) {
		struct slot slots[CELLS];

		memcpy(slots, rows->slots, sizeof(slots));
		slots[FLAGS] = place;
		tell_row(rows->teller, CELLS, slots, cells);
		return;
	}
	tell_row(rows->teller, FLAGS, rows->slots, cells);
	rich_join(&rows->teller->line, &cells[FLAGS]);
	tell_line(rows->teller, rows->slots[FLAGS].at);
}

static void tell_entries(struct teller *teller, const struct cr2_walk_entry *entries, size_t n)
{
	struct entry_rows rows = {.teller = teller, .n = n};

	for (size_t i = 0; i < n; i++)
		fill_entry(teller, &entries[i], true, rows.cells[i]);
	if (!measure(&rows)) {
		for (size_t i = 0; i < n; i++)
			fill_entry(teller, &entries[i], false, rows.cells[i]);
		measure(&rows);
	}
	for (size_t i = 0; i < n; i++)
		draw_entry_row(&rows, rows.cells[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < CELLS; c++)
			rich_finish(&rows.cells[i][c]);
}

#define INDEX_BITS 9

/* A group of address bits over its level and index. */
static void add_group(struct teller *teller, struct rich *names, uint64_t value, unsigned width,
		      const char *name)
{
	struct rich *bits = &teller->line;
	unsigned column = rich_width(bits, teller->style);

	rich_pad(names, teller->style, column);
	for (unsigned i = width; i-- > 0;)
		rich_keep(bits, INK_PLAIN, "%u", (unsigned)(value >> i & 1));
	rich_keep(bits, INK_PLAIN, " ");
	rich_keep(names, INK_PLAIN, width == INDEX_BITS ? "%s %" PRIu64 : "%s 0x%" PRIx64, name,
		  value);
}

/* The address in the groups that index the tables, as far as this walk went. */
static void tell_indices(struct teller *teller, uint64_t address, unsigned levels)
{
	struct rich names = {.hang = 0};

	rich_keep(&teller->line, INK_DIM, "CR2 ");
	for (unsigned level = levels; level > 0; level--)
		add_group(teller, &names,
			  address >> (CR2_PAGE_SHIFT + INDEX_BITS * (level - 1)) & 0x1ff,
			  INDEX_BITS, level_name((enum cr2_level)level, levels));
	add_group(teller, &names, offset_in_page(address), CR2_PAGE_SHIFT, "offset");
	tell_line(teller, 0);
	rich_join(&teller->line, &names);
	rich_finish(&names);
	tell_line(teller, 0);
}

static bool same_entry(const struct cr2_walk_entry *a, const struct cr2_walk_entry *b)
{
	return a->level == b->level && a->address == b->address;
}

/* Entries of a walk but the one that S5 shows. */
static size_t without_last(const struct cr2_walk *walk, const struct cr2_stage *entry)
{
	if (entry && walk->n && same_entry(&walk->entries[walk->n - 1], &entry->entry.entry))
		return walk->n - 1;
	return walk->n;
}

static bool is_huge(const struct cr2_walk_entry *entry)
{
	return (entry->value & CR2_PTE(P)) &&
	       cr2_entry_table(entry->value, entry->level) == CR2_FLAGS_ENTRY_HUGE;
}

/* The tables that the kernel added, and the entries that now lead to them. */
static void tell_added(struct teller *teller, const struct cr2_stage_walk *w,
		       const struct cr2_stage *entry)
{
	size_t end = without_last(&w->after, entry), first = w->walk.n ? w->walk.n - 1 : 0;

	if (!w->tables_allocated)
		return;
	if (w->walk.n && is_huge(&w->walk.entries[first]))
		tell_add(teller, INK_PLAIN, "the kernel splits the huge entry into a page table, "
			 "one entry for each 4 KiB");
	else
		tell_add(teller, INK_PLAIN, "the kernel adds %u page table%s of 512 empty entries",
			 w->tables_allocated, w->tables_allocated == 1 ? "" : "s");
	tell_add(teller, INK_PLAIN, "%s", end > first ? ":" : "");
	tell_line(teller, 0);
	if (end > first)
		tell_entries(teller, &w->after.entries[first], end - first);
}

void tell_walk(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage *exception = tell_find(teller, CR2_STAGE_EXCEPTION);
	const struct cr2_stage *entry = tell_find(teller, CR2_STAGE_ENTRY);
	const struct cr2_walk *walk = &stage->walk.walk;
	size_t n = without_last(walk, entry);

	tell_add(teller, INK_PLAIN, "CR3 0x%" PRIx64 "; an entry is at table + index × 8",
		 walk->cr3);
	if (n && (walk->entries[0].value & CR2_PTE(P)))
		tell_add(teller, INK_PLAIN, ", its bits 51-12 are the next table");
	tell_line(teller, 0);
	if (exception)
		tell_indices(teller, exception->exception.cr2, walk->levels);
	tell_entries(teller, walk->entries, n);
	tell_added(teller, &stage->walk, entry);
}

/* What __handle_mm_fault or handle_pte_fault calls on the way to what settles the fault. */
static const char *dispatcher(const struct cr2_stage_entry *e)
{
	if (e->path == CR2_PATH_SIGBUS && e->state == CR2_ENTRY_POISON)
		return "do_swap_page";
	if (e->path == CR2_PATH_SIGBUS && e->userfault)
		return e->userfault == CR2_VM(UFFD_WP) ? "do_wp_page → handle_userfault" : "handle_userfault";
	if (e->path == CR2_PATH_SIGBUS && e->hugetlb)
		return e->state == CR2_ENTRY_NONE ? "hugetlb_fault → hugetlb_no_page" : "hugetlb_fault → hugetlb_wp";
	if (e->state == CR2_ENTRY_PROTECTED)
		return "do_swap_page → do_fault";
	switch (e->path) {
	case CR2_PATH_FILE_READ:
	case CR2_PATH_FILE_COW:
	case CR2_PATH_FILE_SHARED:
	case CR2_PATH_SIGBUS:
		return "do_fault";
	case CR2_PATH_WP_COPY:
	case CR2_PATH_WP_REUSE:
	case CR2_PATH_WP_SHARED:
		return "do_wp_page";
	case CR2_PATH_ANON_HUGE:
	case CR2_PATH_ANON_HUGE_ZERO:
		return "create_huge_pmd";
	case CR2_PATH_WP_HUGE_COPY:
	case CR2_PATH_WP_HUGE_REUSE:
	case CR2_PATH_WP_HUGE_SPLIT:
		return "wp_huge_pmd";
	case CR2_PATH_SEGV_GUARD:
		return "do_swap_page";
	default:
		return NULL;
	}
}

static void decode(struct teller *teller, const struct cr2_walk_entry *entry,
		   struct cr2_entry *ret_entry)
{
	struct cr2_entry_input input;

	cr2_entry_input_init(&input);
	input.value = entry->value;
	input.level = entry->level;
	input.levels = tell_levels(teller);
	input.kernel = teller->step->kernel;
	cr2_entry_decode(&input, ret_entry);
}

/* What an entry holds that the CPU does not use. */
static void add_absent(struct teller *teller, const struct cr2_walk_entry *entry)
{
	struct cr2_entry decoded;

	decode(teller, entry, &decoded);
	if (decoded.kind == CR2_ENTRY_KIND_SWAP)
		tell_add(teller, INK_PLAIN, "swapped out: swap type %u, offset 0x%" PRIx64,
			 decoded.swap_type, decoded.swap_offset);
	else if (decoded.kind == CR2_ENTRY_KIND_SPECIAL && decoded.special)
		tell_add(teller, INK_PLAIN, "%s: %s", decoded.special->name,
			 decoded.special->meaning);
	else
		tell_add(teller, INK_PLAIN, "%s", cr2_entry_kind_name(decoded.kind));
	if (decoded.has_pfn)
		tell_add(teller, INK_PLAIN, ", pfn 0x%" PRIx64, decoded.pfn);
	if (decoded.inverted)
		tell_add(teller, INK_PLAIN, " (its bits stand inverted)");
}

static void add_state(struct teller *teller, const struct cr2_stage_entry *e)
{
	switch (e->state) {
	case CR2_ENTRY_NONE:
		tell_add(teller, INK_PLAIN, "none: never touched, or dropped");
		break;
	case CR2_ENTRY_PRESENT:
		tell_add(teller, INK_PLAIN, "present, pfn 0x%" PRIx64 ", %s",
			 tell_entry_pfn(&e->entry),
			 e->entry.value & CR2_PTE(W) ? "writable" : "read-only");
		break;
	case CR2_ENTRY_PROTNONE:
	case CR2_ENTRY_SWAP:
	case CR2_ENTRY_MIGRATION:
	case CR2_ENTRY_GUARD:
	case CR2_ENTRY_POISON:
	case CR2_ENTRY_PROTECTED:
		add_absent(teller, &e->entry);
		break;
	}
}

/* What there was to take from. */
static void tell_pool(struct teller *teller, const struct cr2_stage_entry *e)
{
	tell_add(teller, INK_PLAIN, "the pool has %" PRIu32 " free page%s of %s, ", e->pool_free,
		 e->pool_free == 1 ? "" : "s", e->gigantic ? "1 GiB" : "2 MiB");
	if (e->pool_reserved < 0)
		tell_add(teller, INK_PLAIN, "and the kernel counts %" PRId32 " of them as promised", e->pool_reserved);
	else
		tell_add(teller, INK_PLAIN, "%" PRId32 " of them promised", e->pool_reserved);
	if (e->state == CR2_ENTRY_NONE)
		tell_add(teller, INK_PLAIN, ": %s to this place", e->reserved ? "one" : "none");
	tell_line(teller, 0);
}

void tell_entry(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_entry *e = &stage->entry;
	const char *via = dispatcher(e), *function = cr2_path_function(e->path);

	tell_entries(teller, &e->entry, 1);
	add_state(teller, e);
	tell_add(teller, INK_PLAIN, " → ");
	if (via)
		tell_add(teller, INK_PLAIN, "%s → ", via);
	rich_keep(&teller->line, INK_BOLD, "%s", function && *function ? function : "?");
	/* After the split it goes on with the small entry that the access needs. */
	if (e->path == CR2_PATH_WP_HUGE_SPLIT && e->entry.level == CR2_LEVEL_PTE)
		tell_add(teller, INK_PLAIN, " (split) → do_wp_page → wp_page_copy");
	if (e->path == CR2_PATH_HUGETLB)
		tell_add(teller, INK_PLAIN, e->state == CR2_ENTRY_NONE ? " → hugetlb_no_page" : " → hugetlb_wp");
	tell_line(teller, 0);
	if (e->hugetlb && !e->behind_end)
		tell_pool(teller, e);
}

static const char *size_name(uint8_t page_shift)
{
	return page_shift == 30 ? "1 GiB" : page_shift == 21 ? "2 MiB" : "4 KiB";
}

void tell_install(struct teller *teller, const struct cr2_stage *stage)
{
	const struct cr2_stage_install *s = &stage->install;
	bool had = s->old_value & CR2_PTE(P);

	tell_entry_name(teller, &teller->line, &s->entry);
	if (s->old_value == s->entry.value)
		tell_add(teller, INK_PLAIN, " stays 0x%" PRIx64, s->entry.value);
	else
		tell_add(teller, INK_PLAIN, " at 0x%" PRIx64 ": 0x%" PRIx64 " → 0x%" PRIx64,
			 s->entry.address, s->old_value, s->entry.value);
	if (cr2_entry_table(s->entry.value, s->entry.level) == CR2_FLAGS_ENTRY_TABLE)
		tell_add(teller, INK_PLAIN, "; leads to a table of 512 entries");
	else
		tell_add(teller, INK_PLAIN, "; maps %s", size_name(s->page_shift));
	tell_line(teller, 0);
	tell_entry_bits(teller, &s->entry, s->old_value);
	if (s->flushed)
		tell_add(teller, INK_PLAIN, "the TLB may hold the old entry: it is flushed");
	else if (!had)
		tell_add(teller, INK_PLAIN, "no flush: the TLB never holds an entry that is not "
					    "present");
	else
		tell_add(teller, INK_PLAIN, "no flush: the new entry allows all that the old one "
					    "did");
	tell_line(teller, 0);
}
