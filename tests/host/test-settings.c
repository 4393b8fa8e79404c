/* SPDX-License-Identifier: MIT */
/* The folder of settings: its lock, and the file that a killed run leaves there. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define LOCK "/run/cr2/lock"
#define FILE_NAME "/run/cr2/settings"
#define CHANGES "thp always\nmap m 1 rw\nwrite m\n"
#define RELIES_ON_NOTHING "map m 1 rw\nwrite m\n"

/* A run with a watch. Returns what cr2_litmus_run() does. */
static int run_watched(const char *text, const struct cr2_settings_watch *watch,
		       struct cr2_run *ret_run)
{
	struct cr2_litmus litmus;
	struct cr2_runner *runner;
	struct cr2_diag diag;
	int r;

	assert_int_equal(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag), 0);
	assert_int_equal(host_create_deriving(&runner), 0);
	assert_int_equal(cr2_runner_host_watch(runner, watch), 0);
	r = cr2_litmus_run(&litmus, runner, NULL, NULL, ret_run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return r;
}

/* Skips where settings cannot be changed; leaves the folder behind. */
static void need_settings(void)
{
	struct cr2_run run;

	if (host_run(CHANGES, &run) < 0)
		test_skip("%s", run.reason);
	cr2_run_finish(&run);
}

/* --- the lock --- */

static pid_t hold_lock(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int lock = open(LOCK, O_RDONLY);

		if (lock < 0 || flock(lock, LOCK_EX) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void the_lock_is_roots_alone(void **state)
{
	struct stat info;

	(void)state;
	need_settings();
	assert_int_equal(stat("/run/cr2", &info), 0);
	assert_int_equal(info.st_mode, S_IFDIR | 0700);
	assert_int_equal(info.st_uid, 0);
	assert_int_equal(stat(LOCK, &info), 0);
	assert_int_equal(info.st_mode, S_IFREG | 0600);
}

static void a_run_that_relies_on_nothing_needs_no_lock(void **state)
{
	struct cr2_run run;
	pid_t holder;

	(void)state;
	need_settings();
	holder = hold_lock();
	assert_int_equal(run_watched(RELIES_ON_NOTHING, NULL, &run), 0);
	cr2_run_finish(&run);
	assert_int_equal(waitpid(holder, NULL, WNOHANG), 0); /* it was not waited for */
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

struct wait {
	pid_t holder;
	int told, taken, pid;
};

/* As soon as it is said whom the run waits for, that one ends. */
static void end_holder(void *data, const struct cr2_settings_event *event)
{
	struct wait *wait = data;

	if (event->news == CR2_SETTINGS_TAKEN)
		wait->taken++;
	if (event->news != CR2_SETTINGS_WAITING)
		return;
	wait->told++;
	wait->pid = event->pid;
	kill(wait->holder, SIGKILL);
}

static void a_run_says_whom_it_waits_for(void **state)
{
	struct wait wait = {0};
	const struct cr2_settings_watch watch = {.tell = end_holder, .data = &wait};
	struct cr2_run run;

	(void)state;
	need_settings();
	wait.holder = hold_lock();
	assert_int_equal(run_watched(CHANGES, &watch, &run), 0);
	cr2_run_finish(&run);
	assert_int_equal(wait.told, 1);
	assert_int_equal(wait.taken, 1);
	assert_int_equal(wait.pid, wait.holder);
	waitpid(wait.holder, NULL, 0);
}

/* --- the file --- */

static char boot[40];

/* In a namespace where /run is empty: what is put there can harm nobody. */
static void with_own_run(void (*test)(void))
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int status;
	pid_t pid;

	need_settings();
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%39s", boot), 1);
	fclose(file);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("none", "/run", "tmpfs", 0, "mode=755") < 0)
			_exit(77);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("there may be no namespaces here");
	assert_int_equal(status, 0);
}

/* In the namespace cmocka's assertions have nowhere to go. */
#define check(condition) \
	do { \
		if (!(condition)) { \
			print_message("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

static void put_file(const char *text)
{
	int fd;

	mkdir("/run/cr2", 0700);
	unlink(FILE_NAME);
	fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_EXCL, 0600);
	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Returns what the run does; it says so in reason. */
static int run_next(char reason[512])
{
	struct cr2_run run;
	int r = run_watched(RELIES_ON_NOTHING, NULL, &run);

	snprintf(reason, 512, "%s", r < 0 && run.reason ? run.reason : "");
	cr2_run_finish(&run);
	return r;
}

static void expect_damaged(void)
{
	char reason[512];

	check(run_next(reason) == -EBADMSG);
	check(strstr(reason, FILE_NAME) && strstr(reason, "damaged") && !strchr(reason, '\n'));
	check(faccessat(AT_FDCWD, FILE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}

static void put_items(const char *boot_id, const char *path, const char *saved, const char *now)
{
	char text[512];

	snprintf(text, sizeof(text), "boot %s pid 7\n%s %s %s\nend\n", boot_id, path, saved, now);
	put_file(text);
}

static void damaged(void)
{
	char reason[512], path[64] = "/run/victim";

	put_file("boot\n");
	expect_damaged();
	put_items(boot, path, "a", "b"); /* not a setting */
	expect_damaged();
	check(access(path, F_OK) < 0);
	put_items(boot, "/proc/sys/vm/page-cluster", "3", "0");
	check(chmod(FILE_NAME, 0644) == 0);
	expect_damaged();
	check(unlink(FILE_NAME) == 0 && symlink(path, FILE_NAME) == 0);
	expect_damaged();
	check(unlink(FILE_NAME) == 0 && chmod("/run/cr2", 0755) == 0);
	put_file("");
	check(run_next(reason) == -EPERM && strstr(reason, "not root's alone"));
}

static void a_damaged_file_is_named(void **state)
{
	(void)state;
	with_own_run(damaged);
}

/* page-cluster says neither 77 nor 88: somebody has set it since, or the machine has been started. */
static void outdated(void)
{
	char reason[512];

	put_items("00000000-0000-0000-0000-000000000000", "/proc/sys/vm/page-cluster", "1", "2");
	check(run_next(reason) == 0 && access(FILE_NAME, F_OK) < 0);
	put_items(boot, "/proc/sys/vm/page-cluster", "77", "88");
	check(run_next(reason) == 0 && access(FILE_NAME, F_OK) < 0);
	put_file(""); /* as a crash leaves it */
	check(run_next(reason) == 0 && access(FILE_NAME, F_OK) < 0);
}

static void an_outdated_file_is_dropped(void **state)
{
	struct cr2_text before = {0}, after = {0};

	(void)state;
	host_read_settings(&before);
	with_own_run(outdated);
	host_read_settings(&after);
	assert_string_equal(after.data, before.data);
	cr2_text_finish(&before);
	cr2_text_finish(&after);
}

static void note_unsaved(void *data, const struct cr2_settings_event *event)
{
	*(bool *)data = event->news == CR2_SETTINGS_UNSAVED && event->why;
}

static void unwritable(void)
{
	bool told = false;
	const struct cr2_settings_watch watch = {.tell = note_unsaved, .data = &told};
	struct cr2_run run;

	check(mount("none", "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	check(run_watched(CHANGES, &watch, &run) == 0);
	check(told);
	cr2_run_finish(&run);
}

static void without_the_folder_a_run_says_so(void **state)
{
	(void)state;
	with_own_run(unwritable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lock_is_roots_alone),
		cmocka_unit_test(a_run_that_relies_on_nothing_needs_no_lock),
		cmocka_unit_test(a_run_says_whom_it_waits_for),
		cmocka_unit_test(a_damaged_file_is_named),
		cmocka_unit_test(an_outdated_file_is_dropped),
		cmocka_unit_test(without_the_folder_a_run_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
