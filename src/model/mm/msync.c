/* SPDX-License-Identifier: MIT */
/* Twin of mm/msync.c and the part of mm/page-writeback.c that it starts. */
#include "mm.h"

/*
 * A page that is written back must tell of the next write: every shared mapping of it is
 * made clean and read-only.
 */
static void page_mkclean(struct cr2_model *m, uint32_t object, uint64_t index)
{
	const struct vma *vma = vma_of(m, object_of(m, object)->vmas);

	for (; vma; vma = vma_of(m, vma->object_after)) {
		uint64_t *pte, address;

		if (!(vma->flags & VM_SHARED) || index < vma->page_offset ||
		    index >= vma_pgoff(vma, vma->end))
			continue;
		address = vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE;
		pte = leaf_entry(m, process_of(m, vma->process), address);
		if (!pte || !pte_present(*pte))
			continue;
		*pte &= ~(ENTRY_RW | ENTRY_D | ENTRY_SAVED_DIRTY);
		flush_tlb_range(m, process_of(m, vma->process), address, address + CR2_PAGE_SIZE);
	}
}

/* All of it, as far as the file goes. */
static void write_folio(struct cr2_model *m, uint32_t object, struct folio folio)
{
	for (uint32_t pfn = folio.head; pfn < folio.head + folio.pages; pfn++) {
		uint64_t index = page_at(m, pfn)->index;

		page_mkclean(m, object, index);
		if (index + 1 == object_at(m, object)->pages && object_at(m, object)->tail)
			clear_tail(m, pfn, object_at(m, object)->tail);
		if (index < object_at(m, object)->pages)
			disk_write(m, object, index);
		page_of(m, pfn)->flags &= (uint16_t)~(PG_DIRTY | PG_RECLAIM);
	}
}

/* Folios that have any of pages first to last (exclusive) of a file, and are dirty, go to disk. */
void filemap_write(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last)
{
	struct folio folio;
	uint64_t index;
	uint32_t pfn;

	if (object_of(m, object)->kind != OBJECT_FILE)
		return;
	for (uint64_t i = first; cache_next(m, object, &i, &pfn) && i < last; i = index + folio.pages) {
		folio = file_folio(m, pfn);
		index = page_at(m, folio.head)->index;
		if (folio_is_dirty(m, folio))
			write_folio(m, object, folio);
	}
}

/* Without MS_SYNC nothing is written: what is dirty is known to be. */
int do_msync(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags)
{
	uint64_t end = start + ((length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK);
	bool writes = !(flags & CR2_MS_ASYNC);
	int unmapped = 0;

	if (start & ~CR2_PAGE_MASK)
		return -EINVAL;
	if (end < start)
		return -ENOMEM;
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (start < vma->start && flags == CR2_MS_ASYNC)
			return -ENOMEM;
		if (start < vma->start) {
			unmapped = -ENOMEM;
			start = vma->start;
		}
		if ((flags & CR2_MS_INVALIDATE) && (vma->flags & VM_LOCKED))
			return -EBUSY;
		stop = vma->end < end ? vma->end : end;
		if (writes && vma_is_secretmem(m, vma))
			return -EINVAL;
		if (writes && vma->object != CR2_NO_OBJECT && (vma->flags & VM_SHARED))
			filemap_write(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, stop));
		start = stop;
	}
	return unmapped;
}
