/* SPDX-License-Identifier: MIT */
/*
 * Rows of cells whose columns line up: each as wide as its widest cell, within a limit, the
 * last as wide as what is left.
 */
#ifndef VIEW_DRAW_GRID_H
#define VIEW_DRAW_GRID_H

#include "rich.h"

#define GRID_COLUMNS 6

struct grid {
	size_t columns; /* at most GRID_COLUMNS */
	unsigned at; /* where the first column begins */
	unsigned limits[GRID_COLUMNS]; /* widest that a column may get; 0: no limit */
	unsigned last; /* the last column's least width; 0: a few words */
	size_t n; /* rows */
	size_t capacity;
	struct rich *cells; /* n * columns, row by row */
	int error; /* 0 or -ENOMEM */
};

/* The cells of a new row, to be filled; valid until the next call. NULL: no memory. */
struct rich *grid_row(struct grid *grid);
/* Appends all rows and empties the grid. Returns 0 or -ENOMEM. */
int grid_draw(struct grid *grid, const struct cr2_style *style, struct cr2_text *text);
void grid_finish(struct grid *grid);

#endif
