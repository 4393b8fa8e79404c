/* SPDX-License-Identifier: MIT */
/* Twin of mm/mprotect.c. */
#include "mm.h"

bool can_change_pte_writable(const struct cr2_model *m, const struct vma *vma, uint64_t pte)
{
	uint64_t pfn = pte_pfn(pte);

	if (!(vma->flags & VM_WRITE) || pte_uffd_wp(vma, pte) || pte_needs_soft_dirty_wp(m, vma, pte))
		return false;
	/* Where others than the filesystem are to hear of writes to shared memory, the kernel does not try. */
	if (vma->flags & VM_SHARED)
		return pte_dirty(pte) && (vma_has_page_mkwrite(m, vma) || !vma_wants_writenotify(m, vma));
	if (!m->profile->anon_exclusive || pfn == m->zero_page)
		return false;
	if (!m->profile->mprotect_clean && !pte_dirty(pte))
		return false;
	return (page_at(m, pfn)->flags & (PG_ANON | PG_EXCLUSIVE)) == (PG_ANON | PG_EXCLUSIVE);
}

static void change_pte(struct cr2_model *m, const struct vma *vma, uint64_t *pte, uint64_t prot)
{
	if (pte_none(*pte) || !pte_present(*pte))
		return;
	*pte = pte_modify(*pte, prot);
	if (!(*pte & ENTRY_RW) && (*pte & ENTRY_D))
		*pte = pte_wrprotect(m, *pte);
	if ((*pte & ENTRY_P) && !(*pte & ENTRY_RW) && can_change_pte_writable(m, vma, *pte))
		*pte = pte_mkwrite(*pte);
}

/*
 * Entries of one folio that map frames in a row with the same rights are taken out together, and
 * what the CPU has noted in one of them then stands in all. Returns how many they are.
 */
static size_t merge_notes(const struct cr2_model *m, uint64_t *pte, size_t n)
{
	const uint64_t notes = ENTRY_A | ENTRY_D | ENTRY_SAVED_DIRTY;
	uint64_t pfn = pte_pfn(*pte), expected = *pte & ~notes, noted = 0;
	struct folio folio;
	size_t i;

	if (!m->profile->mprotect_batches || !(*pte & ENTRY_P) ||
	    (page_at(m, pfn)->flags & PG_RESERVED))
		return 1;
	folio = file_folio(m, (uint32_t)pfn);
	if (n > folio.head + folio.pages - pfn)
		n = folio.head + folio.pages - pfn;
	for (i = 0; i < n && (pte[i] & ~notes) == expected; i++, expected += CR2_PAGE_SIZE)
		noted |= pte[i];
	for (size_t k = 0; i > 1 && k < i; k++) {
		pte[k] |= noted & ENTRY_A;
		if (pte_dirty(noted))
			pte[k] = pte_mkdirty(m, pte[k]);
	}
	return i;
}

static void change_protection(struct cr2_model *m, struct process *mm, const struct vma *vma,
			      uint64_t start, uint64_t end)
{
	uint64_t prot = vma_page_prot(m, vma), address = start;

	if (is_vm_hugetlb_page(vma)) {
		hugetlb_change_protection(m, mm, vma, start, end);
		return;
	}
	for (;;) {
		uint64_t *pte, stop;

		address = pgtable_next(m, mm->cr3, address, end);
		if (address >= end)
			break;
		stop = (address & ~(CR2_HUGE_SIZE - 1)) + CR2_HUGE_SIZE;
		if (stop > end)
			stop = end;
		if (change_huge_pmd(m, mm, vma, address, stop, prot)) {
			address = stop;
			continue;
		}
		pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
		for (size_t i = 0, together = 0, n = (stop - address) >> CR2_PAGE_SHIFT; pte && i < n; i++) {
			if (i == together)
				together += merge_notes(m, &pte[i], n - i);
			change_pte(m, vma, &pte[i], prot);
		}
		address = stop;
	}
	flush_tlb_range(m, mm, start, end);
}

/* Private memory that may be written is accounted; it stops where nothing was written yet. */
static uint64_t account(const struct cr2_model *m, const struct vma *vma, uint64_t flags)
{
	if ((flags & VM_WRITE) &&
	    !(vma->flags & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE | VM_HUGETLB)))
		return flags | VM_ACCOUNT;
	if (m->profile->mprotect_unaccounts && !(flags & VM_WRITE) && vma_is_anonymous(vma) &&
	    !vma->anon_vma)
		return flags & ~VM_ACCOUNT;
	return flags;
}

static int mprotect_fixup(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
			  uint64_t access)
{
	struct vma *vma = vma_lookup(m, mm, start);
	uint64_t old = vma->flags, flags = (old & ~(VM_ACCESS | VM_PKEY)) | access;
	bool gained_write = (flags & VM_WRITE) && !(old & VM_WRITE);
	uint64_t pages = (end - start) >> CR2_PAGE_SHIFT;
	int r;

	if (flags == old)
		return 0;
	if ((flags & VM_WRITE) && !may_expand_vm(m, mm, flags, pages) && may_expand_vm(m, mm, old, pages))
		return -ENOMEM;
	flags = account(m, vma, flags);
	r = vma_modify_flags(m, mm, start, end, flags);
	if (r < 0)
		return r;
	vm_stat_account(mm, old, -pages);
	vm_stat_account(mm, flags, pages);
	change_protection(m, mm, vma_lookup(m, mm, start), start, end);
	/* A locked private mapping that may be written breaks its copy-on-write now. */
	if (gained_write && (flags & VM_LOCKED) && !(flags & VM_SHARED)) {
		mm_populate(m, mm, start, end);
		/* No CPU has looked since the flush. */
		flush_tlb_range(m, mm, start, end);
	}
	return 0;
}

int do_mprotect(struct cr2_model *m, struct process *mm, const struct cr2_op *op)
{
	uint64_t start = op->address, end = start + ((op->length + CR2_PAGE_SIZE - 1) & CR2_PAGE_MASK);
	uint64_t access = op->prot & VM_ACCESS;

	if (start & ~CR2_PAGE_MASK)
		return -EINVAL;
	if (!op->length)
		return 0;
	if (end <= start)
		return -ENOMEM;
	if (!mprotect_has_pkey(mm, op))
		return -EINVAL;
	while (start < end) {
		struct vma *vma = vma_lookup(m, mm, start);
		uint64_t stop;
		int r;

		if (!vma)
			return -ENOMEM;
		if (access & ~(vma->flags >> 4) || map_deny_write_exec(mm, vma->flags, access))
			return -EACCES;
		if (vma->flags & VM_SEALED)
			return -EPERM;
		stop = vma->end < end ? vma->end : end;
		r = mprotect_fixup(m, mm, start, stop, access | mprotect_pkey(m, mm, vma, op));
		if (r < 0)
			return r;
		start = stop;
	}
	return 0;
}
