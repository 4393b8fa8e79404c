/* SPDX-License-Identifier: MIT */
/*
 * What the files of the model's kernel half offer each other; each section is what the file of
 * that name defines.
 */
#ifndef MODEL_MM_H
#define MODEL_MM_H

#include <errno.h>

#include "pte.h"

/* page_alloc.c: the buddy allocator. A frame comes with one reference and zero bytes. */
uint32_t alloc_pages(struct cr2_model *m, unsigned order); /* first frame; 0: none left */
int refill_pages(struct cr2_model *m); /* for alloc_page(): 0 or -ENOMEM */
/* The same of one frame. *ret_page is only set where there is one. */
static inline uint32_t alloc_page(struct cr2_model *m, struct page **ret_page)
{
	if (m->next_page == m->end_page && refill_pages(m) < 0)
		return 0;
	m->n_used++;
	*ret_page = m->next_page++;
	**ret_page = (struct page){.refcount = 1};
	return m->next_free++;
}
/* memcontrol.c: a limit on the memory of all processes. */
bool mem_cgroup_has_room(struct cr2_model *m);
void mem_cgroup_charge(struct cr2_model *m, struct page *page);
int set_memory_limit(struct cr2_model *m, uint64_t pages);
const char *memory_limit_refuses(const struct cr2_model *m, const struct cr2_op *op);
/* A process's page, that counts. */
static inline uint32_t alloc_user_page(struct cr2_model *m, struct page **ret_page)
{
	uint32_t pfn;

	if (m->memory_limited && !mem_cgroup_has_room(m))
		return 0;
	pfn = alloc_page(m, ret_page);
	if (pfn && m->memory_limited)
		mem_cgroup_charge(m, *ret_page);
	return pfn;
}
void free_pages(struct cr2_model *m, uint32_t pfn, unsigned order);
void free_page_run(struct cr2_model *m, uint32_t pfn, uint32_t n); /* one by one, upwards */
void put_page(struct cr2_model *m, uint32_t pfn);
static inline void get_page(struct cr2_model *m, uint32_t pfn)
{
	page_of(m, pfn)->refcount++;
}

/* pgtable.c: page tables. Levels as in enum cr2_level. */
uint64_t *pgtable_entry(struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level);
/* The same to read, until any is written. */
const uint64_t *pgtable_peek(const struct cr2_model *m, uint64_t cr3, uint64_t address,
			     unsigned level);
/* hugetlb.c: the PUD that maps 1 GiB there, or NULL. */
const uint64_t *gigantic_peek(const struct cr2_model *m, const struct process *mm, uint64_t address);
/* The entry for address that names a page, of a PUD, a PMD or a PTE; NULL: there is no table for it. */
static inline const uint64_t *leaf_peek(const struct cr2_model *m, const struct process *mm,
					uint64_t address)
{
	const uint64_t *pmd = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD);

	if (!pmd)
		return gigantic_peek(m, mm, address);
	return *pmd & ENTRY_PS ? pmd : pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PTE);
}
/* The page that such an entry maps at address, also where a PMD maps 512, or a PUD 262144. */
static inline uint32_t leaf_pfn(const struct cr2_model *m, const struct process *mm, uint64_t address,
				const uint64_t *entry)
{
	const uint64_t *pmd = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD);
	uint32_t pfn = (uint32_t)pte_pfn(*entry);

	if (!pmd)
		return pfn + (uint32_t)(address >> CR2_PAGE_SHIFT & (GIGANTIC_PAGES - 1));
	return entry == pmd ? pfn + (uint32_t)level_index(address, CR2_LEVEL_PTE) : pfn;
}
static inline uint64_t *leaf_entry(struct cr2_model *m, const struct process *mm, uint64_t address)
{
	uint64_t *pmd = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);

	return pmd && (*pmd & ENTRY_PS) ? pmd : pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
}
/* Behind a pointer to a PTE is the whole table. */
uint64_t *pgtable_alloc(struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level);
/* The PTE for address alone: those around it are not behind the pointer. */
uint64_t *pgtable_alloc_alone(struct cr2_model *m, uint64_t cr3, uint64_t address);
/*
 * The only entry of the last table for address, and the address that it is for; NULL: there is no
 * such table, or it may have others. Good until the table gets another entry.
 */
uint64_t *pgtable_single(struct cr2_model *m, uint64_t cr3, uint64_t address, uint64_t *ret_address);
uint32_t pgtable_new(struct cr2_model *m);
void free_pgtables(struct cr2_model *m, uint64_t cr3, uint64_t start, uint64_t end, uint64_t floor,
		   uint64_t ceiling);
void free_pgd(struct cr2_model *m, uint64_t cr3);
uint64_t pte_modify(uint64_t pte, uint64_t prot);
bool pte_dirty(uint64_t pte);

/* mmap.c: mappings. */
/* The first that ends above address; the one that holds it; the same, to look at. */
struct vma *find_other_vma(struct cr2_model *m, struct process *mm, uint64_t address);
/*
 * Where the one stands that was found last near address: any, which may be another by now. A
 * process touches many mappings by turns, but within 256 KiB mostly one.
 */
static inline struct vma **recent_vma(struct cr2_model *m, const struct process *mm,
				      uint64_t address)
{
	return &m->recent_vmas[((address >> 18) + mm->number) % RECENT_VMAS];
}
static inline struct vma *find_vma(struct cr2_model *m, struct process *mm, uint64_t address)
{
	struct vma *last = *recent_vma(m, mm, address);

	if (last && last->start <= address && address < last->end && last->process == mm->number)
		return last;
	return find_other_vma(m, mm, address);
}
struct vma *vma_lookup(struct cr2_model *m, struct process *mm, uint64_t address);
const struct vma *vma_peek(const struct cr2_model *m, const struct process *mm, uint64_t address);
/* As find_vma(), to look at. */
const struct vma *vma_peek_next(const struct cr2_model *m, const struct process *mm,
				uint64_t address);
static inline bool vma_is_anonymous(const struct vma *vma)
{
	return vma->object == CR2_NO_OBJECT;
}
static inline uint64_t vma_pgoff(const struct vma *vma, uint64_t address)
{
	return vma->page_offset + ((address - vma->start) >> CR2_PAGE_SHIFT);
}
int vma_split(struct cr2_model *m, struct process *mm, uint64_t address); /* a border at address */
int vma_insert(struct cr2_model *m, struct process *mm, const struct vma *vma);
int vma_split_borders(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
/* The mapping that holds address joins the one above it and, with down, the one below; not that of number except. */
void vma_merge_around(struct cr2_model *m, struct process *mm, uint64_t address, bool down, uint32_t except);
/* New flags for [start, end), inside one mapping: splits, sets, merges. 0 or -ENOMEM. */
int vma_modify_flags(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end,
		     uint64_t flags);
void anon_vma_new(struct cr2_model *m, struct vma *vma);
/* Does it have entries that no object could bring again: of anonymous pages, or of guard pages? */
static inline bool vma_has_own_entries(const struct vma *vma)
{
	return vma->anon_vma || vma->flags & VM_MAYBE_GUARD;
}
static inline void anon_vma_prepare(struct cr2_model *m, struct vma *vma)
{
	if (!vma->anon_vma)
		anon_vma_new(m, vma);
}
/* How much a process may have: pages, of whoever acts. */
uint64_t rlimit_pages(const struct cr2_model *m, enum cr2_limit limit);
bool may_expand_vm(const struct cr2_model *m, const struct process *mm, uint64_t flags, uint64_t pages);
void vm_stat_account(struct process *mm, uint64_t flags, uint64_t pages);
int expand_stack(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address);
int do_mmap(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
int do_munmap(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length);
int do_brk(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length);
void exit_mmap(struct cr2_model *m, struct process *mm);

/* ../ipc/shm.c */
int do_shmat(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
int do_shmdt(struct cr2_model *m, struct process *mm, uint64_t address);

/* ../arch/x86/mm/tlb.c */
void flush_tlb_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
void flush_tlb_mm(struct cr2_model *m, struct process *mm);
/*
 * So many pages, a power of two, around address became writable without a flush, but of the CPU on which the process
 * but_for runs; CR2_NO_OBJECT: of none.
 */
void tlb_keep_stale(struct cr2_model *m, struct process *mm, uint64_t address, uint64_t pages, uint32_t but_for);
/* May the CPU on which the current process runs hold the page's old entry? */
bool tlb_may_hold(const struct cr2_model *m, const struct process *mm, uint64_t address);
/* From now on no CPU holds the page's old entry. Could one till now? */
bool tlb_forget(struct cr2_model *m, struct process *mm, uint64_t address);
static inline void flush_tlb_page(struct cr2_model *m, struct process *mm, uint64_t address)
{
	tlb_flush_page(&m->cpu, address);
	if (m->n_stale)
		tlb_forget(m, mm, address);
}

/* memory.c: faults, and what walks page tables. */
static inline bool is_cow_mapping(uint64_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}
struct vm_fault_pool {
	struct hugetlb_pool now; /* when the fault began */
	bool promised, withdrawn, gigantic, behind_end;
};
struct vm_fault {
	struct cr2_model *m;
	struct process *mm;
	struct vma *vma;
	uint64_t address; /* as in CR2 */
	uint32_t flags;
	uint64_t pgoff;
	uint64_t *pte; /* the entry that decides, once known; a PMD entry for 2 MiB pages, a PUD entry for 1 GiB */
	uint64_t orig_pte;
	enum cr2_path path;
	bool major;
	enum cr2_level level; /* of pte */
	uint64_t installed; /* new value of the entry, 0 where it stays */
	bool flushed;
	bool new_table; /* the page table that holds pte was made for this fault */
	bool retried; /* the first try read, or let go of its lock to do so */
	bool in_advance; /* no exception led here, which would have dropped the CPU's entry */
	uint64_t userfault; /* the VM_UFFD_ mode for which handle_userfault() took it; 0: none did */
	struct vm_fault_pool pool; /* of VM_HUGETLB alone */
	/* For narration and the fault record: filled on the way, reported at the end. */
	struct cr2_stage_page page;
};
/* Assigned one by one: to clear page too would be a tenth of a fault's time. */
static inline void vm_fault_init(struct vm_fault *vmf, struct cr2_model *m, struct process *mm,
				 struct vma *vma, uint64_t address, uint32_t flags, uint64_t *pte)
{
	vmf->m = m;
	vmf->mm = mm;
	vmf->vma = vma;
	vmf->address = address;
	vmf->flags = flags;
	vmf->pte = pte;
	vmf->orig_pte = 0;
	vmf->path = CR2_PATH_UNKNOWN;
	vmf->major = false;
	vmf->installed = vmf->userfault = 0;
	vmf->flushed = vmf->new_table = vmf->retried = vmf->in_advance = false;
}
static inline bool fault_is_write(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_WRITE;
}
/* No write: the page is to be the process's alone, its entry stays read-only. */
static inline bool fault_unshares(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_UNSHARE;
}
enum vm_fault_result {
	VM_FAULT_DONE,
	VM_FAULT_OOM,
	VM_FAULT_SIGBUS,
	VM_FAULT_SIGSEGV,
	VM_FAULT_HWPOISON,
	VM_FAULT_RETRY, /* when userfaultfd's thread has answered */
};
enum vm_fault_result handle_mm_fault(struct vm_fault *vmf);
enum vm_fault_result do_fault(struct vm_fault *vmf); /* of a page that is missing, of an object */
enum vm_fault_result do_anonymous_page(struct vm_fault *vmf); /* of another page that is missing */
/* First address from address on, below end, under which there is a PMD entry, or a PUD that maps a page; end if none. */
uint64_t pgtable_next(const struct cr2_model *m, uint64_t cr3, uint64_t address, uint64_t end);
void zap_page_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
		    uint64_t end);
int copy_page_range(struct cr2_model *m, struct process *child, struct process *parent,
		    const struct vma *vma);
int place_page(struct cr2_model *m, struct process *mm, uint64_t address, const struct cr2_placed *how);
/* do_swap_page()'s last step where the page turns out to be shared. */
enum vm_fault_result wp_swapped_page(struct vm_fault *vmf);
/* The same as zap_page_range(), but private copies of file pages stay. */
void zap_file_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
/*
 * For narration: which frame is at stake, before its counts change. Only an observer wants to know
 * more than which it is.
 */
void view_before(const struct cr2_model *m, uint64_t pfn, struct cr2_frame_view *view);
static inline void fault_old_page(struct vm_fault *vmf, uint64_t pfn)
{
	vmf->page.old_page.pfn = pfn;
	if (vmf->m->observer)
		view_before(vmf->m, pfn, &vmf->page.old_page);
}
static inline void fault_new_page(struct vm_fault *vmf, uint64_t pfn, enum cr2_page_action action)
{
	vmf->page.action = action;
	vmf->page.new_page.pfn = pfn;
	if (!vmf->m->observer)
		return;
	view_before(vmf->m, pfn, &vmf->page.new_page);
	if (action != CR2_PAGE_ZEROED && action != CR2_PAGE_COPIED)
		return;
	/* It was free a moment ago, whatever has been done with it since. */
	vmf->page.new_page.refs_before = vmf->page.new_page.maps_before = 0;
	vmf->page.new_page.exclusive_before = false;
}
/* Writes the entry that settles the fault. */
static inline void fault_install(struct vm_fault *vmf, uint64_t value, bool flush)
{
	*vmf->pte = value;
	vmf->installed = value;
	vmf->flushed = flush;
	if (flush)
		flush_tlb_page(vmf->m, vmf->mm, vmf->address);
}
/* The same of an entry that only became writable, which the kernel does not flush. */
void fault_upgrade(struct vm_fault *vmf, uint64_t value);

/* A hint's fault: the page comes to the CPU that asks, 0, or could not (or -EINVAL: is not to). */
int numa_migrate(struct vm_fault *vmf);
/* The entry, a PMD's too, is what the mapping says again; r: numa_migrate()'s, which was no success. */
uint64_t numa_rebuild_single_mapping(const struct vm_fault *vmf, uint64_t old, int r);

/* rmap.c: who maps a page. */
/* A page that may be dropped is never backed by swap. */
static inline uint16_t anon_flags(const struct vma *vma)
{
	return PG_ANON | PG_EXCLUSIVE | (vma->flags & VM_DROPPABLE ? PG_LAZYFREE | PG_DROPPABLE : 0);
}
/* A new anonymous page, mapped once, by its maker: exclusive. */
static inline void page_add_anon_rmap(struct cr2_model *m, struct page *page,
				      const struct vma *vma, uint64_t address)
{
	page->flags = (page->flags & PG_CHARGED) | anon_flags(vma);
	page->mapping = vma->anon_vma;
	page->index = vma_pgoff(vma, address);
	page->id = ++m->next_id;
	page->mapcount = 1;
}
void page_remove_rmap(struct cr2_model *m, struct process *mm, uint32_t pfn);
uint32_t new_page_id(struct cr2_model *m);
/* Does a locked mapping have the anonymous page? Reclaim leaves it alone then, whoever asks. */
bool page_is_mlocked(struct cr2_model *m, uint32_t pfn);
/* Where mm has the anonymous page that its mappings count as number index, or NULL. */
uint64_t *rmap_pte(struct cr2_model *m, const struct process *mm, uint64_t index,
		   uint32_t pfn, const struct vma **ret_vma);

/*
 * large_file.c: pages of the page cache that are one (folios), of disk files. The functions that
 * split return whether they could; they unmap it from everywhere.
 */
struct folio {
	uint32_t head; /* the first frame */
	uint32_t pages;
};
struct folio file_folio(const struct cr2_model *m, uint32_t pfn); /* of any file's page */
bool is_large_file(const struct cr2_model *m, uint32_t pfn); /* of a disk, more than a page */
uint32_t folio_mapcount(const struct cr2_model *m, struct folio folio); /* of all its pages */
/* One of its pages was written to: all are to be written back. */
void folio_mark_dirty(struct cr2_model *m, uint32_t pfn);
bool folio_is_dirty(const struct cr2_model *m, struct folio folio); /* any of its pages */
/* Does a read that makes such an entry make it dirty where the page is? */
static inline bool maps_dirty(const struct cr2_model *m, uint64_t pte)
{
	return m->profile->read_maps_dirty && (pte & ENTRY_RW);
}
bool folio_maybe_shared(const struct cr2_model *m, struct folio folio); /* by two processes */
void folio_unmap(struct cr2_model *m, struct folio folio);
void folio_map_pmd(struct cr2_model *m, struct folio folio);
void folio_unmap_pmd(struct cr2_model *m, struct folio folio);
bool split_folio(struct cr2_model *m, struct folio folio); /* into single pages */
/* pfn becomes a single page, what is beside it halves. */
void folio_halve(struct cr2_model *m, struct folio folio, uint32_t pfn);
bool split_folio_at(struct cr2_model *m, struct folio folio, uint32_t pfn);

/* filemap.c: objects and their pages. */
int object_create(struct cr2_model *m, enum object_kind kind, uint32_t number, uint64_t length,
		  bool cold, uint32_t *ret_object);
void object_put(struct cr2_model *m, uint32_t object);
/* The file's disk is: what is not there cannot come. */
static inline bool object_is_full(const struct cr2_model *m, uint32_t object)
{
	const struct object *o = object_at(m, object);

	return o->room && o->used >= o->room;
}
static inline uint64_t object_size(const struct object *object) /* in bytes */
{
	return (object->pages << CR2_PAGE_SHIFT) - (object->tail ? CR2_PAGE_SIZE - object->tail : 0);
}
void clear_tail(struct cr2_model *m, uint32_t pfn, unsigned from); /* bytes from on become zeros */
bool block_is_there(const struct cr2_model *m, uint32_t object, uint64_t index); /* no hole, on the disk */
/* What was written behind the end, inside its last page, may become the file's: it has a new length. */
void object_grow(struct cr2_model *m, uint32_t object, uint64_t length);
uint32_t object_find(const struct cr2_model *m, uint32_t number); /* CR2_NO_OBJECT: none */
/* What the cache has for a page: a frame, or SHMEM_SWAPPED and a slot, or 0. */
uint32_t cache_get(const struct cr2_model *m, uint32_t object, uint64_t index);
void cache_set(struct cr2_model *m, uint32_t object, uint64_t index, uint32_t value);
/* The first that it has anything for from *index on: false, or true with *index and what. */
bool cache_next(const struct cr2_model *m, uint32_t object, uint64_t *index, uint32_t *ret_value);
uint32_t filemap_get_page(const struct cr2_model *m, uint32_t object, uint64_t index); /* or 0 */
/* So many pages (2^order) from index on, which are not cached, as one: its first frame, or 0. */
uint32_t cache_add(struct cr2_model *m, uint32_t object, uint64_t index, unsigned order);
uint32_t read_folio(struct cr2_model *m, uint32_t object, uint64_t index, unsigned order);
/* What was read before the model's time: folios from first on that are not there yet. */
void fill_cache(struct cr2_model *m, uint32_t number, uint64_t first, uint64_t pages, unsigned order, bool mark);
/* Pages first to last (exclusive) leave the cache; whoever maps one still holds it. */
void cache_drop(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
/* Their blocks are free, and so is what they held; are holes. */
void blocks_drop(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
void blocks_punch(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
/* The page, read or made where absent; *ret_major tells of a read. VM_FAULT_DONE: *ret_pfn. */
enum vm_fault_result filemap_fault(struct cr2_model *m, uint32_t object, uint64_t index,
				   uint32_t *ret_pfn, bool *ret_major);
void filemap_map_pages(struct vm_fault *vmf);
bool should_fault_around(const struct vm_fault *vmf);
bool folio_crosses_end(const struct vm_fault *vmf, struct folio folio); /* of its disk file */
/* Are all its pages seen in the table that holds vmf->pte? first: the entry that its head has. */
bool folio_fits_table(const struct vm_fault *vmf, int64_t first, uint32_t pages);
bool vma_has_page_mkwrite(const struct cr2_model *m, const struct vma *vma);
static inline unsigned vma_pkey(const struct vma *vma)
{
	return (unsigned)((vma->flags & VM_PKEY) >> CR2_VM_PKEY_BIT);
}
static inline uint64_t vm_pkey(unsigned key) /* as vm_flags have it */
{
	return (uint64_t)key << CR2_VM_PKEY_BIT;
}
/* What the entry of a page that is private starts with: read-only. */
static inline uint64_t private_page_prot(const struct vma *vma)
{
	const uint64_t key = (uint64_t)vma_pkey(vma) << ENTRY_PKEY_SHIFT;

	if (!(vma->flags & VM_ACCESS))
		return ENTRY_PROTNONE | ENTRY_A | key;
	return ENTRY_P | ENTRY_US | ENTRY_A | (vma->flags & VM_EXEC ? 0 : ENTRY_NX) | key;
}
/* Soft-dirty bits were cleared since it was mapped: who wants to know what is written to must hear of it. */
static inline bool vma_soft_dirty_enabled(const struct cr2_model *m, const struct vma *vma)
{
	return m->config.soft_dirty && !(vma->flags & VM_SOFTDIRTY);
}
static inline bool pte_needs_soft_dirty_wp(const struct cr2_model *m, const struct vma *vma, uint64_t pte)
{
	return vma_soft_dirty_enabled(m, vma) && !(pte & ENTRY_SOFT_DIRTY);
}
/* The filesystem, userfaultfd, or who cleared soft-dirty bits is to hear of the first write. */
static inline bool vma_wants_writenotify(const struct cr2_model *m, const struct vma *vma)
{
	return vma_has_page_mkwrite(m, vma) || (vma->flags & VM_UFFD_WP) ||
	       (vma_soft_dirty_enabled(m, vma) && !(vma->flags & VM_HUGETLB));
}
/*
 * What a page's entry starts with. Shared mappings start read-only where somebody wants to hear of the first write.
 */
static inline uint64_t vma_page_prot(const struct cr2_model *m, const struct vma *vma)
{
	uint64_t prot = private_page_prot(vma);

	if ((vma->flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) && !vma_wants_writenotify(m, vma))
		prot |= ENTRY_RW;
	return prot;
}
/* Takes pages first to last (exclusive) out of every mapping; private copies only if asked. */
void unmap_mapping_range(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last,
			 bool even_cows);
/* Page index of a disk file, which is cached, goes to its block. */
void disk_write(struct cr2_model *m, uint32_t object, uint64_t index);
void filemap_write(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);

/* secretmem.c */
static inline bool vma_is_secretmem(const struct cr2_model *m, const struct vma *vma)
{
	return vma->object != CR2_NO_OBJECT && object_at(m, vma->object)->kind == OBJECT_SECRET;
}
int secretmem_mmap(const struct cr2_model *m, const struct process *mm, struct vma *vma); /* of a new one: 0 or a negative errno */
bool secretmem_is_noexec(const struct cr2_model *m, const struct cr2_op *op); /* wants to map it to be executed */
/* What is not modelled, or NULL. */
const char *secretmem_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);

/* truncate.c: 0 or a negative errno. */
int do_truncate(struct cr2_model *m, uint32_t object, uint64_t length);
const char *truncate_refuses(const struct cr2_model *m, uint32_t object, uint64_t length);
int do_punch_hole(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
int do_evict(struct cr2_model *m, uint32_t object);

/* read_write.c: one byte; -ENODATA: the file ends before it. */
int do_pread(struct cr2_model *m, uint32_t object, uint64_t offset, uint8_t *ret_value);
int do_pwrite(struct cr2_model *m, uint32_t object, uint64_t offset, uint8_t value);

/* mincore.c: 0 or -ENOMEM. */
int do_mincore(struct cr2_model *m, struct process *mm, uint64_t address, uint8_t *ret_resident);

/* memfd.c: seals. Of a shared mapping that is made: what it may be, or a negative errno. */
int do_seal(struct cr2_model *m, uint32_t object, uint32_t seals);
int seal_check_write(const struct object *object, uint64_t *flags);

/* readahead.c */
void do_sync_mmap_readahead(struct vm_fault *vmf); /* if its page is of a disk, and missing */
void do_async_mmap_readahead(struct vm_fault *vmf, uint32_t pfn); /* its page, if it is marked */
void force_page_cache_readahead(struct cr2_model *m, uint32_t object, uint64_t first,
				uint64_t last);

/* mprotect.c, madvise.c, mlock.c, mremap.c, msync.c: the system calls; 0 or a negative errno. */
int do_mprotect(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
bool can_do_mlock(const struct cr2_model *m);
/* The pool's pages are never reclaimed, and what is droppable always may be. */
static inline bool vma_is_never_locked(const struct vma *vma)
{
	return vma->flags & (VM_HUGETLB | VM_DROPPABLE);
}
bool mlock_future_ok(const struct cr2_model *m, const struct process *mm, uint64_t flags, uint64_t pages);
/* The pages of the range stay in memory by themselves, or no longer; a locked mapping's stay without that. */
void mlock_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool locked);
int do_mlock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags);
int place_lock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags); /* of cr2_model_place_lock() */
int do_mlockall(struct cr2_model *m, struct process *mm, uint32_t flags);
int do_munlockall(struct cr2_model *m, struct process *mm);
int do_munlock(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length);
int do_mremap(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
int do_msync(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags);
int process_madvise(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
int do_madvise(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length,
	       enum cr2_advice advice);
/* May the entry become writable at once, so that the next write takes no fault? */
bool can_change_pte_writable(const struct cr2_model *m, const struct vma *vma, uint64_t pte);

/* memory-failure.c */
int madvise_inject_error(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end, bool soft); /* -EHWPOISON: SIGBUS */
const char *memory_failure_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);

/* mseal.c */
int do_mseal(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length);
bool can_modify_vma_madv(const struct cr2_model *m, const struct vma *vma, enum cr2_advice advice);

/* PR_SET_MDWE: is what becomes executable writable, or has not been executable before? */
static inline bool map_deny_write_exec(const struct process *mm, uint64_t old, uint64_t flags)
{
	return mm->mdwe && flags & VM_EXEC && (flags & VM_WRITE || !(old & VM_EXEC));
}

/* ../arch/x86/mm/pkeys.c: keys as bits of vm_flags. Without keys all memory has the default one, 0. */
void pkeys_init(struct process *mm);
void arch_dup_pkeys(const struct cr2_model *m, const struct process *parent, struct process *child);
int do_key(struct cr2_model *m, struct process *mm, unsigned key, uint32_t what); /* CR2_PKEY_ */
/* What memory gets that is mapped so, or protected so. May the process give it the key that op wants? */
uint64_t mmap_pkey(struct cr2_model *m, struct process *mm, uint8_t prot);
uint64_t mprotect_pkey(struct cr2_model *m, struct process *mm, const struct vma *vma, const struct cr2_op *op);
bool mprotect_has_pkey(const struct process *mm, const struct cr2_op *op);
/* Does the mapping's key allow it, of the process that runs? Fetches are no key's affair. */
static inline bool arch_vma_access_permitted(const struct cr2_model *m, const struct vma *vma, bool write, bool fetch)
{
	unsigned rights = m->cpu.pkru >> 2 * vma_pkey(vma);

	return !m->cpu.pke || fetch || !(rights & (write ? CR2_PKEY_NONE | CR2_PKEY_READ : CR2_PKEY_NONE));
}

/* userfaultfd.c */
enum vm_fault_result handle_userfault(struct vm_fault *vmf, uint64_t reason); /* one of VM_UFFD_ */
enum vm_fault_result userfaultfd_wait(struct vm_fault *vmf); /* after VM_FAULT_RETRY */
uint64_t shmem_userfault(const struct vm_fault *vmf); /* the reason to ask for an object's page, or 0 */
int do_userfaultfd(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
/* Of a copy that mremap makes, or fork. */
static inline void userfaultfd_reset(struct vma *vma)
{
	vma->flags &= ~VM_UFFD;
}
void dup_userfaultfd(struct process *child, const struct process *parent, struct vma *vma);
static inline bool hears_events(const struct process *mm)
{
	return mm->uffd_features & CR2_UFFD_EVENTS;
}
static inline bool vma_has_uffd_without_event_remap(const struct process *mm, const struct vma *vma)
{
	return vma->flags & VM_UFFD && !hears_events(mm);
}
/* What of it is not modelled, or NULL. */
const char *userfaultfd_refuses(const struct cr2_model *m, const struct cr2_op *op);
/* PAGEMAP_SCAN, of what was written since it was protected: how many pages. */
int do_pagemap_scan(struct cr2_model *m, struct process *mm, const struct cr2_op *op, uint32_t *ret_pages);

/* Protection of what goes is remembered: another page of the object may come. */
static inline bool vma_keeps_wp_markers(const struct vma *vma)
{
	return (vma->flags & VM_UFFD_WP) && !vma_is_anonymous(vma);
}
/* The same of what is missing. */
static inline bool vma_has_wp_markers(const struct vma *vma)
{
	return (vma->flags & VM_UFFD_WP) && (vma->wp_absent || !vma_is_anonymous(vma));
}

/* Is userfaultfd to hear of a write to it? */
static inline bool pte_uffd_wp(const struct vma *vma, uint64_t pte)
{
	return (pte & ENTRY_UFFD_WP) && (vma->flags & VM_UFFD_WP);
}

/* hugetlb.c: mappings with VM_HUGETLB. */
static inline bool is_vm_hugetlb_page(const struct vma *vma)
{
	return vma->flags & VM_HUGETLB;
}
/* How large its pages are: what of it may have borders. */
static inline uint64_t vma_kernel_pagesize(const struct vma *vma)
{
	return !is_vm_hugetlb_page(vma) ? CR2_PAGE_SIZE : vma->gigantic ? CR2_GIGANTIC_SIZE : CR2_HUGE_SIZE;
}
int gigantic_init(struct cr2_model *m); /* 0 or -ENOMEM */
/* Its frames are in sparse memory, and none but the first has a struct page. */
bool is_gigantic_frame(const struct cr2_model *m, uint64_t pfn);
void free_gigantic_page(struct cr2_model *m, uint32_t head); /* nobody has it any more */
int hugetlbfs_file_mmap(struct cr2_model *m, struct vma *vma); /* of a new one: 0, -EINVAL or -ENOMEM */
/* Pages first to last (exclusive) of the object are promised to who maps it: 0 or -ENOMEM. */
int hugetlb_reserve_pages(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
/* Does the object of a shared mapping have the page of a place? */
bool hugetlb_is_cached(struct cr2_model *m, const struct vma *vma, uint64_t address);
void hugetlb_move_promises(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t to);
void hugetlb_vm_op_close(struct cr2_model *m, struct process *mm, const struct vma *vma);
void hugetlbfs_evict_inode(struct cr2_model *m, uint32_t object);
int place_hugetlb_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		       const struct cr2_placed *how); /* of cr2_model_place() */
bool hugetlb_evicts_later(struct cr2_model *m, uint32_t object); /* nobody has it any more */
void hugetlb_evict(struct cr2_model *m); /* those */
void unmap_hugepage_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
			  uint64_t end);
int copy_hugetlb_page_range(struct cr2_model *m, struct process *child, struct process *parent,
			    const struct vma *vma);
void move_hugetlb_page_tables(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t from, uint64_t to, uint64_t end);
void hugetlb_change_protection(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
			       uint64_t end);
enum vm_fault_result hugetlb_fault(struct vm_fault *vmf);
int hugetlb_dontneed(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
		     uint64_t end);
int hugetlb_punch_hole(struct cr2_model *m, uint32_t object, uint64_t first, uint64_t last);
/* Pages first to last (exclusive) of a file: 0, -EPERM or -ENOSPC. */
int hugetlbfs_fallocate(struct cr2_model *m, struct process *mm, uint32_t object, uint64_t first, uint64_t last);
int hugetlb_truncate(struct cr2_model *m, uint32_t object, uint64_t length); /* 0, -EINVAL or -EPERM */
int hugetlbfs_read(const struct cr2_model *m, uint32_t object, uint64_t offset, uint8_t *ret_value); /* 0 or -ENODATA */
/* What is not modelled, or NULL. */
const char *hugetlb_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);
/* Pages of the pool that did not come back, and promises that are left. */
uint64_t hugetlb_leaks(const struct cr2_model *m);

/* ksm.c: pages that hold the same become one. */
void ksm_do_scan(struct cr2_model *m);
void ksm_fork(struct cr2_model *m, struct process *child, const struct process *parent);
void ksm_exit(struct cr2_model *m, struct process *mm);
int unmerge_ksm_pages(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start, uint64_t end);
/* What the advice, mergeable (on) or not, makes of *flags: 0 or -ENOMEM. */
int ksm_madvise(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start, uint64_t end, bool on,
		uint64_t *flags);
const char *ksm_refuses(const struct cr2_model *m, const struct cr2_op *op);
static inline bool page_is_ksm(const struct page *page)
{
	return (page->flags & (PG_ANON | PG_KSM)) == (PG_ANON | PG_KSM);
}

/* guard.c: guard pages, of madvise.c. */
int madvise_guard_install(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
			  uint64_t end);
void guard_remove(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
/* Of guard pages and of write protection: those that zapping leaves. */
bool has_markers(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t end);
void markers_remove(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);

/* vmscan.c: reclaims the page that pte alone maps; a 2 MiB page or a folio, whoever maps it. */
void reclaim_page(struct cr2_model *m, struct process *mm, uint64_t *pte);
void reclaim_huge_page(struct cr2_model *m, uint32_t head);
/* By more than mappings, the swap cache and the page cache: who that is may use it at any time. */
bool folio_is_referenced(const struct cr2_model *m, uint32_t pfn);

/* migrate.c: pages go to the memory of another node. */
bool folio_is_remote(const struct cr2_model *m, uint32_t pfn);
bool folio_likely_mapped_shared(const struct cr2_model *m, uint32_t pfn); /* as far as the kernel can tell */
int do_move_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags);
/* On a fault's behalf, to the CPU's node: 0, -EINVAL where it is not to, or why it could not. */
int migrate_in_node(struct cr2_model *m, uint32_t pfn); /* to another frame: 0 or a negative errno */
int migrate_misplaced_folio(struct cr2_model *m, const struct vma *vma, uint32_t pfn);
/* What is not modelled, or NULL. */
const char *migrate_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);

/* mempolicy.c: the scanner of NUMA balancing goes through the process's memory. */
void task_numa_work(struct cr2_model *m, struct process *mm);
/* Made PROT_NONE by the scanner, and not by the mapping. */
static inline bool pte_protnone(const struct vma *vma, uint64_t pte)
{
	return (pte & (ENTRY_P | ENTRY_PROTNONE)) == ENTRY_PROTNONE && vma->flags & VM_ACCESS && !pte_is_marker(pte);
}

/* swapfile.c: entries that name swap slots, and the swap cache. */
void swap_free_entry(struct cr2_model *m, uint64_t pte);
uint64_t swap_copy_entry(struct cr2_model *m, uint64_t *source, bool keeps_wp);
void swap_put(struct cr2_model *m, uint32_t slot);
uint64_t swap_entry(uint32_t slot);
uint32_t swap_slot(uint64_t pte);
uint32_t swap_alloc(struct cr2_model *m); /* 0: host memory ran out */
void swap_get(struct cr2_model *m, uint32_t slot);
void swap_cache_add(struct cr2_model *m, uint32_t pfn, uint32_t slot);
void swap_cache_del(struct cr2_model *m, uint32_t pfn);
void swap_write(struct cr2_model *m, uint32_t pfn);
void slot_state(const struct cr2_model *m, uint32_t slot, struct cr2_page_state *ret); /* of cr2_model_swapped() */
uint32_t slot_count(const struct cr2_model *m, const struct cr2_page_state *seen); /* entries that name it; 0: it is another's */
uint64_t place_swapped(struct cr2_model *m, const struct cr2_placed *how); /* of cr2_model_place(): an entry, or 0 */
uint32_t swapin(struct cr2_model *m, uint32_t slot, bool *ret_major); /* frame, or 0 */
uint64_t swap_used(const struct cr2_model *m); /* slots */
void swap_cache_drop_unused(struct cr2_model *m, uint32_t pfn);
enum vm_fault_result do_swap_page(struct vm_fault *vmf);
uint32_t shmem_swapin(struct cr2_model *m, uint32_t object, uint64_t index, bool *ret_major);

/* gup.c: faults in a range on the process's behalf, as far as it goes. */
int populate_range(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
void mm_populate(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);

/* References of CR2_OP_HOLD and _PIN, to all pages of the operation's range or none: 0 or a negative errno. */
int do_reference(struct cr2_model *m, struct process *mm, const struct cr2_op *op);
void release_references(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end);
const char *reference_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);
/* Of the page's whole folio: as the kernel takes it to be. */
bool folio_maybe_dma_pinned(const struct cr2_model *m, uint32_t pfn);
/* Fork copies such a page at once, as whoever has pinned it goes on using it. */
static inline bool folio_needs_cow_for_dma(const struct cr2_model *m, const struct process *mm, uint32_t pfn)
{
	return mm->has_pinned && (page_at(m, pfn)->flags & PG_EXCLUSIVE) && folio_maybe_dma_pinned(m, pfn);
}
/* One byte, as /proc/PID/mem reads and writes it: 0 or -EIO. */
/* For reading, faulted in as far as it must be; without a reference. 0, -EFAULT or -ENOMEM. */
int get_user_page(struct cr2_model *m, struct process *mm, uint64_t address, uint32_t *ret_pfn);
int process_vm_rw(struct cr2_model *m, struct process *mm, uint64_t address, bool write, uint8_t *value); /* 0 or -EFAULT */
int access_remote_vm(struct cr2_model *m, struct process *mm, uint64_t address, bool write, uint8_t *value);
int faultin_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		 bool write);
enum vm_fault_result fault_in(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address, uint32_t flags);

/*
 * huge_memory.c: 2 MiB pages. The bool ones return whether there was a 2 MiB entry that
 * they have dealt with; where a range covers only part of it they split it and return false.
 */
void vma_split_huge(struct cr2_model *m, struct process *mm, uint64_t address);
bool zap_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
		  uint64_t end);
bool change_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
		     uint64_t address, uint64_t end, uint64_t prot);
void zap_huge_file(struct cr2_model *m, struct process *mm, uint64_t address); /* if any */
int copy_huge_pmd(struct cr2_model *m, struct process *child, struct process *parent,
		  const struct vma *vma, uint64_t address); /* 1: copied; 0: none; or -ENOMEM */
bool handle_huge_fault(struct vm_fault *vmf, enum vm_fault_result *ret_result); /* with THP */
uint32_t place_same_huge(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
			 const struct cr2_placed *how); /* as place_same() of memory.c */
void place_others(struct cr2_model *m, uint32_t head); /* somebody else maps the fresh page, too */
int place_huge_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
		    const struct cr2_placed *how); /* of cr2_model_place() */
/* The 2 MiB entry at address where [address, end) covers it whole; NULL where none is (left). */
uint64_t *whole_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
			 uint64_t address, uint64_t end);
int split_huge_page(struct cr2_model *m, uint32_t head); /* 0 or -EAGAIN */
void large_split_pmds(struct cr2_model *m, uint32_t head, bool keep_dirty, bool whole); /* everybody's */
bool large_has_ptes(const struct cr2_model *m, uint32_t head);
void large_rename(struct cr2_model *m, uint32_t head); /* another page by now */
bool large_maybe_shared(const struct cr2_model *m, uint32_t pfn);
uint32_t large_mapcount(const struct cr2_model *m, uint32_t pfn); /* PTEs and PMDs of the whole */
void put_huge(struct cr2_model *m, const struct process *mm, uint32_t head); /* a PMD less */
void large_name_frame(struct cr2_model *m, uint32_t pfn);
uint64_t *anon_folio_ptes(const struct vm_fault *vmf);
uint32_t alloc_anon_folio(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t address);
const char *folio_refuses(const struct cr2_model *m, const struct cr2_op *op); /* what is not modelled, or NULL */
/* What a fresh large page of so many frames is to its head, which mm maps. */
void prep_compound_head(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address, uint32_t head,
			uint8_t order);
uint32_t alloc_huge_page(struct cr2_model *m, struct process *mm, struct vma *vma,
			 uint64_t address);
uint32_t alloc_huge_file(struct cr2_model *m, uint32_t object, uint64_t index);
void large_map_pmd(struct cr2_model *m, const struct process *mm, uint32_t head);
void large_name_whole(struct cr2_model *m, uint32_t head); /* after its first frame */
/* PTEs (or a PMD, n 1) of mm that map frames of a 2 MiB page; others are passed over. */
void large_add_maps(struct cr2_model *m, const struct process *mm, uint32_t pfn, uint32_t n);
void large_sub_maps(struct cr2_model *m, const struct process *mm, uint32_t pfn, uint32_t n);
/* Pins of a 2 MiB page are counted apart from its references. */
uint32_t large_pincount(const struct cr2_model *m, uint32_t head);
void large_add_pins(struct cr2_model *m, uint32_t head, int n);
bool wp_can_reuse_large(struct cr2_model *m, uint32_t pfn);
bool huge_state(const struct cr2_model *m, const struct process *mm, uint64_t address,
		struct cr2_page_state *ret_state);
/* One PTE more maps the page, and holds it. */
static inline void page_add_map(struct cr2_model *m, const struct process *mm, uint32_t pfn,
				struct page *page)
{
	page->mapcount++;
	if (__builtin_expect(page->flags & (PG_HEAD | PG_TAIL), false)) {
		get_page(m, page->flags & PG_TAIL ? (uint32_t)page->index : pfn);
		large_add_maps(m, mm, pfn, 1);
	} else {
		page->refcount++;
	}
}
uint32_t page_mapcount(const struct cr2_model *m, uint32_t pfn);
/* How often a 2 MiB page is mapped that was seen; 0: not as such any more. */
uint32_t huge_count(const struct cr2_model *m, const struct cr2_page_state *seen);
uint32_t compound_head(const struct cr2_model *m, uint32_t pfn);
/* The reference that a mapping held goes; of a 2 MiB page it is the whole page's. */
void put_mapped_page(struct cr2_model *m, uint32_t pfn);
/* One PTE less maps the page, and holds it. */
static inline void page_sub_map(struct cr2_model *m, struct process *mm, uint32_t pfn,
				struct page *page)
{
	if (page->flags & (PG_HEAD | PG_TAIL | PG_SWAPCACHE) || page->refcount == 1) {
		page_remove_rmap(m, mm, pfn);
		put_mapped_page(m, pfn);
	} else {
		page->mapcount--;
		page->refcount--;
	}
}

/* khugepaged.c: 2 MiB pages made of small ones, on advice. */
bool collapses_shmem(const struct cr2_model *m, const struct vma *vma);
int madvise_collapse(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t start,
		     uint64_t end);

/* huge_file.c: 2 MiB pages of files, most of it of tmpfs and shared memory. */
#define COLLAPSE_STOP 1 /* of a collapse: what follows in the range is not looked at */
bool is_huge_file(const struct cr2_model *m, uint32_t pfn);
uint64_t file_page_index(const struct cr2_model *m, uint32_t pfn);
uint32_t file_page_object(const struct cr2_model *m, uint32_t pfn);
/* Page number index is to come, and may be missing: then with others, as one page, where the kernel is set to. */
void shmem_fault_huge(struct cr2_model *m, const struct vma *vma, uint64_t index);
void shmem_write_huge(struct cr2_model *m, uint32_t object, uint64_t index, uint64_t pages);
const char *shmem_huge_refuses(const struct cr2_model *m);
bool map_huge_file(struct vm_fault *vmf); /* by a PMD, of a disk too; false: that cannot be */
void shmem_drop_behind_end(struct cr2_model *m, uint32_t object, uint64_t index, uint64_t last);
void split_huge_file(struct cr2_model *m, uint32_t head);
int collapse_file(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address);
/* A page of tmpfs that has others with it, or 0. It is to be one alone: what is beside it is, too, or is halves. */
uint32_t shmem_folio(const struct cr2_model *m, uint32_t object, uint64_t index);
const char *shmem_cut_refuses(const struct cr2_model *m, uint32_t object, uint64_t offset);
void shmem_split_at(struct cr2_model *m, uint32_t pfn);

/* task_mmu.c: what is asked, and changed, through /proc/PID. */
void clear_soft_dirty(struct cr2_model *m, struct process *mm);

/* pagewalk.c: what observers see. */
void frame_state(const struct cr2_model *m, uint32_t pfn, struct cr2_page_state *ret);
uint32_t page_marks(const struct cr2_model *m, const struct process *mm, uint64_t address); /* CR2_MARK() */
void page_state(const struct cr2_model *m, const struct process *mm, uint64_t address,
		struct cr2_page_state *ret_state);
/* How many of n pages from address on are as the first, as far as that is quickly said. */
uint64_t pages_alike(const struct cr2_model *m, const struct process *mm, uint64_t address,
		     uint64_t n);
unsigned count_present(const struct cr2_model *m, const struct process *mm, uint64_t address, unsigned n); /* all in one table */
uint64_t count_tables(const struct cr2_model *m, uint64_t cr3);

/* ../kernel/fork.c */
int process_create(struct cr2_model *m, uint32_t number);
int do_share(struct cr2_model *m, struct process *mm, uint32_t number); /* another who acts in its memory */
int do_fork(struct cr2_model *m, uint32_t parent, uint32_t child);
int make_pgd(struct cr2_model *m, struct process *mm);
void exit_mm(struct cr2_model *m, struct process *task);
void do_exit(struct cr2_model *m, struct process *task);
void switch_mm(struct cr2_model *m, uint32_t process);

/* ../fs/exec.c */
int do_execve(struct cr2_model *m, struct process *task, const struct cr2_op *op);
/* What is not modelled of programs, or NULL. */
const char *execve_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op);

/* ../fs/binfmt_elf.c: in memory that has but a stack. */
int load_elf_binary(struct cr2_model *m, struct process *mm, const struct cr2_op *op);

/* ../model.c: the kernel stores zeros in the current process's page; false: it cannot. */
bool clear_user(struct cr2_model *m, uint64_t address, uint64_t bytes);

/* ../arch/x86/mm/init_64.c: before any process, whose top tables are copies. */
int make_kernel_half(struct cr2_model *m);

/* ../arch/x86/mm/fault.c: a mapping as stages show it. */
void vma_view(const struct cr2_model *m, const struct vma *vma, struct cr2_vma_view *view);
/* The same: settles one page fault; OK means: make the access again. */
/* entry: where the CPU's walk ended, if that is known to be in a last table; or NULL. */
enum cr2_result exc_page_fault(struct cr2_model *m, uint64_t address, uint32_t error_code,
			       enum cr2_access access, uint64_t *entry);

/* Neither anonymous nor of tmpfs: not swap-backed. */
static inline bool page_is_file_lru(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, compound_head(m, pfn));

	return page->flags & PG_FILE ? object_at(m, page->mapping)->kind == OBJECT_FILE : page->flags & PG_LAZYFREE;
}

#endif
