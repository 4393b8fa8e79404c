/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/filemap.c and mm/shmem.c: objects, their cached pages, and the block each page of a
 * disk file has.
 */
#include <string.h>

#include <cr2/base.h>

#include "mm.h"

#define HOLE 0 /* in place of a block */

uint32_t object_find(const struct cr2_model *m, uint32_t number)
{
	uint32_t object;

	return tree_find(&m->trees, &m->named_objects, number, &object) ? object : CR2_NO_OBJECT;
}

static inline uint32_t cached(const struct cr2_model *m, const struct object *object,
			      uint64_t index)
{
	uint32_t value;

	return tree_find(&m->trees, &object->cache, index, &value) ? value : 0;
}

uint32_t cache_get(const struct cr2_model *m, uint32_t object, uint64_t index)
{
	return cached(m, object_at(m, object), index);
}

void cache_set(struct cr2_model *m, uint32_t object, uint64_t index, uint32_t value)
{
	if (object_at(m, object)->room)
		object_of(m, object)->used += (value != 0) - (uint64_t)(cache_get(m, object, index) != 0);
	if (!value)
		tree_delete(&m->trees, &object_of(m, object)->cache, index);
	else if (tree_set(&m->trees, &object_of(m, object)->cache, index, value) < 0)
		m->failed = true;
}

bool cache_next(const struct cr2_model *m, uint32_t object, uint64_t *index, uint32_t *ret_value)
{
	struct tree_entry entry;

	if (!tree_from(&m->trees, &object_at(m, object)->cache, *index, &entry))
		return false;
	*index = entry.key;
	*ret_value = entry.value;
	return true;
}

uint32_t cache_add(struct cr2_model *m, uint32_t number, uint64_t index, unsigned order)
{
	struct page *page;
	uint32_t head = order ? alloc_pages(m, order) : alloc_page(m, &page);

	for (uint32_t i = 0; head && i < 1U << order; i++) {
		page = page_of(m, head + i);
		*page = (struct page){
			.refcount = 1,
			.flags = PG_FILE,
			.order = (uint8_t)order,
			.mapping = number,
			.index = index + i,
		};
		if (object_at(m, number)->kind == OBJECT_ANON)
			page->id = new_page_id(m);
		cache_set(m, number, index + i, head + i);
	}
	return head;
}

void clear_tail(struct cr2_model *m, uint32_t pfn, unsigned from)
{
	uint64_t physical = (uint64_t)pfn << CR2_PAGE_SHIFT;

	for (unsigned i = from; i < CR2_PAGE_SIZE; i++)
		if (phys_read8(&m->phys, physical + i) && phys_write8(&m->phys, physical + i, 0) < 0)
			m->failed = true;
}

/* What a page was made with of which the object has so many and this one is number index. */
static void fill_made(struct cr2_model *m, const struct object *object, uint64_t pages, uint64_t index, uint32_t pfn)
{
	phys_fill(&m->phys, pfn, CR2_FILE_BYTE);
	if (object->made_tail && index + 1 == pages)
		clear_tail(m, pfn, object->made_tail);
}

static int object_fill(struct cr2_model *m, uint32_t number, bool cold)
{
	struct object *object = object_of(m, number);

	if (object->kind == OBJECT_FILE)
		object->made_pages = object->pages;
	for (uint64_t i = 0; !cold && i < object->pages; i++) {
		uint32_t pfn = cache_add(m, number, i, 0);

		if (!pfn)
			return -ENOMEM;
		fill_made(m, object, object->pages, i, pfn);
		if (object->kind != OBJECT_FILE)
			page_of(m, pfn)->flags |= PG_DIRTY;
	}
	return 0;
}

static uint32_t object_new(struct cr2_model *m)
{
	uint32_t slot = numbers_take(&m->trees, &m->object_numbers);

	if (slot && array_reserve(&m->objects, &objects_kind, slot + 1UL) == 0 &&
	    object_of(m, slot) && !m->failed)
		return slot;
	m->failed = true;
	return CR2_NO_OBJECT;
}

int object_create(struct cr2_model *m, enum object_kind kind, uint32_t number, uint64_t length,
		  bool cold, uint32_t *ret_object)
{
	uint32_t slot = object_new(m);
	int r = 0;

	if (slot == CR2_NO_OBJECT)
		return -ENOMEM;
	*object_of(m, slot) = (struct object){
		.kind = kind,
		.number = number,
		.pages = (length + CR2_PAGE_SIZE - 1) >> CR2_PAGE_SHIFT,
		.tail = length % CR2_PAGE_SIZE,
		.made_tail = length % CR2_PAGE_SIZE,
		.refs = 1,
	};
	if (number != CR2_NO_OBJECT)
		r = tree_set(&m->trees, &m->named_objects, number, slot);
	if (r == 0 && number != CR2_NO_OBJECT)
		r = object_fill(m, slot, cold);
	if (r < 0) {
		m->failed = true;
		object_put(m, slot);
		return r;
	}
	*ret_object = slot;
	return 0;
}

void cache_drop(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	uint32_t pfn;

	for (uint64_t i = first; cache_next(m, number, &i, &pfn) && i < last; i++) {
		cache_set(m, number, i, 0);
		if (pfn & SHMEM_SWAPPED)
			swap_put(m, pfn & ~SHMEM_SWAPPED);
		else
			put_page(m, compound_head(m, pfn));
	}
}

void blocks_drop(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	struct tree *blocks = &object_of(m, number)->blocks;
	struct tree_entry block;

	while (tree_from(&m->trees, blocks, first, &block) && block.key < last) {
		tree_delete(&m->trees, blocks, block.key);
		if (block.value == HOLE)
			continue;
		phys_fill(&m->disk, block.value, 0);
		if (numbers_give(&m->trees, &m->block_numbers, block.value) < 0)
			m->failed = true;
	}
}

void blocks_punch(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	struct object *object = object_of(m, number);

	for (uint64_t i = first; i < last && i < object->made_pages; i++)
		if (tree_set(&m->trees, &object->blocks, i, HOLE) < 0)
			m->failed = true;
}

void object_put(struct cr2_model *m, uint32_t number)
{
	struct object *object;

	if (number == CR2_NO_OBJECT)
		return;
	object = object_of(m, number);
	if (--object->refs || hugetlb_evicts_later(m, number))
		return;
	if (object->kind == OBJECT_HUGETLB)
		hugetlbfs_evict_inode(m, number);
	cache_drop(m, number, 0, UINT64_MAX);
	blocks_drop(m, number, 0, UINT64_MAX);
	if (object->number != CR2_NO_OBJECT)
		tree_delete(&m->trees, &m->named_objects, object->number);
	if (numbers_give(&m->trees, &m->object_numbers, number) < 0)
		m->failed = true;
}

static inline uint32_t cached_page(const struct cr2_model *m, const struct object *object,
				   uint64_t index)
{
	uint32_t pfn = index < object->pages ? cached(m, object, index) : 0;

	return pfn & SHMEM_SWAPPED ? 0 : pfn;
}

uint32_t filemap_get_page(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	return cached_page(m, object_at(m, number), index);
}

/* What the cache has of n pages from index on: as cache_get(), and 0 behind the object's end. */
static void cached_pages(const struct cr2_model *m, const struct object *object, uint64_t index,
			 uint64_t n, uint32_t *ret_values)
{
	uint64_t inside = index < object->pages ? object->pages - index : 0;

	if (inside < n)
		memset(ret_values + inside, 0, (n - inside) * sizeof(*ret_values));
	tree_find_row(&m->trees, &object->cache, index, inside < n ? inside : n, ret_values);
}

bool block_is_there(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	const struct object *object = object_at(m, number);
	uint32_t block;

	if (tree_find(&m->trees, &object->blocks, index, &block))
		return block != HOLE;
	return index < object->made_pages;
}

/* A hole, in a file or in tmpfs, reads as zeros. */
static int read_block(struct cr2_model *m, const struct object *object, uint64_t index,
		      uint32_t pfn)
{
	uint32_t block;

	if (!tree_find(&m->trees, &object->blocks, index, &block)) {
		if (index < object->made_pages)
			fill_made(m, object, object->made_pages, index, pfn);
		return 0;
	}
	return block == HOLE ? 0 : phys_copy_between(&m->phys, pfn, &m->disk, block);
}

uint32_t read_folio(struct cr2_model *m, uint32_t number, uint64_t index, unsigned order)
{
	uint32_t head = cache_add(m, number, index, order);

	for (uint32_t i = 0; head && i < 1U << order; i++)
		if (read_block(m, object_of(m, number), index + i, head + i) < 0)
			m->failed = true;
	return head;
}

void fill_cache(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t pages, unsigned order, bool mark)
{
	const uint64_t size = 1ULL << order, end = object_at(m, number)->pages;

	for (uint64_t i = first; i < first + pages && i + size <= end && !m->failed; i += size) {
		uint64_t next = i;
		uint32_t there, head;

		if (cache_next(m, number, &next, &there) && next < i + size)
			continue;
		head = read_folio(m, number, i, order);
		if (head && mark && i == first)
			page_of(m, head)->flags |= PG_RECLAIM;
	}
}

enum vm_fault_result filemap_fault(struct cr2_model *m, uint32_t number, uint64_t index,
				   uint32_t *ret_pfn, bool *ret_major)
{
	struct object *object = object_of(m, number);
	uint32_t pfn = cached_page(m, object, index);

	if (index >= object->pages)
		return VM_FAULT_SIGBUS;
	if (!pfn && (cached(m, object, index) & SHMEM_SWAPPED)) {
		pfn = shmem_swapin(m, number, index, ret_major);
		if (!pfn)
			return VM_FAULT_OOM;
	}
	if (!pfn) {
		if (object_is_full(m, number))
			return VM_FAULT_SIGBUS;
		pfn = m->memory_limited && !mem_cgroup_has_room(m) ? 0 : read_folio(m, number, index, 0);
		if (!pfn)
			return VM_FAULT_OOM;
		if (m->memory_limited)
			mem_cgroup_charge(m, page_of(m, pfn));
		*ret_major = object->kind == OBJECT_FILE;
	}
	*ret_pfn = pfn;
	return VM_FAULT_DONE;
}

/* The page behind the folio's last. */
static uint64_t folio_next_index(const struct cr2_model *m, struct folio folio)
{
	return page_at(m, folio.head)->index + folio.pages;
}

/* Does the folio hold the last page of its file? Of tmpfs the kernel does not mind. */
static bool is_at_the_end(const struct vm_fault *vmf, struct folio folio)
{
	const struct object *object = object_at(vmf->m, vmf->vma->object);

	return object->kind == OBJECT_FILE && folio_next_index(vmf->m, folio) >= object->pages;
}

bool folio_crosses_end(const struct vm_fault *vmf, struct folio folio)
{
	const struct object *object = object_at(vmf->m, vmf->vma->object);

	return object->kind == OBJECT_FILE && folio_next_index(vmf->m, folio) > object->pages;
}

/*
 * The first folio that fault-around would map holds the file's last page, and no page table is
 * there yet: then it maps nothing, since it will not map a table across the end of the file.
 */
static bool stops_at_the_end(const struct vm_fault *vmf, struct folio folio)
{
	return vmf->m->profile->around_minds_end && vmf->new_table && is_at_the_end(vmf, folio);
}

bool folio_fits_table(const struct vm_fault *vmf, int64_t first, uint32_t pages)
{
	uint64_t start = (vmf->address & ~(CR2_HUGE_SIZE - 1)) + (uint64_t)first * CR2_PAGE_SIZE;

	return first >= 0 && first + pages <= HPAGE_PAGES && start >= vmf->vma->start &&
	       start + pages * CR2_PAGE_SIZE <= vmf->vma->end;
}

/* The pages that a fault maps: what the page cache has for a row of entries of one table. */
struct around {
	uint64_t *table;
	uint64_t from, to; /* its entries' numbers; to is the first behind */
	uint32_t values[HPAGE_PAGES]; /* for each, from from on: a frame, SHMEM_SWAPPED, 0 */
};

/* Of a single page that is not marked for readahead there is no more to ask. */
static bool is_plain(const struct page *page)
{
	return !page->order && !(page->flags & (PG_HEAD | PG_TAIL | PG_RECLAIM | PG_PARTIAL));
}

/*
 * Maps the plain pages from entry number i on, as far as their frames follow each other in one leaf
 * of m->pages, where the entries are free. Returns the entry behind them.
 */
static uint64_t set_pte_range(struct vm_fault *vmf, const struct around *around, uint64_t i,
			      uint64_t prot)
{
	const uint32_t *frames = around->values + (i - around->from);
	uint64_t *pte = around->table + i, n = around->to - i;
	uint32_t pfn = *frames, most = HPAGE_PAGES - pfn % HPAGE_PAGES, set = 0;
	uint64_t entry = pte_make(pfn, prot), step = pte_inverted(prot) ? -CR2_PAGE_SIZE : CR2_PAGE_SIZE;
	uint64_t dirty = maps_dirty(vmf->m, prot) ? ENTRY_D : 0;
	struct page *page = page_of(vmf->m, pfn);

	if (n > most)
		n = most;
	for (i = 0; i < n && frames[i] == pfn + i && is_plain(&page[i]); i++) {
		if (!pte_none(pte[i]))
			continue;
		page[i].mapcount++;
		page[i].refcount++;
		pte[i] = (entry + i * step) | (page[i].flags & PG_DIRTY ? dirty : 0);
		set++;
	}
	vmf->page.around_count += set;
	return (uint64_t)(pte - around->table) + i;
}

/*
 * Maps pages of the folio by entries from number i on, inside the window, or all of them where that
 * can be. Returns the entry behind the folio's last page.
 */
static uint64_t filemap_map_folio_range(struct vm_fault *vmf, const struct around *around,
					struct folio folio, uint64_t i, uint64_t prot)
{
	struct cr2_model *m = vmf->m;
	uint32_t pfn = around->values[i - around->from];
	int64_t first = (int64_t)i - (pfn - folio.head);
	uint64_t end = (uint64_t)(first + folio.pages), to = around->to;
	int64_t size = (int64_t)(object_at(m, vmf->vma->object)->pages - page_at(m, folio.head)->index);

	if (m->profile->around_whole && !is_at_the_end(vmf, folio) &&
	    folio_fits_table(vmf, first, folio.pages)) {
		i = (uint64_t)first;
		to = end;
		/* Of tmpfs also what is behind the end of the file. */
		size = folio.pages;
	}
	if (vmf->page.around_first > i)
		vmf->page.around_first = (unsigned)i;
	prot |= maps_dirty(m, prot) && folio_is_dirty(m, folio) ? ENTRY_D : 0;
	for (; i < end && i < to && (int64_t)i < first + size; i++) {
		if (!pte_none(around->table[i]))
			continue;
		pfn = folio.head + (uint32_t)((int64_t)i - first);
		page_add_map(m, vmf->mm, pfn, page_of(m, pfn));
		around->table[i] = pte_make(pfn, prot);
		vmf->page.around_count++;
	}
	return end;
}

/*
 * The first entry from *i on for which there is a page that fault-around maps, and its folio;
 * false: there is none. A page that is marked for readahead, or was read in part, waits for a fault of its own.
 */
static bool next_uptodate_folio(const struct vm_fault *vmf, const struct around *around,
				uint64_t *i, struct folio *ret_folio)
{
	for (; *i < around->to; ++*i) {
		uint32_t pfn = around->values[*i - around->from];

		if (!pfn || (pfn & SHMEM_SWAPPED))
			continue;
		*ret_folio = is_plain(page_at(vmf->m, pfn)) ? (struct folio){pfn, 1}
							    : file_folio(vmf->m, pfn);
		if (!(page_at(vmf->m, ret_folio->head)->flags & (PG_RECLAIM | PG_PARTIAL)))
			return true;
	}
	return false;
}

/* The window: pages of one aligned block of the fault-around size, inside mapping and table. */
static void find_window(const struct vm_fault *vmf, struct around *ret)
{
	uint64_t pages = vmf->m->config.fault_around, at = level_index(vmf->address, CR2_LEVEL_PTE);
	uint64_t in_vma = vmf->pgoff - vmf->vma->page_offset;
	uint64_t left = ((vmf->vma->end - vmf->vma->start) >> CR2_PAGE_SHIFT) - in_vma;

	ret->table = vmf->pte - at;
	ret->from = at & ~(pages - 1);
	if (ret->from + in_vma < at)
		ret->from = at - in_vma;
	ret->to = ret->from + pages;
	if (ret->to > HPAGE_PAGES)
		ret->to = HPAGE_PAGES;
	if (ret->to > at + left)
		ret->to = at + left;
	cached_pages(vmf->m, object_at(vmf->m, vmf->vma->object), vmf->pgoff + ret->from - at,
		     ret->to - ret->from, ret->values);
}

void filemap_map_pages(struct vm_fault *vmf)
{
	uint64_t prot = vma_page_prot(vmf->m, vmf->vma), i;
	bool was_free = pte_none(*vmf->pte);
	struct around around;
	struct folio folio;

	find_window(vmf, &around);
	i = around.from;
	vmf->page.around_first = (unsigned)i;
	if (!next_uptodate_folio(vmf, &around, &i, &folio) || stops_at_the_end(vmf, folio))
		return;
	do {
		i = folio.pages > 1 ? filemap_map_folio_range(vmf, &around, folio, i, prot)
				    : set_pte_range(vmf, &around, i, prot);
	} while (next_uptodate_folio(vmf, &around, &i, &folio));
	/* The page that was asked for is none of its neighbours. */
	vmf->page.around_count -= was_free && !pte_none(*vmf->pte);
}

bool vma_has_page_mkwrite(const struct cr2_model *m, const struct vma *vma)
{
	return vma->object != CR2_NO_OBJECT && object_at(m, vma->object)->kind == OBJECT_FILE;
}

static void unmap_vma_range(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t first, uint64_t last, bool even_cows)
{
	uint64_t pages = (vma->end - vma->start) >> CR2_PAGE_SHIFT, from, to;

	if (vma->page_offset + pages <= first || vma->page_offset >= last)
		return;
	from = vma->page_offset > first ? 0 : first - vma->page_offset;
	to = last - vma->page_offset < pages ? last - vma->page_offset : pages;
	from = vma->start + from * CR2_PAGE_SIZE;
	to = vma->start + to * CR2_PAGE_SIZE;
	if (even_cows)
		zap_page_range(m, mm, vma, from, to);
	else
		zap_file_pages(m, mm, from, to);
	flush_tlb_range(m, mm, from, to);
}

void unmap_mapping_range(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last,
			 bool even_cows)
{
	const struct vma *vma = vma_of(m, object_of(m, number)->vmas);

	for (; vma; vma = vma_of(m, vma->object_after))
		unmap_vma_range(m, process_of(m, vma->process), vma, first, last, even_cows);
}

/* A block of the file's own for the page; HOLE: memory ran out. */
static uint32_t block_for(struct cr2_model *m, uint32_t number, uint64_t index)
{
	struct tree *blocks = &object_of(m, number)->blocks;
	uint32_t block;

	if (tree_find(&m->trees, blocks, index, &block) && block != HOLE)
		return block;
	block = numbers_take(&m->trees, &m->block_numbers);
	if (!block || phys_extend(&m->disk, block + 1UL) < 0 ||
	    tree_set(&m->trees, blocks, index, block) < 0)
		return HOLE;
	return block;
}

void disk_write(struct cr2_model *m, uint32_t number, uint64_t index)
{
	uint32_t block = block_for(m, number, index);

	if (block == HOLE ||
	    phys_copy_between(&m->disk, block, &m->phys, cache_get(m, number, index)) < 0)
		m->failed = true;
}
