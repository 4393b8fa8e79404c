/* SPDX-License-Identifier: MIT */
/*
 * QTI 1.2 as Canvas imports it: a zip of imsmanifest.xml, an assessment, and what Canvas wants to know of it besides.
 * A part is an item of its own, for Canvas takes every varequal of an item for a right answer: so wrong ones stand
 * nowhere, and all that is told of misconceptions is told of every wrong answer.
 */
#include <stdio.h>

#include "sheet.h"

#define QTI12 "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
#define CANVAS "http://canvas.instructure.com/xsd/cccv1p0"
#define CONTENT "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"

struct equals {
	struct xml *x;
	xml_node *parent;
};

static int add_equal(void *data, const char *form)
{
	struct equals *equals = data;

	xml_text(equals->x, xml_add(equals->x, equals->parent, "varequal", "respident", "response1", NULL), form);
	return equals->x->error;
}

static void add_field(struct xml *x, xml_node *parent, const char *label, const char *entry)
{
	xml_node *field = xml_add(x, parent, "qtimetadatafield", NULL);

	xml_leaf(x, field, "fieldlabel", label);
	xml_leaf(x, field, "fieldentry", entry);
}

/* HTML, as text in the XML. */
static void add_material(struct xml *x, xml_node *parent, struct xml *html)
{
	struct cr2_text text = {0};
	int r = xml_end(html, &text);

	if (x->error == 0)
		x->error = r;
	xml_text(x, xml_add(x, xml_add(x, parent, "material", NULL), "mattext", "texttype", "text/html", NULL),
		 text.data ? text.data : "");
	cr2_text_finish(&text);
}

static void add_presentation(struct xml *x, xml_node *item, const struct cr2_exercise *e,
			     const struct cr2_exercise_part *part)
{
	xml_node *presentation = xml_add(x, item, "presentation", NULL), *response, *p;
	struct xml html = {0};
	xml_node *div = xml_begin_part(&html, "div");

	sheet_statement(&html, div, e);
	p = xml_add(&html, div, "p", NULL);
	xml_leaf(&html, p, "strong", part->ask);
	xml_printf(&html, p, " (%s: %s)", cr2_answer_type_name(part->answer.type), cr2_answer_type_listed(part->answer.type));
	add_material(x, presentation, &html);
	response = xml_add(x, presentation, "response_str", "ident", "response1", "rcardinality", "Single", NULL);
	xml_add(x, xml_add(x, response, "render_fib", NULL), "response_label", "ident", "answer1", "rshuffle", "No", NULL);
}

static void add_processing(struct xml *x, xml_node *item, const struct cr2_exercise_part *part)
{
	xml_node *processing = xml_add(x, item, "resprocessing", NULL), *condition;
	struct equals equals = {.x = x};

	xml_add(x, xml_add(x, processing, "outcomes", NULL), "decvar", "maxvalue", "100", "minvalue", "0", "varname", "SCORE",
		"vartype", "Decimal", NULL);
	condition = xml_add(x, processing, "respcondition", "continue", "No", NULL);
	equals.parent = xml_add(x, condition, "conditionvar", NULL);
	if (x->error == 0)
		x->error = cr2_answer_forms(&part->answer, false, add_equal, &equals);
	for (size_t i = 0; i < part->n_also && x->error == 0; i++)
		x->error = cr2_answer_forms(&part->also[i], false, add_equal, &equals);
	xml_text(x, xml_add(x, condition, "setvar", "action", "Set", "varname", "SCORE", NULL), "100");
	condition = xml_add(x, processing, "respcondition", "continue", "Yes", NULL);
	xml_add(x, xml_add(x, condition, "conditionvar", NULL), "other", NULL);
	xml_add(x, condition, "displayfeedback", "feedbacktype", "Response", "linkrefid", "general_incorrect_fb", NULL);
}

static void add_feedback(struct xml *x, xml_node *item, const struct cr2_exercise *e,
			 const struct cr2_exercise_part *part)
{
	xml_node *flow = xml_add(x, xml_add(x, item, "itemfeedback", "ident", "general_incorrect_fb", NULL), "flow_mat", NULL);
	struct sheet_mistakes mistakes = {0};
	struct sheet_mistake all = {0};
	struct cr2_text text = {0};
	struct xml html = {0};
	xml_node *div = xml_begin_part(&html, "div");

	if (x->error == 0)
		x->error = sheet_find_mistakes(e, part, &mistakes);
	for (size_t i = 0; i < mistakes.n; i++)
		for (int m = 0; m < CR2_MISCONCEPTION_COUNT; m++)
			all.misconceptions[m] |= mistakes.items[i].misconceptions[m];
	if (x->error == 0)
		x->error = sheet_say_mistake(&all, &text);
	xml_leaf(&html, div, "p", mistakes.n ? "Not so. It may have gone wrong here:" : "Not so.");
	if (text.data)
		xml_leaf(&html, div, "p", text.data);
	add_material(x, flow, &html);
	sheet_finish_mistakes(&mistakes);
	cr2_text_finish(&text);
}

static void add_item(struct xml *x, xml_node *section, const struct sheet *sheet, size_t i, const struct cr2_exercise_part *part,
		     const char *identifier)
{
	const struct cr2_exercise *e = &sheet->exercises[i];
	char ident[200], title[200], points[40];
	xml_node *item, *metadata;

	snprintf(ident, sizeof(ident), "%s-%zu-%s", identifier, i + 1, part->key);
	snprintf(title, sizeof(title), "%zu. %s: %s", i + 1, cr2_exercise_name(e->kind), part->key);
	snprintf(points, sizeof(points), "%.4g", sheet->of->items[i].points / (double)e->n_parts);
	item = xml_add(x, section, "item", "ident", ident, "title", title, NULL);
	metadata = xml_add(x, xml_add(x, item, "itemmetadata", NULL), "qtimetadata", NULL);
	add_field(x, metadata, "question_type", "short_answer_question");
	add_field(x, metadata, "points_possible", points);
	add_presentation(x, item, e, part);
	add_processing(x, item, part);
	add_feedback(x, item, e, part);
}

static int write_assessment(const struct sheet *sheet, const char *identifier, const char *title,
			struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *assessment = xml_add(&x, xml_begin(&x), "questestinterop", "xmlns", QTI12, NULL), *section;

	assessment = xml_add(&x, assessment, "assessment", "ident", identifier, "title", title, NULL);
	add_field(&x, xml_add(&x, assessment, "qtimetadata", NULL), "cc_maxattempts", "1");
	section = xml_add(&x, assessment, "section", "ident", "root_section", NULL);
	for (size_t i = 0; i < sheet->n; i++)
		for (size_t k = 0; k < sheet->exercises[i].n_parts; k++)
			add_item(&x, section, sheet, i, &sheet->exercises[i].parts[k], identifier);
	return xml_end(&x, text);
}

static int write_meta(const struct sheet *sheet, const char *identifier, const char *title,
			struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *quiz = xml_add(&x, xml_begin(&x), "quiz", "identifier", identifier, "xmlns", CANVAS, NULL);
	double points = 0;

	for (size_t i = 0; i < sheet->n; i++)
		points += sheet->of->items[i].points;
	xml_leaf(&x, quiz, "title", title);
	xml_leaf(&x, quiz, "description", "");
	xml_leaf(&x, quiz, "shuffle_answers", "false");
	xml_leaf(&x, quiz, "scoring_policy", "keep_highest");
	xml_leaf(&x, quiz, "quiz_type", "assignment");
	xml_printf(&x, xml_add(&x, quiz, "points_possible", NULL), "%g", points);
	xml_leaf(&x, quiz, "allowed_attempts", "1");
	return xml_end(&x, text);
}

static int write_manifest(const char *identifier, const char *assessment, const char *meta, struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *manifest, *resources, *resource, *metadata;
	char name[100];

	snprintf(name, sizeof(name), "%s-manifest", identifier);
	manifest = xml_add(&x, xml_begin(&x), "manifest", "identifier", name, "xmlns", CONTENT, NULL);
	metadata = xml_add(&x, manifest, "metadata", NULL);
	xml_leaf(&x, metadata, "schema", "IMS Content");
	xml_leaf(&x, metadata, "schemaversion", "1.1.3");
	xml_add(&x, manifest, "organizations", NULL);
	resources = xml_add(&x, manifest, "resources", NULL);
	resource = xml_add(&x, resources, "resource", "identifier", identifier, "type", "imsqti_xmlv1p2", NULL);
	xml_add(&x, resource, "file", "href", assessment, NULL);
	snprintf(name, sizeof(name), "%s-meta", identifier);
	xml_add(&x, resource, "dependency", "identifierref", name, NULL);
	resource = xml_add(&x, resources, "resource", "identifier", name, "type",
			   "associatedcontent/imscc_xmlv1p1/learning-application-resource", "href", meta, NULL);
	xml_add(&x, resource, "file", "href", meta, NULL);
	return xml_end(&x, text);
}

static int write_files(const struct sheet *sheet, const char *identifier, struct archive *archive)
{
	struct cr2_text manifest = {0}, assessment = {0}, meta = {0};
	char title[250], assessment_name[200], meta_name[200];
	int r;

	snprintf(title, sizeof(title), "%s: %.200s", SHEET_TITLE, sheet->of->id);
	snprintf(assessment_name, sizeof(assessment_name), "%s/%s.xml", identifier, identifier);
	snprintf(meta_name, sizeof(meta_name), "%s/assessment_meta.xml", identifier);
	r = write_manifest(identifier, assessment_name, meta_name, &manifest);
	if (r == 0)
		r = write_assessment(sheet, identifier, title, &assessment);
	if (r == 0)
		r = write_meta(sheet, identifier, title, &meta);
	if (r == 0) {
		archive_add(archive, "imsmanifest.xml", &manifest);
		archive_add(archive, assessment_name, &assessment);
		archive_add(archive, meta_name, &meta);
	}
	cr2_text_finish(&manifest);
	cr2_text_finish(&assessment);
	cr2_text_finish(&meta);
	return r;
}

int sheet_qti12(const struct sheet *sheet, bool key, struct cr2_text *bytes)
{
	(void)key;
	return sheet_package(sheet, write_files, bytes);
}
