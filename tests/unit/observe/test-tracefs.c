/* SPDX-License-Identifier: MIT */
/* tracefs is found, with every way there is, and nothing becomes visible by it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <observe/tracefs.h>

#include "../test.h"

#define EVENT "events/exceptions/page_fault_user/id"

static unsigned count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void finds_events(int (*way)(void))
{
	unsigned before = count_mounts();
	int fd = way();

	if (fd == -EPERM)
		test_skip("tracefs takes root");
	if (fd < 0)
		test_skip("no tracefs here: %s", strerror(-fd));
	assert_int_equal(faccessat(fd, EVENT, R_OK, 0), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(count_mounts(), before);
	close(fd);
}

static void by_whatever_works(void **state)
{
	(void)state;
	finds_events(tracefs_open);
}

static void in_a_namespace_of_its_own(void **state)
{
	(void)state;
	finds_events(tracefs_open_in_namespace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_whatever_works),
		cmocka_unit_test(in_a_namespace_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
