/* SPDX-License-Identifier: MIT */
/*
 * Gradescope's results.json, of one submission: score, and tests with name, score, max_score, status, output and
 * visibility. An exercise is a test; what it says of its parts never says what would have been right.
 * https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/export_grade.h>

#include "grades.h"

/* Gradescope's own sum of tests is not rounded twice. */
static json_t *points(double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", value);
	return json_real(strtod(text, NULL));
}

static json_t *test(const struct cr2_grade *g, size_t i, int *error)
{
	const struct cr2_grade_item *item = &g->items[i];
	struct cr2_text name = {0}, output = {0};
	json_t *json = NULL;
	int r = export_grade_item_name(g, i, &name);

	if (r == 0)
		r = export_grade_output(item, &output);
	if (r == 0)
		json = json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "name", name.data, "score", points(item->points), "max_score",
				 points(item->most), "status", item->points == item->most ? "passed" : "failed", "output",
				 output.data, "output_format", "text", "visibility", "visible");
	*error = r < 0 ? r : json ? 0 : -ENOMEM;
	cr2_text_finish(&name);
	cr2_text_finish(&output);
	return json;
}

/* What the files themselves are to be told. */
static int notes(const struct cr2_grade *g, struct cr2_text *text)
{
	int r = cr2_text_append(text, "");

	for (size_t i = 0; i < g->notes.n && r == 0; i++) {
		const struct cr2_grade_note *note = &g->notes.items[i];

		r = note->line ? cr2_text_printf(text, "line %u: %s\n", note->line, note->message) :
				 cr2_text_printf(text, "%s\n", note->message);
	}
	return r;
}

static int submission(const struct cr2_grade *g, struct cr2_text *text)
{
	struct cr2_text output = {0};
	json_t *tests = json_array(), *root = NULL;
	char *dump = NULL;
	int r = notes(g, &output);

	for (size_t i = 0; i < g->n_items && r == 0; i++)
		json_array_append_new(tests, test(g, i, &r));
	if (r == 0)
		root = json_pack("{s:o, s:s, s:s, s:s, s:O}", "score", points(g->points), "output", output.data, "output_format",
				 "text", "visibility", "visible", "tests", tests);
	if (root)
		dump = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	if (r == 0)
		r = dump ? cr2_text_printf(text, "%s\n", dump) : -ENOMEM;
	free(dump);
	json_decref(root);
	json_decref(tests);
	cr2_text_finish(&output);
	return r;
}

int cr2_export_gradescope(const struct cr2_grades *grades, struct cr2_text *text)
{
	if (grades->n_handed_in != 1)
		return -E2BIG;
	for (size_t i = 0; i < grades->n; i++)
		if (grades->items[i].handed_in)
			return submission(&grades->items[i], text);
	return -E2BIG;
}
