/* SPDX-License-Identifier: MIT */
/* The rows of `cr2 top` and what stands in their cells. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cr2/view_top.h>

#include "view/draw/quantity.h"
#include "view/trace/amount.h"
#include "view/trace/group.h"
#include "view/trace/top.h"

static const struct {
	const char *name, *heading, *sentence;
	int key;
	unsigned width, rank;
	bool number;
} columns[CR2_TOP_COLUMNS] = {
#define X(id, name, key, heading, width, rank, number, sentence) \
	[CR2_TOP_##id] = {name, heading, sentence, key, width, rank, number},
#include <cr2/tables/top_column.def>
#undef X
};

const char *cr2_top_column_name(enum cr2_top_column column)
{
	return column < CR2_TOP_COLUMNS ? columns[column].name : NULL;
}

const char *cr2_top_column_heading(enum cr2_top_column column)
{
	return column < CR2_TOP_COLUMNS ? columns[column].heading : NULL;
}

const char *cr2_top_column_sentence(enum cr2_top_column column)
{
	return column < CR2_TOP_COLUMNS ? columns[column].sentence : NULL;
}

int cr2_top_column_key(enum cr2_top_column column)
{
	return column < CR2_TOP_COLUMNS ? columns[column].key : 0;
}

bool cr2_top_column_is_number(enum cr2_top_column column)
{
	return column < CR2_TOP_COLUMNS && columns[column].number;
}

int cr2_top_column_parse(const char *name)
{
	for (int i = 0; i < CR2_TOP_COLUMNS; i++)
		if (strcmp(columns[i].name, name) == 0)
			return i;
	return -EINVAL;
}

/* ---- rows ---- */

/* What qsort() has no argument for, beside each row. */
struct sortable {
	struct cr2_top_row row;
	const struct cr2_view_top *top;
};

static int compare_alike(const void *left, const void *right)
{
	const struct sortable *a = left, *b = right;

	return count_compare(&a->row.count, &b->row.count, a->top->by);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static double mean_of(const struct cr2_trace_count *count)
{
	return count->n ? (double)count->ns / (double)count->n : 0;
}

/* Numbers descend, names ascend. */
static int compare_by(const struct cr2_top_row *a, const struct cr2_top_row *b, enum cr2_top_column column)
{
	switch (column) {
	case CR2_TOP_PID:
		return compare_numbers(a->count.who, b->count.who);
	case CR2_TOP_PROCESS:
		return strcasecmp(a->comm, b->comm);
	case CR2_TOP_PATH:
		return strcmp(cr2_path_name(a->count.path), cr2_path_name(b->count.path));
	case CR2_TOP_MAPPING:
		return strcmp(cr2_trace_mapping_name(a->count.mapping), cr2_trace_mapping_name(b->count.mapping));
	case CR2_TOP_RATE:
	case CR2_TOP_FAULTS:
		return compare_numbers(a->count.n, b->count.n);
	case CR2_TOP_MAJOR:
		return compare_numbers(a->major, b->major);
	case CR2_TOP_ZEROED:
		return compare_numbers(a->count.zeroed, b->count.zeroed);
	case CR2_TOP_COPIED:
		return compare_numbers(a->count.copied, b->count.copied);
	case CR2_TOP_SHARE:
	case CR2_TOP_TIME:
		return compare_numbers(a->count.ns, b->count.ns);
	case CR2_TOP_MEAN:
		return mean_of(&a->count) < mean_of(&b->count) ? 1 : mean_of(&a->count) > mean_of(&b->count) ? -1 : 0;
	case CR2_TOP_COLUMNS:
		break;
	}
	return 0;
}

static int compare_rows(const void *left, const void *right)
{
	const struct sortable *a = left, *b = right;
	int order = compare_by(&a->row, &b->row, a->top->sort);

	if (order)
		return a->top->reverse ? -order : order;
	order = compare_numbers(a->row.count.ns, b->row.count.ns);
	return order ? order : compare_alike(left, right);
}

static bool contains(const char *text, const char *word, size_t n)
{
	for (; *text; text++)
		if (strncasecmp(text, word, n) == 0)
			return true;
	return false;
}

static bool word_is_in(const struct cr2_view_top *top, const struct cr2_top_row *row, const char *word, size_t n)
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%" PRIu64, row->count.who);
	return (top->by & CR2_VIEW_BY_PROCESS &&
		((strlen(pid) == n && strncmp(pid, word, n) == 0) || contains(row->comm, word, n))) ||
	       (top->by & CR2_VIEW_BY_PATH && contains(cr2_path_name(row->count.path), word, n)) ||
	       (top->by & CR2_VIEW_BY_MAPPING && contains(cr2_trace_mapping_name(row->count.mapping), word, n));
}

/* Every word of the filter. */
static bool is_wanted(const struct cr2_view_top *top, const struct cr2_top_row *row)
{
	const char *s = top->filter ? top->filter : "";

	while (*(s += strspn(s, " "))) {
		bool not = *s == '!';
		size_t n = strcspn(s += not, " ");

		if (n && word_is_in(top, row, s, n) == not)
			return false;
		s += n;
	}
	return true;
}

static void set_name(const struct cr2_view_top *top, struct cr2_top_row *row)
{
	const char *name = row->count.who ? top->name ? top->name(top->data, row->count.who) : NULL : "(ended)";

	snprintf(row->comm, sizeof(row->comm), "%s", name ? name : "");
}

/* Those alike become one. Returns how many are left. */
static size_t merge(struct sortable *rows, size_t n)
{
	size_t left = 0;

	qsort(rows, n, sizeof(*rows), compare_alike);
	for (size_t i = 0; i < n; i++)
		if (left && compare_alike(&rows[left - 1], &rows[i]) == 0) {
			cr2_trace_count_add(&rows[left - 1].row.count, &rows[i].row.count);
			rows[left - 1].row.major += rows[i].row.major;
		} else {
			rows[left++] = rows[i];
		}
	return left;
}

int cr2_top_rows(const struct cr2_view_top *top, struct cr2_top_row **ret_rows, size_t *ret_n)
{
	struct sortable *rows = calloc(top->counts->n + 1, sizeof(*rows));
	struct cr2_top_row *out = calloc(top->counts->n + 1, sizeof(*out));
	size_t n = 0, left = 0;

	if (!rows || !out) {
		free(rows);
		free(out);
		return -ENOMEM;
	}
	for (; n < top->counts->n; n++) {
		const struct cr2_trace_count *count = &top->counts->items[n];

		rows[n] = (struct sortable){{.count = *count, .major = count->major ? count->n : 0}, top};
	}
	n = merge(rows, n);
	for (size_t i = 0; i < n; i++) {
		if (top->by & CR2_VIEW_BY_PROCESS)
			set_name(top, &rows[i].row);
		if (is_wanted(top, &rows[i].row))
			rows[left++] = rows[i];
	}
	qsort(rows, left, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < left; i++)
		out[i] = rows[i].row;
	free(rows);
	*ret_rows = out;
	*ret_n = left;
	return 0;
}

/* ---- cells ---- */

/* Told apart by it, or a number of what is told apart. */
static bool has_column(const struct cr2_view_top *top, enum cr2_top_column column)
{
	switch (column) {
	case CR2_TOP_PID:
	case CR2_TOP_PROCESS:
		return top->by & CR2_VIEW_BY_PROCESS;
	case CR2_TOP_PATH:
		return top->by & CR2_VIEW_BY_PATH;
	case CR2_TOP_MAPPING:
		return top->by & CR2_VIEW_BY_MAPPING;
	default:
		return true;
	}
}

size_t cr2_view_top_layout(const struct cr2_view_top *top, unsigned width,
			   struct cr2_top_place ret_places[CR2_TOP_COLUMNS])
{
	bool shown[CR2_TOP_COLUMNS] = {false};
	unsigned used = 0, at = 0;
	size_t n = 0;

	/* What is sorted by is always there. */
	if (has_column(top, top->sort)) {
		shown[top->sort] = true;
		used = columns[top->sort].width;
	}
	for (unsigned rank = 1; rank <= CR2_TOP_COLUMNS; rank++)
		for (int i = 0; i < CR2_TOP_COLUMNS; i++)
			if (columns[i].rank == rank && !shown[i] && has_column(top, (enum cr2_top_column)i) &&
			    used + 1 + columns[i].width <= width) {
				shown[i] = true;
				used += columns[i].width + (used != 0);
			}
	for (int i = 0; i < CR2_TOP_COLUMNS; i++)
		if (shown[i]) {
			ret_places[n++] = (struct cr2_top_place){(enum cr2_top_column)i, at, columns[i].width};
			at += columns[i].width + 1;
		}
	return n;
}

/* What a rich text says, without inks. */
static int plain(struct rich *rich, struct cr2_text *text)
{
	const struct cr2_style style = {.width = 1000};
	struct cr2_text line = {0};
	int r = rich_paragraph(&line, &style, 0, rich);

	if (r == 0)
		r = cr2_text_append_n(text, line.data, strcspn(line.data, "\n"));
	cr2_text_finish(&line);
	rich_finish(rich);
	return r;
}

static int append_bytes(uint64_t bytes, struct cr2_text *text)
{
	struct rich cell = {0};

	if (!bytes)
		return cr2_text_append(text, "-");
	view_bytes(&cell, bytes);
	return plain(&cell, text);
}

static int append_time(double ns, struct cr2_text *text)
{
	struct rich cell = {0};

	rich_time(&cell, INK_PLAIN, ns);
	return plain(&cell, text);
}

static int append_number(double value, struct cr2_text *text)
{
	return cr2_text_printf(text, "%.*f", value && value < 99.95 ? 1 : 0, value);
}

int top_cell(const struct cr2_view_top *top, const struct cr2_top_row *row, enum cr2_top_column column,
	     struct cr2_text *text)
{
	double seconds = (double)(top->window_ns ? top->window_ns : 1) / 1e9;

	switch (column) {
	case CR2_TOP_PID:
		return row->count.who ? cr2_text_printf(text, "%" PRIu64, row->count.who) : cr2_text_append(text, "-");
	case CR2_TOP_PROCESS:
		return cr2_text_append_safe(text, row->comm, strlen(row->comm));
	case CR2_TOP_PATH:
		return cr2_text_append(text, cr2_path_name(row->count.path));
	case CR2_TOP_MAPPING:
		return cr2_text_append(text, cr2_trace_mapping_name(row->count.mapping));
	case CR2_TOP_RATE:
		return append_number((double)row->count.n / seconds, text);
	case CR2_TOP_SHARE:
		return append_number((double)row->count.ns / seconds / 1e7, text);
	case CR2_TOP_MAJOR:
		return row->major ? cr2_text_printf(text, "%" PRIu64, row->major) : cr2_text_append(text, "-");
	case CR2_TOP_ZEROED:
		return append_bytes(row->count.zeroed, text);
	case CR2_TOP_COPIED:
		return append_bytes(row->count.copied, text);
	case CR2_TOP_TIME:
		return append_time((double)row->count.ns, text);
	case CR2_TOP_FAULTS:
		return cr2_text_printf(text, "%" PRIu64, row->count.n);
	case CR2_TOP_MEAN:
		return append_time(mean_of(&row->count), text);
	case CR2_TOP_COLUMNS:
		break;
	}
	return 0;
}
