/* SPDX-License-Identifier: MIT */
/* Any file is answers, or has a note that says why not; what was read can be judged and shown. */
#include <assert.h>

#include <cr2/view_learn.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cr2_sheet_plan plan = {.n_kinds = 1, .kinds = {CR2_EXERCISE_VMA}, .n_items = 1, .level = 1,
						   .profile = CR2_PROFILE_6_18};
	static const struct cr2_style style = {.width = 80};
	struct cr2_sheets sheets = {0};
	struct cr2_grades grades = {0};
	struct cr2_text text = {0};

	assert(cr2_sheets_of_one("ada", &sheets) == 0 && cr2_sheet_fill(&sheets.items[0], &plan, 7) == 0);
	assert(cr2_sheets_add_program(&sheets, CR2_PROGRAM_COUNTER) == 0 && cr2_grades_begin(&sheets, &grades) == 0);
	assert(cr2_grades_read(&grades, "ada.md", (const char *)data, size) == 0);
	assert(grades.n_unread <= grades.items[0].notes.n + grades.notes.n);
	assert(cr2_grades_judge(&grades) == 0);
	assert(cr2_view_grades(&grades, &style, &text) == 0 && cr2_view_grades_json(&grades, &text) == 0);
	assert(cr2_view_grades_csv(&grades, &text) == 0);
	cr2_text_finish(&text);
	cr2_grades_finish(&grades);
	cr2_sheets_finish(&sheets);
	return 0;
}
