/* SPDX-License-Identifier: MIT */
/* cr2 report: what a recording holds, added up. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cr2/symbol.h>
#include <cr2/view_trace.h>

#include "cli.h"

static const char doc[] =
	"Adds up the page faults that 'cr2 record' recorded: by path, by mapping and file, by function, by "
	"line, by call stack, by control group, by process, by page, over time, or by several of them, each below the one before, the dearest "
	"first.\v"
	"A function is named where the file that the code was in is at hand, and the same by its build id; "
	"else its place in the file stands there. A recording that is cut off, or whose recorder was killed, "
	"is reported up to there, and that is said.\n\n"
	"Exit: 0; 2 bad input, also where a part of it was read and reported; 3 it cannot be read.";

enum {
	OPTION_BY = 0x300,
	OPTION_JSON,
};

static const struct argp_option argp_options[] = {
	{"input", 'i', "FILE", 0, "Read FILE; default: perf.data", 0},
	{"by", OPTION_BY, "WHAT,...", 0,
	 "Rows by path, mapping, function, line, stack, cgroup, process, page and time, or some of them, "
	 "nested as named; "
	 "default: path,mapping", 0},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a line", 0},
	{0},
};

struct arguments {
	const char *input;
	bool json;
	struct cr2_report_config config;
	int exit;
};

static int add_by(struct arguments *a, const char *word)
{
	const char *names[CR2_REPORT_BYS], *near;
	int by = cr2_report_by_parse(word);

	for (size_t i = 0; i < CR2_REPORT_BYS; i++)
		names[i] = cr2_report_by_name((enum cr2_report_by)i);
	near = cr2_nearest(word, names, CR2_ARRAY_SIZE(names));
	if (by < 0)
		a->exit = cli_error(CLI_USAGE, near ? "report: --by: '%s' is not known; did you mean '%s'?" :
				    "report: --by: '%s' is none of path, mapping, function, line, stack, cgroup, process, page, "
				    "time",
				    word, near);
	for (size_t i = 0; by >= 0 && i < a->config.n_by; i++)
		if (a->config.by[i] == (enum cr2_report_by)by)
			a->exit = cli_error(CLI_USAGE, "report: --by: '%s' stands there twice", word);
	if (!a->exit)
		a->config.by[a->config.n_by++] = (enum cr2_report_by)by;
	return a->exit ? EINVAL : 0;
}

static int parse_by(struct arguments *a, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;
	int r = copy ? 0 : ENOMEM;

	while (r == 0 && (word = strsep(&rest, ",")))
		r = add_by(a, word);
	free(copy);
	return r;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'i':
		a->input = arg;
		return 0;
	case OPTION_BY:
		return parse_by(a, arg);
	case OPTION_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "report: '%s' is too much; a file is named with -i", arg);
		return EINVAL;
	case ARGP_KEY_END:
		if (a->config.n_by == 0) {
			a->config.by[a->config.n_by++] = CR2_REPORT_BY_PATH;
			a->config.by[a->config.n_by++] = CR2_REPORT_BY_MAPPING;
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int64_t read_bytes(void *data, uint64_t offset, void *bytes, size_t n)
{
	const int *fd = data;
	ssize_t r;

	do
		r = pread(*fd, bytes, n, (off_t)offset);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static bool map_at(void *data, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	return cr2_recording_map(data, pid, address, ret_map);
}

static const char *kernel_at(void *data, uint64_t address)
{
	return cr2_recording_kernel(data, address);
}

static int calls_of(void *data, const struct cr2_recorded_fault *fault, bool all, struct cr2_calls *ret_calls)
{
	return cr2_symbols_calls(data, fault, all, ret_calls);
}

/* 0, 2 where it ends before its time (said), or a negative errno. */
static int add_all(const struct arguments *a, struct cr2_recording *recording,
		   struct cr2_report *report)
{
	struct cr2_recorded_fault fault;
	int r;

	while ((r = cr2_recording_next(recording, &fault)) > 0) {
		r = cr2_report_add(report, &fault);
		if (r < 0)
			return r;
	}
	return r == -EBADMSG ? cli_error(CLI_USAGE, "report: %s: %s; what stands before is reported", a->input,
					 cr2_recording_reason(recording)) : r;
}

static int show(const struct arguments *a, const struct cr2_recording *recording,
		const struct cr2_report *report)
{
	struct cr2_view_report view = {.title = a->input, .n_by = a->config.n_by};
	struct cr2_style style = cli_style();
	struct cr2_report_row *rows = NULL;
	struct cr2_text text = {0};
	int r = cr2_report_rows(report, &rows, &view.n_rows);

	memcpy(view.by, a->config.by, sizeof(view.by));
	view.rows = rows;
	cr2_recording_facts(recording, &view.facts);
	if (r == 0)
		r = a->json ? cr2_view_report_json(&view, &text) : cr2_view_report(&view, &style, &text);
	if (r == 0)
		fputs(text.data, stdout);
	cr2_text_finish(&text);
	free(rows);
	return r;
}

static bool is_by(const struct arguments *a, enum cr2_report_by by)
{
	for (size_t i = 0; i < a->config.n_by; i++)
		if (a->config.by[i] == by)
			return true;
	return false;
}

/* What was asked for and was not recorded. */
static void say_missing(const struct arguments *a, const struct cr2_recording *recording)
{
	struct cr2_recording_facts facts;

	cr2_recording_facts(recording, &facts);
	if (is_by(a, CR2_REPORT_BY_STACK) && !facts.calls)
		fputs("cr2: report: recorded without call stacks: only the code that faulted is known; "
		      "'cr2 record -g' has them\n", stderr);
	if (is_by(a, CR2_REPORT_BY_CGROUP) && !facts.cgroups)
		fputs("cr2: report: recorded without control groups; 'cr2 record --all-cgroups' has them\n",
		      stderr);
}

/* Exit code. */
static int add_up(struct arguments *a, struct cr2_recording *recording)
{
	const struct cr2_symbols_places places = {.map = map_at, .kernel = kernel_at, .data = recording};
	struct cr2_symbols *symbols = NULL;
	struct cr2_report *report = NULL;
	int r = cr2_symbols_create(&places, &symbols), shown = 0;

	a->config.calls = calls_of;
	a->config.data = symbols;
	if (r == 0)
		r = cr2_report_create(&a->config, &report);
	if (r == 0)
		r = add_all(a, recording, report);
	if (r >= 0)
		shown = show(a, recording, report);
	if (r >= 0 && shown == 0)
		say_missing(a, recording);
	cr2_report_destroy(report);
	cr2_symbols_destroy(symbols);
	r = shown ? shown : r;
	return r < 0 ? cli_error(CLI_UNABLE, "report: %s: %s", a->input, strerror(-r)) : r;
}

static int report(struct arguments *a, int fd)
{
	struct cr2_recording_input input = {.size = sizeof(input), .read = read_bytes, .data = &fd};
	struct cr2_recording *recording;
	struct stat status;
	char *reason = NULL;
	int r;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return cli_error(CLI_USAGE, "report: %s: it is no regular file", a->input);
	input.length = (uint64_t)status.st_size;
	r = cr2_recording_open(&input, &recording, &reason);
	if (r < 0) {
		r = cli_error(r == -EBADMSG ? CLI_USAGE : CLI_UNABLE, "report: %s: %s", a->input,
			      reason ? reason : strerror(-r));
		free(reason);
		return r;
	}
	r = add_up(a, recording);
	cr2_recording_close(recording);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.input = "perf.data", .config.size = sizeof(a.config)};
	int r = cli_parse(self, argc, argv, &a), fd;

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	fd = open(a.input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return cli_error(errno == ENOENT ? CLI_USAGE : CLI_UNABLE, "report: %s: %s", a.input,
				 strerror(errno));
	r = report(&a, fd);
	close(fd);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_report = {
	.name = "report",
	.summary = "add up what was recorded: by path, function, process and so on",
	.argp = &argp,
	.paged = true,
	.run = run,
};
