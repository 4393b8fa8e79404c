/* SPDX-License-Identifier: MIT */
/*
 * Twin of ipc/shm.c: System V's shared memory, which is tmpfs behind another file for each attach. That file's
 * mappings have no fault-around, are none of userfaultfd's, and never give way to a neighbour. Who may attach,
 * and when a segment goes, is left out.
 */
#include "../mm/mm.h"

int do_shmat(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	return object_at(m, object_find(m, op->object))->absent ? -EINVAL : do_mmap(m, mm, op);
}

/* A part of what was attached at address, as munmap() and mprotect() leave it. */
static bool is_fragment(const struct vma *vma, uint64_t address)
{
	return vma->attached && vma->start >= address && (vma->start - address) >> CR2_PAGE_SHIFT == vma->page_offset;
}

/* The first, whatever its size, and others of the same attach as far as the segment reaches. */
int do_shmdt(struct cr2_model *m, struct process *mm, uint64_t address)
{
	const struct vma *vma = find_vma(m, mm, address);
	uint64_t end, at;
	uint32_t attached;

	while (vma && !is_fragment(vma, address))
		vma = vma_at(m, vma->after);
	if (!vma)
		return -EINVAL;
	attached = vma->attached;
	end = address + (object_at(m, vma->object)->pages << CR2_PAGE_SHIFT);
	do {
		at = vma->end;
		if (vma->attached == attached && is_fragment(vma, address))
			(void)do_munmap(m, mm, vma->start, at - vma->start);
		vma = find_vma(m, mm, at);
	} while (vma && vma->end <= end);
	return 0;
}
