/* SPDX-License-Identifier: MIT */
/*
 * Every setting of tables/setting.def that this machine has is held at another value, and is what it
 * was before when it is released and when whoever holds it is killed.
 */
#include <glob.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cr2/settings.h>
#include <host/setting.h>

#include "host.h"

/* The first is wanted, the second where the setting is that already. */
static const char *const values[CR2_SETTING_COUNT][2] = {
	[CR2_SETTING_THP] = {"never", "madvise"},
	[CR2_SETTING_THP_DEFRAG] = {"never", "madvise"},
	[CR2_SETTING_THP_ZERO_PAGE] = {"0", "1"},
	[CR2_SETTING_THP_SIZES] = {"never", "inherit"},
	[CR2_SETTING_SHMEM_THP] = {"advise", "never"},
	[CR2_SETTING_SHMEM_THP_SIZES] = {"never", "inherit"},
	[CR2_SETTING_KHUGEPAGED_SLEEP] = {"4294967295", "60000"},
	[CR2_SETTING_KHUGEPAGED_NONE] = {"0", "7"},
	[CR2_SETTING_FAULT_AROUND] = {"16384", "8192"},
	[CR2_SETTING_PAGE_CLUSTER] = {"0", "2"},
	[CR2_SETTING_HUGETLB] = {"2", "1"},
	[CR2_SETTING_HUGETLB_MORE] = {"1", "0"},
	/* A page is not had wherever one asks for it, and none beyond the pool at all (EINVAL). */
	[CR2_SETTING_GIGANTIC] = {"0", "0"},
	[CR2_SETTING_GIGANTIC_MORE] = {"0", "0"},
	[CR2_SETTING_ZSWAP] = {"N", "Y"},
	[CR2_SETTING_NUMA] = {"0", "1"},
	[CR2_SETTING_NUMA_DELAY] = {"2000", "1000"},
	[CR2_SETTING_NUMA_PERIOD_MIN] = {"2000", "1000"},
	[CR2_SETTING_NUMA_PERIOD_MAX] = {"50000", "60000"},
	[CR2_SETTING_NUMA_SIZE] = {"128", "256"},
	[CR2_SETTING_KSM_RUN] = {"2", "0"}, /* it merges nothing so */
	[CR2_SETTING_KSM_PAGES] = {"200", "100"},
	[CR2_SETTING_KSM_SLEEP] = {"200", "20"},
	[CR2_SETTING_KSM_SMART] = {"0", "1"},
	[CR2_SETTING_KSM_ZERO] = {"1", "0"},
};

static struct cr2_setting wanted[48];
static size_t n_wanted;

/* The kernel keeps as many pages as it promised to others, whatever one asks for. */
static bool is_promised(enum cr2_setting_id id)
{
	char pages[32] = "0";

	return id == CR2_SETTING_HUGETLB &&
	       setting_read("/sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", pages, sizeof(pages)) >= 0 &&
	       strcmp(pages, "0") != 0;
}

static void want(enum cr2_setting_id id, const char *path)
{
	struct cr2_setting *setting = &wanted[n_wanted];
	char now[sizeof(setting->value)];

	if (setting_read(path, now, sizeof(now)) < 0 || is_promised(id)) {
		print_message("# not here, or used by others: %s\n", path);
		return;
	}
	n_wanted++;
	assert_true(n_wanted < CR2_ARRAY_SIZE(wanted));
	snprintf(setting->path, sizeof(setting->path), "%s", path);
	snprintf(setting->value, sizeof(setting->value), "%s",
		 values[id][strcmp(now, values[id][0]) == 0]);
}

/* All that are here; with the lock free, so that nobody has them changed. */
static void want_all(struct cr2_text *before)
{
	host_traits(); /* skips where nothing can run */
	host_read_settings(before);
	n_wanted = 0;
	for (enum cr2_setting_id id = 0; id < CR2_SETTING_COUNT; id++) {
		glob_t found;

		assert_non_null(values[id][0]);
		/* What is in no folder may lie in a file system that is not mounted. */
		assert_int_equal(glob(cr2_setting_pattern(id), GLOB_NOCHECK, NULL, &found), 0);
		for (size_t i = 0; i < found.gl_pathc; i++)
			want(id, found.gl_pathv[i]);
		globfree(&found);
	}
}

static struct cr2_held_settings *hold(void)
{
	struct cr2_held_settings *held;
	struct cr2_text reason = {0};

	if (cr2_settings_hold(wanted, n_wanted, NULL, &held, &reason) < 0)
		fail_msg("%s", reason.data);
	cr2_text_finish(&reason);
	return held;
}

static void assert_held(void)
{
	for (size_t i = 0; i < n_wanted; i++) {
		char now[sizeof(wanted[i].value)];

		assert_int_equal(setting_read(wanted[i].path, now, sizeof(now)), 0);
		if (strcmp(now, wanted[i].value) != 0)
			fail_msg("%s is %s, not %s", wanted[i].path, now, wanted[i].value);
	}
}

static void assert_put_back(struct cr2_text *before)
{
	struct cr2_text now = {0};

	host_read_settings(&now);
	assert_string_equal(now.data, before->data);
	cr2_text_finish(&now);
	cr2_text_finish(before);
}

static void released(void **state)
{
	struct cr2_text before = {0};
	struct cr2_held_settings *held;

	(void)state;
	want_all(&before);
	held = hold();
	assert_held();
	assert_int_equal(cr2_settings_release(held), 0);
	assert_put_back(&before);
}

static void killed(void **state)
{
	struct cr2_text before = {0};
	int ends[2];
	char byte;
	pid_t pid;

	(void)state;
	want_all(&before);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		hold();
		if (write(ends[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	assert_held();
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_put_back(&before); /* with the lock, which the guardian keeps until it has done so */
}

/* In a namespace without debugfs; the exit code: 0, 77 where it cannot be set here, 1. */
static int hold_unmounted(void)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_FAULT_AROUND);
	struct cr2_held_settings *held;
	char before[32], now[32];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	umount2("/sys/kernel/debug", MNT_DETACH);
	if (setting_read(path, before, sizeof(before)) < 0)
		return 77;
	n_wanted = 0;
	want(CR2_SETTING_FAULT_AROUND, path);
	held = hold();
	if (access(path, F_OK) == 0 || setting_read(path, now, sizeof(now)) < 0 ||
	    strcmp(now, wanted[0].value) != 0)
		return 1;
	if (cr2_settings_release(held) < 0 || setting_read(path, now, sizeof(now)) < 0)
		return 1;
	return strcmp(before, now) != 0;
}

static void held_where_debugfs_is_not_mounted(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	host_traits();
	pid = fork();
	if (pid == 0)
		_exit(hold_unmounted());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("fault-around cannot be set here, or no mount namespace made");
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(released),
		cmocka_unit_test(killed),
		cmocka_unit_test(held_where_debugfs_is_not_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
