/* SPDX-License-Identifier: MIT */
/* How points and parts are written, whatever the format. */
#include <stdio.h>
#include <string.h>

#include "grade.h"

const char *grade_points(double points, char buffer[GRADE_POINTS])
{
	size_t n = (size_t)snprintf(buffer, GRADE_POINTS, "%.2f", points);

	while (buffer[n - 1] == '0')
		buffer[--n] = '\0';
	if (buffer[n - 1] == '.')
		buffer[n - 1] = '\0';
	return buffer;
}

int grade_note(const struct cr2_grade_note *note, struct cr2_text *text)
{
	int r = cr2_text_append_message(text, note->file);

	if (r == 0)
		r = note->line ? cr2_text_printf(text, ":%u: ", note->line) : cr2_text_append(text, ": ");
	return r < 0 ? r : cr2_text_append_message(text, note->message);
}

int grade_part_name(const struct cr2_grade *grade, size_t item, const struct cr2_grade_part *part, struct cr2_text *text)
{
	if (item < grade->sheet->n_items)
		return cr2_text_printf(text, "%zu.%s", item + 1, part->key);
	return cr2_text_printf(text, "%s %s", grade->items[item].exercise, part->key);
}
