/* SPDX-License-Identifier: MIT */
/* cr2 stat: what a program's page faults were, counted by the path that settled them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_trace.h>

#include "traced.h"

static const char doc[] =
	"Counts the page faults of a command, of running processes or of all, by the path that settled "
	"each: copied or reused, zero page or fresh page, from the page cache or from swap. What "
	"happened is read from the page tables when a fault begins and when it ends; nothing is "
	"guessed from addresses, and every fault is counted.\v"
	"Time is measured from the exception to the moment when the kernel counts the fault. The books "
	"say what the kernel counted itself: faults recorded, those that took a page by reference alone "
	"(populate, mlock, exec), and those lost.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON, and Linux 6.1 or later with BTF. Without these rights perf "
	"events show the faults of one's own processes in user mode, but not what settled them. With -p, -a or "
	"--cgroup a command says how long: while it runs; without one it ends with Ctrl-C, or with the processes.\n\n"
	"Exit: that of the command, or 0; 2 bad input, 3 the kernel or privileges do not allow it.";

enum {
	OPTION_BY = 0x300,
};

static const struct argp_option argp_options[] = {
	TRACED_OPTIONS,
	TRACED_OPTION_OF_SOURCE,
	TRACED_OPTION_OF_JSON,
	{"by", OPTION_BY, "WHAT,...", 0,
	 "Rows by path, mapping and process, or some of them; default: path", 0},
	{"interval", 'I', "MS", 0, "Print what came in each so many milliseconds too, as it happens", 0},
	{0},
};

struct arguments {
	struct traced_arguments traced;
	bool json;
	unsigned by;
	uint64_t interval; /* ns; 0: none */
};

/* Ten milliseconds at least: reading all counts takes some. */
static int parse_interval(struct arguments *a, const char *s)
{
	if (cr2_parse_u64(s, &a->interval) == 0 && a->interval >= 10 && a->interval <= INT32_MAX) {
		a->interval *= 1000000;
		return 0;
	}
	a->traced.exit = cli_error(CLI_USAGE, "stat: -I: '%s' is no number of milliseconds from 10 on", s);
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case TRACED_OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_BY:
		return traced_parse_by("stat", arg, &a->traced, &a->by);
	case 'I':
		return parse_interval(a, arg);
	default:
		return traced_parse("stat", key, arg, state, &a->traced);
	}
}

/* Its name as far as it is known. */
static const char *process_name(void *data, uint64_t pid)
{
	static char name[CR2_COMM_SIZE];

	return cr2_trace_comm(data, pid, name) == 0 ? name : NULL;
}

/* What is shown goes out at once. Returns an exit code. */
static int put(struct cr2_text *text, int r)
{
	if (r < 0)
		r = cli_error(CLI_UNABLE, "stat: %s", strerror(-r));
	else if (text->data && (fputs(text->data, stdout) == EOF || fflush(stdout) != 0))
		r = cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	cr2_text_finish(text);
	return r;
}

static int show(const struct arguments *a, const struct traced *t)
{
	struct cr2_style style = cli_style();
	struct cr2_trace_counts counts;
	struct cr2_text text = {0};
	struct cr2_view_stat stat = {
		.title = t->title, .counts = &counts, .by = a->by, .elapsed_ns = t->elapsed_ns,
		.cpu_ns = t->cpu_ns, .name = process_name, .data = t->trace,
	};
	int r = cr2_trace_read(t->trace, &counts);

	if (r == 0) {
		if (counts.source == CR2_TRACE_SOURCE_PERF)
			counts.kernel_counted = t->counted;
		r = a->json ? cr2_view_stat_json(&stat, &text) : cr2_view_stat(&stat, &style, &text);
		cr2_trace_counts_finish(&counts);
	}
	return put(&text, r);
}

/* ---- intervals ---- */

struct intervals {
	struct cr2_trace_counts before; /* at the end of the last one */
	uint64_t last; /* when that was */
};

/* The one that ends now. */
static int show_interval(const struct arguments *a, const struct traced *t, struct intervals *intervals)
{
	struct cr2_style style = cli_style();
	struct cr2_trace_counts counts, since;
	struct cr2_text text = {0};
	struct cr2_view_stat stat = {
		.counts = &since, .by = a->by, .elapsed_ns = t->elapsed_ns - intervals->last,
		.name = process_name, .data = t->trace,
	};
	int r = cr2_trace_read(t->trace, &counts);

	if (r < 0)
		return put(&text, r);
	cr2_trace_counts_sort(&counts);
	r = cr2_trace_counts_since(&counts, &intervals->before, &since);
	if (r == 0) {
		r = a->json ? cr2_view_stat_interval_json(&stat, t->elapsed_ns, &text) :
			      cr2_view_stat_interval(&stat, t->elapsed_ns, &style, &text);
		cr2_trace_counts_finish(&since);
	}
	cr2_trace_counts_finish(&intervals->before);
	intervals->before = counts;
	intervals->last = t->elapsed_ns;
	return put(&text, r);
}

/* How long until the next one ends: they do not drift. */
static int wait_of(const struct arguments *a, const struct traced *t)
{
	int rest = a->interval ? (int)((a->interval - t->elapsed_ns % a->interval) / 1000000) + 1 : 1000;

	/* What perf events tell has to be taken before its room is full. */
	return cr2_trace_source(t->trace) == CR2_TRACE_SOURCE_PERF && rest > 10 ? 10 : rest;
}

static int watch(const struct arguments *a)
{
	struct intervals intervals = {0};
	struct traced t;
	bool more = true;
	int r = traced_begin("stat", &a->traced, &t);

	if (r)
		return r;
	while (more && r == 0) {
		more = traced_go_on(&t, wait_of(a, &t));
		if (cr2_trace_source(t.trace) == CR2_TRACE_SOURCE_PERF)
			r = cr2_trace_take(t.trace, 0, NULL, NULL);
		if (r < 0)
			r = cli_error(CLI_UNABLE, "stat: %s", strerror(-r));
		if (r == 0 && a->interval && (!more || t.elapsed_ns / a->interval > intervals.last / a->interval))
			r = show_interval(a, &t, &intervals);
	}
	cr2_trace_counts_finish(&intervals.before);
	if (r == 0)
		r = show(a, &t);
	if (r == 0)
		r = traced_code(&t);
	traced_end(&t);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.traced.config.size = sizeof(a.traced.config)};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		r = traced_refused(&a.traced, r);
	else
		r = watch(&a);
	traced_arguments_finish(&a.traced);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[COMMAND [ARGUMENT...]]",
	.doc = doc,
};

const struct cli_command cli_stat = {
	.name = "stat",
	.summary = "count a program's page faults by what settled them",
	.argp = &argp,
	.takes_command = true,
	.run = run,
};
