/* SPDX-License-Identifier: MIT */
/* Rows of cells whose columns line up; a column without text takes no room. */
#include <errno.h>
#include <stdlib.h>

#include "grid.h"

#define GAP 2 /* blanks between columns */
#define FIRST_LEAST 16 /* columns that the first one keeps where it has to give some */
#define LAST_LEAST 20 /* columns that the last one gets in the narrowest terminal */

struct rich *grid_row(struct grid *grid)
{
	size_t used = grid->n * grid->columns;

	if (grid->error == 0)
		grid->error = cr2_grow(&grid->cells, &grid->capacity, used + grid->columns,
				       sizeof(*grid->cells));
	if (grid->error < 0)
		return NULL;
	for (size_t c = 0; c < grid->columns; c++)
		grid->cells[used + c] = (struct rich){0};
	grid->n++;
	return &grid->cells[used];
}

static unsigned column_width(const struct grid *grid, const struct cr2_style *style, size_t c)
{
	unsigned widest = 0;

	for (size_t i = 0; i < grid->n; i++) {
		unsigned width = rich_width(&grid->cells[i * grid->columns + c], style);

		widest = width > widest ? width : widest;
	}
	if (grid->limits[c] && widest > grid->limits[c])
		widest = grid->limits[c];
	return widest;
}

/* Where each column stands, the first one narrower by lack. Returns where the last one begins. */
static unsigned put_columns(const struct grid *grid, const struct cr2_style *style, unsigned lack,
			    struct slot *slots)
{
	unsigned at = grid->at;

	for (size_t c = 0; c < grid->columns; c++) {
		slots[c] = (struct slot){at, column_width(grid, style, c) - (c ? 0 : lack)};
		if (slots[c].width)
			at += slots[c].width + GAP;
	}
	return slots[grid->columns - 1].at;
}

/* What the last column lacks, the first one gives where it has a limit, down to its least. */
static void place(const struct grid *grid, const struct cr2_style *style, struct slot *slots)
{
	unsigned least = grid->last ? grid->last : LAST_LEAST;
	unsigned at = put_columns(grid, style, 0, slots);
	unsigned lack = at + least > style->width ? at + least - style->width : 0;

	if (lack && grid->columns > 1 && grid->limits[0] && slots[0].width >= FIRST_LEAST + lack)
		at = put_columns(grid, style, lack, slots);
	slots[grid->columns - 1].width =
		style->width > at + least ? style->width - at : least;
}

/* A row's cells one behind the other, whatever other rows have. */
static void place_row(const struct grid *grid, const struct cr2_style *style, const struct rich *cells, struct slot *slots)
{
	unsigned at = grid->at;

	for (size_t c = 0; c < grid->columns; c++) {
		slots[c] = (struct slot){at, rich_width(&cells[c], style)};
		if (slots[c].width)
			at += slots[c].width + GAP;
	}
}

int grid_draw(struct grid *grid, const struct cr2_style *style, struct cr2_text *text)
{
	struct slot slots[GRID_COLUMNS];
	int r = grid->error;

	if (r == 0)
		place(grid, style, slots);
	for (size_t i = 0; r == 0 && i < grid->n; i++) {
		if (style->linear)
			place_row(grid, style, &grid->cells[i * grid->columns], slots);
		r = rich_row(text, style, grid->columns, slots, &grid->cells[i * grid->columns]);
	}
	grid_finish(grid);
	return r;
}

void grid_finish(struct grid *grid)
{
	for (size_t i = 0; i < grid->n * grid->columns; i++)
		rich_finish(&grid->cells[i]);
	free(grid->cells);
	grid->cells = NULL;
	grid->n = grid->capacity = 0;
}
