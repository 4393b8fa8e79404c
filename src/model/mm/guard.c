/* SPDX-License-Identifier: MIT */
/*
 * Guard pages, as mm/madvise.c installs and removes them: entries that are markers. Nothing but
 * unmapping and guard_remove takes them away; handle_pte_marker() is do_swap_page()'s first step.
 */
#include "mm.h"

int madvise_guard_install(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			  uint64_t end)
{
	if (vma->flags & VM_LOCKED)
		return -EINVAL;
	/* With one, fork copies the entries, whatever the mapping is of. */
	anon_vma_prepare(m, vma);
	mm->guards = true;
	zap_page_range(m, mm, vma, start, end);
	flush_tlb_range(m, mm, start, end);
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte = pgtable_alloc(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (!pte)
			return -ENOMEM;
		*pte = PTE_MARKER_GUARD;
	}
	return 0;
}

/* The first guard page from address on, or end. */
static uint64_t next_guard(const struct cr2_model *m, const struct process *mm, uint64_t address,
			   uint64_t end)
{
	for (;; address += CR2_PAGE_SIZE) {
		const uint64_t *entry;

		address = pgtable_next(m, mm->cr3, address, end);
		if (address >= end)
			return end;
		entry = leaf_peek(m, mm, address);
		if (entry && pte_is_guard(*entry))
			return address;
	}
}

bool has_guard(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t end)
{
	return next_guard(m, mm, start, end) < end;
}

void guard_remove(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	while ((start = next_guard(m, mm, start, end)) < end)
		*pgtable_entry(m, mm->cr3, start, CR2_LEVEL_PTE) = 0;
}
