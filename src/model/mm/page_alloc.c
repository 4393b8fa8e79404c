/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/page_alloc.c: the buddy allocator, one zone, without per-CPU lists. Memory
 * appears in blocks of the largest order when it is first needed, so that a small scenario
 * on a large machine stays small.
 *
 * A block that is split for single frames is handed out upwards, until another order is wanted or
 * something is freed: only then its rest goes to the lists. Each time the halves would have been
 * the first of lists that had been empty, so that the same frames come in the same order.
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

/* One more block of the largest order. Seldom, and so kept out of alloc_pages(). */
static __attribute__((noinline)) int add_memory(struct cr2_model *m)
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
		return 0;
	}
	list_add(m, (uint32_t)first, MAX_ORDER);
	return 0;
}

static unsigned find_order(const struct cr2_model *m, unsigned order)
{
	while (order <= MAX_ORDER && !m->free_list[order])
		order++;
	return order;
}

/* What is left of a split block goes to the lists. */
static void list_rest(struct cr2_model *m)
{
	m->next_page = m->end_page = NULL;
	while (m->next_free < m->end_free) {
		unsigned order = (unsigned)__builtin_ctz(m->next_free);

		list_add(m, m->next_free, order);
		m->next_free += 1U << order;
	}
}

/* The first block of the lists that has this order or, where none has, one above it. */
static uint32_t take_block(struct cr2_model *m, unsigned order, unsigned *ret_order)
{
	unsigned from = find_order(m, order);
	uint32_t pfn;

	while (from > MAX_ORDER) {
		if (add_memory(m) < 0)
			return 0;
		from = find_order(m, order);
	}
	pfn = m->free_list[from];
	list_del(m, pfn);
	*ret_order = from;
	return pfn;
}

static int split_block(struct cr2_model *m)
{
	unsigned order;
	uint32_t pfn = take_block(m, 0, &order);

	if (!pfn)
		return -ENOMEM;
	m->next_free = pfn;
	m->end_free = pfn + (1U << order);
	return 0;
}

int refill_pages(struct cr2_model *m)
{
	uint32_t end;

	if (m->next_free == m->end_free && split_block(m) < 0)
		return -ENOMEM;
	end = (m->next_free | (HPAGE_PAGES - 1)) + 1;
	m->next_page = page_of(m, m->next_free);
	m->end_page = m->next_page + (end < m->end_free ? end : m->end_free) - m->next_free;
	return 0;
}

uint32_t alloc_pages(struct cr2_model *m, unsigned order)
{
	unsigned from;
	uint32_t pfn;

	list_rest(m);
	pfn = take_block(m, order, &from);
	if (!pfn)
		return 0;
	m->next_free = pfn + (1U << order);
	m->end_free = pfn + (1U << from);
	list_rest(m);
	*page_of(m, pfn) = (struct page){.refcount = 1};
	m->n_used += 1U << order;
	return pfn;
}

/* A block becomes free, and one with its buddy where that is free as well, and so on. */
static void add_block(struct cr2_model *m, uint32_t pfn, unsigned order)
{
	while (order < MAX_ORDER) {
		uint32_t buddy = pfn ^ (1U << order);
		const struct page *page;

		if (buddy >= m->phys.n_frames)
			break;
		page = page_of(m, buddy);
		if (!(page->flags & PG_BUDDY) || page->order != order)
			break;
		list_del(m, buddy);
		pfn &= buddy;
		order++;
	}
	list_add(m, pfn, order);
}

/*
 * n frames of one leaf: their bytes and counts are zeros from now on. A page table comes alone, and
 * its bytes are already, as all its entries are clear.
 */
static void clear_pages(struct cr2_model *m, uint32_t pfn, uint32_t n)
{
	struct page *page = page_of(m, pfn);

	if (page->flags & PG_TABLE)
		phys_release_zeros(&m->phys, pfn);
	else
		phys_clear(&m->phys, pfn, n);
	for (uint32_t i = 0; i < n; i++) {
		m->memory_left += page[i].flags & PG_CHARGED ? 1 : 0;
		page[i].flags = 0;
		page[i].mapcount = 0;
		page[i].refcount = 0;
	}
}

/*
 * All of a run, one after another, comes to the same as the largest aligned blocks in it, since
 * the parts of such a block can only join each other.
 */
void free_page_run(struct cr2_model *m, uint32_t pfn, uint32_t n)
{
	uint32_t end = pfn + n;

	list_rest(m);
	for (uint32_t i = pfn, next; i < end; i = next) {
		next = (i | (HPAGE_PAGES - 1)) + 1;
		if (next > end)
			next = end;
		clear_pages(m, i, next - i);
	}
	m->n_used -= n;
	while (pfn < end) {
		unsigned order = (unsigned)__builtin_ctz(pfn);

		if (order > MAX_ORDER)
			order = MAX_ORDER;
		while (1U << order > end - pfn)
			order--;
		add_block(m, pfn, order);
		pfn += 1U << order;
	}
}

void free_pages(struct cr2_model *m, uint32_t pfn, unsigned order)
{
	if (order == GIGANTIC_ORDER)
		free_gigantic_page(m, pfn);
	else
		free_page_run(m, pfn, 1U << order);
}

void put_page(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (--page->refcount == 0)
		free_pages(m, pfn, page->flags & PG_HEAD ? page->order : 0);
}
