/* SPDX-License-Identifier: MIT */
/*
 * Which path settled a fault, by what was there before and what is there after. The same table
 * decides in the kernel, where faults are only counted, and outside it.
 */
#ifndef TRACE_SETTLE_H
#define TRACE_SETTLE_H

#include <stdbool.h>

#include "sample.h"

/* Bits of an entry (Intel SDM 3A 4.5), and what Linux keeps in those that are left to it. */
#define TRACE_PRESENT (1ULL << 0)
#define TRACE_RW (1ULL << 1)
#define TRACE_HUGE (1ULL << 7)
#define TRACE_PROTNONE (1ULL << 8)
#define TRACE_SPECIAL (1ULL << 9)
#define TRACE_UFFD_WP (1ULL << 10)
#define TRACE_FRAME 0x000ffffffffff000ULL
/* Of a marker's offset, which is inverted from bit 9 on. */
#define TRACE_MARKER_UFFD_WP (1ULL << 9)
#define TRACE_MARKER_GUARD (1ULL << 11)
#define TRACE_SWAP_TYPE(entry) ((uint32_t)((entry) >> 59))
#define TRACE_SWAP_OFFSET(entry) (~(entry) << 5 >> 14)
#define TRACE_SWAP_EXCLUSIVE (1ULL << 3)

/* vm_flags, those that did not move between kernels. */
#define TRACE_VM_SHARED (1ULL << 3)
#define TRACE_VM_UFFD_MISSING (1ULL << 9)
#define TRACE_VM_PFNMAP (1ULL << 10)
#define TRACE_VM_UFFD_WP (1ULL << 12)
#define TRACE_VM_HUGETLB (1ULL << 22)
#define TRACE_VM_MIXEDMAP (1ULL << 28)

#define TRACE_SIGBUS 7
#define TRACE_SIGSEGV 11
#define TRACE_SEGV_MAPERR 1
#define TRACE_SEGV_PKUERR 4

#define TRACE_INLINE static inline __attribute__((always_inline))

TRACE_INLINE bool trace_maps(const struct trace_entry *e)
{
	return (e->value & TRACE_PRESENT) &&
	       (e->level == CR2_LEVEL_PTE || (e->value & TRACE_HUGE));
}

TRACE_INLINE bool trace_is_huge(const struct trace_entry *e)
{
	return trace_maps(e) && e->level != CR2_LEVEL_PTE;
}

/* The frame that the mapped page begins at. */
TRACE_INLINE uint64_t trace_frame(const struct trace_entry *e)
{
	uint64_t frame = (e->value & TRACE_FRAME) >> CR2_PAGE_SHIFT;

	if (e->level == CR2_LEVEL_PMD)
		return frame & ~511ULL;
	return e->level == CR2_LEVEL_PUD ? frame & ~0x3ffffULL : frame;
}

TRACE_INLINE bool trace_is_marker(const struct trace_entry *e, const struct trace_kernel *k, uint64_t flag)
{
	return !(e->value & TRACE_PRESENT) && e->value && e->level == CR2_LEVEL_PTE &&
	       (1U << TRACE_SWAP_TYPE(e->value) & k->marker_types) && (~e->value & flag);
}

/* Where the mapping allows the access, only the entry can be what forbids it. */
TRACE_INLINE bool trace_is_guard(const struct trace_sample *s, const struct trace_kernel *k)
{
	return trace_is_marker(&s->before, k, TRACE_MARKER_GUARD);
}

/* Nothing was there, but perhaps the word that userfaultfd protects what comes. */
TRACE_INLINE bool trace_was_free(const struct trace_sample *s, const struct trace_kernel *k)
{
	return !s->before.value || trace_is_marker(&s->before, k, TRACE_MARKER_UFFD_WP);
}

/* Ended without being counted: no handler settled it. */
TRACE_INLINE enum cr2_path trace_unsettled(const struct trace_sample *s,
					   const struct trace_kernel *k)
{
	if (s->signal == TRACE_SIGSEGV && s->code == TRACE_SEGV_MAPERR && trace_is_guard(s, k))
		return CR2_PATH_SEGV_GUARD;
	if (s->signal == TRACE_SIGSEGV)
		return s->code == TRACE_SEGV_MAPERR ? CR2_PATH_SEGV_MAPERR :
		       s->code == TRACE_SEGV_PKUERR ? CR2_PATH_SEGV_PKUERR : CR2_PATH_SEGV_ACCERR;
	if (s->signal == TRACE_SIGBUS)
		return CR2_PATH_SIGBUS;
	if (!s->kernel)
		return CR2_PATH_INTERRUPTED;
	return s->addr >> 63 ? CR2_PATH_KERNEL : CR2_PATH_EFAULT;
}

TRACE_INLINE bool trace_is_userfault(const struct trace_sample *s, const struct trace_kernel *k)
{
	uint64_t asked = TRACE_VM_UFFD_MISSING | (k->uffd_minor ? 1ULL << (k->uffd_minor & 63) : 0);

	if (!s->vma.userfaultfd)
		return false;
	if ((s->vma.flags & asked) && trace_was_free(s, k))
		return s->slept || !trace_maps(&s->after);
	/* Asynchronous protection asks nobody: who was not kept waiting has the page. */
	return (s->vma.flags & TRACE_VM_UFFD_WP) && (s->error & CR2_PF(W)) &&
	       trace_maps(&s->before) && (s->before.value & TRACE_UFFD_WP) &&
	       (s->slept || !trace_maps(&s->after) || !(s->after.value & TRACE_RW));
}

/* A write to a page that was mapped read-only. */
TRACE_INLINE enum cr2_path trace_write_protected(const struct trace_sample *s)
{
	const struct trace_entry *before = &s->before, *after = &s->after;
	bool shared = s->vma.flags & TRACE_VM_SHARED, same;

	if (!trace_maps(after))
		return trace_is_huge(before) ? CR2_PATH_WP_HUGE_SPLIT : CR2_PATH_RACED;
	same = trace_frame(before) == trace_frame(after);
	if (trace_is_huge(before)) {
		if (!trace_is_huge(after))
			return CR2_PATH_WP_HUGE_SPLIT;
		if (!same)
			return CR2_PATH_WP_HUGE_COPY;
		return after->value & TRACE_RW ? CR2_PATH_WP_HUGE_REUSE : CR2_PATH_RACED;
	}
	if (!same)
		return CR2_PATH_WP_COPY;
	if (!(after->value & TRACE_RW))
		return CR2_PATH_RACED;
	return shared ? CR2_PATH_WP_SHARED : CR2_PATH_WP_REUSE;
}

/* Something that is no page stands in the entry. */
TRACE_INLINE enum cr2_path trace_swapped(const struct trace_sample *s, const struct trace_kernel *k)
{
	uint32_t type = 1U << TRACE_SWAP_TYPE(s->before.value);

	if (type & k->migration_types)
		return CR2_PATH_MIGRATION;
	if (type & k->broken_types)
		return CR2_PATH_SIGBUS;
	/* A marker is nothing that a page could come from: userfaultfd's, else it ends in a signal. */
	if (type & k->marker_types)
		return s->vma.userfaultfd ? CR2_PATH_USERFAULT : CR2_PATH_UNKNOWN;
	return CR2_PATH_SWAP_IN;
}

/* A page that the process made its own: a read needs none, and gets the zero page. */
TRACE_INLINE enum cr2_path trace_anonymous(const struct trace_sample *s,
					   const struct trace_kernel *k)
{
	bool write = s->error & CR2_PF(W);

	if (!trace_maps(&s->after))
		return CR2_PATH_RACED;
	if (trace_is_huge(&s->after))
		return s->after.kind == CR2_TRACE_PAGE_ANON ? CR2_PATH_ANON_HUGE :
							   CR2_PATH_ANON_HUGE_ZERO;
	if (s->after.value & TRACE_SPECIAL)
		return write ? CR2_PATH_RACED : CR2_PATH_ANON_ZERO;
	return write || k->no_zero_page ? CR2_PATH_ANON_ALLOC : CR2_PATH_RACED;
}

TRACE_INLINE bool trace_is_anonymous(const struct trace_sample *s)
{
	return s->vma.kind == CR2_TRACE_MAPPING_ANON || s->vma.kind == CR2_TRACE_MAPPING_HEAP ||
	       s->vma.kind == CR2_TRACE_MAPPING_STACK;
}

TRACE_INLINE enum cr2_path trace_settle(const struct trace_sample *s, const struct trace_kernel *k)
{
	const struct trace_entry *before = &s->before;
	const bool write = s->error & CR2_PF(W), anonymous = trace_is_anonymous(s);

	if (!s->ended)
		return trace_unsettled(s, k);
	if (s->vma.kind == CR2_TRACE_MAPPING_HUGETLB)
		return CR2_PATH_HUGETLB;
	if (trace_is_userfault(s, k))
		return CR2_PATH_USERFAULT;
	if (trace_maps(before) && !(write && !(before->value & TRACE_RW)))
		return CR2_PATH_SPURIOUS;
	/* A file's PMD that may not be written to is let go of, and the fault handled as if nothing had been there. */
	if (trace_maps(before) && (anonymous || !trace_is_huge(before)))
		return trace_write_protected(s);
	if (!trace_maps(before) && !trace_was_free(s, k) && before->level <= CR2_LEVEL_PMD) {
		if (before->value & TRACE_PROTNONE)
			return CR2_PATH_NUMA_HINT;
		return trace_swapped(s, k);
	}
	if (!s->vma.end)
		return CR2_PATH_UNKNOWN;
	if (anonymous)
		return trace_anonymous(s, k);
	if (!trace_maps(&s->after))
		return CR2_PATH_RACED;
	if (!write)
		return CR2_PATH_FILE_READ;
	return s->vma.flags & TRACE_VM_SHARED ? CR2_PATH_FILE_SHARED : CR2_PATH_FILE_COW;
}

/* Bytes that the path filled with zeros, and that it copied. */
TRACE_INLINE uint64_t trace_page_bytes(const struct trace_entry *e)
{
	if (e->level == CR2_LEVEL_PUD)
		return 1ULL << 30;
	return e->level == CR2_LEVEL_PMD ? CR2_HUGE_SIZE : CR2_PAGE_SIZE;
}

TRACE_INLINE uint64_t trace_zeroed(const struct trace_sample *s)
{
	switch (s->path) {
	case CR2_PATH_ANON_ALLOC:
		return CR2_PAGE_SIZE << (s->after.order & 31);
	case CR2_PATH_ANON_HUGE:
		return CR2_HUGE_SIZE;
	case CR2_PATH_HUGETLB:
		return trace_maps(&s->before) ? 0 : trace_page_bytes(&s->after);
	case CR2_PATH_WP_COPY: /* of the zero page: nothing is read */
		return s->before.value & TRACE_SPECIAL ? CR2_PAGE_SIZE : 0;
	default:
		return 0;
	}
}

TRACE_INLINE uint64_t trace_copied(const struct trace_sample *s)
{
	switch (s->path) {
	case CR2_PATH_FILE_COW:
		return CR2_PAGE_SIZE;
	case CR2_PATH_WP_COPY:
		return s->before.value & TRACE_SPECIAL ? 0 : CR2_PAGE_SIZE;
	case CR2_PATH_WP_HUGE_COPY:
		return CR2_HUGE_SIZE;
	case CR2_PATH_WP_HUGE_SPLIT: /* what is left is copied by the fault that follows */
		return trace_maps(&s->after) && trace_frame(&s->after) >> 9 != trace_frame(&s->before) >> 9 ?
		       CR2_PAGE_SIZE : 0;
	default:
		return 0;
	}
}

#endif
