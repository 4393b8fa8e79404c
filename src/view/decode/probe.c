/* SPDX-License-Identifier: MIT */
/* A probed function's arguments for people. */
#include <inttypes.h>

#include <cr2/view_decode.h>

#include "view/draw/grid.h"

static void fill(struct rich *row, const struct cr2_argument *argument)
{
	rich_add(&row[0], INK_BOLD, cr2_register_name(argument->reg));
	rich_add(&row[1], INK_NAME, argument->name);
	rich_keep(&row[2], INK_DIM, "%s", argument->type);
	if (!argument->given) {
		rich_add(&row[3], INK_DIM, "not given");
		return;
	}
	rich_printf(&row[3], INK_PLAIN, "0x%" PRIx64, argument->value);
	rich_add(&row[4], INK_PLAIN, argument->meaning.data);
}

static int unused(const struct cr2_probe *probe, const struct cr2_style *style,
		  struct cr2_text *text)
{
	struct rich content = {.hang = 2};
	int r;

	if (probe->n_unused == 0)
		return 0;
	for (size_t i = 0; i < probe->n_unused; i++)
		rich_printf(&content, INK_WARN, "%s%s", i ? ", " : "",
			    cr2_register_name(probe->unused[i]));
	rich_printf(&content, INK_WARN, ": no argument of %s", probe->function);
	r = rich_paragraph(text, style, 2, &content);
	rich_finish(&content);
	return r;
}

int cr2_view_probe(const struct cr2_probe *probe, const struct cr2_style *style,
		   struct cr2_text *text)
{
	struct grid grid = {.columns = 5, .at = 2};
	struct rich heading = {0};
	size_t rows = probe->n_arguments + probe->result.given;
	int r;

	rich_keep(&heading, INK_BOLD, "%s", probe->function);
	r = rich_paragraph(text, style, 0, &heading);
	rich_finish(&heading);
	for (size_t i = 0; i < rows; i++) {
		struct rich *row = grid_row(&grid);

		if (row)
			fill(row, i < probe->n_arguments ? &probe->arguments[i] : &probe->result);
	}
	if (r == 0)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r == 0 ? unused(probe, style, text) : r;
}
