/* SPDX-License-Identifier: GPL-2.0-only */
/* The page tables of the current address space, read as the CPU walks them. */
#ifndef TRACE_BPF_WALK_H
#define TRACE_BPF_WALK_H

const volatile __u64 trace_direct_map = 0; /* where the kernel maps all physical memory */
const volatile __u64 trace_vmemmap = 0; /* where its struct pages are */

/* *entry in the table at `table`; false: unreadable, the walk ends with level 0. */
static __always_inline bool read_entry(__u64 table, __u64 addr, int level, __u64 *entry, __u64 *at)
{
	*at = table + ((addr >> (3 + 9 * level)) & 511) * 8;
	return read_word(*at, entry);
}

static __always_inline __u64 table_of(__u64 entry)
{
	return trace_direct_map + (entry & TRACE_FRAME);
}

/* Entries present among the 16 around a PTE: what fault-around and large folios map. */
static __always_inline __u8 count_near(__u64 at, __u64 *room)
{
	__u8 n = 0;

	if (trace_can_cast) {
#pragma unroll
		for (int i = 0; i < 16; i++)
			n += word_at((at & ~127ULL) + 8 * i) & TRACE_PRESENT;
		return n;
	}
	if (bpf_probe_read_kernel(room, 16 * sizeof(*room), (void *)(at & ~127ULL)))
		return 0;
#pragma unroll
	for (int i = 0; i < 16; i++)
		n += room[i] & TRACE_PRESENT;
	return n;
}

/* Down to the entry that maps a page, or to the first that maps nothing; *ret_at: where it lies, of PTEs alone. */
static __always_inline void descend(__u64 table, __u64 addr, struct trace_entry *e, __u64 *ret_at)
{
	__u64 entry = 0, at = 0; /* no mixture with *ret_at: of mm->pgd the verifier knows that it is a pointer */

	e->value = 0;
	e->level = 0;
	if (trace_kernel.la57) {
		if (!read_entry(table, addr, CR2_LEVEL_PGD, &entry, &at))
			return;
		if (!(entry & TRACE_PRESENT)) {
			e->level = CR2_LEVEL_PGD;
			return;
		}
		table = table_of(entry);
	}
	if (!read_entry(table, addr, CR2_LEVEL_P4D, &entry, &at))
		return;
	e->level = CR2_LEVEL_P4D;
	if (!(entry & TRACE_PRESENT))
		return;
	if (!read_entry(table_of(entry), addr, CR2_LEVEL_PUD, &entry, &at))
		goto unreadable;
	e->level = CR2_LEVEL_PUD;
	e->value = entry;
	if (!(entry & TRACE_PRESENT) || (entry & TRACE_HUGE))
		return;
	if (!read_entry(table_of(entry), addr, CR2_LEVEL_PMD, &entry, &at))
		goto unreadable;
	e->level = CR2_LEVEL_PMD;
	e->value = entry;
	if (!(entry & TRACE_PRESENT) || (entry & TRACE_HUGE))
		return;
	if (!read_entry(table_of(entry), addr, CR2_LEVEL_PTE, &entry, ret_at))
		goto unreadable;
	e->level = CR2_LEVEL_PTE;
	e->value = entry;
	return;
unreadable:
	e->level = 0;
	e->value = 0;
}

/* What read_page() finds out. */
static __always_inline void forget_page(struct trace_entry *e)
{
	e->kind = CR2_TRACE_PAGE_NONE;
	e->order = 0;
	e->refs = 0;
	e->maps = 0;
	e->exclusive = 0;
}

static __always_inline void walk(struct mm_struct *mm, __u64 addr, struct trace_entry *e,
				 __u64 *room)
{
	__u64 at = 0;

	forget_page(e);
	e->near = 0;
	descend((__u64)mm->pgd, addr, e, &at);
	/* Sums and brief records have no place for them. */
	if (trace_stream && !trace_brief && e->level == CR2_LEVEL_PTE)
		e->near = count_near(at, room);
}

#endif
