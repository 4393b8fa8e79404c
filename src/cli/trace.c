/* SPDX-License-Identifier: MIT */
/* cr2 trace: a line a page fault, as it happens. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/flags.h>
#include <cr2/symbol.h>
#include <cr2/view_trace.h>

#include "traced.h"

static const char doc[] =
	"Prints each page fault of a command, of running processes or of all as it happens: when, "
	"who, the path that settled it, error code, address and file, the page before and after, how "
	"long it took, and the instruction with its function and source line.\v"
	"Lines go to stderr, since the command has stdout; -o sends them to a file. Filters select "
	"what is printed; the books at the end count everything.\n\n"
	"Needs root, or CAP_BPF and CAP_PERFMON, and Linux 6.1 or later with BTF. Without these rights perf "
	"events show the faults of one's own processes in user mode, but not what settled them. With -p, -a or "
	"--cgroup a command says how long: while it runs; without one it ends with Ctrl-C, or with the processes.\n\n"
	"Exit: that of the command, or 0; 2 bad input, 3 the kernel or privileges do not allow it.";

enum {
	OPTION_PATH = 0x300,
	OPTION_MAPPING,
	OPTION_SLOWER,
	OPTION_FUNCTION,
	OPTION_PROCESS,
	OPTION_ERROR,
};

static const struct argp_option argp_options[] = {
	TRACED_OPTIONS,
	TRACED_OPTION_OF_SOURCE,
	TRACED_OPTION_OF_JSON,
	{"output", 'o', "FILE", 0, "Write the lines to FILE", 0},
	{"path", OPTION_PATH, "PATH,...", 0, "Only faults that these paths settled", 0},
	{"mapping", OPTION_MAPPING, "KIND,...", 0,
	 "Only in these: anon, heap, stack, file, shmem, hugetlb, special", 0},
	{"process", OPTION_PROCESS, "WHO,...", 0, "Only of processes with these numbers, or names that match, such as 'cc1*'", 0},
	{"error", OPTION_ERROR, "CODE", 0, "Only with this error code, such as 0x7, or with these bits, such as W,!P", 0},
	{"function", OPTION_FUNCTION, "PATTERN", 0,
	 "Only in code of functions whose names match, such as memcpy or 'sqlite3*'", 0},
	{"slower", OPTION_SLOWER, "TIME", 0, "Only those that took longer, such as 50us or 1ms", 0},
	{0},
};

struct arguments {
	struct traced_arguments traced;
	bool json;
	const char *output;
	uint64_t paths, mappings; /* a bit each; 0: all */
	uint64_t slower; /* ns */
	uint64_t error, error_bits; /* the error code, in these bits */
	char *processes; /* numbers and patterns, each with its end; NULL: all */
	size_t processes_length;
	const char *function; /* a pattern; NULL: all */
};

struct printer {
	const struct arguments *arguments;
	struct cr2_style style;
	struct cr2_text text;
	FILE *stream;
	struct cr2_trace *trace;
	struct cr2_symbols *symbols;
	uint64_t began;
	int error;
};

static int unknown(struct arguments *a, const char *option, const char *word,
		   const char *const *names, size_t n)
{
	const char *near = cr2_nearest(word, names, n);
	char all[512] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", names[i]);
	a->traced.exit = near ? cli_error(CLI_USAGE, "trace: %s: '%s' is not known; did you mean '%s'?", option, word, near) :
				cli_error(CLI_USAGE, "trace: %s: '%s' is none of %s", option, word, all);
	return EINVAL;
}

/* "a,b": a bit for each of the names. */
static int parse_names(struct arguments *a, const char *option, const char *list,
		       const char *const *names, size_t n, uint64_t *ret_bits)
{
	char *copy = strdup(list), *rest = copy, *word;
	int r = copy ? 0 : ENOMEM;

	while (r == 0 && (word = strsep(&rest, ","))) {
		size_t i = 0;

		while (i < n && strcmp(word, names[i]) != 0)
			i++;
		if (i == n)
			r = unknown(a, option, word, names, n);
		else
			*ret_bits |= 1ULL << i;
	}
	free(copy);
	return r;
}

static int parse_paths(struct arguments *a, const char *list)
{
	const char *names[CR2_PATH_COUNT];

	for (int i = 0; i < CR2_PATH_COUNT; i++)
		names[i] = cr2_path_name((enum cr2_path)i);
	return parse_names(a, "--path", list, names, CR2_ARRAY_SIZE(names), &a->paths);
}

static int parse_mappings(struct arguments *a, const char *list)
{
	const char *names[CR2_TRACE_MAPPINGS];

	for (int i = 0; i < CR2_TRACE_MAPPINGS; i++)
		names[i] = cr2_trace_mapping_name((enum cr2_trace_mapping)i);
	return parse_names(a, "--mapping", list, names, CR2_ARRAY_SIZE(names), &a->mappings);
}

/* "W": set, "!P": clear. */
static int parse_error_bit(struct arguments *a, const char *word)
{
	size_t n;
	const struct cr2_error_bit *bits = cr2_error_bits(&n);
	const bool clear = word[0] == '!';

	for (size_t i = 0; i < n; i++)
		if (strcmp(word + clear, bits[i].name) == 0) {
			a->error_bits |= 1ULL << bits[i].bit;
			a->error |= clear ? 0 : 1ULL << bits[i].bit;
			return 0;
		}
	a->traced.exit = cli_error(CLI_USAGE, "trace: --error: '%s' is neither a code such as 0x7 nor one of its bits, such as "
				   "W or !P ('cr2 decode error 7' names them)", word);
	return EINVAL;
}

static int parse_error(struct arguments *a, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;
	int r = copy ? 0 : ENOMEM;

	a->error = a->error_bits = 0;
	if (cr2_parse_u64(list, &a->error) == 0)
		a->error_bits = UINT64_MAX;
	else
		while (r == 0 && (word = strsep(&rest, ",")))
			r = parse_error_bit(a, word);
	free(copy);
	return r;
}

static int parse_processes(struct arguments *a, const char *list)
{
	free(a->processes);
	a->processes = strdup(list);
	a->processes_length = strlen(list);
	for (char *at = a->processes; at && (at = strchr(at, ',')); at++)
		*at = '\0';
	return a->processes ? 0 : ENOMEM;
}

/* "50us": a whole number and its unit. */
static int parse_time(struct arguments *a, const char *s)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	char number[20] = "";
	size_t n = strspn(s, "0123456789");

	if (n < sizeof(number))
		memcpy(number, s, n);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(units); i++)
		if (strcmp(s + n, units[i].unit) == 0 && cr2_parse_u64(number, &a->slower) == 0 &&
		    a->slower < UINT64_MAX / units[i].ns) {
			a->slower *= units[i].ns;
			return 0;
		}
	a->traced.exit = cli_error(CLI_USAGE, "trace: --slower: '%s' is no time such as 50us or 1ms", s);
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case TRACED_OPTION_JSON:
		a->json = true;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPTION_PATH:
		return parse_paths(a, arg);
	case OPTION_MAPPING:
		return parse_mappings(a, arg);
	case OPTION_FUNCTION:
		a->function = arg;
		return 0;
	case OPTION_SLOWER:
		return parse_time(a, arg);
	case OPTION_PROCESS:
		return parse_processes(a, arg);
	case OPTION_ERROR:
		return parse_error(a, arg);
	default:
		return traced_parse("trace", key, arg, state, &a->traced);
	}
}

/* ---- whose code ---- */

static bool map_at(void *data, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	return cr2_trace_map(((struct printer *)data)->trace, pid, address, ret_map);
}

static const char *kernel_at(void *data, uint64_t address)
{
	return cr2_trace_kernel(((struct printer *)data)->trace, address);
}

/* Of a function's code may be what is inlined there. */
static bool is_wanted(const struct arguments *a, const struct cr2_calls *code)
{
	size_t i = 0;

	while (a->function && i < code->n && fnmatch(a->function, code->frames[i]->function, 0) != 0)
		i++;
	return !a->function || i < code->n;
}

static bool is_process_wanted(const struct arguments *a, const struct cr2_traced_fault *fault)
{
	for (size_t at = 0; a->processes && at <= a->processes_length; at += strlen(a->processes + at) + 1) {
		const char *who = a->processes + at;
		uint64_t pid;

		if (cr2_parse_u64(who, &pid) == 0 ? pid == fault->pid : fnmatch(who, fault->comm, 0) == 0)
			return true;
	}
	return !a->processes;
}

static int print_line(struct printer *p, const struct cr2_traced_fault *fault)
{
	const struct cr2_recorded_fault placed = {.fault = *fault};
	struct cr2_calls code;
	int r = cr2_symbols_calls(p->symbols, &placed, false, &code);

	if (r < 0 || !is_wanted(p->arguments, &code))
		return r;
	cr2_text_clear(&p->text);
	r = p->arguments->json ? cr2_view_traced_json(fault, p->began, code.frames[0], &p->text) :
				 cr2_view_traced(fault, p->began, code.frames[0], &p->style, &p->text);
	return r == 0 && fputs(p->text.data, p->stream) == EOF ? -errno : r;
}

static void print(void *data, const struct cr2_traced_fault *fault)
{
	struct printer *p = data;
	const struct arguments *a = p->arguments;

	if ((a->paths && !(a->paths >> fault->path & 1)) ||
	    (a->mappings && !(a->mappings >> fault->mapping & 1)) || fault->ns < a->slower ||
	    (fault->error & a->error_bits) != a->error || !is_process_wanted(a, fault) || p->error)
		return;
	p->error = print_line(p, fault);
}

static int watch(const struct arguments *a, FILE *stream)
{
	struct printer p = {.arguments = a, .style = cli_style(), .stream = stream};
	const struct cr2_symbols_places places = {.map = map_at, .kernel = kernel_at, .data = &p,
						   .made = CR2_SYMBOLS_MADE_NOW, .same_kernel = true};
	struct traced t;
	bool more = true;
	int r = traced_begin("trace", &a->traced, &t);

	if (r)
		return r;
	/* Earlier lines are overwritten when tracing is allowed, not before; what is no file has none. */
	if (a->output)
		(void)!ftruncate(fileno(stream), 0);
	p.began = t.began;
	p.trace = t.trace;
	r = cr2_symbols_create(&places, &p.symbols);
	p.style.colour = p.style.colour && stream == stderr;
	while (more && r == 0 && p.error == 0) {
		more = traced_go_on(&t, 0);
		r = cr2_trace_take(t.trace, more ? 100 : 0, print, &p);
		r = r == -EINTR ? 0 : r;
		fflush(stream);
	}
	r = r ? r : p.error;
	if (p.error && p.error != -ENOMEM)
		r = cli_error(CLI_UNABLE, "trace: cannot write %s: %s", a->output ? a->output : "standard error",
			      strerror(-p.error));
	else if (r < 0)
		r = cli_error(CLI_UNABLE, "trace: %s", strerror(-r));
	else
		r = traced_code(&t);
	traced_say_books(&t);
	if (p.symbols && cr2_symbols_refused(p.symbols))
		fprintf(stderr, "cr2: trace: %s\n", cr2_symbols_refused(p.symbols));
	cr2_text_finish(&p.text);
	cr2_symbols_destroy(p.symbols);
	traced_end(&t);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.traced.config = {.size = sizeof(a.traced.config), .stream = true, .names = true, .places = true}};
	FILE *stream = stderr;
	int r = cli_parse(self, argc, argv, &a);

	if (r) {
		r = traced_refused(&a.traced, r);
	} else {
		if (a.output)
			stream = fopen(a.output, "ae");
		r = stream ? watch(&a, stream) :
			     cli_error(CLI_UNABLE, "trace: cannot write %s: %s", a.output, strerror(errno));
		if (a.output && stream && fclose(stream) != 0)
			r = cli_error(CLI_UNABLE, "trace: cannot write %s: %s", a.output, strerror(errno));
	}
	free(a.processes);
	traced_arguments_finish(&a.traced);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[COMMAND [ARGUMENT...]]",
	.doc = doc,
};

const struct cli_command cli_trace = {
	.name = "trace",
	.summary = "print each page fault of a program, and what settled it",
	.argp = &argp,
	.takes_command = true,
	.run = run,
};
