/* SPDX-License-Identifier: MIT */
/*
 * 2 MiB pages of tmpfs and shared memory, which faults bring where the kernel is set to, and madvise collapse makes
 * (twin of the parts of mm/shmem.c, mm/huge_memory.c, mm/memory.c and mm/khugepaged.c that deal with pages of the page
 * cache); of those of a disk (large_file.c) how a PMD maps them.
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

static bool is_empty(const struct cr2_model *m, uint32_t object, uint64_t index, uint64_t pages)
{
	uint64_t first = index;
	uint32_t unused;

	return !cache_next(m, object, &first, &unused) || first >= index + pages;
}

/* Page number index becomes part of a new 2 MiB page: what was there, or zeros. */
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

/* A tmpfs that is full is mounted without them. */
static bool has_huge(const struct cr2_model *m, uint32_t number)
{
	const struct object *object = object_at(m, number);

	return m->config.shmem_thp && (object->kind == OBJECT_SHMEM || object->kind == OBJECT_ANON) && !object->room;
}

/* Of an object of so many pages. */
static bool is_within(const struct cr2_model *m, uint64_t first, unsigned order, uint64_t pages)
{
	return m->config.shmem_thp == CR2_SHMEM_THP_ALWAYS ||
	       (m->config.shmem_thp == CR2_SHMEM_THP_WITHIN_SIZE && first + (1ULL << order) <= pages);
}

static void add_huge(struct cr2_model *m, uint32_t number, uint64_t first)
{
	uint32_t head = alloc_huge_file(m, number, first);

	if (!head)
		return;
	page_of(m, head)->flags &= (uint16_t)~PG_DIRTY;
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		take_page(m, number, first + i, head + i);
	large_name_whole(m, head);
}

/* Twin of shmem_allowable_huge_orders() for a fault. */
void shmem_fault_huge(struct cr2_model *m, const struct vma *vma, uint64_t index)
{
	const uint32_t number = vma->object;
	const uint64_t first = index & ~(HPAGE_PAGES - 1ULL), pages = object_at(m, number)->pages;
	const uint64_t address = vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE;

	if (!has_huge(m, number) || index >= pages || vma->flags & VM_NOHUGEPAGE ||
	    !(vma->flags & VM_HUGEPAGE || is_within(m, first, HPAGE_ORDER, pages)))
		return;
	if (m->profile->shmem_asks_mapping && !shows_whole(vma, address, index))
		return;
	if (is_empty(m, number, first, HPAGE_PAGES))
		add_huge(m, number, first);
}

/* The same for write(), after which the object has so many pages: no mapping is asked, any size will do. */
void shmem_write_huge(struct cr2_model *m, uint32_t number, uint64_t index, uint64_t pages)
{
	unsigned order = HPAGE_ORDER;
	uint64_t first = index & ~(HPAGE_PAGES - 1ULL);

	if (!has_huge(m, number) || cache_get(m, number, index))
		return;
	while (order && !(is_within(m, first, order, pages) && is_empty(m, number, first, 1ULL << order))) {
		order = m->profile->shmem_writes_sizes ? order - 1 : 0;
		first = index & ~((1ULL << order) - 1);
	}
	if (order == HPAGE_ORDER)
		add_huge(m, number, first);
	else if (order)
		(void)cache_add(m, number, first, order);
}

const char *shmem_huge_refuses(const struct cr2_model *m)
{
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "2 MiB pages of shared memory, which the course leaves out";
	return m->config.swap ? "faults that bring 2 MiB pages of shared memory where there is swap" : NULL;
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

/* Behind the end of a tmpfs file a read finds what reaches over it among the neighbours that it looks for. */
static uint32_t find_page(const struct vm_fault *vmf)
{
	const uint32_t number = vmf->vma->object;
	const struct object *object = object_at(vmf->m, number);
	uint64_t index = vmf->pgoff;

	if (index >= object->pages && object->kind != OBJECT_FILE && !fault_is_write(vmf) && should_fault_around(vmf))
		index &= ~(vmf->m->config.fault_around - 1ULL);
	return filemap_get_page(vmf->m, number, index);
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
	if (m->config.shmem_thp)
		shmem_fault_huge(m, vmf->vma, vmf->pgoff);
	pfn = find_page(vmf);
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

/* Nobody maps it any more; its frames become pages of their own, or parts of what counts as those of a disk's file do. */
static void rest_huge_file(struct cr2_model *m, uint32_t head, unsigned order)
{
	uint32_t object = page_of(m, head)->mapping;
	uint64_t index = page_of(m, head)->index;
	uint16_t dirty;

	unmap_mapping_range(m, object, index, index + HPAGE_PAGES, false);
	dirty = folio_is_dirty(m, file_folio(m, head)) ? PG_DIRTY : 0;
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		*page_of(m, head + i) = (struct page){
			.refcount = 1,
			.flags = PG_FILE | dirty,
			.order = (uint8_t)order,
			.mapping = object,
			.index = index + i,
			.id = page_of(m, head + i)->id,
		};
}

/* Where there is swap, what cutting leaves may go there in one piece, which is not modelled. */
const char *shmem_cut_refuses(const struct cr2_model *m, uint32_t number, uint64_t offset)
{
	const bool cuts = m->config.swap && m->profile->cuts_unevenly && offset % CR2_HUGE_SIZE &&
			  shmem_folio(m, number, offset >> CR2_PAGE_SHIFT);

	return cuts ? "cutting a 2 MiB page of tmpfs or shared memory where there is swap" : NULL;
}

/* Of what was one page till now: behind the end of the file it was there only for that. */
void shmem_drop_behind_end(struct cr2_model *m, uint32_t number, uint64_t index, uint64_t last)
{
	uint64_t end = object_at(m, number)->pages;

	for (uint64_t pages; index < last; index += pages) {
		uint32_t pfn = cache_get(m, number, index);

		pages = pfn && !(pfn & SHMEM_SWAPPED) ? file_folio(m, pfn).pages : 1;
		if (index >= end)
			cache_drop(m, number, index, index + pages);
	}
}

void split_huge_file(struct cr2_model *m, uint32_t head)
{
	uint64_t index = page_of(m, head)->index;
	uint32_t object = page_of(m, head)->mapping;

	rest_huge_file(m, head, 0);
	shmem_drop_behind_end(m, object, index, index + HPAGE_PAGES);
}

uint32_t shmem_folio(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	uint32_t pfn = cache_get(m, number, index);

	return pfn && !(pfn & SHMEM_SWAPPED) && file_folio(m, pfn).pages > 1 ? pfn : 0;
}

void shmem_split_at(struct cr2_model *m, uint32_t pfn)
{
	struct folio folio = file_folio(m, pfn);
	uint32_t object = file_page_object(m, pfn);
	uint64_t index = page_at(m, folio.head)->index;

	folio_mark_dirty(m, pfn);
	if (is_huge_file(m, pfn) && !m->profile->cuts_unevenly) {
		split_huge_file(m, folio.head);
		return;
	}
	if (is_huge_file(m, pfn))
		rest_huge_file(m, folio.head, HPAGE_ORDER);
	folio_unmap(m, folio);
	folio_halve(m, folio, pfn);
	shmem_drop_behind_end(m, object, index, index + folio.pages);
}

/* Collapse. */

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

/* 0, COLLAPSE_STOP where there is not a page, or a negative errno. */
static int collapse_pages(struct cr2_model *m, uint32_t object, uint64_t index)
{
	uint32_t head;
	bool major;

	if (is_empty(m, object, index, HPAGE_PAGES))
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
