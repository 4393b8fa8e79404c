/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/memory-failure.c: a frame is lost, as madvise(MADV_HWPOISON) has it, or given up before it is, with
 * MADV_SOFT_OFFLINE. Of all pages that can be lost, here are small anonymous ones, of which whoever maps one has an
 * entry instead that says so, and clean ones of a disk's file, which can be read again. What is given up in time moves.
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

/* Whoever wants it has it read again, and hears nothing. */
static void me_pagecache_clean(struct cr2_model *m, uint32_t pfn)
{
	const struct page page = *page_at(m, pfn);

	unmap_mapping_range(m, page.mapping, page.index, page.index + 1, false);
	cache_drop(m, page.mapping, page.index, page.index + 1);
}

/* Is somebody to be told, by a signal? */
static bool memory_failure(struct cr2_model *m, uint32_t pfn)
{
	if (page_at(m, pfn)->flags & PG_ANON)
		return unmap_poisoned_folio(m, pfn) && m->profile->poison_signals;
	me_pagecache_clean(m, pfn);
	return false;
}

/* To another frame, with all that it is: as any page that moves. */
static int soft_offline_page(struct cr2_model *m, uint32_t pfn)
{
	int r = pfn == m->zero_page ? -EIO : migrate_in_node(m, pfn);

	return r == -EAGAIN ? -EBUSY : r;
}

/* The signal comes when the call is done. */
int madvise_inject_error(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool soft)
{
	bool signals = false;
	int r = m->config.no_memory_failure ? -EINVAL : 0;

	for (uint64_t at = start; r == 0 && at < end; at += CR2_PAGE_SIZE) {
		uint32_t pfn;

		r = get_user_page(m, mm, at, &pfn);
		if (r == 0 && soft)
			r = soft_offline_page(m, pfn);
		else if (r == 0)
			signals |= memory_failure(m, pfn);
	}
	return signals ? -EHWPOISON : r;
}

/* A page by itself, which mappings and caches alone refer to. */
static bool is_small(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return !(page->flags & (PG_HEAD | PG_TAIL | PG_SWAPCACHE)) && !is_large_file(m, pfn);
}

/* Does anybody's entry say that it was written to? Whoever maps it shared is asked, and who is to hear of writes is there. */
static bool is_clean(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);
	const struct vma *vma = vma_at(m, object_at(m, page->mapping)->vmas);

	for (; vma; vma = vma_at(m, vma->object_after)) {
		uint64_t address = vma->start + (page->index - vma->page_offset) * CR2_PAGE_SIZE;
		const uint64_t *pte = page->index < vma->page_offset || page->index >= vma_pgoff(vma, vma->end)
					      ? NULL : leaf_peek(m, process_at(m, vma->process), address);

		if (vma->flags & VM_UFFD_WP || (pte && pte_present(*pte) && pte_pfn(*pte) == pfn && pte_dirty(*pte)))
			return false;
	}
	return !(page->flags & (PG_DIRTY | PG_PARTIAL | PG_RECLAIM));
}

static bool can_be_lost(const struct cr2_model *m, const struct vma *vma, uint64_t entry)
{
	const uint32_t pfn = pte_present(entry) ? (uint32_t)pte_pfn(entry) : 0;
	const struct page *page = pfn ? page_at(m, pfn) : NULL;

	if (pte_is_poisoned(entry))
		return true;
	if (!page || !is_small(m, pfn))
		return false;
	if (page->flags & PG_FILE)
		return object_at(m, page->mapping)->kind == OBJECT_FILE && page->refcount == page->mapcount + 1 && is_clean(m, pfn);
	return vma_is_anonymous(vma) && page->flags & PG_ANON && page->refcount == page->mapcount;
}

/* What is not there comes first. Whether a page in a cache can move depends on what else the kernel has it in hand for. */
static bool can_be_given_up(const struct cr2_model *m, const struct vma *vma, const uint64_t *entry)
{
	if (!vma_is_anonymous(vma) || is_vm_hugetlb_page(vma) || vma->flags & VM_UFFD || m->config.thp != CR2_THP_NEVER)
		return false;
	if (!entry || pte_none(*entry) || pte_is_marker(*entry))
		return true;
	return pte_present(*entry) && is_small(m, (uint32_t)pte_pfn(*entry));
}

static const char *refuses_page(const struct cr2_model *m, const struct vma *vma, const uint64_t *entry, bool soft)
{
	if (soft)
		return can_be_given_up(m, vma, entry) ? NULL : "soft_offline of memory that is not anonymous and private, and of what is swapped, userfaultfd's or may be a large page";
	return entry && can_be_lost(m, vma, *entry) ? NULL :
	       "losing another frame than a small page's that is there, anonymous or clean and of a disk, and nobody else refers to";
}

const char *memory_failure_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const bool soft = op->advice == CR2_ADVICE_SOFT_OFFLINE;
	const char *reason = NULL;

	if (op->kind != CR2_OP_ADVISE || (op->advice != CR2_ADVICE_HWPOISON && !soft))
		return NULL;
	if (op->flags & CR2_ADVISE_BY)
		return "frames that process_madvise loses";
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "lost frames, which the course leaves out";
	if (soft && m->memory_limited)
		return "soft_offline where memory is limited";
	for (uint64_t at = op->address; !reason && at < op->address + op->length; at += CR2_PAGE_SIZE) {
		const struct vma *vma = vma_peek(m, mm, at);

		if (vma)
			reason = refuses_page(m, vma, leaf_peek(m, mm, at), soft);
	}
	return reason;
}
