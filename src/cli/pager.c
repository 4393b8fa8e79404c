/* SPDX-License-Identifier: MIT */
/* The pager: a child that reads what we print, and outlives our last line. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "pager.h"

#define DEFAULT "less -FRX" /* ends where all fits, passes colours on, leaves the text there */

extern char **environ;

static struct {
	bool refused;
	volatile sig_atomic_t pid, owner;
	int stderr_before; /* -1: it does not lead to the pager */
} pager;

static const char *command(void)
{
	const char *own = getenv("CR2_PAGER"), *common = getenv("PAGER");

	return own ? own : common ? common : DEFAULT;
}

/* Is the command's first word a program in PATH? What a shell would have to expand may be. */
static bool can_run(const char *words)
{
	size_t n = strcspn(words, " \t");
	char *path = strdup(getenv("PATH") ? getenv("PATH") : ""), *rest = path, *folder;
	bool found = strcspn(words, "/$`'\"\\;&|<>(){}*?[]~=") < n;

	while (!found && (folder = strsep(&rest, ":"))) {
		struct cr2_text file = {0};

		found = cr2_text_printf(&file, "%s/%.*s", folder, (int)n, words) == 0 &&
			access(file.data, X_OK) == 0;
		cr2_text_finish(&file);
	}
	free(path);
	return found;
}

bool pager_wanted(void)
{
	const char *words = command();

	return !pager.refused && *words && strcmp(words, "cat") != 0 && can_run(words);
}

void pager_refuse(void)
{
	pager.refused = true;
}

bool pager_runs(void)
{
	return pager.pid > 0;
}

/* Without us the pager goes on reading keys beside the shell: it ends first. */
static void on_signal(int signo)
{
	if (pager.owner == getpid()) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		waitpid(pager.pid, NULL, 0);
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

static void catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(signals); i++)
		if (signal(signals[i], on_signal) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

static pid_t spawn(int input)
{
	char *argv[] = {"sh", "-c", (char *)command(), NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : -1;
}

bool pager_start(void)
{
	int ends[2];
	pid_t pid;

	setenv("LESS", "FRX", 0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid = spawn(ends[0]);
	close(ends[0]);
	if (pid > 0) {
		pager.pid = pid;
		pager.owner = getpid();
		catch_signals();
		dup2(ends[1], STDOUT_FILENO);
		pager.stderr_before = isatty(STDERR_FILENO) ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
		if (pager.stderr_before >= 0)
			dup2(ends[1], STDERR_FILENO);
		atexit(pager_end);
	}
	close(ends[1]);
	return pid > 0;
}

void pager_end(void)
{
	int status;

	if (pager.pid <= 0 || pager.owner != getpid())
		return;
	fflush(stdout);
	close(STDOUT_FILENO);
	if (pager.stderr_before >= 0)
		dup2(pager.stderr_before, STDERR_FILENO);
	waitpid(pager.pid, &status, 0);
	pager.pid = 0;
}
