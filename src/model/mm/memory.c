/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/memory.c: from a fault that is allowed to the entry that settles it. Read
 * handle_mm_fault() first, at the bottom, then upwards.
 */
#include "mm.h"

static enum cr2_page_kind frame_kind(const struct cr2_model *m, uint64_t pfn)
{
	const struct page *page = page_at(m, pfn);

	if (pfn == m->zero_page)
		return CR2_PAGE_ZERO;
	if (pfn == m->huge_zero_page)
		return CR2_PAGE_HUGE_ZERO;
	if (page->flags & PG_FILE)
		return CR2_PAGE_FILE;
	return page->flags & PG_HEAD ? CR2_PAGE_HUGE : CR2_PAGE_ANON;
}

OBSERVING void view_before(const struct cr2_model *m, uint64_t pfn, struct cr2_frame_view *view)
{
	const struct page *page = page_at(m, pfn);

	*view = (struct cr2_frame_view){
		.pfn = pfn,
		.refs_before = page_at(m, compound_head(m, (uint32_t)pfn))->refcount,
		.maps_before = page_mapcount(m, (uint32_t)pfn),
		.exclusive_before = page->flags & PG_EXCLUSIVE,
		.merged = page_is_ksm(page),
		.kind = frame_kind(m, pfn),
	};
}

void fault_upgrade(struct vm_fault *vmf, uint64_t value)
{
	bool keeps = vmf->in_advance && vmf->m->profile->upgrade_keeps_tlb;

	fault_install(vmf, value, !keeps);
	/* The CPU that faulted has dropped its entry; those of others that run here have not. */
	if (keeps || vmf->mm->users > 1)
		tlb_keep_stale(vmf->m, vmf->mm, vmf->address, vmf->level == CR2_LEVEL_PTE ? 1 : 1U << (level_shift(vmf->level) - CR2_PAGE_SHIFT),
			       keeps ? CR2_NO_OBJECT : vmf->m->current);
}

static void view_after(const struct cr2_model *m, struct cr2_frame_view *view)
{
	const struct page *page;

	if (view->pfn == CR2_NO_FRAME)
		return;
	page = page_at(m, view->pfn);
	if (page->flags & PG_BUDDY)
		return;
	view->refs_after = page_at(m, compound_head(m, (uint32_t)view->pfn))->refcount;
	view->maps_after = page_mapcount(m, (uint32_t)view->pfn);
	view->exclusive_after = page->flags & PG_EXCLUSIVE;
}

/* The entry that decided, with its physical address, as the tables now stand. */
static struct cr2_walk_entry locate(const struct vm_fault *vmf, uint64_t value)
{
	const struct cr2_model *m = vmf->m;
	uint64_t table = *pgtable_peek(m, vmf->mm->cr3, vmf->address, vmf->level + 1);

	return (struct cr2_walk_entry){
		.level = vmf->level,
		.index = (uint16_t)level_index(vmf->address, vmf->level),
		.address = (table & ENTRY_FRAME) + 8 * level_index(vmf->address, vmf->level),
		.value = value,
	};
}

static enum cr2_entry_state entry_state(uint64_t entry)
{
	if (pte_none(entry))
		return CR2_ENTRY_NONE;
	if (entry & ENTRY_P)
		return CR2_ENTRY_PRESENT;
	if (pte_is_marker(entry))
		return pte_is_guard(entry) ? CR2_ENTRY_GUARD :
		       pte_is_poisoned(entry) ? CR2_ENTRY_POISON : CR2_ENTRY_PROTECTED;
	return entry & ENTRY_PROTNONE ? CR2_ENTRY_PROTNONE : CR2_ENTRY_SWAP;
}

/* S5 to S7: reported when all is done, since counts after are only known then. */
static OBSERVING void observe_fault(struct vm_fault *vmf)
{
	struct cr2_walk_entry entry = locate(vmf, vmf->orig_pte);
	struct cr2_stage stage;

	stage.kind = CR2_STAGE_ENTRY;
	stage.entry = (struct cr2_stage_entry){
		.entry = entry,
		.state = entry_state(vmf->orig_pte),
		.path = vmf->path,
		.userfault = vmf->userfault,
		.hugetlb = is_vm_hugetlb_page(vmf->vma),
	};
	if (stage.entry.hugetlb) {
		stage.entry.gigantic = vmf->pool.gigantic;
		stage.entry.reserved = vmf->pool.promised;
		stage.entry.withdrawn = vmf->pool.withdrawn;
		stage.entry.behind_end = vmf->pool.behind_end;
		stage.entry.pool_free = (uint32_t)vmf->pool.now.free;
		stage.entry.pool_reserved = vmf->pool.now.reserved;
	}
	observe(vmf->m, &stage);
	if (vmf->path == CR2_PATH_SIGBUS || vmf->path == CR2_PATH_OOM ||
	    vmf->path == CR2_PATH_SEGV_GUARD)
		return;
	vmf->page.path = vmf->path;
	vmf->page.page_shift = (uint8_t)level_shift(vmf->level);
	view_after(vmf->m, &vmf->page.old_page);
	view_after(vmf->m, &vmf->page.new_page);
	stage.kind = CR2_STAGE_PAGE;
	stage.page = vmf->page;
	observe(vmf->m, &stage);
	entry.value = vmf->installed ? vmf->installed : *vmf->pte;
	stage.kind = CR2_STAGE_INSTALL;
	stage.install = (struct cr2_stage_install){
		.entry = entry,
		.old_value = vmf->orig_pte,
		.flushed = vmf->flushed,
		.page_shift = (uint8_t)level_shift(vmf->level),
	};
	observe(vmf->m, &stage);
}

static bool is_special_pfn(const struct cr2_model *m, uint64_t pfn)
{
	return pfn == m->zero_page;
}

/* Zapping. */

/* What a file's page was written with, its entry alone may know. */
static void keep_dirty(struct cr2_model *m, uint32_t pfn, const struct page *page, uint64_t old)
{
	if ((page->flags & PG_FILE) && pte_dirty(old))
		folio_mark_dirty(m, pfn);
}

static void zap_pte(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	uint64_t old = *pte;
	struct page *page;
	uint32_t pfn;

	*pte = 0;
	if (pte_none(old))
		return;
	if (!pte_present(old)) {
		if (pte_stays(old))
			*pte = old;
		else if (pte_is_swap(old))
			swap_free_entry(m, old);
		return;
	}
	pfn = (uint32_t)pte_pfn(old);
	if (is_special_pfn(m, pfn))
		return;
	page = page_of(m, pfn);
	keep_dirty(m, pfn, page, old);
	page_sub_map(m, mm, pfn, page);
}

/*
 * Entries in a row that map frames in a row, all in one leaf of m->pages: what is the same for all
 * of them is found out once, and their pages follow each other in memory.
 */
struct pte_batch {
	struct page *page; /* of the first frame */
	uint32_t pfn, most; /* the first frame, and how many its leaf has from it on */
};

/* What says that an entry is present to the CPU, and which frame's. */
#define BATCH_BITS (ENTRY_P | ENTRY_FRAME)

/* False: the entry is none that a batch begins with. */
static inline bool pte_batch(struct cr2_model *m, uint64_t pte, struct pte_batch *ret)
{
	uint32_t pfn = (uint32_t)entry_frame(pte);

	if (!(pte & ENTRY_P) || is_special_pfn(m, pfn))
		return false;
	*ret = (struct pte_batch){page_of(m, pfn), pfn, HPAGE_PAGES - pfn % HPAGE_PAGES};
	return true;
}

/*
 * Takes away entries of pages that are nothing but mapped, or cached and mapped, and of which
 * either all are free then or none is: what zap_pte() comes to, again and again. Empty entries may
 * lie in between. Returns how many entries are done with; 0: the first is no such page's.
 */
static size_t zap_present_ptes(struct cr2_model *m, const struct pte_batch *batch, uint64_t *pte,
			       size_t n)
{
	uint64_t expected = *pte & BATCH_BITS;
	bool last = batch->page->refcount == 1;
	uint32_t pages = 0;
	size_t i = 0;

	for (; i < n && pages < batch->most; i++) {
		struct page *page = &batch->page[pages];
		uint64_t old = pte[i];

		if (pte_none(old)) {
			pte[i] = 0;
			continue;
		}
		if ((old & BATCH_BITS) != expected || (page->refcount == 1) != last ||
		    (page->flags & (PG_HEAD | PG_TAIL | PG_SWAPCACHE)))
			break;
		keep_dirty(m, batch->pfn + pages, page, old);
		/* Of pages that go, free_page_run() clears the counts. */
		if (!last) {
			page->mapcount--;
			page->refcount--;
		}
		pte[i] = 0;
		expected += CR2_PAGE_SIZE;
		pages++;
	}
	if (last && pages)
		free_page_run(m, batch->pfn, pages);
	return i;
}

/* The object's next page at the place is protected as this one was. */
static void zap_protected(struct cr2_model *m, struct process *mm, uint64_t *pte)
{
	bool protected = pte_present(*pte) ? *pte & ENTRY_UFFD_WP : pte_is_swap(*pte) && (*pte & SWP_UFFD_WP);

	zap_pte(m, mm, pte);
	if (protected)
		*pte = wp_marker(m);
}

static void zap_pte_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t *pte, size_t n)
{
	struct pte_batch batch;

	/* No other page is to come there. */
	for (size_t i = 0; mm->markers && vma_is_anonymous(vma) && i < n; i++)
		if (pte_is_wp_marker(pte[i]))
			pte[i] = 0;
	if (vma_keeps_wp_markers(vma)) {
		for (size_t i = 0; i < n; i++)
			zap_protected(m, mm, &pte[i]);
		return;
	}
	for (size_t i = 0, done; i < n; i += done ? done : 1) {
		done = 0;
		if (pte_batch(m, pte[i], &batch))
			done = zap_present_ptes(m, &batch, &pte[i], n - i);
		if (!done)
			zap_pte(m, mm, &pte[i]);
	}
}

/* First address after the span of the entry at level that holds address. */
static uint64_t span_end(uint64_t address, unsigned level)
{
	uint64_t span = 1ULL << level_shift(level);

	return (address & ~(span - 1)) + span;
}

uint64_t pgtable_next(const struct cr2_model *m, uint64_t cr3, uint64_t address, uint64_t end)
{
	while (address < end) {
		unsigned level = m->config.levels;
		const uint64_t *entry = NULL;

		for (; level > CR2_LEVEL_PTE; level--) {
			entry = pgtable_peek(m, cr3, address, level);
			if (!*entry || level == CR2_LEVEL_PMD || *entry & ENTRY_PS)
				break;
		}
		if (*entry)
			return address;
		address = span_end(address, level);
	}
	return end;
}

void zap_page_range(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t start,
		    uint64_t end)
{
	uint64_t address = start;

	if (is_vm_hugetlb_page(vma)) {
		unmap_hugepage_range(m, mm, vma, start, end);
		return;
	}
	for (;;) {
		uint64_t *pte, stop, at;

		address = pgtable_next(m, mm->cr3, address, end);
		if (address >= end)
			return;
		stop = span_end(address, CR2_LEVEL_PMD);
		if (stop > end)
			stop = end;
		if (zap_huge_pmd(m, mm, vma, address, stop)) {
			address = stop;
			continue;
		}
		pte = pgtable_single(m, mm->cr3, address, &at);
		if (pte && at >= address && at < stop)
			zap_pte_range(m, mm, vma, pte, 1);
		pte = pte ? NULL : pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);
		if (pte)
			zap_pte_range(m, mm, vma, pte, (stop - address) >> CR2_PAGE_SHIFT);
		address = stop;
	}
}

void zap_file_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t end)
{
	for (uint64_t address = start; address < end; address += CR2_PAGE_SIZE) {
		uint64_t *pte = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PTE);

		if (!pte)
			zap_huge_file(m, mm, address);
		else if (pte_present(*pte) && (page_of(m, pte_pfn(*pte))->flags & PG_FILE))
			zap_protected(m, mm, pte);
	}
}

/* Fork: page tables. */

/* What a fork does to the entries of a mapping: found out once, not for each. */
struct pte_copying {
	const struct process *parent;
	uint64_t writable; /* RW where it is copy-on-write: what has it must be protected */
	uint64_t dropped; /* what the child's has not */
	bool keeps_wp; /* the child has userfaultfd, too */
};

/* What is protected is so in the child. */
static inline bool fork_keeps_wp(const struct process *parent, const struct vma *vma)
{
	return hears_events(parent) && vma->flags & VM_UFFD_WP;
}

static inline struct pte_copying pte_copying(const struct process *parent, const struct vma *vma)
{
	bool shared = vma->flags & VM_SHARED, keeps_wp = fork_keeps_wp(parent, vma);

	return (struct pte_copying){
		.parent = parent,
		.writable = is_cow_mapping(vma->flags) ? ENTRY_RW : 0,
		.keeps_wp = keeps_wp,
		.dropped = ENTRY_A | (keeps_wp ? 0 : ENTRY_UFFD_WP) | (shared ? ENTRY_D | ENTRY_SAVED_DIRTY : 0),
	};
}

/* A present entry becomes copy-on-write where it must; returns the child's. */
static inline uint64_t share_pte(const struct cr2_model *m, const struct pte_copying *how,
				 uint64_t *source)
{
	if (*source & how->writable)
		*source = pte_wrprotect(m, *source);
	return *source & ~how->dropped;
}

/* The child gets a page of its own, the parent keeps what somebody uses. */
static int copy_present_page(struct cr2_model *m, struct process *child, uint64_t address, uint32_t old,
			     uint64_t *target)
{
	struct vma *vma = vma_lookup(m, child, address);
	struct page *page;
	const uint32_t pfn = alloc_page(m, &page);

	if (!pfn)
		return -ENOMEM;
	if (phys_copy(&m->phys, pfn, old) < 0)
		m->failed = true;
	page_add_anon_rmap(m, page, vma, address);
	*target = maybe_mkwrite(m, pte_mkdirty(m, pte_make(pfn, vma_page_prot(m, vma))), vma);
	return 0;
}

static int copy_pte(struct cr2_model *m, struct process *child, const struct pte_copying *how,
		    uint64_t address, uint64_t *source, uint64_t *target)
{
	uint32_t pfn = (uint32_t)pte_pfn(*source);

	if (pte_none(*source))
		return 0;
	if (!pte_present(*source)) {
		if (how->keeps_wp || !pte_is_wp_marker(*source))
			*target = pte_is_marker(*source) ? *source : swap_copy_entry(m, source, how->keeps_wp);
		return 0;
	}
	if (folio_needs_cow_for_dma(m, how->parent, pfn)) {
		int r = copy_present_page(m, child, address, pfn, target);

		if (r == 0 && how->keeps_wp && *source & ENTRY_UFFD_WP)
			*target = pte_mkuffd_wp(m, *target);
		return r;
	}
	if (!is_special_pfn(m, pfn)) {
		page_of(m, pfn)->flags &= (uint16_t)~PG_EXCLUSIVE;
		page_add_map(m, child, pfn, page_of(m, pfn));
	}
	*target = share_pte(m, how, source);
	return 0;
}

/*
 * The same of entries whose pages are no parts of 2 MiB pages. Returns how many are done with; 0:
 * the first's is one.
 */
static size_t copy_present_ptes(struct cr2_model *m, const struct pte_batch *batch,
				const struct pte_copying *how, uint64_t *source, uint64_t *target,
				size_t n)
{
	uint64_t expected = *source & BATCH_BITS;
	size_t i = 0;

	if (n > batch->most)
		n = batch->most;
	for (; i < n; i++, expected += CR2_PAGE_SIZE) {
		struct page *page = &batch->page[i];

		if ((source[i] & BATCH_BITS) != expected || (page->flags & (PG_HEAD | PG_TAIL)))
			break;
		if (how->parent->has_pinned && folio_needs_cow_for_dma(m, how->parent, batch->pfn + (uint32_t)i))
			break;
		page->flags &= (uint16_t)~PG_EXCLUSIVE;
		page->mapcount++;
		page->refcount++;
		target[i] = share_pte(m, how, &source[i]);
	}
	return i;
}

/* The entries of one table for [address, end). */
static int copy_pte_range(struct cr2_model *m, struct process *child, struct process *parent,
			  const struct vma *vma, uint64_t address, uint64_t end)
{
	uint64_t at, *source = pgtable_single(m, parent->cr3, address, &at), *target;
	struct pte_copying how = pte_copying(parent, vma);
	size_t n = (end - address) >> CR2_PAGE_SHIFT;
	bool inside = source && at >= address && at < end;
	struct pte_batch batch;
	int r = 0;

	if (source) {
		target = pgtable_alloc_alone(m, child->cr3, inside ? at : address);
		return !target ? -ENOMEM : inside ? copy_pte(m, child, &how, at, source, target) : 0;
	}
	target = pgtable_alloc(m, child->cr3, address, CR2_LEVEL_PTE);
	source = pgtable_entry(m, parent->cr3, address, CR2_LEVEL_PTE);
	if (!target || !source)
		return -ENOMEM;
	for (size_t i = 0, done; i < n && r == 0; i += done ? done : 1) {
		done = 0;
		if (pte_batch(m, source[i], &batch))
			done = copy_present_ptes(m, &batch, &how, &source[i], &target[i], n - i);
		if (!done)
			r = copy_pte(m, child, &how, address + i * CR2_PAGE_SIZE, &source[i], &target[i]);
	}
	return r;
}

int copy_page_range(struct cr2_model *m, struct process *child, struct process *parent,
		    const struct vma *vma)
{
	uint64_t address = vma->start;

	if (!vma_has_own_entries(vma) && !fork_keeps_wp(parent, vma))
		return 0;
	if (is_vm_hugetlb_page(vma))
		return copy_hugetlb_page_range(m, child, parent, vma);
	for (;;) {
		uint64_t stop;
		int r;

		address = pgtable_next(m, parent->cr3, address, vma->end);
		if (address >= vma->end)
			return 0;
		stop = span_end(address, CR2_LEVEL_PMD);
		if (stop > vma->end)
			stop = vma->end;
		r = copy_huge_pmd(m, child, parent, vma, address);
		if (r == 0)
			r = copy_pte_range(m, child, parent, vma, address, stop);
		if (r < 0)
			return r;
		address = stop;
	}
}

/* Faults, from the leaves up. */

/* What handle_pte_fault() ends in: apart, so that each saves only the registers that it needs. */
#define HANDLER __attribute__((noinline))

static enum vm_fault_result fault_oom(struct vm_fault *vmf)
{
	vmf->path = CR2_PATH_OOM;
	return VM_FAULT_OOM;
}

/* All pages of a block at once, if the kernel is set to bring such, and all of it fits. */
static bool map_anon_folio(struct vm_fault *vmf, uint64_t prot)
{
	struct cr2_model *m = vmf->m;
	uint64_t *ptes = anon_folio_ptes(vmf);
	const uint64_t own = ptes ? (uint64_t)(vmf->pte - ptes) : 0;
	uint32_t head;

	if (!ptes)
		return false;
	anon_vma_prepare(m, vmf->vma);
	head = alloc_anon_folio(m, vmf->mm, vmf->vma, (vmf->address & CR2_PAGE_MASK) - own * CR2_PAGE_SIZE);
	if (!head)
		return false;
	for (uint32_t i = 0; i < m->config.thp_pages; i++)
		if (i != own)
			ptes[i] = pte_make(head + i, prot);
	fault_new_page(vmf, head + own, CR2_PAGE_ZEROED);
	fault_install(vmf, pte_make(head + own, prot), false);
	return true;
}

/* What is missing may be protected before it comes. */
static inline uint64_t missing_pte(const struct vm_fault *vmf, uint64_t pte)
{
	return pte_is_wp_marker(vmf->orig_pte) ? pte_mkuffd_wp(vmf->m, pte) : pte;
}

HANDLER enum vm_fault_result do_anonymous_page(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint64_t prot = private_page_prot(vmf->vma);
	const bool zero = !fault_is_write(vmf) && !m->config.no_zero_page;
	struct page *page;
	uint32_t pfn;

	if (vmf->vma->flags & VM_UFFD_MISSING) {
		/* By now what is to have a page has all but that: an anon_vma, which the mapping keeps. */
		if (!zero)
			anon_vma_prepare(m, vmf->vma);
		return handle_userfault(vmf, VM_UFFD_MISSING);
	}
	if (zero) {
		vmf->path = CR2_PATH_ANON_ZERO;
		fault_new_page(vmf, m->zero_page, CR2_PAGE_ZERO_SHARED);
		fault_install(vmf, missing_pte(vmf, pte_make(m->zero_page, prot | ENTRY_SPECIAL)), false);
		return VM_FAULT_DONE;
	}
	vmf->path = CR2_PATH_ANON_ALLOC;
	if (vmf->vma->flags & VM_WRITE)
		prot = pte_mkwrite(pte_mkdirty(m, prot));
	if (m->config.thp != CR2_THP_NEVER && map_anon_folio(vmf, prot))
		return VM_FAULT_DONE;
	pfn = alloc_user_page(m, &page);
	if (!pfn)
		return fault_oom(vmf);
	anon_vma_prepare(m, vmf->vma);
	fault_new_page(vmf, pfn, CR2_PAGE_ZEROED);
	page_add_anon_rmap(m, page, vmf->vma, vmf->address);
	fault_install(vmf, missing_pte(vmf, pte_make(pfn, prot)), false);
	return VM_FAULT_DONE;
}

/* Maps the page that filemap_fault() found; the reference is the caller's gift. */
static uint64_t map_file_page(struct vm_fault *vmf, uint32_t pfn)
{
	struct cr2_model *m = vmf->m;
	uint64_t pte = pte_make(pfn, vma_page_prot(m, vmf->vma));

	page_add_map(m, vmf->mm, pfn, page_of(m, pfn));
	if (fault_is_write(vmf))
		pte = maybe_mkwrite(m, pte_mkdirty(m, pte), vmf->vma);
	else if (maps_dirty(m, pte) && folio_is_dirty(m, file_folio(m, pfn)))
		pte |= ENTRY_D;
	return missing_pte(vmf, pte);
}

/* All PTEs of a large folio are written at once, if they are all free; first: that of its head. */
static bool finishes_whole(const struct vm_fault *vmf, struct folio folio, int64_t first)
{
	const uint64_t *table = vmf->pte - level_index(vmf->address, CR2_LEVEL_PTE);

	if (folio.pages == 1 || !vmf->m->profile->finish_whole || folio_crosses_end(vmf, folio) ||
	    !folio_fits_table(vmf, first, folio.pages))
		return false;
	for (unsigned i = 0; i < folio.pages; i++)
		if (!pte_none(table[first + i]))
			return false;
	return true;
}

static void finish_fault(struct vm_fault *vmf, uint32_t pfn)
{
	struct folio folio = file_folio(vmf->m, pfn);
	int64_t at = (int64_t)level_index(vmf->address, CR2_LEVEL_PTE);
	int64_t first = at - (pfn - folio.head);

	if (finishes_whole(vmf, folio, first))
		for (unsigned i = 0; i < folio.pages; i++)
			if (first + i != at)
				vmf->pte[first + i - at] = map_file_page(vmf, folio.head + i);
	fault_install(vmf, map_file_page(vmf, pfn), false);
}

/* For what is left to read of a page the fault lets go of its lock, and is tried again. */
static void read_rest(struct vm_fault *vmf, uint32_t pfn)
{
	if (!(page_at(vmf->m, pfn)->flags & PG_PARTIAL))
		return;
	page_of(vmf->m, pfn)->flags &= (uint16_t)~PG_PARTIAL;
	vmf->retried = true;
	vmf->major |= !vmf->m->profile->vma_lock;
}

static enum vm_fault_result fault_page(struct vm_fault *vmf, uint32_t *ret_pfn)
{
	uint64_t reason = vmf->vma->flags & (VM_UFFD_MISSING | VM_UFFD_MINOR) ? shmem_userfault(vmf) : 0;
	enum vm_fault_result r;

	if (reason)
		return handle_userfault(vmf, reason);
	do_sync_mmap_readahead(vmf);
	if (vmf->m->config.shmem_thp)
		shmem_fault_huge(vmf->m, vmf->vma, vmf->pgoff);
	r = filemap_fault(vmf->m, vmf->vma->object, vmf->pgoff, ret_pfn, &vmf->major);
	if (r == VM_FAULT_DONE) {
		read_rest(vmf, *ret_pfn);
		do_async_mmap_readahead(vmf, *ret_pfn);
	}
	if (r == VM_FAULT_SIGBUS)
		vmf->path = CR2_PATH_SIGBUS;
	if (r == VM_FAULT_OOM)
		vmf->path = CR2_PATH_OOM;
	vmf->page.object = object_of(vmf->m, vmf->vma->object)->number;
	vmf->page.index = vmf->pgoff;
	return r;
}

/* Where userfaultfd is to hear of each page, none is mapped unasked; what shmat attached has nobody who could. */
bool should_fault_around(const struct vm_fault *vmf)
{
	return vmf->m->profile->fault_around && vmf->m->config.fault_around > 1 &&
	       !(vmf->vma->flags & (VM_UFFD_WP | VM_UFFD_MINOR)) && !vmf->vma->attached &&
	       !vma_is_secretmem(vmf->m, vmf->vma);
}

/* What the page is before it and its neighbours are mapped: only an observer wants to know. */
static OBSERVING void view_cached_page(struct vm_fault *vmf)
{
	uint32_t pfn = filemap_get_page(vmf->m, vmf->vma->object, vmf->pgoff);

	if (pfn)
		fault_new_page(vmf, pfn, CR2_PAGE_CACHED);
}

/* Fault-around has mapped the page, too. */
static enum vm_fault_result finish_around(struct vm_fault *vmf)
{
	vmf->page.object = object_of(vmf->m, vmf->vma->object)->number;
	vmf->page.index = vmf->pgoff;
	vmf->page.new_page.pfn = pte_pfn(*vmf->pte);
	vmf->installed = *vmf->pte;
	return VM_FAULT_DONE;
}

static enum vm_fault_result do_read_fault(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	enum vm_fault_result r;
	uint32_t pfn;

	vmf->path = CR2_PATH_FILE_READ;
	if (m->observer)
		view_cached_page(vmf);
	if (should_fault_around(vmf))
		filemap_map_pages(vmf);
	if (!pte_is_free(*vmf->pte))
		return finish_around(vmf);
	r = fault_page(vmf, &pfn);
	if (r != VM_FAULT_DONE)
		return r;
	fault_new_page(vmf, pfn, vmf->major ? CR2_PAGE_READ : CR2_PAGE_CACHED);
	/* Tried again, the fault finds the page and its neighbours. */
	if (vmf->retried && should_fault_around(vmf))
		filemap_map_pages(vmf);
	if (pte_is_free(*vmf->pte))
		finish_fault(vmf, pfn);
	vmf->installed = *vmf->pte;
	return VM_FAULT_DONE;
}

static enum vm_fault_result do_cow_fault(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	struct page *page;
	uint32_t source, pfn = alloc_user_page(m, &page);
	enum vm_fault_result r;
	uint64_t pte;

	vmf->path = CR2_PATH_FILE_COW;
	if (!pfn)
		return fault_oom(vmf);
	anon_vma_prepare(m, vmf->vma);
	r = fault_page(vmf, &source);
	if (r != VM_FAULT_DONE) {
		put_page(m, pfn);
		return r;
	}
	fault_old_page(vmf, source);
	fault_new_page(vmf, pfn, CR2_PAGE_COPIED);
	vmf->page.bytes_copied = CR2_PAGE_SIZE;
	if (phys_copy(&m->phys, pfn, source) < 0)
		m->failed = true;
	page_add_anon_rmap(m, page, vmf->vma, vmf->address);
	pte = pte_mkdirty(m, pte_make(pfn, vma_page_prot(m, vmf->vma)));
	fault_install(vmf, missing_pte(vmf, maybe_mkwrite(vmf->m, pte, vmf->vma)), false);
	return VM_FAULT_DONE;
}

static enum vm_fault_result do_shared_fault(struct vm_fault *vmf)
{
	enum vm_fault_result r;
	uint32_t pfn;

	vmf->path = CR2_PATH_FILE_SHARED;
	r = fault_page(vmf, &pfn);
	if (r != VM_FAULT_DONE)
		return r;
	fault_new_page(vmf, pfn, vmf->major ? CR2_PAGE_READ : CR2_PAGE_CACHED);
	finish_fault(vmf, pfn);
	folio_mark_dirty(vmf->m, pfn);
	return VM_FAULT_DONE;
}

HANDLER enum vm_fault_result do_fault(struct vm_fault *vmf)
{
	if (!fault_is_write(vmf))
		return do_read_fault(vmf);
	if (vmf->vma->flags & VM_SHARED)
		return do_shared_fault(vmf);
	return do_cow_fault(vmf);
}

static void wp_page_reuse(struct vm_fault *vmf, uint32_t pfn)
{
	uint64_t pte = pte_mkdirty(vmf->m, *vmf->pte | ENTRY_A);

	fault_new_page(vmf, pfn, CR2_PAGE_REUSED);
	fault_upgrade(vmf, maybe_mkwrite(vmf->m, pte, vmf->vma));
}

static enum vm_fault_result wp_page_copy(struct vm_fault *vmf, uint32_t old, struct page *old_page)
{
	struct cr2_model *m = vmf->m;
	bool zero = is_special_pfn(m, old);
	struct page *page;
	uint32_t pfn = alloc_user_page(m, &page);
	uint64_t pte;

	vmf->path = CR2_PATH_WP_COPY;
	if (!pfn)
		return fault_oom(vmf);
	anon_vma_prepare(m, vmf->vma);
	fault_old_page(vmf, old);
	fault_new_page(vmf, pfn, zero ? CR2_PAGE_ZEROED : CR2_PAGE_COPIED);
	if (!zero) {
		vmf->page.bytes_copied = CR2_PAGE_SIZE;
		if (phys_copy(&m->phys, pfn, old) < 0)
			m->failed = true;
	}
	page_add_anon_rmap(m, page, vmf->vma, vmf->address);
	pte = pte_make(pfn, vma_page_prot(m, vmf->vma));
	if (fault_unshares(vmf))
		pte |= vmf->orig_pte & (ENTRY_SOFT_DIRTY | ENTRY_UFFD_WP);
	else
		pte = maybe_mkwrite(m, pte_mkdirty(m, pte), vmf->vma);
	fault_install(vmf, pte, true);
	if (!zero)
		page_sub_map(m, vmf->mm, old, old_page);
	return VM_FAULT_DONE;
}

static enum vm_fault_result wp_page_shared(struct vm_fault *vmf, uint32_t pfn)
{
	vmf->path = CR2_PATH_WP_SHARED;
	wp_page_reuse(vmf, pfn);
	folio_mark_dirty(vmf->m, pfn);
	return VM_FAULT_DONE;
}

/* A page that once was shared may be taken over by its last holder. */
static inline bool wp_can_reuse_anon_folio(struct cr2_model *m, uint32_t pfn,
					   const struct page *page)
{
	if (page->flags & (PG_HEAD | PG_TAIL))
		return wp_can_reuse_large(m, pfn);
	if (page_is_ksm(page))
		return false;
	if (page->refcount == 2 && (page->flags & PG_SWAPCACHE))
		swap_cache_drop_unused(m, pfn);
	return page->refcount == 1;
}

static HANDLER enum vm_fault_result do_wp_page(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint32_t pfn = (uint32_t)pte_pfn(vmf->orig_pte);
	struct page *page = page_of(m, pfn);

	if (pte_uffd_wp(vmf->vma, vmf->orig_pte) && !fault_unshares(vmf)) {
		if (!vmf->vma->wp_async)
			return handle_userfault(vmf, VM_UFFD_WP);
		*vmf->pte &= ~ENTRY_UFFD_WP;
	}
	if (vmf->vma->flags & VM_SHARED)
		return wp_page_shared(vmf, pfn);
	if (!is_special_pfn(m, pfn) && (page->flags & PG_ANON) &&
	    ((m->profile->anon_exclusive && (page->flags & PG_EXCLUSIVE)) ||
	     wp_can_reuse_anon_folio(m, pfn, page))) {
		page->flags |= PG_EXCLUSIVE;
		if (fault_unshares(vmf))
			return VM_FAULT_DONE;
		vmf->path = CR2_PATH_WP_REUSE;
		wp_page_reuse(vmf, pfn);
		return VM_FAULT_DONE;
	}
	return wp_page_copy(vmf, pfn, page);
}

enum vm_fault_result wp_swapped_page(struct vm_fault *vmf)
{
	enum vm_fault_result r = do_wp_page(vmf);

	if (r == VM_FAULT_DONE)
		vmf->path = CR2_PATH_SWAP_IN;
	return r;
}

int numa_migrate(struct vm_fault *vmf)
{
	uint32_t pfn = (uint32_t)pte_pfn(vmf->orig_pte);
	int r;

	fault_old_page(vmf, pfn);
	r = migrate_misplaced_folio(vmf->m, vmf->vma, pfn);
	if (r < 0) {
		vmf->page.old_page.pfn = CR2_NO_FRAME;
		fault_new_page(vmf, pfn, CR2_PAGE_UNCHANGED);
		return r;
	}
	/* Who moved it has made the entry, too. */
	vmf->installed = *leaf_peek(vmf->m, vmf->mm, vmf->address);
	fault_new_page(vmf, pte_pfn(vmf->installed), CR2_PAGE_MIGRATED);
	vmf->flushed = true;
	return 0;
}

/* Who has tried to move the page has given up the right to write to it before. */
uint64_t numa_rebuild_single_mapping(const struct vm_fault *vmf, uint64_t old, int r)
{
	const struct cr2_model *m = vmf->m;
	uint64_t pte = pte_modify(old, vma_page_prot(m, vmf->vma) | (old & ENTRY_PS)) | ENTRY_A;
	bool writable = m->profile->numa_saves_write ? old & ENTRY_RW :
						       r == -EINVAL && can_change_pte_writable(m, vmf->vma, pte);

	return writable ? pte_mkwrite(pte) : pte;
}

/* All that its table has of a large page at once. */
static void numa_rebuild_large_mapping(struct vm_fault *vmf, struct folio folio, int r)
{
	uint64_t table = vmf->address & ~(CR2_HUGE_SIZE - 1), first = (uint32_t)pte_pfn(vmf->orig_pte) - folio.head;
	uint64_t at = (vmf->address & CR2_PAGE_MASK) - first * CR2_PAGE_SIZE, end = at + folio.pages * CR2_PAGE_SIZE;

	for (; at < end; at += CR2_PAGE_SIZE) {
		uint64_t *pte = at >= vmf->vma->start && at < vmf->vma->end && at - table < CR2_HUGE_SIZE ?
			pgtable_entry(vmf->m, vmf->mm->cr3, at, CR2_LEVEL_PTE) : NULL;

		if (pte && pte_protnone(vmf->vma, *pte) && pte_pfn(*pte) - folio.head < folio.pages)
			*pte = numa_rebuild_single_mapping(vmf, *pte, r);
	}
}

static HANDLER enum vm_fault_result do_numa_page(struct vm_fault *vmf)
{
	uint32_t pfn = (uint32_t)pte_pfn(vmf->orig_pte);
	struct folio folio = file_folio(vmf->m, pfn);
	int r = -EINVAL;

	vmf->path = CR2_PATH_NUMA_HINT;
	if (folio.pages > 1 && !vmf->m->profile->numa_large)
		fault_new_page(vmf, pfn, CR2_PAGE_UNCHANGED);
	else
		r = numa_migrate(vmf);
	if (r == 0)
		return VM_FAULT_DONE;
	if (folio.pages > 1 && vmf->m->profile->numa_large)
		numa_rebuild_large_mapping(vmf, folio, r);
	else
		*vmf->pte = numa_rebuild_single_mapping(vmf, *vmf->pte, r);
	fault_install(vmf, *vmf->pte, false);
	return VM_FAULT_DONE;
}

/* Another CPU, or fault-around, was quicker, or the TLB was behind. */
static enum vm_fault_result spurious(struct vm_fault *vmf)
{
	uint64_t pte = *vmf->pte | ENTRY_A;

	if (fault_is_write(vmf))
		pte = pte_mkdirty(vmf->m, pte);
	vmf->path = CR2_PATH_SPURIOUS;
	fault_new_page(vmf, pte_pfn(pte), CR2_PAGE_UNCHANGED);
	fault_install(vmf, pte, true);
	return VM_FAULT_DONE;
}

static enum vm_fault_result handle_pte_fault(struct vm_fault *vmf)
{
	if (pte_none(vmf->orig_pte))
		return vma_is_anonymous(vmf->vma) ? do_anonymous_page(vmf) : do_fault(vmf);
	if (!pte_present(vmf->orig_pte))
		return do_swap_page(vmf);
	if (pte_protnone(vmf->vma, vmf->orig_pte))
		return do_numa_page(vmf);
	if ((vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) && !(vmf->orig_pte & ENTRY_RW))
		return do_wp_page(vmf);
	return spurious(vmf);
}

/* False: *ret_result is what became of the fault without the entry of a small page. */
static bool find_pte(struct vm_fault *vmf, enum vm_fault_result *ret_result)
{
	struct cr2_model *m = vmf->m;
	uint64_t tables = m->n_tables;

	if (is_vm_hugetlb_page(vmf->vma)) {
		*ret_result = hugetlb_fault(vmf);
		return false;
	}
	if (m->config.thp != CR2_THP_NEVER && handle_huge_fault(vmf, ret_result))
		return false;
	/* Room for one entry, where no fault brings its neighbours. */
	vmf->pte = vma_is_anonymous(vmf->vma) && m->config.thp_pages == HPAGE_PAGES
			   ? pgtable_alloc_alone(m, vmf->mm->cr3, vmf->address)
			   : pgtable_alloc(m, vmf->mm->cr3, vmf->address, CR2_LEVEL_PTE);
	vmf->new_table = m->n_tables != tables;
	if (vmf->pte)
		return true;
	vmf->level = CR2_LEVEL_PTE;
	*ret_result = fault_oom(vmf);
	return false;
}

static enum vm_fault_result handle_fault(struct vm_fault *vmf)
{
	enum vm_fault_result r;
	bool split;

	if (!vmf->pte && !find_pte(vmf, &r))
		return r;
	split = vmf->path == CR2_PATH_WP_HUGE_SPLIT;
	vmf->level = CR2_LEVEL_PTE;
	vmf->orig_pte = *vmf->pte;
	r = handle_pte_fault(vmf);
	if (split)
		vmf->path = CR2_PATH_WP_HUGE_SPLIT;
	return r;
}

/* Pages that were there before. */

/* 0: it is not there any more, or not at that place. */
static uint32_t place_same(struct cr2_model *m, struct vma *vma, uint64_t address, const struct cr2_placed *how)
{
	const uint32_t pfn = how->same->frame < m->phys.n_frames ? (uint32_t)how->same->frame : 0;
	struct page *page;

	if (!pfn || pfn == m->zero_page)
		return 0;
	page = page_of(m, pfn);
	if (page->id != how->same->id || !page->mapcount || !(page->flags & PG_ANON) ||
	    page->flags & (PG_FILE | PG_HEAD | PG_TAIL) || page->index != vma_pgoff(vma, address))
		return 0;
	anon_vma_prepare(m, vma);
	page->mapcount += !how->all_known;
	page->refcount += !how->all_known;
	return pfn;
}

static uint32_t place_fresh(struct cr2_model *m, struct vma *vma, uint64_t address, const struct cr2_placed *how)
{
	struct page *page;
	const uint32_t pfn = alloc_page(m, &page);

	if (!pfn)
		return 0;
	anon_vma_prepare(m, vma);
	page_add_anon_rmap(m, page, vma, address);
	page->mapcount += how->shared;
	page->refcount += how->shared;
	return pfn;
}

/* As a fault would have brought it, but for who else has it. */
static uint64_t place_anonymous(struct cr2_model *m, struct vma *vma, uint64_t address, const struct cr2_placed *how)
{
	uint64_t pte;
	uint32_t pfn;

	if (how->swapped) {
		anon_vma_prepare(m, vma);
		return vma->flags & VM_SHARED ? 0 : place_swapped(m, how);
	}
	pfn = how->same ? place_same(m, vma, address, how) : place_fresh(m, vma, address, how);
	if (!pfn)
		return 0;
	if (!how->exclusive)
		page_of(m, pfn)->flags &= (uint16_t)~PG_EXCLUSIVE;
	pte = pte_mkwrite(pte_mkdirty(m, pte_make(pfn, private_page_prot(vma))));
	return how->writable ? pte : pte_wrprotect(m, pte);
}

static uint64_t place_own(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address, bool writable)
{
	uint64_t pte;
	uint32_t pfn;
	bool major;

	if (vma_is_anonymous(vma))
		return pte_make(m->zero_page, private_page_prot(vma) | ENTRY_SPECIAL);
	if (filemap_fault(m, vma->object, vma_pgoff(vma, address), &pfn, &major) != VM_FAULT_DONE)
		return 0;
	pte = pte_make(pfn, private_page_prot(vma));
	page_add_map(m, mm, pfn, page_of(m, pfn));
	if (!writable)
		return pte;
	folio_mark_dirty(m, pfn);
	return pte_mkwrite(pte_mkdirty(m, pte));
}

int place_page(struct cr2_model *m, struct process *mm, uint64_t address, const struct cr2_placed *how)
{
	struct vma *vma = vma_lookup(m, mm, address);
	const uint64_t *there;
	uint64_t *pte;

	if (!vma)
		return -EINVAL;
	if (is_vm_hugetlb_page(vma))
		return place_hugetlb_page(m, mm, vma, address, how);
	if (how->huge)
		return place_huge_page(m, mm, vma, address, how);
	there = leaf_peek(m, mm, address);
	if (there && !pte_none(*there))
		return -EINVAL;
	pte = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PTE);
	if (!pte)
		return -ENOMEM;
	*pte = how->anonymous ? place_anonymous(m, vma, address, how) :
				place_own(m, mm, vma, address, how->writable && vma->flags & VM_SHARED);
	return *pte ? 0 : -EINVAL;
}

static OBSERVING void observe_walk(struct vm_fault *vmf, uint64_t tables)
{
	struct cr2_stage stage;

	stage.kind = CR2_STAGE_WALK;
	stage.walk.walk = vmf->m->walk;
	stage.walk.after.n = 0;
	stage.walk.tables_allocated = (unsigned)(vmf->m->n_tables - tables);
	if (stage.walk.tables_allocated)
		mmu_walk(&vmf->m->cpu, &vmf->m->phys, vmf->address, &stage.walk.after);
	observe(vmf->m, &stage);
}

/* The kernel allocates the last table only when it has a page to put there. */
static void drop_new_table(struct vm_fault *vmf)
{
	uint64_t *pmd = pgtable_entry(vmf->m, vmf->mm->cr3, vmf->address, CR2_LEVEL_PMD);

	put_page(vmf->m, (uint32_t)entry_frame(*pmd));
	*pmd = 0;
}

static OBSERVING void observe_handling(struct vm_fault *vmf, uint64_t tables)
{
	observe_walk(vmf, tables);
	if (vmf->pte)
		observe_fault(vmf);
}

/* With all that may be to do around it: tables to be made, and an observer to be told. */
static __attribute__((noinline)) enum vm_fault_result handle_whole_fault(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint64_t tables = m->n_tables;
	enum vm_fault_result r = handle_fault(vmf);

	if (r == VM_FAULT_RETRY)
		r = userfaultfd_wait(vmf);
	if (m->observer)
		observe_handling(vmf, tables);
	if (r == VM_FAULT_SIGBUS && vmf->new_table && !vmf->page.around_count &&
	    !vma_is_anonymous(vmf->vma))
		drop_new_table(vmf);
	return r;
}

/*
 * Most often the CPU has just been where the entry is, and nobody looks on. Then there is nothing
 * left to do after this, and nothing is kept for it: each function on the way ends in the next.
 */
enum vm_fault_result handle_mm_fault(struct vm_fault *vmf)
{
	vmf->pgoff = vma_pgoff(vmf->vma, vmf->address);
	if (vmf->m->observer)
		vmf->page = (struct cr2_stage_page){0};
	vmf->page.old_page.pfn = vmf->page.new_page.pfn = CR2_NO_FRAME;
	vmf->page.around_count = 0;
	vmf->page.object = CR2_NO_OBJECT;
	CHECKED(!vmf->pte || vmf->pte == pgtable_entry(vmf->m, vmf->mm->cr3, vmf->address,
						       CR2_LEVEL_PTE));
	if (!vmf->pte || vmf->m->observer)
		return handle_whole_fault(vmf);
	vmf->level = CR2_LEVEL_PTE;
	vmf->orig_pte = *vmf->pte;
	return handle_pte_fault(vmf);
}
