/* SPDX-License-Identifier: MIT */
/* Twin of mm/madvise.c. */
#include "mm.h"

static int madvise_flags(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			 uint64_t end, enum cr2_advice advice)
{
	uint64_t flags = vma->flags;
	int r = 0;

	switch (advice) {
	case CR2_ADVICE_NORMAL:
		flags &= ~(uint64_t)(VM_RAND_READ | VM_SEQ_READ);
		break;
	case CR2_ADVICE_RANDOM:
		flags = (flags & ~VM_SEQ_READ) | VM_RAND_READ;
		break;
	case CR2_ADVICE_SEQUENTIAL:
		flags = (flags & ~VM_RAND_READ) | VM_SEQ_READ;
		break;
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
		if (flags & VM_DROPPABLE)
			return -EINVAL;
		flags &= ~VM_WIPEONFORK;
		break;
	case CR2_ADVICE_HUGEPAGE:
		flags = (flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		break;
	case CR2_ADVICE_NOHUGEPAGE:
		flags = (flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		break;
	case CR2_ADVICE_MERGEABLE:
	case CR2_ADVICE_UNMERGEABLE:
		r = ksm_madvise(m, mm, vma, start, end, advice == CR2_ADVICE_MERGEABLE, &flags);
		break;
	default:
		return -EINVAL;
	}
	if (r < 0)
		return r;
	return flags == vma->flags ? 0 : vma_modify_flags(m, mm, start, end, flags);
}

/* Tables of which the range covers all entries go as well, but for those of markers that stay. */
static void free_covered_tables(struct cr2_model *m, struct process *mm, uint64_t start,
				uint64_t end)
{
	uint64_t first = (start + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);

	for (uint64_t at = first; at + CR2_HUGE_SIZE <= end; at += CR2_HUGE_SIZE)
		if (!has_markers(m, mm, at, at + CR2_HUGE_SIZE))
			free_pgtables(m, mm->cr3, at, at + CR2_HUGE_SIZE, at, at + CR2_HUGE_SIZE);
}

static int madvise_dontneed(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t start, uint64_t end, bool even_locked)
{
	if ((vma->flags & VM_LOCKED) && !even_locked)
		return -EINVAL;
	zap_page_range(m, mm, vma, start, end);
	if (m->profile->dontneed_frees_tables)
		free_covered_tables(m, mm, start, end);
	flush_tlb_range(m, mm, start, end);
	return 0;
}

/* A page that others map as well is left alone. */
static bool sole_mapper(const struct cr2_model *m, uint32_t pfn)
{
	return page_mapcount(m, pfn) == 1;
}

/* What an advice does to a small page, and to a 2 MiB page that the range covers. */
struct page_advice {
	void (*small)(struct cr2_model *m, struct process *mm, uint64_t *pte);
	/* Called for a page that a PMD maps. */
	void (*huge)(struct cr2_model *m, uint64_t *pmd);
	bool (*shared)(const struct cr2_model *m, uint32_t head);
	/* One that n PTEs map, as many as it has pages. */
	void (*whole)(struct cr2_model *m, uint64_t *ptes, uint32_t n);
	bool asks_first; /* kernels that ask one small page for its map count ask the first one */
};

/* The 2 MiB entry at address: is there none (left), so that small pages are to be visited? */
static bool huge_done(struct cr2_model *m, struct process *mm, uint64_t address, uint64_t end,
		      const struct page_advice *advice)
{
	uint64_t *pmd = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);
	uint32_t head;

	if (!pmd || !(*pmd & ENTRY_PS))
		return false;
	head = (uint32_t)pte_pfn(*pmd);
	if (head == m->huge_zero_page || advice->shared(m, head))
		return true;
	if (end - address < CR2_HUGE_SIZE)
		return split_huge_page(m, head) < 0;
	advice->huge(m, pmd);
	return true;
}

/*
 * How many of the n entries, which may differ in being writable or written to, map pages of one
 * folio, one after another?
 */
static uint32_t folio_pte_batch(const uint64_t *ptes, uint32_t n)
{
	const uint64_t same = ~(ENTRY_FRAME | ENTRY_RW | ENTRY_A | ENTRY_D | ENTRY_SAVED_DIRTY |
				ENTRY_SOFT_DIRTY);
	uint32_t i = 1;

	while (i < n && pte_present(ptes[i]) && pte_pfn(ptes[i]) == pte_pfn(ptes[0]) + i &&
	       !((ptes[i] ^ ptes[0]) & same))
		i++;
	return i;
}

/* How many pages the large page has that the entries, of which so many are left, map all of; 0: none. */
static uint32_t whole_large(const struct cr2_model *m, const uint64_t *ptes, uint64_t left)
{
	const struct folio folio = file_folio(m, (uint32_t)pte_pfn(ptes[0]));

	return folio.head == pte_pfn(ptes[0]) && folio.pages <= left &&
	       folio_pte_batch(ptes, folio.pages) == folio.pages ? folio.pages : 0;
}

/* A page of a 2 MiB page: split, so that it can be had alone? */
static bool page_split(struct cr2_model *m, uint32_t pfn, bool ask_first)
{
	uint32_t head = compound_head(m, pfn);

	return !large_maybe_shared(m, ask_first ? head : pfn) && split_huge_page(m, head) == 0;
}

static bool is_part_of_large(const struct cr2_model *m, uint64_t pfn)
{
	return page_at(m, pfn)->flags & (PG_HEAD | PG_TAIL);
}

/*
 * A disk file's folio at the first of so many entries: taken whole if they map all of it, else
 * split, which unmaps it. Returns how many of the entries are its.
 */
static uint32_t file_folio_advise(struct cr2_model *m, uint64_t *ptes, uint64_t left,
				  const struct page_advice *advice)
{
	uint32_t pfn = (uint32_t)pte_pfn(ptes[0]), n;
	struct folio folio = file_folio(m, pfn);
	uint32_t behind = folio.head + folio.pages - pfn;

	n = folio_pte_batch(ptes, left < behind ? (uint32_t)left : behind);
	if (n == folio.pages)
		advice->whole(m, ptes, n);
	else if (!folio_maybe_shared(m, folio))
		(void)split_folio(m, folio);
	return n;
}

static void each_small(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		       const struct page_advice *advice)
{
	uint64_t *pte = pgtable_entry(m, mm->cr3, start, CR2_LEVEL_PTE);
	uint32_t n;

	for (uint64_t at = start; pte && at < end; at += n * CR2_PAGE_SIZE, pte += n) {
		n = 1;
		if (!pte_present(*pte) || pte_pfn(*pte) == m->zero_page)
			continue;
		if (is_large_file(m, (uint32_t)pte_pfn(*pte))) {
			n = file_folio_advise(m, pte, (end - at) >> CR2_PAGE_SHIFT, advice);
			continue;
		}
		if (is_part_of_large(m, pte_pfn(*pte)) && m->profile->advice_takes_whole)
			n = whole_large(m, pte, (end - at) >> CR2_PAGE_SHIFT);
		if (n > 1) {
			advice->whole(m, pte, n);
			continue;
		}
		n = 1;
		if (is_part_of_large(m, pte_pfn(*pte)) &&
		    !page_split(m, (uint32_t)pte_pfn(*pte), advice->asks_first)) {
			if (m->profile->advice_asks_page)
				return;
			continue;
		}
		if (pte_present(*pte) && pte_pfn(*pte) != m->zero_page)
			advice->small(m, mm, pte);
	}
}

static void each_page(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		      const struct page_advice *advice)
{
	uint64_t first = start;

	while (start < end) {
		uint64_t stop = (start & ~(CR2_HUGE_SIZE - 1)) + CR2_HUGE_SIZE;

		if (stop > end)
			stop = end;
		if (!huge_done(m, mm, start, stop, advice))
			each_small(m, mm, start, stop, advice);
		start = stop;
	}
	flush_tlb_range(m, mm, first, end);
}

static void page_cold(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	(void)mm;
	if (sole_mapper(m, (uint32_t)pte_pfn(*pte)))
		*pte &= ~ENTRY_A;
}

static void huge_cold(struct cr2_model *m, uint64_t *pmd)
{
	(void)m;
	*pmd &= ~ENTRY_A;
}

/* A page mapped by n PTEs is exclusive if it has as many of them as frames. */
static bool sole_whole(const struct cr2_model *m, uint64_t pte, uint32_t n)
{
	return folio_mapcount(m, file_folio(m, (uint32_t)pte_pfn(pte))) == n;
}

static void whole_cold(struct cr2_model *m, uint64_t *ptes, uint32_t n)
{
	for (uint32_t i = 0; sole_whole(m, ptes[0], n) && i < n; i++)
		ptes[i] &= ~ENTRY_A;
}

static const struct page_advice cold = {
	.small = page_cold, .huge = huge_cold, .shared = large_maybe_shared, .whole = whole_cold,
};

static void page_out(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	if (!sole_mapper(m, (uint32_t)pte_pfn(*pte)))
		return;
	if (m->profile->pageout_ages)
		*pte &= ~ENTRY_A;
	reclaim_page(m, mm, pte);
}

static void huge_out(struct cr2_model *m, uint64_t *pmd)
{
	if (m->profile->pageout_ages)
		*pmd &= ~ENTRY_A;
	reclaim_huge_page(m, (uint32_t)pte_pfn(*pmd));
}

static void whole_out(struct cr2_model *m, uint64_t *ptes, uint32_t n)
{
	if (sole_whole(m, ptes[0], n))
		reclaim_huge_page(m, (uint32_t)pte_pfn(ptes[0]));
}

static const struct page_advice pageout = {
	.small = page_out, .huge = huge_out, .shared = large_maybe_shared, .whole = whole_out,
};

#define CLEAN (~(ENTRY_A | ENTRY_D | ENTRY_SAVED_DIRTY))

static void mark_lazyfree(struct page *page)
{
	page->flags = (uint16_t)((page->flags & ~PG_DIRTY) | PG_LAZYFREE);
}

/* What another process has locked is unevictable: its entry is clean from now on, and that is all. */
static void mark_small_lazyfree(struct cr2_model *m, uint32_t pfn)
{
	mark_lazyfree(page_of(m, pfn));
	if (!sole_mapper(m, pfn) && page_is_mlocked(m, pfn))
		page_of(m, pfn)->flags &= (uint16_t)~PG_LAZYFREE;
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
	mark_small_lazyfree(m, pfn);
	*pte &= CLEAN;
}

static void huge_free(struct cr2_model *m, uint64_t *pmd)
{
	mark_lazyfree(page_of(m, pte_pfn(*pmd)));
	*pmd &= CLEAN;
}

static bool huge_free_shared(const struct cr2_model *m, uint32_t head)
{
	return large_mapcount(m, head) != 1;
}

static void whole_free(struct cr2_model *m, uint64_t *ptes, uint32_t n)
{
	struct page *head = page_of(m, pte_pfn(ptes[0]));

	if ((head->flags & PG_DIRTY) && !sole_whole(m, ptes[0], n))
		return;
	mark_lazyfree(head);
	for (uint32_t i = 0; i < n; i++)
		ptes[i] &= CLEAN;
}

static const struct page_advice lazy_free = {
	.small = page_free, .huge = huge_free, .shared = huge_free_shared, .whole = whole_free,
	.asks_first = true,
};

static int madvise_free(struct cr2_model *m, struct process *mm, const struct vma *vma,
			uint64_t start, uint64_t end)
{
	if ((vma->flags & VM_LOCKED) || !vma_is_anonymous(vma))
		return -EINVAL;
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte && pte_is_swap(*pte))
			swap_free_entry(m, *pte);
		if (pte && (pte_is_swap(*pte) || pte_is_poisoned(*pte)))
			*pte = 0;
	}
	each_page(m, mm, start, end, &lazy_free);
	return 0;
}

static int madvise_reclaim(struct cr2_model *m, struct process *mm, const struct vma *vma,
			   uint64_t start, uint64_t end, const struct page_advice *advice)
{
	if (vma->flags & VM_LOCKED)
		return -EINVAL;
	each_page(m, mm, start, end, advice);
	return 0;
}

static int madvise_willneed(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t start, uint64_t end)
{
	bool major;

	if (!vma_is_anonymous(vma)) {
		force_page_cache_readahead(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, end));
		return 0;
	}
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte && pte_is_swap(*pte))
			swapin(m, swap_slot(*pte), &major);
	}
	return 0;
}

static int madvise_populate(struct cr2_model *m, struct process *mm, struct vma *vma,
			    uint64_t start, uint64_t end, bool write)
{
	if (!(vma->flags & (write ? VM_WRITE : VM_READ)) || vma_is_secretmem(m, vma) || !arch_vma_access_permitted(m, vma, write, false))
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
	uint64_t needed = VM_SHARED | VM_MAYWRITE;

	if ((vma->flags & VM_LOCKED) || vma_is_anonymous(vma))
		return -EINVAL;
	if ((vma->flags & needed) != needed)
		return -EACCES;
	if (vma_is_secretmem(m, vma))
		return -EOPNOTSUPP;
	if (object_at(m, vma->object)->seals & (CR2_SEAL_WRITE | CR2_SEAL_FUTURE_WRITE))
		return -EPERM;
	if (is_vm_hugetlb_page(vma))
		return hugetlb_punch_hole(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, end));
	return do_punch_hole(m, vma->object, vma_pgoff(vma, start), vma_pgoff(vma, end));
}

/* What there is of advice for the pool's pages, which are never reclaimed. */
static int madvise_hugetlb(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			   uint64_t end, enum cr2_advice advice)
{
	switch (advice) {
	case CR2_ADVICE_DONTNEED:
	case CR2_ADVICE_DONTNEED_LOCKED:
		return hugetlb_dontneed(m, mm, vma, start, end);
	case CR2_ADVICE_WILLNEED:
		return 0;
	case CR2_ADVICE_POPULATE_READ:
	case CR2_ADVICE_POPULATE_WRITE:
		return madvise_populate(m, mm, vma, start, end, advice == CR2_ADVICE_POPULATE_WRITE);
	case CR2_ADVICE_REMOVE:
		return madvise_remove(m, vma, start, end);
	default:
		return madvise_flags(m, mm, vma, start, end, advice);
	}
}

static int madvise_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
		       uint64_t end, enum cr2_advice advice)
{
	if (!can_modify_vma_madv(m, vma, advice))
		return -EPERM;
	if (is_vm_hugetlb_page(vma))
		return madvise_hugetlb(m, mm, vma, start, end, advice);
	switch (advice) {
	case CR2_ADVICE_DONTNEED:
	case CR2_ADVICE_DONTNEED_LOCKED:
		return madvise_dontneed(m, mm, vma, start, end, advice == CR2_ADVICE_DONTNEED_LOCKED);
	case CR2_ADVICE_FREE:
		return madvise_free(m, mm, vma, start, end);
	case CR2_ADVICE_COLD:
		return madvise_reclaim(m, mm, vma, start, end, &cold);
	case CR2_ADVICE_PAGEOUT:
		return madvise_reclaim(m, mm, vma, start, end, &pageout);
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
	case CR2_ADVICE_GUARD_INSTALL:
		return madvise_guard_install(m, mm, vma, start, end);
	case CR2_ADVICE_GUARD_REMOVE:
		guard_remove(m, mm, start, end);
		return 0;
	default:
		return madvise_flags(m, mm, vma, start, end, advice);
	}
}

/* Faulting in advance may end at a hole; every other advice passes over it. */
static bool is_populate(enum cr2_advice advice)
{
	return advice == CR2_ADVICE_POPULATE_READ || advice == CR2_ADVICE_POPULATE_WRITE;
}

static bool madvise_behavior_valid(const struct cr2_model *m, enum cr2_advice advice)
{
	return m->profile->guard_pages ||
	       (advice != CR2_ADVICE_GUARD_INSTALL && advice != CR2_ADVICE_GUARD_REMOVE);
}

int do_madvise(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
	       enum cr2_advice advice)
{
	uint64_t end = start + ((length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK);
	int unmapped = 0;

	if (advice == CR2_ADVICE_HWPOISON || advice == CR2_ADVICE_SOFT_OFFLINE)
		return madvise_inject_error(m, mm, start, end, advice == CR2_ADVICE_SOFT_OFFLINE);
	if (!madvise_behavior_valid(m, advice) || (start & ~CR2_PAGE_MASK) || end < start)
		return -EINVAL;
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop;
		int r;

		if (!vma || vma->start >= end)
			return -ENOMEM;
		if (start < vma->start && is_populate(advice) &&
		    m->profile->populate_ends_at_hole)
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

static bool process_madvise_remote_valid(enum cr2_advice advice)
{
	return advice == CR2_ADVICE_COLD || advice == CR2_ADVICE_PAGEOUT || advice == CR2_ADVICE_WILLNEED ||
	       advice == CR2_ADVICE_COLLAPSE;
}

/* One range after another, as far as it goes: a call that has advised something succeeds. */
int process_madvise(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const bool own = process_at(m, op->by)->space == mm->number && m->profile->process_madvise_self;
	struct cr2_op second;
	uint64_t done = 0;
	int r = own || process_madvise_remote_valid(op->advice) ? 0 : -EINVAL;

	if (r == 0)
		r = do_madvise(m, mm, op->address, op->length, op->advice);
	if (r < 0)
		return r;
	done = op->length;
	if (!cr2_op_second(op, &second))
		return 0;
	if (do_madvise(m, mm, second.address, second.length, second.advice) == 0)
		done += second.length;
	m->outcome->has_value = true;
	m->outcome->value = (uint32_t)done;
	return 0;
}
