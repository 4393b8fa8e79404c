/* SPDX-License-Identifier: MIT */
/*
 * Twin of mm/migrate.c: a page goes to a frame of another node, with all that it is, and whoever maps it maps that
 * frame. There are two nodes: the local one has the CPU, and all memory comes from it; of the remote one is what was
 * moved there (PG_REMOTE). What the kernel does with pages of 2 MiB that PTEs map is left out.
 */
#include "mm.h"

/* A page on its way: so many frames, from and to. */
struct moving {
	struct folio from;
	uint32_t to;
};

bool folio_is_remote(const struct cr2_model *m, uint32_t pfn)
{
	return page_at(m, pfn)->flags & PG_REMOTE;
}

bool folio_likely_mapped_shared(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return page->flags & (PG_HEAD | PG_TAIL) || is_large_file(m, pfn) ? large_maybe_shared(m, pfn) : page->mapcount > 1;
}

/* Of the old entry all stays that the kernel keeps on the way. A hint of the scanner does not. */
static uint64_t moved_entry(const struct cr2_model *m, const struct vma *vma, uint64_t old, uint32_t pfn)
{
	uint64_t kept = old & (ENTRY_A | ENTRY_RW | ENTRY_SOFT_DIRTY | ENTRY_UFFD_WP | ENTRY_PS);
	uint64_t entry = pte_make(pfn, (vma_page_prot(m, vma) & ~ENTRY_A) | kept | (pte_dirty(old) ? ENTRY_D : 0));

	if (pte_dirty(old) && m->profile->move_marks_soft_dirty)
		entry |= ENTRY_SOFT_DIRTY;
	return !(entry & ENTRY_RW) || entry & ENTRY_UFFD_WP ? pte_wrprotect(m, entry) : entry;
}

/* Entries of the mapping that map it; index: its number in what vma maps. */
static void remap_vma(struct cr2_model *m, const struct vma *vma, uint64_t index, const struct moving *moving)
{
	struct process *mm = process_of(m, vma->process);

	for (uint32_t i = 0; i < moving->from.pages; i++) {
		uint64_t address = vma->start + (index + i - vma->page_offset) * CR2_PAGE_SIZE, *entry;

		if (index + i < vma->page_offset || index + i >= vma_pgoff(vma, vma->end))
			continue;
		entry = leaf_entry(m, mm, address);
		if (!entry || !pte_present(*entry) || pte_pfn(*entry) != moving->from.head + i)
			continue;
		if (pte_dirty(*entry))
			folio_mark_dirty(m, moving->to + i);
		*entry = moved_entry(m, vma, *entry, moving->to + i);
		flush_tlb_page(m, mm, address);
	}
}

/* Twin of remove_migration_ptes(). */
static void remap(struct cr2_model *m, const struct moving *moving)
{
	const struct page page = *page_at(m, moving->to);
	const struct vma *vma;

	if (page.flags & PG_FILE) {
		for (vma = vma_at(m, object_at(m, page.mapping)->vmas); vma; vma = vma_at(m, vma->object_after))
			remap_vma(m, vma, page.index, moving);
		return;
	}
	for (size_t i = 0; i < m->n_processes; i++)
		for (vma = vma_at(m, process_at(m, i)->first_vma); vma; vma = vma_at(m, vma->after))
			if (vma->anon_vma)
				remap_vma(m, vma, page.index, moving);
}

/* Its counts, its place in the cache, and what else there is of it. */
static void folio_migrate_mapping(struct cr2_model *m, const struct moving *moving, bool remote)
{
	bool anon = page_at(m, moving->from.head)->flags & PG_ANON;

	for (uint32_t i = 0; i < moving->from.pages; i++) {
		const uint32_t from = moving->from.head + i, to = moving->to + i;
		struct page *page = page_of(m, to);

		*page = *page_at(m, from);
		page->flags = (uint16_t)((page->flags & ~PG_REMOTE) | (remote ? PG_REMOTE : 0));
		if (page->flags & PG_TAIL)
			page->index = moving->to;
		if (anon && page->id)
			page->id = new_page_id(m);
		if (phys_copy(&m->phys, to, from) < 0)
			m->failed = true;
		if (!anon)
			cache_set(m, file_page_object(m, to), file_page_index(m, to), to);
	}
	if (anon && page_at(m, moving->to)->flags & PG_HEAD)
		large_rename(m, moving->to);
	if (page_at(m, moving->to)->flags & PG_SWAPCACHE)
		slot_of(m, page_at(m, moving->to)->swap)->page = moving->to;
}

/* Mappings and caches hold it, and nobody else. */
static bool can_move(const struct cr2_model *m, struct folio folio)
{
	const struct page *head = page_at(m, folio.head);

	if (head->flags & PG_HEAD)
		return head->refcount == large_mapcount(m, folio.head) + !!(head->flags & PG_SWAPCACHE) +
			       (head->flags & PG_FILE ? HPAGE_PAGES : 0);
	for (uint32_t i = 0; i < folio.pages; i++)
		if (head[i].refcount != head[i].mapcount + !!(head[i].flags & (PG_SWAPCACHE | PG_FILE)))
			return false;
	return true;
}

static int migrate_folio(struct cr2_model *m, struct folio folio, bool remote)
{
	struct moving moving = {.from = folio};
	struct page *page;

	/* Entries were made anew before that is found: as after a move, but for the frame. */
	if (!can_move(m, folio)) {
		moving.to = folio.head;
		remap(m, &moving);
		return -EAGAIN;
	}
	if (folio.pages == 1)
		moving.to = alloc_page(m, &page);
	else
		moving.to = alloc_pages(m, (unsigned)__builtin_ctz(folio.pages));
	if (!moving.to)
		return -ENOMEM;
	folio_migrate_mapping(m, &moving, remote);
	remap(m, &moving);
	free_page_run(m, folio.head, folio.pages);
	return 0;
}

/* A PMD that may not be followed is none. */
static int missing(const struct cr2_model *m, const struct vma *vma, const uint64_t *entry)
{
	bool none = !entry || pte_none(*entry) || (pte_present(*entry) && *entry & ENTRY_PS);

	return none && vma_is_anonymous(vma) && m->profile->move_pages_faults ? -EFAULT : -ENOENT;
}

/* 0, also where the page is there already, or why it does not go. */
static int add_folio_for_migration(struct cr2_model *m, struct process *mm, uint64_t address, uint32_t flags)
{
	const bool remote = flags & CR2_MIGRATE_REMOTE;
	struct vma *vma = vma_lookup(m, mm, address);
	const uint64_t *entry = leaf_peek(m, mm, address);
	uint32_t pfn;

	if (!vma)
		return -EFAULT;
	if (!entry || !pte_present(*entry))
		return missing(m, vma, entry);
	if (!(*entry & ENTRY_P) && m->profile->move_pages_faults)
		return missing(m, vma, entry);
	pfn = (uint32_t)pte_pfn(*entry);
	if (pfn == m->zero_page || pfn == m->huge_zero_page)
		return -EFAULT;
	pfn = leaf_pfn(m, mm, address, entry);
	if (folio_is_remote(m, pfn) == remote)
		return 0;
	if (!(flags & CR2_MIGRATE_ALL) && folio_likely_mapped_shared(m, pfn))
		return -EACCES;
	return migrate_folio(m, file_folio(m, pfn), remote);
}

int migrate_in_node(struct cr2_model *m, uint32_t pfn)
{
	return migrate_folio(m, file_folio(m, pfn), folio_is_remote(m, pfn));
}

/* All that can go does; the first that does not says why. */
int do_move_pages(struct cr2_model *m, struct process *mm, uint64_t start, uint64_t length, uint32_t flags)
{
	int first = 0;

	for (uint64_t address = start; address < start + length; address += CR2_PAGE_SIZE) {
		int r = add_folio_for_migration(m, mm, address, flags);

		first = first ? first : r;
	}
	return first;
}

/* Neither what many may execute, nor what is to be written back, on behalf of a fault. */
static bool stays(const struct cr2_model *m, const struct vma *vma, uint32_t pfn)
{
	const struct page *page = page_at(m, compound_head(m, pfn));

	if (page->flags & PG_ANON && page->order && m->profile->numa_keeps_shared && large_mapcount(m, pfn) > 1)
		return true;
	if (!page_is_file_lru(m, pfn))
		return false;
	return page->flags & PG_DIRTY || (vma->flags & VM_EXEC && folio_likely_mapped_shared(m, pfn));
}

int migrate_misplaced_folio(struct cr2_model *m, const struct vma *vma, uint32_t pfn)
{
	return folio_is_remote(m, pfn) && !stays(m, vma, pfn) ? migrate_folio(m, file_folio(m, pfn), false) : -EINVAL;
}

/* Mapped by PTEs, too: whether the kernel splits it on the way depends on what happened to it before. */
static bool is_split_huge(const struct cr2_model *m, uint32_t pfn)
{
	const struct page *page = page_at(m, pfn);

	return page->flags & PG_ANON && page->flags & (PG_HEAD | PG_TAIL) && large_has_ptes(m, compound_head(m, pfn));
}

static bool has_split_huge(const struct cr2_model *m, const struct process *mm, uint64_t start, uint64_t end, bool remote)
{
	for (uint64_t at = pgtable_next(m, mm->cr3, start, end); at < end;
	     at = pgtable_next(m, mm->cr3, at + CR2_PAGE_SIZE, end)) {
		const uint64_t *entry = leaf_peek(m, mm, at);

		if (entry && pte_present(*entry) && is_split_huge(m, (uint32_t)pte_pfn(*entry)) &&
		    (!remote || folio_is_remote(m, (uint32_t)pte_pfn(*entry))))
			return true;
	}
	return false;
}

const char *migrate_refuses(const struct cr2_model *m, const struct process *mm, const struct cr2_op *op)
{
	const bool scans = op->kind == CR2_OP_NUMA_SCAN;
	const struct vma *vma;

	if (op->kind != CR2_OP_MIGRATE && !scans)
		return NULL;
	if (m->config.profile == CR2_PROFILE_COURSE)
		return "memory of several nodes, which the course leaves out";
	if (m->next_ksm)
		return "moving pages to another node where KSM merges some";
	for (vma = vma_peek_next(m, mm, op->address); vma && (scans || vma->start < op->address + op->length);
	     vma = vma_at(m, vma->after)) {
		if (is_vm_hugetlb_page(vma) && !scans)
			return "moving hugetlb pages to another node";
		if (!is_vm_hugetlb_page(vma) && has_split_huge(m, mm, vma->start, vma->end, scans))
			return "moving a 2 MiB page that PTEs map to another node";
	}
	return NULL;
}
