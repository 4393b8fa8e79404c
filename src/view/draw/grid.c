/* SPDX-License-Identifier: MIT */
/* Rows of cells whose columns line up; a column without text takes no room. */
#include <errno.h>
#include <stdlib.h>

#include "grid.h"

#define GAP 2 /* blanks between columns */
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

static void place(const struct grid *grid, const struct cr2_style *style, struct slot *slots)
{
	unsigned at = grid->at, least = grid->last ? grid->last : LAST_LEAST;

	for (size_t c = 0; c < grid->columns; c++) {
		slots[c] = (struct slot){at, column_width(grid, style, c)};
		if (slots[c].width)
			at += slots[c].width + GAP;
	}
	at = slots[grid->columns - 1].at;
	slots[grid->columns - 1].width =
		style->width > at + least ? style->width - at : least;
}

int grid_draw(struct grid *grid, const struct cr2_style *style, struct cr2_text *text)
{
	struct slot slots[GRID_COLUMNS];
	int r = grid->error;

	if (r == 0)
		place(grid, style, slots);
	for (size_t i = 0; r == 0 && i < grid->n; i++)
		r = rich_row(text, style, grid->columns, slots, &grid->cells[i * grid->columns]);
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
