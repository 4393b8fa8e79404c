/* SPDX-License-Identifier: MIT */
/*
 * Runs that are killed in the middle leave no process and no setting; where what puts settings back is
 * killed with them, the next run does.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define SETTINGS "/run/cr2/settings"
#define SCENARIO "thp always\nmap m 512 rw\nwrite m\nfork c\nc: write m\nfork d\n"
#define LAST_STEP 5

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

static void run_until_killed(int report)
{
	struct cr2_run run;

	host_run_stepwise(SCENARIO, report_and_wait, &report, &run);
	_exit(1);
}

/* The run is the first process of a PID namespace; this one waits for it. */
static void run_in_namespace(int report)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(1);
	pid = fork();
	if (pid == 0) {
		if (mount("proc", "/proc", "proc", 0, NULL) < 0)
			_exit(1);
		run_until_killed(report);
	}
	close(report);
	waitpid(pid, &status, 0);
	_exit(1);
}

/* Returns when it has got to its last step; skips where it does not come so far. */
static pid_t start(void (*how)(int report))
{
	int ends[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		how(ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		test_skip("there may be no namespaces here");
	}
	close(ends[0]);
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

static bool soon_gone(pid_t pid)
{
	for (int i = 0; i < 1000; i++) {
		if (is_gone(pid))
			return true;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return false;
}

/* The settings as they are; skips where the scenario cannot run. */
static void begin(struct cr2_text *before)
{
	struct cr2_run run;

	if (host_run("thp always\nmap m 1 rw\n", &run) < 0)
		test_skip("%s", run.reason);
	cr2_run_finish(&run);
	host_read_settings(before);
}

static void assert_changed(const struct cr2_text *before)
{
	struct cr2_text now = {0};

	host_peek_settings(&now);
	assert_string_not_equal(now.data, before->data);
	assert_non_null(strstr(now.data, "transparent_hugepage/enabled: always"));
	assert_int_equal(access(SETTINGS, F_OK), 0);
	cr2_text_finish(&now);
}

static void assert_restored(struct cr2_text *before)
{
	struct cr2_text now = {0};

	host_read_settings(&now);
	assert_string_equal(now.data, before->data);
	assert_int_equal(access(SETTINGS, F_OK), -1);
	cr2_text_finish(&now);
	cr2_text_finish(before);
}

/* --- the run alone --- */

static void a_killed_run_leaves_nothing(int signo)
{
	struct cr2_text before = {0};
	pid_t children[8], pid;
	int status;
	size_t n;

	begin(&before);
	pid = start(run_until_killed);
	n = read_children(pid, children, 8);
	assert_int_equal(n, 4); /* parent, c, d, the guardian */
	assert_changed(&before);
	kill(pid, signo);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signo);
	for (size_t i = 0; i < n; i++)
		assert_true(soon_gone(children[i]));
	assert_restored(&before);
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

static void sigint_leaves_nothing(void **state)
{
	(void)state;
	a_killed_run_leaves_nothing(SIGINT);
}

/* --- the guardian, too --- */

static void note_event(void *data, const struct cr2_settings_event *event)
{
	*(struct cr2_settings_event *)data = *event;
}

/* A run that changes nothing itself, and what it says. */
static struct cr2_settings_event run_next(void)
{
	struct cr2_settings_event event = {.news = CR2_SETTINGS_TAKEN};
	const struct cr2_settings_watch watch = {.tell = note_event, .data = &event};
	static const char text[] = "map m 1 rw\n";
	struct cr2_litmus litmus;
	struct cr2_runner *runner;
	struct cr2_diag diag;
	struct cr2_run run;

	assert_int_equal(cr2_litmus_parse("t", text, strlen(text), &litmus, &diag), 0);
	assert_int_equal(host_create_deriving(&runner), 0);
	assert_int_equal(cr2_runner_host_watch(runner, &watch), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &run), 0);
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return event;
}

static void assert_next_restores(struct cr2_text *before, pid_t pid)
{
	struct cr2_settings_event event;

	assert_changed(before);
	event = run_next();
	assert_int_equal(event.news, CR2_SETTINGS_RESTORED);
	assert_int_equal(event.pid, pid);
	assert_true(event.restored > 0);
	assert_int_equal(event.others, 0);
	assert_restored(before);
	event = run_next();
	assert_int_equal(event.news, CR2_SETTINGS_TAKEN); /* nothing is said */
}

static void the_next_run_restores(void **state)
{
	struct cr2_text before = {0};
	pid_t children[8], pid;
	size_t n;

	(void)state;
	begin(&before);
	pid = start(run_until_killed);
	n = read_children(pid, children, 8);
	kill(pid, SIGSTOP);
	for (size_t i = 0; i < n; i++)
		kill(children[i], SIGKILL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (size_t i = 0; i < n; i++)
		assert_true(soon_gone(children[i]));
	assert_next_restores(&before, pid);
}

/* The death of its first process is everybody's. */
static void a_namespace_that_ends(void **state)
{
	struct cr2_text before = {0};
	pid_t pid, first = 0;

	(void)state;
	begin(&before);
	pid = start(run_in_namespace);
	assert_int_equal(read_children(pid, &first, 1), 1);
	kill(first, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_next_restores(&before, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sigkill_leaves_nothing),
		cmocka_unit_test(sigterm_leaves_nothing),
		cmocka_unit_test(sigint_leaves_nothing),
		cmocka_unit_test(the_next_run_restores),
		cmocka_unit_test(a_namespace_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
