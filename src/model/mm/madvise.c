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

static int madvise_vma(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
		       uint64_t end, enum cr2_advice advice)
{
	if (advice == CR2_ADVICE_DONTNEED)
		return madvise_dontneed(m, mm, vma, start, end);
	return madvise_flags(m, mm, vma, start, end, advice);
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
