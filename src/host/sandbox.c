/* SPDX-License-Identifier: MIT */
/*
 * A sandbox is two processes. The keeper, the first one of namespaces of its own where these are allowed, prepares what
 * the program sees and is, starts it, waits for it, and takes all that it has started along when it ends. They talk to
 * the caller over one socket, which gives the sender's process number as the caller sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cr2/sandbox.h>

#include "sandbox.h"

#define OWN_NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

/* What comes over the socket, of whom its credentials tell. */
enum told {
	TOLD_READY, /* from the program, which waits for a byte */
	TOLD_NO_VIEW, /* its files are the system's */
	TOLD_FAILED, /* value: an errno */
	TOLD_ENDED, /* value: the program's status */
};
struct message {
	enum told told;
	int value;
};

struct cr2_sandbox {
	const struct cr2_sandbox_config *config;
	unsigned long namespaces; /* CLONE_NEW... */
	pid_t keeper, program;
	int control, output;
	struct timespec began;
	double seconds;
	size_t keep;
	bool has_ended;
	bool is_silent; /* nobody has its output open any more */
	int error; /* negative: it did not come to run */
	struct cr2_sandbox_end end;
};

const char *cr2_protection_missing(enum cr2_protection protection)
{
	static const char *const sentences[] = {
#define X(id, sentence) sentence,
#include <cr2/tables/protection.def>
#undef X
	};

	return (unsigned)protection < CR2_PROTECTIONS ? sentences[protection] : NULL;
}

/* ---- in the sandbox ---- */

static void tell_caller(int control, enum told told, int value)
{
	const struct message message = {told, value};

	if (send(control, &message, sizeof(message), MSG_NOSIGNAL) < 0)
		_exit(126);
}

static void fail(int control, int error)
{
	tell_caller(control, TOLD_FAILED, error);
	_exit(126);
}

/* The caller's word; none: it is no more. */
static void await(int control)
{
	char byte;

	if (read(control, &byte, 1) != 1)
		_exit(126);
}

/* Groups stay where a user namespace without rights does not let them be left. */
static int become_nobody(void)
{
	return (setgroups(0, NULL) < 0 && errno != EPERM) || setresgid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0 ||
			       setresuid(SANDBOX_NOBODY, SANDBOX_NOBODY, SANDBOX_NOBODY) < 0 ? -errno : 0;
}

static int limit_program(const struct cr2_sandbox_config *config, bool counted_alone)
{
	const rlim_t cpu = config->cpu_seconds ? config->cpu_seconds : (rlim_t)config->seconds + 2;
	const rlim_t memory = config->memory ? config->memory : 4UL << 30;
	struct sysinfo info = {0};
	struct {
		int resource;
		rlim_t value;
	} limits[] = {
		{RLIMIT_CPU, cpu}, {RLIMIT_AS, memory}, {RLIMIT_FSIZE, 256UL << 20}, {RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 256},
		{RLIMIT_NPROC, 64},
	};

	sysinfo(&info);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(limits); i++) {
		struct rlimit new = {limits[i].value, limits[i].value}, old;

		/* Its user has other processes, who knows how many. */
		if (limits[i].resource == RLIMIT_NPROC && !counted_alone)
			new.rlim_cur = new.rlim_max = 64 + info.procs;
		if (getrlimit(limits[i].resource, &old) == 0 && old.rlim_max < new.rlim_max)
			new.rlim_cur = new.rlim_max = old.rlim_max;
		if (setrlimit(limits[i].resource, &new) < 0)
			return -errno;
	}
	return 0;
}

/* From here on it is the program. */
static void become_program(const struct cr2_sandbox *s, int control, int output, int null)
{
	static char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=.", "TMPDIR=.", "LANG=C.UTF-8", NULL};
	sigset_t none;
	int r = 0;

	if (geteuid() == 0 && !(s->namespaces & CLONE_NEWUSER))
		r = become_nobody();
	if (r == 0)
		r = limit_program(s->config, s->namespaces & CLONE_NEWUSER);
	if (r < 0)
		fail(control, -r);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Who follows it may look at it, as at any program of its user's. */
	prctl(PR_SET_DUMPABLE, 1);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	tell_caller(control, TOLD_READY, 0);
	await(control);
	execvpe(s->config->argv[0], s->config->argv, environment);
	fail(control, errno);
}

/* Only of what it must have: the caller's descriptors are not the program's to find in /proc. */
static void close_all_but(int a, int b, int c)
{
	for (int fd = 3; fd < a || fd < b || fd < c; fd++)
		if (fd != a && fd != b && fd != c)
			close(fd);
	syscall(SYS_close_range, (unsigned)(a > b ? a > c ? a : c : b > c ? b : c) + 1, ~0U, 0);
}

static void keep_program(const struct cr2_sandbox *s, int control, int output, int null)
{
	const bool apart = s->namespaces & CLONE_NEWPID;
	struct pollfd caller = {.fd = control};
	pid_t program, pid;
	int status = 0, r = 0;

	close_all_but(control, output, null);
	await(control); /* until its numbers are mapped */
	setsid();
	/* Root is nobody in there from the beginning, but may become the one user that there is. */
	if (s->namespaces & CLONE_NEWUSER && getuid() == SANDBOX_NOBODY)
		r = become_nobody();
	if (r < 0)
		fail(control, -r);
	/* It goes with its caller; and if that has just gone, now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (poll(&caller, 1, 0) > 0 && caller.revents & POLLHUP)
		_exit(126);
	r = s->namespaces & CLONE_NEWNS ? sandbox_view(s->config->folder) : -EPERM;
	if (r < 0)
		tell_caller(control, TOLD_NO_VIEW, 0);
	if (r < 0 && chdir(s->config->folder) < 0)
		fail(control, errno);
	program = fork();
	if (program == 0)
		become_program(s, control, output, null);
	if (program < 0)
		fail(control, errno);
	close(output);
	while ((pid = waitpid(-1, &status, 0)) != program)
		if (pid < 0 && errno != EINTR)
			fail(control, errno);
	tell_caller(control, TOLD_ENDED, status);
	if (!apart)
		kill(-program, SIGKILL);
	_exit(0);
}

/* ---- outside ---- */

static int write_map(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd, r = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* One user and one group, which are the same inside and outside. */
static int map_ids(pid_t pid)
{
	const bool root = geteuid() == 0;
	char map[64];
	int r = root ? 0 : write_map(pid, "setgroups", "deny");

	snprintf(map, sizeof(map), "%u %u 1", root ? SANDBOX_NOBODY : geteuid(), root ? SANDBOX_NOBODY : geteuid());
	if (r == 0)
		r = write_map(pid, "uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", root ? SANDBOX_NOBODY : getegid(), root ? SANDBOX_NOBODY : getegid());
	return r == 0 ? write_map(pid, "gid_map", map) : r;
}

/* With the most namespaces that are allowed. */
static int start_keeper(struct cr2_sandbox *s, int control, int output, int null)
{
	static const unsigned long choices[] = {CLONE_NEWUSER | OWN_NAMESPACES, OWN_NAMESPACES, 0};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(choices); i++) {
		s->namespaces = choices[i];
		s->keeper = (pid_t)syscall(SYS_clone, choices[i] | SIGCHLD, NULL, NULL, NULL, NULL);
		if (s->keeper == 0) {
			keep_program(s, control, output, null);
			_exit(126);
		}
		if (s->keeper > 0)
			break;
	}
	if (s->keeper < 0)
		return -errno;
	return s->namespaces & CLONE_NEWUSER ? map_ids(s->keeper) : 0;
}

/* The next message. */
static int hear(struct cr2_sandbox *s)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} room;
	struct message message;
	struct iovec part = {&message, sizeof(message)};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
	ssize_t n = recvmsg(s->control, &header, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;
	struct ucred who;

	if (n < 0)
		return -errno;
	if (n != sizeof(message))
		return -ECHILD; /* the keeper is no more */
	c = CMSG_FIRSTHDR(&header);
	switch (message.told) {
	case TOLD_READY:
		if (!c || c->cmsg_type != SCM_CREDENTIALS)
			return -EPROTO;
		memcpy(&who, CMSG_DATA(c), sizeof(who));
		s->program = who.pid;
		break;
	case TOLD_NO_VIEW:
		s->end.missing |= 1U << CR2_PROTECTION_FILES;
		break;
	case TOLD_FAILED:
		return -message.value;
	case TOLD_ENDED:
		s->end.status = message.value;
		s->has_ended = true;
		break;
	}
	return 0;
}

static double passed(const struct cr2_sandbox *s)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - s->began.tv_sec) + (double)(now.tv_nsec - s->began.tv_nsec) / 1e9;
}

static void note_missing(struct cr2_sandbox *s)
{
	if (!(s->namespaces & CLONE_NEWPID))
		s->end.missing |= 1U << CR2_PROTECTION_PROCESSES;
	if (!(s->namespaces & CLONE_NEWNET))
		s->end.missing |= 1U << CR2_PROTECTION_NETWORK;
	/* In namespaces of its own, where it sees nothing else of that user's, this is no loss. */
	if (s->end.missing && geteuid() != 0)
		s->end.missing |= 1U << CR2_PROTECTION_USER;
}

/* All of it, and waits for that. */
static void end_all(struct cr2_sandbox *s)
{
	kill(s->keeper, SIGKILL);
	if (s->program > 0 && !s->has_ended && !(s->namespaces & CLONE_NEWPID))
		kill(-s->program, SIGKILL);
	while (waitpid(s->keeper, NULL, 0) < 0 && errno == EINTR)
		;
}

static int open_ends(struct cr2_sandbox *s, int ends[2], int output[2], int *ret_null)
{
	const int yes = 1;
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	if (pipe2(output, O_CLOEXEC) < 0) {
		r = -errno;
		goto close_ends;
	}
	*ret_null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (*ret_null < 0 || setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
	    fcntl(output[0], F_SETFL, O_NONBLOCK) < 0) {
		r = -errno;
		goto close_output;
	}
	s->control = ends[0];
	s->output = output[0];
	return 0;
close_output:
	if (*ret_null >= 0)
		close(*ret_null);
	close(output[0]);
	close(output[1]);
close_ends:
	close(ends[0]);
	close(ends[1]);
	return r;
}

int cr2_sandbox_start(const struct cr2_sandbox_config *config, struct cr2_sandbox **ret_sandbox)
{
	struct cr2_sandbox *s = calloc(1, sizeof(*s));
	int ends[2], output[2], null = -1, r;

	if (!s)
		return -ENOMEM;
	s->config = config;
	s->seconds = config->seconds;
	s->keep = config->keep;
	r = open_ends(s, ends, output, &null);
	if (r < 0)
		goto free_sandbox;
	r = start_keeper(s, ends[1], output[1], null);
	close(ends[1]);
	close(output[1]);
	close(null);
	if (r == 0 && write(s->control, "", 1) != 1)
		r = -errno;
	while (r == 0 && !s->program)
		r = hear(s);
	if (r < 0)
		goto end_keeper;
	note_missing(s);
	*ret_sandbox = s;
	return 0;
end_keeper:
	if (s->keeper > 0)
		end_all(s);
	close(s->control);
	close(s->output);
free_sandbox:
	free(s);
	return r;
}

int cr2_sandbox_pid(const struct cr2_sandbox *sandbox)
{
	return sandbox->program;
}

int cr2_sandbox_go(struct cr2_sandbox *s)
{
	clock_gettime(CLOCK_MONOTONIC, &s->began);
	return write(s->control, "", 1) == 1 ? 0 : -errno;
}

/* What has come, and no more than a pipe holds, so that who never stops has an end too. */
static void take_output(struct cr2_sandbox *s)
{
	char block[4096];
	ssize_t n = 1;

	for (int i = 0; i < 16 && n > 0; i++) {
		n = read(s->output, block, sizeof(block));
		if (n > 0) {
			size_t room = s->keep - s->end.output.length, kept = (size_t)n < room ? (size_t)n : room;

			s->end.bytes += (uint64_t)n;
			if (s->error == 0)
				s->error = cr2_text_append_n(&s->end.output, block, kept);
		}
	}
	s->is_silent = n == 0;
}

bool cr2_sandbox_wait(struct cr2_sandbox *s, int milliseconds)
{
	struct pollfd fds[] = {{.fd = s->control, .events = POLLIN}, {.fd = s->is_silent ? -1 : s->output, .events = POLLIN}};
	const double left = (s->seconds - passed(s)) * 1000;

	if (s->has_ended || s->error < 0)
		return false;
	if (left <= 0) {
		s->end.timed_out = true;
		return false;
	}
	poll(fds, CR2_ARRAY_SIZE(fds), left < milliseconds ? (int)left + 1 : milliseconds);
	if (fds[1].revents)
		take_output(s);
	if (fds[0].revents)
		s->error = hear(s);
	return !s->has_ended && s->error == 0;
}

int cr2_sandbox_finish(struct cr2_sandbox *s, struct cr2_sandbox_end *ret_end)
{
	int r;

	end_all(s);
	take_output(s);
	r = s->error;
	if (r < 0)
		cr2_text_finish(&s->end.output);
	else
		*ret_end = s->end;
	close(s->control);
	close(s->output);
	free(s);
	return r;
}
