/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/mempolicy.c, as far as NUMA balancing asks it, and of its scanner, task_numa_work() in
 * kernel/sched/fair.c: entries become PROT_NONE, so that the next access tells by a fault from which node it comes.
 */
#include "mm.h"

/* The page is of no use to the scanner: there already, not the process's own, or not to be moved. */
static bool prot_numa_skip(const struct cr2_model *m, const struct vma *vma, uint64_t entry, bool single)
{
	const uint32_t pfn = (uint32_t)pte_pfn(entry);
	const struct page *head;

	if (!(entry & ENTRY_P) || pfn == m->zero_page)
		return true;
	head = page_at(m, compound_head(m, pfn));
	if (is_cow_mapping(vma->flags) &&
	    (m->profile->numa_wants_alone ? head->refcount != 1 :
	     folio_likely_mapped_shared(m, pfn) || folio_maybe_dma_pinned(m, pfn)))
		return true;
	if (page_is_file_lru(m, pfn) && head->flags & PG_DIRTY)
		return true;
	/* One thread alone wants its memory where it runs. */
	return single && !(vma->flags & VM_SHARED) && !folio_is_remote(m, pfn);
}

static uint64_t make_protnone(const struct cr2_model *m, uint64_t old)
{
	uint64_t entry = pte_modify(old, ENTRY_PROTNONE);

	if (m->profile->numa_saves_write)
		return entry | (old & ENTRY_RW);
	return entry & ENTRY_D ? pte_wrprotect(m, entry) : entry;
}

static void change_prot_numa(struct cr2_model *m, struct process *mm, const struct vma *vma)
{
	const bool single = mm->users == 1;
	uint64_t address = vma->start;

	for (;;) {
		uint64_t *entry;

		address = pgtable_next(m, mm->cr3, address, vma->end);
		if (address >= vma->end)
			break;
		entry = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);
		if (*entry & ENTRY_PS) {
			if (*entry & ENTRY_P && pte_pfn(*entry) != m->huge_zero_page)
				*entry = make_protnone(m, *entry);
			address += CR2_HUGE_SIZE;
			continue;
		}
		entry = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
		if (entry && !prot_numa_skip(m, vma, *entry, single))
			*entry = make_protnone(m, *entry);
		address += CR2_PAGE_SIZE;
	}
	flush_tlb_range(m, mm, vma->start, vma->end);
}

/* What nobody may access, and what of an object can only be read, of which many have copies in their caches, is left alone. */
static bool is_scanned(const struct cr2_model *m, const struct vma *vma)
{
	if (!(vma->flags & VM_ACCESS) || is_vm_hugetlb_page(vma))
		return false;
	if (vma_is_anonymous(vma))
		return true;
	return (vma->flags & (VM_READ | VM_WRITE)) != VM_READ &&
	       (m->profile->numa_scans_shmem || object_at(m, vma->object)->kind == OBJECT_FILE);
}

void task_numa_work(struct cr2_model *m, struct process *mm)
{
	for (const struct vma *vma = vma_at(m, mm->first_vma); vma; vma = vma_at(m, vma->after))
		if (is_scanned(m, vma))
			change_prot_numa(m, mm, vma);
}
