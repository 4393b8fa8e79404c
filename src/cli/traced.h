/* SPDX-License-Identifier: MIT */
/* Whom the commands that trace look at, and how long. */
#ifndef CLI_TRACED_H
#define CLI_TRACED_H

#include <cr2/trace.h>

#include "cli.h"

struct traced_arguments {
	struct cr2_trace_config config;
	size_t n_pids;
	uint64_t *pids;
	const char *cgroup; /* NULL: none */
	char **command; /* ends with NULL; NULL: none */
	int exit; /* of a mistake in the arguments; 0: none */
};

enum {
	TRACED_OPTION_JSON = 0x200,
	TRACED_OPTION_CGROUP,
	TRACED_OPTION_RING,
	TRACED_OPTION_SOURCE,
};
#define TRACED_OPTIONS                                                                        \
	{"pid", 'p', "PID,...", 0, "Trace these processes, and what they start from now on", 0}, \
	{"all", 'a', NULL, 0, "Trace every process", 0},                                        \
	{"cgroup", TRACED_OPTION_CGROUP, "GROUP", 0,                                            \
	 "Trace the processes in a control group of version 2 and in those below it: its folder, or its path "  \
	 "in the hierarchy", 0},                                                                \
	/* For tests: what it is like when the ring runs full. */                               \
	{"ring", TRACED_OPTION_RING, "BYTES", OPTION_HIDDEN, NULL, 0}
/* Of those that have a choice of sources. */
#define TRACED_OPTION_OF_SOURCE                                                                     \
	{"source", TRACED_OPTION_SOURCE, "SOURCE", 0,                                               \
	 "Where faults are seen: bpf reads the state of each; perf shows those of one's own processes, in user " \
	 "mode, without rights; default: the first that is allowed", 0}
#define TRACED_OPTION_OF_JSON {"json", TRACED_OPTION_JSON, NULL, 0, "Print one JSON object a line", 0}

/* The parser for TRACED_OPTIONS, and for the command. */
error_t traced_parse(const char *name, int key, char *arg, struct argp_state *state,
		     struct traced_arguments *a);
/* "path,process": bits CR2_VIEW_BY_, and whether processes are to be counted by themselves. */
error_t traced_parse_by(const char *name, const char *list, struct traced_arguments *a, unsigned *by);
/* The exit code of a parser that ended with this errno, which is said unless the mistake was. */
int traced_refused(const struct traced_arguments *a, int error);

/* What is traced, while it is. */
struct traced {
	struct cr2_trace *trace;
	char title[256];
	int pid; /* of the command; 0: none */
	int *watched; /* descriptors that become readable when their process ends */
	size_t n_watched;
	bool counts; /* faults are not handed over */
	bool all; /* all processes, or a control group */
	bool alone; /* the command and nobody else */
	bool ended; /* the command, or all processes */
	int status; /* the command's, as wait4() has it */
	uint64_t began, elapsed_ns, cpu_ns;
	uint64_t counted; /* faults of the command, as the kernel gave them to us who waited; 0: not known */
};
/*
 * Both return an exit code, having said why not. First the trace, then who is traced: what is to know
 * of the trace before anything happens comes between.
 */
int traced_open(const char *name, const struct traced_arguments *a, struct traced *ret_traced);
int traced_start(const char *name, const struct traced_arguments *a, struct traced *traced);
/* The two together. */
int traced_begin(const char *name, const struct traced_arguments *a, struct traced *ret_traced);
/*
 * Waits up to so many milliseconds for the end, which is the command's, that of all processes, or
 * Ctrl-C. False: it has come.
 */
bool traced_go_on(struct traced *traced, int milliseconds);
/* It was Ctrl-C, or SIGTERM. */
bool traced_was_interrupted(void);
/* "1,234 faults recorded, ..., 0 lost" on stderr: what is missing is never left unsaid. */
void traced_say_books(const struct traced *traced);
void traced_end(struct traced *traced);
/* The exit code that the command's end comes to, as a shell has it; 0: there was none. */
int traced_code(const struct traced *traced);
void traced_arguments_finish(struct traced_arguments *a);

#endif
