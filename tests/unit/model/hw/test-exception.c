/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <cr2/tables.h>
#include <model/hw/entry.h>
#include <model/hw/mmu.h>

#include "../../test.h"

/* Tables in frames 1 to 4. Two stack pages at STACK: frames 0x10 and 0x11, supervisor's. */
#define STACK 0x5000ULL
#define TOP (STACK + 0x2000)
#define RF (1ULL << 16)

struct fixture {
	struct cpu cpu;
	struct phys phys;
	bool failed;
	uint64_t *pte;
};

static const struct cr2_exception_frame from_user = {
	.error_code = 0x7,
	.rip = 0x401234,
	.cs = 0x33,
	.rflags = 0x10246,
	.rsp = 0x7ffe12345678,
	.ss = 0x2b,
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	cpu_init(&f->cpu);
	phys_init(&f->phys, &f->failed);
	if (phys_extend(&f->phys, 0x20) < 0)
		return -1;
	for (uint64_t level = 2; level <= 4; level++) {
		if (phys_materialize(&f->phys, level) < 0 ||
		    phys_write64(&f->phys, level << 12, ENTRY_P | ENTRY_RW | (level - 1) << 12) < 0)
			return -1;
	}
	if (phys_materialize(&f->phys, 1) < 0)
		return -1;
	f->pte = phys_table(&f->phys, 1);
	f->pte[STACK >> 12] = ENTRY_P | ENTRY_RW | 0x10000;
	f->pte[(STACK >> 12) + 1] = ENTRY_P | ENTRY_RW | 0x11000;
	f->cpu.cr3 = 4 << 12;
	f->cpu.kernel_stack = TOP;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	phys_finish(&f->phys);
	free(f);
	return 0;
}

static uint64_t stacked(const struct fixture *f, uint64_t address)
{
	return phys_read64(&f->phys, 0x10000 + (address - STACK));
}

static void six_values_lie_below_the_kernel_stack(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;
	uint64_t at = cpu_push_exception(&f->cpu, &f->phys, &frame);

	assert_int_equal(at, TOP - 48);
	assert_int_equal(stacked(f, at), 0x7);
	assert_int_equal(stacked(f, at + 8), 0x401234);
	assert_int_equal(stacked(f, at + 16), 0x33);
	assert_int_equal(stacked(f, at + 24), 0x10246);
	assert_int_equal(stacked(f, at + 32), 0x7ffe12345678);
	assert_int_equal(stacked(f, at + 40), 0x2b);
	assert_true(f->pte[(STACK >> 12) + 1] & ENTRY_D);
}

static void a_fault_pushes_rf(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;
	uint64_t at;

	frame.rflags = 0x246;
	at = cpu_push_exception(&f->cpu, &f->phys, &frame);
	assert_int_equal(stacked(f, at + 24), 0x246 | RF);
	assert_int_equal(frame.rflags, 0x246 | RF);
}

static void a_fault_in_the_kernel_pushes_below_its_own_stack_aligned(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;
	uint64_t at;

	frame.cs = 0x10;
	frame.ss = 0x18;
	frame.rsp = TOP - 0x108;
	at = cpu_push_exception(&f->cpu, &f->phys, &frame);
	assert_int_equal(at, TOP - 0x110 - 48);
	assert_int_equal(stacked(f, at + 32), TOP - 0x108);
	assert_int_equal(stacked(f, at + 40), 0x18);
}

static void a_frame_may_cross_pages(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;
	uint64_t at;

	f->pte[(STACK >> 12) + 1] = ENTRY_P | ENTRY_RW | 0x13000;
	f->cpu.kernel_stack = STACK + 0x1010;
	at = cpu_push_exception(&f->cpu, &f->phys, &frame);
	assert_int_equal(at, STACK + 0x1010 - 48);
	assert_int_equal(phys_read64(&f->phys, 0x10fe0), 0x7);
	assert_int_equal(phys_read64(&f->phys, 0x10ff8), 0x10246);
	assert_int_equal(phys_read64(&f->phys, 0x13000), 0x7ffe12345678);
	assert_int_equal(phys_read64(&f->phys, 0x13008), 0x2b);
}

static void a_stack_that_cannot_be_written_is_a_double_fault(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;

	f->pte[(STACK >> 12) + 1] &= ~ENTRY_RW;
	assert_int_equal(cpu_push_exception(&f->cpu, &f->phys, &frame), 0);
	f->cpu.kernel_stack = 1ULL << 50;
	assert_int_equal(cpu_push_exception(&f->cpu, &f->phys, &frame), 0);
}

/* The CPU's own pushes are supervisor accesses: SMAP keeps them off user pages. */
static void a_user_page_is_no_kernel_stack_under_smap(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;

	for (uint64_t level = 2; level <= 4; level++)
		phys_table(&f->phys, level)[0] |= ENTRY_US;
	f->pte[(STACK >> 12) + 1] |= ENTRY_US;
	assert_int_equal(cpu_push_exception(&f->cpu, &f->phys, &frame), 0);
	f->cpu.smap = false;
	tlb_flush(&f->cpu);
	assert_int_equal(cpu_push_exception(&f->cpu, &f->phys, &frame), TOP - 48);
}

static void iretq_brings_the_registers_back(void **state)
{
	struct fixture *f = *state;
	struct cr2_exception_frame frame = from_user;
	uint64_t at = cpu_push_exception(&f->cpu, &f->phys, &frame);

	f->cpu.regs.error_code = 0x1234;
	assert_true(cpu_iretq(&f->cpu, &f->phys, at));
	assert_int_equal(f->cpu.regs.error_code, 0x1234);
	assert_int_equal(f->cpu.regs.rip, 0x401234);
	assert_int_equal(f->cpu.regs.cs, 0x33);
	assert_int_equal(f->cpu.regs.rflags, 0x10246);
	assert_int_equal(f->cpu.regs.rsp, 0x7ffe12345678);
	assert_int_equal(f->cpu.regs.ss, 0x2b);
}

static void iretq_from_nowhere_changes_nothing(void **state)
{
	struct fixture *f = *state;

	f->cpu.regs.rip = 0x42;
	assert_false(cpu_iretq(&f->cpu, &f->phys, TOP - 8));
	assert_int_equal(f->cpu.regs.rip, 0x42);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(six_values_lie_below_the_kernel_stack),
		TEST(a_fault_pushes_rf),
		TEST(a_fault_in_the_kernel_pushes_below_its_own_stack_aligned),
		TEST(a_frame_may_cross_pages),
		TEST(a_stack_that_cannot_be_written_is_a_double_fault),
		TEST(a_user_page_is_no_kernel_stack_under_smap),
		TEST(iretq_brings_the_registers_back),
		TEST(iretq_from_nowhere_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
