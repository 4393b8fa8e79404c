/* SPDX-License-Identifier: MIT */
/* Twin of mm/mlock.c. */
#include "base/linux_errno.h"
#include "mm.h"

static int mlock_fixup(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		       bool lock)
{
	uint64_t flags = vma_lookup(m, mm, start)->flags, pages = (end - start) >> CR2_PAGE_SHIFT;
	int r;

	if (!(flags & VM_LOCKED) == !lock)
		return 0;
	r = vma_modify_flags(m, mm, start, end, flags ^ VM_LOCKED);
	if (r == 0)
		mm->locked_pages += lock ? pages : -pages;
	return r;
}

static int apply(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool lock)
{
	while (start < end) {
		struct vma *vma = vma_lookup(m, mm, start);
		uint64_t stop;
		int r;

		if (!vma)
			return -ENOMEM;
		stop = vma->end < end ? vma->end : end;
		r = mlock_fixup(m, mm, start, stop, lock);
		if (r < 0)
			return r;
		start = stop;
	}
	return 0;
}

/* Pages of the range that are locked already do not count twice. */
static uint64_t locked_in(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	const struct vma *vma = find_vma(m, mm, start);
	uint64_t n = 0;

	for (; vma && vma->start < end; vma = vma_of(m, vma->after)) {
		uint64_t from = vma->start > start ? vma->start : start;
		uint64_t to = vma->end < end ? vma->end : end;

		if (vma->flags & VM_LOCKED)
			n += (to - from) >> CR2_PAGE_SHIFT;
	}
	return n;
}

int do_mlock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	uint64_t end = (start + length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK, pages;
	int r;

	start &= CR2_PAGE_MASK;
	if (end < start)
		return -EINVAL;
	pages = ((end - start) >> CR2_PAGE_SHIFT) + mm->locked_pages - locked_in(m, mm, start, end);
	if (pages << CR2_PAGE_SHIFT > m->config.lock_limit)
		return -ENOMEM;
	r = apply(m, mm, start, end, true);
	if (r < 0)
		return r;
	r = populate_range(m, mm, start, end);
	/* POSIX's words for what the faults say. */
	return r == -EFAULT || r == -EHWPOISON ? -ENOMEM : r == -ENOMEM ? -EAGAIN : r;
}

int do_munlock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	uint64_t end = (start + length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;

	start &= CR2_PAGE_MASK;
	return end < start ? -EINVAL : apply(m, mm, start, end, false);
}
