/* SPDX-License-Identifier: MIT */
/*
 * Twin of fs/userfaultfd.c and mm/userfaultfd.c: memory whose missing pages come from the program
 * itself, which is asked before a page of the cache is mapped (minor), or written to (wp). A fault
 * ends in a signal (UFFD_FEATURE_SIGBUS), or another thread of the program answers it. Only faults
 * of user mode are handed over (UFFD_USER_MODE_ONLY). Where no events are asked for, fork and mremap
 * leave nothing registered. Left out: huge pages.
 */
#include "mm.h"

static int mfill_atomic(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
static int mwriteprotect_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool on);

/* What the thread does while the fault waits. */
static void answer(struct vm_fault *vmf)
{
	struct cr2_op op = {
		.kind = vmf->userfault == VM_UFFD_MINOR ? CR2_OP_UFFD_CONTINUE : CR2_OP_UFFD_COPY,
		.address = vmf->address & CR2_PAGE_MASK,
		.length = CR2_PAGE_SIZE,
		.value = CR2_FILE_BYTE,
	};
	int r;

	if (vmf->userfault == VM_UFFD_WP)
		r = mwriteprotect_range(vmf->m, vmf->mm, op.address, op.address + op.length, false);
	else
		r = mfill_atomic(vmf->m, vmf->mm, &op);
	if (r < 0)
		vmf->m->failed = true;
}

/*
 * Woken, the kernel tries the fault again, which counts as major then; but where it waited under
 * the mapping's own lock, it only begins anew.
 */
enum vm_fault_result userfaultfd_wait(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	cr2_stage_fn *observer = m->observer;
	struct vm_fault again;
	enum vm_fault_result r;

	m->observer = NULL;
	do {
		answer(vmf);
		vm_fault_init(&again, m, vmf->mm, vmf->vma, vmf->address, vmf->flags & ~FAULT_FLAG_VMA_LOCK,
			      NULL);
		r = m->failed ? VM_FAULT_OOM : handle_mm_fault(&again);
		vmf->userfault = again.userfault;
	} while (r == VM_FAULT_RETRY);
	m->observer = observer;
	vmf->major = again.major || !(vmf->flags & FAULT_FLAG_VMA_LOCK) || !m->profile->uffd_vma_lock;
	if (r != VM_FAULT_DONE)
		return r;
	vmf->pte = pgtable_entry(m, vmf->mm->cr3, vmf->address, CR2_LEVEL_PTE);
	if (vmf->path != CR2_PATH_SWAP_IN)
		vmf->path = CR2_PATH_USERFAULT;
	vmf->flushed = vmf->userfault == VM_UFFD_WP;
	if (pte_present(vmf->orig_pte))
		fault_old_page(vmf, pte_pfn(vmf->orig_pte));
	fault_new_page(vmf, pte_pfn(*vmf->pte), vmf->major ? CR2_PAGE_ANSWERED_LATE : CR2_PAGE_ANSWERED);
	return VM_FAULT_DONE;
}

enum vm_fault_result handle_userfault(struct vm_fault *vmf, uint64_t reason)
{
	vmf->userfault = reason;
	if (!(vmf->mm->uffd_features & CR2_UFFD_SIGBUS) && (vmf->flags & FAULT_FLAG_USER))
		return VM_FAULT_RETRY;
	vmf->path = CR2_PATH_SIGBUS;
	return VM_FAULT_SIGBUS;
}

/* Told of the fork (UFFD_FEATURE_EVENT_FORK), who reads events is given a userfaultfd of the child's. */
void dup_userfaultfd(struct process *child, const struct process *parent, struct vma *vma)
{
	if (!hears_events(parent))
		userfaultfd_reset(vma);
	if (!(vma->flags & VM_UFFD))
		return;
	child->uffd = true;
	child->uffd_features = parent->uffd_features;
}

/* Of tmpfs, or of shared anonymous memory, which is the same; mapped privately, too. Not what shmat attached. */
static bool vma_is_shmem(const struct cr2_model *m, const struct vma *vma)
{
	return !vma_is_anonymous(vma) && !vma->attached && object_at(m, vma->object)->kind != OBJECT_FILE &&
	       !vma_is_secretmem(m, vma);
}

uint64_t shmem_userfault(const struct vm_fault *vmf)
{
	const struct vma *vma = vmf->vma;

	if (!vma_is_shmem(vmf->m, vma) || vmf->pgoff >= object_at(vmf->m, vma->object)->pages)
		return 0;
	return vma->flags & (cache_get(vmf->m, vma->object, vmf->pgoff) ? VM_UFFD_MINOR : VM_UFFD_MISSING);
}

static bool vma_can_userfault(const struct cr2_model *m, const struct vma *vma, uint64_t mode, bool async)
{
	if (vma->flags & VM_DROPPABLE && !m->profile->uffd_takes_droppable)
		return false;
	if (async && mode == VM_UFFD_WP)
		return true;
	return vma_is_shmem(m, vma) || (vma_is_anonymous(vma) && !(mode & VM_UFFD_MINOR));
}

/* Holes are passed over, but one mapping there must be. mode 0: what each is registered with. */
static int check_mappings(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
			  uint64_t mode)
{
	const struct vma *vma = find_vma(m, mm, start);

	if (!vma || vma->start >= end)
		return -EINVAL;
	for (; vma && vma->start < end; vma = vma_at(m, vma->after))
		if (!vma_can_userfault(m, vma, mode ? mode : vma->flags & VM_UFFD, mm->uffd_features & CR2_UFFD_ASYNC))
			return -EINVAL;
		else if (mode && !(vma->flags & VM_MAYWRITE))
			return -EPERM;
	return 0;
}

/* Before, the neighbour above was compared with the page offset that the whole mapping begins at. */
static int change_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
			uint64_t flags)
{
	int r;

	find_vma(m, mm, start)->wp_async = mm->uffd_features & CR2_UFFD_ASYNC;
	find_vma(m, mm, start)->wp_absent = mm->uffd_features & (CR2_UFFD_ASYNC | CR2_UFFD_UNPOPULATED);
	if (m->profile->uffd_merges_parts || vma_lookup(m, mm, start)->start == start)
		return vma_modify_flags(m, mm, start, end, flags);
	r = vma_split_borders(m, mm, start, end);
	if (r == 0)
		vma_lookup(m, mm, start)->flags = flags;
	return r;
}

/* The mapping's rights, which do not allow writing while userfaultfd protects. */
static uint64_t rights_anew(const struct vma *vma, uint64_t pte, bool on)
{
	struct vma as = *vma;

	if (on)
		as.flags &= ~(uint64_t)VM_WRITE;
	pte = pte_modify(pte, private_page_prot(&as));
	return (as.flags & VM_SHARED) && (as.flags & VM_WRITE) ? pte_mkwrite(pte) : pte;
}

static void wp_pte(struct cr2_model *m, const struct vma *vma, uint64_t *pte, bool on)
{
	if (pte_is_free(*pte)) {
		*pte = on && vma_has_wp_markers(vma) ? wp_marker(m) : 0;
	} else if (pte_is_swap(*pte)) {
		*pte = on ? *pte | SWP_UFFD_WP : *pte & ~SWP_UFFD_WP;
	} else if (pte_present(*pte)) {
		/* Either way the entry is read-only first. */
		*pte = on ? pte_mkuffd_wp(m, *pte) : pte_wrprotect(m, *pte & ~ENTRY_UFFD_WP);
		if (m->profile->uffd_sets_rights)
			*pte = rights_anew(vma, *pte, on);
		if (!on && m->profile->uffd_upgrades && can_change_pte_writable(m, vma, *pte))
			*pte = pte_mkwrite(*pte);
	}
}

static void uffd_wp_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
			  uint64_t end, bool on)
{
	bool marks = on && vma_has_wp_markers(vma);

	mm->markers |= marks;
	for (uint64_t at = start; (at = marks ? at : pgtable_next(m, mm->cr3, at, end)) < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte = marks ? pgtable_alloc(m, mm->cr3, at, CR2_LEVEL_PTE) :
					pgtable_entry(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte)
			wp_pte(m, vma, pte, on);
	}
	flush_tlb_range(m, mm, start, end);
}

/* Modes that a mapping has already stay, with others that it has; mode 0 unregisters. */
static uint64_t new_flags(const struct vma *vma, uint64_t mode)
{
	return mode && (vma->flags & mode) == mode ? vma->flags : (vma->flags & ~VM_UFFD) | mode;
}

static int userfaultfd_register(struct cr2_model *m, struct process *mm, uint64_t start,
				uint64_t end, uint64_t mode)
{
	int r = check_mappings(m, mm, start, end, mode);

	while (r == 0 && start < end) {
		const struct vma *vma = find_vma(m, mm, start);
		uint64_t flags, stop;

		if (!vma || vma->start >= end)
			break;
		if (start < vma->start)
			start = vma->start;
		stop = vma->end < end ? vma->end : end;
		flags = new_flags(vma, mode);
		if (!mode && (vma->flags & VM_UFFD_WP))
			uffd_wp_range(m, mm, vma, start, stop, false);
		if (flags != vma->flags)
			r = change_flags(m, mm, start, stop, flags);
		start = stop;
	}
	return r;
}

static int mwriteprotect_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool on)
{
	const struct vma *vma = m->profile->uffd_wp_many ? find_vma(m, mm, start) : vma_lookup(m, mm, start);
	int r = -ENOENT;

	if (vma && !m->profile->uffd_wp_many && vma->end < end)
		return -ENOENT;
	for (; vma && vma->start < end; vma = vma_at(m, vma->after)) {
		uint64_t from = vma->start > start ? vma->start : start;

		if (!(vma->flags & VM_UFFD_WP))
			return -ENOENT;
		uffd_wp_range(m, mm, vma, from, vma->end < end ? vma->end : end, on);
		r = 0;
	}
	return r;
}

/* Filling is no access: rights do not matter, but for what the entry allows from then on. */
static uint64_t filled_pte(const struct cr2_model *m, const struct vma *vma, uint32_t pfn, bool writable)
{
	uint64_t entry = pte_mkdirty(m, pte_make(pfn, vma_page_prot(m, vma)));

	return writable && (vma->flags & VM_WRITE) ? pte_mkwrite(entry) : pte_wrprotect(m, entry);
}

static int mfill_atomic_pte_copy(struct cr2_model *m, const struct vma *vma, uint64_t address, uint64_t *pte,
				 uint8_t value)
{
	struct page *page;
	const uint32_t pfn = alloc_page(m, &page);

	if (!pfn)
		return -ENOMEM;
	phys_fill(&m->phys, pfn, value);
	page_add_anon_rmap(m, page, vma, address);
	*pte = filled_pte(m, vma, pfn, true);
	return 0;
}

/* A page of the cache, which others map as they like. */
static void map_cached(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t *pte, uint32_t pfn)
{
	page_add_map(m, mm, pfn, page_of(m, pfn));
	*pte = filled_pte(m, vma, pfn, vma->flags & VM_SHARED);
}

static int shmem_mfill_atomic_pte(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t index,
				  uint64_t *pte, uint8_t value)
{
	uint32_t pfn = cache_get(m, vma->object, index) ? 0 : cache_add(m, vma->object, index, 0);

	if (!pfn)
		return cache_get(m, vma->object, index) ? -EEXIST : -ENOMEM;
	phys_fill(&m->phys, pfn, value);
	map_cached(m, mm, vma, pte, pfn);
	return 0;
}

static int mfill_atomic_pte_continue(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t index,
				     uint64_t *pte)
{
	uint32_t pfn;
	bool major;

	if (!cache_get(m, vma->object, index))
		return -EFAULT;
	if (filemap_fault(m, vma->object, index, &pfn, &major) != VM_FAULT_DONE)
		return -ENOMEM;
	if (!pte_none(*pte) && !pte_is_marker(*pte))
		return -EEXIST;
	map_cached(m, mm, vma, pte, pfn);
	return 0;
}

static bool is_behind_end(const struct cr2_model *m, const struct vma *vma, uint64_t address)
{
	return !vma_is_anonymous(vma) && vma_pgoff(vma, address) >= object_at(m, vma->object)->pages;
}

/* A page that is made takes the place of a marker; another marker, and the zero page, do not. */
static bool replaces_marker(const struct vma *vma, const struct cr2_op *op)
{
	return op->kind == CR2_OP_UFFD_COPY || (op->kind == CR2_OP_UFFD_ZERO && (vma->flags & VM_SHARED));
}

static int fill_pte(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
		    const struct cr2_op *op, uint64_t *pte)
{
	uint8_t value = op->kind == CR2_OP_UFFD_COPY ? op->value : 0;

	if (is_behind_end(m, vma, address))
		return op->kind == CR2_OP_UFFD_CONTINUE ? -EINVAL : -EFAULT;
	if (op->kind == CR2_OP_UFFD_CONTINUE)
		return mfill_atomic_pte_continue(m, mm, vma, vma_pgoff(vma, address), pte);
	if (!pte_none(*pte) && (*pte == PTE_HWPOISON || !(pte_is_marker(*pte) && replaces_marker(vma, op))))
		return -EEXIST;
	if (op->kind == CR2_OP_UFFD_POISON) {
		*pte = PTE_MARKER_POISONED;
		return 0;
	}
	if (vma->flags & VM_SHARED)
		return shmem_mfill_atomic_pte(m, mm, vma, vma_pgoff(vma, address), pte, value);
	if (op->kind == CR2_OP_UFFD_ZERO) {
		*pte = pte_make(m->zero_page, vma_page_prot(m, vma) | ENTRY_SPECIAL);
		return 0;
	}
	return mfill_atomic_pte_copy(m, vma, address, pte, value);
}

static int mfill_atomic_pte(struct cr2_model *m, struct process *mm, const struct vma *vma,
			    uint64_t address, const struct cr2_op *op)
{
	uint64_t *pte = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PTE);
	int r = pte ? fill_pte(m, mm, vma, address, op, pte) : -ENOMEM;

	if (r == 0 && op->flags & CR2_UFFD_WP)
		*pte = pte_mkuffd_wp(m, *pte);
	return r;
}

/* For anonymous pages, which may come where the mapping is not shared, or may only be read. */
static void prepare_anon(struct cr2_model *m, struct vma *vma)
{
	if (!(vma->flags & VM_SHARED) && (m->profile->uffd_prepares_readers || !(vma->flags & VM_MAYSHARE)))
		anon_vma_prepare(m, vma);
}

/* What it did before it failed stays done, and is said by another error. */
static int mfill_atomic(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t start = op->address, end = start + op->length;
	struct vma *vma = vma_lookup(m, mm, start);

	if (!vma)
		return -ENOENT;
	if (m->profile->uffd_prepares_first)
		prepare_anon(m, vma);
	if (end > vma->end || !(vma->flags & VM_UFFD))
		return -ENOENT;
	if ((op->kind == CR2_OP_UFFD_CONTINUE || !vma_is_anonymous(vma)) && !vma_is_shmem(m, vma))
		return -EINVAL;
	if (op->flags & CR2_UFFD_WP && !(vma->flags & VM_UFFD_WP))
		return -EINVAL;
	prepare_anon(m, vma);
	for (uint64_t address = start; address < end; address += CR2_PAGE_SIZE) {
		int r = mfill_atomic_pte(m, mm, vma, address, op);

		if (r < 0)
			return address == start ? r : -EAGAIN;
	}
	return 0;
}

/* Between writable private anonymous mappings that are alike; the target is registered. */
static int validate_move_areas(const struct vma *from, const struct vma *to)
{
	if ((from->flags ^ to->flags) & (VM_ACCESS | VM_PKEY | VM_LOCKED))
		return -EINVAL;
	if (!(from->flags & VM_WRITE) || !(to->flags & VM_UFFD))
		return -EINVAL;
	return vma_is_anonymous(from) && vma_is_anonymous(to) ? 0 : -EINVAL;
}

/* Only what is the process's alone; it becomes writable, whatever protected it. */
static int move_pages_pte(struct cr2_model *m, const struct vma *to, uint64_t address, uint64_t *source,
			  uint64_t *target)
{
	uint64_t entry = *source;
	struct page *page;

	if (!pte_none(*target))
		return -EEXIST;
	if (pte_none(entry))
		return -ENOENT;
	if (pte_is_marker(entry))
		return -EFAULT;
	if (!pte_present(entry) && !(entry & SWP_EXCLUSIVE))
		return -EBUSY;
	if (pte_present(entry) && pte_pfn(entry) == m->zero_page) {
		entry = pte_make(m->zero_page, vma_page_prot(m, to) | ENTRY_SPECIAL);
	} else if (pte_present(entry)) {
		page = page_of(m, pte_pfn(entry));
		if ((page->flags & (PG_ANON | PG_EXCLUSIVE)) != (PG_ANON | PG_EXCLUSIVE) ||
		    folio_maybe_dma_pinned(m, (uint32_t)pte_pfn(entry)))
			return -EBUSY;
		page->mapping = to->anon_vma;
		page->index = vma_pgoff(to, address);
		/* Dirty as it was. */
		entry = filled_pte(m, to, (uint32_t)pte_pfn(entry), true) & ~(pte_dirty(entry) ? 0 : ENTRY_D);
	}
	*source = 0;
	*target = entry;
	return 0;
}

static int move_page(struct cr2_model *m, struct process *mm, const struct vma *target, uint64_t from, uint64_t to)
{
	uint64_t *pte;

	if (!pgtable_peek(m, mm->cr3, from, CR2_LEVEL_PTE))
		return -ENOENT;
	pte = pgtable_alloc(m, mm->cr3, to, CR2_LEVEL_PTE);
	return pte ? move_pages_pte(m, target, to, pgtable_entry(m, mm->cr3, from, CR2_LEVEL_PTE), pte) : -ENOMEM;
}

static int move_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint64_t to)
{
	struct vma *target = vma_lookup(m, mm, to), *source;
	int r = 0;

	if (!target)
		return -ENOENT;
	prepare_anon(m, target);
	source = vma_lookup(m, mm, start);
	if (!source)
		return -ENOENT;
	if (((source->flags | target->flags) & VM_SHARED) || start + length > source->end ||
	    to + length > target->end || validate_move_areas(source, target) < 0)
		return -EINVAL;
	for (uint64_t at = 0; r == 0 && at < length; at += CR2_PAGE_SIZE) {
		r = move_page(m, mm, target, start + at, to + at);
		if (r < 0 && at)
			r = -EAGAIN;
	}
	flush_tlb_range(m, mm, start, start + length);
	return r;
}

static uint64_t mode_of(uint32_t flags)
{
	return (flags & CR2_UFFD_MISSING ? VM_UFFD_MISSING : 0) | (flags & CR2_UFFD_WP ? VM_UFFD_WP : 0) |
	       (flags & CR2_UFFD_MINOR ? VM_UFFD_MINOR : 0);
}

int do_userfaultfd(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t start = op->address, length = op->length;

	if (((start | length) & ~CR2_PAGE_MASK) || !length || start > task_size_max(m) ||
	    length > task_size_max(m) - start)
		return -EINVAL;
	if (op->kind == CR2_OP_UFFD_POISON && !m->profile->uffd_poison)
		return -EINVAL;
	if (op->kind == CR2_OP_UFFD_MOVE)
		return m->profile->uffd_move ? move_pages(m, mm, start, length, op->new_address) : -EINVAL;
	if (op->kind == CR2_OP_UFFD_WP)
		return mwriteprotect_range(m, mm, start, start + length, op->flags);
	if (op->kind == CR2_OP_UFFD_CONTINUE && op->flags & CR2_UFFD_WP && !m->profile->uffd_unpopulated)
		return -EINVAL;
	if (op->kind != CR2_OP_UFFD)
		return mfill_atomic(m, mm, op);
	if (op->flags && !mm->uffd) {
		mm->uffd = true;
		mm->uffd_features = op->flags & CR2_UFFD_FEATURES;
	}
	return userfaultfd_register(m, mm, start, start + length, mode_of(op->flags));
}

/* PAGEMAP_SCAN takes for written all that is not protected, be it there or not. */
static bool is_written(const uint64_t *pte)
{
	if (!pte || pte_none(*pte))
		return true;
	return pte_present(*pte) ? !(*pte & ENTRY_UFFD_WP) : !pte_is_wp_marker(*pte) && !(*pte & SWP_UFFD_WP);
}

static void scan_vma(struct cr2_model *m, struct process *mm, const struct vma *vma, const struct cr2_op *op,
		     uint32_t *pages)
{
	uint64_t start = vma->start > op->address ? vma->start : op->address, end = op->address + op->length;

	if (end > vma->end)
		end = vma->end;
	for (uint64_t at = start; at < end; at += CR2_PAGE_SIZE) {
		if (!is_written(pgtable_peek(m, mm->cr3, at, CR2_LEVEL_PTE)))
			continue;
		++*pages;
		if (op->flags & CR2_SCAN_PROTECT)
			uffd_wp_range(m, mm, vma, at, at + CR2_PAGE_SIZE, true);
	}
}

int do_pagemap_scan(struct cr2_model *m, struct process *mm, const struct cr2_op *op, uint32_t *ret_pages)
{
	const struct vma *vma = find_vma(m, mm, op->address);

	*ret_pages = 0;
	for (; vma && vma->start < op->address + op->length; vma = vma_at(m, vma->after)) {
		if (!(vma->flags & VM_UFFD_WP) || !vma->wp_async)
			return -EPERM;
		scan_vma(m, mm, vma, op, ret_pages);
	}
	return 0;
}

/* A guard page, or one that is lost: the kernel notes in its marker that it is protected. */
static bool protects_marker(const struct cr2_model *m, const struct cr2_op *op)
{
	const struct process *mm = process_at(m, process_at(m, op->process)->space);
	const uint64_t end = op->address + op->length;

	if (op->kind != CR2_OP_SCAN || !(op->flags & CR2_SCAN_PROTECT))
		return false;
	for (uint64_t at = op->address; (at = pgtable_next(m, mm->cr3, at, end)) < end; at += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_peek(m, mm->cr3, at, CR2_LEVEL_PTE);

		if (pte && pte_is_marker(*pte) && !pte_is_wp_marker(*pte))
			return true;
	}
	return false;
}

const char *userfaultfd_refuses(const struct cr2_model *m, const struct cr2_op *op)
{
	bool watches = op->kind == CR2_OP_SCAN || (op->kind == CR2_OP_UFFD && op->flags & CR2_UFFD_ASYNC);

	if (watches && m->config.profile != CR2_PROFILE_COURSE && !m->profile->uffd_async)
		return "asynchronous write protection and PAGEMAP_SCAN, which came with Linux 6.7";
	if (op->kind == CR2_OP_UFFD && op->flags & CR2_UFFD_UNPOPULATED && m->config.profile != CR2_PROFILE_COURSE &&
	    !m->profile->uffd_unpopulated)
		return "protection of anonymous memory where nothing is (UFFD_FEATURE_WP_UNPOPULATED), which came with Linux 6.4";
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "userfaultfd, which the course leaves out";
	if (m->config.thp != CR2_THP_NEVER)
		return "userfaultfd with transparent huge pages";
	if (protects_marker(m, op))
		return "a scan that protects guard pages, or pages that are lost";
	return NULL;
}
