/* SPDX-License-Identifier: MIT */
/* Where statements point: pages, ranges and addresses, the borders more often than the rest. */
#include <stdio.h>

#include "scenario.h"

#define HUGE 512 /* pages of 2 MiB */

const char *gen_name(struct gen *g, unsigned mapping)
{
	if (g->mappings[mapping].name)
		return g->mappings[mapping].name;
	snprintf(g->name, sizeof(g->name), "m%u", mapping);
	return g->name;
}

bool gen_has_room(const struct gen *g)
{
	return g->n_mappings < MAPPINGS_MAX + (g->parts == NONE ? 0 : CR2_PARTS);
}

/* So many pages are one of the pool. */
static uint64_t unit_of(const struct gen_mapping *m)
{
	return m->gigantic ? GIGANTIC : HUGE;
}

unsigned gen_place(struct gen *g, unsigned process)
{
	unsigned bits = 0, mapping;

	for (unsigned i = 0; i < g->n_mappings; i++)
		bits |= (g->mappings[i].knows >> process & 1) << i;
	mapping = random_bit(&g->random, bits, g->n_mappings);
	return mapping < g->n_mappings ? mapping : NONE;
}

uint64_t gen_size(struct gen *g)
{
	static const uint64_t large[] = {HUGE, HUGE, HUGE + 1, 600, 2 * HUGE, 2 * HUGE + 6,
					 HUGE - 1, 2 * HUGE - 1, 3 * HUGE};

	if (random_chance(&g->random, g->theme->large))
		return large[random_below(&g->random, CR2_ARRAY_SIZE(large))];
	if (random_chance(&g->random, 8))
		return 17 + random_below(&g->random, 40);
	return 1 + random_below(&g->random, 6);
}

/* Ends of fault-around windows and of 2 MiB pages, with their neighbours. */
static uint64_t border(struct gen *g, uint64_t pages)
{
	static const uint64_t spots[] = {0, 1, 15, 16, 17, HUGE - 1, HUGE, HUGE + 1, 2 * HUGE - 1,
					 2 * HUGE};
	uint64_t spot = spots[random_below(&g->random, CR2_ARRAY_SIZE(spots))];

	return spot < pages ? spot : pages - 1;
}

uint64_t gen_page(struct gen *g, unsigned mapping)
{
	struct gen_mapping *m = &g->mappings[mapping];

	if (m->hot < m->pages && random_chance(&g->random, 35))
		return m->hot;
	if (m->pages > 16 && random_chance(&g->random, 50))
		m->hot = border(g, m->pages);
	else if (random_chance(&g->random, 15))
		m->hot = m->pages - 1;
	else
		m->hot = random_below(&g->random, m->pages);
	return m->hot;
}

/* Pages before the first and behind the last. */
static long long outside(struct gen *g, unsigned mapping)
{
	const long long pages = (long long)g->mappings[mapping].pages;
	static const long long below_stack[] = {-1, -2, -3, -15, -255, -256, -257, -258, -511, -512,
						-513, -2040, -2046, -2047, -2048, -2049};

	if (g->mappings[mapping].stack && random_chance(&g->random, 80))
		return below_stack[random_below(&g->random, CR2_ARRAY_SIZE(below_stack))];
	return random_chance(&g->random, 50) ? -1 : pages + (long long)random_below(&g->random, 2);
}

static void put_pages(struct gen *g, unsigned mapping, long long first, long long last)
{
	if (first == last)
		gen_put(g, "%s@%lld", gen_name(g, mapping), first);
	else
		gen_put(g, "%s@%lld..%lld", gen_name(g, mapping), first, last);
}

void gen_put_page(struct gen *g, unsigned mapping, uint64_t page)
{
	put_pages(g, mapping, (long long)page, (long long)page);
}

/* Whole pages of the pool: what is not can seldom be had. */
static void put_huge_pages(struct gen *g, unsigned mapping)
{
	uint64_t unit = unit_of(&g->mappings[mapping]);
	uint64_t huge = g->mappings[mapping].pages / unit, first = random_below(&g->random, huge);
	uint64_t last = first + random_below(&g->random, huge - first);

	put_pages(g, mapping, (long long)(first * unit), (long long)(last * unit + unit - 1));
}

void gen_put_range(struct gen *g, unsigned mapping)
{
	long long first = (long long)gen_page(g, mapping), last = first;

	if (random_chance(&g->random, 30)) {
		gen_put(g, "%s", gen_name(g, mapping));
		return;
	}
	if (g->mappings[mapping].hugetlb && g->mappings[mapping].pages >= unit_of(&g->mappings[mapping]) && random_chance(&g->random, 75)) {
		put_huge_pages(g, mapping);
		return;
	}
	if (random_chance(&g->random, 50))
		last = (long long)gen_page(g, mapping);
	/* Holes in a range are for the operation to find; a stack would reach over megabytes. */
	if (!g->mappings[mapping].stack && random_chance(&g->random, g->theme->outside))
		last = outside(g, mapping);
	put_pages(g, mapping, first < last ? first : last, first < last ? last : first);
}

/* Far from its page's end, for an instruction must not reach into the next page. */
static void put_byte(struct gen *g, bool exec)
{
	if (random_chance(&g->random, 12))
		gen_put(g, "+%llu",
			(unsigned long long)(exec ? 16 * random_below(&g->random, 16)
						  : random_below(&g->random, CR2_PAGE_SIZE)));
}

void gen_put_ref(struct gen *g, unsigned mapping, bool exec)
{
	uint64_t pages = g->mappings[mapping].pages, page;
	bool stack = g->mappings[mapping].stack;

	if (random_chance(&g->random, stack ? 40 : g->theme->outside)) {
		gen_put(g, "%s@%lld", gen_name(g, mapping), outside(g, mapping));
		return;
	}
	page = gen_page(g, mapping);
	if (random_chance(&g->random, 15) && page + 3 < pages) {
		put_pages(g, mapping, (long long)page,
			  (long long)(page + 1 + random_below(&g->random, 3)));
		return;
	}
	put_pages(g, mapping, (long long)page, (long long)page);
	put_byte(g, exec);
}

void gen_put_at(struct gen *g, unsigned mapping)
{
	static const long long below_stack[] = {-1, -2, -4, -255, -256, -257, -258, -259, -512};
	uint64_t pages = g->mappings[mapping].pages;
	long long page = (long long)gen_page(g, mapping);

	if (g->mappings[mapping].stack && random_chance(&g->random, 70))
		page = below_stack[random_below(&g->random, CR2_ARRAY_SIZE(below_stack))];
	else if (random_chance(&g->random, 25))
		page = random_chance(&g->random, 70) ? (long long)pages : -1;
	if (g->theme->hugetlb && page > 0 && random_chance(&g->random, 80))
		page &= ~((long long)unit_of(&g->mappings[mapping]) - 1);
	gen_put(g, " at %s@%lld", gen_name(g, mapping), page);
}

static void put_one_of(struct gen *g, const uint64_t *addresses, size_t n)
{
	gen_put(g, "0x%llx", (unsigned long long)addresses[random_below(&g->random, n)]);
}

/* Beyond 47 bits, up to the last page but one; a place has one mapping. */
bool gen_put_high(struct gen *g)
{
	static const uint64_t places[] = {
		1ULL << 47, 1ULL << 48, (1ULL << 47) + CR2_GIGANTIC_SIZE, CR2_TASK_SIZE_MAX(5) + CR2_PAGE_SIZE - 2 * CR2_HUGE_SIZE, 1ULL << 55,
	};

	if (g->n_high == CR2_ARRAY_SIZE(places))
		return false;
	gen_put(g, " at 0x%llx", (unsigned long long)places[g->n_high++]);
	return true;
}

void gen_put_absolute(struct gen *g)
{
	/* None of these is ever mapped for the user, or they are never user memory at all. */
	static const uint64_t addresses[] = {
		0x0, 0x1, 0xfff, 0x1000, CR2_TASK_SIZE_MAX(4), 0x7fffffffffff, 0x800000000000,
		0x8000000000000000, 0xffff7fffffffffff, 0xffff800000000000, 0xffff888000000000,
		0xffffc90000000000, 0xffffea0000000000, 0xfffffe0000000000, 0xffffffff80000000,
		0xffffffff81000000, 0xfffffffffffff000, 0xffffffffffffffff,
	};

	static const uint64_t with_five[] = {
		1ULL << 48, 0xff00000000000, CR2_TASK_SIZE_MAX(5), 0x100000000000000, 0xfeffffffffffffff, 0xff00000000000000,
		0xff11000000000000, 0xffd4000000000000,
	};

	if (g->five_levels && random_chance(&g->random, 40))
		put_one_of(g, with_five, CR2_ARRAY_SIZE(with_five));
	else
		put_one_of(g, addresses, CR2_ARRAY_SIZE(addresses));
}
