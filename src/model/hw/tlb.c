/* SPDX-License-Identifier: MIT */
/*
 * The TLB: an array in three parts, one a page size, each direct-mapped, so that INVLPG of an
 * address inside a large page has one place to look. An entry of an older generation is not there.
 */
#include <string.h>

#include "mmu.h"

static unsigned slot(uint64_t address, uint8_t shift)
{
	uint64_t page = address >> shift;

	switch (shift) {
	case 30:
		return TLB_4K_ENTRIES + TLB_2M_ENTRIES + page % TLB_1G_ENTRIES;
	case 21:
		return TLB_4K_ENTRIES + page % TLB_2M_ENTRIES;
	default:
		return page % TLB_4K_ENTRIES;
	}
}

static const struct tlb_entry *find_size(const struct tlb *tlb, uint64_t address, uint8_t shift)
{
	const struct tlb_entry *entry = &tlb->entries[slot(address, shift)];

	return entry->tag == (address >> shift | tlb->generation) ? entry : NULL;
}

const struct tlb_entry *tlb_find(const struct cpu *cpu, uint64_t address)
{
	const struct tlb_entry *entry = find_size(&cpu->tlb, address, 12);

	if (entry || !tlb_has_large(cpu))
		return entry;
	entry = find_size(&cpu->tlb, address, 21);
	return entry ? entry : find_size(&cpu->tlb, address, 30);
}

bool tlb_holds(const struct cpu *cpu, uint64_t address)
{
	return tlb_find(cpu, address) != NULL;
}

void tlb_fill(struct cpu *cpu, uint64_t address, const struct translation *translation,
	      uint16_t allow)
{
	uint8_t shift = translation->page_shift;

	if (shift == 12) {
		tlb_fill_small(cpu, address, translation->physical >> 12, translation->where, allow);
		return;
	}
	cpu->tlb.large_generation = cpu->tlb.generation;
	cpu->tlb.entries[slot(address, shift)] = (struct tlb_entry){
		.tag = tlb_tag(cpu, address >> shift),
		.frame = translation->physical >> shift,
		.where = translation->where,
		.allow = allow,
		.page_shift = shift,
	};
}

void tlb_locate(struct cpu *cpu, struct phys *phys, uint64_t address)
{
	struct tlb_entry *entry = &cpu->tlb.entries[slot(address, 12)];

	entry->where = phys_frame_edit(phys, entry->frame);
}

void tlb_forget_frames(struct cpu *cpu)
{
	for (size_t i = 0; i < TLB_4K_ENTRIES; i++)
		cpu->tlb.entries[i].where = NULL;
}

/* Generation 0 is that of zeroed memory and never current. */
void tlb_flush(struct cpu *cpu)
{
	cpu->tlb.generation += TLB_GENERATION;
	if (cpu->tlb.generation)
		return;
	memset(&cpu->tlb, 0, sizeof(cpu->tlb));
	cpu->tlb.generation = TLB_GENERATION;
}

void tlb_flush_large(struct cpu *cpu, uint64_t address)
{
	static const uint8_t shifts[] = {21, 30};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(shifts); i++) {
		if (find_size(&cpu->tlb, address, shifts[i]))
			cpu->tlb.entries[slot(address, shifts[i])].tag = 0;
	}
}
