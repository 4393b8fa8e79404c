/* SPDX-License-Identifier: MIT */
/*
 * 2 MiB pages of tmpfs and shared memory, which madvise collapse makes (twin of the parts of
 * mm/huge_memory.c, mm/memory.c and mm/khugepaged.c that deal with pages of the page cache); of
 * those of a disk (large_file.c) how a PMD maps them.
 *
 * The cache names each of the 512 frames and holds a reference for each, all counted in the
 * head. Whoever loses a mapping of such a page finds it again by a fault, so a PMD entry is
 * never split: it goes, and the next fault decides how to map the page.
 */
#include "mm.h"

bool is_huge_file(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return (page->flags & PG_FILE) && (page->flags & (PG_HEAD | PG_TAIL));
}

/* The page's number in its object; a tail has its head's frame there. */
uint64_t file_page_index(const struct cr2_model *m, uint32_t pfn)
{
	uint32_t head = compound_head(m, pfn);

	return page_at(m, head)->index + (pfn - head);
}

uint32_t file_page_object(const struct cr2_model *m, uint32_t pfn)
{
	return page_at(m, compound_head(m, pfn))->mapping;
}

/* Does the mapping show all of the page, whose part pgoff is at address, inside one table? */
static bool shows_whole(const struct vma *vma, uint64_t address, uint64_t pgoff)
{
	uint64_t start = address & ~(CR2_HUGE_SIZE - 1);

	return start >= vma->start && start + CR2_HUGE_SIZE <= vma->end &&
	       pgoff % HPAGE_PAGES == level_index(address, CR2_LEVEL_PTE);
}

static void install_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
			uint64_t *pmd, uint32_t head, bool write)
{
	uint64_t entry = pte_make(head, vma_page_prot(m, vma) | ENTRY_PS);

	if (write && (vma->flags & VM_WRITE))
		entry = pte_mkwrite(pte_mkdirty(m, entry));
	if (is_large_file(m, head)) {
		folio_map_pmd(m, file_folio(m, head));
	} else {
		large_map_pmd(m, mm, head);
		get_page(m, head);
	}
	*pmd = entry;
}

bool map_huge_file(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	uint32_t pfn;

	if ((write && !(vmf->vma->flags & VM_SHARED)) ||
	    !shows_whole(vmf->vma, vmf->address, vmf->pgoff))
		return false;
	if ((vmf->vma->flags & VM_NOHUGEPAGE) && m->profile->nohugepage_of_files)
		return false;
	if (vmf->vma->flags & VM_HUGEPAGE)
		do_sync_mmap_readahead(vmf);
	pfn = filemap_get_page(m, vmf->vma->object, vmf->pgoff);
	if (!pfn || file_folio(m, pfn).pages != HPAGE_PAGES ||
	    folio_crosses_end(vmf, file_folio(m, pfn)))
		return false;
	do_async_mmap_readahead(vmf, pfn);
	pfn = file_folio(m, pfn).head;
	vmf->path = write ? CR2_PATH_FILE_SHARED : CR2_PATH_FILE_READ;
	vmf->page.object = object_of(m, vmf->vma->object)->number;
	vmf->page.index = vmf->pgoff;
	fault_new_page(vmf, pfn, vmf->major ? CR2_PAGE_READ : CR2_PAGE_CACHED);
	install_pmd(m, vmf->mm, vmf->vma, vmf->pte, pfn, write);
	if (write)
		folio_mark_dirty(m, pfn);
	fault_install(vmf, *vmf->pte, false);
	return true;
}

/* Nobody maps it any more; its frames become pages of their own. */
void split_huge_file(struct cr2_model *m, uint32_t head)
{
	uint32_t object = page_of(m, head)->mapping;
	uint64_t index = page_of(m, head)->index;

	unmap_mapping_range(m, object, index, index + HPAGE_PAGES, false);
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		*page_of(m, head + i) = (struct page){
			.refcount = 1,
			.flags = PG_FILE | PG_DIRTY,
			.mapping = object,
			.index = index + i,
			.id = page_of(m, head + i)->id,
		};
}

/* Collapse. */

static bool is_empty(const struct cr2_model *m, uint32_t object, uint64_t index)
{
	uint64_t first = index;
	uint32_t unused;

	return !cache_next(m, object, &first, &unused) || first >= index + HPAGE_PAGES;
}

/* Mappings of the whole that hold no private copy lose their page table, as it is empty now. */
static void retract_page_tables(struct cr2_model *m, uint32_t object, uint64_t index)
{
	const struct vma *vma;

	if (!m->profile->retracts_all)
		return;
	for (vma = vma_of(m, object_of(m, object)->vmas); vma; vma = vma_of(m, vma->object_after)) {
		uint64_t at = vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE;

		if (!vma_has_own_entries(vma) && index >= vma->page_offset &&
		    index < vma_pgoff(vma, vma->end) && shows_whole(vma, at, index))
			free_pgtables(m, process_of(m, vma->process)->cr3, at, at + CR2_HUGE_SIZE, at,
				      at + CR2_HUGE_SIZE);
	}
}

static void take_page(struct cr2_model *m, uint32_t object, uint64_t index, uint32_t to)
{
	uint32_t old = cache_get(m, object, index);

	if (old && phys_copy(&m->phys, to, old) < 0)
		m->failed = true;
	if (old)
		page_of(m, to)->id = page_of(m, old)->id;
	else if (object_of(m, object)->kind == OBJECT_ANON)
		page_of(m, to)->id = new_page_id(m);
	cache_set(m, object, index, to);
	if (old)
		put_page(m, old);
}

/* 0, COLLAPSE_STOP where there is not a page, or a negative errno. */
static int collapse_pages(struct cr2_model *m, uint32_t object, uint64_t index)
{
	uint32_t head;
	bool major;

	if (is_empty(m, object, index))
		return COLLAPSE_STOP;
	for (uint64_t i = index; i < index + HPAGE_PAGES; i++)
		if ((cache_get(m, object, i) & SHMEM_SWAPPED) &&
		    !shmem_swapin(m, object, i, &major))
			return -ENOMEM;
	unmap_mapping_range(m, object, index, index + HPAGE_PAGES, false);
	retract_page_tables(m, object, index);
	head = alloc_huge_file(m, object, index);
	if (!head)
		return -ENOMEM;
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		take_page(m, object, index + i, head + i);
	large_name_whole(m, head);
	return 0;
}

/* Entries that map something else, private copies, stand in the way. */
static bool table_agrees(const uint64_t *table, uint32_t head)
{
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		if (!pte_none(table[i]) && !(pte_present(table[i]) && pte_pfn(table[i]) == head + i))
			return false;
	return true;
}

static int map_collapsed(struct cr2_model *m, struct process *mm, struct vma *vma,
			 uint64_t address, uint32_t head)
{
	uint64_t *pmd;

	if (m->profile->collapse_needs_table && !pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD))
		return -EINVAL;
	pmd = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PMD);
	if (!pmd)
		return -ENOMEM;
	if (*pmd & ENTRY_PS)
		return 0;
	if (*pmd) {
		if (!table_agrees(pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE), head))
			return COLLAPSE_STOP;
		zap_page_range(m, mm, vma, address, address + CR2_HUGE_SIZE);
		free_pgtables(m, mm->cr3, address, address + CR2_HUGE_SIZE, address,
			      address + CR2_HUGE_SIZE);
	}
	install_pmd(m, mm, vma, pmd, head, false);
	flush_tlb_range(m, mm, address, address + CR2_HUGE_SIZE);
	return 0;
}

/* Where the caller's own table gives way to the new page, it has to be there. */
static int may_replace_table(const struct cr2_model *m, const struct process *mm,
			     const struct vma *vma, uint64_t address)
{
	const uint64_t *pmd = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD);

	return vma->anon_vma || (pmd && !*pmd) ? COLLAPSE_STOP : 0;
}

int collapse_file(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	uint64_t index = vma_pgoff(vma, address);
	uint32_t pfn = filemap_get_page(m, vma->object, index);
	bool fresh = !pfn || !is_huge_file(m, pfn);
	int r = fresh ? collapse_pages(m, vma->object, index) : 0;

	if (r == 0 && fresh && !m->profile->retracts_all)
		r = may_replace_table(m, mm, vma, address);
	if (r != 0)
		return r;
	pfn = filemap_get_page(m, vma->object, index);
	return map_collapsed(m, mm, vma, address, pfn);
}

/* What cutting such a page leaves is of sizes that are not modelled. */
bool cuts_huge_file(const struct cr2_model *m, uint32_t object, uint64_t index)
{
	uint32_t pfn = filemap_get_page(m, object, index);

	return index % HPAGE_PAGES && pfn && is_huge_file(m, pfn);
}
