/* SPDX-License-Identifier: MIT */
/* Twin of fs/proc/task_mmu.c: what is asked of a process's pages, and changed, through /proc/PID. */
#include "mm.h"

/* A private page that is pinned is written to without a fault, if it may be written to now. */
static bool pte_is_pinned(const struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t pte)
{
	return pte & ENTRY_RW && is_cow_mapping(vma->flags) && mm->has_pinned &&
	       folio_maybe_dma_pinned(m, (uint32_t)pte_pfn(pte));
}

/* The next write to it faults, and makes it soft-dirty. */
static void clear_soft_dirty_pte(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t *pte)
{
	if (pte_is_swap(*pte))
		*pte &= ~(uint64_t)SWP_SOFT_DIRTY;
	else if (pte_present(*pte) && !pte_is_pinned(m, mm, vma, *pte))
		*pte = pte_wrprotect(m, *pte) & ~ENTRY_SOFT_DIRTY;
}

static void clear_refs_range(struct cr2_model *m, const struct process *mm, const struct vma *vma)
{
	uint64_t address = vma->start, end = vma->end;

	while ((address = pgtable_next(m, mm->cr3, address, end)) < end) {
		uint64_t *pmd = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD), *pte;

		if (*pmd & ENTRY_PS) {
			if (pte_present(*pmd))
				*pmd = pte_wrprotect(m, *pmd) & ~ENTRY_SOFT_DIRTY;
			address = (address | (CR2_HUGE_SIZE - 1)) + 1;
			continue;
		}
		pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
		if (pte)
			clear_soft_dirty_pte(m, mm, vma, pte);
		address += CR2_PAGE_SIZE;
	}
}

/* Twin of clear_refs_write(), of CLEAR_REFS_SOFT_DIRTY. Pages of the pool keep theirs. */
void clear_soft_dirty(struct cr2_model *m, struct process *mm)
{
	for (struct vma *vma = vma_of(m, mm->first_vma); vma; vma = vma_of(m, vma->after)) {
		vma->flags &= ~(uint64_t)VM_SOFTDIRTY;
		if (!is_vm_hugetlb_page(vma))
			clear_refs_range(m, mm, vma);
	}
	flush_tlb_mm(m, mm);
}
