/* SPDX-License-Identifier: MIT */
/* Whom the commands that trace look at, and how long: their arguments, and the waiting. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#include <cr2/features.h>
#include <cr2/view_trace.h>

#include "traced.h"

static int add_pids(const char *name, struct traced_arguments *a, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;

	if (!copy)
		return ENOMEM;
	while ((word = strsep(&rest, ","))) {
		uint64_t *pids = realloc(a->pids, (a->n_pids + 1) * sizeof(*pids));

		if (!pids) {
			free(copy);
			return ENOMEM;
		}
		a->pids = pids;
		if (cr2_parse_u64(word, &pids[a->n_pids]) < 0 || !pids[a->n_pids] ||
		    pids[a->n_pids] > INT32_MAX) {
			a->exit = cli_error(CLI_USAGE, "%s: -p: '%s' is no process number", name, word);
			free(copy);
			return EINVAL;
		}
		a->n_pids++;
	}
	free(copy);
	return 0;
}

/* Minus what execvp() will fail with, as far as that can be told before; or 0. */
static int find_command(const char *word)
{
	const char *path = strchr(word, '/') ? NULL : getenv("PATH");
	int error = ENOENT;

	if (strchr(word, '/'))
		return faccessat(AT_FDCWD, word, X_OK, AT_EACCESS) < 0 ? -errno : 0;
	while (path) {
		const size_t n = strcspn(path, ":");
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%.*s%s%s", (int)n, path, n ? "/" : "", word);
		if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0)
			return 0;
		error = errno == EACCES ? EACCES : error;
		path = path[n] ? path + n + 1 : NULL;
	}
	return *word && getenv("PATH") ? -error : 0;
}

/* What is sure to fail is refused before anything is started, or a file overwritten. */
static void check_there(const char *name, struct traced_arguments *a)
{
	const int r = a->command ? find_command(a->command[0]) : 0;

	for (size_t i = 0; i < a->n_pids && !a->exit; i++)
		if (kill((pid_t)a->pids[i], 0) < 0 && errno == ESRCH)
			a->exit = cli_error(CLI_USAGE, "%s: process %llu: %s", name, (unsigned long long)a->pids[i],
					    strerror(ESRCH));
	if (r < 0 && !a->exit)
		a->exit = cli_error(CLI_USAGE, "%s: cannot run '%s': %s", name, a->command[0], strerror(-r));
}

/* One of: processes, all, a command; or processes or all while a command runs. */
static int check(const char *name, struct traced_arguments *a)
{
	bool all = a->config.scope == CR2_TRACE_ALL;

	if (all + (a->n_pids != 0) + (a->cgroup != NULL) > 1)
		a->exit = cli_error(CLI_USAGE, "%s: -p, -a and --cgroup exclude each other", name);
	else if (!all && !a->n_pids && !a->cgroup && !a->command)
		a->exit = cli_error(CLI_USAGE, "%s: nothing to trace; give a command, -p PID, --cgroup GROUP or -a",
				    name);
	else
		check_there(name, a);
	return a->exit ? EINVAL : 0;
}

static error_t parse_source(const char *name, const char *word, struct traced_arguments *a)
{
	if (strcmp(word, "bpf") == 0)
		a->config.source = CR2_TRACE_SOURCE_BPF;
	else if (strcmp(word, "perf") == 0)
		a->config.source = CR2_TRACE_SOURCE_PERF;
	else
		a->exit = cli_error(CLI_USAGE, "%s: --source: '%s' is neither bpf nor perf", name, word);
	return a->exit ? EINVAL : 0;
}

error_t traced_parse(const char *name, int key, char *arg, struct argp_state *state,
		     struct traced_arguments *a)
{
	switch (key) {
	case 'p':
		return add_pids(name, a, arg);
	case 'a':
		a->config.scope = CR2_TRACE_ALL;
		return 0;
	case TRACED_OPTION_SOURCE:
		return parse_source(name, arg, a);
	case TRACED_OPTION_CGROUP:
		a->cgroup = arg;
		return 0;
	case TRACED_OPTION_RING:
		a->config.ring = (uint32_t)strtoul(arg, NULL, 10);
		return 0;
	case ARGP_KEY_ARG: /* from here on all is the command's */
		a->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		return check(name, a);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

error_t traced_parse_by(const char *name, const char *list, struct traced_arguments *a, unsigned *by)
{
	static const struct {
		const char *name;
		unsigned bit;
	} words[] = {{"path", CR2_VIEW_BY_PATH}, {"mapping", CR2_VIEW_BY_MAPPING},
		     {"process", CR2_VIEW_BY_PROCESS}};
	char *copy = strdup(list), *rest = copy, *word;

	if (!copy)
		return ENOMEM;
	*by = 0;
	while ((word = strsep(&rest, ","))) {
		size_t i = 0;

		while (i < CR2_ARRAY_SIZE(words) && strcmp(word, words[i].name) != 0)
			i++;
		if (i == CR2_ARRAY_SIZE(words)) {
			a->exit = cli_error(CLI_USAGE, "%s: --by: '%s' is none of path, mapping, process", name, word);
			free(copy);
			return EINVAL;
		}
		*by |= words[i].bit;
	}
	free(copy);
	a->config.by = *by & CR2_VIEW_BY_PROCESS ? CR2_TRACE_BY_PROCESS : CR2_TRACE_BY_NOBODY;
	return 0;
}

int traced_refused(const struct traced_arguments *a, int error)
{
	return a->exit ? a->exit : cli_error(CLI_UNABLE, "%s", strerror(error));
}

void traced_arguments_finish(struct traced_arguments *a)
{
	free(a->pids);
}

/* ---- */

static volatile sig_atomic_t traced_interrupted;

static void interrupt(int signal)
{
	traced_interrupted = signal;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int watch(struct traced *t, uint64_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);

	if (fd < 0)
		return -errno;
	t->watched[t->n_watched++] = fd;
	return 0;
}

/* Exit code, and what failed said. */
static int begin_pids(const char *name, const struct traced_arguments *a, struct traced *t)
{
	t->watched = calloc(a->n_pids + 1, sizeof(*t->watched));
	if (!t->watched)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < a->n_pids; i++) {
		/* Who sees the descriptor can be sure that the process is followed. */
		int followed = cr2_trace_follow(t->trace, a->pids[i], false), r = watch(t, a->pids[i]);

		if (r == -EINVAL || r == -ENOENT) /* of pidfd_open(); newer kernels say ENOENT */
			return cli_error(CLI_USAGE, "%s: %llu is a thread; -p takes its process, the Tgid in /proc/%llu/status",
					 name, (unsigned long long)a->pids[i], (unsigned long long)a->pids[i]);
		r = r ? r : followed;
		if (r < 0)
			return cli_error(r == -ESRCH ? CLI_USAGE : CLI_UNABLE,
					 "%s: process %llu: %s", name, (unsigned long long)a->pids[i],
					 strerror(-r));
	}
	snprintf(t->title, sizeof(t->title), "process%s %llu%s", a->n_pids > 1 ? "es" : "",
		 (unsigned long long)a->pids[0], a->n_pids > 1 ? ", ..." : "");
	return 0;
}

static int begin_command(const char *name, const struct traced_arguments *a, struct traced *t)
{
	const bool others = t->all || a->n_pids;
	size_t n = 0;
	int r;

	for (char **word = a->command; !others && *word && n < sizeof(t->title) - 1; word++)
		n += (size_t)snprintf(t->title + n, sizeof(t->title) - n, "%s%s", n ? " " : "", *word);
	if (!t->watched)
		t->watched = calloc(1, sizeof(*t->watched));
	if (!t->watched)
		return cli_error(CLI_UNABLE, "%s", strerror(ENOMEM));
	/* What was printed so far is not to be printed by the child again. */
	fflush(NULL);
	r = cr2_trace_run(a->n_pids ? NULL : t->trace, a->command, &t->pid);
	if (r < 0)
		return cli_error(CLI_USAGE, "%s: cannot run '%s': %s", name, a->command[0],
				 strerror(-r));
	watch(t, (uint64_t)t->pid);
	return 0;
}

/* The folder of a control group. Its descriptor; or minus an exit code, having said why not. */
static int open_cgroup(const char *name, const char *group)
{
	struct cr2_feature_state states[CR2_FEATURES];
	const struct cr2_feature_state *cgroup2 = &states[CR2_FEATURE_CGROUP2];
	struct statfs system;
	char path[PATH_MAX];
	int fd;

	cr2_features_probe(states);
	if (!cgroup2->there)
		return -cli_error(CLI_UNABLE, "%s: --cgroup: missing here: %s (it takes %s)", name,
				  cr2_feature_name(CR2_FEATURE_CGROUP2),
				  cr2_feature_remedy(CR2_FEATURE_CGROUP2));
	/* As /proc/PID/cgroup has it, or the folder. */
	snprintf(path, sizeof(path), "%s/%s", cgroup2->found, group);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fd = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -cli_error(CLI_USAGE, "%s: --cgroup: %s: %s; groups are the folders in %s", name, group,
				  strerror(errno), cgroup2->found);
	if (fstatfs(fd, &system) == 0 && system.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	close(fd);
	return -cli_error(CLI_USAGE, "%s: --cgroup: %s is no control group of version 2; groups are the "
			  "folders in %s", name, group, cgroup2->found);
}

int traced_open(const char *name, const struct traced_arguments *a, struct traced *ret_traced)
{
	struct sigaction action = {.sa_handler = interrupt};
	struct cr2_trace_config config = a->config;
	struct traced t = {0};
	char *reason = NULL;
	int r;

	if (a->cgroup) {
		config.scope = CR2_TRACE_CGROUP;
		config.cgroup = open_cgroup(name, a->cgroup);
		if (config.cgroup < 0)
			return -config.cgroup;
	}
	cli_heap_for_bpf();
	r = cr2_trace_open(&config, &t.trace, &reason);
	if (a->cgroup)
		close(config.cgroup);
	if (r < 0) {
		r = cli_error(CLI_UNABLE, "%s: %s", name, reason ? reason : strerror(-r));
		free(reason);
		return r;
	}
	if (reason)
		fprintf(stderr, "cr2: %s by perf events, in user mode alone and without what settled them, since %s\n", name,
			reason);
	free(reason);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	t.all = config.scope != CR2_TRACE_PROCESSES;
	t.counts = !config.stream;
	t.alone = !t.all && !a->n_pids;
	*ret_traced = t;
	return 0;
}

int traced_start(const char *name, const struct traced_arguments *a, struct traced *t)
{
	int r = 0;

	t->began = now_ns();
	if (t->all)
		snprintf(t->title, sizeof(t->title), a->cgroup ? "control group %s" : "all processes", a->cgroup);
	if (a->n_pids)
		r = begin_pids(name, a, t);
	return r == 0 && a->command ? begin_command(name, a, t) : r;
}

int traced_begin(const char *name, const struct traced_arguments *a, struct traced *ret_traced)
{
	int r = traced_open(name, a, ret_traced);

	if (r)
		return r;
	r = traced_start(name, a, ret_traced);
	if (r)
		traced_end(ret_traced);
	return r;
}

/* The command's end: its status and CPU time. */
static void reap(struct traced *t)
{
	struct rusage usage;

	if (wait4(t->pid, &t->status, WNOHANG, &usage) != t->pid)
		return;
	t->ended = true;
	/* The CPU time of others is not known. */
	if (t->alone)
		t->counted = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
	if (t->alone)
		t->cpu_ns = ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000 +
			    ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000;
	t->pid = 0;
}

/* Takes those off that ended. */
static void poll_watched(struct traced *t, int milliseconds)
{
	struct pollfd *fds = calloc(t->n_watched + 1, sizeof(*fds));
	size_t left = 0;

	if (!fds) {
		t->ended = true;
		return;
	}
	for (size_t i = 0; i < t->n_watched; i++)
		fds[i] = (struct pollfd){.fd = t->watched[i], .events = POLLIN};
	fds[t->n_watched] = (struct pollfd){.fd = t->counts ? cr2_trace_fd(t->trace) : -1, .events = POLLIN};
	poll(fds, t->n_watched + 1, milliseconds);
	/* Where that fails now, it is tried again by who reads what was counted. */
	if (fds[t->n_watched].revents)
		cr2_trace_take(t->trace, 0, NULL, NULL);
	for (size_t i = 0; i < t->n_watched; i++)
		if (fds[i].revents)
			close(t->watched[i]);
		else
			t->watched[left++] = t->watched[i];
	if (t->n_watched && left == 0)
		t->ended = true;
	t->n_watched = left;
	free(fds);
}

bool traced_go_on(struct traced *t, int milliseconds)
{
	bool command = t->pid != 0;

	if (!t->ended)
		poll_watched(t, milliseconds);
	if (command) {
		/* The terminal sends Ctrl-C to the command too: it ends, or it has its reasons. */
		t->ended = false;
		reap(t);
		if (traced_interrupted == SIGTERM && t->pid)
			kill(t->pid, SIGTERM);
		traced_interrupted = 0;
	} else if (traced_interrupted) {
		t->ended = true;
	}
	t->elapsed_ns = now_ns() - t->began;
	return !t->ended;
}

int traced_code(const struct traced *t)
{
	return WIFSIGNALED(t->status) ? 128 + WTERMSIG(t->status) : WEXITSTATUS(t->status);
}

bool traced_was_interrupted(void)
{
	return traced_interrupted != 0;
}

void traced_say_books(const struct traced *t)
{
	struct cr2_trace_counts counts;

	if (cr2_trace_read(t->trace, &counts) < 0)
		return;
	if (counts.source == CR2_TRACE_SOURCE_PERF)
		fprintf(stderr, "cr2: %llu faults of user mode recorded, %llu lost; those of kernel mode cannot be seen "
			"without BPF\n", (unsigned long long)counts.recorded, (unsigned long long)counts.lost);
	else
		fprintf(stderr, "cr2: %llu faults recorded, %llu by reference only, %llu lost, %llu not determined\n",
			(unsigned long long)counts.recorded, (unsigned long long)counts.by_reference,
			(unsigned long long)counts.lost, (unsigned long long)counts.undetermined);
	if (counts.lost_records)
		fprintf(stderr, "cr2: %llu records of processes and mappings lost: some names may be missing or wrong\n",
			(unsigned long long)counts.lost_records);
	cr2_trace_counts_finish(&counts);
}

void traced_end(struct traced *t)
{
	for (size_t i = 0; i < t->n_watched; i++)
		close(t->watched[i]);
	free(t->watched);
	cr2_trace_close(t->trace);
}
