/* SPDX-License-Identifier: MIT */
/* Twin of mm/khugepaged.c, as far as madvise(MADV_COLLAPSE) uses it. */
#include "mm.h"

/* Every reference to the page must be a mapping, or it may be in use right now. */
static bool can_take(const struct cr2_model *m, uint64_t pte)
{
	uint32_t pfn = (uint32_t)pte_pfn(pte), head;
	const struct page *page;

	if (pfn == m->zero_page)
		return true;
	head = compound_head(m, pfn);
	page = page_at(m, head);
	if (page->flags & PG_HEAD)
		return page->refcount == large_mapcount(m, head);
	return page->refcount == page->mapcount + !!(page->flags & PG_SWAPCACHE);
}

/* Can the pages that are there be taken? */
static int scan(struct cr2_model *m, struct process *mm, uint64_t address)
{
	bool writable = false;

	for (uint64_t at = address; at < address + CR2_HUGE_SIZE; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (!pte)
			return -EINVAL;
		if (!pte_present(*pte))
			continue;
		if (!can_take(m, *pte))
			return -EAGAIN;
		writable |= (*pte & ENTRY_RW) != 0;
	}
	return writable || !m->profile->collapse_needs_write ? 0 : -EINVAL;
}

/* What is swapped out comes back first. A guard page ends it, for this 2 MiB and all behind. */
static int swap_in_all(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	for (uint64_t at = address; at < address + CR2_HUGE_SIZE; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte_is_marker(*pte))
			return COLLAPSE_STOP;
		if (pte_is_swap(*pte) && faultin_page(m, mm, vma, at, false) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void copy_in(struct cr2_model *m, struct process *mm, uint64_t *pte, uint32_t to)
{
	uint64_t old = *pte;
	uint32_t pfn = (uint32_t)pte_pfn(old);

	*pte = 0;
	if (pte_none(old) || pfn == m->zero_page)
		return;
	if (phys_copy(&m->phys, to, pfn) < 0)
		m->failed = true;
	page_remove_rmap(m, mm, pfn);
	if (page_of(m, pfn)->flags & PG_SWAPCACHE)
		swap_cache_drop_unused(m, pfn);
	put_mapped_page(m, pfn);
}

static int collapse(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	uint64_t *pmd = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD), entry;
	uint32_t head, table;
	uint64_t *ptes;
	int r;

	if (!pmd)
		return -EINVAL;
	if (!*pmd)
		return COLLAPSE_STOP; /* nothing was ever there */
	if (*pmd & ENTRY_PS)
		return 0;
	r = scan(m, mm, address);
	if (r == 0)
		r = swap_in_all(m, mm, vma, address);
	if (r == 0)
		r = scan(m, mm, address);
	if (r)
		return r;
	head = alloc_huge_page(m, mm, vma, address);
	if (!head)
		return -ENOMEM;
	table = (uint32_t)entry_frame(*pmd);
	ptes = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
	for (uint32_t i = 0; ptes && i < HPAGE_PAGES; i++)
		copy_in(m, mm, ptes + i, head + i);
	entry = pte_mkdirty(m, pte_make(head, vma_page_prot(m, vma) | ENTRY_PS));
	*pmd = vma->flags & VM_WRITE ? pte_mkwrite(entry) : entry;
	put_page(m, table);
	flush_tlb_range(m, mm, address, address + CR2_HUGE_SIZE);
	return 0;
}

static bool has_room(const struct vma *vma)
{
	uint64_t last = (vma->end - CR2_HUGE_SIZE) & ~(CR2_HUGE_SIZE - 1);

	return vma->end - vma->start >= CR2_HUGE_SIZE && last >= vma->start;
}

/* tmpfs has 2 MiB pages too, where the file's pages and the addresses are aligned alike. */
bool collapses_shmem(const struct cr2_model *m, const struct vma *vma)
{
	return m->config.thp != CR2_THP_NEVER && !(vma->flags & VM_NOHUGEPAGE) &&
	       !vma_is_anonymous(vma) && object_at(m, vma->object)->kind != OBJECT_FILE && !vma_is_secretmem(m, vma) &&
	       has_room(vma) && !(((vma->start >> CR2_PAGE_SHIFT) - vma->page_offset) % HPAGE_PAGES);
}

/* Somewhere in the mapping there must be room for a 2 MiB page, and something to collapse. */
static bool allowed(const struct cr2_model *m, const struct vma *vma)
{
	return m->config.thp != CR2_THP_NEVER && !(vma->flags & VM_NOHUGEPAGE) &&
	       vma_is_anonymous(vma) && vma->anon_vma && has_room(vma);
}

int madvise_collapse(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
		     uint64_t end)
{
	int last = 0;

	if (!allowed(m, vma) && !collapses_shmem(m, vma))
		return -EINVAL;
	start = (start + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);
	end &= ~(CR2_HUGE_SIZE - 1);
	/* A range that holds no border of 2 MiB is refused; one that holds nothing else is not. */
	if (end < start)
		return -EINVAL;
	for (; start < end; start += CR2_HUGE_SIZE) {
		int r = vma_is_anonymous(vma) ? collapse(m, mm, vma, start)
					      : collapse_file(m, mm, vma, start);

		if (r == COLLAPSE_STOP)
			return -EINVAL;
		last = r < 0 ? r : last;
	}
	return last;
}
