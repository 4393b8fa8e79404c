/* SPDX-License-Identifier: MIT */
/* Which crashes are equal, how often they came, and what varies among them. */
#include <errno.h>
#include <stdio.h>

#include <cr2/log_group.h>

#include "log/pack.h"

#include "collect.h"

#define SP " sp 00007ffd00003a10 "

static struct cr2_log_groups *grouped(const char *text, size_t most)
{
	struct cr2_log_groups_config config = {.size = sizeof(config), .most = most};
	struct cr2_log_groups *groups;
	struct collected collected;

	collect_string(text, &collected);
	assert_int_equal(cr2_log_groups_create(&config, &groups), 0);
	for (size_t i = 0; i < collected.n; i++)
		assert_int_equal(cr2_log_groups_add(groups, &collected.reports[i], "a.log"), 0);
	collect_finish(&collected);
	return groups;
}

static size_t distinct(struct cr2_log_groups *groups)
{
	struct cr2_log_groups_stats stats;

	cr2_log_groups_get_stats(groups, &stats);
	return stats.distinct;
}

static size_t count_distinct(const char *text)
{
	struct cr2_log_groups *groups = grouped(text, 0);
	size_t n = distinct(groups);

	cr2_log_groups_destroy(groups);
	return n;
}

static void where_code_was_loaded_does_not_count(void **state)
{
	(void)state;
	assert_int_equal(count_distinct(
		"p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n"
		"p[2]: segfault at 0 ip 0000561111111139" SP "error 4 in p[561111111000+1000]\n"), 1);
	/* Since 6.12 the kernel prints the offset in the file. */
	assert_int_equal(count_distinct(
		"p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[1139,55d0c0de1000+1000]\n"
		"p[2]: segfault at 0 ip 0000561111111139" SP "error 4 in p[1139,561111110000+2000]\n"), 1);
	/* Code in no file: its place in the page. */
	assert_int_equal(count_distinct(
		"p[1]: segfault at 7f0000001040 ip 00007f0000001040" SP "error 15\n"
		"p[2]: segfault at 7f1234567040 ip 00007f1234567040" SP "error 15\n"), 1);
}

static void what_differs_is_told_apart(void **state)
{
	static const char first[] =
		"p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n";
	static const char *const others[] = {
		/* another place in the program */
		"p[1]: segfault at 0 ip 000055d0c0de113a" SP "error 4 in p[55d0c0de1000+1000]\n",
		/* another program, another file */
		"q[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n",
		"p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in q[55d0c0de1000+1000]\n",
		/* another pattern: 0x18 is near NULL */
		"p[1]: segfault at 18 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n",
		/* another cause */
		"traps: p[1] trap int3 ip:55d0c0de1139 sp:7ffd00003a10 error:0 in p[55d0c0de1000+1000]\n",
		/* a jump to 0, in no file */
		"p[1]: segfault at 0 ip 0000000000000000" SP "error 14\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		char text[400];

		snprintf(text, sizeof(text), "%s%s", first, others[i]);
		assert_int_equal(count_distinct(text), 2);
	}
}

/* Nothing tells that these are equal: the addresses differ. */
#define LLDB(ip, function, line) "* thread #1, stop reason = signal SIGSEGV: invalid address (fault address: 0x18)\n" \
	"    frame #0: " ip " p`" function "(n=0x0) at a.c:" line "\nProcess 1 exited with status = 9\n"

static void reporters_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(count_distinct(LLDB("0x401129", "f", "5") LLDB("0x555555555129", "f", "5")), 1);
	assert_int_equal(count_distinct(LLDB("0x401129", "f", "5") LLDB("0x401129", "f", "6")), 2);
	assert_int_equal(count_distinct(LLDB("0x401129", "f", "5") LLDB("0x401129", "g", "5")), 2);
	assert_int_equal(count_distinct(
		"* thread #1, stop reason = signal SIGSEGV: invalid address (fault address: 0x18)\n"
		"signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x18\n"), 2);
}

#define DUMP(ip, offset) \
	"        Signal: 11 (SEGV)\n       Message: Process 7 (foo) of user 0 dumped core.\n\n" \
	"                #0  0x000055f1a2b" ip " n/a (/home/u/foo + " offset ")\n"

/* Of what has no name, the printed offset is the place. */
static void offsets_of_core_dumps_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(count_distinct(DUMP("3c139", "0x1139") DUMP("40139", "0x5139")), 2);
	assert_int_equal(count_distinct(DUMP("3c139", "0x1139") DUMP("40139", "0x1139")), 1);
}

static void oopses_without_a_place_are_told_apart_by_address(void **state)
{
	(void)state;
	assert_int_equal(count_distinct(
		"BUG: unable to handle page fault for address: ffff8b4cd6855000\n"
		"BUG: unable to handle page fault for address: ffff8b4cd6855000\n"
		"BUG: unable to handle page fault for address: ffff8b4cd6856000\n"), 2);
}

#define OOPS(comm, release, rax, rbx) \
	"BUG: kernel NULL pointer dereference, address: 0000000000000018\n" \
	"Oops: 0000 [#1] SMP\n" \
	"CPU: 3 PID: 7 Comm: " comm " Not tainted " release " #1\n" \
	"RIP: 0010:f+0x24/0x90 [m]\n" \
	"RAX: " rax " RBX: " rbx "\n" \
	"---[ end trace 0000000000000000 ]---\n"
#define ZERO "0000000000000000"

static void expect_range(bool known, const struct cr2_log_range *range, uint64_t reports, uint64_t min,
			 uint64_t max)
{
	assert_true(known);
	assert_int_equal(range->reports, reports);
	assert_true(range->min == min && range->max == max);
}

static void what_varies_is_kept(void **state)
{
	struct cr2_log_groups *groups = grouped(
		OOPS("cat", "6.1.0", ZERO, "ffff888000000002") OOPS("ls", "6.1.0", ZERO, "ffff888000000001")
		OOPS("cat", "6.1.0", ZERO, "ffff8880"), 0);
	const struct cr2_log_group *group = cr2_log_groups_get(groups, 0);
	struct cr2_log_position first, last;
	struct cr2_log_range range;
	bool known;

	(void)state;
	assert_int_equal(distinct(groups), 1);
	assert_int_equal(cr2_log_group_count(group), 3);
	cr2_log_group_first(group, &first);
	cr2_log_group_last(group, &last);
	assert_int_equal(first.line, 1);
	assert_int_equal(last.line, 13);
	assert_string_equal(last.source, "a.log");
	assert_null(last.when);
	known = cr2_log_group_register(group, CR2_REGISTER_AX, &range);
	expect_range(known, &range, 3, 0, 0);
	/* The last one is cut. */
	known = cr2_log_group_register(group, CR2_REGISTER_BX, &range);
	expect_range(known, &range, 2, 0xffff888000000001, 0xffff888000000002);
	known = cr2_log_group_value(group, CR2_LOG_VALUE_ADDR, &range);
	expect_range(known, &range, 3, 0x18, 0x18);
	assert_false(cr2_log_group_register(group, CR2_REGISTER_CX, &range));
	assert_false(cr2_log_group_value(group, CR2_LOG_VALUE_LINE, &range));
	assert_true(cr2_log_group_varies(group, CR2_LOG_TEXT_COMM));
	assert_false(cr2_log_group_varies(group, CR2_LOG_TEXT_KERNEL));
	assert_string_equal(cr2_log_report_text(cr2_log_group_report(group), CR2_LOG_TEXT_COMM), "cat");
	cr2_log_groups_destroy(groups);
}

static void the_most_frequent_stands_first(void **state)
{
	struct cr2_log_groups *groups = grouped(
		"a[1]: segfault at 0 ip 0000000000401139" SP "error 4 in a[401000+1000]\n"
		"b[1]: segfault at 0 ip 0000000000401139" SP "error 4 in b[401000+1000]\n"
		"c[1]: segfault at 0 ip 0000000000401139" SP "error 4 in c[401000+1000]\n"
		"c[2]: segfault at 0 ip 0000000000401139" SP "error 4 in c[401000+1000]\n", 0);
	const struct cr2_log_group *group;
	char order[8] = {0};

	(void)state;
	for (size_t i = 0; (group = cr2_log_groups_get(groups, i)); i++)
		order[i] = *cr2_log_report_text(cr2_log_group_report(group), CR2_LOG_TEXT_COMM);
	assert_string_equal(order, "cab");
	cr2_log_groups_destroy(groups);
}

/* What is not kept is counted; what is kept goes on being counted. */
static void no_more_than_asked_for_is_kept(void **state)
{
	struct cr2_log_groups *groups = grouped(
		"a[1]: segfault at 0 ip 0000000000401139" SP "error 4 in a[401000+1000]\n"
		"b[1]: segfault at 0 ip 0000000000401139" SP "error 4 in b[401000+1000]\n"
		"b[2]: segfault at 0 ip 0000000000401139" SP "error 4 in b[401000+1000]\n"
		"a[2]: segfault at 0 ip 0000000000401139" SP "error 4 in a[401000+1000]\n", 1);
	struct cr2_log_groups_stats stats;

	(void)state;
	cr2_log_groups_get_stats(groups, &stats);
	assert_int_equal(stats.reports, 4);
	assert_int_equal(stats.distinct, 1);
	assert_int_equal(stats.left_out, 2);
	assert_int_equal(cr2_log_group_count(cr2_log_groups_get(groups, 0)), 2);
	assert_null(cr2_log_groups_get(groups, 1));
	cr2_log_groups_destroy(groups);
	cr2_log_groups_destroy(NULL);
}

/* It is packed: of either group in turn, all is there. */
static void the_first_report_is_kept_whole(void **state)
{
	struct cr2_log_groups *groups = grouped(
		"p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n"
		"BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
		"Oops: 0000 [#1] SMP\nRIP: 0010:f+0x24/0x90 [m]\nRAX: " ZERO " RBX: ffff888000000002\n"
		"Call Trace:\n <TASK>\n g+0x1/0x2\n ? h+0x3/0x4 [m]\n"
		"---[ end trace 0000000000000000 ]---\n", 0);
	const struct cr2_log_group *user = cr2_log_groups_get(groups, 0), *kernel = cr2_log_groups_get(groups, 1);
	uint64_t value;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct cr2_log_report *report = cr2_log_group_report(user);

		assert_string_equal(cr2_log_report_text(report, CR2_LOG_TEXT_OBJECT), "p");
		assert_null(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 0));
		report = cr2_log_group_report(kernel);
		assert_true(cr2_log_report_register(report, CR2_REGISTER_BX, &value));
		assert_true(value == 0xffff888000000002);
		assert_string_equal(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 0)->function, "g");
		assert_string_equal(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 1)->module, "m");
		assert_null(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 2));
	}
	cr2_log_groups_destroy(groups);
}

static void a_packed_report_is_small(void **state)
{
	struct collected collected;
	struct cr2_text packed = {0};

	(void)state;
	collect_string("p[1]: segfault at 0 ip 000055d0c0de1139" SP "error 4 in p[55d0c0de1000+1000]\n", &collected);
	assert_int_equal(collected.n, 1);
	assert_int_equal(log_report_pack(&collected.reports[0], &packed), 0);
	assert_in_range(packed.length, 1, 600);
	cr2_text_finish(&packed);
	collect_finish(&collected);
}

static void config_needs_its_size(void **state)
{
	struct cr2_log_groups *groups;

	(void)state;
	assert_int_equal(cr2_log_groups_create(&(struct cr2_log_groups_config){0}, &groups), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_code_was_loaded_does_not_count),
		cmocka_unit_test(what_differs_is_told_apart),
		cmocka_unit_test(reporters_are_told_apart),
		cmocka_unit_test(offsets_of_core_dumps_are_told_apart),
		cmocka_unit_test(oopses_without_a_place_are_told_apart_by_address),
		cmocka_unit_test(what_varies_is_kept),
		cmocka_unit_test(the_most_frequent_stands_first),
		cmocka_unit_test(no_more_than_asked_for_is_kept),
		cmocka_unit_test(the_first_report_is_kept_whole),
		cmocka_unit_test(a_packed_report_is_small),
		cmocka_unit_test(config_needs_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
