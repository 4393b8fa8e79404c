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
#include "locate.h"
#include "recognise.h"
#include "reporter.h"
#include "scan.h"
#include "wrap.h"

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
/* What may be no report at all is given up soon, and so is a broken line's rest. */
#define DOUBT_PATIENCE 20
#define LAST_PATIENCE 3
#define LAST_MAX_BYTES 2048
/* Bytes before a message of which a head of unknown form may consist. */
#define HEAD_MAX_BYTES 200
/* How far before a word of log_trigger.def a first line may begin. */
#define BEFORE_WORD_BYTES 40
/* So many lines on, a second line that looks like a crash is another place. */
#define PLACE_LINES 64

struct open_report {
	struct cr2_log_report report;
	struct log_oops_state oops;
	struct log_reporter_state reporter; /* where report.reporter is another than the kernel */
	uint64_t source, caller;
	struct log_shape shape; /* of what stands before its messages still */
	bool settled; /* a second line showed that its head is as the first one's, or that it has none */
	bool doubtful; /* it is none unless another line goes on with it */
	bool beheaded; /* its first line's head is lost: any source may be its */
	bool prose; /* its first line talks of a crash */
	unsigned age; /* of AGE_LINE each line since its last */
	bool complete;
	bool interrupted; /* by another oops, before it said how it died */
	bool contended; /* its code fitted an earlier report as well */
	bool parted; /* KASAN's report stands in it, whole */
};

/* The record before the one at hand, where that may be its rest. */
struct last_record {
	struct log_line line; /* its spans are not valid, but these */
	char text[LAST_MAX_BYTES], when[64];
	size_t length, when_length; /* length 0: there is none */
	uint64_t number; /* of its line */
	unsigned age; /* records since */
	bool code; /* a Code: line whose instruction is cut: still to be given to a report */
	bool broken; /* a report's first line may begin in it */
	bool unread; /* it looks like a crash, but could not be read */
};

/* How a report's first line was found. */
struct beginning {
	struct log_shape shape;
	bool doubtful, beheaded, prose;
	uint64_t number; /* of its line; 0: the one at hand */
};

struct cr2_log {
	struct cr2_log_config config;
	struct cr2_log_stats stats;
	struct log_scan scan;
	struct symbols *symbols;
	struct insn_decoder *decoder;
	struct log_forms forms;
	struct last_record last;
	uint64_t unread_line; /* the last one that was reported so */
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
	log->forms.scan = &log->scan;
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

static void close_report(struct open_report *open)
{
	log_report_finish(&open->report);
	free(open);
}

void cr2_log_destroy(struct cr2_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->n_open; i++)
		close_report(log->open[i]);
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

/* Of several lines at a place, as an oops has them, the first one is enough. */
static int tell_unread(struct cr2_log *log, uint64_t number)
{
	bool same_place = log->unread_line && number >= log->unread_line &&
			  number - log->unread_line < PLACE_LINES;

	log->unread_line = number;
	if (same_place)
		return 0;
	log->stats.unread++;
	return log->config.unread ? log->config.unread(log->config.data, number) : 0;
}

static int tell(struct cr2_log *log, size_t i)
{
	struct open_report *open = log->open[i];
	int r = 0;

	log->n_open--;
	memmove(&log->open[i], &log->open[i + 1], (log->n_open - i) * sizeof(log->open[0]));
	if (open->doubtful && !open->settled) {
		if (!open->prose)
			r = tell_unread(log, open->report.line);
		close_report(open);
		return r;
	}
	if (open->report.reporter)
		log_reporter_complete(&open->report);
	log_verdict(&open->report, log->decoder, log->symbols);
	if (log->symbols)
		r = log_locate_calls(log->symbols, &open->report);
	log->stats.reports++;
	if (r == 0)
		r = log->config.report(log->config.data, &open->report);
	close_report(open);
	return r;
}

static bool is_oops(const struct open_report *open)
{
	return open->report.kind == CR2_LOG_OOPS && !open->report.reporter;
}

static bool is_ready(const struct open_report *open)
{
	unsigned patience = open->report.kind != CR2_LOG_OOPS && !open->report.reporter ? USER_PATIENCE :
			    open->doubtful && !open->settled ? DOUBT_PATIENCE : OOPS_PATIENCE;

	return open->complete || open->age / AGE_LINE > patience;
}

/* Tells reports in the order of their beginning, up to the first that is not ready; all: every one. */
static int tell_ready(struct cr2_log *log, bool all)
{
	while (log->n_open && (all || is_ready(log->open[0]))) {
		struct open_report *open = log->open[0];
		int r;

		if (is_oops(open) && !open->complete)
			open->report.truncated = true;
		r = tell(log, 0);
		if (r)
			return r;
	}
	return 0;
}

/* The line's message, where its head is as that of the report's first line. */
static bool has_head(const struct open_report *open, const struct log_line *line,
		     struct log_span *ret_message)
{
	struct log_span message = line->message;

	if (open->source != line->source || !log_shape_skip(&open->shape, &message))
		return false;
	*ret_message = message;
	return true;
}

/*
 * May the line be one of the report's? What stood before its first line may have been glued to
 * that one alone, such as a prompt: until a second line is found, one without a head may be it.
 */
static bool same_source(const struct open_report *open, const struct log_line *line)
{
	struct log_span message;

	if (open->caller && line->caller && open->caller != line->caller)
		return false;
	if (has_head(open, line, &message))
		return true;
	return !open->settled && (open->beheaded || !line->source || open->source == line->source);
}

static struct log_span message_of(const struct open_report *open, const struct log_line *line)
{
	struct log_span message = line->message;

	has_head(open, line, &message);
	return message;
}

/* The line is one of the report's: what stands before it does so before the others. */
static void settle(struct open_report *open, const struct log_line *line)
{
	struct log_span message;

	if (open->settled)
		return;
	if (!has_head(open, line, &message)) {
		open->shape = (struct log_shape){0};
		open->source = line->source;
	}
	open->settled = true;
}

static int open_new(struct cr2_log *log, const struct cr2_log_report *report,
		    const struct log_oops_state *oops, const struct log_line *line,
		    const struct beginning *beginning)
{
	struct open_report *open;
	int r;

	if (log->n_open == OPEN_MAX_REPORTS) {
		log->open[0]->report.truncated = is_oops(log->open[0]);
		r = tell(log, 0);
		if (r)
			return r;
	}
	open = malloc(sizeof(*open));
	if (!open)
		return -ENOMEM;
	*open = (struct open_report){.report = *report, .oops = *oops,
				     .source = line->source, .caller = line->caller,
				     .shape = beginning->shape, .doubtful = beginning->doubtful,
				     .beheaded = beginning->beheaded, .prose = beginning->prose};
	open->report.last_line = log->line + 1;
	open->report.line = beginning->number ? beginning->number : log->line + 1;
	log_copy(line->when, open->report.when, sizeof(open->report.when));
	/* The kernel never prints code bytes after these; of a vsyscall, a segfault line may follow. */
	open->complete = !report->reporter && report->cause != CR2_LOG_CAUSE_VSYSCALL &&
			 (report->kind == CR2_LOG_TRAP || report->kind == CR2_LOG_TRACE);
	log->open[log->n_open++] = open;
	return 0;
}

static void grow(struct cr2_log *log, struct open_report *open, const struct log_line *line)
{
	settle(open, line);
	open->report.last_line = log->line + 1;
	open->age = 0;
}

static bool is_open_oops(const struct open_report *open, const struct log_line *line)
{
	return is_oops(open) && !open->complete && same_source(open, line);
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
		    log_oops_continues(&log->open[i]->report, &log->open[i]->oops,
				       message_of(log->open[i], line)))
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

/*
 * Looks for a report's beginning at message's start, and where a word of one's stands in it
 * behind it; from: the beginning lies before that.
 */
static bool find_beginning(const struct cr2_log *log, struct log_span message, const char *from,
			   struct cr2_log_report *ret_report, struct log_oops_state *ret_state,
			   struct beginning *ret_beginning)
{
	const char *word, *p = message.start;
	bool crash;

	if (log_oops_begins(message, ret_report, ret_state))
		return true;
	word = log_scan_find(&log->scan, message.start, message.end, &crash);
	if (!word || !crash)
		return false;
	if (word - p > BEFORE_WORD_BYTES)
		p = word - BEFORE_WORD_BYTES;
	if (from - message.start > HEAD_MAX_BYTES)
		from = message.start + HEAD_MAX_BYTES;
	if (from > word + 1)
		from = word + 1;
	for (; p < from; p++) {
		struct log_span head = {message.start, p}, rest = {p, message.end};

		if (!log_oops_starts(rest) || !log_oops_begins(rest, ret_report, ret_state))
			continue;
		if (log_head_is_quotation(head) || !log_field_close(head, &rest))
			return false;
		log_oops_begins(rest, ret_report, ret_state);
		log_shape_take(head, &ret_beginning->shape);
		ret_beginning->doubtful = true;
		ret_beginning->prose = log_head_is_prose(head);
		return true;
	}
	return false;
}

/* A first line whose own beginning is lost. */
static bool find_beheaded(struct log_span message, struct cr2_log_report *ret_report,
			  struct log_oops_state *ret_state, struct beginning *ret_beginning)
{
	char text[LAST_MAX_BYTES];
	struct log_span rest;
	const char *head;
	size_t n;

	if (!log_wrap_lost_head(message, &head, &rest))
		return false;
	n = strlen(head);
	if (n + log_length(rest) > sizeof(text))
		return false;
	memcpy(text, head, n);
	memcpy(text + n, rest.start, log_length(rest));
	ret_beginning->doubtful = ret_beginning->beheaded = true;
	return log_oops_begins((struct log_span){text, text + n + log_length(rest)}, ret_report, ret_state);
}

/* It goes on, after another one's lines perhaps. */
static bool oops_is_continued(struct cr2_log *log, const struct log_line *line, struct open_report *newest,
			      struct open_report *continued)
{
	if (continued == newest)
		return false;
	if (newest)
		interleave(continued, newest);
	log_oops_line(&continued->report, &continued->oops, message_of(continued, line));
	grow(log, continued, line);
	return true;
}

static int oops_begins(struct cr2_log *log, const struct log_line *line, bool *ret_begun)
{
	struct open_report *newest = find_oops(log, line), *continued = find_continued(log, line);
	struct log_span message = newest ? message_of(newest, line) : line->message;
	struct beginning beginning = {0};
	struct cr2_log_report report;
	struct log_oops_state state;

	*ret_begun = false;
	if (continued) {
		*ret_begun = oops_is_continued(log, line, newest, continued);
		return 0;
	}
	/* In the midst of one, a word of a crash within a line is no other's beginning. */
	if (newest ? !log_oops_begins(message, &report, &state) :
		     !find_beginning(log, message, message.end, &report, &state, &beginning) &&
		     !find_beheaded(message, &report, &state, &beginning))
		return 0;
	*ret_begun = true;
	close_interrupted(log, line);
	if (newest)
		beginning.shape = newest->shape;
	if (newest && report.cause == CR2_LOG_CAUSE_KASAN && newest->report.cause != CR2_LOG_CAUSE_KASAN) {
		newest->parted = true;
		newest->oops.foreign = (struct log_foreign){.within = true};
	} else if (newest) {
		newest->report.truncated = true;
		newest->interrupted = !newest->oops.died && !newest->oops.trace;
		newest->complete = !newest->interrupted;
	}
	return open_new(log, &report, &state, line, &beginning);
}

static bool wants_code(const struct open_report *open)
{
	const struct cr2_log_report *report = &open->report;

	if (open->complete || report->code_length || report->code_unreadable || report->reporter)
		return false;
	if (report->kind == CR2_LOG_OOPS)
		return !open->interrupted && !open->oops.user_rip && !open->oops.foreign.within;
	return report->kind == CR2_LOG_SEGFAULT;
}

static void give_code(struct cr2_log *log, struct open_report *open, const struct log_line *line,
		      const struct log_code *code)
{
	struct cr2_log_report *report = &open->report;

	memcpy(report->code, code->bytes, code->length);
	report->code_length = code->length;
	report->code_ip = code->ip;
	report->code_unreadable = code->unreadable;
	open->complete = report->kind == CR2_LOG_SEGFAULT;
	grow(log, open, line);
}

static void take_code_back(struct open_report *open)
{
	open->report.code_length = open->report.code_ip = 0;
	open->report.code_unreadable = false;
	open->report.interleaved = true;
}

/* The last program's crash before the line, where only programs' crashes could have the code. */
static struct open_report *last_program(const struct cr2_log *log, const struct log_line *line,
					const struct log_code *code)
{
	struct open_report *last = NULL;

	for (size_t i = 0; i < log->n_open; i++) {
		struct open_report *open = log->open[i];

		if (!same_source(open, line) || !wants_code(open) || !log_code_fits(&open->report, log->decoder, code))
			continue;
		if (open->report.kind != CR2_LOG_SEGFAULT)
			return NULL;
		last = open;
	}
	return last;
}

/* A later report got a code that an earlier one waited for: this one may be the later one's. */
static struct open_report *find_contended(const struct cr2_log *log, const struct open_report *open,
					  const struct log_line *line, const struct log_code *code)
{
	for (size_t i = log->n_open; i-- > 0 && log->open[i] != open;)
		if (log->open[i]->contended && same_source(log->open[i], line) &&
		    log_code_fits(&log->open[i]->report, log->decoder, code))
			return log->open[i];
	return NULL;
}

static void mark_interleaved(struct cr2_log *log, const struct log_line *line)
{
	for (size_t i = 0; i < log->n_open; i++)
		if (same_source(log->open[i], line) && wants_code(log->open[i]))
			log->open[i]->report.interleaved = true;
}

/*
 * A Code: line names no task. Where more than one open report waits for one, the instruction
 * may fit only one of them. Where it fits several programs', it is the last one's, whose line
 * stands before it, unless a second such line comes.
 */
static void code_line(struct cr2_log *log, const struct log_line *line, const struct log_code *code)
{
	struct open_report *only = NULL, *contended;
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
	if (fitting > 1)
		only = last_program(log, line, code);
	contended = only ? find_contended(log, only, line, code) : NULL;
	if (contended)
		take_code_back(contended);
	if (contended || !only) {
		mark_interleaved(log, line);
		return;
	}
	only->contended = fitting > 1;
	give_code(log, only, line, code);
}

static int trace_goes_on(struct cr2_log *log, struct open_report *open, const struct log_line *line,
			 bool *ret_taken)
{
	int r = 0;

	*ret_taken = false;
	if (open->oops.trace && !open->oops.foreign.within)
		r = log_calls_line(&open->report.calls[open->report.stack], message_of(open, line), ret_taken);
	if (r == 0 && !*ret_taken && open->report.frame[0])
		r = log_kasan_variable(message_of(open, line), &open->report.variables, ret_taken);
	if (*ret_taken)
		grow(log, open, line);
	return r;
}

/* *ret_taken: the line is one of an open oops. */
static int oops_goes_on(struct cr2_log *log, const struct log_line *line, bool *ret_taken)
{
	struct open_report *open = find_oops(log, line);
	enum log_oops_step step;

	*ret_taken = false;
	if (!open)
		return 0;
	step = log_oops_line(&open->report, &open->oops, message_of(open, line));
	if (step == LOG_OOPS_OTHER)
		return trace_goes_on(log, open, line, ret_taken);
	*ret_taken = true;
	open->report.interleaved |= open->parted;
	/* Another one's line says nothing of whether this is one. */
	if (!open->doubtful || open->settled || !open->oops.foreign.within)
		grow(log, open, line);
	if (step != LOG_OOPS_ENDS)
		return 0;
	open->complete = true;
	close_interrupted(log, line);
	/* Where the report that ends stood in another one, that goes on. */
	open = find_oops(log, line);
	if (open && open->parted)
		open->oops.foreign = (struct log_foreign){0};
	return 0;
}

/* The last report of another reporter that the line belongs to, and what it says there. */
static enum log_reporter_step reporter_goes_on(struct cr2_log *log, const struct log_line *line,
					       size_t *ret_i)
{
	for (size_t i = log->n_open; i-- > 0;) {
		struct open_report *open = log->open[i];
		enum log_reporter_step step;

		if (!open->report.reporter || open->complete || open->source != line->source)
			continue;
		step = log_reporter_line(&open->report, &open->reporter, line->message);
		*ret_i = i;
		if (step != LOG_REPORTER_OTHER)
			return step;
	}
	return LOG_REPORTER_OTHER;
}

/* Its next report begins: what is open of the same reporter has no more lines. */
static void end_reporter(struct cr2_log *log, const struct log_line *line,
			 enum cr2_log_reporter reporter)
{
	for (size_t i = 0; i < log->n_open; i++)
		if (log->open[i]->report.reporter == reporter && log->open[i]->source == line->source)
			log->open[i]->complete = true;
}

static void drop(struct cr2_log *log, size_t i)
{
	close_report(log->open[i]);
	log->n_open--;
	memmove(&log->open[i], &log->open[i + 1], (log->n_open - i) * sizeof(log->open[0]));
}

/* Reporters beside the kernel. may_begin: it has a word of theirs; *ret_taken: the line was theirs. */
static int reporter_line(struct cr2_log *log, const struct log_line *line, bool may_begin, bool *ret_taken)
{
	struct log_reporter_state state;
	struct cr2_log_report report;
	enum log_reporter_step step;
	size_t i;
	int r;

	step = reporter_goes_on(log, line, &i);
	*ret_taken = step != LOG_REPORTER_OTHER;
	if (step == LOG_REPORTER_DROPS) {
		drop(log, i);
	} else if (step != LOG_REPORTER_OTHER) {
		grow(log, log->open[i], line);
		log->open[i]->complete = step == LOG_REPORTER_ENDS;
	} else if (may_begin && log_reporter_begins(line->message, &report, &state)) {
		*ret_taken = true;
		end_reporter(log, line, report.reporter);
		r = open_new(log, &report, &(struct log_oops_state){0}, line, &(struct beginning){0});
		if (r)
			return r;
		log->open[log->n_open - 1]->reporter = state;
	}
	return 0;
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

/* The segfault line that follows says the same of the vsyscall page, and more. */
static void drop_vsyscall(struct cr2_log *log, const struct log_line *line, const struct cr2_log_report *report)
{
	for (size_t i = log->n_open; i-- > 0;)
		if (report->kind == CR2_LOG_SEGFAULT && log->open[i]->report.cause == CR2_LOG_CAUSE_VSYSCALL &&
		    log->open[i]->report.pid == report->pid && log->open[i]->report.ip == report->ip &&
		    same_source(log->open[i], line))
			drop(log, i);
}

/* A user's crash: what stands before the task's name may stand before the Code: line, too. */
static int user_begins(struct cr2_log *log, const struct log_line *line, uint64_t number, bool *ret_begun)
{
	struct beginning beginning = {.number = number};
	struct cr2_log_report report;
	struct log_span head = line->message;
	const char *task;

	*ret_begun = log_user_begins(line->message, &report);
	if (!*ret_begun)
		return 0;
	drop_vsyscall(log, line, &report);
	task = log_find(head, report.comm);
	head.end = task ? task : head.start;
	log_shape_take(head, &beginning.shape);
	return open_new(log, &report, &(struct log_oops_state){0}, line, &beginning);
}

/* Behind a head of unknown form, it is the one of a report that waits for it. */
static bool code_parse(const struct cr2_log *log, const struct log_line *line, struct log_code *ret_code)
{
	if (log_code_parse(line->message, ret_code))
		return true;
	for (size_t i = 0; i < log->n_open; i++)
		if (same_source(log->open[i], line) && wants_code(log->open[i]) &&
		    log_code_parse(message_of(log->open[i], line), ret_code))
			return true;
	return false;
}

/* Does the line end before its instruction? Of a 64-bit program or of a 32-bit one: it may wait. */
static bool is_cut(const struct cr2_log *log, const struct log_code *code)
{
	const uint8_t *at = code->bytes + code->ip;
	size_t n = (size_t)(code->length - code->ip);
	struct insn insn;

	return !code->unreadable && n < 15 && code->length < LOG_CODE_MAX &&
	       (insn_decode(log->decoder, at, n, 0, 64, &insn) < 0 ||
		insn_decode(log->decoder, at, n, 0, 32, &insn) < 0);
}

static void keep_last(struct cr2_log *log, const struct log_line *line)
{
	struct last_record *last = &log->last;

	last->length = 0;
	if (log_length(line->message) > sizeof(last->text))
		return;
	last->line = *line;
	last->length = log_length(line->message);
	memmove(last->text, line->message.start, last->length);
	last->when_length = log_length(line->when) < sizeof(last->when) ? log_length(line->when) : 0;
	if (last->when_length)
		memmove(last->when, line->when.start, last->when_length);
	last->number = log->line + 1;
	last->age = 0;
	last->code = last->broken = last->unread = false;
}

/* The kept record, with the rest of it behind it; buffer holds the text. */
static struct log_line join_last(const struct last_record *last, const char *glue, struct log_span rest,
				 char buffer[2 * LAST_MAX_BYTES])
{
	struct log_line line = last->line;
	size_t n = last->length, more = log_length(rest);

	memcpy(buffer, last->text, n);
	memcpy(buffer + n, glue, strlen(glue));
	n += strlen(glue);
	if (more > 2 * LAST_MAX_BYTES - n)
		more = 2 * LAST_MAX_BYTES - n;
	memcpy(buffer + n, rest.start, more);
	line.message = (struct log_span){buffer, buffer + n + more};
	line.when = (struct log_span){last->when, last->when + last->when_length};
	line.rest = (struct log_span){buffer, buffer};
	return line;
}

/* No rest came: the record is what it is. */
static int release_last(struct cr2_log *log)
{
	struct last_record *last = &log->last;
	char buffer[2 * LAST_MAX_BYTES];
	struct log_line line;
	struct log_code code;
	bool unread = last->unread;

	if (last->length && last->code) {
		line = join_last(last, "", (struct log_span){"", ""}, buffer);
		if (code_parse(log, &line, &code))
			code_line(log, &line, &code);
	}
	last->length = 0;
	last->code = last->broken = last->unread = false;
	return unread ? tell_unread(log, last->number) : 0;
}

/* Does the first line of a report come out of the two together? */
static int begin_joined(struct cr2_log *log, const struct log_line *line, const char *glue, bool *ret_taken)
{
	char buffer[2 * LAST_MAX_BYTES];
	struct log_line joined = join_last(&log->last, glue, line->message, buffer);
	struct beginning beginning = {0};
	struct cr2_log_report report;
	struct log_oops_state state;
	int r;

	*ret_taken = false;
	/* What is whole without the last line is no rest of it. */
	if (log_user_begins(line->message, &report) || log_oops_begins(line->message, &report, &state))
		return 0;
	r = user_begins(log, &joined, log->last.number, ret_taken);
	if (r || *ret_taken)
		return r;
	*ret_taken = find_beginning(log, joined.message, buffer + log->last.length, &report, &state, &beginning);
	beginning.number = log->last.number;
	return *ret_taken ? open_new(log, &report, &state, &joined, &beginning) : 0;
}

static void join_code(struct cr2_log *log, const struct log_line *line)
{
	char buffer[2 * LAST_MAX_BYTES];
	struct log_line joined;
	struct log_code code;
	bool whole = false;

	for (int i = 0; i < 2 && !whole; i++) {
		joined = join_last(&log->last, i ? "" : " ", line->message, buffer);
		whole = code_parse(log, &joined, &code) && !is_cut(log, &code);
	}
	if (whole) {
		log->last.length = 0;
		log->last.code = false;
		code_line(log, &joined, &code);
		return;
	}
	joined = join_last(&log->last, " ", line->message, buffer);
	keep_last(log, &joined);
	log->last.code = log->last.length != 0;
}

/* Whether the record is the rest of the one before it, and was taken with it. */
static int go_on(struct cr2_log *log, const struct log_line *line, bool *ret_taken)
{
	struct last_record *last = &log->last;
	char buffer[2 * LAST_MAX_BYTES];
	struct log_span kept = {last->text, last->text + last->length};
	struct log_line joined;
	const char *glue;
	int r = 0;

	*ret_taken = false;
	if (!last->length || (line->source && line->source != last->line.source))
		return 0;
	if (last->code) {
		*ret_taken = log_wrap_code_goes_on(line->message);
		if (*ret_taken)
			join_code(log, line);
		return 0;
	}
	for (int i = 0; i < 2 && r == 0 && last->broken && !*ret_taken; i++)
		r = begin_joined(log, line, i ? "" : " ", ret_taken);
	if (*ret_taken) {
		last->length = 0;
		last->broken = last->unread = false;
	} else if (log_wrap_goes_on(kept, line->message, &glue)) {
		joined = join_last(last, glue, line->message, buffer);
		r = oops_goes_on(log, &joined, ret_taken);
		*ret_taken = true;
	}
	return r;
}

/* A number as a crash has them: an address, an error code and the count of deaths. */
static bool has_evidence(struct log_span text)
{
	for (const char *p = text.start; p < text.end; p++) {
		struct log_span rest = {p, text.end};
		bool begins = p == text.start || p[-1] == ' ';
		uint64_t value;

		if (*p == ' ' && log_take(&rest, " [#"))
			return true;
		if (*p == '0' && log_take(&rest, "0x") && log_take_hex(&rest, &value))
			return true;
		rest.start = p;
		if (begins && log_take_hex(&rest, &value) && rest.start - p >= 8)
			return true;
	}
	return false;
}

/* Does a line that could not be read report a crash, not talk of one? */
static bool looks_like_crash(const struct cr2_log *log, struct log_span message)
{
	bool crash;
	const char *word = log_scan_find(&log->scan, message.start, message.end, &crash);
	struct log_span head = {message.start, word};

	if (!word || !crash)
		return false;
	if (log_length(head) >= strlen("BUG: ") && memcmp(head.end - 5, "BUG: ", 5) == 0)
		head.end -= 5;
	if (log_head_is_quotation(head) || log_head_is_prose(head))
		return false;
	for (size_t i = 0; i < log->n_open; i++)
		if (log->open[i]->report.kind == CR2_LOG_OOPS && !log->open[i]->complete)
			return false;
	return has_evidence((struct log_span){word, message.end});
}

/* What a report's first line begins with, or holds, that a break may have cut. */
static bool may_be_broken(struct log_span message)
{
	return log_find(message, "BUG: ") || log_find(message, "segfault at ") || log_find(message, "traps: ");
}

/* What is not a report's, or is not so whole, may be so with the record that follows. */
static void keep_for_next(struct cr2_log *log, const struct log_line *line, bool taken)
{
	bool crash = false, broken, unread;

	if (!taken)
		log_scan_find(&log->scan, line->message.start, line->message.end, &crash);
	broken = crash && may_be_broken(line->message);
	unread = crash && looks_like_crash(log, line->message);
	if (!log->n_open && !broken && !unread)
		return;
	keep_last(log, line);
	if (!log->last.length)
		return;
	log->last.code = log_wrap_is_code(line->message);
	log->last.broken = broken;
	log->last.unread = unread;
}

/* text: the line that the record begins; empty: it is not the line's first. */
static int read_record(struct cr2_log *log, const struct log_line *line, struct log_span text)
{
	unsigned readers = log_scan_readers(&log->scan, line->message.start, line->message.end);
	struct cr2_log_report report;
	struct log_code code;
	bool begun = false, taken;
	int r = 0;

	if (readers & LOG_WORD_KERNEL)
		r = user_begins(log, line, 0, &begun);
	if (r || begun)
		return r;
	if (readers & LOG_WORD_TRACE && log_trace_line(text, &report))
		return open_new(log, &report, &(struct log_oops_state){0}, line, &(struct beginning){0});
	r = reporter_line(log, line, readers & LOG_WORD_REPORTER, &begun);
	if (r || begun)
		return r;
	if (code_parse(log, line, &code)) {
		if (is_cut(log, &code)) {
			keep_last(log, line);
			log->last.code = log->last.length != 0;
		} else {
			code_line(log, line, &code);
		}
		return 0;
	}
	if (readers & LOG_WORD_KERNEL)
		r = oops_begins(log, line, &begun);
	if (r || begun)
		return r;
	r = oops_goes_on(log, line, &taken);
	if (readers & LOG_WORD_COUNT)
		count_suppressed(log, line);
	keep_for_next(log, line, taken);
	return r;
}

/* A record of the kernel's log; those that say nothing come between the parts of a broken one. */
static int handle_record(struct cr2_log *log, const struct log_line *line, struct log_span text, bool frame)
{
	bool taken;
	int r;

	if (frame || !log_length(line->message))
		return ++log->last.age > 64 * LAST_PATIENCE ? release_last(log) : 0;
	r = go_on(log, line, &taken);
	if (r || taken)
		return r;
	r = release_last(log);
	return r ? r : read_record(log, line, text);
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
		r = handle_record(log, &line, text, plain->frame);
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

		if (log->n_open == 0 && !log->forms.in_array && !log->last.length) {
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
	int r = release_last(log);

	while (i < log->n_open && r == 0) {
		if (is_oops(log->open[i]) && !log->open[i]->complete)
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
		r = release_last(log);
	if (!r)
		r = tell_ready(log, true);
	log->line += unfinished;
	log->stats.lines = log->line;
	log->line = log->unread_line = 0;
	log->in_long_line = false;
	log->forms.in_array = false;
	log->forms.key[0] = '\0';
	return r;
}
