/* SPDX-License-Identifier: MIT */
/* A page-table entry: what it is, where it leads, its flags. */
#include <inttypes.h>

#include <cr2/view_decode.h>

#include "bits.h"

/* "4 KiB", "2 MiB", "512 GiB" */
static const char *size_words(struct fields *f, uint64_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < CR2_ARRAY_SIZE(units); size /= 1024)
		unit++;
	return fields_printf(f, "%" PRIu64 " %s", size, units[unit]);
}

static void meaning(struct fields *f, const struct cr2_entry *entry)
{
	static const char *const sentences[] = {
		[CR2_ENTRY_KIND_NONE] = "none: nothing is here",
		[CR2_ENTRY_KIND_PAGE] = "present: maps a page of ",
		[CR2_ENTRY_KIND_TABLE] = "present: points to the next table, which spans ",
		[CR2_ENTRY_KIND_PROTNONE] = "PROT_NONE: Linux keeps the page, the CPU sees none; ",
		[CR2_ENTRY_KIND_INVALIDATED] = "invalidated for a moment, in a split or collapse; ",
		[CR2_ENTRY_KIND_SWAP] = "swapped out",
		[CR2_ENTRY_KIND_BAD] = "not present and not zero: Linux makes no such entry",
	};

	if (entry->kind == CR2_ENTRY_KIND_SPECIAL)
		fields_say(f, INK_PLAIN, "%s: %s", entry->special->name, entry->special->meaning);
	else
		fields_say(f, INK_PLAIN, "%s", sentences[entry->kind]);
	if (entry->size && entry->kind != CR2_ENTRY_KIND_SPECIAL)
		fields_keep(f, INK_PLAIN, "%s", size_words(f, entry->size));
}

static void heading(struct fields *f, const struct cr2_entry *entry)
{
	fields_block(f, &bits_heading);
	fields_cells(f);
	field_text(f, LEVEL, cr2_level_name(entry->input.level), .form = "% ", .ink = INK_BOLD,
		   .keep = true);
	field_hex(f, VALUE, entry->input.value, .form = "%", .ink = INK_BOLD, .keep = true);
	fields_say(f, INK_PLAIN, "  ");
	meaning(f, entry);
	field_text(f, KIND, cr2_entry_kind_name(entry->kind));
	field_bool(f, PRESENT, entry->present);
}

static void frame(struct fields *f, const struct cr2_entry *entry)
{
	if (entry->has_pfn)
		fields_row(f, "frame");
	field_hex(f, PFN, entry->pfn, .absent = !entry->has_pfn, .form = "pfn %");
	field_hex(f, PHYS, entry->phys, .absent = !entry->has_pfn, .form = ", physical address %");
	if (entry->has_pfn && entry->inverted)
		fields_say(f, INK_PLAIN, "; stored with its bits flipped, against L1TF");
	if (entry->size)
		field_number(f, SIZE, entry->size);
}

static bool has(const struct cr2_entry *entry, uint64_t bit)
{
	return entry->input.value & bit;
}

/* What this level grants; the levels above must grant it too. */
static void rights(struct fields *f, const struct cr2_entry *entry)
{
	bool shadow = entry->kind == CR2_ENTRY_KIND_PAGE && !has(entry, CR2_PTE(W)) &&
		      has(entry, CR2_PTE(D));

	if (!entry->present)
		return;
	fields_row(f, "rights");
	fields_say(f, INK_PLAIN, "%s: load%s%s%s",
		   has(entry, CR2_PTE(U)) ? "user and kernel" : "kernel only",
		   has(entry, CR2_PTE(W)) ? ", store" : "", has(entry, CR2_PTE(NX)) ? "" : ", fetch",
		   shadow ? "; a shadow stack where CET is on (dirty, not writable)" : "");
}

static void memory_type(struct fields *f, const struct cr2_entry *entry)
{
	if (!entry->memory_type)
		return;
	fields_row(f, "memory");
	field_text(f, MEMORY_TYPE, entry->memory_type, .form = "%");
	fields_say(f, INK_PLAIN, " (index %u of the PAT as Linux programs it)", entry->pat);
	field_number(f, PKEY, (entry->input.value & CR2_PTE(PKEY)) >> CR2_PTE_PKEY_BIT);
}

static void reserved(struct fields *f, const struct cr2_entry *entry)
{
	bool any = entry->reserved;

	if (any)
		fields_row(f, "warning");
	field_hex(f, RESERVED, entry->reserved, .ink = INK_WARN,
		  .form = any ? "reserved bits % are set: an access faults with RSVD in its error code"
			      : NULL);
}

#define SPECIAL_FIRST 20 /* no kernel has given a lower type to anything but a swap area */

static void swap(struct fields *f, const struct cr2_entry *entry)
{
	fields_row(f, "swap entry");
	field_number(f, TYPE, entry->swap_type, .form = "type %");
	field_hex(f, OFFSET, entry->swap_offset, .form = ", offset %");
	if (entry->special)
		field_text(f, SPECIAL, entry->special->name);
	else
		fields_say(f, INK_PLAIN, ": slot %" PRIu64 " of swap area %u, in the order of swapon",
			   entry->swap_offset, entry->swap_type);
	if (entry->swap_type < SPECIAL_FIRST)
		return;
	fields_row(f, "");
	fields_say(f, INK_DIM, "which type is special depends on the kernel: "
		   "read with CONFIG_MEMORY_FAILURE=%c, CONFIG_DEVICE_PRIVATE=%c",
		   entry->input.memory_failure ? 'y' : 'n', entry->input.device_private ? 'y' : 'n');
}

static void marker(struct fields *f, const struct cr2_entry *entry)
{
	if (!entry->marker.value)
		return;
	field_flags(f, MARKER, &entry->marker);
	fields_row(f, "marker");
	for (size_t i = 0; i < entry->marker.n; i++)
		fields_say(f, INK_PLAIN, "%s%s: %s", i ? "; " : "", entry->marker.items[i]->name,
			   entry->marker.items[i]->meaning);
	if (entry->marker.unknown)
		fields_say(f, INK_WARN, "%s0x%" PRIx64, entry->marker.n ? "; " : "",
			   entry->marker.unknown);
}

/* The bits that a migration gives back to the entry. */
static void returning(struct fields *f, const struct cr2_entry *entry)
{
	if (!entry->special || !entry->special->has_pfn)
		return;
	if (entry->young || entry->dirty)
		fields_row(f, "comes back");
	field_bool(f, YOUNG, entry->young, .form = "%", .words = {"", "accessed"});
	if (entry->young && entry->dirty)
		fields_say(f, INK_PLAIN, ", ");
	field_bool(f, DIRTY, entry->dirty, .form = "%", .words = {"", "dirty"});
}

static void facts(struct fields *f, const struct cr2_entry *entry)
{
	fields_block(f, &bits_facts);
	frame(f, entry);
	rights(f, entry);
	memory_type(f, entry);
	reserved(f, entry);
	if (entry->kind != CR2_ENTRY_KIND_SWAP && entry->kind != CR2_ENTRY_KIND_SPECIAL)
		return;
	swap(f, entry);
	marker(f, entry);
	returning(f, entry);
}

static void fill(struct fields *f, const struct cr2_entry *entry)
{
	heading(f, entry);
	facts(f, entry);
	field_flags(f, FLAGS, &entry->flags);
	field_hex(f, UNKNOWN, entry->flags.unknown);
	if (entry->kind != CR2_ENTRY_KIND_NONE && entry->kind != CR2_ENTRY_KIND_BAD)
		bits_rows(f, entry->table, &entry->flags, entry->input.kernel, true);
}

int cr2_view_entry(const struct cr2_entry *entry, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, entry);
	return fields_draw(&f, style, text);
}

int cr2_entry_to_json(const struct cr2_entry *entry, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, entry);
	return fields_json(&f, text);
}
