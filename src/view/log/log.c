/* SPDX-License-Identifier: MIT */
/*
 * A crash report: a headline, then one row a fact. What the log does not prove is said to be
 * likely; what it does not hold is left out, and the last row says how to get it.
 */
#include <errno.h>
#include <inttypes.h>

#include <cr2/decode.h>
#include <cr2/view_log.h>

#include "rows.h"

#define FIELDS_MOSTLY 256

static const struct field_block headline_block = {.columns = 2, .ends = true, .joined = true};
static const struct field_block rows_block = {.columns = 2, .at = 2, .first = 11, .joined = true};

/* ---- headline ---- */

static void what(struct fields *f, const struct cr2_log_report *report)
{
	enum cr2_log_kind kind = cr2_log_report_kind(report);
	enum cr2_log_cause cause = cr2_log_report_cause(report);
	const char *words = cr2_log_report_text(report, CR2_LOG_TEXT_WORDS);
	bool oops = kind == CR2_LOG_OOPS;
	bool narrow = oops && log_value(report, CR2_LOG_VALUE_CODE_BITS) == 32;

	bool firmware = cr2_log_report_reporter(report) == CR2_LOG_REPORTER_EDK2;

	field_text(f, KIND, cr2_log_kind_name(kind), .ink = INK_BOLD,
		   .form = !oops ? NULL : firmware ? "firmware %" : "kernel %");
	log_number(f, report, CODE_BITS, .form = narrow ? " (%-bit)" : NULL);
	log_number(f, report, NUMBER, .form = " #%");
	field_text(f, CAUSE, cr2_log_cause_name(cause));
	field_text(f, WHAT, words ? words : cr2_log_cause_label(cause), .form = oops ? ": %" : "%",
		   .ink = oops ? INK_PLAIN : INK_BOLD);
}

static void task(struct fields *f, const struct cr2_log_report *report)
{
	const char *comm = cr2_log_report_text(report, CR2_LOG_TEXT_COMM);
	enum cr2_log_reporter reporter = cr2_log_report_reporter(report);

	if (comm || log_knows(report, CR2_LOG_VALUE_PID))
		fields_say(f, INK_PLAIN, cr2_log_report_kind(report) == CR2_LOG_OOPS ?
			   " while running " : " of ");
	if (comm && reporter == CR2_LOG_REPORTER_RUST)
		fields_say(f, INK_PLAIN, "thread ");
	log_text(f, report, COMM, .form = "%", .ink = INK_BOLD);
	log_number(f, report, PID, .form = comm ? "[%]" : "process %");
	log_number(f, report, CPU, .form = NULL);
	field_text(f, REPORTER, cr2_log_reporter_name(reporter), .form = NULL);
	if (reporter)
		fields_say(f, INK_PLAIN, ", as %s reports", cr2_log_reporter_label(reporter));
}

static void headline(struct fields *f, const struct cr2_log_report *report, const char *source)
{
	const char *when = cr2_log_report_text(report, CR2_LOG_TEXT_WHEN);

	fields_block(f, &headline_block);
	fields_cells(f);
	what(f, report);
	task(f, report);
	fields_cell(f);
	log_text(f, report, WHEN, .form = "%", .ink = INK_DIM);
	field_text(f, SOURCE, source, .form = when ? " %" : "%", .ink = INK_DIM);
	log_number(f, report, LINE, .form = source ? ":%" : NULL, .ink = INK_DIM);
	log_number(f, report, LAST_LINE, .form = NULL);
}

/* ---- what was accessed ---- */

/* General protection has no error code that says more than the address. */
static void access_row(struct fields *f, const struct cr2_log_report *report, bool shown)
{
	static const char *const forms[] = {
		[CR2_ACCESS_READ] = "% of ", [CR2_ACCESS_WRITE] = "% to ",
		[CR2_ACCESS_FETCH] = "instruction % from ",
	};
	bool known = log_knows(report, CR2_LOG_VALUE_ACCESS);
	bool user = cr2_log_report_is(report, CR2_LOG_IS_USER);
	bool hidden = cr2_log_report_is(report, CR2_LOG_IS_ERROR_SANITISED);
	enum cr2_access access = (enum cr2_access)log_value(report, CR2_LOG_VALUE_ACCESS);
	uint64_t size = shown ? log_value(report, CR2_LOG_VALUE_SIZE) : 0;

	shown = shown && (known || log_knows(report, CR2_LOG_VALUE_ADDR));
	log_row(f, "access", shown);
	field_text(f, ACCESS, cr2_access_name(access), .absent = !known,
		   .form = shown ? forms[access] : NULL);
	log_hex(f, report, ADDR, .form = shown ? "%" : NULL, .ink = INK_BOLD,
		.none = "an address that the log does not hold");
	log_bool(f, report, ADDR_INFERRED, .form = shown ? "%" : NULL,
		 .words = {"", " (worked out from operand and registers: the log names none)"});
	if (size > 1 && !cr2_log_report_text(report, CR2_LOG_TEXT_OPERAND))
		fields_say(f, INK_PLAIN, ", %" PRIu64 " bytes,", size);
	field_text(f, MODE, user ? "user" : "kernel", .form = shown ? " in % mode" : NULL);
	if (shown && known && !user && cr2_log_report_is(report, CR2_LOG_IS_USER_CODE))
		fields_say(f, INK_PLAIN, ", made by the CPU itself while it ran user code");
	log_field(f, report, CR2_LOG_VALUE_PRESENT, (struct field){
		.key = CR2_KEY_PRESENT, .type = FIELD_BOOL, .form = shown && !hidden ? "%" : NULL,
		.words = {"; the page is not present",
			  "; the page is present, but not for this access"}});
	if (shown && hidden)
		fields_say(f, INK_PLAIN, "; whether the page is present the log hides");
}

static void error_row(struct fields *f, const struct cr2_log_report *report)
{
	bool shown = log_knows(report, CR2_LOG_VALUE_ACCESS) && log_knows(report, CR2_LOG_VALUE_ERROR);
	struct cr2_text binary = {0}, bits = {0};
	uint64_t error = log_value(report, CR2_LOG_VALUE_ERROR);
	int r;

	log_row(f, "error code", shown);
	log_hex(f, report, ERROR, .form = shown ? "%" : NULL, .keep = true);
	if (shown) {
		r = cr2_error_code_binary(error, &binary);
		fields_keep(f, INK_PLAIN, " = %s", fields_take(f, &binary, r));
		r = cr2_error_code_format(error, &bits);
		fields_say(f, INK_PLAIN, "  %s", fields_take(f, &bits, r));
	}
	log_bool(f, report, ERROR_SANITISED, .form = shown ? "%" : NULL, .ink = INK_WARN,
		 .words = {"", "; the kernel sets P for every address beyond user space, so as not to "
			       "reveal what it maps there"});
}

/* What the program got, where a reporter names it. */
static void signal_row(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t signal, code;
	const char *name;

	if (!cr2_log_report_value(report, CR2_LOG_VALUE_SIGNAL, &signal)) {
		field_text(f, SIGNAL, NULL, .form = NULL);
		return;
	}
	name = cr2_log_report_value(report, CR2_LOG_VALUE_SIGNAL_CODE, &code) ?
	       cr2_log_signal_code_name(signal, (int64_t)code) : NULL;
	log_row(f, "signal", name);
	if (name)
		fields_say(f, INK_PLAIN, "%s", name);
	fields_object(f, CR2_KEY_SIGNAL);
	log_field(f, report, CR2_LOG_VALUE_SIGNAL, (struct field){
		.key = CR2_KEY_SIGNO, .type = FIELD_NUMBER});
	log_field(f, report, CR2_LOG_VALUE_SIGNAL_CODE, (struct field){
		.key = CR2_KEY_CODE, .type = FIELD_NUMBER});
	fields_end(f);
}

/* ---- what the reader is to know of the report itself ---- */

static void note(struct fields *f, bool shown)
{
	log_row(f, "note", shown);
}

static void notes(struct fields *f, const struct cr2_log_report *report)
{
	bool interleaved = cr2_log_report_is(report, CR2_LOG_IS_INTERLEAVED);
	bool truncated = cr2_log_report_is(report, CR2_LOG_IS_TRUNCATED);
	bool overrun = cr2_log_report_is(report, CR2_LOG_IS_STACK_OVERRUN);

	note(f, log_knows(report, CR2_LOG_VALUE_ADDR_LOGGED));
	log_hex(f, report, ADDR_LOGGED, .ink = INK_WARN,
		.form = "the log names %, where the kernel left out a part of the operand");
	note(f, overrun);
	field_bool(f, STACK_OVERRUN, overrun, .ink = INK_WARN, .form = overrun ?
		   "the kernel found the end of its stack overwritten: the thread used more than it "
		   "had, or a stray store hit it" : NULL);
	note(f, interleaved);
	field_bool(f, INTERLEAVED, interleaved, .ink = INK_WARN,
		   .form = interleaved ? "another report is mixed into this one: lines that could be "
			   "either's are left out" : NULL);
	note(f, truncated);
	field_bool(f, TRUNCATED, truncated, .ink = INK_WARN,
		   .form = truncated ? "the log holds no end of this report" : NULL);
}

void log_report_list(struct fields *f, const struct cr2_log_report *report, const char *source)
{
	bool trace = cr2_log_report_kind(report) == CR2_LOG_TRACE;

	fields_reserve(f, FIELDS_MOSTLY);
	headline(f, report, source);
	fields_block(f, &rows_block);
	access_row(f, report, !trace || log_knows(report, CR2_LOG_VALUE_ERROR));
	error_row(f, report);
	signal_row(f, report);
	log_pattern_rows(f, report);
	log_kasan_rows(f, report);
	log_place_rows(f, report);
	log_before_rows(f, report);
	log_instruction_rows(f, report);
	log_kernel_rows(f, report);
	log_call_rows(f, report);
	log_trace_rows(f, report);
	if (!trace)
		log_next_row(f, report);
	notes(f, report);
}

int cr2_view_log(const struct cr2_log_report *report, const char *source,
		 const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {.for_people = true};
	int r;

	log_report_list(&f, report, source);
	r = fields_draw(&f, style, text);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

int cr2_view_log_json(const struct cr2_log_report *report, const char *source,
		      struct cr2_text *text)
{
	struct fields f = {.for_programs = true};

	log_report_list(&f, report, source);
	return fields_json(&f, text);
}
