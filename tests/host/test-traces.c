/* SPDX-License-Identifier: MIT */
/* A run leaves nothing behind: no process, no open file, no setting, however it ends. */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define SCENARIO "thp always\nmap m 512 rw\nwrite m\nfork c\nc: write m\nfork d\n"
#define LAST_STEP 5

/* --- what is watched --- */

static const char *const settings[] = {
	THP "enabled", THP "defrag", THP "use_zero_page", THP "khugepaged/scan_sleep_millisecs",
};

struct snapshot {
	char values[CR2_ARRAY_SIZE(settings)][128];
};

static void read_settings(struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {0};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(settings); i++) {
		FILE *file = fopen(settings[i], "re");

		if (!file)
			test_skip("%s: this kernel lacks it", settings[i]);
		if (!fgets(snapshot.values[i], sizeof(snapshot.values[i]), file))
			fail();
		fclose(file);
	}
	*ret_snapshot = snapshot;
}

static int count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The children of a process, zombies included. Returns how many. */
static size_t read_children(pid_t pid, pid_t *children, size_t max)
{
	char path[64];
	FILE *file;
	size_t n = 0;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (n < max && fscanf(file, "%d", &child) == 1)
		children[n++] = child;
	fclose(file);
	return n;
}

/* --- runs that end by themselves --- */

static void nothing_is_left_after_a_run(void **state)
{
	struct snapshot before, after;
	cpu_set_t cpus_before, cpus_after;
	struct cr2_run run;
	pid_t children[8];
	int files;

	(void)state;
	if (host_run("map m 1 rw\n", &run) == 0)
		cr2_run_finish(&run);
	read_settings(&before);
	files = count_files();
	sched_getaffinity(0, sizeof(cpus_before), &cpus_before);
	assert_int_equal(host_run(SCENARIO "file f 3\nmap f 3 rw f\nwrite f\n", &run), 0);
	assert_int_equal(run.n_failures, 0);
	cr2_run_finish(&run);
	sched_getaffinity(0, sizeof(cpus_after), &cpus_after);
	read_settings(&after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(count_files(), files);
	assert_int_equal(read_children(getpid(), children, 8), 0);
	assert_true(CPU_EQUAL(&cpus_before, &cpus_after));
}

/* --- runs that are killed --- */

/* At its last step it reports, then waits to be killed. */
static int report_and_wait(void *data, const struct cr2_step *step)
{
	if (step->number == LAST_STEP && step->observation) {
		if (write(*(int *)data, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	return 0;
}

static pid_t start_run(int *ret_report)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct cr2_run run;

		host_run_stepwise(SCENARIO, report_and_wait, &ends[1], &run);
		_exit(1);
	}
	close(ends[1]);
	*ret_report = ends[0];
	return pid;
}

/* A process that nobody has waited for yet is as good as gone. */
static bool is_gone(pid_t pid)
{
	char path[64], text[512], *end;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return true;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	end = strrchr(text, ')');
	return !end || end[2] == 'Z' || end[2] == 'X';
}

static bool soon(bool (*holds)(const void *), const void *data)
{
	for (int i = 0; i < 1000; i++) {
		if (holds(data))
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return false;
}

static bool pid_is_gone(const void *data)
{
	return is_gone(*(const pid_t *)data);
}

static bool settings_are(const void *data)
{
	struct snapshot now;

	read_settings(&now);
	return memcmp(data, &now, sizeof(now)) == 0;
}

static void a_killed_run_leaves_nothing(int signo)
{
	struct snapshot before, during;
	pid_t children[8], pid;
	struct cr2_run run;
	int report, status;
	size_t n;
	char byte;

	if (host_run("thp always\nmap m 1 rw\n", &run) < 0)
		test_skip("%s", run.reason);
	cr2_run_finish(&run);
	read_settings(&before);
	pid = start_run(&report);
	assert_int_equal(read(report, &byte, 1), 1);
	n = read_children(pid, children, 8);
	/* parent, c, d; and the one that restores settings, where there are some to restore. */
	assert_in_range(n, 3, 4);
	read_settings(&during);
	assert_non_null(strstr(during.values[0], "[always]"));
	kill(pid, signo);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signo);
	for (size_t i = 0; i < n; i++)
		assert_true(soon(pid_is_gone, &children[i]));
	assert_true(soon(settings_are, &before));
	close(report);
}

static void sigkill_leaves_nothing(void **state)
{
	(void)state;
	a_killed_run_leaves_nothing(SIGKILL);
}

static void sigterm_leaves_nothing(void **state)
{
	(void)state;
	a_killed_run_leaves_nothing(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_after_a_run),
		cmocka_unit_test(sigkill_leaves_nothing),
		cmocka_unit_test(sigterm_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
