/* SPDX-License-Identifier: MIT */
/* The kinds of fault that can be forced. */
#include <cr2/view_force.h>

#include "view/draw/field.h"

static const struct field_block block = {.columns = 4, .joined = true};

static void head_row(struct fields *f)
{
	static const char *const head[] = {"kind", "error", "path", "what it shows"};

	fields_cells(f);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(head); i++) {
		if (i > 0)
			fields_cell(f);
		fields_say(f, INK_DIM, "%s", head[i]);
	}
}

static void kind_row(struct fields *f, const struct cr2_force_kind *kind)
{
	fields_cells(f);
	field_text(f, KIND, cr2_force_name(kind->force), .form = "%", .ink = INK_NAME, .keep = true);
	fields_cell(f);
	field_hex(f, ERROR, kind->error_code, .form = "%", .keep = true);
	fields_cell(f);
	field_text(f, PATH, cr2_path_name(kind->path), .form = "%", .keep = true);
	field_bool(f, MAJOR, kind->major);
	field_text(f, RESULT, cr2_result_name(kind->result));
	fields_cell(f);
	field_text(f, LESSON, cr2_force_lesson(kind->force), .form = "%");
	field_text(f, SCENARIO, cr2_force_scenario(kind->force));
}

int cr2_view_force_kinds(const struct cr2_force_kind *kinds, size_t n,
			 const struct cr2_style *style, struct cr2_text *text)
{
	struct fields f = {0};

	fields_block(&f, &block);
	head_row(&f);
	for (size_t i = 0; i < n; i++)
		kind_row(&f, &kinds[i]);
	return fields_draw(&f, style, text);
}

int cr2_view_force_kinds_json(const struct cr2_force_kind *kinds, size_t n, struct cr2_text *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct fields f = {0};

		kind_row(&f, &kinds[i]);
		r = fields_json(&f, text);
	}
	return r;
}
