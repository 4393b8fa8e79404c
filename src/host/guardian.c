/* SPDX-License-Identifier: MIT */
/*
 * The guardian: a small process that puts settings back when its pipe closes, which is at the
 * scenario's end, or when the runner dies however it dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

int host_setting_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	if (fd < 0)
		return r;
	if (write(fd, value, strlen(value)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Returns how many could not be. */
static int put_back(const struct host_list *list)
{
	int failed = 0;

	for (size_t i = list->n; i-- > 0;)
		failed += host_setting_write(list->items[i].path, list->items[i].saved) < 0;
	return failed;
}

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

static void guard(const struct host_list *list, int pipe, int lock)
{
	char byte;

	setsid();
	close_others(pipe, lock);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	syscall(SYS_exit_group, put_back(list));
}

int host_guardian_start(struct host_settings *settings, const struct host_list *list)
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
		guard(list, ends[0], settings->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return -EAGAIN;
	}
	settings->guardian = (pid_t)pid;
	settings->pipe = ends[1];
	return 0;
}

int host_guardian_end(struct host_settings *settings)
{
	int status = 0;

	if (settings->pipe < 0)
		return 0;
	close(settings->pipe);
	settings->pipe = -1;
	while (waitpid(settings->guardian, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -EIO : 0;
}
