/* SPDX-License-Identifier: MIT */
/* What became of a module that counts page faults. */
#include <string.h>

#include "learn.h"

static const struct field_block block = {.columns = 4, .at = 2};
static const struct field_block sentence = {.columns = 1, .at = 2};

static const char *end_text(const struct cr2_counter_report *report)
{
	switch (report->end) {
	case CR2_COUNTER_DONE:
		return NULL;
	case CR2_COUNTER_NOT_BUILT:
		return "the module does not build";
	case CR2_COUNTER_NOT_LOADED:
		return "the kernel does not load the module";
	case CR2_COUNTER_NO_FILE:
		return "/proc/fault_counter cannot be read";
	case CR2_COUNTER_NOT_UNLOADED:
		return "the module cannot be unloaded, or leaves its file behind";
	case CR2_COUNTER_LOST:
		return "the kernel crashed";
	case CR2_COUNTER_TIME_OUT:
		return "the kernel hung, or did not end in time";
	}
	return NULL;
}

static bool is_right(const struct cr2_counter_seen *seen)
{
	return seen->done && seen->listed && seen->seen == seen->expected;
}

static void row(struct fields *f, enum cr2_counter_case c, const struct cr2_counter_seen *seen)
{
	bool right = is_right(seen);

	fields_object(f, CR2_KEY_NONE);
	fields_cells(f);
	field_text(f, CASE, cr2_counter_case_name(c), .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_text(f, VERDICT, !seen->done ? "not run" : right ? "right" : "wrong", .form = "%",
		   .ink = right ? INK_GOOD : INK_BAD, .keep = true);
	field_bool(f, CORRECT, right);
	fields_cell(f);
	if (seen->done) {
		field_number(f, EXPECTED, seen->expected, .form = "% faults");
		if (!right && !seen->listed)
			fields_say(f, INK_BAD, ", not listed");
		else if (!right)
			fields_say(f, INK_BAD, ", counted %llu", (unsigned long long)seen->seen);
		field_number(f, SEEN, seen->seen);
	}
	fields_cell(f);
	fields_say(f, INK_PLAIN, "%s", cr2_counter_case_deed(c));
	if (seen->done && !right) {
		fields_break(f);
		field_text(f, HINT, cr2_counter_case_hint(c), .form = "%");
	}
	fields_end(f);
}

/* None of its cases could be tried, and that is its own fault. */
static void not_built(struct fields *f, const struct cr2_counter_report *report)
{
	fields_block(f, &sentence);
	field_text(f, EXERCISE, "counter");
	field_text(f, VERDICT, "wrong");
	fields_cells(f);
	field_text(f, REASON, fields_printf(f, "%s: %s", end_text(report), report->console.data), .form = "%", .ink = INK_BAD);
	field_bool(f, CORRECT, false);
}

static void fill(struct fields *f, const struct cr2_counter_report *report)
{
	const char *end = end_text(report);

	if (report->end == CR2_COUNTER_NOT_BUILT) {
		not_built(f, report);
		return;
	}
	fields_block(f, &block);
	field_text(f, EXERCISE, "counter");
	fields_list(f, CR2_KEY_PARTS);
	for (int c = 0; c < CR2_COUNTER_CASES; c++)
		row(f, (enum cr2_counter_case)c, &report->cases[c]);
	fields_end(f);
	if (report->end == CR2_COUNTER_TIME_OUT)
		field_text(f, ENDED, "time out");
	if (end) {
		fields_block(f, &sentence);
		fields_cells(f);
		field_text(f, REASON, end, .form = "%", .ink = INK_BAD);
		if (report->error)
			fields_say(f, INK_PLAIN, ": %s", strerror(report->error));
	}
	field_bool(f, CORRECT, cr2_counter_report_ok(report));
}

int cr2_view_counter(const struct cr2_counter_report *report, const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fill(&f, report);
	return fields_draw(&f, style, text);
}

int cr2_view_counter_json(const struct cr2_counter_report *report, struct cr2_text *text)
{
	struct fields f = {.for_programs = true};

	fill(&f, report);
	return fields_json(&f, text);
}
