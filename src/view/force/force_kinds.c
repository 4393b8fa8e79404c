/* SPDX-License-Identifier: MIT */
/* The kinds of fault that can be forced: as a table, and for programs. */
#include <inttypes.h>

#include <cr2/view_force.h>

#include "view/draw/grid.h"
#include "record/json.h"

static void add_kind(struct grid *grid, const struct cr2_force_kind *kind)
{
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_keep(&cells[0], INK_NAME, "%s", cr2_force_name(kind->force));
	rich_keep(&cells[1], INK_PLAIN, "0x%" PRIx64, kind->error_code);
	rich_keep(&cells[2], INK_PLAIN, "%s", cr2_path_name(kind->path));
	rich_add(&cells[3], INK_PLAIN, cr2_force_lesson(kind->force));
}

int cr2_view_force_kinds(const struct cr2_force_kind *kinds, size_t n,
			 const struct cr2_style *style, struct cr2_text *text)
{
	static const char *const head[] = {"kind", "error", "path", "what it shows"};
	struct grid grid = {.columns = 4};
	struct rich *cells = grid_row(&grid);

	for (size_t i = 0; cells && i < CR2_ARRAY_SIZE(head); i++)
		rich_add(&cells[i], INK_DIM, head[i]);
	for (size_t i = 0; i < n; i++)
		add_kind(&grid, &kinds[i]);
	return grid_draw(&grid, style, text);
}

static json_t *kind_json(const struct cr2_force_kind *kind)
{
	json_t *root = json_object();

	json_object_set_new(root, "kind", json_string(cr2_force_name(kind->force)));
	json_object_set_new(root, "err", view_json_hex(kind->error_code));
	json_object_set_new(root, "path", json_string(cr2_path_name(kind->path)));
	json_object_set_new(root, "major", json_boolean(kind->major));
	json_object_set_new(root, "result", json_string(cr2_result_name(kind->result)));
	json_object_set_new(root, "lesson", json_string(cr2_force_lesson(kind->force)));
	json_object_set_new(root, "scenario", json_string(cr2_force_scenario(kind->force)));
	return root;
}

int cr2_view_force_kinds_json(const struct cr2_force_kind *kinds, size_t n, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = view_json_line(kind_json(&kinds[i]), text);
	return r;
}
