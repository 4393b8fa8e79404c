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

static __always_inline __u8 folio_order(__u64 head)
{
	__u64 second = head + bpf_core_type_size(struct page);

	if (bpf_core_field_exists(struct page___order, compound_order))
		return PART_OF(struct page___order, second, compound_order);
	return word_at(second); /* the low byte of its flags */
}

/* Of the frame that `addr` is in. A present entry is a page's; so is one of PROT_NONE. */
static __always_inline void read_page(__u64 addr, struct trace_entry *e)
{
	__u64 entry = e->value, frame, page, head, flags = 0, head_flags;

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
	page = trace_vmemmap + frame * bpf_core_type_size(struct page);
	/* Flags come first: a long, since 6.18 a struct of one. They are 0 where no struct page is. */
	if (!read_word(page, &flags)) {
		e->kind = CR2_TRACE_PAGE_UNREADABLE;
		return;
	}
	head_flags = flags;
	head = WORD_OF(struct page, page, compound_head);
	if (head & 1)
		head_flags = word_at(--head);
	else
		head = page;
	e->refs = PART_OF(struct page, head, _refcount);
	e->maps = (int)PART_OF(struct page, page, _mapcount) + 1;
	if (head_flags & FLAG(PG_head)) {
		e->order = folio_order(head);
		if (bpf_core_field_exists(struct folio___large, _large_mapcount))
			e->maps = (int)PART_OF(struct folio___large, head, _large_mapcount) + 1;
	}
	e->kind = !flags && !e->refs ? CR2_TRACE_PAGE_UNREADABLE :
				       page_kind(WORD_OF(struct page, head, mapping), head_flags);
	if (e->kind == CR2_TRACE_PAGE_ANON && bpf_core_enum_value_exists(enum pageflags, PG_anon_exclusive))
		e->exclusive = flags & FLAG(PG_anon_exclusive) ? 1 : 0;
}

#endif
