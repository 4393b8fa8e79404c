/* SPDX-License-Identifier: MIT */
/* Which entries are known to allow stores, on made-up pages. */
#include <host/writable.h>

#include "../test.h"

#define BASE CR2_LITMUS_BASE
#define PAGES 4
#define ALL .address = BASE, .length = PAGES * CR2_PAGE_SIZE

static struct host_page pages[2][PAGES];
static struct host_region regions[2];
static struct host_view before, now;

static int begin(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		regions[i] = (struct host_region){
			.vma = {.start = BASE, .end = BASE + PAGES * CR2_PAGE_SIZE,
				.prot = CR2_PROT_READ | CR2_PROT_WRITE},
			.pages = pages[i],
		};
		for (uint64_t k = 0; k < PAGES; k++)
			pages[i][k] = (struct host_page){.kind = CR2_PAGE_ANON, .frame = 100 + k, .id = 1 + k};
	}
	before = (struct host_view){.regions = &regions[0], .count = 1};
	now = (struct host_view){.regions = &regions[1], .count = 1};
	return 0;
}

/* What is now becomes what was. */
static void turn(void)
{
	memcpy(pages[0], pages[1], sizeof(pages[0]));
}

/* Returns a bit a page. */
static unsigned update(struct cr2_op op, bool own)
{
	unsigned set = 0;

	host_writable_update(&before, &now, &op, own, CR2_RESULT_OK);
	for (unsigned i = 0; i < PAGES; i++)
		set |= (unsigned)pages[1][i].writable << i;
	return set;
}

static unsigned after(struct cr2_op op, bool own)
{
	turn();
	return update(op, own);
}

static unsigned populated(void)
{
	return after((struct cr2_op){.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_POPULATE_WRITE, ALL},
		     true);
}

static void make_file(bool dirty)
{
	for (unsigned i = 0; i < PAGES; i++)
		pages[1][i] = (struct host_page){.kind = CR2_PAGE_FILE, .frame = 200 + i, .dirty = dirty};
	regions[0].vma.shared = regions[1].vma.shared = true;
}

static void stores_and_populating_make_entries_writable(void **state)
{
	(void)state;
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE + 4097}, true), 2);
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_READ, .address = BASE}, true), 2);
	assert_int_equal(populated(), 15);
	begin(NULL);
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_LOCK, ALL}, true), 15);
}

static void locking_shared_pages_only_reads_them(void **state)
{
	(void)state;
	make_file(true);
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_LOCK, ALL}, true), 0);
	assert_int_equal(populated(), 15);
}

static void what_fails_makes_nothing_writable(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_WRITE, .address = BASE};

	(void)state;
	host_writable_update(&before, &now, &op, true, CR2_RESULT_SEGV_ACCERR);
	assert_false(pages[1][0].writable);
}

static void what_others_do_leaves_entries_alone(void **state)
{
	(void)state;
	populated();
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_FORK}, false), 15);
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE}, false), 15);
}

static void fork_and_mprotect_take_it_away(void **state)
{
	(void)state;
	populated();
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE + CR2_PAGE_SIZE,
					       .length = CR2_PAGE_SIZE}, true), 13);
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_FORK}, true), 0);
}

static void another_page_has_another_entry(void **state)
{
	(void)state;
	populated();
	turn();
	pages[1][0].frame = 300;
	pages[1][1].kind = CR2_PAGE_NONE;
	assert_int_equal(update((struct cr2_op){.kind = CR2_OP_READ, .address = BASE}, true), 12);
}

/* The kernel writes it back when it likes, and protects it for that. */
static void a_clean_page_of_a_file_is_protected(void **state)
{
	(void)state;
	make_file(true);
	populated();
	pages[1][2].dirty = false;
	assert_int_equal(after((struct cr2_op){.kind = CR2_OP_READ, .address = BASE}, false), 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stores_and_populating_make_entries_writable, begin),
		cmocka_unit_test_setup(locking_shared_pages_only_reads_them, begin),
		cmocka_unit_test_setup(what_fails_makes_nothing_writable, begin),
		cmocka_unit_test_setup(what_others_do_leaves_entries_alone, begin),
		cmocka_unit_test_setup(fork_and_mprotect_take_it_away, begin),
		cmocka_unit_test_setup(another_page_has_another_entry, begin),
		cmocka_unit_test_setup(a_clean_page_of_a_file_is_protected, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
