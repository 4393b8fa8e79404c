/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guardian.h"

/* Everything it inherited but its pipe and the lock would keep others' files open. */
static void close_others(int keep, int also)
{
	int low = keep < also ? keep : also, high = keep < also ? also : keep;

	if (low > 0)
		syscall(SYS_close_range, 0, low - 1, 0);
	if (high - low > 1)
		syscall(SYS_close_range, low + 1, high - 1, 0);
	syscall(SYS_close_range, high + 1, ~0U, 0);
}

static void guard(int (*put_back)(const void *data), const void *data, int pipe, int lock)
{
	char byte;

	setsid();
	close_others(pipe, lock);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	syscall(SYS_exit_group, put_back(data) < 0);
}

int guardian_start(struct guardian *guardian, int (*put_back)(const void *data), const void *data, int lock)
{
	sigset_t all, old;
	int ends[2];
	long pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = syscall(SYS_clone, 0, 0, NULL, NULL, 0); /* with no signal at its end */
	if (pid == 0)
		guard(put_back, data, ends[0], lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return -EAGAIN;
	}
	*guardian = (struct guardian){.pid = (pid_t)pid, .pipe = ends[1]};
	return 0;
}

int guardian_end(struct guardian *guardian)
{
	int status = 0;

	if (guardian->pipe < 0)
		return 0;
	close(guardian->pipe);
	guardian->pipe = -1;
	while (waitpid(guardian->pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -EIO : 0;
}
