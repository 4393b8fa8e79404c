/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/vmscan.c: reclaim of one page that somebody asked for (madvise pageout). Who asks
 * is its only mapper, as far as the kernel knows. Writing to swap is asynchronous: the page
 * waits in the swap cache.
 */
#include "mm.h"

bool folio_is_referenced(const struct cr2_model *m, uint32_t pfn)
{
	const uint32_t head = compound_head(m, pfn);
	const struct page *page = page_at(m, head);
	uint32_t maps = page->flags & PG_HEAD ? large_mapcount(m, head) : page->mapcount;

	return page->refcount > maps + !!(page->flags & (PG_SWAPCACHE | PG_FILE));
}

/* n entries are taken away at once and put back: each as the first one was, and as young and dirty as any. */
static void restore_entries(struct cr2_model *m, uint64_t *ptes, unsigned n)
{
	uint64_t all = *ptes;

	for (unsigned i = 0; i < n; i++)
		all = (pte_dirty(ptes[i]) ? pte_mkdirty(m, all) : all) | (ptes[i] & ENTRY_A);
	for (unsigned i = 0; i < n; i++)
		ptes[i] = pte_make(pte_pfn(ptes[i]), all & ~ENTRY_FRAME);
}

/*
 * After MADV_FREE: a page, or n of a large one. Written to since, it counts again, and so does all of a large page, but
 * for what is droppable.
 */
static bool discard(struct cr2_model *m, struct process *mm, uint64_t *ptes, uint32_t pfn, unsigned n)
{
	struct page *folio = page_of(m, compound_head(m, pfn));

	for (unsigned i = 0; i < n; i++)
		if (pte_dirty(ptes[i]))
			folio->flags |= PG_DIRTY;
	if ((folio->flags & (PG_DIRTY | PG_DROPPABLE)) == PG_DIRTY || folio_is_referenced(m, pfn)) {
		if (!(folio->flags & PG_DROPPABLE))
			folio->flags &= (uint16_t)~PG_LAZYFREE;
		restore_entries(m, ptes, n);
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		ptes[i] = 0;
		page_remove_rmap(m, mm, pfn + i);
		put_mapped_page(m, pfn + i);
	}
	return true;
}

static bool zeros_are_swapped(const struct cr2_model *m, uint32_t pfn)
{
	return m->profile->swap_zeros_at_once && phys_is_zero(&m->phys, pfn);
}

/* The entry gives way to one that names the page's slot. */
static bool unmap_to_swap(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	bool dirty = pte_dirty(*pte), soft = *pte & ENTRY_SOFT_DIRTY, wp = *pte & ENTRY_UFFD_WP;

	swap_get(m, page->swap);
	*pte = swap_entry(page->swap) | (page->flags & PG_EXCLUSIVE ? SWP_EXCLUSIVE : 0) |
	       (soft ? SWP_SOFT_DIRTY : 0) | (wp ? SWP_UFFD_WP : 0);
	page->flags &= (uint16_t)~PG_EXCLUSIVE;
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
	return dirty;
}

static bool unmap_all_to_swap(struct cr2_model *m, uint32_t pfn)
{
	const uint64_t index = page_of(m, pfn)->index;
	const struct vma *vma;
	bool dirty = false;

	for (size_t i = 0; i < m->n_processes && page_of(m, pfn)->mapcount; i++) {
		uint64_t *pte = rmap_pte(m, process_at(m, i), index, pfn, &vma);

		if (pte)
			dirty |= unmap_to_swap(m, process_of(m, i), pte, pfn);
	}
	return dirty;
}

/* mm and pte: the only mapping of it, or NULL. */
static void swap_out_anon(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	bool dirty = page->flags & PG_DIRTY;

	if (folio_maybe_dma_pinned(m, pfn))
		return;
	if (!(page->flags & PG_SWAPCACHE)) {
		uint32_t slot = swap_alloc(m);

		if (!slot)
			return;
		swap_cache_add(m, pfn, slot);
		dirty = true;
	}
	page->flags &= (uint16_t)~PG_DIRTY;
	dirty |= pte ? unmap_to_swap(m, mm, pte, pfn) : unmap_all_to_swap(m, pfn);
	/* Whoever has it may write to it yet. */
	if (folio_is_referenced(m, pfn)) {
		page->flags |= dirty ? PG_DIRTY : 0;
		return;
	}
	if (dirty)
		swap_write(m, pfn);
	/* Clean, or zeros that need no writing: it is gone at once, its slot holds it. */
	if (page->refcount == 1 && (!dirty || zeros_are_swapped(m, pfn)))
		swap_cache_del(m, pfn);
}

static void cache_remove(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	cache_set(m, page->mapping, page->index, 0);
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
	slot_of(m, slot)->id = page->id;
	cache_set(m, page->mapping, page->index, SHMEM_SWAPPED | slot);
	page->flags &= (uint16_t)~(PG_FILE | PG_DIRTY);
	put_page(m, pfn);
	swap_write(m, pfn);
	if (zeros_are_swapped(m, pfn))
		swap_cache_del(m, pfn);
}

/* Does userfaultfd still watch for writes where mm has the page? A mapping registered anew without it leaves the mark. */
static bool is_watched(struct cr2_model *m, const struct process *mm, const struct page *page, const uint64_t *pte)
{
	const struct vma *vma = vma_at(m, object_at(m, page->mapping)->vmas);

	for (; vma; vma = vma_at(m, vma->object_after))
		if (vma->process == mm->number && page->index >= vma->page_offset && page->index < vma_pgoff(vma, vma->end) &&
		    pgtable_entry(m, mm->cr3, vma->start + (page->index - vma->page_offset) * CR2_PAGE_SIZE, CR2_LEVEL_PTE) == pte)
			return vma_keeps_wp_markers(vma);
	return false;
}

static void reclaim_file(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (pte_dirty(*pte))
		page->flags |= PG_DIRTY;
	*pte = *pte & ENTRY_UFFD_WP && is_watched(m, mm, page, pte) ? wp_marker(m) : 0;
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
	/* Clean, it can be had again: from disk, or as zeros that nobody ever wrote to. */
	if (page->flags & PG_DIRTY && object_of(m, page->mapping)->kind == OBJECT_FILE)
		page->flags |= PG_RECLAIM; /* writeback is not ours to start */
	else if (folio_is_referenced(m, pfn))
		return;
	else if (!(page->flags & PG_DIRTY))
		cache_remove(m, pfn);
	else if (m->config.swap)
		swap_out_shmem(m, pfn);
}

/* Of tmpfs, what nobody ever wrote to goes; the rest can go to swap alone, page by page. */
static void reclaim_shmem_range(struct cr2_model *m, uint32_t object, uint64_t index, uint64_t end)
{
	uint32_t pfn;

	for (; cache_next(m, object, &index, &pfn) && index < end; index++) {
		if (pfn & SHMEM_SWAPPED)
			continue;
		if (!folio_is_dirty(m, file_folio(m, pfn)))
			cache_remove(m, pfn);
		else if (m->config.swap)
			swap_out_shmem(m, pfn);
	}
}

static void reclaim_folio(struct cr2_model *m, struct folio folio)
{
	const struct page *head = page_at(m, folio.head);
	const uint32_t object = head->mapping;
	const uint64_t index = head->index;

	folio_unmap(m, folio);
	if (object_at(m, object)->kind != OBJECT_FILE) {
		if (m->config.swap)
			(void)split_folio(m, folio);
		reclaim_shmem_range(m, object, index, index + folio.pages);
		return;
	}
	if (folio_is_dirty(m, folio)) {
		page_of(m, folio.head)->flags |= PG_RECLAIM;
		return;
	}
	for (uint32_t i = 0; i < folio.pages; i++)
		cache_remove(m, folio.head + i);
}

/* Only what stays unevictable where no locked mapping has it; of others no advice is taken. */
static bool is_unevictable(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn), *head = page_at(m, file_folio(m, pfn).head);

	return head->flags & PG_MLOCKED || (page->flags & PG_FILE && object_at(m, page->mapping)->kind == OBJECT_SECRET);
}

void reclaim_page(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	uint32_t pfn = (uint32_t)pte_pfn(*pte);
	struct page *page = page_of(m, pfn);

	if (is_unevictable(m, pfn))
		return;
	if ((page->flags & PG_LAZYFREE) && !(page->flags & PG_SWAPCACHE)) {
		discard(m, mm, pte, pfn, 1);
		return;
	}
	if (page->flags & PG_FILE)
		reclaim_file(m, mm, pte, pfn);
	else if (m->config.swap)
		swap_out_anon(m, mm, pte, pfn);
}

/* How many entries of the page go at once: in a row in a table and a mapping, and as writable as the first (FPB_RESPECT_WRITE). */
static unsigned batch_at(const struct cr2_model *m, const struct vma *vma, uint64_t address, const uint64_t *ptes, unsigned most)
{
	const uint64_t respected = ENTRY_RW | ENTRY_SOFT_DIRTY;
	uint64_t in_vma = (vma->end - address) / CR2_PAGE_SIZE, in_table = HPAGE_PAGES - level_index(address, CR2_LEVEL_PTE);
	unsigned n = 1;

	if (!m->profile->unmap_batches)
		return 1;
	while (n < most && n < in_vma && n < in_table && pte_present(ptes[n]) && pte_pfn(ptes[n]) == pte_pfn(*ptes) + n &&
	       !((ptes[n] ^ *ptes) & respected))
		n++;
	return n;
}

static bool discard_frames(struct cr2_model *m, struct process *mm, uint32_t head, uint64_t index)
{
	const uint32_t pages = file_folio(m, head).pages;
	const struct vma *vma;
	unsigned n;

	for (uint32_t i = 0; i < pages; i += n) {
		uint64_t *pte = rmap_pte(m, mm, index + i, head + i, &vma);

		n = pte ? batch_at(m, vma, vma->start + (index + i - vma->page_offset) * CR2_PAGE_SIZE, pte, pages - i) : 1;
		if (pte && !discard(m, mm, pte, head + i, n))
			return false;
	}
	return true;
}

/* Entry by entry, or several at once, until one is dirty. */
static void discard_huge(struct cr2_model *m, uint32_t head)
{
	uint64_t index = page_of(m, head)->index;

	large_split_pmds(m, head, m->profile->split_keeps_dirty, false);
	for (size_t i = 0; i < m->n_processes; i++)
		if (!discard_frames(m, process_of(m, i), head, index))
			return;
}

/* Without swap what was written to has nowhere to go. */
static void reclaim_huge_file(struct cr2_model *m, uint32_t head)
{
	uint32_t object = page_of(m, head)->mapping;
	uint64_t index = page_of(m, head)->index;

	if (!m->config.swap && m->profile->no_swap_no_split) {
		unmap_mapping_range(m, object, index, index + HPAGE_PAGES, false);
		if (!folio_is_dirty(m, file_folio(m, head)))
			cache_drop(m, object, index, index + HPAGE_PAGES);
		return;
	}
	split_huge_file(m, head);
	reclaim_shmem_range(m, object, index, index + HPAGE_PAGES);
}

void reclaim_huge_page(struct cr2_model *m, uint32_t head)
{
	const uint32_t end = head + file_folio(m, head).pages;

	if (is_unevictable(m, head))
		return;
	if (is_large_file(m, head)) {
		reclaim_folio(m, file_folio(m, head));
		return;
	}
	if (is_huge_file(m, head)) {
		reclaim_huge_file(m, head);
		return;
	}
	if (page_of(m, head)->flags & PG_LAZYFREE) {
		discard_huge(m, head);
		return;
	}
	if (split_huge_page(m, head) < 0 || !m->config.swap)
		return;
	for (uint32_t pfn = head; pfn < end; pfn++)
		if (page_of(m, pfn)->mapcount)
			swap_out_anon(m, NULL, NULL, pfn);
}
