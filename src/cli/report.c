/* SPDX-License-Identifier: MIT */
/* cr2 report: what a recording holds, added up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/export.h>

#include "recorded.h"

static const char doc[] =
	"Adds up the page faults that 'cr2 record' or 'perf record' recorded: by path, by mapping and file, by function, by "
	"line, by call stack, by control group, by process, by page, over time, or by several of them, each "
	"below the one before, the dearest first.\v"
	"--folded, --html and --pprof take each row with those above it as one stack, in which a call stack is "
	"all its functions; without --by: process, stack and path.\n\n"
	"A function is named where the file that the code was in is at hand, and the same by its build id; "
	"else its place in the file stands there. A recording that is cut off, or whose recorder was killed, "
	"is reported up to there, and that is said.\n\n"
	"Of perf's recordings, also compressed ones (perf record -z) and such as come through a pipe, it takes exceptions:page_fault_user and page_fault_kernel, else page-faults, else "
	"minor-faults and major-faults; what settled a fault, and how long that took, is not known then.\n\n"
	"Exit: 0; 2 bad input, also where a part of it was read and reported; 3 it cannot be read.";

enum {
	OPTION_BY = 0x300,
	OPTION_WEIGHT,
	OPTION_RESIDENT,
	/* What is written, in the order of outputs[]: */
	OPTION_JSON,
	OPTION_FOLDED,
	OPTION_HTML,
	OPTION_PPROF,
	OPTION_EVENTS,
};

static const struct argp_option argp_options[] = {
	{"input", 'i', "FILE", 0, "Read FILE, or with - what perf writes to a pipe; default: perf.data", 0},
	{"by", OPTION_BY, "WHAT,...", 0,
	 "Rows by path, mapping, function, line, stack, cgroup, process, page and time, or some of them, "
	 "nested as named; default: path,mapping", 0},
	{"resident", OPTION_RESIDENT, NULL, 0,
	 "Who holds memory at the end: pages that are there then, by the faults that brought them ('cr2 record "
	 "--resident'); default: by mapping,stack", 0},
	{"output", 'o', "FILE", 0, "Write to FILE", 0},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a line", 0},
	{"folded", OPTION_FOLDED, NULL, 0, "Print a line a stack, for flamegraph.pl and its like", 0},
	{"weight", OPTION_WEIGHT, "WHAT", 0, "What stacks weigh with --folded: count, time or bytes; default: count", 0},
	{"html", OPTION_HTML, NULL, 0, "Write a flame graph as a web page that needs nothing else", 0},
	{"pprof", OPTION_PPROF, NULL, 0, "Write a profile for pprof, Pyroscope, Parca (profile.proto, gzipped)", 0},
	{"trace-event", OPTION_EVENTS, NULL, 0,
	 "Write each fault as an event of its thread, for Perfetto and chrome://tracing", 0},
	{"perfetto", OPTION_EVENTS, NULL, OPTION_ALIAS, NULL, 0},
	{0},
};

struct arguments {
	const char *input, *output;
	int format; /* an option; 0: a table */
	enum cr2_export_weight weight;
	bool weighed, resident;
	struct cr2_report_config config;
	int exit;
};

static int parse_weight(struct arguments *a, const char *name)
{
	int weight = cr2_export_weight_parse(name);

	if (weight < 0) {
		a->exit = cli_error(CLI_USAGE, "report: --weight: '%s' is none of count, time, bytes", name);
		return EINVAL;
	}
	a->weight = (enum cr2_export_weight)weight;
	a->weighed = true;
	return 0;
}

static int check(struct arguments *a)
{
	static const enum cr2_report_by rows[] = {CR2_REPORT_BY_PATH, CR2_REPORT_BY_MAPPING};
	static const enum cr2_report_by held[] = {CR2_REPORT_BY_MAPPING, CR2_REPORT_BY_STACK};
	static const enum cr2_report_by stacks[] = {CR2_REPORT_BY_PROCESS, CR2_REPORT_BY_STACK, CR2_REPORT_BY_PATH};

	if (a->weighed && a->format != OPTION_FOLDED)
		a->exit = cli_error(CLI_USAGE, "report: --weight goes with --folded alone: others hold all three");
	if (a->resident && a->format && a->format != OPTION_JSON)
		a->exit = cli_error(CLI_USAGE, "report: --resident is a table or --json");
	if (a->resident)
		recorded_default_by(&a->config, CR2_ARRAY_SIZE(held), held);
	if (a->format == OPTION_EVENTS && a->config.n_by)
		a->exit = cli_error(CLI_USAGE, "report: --trace-event has single faults: no --by");
	if (a->format && a->format != OPTION_JSON)
		recorded_default_by(&a->config, CR2_ARRAY_SIZE(stacks), stacks);
	else
		recorded_default_by(&a->config, CR2_ARRAY_SIZE(rows), rows);
	return a->exit ? EINVAL : 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'i':
		a->input = arg;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPTION_BY:
		return recorded_parse_by("report", arg, &a->config, &a->exit);
	case OPTION_WEIGHT:
		return parse_weight(a, arg);
	case OPTION_RESIDENT:
		a->resident = true;
		return 0;
	case OPTION_JSON:
	case OPTION_FOLDED:
	case OPTION_HTML:
	case OPTION_PPROF:
	case OPTION_EVENTS:
		if (a->format && a->format != key) {
			a->exit = cli_error(CLI_USAGE, "report: one format at a time: --json, --folded, --html, --pprof "
					    "or --trace-event");
			return EINVAL;
		}
		a->format = key;
		return 0;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "report: '%s' is too much; a file is named with -i", arg);
		return EINVAL;
	case ARGP_KEY_END:
		return check(a);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what is written ---- */

static int make(const struct arguments *a, const struct cr2_view_report *view, FILE *stream, struct cr2_text *text)
{
	struct cr2_style style = cli_style();

	style.colour = style.colour && stream == stdout;
	switch (a->format) {
	case OPTION_JSON:
		return cr2_view_report_json(view, text);
	case OPTION_FOLDED:
		return cr2_export_folded(view, a->weight, text);
	case OPTION_HTML:
		return cr2_export_html(view, text);
	case OPTION_PPROF:
		return cr2_export_pprof(view, text);
	default:
		return cr2_view_report(view, &style, text);
	}
}

static int write_out(struct cr2_text *text, FILE *stream)
{
	const size_t n = text->length;
	int r = n && fwrite(text->data, 1, n, stream) != n ? -errno : 0;

	cr2_text_clear(text);
	return r;
}

static int show(const struct arguments *a, const struct recorded *recorded, FILE *stream)
{
	struct cr2_view_report view = {.title = recorded->path, .n_by = a->config.n_by, .resident = a->resident,
				       .unowned = recorded->unowned};
	struct cr2_report_row *rows = NULL;
	struct cr2_text text = {0};
	int r = cr2_report_rows(recorded->report, &rows, &view.n_rows);

	memcpy(view.by, a->config.by, sizeof(view.by));
	view.rows = rows;
	cr2_recording_facts(recorded->recording, &view.facts);
	if (r == 0)
		r = make(a, &view, stream, &text);
	if (r == 0)
		r = write_out(&text, stream);
	cr2_text_finish(&text);
	free(rows);
	return r;
}

static int failed(const struct arguments *a, int error)
{
	if (error == -ENOSYS)
		return cli_error(CLI_UNABLE, "report: --pprof: this cr2 was built without protobuf-c");
	if (error == -ENOMEM)
		return cli_error(CLI_UNABLE, "report: %s: %s", a->input, strerror(-error));
	if (!a->output)
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(-error));
	return cli_error(CLI_UNABLE, "report: cannot write %s: %s", a->output, strerror(-error));
}

static int report_rows(const struct arguments *a, struct recorded *recorded, FILE *stream)
{
	int code, r;

	recorded->resident = a->resident;
	code = recorded_add_up(recorded, &a->config, NULL, NULL);
	if (code && code != CLI_USAGE)
		return code;
	r = show(a, recorded, stream);
	if (r < 0)
		return failed(a, r);
	recorded_say_missing(recorded, &a->config);
	return code;
}

/* ---- single faults ---- */

struct events {
	const struct recorded *recorded;
	struct cr2_export_events *events;
	struct cr2_text text;
	FILE *stream;
	int error; /* of writing: what is read from then on is not put anywhere */
};

static int put_event(void *data, const struct cr2_recorded_fault *fault)
{
	struct events *e = data;
	struct cr2_calls calls;
	int r;

	if (e->error)
		return 0;
	r = cr2_symbols_calls(e->recorded->symbols, fault, true, &calls);
	if (r == 0)
		r = cr2_export_event(e->events, fault, &calls, &e->text);
	if (r == 0 && e->text.length > 1 << 16)
		e->error = write_out(&e->text, e->stream);
	return r;
}

static int report_events(const struct arguments *a, struct recorded *recorded, FILE *stream)
{
	const struct cr2_report_config nothing = {.size = sizeof(nothing)};
	struct events e = {.recorded = recorded, .stream = stream};
	int r = cr2_export_events_begin(&e.events, &e.text), end, code;

	if (r < 0)
		return failed(a, r);
	code = recorded_add_up(recorded, &nothing, put_event, &e);
	end = cr2_export_events_end(e.events, &e.text);
	end = e.error ? e.error : end;
	if (end == 0)
		end = write_out(&e.text, stream);
	cr2_text_finish(&e.text);
	return end < 0 ? failed(a, end) : code;
}

/* ---- */

static int report(const struct arguments *a, FILE *stream)
{
	struct recorded recorded;
	int code = recorded_open("report", a->input, &recorded);

	if (code)
		return code;
	code = a->format == OPTION_EVENTS ? report_events(a, &recorded, stream) : report_rows(a, &recorded, stream);
	recorded_close(&recorded);
	return code;
}

/* Bytes are no text: a terminal would make a mess of them. */
static int report_to(const struct arguments *a)
{
	FILE *stream = stdout;
	int code;

	if (a->output)
		stream = fopen(a->output, "we");
	if (!stream)
		return failed(a, -errno);
	if (a->format == OPTION_PPROF && isatty(fileno(stream)))
		return cli_error(CLI_USAGE, "report: --pprof: a profile is no text; give -o FILE");
	code = report(a, stream);
	if (a->output && fclose(stream) != 0 && code == 0)
		code = failed(a, -errno);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.input = "perf.data", .config.size = sizeof(a.config)};
	int r = cli_parse(self, argc, argv, &a);

	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	return report_to(&a);
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
