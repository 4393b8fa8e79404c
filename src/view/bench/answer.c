/* SPDX-License-Identifier: MIT */
/* A question of the course on one screen: calculation, measurement, verdict. */
#include <stdio.h>

#include "bench.h"
#include "record/json.h"

#define INDENT 2

static const char *const verdicts[] = {
	[CR2_BENCH_ANSWER_HOLDS] = "holds",
	[CR2_BENCH_ANSWER_DIFFERS] = "differs",
};

static const char *const units[] = {
	[CR2_AMOUNT_TIME] = "ns",
	[CR2_AMOUNT_COUNT] = "count",
	[CR2_AMOUNT_BYTES] = "bytes",
};

/* "262,144" */
static void add_count(struct rich *cell, double value)
{
	char digits[32], grouped[48], *to = grouped;
	int n = snprintf(digits, sizeof(digits), "%.0f", value);

	for (int i = 0; i < n && i < (int)sizeof(digits) - 1; i++) {
		if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	rich_keep(cell, INK_PLAIN, "%s", grouped);
}

static void add_bytes(struct rich *cell, double value)
{
	if (value >= 1 << 20)
		rich_keep(cell, INK_PLAIN, "%.4g MiB", value / (1 << 20));
	else if (value >= 1 << 13)
		rich_keep(cell, INK_PLAIN, "%.4g KiB", value / 1024);
	else
		rich_keep(cell, INK_PLAIN, "%.0f bytes", value);
}

static void add_amount(struct rich *cell, enum cr2_amount amount, double value)
{
	if (amount == CR2_AMOUNT_TIME)
		rich_time(cell, INK_PLAIN, value);
	else if (amount == CR2_AMOUNT_BYTES)
		add_bytes(cell, value);
	else
		add_count(cell, value);
}

static void add_row(struct grid *grid, const struct cr2_bench_answer_row *row)
{
	const struct cr2_bench_figure *f = &row->here;
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_keep(&cells[0], INK_PLAIN, "%s", row->what);
	if (row->has_course)
		add_amount(&cells[1], row->amount, row->course);
	else
		rich_add(&cells[1], INK_DIM, "-");
	add_amount(&cells[2], row->amount, f->median);
	if (f->n > 1 && f->high > f->low && f->median > 0)
		rich_keep(&cells[2], INK_DIM, " ±%.0f%%", (f->high - f->low) * 50 / f->median);
}

static int measured(const struct cr2_bench_answer *answer, const struct cr2_style *style,
		    struct cr2_text *text)
{
	static const char *const words[] = {"measured", "the course", "here"};
	struct grid grid = {.columns = 3, .at = INDENT};
	struct rich *cells = grid_row(&grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_add(&cells[i], INK_DIM, words[i]);
	for (size_t i = 0; i < answer->n_rows; i++)
		add_row(&grid, &answer->rows[i]);
	return grid_draw(&grid, style, text);
}

/* A word for what follows, and the rest of the line for it. */
static int labelled(const char *label, enum ink ink, const char *s, const struct cr2_style *style,
		    struct cr2_text *text)
{
	const struct slot slots[] = {
		{INDENT, 12}, {INDENT + 13, style->width > 40 ? style->width - INDENT - 13 : 25},
	};
	struct rich cells[2] = {0};
	int r;

	rich_add(&cells[0], ink, label);
	rich_add(&cells[1], INK_PLAIN, s);
	r = rich_row(text, style, 2, slots, cells);
	rich_finish(&cells[0]);
	rich_finish(&cells[1]);
	return r;
}

static int title(const struct cr2_bench_answer *answer, const struct cr2_style *style,
		 struct cr2_text *text)
{
	struct rich line = {0};
	int r;

	rich_printf(&line, INK_BOLD, "%u of %u: %s", answer->number, answer->of, answer->question);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}

int cr2_view_answer(const struct cr2_bench_answer *answer, const struct cr2_style *style,
		    struct cr2_text *text)
{
	int r = title(answer, style, text);

	for (size_t i = 0; r == 0 && i < answer->n_steps; i++)
		r = labelled(i ? "" : "calculation", INK_DIM, answer->steps[i], style, text);
	if (r == 0)
		r = measured(answer, style, text);
	if (r == 0 && answer->scaled[0])
		r = labelled("scaled", INK_WARN, answer->scaled, style, text);
	if (r == 0)
		r = labelled(verdicts[answer->verdict],
			     answer->verdict == CR2_BENCH_ANSWER_HOLDS ? INK_GOOD : INK_BAD, answer->because,
			     style, text);
	return r;
}

static json_t *row_json(const struct cr2_bench_answer_row *row)
{
	return json_pack("{s:s, s:s, s:o, s:f, s:f, s:f}", "what", row->what, "unit",
			 units[row->amount], "course",
			 row->has_course ? json_real(row->course) : json_null(), "here",
			 row->here.median, "low", row->here.low, "high", row->here.high);
}

int cr2_view_answer_json(const struct cr2_bench_answer *answer, struct cr2_text *text)
{
	json_t *steps = json_array(), *rows = json_array();

	for (size_t i = 0; i < answer->n_steps; i++)
		json_array_append_new(steps, json_string(answer->steps[i]));
	for (size_t i = 0; i < answer->n_rows; i++)
		json_array_append_new(rows, row_json(&answer->rows[i]));
	return view_json_line(json_pack("{s:i, s:s, s:s, s:I, s:s, s:o, s:o, s:s, s:s}", "number",
					(int)answer->number, "name", answer->name, "question",
					answer->question, "bytes", (json_int_t)answer->bytes, "scaled",
					answer->scaled, "calculation", steps, "measured", rows, "verdict",
					verdicts[answer->verdict], "because", answer->because), text);
}
