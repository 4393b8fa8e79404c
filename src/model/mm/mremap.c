/* SPDX-License-Identifier: MIT */
/* Twin of mm/mremap.c: page tables move, pages do not. */
#include "mm.h"

/*
 * What moves counts as written: whoever watches soft-dirty bits must look there, too. Where userfaultfd is told
 * nothing, the new place is not registered with it, and nothing there is protected by it.
 */
static uint64_t move_pte(const struct cr2_model *m, uint64_t pte, bool keeps_wp)
{
	bool present = pte_present(pte), soft = m->config.soft_dirty;

	if (pte_none(pte) || (!keeps_wp && pte_is_wp_marker(pte)))
		return 0;
	if (pte_is_marker(pte))
		return pte;
	if (present)
		return (keeps_wp ? pte : pte & ~ENTRY_UFFD_WP) | (soft ? ENTRY_SOFT_DIRTY : 0);
	return (keeps_wp ? pte : pte & ~SWP_UFFD_WP) | (soft ? SWP_SOFT_DIRTY : 0);
}

/*
 * Tables come into being at the new place wherever there was one at the old, empty or not. whole: the table itself moves
 * (move_normal_pmd()), and what its entries say stays.
 */
static void move_ptes(struct cr2_model *m, struct process *mm, uint64_t from, uint64_t to,
		      uint64_t end, bool whole)
{
	uint64_t *source = pgtable_entry(m, mm->cr3, from, CR2_LEVEL_PTE), *target = NULL;
	const uint64_t first = from & ~(CR2_HUGE_SIZE - 1);

	for (; source && from < end; source++, from += CR2_PAGE_SIZE, to += CR2_PAGE_SIZE) {
		if (!target || !(to & (CR2_HUGE_SIZE - 1)))
			target = pgtable_alloc(m, mm->cr3, to, CR2_LEVEL_PTE);
		if (!target)
			return;
		*target++ = whole ? *source : move_pte(m, *source, hears_events(mm));
		*source = 0;
	}
	if (whole)
		free_pgtables(m, mm->cr3, first, end, first, end);
}

/* Nothing else is mapped between the 2 MiB border below the mapping's first address and there. */
static bool can_align_down(struct cr2_model *m, const struct vma *vma, uint64_t address)
{
	const struct vma *below = vma_at(m, vma->before);

	return vma->start == address && (!below || below->end <= (address & ~(CR2_HUGE_SIZE - 1)));
}

/* Since 6.7 the first table moves whole also where mappings begin inside it, at both places. */
static bool try_realign_addr(struct cr2_model *m, struct process *mm, uint64_t from, uint64_t to, uint64_t end)
{
	const uint64_t inside = from & (CR2_HUGE_SIZE - 1);

	return m->profile->remap_realigns && inside && end - from >= CR2_HUGE_SIZE - inside &&
	       inside == (to & (CR2_HUGE_SIZE - 1)) && can_align_down(m, vma_lookup(m, mm, from), from) &&
	       can_align_down(m, vma_lookup(m, mm, to), to);
}

static bool move_huge_pmd(struct cr2_model *m, struct process *mm, uint64_t *source, uint64_t to)
{
	uint64_t *target = pgtable_alloc(m, mm->cr3, to, CR2_LEVEL_PMD);

	if (!target || *target)
		return false;
	*target = move_pte(m, *source, hears_events(mm));
	*source = 0;
	return true;
}

static void move_page_tables(struct cr2_model *m, struct process *mm, const struct vma *vma,
			     uint64_t from, uint64_t to, uint64_t end)
{
	const bool aligned = !((to - from) & (CR2_HUGE_SIZE - 1)) && !vma_has_uffd_without_event_remap(mm, vma);
	const uint64_t begin = try_realign_addr(m, mm, from, to, end) ? from & ~(CR2_HUGE_SIZE - 1) : from;
	uint64_t delta = to - from, first = from;

	if (is_vm_hugetlb_page(vma)) {
		move_hugetlb_page_tables(m, mm, vma, from, to, end);
		return;
	}
	for (;;) {
		uint64_t *pmd, stop;

		from = pgtable_next(m, mm->cr3, from, end);
		if (from >= end)
			break;
		stop = (from & ~(CR2_HUGE_SIZE - 1)) + CR2_HUGE_SIZE;
		if (stop > end)
			stop = end;
		/* Where the new place is aligned otherwise, no PMD can map it. */
		pmd = whole_huge_pmd(m, mm, vma, from,
				     delta & (CR2_HUGE_SIZE - 1) ? from + CR2_PAGE_SIZE : stop);
		if (!pmd || !move_huge_pmd(m, mm, pmd, from + delta))
			move_ptes(m, mm, from, from + delta, stop,
				  aligned && stop - CR2_HUGE_SIZE >= begin && !(stop & (CR2_HUGE_SIZE - 1)));
		from = stop;
	}
	flush_tlb_range(m, mm, first, end);
}

static bool can_expand(const struct cr2_model *m, const struct vma *vma, uint64_t start,
		       uint64_t length, uint64_t new_length)
{
	const struct vma *next = vma_at(m, vma->after);
	uint64_t end = start + new_length;

	return vma->end == start + length && end > vma->end && end <= task_size_max(m) &&
	       (!next || next->start >= end);
}

static int expand(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t end)
{
	uint64_t old = vma->end;
	bool locked = vma->flags & VM_LOCKED;

	vma->end = end;
	vm_stat_account(mm, vma->flags, (end - old) >> CR2_PAGE_SHIFT);
	if (locked)
		mm->locked_pages += (end - old) >> CR2_PAGE_SHIFT;
	vma_merge_around(m, mm, old, false, 0);
	if (locked)
		mm_populate(m, mm, old, end);
	return 0;
}

/*
 * The mapping stays, empty. It is not locked any more, all that it is or what has moved of it, and has no anonymous page
 * left to know.
 */
static int dontunmap_complete(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length)
{
	struct vma *vma = vma_lookup(m, mm, start);

	if (vma->flags & VM_LOCKED && m->profile->dontunmap_apart) {
		int r = vma_split_borders(m, mm, start, start + length);

		if (r < 0)
			return r;
		vma = vma_lookup(m, mm, start);
		mm->locked_pages -= length >> CR2_PAGE_SHIFT;
	} else if (vma->flags & VM_LOCKED) {
		/* Nobody tells the pages that it keeps. */
		mlock_pages(m, mm, vma->start, vma->end, true);
	}
	vma->flags &= ~VM_LOCKED_MASK;
	if (vma->start == start && vma->end == start + length) {
		vma->anon_vma = 0;
		vma->cloned = false;
	}
	return 0;
}

/* With its new neighbours, which may be what is left of the mapping that it was in. */
static void merge_moved(struct cr2_model *m, struct process *mm, uint64_t to, uint32_t source)
{
	const struct vma *vma = vma_lookup(m, mm, to);
	const bool beside = source && (vma->before == source || vma->after == source);

	if (!beside || !m->profile->dontunmap_alone)
		vma_merge_around(m, mm, to, true, source);
}

static int move_vma(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
		    uint64_t to, uint64_t new_length, bool dontunmap)
{
	struct vma *vma = vma_lookup(m, mm, start), moved = *vma;
	const bool forgets = vma_has_uffd_without_event_remap(mm, &moved);
	const uint32_t source = dontunmap && m->profile->dontunmap_apart ? vma->number : 0;
	bool locked = moved.flags & VM_LOCKED;
	int r = 0;

	/* At another place it would be taken for what was merged there. */
	if (vma->flags & VM_MERGEABLE && vma->anon_vma)
		r = unmerge_ksm_pages(m, mm, vma, start, start + length);
	if (r < 0)
		return r;
	moved.page_offset = vma_is_anonymous(vma) && !vma->anon_vma ? to >> CR2_PAGE_SHIFT
								    : vma_pgoff(vma, start);
	moved.start = to;
	moved.end = to + new_length;
	r = vma_insert(m, mm, &moved);
	if (r < 0)
		return r;
	vm_stat_account(mm, moved.flags, new_length >> CR2_PAGE_SHIFT);
	if (locked)
		mm->locked_pages += new_length >> CR2_PAGE_SHIFT;
	if (forgets && m->profile->uffd_merges_moved)
		merge_moved(m, mm, to, source);
	vma = vma_lookup(m, mm, start);
	move_page_tables(m, mm, vma, start, to, start + length);
	hugetlb_move_promises(m, mm, vma, to);
	/* Where nobody is told of what has moved, nor are they of what it has merged with, which may be where it was. */
	if (forgets)
		userfaultfd_reset(vma_lookup(m, mm, to));
	if (!dontunmap)
		r = do_munmap(m, mm, start, length);
	if (!forgets)
		merge_moved(m, mm, to, source);
	if (dontunmap)
		r = dontunmap_complete(m, mm, start, length);
	if (r == 0 && locked && new_length > length)
		mm_populate(m, mm, to + length, to + new_length);
	return r;
}

/* What is to move and grow is one mapping, or part of one. */
static int check_mapping(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
			 uint64_t new_length, bool dontunmap)
{
	const struct vma *vma = vma_lookup(m, mm, start);

	if (vma && dontunmap && (vma->flags & VM_DONTEXPAND))
		return -EINVAL;
	if (!vma || length > vma->end - start)
		return -EFAULT;
	if (new_length == length)
		return 0;
	new_length = (new_length - length) >> CR2_PAGE_SHIFT;
	if (!mlock_future_ok(m, mm, vma->flags, new_length))
		return -EAGAIN;
	return may_expand_vm(m, mm, vma->flags, new_length) ? 0 : -ENOMEM;
}

/* A move to a given place. What it covers there goes first, and so does what it leaves behind. */
static int mremap_to(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
		     uint64_t to, uint64_t new_length, bool dontunmap)
{
	uint64_t kept = length < new_length ? length : new_length;
	int r = 0;

	if (m->profile->remap_checks_mapping)
		r = check_mapping(m, mm, start, kept, new_length, dontunmap);
	if (r == 0)
		r = do_munmap(m, mm, to, new_length);
	if (r == 0 && new_length < length)
		r = do_munmap(m, mm, start + new_length, length - new_length);
	if (r == 0)
		r = check_mapping(m, mm, start, kept, new_length, dontunmap);
	if (r == 0 && dontunmap &&
	    !may_expand_vm(m, mm, vma_lookup(m, mm, start)->flags, length >> CR2_PAGE_SHIFT))
		r = -ENOMEM;
	return r < 0 ? r : move_vma(m, mm, start, kept, to, new_length, dontunmap);
}

/* Several mappings, each by itself, from the first byte on. What lies in holes' new places stays. */
static int remap_move(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		      uint64_t to, bool dontunmap)
{
	const struct vma *vma = vma_lookup(m, mm, start);
	int r = vma ? 0 : -EFAULT;

	for (uint64_t at = start; r == 0 && at < end && vma && vma->start < end; vma = find_vma(m, mm, at)) {
		uint64_t from = vma->start > at ? vma->start : at;

		/* Of what userfaultfd is told of, and what shmat attached (but of the pool's pages), one alone may move. */
		if ((vma->flags & VM_UFFD || (vma->attached && !is_vm_hugetlb_page(vma))) && (at > start || vma->end < end))
			return -EFAULT;
		if (vma->flags & VM_SEALED)
			return -EPERM;
		at = vma->end < end ? vma->end : end;
		r = mremap_to(m, mm, from, at - from, to + (from - start), at - from, dontunmap);
	}
	return r;
}

/* One place to stay at, or to grow at. */
static int mremap_in_place(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
			   uint64_t new_length)
{
	struct vma *vma;
	int r;

	if (new_length < length)
		return do_munmap(m, mm, start + new_length, length - new_length);
	if (new_length == length)
		return 0;
	r = check_mapping(m, mm, start, length, new_length, false);
	if (r < 0)
		return r;
	vma = vma_lookup(m, mm, start);
	return can_expand(m, vma, start, length, new_length)
		       ? expand(m, mm, vma, start + new_length)
		       : -ENOMEM;
}

/* What a given place must be: in user space, and apart from the old one. */
static int check_place(const struct cr2_model *m, const struct cr2_op *op, uint64_t length,
		       uint64_t new_length)
{
	uint64_t start = op->address, to = op->new_address;

	if (!(op->flags & CR2_MREMAP_FIXED))
		return 0;
	if ((to & ~CR2_PAGE_MASK) || new_length > task_size_max(m) ||
	    to > task_size_max(m) - new_length)
		return -EINVAL;
	return start + length > to && to + new_length > start ? -EINVAL : 0;
}

static int check_arguments(const struct cr2_op *op, uint64_t length, uint64_t new_length)
{
	bool fixed = op->flags & (CR2_MREMAP_FIXED | CR2_MREMAP_DONTUNMAP);

	if ((op->address & ~CR2_PAGE_MASK) || !new_length || !length)
		return -EINVAL;
	if (op->flags & CR2_MREMAP_DONTUNMAP && length != new_length)
		return -EINVAL;
	return fixed && !(op->flags & CR2_MREMAP_MAYMOVE) ? -EINVAL : 0;
}

/* Its pages move and go whole; a promise for more cannot be had. */
static int align_hugetlb(const struct cr2_op *op, const struct vma *vma, uint64_t *length, uint64_t *new_length)
{
	const uint64_t mask = vma_kernel_pagesize(vma) - 1;
	bool fixed = op->flags & CR2_MREMAP_FIXED;

	*length = (*length + mask) & ~mask;
	*new_length = (*new_length + mask) & ~mask;
	if ((op->address | (fixed ? op->new_address : 0)) & mask)
		return -EINVAL;
	return *new_length > *length ? -EINVAL : 0;
}

static bool moves_many(const struct cr2_model *m, const struct cr2_op *op, uint64_t length, uint64_t new_length)
{
	return op->flags & CR2_MREMAP_FIXED && new_length == length && m->profile->remap_moves_many;
}

int do_mremap(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t length = (op->length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK, start = op->address;
	uint64_t new_length = (op->new_length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK;
	bool dontunmap = op->flags & CR2_MREMAP_DONTUNMAP;
	int r = check_arguments(op, length, new_length);
	const struct vma *vma;

	if (r == 0 && m->profile->remap_checks_first) {
		r = check_place(m, op, length, new_length);
		if (r == 0 && new_length > task_size_max(m))
			r = -EINVAL;
	}
	vma = r == 0 ? vma_lookup(m, mm, start) : NULL;
	if (r == 0 && !vma)
		r = -EFAULT;
	/* Several are each asked in their turn. */
	if (r == 0 && vma->flags & VM_SEALED && !moves_many(m, op, length, new_length))
		r = -EPERM;
	if (r == 0 && is_vm_hugetlb_page(vma))
		r = align_hugetlb(op, vma, &length, &new_length);
	if (r == 0)
		r = check_place(m, op, length, new_length);
	if (r < 0)
		return r;
	if (!(op->flags & CR2_MREMAP_FIXED))
		return mremap_in_place(m, mm, start, length, new_length);
	if (moves_many(m, op, length, new_length))
		return remap_move(m, mm, start, start + length, op->new_address, dontunmap);
	return mremap_to(m, mm, start, length, op->new_address, new_length, dontunmap);
}
