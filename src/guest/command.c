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
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define SECONDS 60 /* of those that name no time */
#define TICK_MS 200

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

void guest_tell(const struct cr2_guest_watch *watch, enum cr2_guest_work work, const char *name,
		uint64_t bytes, uint64_t total, unsigned seconds)
{
	const struct cr2_guest_progress progress = {work, name, bytes, total, seconds};

	if (watch && watch->progress)
		watch->progress(watch->data, &progress);
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
	setpgid(0, 0); /* so that it can be ended with all that it starts */
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

static unsigned seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec - start->tv_sec);
}

/* Is its time over, or has the caller seen enough? */
static int check_time(const struct guest_command *command, const struct timespec *start,
		      struct cr2_text *reason)
{
	unsigned most = command->seconds ? command->seconds : SECONDS;
	unsigned seconds = seconds_since(start);

	if (seconds >= most)
		return guest_fail(reason, -ETIMEDOUT, "%s took longer than %u seconds and was ended",
				  command->argv[0], most);
	return command->tick ? command->tick(command->data, seconds, reason) : 0;
}

static int collect(const struct guest_command *command, int out, int err, struct cr2_text *output,
		   struct cr2_text *errors, struct cr2_text *reason)
{
	struct pollfd fds[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	struct cr2_text *texts[2] = {output, errors};
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		int r = poll(fds, 2, TICK_MS);

		if (r < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < 2 && r > 0; i++) {
			ssize_t n = fds[i].revents ? drain(fds[i].fd, texts[i]) : 1;

			if (n < 0)
				return (int)n;
			if (n == 0)
				fds[i].fd = -1;
		}
		r = check_time(command, &start, reason);
		if (r < 0)
			return r;
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
	if (pid > 0)
		setpgid(pid, pid);
	if (r == 0)
		r = collect(command, out[0], err[0], output, &errors, reason);
	if (r < 0 && pid > 0)
		kill(-pid, SIGKILL);
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
