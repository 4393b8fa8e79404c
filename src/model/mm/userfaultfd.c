/* SPDX-License-Identifier: MIT */
/*
 * Twin of fs/userfaultfd.c and mm/userfaultfd.c: memory whose missing pages come from the program
 * itself. A fault ends in a signal (UFFD_FEATURE_SIGBUS), or another thread of the program answers
 * it. Only faults of user mode are handed over (UFFD_USER_MODE_ONLY), and no event is asked for, so
 * that fork and mremap leave nothing registered. Left out: shared memory, write protection, minor
 * faults, UFFDIO_MOVE and UFFDIO_POISON, and huge pages.
 */
#include "mm.h"

#define ANSWER 0xC3 /* the byte that the thread fills pages with: files' */

static int mfill_atomic(struct cr2_model *m, struct process *mm, const struct cr2_op *op);

/* What the thread does while the fault waits. */
static void answer(struct vm_fault *vmf)
{
	const struct cr2_op op = {
		.kind = CR2_OP_UFFD_COPY,
		.address = vmf->address & CR2_PAGE_MASK,
		.length = CR2_PAGE_SIZE,
		.value = ANSWER,
	};

	if (mfill_atomic(vmf->m, vmf->mm, &op) < 0)
		vmf->m->failed = true;
}

/*
 * Woken, the kernel tries the fault again, which counts as major then; but where it waited under
 * the mapping's own lock, it only begins anew.
 */
static enum vm_fault_result wait_for_answer(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	cr2_stage_fn *observer = m->observer;
	struct vm_fault again;
	enum vm_fault_result r;

	m->observer = NULL;
	answer(vmf);
	vm_fault_init(&again, m, vmf->mm, vmf->vma, vmf->address, vmf->flags & ~FAULT_FLAG_VMA_LOCK, NULL);
	r = m->failed ? VM_FAULT_OOM : handle_mm_fault(&again);
	m->observer = observer;
	vmf->major = again.major || !(vmf->flags & FAULT_FLAG_VMA_LOCK) || !m->profile->uffd_vma_lock;
	if (r != VM_FAULT_DONE)
		return r;
	vmf->pte = pgtable_entry(m, vmf->mm->cr3, vmf->address, CR2_LEVEL_PTE);
	vmf->path = CR2_PATH_USERFAULT;
	fault_new_page(vmf, pte_pfn(*vmf->pte), vmf->major ? CR2_PAGE_ANSWERED_LATE : CR2_PAGE_ANSWERED);
	return VM_FAULT_DONE;
}

enum vm_fault_result handle_userfault(struct vm_fault *vmf)
{
	/* By now a write has all but the page: an anon_vma, which the mapping keeps. */
	if (fault_is_write(vmf))
		anon_vma_prepare(vmf->m, vmf->vma);
	if (!vmf->mm->uffd_sigbus && (vmf->flags & FAULT_FLAG_USER))
		return wait_for_answer(vmf);
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
	if (op->flags && !mm->uffd) {
		mm->uffd = true;
		mm->uffd_sigbus = op->flags & CR2_UFFD_SIGBUS;
	}
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
