/* SPDX-License-Identifier: MIT */
/*
 * Page-table entries. What the CPU takes for present maps a page or points to a table; of the
 * rest, Linux takes entries with PROTNONE (bit 8) and huge ones with bit 7 for pages, and what
 * else is not zero holds a swap entry (swap_entry.c).
 */
#include <cr2/decode.h>

#include "swap_entry.h"

/* The CPU may set these two in an entry that is not present (a Xeon Phi erratum). */
#define STRAY_BITS (CR2_PTE(A) | CR2_PTE(D))

void cr2_entry_input_init(struct cr2_entry_input *input)
{
	*input = (struct cr2_entry_input){
		.level = CR2_LEVEL_PTE,
		.levels = 4,
		.memory_failure = true,
	};
}

static bool may_be_huge(enum cr2_level level)
{
	return level == CR2_LEVEL_PMD || level == CR2_LEVEL_PUD;
}

/* Address bits of what a leaf of this level maps. */
static uint64_t leaf_frame_mask(enum cr2_level level)
{
	return CR2_PTE_FRAME_MASK & ~(cr2_level_size(level) - 1);
}

static void set_frame(struct cr2_entry *entry, uint64_t frame_mask)
{
	uint64_t value = entry->inverted ? ~entry->input.value : entry->input.value;

	entry->has_pfn = true;
	entry->phys = value & frame_mask;
	entry->pfn = entry->phys >> CR2_PAGE_SHIFT;
}

/* Linux programs the PAT so on every CPU (arch/x86/mm/pat/memtype.c). */
static void set_memory_type(struct cr2_entry *entry)
{
	static const char *const types[] = {"WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT"};
	uint64_t value = entry->input.value;
	uint64_t pat = entry->input.level == CR2_LEVEL_PTE ? CR2_PTE(PAT) : CR2_PTE(PAT_LARGE);

	entry->pat = (value & pat ? 4 : 0) | (value & CR2_PTE(PCD) ? 2 : 0) |
		     (value & CR2_PTE(PWT) ? 1 : 0);
	entry->memory_type = types[entry->pat];
}

/* The flags beside the frame; in a huge entry the PAT bit lies among the frame's. */
static void set_flags(struct cr2_entry *entry, enum cr2_flag_table table)
{
	uint64_t value = entry->input.value & ~CR2_PTE_FRAME_MASK;

	if (entry->input.level != CR2_LEVEL_PTE && table != CR2_FLAGS_ENTRY_TABLE && entry->pat & 4)
		value |= CR2_PTE(PAT_LARGE);
	entry->table = table;
	cr2_flags_decode(table, value, entry->input.kernel, &entry->flags);
}

static void leaf(struct cr2_entry *entry, enum cr2_flag_table table)
{
	enum cr2_level level = entry->input.level;

	set_frame(entry, leaf_frame_mask(level));
	entry->size = cr2_level_size(level);
	set_memory_type(entry);
	set_flags(entry, table);
}

/* Between the PAT bit and the frame of a huge page, and bit 7 where no page can be huge. */
static void set_reserved(struct cr2_entry *entry)
{
	enum cr2_level level = entry->input.level;

	if (entry->kind == CR2_ENTRY_KIND_PAGE && level != CR2_LEVEL_PTE)
		entry->reserved = entry->input.value & CR2_PTE_FRAME_MASK &
				  ~leaf_frame_mask(level) & ~CR2_PTE(PAT_LARGE);
	if (level > CR2_LEVEL_PUD)
		entry->reserved = entry->input.value & CR2_PTE(PSE);
}

/* With four levels a PGD entry spans what a P4D entry does with five. */
static enum cr2_level span_level(const struct cr2_entry_input *input)
{
	return input->level == CR2_LEVEL_PGD && input->levels == 4 ? CR2_LEVEL_P4D : input->level;
}

static void present(struct cr2_entry *entry)
{
	enum cr2_flag_table table = cr2_entry_table(entry->input.value, entry->input.level);

	entry->present = true;
	entry->kind = CR2_ENTRY_KIND_PAGE;
	if (table == CR2_FLAGS_ENTRY_TABLE) {
		entry->kind = CR2_ENTRY_KIND_TABLE;
		set_frame(entry, CR2_PTE_FRAME_MASK);
		entry->size = cr2_level_size(span_level(&entry->input));
		set_flags(entry, table);
	} else {
		leaf(entry, table);
	}
	set_reserved(entry);
}

/* Linux still sees a page; its frame is stored inverted, so that L1TF finds no cached memory. */
static void protnone(struct cr2_entry *entry, enum cr2_entry_kind kind)
{
	entry->kind = kind;
	entry->inverted = true;
	leaf(entry, entry->input.level == CR2_LEVEL_PTE ? CR2_FLAGS_ENTRY_NONE_SMALL :
							  CR2_FLAGS_ENTRY_NONE_HUGE);
}

void cr2_entry_decode(const struct cr2_entry_input *input, struct cr2_entry *ret_entry)
{
	uint64_t value = input->value;
	bool huge = may_be_huge(input->level) && value & CR2_PTE(PSE);
	bool small = input->level == CR2_LEVEL_PTE;

	*ret_entry = (struct cr2_entry){.input = *input};
	ret_entry->flags.value = ret_entry->flags.unknown = value;
	if (value & CR2_PTE(P))
		present(ret_entry);
	else if (!(value & ~STRAY_BITS))
		ret_entry->kind = CR2_ENTRY_KIND_NONE;
	else if ((small || huge) && value & CR2_PTE(PROTNONE))
		protnone(ret_entry, CR2_ENTRY_KIND_PROTNONE);
	else if (huge)
		protnone(ret_entry, CR2_ENTRY_KIND_INVALIDATED);
	else if (input->level <= CR2_LEVEL_PMD)
		swap_entry_decode(ret_entry);
	else
		ret_entry->kind = CR2_ENTRY_KIND_BAD;
}
