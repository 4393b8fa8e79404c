/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/vmscan.c: reclaim of one page that somebody asked for (madvise pageout). Who
 * asks is its only mapper. Writing to swap is asynchronous: the page waits in the swap cache.
 */
#include "mm.h"

static bool discard(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	if (pte_dirty(*pte)) {
		/* Written after MADV_FREE: it counts again. */
		page_of(m, pfn)->flags &= (uint16_t)~PG_LAZYFREE;
		return false;
	}
	*pte = 0;
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
	return true;
}

static bool zeros_are_swapped(const struct cr2_model *m, uint32_t pfn)
{
	return m->profile->swap_zeros_at_once && phys_is_zero(&m->phys, pfn);
}

static void swap_out_anon(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	bool dirty = pte_dirty(*pte) || (page->flags & PG_DIRTY);
	uint64_t entry;

	if (!(page->flags & PG_SWAPCACHE)) {
		uint32_t slot = swap_alloc(m);

		if (!slot)
			return;
		swap_cache_add(m, pfn, slot);
		dirty = true;
	}
	entry = swap_entry(page->swap) | (page->flags & PG_EXCLUSIVE ? SWP_EXCLUSIVE : 0);
	swap_get(m, page->swap);
	*pte = entry;
	page->flags &= (uint16_t)~(PG_EXCLUSIVE | PG_DIRTY);
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
	if (dirty)
		swap_write(m, pfn);
	/* Clean, or zeros that need no writing: it is gone at once, its slot holds it. */
	if (page->refcount == 1 && (!dirty || zeros_are_swapped(m, pfn)))
		swap_cache_del(m, pfn);
}

static void cache_remove(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	m->objects[page->mapping].cache[page->index] = 0;
	put_page(m, pfn);
}

static void swap_out_shmem(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	uint32_t slot = swap_alloc(m);

	if (!slot)
		return;
	swap_cache_add(m, pfn, slot);
	swap_get(m, slot);
	m->objects[page->mapping].cache[page->index] = SHMEM_SWAPPED | slot;
	page->flags &= (uint16_t)~(PG_FILE | PG_DIRTY);
	put_page(m, pfn);
	swap_write(m, pfn);
	if (zeros_are_swapped(m, pfn))
		swap_cache_del(m, pfn);
}

static void reclaim_file(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (pte_dirty(*pte))
		page->flags |= PG_DIRTY;
	*pte = 0;
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
	/* Clean, it can be had again: from disk, or as zeros that nobody ever wrote to. */
	if (!(page->flags & PG_DIRTY))
		cache_remove(m, pfn);
	else if (m->objects[page->mapping].kind == OBJECT_FILE)
		page->flags |= PG_RECLAIM; /* writeback is not ours to start */
	else if (m->config.swap)
		swap_out_shmem(m, pfn);
}

void reclaim_page(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	uint32_t pfn = (uint32_t)pte_pfn(*pte);
	struct page *page = page_of(m, pfn);

	if ((page->flags & PG_LAZYFREE) && !(page->flags & PG_SWAPCACHE)) {
		discard(m, mm, pte, pfn);
		return;
	}
	if (page->flags & PG_FILE)
		reclaim_file(m, mm, pte, pfn);
	else if (m->config.swap)
		swap_out_anon(m, mm, pte, pfn);
}
