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
	/* With either, fork copies the entries, whatever the mapping is of. */
	if (m->profile->guard_flag)
		vma->flags |= VM_MAYBE_GUARD;
	if (!m->profile->guard_flag || vma_is_anonymous(vma))
		anon_vma_prepare(m, vma);
	mm->markers = true;
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

/* The first entry of the kind from address on, or end. */
static uint64_t next_entry(const struct cr2_model *m, const struct process *mm, uint64_t address,
			   uint64_t end, bool (*is_kind)(uint64_t pte))
{
	for (;; address += CR2_PAGE_SIZE) {
		const uint64_t *entry;

		address = pgtable_next(m, mm->cr3, address, end);
		if (address >= end)
			return end;
		entry = leaf_peek(m, mm, address);
		if (entry && is_kind(*entry))
			return address;
	}
}

bool has_markers(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t end)
{
	return mm->markers && next_entry(m, mm, start, end, pte_stays) < end;
}

static void remove_entries(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
			   bool (*is_kind)(uint64_t pte))
{
	while ((start = next_entry(m, mm, start, end, is_kind)) < end)
		*pgtable_entry(m, mm->cr3, start, CR2_LEVEL_PTE) = 0;
}

void guard_remove(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	remove_entries(m, mm, start, end, pte_is_guard);
}

void markers_remove(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	if (mm->markers)
		remove_entries(m, mm, start, end, pte_stays);
}
