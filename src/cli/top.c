/* SPDX-License-Identifier: MIT */
/* cr2 top: who takes page faults now, of what kind, at what cost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"
#include "top.h"

static const char doc[] =
	"Shows which processes take page faults now, on which paths, and what these cost: faults a second, time, "
	"major faults, bytes zeroed and copied. Everything is counted, of every process unless some are named; what "
	"happened is read from the page tables, as for 'cr2 stat'.\v"
	"Keys: arrows, Page Up and Down, Home, End scroll; < and > and a column's own letter sort, r the other way "
	"round; / filters; b tells rows apart by something else; w counts since the beginning; p pauses; + and - "
	"change the time between two readings; ? explains; q ends. Without a terminal on input and output, and with "
	"TERM=dumb, it does as with --batch.\n\n"
	"A filter is words that a row must have in its names, or a process number; !word: must not have.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON, and Linux 6.1 or later with BTF.\n\n"
	"Exit: 0; 2 bad input, 3 the kernel or privileges do not allow it.";

enum {
	OPTION_BY = 0x300,
	OPTION_SORT,
	OPTION_FILTER,
	OPTION_BATCH,
};

static const struct argp_option argp_options[] = {
	TRACED_OPTIONS,
	TRACED_OPTION_OF_JSON,
	{"delay", 'd', "SECONDS", 0, "Time between two readings, from 0.1 on; default: 1", 0},
	{"iterations", 'n', "N", 0, "End after N readings", 0},
	{"by", OPTION_BY, "WHAT,...", 0,
	 "Rows by path, mapping and process, or some of them; default: process,path", 0},
	{"sort", OPTION_SORT, "COLUMN", 0,
	 "Sort by pid, process, path, mapping, rate, share, major, zeroed, copied, time, faults or mean; default: "
	 "share, the time in faults", 0},
	{"filter", OPTION_FILTER, "WORDS", 0, "Show only rows with these words", 0},
	{"batch", OPTION_BATCH, NULL, 0, "Print each reading, one below the other, all rows", 0},
	{0},
};

struct arguments {
	struct traced_arguments traced;
	bool json, batch;
	struct top top;
};

static int parse_seconds(struct arguments *a, const char *s)
{
	char *end;
	double seconds = strtod(s, &end);

	if (end == s || *end || !(seconds >= TOP_SECONDS_MIN && seconds <= TOP_SECONDS_MAX)) {
		a->traced.exit = cli_error(CLI_USAGE, "top: -d: '%s' is no number of seconds from 0.1 to 3600", s);
		return EINVAL;
	}
	a->top.seconds = seconds;
	return 0;
}

static int parse_readings(struct arguments *a, const char *s)
{
	if (cr2_parse_u64(s, &a->top.readings) == 0 && a->top.readings)
		return 0;
	a->traced.exit = cli_error(CLI_USAGE, "top: -n: '%s' is no number of readings", s);
	return EINVAL;
}

static int parse_sort(struct arguments *a, const char *word)
{
	const char *names[CR2_TOP_COLUMNS], *near;
	int column = cr2_top_column_parse(word);

	if (column >= 0) {
		a->top.view.sort = (enum cr2_top_column)column;
		return 0;
	}
	for (int i = 0; i < CR2_TOP_COLUMNS; i++)
		names[i] = cr2_top_column_name((enum cr2_top_column)i);
	near = cr2_nearest(word, names, CR2_ARRAY_SIZE(names));
	a->traced.exit = cli_error(CLI_USAGE, near ? "top: --sort: '%s' is not known; did you mean '%s'?" :
				   "top: --sort: '%s' is no column; see 'cr2 top --help'", word, near);
	return EINVAL;
}

static int parse_filter(struct arguments *a, const char *words)
{
	size_t n = strlen(words);

	if (n < sizeof(a->top.filter)) {
		memcpy(a->top.filter, words, n + 1);
		return 0;
	}
	a->traced.exit = cli_error(CLI_USAGE, "top: --filter: more than %zu bytes", sizeof(a->top.filter) - 1);
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case TRACED_OPTION_JSON:
		a->json = a->batch = true;
		return 0;
	case 'd':
		return parse_seconds(a, arg);
	case 'n':
		return parse_readings(a, arg);
	case OPTION_BY:
		return traced_parse_by("top", arg, &a->traced, &a->top.view.by);
	case OPTION_SORT:
		return parse_sort(a, arg);
	case OPTION_FILTER:
		return parse_filter(a, arg);
	case OPTION_BATCH:
		a->batch = true;
		return 0;
	case ARGP_KEY_ARG:
		a->traced.exit = cli_error(CLI_USAGE, "top: '%s' is too much; for a command there is 'cr2 stat'", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (!a->traced.n_pids && !a->traced.cgroup)
			a->traced.config.scope = CR2_TRACE_ALL;
		/* Rows may be told apart otherwise later. */
		a->traced.config.by = CR2_TRACE_BY_PROCESS;
		return traced_parse("top", key, arg, state, &a->traced);
	default:
		return traced_parse("top", key, arg, state, &a->traced);
	}
}

/* ---- one below the other ---- */

static int print(const struct arguments *a, const struct top *top)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json ? cr2_view_top_json(&top->view, top->rows, top->n_rows, &text) :
			  cr2_view_top(&top->view, top->rows, top->n_rows, &style, &text);

	if (r < 0)
		r = cli_error(CLI_UNABLE, "top: %s", strerror(-r));
	else if (fputs(text.data, stdout) == EOF || fflush(stdout) != 0)
		r = cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	cr2_text_finish(&text);
	return r;
}

/* Exit code. */
static int print_all(const struct arguments *a, struct top *top)
{
	int r = 0;

	while (r == 0 && !top->ended && (!top->readings || top->n_readings < top->readings)) {
		while (top_wait(top, top_rest(top)) && top_rest(top))
			;
		r = top_read(top);
		r = r < 0 ? cli_error(CLI_UNABLE, "top: %s", strerror(-r)) : print(a, top);
	}
	return r;
}

/* ---- */

static const char *process_name(void *data, uint64_t pid)
{
	static char name[CR2_COMM_SIZE];

	return cr2_trace_comm(data, pid, name) == 0 ? name : NULL;
}

static void finish(struct top *top)
{
	cr2_trace_counts_finish(&top->now);
	cr2_trace_counts_finish(&top->before);
	cr2_trace_counts_finish(&top->since);
	free(top->rows);
	traced_end(&top->traced);
}

static int watch(struct arguments *a)
{
	struct top *top = &a->top;
	bool batch = a->batch || !screen_is_there();
	int r = traced_begin("top", &a->traced, &top->traced);

	if (r)
		return r;
	top->view.name = process_name;
	top->view.data = top->traced.trace;
	top->view.cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	if (batch) {
		r = print_all(a, top);
	} else {
		r = top_screen(top);
		if (r == 0)
			traced_say_books(&top->traced);
	}
	finish(top);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {
		.traced.config = {.size = sizeof(a.traced.config), .source = CR2_TRACE_SOURCE_BPF},
		.top = {.seconds = 1, .view = {.by = CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH, .sort = CR2_TOP_SHARE}},
	};
	int r = cli_parse(self, argc, argv, &a);

	r = r ? traced_refused(&a.traced, r) : watch(&a);
	traced_arguments_finish(&a.traced);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_top = {
	.name = "top",
	.summary = "watch who takes page faults, live",
	.argp = &argp,
	.run = run,
};
