/* SPDX-License-Identifier: MIT */
/* Twin of mm/truncate.c: pages that leave the cache, since their file loses them or is evicted. */
#include "mm.h"

/*
 * Pages first to last (exclusive) of a folio that has others, too, are to go. It is unmapped,
 * everywhere and all of it, to be split at their borders; one of which another page
 * waits to be written stays whole, with zeros there. Do they stay?
 */
static bool truncate_inode_partial_folio(struct cr2_model *m, uint32_t pfn, uint64_t first,
					 uint64_t last)
{
	struct folio folio = file_folio(m, pfn);
	uint64_t index = page_at(m, folio.head)->index;
	uint32_t from = first > index ? (uint32_t)(first - index) : 0;
	uint32_t to = last - index < folio.pages ? (uint32_t)(last - index) : folio.pages;

	/* Nobody writes those. */
	for (uint32_t i = from; i < to; i++)
		page_of(m, folio.head + i)->flags &= (uint16_t)~PG_DIRTY;
	if (!split_folio_at(m, folio, folio.head + from)) {
		for (uint32_t i = from; i < to; i++)
			phys_fill(&m->phys, folio.head + i, 0);
		return true;
	}
	if (to < folio.pages && is_large_file(m, folio.head + to))
		split_folio_at(m, file_folio(m, folio.head + to), folio.head + to);
	return false;
}

/* The folio that reaches over the border before page index, or 0. */
static uint32_t folio_over(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	uint32_t pfn = index ? cache_get(m, number, index - 1) : 0;

	if (!pfn || (pfn & SHMEM_SWAPPED) || !is_large_file(m, pfn))
		return 0;
	return pfn + 1 < file_folio(m, pfn).head + file_folio(m, pfn).pages ? pfn : 0;
}

/*
 * The same of tmpfs, which can split all; of what is one page with page number at. Where the range ends inside it, what
 * then begins there is split, too, although it could stay.
 */
static void shmem_split_border(struct cr2_model *m, uint32_t number, uint64_t at, uint64_t first, uint64_t last)
{
	uint32_t pfn = shmem_folio(m, number, at);
	uint64_t index = pfn ? page_at(m, file_folio(m, pfn).head)->index : 0;
	uint64_t end = pfn ? index + file_folio(m, pfn).pages : 0;

	if (!pfn || (index >= first && end <= last))
		return;
	shmem_split_at(m, index < first ? shmem_folio(m, number, first) : file_folio(m, pfn).head);
	pfn = last < end ? shmem_folio(m, number, last) : 0;
	if (pfn)
		shmem_split_at(m, pfn);
}

static void shmem_split_borders(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	uint32_t pfn = shmem_folio(m, number, first);
	uint64_t end = pfn ? page_at(m, file_folio(m, pfn).head)->index + file_folio(m, pfn).pages : first;

	shmem_split_border(m, number, first, first, last);
	if (last > end)
		shmem_split_border(m, number, last - 1, first, last);
}

static void truncate_inode_pages_range(struct cr2_model *m, uint32_t number, uint64_t first,
				       uint64_t last)
{
	const bool on_disk = object_at(m, number)->kind == OBJECT_FILE;
	uint32_t pfn = on_disk ? folio_over(m, number, first) : 0;
	uint64_t end = last;

	if (!on_disk && first < last)
		shmem_split_borders(m, number, first, last);
	if (pfn && truncate_inode_partial_folio(m, pfn, first, last))
		first = page_at(m, file_folio(m, pfn).head)->index + file_folio(m, pfn).pages;
	pfn = on_disk && first < last ? folio_over(m, number, last) : 0;
	if (pfn && truncate_inode_partial_folio(m, pfn, first, last))
		end = page_at(m, file_folio(m, pfn).head)->index;
	cache_drop(m, number, first, end);
}

/* Of the buffers of its page, all: but nobody has said that the page is read. */
static uint32_t read_part(struct cr2_model *m, uint32_t number, uint64_t index)
{
	uint32_t pfn = read_folio(m, number, index, 0);

	if (pfn)
		page_of(m, pfn)->flags |= PG_PARTIAL;
	return pfn;
}

/*
 * The file ends inside its page index now: what is behind is zeros. For that the page is read, of a disk; a hole
 * stays one.
 */
static void truncate_last_page(struct cr2_model *m, uint32_t number, uint64_t index, unsigned tail)
{
	bool on_disk = object_at(m, number)->kind == OBJECT_FILE, major;
	uint32_t pfn = cache_get(m, number, index);

	if (pfn & SHMEM_SWAPPED)
		pfn = shmem_swapin(m, number, index, &major);
	if (!pfn && on_disk && block_is_there(m, number, index))
		pfn = read_part(m, number, index);
	if (!pfn)
		return;
	clear_tail(m, pfn, tail);
	if (on_disk && block_is_there(m, number, index))
		folio_mark_dirty(m, pfn);
}

/* What is behind the end is made zeros before it belongs to the file; for that the page is read. tmpfs clears nothing. */
void object_grow(struct cr2_model *m, uint32_t number, uint64_t length)
{
	struct object *object = object_of(m, number);
	const bool clears = object->tail && object->kind == OBJECT_FILE && m->profile->growth_clears_tail;
	uint32_t pfn = clears ? filemap_get_page(m, number, object->pages - 1) : 0;

	if (clears && !pfn)
		pfn = read_part(m, number, object->pages - 1);
	if (pfn)
		clear_tail(m, pfn, object->tail);
	if (pfn && block_is_there(m, number, object->pages - 1))
		folio_mark_dirty(m, pfn);
	object->pages = (length + CR2_PAGE_SIZE - 1) >> CR2_PAGE_SHIFT;
	object->tail = length % CR2_PAGE_SIZE;
}

static void truncate_down(struct cr2_model *m, uint32_t number, uint64_t length)
{
	struct object *object = object_of(m, number);
	uint64_t pages = (length + CR2_PAGE_SIZE - 1) >> CR2_PAGE_SHIFT, old = object->pages;

	object->pages = pages;
	object->tail = length % CR2_PAGE_SIZE;
	if (pages < old)
		unmap_mapping_range(m, number, pages, UINT64_MAX, true);
	/* Of a page that is cut, tmpfs makes a page of its own. */
	if (object->tail && object->kind != OBJECT_FILE && shmem_folio(m, number, pages - 1))
		shmem_split_at(m, shmem_folio(m, number, pages - 1));
	truncate_inode_pages_range(m, number, pages, UINT64_MAX);
	if (object->tail)
		truncate_last_page(m, number, pages - 1, object->tail);
	/* What comes back later is a hole. */
	blocks_drop(m, number, pages, UINT64_MAX);
	if (object->made_pages > pages) {
		object->made_pages = pages;
		object->made_tail = 0;
	}
}

int do_truncate(struct cr2_model *m, uint32_t number, uint64_t length)
{
	const struct object *object = object_at(m, number);
	uint64_t old = object_size(object);

	if (object->read_only || (object->kind == OBJECT_SECRET && old))
		return -EINVAL;
	if (object->kind == OBJECT_HUGETLB)
		return hugetlb_truncate(m, number, length);
	if ((length < old && object->seals & CR2_SEAL_SHRINK) || (length > old && object->seals & CR2_SEAL_GROW))
		return -EPERM;
	if (length > old)
		object_grow(m, number, length);
	else
		truncate_down(m, number, length);
	return 0;
}

const char *truncate_refuses(const struct cr2_model *m, uint32_t number, uint64_t length)
{
	uint64_t index = length >> CR2_PAGE_SHIFT;
	uint32_t pfn = filemap_get_page(m, number, index);

	if (length >= object_size(object_at(m, number)) || object_at(m, number)->kind == OBJECT_HUGETLB)
		return NULL;
	if (object_at(m, number)->kind != OBJECT_FILE)
		return shmem_cut_refuses(m, number, length);
	return length % CR2_PAGE_SIZE && pfn && is_large_file(m, pfn) ? "truncating inside a large folio's page" : NULL;
}

int do_punch_hole(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	/* What a folio holds behind the end of the file is no part of it. */
	if (object_at(m, number)->kind == OBJECT_FILE && last > object_at(m, number)->pages)
		last = object_at(m, number)->pages;
	if (first >= last)
		return 0;
	unmap_mapping_range(m, number, first, last, false);
	truncate_inode_pages_range(m, number, first, last);
	blocks_drop(m, number, first, last);
	blocks_punch(m, number, first, last);
	return 0;
}

int do_evict(struct cr2_model *m, uint32_t number)
{
	uint32_t pfn, pages;

	if (object_of(m, number)->kind != OBJECT_FILE)
		return 0;
	filemap_write(m, number, 0, UINT64_MAX);
	for (uint64_t i = 0; cache_next(m, number, &i, &pfn); i += pages) {
		pages = file_folio(m, pfn).pages;
		if (!folio_mapcount(m, file_folio(m, pfn)) && page_at(m, pfn)->refcount == 1)
			cache_drop(m, number, i, i + pages);
	}
	return 0;
}
