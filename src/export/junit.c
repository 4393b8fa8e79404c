/* SPDX-License-Identifier: MIT */
/* JUnit's XML: a suite a student, a case a part. What is not run is skipped; what is wrong, or timed out, is a failure. */
#include <stdio.h>

#include <cr2/export_grade.h>

#include "grades.h"
#include "xml.h"

#define COUNT 24
static const char *number(size_t n, char buffer[COUNT])
{
	snprintf(buffer, COUNT, "%zu", n);
	return buffer;
}

/* What others wrote has no control characters then, which XML cannot hold. */
static const char *safe(struct xml *x, const char *s, struct cr2_text *text)
{
	int r = cr2_text_append_message(text, s);

	if (r < 0)
		x->error = r;
	return text->data ? text->data : "";
}

static void add_result(struct xml *x, xml_node *node, const struct cr2_grade_part *part)
{
	bool skipped = part->state == CR2_GRADE_NOT_RUN;
	struct cr2_text message = {0}, answer = {0};
	int r = export_grade_part(part, &message);
	xml_node *result;

	if (r < 0)
		x->error = r;
	else if (part->state != CR2_GRADE_RIGHT) {
		result = xml_add(x, node, skipped ? "skipped" : "failure", "message", message.data, "type",
				 cr2_grade_state_name(part->state), NULL);
		if (part->answer)
			xml_printf(x, result, "answered: %s", safe(x, part->answer, &answer));
	}
	cr2_text_finish(&message);
	cr2_text_finish(&answer);
}

static void add_case(struct xml *x, xml_node *suite, const struct cr2_grade *g, size_t item, const struct cr2_grade_part *part)
{
	struct cr2_text group = {0}, name = {0};
	int r = cr2_text_printf(&group, "%s.%s", g->sheet->id, g->items[item].exercise);

	if (r == 0)
		r = item < g->sheet->n_items ? cr2_text_printf(&name, "%zu.%s", item + 1, part->key) :
					       cr2_text_printf(&name, "%s.%s", g->items[item].exercise, part->key);
	if (r < 0)
		x->error = r;
	else
		add_result(x, xml_add(x, suite, "testcase", "classname", group.data, "name", name.data, NULL), part);
	cr2_text_finish(&group);
	cr2_text_finish(&name);
}

/* What was not read is no failure, but an error. */
static void add_unread(struct xml *x, xml_node *suite, const char *group, const struct cr2_grade_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct cr2_grade_note *note = &notes->items[i];
		struct cr2_text place = {0};
		xml_node *node;
		int r = note->line ? cr2_text_printf(&place, "%s:%u", note->file, note->line) : cr2_text_append(&place, note->file);

		if (r < 0)
			x->error = r;
		if (r == 0 && note->unread) {
			node = xml_add(x, suite, "testcase", "classname", group, "name", place.data, NULL);
			xml_add(x, node, "error", "message", note->message, "type", "not read", NULL);
		}
		cr2_text_finish(&place);
	}
}

static size_t count_unread(const struct cr2_grade_notes *notes)
{
	size_t n = 0;

	for (size_t i = 0; i < notes->n; i++)
		n += notes->items[i].unread;
	return n;
}

static void add_suite(struct xml *x, xml_node *suites, const struct cr2_grade *g)
{
	static const struct cr2_grade_part nothing = {.key = (char *)"program", .state = CR2_GRADE_NOT_RUN};
	const size_t unread = count_unread(&g->notes);
	size_t tests = 0, skipped = g->counts[CR2_GRADE_NOT_RUN], right = g->counts[CR2_GRADE_RIGHT];
	char all[COUNT], failed[COUNT], errors[COUNT], left[COUNT];
	xml_node *suite;

	for (int state = 0; state < CR2_GRADE_STATES; state++)
		tests += g->counts[state];
	suite = xml_add(x, suites, "testsuite", "name", g->sheet->id, "tests", number(tests + unread, all), "failures",
			number(tests - skipped - right, failed), "errors", number(unread, errors), "skipped", number(skipped, left),
			NULL);
	for (size_t i = 0; i < g->n_items; i++) {
		for (size_t k = 0; k < g->items[i].n_parts; k++)
			add_case(x, suite, g, i, &g->items[i].parts[k]);
		if (g->items[i].n_parts == 0)
			add_case(x, suite, g, i, &nothing);
	}
	add_unread(x, suite, g->sheet->id, &g->notes);
}

static void add_nobody(struct xml *x, xml_node *suites, const struct cr2_grade_notes *notes)
{
	char all[COUNT], errors[COUNT];
	xml_node *suite;

	suite = xml_add(x, suites, "testsuite", "name", "not read", "tests", number(notes->n, all), "failures", "0", "errors",
			number(notes->n, errors), "skipped", "0", NULL);
	add_unread(x, suite, "not read", notes);
}

int cr2_export_junit(const struct cr2_grades *grades, struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *suites = xml_add(&x, xml_begin(&x), "testsuites", NULL);

	for (size_t i = 0; i < grades->n; i++)
		if (grades->items[i].handed_in || grades->items[i].notes.n)
			add_suite(&x, suites, &grades->items[i]);
	if (grades->notes.n)
		add_nobody(&x, suites, &grades->notes);
	return xml_end(&x, text);
}
