/* SPDX-License-Identifier: MIT */
/* Twin of mm/madvise.c. */
#include "mm.h"

static int madvise_flags(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			 uint64_t end, enum cr2_advice advice)
{
	uint64_t flags = vma->flags;

	switch (advice) {
	case CR2_ADVICE_DONTFORK:
		flags |= VM_DONTCOPY;
		break;
	case CR2_ADVICE_DOFORK:
		flags &= ~VM_DONTCOPY;
		break;
	case CR2_ADVICE_WIPEONFORK:
		if (!vma_is_anonymous(vma))
			return -EINVAL;
		flags |= VM_WIPEONFORK;
		break;
	case CR2_ADVICE_KEEPONFORK:
		flags &= ~VM_WIPEONFORK;
		break;
	case CR2_ADVICE_HUGEPAGE:
		flags = (flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		break;
	case CR2_ADVICE_NOHUGEPAGE:
		flags = (flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		break;
	default:
		return -EINVAL;
	}
	return flags == vma->flags ? 0 : vma_modify_flags(m, mm, start, end, flags);
}

static int madvise_dontneed(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t start, uint64_t end)
{
	if (vma->flags & VM_LOCKED)
		return -EINVAL;
	zap_page_range(m, mm, vma, start, end);
	tlb_flush(&m->cpu);
	return 0;
}

/* Which page of a 2 MiB one, or a small one, may the advice reach? Only a sole mapper's. */
static bool sole_mapper(const struct cr2_model *m, uint32_t pfn)
{
	return page_mapcount(m, pfn) == 1;
}

/*
 * A 2 MiB page of which the range holds only a part is split first, if this process alone
 * maps it. Returns whether the entry is now a small page of its own.
 */
static bool small_page(struct cr2_model *m, uint32_t pfn)
{
	uint32_t head = compound_head(m, pfn);

	if (!(page_of(m, head)->flags & PG_HEAD))
		return true;
	return split_huge_page(m, head) == 0;
}

typedef void page_fn(struct cr2_model *m, struct process *mm, uint64_t *pte);

static void each_page(struct cr2_model *m, struct process *mm, const struct vma *vma,
		      uint64_t start, uint64_t end, page_fn *fn)
{
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte, pfn;

		/* Small pages only: what is mapped whole is split on the way. */
		whole_huge_pmd(m, mm, vma, at, at + CR2_PAGE_SIZE);
		pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);
		if (!pte || !pte_present(*pte))
			continue;
		pfn = pte_pfn(*pte);
		if (pfn != m->zero_page && small_page(m, (uint32_t)pfn))
			fn(m, mm, pte);
	}
	tlb_flush(&m->cpu);
}

static void page_cold(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	(void)mm;
	if (sole_mapper(m, (uint32_t)pte_pfn(*pte)))
		*pte &= ~ENTRY_A;
}

static void page_out(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	if (sole_mapper(m, (uint32_t)pte_pfn(*pte)))
		reclaim_page(m, mm, pte);
}

static void page_free(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	uint32_t pfn = (uint32_t)pte_pfn(*pte);
	struct page *page = page_of(m, pfn);

	(void)mm;
	if ((page->flags & (PG_SWAPCACHE | PG_DIRTY)) && !sole_mapper(m, pfn))
		return;
	swap_cache_drop_unused(m, pfn);
	if (page->flags & PG_SWAPCACHE)
		return;
	page->flags = (uint16_t)((page->flags & ~PG_DIRTY) | PG_LAZYFREE);
	*pte &= ~(ENTRY_A | ENTRY_D | ENTRY_SAVED_DIRTY);
}

static int madvise_free(struct cr2_model *m, struct process *mm, const struct vma *vma,
			uint64_t start, uint64_t end)
{
	if ((vma->flags & VM_LOCKED) || !vma_is_anonymous(vma))
		return -EINVAL;
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte && !pte_none(*pte) && !pte_present(*pte)) {
			swap_free_entry(m, *pte);
			*pte = 0;
		}
	}
	each_page(m, mm, vma, start, end, page_free);
	return 0;
}

static int madvise_reclaim(struct cr2_model *m, struct process *mm, const struct vma *vma,
			   uint64_t start, uint64_t end, page_fn *fn)
{
	if (vma->flags & VM_LOCKED)
		return -EINVAL;
	each_page(m, mm, vma, start, end, fn);
	return 0;
}

static int madvise_willneed(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t start, uint64_t end)
{
	bool major;

	if (!vma_is_anonymous(vma)) {
		filemap_read_ahead(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, end));
		return 0;
	}
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte && !pte_none(*pte) && !pte_present(*pte))
			swapin(m, swap_slot(*pte), &major);
	}
	return 0;
}

static int madvise_populate(struct cr2_model *m, struct process *mm, struct vma *vma,
			    uint64_t start, uint64_t end, bool write)
{
	if (!(vma->flags & (write ? VM_WRITE : VM_READ)))
		return -EINVAL;
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		int r = faultin_page(m, mm, vma, at, write);

		if (r < 0)
			return r;
	}
	return 0;
}

static int madvise_remove(struct cr2_model *m, const struct vma *vma, uint64_t start, uint64_t end)
{
	uint64_t needed = m->profile->remove_maywrite ? VM_SHARED | VM_MAYWRITE
						      : VM_SHARED | VM_WRITE;

	if ((vma->flags & VM_LOCKED) || vma_is_anonymous(vma))
		return -EINVAL;
	if ((vma->flags & needed) != needed)
		return -EACCES;
	return do_punch_hole(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, end));
}

static int madvise_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
		       uint64_t end, enum cr2_advice advice)
{
	switch (advice) {
	case CR2_ADVICE_DONTNEED:
		return madvise_dontneed(m, mm, vma, start, end);
	case CR2_ADVICE_FREE:
		return madvise_free(m, mm, vma, start, end);
	case CR2_ADVICE_COLD:
		return madvise_reclaim(m, mm, vma, start, end, page_cold);
	case CR2_ADVICE_PAGEOUT:
		return madvise_reclaim(m, mm, vma, start, end, page_out);
	case CR2_ADVICE_WILLNEED:
		return madvise_willneed(m, mm, vma, start, end);
	case CR2_ADVICE_POPULATE_READ:
	case CR2_ADVICE_POPULATE_WRITE:
		return madvise_populate(m, mm, vma, start, end,
					advice == CR2_ADVICE_POPULATE_WRITE);
	case CR2_ADVICE_REMOVE:
		return madvise_remove(m, vma, start, end);
	case CR2_ADVICE_COLLAPSE:
		return madvise_collapse(m, mm, vma, start, end);
	default:
		return madvise_flags(m, mm, vma, start, end, advice);
	}
}

/* Faulting in advance ends at a hole; every other advice passes over it. */
static bool is_populate(enum cr2_advice advice)
{
	return advice == CR2_ADVICE_POPULATE_READ || advice == CR2_ADVICE_POPULATE_WRITE;
}

int do_madvise(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
	       enum cr2_advice advice)
{
	uint64_t end = start + ((length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK);
	int unmapped = 0;

	if ((start & ~CR2_PAGE_MASK) || end < start)
		return -EINVAL;
	while (start < end) {
		struct vma *vma = find_vma(mm, start);
		uint64_t stop;
		int r;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (start < vma->start && is_populate(advice))
			return -ENOMEM;
		if (start < vma->start) {
			unmapped = -ENOMEM;
			start = vma->start;
		}
		stop = vma->end < end ? vma->end : end;
		r = madvise_vma(m, mm, vma, start, stop, advice);
		if (r < 0)
			return r;
		start = stop;
	}
	return unmapped;
}
