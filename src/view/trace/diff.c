/* SPDX-License-Identifier: MIT */
/* Two recordings beside each other: what became more, what less. */
#include <errno.h>
#include <inttypes.h>

#include <cr2/view_trace.h>

#include "record/json.h"
#include "view/draw/grid.h"
#include "view/draw/quantity.h"
#include "view/trace/amount.h"
#include "view/trace/report_row.h"

static void add_heading(struct grid *grid, const struct cr2_view_diff *diff)
{
	static const char *const words[] = {"  before", "   after", "  faults", "time", "bytes"};
	struct rich *cells = grid_row(grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(words); i++)
		rich_keep(&cells[i], INK_DIM, "%s", words[i]);
	for (size_t i = 0; cells && i < diff->n_by; i++)
		rich_keep(&cells[5], INK_DIM, "%s%s", i ? " > " : "", cr2_report_by_name(diff->by[i]));
}

/* Nothing where nothing changed; less is good. */
static enum ink ink_of(uint64_t before, uint64_t after)
{
	return after > before ? INK_WARN : INK_GOOD;
}

static void add_time(struct rich *cell, uint64_t before, uint64_t after)
{
	if (before == after)
		return;
	rich_keep(cell, ink_of(before, after), after > before ? "+" : "-");
	rich_time(cell, ink_of(before, after), (double)(after > before ? after - before : before - after));
}

static void add_bytes(struct rich *cell, uint64_t before, uint64_t after)
{
	if (before == after)
		return;
	rich_keep(cell, INK_PLAIN, after > before ? "+" : "-");
	view_bytes(cell, after > before ? after - before : before - after);
}

/* Of both: a difference takes two. */
static bool is_read(const struct cr2_view_diff *diff)
{
	return diff->before.read && diff->after.read;
}

static void add_row(struct grid *grid, const struct cr2_view_diff *diff, const struct cr2_diff_row *row)
{
	const struct cr2_diff_sums *a = &row->before, *b = &row->after;
	struct cr2_report_row same = *row->row; /* but of another process */
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_keep(&cells[0], INK_PLAIN, "%8" PRIu64, a->n);
	rich_keep(&cells[1], INK_PLAIN, "%8" PRIu64, b->n);
	if (a->n != b->n)
		rich_keep(&cells[2], ink_of(a->n, b->n), "%+8" PRId64, (int64_t)(b->n - a->n));
	if (is_read(diff)) {
		add_time(&cells[3], a->ns, b->ns);
		add_bytes(&cells[4], a->zeroed + a->copied, b->zeroed + b->copied);
	}
	same.pid = 0;
	report_row_label(&cells[5], &same);
}

static struct cr2_diff_sums add_up(const struct cr2_view_diff *diff, bool after)
{
	struct cr2_diff_sums sums = {0};

	for (size_t i = 0; i < diff->n_rows; i++)
		if (!diff->rows[i].row->depth) {
			sums.n += after ? diff->rows[i].after.n : diff->rows[i].before.n;
			sums.ns += after ? diff->rows[i].after.ns : diff->rows[i].before.ns;
		}
	return sums;
}

static void say_side(struct rich *line, const struct cr2_view_diff *diff, bool after)
{
	const struct cr2_recording_facts *facts = after ? &diff->after : &diff->before;
	struct cr2_diff_sums sums = add_up(diff, after);

	rich_add(line, INK_BOLD, after ? diff->after_title : diff->before_title);
	rich_keep(line, INK_PLAIN, ": %" PRIu64 " fault%s, ", sums.n, sums.n == 1 ? "" : "s");
	if (facts->read)
		rich_time(line, INK_PLAIN, (double)sums.ns);
	else
		rich_add(line, INK_PLAIN, "time not known");
	if (facts->lost)
		rich_keep(line, INK_BAD, ", %" PRIu64 " lost", facts->lost);
}

int cr2_view_diff(const struct cr2_view_diff *diff, const struct cr2_style *style, struct cr2_text *text)
{
	struct grid grid = {.columns = 6, .at = 2};
	struct rich line = {0};
	int r;

	say_side(&line, diff, false);
	rich_add(&line, INK_PLAIN, " → ");
	say_side(&line, diff, true);
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	if (diff->n_rows)
		add_heading(&grid, diff);
	for (size_t i = 0; i < diff->n_rows; i++)
		add_row(&grid, diff, &diff->rows[i]);
	if (r == 0 && diff->n_rows)
		r = cr2_text_append(text, "\n");
	if (r == 0 && diff->n_rows)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r;
}

/* ---- for programs ---- */

/* What is not known is null. */
static json_t *sums_json(const struct cr2_diff_sums *sums, bool majors, bool read)
{
	json_t *o = json_object();

	view_json_set(o, KEY(COUNT), sums->n);
	view_json_set_known(o, KEY(MAJOR), sums->major, majors);
	view_json_set_known(o, KEY(NS), sums->ns, read);
	view_json_set_known(o, KEY(ZEROED), sums->zeroed, read);
	view_json_set_known(o, KEY(COPIED), sums->copied, read);
	return o;
}

/* Numbers that wrap around below 0 read as negative ones. */
static struct cr2_diff_sums minus(const struct cr2_diff_sums *a, const struct cr2_diff_sums *b)
{
	return (struct cr2_diff_sums){a->n - b->n, a->major - b->major, a->ns - b->ns, a->zeroed - b->zeroed,
				      a->copied - b->copied};
}

static int row_json(const struct cr2_view_diff *diff, const struct cr2_diff_row *row, struct cr2_text *text)
{
	const struct cr2_recording_facts *before = &diff->before, *after = &diff->after;
	const struct cr2_diff_sums delta = minus(&row->after, &row->before);
	struct cr2_report_row same = *row->row;
	json_t *o = json_object();

	same.pid = 0;
	json_object_set_new(o, KEY(KIND), json_string("row"));
	json_object_set_new(o, KEY(DEPTH), json_integer(row->row->depth));
	for (size_t i = 0; i <= row->row->depth; i++)
		report_row_key(o, diff->by[i], &same);
	json_object_set_new(o, KEY(EARLIER), sums_json(&row->before, before->majors, before->read));
	json_object_set_new(o, KEY(LATER), sums_json(&row->after, after->majors, after->read));
	json_object_set_new(o, KEY(DELTA), sums_json(&delta, before->majors && after->majors, is_read(diff)));
	return view_json_line(o, text);
}

static json_t *side_json(const struct cr2_recording_facts *facts)
{
	json_t *o = json_object();

	view_recording_json(o, facts);
	return o;
}

int cr2_view_diff_json(const struct cr2_view_diff *diff, struct cr2_text *text)
{
	json_t *o;
	int r = 0;

	for (size_t i = 0; i < diff->n_rows && r == 0; i++)
		r = row_json(diff, &diff->rows[i], text);
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	json_object_set_new(o, KEY(EARLIER), side_json(&diff->before));
	json_object_set_new(o, KEY(LATER), side_json(&diff->after));
	return view_json_line(o, text);
}
