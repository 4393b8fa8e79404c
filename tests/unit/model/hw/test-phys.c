/* SPDX-License-Identifier: MIT */
#include <model/hw/phys.h>

#include "../../test.h"

static int set_up(void **state)
{
	static struct phys phys;
	static bool failed;

	phys_init(&phys, &failed);
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

static void one_odd_word_takes_no_buffer(void **state)
{
	struct phys *phys = *state;

	phys_fill(phys, 7, 0xc3);
	assert_int_equal(phys_write8(phys, 7 * 4096 + 4095, 0x43), 0);
	assert_null(phys_buffer(phys, 7));
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4095), 0x43);
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4094), 0xc3);
	assert_true(phys_read64(phys, 7 * 4096 + 4088) == 0x43c3c3c3c3c3c3c3);
	assert_true(phys_read64(phys, 7 * 4096 + 4080) == 0xc3c3c3c3c3c3c3c3);
	assert_int_equal(phys_read8(phys, 8 * 4096), 0);

	/* It may change, and be like the others again; then another may be odd. */
	assert_int_equal(phys_write8(phys, 7 * 4096 + 4095, 0x44), 0);
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4095), 0x44);
	assert_int_equal(phys_write8(phys, 7 * 4096 + 4095, 0xc3), 0);
	assert_int_equal(phys_write8(phys, 7 * 4096 + 1, 0x45), 0);
	assert_true(phys_read64(phys, 7 * 4096) == 0xc3c3c3c3c3c345c3);
	assert_true(phys_read64(phys, 7 * 4096 + 4088) == 0xc3c3c3c3c3c3c3c3);

	/* Other bytes of the word may be odd as well; all of them at once. */
	assert_int_equal(phys_write8(phys, 7 * 4096 + 6, 0x46), 0);
	assert_true(phys_read64(phys, 7 * 4096) == 0xc346c3c3c3c345c3);
	assert_int_equal(phys_write64(phys, 7 * 4096, 0x0123456789abcdef), 0);
	assert_true(phys_read64(phys, 7 * 4096) == 0x0123456789abcdef);
	assert_true(phys_read64(phys, 7 * 4096 + 8) == 0xc3c3c3c3c3c3c3c3);
	assert_int_equal(phys_write64(phys, 7 * 4096, 0xc3c3c3c3c3c3c3c3), 0);
	assert_int_equal(phys_write64(phys, 7 * 4096 + 8, 0xc3c3c3c3c3c3c3c3), 0);
	assert_int_equal(phys_write64(phys, 7 * 4096 + 4088, 1), 0);
	assert_true(phys_read64(phys, 7 * 4096 + 4088) == 1);
	assert_int_equal(phys->n_buffers, 0);
}

static void a_second_odd_word_takes_a_buffer_and_leaves_the_rest(void **state)
{
	struct phys *phys = *state;

	phys_fill(phys, 7, 0xc3);
	assert_int_equal(phys_write8(phys, 7 * 4096 + 4095, 0x43), 0);
	assert_int_equal(phys_write8(phys, 7 * 4096, 0x44), 0);
	assert_non_null(phys_buffer(phys, 7));
	assert_true(phys_read64(phys, 7 * 4096 + 4088) == 0x43c3c3c3c3c3c3c3);
	assert_true(phys_read64(phys, 7 * 4096) == 0xc3c3c3c3c3c3c344);
	assert_int_equal(phys_read8(phys, 7 * 4096 + 4094), 0xc3);
}

static void only_a_frame_of_zeros_is_zero(void **state)
{
	struct phys *phys = *state;

	assert_true(phys_is_zero(phys, 7));
	phys_write8(phys, 7 * 4096 + 100, 1);
	assert_false(phys_is_zero(phys, 7));
	phys_write8(phys, 7 * 4096 + 200, 1);
	assert_false(phys_is_zero(phys, 7));
	phys_write8(phys, 7 * 4096 + 100, 0);
	phys_write8(phys, 7 * 4096 + 200, 0);
	assert_non_null(phys_buffer(phys, 7));
	assert_true(phys_is_zero(phys, 7));
	phys_fill(phys, 7, 0xc3);
	assert_false(phys_is_zero(phys, 7));
}

#define FEW 4 /* frames, and offsets of bytes that are written: so that each meets each */

/* One entry of a table, to write: it is where the table is, or alone. */
static void an_entry_alone_takes_no_buffer(void **state)
{
	struct phys *phys = *state;
	uint64_t *entry = phys_table_entry(phys, 9, 511);

	assert_non_null(entry);
	*entry = 0x8000000000000067;
	assert_ptr_equal(phys_table_entry(phys, 9, 511), entry);
	assert_true(phys_read64(phys, 9 * 4096 + 511 * 8) == 0x8000000000000067);
	assert_int_equal(phys->n_buffers, 0);
	/* Once it is clear, another may be. */
	*entry = 0;
	*phys_table_entry(phys, 9, 3) = 5;
	assert_int_equal(phys->n_buffers, 0);
	*phys_table_entry(phys, 9, 4) = 6;
	assert_int_equal(phys->n_buffers, 1);
	assert_true(phys_table(phys, 9)[3] == 5 && phys_table(phys, 9)[4] == 6);
	assert_true(phys_table(phys, 9)[511] == 0);
}

/* Random writes, fills and copies, beside an array to which the same is done. */
static void frames_are_as_plain_memory(void **state)
{
	static const uint16_t offsets[FEW] = {0, 7, 8, 4095};
	static uint8_t plain[FEW][4096];
	struct phys *phys = *state;
	uint64_t seed = 1;

	for (int step = 0; step < 20000; step++) {
		unsigned pfn, other, at, value;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		pfn = (seed >> 33) % FEW, other = (seed >> 37) % FEW;
		at = offsets[(seed >> 41) % FEW], value = (seed >> 45) % 3;
		if (seed >> 60 == 0) {
			phys_fill(phys, pfn, (uint8_t)value);
			memset(plain[pfn], (int)value, 4096);
		} else if (seed >> 60 == 1) {
			assert_int_equal(phys_copy(phys, pfn, other), 0);
			memmove(plain[pfn], plain[other], 4096);
		} else {
			assert_int_equal(phys_write8(phys, pfn * 4096 + at, (uint8_t)value), 0);
			plain[pfn][at] = (uint8_t)value;
		}
		for (unsigned i = 0; i < FEW; i++)
			assert_int_equal(phys_read8(phys, pfn * 4096 + offsets[i]),
					 plain[pfn][offsets[i]]);
		assert_memory_equal(&(uint64_t){phys_read64(phys, pfn * 4096 + (at & 0xff8))},
				    &plain[pfn][at & 0xff8], 8);
	}
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
	assert_null(phys_table(phys, 1));
	assert_int_equal(phys_materialize(phys, 1), 0);
	assert_true(phys_table(phys, 1)[2] == 0x1122334455667788);
	assert_true(phys_table(phys, 1)[3] == 0xabababababababab);
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
	bool failed = false;
	struct phys disk;

	phys_init(&disk, &failed);
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
		for (uint64_t pfn = 0; pfn < 200; pfn++) {
			assert_int_equal(phys_write64(phys, pfn * 4096, 1), 0);
			assert_int_equal(phys_write64(phys, pfn * 4096 + 8, 1), 0);
		}
		for (uint64_t pfn = 0; pfn < 200; pfn++)
			phys_fill(phys, pfn, 0);
	}
	assert_int_equal(phys->n_buffers, 200);
	assert_int_equal(phys->n_free, 200);
	/* What a former owner wrote is not seen through a new frame. */
	assert_int_equal(phys_write64(phys, 250 * 4096 + 16, 1), 0);
	assert_int_equal(phys_write64(phys, 250 * 4096 + 24, 1), 0);
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
	bool failed = false;
	struct phys copy;

	for (uint64_t pfn = 0; pfn < 130; pfn++)
		phys_write64(phys, pfn * 4096 + 8, pfn + 1000), phys_write64(phys, pfn * 4096 + 80, 1);
	phys_fill(phys, 64, 0x64);
	assert_int_equal(phys_copy_all(phys, &failed, &copy), 0);
	for (uint64_t pfn = 0; pfn < 300; pfn++)
		assert_true(phys_read64(&copy, pfn * 4096 + 8) ==
			    phys_read64(phys, pfn * 4096 + 8));

	assert_int_equal(copy.n_buffers, 0); /* all are shared */

	/* Each has the buffers of its own that it writes to. */
	phys_write8(&copy, 0, 0xee);
	assert_int_equal(copy.n_buffers, 1);
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
	bool failed = false;

	(void)state;
	phys_init(&nothing, &failed);
	assert_int_equal(phys_copy_all(&nothing, &failed, &copy), 0);
	assert_int_equal(phys_read8(&copy, 0), 0xff);
	phys_finish(&copy);
	phys_finish(&nothing);
}

/* What lies beyond costs what was written of it, and is copied so. */
static void sparse_memory_costs_what_is_written(void **state)
{
	const uint64_t first = 1U << 20, n = 1U << 18, far = first + n - 1;
	struct phys *phys = *state;
	struct phys copy;
	bool failed = false;

	assert_int_equal(phys_add_sparse(phys, first, 2 * n), 0);
	assert_int_equal(phys_read8(phys, far * 4096 + 5), 0);
	assert_int_equal(phys_write8(phys, far * 4096 + 5, 7), 0);
	assert_int_equal(phys_write8(phys, far * 4096 + 4000, 8), 0);
	assert_int_equal(phys->n_buffers, 1);
	assert_int_equal(phys_copy_sparse(phys, first + n, first, n), 0);
	assert_int_equal(phys_copy_all(phys, &failed, &copy), 0);
	phys_clear_sparse(phys, first, n);
	assert_int_equal(phys_read8(phys, far * 4096 + 5), 0);
	assert_int_equal(phys_read8(phys, (far + n) * 4096 + 5), 7);
	assert_int_equal(phys_read8(phys, (far + n) * 4096 + 4000), 8);
	assert_int_equal(phys_read8(&copy, far * 4096 + 5), 7);
	assert_null(array_peek(&phys->frames, &phys_frame_kind, first));
	assert_int_equal(phys_write8(phys, (first + 2 * n) * 4096, 1), 0);
	assert_int_equal(phys_read8(phys, (first + 2 * n) * 4096), 0xff);
	phys_finish(&copy);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_new_frame_is_zero_and_costs_no_buffer),
		TEST(one_odd_word_takes_no_buffer),
		TEST(a_second_odd_word_takes_a_buffer_and_leaves_the_rest),
		TEST(only_a_frame_of_zeros_is_zero),
		TEST(an_entry_alone_takes_no_buffer),
		TEST(frames_are_as_plain_memory),
		TEST(words_are_little_endian_and_a_fill_reads_as_words),
		TEST(beyond_memory_reads_ones_and_loses_writes),
		TEST(sparse_memory_costs_what_is_written),
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
