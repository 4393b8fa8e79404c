/* SPDX-License-Identifier: MIT */
/* Which writer writes which format, of a sheet whose exercises are made, all at once. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/view_learn.h>

#include "sheet.h"

static sheet_writer *const writers[] = {
#define X(id, name, extension, has_key, meaning) [CR2_SHEET_##id] = sheet_##name,
#include <cr2/tables/sheet_format.def>
#undef X
};

bool cr2_sheet_format_built(enum cr2_sheet_format format)
{
	return (unsigned)format < CR2_SHEET_FORMATS;
}

int sheet_markdown(const struct sheet *sheet, bool key, struct cr2_text *bytes)
{
	return cr2_view_sheet_markdown(sheet->of, key, bytes);
}

int cr2_export_sheet(const struct cr2_sheet *of, enum cr2_sheet_format format, bool key, struct cr2_text *bytes)
{
	struct sheet sheet = {.of = of, .exercises = calloc(of->n_items + 1, sizeof(*sheet.exercises))};
	int r = sheet.exercises ? 0 : -ENOMEM;

	for (; sheet.n < of->n_items && r == 0; sheet.n += r == 0)
		r = cr2_sheet_exercise(of, sheet.n, &sheet.exercises[sheet.n]);
	if (r == 0)
		r = writers[format](&sheet, key, bytes);
	while (sheet.n > 0)
		cr2_exercise_finish(&sheet.exercises[--sheet.n]);
	free(sheet.exercises);
	return r;
}
