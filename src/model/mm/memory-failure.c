/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/memory-failure.c: a frame is lost, as madvise(MADV_HWPOISON) has it. Of all pages that can be, here are
 * small anonymous ones: whoever maps one has an entry instead that says so.
 */
#include "base/linux_errno.h"
#include "mm.h"

/* From everybody. Was it written to? */
static bool unmap_poisoned_folio(struct cr2_model *m, uint32_t pfn)
{
	const uint64_t index = page_of(m, pfn)->index;
	bool dirty = page_of(m, pfn)->flags & PG_DIRTY;

	for (uint32_t i = 0; i < m->n_processes; i++) {
		struct process *mm = process_of(m, i);
		const struct vma *vma;
		uint64_t *pte, address;

		while (mm->alive && mm->space == i && (pte = rmap_pte(m, mm, index, pfn, &vma))) {
			address = vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE;
			dirty |= pte_dirty(*pte);
			*pte = PTE_HWPOISON;
			flush_tlb_range(m, mm, address, address + CR2_PAGE_SIZE);
			page_remove_rmap(m, mm, pfn);
			put_page(m, pfn);
		}
	}
	return dirty;
}

/* The signal comes when the call is done. */
int madvise_inject_error(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	bool signals = false;

	if (m->config.no_memory_failure)
		return -EINVAL;
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		uint32_t pfn;
		int r = get_user_page(m, mm, at, &pfn);

		if (r < 0)
			return signals ? -EHWPOISON : r;
		signals |= unmap_poisoned_folio(m, pfn) && m->profile->poison_signals;
	}
	return signals ? -EHWPOISON : 0;
}

static bool can_be_lost(const struct cr2_model *m, const struct vma *vma, uint64_t entry)
{
	const struct page *page = pte_present(entry) ? page_at(m, pte_pfn(entry)) : NULL;

	if (pte_is_poisoned(entry))
		return true;
	return page && vma_is_anonymous(vma) && (page->flags & PG_ANON) && !(page->flags & (PG_HEAD | PG_TAIL | PG_SWAPCACHE)) &&
	       page->refcount == page->mapcount;
}

const char *memory_failure_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	if (op->kind != CR2_OP_ADVISE || op->advice != CR2_ADVICE_HWPOISON)
		return NULL;
	if (op->flags & CR2_ADVISE_BY)
		return "frames that process_madvise loses";
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "lost frames, which the course leaves out";
	for (uint64_t at = op->address; at < op->address + op->length; at += CR2_PAGE_SIZE) {
		const struct vma *vma = vma_peek(m, mm, at);
		const uint64_t *entry = leaf_peek(m, mm, at);

		if (vma && (!entry || !can_be_lost(m, vma, *entry)))
			return "losing another frame than a small anonymous page's that is there and nobody else refers to";
	}
	return NULL;
}
