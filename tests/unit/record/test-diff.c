/* SPDX-License-Identifier: MIT */
/* Two reports beside each other: the same rows are found again, whatever their numbers and order. */
#include <stdlib.h>

#include <cr2/diff.h>

#include "../test.h"

static const struct cr2_frame frames[] = {
	{.function = "f", .file = "a.c", .line = 1}, {.function = "f", .file = "a.c", .line = 2},
	{.function = "main"}};
/* Of the first and of the second recording: f has moved by a line. */
static const struct cr2_report_call main_call = {&frames[2], NULL, 1}, old_call = {&frames[0], &main_call, 2},
				    new_call = {&frames[1], &main_call, 7};

static struct cr2_report_row process(const char *name, uint64_t pid, uint64_t n, uint64_t ns)
{
	return (struct cr2_report_row){
		.by = CR2_REPORT_BY_PROCESS, .label = name, .comm = name, .pid = pid, .n = n, .ns = ns};
}

static struct cr2_report_row stack(const struct cr2_report_call *call, uint64_t n, uint64_t ns)
{
	return (struct cr2_report_row){
		.depth = 1, .by = CR2_REPORT_BY_STACK, .label = "f", .stack = call, .n = n, .ns = ns};
}

static void equal_rows_meet(void **state)
{
	const struct cr2_report_row before[] = {
		process("sh", 10, 4, 400), stack(&old_call, 4, 400),
		process("gone", 11, 3, 9000), stack(&main_call, 3, 9000)};
	const struct cr2_report_row after[] = {
		process("new", 20, 1, 1), stack(&main_call, 1, 1),
		process("sh", 21, 2, 100), stack(&new_call, 2, 100),
		process("sh", 22, 9, 300), stack(&new_call, 8, 200), stack(&main_call, 1, 100)};
	struct cr2_diff_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(cr2_diff(before, 4, after, 7, CR2_DIFF_COUNT, &rows, &n), 0);
	assert_int_equal(n, 7);
	/* sh: 4 before, 2 + 9 in two processes after. */
	assert_string_equal(rows[0].row->label, "sh");
	assert_int_equal(rows[0].before.n, 4);
	assert_int_equal(rows[0].after.n, 11);
	assert_int_equal(rows[0].after.ns, 400);
	/* Below it the stack of f, in another line than before. */
	assert_int_equal(rows[1].row->depth, 1);
	assert_int_equal(rows[1].before.n, 4);
	assert_int_equal(rows[1].after.n, 10);
	assert_int_equal(rows[2].before.n, 0);
	assert_int_equal(rows[2].after.n, 1);
	assert_string_equal(rows[3].row->label, "gone");
	assert_int_equal(rows[3].after.n, 0);
	assert_string_equal(rows[5].row->label, "new");
	free(rows);
	/* By time it is the one that is gone. */
	assert_int_equal(cr2_diff(before, 4, after, 7, CR2_DIFF_TIME, &rows, &n), 0);
	assert_string_equal(rows[0].row->label, "gone");
	assert_string_equal(rows[2].row->label, "new");
	free(rows);
}

static void nothing_is_no_row(void **state)
{
	struct cr2_diff_row *rows;
	size_t n = 7;

	(void)state;
	assert_int_equal(cr2_diff(NULL, 0, NULL, 0, CR2_DIFF_BYTES, &rows, &n), 0);
	assert_int_equal(n, 0);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rows_meet),
		cmocka_unit_test(nothing_is_no_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
