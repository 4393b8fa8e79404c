/* SPDX-License-Identifier: MIT */
/*
 * Page tables as the kernel keeps them in physical memory, and what it does with entries
 * (twin of arch/x86/include/asm/pgtable.h and of free_pgtables() in mm/memory.c).
 */
#include <string.h>

#include "mm.h"

#define TABLE_PROT (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D)
/* What pte_modify() keeps: frame, cache type, accessed, dirty, and software's bits. */
#define CHANGE_MASK (ENTRY_FRAME | ENTRY_PCD | ENTRY_PWT | ENTRY_A | ENTRY_D | ENTRY_SPECIAL | \
		     ENTRY_SAVED_DIRTY | ENTRY_SOFT_DIRTY | ENTRY_UFFD_WP | ENTRY_PS)

static bool is_table(uint64_t entry)
{
	return (entry & (ENTRY_P | ENTRY_PS)) == ENTRY_P;
}

/*
 * The last tables have a buffer only where two entries were wanted, or all of them: in sparse memory
 * most hold one.
 */
static const uint64_t no_entry;

/* The entry of the table at level, to read. */
static const uint64_t *peek_at(const struct cr2_model *m, uint64_t table, uint64_t address,
			       unsigned level)
{
	const struct frame *frame = phys_frame(&m->phys, entry_frame(table));
	unsigned index = level_index(address, level);

	if (frame->kind != FRAME_WORD)
		return (const uint64_t *)(const void *)frame->buffer->bytes + index;
	return frame->at == index ? &frame->word : &no_entry;
}

/* The same to write, and those around it. */
static uint64_t *entry_at(struct cr2_model *m, uint64_t table, uint64_t address, unsigned level)
{
	if (level == CR2_LEVEL_PTE && phys_materialize(&m->phys, entry_frame(table)) < 0) {
		m->failed = true;
		return NULL;
	}
	return phys_table(&m->phys, entry_frame(table)) + level_index(address, level);
}

/* An entry that leads to the table at level for address, or 0. */
static uint64_t table_at(const struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level)
{
	uint64_t table = cr3;

	for (unsigned at = m->config.levels; at > level; at--) {
		table = *peek_at(m, table, address, at);
		if (!is_table(table))
			return 0;
	}
	return table;
}

const uint64_t *pgtable_peek(const struct cr2_model *m, uint64_t cr3, uint64_t address,
			     unsigned level)
{
	uint64_t table = table_at(m, cr3, address, level);

	return table ? peek_at(m, table, address, level) : NULL;
}

uint64_t *pgtable_entry(struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level)
{
	uint64_t table, *entry = NULL;

	if (level == CR2_LEVEL_PTE)
		entry = mmu_walked_entry(&m->cpu, &m->phys, cr3, address);
	if (entry)
		return entry;
	table = table_at(m, cr3, address, level);
	return table ? entry_at(m, table, address, level) : NULL;
}

uint64_t *pgtable_single(struct cr2_model *m, uint64_t cr3, uint64_t address, uint64_t *ret_address)
{
	uint64_t table = table_at(m, cr3, address, CR2_LEVEL_PTE);
	struct frame *frame = table ? phys_frame_edit(&m->phys, entry_frame(table)) : NULL;

	if (!frame || frame->kind != FRAME_WORD)
		return NULL;
	*ret_address = (address & ~(CR2_HUGE_SIZE - 1)) + frame->at * CR2_PAGE_SIZE;
	return &frame->word;
}

/* A frame of zeros for a page table, as yet without a buffer. */
static uint32_t new_table(struct cr2_model *m)
{
	struct page *page;
	uint32_t pfn = alloc_page(m, &page);

	if (!pfn)
		return 0;
	page->flags = PG_TABLE;
	m->n_tables++;
	return pfn;
}

uint32_t pgtable_new(struct cr2_model *m)
{
	uint32_t pfn = new_table(m);

	if (!pfn)
		return 0;
	if (phys_materialize(&m->phys, pfn) < 0) {
		m->failed = true;
		put_page(m, pfn);
		return 0;
	}
	return pfn;
}

static uint64_t add_table(struct cr2_model *m, uint64_t *entry, bool last)
{
	uint32_t pfn = *entry ? 0 : last ? new_table(m) : pgtable_new(m);

	if (pfn)
		*entry = (uint64_t)pfn << CR2_PAGE_SHIFT | TABLE_PROT;
	return pfn ? *entry : 0;
}

/* An entry that leads to the table at level for address, which is made where there is none; or 0. */
static uint64_t table_alloc(struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level)
{
	uint64_t table = cr3;

	for (unsigned at = m->config.levels; at > level; at--) {
		uint64_t next = *peek_at(m, table, address, at);

		if (!is_table(next))
			next = add_table(m, entry_at(m, table, address, at), at == CR2_LEVEL_PMD);
		if (!next)
			return 0;
		table = next;
	}
	return table;
}

uint64_t *pgtable_alloc(struct cr2_model *m, uint64_t cr3, uint64_t address, unsigned level)
{
	uint64_t table, *entry = NULL;

	if (level == CR2_LEVEL_PTE)
		entry = mmu_walked_entry(&m->cpu, &m->phys, cr3, address);
	if (entry)
		return entry;
	table = table_alloc(m, cr3, address, level);
	return table ? entry_at(m, table, address, level) : NULL;
}

/* Apart from pgtable_alloc_alone(), which would have to save the registers that this one needs. */
static __attribute__((noinline)) uint64_t *alloc_alone(struct cr2_model *m, uint64_t cr3,
						       uint64_t address)
{
	uint64_t table = table_alloc(m, cr3, address, CR2_LEVEL_PTE), *entry;

	if (!table)
		return NULL;
	entry = phys_table_entry(&m->phys, entry_frame(table),
				 (uint16_t)level_index(address, CR2_LEVEL_PTE));
	m->failed |= !entry;
	return entry;
}

uint64_t *pgtable_alloc_alone(struct cr2_model *m, uint64_t cr3, uint64_t address)
{
	uint64_t *entry = mmu_walked_entry(&m->cpu, &m->phys, cr3, address);

	return entry ? entry : alloc_alone(m, cr3, address);
}

/*
 * In the table at level whose first address is base: frees what lies whole in [floor, ceiling),
 * where every page entry is clear. No table is elsewhere than under a mapping, so that all such
 * tables are found under [start, end), which was mapped until now.
 */
static void free_range(struct cr2_model *m, uint64_t *table, unsigned level, uint64_t base,
		       uint64_t start, uint64_t end, uint64_t floor, uint64_t ceiling)
{
	uint64_t span = 1ULL << level_shift(level);

	for (unsigned i = level_index(start, level); i < 512 && base + i * span < end; i++) {
		uint64_t at = base + i * span;
		uint32_t pfn = (uint32_t)entry_frame(table[i]);

		if (!is_table(table[i]))
			continue;
		if (level > CR2_LEVEL_PMD)
			free_range(m, phys_table(&m->phys, pfn), level - 1, at,
				   start > at ? start : at, end, floor, ceiling);
		if (at >= floor && at + span <= ceiling) {
			table[i] = 0;
			put_page(m, pfn);
		}
	}
}

void free_pgtables(struct cr2_model *m, uint64_t cr3, uint64_t start, uint64_t end, uint64_t floor,
		   uint64_t ceiling)
{
	unsigned level = m->config.levels;

	free_range(m, phys_table(&m->phys, entry_frame(cr3)), level, 0, start, end, floor, ceiling);
}

/* The user half is empty by now; the kernel half is not this process's. */
void free_pgd(struct cr2_model *m, uint64_t cr3)
{
	memset(phys_table(&m->phys, entry_frame(cr3)) + 256, 0, 256 * sizeof(uint64_t));
	put_page(m, (uint32_t)entry_frame(cr3));
}

uint64_t pte_modify(uint64_t pte, uint64_t prot)
{
	uint64_t kept = pte & CHANGE_MASK & ~ENTRY_FRAME;
	uint64_t entry = pte_make(pte_pfn(pte), kept | (prot & ~CHANGE_MASK));

	/* Writable, it is dirty in the CPU's own bit again. */
	return entry & ENTRY_RW ? pte_mkwrite(entry) : entry;
}

bool pte_dirty(uint64_t pte)
{
	return pte & (ENTRY_D | ENTRY_SAVED_DIRTY);
}
