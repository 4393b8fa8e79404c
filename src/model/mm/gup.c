/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/gup.c: faults taken on a process's behalf, without an exception (MAP_POPULATE,
 * mlock, madvise populate). They stop at the first that cannot be settled.
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

	if (pte && pte_present(*pte) && !pte_dirty(*pte))
		page_of(m, pte_pfn(*pte))->flags |= PG_DIRTY;
}

int faultin_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		 bool write)
{
	cr2_stage_fn *observer = m->observer;
	enum vm_fault_result r = VM_FAULT_DONE;

	/* No exception, nothing to narrate. */
	m->observer = NULL;
	while (r == VM_FAULT_DONE && !satisfied(m, mm, address, write)) {
		struct vm_fault vmf;

		vm_fault_init(&vmf, m, mm, vma, address,
			      FAULT_FLAG_ALLOW_RETRY | (write ? FAULT_FLAG_WRITE : 0), NULL);
		vmf.in_advance = true;
		r = handle_mm_fault(&vmf);
	}
	m->observer = observer;
	if (r == VM_FAULT_DONE && write)
		touch_page(m, mm, address);
	return r == VM_FAULT_DONE ? 0 : r == VM_FAULT_OOM ? -ENOMEM : r == VM_FAULT_HWPOISON ? -EHWPOISON : -EFAULT;
}

/* Private writable pages are populated by writing, so that they are there to stay. */
static int populate_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			uint64_t end)
{
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	int r = vma->flags & VM_ACCESS ? 0 : -EFAULT;

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
