/* SPDX-License-Identifier: MIT */
/* cr2 record: the page faults of a program, in a file for later. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/recorder.h>

#include "traced.h"

static const char doc[] =
	"Records the page faults of a command, of running processes or of all in a file, each with what "
	"settled it, the page before and after, and how long it took. 'cr2 report' adds them up; the file "
	"is one of perf's, so that 'perf script' and 'perf report' open it too: an event a path, the "
	"duration as its weight.\v"
	"A fault takes 96 bytes, with call stacks more. -g follows them by frame pointers, which costs "
	"least; where programs are compiled without (most of Debian's are) it ends after two functions. "
	"--call-graph dwarf copies a piece of the stack, 8192 bytes or SIZE, which 'cr2 report' and perf "
	"unwind by what compilers leave for exceptions. Both see the stack when the fault is over.\n\n"
	"The file is whole after each write, at least once a second: a recorder "
	"that is killed leaves all up to then. What there was no room for is counted, here and in the "
	"file. Where it cannot be written, as on a full disk, recording ends, the command with it (SIGTERM), "
	"and what was written can be reported.\n\n"
	"With --ops the system calls that change memory, processes and the page cache are recorded beside, so that "
	"'cr2 replay' can take the same way through the model; processes that are there already are taken as they are "
	"found: their mappings and pages, looked at when something happens in them for the first time. Files are known by device "
	"and inode then, not by build id.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON, and Linux 6.1 or later with BTF. Without these rights it records by "
	"perf events what they show of a command, or of processes with -p, that are one's own: faults of user mode, with "
	"call stacks, but not what settled them (--source perf). With -p, -a or --cgroup a command says how "
	"long: while it runs; without one it ends with Ctrl-C, or with the processes.\n\n"
	"Exit: that of the command, or 0; 2 bad input, 3 the kernel or privileges do not allow it, or the "
	"file cannot be written.";

enum {
	OPTION_CALLS = 0x300,
	OPTION_CGROUPS,
	OPTION_RESIDENT,
	OPTION_OPS,
};

static const struct argp_option argp_options[] = {
	TRACED_OPTIONS,
	TRACED_OPTION_OF_SOURCE,
	{"output", 'o', "FILE", 0, "Write to FILE; default: perf.data", 0},
	{NULL, 'g', NULL, 0, "Record call stacks, by frame pointers", 0},
	{"call-graph", OPTION_CALLS, "HOW", 0, "Record call stacks: fp (as -g), or dwarf[,SIZE]", 0},
	{"resident", OPTION_RESIDENT, NULL, 0,
	 "Record at the end which pages the processes have then, for 'cr2 report --resident'", 0},
	{"ops", OPTION_OPS, NULL, 0,
	 "Record what changes address spaces between faults, too, for 'cr2 replay'", 0},
	{"all-cgroups", OPTION_CGROUPS, NULL, 0, "Record the control group of each fault", 0},
	{0},
};

struct arguments {
	struct traced_arguments traced;
	const char *output;
	bool resident;
	char **words; /* the command line, for the file */
};

/* "fp", "dwarf", "dwarf,4096" */
static int parse_calls(struct arguments *a, const char *how)
{
	struct cr2_trace_config *config = &a->traced.config;
	const char *size = NULL;
	uint64_t bytes = 8192;

	if (strcmp(how, "fp") == 0) {
		config->stack = CR2_TRACE_FRAMES;
		return 0;
	}
	if (strncmp(how, "dwarf,", 6) == 0)
		size = how + 6;
	else if (strcmp(how, "dwarf") != 0)
		a->traced.exit = cli_error(CLI_USAGE, "record: --call-graph: '%s' is none of fp, dwarf, dwarf,SIZE", how);
	if (size && (cr2_parse_u64(size, &bytes) < 0 || bytes == 0 || bytes % 8 || bytes > CR2_TRACE_STACK_BYTES_MAX))
		a->traced.exit = cli_error(CLI_USAGE, "record: --call-graph: '%s' is no multiple of 8 up to %d", size,
					   CR2_TRACE_STACK_BYTES_MAX);
	config->stack = CR2_TRACE_STACK_COPY;
	config->stack_bytes = (uint32_t)bytes;
	return a->traced.exit ? EINVAL : 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case 'g':
		return parse_calls(a, "fp");
	case OPTION_CALLS:
		return parse_calls(a, arg);
	case OPTION_RESIDENT:
		a->resident = true;
		return 0;
	case OPTION_OPS:
		a->traced.config.calls = true;
		return 0;
	case OPTION_CGROUPS:
		a->traced.config.cgroups = true;
		return 0;
	default:
		return traced_parse("record", key, arg, state, &a->traced);
	}
}

static int failed_to_write(const struct arguments *a, int error)
{
	return cli_error(CLI_UNABLE, "record: cannot write %s: %s", a->output, strerror(-error));
}

#define READER_NICE (-10)
#define GRACE_NS 2000000000ULL

/* By SIGTERM; one that does not heed it must not keep us waiting. */
static void end_command(struct traced *t)
{
	uint64_t asked = t->elapsed_ns;
	bool killed = false;

	if (!t->pid || kill(t->pid, SIGTERM) < 0)
		return;
	while (traced_go_on(t, 100)) {
		if (killed || t->elapsed_ns - asked < GRACE_NS)
			continue;
		fputs("cr2: record: the command did not end by SIGTERM within 2 seconds: it is killed\n", stderr);
		kill(t->pid, SIGKILL);
		killed = true;
	}
}

/* What stands in the file can be reported. Like perf, it ends the command that nobody records any more. */
static int give_up(const struct arguments *a, struct traced *t, const struct cr2_recorder_result *result, int error)
{
	int code = cli_error(CLI_UNABLE, "record: cannot write %s: %s; it holds %llu faults up to there%s", a->output,
			     strerror(-error), (unsigned long long)result->faults,
			     t->pid ? ", and the command is ended" : "");

	end_command(t);
	return code;
}

/* Else a limit of the file's size would end the recorder, not its writing; the command has it as it was. */
static void ignore(int signal)
{
	(void)signal;
}

/* Those that are traced now are recorded too. */
static int follow(const struct arguments *a, const struct traced *t, struct cr2_recorder *recorder)
{
	int r = t->pid && t->alone ? cr2_recorder_follow(recorder, (uint64_t)t->pid, true) : 0;

	for (size_t i = 0; i < a->traced.n_pids && r == 0; i++)
		r = cr2_recorder_follow(recorder, a->traced.pids[i], false);
	return r;
}

/* Of perf events: what they do not show. */
static void say_unseen(const struct traced *t, const struct cr2_trace_counts *counts)
{
	const uint64_t seen = counts->recorded + counts->lost;

	fprintf(stderr, "%llu lost; ", (unsigned long long)counts->lost);
	if (t->counted > seen)
		fprintf(stderr, "%llu more that the kernel counted were taken in kernel mode, or came by reference: these cannot be "
			"seen without BPF\n", (unsigned long long)(t->counted - seen));
	else
		fputs("those of kernel mode cannot be seen without BPF\n", stderr);
}

/* "1,234 faults in 118 KiB": what is missing is never left unsaid. */
static void say(const struct arguments *a, const struct traced *t,
		const struct cr2_recorder_result *result)
{
	struct cr2_trace_counts counts;

	if (cr2_trace_read(t->trace, &counts) < 0)
		return;
	fprintf(stderr, "cr2: %llu faults in %s, %llu bytes; ", (unsigned long long)result->faults, a->output,
		(unsigned long long)result->bytes);
	if (counts.source == CR2_TRACE_SOURCE_BPF)
		fprintf(stderr, "%llu by reference only, %llu lost, %llu not determined\n",
			(unsigned long long)counts.by_reference, (unsigned long long)counts.lost,
			(unsigned long long)counts.undetermined);
	else
		say_unseen(t, &counts);
	if (result->lost_records)
		fprintf(stderr, "cr2: %llu records of processes and mappings lost: some names may be missing\n",
			(unsigned long long)result->lost_records);
	if (result->lost_calls)
		fprintf(stderr, "cr2: %llu records of system calls, mappings and pages lost: a replay will differ\n",
			(unsigned long long)result->lost_calls);
	if (result->kernel_hidden)
		fputs("cr2: the kernel's functions have no names: /proc/kallsyms shows no addresses "
		      "(sysctl kernel.kptr_restrict)\n", stderr);
	cr2_trace_counts_finish(&counts);
}

/* Exit code. */
static int watch(const struct arguments *a, struct traced *t, struct cr2_recorder *recorder)
{
	struct cr2_recorder_result result = {0};
	int code = traced_start("record", &a->traced, t), r = 0, end;
	const bool started = code == 0;
	bool more = true;

	if (started)
		r = follow(a, t, recorder);
	/* All others may want the CPU while much waits here; who may not go before them takes turns with them. */
	if (t->all)
		setpriority(PRIO_PROCESS, 0, READER_NICE);
	while (code == 0 && r == 0 && more) {
		more = traced_go_on(t, 0);
		r = cr2_recorder_take(recorder, more ? 100 : 0);
	}
	end = cr2_recorder_close(recorder, &result);
	r = r ? r : end;
	if (r < 0)
		code = give_up(a, t, &result, r);
	else if (started)
		say(a, t, &result);
	return code ? code : traced_code(t);
}

static int record_to(const struct arguments *a, struct traced *t, int fd)
{
	struct cr2_recorder_config config = {
		.size = sizeof(config), .fd = fd, .all = t->all, .stack = a->traced.config.stack,
		.stack_bytes = a->traced.config.stack_bytes, .cgroups = a->traced.config.cgroups,
		.calls = a->traced.config.calls, .resident = a->resident,
		.command = a->words,
	};
	const struct sigaction action = {.sa_handler = ignore};
	struct cr2_recorder *recorder;
	char *reason = NULL;
	int code, r;

	sigaction(SIGXFSZ, &action, NULL);
	r = cr2_recorder_open(&config, t->trace, &recorder, &reason);
	if (r < 0)
		code = cli_error(CLI_UNABLE, "record: %s", reason ? reason : strerror(-r));
	else
		code = watch(a, t, recorder);
	free(reason);
	return code;
}

/* A file of its own: what is there before would be seen behind a shorter one. */
static int open_output(const struct arguments *a)
{
	int fd = open(a->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat status;

	if (fd < 0)
		return -failed_to_write(a, -errno);
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -cli_error(CLI_USAGE, "record: %s is no regular file", a->output);
}

/* An earlier recording is overwritten when tracing is allowed, not before. */
static int record(const struct arguments *a)
{
	struct traced t;
	int fd, code;

	if (strcmp(a->output, "-") == 0)
		return cli_error(CLI_USAGE, "record: -o -: a recording is no stream; give the name of a file");
	code = traced_open("record", &a->traced, &t);
	if (code)
		return code;
	fd = open_output(a);
	code = fd < 0 ? -fd : record_to(a, &t, fd);
	traced_end(&t);
	if (fd >= 0 && close(fd) != 0 && code == 0)
		code = failed_to_write(a, -errno);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {
		.traced.config = {.size = sizeof(a.traced.config), .stream = true, .brief = true},
		.output = "perf.data", .words = argv};
	int r = cli_parse(self, argc, argv, &a);

	r = r ? traced_refused(&a.traced, r) : record(&a);
	traced_arguments_finish(&a.traced);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[COMMAND [ARGUMENT...]]",
	.doc = doc,
};

const struct cli_command cli_record = {
	.name = "record",
	.summary = "record a program's page faults in a file that perf opens too",
	.argp = &argp,
	.takes_command = true,
	.run = run,
};
