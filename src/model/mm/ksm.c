/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/ksm.c: anonymous pages that hold the same become one, which nobody may write to. The scanner goes through
 * what is advised mergeable, process by process in the order in which they came, until there is nothing left to merge:
 * what it waits for, that a page holds the same twice, has come about then. Left out: large pages, swap, the zero page
 * in place of a merged one (use_zero_pages), and pages of more than max_page_sharing places.
 */
#include <stdlib.h>

#include "mm.h"

/* A place that the scanner comes to. */
struct rmap_item {
	struct process *mm;
	const struct vma *vma;
	uint64_t address;
};
struct ksm_scan {
	struct rmap_item *items; /* in its order */
	size_t n;
	struct tree stable; /* merged pages, by what they hold */
	struct tree unstable; /* items, counted from 1, of pages met in this pass, by what they hold */
	bool again; /* another pass is needed: a place was met that holds something new */
};

/* What the page holds, as a number. */
static uint64_t calc_checksum(const struct cr2_model *m, uint32_t pfn)
{
	const struct frame *frame = phys_frame(&m->phys, pfn);
	uint64_t sum = 0xcbf29ce484222325ULL;

	for (unsigned at = 0; at < PHYS_FRAME; at += 8)
		sum = (sum ^ frame_load64(frame, at)) * 0x9e3779b97f4a7c15ULL;
	return sum;
}

static bool pages_identical(const struct cr2_model *m, uint32_t one, uint32_t other)
{
	const struct frame *a = phys_frame(&m->phys, one), *b = phys_frame(&m->phys, other);

	for (unsigned at = 0; at < PHYS_FRAME; at += 8)
		if (frame_load64(a, at) != frame_load64(b, at))
			return false;
	return true;
}

/* The entry of an anonymous page; else NULL. */
static uint64_t *anon_pte(struct cr2_model *m, const struct process *mm, uint64_t address)
{
	uint64_t *pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);

	return pte && pte_present(*pte) && page_at(m, pte_pfn(*pte))->flags & PG_ANON ? pte : NULL;
}

/* Whatever becomes of it, nobody writes to it while it is compared; dirty the page is itself. */
static void write_protect_page(struct cr2_model *m, const struct rmap_item *item, uint64_t *pte)
{
	struct page *page = page_of(m, pte_pfn(*pte));

	page->flags &= (uint16_t)~PG_EXCLUSIVE;
	if (pte_dirty(*pte))
		page->flags |= PG_DIRTY;
	*pte &= ~(ENTRY_RW | ENTRY_D | ENTRY_SAVED_DIRTY);
	flush_tlb_page(m, item->mm, item->address);
}

/* The place gets the merged page in place of its own. */
static void replace_page(struct cr2_model *m, const struct rmap_item *item, uint32_t kpfn)
{
	uint64_t *pte = anon_pte(m, item->mm, item->address);
	uint32_t pfn = (uint32_t)pte_pfn(*pte);
	uint64_t soft = m->profile->ksm_keeps_soft_dirty ? *pte & ENTRY_SOFT_DIRTY : 0;

	write_protect_page(m, item, pte);
	*pte = pte_make(kpfn, private_page_prot(item->vma)) | soft;
	page_add_map(m, item->mm, kpfn, page_of(m, kpfn));
	page_sub_map(m, item->mm, pfn, page_of(m, pfn));
}

static void remember(struct cr2_model *m, struct tree *tree, uint64_t sum, uint32_t value)
{
	if (tree_set(&m->trees, tree, sum, value) < 0)
		m->failed = true;
}

/* Does the place hold what it held when it was last met? It is met again only if it does not change in between. */
static bool is_settled(struct cr2_model *m, struct ksm_scan *scan, const struct rmap_item *item, uint64_t sum)
{
	const uint64_t page = item->address >> CR2_PAGE_SHIFT;
	uint32_t old;

	if (tree_find(&m->trees, &item->mm->ksm_met, page, &old) && old == (uint32_t)sum)
		return true;
	remember(m, &item->mm->ksm_met, page, (uint32_t)sum);
	scan->again = true;
	return false;
}

/* Of two equal pages the one that was met first gives way to the other, which is merged from then on. Did any? */
static bool cmp_and_merge_page(struct cr2_model *m, struct ksm_scan *scan, size_t i)
{
	const struct rmap_item *item = &scan->items[i], *first;
	uint64_t *pte = anon_pte(m, item->mm, item->address), sum;
	uint32_t pfn, other;

	if (!pte || page_at(m, pte_pfn(*pte))->flags & PG_KSM)
		return false;
	pfn = (uint32_t)pte_pfn(*pte);
	sum = calc_checksum(m, pfn);
	if (tree_find(&m->trees, &scan->stable, sum, &other) && pages_identical(m, pfn, other)) {
		replace_page(m, item, other);
		return true;
	}
	if (!is_settled(m, scan, item, sum))
		return false;
	if (!tree_find(&m->trees, &scan->unstable, sum, &other)) {
		remember(m, &scan->unstable, sum, (uint32_t)i + 1);
		return false;
	}
	first = &scan->items[other - 1];
	other = (uint32_t)pte_pfn(*anon_pte(m, first->mm, first->address));
	/* Fork made them one already. */
	if (other == pfn || !pages_identical(m, pfn, other))
		return false;
	write_protect_page(m, item, pte);
	page_of(m, pfn)->flags |= PG_KSM | PG_DIRTY;
	remember(m, &scan->stable, sum, pfn);
	replace_page(m, first, pfn);
	return true;
}

static void forget(struct cr2_model *m, struct tree *tree)
{
	struct tree_entry entry;

	while (tree_from(&m->trees, tree, 0, &entry))
		tree_delete(&m->trees, tree, entry.key);
}

/* Pass by pass: what fork shares already is merged one mapping a pass. */
static void merge_all(struct cr2_model *m, struct ksm_scan *scan)
{
	scan->again = true;
	while (scan->again && !m->failed) {
		scan->again = false;
		for (size_t i = 0; i < scan->n; i++)
			if (cmp_and_merge_page(m, scan, i))
				scan->again = true;
		forget(m, &scan->unstable);
	}
	forget(m, &scan->stable);
}

/* Its pages; or, where scan is NULL, how many there are. */
static size_t list_pages(struct cr2_model *m, struct process *mm, const struct vma *vma, struct ksm_scan *scan)
{
	size_t n = 0;

	for (uint64_t at = vma->start; (at = pgtable_next(m, mm->cr3, at, vma->end)) < vma->end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = anon_pte(m, mm, at);

		if (!pte)
			continue;
		n++;
		if (!scan)
			continue;
		scan->items[scan->n++] = (struct rmap_item){mm, vma, at};
		if (page_at(m, pte_pfn(*pte))->flags & PG_KSM)
			remember(m, &scan->stable, calc_checksum(m, (uint32_t)pte_pfn(*pte)), (uint32_t)pte_pfn(*pte));
	}
	return n;
}

static bool has_mergeable(const struct cr2_model *m, const struct process *mm)
{
	for (const struct vma *vma = vma_at(m, mm->first_vma); vma; vma = vma_at(m, vma->after))
		if (vma->flags & VM_MERGEABLE)
			return true;
	return false;
}

void ksm_exit(struct cr2_model *m, struct process *mm)
{
	forget(m, &mm->ksm_met);
	mm->ksm = 0;
}

/* What was met is known of places that still have a page to merge. */
static void keep_met(struct cr2_model *m, const struct ksm_scan *scan, struct process *mm, size_t first)
{
	struct tree met = {0};
	uint32_t sum;

	for (size_t i = first; i < scan->n; i++) {
		const uint64_t page = scan->items[i].address >> CR2_PAGE_SHIFT;

		if (tree_find(&m->trees, &mm->ksm_met, page, &sum))
			remember(m, &met, page, sum);
	}
	forget(m, &mm->ksm_met);
	mm->ksm_met = met;
}

/* A process without anything to merge leaves, until it is told again that there is. */
static size_t list_process(struct cr2_model *m, struct process *mm, struct ksm_scan *scan)
{
	const size_t first = scan ? scan->n : 0;
	size_t n = 0;

	for (const struct vma *vma = vma_at(m, mm->first_vma); vma; vma = vma_at(m, vma->after))
		if (vma->flags & VM_MERGEABLE)
			n += list_pages(m, mm, vma, scan);
	if (scan)
		keep_met(m, scan, mm, first);
	if (!has_mergeable(m, mm))
		ksm_exit(m, mm);
	return n;
}

/* Who came to KSM next after number; NULL: nobody. */
static struct process *next_mm(struct cr2_model *m, uint32_t number)
{
	size_t found = m->n_processes;

	for (size_t i = 0; i < m->n_processes; i++) {
		const struct process *mm = process_at(m, i);

		if (mm->alive && mm->ksm > number && (found == m->n_processes || mm->ksm < process_at(m, found)->ksm))
			found = i;
	}
	return found < m->n_processes ? process_of(m, found) : NULL;
}

static size_t list_all(struct cr2_model *m, struct ksm_scan *scan)
{
	struct process *mm = NULL;
	uint32_t number = 0;
	size_t n = 0;

	while ((mm = next_mm(m, number))) {
		number = mm->ksm;
		n += list_process(m, mm, scan);
	}
	return n;
}

/* As many full scans as it takes. */
void ksm_do_scan(struct cr2_model *m)
{
	struct ksm_scan scan = {0};
	bool any = false;
	size_t n;

	for (size_t i = 0; i < m->n_processes && !any; i++)
		any = process_at(m, i)->ksm && process_at(m, i)->alive && has_mergeable(m, process_at(m, i));
	n = any ? list_all(m, NULL) : 0;
	if (!n)
		return;
	scan.items = calloc(n, sizeof(*scan.items));
	if (!scan.items) {
		m->failed = true;
		return;
	}
	list_all(m, &scan);
	merge_all(m, &scan);
	free(scan.items);
}

static void ksm_enter(struct cr2_model *m, struct process *mm)
{
	if (!mm->ksm)
		mm->ksm = ++m->next_ksm;
}

void ksm_fork(struct cr2_model *m, struct process *child, const struct process *parent)
{
	if (parent->ksm)
		ksm_enter(m, child);
}

/* What is shared, or no process's to merge, is passed over without a word. */
static bool vma_ksm_compatible(const struct vma *vma)
{
	return !(vma->flags & (VM_SHARED | VM_MAYSHARE | VM_DONTEXPAND | VM_HUGETLB | VM_DROPPABLE));
}

/* Each place gets a page of its own again, by a fault that is no exception, if the page is found there. 0 or -ENOMEM. */
int unmerge_ksm_pages(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start, uint64_t end)
{
	const uint32_t flags = FAULT_FLAG_REMOTE | (m->profile->ksm_unshares ? FAULT_FLAG_UNSHARE : FAULT_FLAG_WRITE);
	enum vm_fault_result r = VM_FAULT_DONE;

	for (uint64_t at = start; r == VM_FAULT_DONE && (at = pgtable_next(m, mm->cr3, at, end)) < end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = anon_pte(m, mm, at);

		if (pte && (*pte & ENTRY_P || !m->profile->gup_takes_hints) && page_at(m, pte_pfn(*pte))->flags & PG_KSM)
			r = fault_in(m, mm, vma, at, flags);
	}
	return r == VM_FAULT_DONE ? 0 : -ENOMEM;
}

int ksm_madvise(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start, uint64_t end, bool on,
		uint64_t *flags)
{
	int r = 0;

	if (on && vma_ksm_compatible(vma)) {
		ksm_enter(m, mm);
		*flags |= VM_MERGEABLE;
	}
	if (on || !(*flags & VM_MERGEABLE))
		return 0;
	if (vma->anon_vma)
		r = unmerge_ksm_pages(m, mm, vma, start, end);
	if (r == 0)
		*flags &= ~VM_MERGEABLE;
	return r;
}

/* Held from elsewhere, a page is not merged, but each pass tries, and gives its equal another frame. */
static bool is_held(const struct cr2_model *m, const struct process *mm, const struct vma *vma)
{
	for (uint64_t at = vma->start; (at = pgtable_next(m, mm->cr3, at, vma->end)) < vma->end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_peek(m, mm->cr3, at, CR2_LEVEL_PTE);
		const struct page *page = pte && pte_present(*pte) ? page_at(m, pte_pfn(*pte)) : NULL;

		if (page && page->flags & PG_ANON && page->refcount != page->mapcount)
			return true;
	}
	return false;
}

static const char *refuses_mapping(const struct cr2_model *m, const struct process *mm, const struct vma *vma)
{
	if (!(vma->flags & VM_MERGEABLE))
		return NULL;
	if (vma->flags & VM_UFFD)
		return "KSM where userfaultfd watches";
	/* What it met first is not found again there, nor is what was met behind it in its tree. */
	if (m->profile->gup_takes_hints && !(vma->flags & VM_ACCESS))
		return "KSM of memory that nobody may access, before 6.6";
	return is_held(m, mm, vma) ? "KSM and pages that somebody else refers to" : NULL;
}

const char *ksm_refuses(const struct cr2_model *m, const struct cr2_op *op)
{
	const char *reason = NULL;

	if (op->kind == CR2_OP_ADVISE && (op->advice == CR2_ADVICE_HWPOISON || op->advice == CR2_ADVICE_SOFT_OFFLINE) && m->next_ksm)
		return "frames that are lost, or given up, where KSM merges";
	if (op->kind != CR2_OP_KSM_SCAN)
		return NULL;
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "KSM, which the course leaves out";
	if (m->config.thp != CR2_THP_NEVER || m->config.swap)
		return m->config.swap ? "KSM where there is swap" : "KSM with transparent huge pages";
	for (size_t i = 0; i < m->n_processes && !reason; i++) {
		const struct process *mm = process_at(m, i);
		const struct vma *vma = mm->alive && mm->space == mm->number ? vma_at(m, mm->first_vma) : NULL;

		for (; vma && !reason; vma = vma_at(m, vma->after))
			reason = refuses_mapping(m, mm, vma);
	}
	return reason;
}
