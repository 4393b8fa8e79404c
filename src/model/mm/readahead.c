/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/readahead.c and of what mm/filemap.c asks of it: which pages of a disk file are read
 * beside one that is missing, and how many of them become one (large_file.c).
 */
#include "mm.h"

#define READ_AROUND 32 /* pages: 128 KiB, what a disk's readahead is unless set */

/* Pages to be read: from first, size of them as far as the file goes. */
struct window {
	uint64_t first, size;
	uint64_t ahead; /* whoever reads the page so many before its end wants the next; 0: nobody */
	unsigned order; /* of the folios, at most */
};

#define NO_MARK UINT64_MAX

/* False: no such folio is free. */
static bool ra_alloc_folio(struct cr2_model *m, uint32_t number, uint64_t index, unsigned order,
			   uint64_t mark)
{
	uint32_t head = read_folio(m, number, index, order);

	if (head && index == mark)
		page_of(m, head)->flags |= PG_RECLAIM;
	return head;
}

/* From index on page by page, passing over those that are there. */
static void do_page_cache_ra(struct cr2_model *m, uint32_t number, uint64_t index,
			     const struct window *window)
{
	uint64_t end = window->first + window->size, mark = NO_MARK;

	if (end > object_at(m, number)->pages)
		end = object_at(m, number)->pages;
	if (window->ahead && index + window->ahead <= end)
		mark = end - window->ahead;
	for (; index < end; index++)
		if (!filemap_get_page(m, number, index))
			(void)ra_alloc_folio(m, number, index, 0, mark);
}

static bool is_free(const struct cr2_model *m, uint32_t number, uint64_t index, uint64_t pages)
{
	uint64_t next = index;
	uint32_t unused;

	return !cache_next(m, number, &next, &unused) || next >= index + pages;
}

/*
 * The largest folios that alignment and the end allow; single pages from the first on that meets a
 * page which is there already.
 */
static void page_cache_ra_order(struct cr2_model *m, uint32_t number, const struct window *window)
{
	uint64_t index = window->first, end = window->first + window->size;
	uint64_t mark = window->ahead ? end - window->ahead : NO_MARK;

	if (end > object_at(m, number)->pages)
		end = object_at(m, number)->pages;
	while (m->profile->large_folios && index < end) {
		unsigned order = window->order;

		while (index & ((1ULL << order) - 1) || index + (1ULL << order) > end)
			order--;
		if (!is_free(m, number, index, 1ULL << order) ||
		    !ra_alloc_folio(m, number, index, order, mark))
			break;
		index += 1ULL << order;
	}
	do_page_cache_ra(m, number, index, window);
}

static struct window window_around(const struct cr2_model *m, const struct vma *vma, uint64_t index)
{
	uint64_t end = vma_pgoff(vma, vma->end);

	/* Two 2 MiB pages, or the one. */
	if (vma->flags & VM_HUGEPAGE) {
		index &= ~(HPAGE_PAGES - 1ULL);
		return (struct window){index, vma->flags & VM_RAND_READ ? HPAGE_PAGES : 2 * HPAGE_PAGES,
				       HPAGE_PAGES, HPAGE_ORDER};
	}
	if (vma->flags & VM_RAND_READ)
		return (struct window){index, 1, 0, 0};
	/* Of what is read in order, the pages behind it; from the start on the next are read in time, too. */
	if (vma->flags & VM_SEQ_READ)
		return (struct window){index, READ_AROUND, index ? 0 : READ_AROUND / 2, 0};
	/* Of code, the pages behind it, inside the mapping: nothing can be said of those before it. */
	if (m->profile->exec_reads_ahead && (vma->flags & VM_EXEC))
		return (struct window){index, end - index < READ_AROUND ? end - index : READ_AROUND,
				       0, 0};
	return (struct window){index > READ_AROUND / 2 ? index - READ_AROUND / 2 : 0, READ_AROUND,
			       0, 0};
}

void do_sync_mmap_readahead(struct vm_fault *vmf)
{
	const struct object *object = object_at(vmf->m, vmf->vma->object);
	struct window window;

	if (object->kind != OBJECT_FILE || vmf->pgoff >= object->pages ||
	    filemap_get_page(vmf->m, vmf->vma->object, vmf->pgoff))
		return;
	vmf->major = vmf->retried = true;
	window = window_around(vmf->m, vmf->vma, vmf->pgoff);
	page_cache_ra_order(vmf->m, vmf->vma->object, &window);
}

/*
 * The mark is also what reclaim leaves on a page that waits to be written. The kernel lets go of
 * its lock, and the fault is tried again: of the mmap lock, it counts as major; after the VMA lock
 * it starts afresh.
 */
void do_async_mmap_readahead(struct vm_fault *vmf, uint32_t pfn)
{
	struct page *head = page_of(vmf->m, file_folio(vmf->m, pfn).head);

	if (!(head->flags & PG_RECLAIM) || (vmf->vma->flags & VM_RAND_READ))
		return;
	head->flags &= (uint16_t)~PG_RECLAIM;
	vmf->retried = true;
	if (!(vmf->flags & FAULT_FLAG_VMA_LOCK))
		vmf->major = true;
}

/* Of tmpfs only what is swapped out is to be read. */
void force_page_cache_readahead(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	const struct window window = {first, last - first, 0, 0};
	uint32_t pfn;
	bool major;

	if (object_at(m, number)->kind == OBJECT_FILE) {
		do_page_cache_ra(m, number, first, &window);
		return;
	}
	for (uint64_t i = first; cache_next(m, number, &i, &pfn) && i < last; i++)
		if (pfn & SHMEM_SWAPPED)
			(void)swapin(m, pfn & ~SHMEM_SWAPPED, &major);
}
