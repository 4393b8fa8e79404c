/* SPDX-License-Identifier: MIT */
/*
 * Twin of arch/x86/mm/init_64.c: the kernel's half of the address space, the same in every
 * process, as it lies without KASLR and without PTI. Of it there is what an address from
 * outside may hit: all of the direct map, and of each other region its beginning.
 */
#include "../../../mm/mm.h"

#define DIRECT_MAP_4 0xffff888000000000ULL
#define DIRECT_MAP_5 0xff11000000000000ULL
/* Behind the IDT and the first CPU's GDT; the same with 5 levels. */
#define ENTRY_STACK 0xfffffe0000002000ULL
#define RO (ENTRY_P | ENTRY_A | ENTRY_G)
#define RW (RO | ENTRY_RW | ENTRY_D)

struct region {
	uint64_t start[2]; /* with 4 and 5 levels */
	unsigned level; /* CR2_LEVEL_PTE: of 4 KiB pages, CR2_LEVEL_PMD: of 2 MiB */
	unsigned pages;
	uint64_t prot;
};

static const struct region regions[] = {
	/* vmalloc: one page, then the stacks' first guard */
	{{0xffffc90000000000, 0xffa0000000000000}, CR2_LEVEL_PTE, 1, RW | ENTRY_NX},
	/* vmemmap */
	{{0xffffea0000000000, 0xffd4000000000000}, CR2_LEVEL_PMD, 1, RW | ENTRY_NX},
	/* CPU entry area: the IDT, and the first CPU's GDT */
	{{0xfffffe0000000000, 0xfffffe0000000000}, CR2_LEVEL_PTE, 2, RO | ENTRY_NX},
	/* the kernel's text, 32 MiB */
	{{0xffffffff81000000, 0xffffffff81000000}, CR2_LEVEL_PMD, 16, RO},
};

/* Memory that is not the page allocator's begins behind all that is. */
static int map_region(struct cr2_model *m, const struct region *region, uint64_t *frame)
{
	uint64_t cr3 = (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT;
	uint64_t at = region->start[m->config.levels == 5], shift = level_shift(region->level);
	uint64_t prot = region->prot | (region->level == CR2_LEVEL_PMD ? ENTRY_PS : 0);

	*frame = (*frame + (1ULL << shift) - 1) & -(1ULL << shift);
	for (unsigned i = 0; i < region->pages; i++) {
		uint64_t *entry = pgtable_alloc(m, cr3, at, region->level);

		if (!entry)
			return -ENOMEM;
		*entry = *frame | prot;
		at += 1ULL << shift;
		*frame += 1ULL << shift;
	}
	return 0;
}

/* All of memory, in 1 GiB pages. */
static int map_direct(struct cr2_model *m)
{
	uint64_t base = m->config.levels == 5 ? DIRECT_MAP_5 : DIRECT_MAP_4;
	uint64_t cr3 = (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT;

	for (uint64_t at = 0; at < m->config.frames << CR2_PAGE_SHIFT; at += 1ULL << 30) {
		uint64_t *pud = pgtable_alloc(m, cr3, base + at, CR2_LEVEL_PUD);

		if (!pud)
			return -ENOMEM;
		*pud = at | RW | ENTRY_PS | ENTRY_NX;
	}
	return 0;
}

/*
 * What the CPU pushes from user mode lands here (RSP0), since with PTI the tables that user mode
 * runs on map no other stack; the kernel's entry code copies it to the process's own.
 */
static int map_entry_stack(struct cr2_model *m)
{
	uint64_t cr3 = (uint64_t)m->kernel_pgd << CR2_PAGE_SHIFT;
	uint64_t *pte = pgtable_alloc(m, cr3, ENTRY_STACK, CR2_LEVEL_PTE);
	struct page *page;
	uint32_t pfn = pte ? alloc_page(m, &page) : 0;

	if (!pfn)
		return -ENOMEM;
	page->flags = PG_RESERVED;
	*pte = (uint64_t)pfn << CR2_PAGE_SHIFT | RW | ENTRY_NX;
	m->cpu.kernel_stack = ENTRY_STACK + CR2_PAGE_SIZE;
	return 0;
}

int make_kernel_half(struct cr2_model *m)
{
	uint64_t frame = m->config.frames << CR2_PAGE_SHIFT;
	int r;

	m->kernel_pgd = pgtable_new(m);
	if (!m->kernel_pgd)
		return -ENOMEM;
	r = map_direct(m);
	for (size_t i = 0; r == 0 && i < CR2_ARRAY_SIZE(regions); i++)
		r = map_region(m, &regions[i], &frame);
	return r == 0 ? map_entry_stack(m) : r;
}
