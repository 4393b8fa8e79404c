/* SPDX-License-Identifier: MIT */
/* A model looked at from outside: cr2/inspect.h. */
#include <cr2/inspect.h>

#include <string.h>

#include "mm/mm.h"

void cr2_model_cpu(const struct cr2_model *m, struct cr2_cpu_view *ret)
{
	*ret = (struct cr2_cpu_view){m->config.levels, process_at(m, m->current)->space, m->cpu.cr3};
}

void cr2_model_walk(const struct cr2_model *m, uint64_t address, struct cr2_walk *ret)
{
	mmu_walk(&m->cpu, &m->phys, address, ret);
}

bool cr2_model_process(const struct cr2_model *m, uint32_t from, struct cr2_process_view *ret)
{
	while (from < m->n_processes && !process_at(m, from)->cr3)
		from++;
	if (from >= m->n_processes)
		return false;
	*ret = (struct cr2_process_view){
		.process = from,
		.cr3 = process_at(m, from)->cr3,
		.locked_pages = process_at(m, from)->locked_pages,
	};
	return true;
}

bool cr2_model_mapping(const struct cr2_model *m, uint32_t process, uint64_t from,
		       struct cr2_vma_view *ret)
{
	const struct vma *vma = NULL;

	if (process < m->n_processes && process_at(m, process)->alive)
		vma = vma_peek_next(m, process_at(m, process_at(m, process)->space), from);
	if (vma)
		vma_view(m, vma, ret);
	return vma;
}

void cr2_model_table(const struct cr2_model *m, uint64_t pfn, uint64_t ret_entries[CR2_TABLE_ENTRIES])
{
	const struct frame *frame;

	memset(ret_entries, 0, CR2_TABLE_ENTRIES * sizeof(*ret_entries));
	if (pfn >= m->phys.n_frames || !array_peek(&m->phys.frames, &phys_frame_kind, pfn))
		return;
	frame = phys_frame(&m->phys, pfn);
	if (frame->kind == FRAME_WORD)
		ret_entries[frame->at] = frame->word;
	else
		memcpy(ret_entries, frame->buffer->bytes, PHYS_FRAME);
}

static enum cr2_frame_use use_of(const struct cr2_model *m, uint32_t pfn, const struct page *page)
{
	if (pfn == m->zero_page || (m->huge_zero_page && pfn - m->huge_zero_page < HPAGE_PAGES))
		return CR2_FRAME_ZERO;
	if (page->flags & PG_TABLE)
		return CR2_FRAME_TABLE;
	if (page->flags & PG_RESERVED)
		return CR2_FRAME_KERNEL;
	if (!page_at(m, compound_head(m, pfn))->refcount)
		return CR2_FRAME_FREE;
	return page_at(m, compound_head(m, pfn))->flags & PG_FILE ? CR2_FRAME_FILE : CR2_FRAME_ANON;
}

/* Of what has counts that mean something. */
static void fill_frame(const struct cr2_model *m, uint32_t pfn, struct cr2_frame_info *ret)
{
	const struct page *page = page_at(m, pfn), *head = page_at(m, (uint32_t)ret->head);

	ret->maps = page_mapcount(m, pfn);
	ret->exclusive = m->profile->anon_exclusive && page->flags & PG_EXCLUSIVE;
	ret->dirty = head->flags & PG_DIRTY;
	ret->lazy_free = head->flags & PG_LAZYFREE;
	ret->swap_cached = head->flags & PG_SWAPCACHE;
	ret->order = head->flags & PG_HEAD ? head->order : 0;
	ret->slot = ret->swap_cached ? head->swap : 0;
	if (ret->use != CR2_FRAME_FILE)
		return;
	ret->object = object_at(m, file_page_object(m, pfn))->number;
	ret->index = file_page_index(m, pfn);
	if (is_large_file(m, pfn)) {
		struct folio folio = file_folio(m, pfn);

		ret->head = folio.head;
		ret->order = (unsigned)__builtin_ctz(folio.pages);
	}
}

bool cr2_model_frame(const struct cr2_model *m, uint64_t pfn, struct cr2_frame_info *ret)
{
	if (is_gigantic_frame(m, pfn))
		pfn &= ~(GIGANTIC_PAGES - 1ULL);
	else if (pfn >= m->phys.n_frames)
		return false;
	if (pfn == 0 || !array_peek(&m->pages, &page_kind, pfn))
		return false;
	*ret = (struct cr2_frame_info){
		.use = use_of(m, (uint32_t)pfn, page_at(m, pfn)),
		.object = CR2_NO_OBJECT,
		.head = compound_head(m, (uint32_t)pfn),
	};
	ret->refs = page_at(m, ret->head)->refcount;
	if (ret->use == CR2_FRAME_ANON || ret->use == CR2_FRAME_FILE)
		fill_frame(m, (uint32_t)pfn, ret);
	if (ret->use == CR2_FRAME_ANON || ret->use == CR2_FRAME_FILE || pfn == m->zero_page)
		frame_state(m, (uint32_t)pfn, &ret->state);
	return true;
}

bool cr2_model_tlb(const struct cr2_model *m, size_t *at, struct cr2_tlb_view *ret)
{
	const struct tlb *tlb = &m->cpu.tlb;

	for (; *at < CR2_ARRAY_SIZE(tlb->entries); ++*at) {
		const struct tlb_entry *e = &tlb->entries[*at];
		uint64_t page = e->tag & (TLB_GENERATION - 1);

		if (e->tag == 0 || e->tag - page != tlb->generation)
			continue;
		++*at;
		*ret = (struct cr2_tlb_view){
			.address = page << e->page_shift,
			.pfn = e->frame << (e->page_shift - CR2_PAGE_SHIFT),
			.page_shift = e->page_shift,
			.user_read = e->allow & ACCESS_BIT(CR2_ACCESS_READ, AS_USER),
			.user_write = e->allow & ACCESS_BIT(CR2_ACCESS_WRITE, AS_USER),
			.user_fetch = e->allow & ACCESS_BIT(CR2_ACCESS_FETCH, AS_USER),
			.kernel_read = e->allow & ACCESS_BIT(CR2_ACCESS_READ, AS_KERNEL_AC),
			.kernel_write = e->allow & ACCESS_BIT(CR2_ACCESS_WRITE, AS_KERNEL_AC),
		};
		return true;
	}
	return false;
}

bool cr2_model_object(const struct cr2_model *m, size_t *at, struct cr2_object_view *ret)
{
	static const enum cr2_object_kind kinds[] = {
		[OBJECT_FILE] = CR2_OBJECT_FILE,
		[OBJECT_SHMEM] = CR2_OBJECT_SHMEM,
		[OBJECT_SECRET] = CR2_OBJECT_SECRET,
		[OBJECT_ANON] = CR2_OBJECT_ANON,
		[OBJECT_HUGETLB] = CR2_OBJECT_ANON,
	};

	for (; *at < m->object_numbers.n; ++*at) {
		const struct object *object = object_at(m, (uint32_t)*at + 1);

		/* Behind a private mapping of the pool's pages is one that has none. */
		if (!object->refs || (object->kind == OBJECT_HUGETLB && object->number == CR2_NO_OBJECT && !object->cache.root))
			continue;
		*ret = (struct cr2_object_view){object->kind == OBJECT_HUGETLB && object->number != CR2_NO_OBJECT ? CR2_OBJECT_SHMEM :
						kinds[object->kind], object->number, (uint32_t)*at + 1,
						object->pages};
		++*at;
		return true;
	}
	return false;
}

bool cr2_model_cached(const struct cr2_model *m, uint32_t place, uint64_t *index,
		      struct cr2_cached_view *ret)
{
	uint32_t value;

	if (!cache_next(m, place, index, &value))
		return false;
	*ret = value & SHMEM_SWAPPED ? (struct cr2_cached_view){CR2_NO_FRAME, value & ~SHMEM_SWAPPED}
				     : (struct cr2_cached_view){value, 0};
	return true;
}

bool cr2_model_slot(const struct cr2_model *m, size_t *at, struct cr2_slot_view *ret)
{
	for (; *at < m->slot_numbers.n; ++*at) {
		const struct swap_slot *slot = array_peek(&m->slots, &slots_kind, *at + 1);

		if (!slot || (!slot->uses && !slot->page))
			continue;
		++*at;
		*ret = (struct cr2_slot_view){(uint32_t)*at, slot->uses,
					      slot->page ? slot->page : CR2_NO_FRAME};
		return true;
	}
	return false;
}
