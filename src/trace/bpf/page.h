/* SPDX-License-Identifier: GPL-2.0-only */
/* The page that an entry maps: its struct page, and that of its folio's head. */
#ifndef TRACE_BPF_PAGE_H
#define TRACE_BPF_PAGE_H

#define FLAG(name) (1ULL << bpf_core_enum_value(enum pageflags, name))
/* What the low bits of a page's `mapping` say. */
#define MAPPING_KIND 3UL
#define MAPPING_ANON 1UL
#define MAPPING_KSM 3UL

static __always_inline __u8 page_kind(unsigned long mapping, __u64 flags)
{
	if ((mapping & MAPPING_KIND) == MAPPING_ANON)
		return CR2_TRACE_PAGE_ANON;
	if ((mapping & MAPPING_KIND) == MAPPING_KSM)
		return CR2_TRACE_PAGE_KSM;
	if (!mapping)
		return CR2_TRACE_PAGE_OTHER;
	return flags & FLAG(PG_swapbacked) ? CR2_TRACE_PAGE_SHMEM : CR2_TRACE_PAGE_FILE;
}

static __always_inline __u8 folio_order(struct page *head)
{
	struct page *second = (void *)head + bpf_core_type_size(struct page);
	__u8 order = 0;

	if (bpf_core_field_exists(struct page___order, compound_order))
		bpf_core_read(&order, 1, &((struct page___order *)second)->compound_order);
	else /* the low byte of its flags */
		bpf_probe_read_kernel(&order, 1, second);
	return order;
}

/* Of the frame that `addr` is in. A present entry is a page's; so is one of PROT_NONE. */
static __always_inline void read_page(__u64 addr, struct trace_entry *e)
{
	__u64 entry = e->value, frame, flags = 0, head_flags;
	unsigned long head = 0, mapping = 0;
	struct page *page, *first;
	int maps = 0, refs = 0;

	if (e->level == 0 || e->level > CR2_LEVEL_PUD ||
	    !(entry & (TRACE_PRESENT | TRACE_PROTNONE)))
		return;
	if (e->level == CR2_LEVEL_PTE && (entry & TRACE_SPECIAL)) {
		e->kind = CR2_TRACE_PAGE_ZERO;
		return;
	}
	/* Linux flips the frame's bits where the entry is not present: L1TF. */
	if (!(entry & TRACE_PRESENT))
		entry = ~entry;
	frame = (entry & TRACE_FRAME) >> CR2_PAGE_SHIFT;
	if (e->level == CR2_LEVEL_PMD)
		frame = (frame & ~511ULL) + ((addr >> CR2_PAGE_SHIFT) & 511);
	if (e->level == CR2_LEVEL_PUD)
		frame = (frame & ~0x3ffffULL) + ((addr >> CR2_PAGE_SHIFT) & 0x3ffff);
	page = first = (void *)(trace_vmemmap + frame * bpf_core_type_size(struct page));
	/* Flags come first: a long, since 6.18 a struct of one. */
	if (bpf_probe_read_kernel(&flags, sizeof(flags), page)) {
		e->kind = CR2_TRACE_PAGE_UNREADABLE;
		return;
	}
	head_flags = flags;
	bpf_core_read(&head, sizeof(head), &page->compound_head);
	if (head & 1) {
		first = (void *)(head - 1);
		bpf_probe_read_kernel(&head_flags, sizeof(head_flags), first);
	}
	bpf_core_read(&mapping, sizeof(mapping), &first->mapping);
	bpf_core_read(&refs, sizeof(refs), &first->_refcount);
	bpf_core_read(&maps, sizeof(maps), &page->_mapcount);
	if (head_flags & FLAG(PG_head)) {
		struct folio___large *folio = (void *)first;

		e->order = folio_order(first);
		if (bpf_core_field_exists(folio->_large_mapcount))
			bpf_core_read(&maps, sizeof(maps), &folio->_large_mapcount);
	}
	e->refs = refs;
	e->maps = maps + 1;
	e->kind = page_kind(mapping, head_flags);
	if (e->kind == CR2_TRACE_PAGE_ANON && bpf_core_enum_value_exists(enum pageflags, PG_anon_exclusive))
		e->exclusive = flags & FLAG(PG_anon_exclusive) ? 1 : 0;
}

#endif
