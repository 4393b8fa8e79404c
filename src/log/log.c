/* SPDX-License-Identifier: MIT */
/*
 * The stream: cuts text into lines, finds the few that matter, and puts reports together.
 *
 * While no report is open, log_scan looks for the words that begin one, and nothing else is
 * done to the text. While reports are open, each line is read: form.c takes a message out of a
 * record, head.c takes off what stands before it. Several reports may be open at once,
 * because CPUs print side by side. A line belongs to the open report of the same host and,
 * where the kernel prints it, the same task or CPU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "base/option.h"
#include "symbol/insn.h"
#include "symbol/symbol.h"

#include "form.h"
#include "head.h"
#include "recognise.h"
#include "scan.h"

#define OPEN_MAX_REPORTS 16
/* Longer lines are handled in pieces: no line of the kernel's comes near. */
#define LINE_MAX_BYTES 65536
/*
 * How many lines a report may be without one of its own: a Code: line follows at once but for
 * what other CPUs print; a call trace and a list of modules are long.
 */
#define USER_PATIENCE 6
#define OOPS_PATIENCE 400
/* In fractions of a line: the fields of a record, and what other hosts print, are less than one. */
#define AGE_LINE 64
#define AGE_FOREIGN 8
#define AGE_FRAME 1

struct open_report {
	struct cr2_log_report report;
	struct log_oops_state oops;
	uint64_t source, caller;
	unsigned age; /* of AGE_LINE each line since its last */
	bool complete;
	bool interrupted; /* by another oops, before it said how it died */
};

struct cr2_log {
	struct cr2_log_config config;
	struct cr2_log_stats stats;
	struct log_scan scan;
	struct symbols *symbols;
	struct insn_decoder *decoder;
	struct log_forms forms;
	struct cr2_text carry; /* the beginning of a line whose end has not come */
	bool in_long_line; /* its beginning was handled already */
	const char *passed; /* text from here to the line at hand has yet to go to config.text */
	uint64_t line; /* lines before the one at hand */
	size_t n_open;
	struct open_report *open[OPEN_MAX_REPORTS]; /* in order of their beginning */
};

int cr2_log_create(const struct cr2_log_config *config, struct cr2_log **ret_log)
{
	struct cr2_log *log = calloc(1, sizeof(*log));
	int r;

	if (!log)
		return -ENOMEM;
	r = option_take(&log->config, sizeof(log->config), config);
	config = &log->config;
	log_scan_init(&log->scan);
	if (r == 0)
		r = insn_decoder_create(&log->decoder);
	if (r == 0 && !config->no_symbols)
		r = symbols_create(config->paths, config->n_paths, &log->symbols);
	if (r < 0) {
		cr2_log_destroy(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

void cr2_log_destroy(struct cr2_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->n_open; i++)
		free(log->open[i]);
	symbols_destroy(log->symbols);
	insn_decoder_destroy(log->decoder);
	cr2_text_finish(&log->carry);
	log_forms_finish(&log->forms);
	free(log);
}

void cr2_log_get_stats(const struct cr2_log *log, struct cr2_log_stats *ret_stats)
{
	*ret_stats = log->stats;
}

static int pass_text(struct cr2_log *log, const char *end)
{
	const char *start = log->passed;

	log->passed = end;
	if (!log->config.text || !start || end == start)
		return 0;
	return log->config.text(log->config.data, start, (size_t)(end - start));
}

static int tell(struct cr2_log *log, size_t i)
{
	struct open_report *open = log->open[i];
	int r;

	log->n_open--;
	memmove(&log->open[i], &log->open[i + 1], (log->n_open - i) * sizeof(log->open[0]));
	log_verdict(&open->report, log->decoder, log->symbols);
	log->stats.reports++;
	r = log->config.report(log->config.data, &open->report);
	free(open);
	return r;
}

static bool is_ready(const struct open_report *open)
{
	return open->complete ||
	       open->age / AGE_LINE > (open->report.kind == CR2_LOG_OOPS ? OOPS_PATIENCE : USER_PATIENCE);
}

/* Tells reports in the order of their beginning, up to the first that is not ready; all: every one. */
static int tell_ready(struct cr2_log *log, bool all)
{
	while (log->n_open && (all || is_ready(log->open[0]))) {
		struct open_report *open = log->open[0];
		int r;

		if (open->report.kind == CR2_LOG_OOPS && !open->complete)
			open->report.truncated = true;
		r = tell(log, 0);
		if (r)
			return r;
	}
	return 0;
}

static bool same_source(const struct open_report *open, const struct log_line *line)
{
	return open->source == line->source &&
	       (open->caller == line->caller || !open->caller || !line->caller);
}

static int open_new(struct cr2_log *log, const struct cr2_log_report *report,
		    const struct log_oops_state *oops, const struct log_line *line)
{
	struct open_report *open;
	int r;

	if (log->n_open == OPEN_MAX_REPORTS) {
		log->open[0]->report.truncated = log->open[0]->report.kind == CR2_LOG_OOPS;
		r = tell(log, 0);
		if (r)
			return r;
	}
	open = malloc(sizeof(*open));
	if (!open)
		return -ENOMEM;
	*open = (struct open_report){.report = *report, .oops = *oops,
				     .source = line->source, .caller = line->caller};
	open->report.line = open->report.last_line = log->line + 1;
	log_copy(line->when, open->report.when, sizeof(open->report.when));
	/* The kernel never prints code bytes after these. */
	open->complete = report->kind == CR2_LOG_TRAP || report->kind == CR2_LOG_TRACE;
	log->open[log->n_open++] = open;
	return 0;
}

static void grow(struct cr2_log *log, struct open_report *open)
{
	open->report.last_line = log->line + 1;
	open->age = 0;
}

static bool is_open_oops(const struct open_report *open, const struct log_line *line)
{
	return open->report.kind == CR2_LOG_OOPS && !open->complete && same_source(open, line);
}

/* The oops that a line of its kind belongs to, or NULL. */
static struct open_report *find_oops(struct cr2_log *log, const struct log_line *line)
{
	for (size_t i = log->n_open; i-- > 0;)
		if (is_open_oops(log->open[i], line) && !log->open[i]->interrupted)
			return log->open[i];
	return NULL;
}

/* The oops whose first lines this one goes on from, or NULL. */
static struct open_report *find_continued(struct cr2_log *log, const struct log_line *line)
{
	for (size_t i = log->n_open; i-- > 0;)
		if (is_open_oops(log->open[i], line) &&
		    log_oops_continues(&log->open[i]->report, &log->open[i]->oops, line->message))
			return log->open[i];
	return NULL;
}

/* Those that were interrupted earlier have no more lines. */
static void close_interrupted(struct cr2_log *log, const struct log_line *line)
{
	for (size_t i = 0; i < log->n_open; i++)
		log->open[i]->complete |= log->open[i]->interrupted && is_open_oops(log->open[i], line);
}

/* The two are printed side by side: of what follows nobody knows whose it is. */
static void interleave(struct open_report *one, struct open_report *other)
{
	one->report.interleaved = other->report.interleaved = true;
	one->oops.foreign.within = other->oops.foreign.within = true;
}

static int oops_begins(struct cr2_log *log, const struct log_line *line, bool *ret_begun)
{
	struct open_report *newest = find_oops(log, line), *continued = find_continued(log, line);
	struct cr2_log_report report;
	struct log_oops_state state;

	*ret_begun = false;
	if (continued) {
		if (continued == newest)
			return 0;
		if (newest)
			interleave(continued, newest);
		log_oops_line(&continued->report, &continued->oops, line->message);
		grow(log, continued);
		*ret_begun = true;
		return 0;
	}
	if (!log_oops_begins(line->message, &report, &state))
		return 0;
	*ret_begun = true;
	close_interrupted(log, line);
	if (newest) {
		newest->report.truncated = true;
		newest->interrupted = !newest->oops.died && !newest->oops.trace;
		newest->complete = !newest->interrupted;
	}
	return open_new(log, &report, &state, line);
}

static bool wants_code(const struct open_report *open)
{
	const struct cr2_log_report *report = &open->report;

	if (open->complete || report->code_length || report->code_unreadable)
		return false;
	if (report->kind == CR2_LOG_OOPS)
		return !open->interrupted && !open->oops.user_rip && !open->oops.foreign.within;
	return report->kind == CR2_LOG_SEGFAULT;
}

static void give_code(struct cr2_log *log, struct open_report *open, const struct log_code *code)
{
	struct cr2_log_report *report = &open->report;

	memcpy(report->code, code->bytes, code->length);
	report->code_length = code->length;
	report->code_ip = code->ip;
	report->code_unreadable = code->unreadable;
	open->complete = report->kind == CR2_LOG_SEGFAULT;
	grow(log, open);
}

/*
 * A Code: line names no task. Where more than one open report waits for one, the instruction
 * may fit only one of them; where it fits several, it is given to none.
 */
static void code_line(struct cr2_log *log, const struct log_line *line, const struct log_code *code)
{
	struct open_report *only = NULL;
	size_t waiting = 0, fitting = 0;

	for (size_t i = 0; i < log->n_open; i++)
		waiting += same_source(log->open[i], line) && wants_code(log->open[i]);
	for (size_t i = 0; i < log->n_open; i++) {
		struct open_report *open = log->open[i];

		if (!same_source(open, line) || !wants_code(open) ||
		    (waiting > 1 && !log_code_fits(&open->report, log->decoder, code)))
			continue;
		only = open;
		fitting++;
	}
	if (fitting == 1) {
		give_code(log, only, code);
		return;
	}
	for (size_t i = 0; i < log->n_open; i++)
		if (same_source(log->open[i], line) && wants_code(log->open[i]))
			log->open[i]->report.interleaved = true;
}

static void oops_goes_on(struct cr2_log *log, const struct log_line *line)
{
	struct open_report *open = find_oops(log, line);
	enum log_oops_step step;

	if (!open)
		return;
	step = log_oops_line(&open->report, &open->oops, line->message);
	if (step != LOG_OOPS_OTHER)
		grow(log, open);
	if (step != LOG_OOPS_ENDS)
		return;
	open->complete = true;
	close_interrupted(log, line);
}

/* "show_signal_msg: 13 callbacks suppressed": the kernel's rate limit dropped so many. */
static void count_suppressed(struct cr2_log *log, const struct log_line *line)
{
	/* Those that print a line about a user's crash; by 4.20 they had become one. */
	static const char *const printers[] = {
		"show_signal_msg: ", "show_signal: ", "do_trap: ", "do_general_protection: ",
	};
	uint64_t n;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(printers); i++) {
		struct log_span rest = line->message;

		rest.start = log_find(rest, printers[i]);
		if (rest.start && log_take(&rest, printers[i]) && log_take_decimal(&rest, &n) &&
		    log_take(&rest, " callbacks suppressed"))
			log->stats.suppressed += n;
	}
}

static void grow_older(struct cr2_log *log, const struct log_line *line, bool frame)
{
	for (size_t i = 0; i < log->n_open; i++)
		log->open[i]->age += frame ? AGE_FRAME :
				     same_source(log->open[i], line) ? AGE_LINE : AGE_FOREIGN;
}

/* A record of the kernel's; text: the line that it begins; empty: it is not the line's first. */
static int handle_record(struct cr2_log *log, const struct log_line *line, struct log_span text)
{
	struct cr2_log_report report;
	struct log_code code;
	bool begun;
	int r;

	if (log_user_begins(line->message, &report) || log_trace_line(text, &report))
		return open_new(log, &report, &(struct log_oops_state){0}, line);
	if (log_code_parse(line->message, &code)) {
		code_line(log, line, &code);
		return 0;
	}
	r = oops_begins(log, line, &begun);
	if (r || begun)
		return r;
	oops_goes_on(log, line);
	count_suppressed(log, line);
	return 0;
}

static int handle_plain(struct cr2_log *log, const struct log_plain *plain, struct log_span text)
{
	struct log_line line;
	int r = 0;

	log_line_parse(text, &line);
	if (log_length(plain->host))
		line.source = line.source * 31 + log_line_source(plain->host);
	do {
		if (log_length(line.when) == 0)
			line.when = plain->when;
		grow_older(log, &line, plain->frame);
		r = handle_record(log, &line, text);
		text.start = text.end;
	} while (r == 0 && log_line_next(&line));
	return r;
}

/* A line's text, without its newline. */
static int handle_line(struct cr2_log *log, struct log_span text)
{
	struct log_plain plain;
	int r = log_form_read(&log->forms, text, &plain);

	while (r == 0) {
		const char *newline = memchr(plain.text.start, '\n', log_length(plain.text));

		text = (struct log_span){plain.text.start, newline ? newline : plain.text.end};
		r = handle_plain(log, &plain, text);
		if (!newline)
			break;
		plain.text.start = newline + 1;
	}
	return r;
}

/* Text that begins a line and ends one (or is the beginning of one that is too long). */
static int handle_lines(struct cr2_log *log, const char *text, const char *end)
{
	int r;

	log->passed = text;
	while (text < end) {
		const char *start = text, *stop;

		if (log->n_open == 0 && !log->forms.in_array) {
			const char *word = log_scan_find(&log->scan, text, end, NULL);
			const char *newline = word ? memrchr(text, '\n', (size_t)(word - text)) : NULL;

			start = !word ? end : newline ? newline + 1 : text;
			log->line += log_scan_lines(text, start);
		}
		if (start == end)
			break;
		stop = memchr(start, '\n', (size_t)(end - start));
		stop = stop ? stop : end;
		r = handle_line(log, (struct log_span){start, stop});
		log->line += stop < end;
		text = stop < end ? stop + 1 : end;
		if (!r)
			r = pass_text(log, text);
		if (!r)
			r = tell_ready(log, false);
		if (r)
			return r;
	}
	return pass_text(log, end);
}

/* The rest of a line whose beginning was too long to keep: only passed on. */
static int skip_long_line(struct cr2_log *log, const char **text, const char *end)
{
	const char *newline = memchr(*text, '\n', (size_t)(end - *text));

	log->passed = *text;
	*text = newline ? newline + 1 : end;
	log->in_long_line = !newline;
	log->line += newline != NULL;
	return pass_text(log, *text);
}

static int handle_carry(struct cr2_log *log)
{
	int r = handle_lines(log, log->carry.data, log->carry.data + log->carry.length);

	log->passed = NULL;
	cr2_text_clear(&log->carry);
	return r;
}

/* Completes the line that an earlier piece began. */
static int join_carry(struct cr2_log *log, const char **text, const char *end)
{
	const char *newline = memchr(*text, '\n', (size_t)(end - *text));
	const char *stop = newline ? newline + 1 : end;
	size_t room = LINE_MAX_BYTES - log->carry.length;
	int r;

	if ((size_t)(stop - *text) > room) {
		stop = *text + room;
		log->in_long_line = true;
	}
	r = cr2_text_append_n(&log->carry, *text, (size_t)(stop - *text));
	if (r < 0)
		return r;
	*text = stop;
	return newline || log->in_long_line ? handle_carry(log) : 0;
}

int cr2_log_feed(struct cr2_log *log, const char *text, size_t length)
{
	const char *end = text + length, *last;
	int r = 0;

	log->stats.bytes += length;
	while (text < end && (log->in_long_line || log->carry.length)) {
		r = log->in_long_line ? skip_long_line(log, &text, end) : join_carry(log, &text, end);
		if (r)
			return r;
	}
	last = text < end ? memrchr(text, '\n', (size_t)(end - text)) : NULL;
	if (last) {
		r = handle_lines(log, text, last + 1);
		if (r)
			return r;
		text = last + 1;
	}
	while (text < end && !r)
		r = log->in_long_line ? skip_long_line(log, &text, end) : join_carry(log, &text, end);
	log->passed = NULL;
	log->stats.lines = log->line;
	return r;
}

int cr2_log_idle(struct cr2_log *log)
{
	size_t i = 0;
	int r = 0;

	while (i < log->n_open && r == 0) {
		if (log->open[i]->report.kind == CR2_LOG_OOPS && !log->open[i]->complete)
			i++;
		else
			r = tell(log, i);
	}
	return r;
}

int cr2_log_end(struct cr2_log *log)
{
	bool unfinished = log->carry.length || log->in_long_line;
	int r = log->carry.length ? handle_carry(log) : 0;

	if (!r)
		r = tell_ready(log, true);
	log->line += unfinished;
	log->stats.lines = log->line;
	log->line = 0;
	log->in_long_line = false;
	log->forms.in_array = false;
	return r;
}
