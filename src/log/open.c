/* SPDX-License-Identifier: MIT */
/*
 * The reports that are open, and which of them a record belongs to. Several may be open at once,
 * because CPUs print side by side: a record belongs to the open report of the same host and,
 * where the kernel prints it, the same task or CPU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "symbol/insn.h"
#include "symbol/symbol.h"

#include "locate.h"
#include "stream.h"
#include "wrap.h"

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
/* What may be no report at all is given up soon. */
#define DOUBT_PATIENCE 20
/* Bytes before a message of which a head of unknown form may consist. */
#define HEAD_MAX_BYTES 200
/* How far before a word of log_trigger.def a first line may begin. */
#define BEFORE_WORD_BYTES 40
/* A line that ends so soon behind a word's beginning may have been broken within what a report begins with. */
#define BROKEN_WORD_BYTES 22
/* So many lines on, a second line that looks like a crash is another place. */
#define PLACE_LINES 64

/* How a report's first line was found. */
struct beginning {
	struct log_shape shape;
	bool doubtful, beheaded, prose;
};

static void close_report(struct log_open_report *open)
{
	log_report_finish(&open->report);
	free(open);
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
	struct log_open_report *open = log->open[i];
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
	open->report.decoder = log->decoder;
	if (r == 0)
		r = log->config.report(log->config.data, &open->report);
	close_report(open);
	return r;
}

static bool is_oops(const struct log_open_report *open)
{
	return open->report.kind == CR2_LOG_OOPS && !open->report.reporter;
}

static bool is_ready(const struct log_open_report *open)
{
	unsigned patience = open->report.kind != CR2_LOG_OOPS && !open->report.reporter ? USER_PATIENCE :
			    open->doubtful && !open->settled ? DOUBT_PATIENCE : OOPS_PATIENCE;

	return open->complete || open->age / AGE_LINE > patience;
}

int log_open_tell_ready(struct cr2_log *log, bool all)
{
	while (log->n_open && (all || is_ready(log->open[0]))) {
		struct log_open_report *open = log->open[0];
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
static bool has_head(const struct log_open_report *open, const struct log_line *line,
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
static bool same_source(const struct log_open_report *open, const struct log_line *line)
{
	struct log_span message;

	if (open->caller && line->caller && open->caller != line->caller)
		return false;
	if (has_head(open, line, &message))
		return true;
	return !open->settled && (open->beheaded || !line->source || open->source == line->source);
}

static struct log_span message_of(const struct log_open_report *open, const struct log_line *line)
{
	struct log_span message = line->message;

	has_head(open, line, &message);
	return message;
}

/* The line is one of the report's: what stands before it does so before the others. */
static void settle(struct log_open_report *open, const struct log_line *line)
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
	struct log_open_report *open;
	int r;

	if (log->n_open == LOG_OPEN_MAX) {
		log->open[0]->report.truncated = is_oops(log->open[0]);
		r = tell(log, 0);
		if (r)
			return r;
	}
	open = malloc(sizeof(*open));
	if (!open)
		return -ENOMEM;
	*open = (struct log_open_report){.report = *report, .oops = *oops,
				     .source = line->source, .caller = line->caller,
				     .shape = beginning->shape, .doubtful = beginning->doubtful,
				     .beheaded = beginning->beheaded, .prose = beginning->prose};
	open->report.line = line->number;
	open->report.last_line = line->last_number;
	log_copy(line->when, open->report.when, sizeof(open->report.when));
	/* The kernel never prints code bytes after these; of a vsyscall, a segfault line may follow. */
	open->complete = !report->reporter && report->cause != CR2_LOG_CAUSE_VSYSCALL &&
			 (report->kind == CR2_LOG_TRAP || report->kind == CR2_LOG_TRACE);
	log->open[log->n_open++] = open;
	return 0;
}

static void grow(struct log_open_report *open, const struct log_line *line)
{
	settle(open, line);
	open->report.last_line = line->last_number;
	open->age = 0;
}

static bool is_open_oops(const struct log_open_report *open, const struct log_line *line)
{
	return is_oops(open) && !open->complete && same_source(open, line);
}

/* The oops that a line of its kind belongs to, or NULL. */
static struct log_open_report *find_oops(struct cr2_log *log, const struct log_line *line)
{
	for (size_t i = log->n_open; i-- > 0;)
		if (is_open_oops(log->open[i], line) && !log->open[i]->interrupted)
			return log->open[i];
	return NULL;
}

/* The oops whose first lines this one goes on from, or NULL. */
static struct log_open_report *find_continued(struct cr2_log *log, const struct log_line *line)
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
static void interleave(struct log_open_report *one, struct log_open_report *other)
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
	char text[LOG_HELD_MAX];
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
static bool oops_is_continued(const struct log_line *line, struct log_open_report *newest,
			      struct log_open_report *continued)
{
	if (continued == newest)
		return false;
	if (newest)
		interleave(continued, newest);
	log_oops_line(&continued->report, &continued->oops, message_of(continued, line));
	grow(continued, line);
	return true;
}

/* What the lines before a death say, whose first line is lost. */
static void recall_prelude(struct cr2_log *log, struct log_open_report *open)
{
	const struct log_prelude *prelude;
	size_t i = 0;

	while ((prelude = log_prelude_recall(log, open->report.line, &i))) {
		struct log_line line = prelude->line;

		line.message = (struct log_span){prelude->text, prelude->text + prelude->length};
		if (same_source(open, &line))
			log_oops_line(&open->report, &open->oops, message_of(open, &line));
	}
	log->n_prelude = 0;
}

static int oops_begins(struct cr2_log *log, const struct log_line *line, bool *ret_begun)
{
	struct log_open_report *newest = find_oops(log, line), *continued = find_continued(log, line);
	struct log_span message = newest ? message_of(newest, line) : line->message;
	struct beginning beginning = {0};
	struct cr2_log_report report;
	struct log_oops_state state;
	int r;

	*ret_begun = false;
	if (continued) {
		*ret_begun = oops_is_continued(line, newest, continued);
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
	r = open_new(log, &report, &state, line, &beginning);
	if (r == 0 && !newest && report.cause == CR2_LOG_CAUSE_PAGE_FAULT && !log_has(&report, LOG_HAS_ADDR))
		recall_prelude(log, log->open[log->n_open - 1]);
	return r;
}

static bool wants_code(const struct log_open_report *open)
{
	const struct cr2_log_report *report = &open->report;

	if (open->complete || report->code_length || report->code_unreadable || report->reporter)
		return false;
	if (report->kind == CR2_LOG_OOPS)
		return !open->interrupted && !open->oops.user_rip && !open->oops.foreign.within;
	return report->kind == CR2_LOG_SEGFAULT;
}

static void give_code(struct log_open_report *open, const struct log_line *line,
		      const struct log_code *code)
{
	struct cr2_log_report *report = &open->report;

	memcpy(report->code, code->bytes, code->length);
	report->code_length = code->length;
	report->code_ip = code->ip;
	report->code_unreadable = code->unreadable;
	open->complete = report->kind == CR2_LOG_SEGFAULT;
	grow(open, line);
}

static void take_code_back(struct log_open_report *open)
{
	open->report.code_length = open->report.code_ip = 0;
	open->report.code_unreadable = false;
	open->report.interleaved = true;
}

/* The last program's crash before the line, where only programs' crashes could have the code. */
static struct log_open_report *last_program(const struct cr2_log *log, const struct log_line *line,
					const struct log_code *code)
{
	struct log_open_report *last = NULL;

	for (size_t i = 0; i < log->n_open; i++) {
		struct log_open_report *open = log->open[i];

		if (!same_source(open, line) || !wants_code(open) || !log_code_fits(&open->report, log->decoder, code))
			continue;
		if (open->report.kind != CR2_LOG_SEGFAULT)
			return NULL;
		last = open;
	}
	return last;
}

/* A later report got a code that an earlier one waited for: this one may be the later one's. */
static struct log_open_report *find_contended(const struct cr2_log *log, const struct log_open_report *open,
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
	struct log_open_report *only = NULL, *contended;
	size_t waiting = 0, fitting = 0;

	for (size_t i = 0; i < log->n_open; i++)
		waiting += same_source(log->open[i], line) && wants_code(log->open[i]);
	for (size_t i = 0; i < log->n_open; i++) {
		struct log_open_report *open = log->open[i];

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
	give_code(only, line, code);
}

static int trace_goes_on(struct log_open_report *open, const struct log_line *line,
			 bool *ret_taken)
{
	int r = 0;

	*ret_taken = false;
	if (open->oops.trace && !open->oops.foreign.within)
		r = log_calls_line(&open->report.calls[open->report.stack], message_of(open, line), ret_taken);
	if (r == 0 && !*ret_taken && open->report.frame[0])
		r = log_kasan_variable(message_of(open, line), &open->report.variables, ret_taken);
	if (*ret_taken)
		grow(open, line);
	return r;
}

/*
 * KASAN's first line names the task: where another report began before the CPU was named, the
 * line that does so and has that task is KASAN's.
 */
static bool kasan_goes_on(struct cr2_log *log, struct log_open_report *newest, const struct log_line *line)
{
	struct cr2_log_report context = {.cause = CR2_LOG_CAUSE_KASAN};
	struct log_oops_state state = {0};

	log_oops_line(&context, &state, message_of(newest, line));
	if (!log_has(&context, LOG_HAS_CPU | LOG_HAS_PID))
		return false;
	for (size_t i = 0; i < log->n_open; i++) {
		struct log_open_report *open = log->open[i];

		if (open->report.cause != CR2_LOG_CAUSE_KASAN || !open->interrupted || !is_open_oops(open, line) ||
		    log_has(&open->report, LOG_HAS_CPU) || open->report.pid != context.pid)
			continue;
		log_oops_line(&open->report, &open->oops, message_of(open, line));
		open->report.interleaved = newest->report.interleaved = true;
		grow(open, line);
		return true;
	}
	return false;
}

/* *ret_taken: the line is one of an open oops. */
static int oops_goes_on(struct cr2_log *log, const struct log_line *line, bool *ret_taken)
{
	struct log_open_report *open = find_oops(log, line);
	enum log_oops_step step;

	*ret_taken = false;
	if (!open)
		return 0;
	*ret_taken = log->n_open > 1 && kasan_goes_on(log, open, line);
	if (*ret_taken)
		return 0;
	step = log_oops_line(&open->report, &open->oops, message_of(open, line));
	if (step == LOG_OOPS_OTHER)
		return trace_goes_on(open, line, ret_taken);
	*ret_taken = true;
	open->report.interleaved |= open->parted;
	/* Another one's line says nothing of whether this is one. */
	if (!open->doubtful || open->settled || !open->oops.foreign.within)
		grow(open, line);
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
		struct log_open_report *open = log->open[i];
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
		grow(log->open[i], line);
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

/*
 * "show_signal_msg: 13 callbacks suppressed": the kernel's rate limit dropped so many. It says so
 * right before a line that it lets through.
 */
static void count_suppressed(struct cr2_log *log, const struct log_line *line)
{
	static const struct {
		const char *printer, *words;
		bool any; /* it prints for all: what follows says of what */
	} printers[] = {
		/* Those that print a line about a user's crash; by 4.20 most had become one. */
		{"show_signal_msg: ", " callbacks suppressed", false},
		{"show_signal: ", " callbacks suppressed", false},
		{"do_trap: ", " callbacks suppressed", false},
		{"do_general_protection: ", " callbacks suppressed", false},
		{"warn_bad_vsyscall: ", " callbacks suppressed", false},
		{"__ratelimit: ", " callbacks suppressed", true},
		{"printk: ", " messages suppressed.", true},
	};
	uint64_t n;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(printers); i++) {
		struct log_span rest = line->message;

		rest.start = log_find(rest, printers[i].printer);
		if (!rest.start || !log_take(&rest, printers[i].printer) || !log_take_decimal(&rest, &n) ||
		    !log_take(&rest, printers[i].words))
			continue;
		if (printers[i].any)
			log->dropped = (struct log_dropped){.n = n, .line = line->number, .source = line->source};
		else
			log->stats.suppressed += n;
	}
}

/* What the rate limit dropped before this line was of its kind. */
static void count_dropped(struct cr2_log *log, const struct log_line *line)
{
	if (log->dropped.line && log->dropped.line + 1 == line->number && log->dropped.source == line->source)
		log->stats.suppressed += log->dropped.n;
	log->dropped = (struct log_dropped){0};
}

void log_open_grow_older(struct cr2_log *log, const struct log_line *line, bool frame)
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
static int user_begins(struct cr2_log *log, const struct log_line *line, bool *ret_begun)
{
	struct beginning beginning = {0};
	struct cr2_log_report report;
	struct log_span head = line->message;
	const char *task;

	*ret_begun = log_user_begins(line->message, &report);
	if (!*ret_begun)
		return 0;
	count_dropped(log, line);
	drop_vsyscall(log, line, &report);
	task = log_find(head, report.comm);
	head.end = task ? task : head.start;
	log_shape_take(head, &beginning.shape);
	return open_new(log, &report, &(struct log_oops_state){0}, line, &beginning);
}

bool log_open_code(const struct cr2_log *log, const struct log_line *line, struct log_code *ret_code)
{
	if (log_code_parse(line->message, ret_code))
		return true;
	for (size_t i = 0; i < log->n_open; i++)
		if (same_source(log->open[i], line) && wants_code(log->open[i]) &&
		    log_code_parse(message_of(log->open[i], line), ret_code))
			return true;
	return false;
}

bool log_open_code_is_cut(const struct cr2_log *log, const struct log_code *code)
{
	const uint8_t *at = code->bytes + code->ip;
	size_t n = (size_t)(code->length - code->ip);
	struct insn insn;

	return !code->unreadable && n < 15 && code->length < LOG_CODE_MAX &&
	       (insn_decode(log->decoder, at, n, 0, 64, &insn) < 0 ||
		insn_decode(log->decoder, at, n, 0, 32, &insn) < 0);
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

/* What is no report's may be a crash in a form that is not known. */
static int look_on(struct cr2_log *log, const struct log_line *line)
{
	return looks_like_crash(log, line->message) ? tell_unread(log, line->number) : 0;
}

static int kernel_line(struct cr2_log *log, const struct log_line *line, unsigned readers, bool *ret_begun)
{
	*ret_begun = false;
	return readers & LOG_WORD_KERNEL ? oops_begins(log, line, ret_begun) : 0;
}

int log_open_read(struct cr2_log *log, const struct log_line *line, struct log_span text)
{
	unsigned readers = log_scan_readers(&log->scan, line->message.start, line->message.end);
	struct cr2_log_report report;
	struct log_code code;
	bool begun = false, taken;
	int r = 0;

	if (readers & LOG_WORD_KERNEL)
		r = user_begins(log, line, &begun);
	if (r || begun)
		return r;
	if (readers & LOG_WORD_TRACE && log_trace_line(text, &report))
		return open_new(log, &report, &(struct log_oops_state){0}, line, &(struct beginning){0});
	r = reporter_line(log, line, readers & LOG_WORD_REPORTER, &begun);
	if (r || begun)
		return r;
	log->stats.faultless += readers & LOG_WORD_REPORTER && log_sanitizer_is_faultless(line->message);
	if (log_open_code(log, line, &code)) {
		code_line(log, line, &code);
		return 0;
	}
	r = kernel_line(log, line, readers, &begun);
	if (r || begun)
		return r;
	r = oops_goes_on(log, line, &taken);
	if (readers & LOG_WORD_COUNT)
		count_suppressed(log, line);
	if (r || taken)
		return r;
	log_prelude_remember(log, line);
	return look_on(log, line);
}

/* ---- what a line tells, without it being given to a report ---- */

static unsigned bits(uint32_t set)
{
	return (unsigned)__builtin_popcount(set);
}

static unsigned facts_of(const struct cr2_log_report *report)
{
	const char *const texts[] = {
		report->comm, report->object, report->function, report->module, report->build_id, report->release,
		report->taint,
	};
	unsigned n = bits(report->has) + bits(report->registers_known) + bits(report->entries_known) +
		     report->n_sources + (report->number != 0) - (report->addr_cut && log_has(report, LOG_HAS_ADDR));

	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++)
		n += *texts[i] != '\0';
	return n;
}

static unsigned weigh_calls(struct log_span message)
{
	struct log_calls calls = {0};
	unsigned n = 0;
	bool taken;

	if (log_calls_line(&calls, message, &taken) == 0)
		for (size_t i = 0; i < calls.n; i++)
			n += 1 + (calls.items[i].module[0] != '\0') + (calls.items[i].file[0] != '\0');
	log_calls_finish(&calls);
	return n;
}

struct log_span log_open_message(struct cr2_log *log, const struct log_line *line)
{
	const struct log_open_report *open = find_oops(log, line);

	return open ? message_of(open, line) : line->message;
}

unsigned log_open_weigh(struct cr2_log *log, const struct log_line *line)
{
	const struct log_open_report *open = find_oops(log, line);
	struct log_span message = open ? message_of(open, line) : line->message;
	struct beginning beginning = {0};
	struct cr2_log_report report;
	struct log_oops_state state;
	enum log_oops_step step;

	if (log_user_begins(message, &report) ||
	    (open ? log_oops_begins(message, &report, &state) :
		    find_beginning(log, message, message.end, &report, &state, &beginning)))
		return facts_of(&report);
	if (!open)
		return 0;
	report = (struct cr2_log_report){.kind = CR2_LOG_OOPS, .cause = open->report.cause};
	state = open->oops;
	state.trace = false; /* what is not taken there has facts, too */
	step = log_oops_line(&report, &state, message);
	if (step == LOG_OOPS_OTHER && open->oops.trace)
		return weigh_calls(message);
	return facts_of(&report) + (step == LOG_OOPS_ENDS);
}

/* A first line tells all that it ever does. */
static bool is_whole_beginning(struct log_span message)
{
	struct cr2_log_report report;
	struct log_oops_state state;

	if (log_user_begins(message, &report))
		return log_has(&report, LOG_HAS_OBJECT | LOG_HAS_CPU) ||
		       (report.kind == CR2_LOG_TRAP && log_has(&report, LOG_HAS_OBJECT));
	if (!log_oops_begins(message, &report, &state))
		return false;
	if (report.cause == CR2_LOG_CAUSE_KASAN)
		return report.function[0];
	return report.cause != CR2_LOG_CAUSE_PAGE_FAULT || state.died ||
	       (log_has(&report, LOG_HAS_ADDR) && !report.addr_cut);
}

/* Words of a program's crash that stand behind its name and number. */
static bool may_begin_user(struct log_span message)
{
	return log_find(message, "]: segfault at") || log_find(message, "] trap ") || log_find(message, "vsyscall") ||
	       log_find(message, "] general protection") || log_find(message, " ip:");
}

/*
 * Has the text, as far as it goes, a first line's words, or does it end in the midst of some? A head
 * may stand before the message.
 */
static bool may_begin(struct log_span text, const char *word)
{
	const char *p = word - text.start > BEFORE_WORD_BYTES ? word - BEFORE_WORD_BYTES : text.start;

	if (text.end - word < BROKEN_WORD_BYTES || may_begin_user(text) || log_wrap_holds_rest(text))
		return true;
	for (; p <= word; p++)
		if (log_oops_starts((struct log_span){p, text.end}))
			return true;
	return false;
}

bool log_open_may_matter(const struct cr2_log *log, struct log_span text)
{
	unsigned readers = log_scan_readers(&log->scan, text.start, text.end);
	bool crash;
	const char *word = log_scan_find(&log->scan, text.start, text.end, &crash);

	return !word || readers != LOG_WORD_KERNEL || !log_plain_is(text) || memchr(text.start, '"', log_length(text)) ||
	       may_begin(text, word) || (crash && has_evidence((struct log_span){word, text.end}));
}

bool log_open_may_be_cut(struct cr2_log *log, const struct log_line *line)
{
	unsigned readers = log_scan_readers(&log->scan, line->message.start, line->message.end);
	const struct log_open_report *open = find_oops(log, line);
	struct log_code code;

	if (readers & (LOG_WORD_TRACE | LOG_WORD_REPORTER))
		return false;
	if (log_open_code(log, line, &code))
		return log_open_code_is_cut(log, &code);
	if (log->n_open && log_wrap_is_code(log_open_message(log, line)))
		return true;
	if (readers & LOG_WORD_KERNEL) {
		struct log_span message = open ? message_of(open, line) : line->message;
		const char *word = log_scan_find(&log->scan, message.start, message.end, NULL);

		return (!word || may_begin(message, word)) && !is_whole_beginning(message);
	}
	return open && !log_oops_ends(&open->report, message_of(open, line));
}

int log_open_idle(struct cr2_log *log)
{
	size_t i = 0;
	int r = 0;

	while (i < log->n_open && r == 0) {
		if (is_oops(log->open[i]) && !log->open[i]->complete)
			i++;
		else
			r = tell(log, i);
	}
	return r;
}

void log_open_finish(struct cr2_log *log)
{
	for (size_t i = 0; i < log->n_open; i++)
		close_report(log->open[i]);
	log->n_open = 0;
}
