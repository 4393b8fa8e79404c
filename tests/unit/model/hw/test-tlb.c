/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <cr2/tables.h>
#include <model/hw/entry.h>
#include <model/hw/mmu.h>

#include "../../test.h"

/* Tables in frames 1 to 4; page N of the first 2 MiB maps frame 0x100 + N; then a 2 MiB page. */
#define GRANTING (ENTRY_P | ENTRY_RW | ENTRY_US)
#define LARGE (2ULL << 20)

struct fixture {
	struct cpu cpu;
	struct phys phys;
	bool failed;
	uint64_t *pte, *pmd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	cpu_init(&f->cpu);
	phys_init(&f->phys, &f->failed);
	if (phys_extend(&f->phys, 0x400) < 0)
		return -1;
	for (uint64_t level = 1; level <= 4; level++) {
		if (phys_materialize(&f->phys, level) < 0 ||
		    phys_write64(&f->phys, level << 12, GRANTING | (level - 1) << 12) < 0)
			return -1;
	}
	f->cpu.cr3 = 4 << 12;
	f->pte = phys_table(&f->phys, 1);
	f->pmd = phys_table(&f->phys, 2);
	for (uint64_t i = 0; i < 512; i++)
		f->pte[i] = GRANTING | (0x100 + i) << 12;
	f->pmd[1] = GRANTING | ENTRY_PS | 0x600000;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	phys_finish(&f->phys);
	free(f);
	return 0;
}

static struct translation translate(struct fixture *f, uint64_t address, enum cr2_access kind)
{
	struct access access = {.address = address, .kind = kind, .as = AS_USER};
	struct translation got;

	assert_int_equal(mmu_access(&f->cpu, &f->phys, access, &got), MMU_OK);
	return got;
}

static uint32_t fault(struct fixture *f, uint64_t address, enum cr2_access kind)
{
	struct access access = {.address = address, .kind = kind, .as = AS_USER};
	struct translation got;

	assert_int_equal(mmu_access(&f->cpu, &f->phys, access, &got), MMU_PAGE_FAULT);
	return got.error_code;
}

static void an_access_is_cached_and_its_neighbour_is_not(void **state)
{
	struct fixture *f = *state;

	assert_false(tlb_holds(&f->cpu, 0x3000));
	assert_false(translate(f, 0x3008, CR2_ACCESS_READ).tlb_hit);
	assert_true(tlb_holds(&f->cpu, 0x3fff));
	assert_false(tlb_holds(&f->cpu, 0x4000));
	assert_true(translate(f, 0x3ff0, CR2_ACCESS_READ).tlb_hit);
	assert_int_equal(translate(f, 0x3ff0, CR2_ACCESS_READ).physical, 0x103ff0);
	assert_int_equal(translate(f, 0x3ff0, CR2_ACCESS_READ).page_shift, 12);
}

static void a_fault_caches_nothing(void **state)
{
	struct fixture *f = *state;

	f->pte[3] = 0;
	assert_int_equal(fault(f, 0x3000, CR2_ACCESS_READ), CR2_PF(U));
	assert_false(tlb_holds(&f->cpu, 0x3000));
	/* So the kernel may install an entry without a flush. */
	f->pte[3] = GRANTING | 0x200000;
	assert_int_equal(translate(f, 0x3000, CR2_ACCESS_READ).physical, 0x200000);
}

static void a_stale_entry_is_used_until_it_is_flushed(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_WRITE);
	f->pte[3] = 0;
	assert_int_equal(translate(f, 0x3000, CR2_ACCESS_WRITE).physical, 0x103000);
	tlb_flush_page(&f->cpu, 0x3abc);
	assert_int_equal(fault(f, 0x3000, CR2_ACCESS_WRITE), CR2_PF(U) | CR2_PF(W));
}

/* The hazard behind flush_tlb_page(): write-protecting alone does not stop writers. */
static void a_write_protected_entry_is_still_written_through(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_WRITE);
	f->pte[3] &= ~(ENTRY_RW | ENTRY_D);
	assert_true(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
	assert_false(f->pte[3] & ENTRY_D);
	tlb_flush_page(&f->cpu, 0x3000);
	assert_int_equal(fault(f, 0x3000, CR2_ACCESS_WRITE), CR2_PF(P) | CR2_PF(U) | CR2_PF(W));
}

static void a_cached_refusal_is_walked_again(void **state)
{
	struct fixture *f = *state;

	f->pte[3] &= ~ENTRY_RW;
	translate(f, 0x3000, CR2_ACCESS_READ);
	f->pte[3] |= ENTRY_RW;
	assert_false(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
	assert_true(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
}

static void a_fault_drops_the_entry_that_refused(void **state)
{
	struct fixture *f = *state;

	f->pte[3] &= ~ENTRY_RW;
	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_int_equal(fault(f, 0x3000, CR2_ACCESS_WRITE), CR2_PF(P) | CR2_PF(U) | CR2_PF(W));
	assert_false(tlb_holds(&f->cpu, 0x3000));
}

static void the_first_write_through_a_read_entry_sets_dirty(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_int_equal(f->pte[3] & (ENTRY_A | ENTRY_D), ENTRY_A);
	assert_false(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
	assert_int_equal(f->pte[3] & (ENTRY_A | ENTRY_D), ENTRY_A | ENTRY_D);
	assert_true(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
	/* A dirty entry is cached as such also by a read. */
	tlb_flush(&f->cpu);
	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_true(translate(f, 0x3000, CR2_ACCESS_WRITE).tlb_hit);
}

/* Why the kernel flushes when it clears accessed, or lives with a page that looks old. */
static void accessed_is_not_set_again_through_the_tlb(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_READ);
	f->pte[3] &= ~ENTRY_A;
	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_false(f->pte[3] & ENTRY_A);
	tlb_flush_page(&f->cpu, 0x3000);
	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_true(f->pte[3] & ENTRY_A);
}

static void writing_cr3_forgets_everything(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 512; i++)
		translate(f, i << 12, CR2_ACCESS_READ);
	translate(f, LARGE, CR2_ACCESS_READ);
	tlb_flush(&f->cpu);
	for (uint64_t i = 0; i < 512; i++)
		assert_false(tlb_holds(&f->cpu, i << 12));
	assert_false(tlb_holds(&f->cpu, LARGE));
}

static void flushing_a_page_leaves_the_others(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_READ);
	translate(f, 0x4000, CR2_ACCESS_READ);
	translate(f, LARGE, CR2_ACCESS_READ);
	tlb_flush_page(&f->cpu, 0x3000);
	assert_false(tlb_holds(&f->cpu, 0x3000));
	assert_true(tlb_holds(&f->cpu, 0x4000));
	assert_true(tlb_holds(&f->cpu, LARGE));
}

static void a_large_page_is_one_entry_and_any_address_in_it_flushes_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(translate(f, LARGE + 0x5123, CR2_ACCESS_READ).physical, 0x605123);
	assert_true(translate(f, LARGE + 0x1fffff, CR2_ACCESS_READ).tlb_hit);
	assert_int_equal(translate(f, LARGE + 0x1fffff, CR2_ACCESS_READ).physical, 0x7fffff);
	assert_int_equal(translate(f, LARGE, CR2_ACCESS_READ).page_shift, 21);
	tlb_flush_page(&f->cpu, LARGE + 0x100000);
	assert_false(tlb_holds(&f->cpu, LARGE + 0x5123));
}

/* After a split without a flush, both sizes may be cached: INVLPG drops both. */
static void flushing_a_page_drops_every_size(void **state)
{
	struct fixture *f = *state;
	struct translation page = {.physical = 0x9000, .page_shift = 12};

	translate(f, LARGE, CR2_ACCESS_READ);
	tlb_fill(&f->cpu, LARGE, &page, ACCESS_BIT(CR2_ACCESS_READ, AS_USER));
	tlb_flush_page(&f->cpu, LARGE);
	assert_false(tlb_holds(&f->cpu, LARGE));
	assert_false(tlb_holds(&f->cpu, LARGE + 0x1000));
}

static void an_entry_in_the_same_slot_takes_the_place(void **state)
{
	struct fixture *f = *state;
	uint64_t other = (uint64_t)TLB_4K_ENTRIES << 12;

	f->pmd[other >> 21] = GRANTING | 1 << 12; /* the same table: the same frames */
	translate(f, 0, CR2_ACCESS_READ);
	translate(f, other, CR2_ACCESS_READ);
	assert_true(tlb_holds(&f->cpu, other));
	assert_false(tlb_holds(&f->cpu, 0));
	assert_false(translate(f, 0, CR2_ACCESS_READ).tlb_hit);
}

static void an_empty_tlb_holds_nothing_not_even_page_0(void **state)
{
	struct fixture *f = *state;

	cpu_init(&f->cpu);
	assert_false(tlb_holds(&f->cpu, 0));
	tlb_flush_page(&f->cpu, 0);
	assert_false(tlb_holds(&f->cpu, 0));
}

/* Generations are numbered round and round: none may see what an earlier one of its number left. */
static void what_was_flushed_stays_so_however_many_flushes_follow(void **state)
{
	struct fixture *f = *state;

	translate(f, 0x3000, CR2_ACCESS_READ);
	translate(f, LARGE, CR2_ACCESS_READ);
	for (unsigned i = 0; i < 10000; i++) {
		tlb_flush(&f->cpu);
		assert_false(tlb_holds(&f->cpu, 0x3000));
		assert_false(tlb_holds(&f->cpu, LARGE));
	}
	translate(f, 0x3000, CR2_ACCESS_READ);
	assert_true(tlb_holds(&f->cpu, 0x3000));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_access_is_cached_and_its_neighbour_is_not),
		TEST(a_fault_caches_nothing),
		TEST(a_stale_entry_is_used_until_it_is_flushed),
		TEST(a_write_protected_entry_is_still_written_through),
		TEST(a_cached_refusal_is_walked_again),
		TEST(a_fault_drops_the_entry_that_refused),
		TEST(the_first_write_through_a_read_entry_sets_dirty),
		TEST(accessed_is_not_set_again_through_the_tlb),
		TEST(writing_cr3_forgets_everything),
		TEST(flushing_a_page_leaves_the_others),
		TEST(a_large_page_is_one_entry_and_any_address_in_it_flushes_it),
		TEST(flushing_a_page_drops_every_size),
		TEST(an_entry_in_the_same_slot_takes_the_place),
		TEST(an_empty_tlb_holds_nothing_not_even_page_0),
		TEST(what_was_flushed_stays_so_however_many_flushes_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
