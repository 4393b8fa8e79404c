/* SPDX-License-Identifier: MIT */
/* Twin of mm/rmap.c: the map counts. */
#include "mm.h"

uint32_t new_page_id(struct cr2_model *m)
{
	return ++m->next_id;
}

void page_remove_rmap(struct cr2_model *m, struct process *mm, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	page->mapcount--;
	if (page->flags & (PG_HEAD | PG_TAIL)) {
		large_name_frame(m, pfn);
		large_sub_maps(m, mm, pfn, 1);
	}
}

uint64_t *rmap_pte(struct cr2_model *m, const struct process *mm, uint64_t index,
		   uint32_t pfn, const struct vma **ret_vma)
{
	const struct vma *vma = vma_at(m, mm->first_vma);

	for (; vma; vma = vma_at(m, vma->after)) {
		uint64_t *pte;

		if (!vma->anon_vma || index < vma->page_offset || index >= vma_pgoff(vma, vma->end))
			continue;
		pte = pgtable_entry(m, mm->cr3,
				    vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE,
				    CR2_LEVEL_PTE);
		if (pte && pte_present(*pte) && pte_pfn(*pte) == pfn) {
			*ret_vma = vma;
			return pte;
		}
	}
	return NULL;
}

bool page_is_mlocked(struct cr2_model *m, uint32_t pfn)
{
	for (size_t i = 0; i < m->n_processes; i++) {
		const struct process *mm = process_of(m, i);
		const struct vma *vma;

		if (mm->locked_pages && rmap_pte(m, mm, page_of(m, pfn)->index, pfn, &vma) && (vma->flags & VM_LOCKED))
			return true;
	}
	return false;
}
