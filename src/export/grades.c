/* SPDX-License-Identifier: MIT */
/* Grades in words, for programs that show them to students: the answers that these gave, and never the right ones. */
#include "grades.h"

int export_grade_item_name(const struct cr2_grade *grade, size_t item, struct cr2_text *text)
{
	if (item < grade->sheet->n_items)
		return cr2_text_printf(text, "%zu. %s", item + 1, grade->items[item].exercise);
	return cr2_text_append(text, grade->items[item].exercise);
}

int export_grade_part(const struct cr2_grade_part *part, struct cr2_text *text)
{
	int r = cr2_text_append(text, cr2_grade_state_name(part->state));

	if (r == 0 && part->reason) {
		r = cr2_text_append(text, ": ");
		if (r == 0)
			r = cr2_text_append_message(text, part->reason);
	}
	for (size_t i = 0; i < part->n_misconceptions && r == 0; i++)
		r = cr2_text_printf(text, "%s%s", i || part->reason ? "; or: " : ": ",
				    cr2_misconception_sentence(part->misconceptions[i]));
	return r;
}

static int add_line(const struct cr2_grade_part *part, struct cr2_text *text)
{
	int r = cr2_text_append(text, part->key);

	if (r == 0 && part->answer) {
		r = cr2_text_append(text, " = ");
		if (r == 0)
			r = cr2_text_append_message(text, part->answer);
	}
	if (r == 0)
		r = cr2_text_append(text, ": ");
	if (r == 0)
		r = export_grade_part(part, text);
	return r < 0 ? r : cr2_text_append(text, "\n");
}

int export_grade_output(const struct cr2_grade_item *item, struct cr2_text *text)
{
	int r = 0;

	if (item->reason)
		r = cr2_text_append_message(text, item->reason);
	if (r == 0 && item->reason)
		r = cr2_text_append(text, "\n");
	if (r == 0 && item->n_parts == 0)
		r = cr2_text_append(text, "not run: nothing was handed in\n");
	for (size_t i = 0; i < item->n_parts && r == 0; i++)
		r = add_line(&item->parts[i], text);
	return r;
}
