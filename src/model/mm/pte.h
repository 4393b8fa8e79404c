/* SPDX-License-Identifier: MIT */
/* What the kernel reads in page-table entries and makes of them: in a fault, again and again. */
#ifndef MODEL_MM_PTE_H
#define MODEL_MM_PTE_H

#include "../profile.h"
#include "../state.h"

static inline bool pte_none(uint64_t pte)
{
	/* Hardware may set A and D in an entry that is being cleared (an erratum): not counted. */
	return (pte & ~(ENTRY_A | ENTRY_D)) == 0;
}

/* Also under PROT_NONE. */
static inline bool pte_present(uint64_t pte)
{
	return pte & (ENTRY_P | ENTRY_PROTNONE);
}

static inline bool pte_is_guard(uint64_t pte)
{
	return pte == PTE_MARKER_GUARD;
}

static inline uint64_t wp_marker(const struct cr2_model *m)
{
	return m->profile->swapin_error ? PTE_MARKER_UFFD_WP_30 : PTE_MARKER_UFFD_WP;
}

static inline bool pte_is_wp_marker(uint64_t pte)
{
	return pte == PTE_MARKER_UFFD_WP || pte == PTE_MARKER_UFFD_WP_30;
}

/* There is nothing to be had, by userfaultfd's word or memory_failure()'s. */
static inline bool pte_is_poisoned(uint64_t pte)
{
	return pte == PTE_MARKER_POISONED || pte == PTE_HWPOISON;
}

static inline bool pte_is_marker(uint64_t pte)
{
	return pte_is_guard(pte) || pte_is_poisoned(pte) || pte_is_wp_marker(pte);
}

/* Nothing is mapped: at most it says that what will be is write-protected (none mostly, to the kernel). */
static inline bool pte_is_free(uint64_t pte)
{
	return pte_none(pte) || pte_is_wp_marker(pte);
}

/* Zapping leaves it: only who put it there takes it away, or unmapping. */
static inline bool pte_stays(uint64_t pte)
{
	return pte_is_guard(pte) || pte_is_wp_marker(pte);
}

/* Names a slot in swap. */
static inline bool pte_is_swap(uint64_t pte)
{
	return !pte_none(pte) && !pte_present(pte) && !pte_is_marker(pte);
}

/* Against L1TF the frame bits of an entry that is not present to the CPU are inverted. */
static inline bool pte_inverted(uint64_t pte)
{
	return pte && !(pte & ENTRY_P);
}

static inline uint64_t pte_pfn(uint64_t pte)
{
	return entry_frame(pte_inverted(pte) ? ~pte : pte);
}

static inline uint64_t pte_make(uint64_t pfn, uint64_t prot)
{
	uint64_t frame = pfn << CR2_PAGE_SHIFT;

	return (pte_inverted(prot) ? ~frame & ENTRY_FRAME : frame) | prot;
}

/* Made dirty by the kernel, not by the CPU. Written by software, D with RW clear would mean a shadow stack page. */
static inline uint64_t pte_mkdirty(const struct cr2_model *m, uint64_t pte)
{
	pte |= m->profile->saved_dirty && !(pte & ENTRY_RW) ? ENTRY_SAVED_DIRTY : ENTRY_D;
	return pte | (uint64_t)m->config.soft_dirty << CR2_PTE_SOFT_DIRTY_BIT;
}

static inline uint64_t pte_mkwrite(uint64_t pte)
{
	if (pte & ENTRY_SAVED_DIRTY)
		pte = (pte & ~ENTRY_SAVED_DIRTY) | ENTRY_D;
	return pte | ENTRY_RW;
}

static inline uint64_t pte_wrprotect(const struct cr2_model *m, uint64_t pte)
{
	if (m->profile->saved_dirty && (pte & ENTRY_D))
		pte = (pte & ~ENTRY_D) | ENTRY_SAVED_DIRTY;
	return pte & ~ENTRY_RW;
}

/* Who may not write but was written for (by force: gup.c) has a dirty entry that stays read-only. */
static inline uint64_t maybe_mkwrite(const struct cr2_model *m, uint64_t pte, const struct vma *vma)
{
	return vma->flags & VM_WRITE ? pte_mkwrite(pte) : pte_wrprotect(m, pte);
}

/* Userfaultfd is to hear of the next write. */
static inline uint64_t pte_mkuffd_wp(const struct cr2_model *m, uint64_t pte)
{
	return pte_wrprotect(m, pte | ENTRY_UFFD_WP);
}

#endif
