/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/gup.c: faults taken on a process's behalf, without an exception (MAP_POPULATE,
 * mlock, madvise populate, another's reach into its memory). They stop at the first that cannot be settled.
 */
#include "base/linux_errno.h"
#include "mm.h"

static bool satisfied(const struct cr2_model *m, const struct process *mm, uint64_t address,
		      bool write)
{
	const uint64_t *pte = leaf_peek(m, mm, address);

	return pte && (*pte & ENTRY_P) && (!write || (*pte & ENTRY_RW));
}

/* Looked up for writing, a page counts as written to, by whatever entry it is mapped. */
static void touch_page(struct cr2_model *m, const struct process *mm, uint64_t address)
{
	const uint64_t *pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
	uint64_t *pmd = pte ? NULL : pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);

	/* A PMD is made dirty itself: of those of anonymous memory all are that may be written to. */
	if (pmd && *pmd & ENTRY_PS)
		*pmd = pte_mkdirty(m, *pmd);
	if (pte && pte_present(*pte) && !pte_dirty(*pte))
		page_of(m, pte_pfn(*pte))->flags |= PG_DIRTY;
}

/* No exception, nothing to narrate. */
static enum vm_fault_result fault_in(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
				     uint32_t flags)
{
	cr2_stage_fn *observer = m->observer;
	enum vm_fault_result r;
	struct vm_fault vmf;

	m->observer = NULL;
	vm_fault_init(&vmf, m, mm, vma, address, FAULT_FLAG_ALLOW_RETRY | flags, NULL);
	vmf.in_advance = true;
	r = handle_mm_fault(&vmf);
	m->observer = observer;
	return r;
}

int faultin_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		 bool write)
{
	enum vm_fault_result r = VM_FAULT_DONE;

	while (r == VM_FAULT_DONE && !satisfied(m, mm, address, write))
		r = fault_in(m, mm, vma, address, write ? FAULT_FLAG_WRITE : 0);
	if (r == VM_FAULT_DONE && write)
		touch_page(m, mm, address);
	return r == VM_FAULT_DONE ? 0 : r == VM_FAULT_OOM ? -ENOMEM : r == VM_FAULT_HWPOISON ? -EHWPOISON : -EFAULT;
}

/*
 * May the page be written to although its entry does not allow it? It is the process's alone, in a private mapping that
 * the process itself may not write to. faulted: where no page has a mark that says so, its last fault has seen to it.
 */
static bool can_follow_write(const struct cr2_model *m, const struct vma *vma, uint64_t pte, bool faulted)
{
	const struct page *page = page_at(m, pte_pfn(pte));

	if (pte & ENTRY_RW)
		return true;
	if (vma->flags & (VM_SHARED | VM_WRITE) || pte_uffd_wp(vma, pte) || !(page->flags & PG_ANON))
		return false;
	return m->profile->anon_exclusive ? page->flags & PG_EXCLUSIVE : faulted;
}

/* The entry that leads to the page, faulted in as far as it must be; NULL: it cannot. */
static const uint64_t *follow_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
				   bool write)
{
	const uint32_t flags = FAULT_FLAG_REMOTE | FAULT_FLAG_KILLABLE | (write ? FAULT_FLAG_WRITE : 0);

	for (bool faulted = false;; faulted = true) {
		const uint64_t *pte = leaf_peek(m, mm, address);

		if (pte && pte_present(*pte) && (!write || can_follow_write(m, vma, *pte, faulted)))
			return pte;
		if (fault_in(m, mm, vma, address, flags) != VM_FAULT_DONE || m->failed)
			return NULL;
	}
}

/* Only where it is shared, or of the pool, does it count what the mapping forbids. */
int access_remote_vm(struct cr2_model *m, struct process *mm, uint64_t address, bool write, uint8_t *value)
{
	struct vma *vma = find_vma(m, mm, address);
	const uint64_t *entry;
	uint64_t physical;
	uint32_t pfn;

	if (!vma || (vma->start > address && (!(vma->flags & VM_GROWSDOWN) || expand_stack(m, mm, vma, address) < 0)))
		return -EIO;
	if (write && !(vma->flags & VM_WRITE) &&
	    (vma->flags & VM_SHARED || (is_vm_hugetlb_page(vma) && !m->profile->hugetlb_forced)))
		return -EIO;
	entry = follow_page(m, mm, vma, address, write);
	if (!entry)
		return -EIO;
	pfn = (uint32_t)pte_pfn(*entry);
	if (*entry & ENTRY_PS && entry == pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD))
		pfn += (uint32_t)level_index(address, CR2_LEVEL_PTE);
	if (write && is_vm_hugetlb_page(vma))
		touch_page(m, mm, address);
	physical = (uint64_t)pfn << CR2_PAGE_SHIFT | (address & ~CR2_PAGE_MASK);
	if (!write) {
		*value = phys_read8(&m->phys, physical);
		return 0;
	}
	if (phys_write8(&m->phys, physical, *value) < 0)
		m->failed = true;
	folio_mark_dirty(m, page_at(m, pfn)->flags & PG_ANON ? compound_head(m, pfn) : pfn);
	return 0;
}

/* Private writable pages are populated by writing, so that they are there to stay. */
static int populate_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			uint64_t end)
{
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	int r = vma->flags & VM_ACCESS && arch_vma_access_permitted(m, vma, write, false) ? 0 : -EFAULT;

	if (vma->flags & VM_LOCKONFAULT)
		return 0;
	for (uint64_t address = start; r == 0 && address < end; address += CR2_PAGE_SIZE)
		r = faultin_page(m, mm, vma, address, write);
	return r;
}

/* [start, end) without a hole; the first error ends it. */
int populate_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop = vma->end < end ? vma->end : end;
		int r = populate_vma(m, mm, vma, start, stop);

		if (r < 0)
			return r;
		start = stop;
	}
	return 0;
}

/* mmap() has succeeded by now: an error is for the next access to find. */
void mm_populate(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	while (start < end) {
		struct vma *vma = find_vma(m, mm, start);
		uint64_t stop;

		if (!vma || vma->start >= end)
			return;
		if (start < vma->start)
			start = vma->start;
		stop = vma->end < end ? vma->end : end;
		(void)populate_vma(m, mm, vma, start, stop);
		start = stop;
	}
}
