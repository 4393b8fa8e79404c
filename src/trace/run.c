/* SPDX-License-Identifier: MIT */
/* Starts a program so that its faults are traced from its first instruction on. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cr2/trace.h>

/* In the child: waits until it is followed, then becomes the program. Only returns to _exit(). */
static void become(char **argv, int go, int failed)
{
	int error;
	char byte;

	/* The parent ignores them while it waits; the program is to be interrupted as ever. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (read(go, &byte, 1) == 1) {
		execvp(argv[0], argv);
		error = errno;
		if (write(failed, &error, sizeof(error)) < 0)
			_exit(126);
	}
	_exit(127);
}

int cr2_trace_run(struct cr2_trace *trace, char **argv, int *ret_pid)
{
	int go[2], failed[2], error = 0, r;
	pid_t pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(failed, O_CLOEXEC) < 0) {
		r = -errno;
		goto close_go;
	}
	pid = fork();
	if (pid == 0)
		become(argv, go[0], failed[1]);
	r = pid < 0 ? -errno : trace ? cr2_trace_follow(trace, (uint64_t)pid, true) : 0;
	close(failed[1]);
	failed[1] = -1;
	if (r == 0 && write(go[1], "", 1) != 1)
		r = -errno;
	close(go[1]);
	go[1] = -1;
	if (r == 0 && read(failed[0], &error, sizeof(error)) == (ssize_t)sizeof(error))
		r = -error;
	if (r < 0 && pid > 0)
		waitpid(pid, NULL, 0);
	if (r == 0)
		*ret_pid = (int)pid;
	close(failed[0]);
	if (failed[1] >= 0)
		close(failed[1]);
close_go:
	close(go[0]);
	if (go[1] >= 0)
		close(go[1]);
	return r;
}
