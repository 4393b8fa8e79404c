/* SPDX-License-Identifier: MIT */
/*
 * Pages of a disk file that a miss reads as one, where the mapping is advised hugepage: what
 * happens to all of them when a part is meant. Mapping 0 of process 0 shows the file from BASE on.
 */
#include <errno.h>
#include <string.h>

#include <cr2/flags.h>
#include <cr2/model.h>

#include "../test.h"

#define BASE 0x200000200000ULL
#define OTHER 0x200040200000ULL
#define PAGE CR2_PAGE_SIZE
#define RW (CR2_PROT_READ | CR2_PROT_WRITE)

static struct cr2_outcome execute(struct cr2_model *model, struct cr2_op op)
{
	struct cr2_outcome outcome;

	assert_int_equal(cr2_model_execute(model, &op, &outcome), 0);
	return outcome;
}

static void map_at(struct cr2_model *model, uint64_t address, uint64_t pages, uint32_t flags)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .address = address, .prot = RW,
				       .length = pages * PAGE, .flags = flags, .object = 1});
}

static void advise(struct cr2_model *model, uint64_t k, uint64_t n, enum cr2_advice advice)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + k * PAGE,
				       .length = n * PAGE, .advice = advice});
}

/* A cold file of so many pages, mapped whole and shared, advised hugepage. */
static struct cr2_model *create_on(enum cr2_profile profile, enum cr2_thp thp, uint64_t pages)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	cr2_model_config_init(&config, profile);
	config.thp = thp;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	execute(model, (struct cr2_op){.kind = CR2_OP_FILE, .object = 1, .length = pages * PAGE,
				       .cold = true});
	map_at(model, BASE, pages, CR2_MAP_SHARED);
	advise(model, 0, pages, CR2_ADVICE_HUGEPAGE);
	return model;
}

static struct cr2_model *create(uint64_t pages)
{
	return create_on(CR2_PROFILE_6_18, CR2_THP_NEVER, pages);
}

static void finish(struct cr2_model *model)
{
	assert_int_equal(cr2_model_leaks(model), 0);
	cr2_model_destroy(model);
}

static struct cr2_outcome touch(struct cr2_model *model, enum cr2_op_kind kind, uint64_t address)
{
	return execute(model, (struct cr2_op){.kind = kind, .address = address, .value = 7});
}

static void access_is(struct cr2_model *model, enum cr2_op_kind kind, uint64_t k,
		      enum cr2_path path, bool major)
{
	struct cr2_outcome outcome = touch(model, kind, BASE + k * PAGE);

	assert_int_equal(outcome.n_faults, 1);
	assert_string_equal(cr2_path_name(outcome.faults[0].path), cr2_path_name(path));
	assert_int_equal(outcome.faults[0].major, major);
}

static void no_fault(struct cr2_model *model, enum cr2_op_kind kind, uint64_t k)
{
	assert_int_equal(touch(model, kind, BASE + k * PAGE).n_faults, 0);
}

/* One letter a page: '#' mapped, '.' not. */
static void shows(struct cr2_model *model, uint64_t address, const char *expected)
{
	char seen[64] = "";

	for (size_t i = 0; i < strlen(expected); i++) {
		struct cr2_page_state page;

		assert_int_equal(cr2_model_page_state(model, 0, address + i * PAGE, &page), 0);
		seen[i] = page.kind == CR2_PAGE_NONE ? '.' : '#';
	}
	assert_string_equal(seen, expected);
}

static void truncate_to(struct cr2_model *model, uint64_t pages)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_TRUNCATE, .object = 1,
				       .length = pages * PAGE});
}

static void a_write_maps_all_of_it(void **state)
{
	struct cr2_model *model = create(9);

	(void)state;
	access_is(model, CR2_OP_WRITE, 2, CR2_PATH_FILE_SHARED, true);
	/* Eight pages and a ninth of its own. */
	shows(model, BASE, "########.");
	no_fault(model, CR2_OP_WRITE, 7);
	access_is(model, CR2_OP_WRITE, 8, CR2_PATH_FILE_SHARED, false);
	finish(model);
}

static void older_kernels_read_single_pages(void **state)
{
	struct cr2_model *model = create_on(CR2_PROFILE_6_12, CR2_THP_NEVER, 8);

	(void)state;
	access_is(model, CR2_OP_WRITE, 2, CR2_PATH_FILE_SHARED, true);
	shows(model, BASE, "..#.....");
	truncate_to(model, 4);
	shows(model, BASE, "..#.....");
	finish(model);
}

static void what_is_cached_makes_it_smaller(void **state)
{
	struct cr2_model *model = create(4);

	(void)state;
	access_is(model, CR2_OP_READ, 3, CR2_PATH_FILE_READ, true);
	/* Page 3, alone, stays: it has been written to since. */
	advise(model, 3, 1, CR2_ADVICE_PAGEOUT);
	access_is(model, CR2_OP_WRITE, 3, CR2_PATH_FILE_SHARED, false);
	execute(model, (struct cr2_op){.kind = CR2_OP_EVICT, .object = 1});
	access_is(model, CR2_OP_WRITE, 0, CR2_PATH_FILE_SHARED, true);
	shows(model, BASE, "#..#");
	finish(model);
}

static void cutting_inside_unmaps_all_of_it(void **state)
{
	struct cr2_model *model = create(8);

	(void)state;
	map_at(model, OTHER, 8, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_READ, BASE);
	touch(model, CR2_OP_READ, OTHER);
	touch(model, CR2_OP_WRITE, OTHER + PAGE);
	shows(model, OTHER, "########");
	truncate_to(model, 6);
	shows(model, BASE, "........");
	/* A private copy is no page of the file. */
	shows(model, OTHER, ".#......");
	/* Halves are left: four pages and two. */
	access_is(model, CR2_OP_WRITE, 1, CR2_PATH_FILE_SHARED, false);
	shows(model, BASE, "####....");
	truncate_to(model, 4);
	shows(model, BASE, "####....");
	finish(model);
}

static void one_to_be_written_stays_whole(void **state)
{
	struct cr2_model *model = create(4);

	(void)state;
	access_is(model, CR2_OP_WRITE, 3, CR2_PATH_FILE_SHARED, true);
	truncate_to(model, 2);
	shows(model, BASE, "....");
	/* What was cut off is still cached, as zeros. */
	truncate_to(model, 5);
	access_is(model, CR2_OP_READ, 3, CR2_PATH_FILE_READ, false);
	assert_int_equal(cr2_model_read(model, 0, BASE + 3 * PAGE), 0);
	assert_int_equal(cr2_model_read(model, 0, BASE + 1 * PAGE), 0xC3);
	finish(model);
}

static void with_nothing_left_to_write_it_is_cut(void **state)
{
	struct cr2_model *model = create(4);

	(void)state;
	/* All of it is to be written, whichever page was written to. */
	access_is(model, CR2_OP_WRITE, 3, CR2_PATH_FILE_SHARED, true);
	/* The entries of the others, unmapped, tell of all of it once more. */
	advise(model, 0, 1, CR2_ADVICE_REMOVE);
	access_is(model, CR2_OP_READ, 0, CR2_PATH_FILE_READ, false);
	advise(model, 1, 3, CR2_ADVICE_REMOVE);
	access_is(model, CR2_OP_READ, 0, CR2_PATH_FILE_READ, false);
	no_fault(model, CR2_OP_READ, 3);
	/* Now the first page is the last that had to be written. */
	advise(model, 0, 1, CR2_ADVICE_REMOVE);
	access_is(model, CR2_OP_READ, 3, CR2_PATH_FILE_READ, false);
	access_is(model, CR2_OP_READ, 0, CR2_PATH_FILE_READ, true);
	finish(model);
}

static void a_hole_inside_cuts_twice(void **state)
{
	struct cr2_model *model = create(16);

	(void)state;
	touch(model, CR2_OP_READ, BASE);
	advise(model, 3, 8, CR2_ADVICE_REMOVE);
	shows(model, BASE, "................");
	/* 0..1, 2, 11 and 12..15 are left. */
	access_is(model, CR2_OP_WRITE, 0, CR2_PATH_FILE_SHARED, false);
	access_is(model, CR2_OP_WRITE, 11, CR2_PATH_FILE_SHARED, false);
	access_is(model, CR2_OP_WRITE, 12, CR2_PATH_FILE_SHARED, false);
	shows(model, BASE, "##.........#####");
	access_is(model, CR2_OP_WRITE, 10, CR2_PATH_FILE_SHARED, true);
	finish(model);
}

static void a_hole_cuts_at_both_ends(void **state)
{
	struct cr2_model *model = create(12);

	(void)state;
	touch(model, CR2_OP_READ, BASE);
	shows(model, BASE, "############");
	advise(model, 6, 4, CR2_ADVICE_REMOVE);
	shows(model, BASE, "............");
	/* 0..3, 4..5, 10 and 11 are left. */
	access_is(model, CR2_OP_WRITE, 4, CR2_PATH_FILE_SHARED, false);
	access_is(model, CR2_OP_WRITE, 10, CR2_PATH_FILE_SHARED, false);
	shows(model, BASE, "....##....#.");
	finish(model);
}

static void advice_about_a_part_splits(void **state)
{
	struct cr2_model *model = create(8);

	(void)state;
	touch(model, CR2_OP_READ, BASE);
	advise(model, 2, 1, CR2_ADVICE_COLD);
	shows(model, BASE, "........");
	access_is(model, CR2_OP_WRITE, 0, CR2_PATH_FILE_SHARED, false);
	shows(model, BASE, "#.......");
	finish(model);
}

static void advice_about_a_part_spares_what_waits_to_be_written(void **state)
{
	struct cr2_model *model = create(8);

	(void)state;
	touch(model, CR2_OP_WRITE, BASE);
	advise(model, 2, 1, CR2_ADVICE_PAGEOUT);
	shows(model, BASE, "########");
	finish(model);
}

static void advice_about_a_part_spares_what_others_map(void **state)
{
	struct cr2_model *model = create(8);

	(void)state;
	touch(model, CR2_OP_READ, BASE);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	execute(model, (struct cr2_op){.kind = CR2_OP_READ, .process = 1, .address = BASE});
	advise(model, 2, 1, CR2_ADVICE_PAGEOUT);
	shows(model, BASE, "########");
	finish(model);
}

static void paged_out_it_goes_whole(void **state)
{
	struct cr2_model *model = create(8);

	(void)state;
	touch(model, CR2_OP_READ, BASE);
	advise(model, 0, 8, CR2_ADVICE_PAGEOUT);
	shows(model, BASE, "........");
	access_is(model, CR2_OP_READ, 5, CR2_PATH_FILE_READ, true);
	finish(model);
}

static void evicted_it_goes_whole_or_not_at_all(void **state)
{
	struct cr2_model *model = create(4);

	(void)state;
	map_at(model, OTHER, 1, CR2_MAP_SHARED);
	touch(model, CR2_OP_READ, BASE);
	touch(model, CR2_OP_READ, OTHER);
	execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .address = BASE, .length = PAGE});
	advise(model, 1, 3, CR2_ADVICE_DONTNEED);
	execute(model, (struct cr2_op){.kind = CR2_OP_EVICT, .object = 1});
	access_is(model, CR2_OP_READ, 3, CR2_PATH_FILE_READ, false);
	finish(model);
}

static void written_back_it_is_clean_as_a_whole(void **state)
{
	struct cr2_model *model = create(4);

	(void)state;
	touch(model, CR2_OP_WRITE, BASE);
	no_fault(model, CR2_OP_WRITE, 3);
	execute(model, (struct cr2_op){.kind = CR2_OP_SYNC, .address = BASE + PAGE,
				       .length = PAGE});
	access_is(model, CR2_OP_WRITE, 3, CR2_PATH_WP_SHARED, false);
	finish(model);
}

static void two_mib_are_mapped_by_a_pmd(void **state)
{
	struct cr2_model *model = create_on(CR2_PROFILE_6_18, CR2_THP_ALWAYS, 513);

	(void)state;
	access_is(model, CR2_OP_READ, 7, CR2_PATH_FILE_READ, true);
	access_is(model, CR2_OP_WRITE, 7, CR2_PATH_FILE_SHARED, false);
	no_fault(model, CR2_OP_WRITE, 511);
	/* A part of the entry gone, all of it is. */
	execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .address = BASE + 511 * PAGE,
				       .length = PAGE});
	shows(model, BASE, "....");
	truncate_to(model, 100);
	access_is(model, CR2_OP_READ, 99, CR2_PATH_FILE_READ, false);
	finish(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_maps_all_of_it),
		cmocka_unit_test(older_kernels_read_single_pages),
		cmocka_unit_test(what_is_cached_makes_it_smaller),
		cmocka_unit_test(cutting_inside_unmaps_all_of_it),
		cmocka_unit_test(one_to_be_written_stays_whole),
		cmocka_unit_test(with_nothing_left_to_write_it_is_cut),
		cmocka_unit_test(a_hole_inside_cuts_twice),
		cmocka_unit_test(a_hole_cuts_at_both_ends),
		cmocka_unit_test(advice_about_a_part_splits),
		cmocka_unit_test(advice_about_a_part_spares_what_waits_to_be_written),
		cmocka_unit_test(advice_about_a_part_spares_what_others_map),
		cmocka_unit_test(paged_out_it_goes_whole),
		cmocka_unit_test(evicted_it_goes_whole_or_not_at_all),
		cmocka_unit_test(written_back_it_is_clean_as_a_whole),
		cmocka_unit_test(two_mib_are_mapped_by_a_pmd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
