/* SPDX-License-Identifier: MIT */
/* All crashes of a log: one line each that differs from the others, the most frequent first. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cr2/view_log.h>

#include "group.h"
#include "rows.h"

static const struct field_block title_block = {.columns = 1, .joined = true};
static const struct field_block rows_block = {.columns = 5, .at = 2, .joined = true,
					      .percent = {0, 38, 22, 25, 0}};

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void title(struct fields *f, struct cr2_log_groups *groups)
{
	struct cr2_log_groups_stats stats;

	cr2_log_groups_get_stats(groups, &stats);
	fields_block(f, &title_block);
	fields_cells(f);
	field_text(f, KIND, "summary", .form = NULL);
	field_number(f, REPORTS, stats.reports, .form = "%", .ink = INK_BOLD);
	fields_say(f, INK_BOLD, " report%s of ", plural(stats.reports));
	field_number(f, DISTINCT, stats.distinct, .form = "%", .ink = INK_BOLD);
	fields_say(f, INK_BOLD, " crash%s", stats.distinct == 1 ? "" : "es that differ");
	field_number(f, LEFT_OUT, stats.left_out, .ink = INK_WARN, .form = stats.left_out ?
		     "; and of others, % reports, which --group shows" : NULL);
}

/* A text of a group's report, which does not stay when the next group's is read. */
static const char *keep(struct fields *f, const char *text)
{
	return text && *text ? fields_printf(f, "%s", text) : NULL;
}

static const char *keep_text(struct fields *f, const struct cr2_log_report *report, enum cr2_log_text which)
{
	return keep(f, cr2_log_report_text(report, which));
}

/* "prog: libc.so.6+0x1139", "null_read+0xc/0x20 [crash]": what has no form is for programs. */
static void user_place(struct fields *f, const struct cr2_log_report *report)
{
	const char *comm = keep_text(f, report, CR2_LOG_TEXT_COMM);
	const char *object = keep_text(f, report, CR2_LOG_TEXT_OBJECT);
	const struct cr2_symbol_place *place = cr2_log_report_place(report);
	const char *function = keep_text(f, report, CR2_LOG_TEXT_FUNCTION); /* where a reporter names it */
	bool inside = log_knows(report, CR2_LOG_VALUE_OBJECT_OFFSET);
	bool named = inside && comm && object && strcmp(comm, object) == 0;

	field_text(f, COMM, comm, .form = named ? NULL : "%: ", .ink = INK_BOLD);
	field_text(f, OBJECT, object, .form = inside ? "%" : NULL, .ink = named ? INK_BOLD : INK_PLAIN);
	log_hex(f, report, OBJECT_OFFSET, .form = "+%");
	field_text(f, FUNCTION, function, .form = inside ? NULL : "%");
	log_hex(f, report, FUNCTION_OFFSET, .form = inside ? NULL : "+%");
	log_hex(f, report, IP, .form = inside || function ? NULL : "ip %");
	field_text(f, SYMBOL, keep(f, place->symbol), .form = " %");
}

static void kernel_place(struct fields *f, const struct cr2_log_report *report)
{
	bool known = cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION);

	field_text(f, COMM, keep_text(f, report, CR2_LOG_TEXT_COMM), .form = NULL);
	field_text(f, FUNCTION, keep_text(f, report, CR2_LOG_TEXT_FUNCTION), .form = "%", .ink = INK_BOLD);
	log_hex(f, report, FUNCTION_OFFSET, .form = "+%");
	log_hex(f, report, FUNCTION_SIZE, .form = "/%");
	field_text(f, MODULE, keep_text(f, report, CR2_LOG_TEXT_MODULE), .form = " [%]");
	log_hex(f, report, IP, .form = known ? NULL : "ip %");
}

static void cause(struct fields *f, const struct cr2_log_report *report)
{
	enum cr2_log_cause which = cr2_log_report_cause(report);
	const char *words = keep_text(f, report, CR2_LOG_TEXT_WORDS);

	field_text(f, CAUSE, cr2_log_cause_name(which));
	field_text(f, WHAT, words ? words : cr2_log_cause_label(which), .form = "%");
}

/* One log's lines need no name. */
static bool one_source(struct cr2_log_groups *groups)
{
	struct cr2_log_position first, last;
	const struct cr2_log_group *group;
	const char *source = NULL;

	for (size_t i = 0; (group = cr2_log_groups_get(groups, i)); i++) {
		cr2_log_group_first(group, &first);
		cr2_log_group_last(group, &last);
		if (i == 0)
			source = first.source;
		if (first.source != source || last.source != source)
			return false;
	}
	return true;
}

static void place_in_log(struct fields *f, const struct cr2_log_group *group, bool named)
{
	struct cr2_log_position first, last;

	cr2_log_group_first(group, &first);
	cr2_log_group_last(group, &last);
	fields_cell(f);
	fields_say(f, INK_DIM, "%s:%" PRIu64, named && first.source ? first.source : "", first.line);
	log_position(f, CR2_KEY_FIRST, &first);
	log_position(f, CR2_KEY_LAST, &last);
}

static void row(struct fields *f, const struct cr2_log_group *group, int width, bool named)
{
	const struct cr2_log_report *report = cr2_log_group_report(group);

	if (!report) {
		f->error = -ENOMEM;
		return;
	}
	fields_cells(f);
	fields_object(f, CR2_KEY_NONE);
	field_number(f, COUNT, cr2_log_group_count(group));
	fields_keep(f, INK_PLAIN, "%*" PRIu64, width, cr2_log_group_count(group));
	fields_cell(f);
	if (cr2_log_report_kind(report) == CR2_LOG_OOPS)
		kernel_place(f, report);
	else
		user_place(f, report);
	fields_cell(f);
	cause(f, report);
	fields_cell(f);
	field_text(f, PATTERN, cr2_log_pattern_name(cr2_log_report_pattern(report)), .form = "%",
		   .ink = INK_WARN);
	place_in_log(f, group, named);
	fields_end(f);
}

static void list(struct fields *f, struct cr2_log_groups *groups)
{
	const struct cr2_log_group *group = cr2_log_groups_get(groups, 0);
	int width = group ? snprintf(NULL, 0, "%" PRIu64, cr2_log_group_count(group)) : 0;
	bool named = !one_source(groups);

	title(f, groups);
	fields_block(f, &rows_block);
	fields_list(f, CR2_KEY_GROUPS);
	for (size_t i = 0; (group = cr2_log_groups_get(groups, i)); i++)
		row(f, group, width, named);
	fields_end(f);
}

int cr2_view_log_summary(struct cr2_log_groups *groups, const struct cr2_style *style,
			 struct cr2_text *text)
{
	struct fields f = {0};

	list(&f, groups);
	return fields_draw(&f, style, text);
}

int cr2_view_log_summary_json(struct cr2_log_groups *groups, struct cr2_text *text)
{
	struct fields f = {0};

	list(&f, groups);
	return fields_json(&f, text);
}
