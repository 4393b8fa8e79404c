/* SPDX-License-Identifier: MIT */
/*
 * A run for cr2 web: what a scenario does to its memory, and to itself, does not touch this process. One that is killed
 * puts the kernel's settings back as any killed cr2 run does (src/host/guardian.c).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web_run.h"

/* The server waits for signals with all of them blocked; its child is to get them. */
static int spawn_run(int in, int out, pid_t *ret_pid)
{
	static char cr2[] = "cr2", run[] = "run", on[] = "--on", targets[] = "model,host", from[] = "-";
	char *argv[] = {cr2, run, on, targets, from, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r == 0) {
		sigemptyset(&none);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
		posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
		r = posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int read_file(int fd, struct cr2_text *text)
{
	char block[65536];
	ssize_t n;
	off_t at = 0;
	int r = 0;

	while (r == 0 && (n = pread(fd, block, sizeof(block), at)) > 0) {
		r = cr2_text_append_n(text, block, (size_t)n);
		at += n;
	}
	return r;
}

/* 0: it has ended; -ETIME, -ECANCELED: it is to be ended. */
static int watch(pid_t pid, int client, unsigned seconds)
{
	struct pollfd fds[] = {
		{.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN},
		{.fd = client, .events = POLLRDHUP},
	};
	int n;

	if (fds[0].fd < 0)
		return -errno;
	n = poll(fds, CR2_ARRAY_SIZE(fds), (int)seconds * 1000);
	n = n < 0 ? -errno : n;
	close(fds[0].fd);
	if (n <= 0)
		return n == 0 ? -ETIME : n;
	return fds[0].revents ? 0 : -ECANCELED;
}

static int wait_for_run(pid_t pid, int client, unsigned seconds, int out, struct cr2_text *text)
{
	int r = watch(pid, client, seconds), status = 0;

	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0 && r != -ETIME)
		return r;
	if (read_file(out, text) < 0)
		return -ENOMEM;
	if (r == -ETIME)
		return cr2_text_printf(text, "the run was ended: it took longer than %u seconds (cr2 web --time-limit)\n",
				       seconds);
	return WIFEXITED(status) ? 0 : cr2_text_append(text, "the run was ended by a signal\n");
}

int web_run(struct web_runs *runs, const struct cr2_text *scenario, int client, struct cr2_text *ret_output)
{
	struct cr2_text text = {0};
	int in, out, r;
	pid_t pid;

	if (atomic_flag_test_and_set(&runs->busy))
		return -EBUSY;
	in = memfd_create("scenario", MFD_CLOEXEC);
	out = memfd_create("output", MFD_CLOEXEC);
	r = in < 0 || out < 0 || pwrite(in, scenario->data, scenario->length, 0) != (ssize_t)scenario->length ? -EIO : 0;
	if (r == 0)
		r = spawn_run(in, out, &pid);
	if (r == 0)
		r = wait_for_run(pid, client, runs->seconds, out, &text);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	atomic_flag_clear(&runs->busy);
	if (r == 0)
		*ret_output = text;
	else
		cr2_text_finish(&text);
	return r;
}
