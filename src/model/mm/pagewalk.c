/* SPDX-License-Identifier: MIT */
/* Page tables read from outside, as /proc/PID/pagemap does (twin of fs/proc/task_mmu.c). */
#include "mm.h"

void frame_state(const struct cr2_model *m, uint32_t pfn, struct cr2_page_state *ret)
{
	const struct page *page = page_at(m, pfn);
	const struct object *object;

	if (pfn == m->zero_page) {
		ret->kind = CR2_PAGE_ZERO;
		return;
	}
	ret->mapcount = page_mapcount(m, pfn);
	ret->frame = pfn;
	ret->id = page->id;
	ret->kind = CR2_PAGE_ANON;
	if (!(page->flags & PG_FILE))
		return;
	object = object_at(m, file_page_object(m, pfn));
	if (object->kind == OBJECT_ANON)
		return;
	ret->kind = CR2_PAGE_FILE;
	ret->object = object->number;
	ret->index = file_page_index(m, pfn);
}

void page_state(const struct cr2_model *m, const struct process *mm, uint64_t address,
		struct cr2_page_state *ret)
{
	const uint64_t *pte;

	*ret = (struct cr2_page_state){.kind = CR2_PAGE_NONE};
	if (!vma_peek(m, mm, address)) {
		ret->kind = CR2_PAGE_NOMAP;
		return;
	}
	if (huge_state(m, mm, address, ret))
		return;
	pte = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PTE);
	if (!pte || pte_is_free(*pte))
		return;
	if (!pte_present(*pte)) {
		ret->kind = pte_is_swap(*pte) ? CR2_PAGE_SWAP :
			    pte_is_guard(*pte) ? CR2_PAGE_GUARD : CR2_PAGE_POISON;
		return;
	}
	frame_state(m, (uint32_t)pte_pfn(*pte), ret);
	ret->writable = *pte & ENTRY_RW;
}

static bool is_exclusive(const struct cr2_model *m, uint64_t entry)
{
	const struct page *page = pte_present(entry) ? page_at(m, pte_pfn(entry)) : NULL;

	return page && m->profile->anon_exclusive &&
	       (page->flags & (PG_ANON | PG_EXCLUSIVE)) == (PG_ANON | PG_EXCLUSIVE);
}

uint32_t page_marks(const struct cr2_model *m, const struct process *mm, uint64_t address)
{
	const struct vma *vma = vma_peek(m, mm, address);
	const uint64_t *entry = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD);
	bool huge = entry && (*entry & ENTRY_PS) && pte_present(*entry);
	const uint64_t *gigantic = entry ? NULL : gigantic_peek(m, mm, address);
	struct cr2_page_state state;
	uint32_t begins;

	if (!vma)
		return 0;
	page_state(m, mm, address, &state);
	if (state.kind == CR2_PAGE_HUGE || state.kind == CR2_PAGE_HUGE_ZERO)
		address &= ~(CR2_HUGE_SIZE - 1);
	begins = vma->start == address ? CR2_MARK(BEGINS) : 0;
	if (gigantic)
		return begins | cr2_marks_of_entry(*gigantic, CR2_LEVEL_PUD, is_exclusive(m, *gigantic));
	if (!huge)
		entry = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PTE);
	return entry ? begins | cr2_marks_of_entry(*entry, huge ? CR2_LEVEL_PMD : CR2_LEVEL_PTE, is_exclusive(m, *entry))
		     : begins;
}

/* Where the first entry from address on is another, in the table that address's PMD names, where nothing is mapped. */
static uint64_t skip_empty(const struct cr2_model *m, const struct process *mm, uint64_t address,
			   uint64_t end)
{
	const uint64_t *first = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PTE);
	uint64_t stop = (address | (CR2_HUGE_SIZE - 1)) + 1;

	for (; address < end && address < stop; address += CR2_PAGE_SIZE) {
		const uint64_t *pte = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PTE);

		if (!pte || !first || *pte != *first)
			break;
	}
	return address;
}

uint64_t pages_alike(const struct cr2_model *m, const struct process *mm, uint64_t address,
		     uint64_t n)
{
	const struct vma *vma = vma_peek_next(m, mm, address);
	uint64_t end = address + n * CR2_PAGE_SIZE, stop;
	struct cr2_page_state state;

	if (!vma || vma->start > address)
		return vma && vma->start < end ? (vma->start - address) / CR2_PAGE_SIZE : n;
	if (vma->end < end)
		end = vma->end;
	page_state(m, mm, address, &state);
	stop = address + CR2_PAGE_SIZE;
	if (state.kind == CR2_PAGE_HUGE || state.kind == CR2_PAGE_HUGE_ZERO) {
		stop = (address | (CR2_HUGE_SIZE - 1)) + 1;
	} else if (state.kind == CR2_PAGE_NONE) {
		stop = pgtable_next(m, mm->cr3, address, end);
		if (stop == address)
			stop = skip_empty(m, mm, address, end);
	}
	return ((stop < end ? stop : end) - address) / CR2_PAGE_SIZE;
}

unsigned count_present(const struct cr2_model *m, const struct process *mm, uint64_t address, unsigned n)
{
	const unsigned first = level_index(address, CR2_LEVEL_PTE);
	const uint64_t *pmd = pgtable_peek(m, mm->cr3, address, CR2_LEVEL_PMD), *entries;
	const struct frame *frame;
	unsigned present = 0;

	if (!pmd)
		return gigantic_peek(m, mm, address) ? n : 0;
	if (*pmd & ENTRY_PS)
		return pte_present(*pmd) ? n : 0;
	if (!(*pmd & ENTRY_P))
		return 0;
	entries = phys_peek_table(&m->phys, entry_frame(*pmd));
	if (!entries) { /* at most one entry is not 0 */
		frame = phys_frame(&m->phys, entry_frame(*pmd));
		return frame->at >= first && frame->at < first + n && pte_present(frame->word);
	}
	for (unsigned i = first; i < first + n; i++)
		present += pte_present(entries[i]);
	return present;
}

/* A table that an entry names, and those below it. */
static uint64_t count_from(const struct cr2_model *m, uint64_t entry, enum cr2_level level)
{
	uint64_t pfn = (entry & ENTRY_FRAME) >> CR2_PAGE_SHIFT, n = 1;
	const uint64_t *entries = phys_peek_table(&m->phys, pfn);
	unsigned many = 512;

	if (level == CR2_LEVEL_PTE)
		return 1;
	if (!entries) { /* at most one entry is not 0 */
		entries = &phys_frame(&m->phys, pfn)->word;
		many = 1;
	}
	for (unsigned i = 0; i < many; i++)
		if (entries[i] & ENTRY_P && !(entries[i] & ENTRY_PS))
			n += count_from(m, entries[i], (enum cr2_level)(level - 1));
	return n;
}

uint64_t count_tables(const struct cr2_model *m, uint64_t cr3)
{
	return count_from(m, cr3, (enum cr2_level)m->config.levels);
}
