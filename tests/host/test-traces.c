/* SPDX-License-Identifier: MIT */
/* A run leaves nothing behind: no process, no open file. (Settings: host.c, at every run.) */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "host.h"

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

/* Of this process, zombies included. */
static bool has_children(void)
{
	char path[64];
	FILE *file;
	bool any;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	any = fscanf(file, "%d", &child) == 1;
	fclose(file);
	return any;
}

static void nothing_is_left_after_a_run(void **state)
{
	cpu_set_t cpus_before, cpus_after;
	struct cr2_run run;
	int files, r;

	(void)state;
	if (host_run("map m 1 rw\n", &run) == 0)
		cr2_run_finish(&run);
	files = count_files();
	sched_getaffinity(0, sizeof(cpus_before), &cpus_before);
	r = host_run("thp always\nmap m 512 rw\nwrite m\nfork c\nc: write m\nfork d\n"
		     "file f 3\nmap f 3 rw f\nwrite f\n", &run);
	host_skip_if_refused(r, &run);
	assert_int_equal(r, 0);
	assert_int_equal(run.n_failures, 0);
	cr2_run_finish(&run);
	sched_getaffinity(0, sizeof(cpus_after), &cpus_after);
	assert_int_equal(count_files(), files);
	assert_false(has_children());
	assert_true(CPU_EQUAL(&cpus_before, &cpus_after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_after_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
