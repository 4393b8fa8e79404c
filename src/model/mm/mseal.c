/* SPDX-License-Identifier: MIT */
/* Twin of mm/mseal.c: mappings that stay as they are until their process ends. */
#include "base/linux_errno.h"
#include "mm.h"

/* Advice that takes contents away. */
static bool is_madv_discard(enum cr2_advice advice)
{
	switch (advice) {
	case CR2_ADVICE_DONTNEED:
	case CR2_ADVICE_DONTNEED_LOCKED:
	case CR2_ADVICE_FREE:
	case CR2_ADVICE_REMOVE:
	case CR2_ADVICE_DONTFORK:
	case CR2_ADVICE_WIPEONFORK:
	case CR2_ADVICE_GUARD_INSTALL:
		return true;
	default:
		return false;
	}
}

/* Who may write to it could take the contents away as well. */
bool can_modify_vma_madv(const struct cr2_model *m, const struct vma *vma, enum cr2_advice advice)
{
	if (!(vma->flags & VM_SEALED) || !is_madv_discard(advice) || !vma_is_anonymous(vma))
		return true;
	return vma->flags & VM_WRITE && arch_vma_access_permitted(m, vma, true, false);
}

static bool range_contains_unmapped(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	for (; start < end; start = vma_lookup(m, mm, start)->end)
		if (!vma_lookup(m, mm, start))
			return true;
	return false;
}

int do_mseal(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	uint64_t end = start + length;
	int r = 0;

	if (!m->profile->mseal)
		return -ENOSYS;
	if (range_contains_unmapped(m, mm, start, end))
		return -ENOMEM;
	while (r == 0 && start < end) {
		const struct vma *vma = vma_lookup(m, mm, start);
		uint64_t stop = vma->end < end ? vma->end : end;

		if (!(vma->flags & VM_SEALED))
			r = vma_modify_flags(m, mm, start, stop, vma->flags | VM_SEALED);
		start = stop;
	}
	return r;
}
