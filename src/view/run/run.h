/* SPDX-License-Identifier: MIT */
/* The table of a run: its rows, made here and drawn when all of them are known. */
#ifndef VIEW_RUN_H
#define VIEW_RUN_H

#include "view/draw/rich.h"
#include "statement.h"

/* What a row's cells are; each target then has a mark and a cell. */
enum {
	CELL_GUTTER, /* ≠ or ✗ */
	CELL_STEP,
	CELL_LINE,
	CELL_PROCESS,
	CELL_OPERATION,
	CELL_TARGETS,
};
#define CELL_MARK(column) (CELL_TARGETS + 2 * (column)) /* ≠: differs from the first */
#define CELL_TARGET(column) (CELL_TARGETS + 2 * (column) + 1)
#define CELLS_MAX CELL_TARGET(CR2_VIEW_COLUMNS)

enum row_kind {
	ROW_STEP,
	ROW_STATE, /* a mapping of a process, under its step */
	ROW_NOTE, /* one paragraph, in CELL_OPERATION */
};

struct row {
	enum row_kind kind;
	size_t first, last; /* observations; several where folded */
	struct rich cells[CELLS_MAX];
};

struct table {
	const struct cr2_view_run *run;
	struct source source;
	size_t n, capacity;
	struct row *rows;
	size_t result_width; /* columns kept for results before the faults */
	bool processes; /* is there more than one: else their column is left out */
	bool evidence; /* paths are known in different ways: each fault says how */
};

/* A new row at the end. Returns 0 or -ENOMEM. */
int table_add(struct table *table, enum row_kind kind, size_t observation, struct row **ret_row);

void row_finish(struct row *row);

/* Observation i of a column; NULL where it has none. */
const struct cr2_observation *run_observation(const struct cr2_view_run *run, size_t column,
					      size_t i);
/* Observation i of the first column that has it. */
const struct cr2_observation *run_any(const struct cr2_view_run *run, size_t i);
size_t run_steps(const struct cr2_view_run *run);
/* The mark of a difference, in the gutter and before the cell of its column. */
void row_mark(struct row *row, size_t column);

/* outcome.c: what step i came to, in every column. */
void outcome_measure(struct table *table);
void outcome_fill(const struct table *table, struct row *row, size_t i);
/* The evidence that all of a column's paths share; CR2_EVIDENCE_UNKNOWN: none, or several. */
enum cr2_evidence outcome_evidence(const struct cr2_view_column *column);

/* layout.c: the heading and the rows. sum.c: the last line. */
int table_draw(const struct table *table, const struct cr2_style *style, struct cr2_text *text);
int run_draw_sum(const struct cr2_view_run *run, const struct cr2_style *style,
		 struct cr2_text *text);

/* run_state.c: rows for the page states that step i changed, and those that differ. */
int state_add_rows(struct table *table, size_t i);

#endif
