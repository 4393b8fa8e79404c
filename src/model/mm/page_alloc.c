/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/page_alloc.c: the buddy allocator, one zone, without per-CPU lists. Memory
 * appears in blocks of the largest order when it is first needed, so that a small scenario
 * on a large machine stays small.
 */
#include <string.h>

#include "mm.h"

static void list_add(struct cr2_model *m, uint32_t pfn, unsigned order)
{
	struct page *page = page_of(m, pfn);
	uint32_t head = m->free_list[order];

	page->flags = PG_BUDDY;
	page->order = (uint8_t)order;
	page->next = head;
	page->prev = 0;
	if (head)
		page_of(m, head)->prev = pfn;
	m->free_list[order] = pfn;
}

static void list_del(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (page->prev)
		page_of(m, page->prev)->next = page->next;
	else
		m->free_list[page->order] = page->next;
	if (page->next)
		page_of(m, page->next)->prev = page->prev;
	page->flags = 0;
}

/* One more block of the largest order. */
static int add_memory(struct cr2_model *m)
{
	size_t first = m->phys.n_frames, wanted = first + (1UL << MAX_ORDER);
	int r;

	if (wanted > m->config.frames)
		return -ENOMEM;
	r = array_reserve(&m->pages, &page_kind, wanted);
	for (size_t pfn = first; r == 0 && pfn < wanted; pfn += HPAGE_PAGES)
		r = page_of(m, pfn) ? 0 : -ENOMEM;
	if (r == 0)
		r = phys_extend(&m->phys, wanted);
	if (r < 0) {
		m->failed = true;
		return -ENOMEM;
	}
	if (first == 0) {
		/* Frame 0 stays out, since 0 means none: its block comes in pieces. */
		page_of(m, 0)->flags = PG_RESERVED;
		for (unsigned order = 0; order < MAX_ORDER; order++)
			list_add(m, 1U << order, order);
		m->n_free += (1U << MAX_ORDER) - 1;
		return 0;
	}
	list_add(m, (uint32_t)first, MAX_ORDER);
	m->n_free += 1U << MAX_ORDER;
	return 0;
}

static unsigned find_order(const struct cr2_model *m, unsigned order)
{
	while (order <= MAX_ORDER && !m->free_list[order])
		order++;
	return order;
}

uint32_t alloc_pages(struct cr2_model *m, unsigned order)
{
	unsigned from = find_order(m, order);
	struct page *page;
	uint32_t pfn;

	while (from > MAX_ORDER) {
		if (add_memory(m) < 0)
			return 0;
		from = find_order(m, order);
	}
	pfn = m->free_list[from];
	list_del(m, pfn);
	while (from > order) {
		from--;
		list_add(m, pfn + (1U << from), from);
	}
	page = page_of(m, pfn);
	memset(page, 0, sizeof(*page));
	page->refcount = 1;
	m->n_free -= 1U << order;
	m->n_used += 1U << order;
	return pfn;
}

void free_pages(struct cr2_model *m, uint32_t pfn, unsigned order)
{
	for (uint32_t i = 0; i < 1U << order; i++) {
		phys_fill(&m->phys, pfn + i, 0);
		page_of(m, pfn + i)->flags = 0;
		page_of(m, pfn + i)->mapcount = 0;
	}
	m->n_free += 1U << order;
	m->n_used -= 1U << order;
	while (order < MAX_ORDER) {
		uint32_t buddy = pfn ^ (1U << order);
		struct page *page = page_of(m, buddy);

		if (buddy >= m->phys.n_frames || !(page->flags & PG_BUDDY) || page->order != order)
			break;
		list_del(m, buddy);
		pfn &= buddy;
		order++;
	}
	list_add(m, pfn, order);
}

void put_page(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (--page->refcount == 0)
		free_pages(m, pfn, page->flags & PG_HEAD ? page->order : 0);
}
