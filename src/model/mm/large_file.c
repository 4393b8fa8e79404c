/* SPDX-License-Identifier: MIT */
/*
 * Pages of the page cache that are one, a folio: of a disk file those that readahead has read
 * together (twin of the parts of mm/huge_memory.c and mm/rmap.c that deal with them).
 *
 * A folio is 2^order frames, aligned to their number both in memory and in the file; each frame
 * knows the order and has counts of its own, a PMD entry counting for each. Those of tmpfs, which
 * count in their head, are in huge_file.c.
 */
#include "mm.h"

struct folio file_folio(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);
	uint32_t pages = 1U << page->order, head;

	if (page->flags & (PG_HEAD | PG_TAIL)) {
		head = compound_head(m, pfn);
		return (struct folio){head, 1U << page_at(m, head)->order};
	}
	return (struct folio){pfn & ~(pages - 1), pages};
}

bool is_large_file(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return (page->flags & PG_FILE) && !(page->flags & (PG_HEAD | PG_TAIL)) && page->order;
}

uint32_t folio_mapcount(const struct cr2_model *m, struct folio folio)
{
	uint32_t n = 0;

	if (page_at(m, folio.head)->flags & PG_HEAD)
		return large_mapcount(m, folio.head);
	for (uint32_t i = 0; i < folio.pages; i++)
		n += page_at(m, folio.head + i)->mapcount;
	return n;
}

void folio_mark_dirty(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	struct folio folio = {pfn, 1};

	page->flags |= PG_DIRTY;
	if (is_large_file(m, pfn))
		folio = file_folio(m, pfn);
	for (uint32_t i = 0; folio.pages > 1 && i < folio.pages; i++)
		page_of(m, folio.head + i)->flags |= PG_DIRTY;
}

bool folio_is_dirty(const struct cr2_model *m, struct folio folio)
{
	for (uint32_t i = 0; i < folio.pages; i++)
		if (page_at(m, folio.head + i)->flags & PG_DIRTY)
			return true;
	return false;
}

void folio_map_pmd(struct cr2_model *m, struct folio folio)
{
	for (uint32_t i = 0; i < folio.pages; i++) {
		page_of(m, folio.head + i)->mapcount++;
		get_page(m, folio.head + i);
	}
}

void folio_unmap_pmd(struct cr2_model *m, struct folio folio)
{
	for (uint32_t i = 0; i < folio.pages; i++) {
		page_of(m, folio.head + i)->mapcount--;
		put_page(m, folio.head + i);
	}
}

static bool maps_some(const struct cr2_model *m, const struct vma *vma, struct folio folio)
{
	uint64_t index = page_at(m, folio.head)->index;

	for (uint32_t i = 0; i < folio.pages; i++) {
		uint64_t address = vma->start + (index + i - vma->page_offset) * CR2_PAGE_SIZE;
		const uint64_t *entry;

		if (index + i < vma->page_offset || index + i >= vma_pgoff(vma, vma->end))
			continue;
		entry = leaf_peek(m, process_at(m, vma->process), address);
		if (entry && pte_present(*entry) &&
		    file_folio(m, (uint32_t)pte_pfn(*entry)).head == folio.head)
			return true;
	}
	return false;
}

/* The kernel knows two of its owners, so it may take a third one, alone, for several. */
bool folio_maybe_shared(const struct cr2_model *m, struct folio folio)
{
	uint32_t object = page_at(m, folio.head)->mapping, owner = CR2_NO_OBJECT;
	const struct vma *vma = vma_at(m, object_at(m, object)->vmas);

	for (; vma; vma = vma_at(m, vma->object_after)) {
		if (vma->process == owner || !maps_some(m, vma, folio))
			continue;
		if (owner != CR2_NO_OBJECT)
			return true;
		owner = vma->process;
	}
	return false;
}

void folio_unmap(struct cr2_model *m, struct folio folio)
{
	const struct page *page = page_at(m, folio.head);

	unmap_mapping_range(m, page->mapping, page->index, page->index + folio.pages, false);
}

static void set_order(struct cr2_model *m, uint32_t head, unsigned order)
{
	for (uint32_t i = 0; i < 1U << order; i++)
		page_of(m, head + i)->order = (uint8_t)order;
}

bool split_folio(struct cr2_model *m, struct folio folio)
{
	const struct page *head = page_at(m, folio.head);
	const uint32_t object = head->mapping;
	const bool on_disk = object_at(m, object)->kind == OBJECT_FILE;
	const uint64_t index = head->index;

	/* What the filesystem keeps of a page that is to be written holds it. */
	if (on_disk && folio_is_dirty(m, folio))
		return false;
	folio_unmap(m, folio);
	for (uint32_t i = 0; i < folio.pages; i++)
		set_order(m, folio.head + i, 0);
	if (!on_disk)
		shmem_drop_behind_end(m, object, index, index + folio.pages);
	return true;
}

/* Halves, of which the one without it stays as it is. */
void folio_halve(struct cr2_model *m, struct folio folio, uint32_t pfn)
{
	for (unsigned order = (unsigned)__builtin_ctz(folio.pages); order;) {
		uint32_t half = 1U << --order;

		set_order(m, (pfn & ~(half - 1)) ^ half, order);
	}
	set_order(m, pfn, 0);
}

bool split_folio_at(struct cr2_model *m, struct folio folio, uint32_t pfn)
{
	bool dirty = folio_is_dirty(m, folio);

	folio_unmap(m, folio);
	if (dirty)
		return false;
	folio_halve(m, folio, pfn);
	return true;
}
