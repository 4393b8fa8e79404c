/* SPDX-License-Identifier: MIT */
/*
 * Swap entries, which also stand for migration, broken memory and the like. On x86-64:
 *
 *      63   59 58                                  9 8 7    4 3 2 1 0
 *     +-------+-------------------------------------+-+------+-+-+-+-+
 *     | type  | offset, all its bits flipped        |0| 0    |E|F|S|0|
 *     +-------+-------------------------------------+-+------+-+-+-+-+
 *
 * E exclusive, F write-protected by userfaultfd, S soft-dirty. Bit 8 would be PROTNONE. The
 * offset is inverted so that, read as a frame, it lies beyond what memory has: L1TF. Kernels
 * before 4.19 without that fix have another layout.
 */
#include "swap_entry.h"

#define TYPE_SHIFT 59
#define TYPE_LAST 31
#define OFFSET_SHIFT 9
#define OFFSET_MASK ((1ULL << (TYPE_SHIFT - OFFSET_SHIFT)) - 1)
#define FLAGS_MASK ((1ULL << OFFSET_SHIFT) - 1)

enum config {
	ALWAYS,
	MEMORY_FAILURE,
	DEVICE_PRIVATE,
};

enum special {
#define X(id, name, from, until, config, has_pfn, meaning) SPECIAL_##id,
#include <cr2/tables/swap_type.def>
#undef X
	SPECIAL_COUNT,
};

static const struct cr2_swap_type specials[SPECIAL_COUNT] = {
#define X(id, name, from, until, config, has_pfn, meaning) \
	[SPECIAL_##id] = {name, meaning, has_pfn},
#include <cr2/tables/swap_type.def>
#undef X
};

#define KERNEL(major, minor) ((major) * 1000 + (minor))
static const struct {
	int from, until;
	enum config config;
} conditions[SPECIAL_COUNT] = {
#define X(id, name, from, until, config, has_pfn, meaning) [SPECIAL_##id] = {from, until, config},
#include <cr2/tables/swap_type.def>
#undef X
};

static bool exists(size_t i, const struct cr2_entry_input *input)
{
	if (conditions[i].config == MEMORY_FAILURE && !input->memory_failure)
		return false;
	if (conditions[i].config == DEVICE_PRIVATE && !input->device_private)
		return false;
	return cr2_kernel_in(input->kernel, conditions[i].from, conditions[i].until);
}

/* Types are given out from the top, the table's last row first. */
static const struct cr2_swap_type *find_special(unsigned type, const struct cr2_entry_input *input)
{
	unsigned number = TYPE_LAST;

	for (size_t i = SPECIAL_COUNT; i-- > 0;) {
		if (!exists(i, input))
			continue;
		if (number-- == type)
			return &specials[i];
	}
	return NULL;
}

static bool is_migration(const struct cr2_swap_type *type)
{
	return type >= &specials[SPECIAL_MIGRATION_READ] &&
	       type <= &specials[SPECIAL_MIGRATION_WRITE];
}

/* The offset holds the frame in as many bits as physical memory can need. */
static void set_moving_frame(struct cr2_entry *entry)
{
	unsigned bits = (entry->input.levels == 5 ? 52 : 46) - CR2_PAGE_SHIFT;

	entry->has_pfn = true;
	entry->pfn = entry->swap_offset & ((1ULL << bits) - 1);
	entry->phys = entry->pfn << CR2_PAGE_SHIFT;
	entry->size = cr2_level_size(entry->input.level);
	if (is_migration(entry->special)) {
		entry->young = entry->swap_offset >> bits & 1;
		entry->dirty = entry->swap_offset >> (bits + 1) & 1;
	}
}

void swap_entry_decode(struct cr2_entry *entry)
{
	uint64_t value = entry->input.value;

	entry->inverted = true;
	entry->swap_type = (unsigned)(value >> TYPE_SHIFT);
	entry->swap_offset = ~value >> OFFSET_SHIFT & OFFSET_MASK;
	entry->special = find_special(entry->swap_type, &entry->input);
	entry->kind = entry->special ? CR2_ENTRY_KIND_SPECIAL : CR2_ENTRY_KIND_SWAP;
	entry->table = CR2_FLAGS_SWAP;
	cr2_flags_decode(CR2_FLAGS_SWAP, value & FLAGS_MASK, entry->input.kernel, &entry->flags);
	if (entry->special && entry->special->has_pfn)
		set_moving_frame(entry);
	if (entry->special == &specials[SPECIAL_PTE_MARKER])
		cr2_flags_decode(CR2_FLAGS_PTE_MARKER, entry->swap_offset, entry->input.kernel,
				 &entry->marker);
}
