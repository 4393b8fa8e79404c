/* SPDX-License-Identifier: MIT */
/* Page states whose tokens are known. */
#include <stdlib.h>

#include "host.h"

static void expect_tokens(const struct cr2_run *run, unsigned step, const char *process,
			  const char *mapping, const char *tokens)
{
	const char *seen = host_tokens(run, step, process, mapping);

	if (strcmp(seen, tokens) != 0)
		fail_msg("step %u, %s.%s: wanted '%s', got '%s'", step, process, mapping, tokens, seen);
}

static void run(const char *text, struct cr2_run *ret_run)
{
	if (host_run(text, ret_run) < 0)
		fail_msg("line %u: %s", ret_run->reason_line, ret_run->reason);
}

static void anonymous_pages(void **state)
{
	struct cr2_run r;

	(void)state;
	run("map m 3 rw\n"
	    "write m@1\n"
	    "unmap m@2\n"
	    "fork c\n"
	    "c: write m@1\n"
	    "advise m@1 dontneed\n"
	    "write m@1\n", &r);
	expect_tokens(&r, 1, "parent", "m", "-*3");
	expect_tokens(&r, 3, "parent", "m", "- a1 !");
	expect_tokens(&r, 4, "parent", "m", "- a1/2 !");
	expect_tokens(&r, 4, "c", "m", "- a1/2 !");
	expect_tokens(&r, 5, "parent", "m", "- a1 !");
	expect_tokens(&r, 5, "c", "m", "- a2 !");
	expect_tokens(&r, 6, "parent", "m", "-*2 !");
	expect_tokens(&r, 7, "parent", "m", "- a3 !"); /* never a1 again */
	cr2_run_finish(&r);
}

static void what_is_only_read(void **state)
{
	bool own = host_traits() & CR2_TRAIT(NO_ZERO_PAGE);
	struct cr2_run r;

	(void)state;
	run("map m 2 rw\n"
	    "read m@1\n"
	    "write m@1\n", &r);
	expect_tokens(&r, 2, "parent", "m", own ? "- a1" : "- z");
	expect_tokens(&r, 3, "parent", "m", "- a1");
	cr2_run_finish(&r);
}

/* The allocator gives the frame just freed out again: the page must not be taken for the old. */
static void replaced_pages_are_new(void **state)
{
	struct cr2_run r;

	(void)state;
	run("map m 2 rw populate\n"
	    "map n 2 rw at m@0 populate\n"
	    "map o 2 rw at m@0 populate\n", &r);
	expect_tokens(&r, 1, "parent", "m", "a1 a2");
	expect_tokens(&r, 2, "parent", "m", "a3 a4");
	expect_tokens(&r, 2, "parent", "n", "a3 a4");
	expect_tokens(&r, 3, "parent", "m", "a5 a6");
	cr2_run_finish(&r);
}

static void moved_pages_stay_themselves(void **state)
{
	struct cr2_run r;

	(void)state;
	run("map m 2 rw populate\n"
	    "map w 1 rw at m@2\n"
	    "remap m 4\n"
	    "write m@2\n", &r);
	expect_tokens(&r, 1, "parent", "m", "a1 a2");
	expect_tokens(&r, 3, "parent", "m", "a1 a2 -*2");
	expect_tokens(&r, 4, "parent", "m", "a1..a3 -");
	cr2_run_finish(&r);
}

static void shared_memory_keeps_its_pages_until_removed(void **state)
{
	struct cr2_run r;

	(void)state;
	run("map m 2 rw shared anon\n"
	    "write m@0..1\n"
	    "advise m dontneed\n"
	    "read m@1\n"
	    "advise m@1 remove\n"
	    "write m@1\n", &r);
	expect_tokens(&r, 3, "parent", "m", "a1 a2");
	expect_tokens(&r, 4, "parent", "m", "-*2");
	if (strcmp(host_tokens(&r, 5, "parent", "m"), "a1 a2") != 0)
		expect_tokens(&r, 5, "parent", "m", "- a2"); /* mapped around, or not */
	assert_non_null(strstr(host_tokens(&r, 7, "parent", "m"), "a3"));
	cr2_run_finish(&r);
}

static void files_show_their_pages(void **state)
{
	struct cr2_run r;

	(void)state;
	run("fault_around 16\n"
	    "file f 64\n"
	    "map m 20 rw f@10\n"
	    "read m@0\n"
	    "write m@0\n"
	    "map s 64 rw shared f\n"
	    "read s@40\n", &r);
	expect_tokens(&r, 3, "parent", "m", "f:10 f:11 f:12 f:13 f:14 f:15 f:16 f:17 f:18 f:19 f:20 "
		      "f:21 f:22 f:23 f:24 f:25 -*4");
	expect_tokens(&r, 4, "parent", "m", "a1 f:11 f:12 f:13 f:14 f:15 f:16 f:17 f:18 f:19 f:20 f:21 "
		      "f:22 f:23 f:24 f:25 -*4");
	expect_tokens(&r, 6, "parent", "s", "-*32 f:32 f:33 f:34 f:35 f:36 f:37 f:38 f:39 f:40 f:41 "
		      "f:42 f:43 f:44 f:45 f:46 f:47 -*16");
	cr2_run_finish(&r);
}

static void locked_pages_come_at_once(void **state)
{
	struct cr2_run r;

	(void)state;
	run("map m 3 rw\n"
	    "lock m@0..1\n"
	    "fork c\n", &r);
	expect_tokens(&r, 2, "parent", "m", "a1 a2 -");
	expect_tokens(&r, 3, "c", "m", "a1/2 a2/2 -");
	cr2_run_finish(&r);
}

/* The same again, many times on one runner: ids, files and processes start anew. */
static void runs_repeat(void **state)
{
	static const char text[] = "file f 4\nmap m 4 rw f\nwrite m@0\nfork c\nc: write m@0\nc: exit\n";
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	struct cr2_run r;

	(void)state;
	run(text, &r); /* skips where it must */
	cr2_run_finish(&r);
	assert_int_equal(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag), 0);
	assert_int_equal(host_create_deriving(&runner), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &r), 0);
		assert_non_null(strstr(host_tokens(&r, 3, "parent", "m"), "a1 "));
		assert_non_null(strstr(host_tokens(&r, 5, "c", "m"), "a2 "));
		cr2_run_finish(&r);
	}
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anonymous_pages),
		cmocka_unit_test(what_is_only_read),
		cmocka_unit_test(replaced_pages_are_new),
		cmocka_unit_test(moved_pages_stay_themselves),
		cmocka_unit_test(shared_memory_keeps_its_pages_until_removed),
		cmocka_unit_test(files_show_their_pages),
		cmocka_unit_test(locked_pages_come_at_once),
		cmocka_unit_test(runs_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
