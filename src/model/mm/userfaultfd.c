/* SPDX-License-Identifier: MIT */
/*
 * Twin of fs/userfaultfd.c and mm/userfaultfd.c: memory whose missing pages come from the program
 * itself. Here every fault ends in a signal (UFFD_FEATURE_SIGBUS), and no event is asked for, so
 * that fork and mremap leave nothing registered. Left out: shared memory, write protection, minor
 * faults, UFFDIO_MOVE and UFFDIO_POISON, and huge pages.
 */
#include "mm.h"

/* By now a write has all but the page: an anon_vma, which the mapping keeps. */
enum vm_fault_result handle_userfault(struct vm_fault *vmf)
{
	if (fault_is_write(vmf))
		anon_vma_prepare(vmf->m, vmf->vma);
	vmf->path = CR2_PATH_SIGBUS;
	return VM_FAULT_SIGBUS;
}

/* Holes are passed over, but one mapping there must be. */
static int check_mappings(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	const struct vma *vma = find_vma(m, mm, start);

	if (!vma || vma->start >= end)
		return -EINVAL;
	for (; vma && vma->start < end; vma = vma_at(m, vma->after))
		if (!vma_is_anonymous(vma))
			return -EINVAL;
	return 0;
}

/* Before, the neighbour above was compared with the page offset that the whole mapping begins at. */
static int change_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
			uint64_t flags)
{
	int r;

	if (m->profile->uffd_merges_parts || vma_lookup(m, mm, start)->start == start)
		return vma_modify_flags(m, mm, start, end, flags);
	r = vma_split(m, mm, start);
	if (r == 0)
		r = vma_split(m, mm, end);
	if (r == 0)
		vma_lookup(m, mm, start)->flags = flags;
	return r;
}

static int userfaultfd_register(struct cr2_model *m, struct process *mm, uint64_t start,
				uint64_t end, uint64_t mode)
{
	int r = check_mappings(m, mm, start, end);

	while (r == 0 && start < end) {
		const struct vma *vma = find_vma(m, mm, start);
		uint64_t flags, stop;

		if (!vma || vma->start >= end)
			break;
		if (start < vma->start)
			start = vma->start;
		stop = vma->end < end ? vma->end : end;
		flags = (vma->flags & ~VM_UFFD_MISSING) | mode;
		if (flags != vma->flags)
			r = change_flags(m, mm, start, stop, flags);
		start = stop;
	}
	return r;
}

/* Filling is no access: rights do not matter, but for what the entry allows from then on. */
static int mfill_atomic_pte(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t address, const struct cr2_op *op)
{
	uint64_t *pte = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PTE), entry;
	struct page *page;
	uint32_t pfn;

	if (!pte)
		return -ENOMEM;
	/* A copy takes the place of a guard page, the zero page does not. */
	if (!pte_none(*pte) && (op->kind == CR2_OP_UFFD_ZERO || !pte_is_guard(*pte)))
		return -EEXIST;
	if (op->kind == CR2_OP_UFFD_ZERO) {
		*pte = pte_make(m->zero_page, vma_page_prot(m, vma) | ENTRY_SPECIAL);
		return 0;
	}
	pfn = alloc_page(m, &page);
	if (!pfn)
		return -ENOMEM;
	phys_fill(&m->phys, pfn, op->value);
	page_add_anon_rmap(m, page, vma, address);
	entry = pte_mkdirty(m, pte_make(pfn, vma_page_prot(m, vma)));
	*pte = vma->flags & VM_WRITE ? pte_mkwrite(entry) : pte_wrprotect(m, entry);
	return 0;
}

/* What it did before it failed stays done, and is said by another error. */
static int mfill_atomic(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t start = op->address, end = start + op->length;
	struct vma *vma = vma_lookup(m, mm, start);

	if (!vma)
		return -ENOENT;
	if (m->profile->uffd_prepares_first && !(vma->flags & VM_SHARED))
		anon_vma_prepare(m, vma);
	if (end > vma->end || !(vma->flags & VM_UFFD_MISSING))
		return -ENOENT;
	anon_vma_prepare(m, vma);
	for (uint64_t address = start; address < end; address += CR2_PAGE_SIZE) {
		int r = mfill_atomic_pte(m, mm, vma, address, op);

		if (r < 0)
			return address == start ? r : -EAGAIN;
	}
	return 0;
}

int do_userfaultfd(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t start = op->address, length = op->length;

	if (((start | length) & ~CR2_PAGE_MASK) || !length || start > task_size_max(m) ||
	    length > task_size_max(m) - start)
		return -EINVAL;
	if (op->kind != CR2_OP_UFFD)
		return mfill_atomic(m, mm, op);
	return userfaultfd_register(m, mm, start, start + length,
				    op->flags & CR2_UFFD_MISSING ? VM_UFFD_MISSING : 0);
}

const char *userfaultfd_refuses(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	const struct vma *vma = find_vma(m, mm, op->address);

	if (m->config.profile == CR2_PROFILE_COURSE)
		return "userfaultfd, which the course leaves out";
	if (m->config.thp != CR2_THP_NEVER)
		return "userfaultfd with transparent huge pages";
	for (; op->kind == CR2_OP_UFFD && vma && vma->start < op->address + op->length;
	     vma = vma_at(m, vma->after))
		if (!vma_is_anonymous(vma) && object_at(m, vma->object)->kind != OBJECT_FILE)
			return "userfaultfd on shared memory or tmpfs";
	return NULL;
}
