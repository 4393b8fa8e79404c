/* SPDX-License-Identifier: MIT */
/*
 * Twin of arch/x86/mm/tlb.c: flushing, and what is not flushed. Where the kernel faults a page
 * in on a process's behalf and makes its entry writable in place, it leaves the TLB alone: a CPU
 * that still holds the old entry faults at the next write, finds that the entry allows it by
 * now, and goes on (spurious). Whether it still holds it is the CPU's own affair, so such pages
 * are kept in a list, until they are flushed, or the CPU has faulted on them or written to them.
 */
#include "../../../mm/mm.h"

/* What stands for all pages of a PUD that maps 1 GiB: none of them is forgotten alone. */
#define GIGANTIC_KEY(address) (1ULL << 62 | (address) >> 30)

void flush_tlb_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	struct tree_entry page;

	tlb_flush(&m->cpu);
	while (m->n_stale && tree_from(&m->trees, &mm->stale, start >> CR2_PAGE_SHIFT, &page) &&
	       page.key < GIGANTIC_KEY(0ULL) && page.key << CR2_PAGE_SHIFT < end)
		tlb_forget(m, mm, page.key << CR2_PAGE_SHIFT);
	while (m->n_stale && tree_from(&m->trees, &mm->stale, GIGANTIC_KEY(start), &page) && page.key < GIGANTIC_KEY(end)) {
		tree_delete(&m->trees, &mm->stale, page.key);
		m->n_stale--;
	}
}

void flush_tlb_mm(struct cr2_model *m, struct process *mm)
{
	flush_tlb_range(m, mm, 0, UINT64_MAX);
}

bool tlb_may_hold(const struct cr2_model *m, const struct process *mm, uint64_t address)
{
	uint32_t but_for;

	return (tree_find(&m->trees, &mm->stale, address >> CR2_PAGE_SHIFT, &but_for) ||
		tree_find(&m->trees, &mm->stale, GIGANTIC_KEY(address), &but_for)) && but_for != m->current;
}

bool tlb_forget(struct cr2_model *m, struct process *mm, uint64_t address)
{
	uint64_t page = address >> CR2_PAGE_SHIFT;
	uint32_t unused;

	if (!m->n_stale)
		return false;
	if (!tree_find(&m->trees, &mm->stale, page, &unused))
		return tree_find(&m->trees, &mm->stale, GIGANTIC_KEY(address), &unused);
	tree_delete(&m->trees, &mm->stale, page);
	m->n_stale--;
	return true;
}

void tlb_keep_stale(struct cr2_model *m, struct process *mm, uint64_t address, uint64_t pages, uint32_t but_for)
{
	uint64_t first = address >> CR2_PAGE_SHIFT & ~(pages - 1);
	uint32_t unused;

	if (pages == GIGANTIC_PAGES) {
		first = GIGANTIC_KEY(address);
		pages = 1;
	}
	for (uint64_t page = first; page < first + pages; page++) {
		if (tree_find(&m->trees, &mm->stale, page, &unused))
			m->n_stale--;
		if (tree_set(&m->trees, &mm->stale, page, but_for) < 0)
			m->failed = true;
		else
			m->n_stale++;
	}
}
