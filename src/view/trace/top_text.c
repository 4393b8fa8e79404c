/* SPDX-License-Identifier: MIT */
/* What `cr2 top` shows, line by line and for programs, and what stands above its rows. */
#include <inttypes.h>
#include <string.h>

#include <cr2/view_top.h>

#include "base/safe.h"
#include "record/json.h"
#include "view/draw/quantity.h"
#include "view/trace/amount.h"
#include "view/trace/books.h"
#include "view/trace/group.h"
#include "view/trace/top.h"

static int draw(struct rich *line, const struct cr2_style *style, struct cr2_text *text)
{
	int r = rich_paragraph(text, style, 0, line);

	rich_finish(line);
	return r;
}

static void say_what(struct rich *line, const struct cr2_view_top *top)
{
	rich_add(line, INK_BOLD, top->title);
	rich_keep(line, INK_PLAIN, ": %.1f s,", (double)top->elapsed_ns / 1e9);
	if (top->whole)
		rich_add(line, INK_PLAIN, " counted since the beginning");
	else
		rich_keep(line, INK_PLAIN, " of which the last %.1f s", (double)top->window_ns / 1e9);
	if (top->filter && *top->filter) {
		rich_add(line, INK_PLAIN, ", filter ");
		rich_add(line, INK_WARN, top->filter);
	}
}

/* All that was counted, whatever the filter leaves. */
static void say_sum(struct rich *line, const struct cr2_view_top *top)
{
	double seconds = (double)(top->window_ns ? top->window_ns : 1) / 1e9;
	struct cr2_trace_count all = {0};
	uint64_t major = 0;

	for (size_t i = 0; i < top->counts->n; i++) {
		cr2_trace_count_add(&all, &top->counts->items[i]);
		major += top->counts->items[i].major ? top->counts->items[i].n : 0;
	}
	rich_number(line, INK_PLAIN, (double)all.n / seconds);
	rich_keep(line, INK_PLAIN, " faults/s,");
	rich_printf(line, INK_PLAIN, " %.1f %% of %u CPU%s,", (double)all.ns / seconds / 1e7 / (top->cpus ? top->cpus : 1),
		  top->cpus, top->cpus == 1 ? "" : "s");
	rich_printf(line, INK_PLAIN, " %" PRIu64 " major, ", major);
	view_bytes(line, all.zeroed);
	rich_add(line, INK_PLAIN, " zeroed, ");
	view_bytes(line, all.copied);
	rich_keep(line, INK_PLAIN, " copied");
}

/* In one line where there is room for it. */
static void say_books(struct rich *line, const struct cr2_trace_counts *books)
{
	rich_printf(line, INK_PLAIN, "%" PRIu64 " recorded, %" PRIu64 " by reference, %" PRIu64 " that the kernel counted, ",
		    books->recorded, books->by_reference, books->kernel_counted);
	if (books->lost)
		rich_keep(line, INK_BAD, "%" PRIu64 " lost", books->lost);
	else
		rich_keep(line, INK_GOOD, "none lost");
	if (books->undetermined)
		rich_printf(line, INK_WARN, ", %" PRIu64 " of unknown path", books->undetermined);
}

int cr2_view_top_head(const struct cr2_view_top *top, const struct cr2_style *style, struct cr2_text *text)
{
	struct rich line = {0};
	int r;

	say_what(&line, top);
	r = draw(&line, style, text);
	say_sum(&line, top);
	r = r == 0 ? draw(&line, style, text) : (rich_finish(&line), r);
	say_books(&line, top->books);
	return r == 0 ? draw(&line, style, text) : (rich_finish(&line), r);
}

/* ---- rows ---- */

/* The text in so many columns, at the right where it is a number. */
static void add_cell(struct rich *line, const struct cr2_top_place *place, enum ink ink, const char *s)
{
	unsigned used = 0, columns;
	size_t n = 0, all = strlen(s);

	while (n < all) {
		size_t bytes = safe_step(s + n, all - n, &columns);

		if (used + columns > place->width)
			break;
		used += columns;
		n += bytes;
	}
	if (place->at)
		rich_keep(line, INK_PLAIN, " ");
	if (cr2_top_column_is_number(place->column))
		rich_keep(line, INK_PLAIN, "%*s", (int)(place->width - used), "");
	rich_keep(line, ink, "%.*s", (int)n, s);
	if (!cr2_top_column_is_number(place->column))
		rich_keep(line, INK_PLAIN, "%*s", (int)(place->width - used), "");
}

static enum ink ink_of(const struct cr2_top_row *row, enum cr2_top_column column)
{
	return column == CR2_TOP_PATH ? INK_NAME : column == CR2_TOP_MAJOR && row->major ? INK_WARN : INK_PLAIN;
}

int cr2_view_top_line(const struct cr2_view_top *top, const struct cr2_top_row *row,
		      const struct cr2_top_place *places, size_t n, const struct cr2_style *style,
		      struct cr2_text *text)
{
	struct cr2_style one_line = *style;
	struct cr2_text cell = {0}, drawn = {0};
	struct rich line = {0};
	int r = 0;

	one_line.width = 1000; /* what is cut is cut here */
	for (size_t i = 0; i < n && r == 0; i++) {
		enum cr2_top_column column = places[i].column;

		cr2_text_clear(&cell);
		if (row)
			r = top_cell(top, row, column, &cell);
		add_cell(&line, &places[i], row ? ink_of(row, column) : INK_DIM,
			 row ? cell.data ? cell.data : "" : cr2_top_column_heading(column));
	}
	r = r == 0 ? draw(&line, &one_line, &drawn) : (rich_finish(&line), r);
	if (r == 0)
		r = cr2_text_append_n(text, drawn.data, strcspn(drawn.data, "\n"));
	cr2_text_finish(&cell);
	cr2_text_finish(&drawn);
	return r;
}

int cr2_view_top(const struct cr2_view_top *top, const struct cr2_top_row *rows, size_t n,
		 const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_top_place places[CR2_TOP_COLUMNS];
	size_t n_places = cr2_view_top_layout(top, style->width, places);
	int r = cr2_view_top_head(top, style, text);

	for (size_t i = 0; i <= n && n && r == 0; i++) {
		r = cr2_view_top_line(top, i ? &rows[i - 1] : NULL, places, n_places, style, text);
		if (r == 0)
			r = cr2_text_append(text, "\n");
	}
	return r == 0 ? cr2_text_append(text, "\n") : r;
}

/* ---- for programs ---- */

static int row_json(const struct cr2_view_top *top, const struct cr2_top_row *row, struct cr2_text *text)
{
	struct cr2_text name = {0};
	json_t *o = json_object();

	json_object_set_new(o, KEY(KIND), json_string("row"));
	json_object_set_new(o, KEY(T), view_json_seconds(top->elapsed_ns));
	if (top->by & CR2_VIEW_BY_PROCESS) {
		view_json_set(o, KEY(PID), row->count.who);
		/* Names may hold bytes that JSON cannot. */
		if (top_cell(top, row, CR2_TOP_PROCESS, &name) == 0)
			json_object_set_new(o, KEY(COMM), json_string(name.data ? name.data : ""));
		cr2_text_finish(&name);
	}
	if (top->by & CR2_VIEW_BY_PATH)
		json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(row->count.path)));
	if (top->by & CR2_VIEW_BY_MAPPING)
		json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(row->count.mapping)));
	view_json_set(o, KEY(COUNT), row->count.n);
	view_json_set(o, KEY(MAJOR), row->major);
	view_json_set(o, KEY(NS), row->count.ns);
	view_json_set(o, KEY(ZEROED), row->count.zeroed);
	view_json_set(o, KEY(COPIED), row->count.copied);
	return view_json_line(o, text);
}

int cr2_view_top_json(const struct cr2_view_top *top, const struct cr2_top_row *rows, size_t n,
		      struct cr2_text *text)
{
	json_t *o;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = row_json(top, &rows[i], text);
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	json_object_set_new(o, KEY(T), view_json_seconds(top->elapsed_ns));
	view_json_set(o, KEY(ELAPSED_NS), top->window_ns);
	view_books_json(o, top->books);
	return view_json_line(o, text);
}
