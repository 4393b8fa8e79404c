/* SPDX-License-Identifier: MIT */
/* Twin of mm/mincore.c: is a page in memory? Asked of one at a time, and of a process that may write to all files. */
#include "mm.h"

/* Of the page cache; what is swapped out may be in the swap cache still. */
static bool mincore_page(struct cr2_model *m, const struct vma *vma, uint64_t address)
{
	uint32_t value = vma_is_anonymous(vma) ? 0 : cache_get(m, vma->object, vma_pgoff(vma, address));

	if (value & SHMEM_SWAPPED)
		return slot_of(m, value & ~SHMEM_SWAPPED)->page;
	return value && !(page_at(m, value)->flags & PG_PARTIAL);
}

int do_mincore(struct cr2_model *m, struct process *mm, uint64_t address, uint8_t *ret_resident)
{
	const struct vma *vma = vma_peek(m, mm, address);
	const uint64_t *pte;

	if (!vma)
		return -ENOMEM;
	pte = leaf_peek(m, mm, address);
	if (pte && (pte_present(*pte) || *pte == PTE_HWPOISON))
		*ret_resident = 1;
	else if (is_vm_hugetlb_page(vma)) /* without a table the walk finds a hole, of which the cache is asked */
		*ret_resident = !pgtable_peek(m, mm->cr3, address, vma->gigantic ? CR2_LEVEL_PUD : CR2_LEVEL_PMD) &&
				hugetlb_is_cached(m, vma, address);
	else if (!pte || pte_none(*pte) || pte_is_marker(*pte))
		*ret_resident = mincore_page(m, vma, address);
	else
		*ret_resident = slot_of(m, swap_slot(*pte))->page != 0;
	return 0;
}
