/* SPDX-License-Identifier: MIT */
/* Faults that are demanded of a learner's program, and what became of it. */
#include <inttypes.h>
#include <string.h>

#include "learn.h"

static const struct field_block lines_block = {.columns = 1};
static const struct field_block indented = {.columns = 1, .at = 2};
static const struct field_block list_block = {.columns = 3, .at = 2};
static const struct field_block parts_block = {.columns = 3, .at = 2};
static const struct field_block faults_block = {.columns = 5, .at = 2};
static const struct field_block output_block = {.columns = 1, .at = 2, .joined = true};

#define OUTPUT_LINES 10
#define OUTPUT_CHARACTERS 1000

static const char *sentence(struct fields *f, const struct cr2_demand_task *task)
{
	struct cr2_text text = {0};
	int r = cr2_demand_sentence(task, &text);

	return fields_take(f, &text, r);
}

static const char *with_number(struct fields *f, const struct cr2_demand_task *task, const char *words)
{
	struct cr2_text text = {0};
	int r = cr2_demand_text(task, words, &text);

	return fields_take(f, &text, r);
}

/* ---- which there are ---- */

static void demand_row(struct fields *f, enum cr2_demand demand)
{
	struct cr2_demand_task task;

	if (cr2_demand_make(demand, 1, &task) < 0)
		return;
	fields_cells(f);
	field_number(f, LEVEL, cr2_demand_level(demand), .form = "%", .ink = INK_DIM);
	fields_cell(f);
	field_text(f, TASK, cr2_demand_name(demand), .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_text(f, SENTENCE, sentence(f, &task), .form = "%");
}

int cr2_view_demands(const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fields_block(&f, &list_block);
	for (int i = 0; i < CR2_DEMANDS; i++)
		demand_row(&f, (enum cr2_demand)i);
	return fields_draw(&f, style, text);
}

int cr2_view_demands_json(struct cr2_text *text)
{
	int r = 0;

	for (int i = 0; i < CR2_DEMANDS && r == 0; i++) {
		struct fields f = {.for_programs = true};

		demand_row(&f, (enum cr2_demand)i);
		r = fields_json(&f, text);
	}
	return r;
}

/* ---- one ---- */

static void demand_heading(struct fields *f, const struct cr2_demand_task *task)
{
	fields_block(f, &lines_block);
	fields_cells(f);
	field_text(f, EXERCISE, "force", .form = "%", .ink = INK_BOLD);
	field_text(f, TASK, cr2_demand_name(task->demand), .form = " %", .ink = INK_BOLD);
	field_number(f, SEED, task->seed, .form = ", seed %");
	field_number(f, LEVEL, cr2_demand_level(task->demand), .form = ", level %");
	fields_cells(f);
	field_text(f, QUESTION, sentence(f, task), .form = "%.");
}

static void task_part(struct fields *f, const struct cr2_demand_task *task, const struct cr2_demand_part *part, bool hints)
{
	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, KEY, part->key, .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_text(f, ASK, with_number(f, task, part->text), .form = "%");
	if (part->counts)
		field_number(f, EXPECTED, part->wanted);
	if (hints) {
		fields_break(f);
		field_text(f, HINT, with_number(f, task, part->hint), .form = "%", .ink = INK_DIM);
	}
	fields_end(f);
}

static void task_fill(struct fields *f, const struct cr2_demand_task *task, bool hints)
{
	static const struct field_block block = {.columns = 2, .at = 2};
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	size_t n = cr2_demand_parts(task, parts);

	demand_heading(f, task);
	fields_block(f, &block);
	fields_list(f, CR2_KEY_PARTS);
	for (size_t i = 0; i < n; i++)
		task_part(f, task, &parts[i], hints);
	fields_end(f);
	fields_block(f, &lines_block);
	fields_cells(f);
	fields_say(f, INK_PLAIN, "Faults count in the arena, %d MiB from ", CR2_ARENA_BYTES >> 20);
	field_hex(f, ARENA, CR2_ARENA_START, .form = "%");
	fields_say(f, INK_PLAIN, " on, where your program maps something at a fixed address. What it prints does not count.");
}

int cr2_view_demand_task(const struct cr2_demand_task *task, bool hints, const struct cr2_style *style,
			 struct cr2_text *text)
{
	struct fields f = {0};

	task_fill(&f, task, hints);
	return fields_draw(&f, style, text);
}

int cr2_view_demand_task_json(const struct cr2_demand_task *task, bool hints, struct cr2_text *text)
{
	struct fields f = {.for_programs = true};

	task_fill(&f, task, hints);
	return fields_json(&f, text);
}

/* ---- what became of it ---- */

static enum ink ink_of(enum cr2_demand_verdict verdict)
{
	return verdict == CR2_DEMAND_RIGHT ? INK_GOOD : verdict == CR2_DEMAND_WRONG ? INK_BAD : INK_WARN;
}

static void seen_part(struct fields *f, const struct cr2_demand_report *report, size_t i)
{
	const struct cr2_demand_part *part = &report->parts[i];
	const struct cr2_demand_seen *seen = &report->seen[i];

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, KEY, part->key, .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_text(f, VERDICT, cr2_demand_verdict_name(seen->verdict), .form = "%", .ink = ink_of(seen->verdict), .keep = true);
	fields_cell(f);
	field_text(f, ASK, with_number(f, &report->task, part->text), .form = "%");
	if (part->counts) {
		field_number(f, EXPECTED, part->wanted);
		if (seen->verdict != CR2_DEMAND_NOT_RUN)
			field_number(f, SEEN, seen->seen, .form = seen->verdict == CR2_DEMAND_RIGHT ? NULL : ": % seen");
	}
	if (seen->verdict == CR2_DEMAND_WRONG) {
		fields_break(f);
		field_text(f, HINT, with_number(f, &report->task, part->hint), .form = "%");
	}
	fields_end(f);
}

static void all_mistakes(struct fields *f, const struct cr2_demand_report *report)
{
	enum cr2_misconception which;
	const char *text;

	fields_block(f, &indented);
	fields_list(f, CR2_KEY_MISTAKES);
	for (size_t i = 0; cr2_demand_mistake(report, i, &text, &which); i++) {
		fields_object(f, CR2_KEY_NONE);
		fields_cells(f);
		field_text(f, WHAT, text, .form = "Seen: %.", .ink = INK_WARN);
		if (which < CR2_MISCONCEPTION_COUNT) {
			field_text(f, MISCONCEPTIONS, cr2_misconception_name(which), .form = " It may come from %: ");
			fields_say(f, INK_PLAIN, "%s.", cr2_misconception_sentence(which));
		}
		fields_end(f);
	}
	fields_end(f);
}

static void page(struct fields *f, enum cr2_key key, const struct cr2_trace_page *page)
{
	fields_object(f, key);
	field_text(f, PAGE_KIND, cr2_trace_page_name(page->kind));
	fields_end(f);
}

static void one_fault(struct fields *f, const struct cr2_demand_report *report, const struct cr2_traced_fault *fault)
{
	const bool read = report->source == CR2_TRACE_SOURCE_BPF;

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	fields_keep(f, INK_PLAIN, "%s", fault->pid == report->program ? "program" : "child");
	field_number(f, PID, fault->pid);
	fields_cell(f);
	field_text(f, PATH, cr2_path_name(fault->path), .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	if (read)
		field_hex(f, ERROR, fault->error, .form = "%", .keep = true);
	else
		field_text(f, ACCESS, cr2_trace_access_name(fault->access), .form = "%");
	fields_cell(f);
	field_hex(f, ADDR, fault->addr);
	fields_keep(f, INK_PLAIN, "arena+0x%" PRIx64, fault->addr - CR2_ARENA_START);
	field_bool(f, MAJOR, fault->major, .form = "%", .words = {"", " major"});
	field_text(f, MODE, fault->kernel ? "kernel" : "user");
	fields_cell(f);
	if (read) {
		fields_keep(f, INK_PLAIN, "%s to %s", cr2_trace_page_name(fault->before.kind), cr2_trace_page_name(fault->after.kind));
		page(f, CR2_KEY_BEFORE, &fault->before);
		page(f, CR2_KEY_AFTER, &fault->after);
	}
	fields_end(f);
}

static void all_faults(struct fields *f, const struct cr2_demand_report *report)
{
	const size_t shown = report->n_faults < CR2_DEMAND_FAULTS ? report->n_faults : CR2_DEMAND_FAULTS;

	fields_block(f, &lines_block);
	fields_cells(f);
	field_number(f, COUNT, report->n_faults, .form = report->n_faults == 1 ? "The kernel saw % fault in the arena" :
										   "The kernel saw % faults in the arena");
	fields_say(f, INK_PLAIN, shown == 0 ? "." : shown < report->n_faults ? "; the first %zu:" : ":", shown);
	fields_block(f, &faults_block);
	fields_list(f, CR2_KEY_FAULTS);
	for (size_t i = 0; i < shown; i++)
		one_fault(f, report, &report->faults[i]);
	fields_end(f);
}

static void ending(struct fields *f, const struct cr2_demand_report *report)
{
	static const char *const words[] = {
		[CR2_DEMAND_EXITED] = "exited", [CR2_DEMAND_KILLED] = "killed", [CR2_DEMAND_TIME_OUT] = "time out"};

	fields_cells(f);
	field_text(f, ENDED, words[report->end]);
	field_number(f, EXIT_STATUS, (uint64_t)report->code,
		     .form = report->end == CR2_DEMAND_EXITED ? "The program ended with exit status %." :
			     report->end == CR2_DEMAND_KILLED ? "Signal % ended the program." :
								"The program did not end within % seconds, and was killed.");
}

/* No more of a line than most bytes, and no character in part. */
static size_t cut_line(const char *line, size_t n, size_t most)
{
	if (n <= most)
		return n;
	for (n = most; n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

/* Some lines of it, each with what would steer a terminal spelled. */
static void printed(struct fields *f, const struct cr2_view_demand *d)
{
	const char *at = d->output, *end = d->output + d->output_length, *most = at + OUTPUT_CHARACTERS;

	field_number(f, OUTPUT_BYTES, d->output_bytes, .form = d->output_bytes ? " It printed % bytes:" : NULL);
	fields_block(f, &output_block);
	for (int i = 0; i < OUTPUT_LINES && at < end && at < most; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t whole = (size_t)((newline ? newline : end) - at), n = cut_line(at, whole, (size_t)(most - at));
		struct cr2_text safe = {0};
		int r = cr2_text_append_safe(&safe, at, n);

		fields_cells(f);
		fields_say(f, INK_DIM, "| %s", fields_take(f, &safe, r));
		at += n + (newline && n == whole);
		if (n < whole)
			break;
	}
	if (at < end || d->output_bytes > d->output_length) {
		fields_cells(f);
		fields_say(f, INK_DIM, "and %" PRIu64 " bytes more", d->output_bytes - (uint64_t)(at - d->output));
	}
}

static void not_run(struct fields *f, const char *form, const char *reason)
{
	fields_block(f, &lines_block);
	fields_cells(f);
	field_text(f, REASON, reason, .form = form, .ink = INK_WARN);
}

static enum cr2_demand_verdict verdict_of(const struct cr2_view_demand *d)
{
	return d->report ? cr2_demand_verdict(d->report) : d->unbuilt ? CR2_DEMAND_WRONG : CR2_DEMAND_NOT_RUN;
}

static void result_fill(struct fields *f, const struct cr2_view_demand *d)
{
	const enum cr2_demand_verdict verdict = verdict_of(d);

	demand_heading(f, &d->task);
	if (d->report) {
		fields_block(f, &parts_block);
		fields_list(f, CR2_KEY_PARTS);
		for (size_t i = 0; i < d->report->n_parts; i++)
			seen_part(f, d->report, i);
		fields_end(f);
		all_mistakes(f, d->report);
		all_faults(f, d->report);
		fields_block(f, &lines_block);
		ending(f, d->report);
		printed(f, d);
		field_number(f, LOST, d->report->lost);
	}
	if (d->reason)
		not_run(f, d->unbuilt ? "It does not build: %" : "Not run: %.", d->reason);
	else if (d->report && d->report->lost)
		not_run(f, "Not run: %.", fields_printf(f, "%" PRIu64 " faults of it were lost, perhaps of these", d->report->lost));
	fields_block(f, &lines_block);
	fields_texts(f, CR2_KEY_UNPROTECTED, d->unprotected, d->n_unprotected);
	for (size_t i = 0; i < d->n_unprotected; i++) {
		fields_cells(f);
		fields_say(f, INK_WARN, "The sandbox is not whole here: %s.", d->unprotected[i]);
	}
	fields_cells(f);
	field_text(f, VERDICT, cr2_demand_verdict_name(verdict), .form = "%", .ink = ink_of(verdict));
	field_text(f, EVIDENCE, cr2_evidence_name(!d->report ? CR2_EVIDENCE_UNKNOWN :
						  d->report->source == CR2_TRACE_SOURCE_BPF ? CR2_EVIDENCE_READ : CR2_EVIDENCE_DERIVED));
	field_bool(f, CORRECT, verdict == CR2_DEMAND_RIGHT);
}

int cr2_view_demand(const struct cr2_view_demand *demand, const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {.for_people = true};

	result_fill(&f, demand);
	return fields_draw(&f, style, text);
}

int cr2_view_demand_json(const struct cr2_view_demand *demand, struct cr2_text *text)
{
	struct fields f = {.for_programs = true};
	struct cr2_text output = {0};
	int r = cr2_text_append_safe(&output, demand->output ? demand->output : "", demand->output_length);

	result_fill(&f, demand);
	field_text(&f, OUTPUT, fields_take(&f, &output, r));
	return fields_json(&f, text);
}
