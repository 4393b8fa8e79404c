/* SPDX-License-Identifier: MIT */
/* A page-table entry for people: what it is, where it leads, its flags. */
#include <inttypes.h>

#include <cr2/view_decode.h>

#include "bits.h"

/* "4 KiB", "2 MiB", "512 GiB" */
static void add_size(struct rich *rich, uint64_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < CR2_ARRAY_SIZE(units); size /= 1024)
		unit++;
	rich_keep(rich, INK_PLAIN, "%" PRIu64 " %s", size, units[unit]);
}

static void add_meaning(struct rich *rich, const struct cr2_entry *entry)
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
		rich_printf(rich, INK_PLAIN, "%s: %s", entry->special->name,
			    entry->special->meaning);
	else
		rich_add(rich, INK_PLAIN, sentences[entry->kind]);
	if (entry->size && entry->kind != CR2_ENTRY_KIND_SPECIAL)
		add_size(rich, entry->size);
}

static int heading(const struct cr2_entry *entry, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct rich meaning = {0};
	int r;

	rich_gap(&meaning, 1);
	add_meaning(&meaning, entry);
	r = bits_heading(style, text, cr2_level_name(entry->input.level), entry->input.value,
			 &meaning);
	rich_finish(&meaning);
	return r;
}

static int frame(const struct cr2_entry *entry, const struct cr2_style *style,
		 struct cr2_text *text)
{
	return bits_note(style, text, "frame", INK_PLAIN,
			 "pfn 0x%" PRIx64 ", physical address 0x%" PRIx64 "%s", entry->pfn,
			 entry->phys,
			 entry->inverted ? "; stored with its bits flipped, against L1TF" : "");
}

static bool has(const struct cr2_entry *entry, uint64_t bit)
{
	return entry->input.value & bit;
}

/* What this level grants; the levels above must grant it too. */
static int rights(const struct cr2_entry *entry, const struct cr2_style *style,
		  struct cr2_text *text)
{
	bool shadow = entry->kind == CR2_ENTRY_KIND_PAGE && !has(entry, CR2_PTE(W)) &&
		      has(entry, CR2_PTE(D));

	return bits_note(style, text, "rights", INK_PLAIN, "%s: load%s%s%s",
			 has(entry, CR2_PTE(U)) ? "user and kernel" : "kernel only",
			 has(entry, CR2_PTE(W)) ? ", store" : "",
			 has(entry, CR2_PTE(NX)) ? "" : ", fetch",
			 shadow ? "; a shadow stack where CET is on (dirty, not writable)" : "");
}

static int memory_type(const struct cr2_entry *entry, const struct cr2_style *style,
		       struct cr2_text *text)
{
	return bits_note(style, text, "memory", INK_PLAIN,
			 "%s (index %u of the PAT as Linux programs it)", entry->memory_type,
			 entry->pat);
}

static int reserved(const struct cr2_entry *entry, const struct cr2_style *style,
		    struct cr2_text *text)
{
	return bits_note(style, text, "warning", INK_WARN, "reserved bits 0x%" PRIx64
			 " are set: an access faults with RSVD in its error code", entry->reserved);
}

#define SPECIAL_FIRST 20 /* no kernel has given a lower type to anything but a swap area */

static int swap(const struct cr2_entry *entry, const struct cr2_style *style, struct cr2_text *text)
{
	int r;

	if (entry->special)
		r = bits_note(style, text, "swap entry", INK_PLAIN, "type %u, offset 0x%" PRIx64,
			      entry->swap_type, entry->swap_offset);
	else
		r = bits_note(style, text, "swap entry", INK_PLAIN, "type %u, offset 0x%" PRIx64
			      ": slot %" PRIu64 " of swap area %u, in the order of swapon",
			      entry->swap_type, entry->swap_offset, entry->swap_offset,
			      entry->swap_type);
	if (r < 0 || entry->swap_type < SPECIAL_FIRST)
		return r;
	return bits_note(style, text, "", INK_DIM, "which type is special depends on the kernel: "
			 "read with CONFIG_MEMORY_FAILURE=%c, CONFIG_DEVICE_PRIVATE=%c",
			 entry->input.memory_failure ? 'y' : 'n',
			 entry->input.device_private ? 'y' : 'n');
}

static int marker(const struct cr2_entry *entry, const struct cr2_style *style,
		  struct cr2_text *text)
{
	struct rich content = {0};
	int r;

	for (size_t i = 0; i < entry->marker.n; i++)
		rich_printf(&content, INK_PLAIN, "%s%s: %s", i ? "; " : "",
			    entry->marker.items[i]->name, entry->marker.items[i]->meaning);
	if (entry->marker.unknown)
		rich_printf(&content, INK_WARN, "%s0x%" PRIx64, entry->marker.n ? "; " : "",
			    entry->marker.unknown);
	r = bits_labelled(style, text, "marker", &content);
	rich_finish(&content);
	return r;
}

static int returning(const struct cr2_entry *entry, const struct cr2_style *style,
		     struct cr2_text *text)
{
	return bits_note(style, text, "comes back", INK_PLAIN, "%s%s%s",
			 entry->young ? "accessed" : "", entry->young && entry->dirty ? ", " : "",
			 entry->dirty ? "dirty" : "");
}

static int facts(const struct cr2_entry *entry, const struct cr2_style *style,
		 struct cr2_text *text)
{
	bool swapped = entry->kind == CR2_ENTRY_KIND_SWAP || entry->kind == CR2_ENTRY_KIND_SPECIAL;
	int r = 0;

	if (entry->has_pfn)
		r = frame(entry, style, text);
	if (r == 0 && entry->present)
		r = rights(entry, style, text);
	if (r == 0 && entry->memory_type)
		r = memory_type(entry, style, text);
	if (r == 0 && entry->reserved)
		r = reserved(entry, style, text);
	if (r == 0 && swapped)
		r = swap(entry, style, text);
	if (r == 0 && entry->marker.value)
		r = marker(entry, style, text);
	if (r == 0 && (entry->young || entry->dirty))
		r = returning(entry, style, text);
	return r;
}

int cr2_view_entry(const struct cr2_entry *entry, const struct cr2_style *style,
		   struct cr2_text *text)
{
	int r = heading(entry, style, text);

	if (r < 0 || entry->kind == CR2_ENTRY_KIND_NONE || entry->kind == CR2_ENTRY_KIND_BAD)
		return r;
	r = cr2_text_append(text, "\n");
	if (r == 0)
		r = facts(entry, style, text);
	if (r == 0)
		r = cr2_text_append(text, "\n");
	if (r < 0)
		return r;
	return bits_rows(style, text, entry->table, &entry->flags, entry->input.kernel, true);
}
