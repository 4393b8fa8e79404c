/* SPDX-License-Identifier: MIT */
/*
 * The table of a run on a terminal: how wide its columns are, and its rows drawn in them.
 * Steps, lines and processes get what they need; operations and targets share what is left.
 */
#include <string.h>

#include "run.h"

/* The heading: what each column is, and under a target's name how it knows its paths. */
static void head(const struct table *table, struct row *row)
{
	/* Over the gutter too: its rows are narrower than the word. */
	rich_add(&row->cells[CELL_GUTTER], INK_BOLD, "step");
	rich_add(&row->cells[CELL_LINE], INK_BOLD, "line");
	rich_add(&row->cells[CELL_PROCESS], INK_BOLD, "proc");
	rich_add(&row->cells[CELL_OPERATION], INK_BOLD, "operation");
	for (size_t c = 0; c < table->run->n_columns; c++) {
		const struct cr2_view_column *column = &table->run->columns[c];
		enum cr2_evidence evidence = outcome_evidence(column);
		struct rich *cell = &row->cells[CELL_TARGET(c)];

		rich_add(cell, INK_BOLD, column->name);
		if (evidence == CR2_EVIDENCE_UNKNOWN)
			continue;
		rich_break(cell);
		rich_printf(cell, INK_DIM, "paths %s", cr2_evidence_name(evidence));
	}
}

#define STEP_LEAST 2 /* with the gutter, room for the word "step" */

/* The widest cell at index i of all rows that stand in columns. */
static unsigned widest(const struct table *table, const struct row *heading,
		       const struct cr2_style *style, size_t i)
{
	unsigned width = rich_width(&heading->cells[i], style);

	for (size_t r = 0; r < table->n; r++) {
		unsigned w = rich_width(&table->rows[r].cells[i], style);

		if (table->rows[r].kind != ROW_NOTE && w > width)
			width = w;
	}
	return width;
}

/* Shares room among the targets: those that need less than an equal share get what they need. */
static void share(unsigned room, size_t n, unsigned *widths)
{
	bool settled[CR2_VIEW_COLUMNS] = {0};
	size_t left = n;

	for (bool again = true; again && left;) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			if (settled[i] || widths[i] > room / left)
				continue;
			settled[i] = again = true;
			room -= widths[i];
			left--;
			if (!left)
				return;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!settled[i])
			widths[i] = room / left;
}

#define MARK_WIDTH 3 /* " ≠ " before every target but the first */
#define TARGET_LEAST 11 /* a path, such as anon_alloc */
#define OPERATION_LEAST 20 /* an address of 16 digits, indented */
#define OPERATION_NARROW 12 /* where that would be half of what there is */

/* Gives the operations and the targets what the other columns leave of the width. */
static void fit(unsigned room, size_t n, unsigned *operation, unsigned *widths)
{
	unsigned need = MARK_WIDTH * (unsigned)(n - 1), least = room / 4;

	for (size_t i = 0; i < n; i++)
		need += widths[i];
	if (*operation + need <= room)
		return;
	if (least < OPERATION_LEAST)
		least = room < 2 * OPERATION_LEAST ? OPERATION_NARROW : OPERATION_LEAST;
	if (*operation > least)
		*operation = need + least < room ? room - need : least;
	room = room > *operation ? room - *operation : 0;
	need = (MARK_WIDTH + TARGET_LEAST) * (unsigned)n;
	share((room > need ? room : need) - MARK_WIDTH * (unsigned)(n - 1), n, widths);
}

/* Where each cell stands. */
static void lay_out(const struct table *table, const struct row *heading,
		    const struct cr2_style *style, struct slot *slots)
{
	static const unsigned gaps[] = {0, 1, 1, 2, 2};
	size_t n = table->run->n_columns;
	unsigned at = 0, width = style->width, widths[CR2_VIEW_COLUMNS];

	for (size_t i = 0; i <= CELL_OPERATION; i++) {
		slots[i].width = i == CELL_GUTTER ? 1 : widest(table, heading, style, i);
		if (i == CELL_STEP && slots[i].width < STEP_LEAST)
			slots[i].width = STEP_LEAST;
		if (i == CELL_PROCESS && !table->processes)
			slots[i] = (struct slot){at, 0};
		else
			slots[i].at = at + gaps[i];
		at = slots[i].at + slots[i].width;
	}
	at = slots[CELL_OPERATION].at;
	for (size_t c = 0; c < n; c++)
		widths[c] = widest(table, heading, style, CELL_TARGET(c));
	fit(width > at + 2 ? width - at - 2 : 0, n, &slots[CELL_OPERATION].width, widths);
	at += slots[CELL_OPERATION].width + 2;
	for (size_t c = 0; c < n; c++) {
		slots[CELL_MARK(c)] = (struct slot){at + (c ? 1 : 0), 1};
		at += c ? MARK_WIDTH : 0;
		slots[CELL_TARGET(c)] = (struct slot){at, widths[c]};
		at += widths[c];
	}
}

/* Numbers stand flush right. */
static void flush_right(struct row *row, size_t cell, const struct cr2_style *style,
			const struct slot *slot)
{
	struct rich moved = {0};
	unsigned width = rich_width(&row->cells[cell], style);

	rich_pad(&moved, style, slot->width > width ? slot->width - width : 0);
	rich_join(&moved, &row->cells[cell]);
	rich_finish(&row->cells[cell]);
	row->cells[cell] = moved;
}

static int draw_note(const struct row *row, bool processes, const struct cr2_style *style,
		     const struct slot *slots, struct cr2_text *text)
{
	unsigned at = slots[processes ? CELL_PROCESS : CELL_OPERATION].at;
	const struct slot note[] = {slots[CELL_GUTTER],
				    {at, style->width > at + 20 ? style->width - at : 20}};
	const struct rich cells[] = {row->cells[CELL_GUTTER], row->cells[CELL_OPERATION]};

	return rich_row(text, style, 2, note, cells);
}

static int draw_row(const struct table *table, struct row *row, const struct cr2_style *style,
		    const struct slot *slots, struct cr2_text *text)
{
	unsigned faults = (unsigned)table->result_width + 2;

	if (row->kind == ROW_NOTE)
		return draw_note(row, table->processes, style, slots, text);
	flush_right(row, CELL_STEP, style, &slots[CELL_STEP]);
	flush_right(row, CELL_LINE, style, &slots[CELL_LINE]);
	if (!table->processes)
		rich_clear(&row->cells[CELL_PROCESS]);
	/* Further faults stand under the first, where there is room for one. */
	for (size_t c = 0; row->kind == ROW_STEP && c < table->run->n_columns; c++)
		if (slots[CELL_TARGET(c)].width >= faults + 20)
			row->cells[CELL_TARGET(c)].hang = faults;
	return rich_row(text, style, CELL_TARGET(table->run->n_columns - 1) + 1, slots,
			row->cells);
}

/* The heading's first cell reaches over two columns. */
static int draw_head(const struct table *table, struct row *heading,
		     const struct cr2_style *style, const struct slot *slots,
		     struct cr2_text *text)
{
	struct slot shifted[CELLS_MAX];

	memcpy(shifted, slots, sizeof(shifted));
	shifted[CELL_GUTTER].width = slots[CELL_STEP].at + slots[CELL_STEP].width;
	flush_right(heading, CELL_GUTTER, style, &shifted[CELL_GUTTER]);
	return draw_row(table, heading, style, shifted, text);
}

int table_draw(const struct table *table, const struct cr2_style *style,
		      struct cr2_text *text)
{
	struct slot slots[CELLS_MAX];
	struct row heading = {.kind = ROW_STATE};
	int r;

	head(table, &heading);
	lay_out(table, &heading, style, slots);
	r = cr2_text_append(text, "\n");
	if (r == 0)
		r = draw_head(table, &heading, style, slots, text);
	for (size_t i = 0; r == 0 && i < table->n; i++)
		r = draw_row(table, &table->rows[i], style, slots, text);
	row_finish(&heading);
	return r == 0 ? cr2_text_append(text, "\n") : r;
}
