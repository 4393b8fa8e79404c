/* SPDX-License-Identifier: MIT */
/* cr2 diff: two recordings beside each other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_trace.h>

#include "recorded.h"

static const char doc[] =
	"Sets two recordings beside each other, such as those of a program before and after a change: by path, by "
	"function, or by several of what 'cr2 report' knows, how many faults, how much time and how many bytes it "
	"were, and what became more or less; the largest difference first.\v"
	"Processes are the same where they are called the same, call stacks where their functions are. Faults and "
	"bytes of equal runs are nearly equal; time depends on what else the machine does.\n\n"
	"Exit: 0; 2 bad input, also where a part of it was read and reported; 3 it cannot be read.";

enum {
	OPTION_BY = 0x300,
	OPTION_JSON,
	OPTION_SORT,
};

static const struct argp_option argp_options[] = {
	{"by", OPTION_BY, "WHAT,...", 0,
	 "Rows by path, mapping, function, line, stack, cgroup, process, page and time, or some of them, "
	 "nested as named; default: path,mapping", 0},
	{"sort", OPTION_SORT, "WHAT", 0, "By the difference of count, time or bytes; default: count", 0},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a line", 0},
	{0},
};

struct arguments {
	const char *files[2];
	size_t n_files;
	bool json;
	enum cr2_diff_by sort;
	struct cr2_report_config config;
	int exit;
};

static int parse_sort(struct arguments *a, const char *word)
{
	static const char *const words[] = {
		[CR2_DIFF_COUNT] = "count", [CR2_DIFF_TIME] = "time", [CR2_DIFF_BYTES] = "bytes"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0) {
			a->sort = (enum cr2_diff_by)i;
			return 0;
		}
	a->exit = cli_error(CLI_USAGE, "diff: --sort: '%s' is none of count, time, bytes", word);
	return EINVAL;
}

static int check(struct arguments *a)
{
	static const enum cr2_report_by rows[] = {CR2_REPORT_BY_PATH, CR2_REPORT_BY_MAPPING};

	recorded_default_by(&a->config, CR2_ARRAY_SIZE(rows), rows);
	if (a->n_files == 2)
		return 0;
	a->exit = cli_error(CLI_USAGE, "diff: it takes two recordings: cr2 diff BEFORE AFTER");
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_BY:
		return recorded_parse_by("diff", arg, &a->config, &a->exit);
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_SORT:
		return parse_sort(a, arg);
	case ARGP_KEY_ARG:
		if (a->n_files < CR2_ARRAY_SIZE(a->files))
			a->files[a->n_files] = arg;
		a->n_files++;
		return 0;
	case ARGP_KEY_END:
		return check(a);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- */

struct side {
	struct recorded recorded;
	struct cr2_report_row *rows;
	size_t n;
};

/* An exit code. */
static int read_side(const struct arguments *a, size_t i, struct side *side)
{
	int code = recorded_open("diff", a->files[i], &side->recorded), r;

	if (code)
		return code;
	code = recorded_add_up(&side->recorded, &a->config, NULL, NULL);
	if (code && code != CLI_USAGE)
		return code;
	recorded_say_missing(&side->recorded, &a->config);
	r = cr2_report_rows(side->recorded.report, &side->rows, &side->n);
	return r < 0 ? cli_error(CLI_UNABLE, "diff: %s: %s", a->files[i], strerror(-r)) : code;
}

static int show(const struct arguments *a, const struct side sides[2])
{
	struct cr2_view_diff view = {
		.before_title = sides[0].recorded.path, .after_title = sides[1].recorded.path, .n_by = a->config.n_by};
	struct cr2_style style = cli_style();
	struct cr2_diff_row *rows = NULL;
	struct cr2_text text = {0};
	int r = cr2_diff(sides[0].rows, sides[0].n, sides[1].rows, sides[1].n, a->sort, &rows, &view.n_rows);

	view.rows = rows;
	memcpy(view.by, a->config.by, sizeof(view.by));
	cr2_recording_facts(sides[0].recorded.recording, &view.before);
	cr2_recording_facts(sides[1].recorded.recording, &view.after);
	if (r == 0)
		r = a->json ? cr2_view_diff_json(&view, &text) : cr2_view_diff(&view, &style, &text);
	if (r == 0)
		fputs(text.data, stdout);
	cr2_text_finish(&text);
	free(rows);
	return r < 0 ? cli_error(CLI_UNABLE, "diff: %s", strerror(-r)) : 0;
}

static int diff(const struct arguments *a)
{
	struct side sides[2] = {{.recorded.file.fd = -1}, {.recorded.file.fd = -1}};
	int code = read_side(a, 0, &sides[0]), second, shown = 0;
	bool read = sides[0].recorded.report;

	second = read ? read_side(a, 1, &sides[1]) : 0;
	if (read && sides[1].recorded.report)
		shown = show(a, sides);
	for (size_t i = 0; i < 2; i++) {
		free(sides[i].rows);
		recorded_close(&sides[i].recorded);
	}
	return shown ? shown : code ? code : second;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.config.size = sizeof(a.config)};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	return diff(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "BEFORE AFTER",
	.doc = doc,
};

const struct cli_command cli_diff = {
	.name = "diff",
	.summary = "set two recordings beside each other: what became more, what less",
	.argp = &argp,
	.paged = true,
	.run = run,
};
