/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/hugetlb.c and fs/hugetlbfs/inode.c: pages of 2 MiB or 1 GiB of a pool that is set aside beforehand.
 *
 * mmap() promises each place of a mapping a page (a reservation), so that no fault of the process
 * that made it comes too late; what is forked from it has no promise. Shared ones are promised each place of their
 * object, once for all of them. A promise is kept when a
 * fault takes the page. Of a page of 1 GiB, which a PUD maps, nothing is kept by the 4 KiB page: its head is the only
 * struct page, its bytes lie in memory that costs nothing until it is written. Left out: page tables that processes share, cgroups, surplus pages.
 */
#include "base/linux_errno.h"
#include "mm.h"

static uint64_t huge_page_mask(const struct vma *vma)
{
	return ~(vma_kernel_pagesize(vma) - 1);
}

static enum cr2_level huge_page_level(const struct vma *vma)
{
	return vma->gigantic ? CR2_LEVEL_PUD : CR2_LEVEL_PMD;
}

/* So many of 4 KiB are one. */
static uint32_t pages_per_huge_page(bool gigantic)
{
	return gigantic ? GIGANTIC_PAGES : HPAGE_PAGES;
}

static struct hugetlb_pool *pool_of(struct cr2_model *m, bool gigantic)
{
	return &m->pools[gigantic];
}

static bool is_shared_hugetlb(const struct vma *vma)
{
	return vma->flags & VM_MAYSHARE;
}

static uint64_t place_number(uint64_t address)
{
	return address / CR2_HUGE_SIZE;
}

/* Of the page that holds address: of its first 2 MiB. */
static uint64_t place_of(const struct vma *vma, uint64_t address)
{
	return place_number(address & huge_page_mask(vma));
}

static int64_t count_places(const struct vma *vma)
{
	return (int64_t)((vma->end - vma->start) / vma_kernel_pagesize(vma));
}

/* The page's number in its object. */
static uint64_t place_index(const struct vma *vma, uint64_t address)
{
	return vma_pgoff(vma, address & huge_page_mask(vma));
}

/* --- promises --- */

/* The kernel counts below 0 where a promise was given back of a page that others still have. */
static int hugetlb_acct_memory(struct hugetlb_pool *pool, int64_t pages)
{
	if (pages > 0 && (pages > pool->free || pool->reserved + pages > pool->free))
		return -ENOMEM;
	pool->reserved += (int32_t)pages;
	return 0;
}

/* Was the place of this number ever promised a page (region_chg())? With its page, or a hole, that ends. */
static bool is_reserved(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	uint32_t unused;

	return tree_find(&m->trees, &object_at(m, number)->blocks, index, &unused);
}

static void reserve(struct cr2_model *m, uint32_t number, uint64_t index)
{
	if (tree_set(&m->trees, &object_of(m, number)->blocks, index, 0) < 0)
		m->failed = true;
}

int hugetlb_reserve_pages(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	const bool gigantic = object_at(m, number)->gigantic;
	const uint64_t step = pages_per_huge_page(gigantic);
	int64_t more = 0;
	int r;

	for (uint64_t i = first; i < last; i += step)
		more += !is_reserved(m, number, i);
	r = hugetlb_acct_memory(pool_of(m, gigantic), more);
	for (uint64_t i = first; r == 0 && i < last; i += step)
		reserve(m, number, i);
	return r;
}

static int reserve_mapping(struct cr2_model *m, struct vma *vma)
{
	int r;

	if (vma->flags & VM_NORESERVE)
		return 0;
	if (is_shared_hugetlb(vma))
		return hugetlb_reserve_pages(m, vma->object, vma->page_offset, vma_pgoff(vma, vma->end));
	r = hugetlb_acct_memory(pool_of(m, vma->gigantic), count_places(vma));
	vma->reserves = r == 0;
	return r;
}

/* Who maps to write makes the file as long as that takes, whatever seals say. */
int hugetlbfs_file_mmap(struct cr2_model *m, struct vma *vma)
{
	struct object *object = object_of(m, vma->object);
	int r = vma->page_offset % pages_per_huge_page(vma->gigantic) ? -EINVAL : reserve_mapping(m, vma);

	if (r == 0 && vma->flags & VM_WRITE && object->pages < vma_pgoff(vma, vma->end))
		object->pages = vma_pgoff(vma, vma->end);
	return r;
}

/* Is there still a promise for the page of this number? */
static bool object_promises(const struct cr2_model *m, uint32_t number, uint64_t index)
{
	return is_reserved(m, number, index) && !cache_get(m, number, index);
}

/* Twin of vma_needs_reservation(). */
static bool vma_has_reserves(const struct cr2_model *m, const struct process *mm, const struct vma *vma,
			     uint64_t address)
{
	uint32_t value;

	if (is_shared_hugetlb(vma))
		return object_promises(m, vma->object, place_index(vma, address));
	return vma->reserves && !tree_find(&m->trees, &mm->promises_kept, place_of(vma, address), &value);
}

static void keep_promise(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address)
{
	if (vma->reserves && tree_set(&m->trees, &mm->promises_kept, place_of(vma, address), 1) < 0)
		m->failed = true;
}

void hugetlb_vm_op_close(struct cr2_model *m, struct process *mm, const struct vma *vma)
{
	int64_t left = count_places(vma);
	struct tree_entry kept;

	if (!vma->reserves)
		return;
	while (tree_from(&m->trees, &mm->promises_kept, place_number(vma->start), &kept) &&
	       kept.key < place_number(vma->end)) {
		tree_delete(&m->trees, &mm->promises_kept, kept.key);
		left--;
	}
	(void)hugetlb_acct_memory(pool_of(m, vma->gigantic), -left);
}

/* They go with a mapping that moves whole; the kernel forgets them of what stays (hugetlb_refuses()). */
void hugetlb_move_promises(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t to)
{
	uint64_t from = place_number(vma->start), delta = place_number(to) - from;
	struct tree_entry kept;

	if (!vma->reserves)
		return;
	vma->reserves = false;
	while (tree_from(&m->trees, &mm->promises_kept, from, &kept) && kept.key < place_number(vma->end)) {
		tree_delete(&m->trees, &mm->promises_kept, kept.key);
		if (tree_set(&m->trees, &mm->promises_kept, kept.key + delta, 1) < 0)
			m->failed = true;
	}
}

/* --- pages --- */

static uint32_t first_gigantic(const struct cr2_model *m)
{
	return (uint32_t)((m->config.frames + GIGANTIC_PAGES - 1) & ~(GIGANTIC_PAGES - 1ULL));
}

bool is_gigantic_frame(const struct cr2_model *m, uint64_t pfn)
{
	const uint64_t first = first_gigantic(m);

	return pfn >= first && pfn < first + m->config.gigantic * (uint64_t)GIGANTIC_PAGES;
}

/* Behind all other memory, as far as that could ever go. */
int gigantic_init(struct cr2_model *m)
{
	const uint64_t first = first_gigantic(m), n = m->config.gigantic * (uint64_t)GIGANTIC_PAGES;
	int r = 0;

	if (n == 0)
		return 0;
	r = first + n > UINT32_MAX ? -EINVAL : array_reserve(&m->pages, &page_kind, first + n);
	for (uint64_t head = first; r == 0 && head < first + n; head += GIGANTIC_PAGES)
		r = page_of(m, head) ? 0 : -ENOMEM;
	return r == 0 ? phys_add_sparse(&m->phys, first, n) : r;
}

static uint32_t alloc_gigantic_page(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address)
{
	uint32_t head = first_gigantic(m);

	while (page_at(m, head)->refcount)
		head += GIGANTIC_PAGES;
	page_of(m, head)->refcount = 1;
	prep_compound_head(m, mm, vma, address & huge_page_mask(vma), head, GIGANTIC_ORDER);
	return head;
}

void free_gigantic_page(struct cr2_model *m, uint32_t head)
{
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		*page_of(m, head + i) = (struct page){0};
	phys_clear_sparse(&m->phys, head, GIGANTIC_PAGES);
}

static uint32_t alloc_any_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	return vma->gigantic ? alloc_gigantic_page(m, mm, vma, address) : alloc_huge_page(m, mm, vma, address);
}

/* A free page, mapped once; 0: none is left that is not promised to others. */
static uint32_t alloc_hugetlb_folio(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
				    bool promised)
{
	struct hugetlb_pool *pool = pool_of(m, vma->gigantic);
	uint32_t head;

	if (pool->free == 0 || (!promised && pool->free <= pool->reserved))
		return 0;
	head = alloc_any_page(m, mm, vma, address);
	if (!head)
		return 0;
	pool->free--;
	pool->reserved -= promised;
	return head;
}

/* Before a reference goes: with the last the page is back in the pool. */
static void note_put(struct cr2_model *m, uint32_t head)
{
	const struct page *page = page_at(m, head);
	struct hugetlb_pool *pool = pool_of(m, page->order == GIGANTIC_ORDER);

	if (page->refcount > 1)
		return;
	pool->free++;
	pool->reserved += (page->flags & PG_RESTORE_RESERVE) != 0;
}

static void drop_cached(struct cr2_model *m, uint32_t object, uint64_t index, uint32_t head)
{
	cache_set(m, object, index, 0);
	note_put(m, head);
	put_page(m, head);
}

/* Pages first to last (exclusive) leave the cache, and what was promised them is nobody's. */
static void remove_inode_hugepages(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	uint32_t head;

	for (uint64_t i = first; cache_next(m, number, &i, &head) && i < last; i++) {
		drop_cached(m, number, i, head);
		tree_delete(&m->trees, &object_of(m, number)->blocks, i);
	}
}

/* From page first on nothing is there any more, nor promised. */
static void truncate_hugepages(struct cr2_model *m, uint32_t number, uint64_t first)
{
	struct tree_entry place;
	int64_t left = 0;

	remove_inode_hugepages(m, number, first, UINT64_MAX);
	while (tree_from(&m->trees, &object_at(m, number)->blocks, first, &place)) {
		tree_delete(&m->trees, &object_of(m, number)->blocks, place.key);
		left++;
	}
	(void)hugetlb_acct_memory(pool_of(m, object_at(m, number)->gigantic), -left);
}

/* With its last mapping the object of a shared one goes. */
void hugetlbfs_evict_inode(struct cr2_model *m, uint32_t object)
{
	truncate_hugepages(m, object, 0);
}

bool hugetlb_evicts_later(struct cr2_model *m, uint32_t number)
{
	struct object *object = object_of(m, number);

	if (object->kind != OBJECT_HUGETLB || !m->evicts_later)
		return false;
	object->vmas = m->to_evict;
	m->to_evict = number;
	return true;
}

void hugetlb_evict(struct cr2_model *m)
{
	m->evicts_later = false;
	for (uint32_t number; (number = m->to_evict); ) {
		struct object *object = object_of(m, number);

		m->to_evict = object->vmas;
		object->vmas = 0;
		object->refs = 1;
		object_put(m, number);
	}
}

/* --- page tables --- */

static bool is_mapped(uint64_t pmd)
{
	return (pmd & ENTRY_PS) && pte_present(pmd);
}

const uint64_t *gigantic_peek(const struct cr2_model *m, const struct process *mm, uint64_t address)
{
	const uint64_t *pud = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PUD);

	return pud && is_mapped(*pud) ? pud : NULL;
}

/* The entry for the page at address, or NULL. */
static uint64_t *hugetlb_walk(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t address)
{
	return pgtable_entry(m, mm->cr3, address, huge_page_level(vma));
}

static uint64_t *next_gigantic(struct cr2_model *m, const struct process *mm, uint64_t *address, uint64_t end)
{
	for (*address &= ~(CR2_GIGANTIC_SIZE - 1); *address < end; *address += CR2_GIGANTIC_SIZE)
		if (gigantic_peek(m, mm, *address))
			return pgtable_entry(m, mm->cr3, *address, CR2_LEVEL_PUD);
	return NULL;
}

/* The first entry that maps a page of the mapping from *address on, below end; NULL: none does. */
static uint64_t *next_mapped(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t *address,
			     uint64_t end)
{
	if (vma->gigantic)
		return next_gigantic(m, mm, address, end);
	for (; (*address = pgtable_next(m, mm->cr3, *address & huge_page_mask(vma), end)) < end; *address += CR2_HUGE_SIZE) {
		uint64_t *pmd = pgtable_entry(m, mm->cr3, *address, CR2_LEVEL_PMD);

		if (pmd && is_mapped(*pmd))
			return pmd;
	}
	return NULL;
}

/* Who made the mapping is promised a page for what it gives up; the page knows, while others have it. */
static void restore_reservation(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
				uint32_t head)
{
	if (!vma->reserves || !m->profile->hugetlb_restores || page_at(m, head)->flags & PG_FILE ||
	    (page_at(m, head)->refcount > 1 && !m->profile->hugetlb_restores_shared))
		return;
	page_of(m, head)->flags |= PG_RESTORE_RESERVE;
	tree_delete(&m->trees, &mm->promises_kept, place_of(vma, address));
}

static void unmap_hugepage(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
			   uint64_t *pmd)
{
	uint32_t head = (uint32_t)pte_pfn(*pmd);

	*pmd = 0;
	restore_reservation(m, mm, vma, address, head);
	note_put(m, head);
	put_huge(m, mm, head);
}

void unmap_hugepage_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
			  uint64_t end)
{
	for (uint64_t address = start, *pmd; (pmd = next_mapped(m, mm, vma, &address, end)); address += vma_kernel_pagesize(vma))
		unmap_hugepage(m, mm, vma, address, pmd);
}

/* Of shared mappings nothing is copied: it can be faulted in. The child's entries are as young as the parent's. */
int copy_hugetlb_page_range(struct cr2_model *m, struct process *child, struct process *parent,
			    const struct vma *vma)
{
	for (uint64_t address = vma->start, *pmd; (pmd = next_mapped(m, parent, vma, &address, vma->end));
	     address += vma_kernel_pagesize(vma)) {
		uint64_t *target = pgtable_alloc(m, child->cr3, address, huge_page_level(vma));
		uint32_t head = (uint32_t)pte_pfn(*pmd);

		if (!target)
			return -ENOMEM;
		page_of(m, head)->flags &= (uint16_t)~PG_EXCLUSIVE;
		get_page(m, head);
		large_map_pmd(m, child, head);
		*target = *pmd = pte_wrprotect(m, *pmd);
	}
	return 0;
}

void move_hugetlb_page_tables(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t from,
			      uint64_t to, uint64_t end)
{
	uint64_t first = from, *pmd;

	for (; (pmd = next_mapped(m, mm, vma, &from, end)); from += vma_kernel_pagesize(vma)) {
		uint64_t *target = pgtable_alloc(m, mm->cr3, to + (from - first), huge_page_level(vma));

		if (!target)
			break;
		*target = *pmd;
		*pmd = 0;
	}
	flush_tlb_range(m, mm, first, end);
}

void hugetlb_change_protection(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
			       uint64_t end)
{
	for (uint64_t address = start, *pmd; (pmd = next_mapped(m, mm, vma, &address, end)); address += vma_kernel_pagesize(vma)) {
		*pmd = pte_modify(*pmd, vma_page_prot(m, vma) | ENTRY_PS);
		if (!(*pmd & ENTRY_RW) && (*pmd & ENTRY_D))
			*pmd = pte_wrprotect(m, *pmd);
	}
	flush_tlb_range(m, mm, start, end);
}

/* --- faults --- */

static enum vm_fault_result no_page_to_map(struct vm_fault *vmf)
{
	vmf->path = CR2_PATH_SIGBUS;
	return VM_FAULT_SIGBUS;
}

/* The bit that keeps a read-only entry's D stays where it is; the CPU adds D when it stores. */
static uint64_t maybe_huge_pte_mkwrite(const struct vm_fault *vmf, uint64_t entry)
{
	return pte_mkdirty(vmf->m, entry) | (vmf->vma->flags & VM_WRITE ? ENTRY_RW : 0);
}

static uint64_t make_huge_pte(const struct vm_fault *vmf, uint32_t head, bool writable)
{
	uint64_t entry = pte_make(head, vma_page_prot(vmf->m, vmf->vma) | ENTRY_PS);

	return writable && (vmf->vma->flags & VM_WRITE || !is_shared_hugetlb(vmf->vma)) ?
	       maybe_huge_pte_mkwrite(vmf, entry) : entry;
}

bool hugetlb_is_cached(struct cr2_model *m, const struct vma *vma, uint64_t address)
{
	return cache_get(m, vma->object, place_index(vma, address));
}

static bool is_mapped_at(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t address, uint32_t head)
{
	const uint64_t *pmd = hugetlb_walk(m, mm, vma, address);

	return pmd && is_mapped(*pmd) && pte_pfn(*pmd) == head;
}

/*
 * Who made the mapping gets the page that a process which inherited it has as well: the other
 * loses it, and finds nothing in this mapping any more. The kernel looks for it at the address of the fault, in
 * whatever mapping: false where that is not where the other has it.
 */
static bool unmap_ref_private(struct vm_fault *vmf, uint32_t head)
{
	struct cr2_model *m = vmf->m;
	uint32_t number = object_at(m, vmf->vma->object)->vmas, after;
	const uint64_t index = place_index(vmf->vma, vmf->address), here = vmf->address & huge_page_mask(vmf->vma);

	for (; number; number = after) {
		struct vma *vma = vma_of(m, number);
		struct process *mm = process_of(m, vma->process);
		uint64_t address = vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE;

		after = vma->object_after;
		if (vma == vmf->vma || vma->reserves || is_shared_hugetlb(vma) || index < vma->page_offset ||
		    index >= vma_pgoff(vma, vma->end))
			continue;
		if (address != here && (is_mapped_at(m, mm, vma, address, head) || is_mapped_at(m, mm, vma, here, head)))
			return false;
		if (!is_mapped_at(m, mm, vma, address, head))
			continue;
		vma->withdrawn = true;
		unmap_hugepage(m, mm, vma, address, hugetlb_walk(m, mm, vma, address));
		flush_tlb_range(m, mm, address, address + vma_kernel_pagesize(vma));
	}
	return true;
}

static enum vm_fault_result set_huge_ptep_writable(struct vm_fault *vmf, uint32_t head)
{
	fault_new_page(vmf, head, CR2_PAGE_REUSED);
	fault_upgrade(vmf, maybe_huge_pte_mkwrite(vmf, vmf->orig_pte | ENTRY_A));
	return VM_FAULT_DONE;
}

static enum vm_fault_result reuse_hugetlb(struct vm_fault *vmf, uint32_t head)
{
	enum vm_fault_result r = set_huge_ptep_writable(vmf, head);

	page_of(vmf->m, head)->flags |= PG_EXCLUSIVE;
	return r;
}

/* to is new: all zeros. */
static void copy_user_large_folio(struct cr2_model *m, uint32_t to, uint32_t from, bool gigantic)
{
	if (gigantic) {
		m->failed |= phys_copy_sparse(&m->phys, to, from, GIGANTIC_PAGES) < 0;
		return;
	}
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		if (phys_copy(&m->phys, to + i, from + i) < 0)
			m->failed = true;
}

/* The first page that is the mapping's own; it is what was promised. */
static void hugetlb_copy_of_file(struct vm_fault *vmf, uint32_t head)
{
	anon_vma_prepare(vmf->m, vmf->vma);
	page_of(vmf->m, head)->mapping = vmf->vma->anon_vma;
	keep_promise(vmf->m, vmf->mm, vmf->vma, vmf->address);
}

static enum vm_fault_result hugetlb_wp(struct vm_fault *vmf, uint32_t old)
{
	struct cr2_model *m = vmf->m;
	uint32_t head;
	bool cached;

	if (is_shared_hugetlb(vmf->vma))
		return set_huge_ptep_writable(vmf, old);
	cached = page_at(m, old)->flags & PG_FILE;
	if (page_mapcount(m, old) == 1 && !cached)
		return reuse_hugetlb(vmf, old);
	/* Its promise, if any, was kept by the page that is there, if that is not the file's. */
	head = alloc_hugetlb_folio(m, vmf->mm, vmf->vma, vmf->address, cached && vmf->pool.promised);
	if (!head && (cached || !vmf->vma->reserves))
		return no_page_to_map(vmf);
	if (!head && unmap_ref_private(vmf, old))
		return reuse_hugetlb(vmf, old);
	if (!head) {
		m->refusal = "a page that is taken back from a child where several private mappings of its place in the file are, or it moved";
		m->failed = true;
		return no_page_to_map(vmf);
	}
	if (cached)
		hugetlb_copy_of_file(vmf, head);
	fault_old_page(vmf, old);
	fault_new_page(vmf, head, CR2_PAGE_COPIED);
	vmf->page.bytes_copied = (unsigned)vma_kernel_pagesize(vmf->vma);
	copy_user_large_folio(m, head, old, vmf->vma->gigantic);
	fault_install(vmf, make_huge_pte(vmf, head, true), true);
	note_put(m, old);
	put_huge(m, vmf->mm, old);
	return VM_FAULT_DONE;
}

/* A new page for all who map the object; of a file it is known by its place there. */
static void hugetlb_add_to_page_cache(struct cr2_model *m, uint32_t number, uint64_t index, uint32_t head)
{
	struct page *page = page_of(m, head);

	cache_set(m, number, index, head);
	get_page(m, head);
	reserve(m, number, index);
	page->flags &= (uint16_t)~PG_EXCLUSIVE;
	if (object_at(m, number)->number == CR2_NO_OBJECT)
		return;
	page->mapping = number;
	page->index = index;
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		page[i].flags = (uint16_t)((page[i].flags & ~PG_ANON) | PG_FILE);
}

/* Is there one that is not promised to others? */
static bool pool_has_page(const struct vm_fault *vmf)
{
	const struct hugetlb_pool *pool = &vmf->pool.now;

	return pool->free && (vmf->pool.promised || pool->free > pool->reserved);
}

static enum vm_fault_result map_new_page(struct vm_fault *vmf, uint64_t index)
{
	struct cr2_model *m = vmf->m;
	struct vma *vma = vmf->vma;
	const bool shared = is_shared_hugetlb(vma);
	uint32_t head;

	if (!shared && (m->profile->hugetlb_prepares_first || pool_has_page(vmf)))
		anon_vma_prepare(m, vma);
	head = alloc_hugetlb_folio(m, vmf->mm, vma, vmf->address, vmf->pool.promised);
	if (!head)
		return no_page_to_map(vmf);
	fault_new_page(vmf, head, CR2_PAGE_ZEROED);
	keep_promise(m, vmf->mm, vma, vmf->address);
	if (shared)
		hugetlb_add_to_page_cache(m, vma->object, index, head);
	fault_install(vmf, make_huge_pte(vmf, head, shared || fault_is_write(vmf)), false);
	return VM_FAULT_DONE;
}

/* What the object has: a private mapping that is written to has it for a moment, and then a copy if one can be had. */
static enum vm_fault_result map_cached_page(struct vm_fault *vmf, uint32_t head)
{
	struct cr2_model *m = vmf->m;
	const bool shared = is_shared_hugetlb(vmf->vma);
	const uint64_t entry = make_huge_pte(vmf, head, shared);

	get_page(m, head);
	large_map_pmd(m, vmf->mm, head);
	if (!shared && fault_is_write(vmf)) {
		*vmf->pte = entry;
		return hugetlb_wp(vmf, head);
	}
	fault_new_page(vmf, head, CR2_PAGE_CACHED);
	fault_install(vmf, entry, false);
	return VM_FAULT_DONE;
}

/* A page where nothing is. Behind the end of the object there is none. */
static enum vm_fault_result hugetlb_no_page(struct vm_fault *vmf)
{
	const struct cr2_model *m = vmf->m;
	const struct vma *vma = vmf->vma;
	const uint64_t index = place_index(vma, vmf->address);
	const uint32_t head = cache_get(m, vma->object, index);

	if (vma->withdrawn)
		return no_page_to_map(vmf);
	if (head)
		return map_cached_page(vmf, head);
	/* A part of a page at its end is none. */
	vmf->pool.behind_end = index >= (object_at(m, vma->object)->pages & ~(pages_per_huge_page(vma->gigantic) - 1ULL));
	return vmf->pool.behind_end ? no_page_to_map(vmf) : map_new_page(vmf, index);
}

enum vm_fault_result hugetlb_fault(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;

	vmf->path = CR2_PATH_HUGETLB;
	vmf->level = huge_page_level(vmf->vma);
	vmf->pool = (struct vm_fault_pool){
		.now = *pool_of(m, vmf->vma->gigantic),
		.gigantic = vmf->vma->gigantic,
		.promised = vma_has_reserves(m, vmf->mm, vmf->vma, vmf->address),
		.withdrawn = vmf->vma->withdrawn,
	};
	vmf->pte = pgtable_alloc(m, vmf->mm->cr3, vmf->address, vmf->level);
	if (!vmf->pte) {
		vmf->path = CR2_PATH_OOM;
		return VM_FAULT_OOM;
	}
	vmf->orig_pte = *vmf->pte;
	if (pte_none(vmf->orig_pte))
		return hugetlb_no_page(vmf);
	if (fault_is_write(vmf) && !(vmf->orig_pte & ENTRY_RW))
		return hugetlb_wp(vmf, (uint32_t)pte_pfn(vmf->orig_pte));
	fault_new_page(vmf, pte_pfn(vmf->orig_pte), CR2_PAGE_UNCHANGED);
	fault_install(vmf, vmf->orig_pte | ENTRY_A, true);
	return VM_FAULT_DONE;
}

/* --- what was there before --- */

static uint32_t place_private(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
			      const struct cr2_placed *how)
{
	uint32_t head;

	anon_vma_prepare(m, vma);
	if (how->same)
		return place_same_huge(m, mm, vma, address, how);
	head = alloc_hugetlb_folio(m, mm, vma, address, vma_has_reserves(m, mm, vma, address));
	if (!head)
		return 0;
	keep_promise(m, mm, vma, address);
	if (how->shared)
		place_others(m, head);
	return head;
}

static uint32_t place_cached(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	const uint64_t index = place_index(vma, address);
	uint32_t head = cache_get(m, vma->object, index);

	if (head) {
		get_page(m, head);
		large_map_pmd(m, mm, head);
		return head;
	}
	head = alloc_hugetlb_folio(m, mm, vma, address, object_promises(m, vma->object, index));
	if (head)
		hugetlb_add_to_page_cache(m, vma->object, index, head);
	return head;
}

int place_hugetlb_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		       const struct cr2_placed *how)
{
	uint64_t *pmd, entry;
	uint32_t head;

	if (!how->huge || vma->gigantic || address % CR2_HUGE_SIZE || (how->anonymous && is_shared_hugetlb(vma)))
		return -EINVAL;
	pmd = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PMD);
	if (!pmd)
		return -ENOMEM;
	if (*pmd)
		return -EINVAL;
	head = how->anonymous ? place_private(m, mm, vma, address, how) : place_cached(m, mm, vma, address);
	if (!head)
		return -EINVAL;
	entry = pte_make(head, private_page_prot(vma) | ENTRY_PS);
	*pmd = how->writable ? pte_mkwrite(pte_mkdirty(m, entry)) : entry;
	return 0;
}

/* --- system calls --- */

/* Aligned at its start; of the rest what is a whole page. */
int hugetlb_dontneed(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
		     uint64_t end)
{
	if (start & ~huge_page_mask(vma))
		return -EINVAL;
	end &= huge_page_mask(vma);
	unmap_hugepage_range(m, mm, vma, start, end);
	flush_tlb_range(m, mm, start, end);
	return 0;
}

/* Of all mappings of pages first to last (exclusive), what private ones have for themselves, too. */
static void hugetlb_vmdelete_list(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	const struct vma *vma = vma_at(m, object_at(m, number)->vmas);

	for (; vma; vma = vma_at(m, vma->object_after)) {
		struct process *mm = process_of(m, vma->process);
		uint64_t from = vma->page_offset, to = vma_pgoff(vma, vma->end), start, end;

		if (from >= last || to <= first)
			continue;
		start = vma->start + (first > from ? first - from : 0) * CR2_PAGE_SIZE;
		end = last < to ? vma->start + (last - from) * CR2_PAGE_SIZE : vma->end;
		unmap_hugepage_range(m, mm, vma, start, end);
		flush_tlb_range(m, mm, start, end);
	}
}

/* What a hole covers a part of stays, with zeros there. */
static void hugetlbfs_zero_partial_page(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	const bool gigantic = object_at(m, number)->gigantic;
	uint32_t head = cache_get(m, number, first & ~(pages_per_huge_page(gigantic) - 1ULL));

	head += head ? (uint32_t)(first & (pages_per_huge_page(gigantic) - 1ULL)) : 0;
	if (head && gigantic)
		phys_clear_sparse(&m->phys, head, last - first);
	else
		for (uint64_t i = 0; head && i < last - first; i++)
			phys_fill(&m->phys, head + i, 0);
}

int hugetlb_punch_hole(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t last)
{
	const uint64_t mask = pages_per_huge_page(object_at(m, number)->gigantic) - 1ULL;
	const uint64_t start = (first + mask) & ~mask, end = last & ~mask;

	if (first < start)
		hugetlbfs_zero_partial_page(m, number, first, last < start ? last : start);
	if (start < end) {
		hugetlb_vmdelete_list(m, number, start, end);
		remove_inode_hugepages(m, number, start, end);
	}
	if (end >= start && end < last)
		hugetlbfs_zero_partial_page(m, number, end, last);
	return 0;
}

/* A page that nobody maps; not where the pool has none but those promised to others. */
static int allocate_place(struct cr2_model *m, struct process *mm, uint32_t number, uint64_t index)
{
	struct vma pseudo = {.flags = VM_SHARED | VM_MAYSHARE | VM_HUGETLB, .object = number, .page_offset = index};
	const uint32_t head = alloc_hugetlb_folio(m, mm, &pseudo, 0, object_promises(m, number, index));

	if (!head)
		return -ENOSPC;
	hugetlb_add_to_page_cache(m, number, index, head);
	put_huge(m, mm, head);
	return 0;
}

/* Whole pages; the file ends where it was asked to, and where a page could not be had it is as long as before. */
int hugetlbfs_fallocate(struct cr2_model *m, struct process *mm, uint32_t number, uint64_t first, uint64_t last)
{
	struct object *object = object_of(m, number);
	int r = 0;

	if (last > object->pages && object->seals & CR2_SEAL_GROW)
		return -EPERM;
	for (uint64_t i = first & ~(HPAGE_PAGES - 1ULL); i < last && r == 0; i += HPAGE_PAGES)
		if (!cache_get(m, number, i))
			r = allocate_place(m, mm, number, i);
	if (r == 0 && last > object_at(m, number)->pages)
		object_of(m, number)->pages = last;
	return r;
}

/* Twin of hugetlbfs_setattr(), of a file's size. */
int hugetlb_truncate(struct cr2_model *m, uint32_t number, uint64_t length)
{
	struct object *object = object_of(m, number);
	const uint64_t pages = length >> CR2_PAGE_SHIFT;

	if (length % CR2_HUGE_SIZE)
		return -EINVAL;
	if ((pages < object->pages && object->seals & CR2_SEAL_SHRINK) || (pages > object->pages && object->seals & CR2_SEAL_GROW))
		return -EPERM;
	object->pages = pages;
	hugetlb_vmdelete_list(m, number, pages, UINT64_MAX);
	truncate_hugepages(m, number, pages);
	return 0;
}

/* A hole is read without a page. */
int hugetlbfs_read(const struct cr2_model *m, uint32_t number, uint64_t offset, uint8_t *ret_value)
{
	const uint64_t index = offset >> CR2_PAGE_SHIFT;
	const uint32_t head = cache_get(m, number, index & ~(HPAGE_PAGES - 1ULL));

	if (index >= object_at(m, number)->pages)
		return -ENODATA;
	*ret_value = head ? phys_read8(&m->phys, ((uint64_t)head << CR2_PAGE_SHIFT) + offset % CR2_HUGE_SIZE) : 0;
	return 0;
}

/* Where two processes map the same GiB, they share its page tables. */
#define SHARES_TABLES (1ULL << 30)

static bool meets_hugetlb(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t length)
{
	const struct vma *vma = vma_peek_next(m, mm, start);

	for (; vma && vma->start < start + length; vma = vma_at(m, vma->after))
		if (is_vm_hugetlb_page(vma))
			return true;
	return false;
}

static bool loses_promises(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t length)
{
	const struct vma *vma = vma_peek_next(m, mm, start);

	for (; vma && vma->start < start + length; vma = vma_at(m, vma->after))
		if (vma->reserves && (vma->start < start || vma->end > start + length))
			return true;
	return false;
}

const char *hugetlb_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const bool makes = (op->kind == CR2_OP_SHMEM || op->kind == CR2_OP_SHM) && op->flags & CR2_FILE_HUGETLB;
	const bool maps = (op->kind == CR2_OP_MAP || op->kind == CR2_OP_SHMAT) && op->flags & CR2_MAP_HUGETLB;

	if ((makes || maps) && m->config.profile == CR2_PROFILE_COURSE)
		return "hugetlb pages, which the course leaves out";
	if (maps && (op->flags & CR2_MAP_SHARED) && op->length >= SHARES_TABLES && cr2_map_unit(op->flags) == CR2_HUGE_SIZE)
		return "shared mappings of hugetlb pages of 1 GiB or more, whose page tables processes share";
	if (op->kind == CR2_OP_REMAP && (op->flags & CR2_MREMAP_FIXED) && loses_promises(m, mm, op->address, op->length))
		return "a part of a private mapping of hugetlb pages that mremap moves: the kernel keeps what it promised the rest for good";
	if (cr2_op_is_userfault(op->kind) &&
	    (meets_hugetlb(m, mm, op->address, op->length) ||
	     (op->kind == CR2_OP_UFFD_MOVE && meets_hugetlb(m, mm, op->new_address, op->length))))
		return "userfaultfd of hugetlb pages";
	return NULL;
}

uint64_t hugetlb_leaks(const struct cr2_model *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(m->pools); i++)
		n += (uint64_t)(m->pools[i].pages - m->pools[i].free) + (uint64_t)(m->pools[i].reserved != 0);
	return n;
}
