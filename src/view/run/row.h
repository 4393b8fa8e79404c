/* SPDX-License-Identifier: MIT */
/* The rows of a run's table: made by run.c and run_state.c, drawn when all of them are known. */
#ifndef VIEW_RUN_ROW_H
#define VIEW_RUN_ROW_H

#include <cr2/state.h>

#include "statement.h"
#include "view/draw/rich.h"

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

/* A column's pages before and after the step whose rows are made; kept where they are shown. */
struct column_state {
	struct cr2_state *before, *now;
};

struct table {
	const struct cr2_view_run *run;
	struct source source;
	struct column_state states[CR2_VIEW_COLUMNS];
	size_t n, capacity;
	struct row *rows;
	size_t result_width; /* columns kept for results before the faults */
	size_t difference; /* the first one that is not of an earlier step */
	bool processes; /* is there more than one: else their column is left out */
	bool evidence; /* paths are known in different ways: each fault says how */
};

/* A new row at the end. Returns 0 or -ENOMEM. */
int table_add(struct table *table, enum row_kind kind, size_t observation, struct row **ret_row);
void table_finish(struct table *table);
void row_finish(struct row *row);
/* The mark of a difference, in the gutter and before the cell of its column. */
void row_mark(struct row *row, size_t column);

/* Observation i of a column; NULL where it has none. */
const struct cr2_observation *run_observation(const struct cr2_view_run *run, size_t column,
					      size_t i);
/* Observation i of the first column that has it, and what its numbers stand for. */
const struct cr2_observation *run_any(const struct cr2_view_run *run, size_t i);
const struct cr2_names *run_names(const struct cr2_view_run *run, size_t i);
size_t run_steps(const struct cr2_view_run *run);
/* The differences of step i, from *ret_first to before the returned one. */
size_t run_differences(const struct table *table, size_t i, size_t *ret_first);

#endif
