/* SPDX-License-Identifier: MIT */
#include <model/hw/phys.h>

#include "../../test.h"

static int set_up(void **state)
{
	static struct phys phys;

	phys_init(&phys);
	*state = &phys;
	return phys_extend(&phys, 300);
}

static int tear_down(void **state)
{
	phys_finish(*state);
	return 0;
}

static void a_new_frame_is_zero_and_costs_no_buffer(void **state)
{
	struct phys *phys = *state;

	assert_int_equal(phys->n_frames, 300);
	assert_int_equal(phys_read8(phys, 299 * 4096 + 17), 0);
	assert_int_equal(phys_write8(phys, 5 * 4096, 0), 0);
	assert_int_equal(phys_write64(phys, 5 * 4096 + 8, 0), 0);
	assert_null(phys_buffer(phys, 5));
	assert_int_equal(phys->n_buffers, 0);
}

static void a_distinct_byte_takes_a_buffer_and_leaves_the_rest(void **state)
{
	struct phys *phys = *state;

	phys_fill(phys, 7, 0xc3);
	assert_int_equal(phys_write8(phys, 7 * 4096 + 4095, 0x43), 0);
	assert_non_null(phys_buffer(phys, 7));
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4095), 0x43);
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4094), 0xc3);
	assert_true(phys_read64(phys, 7 * 4096 + 4088) == 0x43c3c3c3c3c3c3c3);
	assert_int_equal(phys_read8(phys, 8 * 4096), 0);
}

static void words_are_little_endian_and_a_fill_reads_as_words(void **state)
{
	struct phys *phys = *state;

	phys_fill(phys, 1, 0xab);
	assert_true(phys_read64(phys, 4096 + 16) == 0xabababababababab);
	assert_int_equal(phys_write64(phys, 4096 + 16, 0x1122334455667788), 0);
	assert_int_equal(phys_read8(phys, 4096 + 16), 0x88);
	assert_int_equal(phys_read8(phys, 4096 + 23), 0x11);
	assert_int_equal(phys_read8(phys, 4096 + 24), 0xab);
	assert_true(phys_table(phys, 1)[2] == 0x1122334455667788);
}

static void beyond_memory_reads_ones_and_loses_writes(void **state)
{
	struct phys *phys = *state;

	assert_int_equal(phys_write8(phys, 300 * 4096, 1), 0);
	assert_int_equal(phys_write64(phys, 0xffffffffff000, 1), 0);
	assert_int_equal(phys_read8(phys, 300 * 4096), 0xff);
	assert_true(phys_read64(phys, 0xffffffffff000) == UINT64_MAX);
	assert_int_equal(phys->n_buffers, 0);
}

static void a_copied_frame_has_its_own_bytes(void **state)
{
	struct phys *phys = *state;

	phys_write8(phys, 2 * 4096 + 9, 9);
	assert_int_equal(phys_copy(phys, 3, 2), 0);
	phys_write8(phys, 2 * 4096 + 9, 10);
	assert_int_equal(phys_read8(phys, 3 * 4096 + 9), 9);

	/* A fill over a buffer gives the buffer back. */
	phys_fill(phys, 4, 0x77);
	assert_int_equal(phys_copy(phys, 3, 4), 0);
	assert_null(phys_buffer(phys, 3));
	assert_int_equal(phys_read8(phys, 3 * 4096 + 9), 0x77);

	assert_int_equal(phys_copy(phys, 2, 2), 0);
	assert_int_equal(phys_read8(phys, 2 * 4096 + 9), 10);
}

static void a_frame_is_copied_to_another_memory(void **state)
{
	struct phys *phys = *state;
	struct phys disk;

	phys_init(&disk);
	assert_int_equal(phys_extend(&disk, 4), 0);
	phys_fill(phys, 2, 0xc3);
	assert_int_equal(phys_copy_between(&disk, 2, phys, 2), 0);
	assert_null(phys_buffer(&disk, 2));
	phys_write8(phys, 2 * 4096 + 9, 9);
	assert_int_equal(phys_copy_between(&disk, 3, phys, 2), 0);
	assert_int_equal(phys_read8(&disk, 2 * 4096 + 9), 0xc3);
	assert_int_equal(phys_read8(&disk, 3 * 4096 + 9), 9);
	assert_int_equal(phys_read8(&disk, 3 * 4096 + 8), 0xc3);
	phys_finish(&disk);
}

static void buffers_come_back_and_are_used_again(void **state)
{
	struct phys *phys = *state;

	for (int round = 0; round < 3; round++) {
		for (uint64_t pfn = 0; pfn < 200; pfn++)
			assert_int_equal(phys_write8(phys, pfn * 4096, 1), 0);
		for (uint64_t pfn = 0; pfn < 200; pfn++)
			phys_fill(phys, pfn, 0);
	}
	assert_int_equal(phys->n_buffers, 200);
	assert_int_equal(phys->n_free, 200);
	/* What a former owner wrote is not seen through a new frame. */
	assert_int_equal(phys_write8(phys, 250 * 4096 + 1, 1), 0);
	assert_int_equal(phys_read8(phys, 250 * 4096), 0);
}

static void a_buffer_never_moves(void **state)
{
	struct phys *phys = *state;
	const uint64_t *table;

	assert_int_equal(phys_materialize(phys, 0), 0);
	table = phys_table(phys, 0);
	assert_int_equal(phys_extend(phys, 100000), 0);
	for (uint64_t pfn = 1; pfn < 1000; pfn++)
		assert_int_equal(phys_materialize(phys, pfn), 0);
	assert_ptr_equal(phys_table(phys, 0), table);
	assert_int_equal(phys_extend(phys, 10), 0);
	assert_int_equal(phys->n_frames, 100000);
}

static void memory_too_large_to_have_is_refused(void **state)
{
	struct phys *phys = *state;

	assert_true(phys_extend(phys, SIZE_MAX / 4) < 0);
	assert_int_equal(phys->n_frames, 300);
}

static void a_copy_of_all_is_independent(void **state)
{
	struct phys *phys = *state;
	struct phys copy;

	for (uint64_t pfn = 0; pfn < 130; pfn++)
		phys_write64(phys, pfn * 4096 + 8, pfn + 1000);
	phys_fill(phys, 64, 0x64);
	assert_int_equal(phys_copy_all(phys, &copy), 0);
	for (uint64_t pfn = 0; pfn < 300; pfn++)
		assert_true(phys_read64(&copy, pfn * 4096 + 8) ==
			    phys_read64(phys, pfn * 4096 + 8));

	assert_int_equal(copy.n_buffers, 129); /* those in use */

	/* Each gives out and takes back its own buffers from now on. */
	phys_write8(&copy, 0, 0xee);
	phys_write8(phys, 200 * 4096, 0x20);
	for (uint64_t pfn = 0; pfn < 130; pfn++)
		phys_fill(&copy, pfn, 1);
	assert_int_equal(phys_read8(phys, 0), 0);
	assert_true(phys_read64(phys, 129 * 4096 + 8) == 1129);
	assert_int_equal(phys_read8(&copy, 200 * 4096), 0);
	assert_int_equal(phys_extend(&copy, 400), 0);
	assert_int_equal(phys->n_frames, 300);
	phys_finish(&copy);
}

static void a_copy_of_nothing_is_nothing(void **state)
{
	struct phys nothing, copy;

	(void)state;
	phys_init(&nothing);
	assert_int_equal(phys_copy_all(&nothing, &copy), 0);
	assert_int_equal(phys_read8(&copy, 0), 0xff);
	phys_finish(&copy);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_new_frame_is_zero_and_costs_no_buffer),
		TEST(a_distinct_byte_takes_a_buffer_and_leaves_the_rest),
		TEST(words_are_little_endian_and_a_fill_reads_as_words),
		TEST(beyond_memory_reads_ones_and_loses_writes),
		TEST(a_copied_frame_has_its_own_bytes),
		TEST(a_frame_is_copied_to_another_memory),
		TEST(buffers_come_back_and_are_used_again),
		TEST(a_buffer_never_moves),
		TEST(memory_too_large_to_have_is_refused),
		TEST(a_copy_of_all_is_independent),
		TEST(a_copy_of_nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
