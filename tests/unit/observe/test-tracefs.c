/* SPDX-License-Identifier: MIT */
/* tracefs is found, with every way there is, and nothing becomes visible by it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
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

/* 0: nobody, where nothing is mounted, hears of rights and not of a file that is absent. */
static int open_as_nobody(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	     mount(NULL, "/sys", NULL, MS_PRIVATE, NULL) < 0))
		return 77;
	umount2("/sys/kernel/tracing", MNT_DETACH);
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return 77;
	return tracefs_open() != -EPERM;
}

static void without_rights(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		test_skip("only root has rights to lose");
	pid = fork();
	if (pid == 0)
		_exit(open_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("no mount namespace of one's own can be made here");
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_whatever_works),
		cmocka_unit_test(in_a_namespace_of_its_own),
		cmocka_unit_test(without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
