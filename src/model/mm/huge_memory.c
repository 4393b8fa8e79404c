/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/huge_memory.c: anonymous 2 MiB pages; of those of files what both have.
 *
 * Such a page is 512 frames: a head that counts references, and tails. A PMD maps it whole;
 * once that PMD is split its frames are mapped by PTEs, each with its own map count, and
 * the whole stays one page until its last reference goes. What belongs to the whole is kept
 * in members that tails do not need:
 */
#include "mm.h"

#define PMD_MAPCOUNT(head) ((head)[1].swap)
#define HUGE_ID(head) ((head)[1].mapping)
/* Which processes map it, exact for up to two (CONFIG_MM_ID): their number + 1, and how often. */
#define OWNER(head, slot) ((head)[2 + (slot)].mapping)
#define OWNER_MAPS(head, slot) ((head)[2 + (slot)].swap)
#define ALL_MAPS(head) ((head)[4].swap)
#define MAYBE_SHARED(head) ((head)[4].mapping)
#define PINCOUNT(head) ((head)[5].swap)

uint32_t compound_head(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return page->flags & PG_TAIL ? (uint32_t)page->index : pfn;
}

static bool is_large(const struct cr2_model *m, uint32_t pfn)
{
	return page_at(m, pfn)->flags & (PG_HEAD | PG_TAIL);
}

uint32_t page_mapcount(const struct cr2_model *m, uint32_t pfn)
{
	uint32_t n = page_at(m, pfn)->mapcount;

	return is_large(m, pfn) ? n + PMD_MAPCOUNT(page_at(m, compound_head(m, pfn))) : n;
}

uint32_t huge_count(const struct cr2_model *m, const struct cr2_page_state *seen)
{
	const uint32_t head = seen->frame < m->phys.n_frames ? (uint32_t)seen->frame : 0;
	const struct page *page = page_at(m, head);

	return head && page->flags & PG_HEAD && page->flags & PG_ANON && HUGE_ID(page) == seen->id && PMD_MAPCOUNT(page) ?
		       page_mapcount(m, head) : 0;
}

void put_mapped_page(struct cr2_model *m, uint32_t pfn)
{
	uint32_t head = compound_head(m, pfn);

	if (!page_of(m, head)->mapcount)
		swap_cache_drop_unused(m, head);
	put_page(m, head);
}

void large_add_maps(struct cr2_model *m, const struct process *mm, uint32_t pfn, uint32_t n)
{
	uint32_t head = compound_head(m, pfn), owner = mm->number + 1;

	if (!is_large(m, pfn))
		return;
	ALL_MAPS(page_of(m, head)) += n;
	for (unsigned slot = 0; slot < 2; slot++) {
		if (OWNER(page_of(m, head), slot) == owner) {
			OWNER_MAPS(page_of(m, head), slot) += n;
			return;
		}
	}
	for (unsigned slot = 0; slot < 2; slot++) {
		if (OWNER(page_of(m, head), slot) == 0) {
			OWNER(page_of(m, head), slot) = owner;
			OWNER_MAPS(page_of(m, head), slot) = n;
			MAYBE_SHARED(page_of(m, head)) |= ALL_MAPS(page_of(m, head)) != n;
			return;
		}
	}
}

void large_sub_maps(struct cr2_model *m, const struct process *mm, uint32_t pfn, uint32_t n)
{
	uint32_t head = compound_head(m, pfn), owner = mm->number + 1;

	if (!is_large(m, pfn))
		return;
	ALL_MAPS(page_of(m, head)) -= n;
	for (unsigned slot = 0; slot < 2; slot++) {
		if (OWNER(page_of(m, head), slot) != owner)
			continue;
		OWNER_MAPS(page_of(m, head), slot) -= n;
		if (OWNER_MAPS(page_of(m, head), slot))
			return;
		OWNER(page_of(m, head), slot) = 0;
		break;
	}
	if (OWNER_MAPS(page_of(m, head), 0) == ALL_MAPS(page_of(m, head)) ||
	    OWNER_MAPS(page_of(m, head), 1) == ALL_MAPS(page_of(m, head)))
		MAYBE_SHARED(page_of(m, head)) = 0;
}

uint32_t large_pincount(const struct cr2_model *m, uint32_t head)
{
	return PINCOUNT(page_at(m, head));
}

void large_add_pins(struct cr2_model *m, uint32_t head, int n)
{
	PINCOUNT(page_of(m, head)) += (uint32_t)n;
}

/* The last part that is mapped is copied nowadays, so that the other 511 can be freed. */
bool wp_can_reuse_large(struct cr2_model *m, uint32_t pfn)
{
	uint32_t head = compound_head(m, pfn), refs = page_of(m, head)->refcount;

	if (refs == 1)
		return m->profile->reuse_last;
	return m->profile->reuse_large && !MAYBE_SHARED(page_of(m, head)) &&
	       !(page_of(m, head)->flags & PG_SWAPCACHE) && ALL_MAPS(page_of(m, head)) == refs;
}

/* Entries. */

static bool is_huge(uint64_t pmd)
{
	return (pmd & ENTRY_PS) && pte_present(pmd);
}

static uint64_t *huge_entry(struct cr2_model *m, const struct process *mm, uint64_t address)
{
	uint64_t *pmd = pgtable_entry(m, mm->cr3, address, CR2_LEVEL_PMD);

	return pmd && is_huge(*pmd) ? pmd : NULL;
}

static bool is_file(const struct cr2_model *m, uint32_t pfn)
{
	return page_at(m, pfn)->flags & PG_FILE;
}

static bool is_huge_zero(const struct cr2_model *m, uint64_t pmd)
{
	return m->huge_zero_page && pte_pfn(pmd) == m->huge_zero_page;
}

bool huge_state(const struct cr2_model *m, const struct process *mm, uint64_t address,
		struct cr2_page_state *ret_state)
{
	const uint64_t *pmd = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD);
	uint32_t head;

	if (!pmd)
		pmd = gigantic_peek(m, mm, address);
	if (!pmd || !is_huge(*pmd))
		return false;
	head = (uint32_t)pte_pfn(*pmd);
	ret_state->writable = *pmd & ENTRY_RW;
	if (is_file(m, head) && object_at(m, page_at(m, head)->mapping)->kind != OBJECT_ANON) {
		frame_state(m, head + (uint32_t)level_index(address, CR2_LEVEL_PTE), ret_state);
		return true;
	}
	ret_state->kind = is_huge_zero(m, *pmd) ? CR2_PAGE_HUGE_ZERO : CR2_PAGE_HUGE;
	if (ret_state->kind == CR2_PAGE_HUGE) {
		ret_state->id = HUGE_ID(page_at(m, head));
		ret_state->mapcount = page_mapcount(m, head);
		ret_state->frame = head;
	}
	return true;
}

/* Splitting an entry. */

/* A frame that a PTE maps is known by itself; one that no PTE maps any more is forgotten. */
void large_name_frame(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if (!is_large(m, pfn) || is_huge_file(m, pfn))
		return;
	if (!page->mapcount)
		page->id = 0;
	else if (!page->id)
		page->id = new_page_id(m);
}

static void split_page(struct cr2_model *m, struct process *mm, uint32_t head)
{
	bool exclusive = page_of(m, head)->flags & PG_EXCLUSIVE;

	for (uint32_t i = 0; i < HPAGE_PAGES; i++) {
		page_of(m, head + i)->mapcount++;
		large_name_frame(m, head + i);
		if (exclusive)
			page_of(m, head + i)->flags |= PG_EXCLUSIVE;
	}
	page_of(m, head)->refcount += HPAGE_PAGES - 1;
	PMD_MAPCOUNT(page_of(m, head))--;
	large_add_maps(m, mm, head, HPAGE_PAGES);
	large_sub_maps(m, mm, head, 1);
}

/* Replaces the PMD entry by a table of 512 that say the same, or all but that it is dirty. */
static int split_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
			  uint64_t *pmd, bool keep_dirty)
{
	uint64_t old = *pmd, prot = vma_page_prot(m, vma), *table;
	uint32_t pfn = pgtable_new(m), frame = (uint32_t)pte_pfn(old);
	bool zero = is_huge_zero(m, old);

	if (!pfn)
		return -ENOMEM;
	if (zero) {
		prot |= ENTRY_SPECIAL;
	} else {
		split_page(m, mm, frame);
		prot &= ~ENTRY_A;
		prot |= old & (ENTRY_RW | ENTRY_A | ENTRY_SOFT_DIRTY);
		/* What is made dirty is made soft-dirty, too. */
		if (keep_dirty && pte_dirty(old))
			prot = pte_mkdirty(m, prot);
		if (pte_dirty(old))
			page_of(m, frame)->flags |= PG_DIRTY;
	}
	table = phys_table(&m->phys, pfn);
	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		table[i] = pte_make(zero ? m->zero_page : frame + i, prot);
	*pmd = (uint64_t)pfn << CR2_PAGE_SHIFT | ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D;
	tlb_flush(&m->cpu);
	return 0;
}

void put_huge(struct cr2_model *m, const struct process *mm, uint32_t head)
{
	if (is_large_file(m, head)) {
		folio_unmap_pmd(m, file_folio(m, head));
		return;
	}
	PMD_MAPCOUNT(page_of(m, head))--;
	large_sub_maps(m, mm, head, 1);
	put_page(m, head);
}

/* One process's mapping is split, the page is not; of a file's page it goes. */
static int split_mapping(struct cr2_model *m, struct process *mm, const struct vma *vma,
			 uint64_t *pmd)
{
	uint32_t head = (uint32_t)pte_pfn(*pmd);

	if (is_file(m, head)) {
		if (pte_dirty(*pmd))
			folio_mark_dirty(m, head);
		*pmd = 0;
		put_huge(m, mm, head);
		tlb_flush(&m->cpu);
		return 0;
	}
	return split_huge_pmd(m, mm, vma, pmd, m->profile->split_keeps_dirty);
}

void vma_split_huge(struct cr2_model *m, struct process *mm, uint64_t address)
{
	uint64_t *pmd = huge_entry(m, mm, address);
	struct vma *vma = vma_lookup(m, mm, address);

	if (pmd && vma && (address & (CR2_HUGE_SIZE - 1)) && split_mapping(m, mm, vma, pmd) < 0)
		m->failed = true;
}

static bool covers(uint64_t address, uint64_t end)
{
	return !(address & (CR2_HUGE_SIZE - 1)) && end - address == CR2_HUGE_SIZE;
}

/* The 2 MiB entry at address, to be dealt with whole; split where the range is a part of it. */
uint64_t *whole_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
			 uint64_t address, uint64_t end)
{
	uint64_t *pmd = huge_entry(m, mm, address);

	if (!pmd || covers(address, end))
		return pmd;
	if (split_mapping(m, mm, vma, pmd) < 0)
		m->failed = true;
	return NULL;
}

bool zap_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address,
		  uint64_t end)
{
	uint64_t *pmd = whole_huge_pmd(m, mm, vma, address, end), old;

	if (!pmd)
		return false;
	old = *pmd;
	*pmd = 0;
	if (is_file(m, (uint32_t)pte_pfn(old)) && pte_dirty(old))
		folio_mark_dirty(m, (uint32_t)pte_pfn(old));
	if (!is_huge_zero(m, old))
		put_huge(m, mm, (uint32_t)pte_pfn(old));
	return true;
}

bool change_huge_pmd(struct cr2_model *m, struct process *mm, const struct vma *vma,
		     uint64_t address, uint64_t end, uint64_t prot)
{
	uint64_t *pmd = whole_huge_pmd(m, mm, vma, address, end), entry;

	if (!pmd)
		return false;
	entry = pte_modify(*pmd, prot | ENTRY_PS);
	if (!(entry & ENTRY_RW) && (entry & ENTRY_D))
		entry = pte_wrprotect(m, entry);
	if (m->profile->mprotect_huge && (vma->flags & VM_WRITE) && !pte_needs_soft_dirty_wp(m, vma, entry) && !is_huge_zero(m, entry) &&
	    (page_of(m, pte_pfn(entry))->flags & PG_EXCLUSIVE))
		entry = pte_mkwrite(entry);
	*pmd = entry;
	return true;
}

void zap_huge_file(struct cr2_model *m, struct process *mm, uint64_t address)
{
	uint64_t *pmd = huge_entry(m, mm, address);

	if (pmd && is_file(m, (uint32_t)pte_pfn(*pmd)))
		(void)split_mapping(m, mm, NULL, pmd);
}

int copy_huge_pmd(struct cr2_model *m, struct process *child, struct process *parent,
		  const struct vma *vma, uint64_t address)
{
	uint64_t *source = huge_entry(m, parent, address), *target;
	uint32_t head;

	if (!source)
		return 0;
	/* It can be faulted in again. */
	if (is_file(m, (uint32_t)pte_pfn(*source)))
		return 1;
	target = pgtable_alloc(m, child->cr3, address, CR2_LEVEL_PMD);
	if (!target)
		return -ENOMEM;
	head = (uint32_t)pte_pfn(*source);
	/* Copied frame by frame, then. */
	if (folio_needs_cow_for_dma(m, parent, head))
		return split_huge_pmd(m, parent, vma, source, m->profile->split_keeps_dirty);
	if (!is_huge_zero(m, *source)) {
		page_of(m, head)->flags &= (uint16_t)~PG_EXCLUSIVE;
		get_page(m, head);
		PMD_MAPCOUNT(page_of(m, head))++;
		large_add_maps(m, child, head, 1);
	}
	*source = pte_wrprotect(m, *source);
	*target = *source & ~ENTRY_A;
	return 1;
}

/* Faults. */

static bool thp_vma_allowable(const struct cr2_model *m, const struct vma *vma)
{
	if (m->config.thp == CR2_THP_NEVER || (vma->flags & VM_NOHUGEPAGE) || !vma_is_anonymous(vma))
		return false;
	return m->config.thp == CR2_THP_ALWAYS || vma->flags & VM_HUGEPAGE;
}

static bool thp_eligible(const struct cr2_model *m, const struct vma *vma, uint64_t address)
{
	uint64_t start = address & ~(CR2_HUGE_SIZE - 1);

	return m->config.thp_pages == HPAGE_PAGES && thp_vma_allowable(m, vma) && start >= vma->start &&
	       start + CR2_HUGE_SIZE <= vma->end;
}

void prep_compound_head(struct cr2_model *m, struct process *mm, const struct vma *vma, uint64_t address, uint32_t head,
			uint8_t order)
{
	struct page *page = page_of(m, head);

	page->flags = PG_HEAD | anon_flags(vma);
	page->order = order;
	page->mapping = vma->anon_vma;
	page->index = vma_pgoff(vma, address);
	HUGE_ID(page) = new_page_id(m);
	PMD_MAPCOUNT(page) = 1;
	large_add_maps(m, mm, head, 1);
}

/* A fresh 2 MiB page, mapped once by mm; 0 where memory has no such block. */
uint32_t alloc_huge_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address)
{
	uint32_t head = alloc_pages(m, HPAGE_ORDER);
	struct page *page = page_of(m, head);

	if (!head)
		return 0;
	for (uint32_t i = 1; i < HPAGE_PAGES; i++) {
		page[i] = (struct page){.flags = PG_TAIL | PG_ANON, .index = head};
	}
	prep_compound_head(m, mm, vma, address & ~(CR2_HUGE_SIZE - 1), head, HPAGE_ORDER);
	return head;
}

/*
 * Of a smaller page: the block around the address, none of which is there yet. Returns the entry of its first page, or
 * NULL: the fault is to bring the one page alone.
 */
uint64_t *anon_folio_ptes(const struct vm_fault *vmf)
{
	const struct cr2_model *m = vmf->m;
	const uint64_t length = m->config.thp_pages * CR2_PAGE_SIZE, start = vmf->address & ~(length - 1);
	uint64_t *ptes = vmf->pte - (vmf->address - start) / CR2_PAGE_SIZE;

	if (length == CR2_HUGE_SIZE || !thp_vma_allowable(m, vmf->vma) || start < vmf->vma->start ||
	    start + length > vmf->vma->end)
		return NULL;
	for (uint32_t i = 0; i < m->config.thp_pages; i++)
		if (!pte_none(ptes[i]))
			return NULL;
	return ptes;
}

/* A fresh one, each page of which a PTE of mm is to map; 0 where memory has no such block. */
uint32_t alloc_anon_folio(struct cr2_model *m, const struct process *mm, const struct vma *vma, uint64_t address)
{
	const uint32_t pages = m->config.thp_pages;
	const unsigned order = (unsigned)__builtin_ctz(pages);
	uint32_t head = alloc_pages(m, order);
	struct page *page = page_of(m, head);

	if (!head)
		return 0;
	for (uint32_t i = 0; i < pages; i++) {
		page[i] = (struct page){
			.flags = (uint16_t)((i ? PG_TAIL : PG_HEAD) | anon_flags(vma)),
			.mapcount = 1,
			.id = new_page_id(m),
			.index = head,
		};
	}
	page->order = (uint8_t)order;
	page->refcount = pages;
	page->mapping = vma->anon_vma;
	page->index = vma_pgoff(vma, address);
	large_add_maps(m, mm, head, pages);
	return head;
}

const char *folio_refuses(const struct cr2_model *m, const struct cr2_op *op)
{
	if (!m->profile->thp_sizes)
		return "huge pages of another size than 2 MiB, which Linux has since 6.8";
	if (m->config.swap)
		return "huge pages of another size than 2 MiB where there is swap";
	return op->kind == CR2_OP_ADVISE && op->advice == CR2_ADVICE_COLLAPSE ?
		"madvise collapse of huge pages of another size" : NULL;
}

uint32_t alloc_huge_file(struct cr2_model *m, uint32_t object, uint64_t index)
{
	uint32_t head = alloc_pages(m, HPAGE_ORDER);
	struct page *page = page_of(m, head);

	if (!head)
		return 0;
	for (uint32_t i = 1; i < HPAGE_PAGES; i++)
		page[i] = (struct page){.flags = PG_TAIL | PG_FILE, .index = head};
	page->flags = PG_HEAD | PG_FILE | PG_DIRTY;
	page->order = HPAGE_ORDER;
	page->refcount = HPAGE_PAGES; /* the cache's */
	page->mapping = object;
	page->index = index;
	return head;
}

void large_map_pmd(struct cr2_model *m, const struct process *mm, uint32_t head)
{
	PMD_MAPCOUNT(page_of(m, head))++;
	large_add_maps(m, mm, head, 1);
}

void large_name_whole(struct cr2_model *m, uint32_t head)
{
	HUGE_ID(page_of(m, head)) = page_of(m, head)->id;
}

static void install_huge(struct vm_fault *vmf, uint32_t head)
{
	uint64_t prot = vma_page_prot(vmf->m, vmf->vma) | ENTRY_PS;
	uint64_t entry = pte_mkdirty(vmf->m, pte_make(head, prot));

	fault_install(vmf, maybe_mkwrite(vmf->m, entry, vmf->vma), vmf->orig_pte != 0);
}

static bool huge_zero_page(struct cr2_model *m)
{
	if (m->huge_zero_page)
		return true;
	m->huge_zero_page = alloc_pages(m, HPAGE_ORDER);
	if (!m->huge_zero_page)
		return false;
	page_of(m, m->huge_zero_page)->flags = PG_RESERVED | PG_HEAD;
	page_of(m, m->huge_zero_page)->order = HPAGE_ORDER;
	for (uint32_t i = 1; i < HPAGE_PAGES; i++)
		*page_of(m, m->huge_zero_page + i) =
			(struct page){.flags = PG_RESERVED | PG_TAIL, .index = m->huge_zero_page};
	return true;
}

/* False: no 2 MiB page is free, small ones will do. */
static bool do_huge_pmd_anonymous_page(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint32_t head;

	anon_vma_prepare(m, vmf->vma);
	if (!(vmf->flags & FAULT_FLAG_WRITE) && !m->config.no_zero_page) {
		if (!huge_zero_page(m))
			return false;
		vmf->path = CR2_PATH_ANON_HUGE_ZERO;
		fault_new_page(vmf, m->huge_zero_page, CR2_PAGE_ZERO_SHARED);
		fault_install(vmf, pte_make(m->huge_zero_page, vma_page_prot(m, vmf->vma) | ENTRY_PS |
					    (m->profile->huge_zero_special ? ENTRY_SPECIAL : 0)), false);
		return true;
	}
	head = alloc_huge_page(m, vmf->mm, vmf->vma, vmf->address);
	if (!head)
		return false;
	vmf->path = CR2_PATH_ANON_HUGE;
	fault_new_page(vmf, head, CR2_PAGE_ZEROED);
	vmf->page.new_page.maps_before = 0;
	install_huge(vmf, head);
	return true;
}

uint32_t place_same_huge(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address,
			 const struct cr2_placed *how)
{
	const uint32_t head = (uint32_t)how->same->frame;
	struct page *page;

	if (how->same->kind != CR2_PAGE_HUGE || !huge_count(m, how->same))
		return 0;
	page = page_of(m, head);
	if (page->index != vma_pgoff(vma, address))
		return 0;
	anon_vma_prepare(m, vma);
	large_add_maps(m, mm, head, 1);
	if (how->all_known) {
		ALL_MAPS(page)--;
		return head;
	}
	get_page(m, head);
	PMD_MAPCOUNT(page)++;
	return head;
}

void place_others(struct cr2_model *m, uint32_t head)
{
	get_page(m, head);
	PMD_MAPCOUNT(page_of(m, head))++;
	ALL_MAPS(page_of(m, head))++;
}

int place_huge_page(struct cr2_model *m, struct process *mm, struct vma *vma, uint64_t address, const struct cr2_placed *how)
{
	uint64_t *pmd, entry;
	uint32_t head;

	if (!vma_is_anonymous(vma) || address % CR2_HUGE_SIZE || vma->end - address < CR2_HUGE_SIZE)
		return -EINVAL;
	pmd = pgtable_alloc(m, mm->cr3, address, CR2_LEVEL_PMD);
	if (!pmd)
		return -ENOMEM;
	if (*pmd)
		return -EINVAL;
	anon_vma_prepare(m, vma);
	head = how->same ? place_same_huge(m, mm, vma, address, how) : alloc_huge_page(m, mm, vma, address);
	if (!head)
		return -EINVAL;
	if (!how->exclusive)
		page_of(m, head)->flags &= (uint16_t)~PG_EXCLUSIVE;
	if (how->shared && !how->same) {
		place_others(m, head);
		MAYBE_SHARED(page_of(m, head)) = 1;
	}
	entry = pte_mkwrite(pte_mkdirty(m, pte_make(head, private_page_prot(vma) | ENTRY_PS)));
	*pmd = how->writable ? entry : pte_wrprotect(m, entry);
	return 0;
}

static void split_for_fault(struct vm_fault *vmf)
{
	if (split_mapping(vmf->m, vmf->mm, vmf->vma, vmf->pte) < 0)
		vmf->m->failed = true;
}

static bool split_anonymous(struct vm_fault *vmf)
{
	split_for_fault(vmf);
	vmf->path = CR2_PATH_WP_HUGE_SPLIT;
	return false;
}

static bool wp_huge_zero(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint32_t head = m->profile->huge_zero_wp
		? alloc_huge_page(m, vmf->mm, vmf->vma, vmf->address) : 0;

	if (!head)
		return split_anonymous(vmf);
	vmf->path = CR2_PATH_WP_HUGE_COPY;
	fault_old_page(vmf, m->huge_zero_page);
	fault_new_page(vmf, head, CR2_PAGE_ZEROED);
	vmf->page.new_page.maps_before = 0;
	install_huge(vmf, head);
	return true;
}

/* False: the entry was split, the small page is for do_wp_page(). */
static bool do_huge_pmd_wp_page(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint32_t head = (uint32_t)pte_pfn(vmf->orig_pte);
	struct page *page = page_of(m, head);

	if (is_huge_zero(m, vmf->orig_pte))
		return wp_huge_zero(vmf);
	if (is_file(m, head)) { /* do_fault() has it, as if nothing had been there */
		split_for_fault(vmf);
		vmf->orig_pte = 0;
		return map_huge_file(vmf);
	}
	if (!(page->flags & PG_EXCLUSIVE) && page->refcount != 1)
		return split_anonymous(vmf);
	page->flags |= PG_EXCLUSIVE;
	if (fault_unshares(vmf))
		return true;
	vmf->path = CR2_PATH_WP_HUGE_REUSE;
	fault_new_page(vmf, head, CR2_PAGE_REUSED);
	fault_upgrade(vmf, maybe_mkwrite(m, pte_mkdirty(m, vmf->orig_pte | ENTRY_A), vmf->vma));
	return true;
}

static bool do_huge_pmd_numa_page(struct vm_fault *vmf)
{
	int r = numa_migrate(vmf);

	vmf->path = CR2_PATH_NUMA_HINT;
	if (r < 0)
		fault_install(vmf, numa_rebuild_single_mapping(vmf, vmf->orig_pte, r), false);
	return true;
}

static bool huge_spurious(struct vm_fault *vmf)
{
	uint64_t entry = vmf->orig_pte | ENTRY_A;

	if (vmf->flags & FAULT_FLAG_WRITE)
		entry = pte_mkdirty(vmf->m, entry);
	vmf->path = CR2_PATH_SPURIOUS;
	fault_new_page(vmf, pte_pfn(entry), CR2_PAGE_UNCHANGED);
	fault_install(vmf, entry, true);
	return true;
}

bool handle_huge_fault(struct vm_fault *vmf, enum vm_fault_result *ret_result)
{
	struct cr2_model *m = vmf->m;

	*ret_result = VM_FAULT_DONE;
	vmf->level = CR2_LEVEL_PMD;
	vmf->pte = pgtable_alloc(m, vmf->mm->cr3, vmf->address, CR2_LEVEL_PMD);
	if (!vmf->pte) {
		vmf->path = CR2_PATH_OOM;
		*ret_result = VM_FAULT_OOM;
		return true;
	}
	vmf->orig_pte = *vmf->pte;
	if (!vmf->orig_pte && !vma_is_anonymous(vmf->vma))
		return map_huge_file(vmf);
	if (!vmf->orig_pte)
		return thp_eligible(m, vmf->vma, vmf->address) && do_huge_pmd_anonymous_page(vmf);
	if (!is_huge(vmf->orig_pte))
		return false;
	if (pte_protnone(vmf->vma, vmf->orig_pte))
		return do_huge_pmd_numa_page(vmf);
	if ((vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) && !(vmf->orig_pte & ENTRY_RW))
		return do_huge_pmd_wp_page(vmf);
	return huge_spurious(vmf);
}

/* Splitting a page. */

/*
 * Do others map something of the page, as far as its kernel can tell? Twin of page_mapcount() of
 * the one page asked about, folio_likely_mapped_shared() and folio_maybe_mapped_shared().
 */
bool large_maybe_shared(const struct cr2_model *m, uint32_t pfn)
{
	uint32_t head = compound_head(m, pfn);

	if (is_large_file(m, pfn))
		return folio_maybe_shared(m, file_folio(m, pfn));
	if (m->profile->advice_asks_page)
		return page_mapcount(m, pfn) != 1;
	if (ALL_MAPS(page_at(m, head)) <= 1)
		return false;
	if (m->profile->owners_known)
		return MAYBE_SHARED(page_at(m, head));
	return PMD_MAPCOUNT(page_at(m, head)) || ALL_MAPS(page_at(m, head)) > 1U << page_at(m, head)->order ||
	       page_at(m, head)->mapcount > 1;
}

bool large_has_ptes(const struct cr2_model *m, uint32_t head)
{
	return ALL_MAPS(page_at(m, head)) != PMD_MAPCOUNT(page_at(m, head));
}

void large_rename(struct cr2_model *m, uint32_t head)
{
	HUGE_ID(page_of(m, head)) = new_page_id(m);
}

uint32_t large_mapcount(const struct cr2_model *m, uint32_t pfn)
{
	return ALL_MAPS(page_at(m, compound_head(m, pfn)));
}

/* What holds nothing but zeros need not be kept: the shared zero page says the same. */
static void map_zero_page(struct cr2_model *m, struct process *mm, uint64_t index, uint32_t pfn)
{
	const struct vma *vma;
	uint64_t *pte = rmap_pte(m, mm, index, pfn, &vma);

	if (!pte || (vma->flags & VM_LOCKED))
		return;
	*pte = pte_make(m->zero_page, vma_page_prot(m, vma) | ENTRY_SPECIAL | (*pte & ENTRY_SOFT_DIRTY));
	page_remove_rmap(m, mm, pfn);
	put_page(m, pfn);
}

static void map_zero_pages(struct cr2_model *m, uint64_t index, uint32_t pfn)
{
	if (!phys_is_zero(&m->phys, pfn))
		return;
	for (size_t i = 0; i < m->n_processes && page_of(m, pfn)->mapcount; i++)
		map_zero_page(m, process_of(m, i), index, pfn);
}

/* What is mapped anew is as soft-dirty as the PMD was, whatever its dirty bit made of that. */
static void forget_soft_dirty(struct cr2_model *m, uint64_t pmd)
{
	uint64_t *table = phys_table(&m->phys, (uint32_t)pte_pfn(pmd));

	for (uint32_t i = 0; i < HPAGE_PAGES; i++)
		table[i] &= ~ENTRY_SOFT_DIRTY;
}

/* Splits the entry that mm has for the page; whole: which is split itself then. */
static void split_pmd_of(struct cr2_model *m, struct process *mm, uint32_t head, bool keep_dirty, bool whole)
{
	const bool anew = whole && !m->profile->move_marks_soft_dirty;
	const struct vma *vma = vma_of(m, mm->first_vma);

	for (; vma && PMD_MAPCOUNT(page_of(m, head)); vma = vma_of(m, vma->after)) {
		uint64_t index = page_of(m, head)->index, *pmd, soft;

		if (!vma->anon_vma || index < vma->page_offset || index >= vma_pgoff(vma, vma->end))
			continue;
		pmd = huge_entry(m, mm, vma->start + (index - vma->page_offset) * CR2_PAGE_SIZE);
		if (!pmd || pte_pfn(*pmd) != head)
			continue;
		soft = *pmd & ENTRY_SOFT_DIRTY;
		if (split_huge_pmd(m, mm, vma, pmd, keep_dirty) < 0)
			m->failed = true;
		else if (anew && !soft)
			forget_soft_dirty(m, *pmd);
	}
}

void large_split_pmds(struct cr2_model *m, uint32_t head, bool keep_dirty, bool whole)
{
	for (size_t i = 0; i < m->n_processes && PMD_MAPCOUNT(page_of(m, head)); i++)
		split_pmd_of(m, process_of(m, i), head, keep_dirty, whole);
}

/* Written to through any PTE: then all of it counts as dirty. */
static bool large_is_dirty(struct cr2_model *m, uint32_t head)
{
	const struct vma *vma;

	if (page_at(m, head)->flags & PG_DIRTY)
		return true;
	for (size_t p = 0; p < m->n_processes; p++) {
		for (uint32_t i = 0; i < 1U << page_at(m, head)->order; i++) {
			uint64_t *pte = page_at(m, head + i)->mapcount
				? rmap_pte(m, process_at(m, p), page_at(m, head)->index + i,
					   head + i, &vma) : NULL;

			if (pte && pte_dirty(*pte))
				return true;
		}
	}
	return false;
}

/* The frames become pages of their own, with what the whole had. */
static void split_frames(struct cr2_model *m, uint32_t head)
{
	struct page *page = page_of(m, head);
	uint16_t whole = page->flags & (PG_LAZYFREE | PG_DROPPABLE);
	uint32_t root = page->mapping;
	uint64_t index = page->index;
	const uint32_t pages = 1U << page->order;

	if (large_is_dirty(m, head))
		whole |= PG_DIRTY;
	for (uint32_t i = 0; i < pages; i++) {
		page[i].flags = (page[i].flags & (PG_ANON | PG_EXCLUSIVE | PG_REMOTE)) | whole;
		page[i].mapping = root;
		page[i].index = index + i;
		page[i].swap = 0;
		page[i].order = 0;
		page[i].refcount = page[i].mapcount;
	}
}

/*
 * Whoever maps the page: through migration entries, which keep the dirty bit. Frames that nobody
 * maps are free; those that hold zeros alone give way to the zero page where the kernel does that.
 */
int split_huge_page(struct cr2_model *m, uint32_t head)
{
	uint64_t index = page_of(m, head)->index;
	const uint32_t pages = file_folio(m, head).pages;

	if (is_large_file(m, head))
		return split_folio(m, file_folio(m, head)) ? 0 : -EAGAIN;
	if (is_huge_file(m, head)) {
		split_huge_file(m, head);
		return 0;
	}
	if (page_of(m, head)->refcount != ALL_MAPS(page_of(m, head)))
		return -EAGAIN;
	large_split_pmds(m, head, true, true);
	split_frames(m, head);
	for (uint32_t i = 0; i < pages; i++) {
		if (!page_of(m, head + i)->refcount)
			free_pages(m, head + i, 0);
		else if (m->profile->split_to_zero_page)
			map_zero_pages(m, index + i, head + i);
	}
	tlb_flush(&m->cpu);
	return 0;
}
