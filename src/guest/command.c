/* SPDX-License-Identifier: MIT */
/* Other programs: found, run to their end, their words quoted where they fail. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static const char *const packages[][2] = {
#define X(name, package) {name, package},
#include "program.def"
#undef X
};

int guest_fail(struct cr2_text *reason, int r, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = cr2_text_vprintf(reason, format, args);
	va_end(args);
	return n < 0 ? n : r;
}

static const char *package_of(const char *name)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(packages); i++)
		if (strcmp(packages[i][0], name) == 0)
			return packages[i][1];
	return name;
}

/* The next folder of a PATH, as a path of name in it; NULL after the last, and out of memory. */
static char *next_candidate(const char **path, const char *name)
{
	size_t n = strcspn(*path, ":");
	char *candidate;

	if (!**path)
		return NULL;
	if (asprintf(&candidate, "%.*s/%s", (int)n, *path, name) < 0)
		return NULL;
	*path += n + ((*path)[n] == ':');
	return candidate;
}

static char *search(const char *path, const char *name)
{
	char *candidate;

	while ((candidate = next_candidate(&path, name))) {
		if (access(candidate, X_OK) == 0)
			return candidate;
		free(candidate);
	}
	return NULL;
}

int guest_program(const char *name, char **ret_path, struct cr2_text *reason)
{
	const char *path = getenv("PATH");
	char *found = search(path ? path : "", name);

	if (!found)
		found = search("/usr/sbin:/sbin", name);
	if (!found)
		return guest_fail(reason, -ENOENT, "%s is not here; on Debian: apt-get install %s",
				  name, package_of(name));
	*ret_path = found;
	return 0;
}

static void __attribute__((noreturn)) become(const struct guest_command *command,
					     const char *path, int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	for (const char *const *e = command->environment; e && *e; e++)
		putenv((char *)*e);
	if (command->directory && chdir(command->directory) < 0)
		_exit(126);
	execv(path, (char *const *)command->argv);
	_exit(127);
}

/* What is in the pipe now; returns 0 at its end. */
static ssize_t drain(int fd, struct cr2_text *text)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	int r;

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	r = cr2_text_append_n(text, chunk, (size_t)n);
	return r < 0 ? r : n;
}

static int collect(int out, int err, struct cr2_text *output, struct cr2_text *errors)
{
	struct pollfd fds[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	struct cr2_text *texts[2] = {output, errors};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < 2; i++) {
			ssize_t n = fds[i].revents ? drain(fds[i].fd, texts[i]) : 1;

			if (n < 0)
				return (int)n;
			if (n == 0)
				fds[i].fd = -1;
		}
	}
	return 0;
}

/* The line that says it: the first error of apt and its friends ("E: ..."), else the last line. */
static void quote(const char *text, const char **ret_line, int *ret_length)
{
	const char *line = text, *best = text;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (*line != '\n')
			best = line;
		if (strncmp(line, "E: ", 3) == 0)
			break;
	}
	*ret_line = best;
	*ret_length = (int)strcspn(best, "\n");
}

static int judge(const struct guest_command *command, int status, const struct cr2_text *errors,
		 struct cr2_text *reason)
{
	const char *line;
	int length;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	quote(errors->data ? errors->data : "", &line, &length);
	return guest_fail(reason, -EIO, "%s failed%s%.*s", command->argv[0], length ? ": " : "",
			  length, line);
}

static int run(const struct guest_command *command, const char *path, struct cr2_text *output,
	       struct cr2_text *reason)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, status = 0, r = 0;
	struct cr2_text errors = {0};
	pid_t pid = -1;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		r = guest_fail(reason, -errno, "%s: %s", path, strerror(errno));
	if (pid == 0)
		become(command, path, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	if (r == 0)
		r = collect(out[0], err[0], output, &errors);
	close(out[0]);
	close(err[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0)
		r = judge(command, status, &errors, reason);
	cr2_text_finish(&errors);
	return r;
}

int guest_command(const struct guest_command *command, struct cr2_text *output,
		  struct cr2_text *reason)
{
	char *path;
	int r = guest_program(command->argv[0], &path, reason);

	if (r < 0)
		return r;
	r = run(command, path, output, reason);
	free(path);
	return r;
}
