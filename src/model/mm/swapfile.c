/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/swapfile.c and mm/swap_state.c: swap slots, the entries that name them, and
 * the swap cache. A slot lives while an entry names it or a cached page is for it.
 */
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "mm.h"

/* An entry: the type (here always 0) in bits 59 to 63, the offset inverted in 9 to 58. */
#define SWP_OFFSET_SHIFT 9
#define SWP_OFFSET_MASK (((1ULL << 50) - 1) << SWP_OFFSET_SHIFT)

uint64_t swap_entry(uint32_t slot)
{
	return ~((uint64_t)slot << SWP_OFFSET_SHIFT) & SWP_OFFSET_MASK;
}

uint32_t swap_slot(uint64_t pte)
{
	return (uint32_t)((~pte & SWP_OFFSET_MASK) >> SWP_OFFSET_SHIFT);
}

/* The first that is free; slot 0 is the header of a swap area. */
uint32_t swap_alloc(struct cr2_model *m)
{
	uint32_t slot = numbers_take(&m->trees, &m->slot_numbers);

	if (!slot || array_reserve(&m->slots, &slots_kind, slot + 1UL) < 0 || !slot_of(m, slot) ||
	    phys_extend(&m->swap, slot + 1UL) < 0) {
		m->failed = true;
		return 0;
	}
	*slot_of(m, slot) = (struct swap_slot){0};
	return slot;
}

/* What was read from it may still be wanted: it is cleared when it is taken again. */
static void slot_release(struct cr2_model *m, uint32_t slot)
{
	const struct swap_slot *s = slot_of(m, slot);

	if (s->uses || s->page)
		return;
	phys_fill(&m->swap, slot, 0);
	if (numbers_give(&m->trees, &m->slot_numbers, slot) < 0)
		m->failed = true;
}

uint64_t swap_used(const struct cr2_model *m)
{
	return m->slot_numbers.n - m->slot_numbers.n_free;
}

void swap_cache_add(struct cr2_model *m, uint32_t pfn, uint32_t slot)
{
	slot_of(m, slot)->page = pfn;
	page_of(m, pfn)->flags |= PG_SWAPCACHE;
	page_of(m, pfn)->swap = slot;
	get_page(m, pfn);
}

void swap_cache_del(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);
	uint32_t slot = page->swap;

	slot_of(m, slot)->page = 0;
	page->flags &= (uint16_t)~PG_SWAPCACHE;
	page->swap = 0;
	slot_release(m, slot);
	put_page(m, pfn);
}

/* Without any entry left the cached copy serves only those who map it. */
void swap_cache_drop_unused(struct cr2_model *m, uint32_t pfn)
{
	struct page *page = page_of(m, pfn);

	if ((page->flags & PG_SWAPCACHE) && !slot_of(m, page->swap)->uses)
		swap_cache_del(m, pfn);
}

void swap_get(struct cr2_model *m, uint32_t slot)
{
	slot_of(m, slot)->uses++;
}

void swap_put(struct cr2_model *m, uint32_t slot)
{
	struct swap_slot *s = slot_of(m, slot);
	uint32_t pfn = s->page;

	if (--s->uses)
		return;
	if (pfn && !page_of(m, pfn)->mapcount)
		swap_cache_del(m, pfn);
	else
		slot_release(m, slot);
}

void swap_free_entry(struct cr2_model *m, uint64_t pte)
{
	swap_put(m, swap_slot(pte));
}

/* Fork: from now on neither entry tells of an exclusive page. */
uint64_t swap_copy_entry(struct cr2_model *m, uint64_t *source, bool keeps_wp)
{
	swap_get(m, swap_slot(*source));
	*source &= ~SWP_EXCLUSIVE;
	return keeps_wp ? *source : *source & ~SWP_UFFD_WP;
}

/* ---- what was there before ---- */

void slot_state(const struct cr2_model *m, uint32_t slot, struct cr2_page_state *ret)
{
	const struct swap_slot *s = array_peek(&m->slots, &slots_kind, slot);

	*ret = (struct cr2_page_state){.kind = CR2_PAGE_SWAP, .frame = slot, .mapcount = s->uses, .id = s->id};
}

uint32_t slot_count(const struct cr2_model *m, const struct cr2_page_state *seen)
{
	const struct swap_slot *s = seen->frame <= m->slot_numbers.n ? array_peek(&m->slots, &slots_kind, seen->frame) : NULL;

	return s && s->id == seen->id ? s->uses : 0;
}

/* An entry for a page that was in swap; 0: there is no such slot any more, or none to be had. */
uint64_t place_swapped(struct cr2_model *m, const struct cr2_placed *how)
{
	const bool others = how->shared && !how->same;
	uint32_t slot;

	if (how->same)
		slot = slot_count(m, how->same) ? (uint32_t)how->same->frame : 0;
	else
		slot = swap_alloc(m);
	if (!slot)
		return 0;
	if (!how->same)
		slot_of(m, slot)->id = new_page_id(m);
	slot_of(m, slot)->uses += !how->all_known + others;
	return swap_entry(slot) | (how->exclusive ? SWP_EXCLUSIVE : 0);
}

/* ---- faults ---- */

void swap_write(struct cr2_model *m, uint32_t pfn)
{
	if (phys_copy_between(&m->swap, page_of(m, pfn)->swap, &m->phys, pfn) < 0)
		m->failed = true;
}

/* The page of a slot, read where it is not cached; the cache's reference is the only new one. */
uint32_t swapin(struct cr2_model *m, uint32_t slot, bool *ret_major)
{
	uint32_t pfn = slot_of(m, slot)->page;
	struct page *page;

	if (pfn)
		return pfn;
	pfn = alloc_page(m, &page);
	if (!pfn)
		return 0;
	page->flags = PG_ANON;
	page->id = slot_of(m, slot)->id ? slot_of(m, slot)->id : new_page_id(m);
	swap_cache_add(m, pfn, slot);
	put_page(m, pfn);
	if (phys_copy_between(&m->phys, pfn, &m->swap, slot) < 0)
		m->failed = true;
	*ret_major = true;
	return pfn;
}

static void map_swapped(struct vm_fault *vmf, uint32_t pfn, bool exclusive)
{
	struct cr2_model *m = vmf->m;
	struct page *page = page_of(m, pfn);
	uint64_t pte = pte_make(pfn, vma_page_prot(m, vmf->vma));
	bool write = vmf->flags & FAULT_FLAG_WRITE, protected = vmf->orig_pte & SWP_UFFD_WP;

	if (vmf->orig_pte & SWP_SOFT_DIRTY)
		pte |= ENTRY_SOFT_DIRTY;
	if (exclusive) {
		bool tries = write || (m->profile->swap_in_writable && !pte_needs_soft_dirty_wp(m, vmf->vma, pte));

		page->flags |= PG_EXCLUSIVE;
		if ((vmf->vma->flags & VM_WRITE) && tries && !protected)
			pte = pte_mkwrite(pte);
		if (write && !(protected && m->profile->swap_in_writable))
			pte = pte_mkdirty(m, pte);
	}
	if (protected)
		pte |= ENTRY_UFFD_WP;
	page->mapping = vmf->vma->anon_vma;
	page->index = vma_pgoff(vmf->vma, vmf->address);
	page->mapcount++;
	get_page(m, pfn);
	fault_install(vmf, pte, false);
}

/* What protection left behind goes, and the access begins anew. */
static enum vm_fault_result pte_marker_clear(struct vm_fault *vmf)
{
	*vmf->pte = 0;
	vmf->path = CR2_PATH_USERFAULT;
	return VM_FAULT_DONE;
}

static enum vm_fault_result handle_pte_marker(struct vm_fault *vmf)
{
	bool guard = pte_is_guard(vmf->orig_pte);

	if (pte_is_wp_marker(vmf->orig_pte) && !(vmf->vma->flags & VM_UFFD_WP))
		return pte_marker_clear(vmf);
	if (pte_is_wp_marker(vmf->orig_pte))
		return vma_is_anonymous(vmf->vma) ? do_anonymous_page(vmf) : do_fault(vmf);
	vmf->path = guard ? CR2_PATH_SEGV_GUARD : CR2_PATH_SIGBUS;
	return guard ? VM_FAULT_SIGSEGV : VM_FAULT_HWPOISON;
}

enum vm_fault_result do_swap_page(struct vm_fault *vmf)
{
	struct cr2_model *m = vmf->m;
	uint32_t slot = swap_slot(vmf->orig_pte), pfn;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	bool exclusive = vmf->orig_pte & SWP_EXCLUSIVE;
	struct swap_slot *s;

	if (pte_is_marker(vmf->orig_pte))
		return handle_pte_marker(vmf);
	s = slot_of(m, slot);
	pfn = swapin(m, slot, &vmf->major);
	vmf->path = CR2_PATH_SWAP_IN;
	if (!pfn) {
		vmf->path = CR2_PATH_OOM;
		return VM_FAULT_OOM;
	}
	fault_new_page(vmf, pfn, vmf->major ? CR2_PAGE_SWAP_READ : CR2_PAGE_SWAP_CACHED);
	s->uses--;
	if (((write && page_of(m, pfn)->refcount == 1) || (vmf->vma->flags & VM_LOCKED)) &&
	    !s->uses) {
		/* The cache's reference becomes ours. */
		get_page(m, pfn);
		swap_cache_del(m, pfn);
		page_of(m, pfn)->flags |= PG_DIRTY;
		exclusive = exclusive || page_of(m, pfn)->refcount == 1;
		map_swapped(vmf, pfn, exclusive);
		put_page(m, pfn);
	} else {
		map_swapped(vmf, pfn, exclusive);
	}
	if (!write || *vmf->pte & ENTRY_RW)
		return VM_FAULT_DONE;
	/* Its own page was taken for written to: who is to hear of it does at the next try. */
	if (exclusive && *vmf->pte & ENTRY_UFFD_WP && !m->profile->swap_in_writable)
		return VM_FAULT_DONE;
	vmf->orig_pte = *vmf->pte;
	return wp_swapped_page(vmf);
}

uint32_t shmem_swapin(struct cr2_model *m, uint32_t number, uint64_t index, bool *ret_major)
{
	uint32_t slot = cache_get(m, number, index) & ~SHMEM_SWAPPED;
	uint32_t pfn = swapin(m, slot, ret_major);

	if (!pfn)
		return 0;
	/* Back into the page cache: the swap cache's reference becomes its. */
	get_page(m, pfn);
	slot_of(m, slot)->uses--;
	swap_cache_del(m, pfn);
	page_of(m, pfn)->flags = (page_of(m, pfn)->flags & PG_REMOTE) | PG_FILE | PG_DIRTY;
	page_of(m, pfn)->id = slot_of(m, slot)->id;
	page_of(m, pfn)->mapping = number;
	page_of(m, pfn)->index = index;
	cache_set(m, number, index, pfn);
	return pfn;
}
