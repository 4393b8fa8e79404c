/* SPDX-License-Identifier: MIT */
/* Twin of mm/mlock.c. */
#include "base/linux_errno.h"
#include "mm.h"

bool can_do_mlock(const struct cr2_model *m)
{
	return rlimit_pages(m, CR2_LIMIT_MEMLOCK) > 0;
}

bool mlock_future_ok(const struct cr2_model *m, const struct process *mm, uint64_t flags, uint64_t pages)
{
	return !(flags & VM_LOCKED) || mm->locked_pages + pages <= rlimit_pages(m, CR2_LIMIT_MEMLOCK);
}

void mlock_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool locked)
{
	for (; (start = pgtable_next(m, mm->cr3, start, end)) < end; start += CR2_PAGE_SIZE) {
		const uint64_t *entry = leaf_entry(m, mm, start);
		uint32_t head;

		if (!entry || !pte_present(*entry))
			continue;
		head = file_folio(m, (uint32_t)pte_pfn(*entry)).head;
		if (head == m->zero_page || head == m->huge_zero_page)
			continue;
		if (locked)
			page_of(m, head)->flags |= PG_MLOCKED;
		else
			page_of(m, head)->flags &= (uint16_t)~PG_MLOCKED;
	}
	m->mlocked_pages |= locked;
}

/* lock: of VM_LOCKED_MASK. */
static int mlock_fixup(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		       uint64_t lock)
{
	const struct vma *vma = vma_lookup(m, mm, start);
	uint64_t old = vma->flags, flags = (old & ~VM_LOCKED_MASK) | lock;
	uint64_t pages = (end - start) >> CR2_PAGE_SHIFT;
	int r;

	if (flags == old || vma_is_never_locked(vma) || vma_is_secretmem(m, vma))
		return 0;
	r = vma_modify_flags(m, mm, start, end, flags);
	if (r == 0 && ((flags ^ old) & VM_LOCKED))
		mm->locked_pages += lock ? pages : -pages;
	if (r == 0 && !lock && m->mlocked_pages)
		mlock_pages(m, mm, start, end, false);
	return r;
}

static int apply_vma_lock_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
				uint64_t lock)
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

static uint64_t lock_of(uint32_t flags)
{
	return flags & CR2_MLOCK_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;
}

int place_lock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags)
{
	return start + length < start ? -EINVAL : apply_vma_lock_flags(m, mm, start, start + length, lock_of(flags));
}

int do_mlock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags)
{
	uint64_t end = (start + length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK, pages;
	int r;

	start &= CR2_PAGE_MASK;
	if (!can_do_mlock(m))
		return -EPERM;
	if (end < start)
		return -EINVAL;
	pages = ((end - start) >> CR2_PAGE_SHIFT) + mm->locked_pages - locked_in(m, mm, start, end);
	if (pages > rlimit_pages(m, CR2_LIMIT_MEMLOCK))
		return -ENOMEM;
	r = apply_vma_lock_flags(m, mm, start, end, lock_of(flags));
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
	return end < start ? -EINVAL : apply_vma_lock_flags(m, mm, start, end, 0);
}

/* All that is mapped gets the lock, or loses it; what cannot is passed over. */
static void apply_mlockall_flags(struct cr2_model *m, struct process *mm, uint64_t lock)
{
	uint64_t at = 0;

	for (struct vma *vma; (vma = find_vma(m, mm, at)); ) {
		at = vma->end;
		(void)mlock_fixup(m, mm, vma->start, at, lock);
	}
}

int do_mlockall(struct cr2_model *m, struct process *mm, uint32_t flags)
{
	uint64_t lock = flags & CR2_MCL_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;

	if (!(flags & (CR2_MCL_CURRENT | CR2_MCL_FUTURE)))
		return -EINVAL;
	if (!can_do_mlock(m))
		return -EPERM;
	if ((flags & CR2_MCL_CURRENT) && mm->total_vm > rlimit_pages(m, CR2_LIMIT_MEMLOCK))
		return -ENOMEM;
	mm->def_flags = flags & CR2_MCL_FUTURE ? lock : 0;
	if (!(flags & CR2_MCL_CURRENT))
		return 0;
	apply_mlockall_flags(m, mm, lock);
	mm_populate(m, mm, 0, task_size_max(m));
	return 0;
}

int do_munlockall(struct cr2_model *m, struct process *mm)
{
	mm->def_flags = 0;
	apply_mlockall_flags(m, mm, 0);
	return 0;
}
