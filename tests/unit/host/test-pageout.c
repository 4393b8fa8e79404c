/* SPDX-License-Identifier: MIT */
/* Whose pages a scenario pages out: memory's, or only files'. */
#include <cr2/litmus.h>

#include <host/pageout.h>

#include "../test.h"

enum { NOTHING, FILES, MEMORY };

static int what(const char *text)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	int found;

	if (cr2_litmus_parse("t", text, strlen(text), &litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
	found = host_pages_out_memory(&litmus) ? MEMORY : host_pages_out(&litmus) ? FILES : NOTHING;
	if (found == MEMORY)
		assert_true(host_pages_out(&litmus));
	cr2_litmus_finish(&litmus);
	return found;
}

static void nothing(void **state)
{
	(void)state;
	assert_int_equal(what("map m 1 rw\nwrite m\nadvise m cold\n"), NOTHING);
}

static void files(void **state)
{
	(void)state;
	assert_int_equal(what("file f 1\nmap m 1 rw shared f\nadvise m pageout\n"), FILES);
	assert_int_equal(what("file f 1\nmap m 1 r private f\nadvise m pageout\n"), FILES);
	/* memory is there, but not paged out */
	assert_int_equal(what("file f 1\nmap m 1 r f\nmap n 1 rw\nadvise m pageout\n"), FILES);
	/* a shared page stays the file's, whatever is allowed */
	assert_int_equal(what("file f 1\nmap m 1 r shared f\nprotect m rw\nadvise m pageout\n"), FILES);
}

static void memory(void **state)
{
	(void)state;
	assert_int_equal(what("map m 1 rw\nadvise m pageout\n"), MEMORY);
	assert_int_equal(what("shmem f 1\nmap m 1 r shared f\nadvise m pageout\n"), MEMORY);
	assert_int_equal(what("file f 1\nmap m 1 rw private f\nadvise m pageout\n"), MEMORY);
	assert_int_equal(what("file f 1\nmap m 1 r private f\nprotect m rw\nadvise m pageout\n"), MEMORY);
	/* what covers a part of a file's mapping */
	assert_int_equal(what("file f 2\nmap m 2 r f\nmap n 1 rw at m@1\nadvise m pageout\n"), MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(files),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
