/* SPDX-License-Identifier: MIT */
/* Rows come those above first: what is above a row is the last one of each lower depth. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "leaves.h"

struct walk {
	const struct cr2_view_report *report;
	const struct cr2_report_row *rows[CR2_REPORT_BYS];
	struct cr2_text labels[CR2_REPORT_BYS];
	size_t n, capacity;
	struct leaf_frame *frames;
};

static int set_label(const struct cr2_report_row *row, struct cr2_text *text)
{
	cr2_text_clear(text);
	switch (row->by) {
	case CR2_REPORT_BY_PAGE:
		return cr2_text_printf(text, "0x%" PRIx64, row->page);
	case CR2_REPORT_BY_TIME:
		return cr2_text_printf(text, "%.1f s", (double)row->time / 1e9);
	case CR2_REPORT_BY_LINE:
		return row->line->file ? cr2_text_printf(text, "%s %s:%d", row->line->function, row->line->file,
							 row->line->line) :
					 cr2_text_append(text, row->line->function);
	default:
		return cr2_text_append(text, row->label);
	}
}

static int add(struct walk *walk, const struct leaf_frame *frame)
{
	if (cr2_grow(&walk->frames, &walk->capacity, walk->n + 1, sizeof(*walk->frames)) < 0)
		return -ENOMEM;
	walk->frames[walk->n++] = *frame;
	return 0;
}

/* A stack's calls hang together from the innermost outwards. */
static int add_calls(struct walk *walk, const struct cr2_report_call *call)
{
	const size_t first = walk->n;
	int r = 0;

	for (; call && r == 0; call = call->caller)
		r = add(walk, &(struct leaf_frame){CR2_REPORT_BY_STACK, call->frame->function, call->frame});
	for (size_t i = first, j = walk->n; r == 0 && i + 1 < j; i++) {
		struct leaf_frame swapped = walk->frames[--j];

		walk->frames[j] = walk->frames[i];
		walk->frames[i] = swapped;
	}
	return r;
}

static int add_all(struct walk *walk, size_t depth)
{
	int r = 0;

	walk->n = 0;
	for (size_t i = 0; i <= depth && r == 0; i++) {
		const struct cr2_report_row *row = walk->rows[i];
		const struct leaf_frame frame = {row->by, walk->labels[i].data,
						 row->by == CR2_REPORT_BY_LINE ? row->line : NULL};

		r = row->by == CR2_REPORT_BY_STACK ? add_calls(walk, row->stack) : add(walk, &frame);
	}
	return r;
}

int leaves_each(const struct cr2_view_report *report, leaf_fn *fn, void *data)
{
	struct walk walk = {.report = report};
	int r = 0;

	for (size_t i = 0; i < report->n_rows && r == 0; i++) {
		const struct cr2_report_row *row = &report->rows[i];
		struct leaf leaf = {.row = row};

		walk.rows[row->depth] = row;
		r = set_label(row, &walk.labels[row->depth]);
		if (r < 0 || row->depth + 1 < report->n_by)
			continue;
		r = add_all(&walk, row->depth);
		leaf.n = walk.n;
		leaf.frames = walk.frames;
		if (r == 0)
			r = fn(data, &leaf);
	}
	for (size_t i = 0; i < CR2_REPORT_BYS; i++)
		cr2_text_finish(&walk.labels[i]);
	free(walk.frames);
	return r;
}

uint64_t leaf_value(const struct cr2_report_row *row, enum cr2_export_weight weight)
{
	switch (weight) {
	case CR2_EXPORT_COUNT:
		return row->n;
	case CR2_EXPORT_TIME:
		return row->ns;
	default:
		return row->zeroed + row->copied;
	}
}
