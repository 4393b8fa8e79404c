/* SPDX-License-Identifier: MIT */
/* Equal crashes: how often, when, what is the same in all of them and what is not. */
#include <errno.h>
#include <inttypes.h>

#include <cr2/view_log.h>

#include "group.h"
#include "rows.h"

static const struct field_block headline_block = {.columns = 2, .ends = true, .joined = true};
static const struct field_block rows_block = {.columns = 2, .at = 2, .first = 11, .joined = true};

/* ---- what the reports hold ---- */

/* One number of the reports: what it is called, and what it was. */
struct number {
	const char *name;
	enum field_type type;
	bool ranges; /* people read between what it varies */
	struct cr2_log_range range;
};

#define NUMBERS (6 + CR2_REGISTER_COUNT)

static const struct {
	enum cr2_log_value value;
	enum cr2_key key;
	enum field_type type;
} values[] = {
	{CR2_LOG_VALUE_ADDR, CR2_KEY_ADDR, FIELD_HEX},
	{CR2_LOG_VALUE_ERROR, CR2_KEY_ERROR, FIELD_HEX},
	{CR2_LOG_VALUE_IP, CR2_KEY_IP, FIELD_HEX},
	{CR2_LOG_VALUE_SP, CR2_KEY_SP, FIELD_HEX},
	{CR2_LOG_VALUE_PID, CR2_KEY_PID, FIELD_NUMBER},
	{CR2_LOG_VALUE_CPU, CR2_KEY_CPU, FIELD_NUMBER},
};

static size_t numbers_of(const struct cr2_log_group *group, struct number ret_numbers[NUMBERS])
{
	struct cr2_log_range range;
	size_t n = 0;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(values); i++)
		if (cr2_log_group_value(group, values[i].value, &range))
			ret_numbers[n++] = (struct number){
				.name = cr2_key_name(values[i].key), .type = values[i].type,
				.ranges = values[i].value == CR2_LOG_VALUE_ADDR, .range = range,
			};
	for (int i = 0; i < CR2_REGISTER_COUNT; i++)
		/* These two are among the values. */
		if (i != CR2_REGISTER_IP && i != CR2_REGISTER_SP &&
		    cr2_log_group_register(group, (enum cr2_register)i, &range))
			ret_numbers[n++] = (struct number){
				.name = cr2_register_wide_name(i), .type = FIELD_HEX, .range = range,
			};
	return n;
}

static bool is_same(const struct cr2_log_group *group, const struct number *number)
{
	return number->range.min == number->range.max &&
	       number->range.reports == cr2_log_group_count(group);
}

/* ---- when ---- */

void log_position(struct fields *f, enum cr2_key key, const struct cr2_log_position *p)
{
	fields_object(f, key);
	field_text(f, WHEN, p->when);
	field_text(f, SOURCE, p->source);
	field_number(f, LINE, p->line);
	fields_end(f);
}

static void position_words(struct fields *f, const struct cr2_log_position *p)
{
	if (p->when)
		fields_keep(f, INK_DIM, "%s ", p->when);
	fields_say(f, INK_DIM, "%s%s%" PRIu64, p->source ? p->source : "line ", p->source ? ":" : "",
		   p->line);
}

static void headline(struct fields *f, const struct cr2_log_group *group)
{
	uint64_t count = cr2_log_group_count(group);
	struct cr2_log_position first, last;

	cr2_log_group_first(group, &first);
	cr2_log_group_last(group, &last);
	fields_block(f, &headline_block);
	fields_cells(f);
	field_text(f, KIND, "group", .form = NULL);
	field_number(f, COUNT, count, .form = count > 1 ? "% times" : "once", .ink = INK_BOLD);
	fields_cell(f);
	position_words(f, &first);
	log_position(f, CR2_KEY_FIRST, &first);
	if (count > 1) {
		fields_say(f, INK_DIM, " to ");
		position_words(f, &last);
	}
	log_position(f, CR2_KEY_LAST, &last);
}

/* ---- what varies ---- */

static void separate(struct fields *f, bool *any)
{
	if (*any)
		fields_say(f, INK_PLAIN, ", ");
	*any = true;
}

static void range_words(struct fields *f, const struct cr2_log_group *group,
			const struct number *number)
{
	const struct cr2_log_range *range = &number->range;

	fields_say(f, INK_BOLD, "%s", number->name);
	if (range->min == range->max)
		fields_keep(f, INK_PLAIN, " 0x%" PRIx64, range->min);
	else if (number->ranges)
		fields_keep(f, INK_PLAIN, " 0x%" PRIx64 "..0x%" PRIx64, range->min, range->max);
	if (range->reports < cr2_log_group_count(group))
		fields_keep(f, INK_PLAIN, " (known of %" PRIu64 ")", range->reports);
}

static void range_object(struct fields *f, const struct number *number)
{
	fields_add(f, &(struct field){.type = FIELD_OBJECT, .name = number->name});
	fields_add(f, &(struct field){.type = number->type, .key = CR2_KEY_MIN, .number = number->range.min});
	fields_add(f, &(struct field){.type = number->type, .key = CR2_KEY_MAX, .number = number->range.max});
	field_number(f, COUNT, number->range.reports);
	fields_end(f);
}

static void varying_text(struct fields *f, const struct cr2_log_group *group, enum cr2_log_text which,
			 enum cr2_key key, const char *words, bool *any)
{
	bool varies = cr2_log_group_varies(group, which);

	if (varies)
		separate(f, any);
	fields_add(f, &(struct field){.type = FIELD_BOOL, .key = key, .number = varies,
				      .form = varies ? words : NULL, .ink = INK_BOLD});
}

static void varies_row(struct fields *f, const struct cr2_log_group *group,
		       const struct number *numbers, size_t n)
{
	bool texts = cr2_log_group_varies(group, CR2_LOG_TEXT_COMM) ||
		     cr2_log_group_varies(group, CR2_LOG_TEXT_KERNEL);
	bool any = false, shown = texts;

	for (size_t i = 0; i < n; i++)
		shown = shown || !is_same(group, &numbers[i]);
	log_row(f, "varies", shown);
	fields_object(f, CR2_KEY_VARIES);
	for (size_t i = 0; i < n; i++) {
		if (is_same(group, &numbers[i]))
			continue;
		separate(f, &any);
		range_words(f, group, &numbers[i]);
		range_object(f, &numbers[i]);
	}
	fields_end(f);
	varying_text(f, group, CR2_LOG_TEXT_COMM, CR2_KEY_COMM_VARIES, "the program", &any);
	varying_text(f, group, CR2_LOG_TEXT_KERNEL, CR2_KEY_KERNEL_VARIES, "the kernel", &any);
}

static void same_row(struct fields *f, const struct cr2_log_group *group,
		     const struct number *numbers, size_t n)
{
	bool many = cr2_log_group_count(group) > 1, any = false;

	for (size_t i = 0; i < n; i++)
		any = any || is_same(group, &numbers[i]);
	log_row(f, "the same", many && any);
	fields_object(f, CR2_KEY_SAME);
	any = false;
	for (size_t i = 0; i < n; i++) {
		if (!is_same(group, &numbers[i]))
			continue;
		if (many) {
			separate(f, &any);
			fields_say(f, INK_BOLD, "%s", numbers[i].name);
		}
		fields_add(f, &(struct field){.type = numbers[i].type, .name = numbers[i].name,
					      .number = numbers[i].range.min,
					      .form = many ? " %" : NULL, .keep = true});
	}
	fields_end(f);
}

static void list(struct fields *f, const struct cr2_log_group *group)
{
	const struct cr2_log_report *report = cr2_log_group_report(group);
	struct cr2_log_position first;
	struct number numbers[NUMBERS];
	size_t n = numbers_of(group, numbers);

	if (!report) {
		f->error = -ENOMEM;
		return;
	}
	headline(f, group);
	fields_block(f, &rows_block);
	varies_row(f, group, numbers, n);
	same_row(f, group, numbers, n);
	cr2_log_group_first(group, &first);
	fields_object(f, CR2_KEY_REPORT);
	log_report_list(f, report, first.source);
	fields_end(f);
}

int cr2_view_log_group(const struct cr2_log_group *group, const struct cr2_style *style,
		       struct cr2_text *text)
{
	struct fields f = {0};
	int r;

	list(&f, group);
	r = fields_draw(&f, style, text);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

int cr2_view_log_group_json(const struct cr2_log_group *group, struct cr2_text *text)
{
	struct fields f = {0};

	list(&f, group);
	return fields_json(&f, text);
}
