/* SPDX-License-Identifier: MIT */
/*
 * QTI 2.1: a zip of imsmanifest.xml, a test, and an item an exercise. A part is a text entry, whose right forms are
 * mapped to its points; what misconceptions answer sets FEEDBACK, of which each value shows a sentence.
 */
#include <stdio.h>

#include "sheet.h"

#define QTI21 "http://www.imsglobal.org/xsd/imsqti_v2p1"
#define CONTENT "http://www.imsglobal.org/xsd/imscp_v1p1"
#define NAME_MAX_BYTES 200 /* of what is made of an identifier and a key */

struct adder {
	struct xml *x;
	xml_node *parent;
	const char *response, *points;
};

static void response_name(const struct cr2_exercise_part *part, char *name)
{
	snprintf(name, NAME_MAX_BYTES, "R_%s", part->key);
}

/* --- what is right --- */

static int add_map_entry(void *data, const char *form)
{
	const struct adder *a = data;

	xml_add(a->x, a->parent, "mapEntry", "mapKey", form, "mappedValue", a->points, "caseSensitive", "false", NULL);
	return a->x->error;
}

static void add_response(struct xml *x, xml_node *item, const struct cr2_exercise_part *part, const char *points)
{
	char name[NAME_MAX_BYTES];
	struct adder adder = {.x = x, .points = points};
	xml_node *response;

	response_name(part, name);
	response = xml_add(x, item, "responseDeclaration", "identifier", name, "cardinality", "single", "baseType", "string", NULL);
	sheet_answer(x, xml_add(x, xml_add(x, response, "correctResponse", NULL), "value", NULL), &part->answer);
	adder.parent = xml_add(x, response, "mapping", "defaultValue", "0", NULL);
	if (x->error == 0)
		x->error = cr2_answer_forms(&part->answer, false, add_map_entry, &adder);
	for (size_t i = 0; i < part->n_also && x->error == 0; i++)
		x->error = cr2_answer_forms(&part->also[i], false, add_map_entry, &adder);
}

static void add_outcome(struct xml *x, xml_node *parent, const char *name, double value)
{
	xml_node *outcome = xml_add(x, parent, "outcomeDeclaration", "identifier", name, "cardinality", "single", "baseType",
				    "float", NULL);

	xml_printf(x, xml_add(x, xml_add(x, outcome, "defaultValue", NULL), "value", NULL), "%g", value);
}

/* --- what is asked --- */

static void add_body(struct xml *x, xml_node *item, const struct cr2_exercise *e)
{
	xml_node *body = xml_add(x, item, "itemBody", NULL), *p;
	struct sheet_types types = {0};
	char name[NAME_MAX_BYTES];

	sheet_statement(x, body, e);
	for (size_t i = 0; i < e->n_parts; i++) {
		response_name(&e->parts[i], name);
		p = xml_add(x, body, "p", NULL);
		xml_printf(x, p, "%s (%s) ", e->parts[i].ask, cr2_answer_type_name(e->parts[i].answer.type));
		xml_add(x, p, "textEntryInteraction", "responseIdentifier", name, "expectedLength", "20", NULL);
	}
	sheet_use_types(&types, e);
	xml_leaf(x, body, "p", "How answers are written:");
	sheet_add_forms(x, body, &types, true);
}

/* --- what is made of it --- */

static int add_match(void *data, const char *form)
{
	const struct adder *a = data;
	xml_node *match = xml_add(a->x, a->parent, "stringMatch", "caseSensitive", "false", NULL);

	xml_add(a->x, match, "variable", "identifier", a->response, NULL);
	xml_text(a->x, xml_add(a->x, match, "baseValue", "baseType", "string", NULL), form);
	return a->x->error;
}

static void add_mistake(struct xml *x, xml_node *processing, const char *response, const struct sheet_mistake *mistake)
{
	xml_node *then = xml_add(x, xml_add(x, processing, "responseCondition", NULL), "responseIf", NULL), *values;
	struct adder adder = {x, xml_add(x, then, "or", NULL), response, NULL};

	if (x->error == 0)
		x->error = cr2_answer_forms(&mistake->answer, true, add_match, &adder);
	values = xml_add(x, xml_add(x, then, "setOutcomeValue", "identifier", "FEEDBACK", NULL), "multiple", NULL);
	xml_add(x, values, "variable", "identifier", "FEEDBACK", NULL);
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (mistake->misconceptions[i])
			xml_text(x, xml_add(x, values, "baseValue", "baseType", "identifier", NULL),
				 cr2_misconception_name((enum cr2_misconception)i));
}

static void add_sentences(struct xml *x, xml_node *item, const bool *told)
{
	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++)
		if (told[i]) {
			const char *name = cr2_misconception_name((enum cr2_misconception)i);
			xml_node *feedback = xml_add(x, item, "modalFeedback", "outcomeIdentifier", "FEEDBACK", "identifier", name,
						     "showHide", "show", NULL);

			xml_printf(x, xml_add(x, feedback, "p", NULL), "%s: %s.", name,
				   cr2_misconception_sentence((enum cr2_misconception)i));
		}
}

static void add_item_processing(struct xml *x, xml_node *item, const struct cr2_exercise *e)
{
	xml_node *processing = xml_add(x, item, "responseProcessing", NULL), *sum;
	bool told[CR2_MISCONCEPTION_COUNT] = {false};
	char name[NAME_MAX_BYTES];

	sum = xml_add(x, xml_add(x, processing, "setOutcomeValue", "identifier", "SCORE", NULL), "sum", NULL);
	for (size_t i = 0; i < e->n_parts; i++) {
		struct sheet_mistakes mistakes = {0};

		response_name(&e->parts[i], name);
		xml_add(x, sum, "mapResponse", "identifier", name, NULL);
		if (x->error == 0)
			x->error = sheet_find_mistakes(e, &e->parts[i], &mistakes);
		for (size_t k = 0; k < mistakes.n; k++) {
			add_mistake(x, processing, name, &mistakes.items[k]);
			for (int m = 0; m < CR2_MISCONCEPTION_COUNT; m++)
				told[m] |= mistakes.items[k].misconceptions[m];
		}
		sheet_finish_mistakes(&mistakes);
	}
	add_sentences(x, item, told);
}

static int write_item(const struct sheet *sheet, size_t i, const char *identifier,
			struct cr2_text *text)
{
	const struct cr2_exercise *e = &sheet->exercises[i];
	double most = sheet->of->items[i].points;
	char title[60], points[40];
	struct xml x = {0};
	xml_node *item;

	snprintf(title, sizeof(title), "%zu. %s", i + 1, cr2_exercise_name(e->kind));
	snprintf(points, sizeof(points), "%.9g", most / (double)e->n_parts);
	item = xml_add(&x, xml_begin(&x), "assessmentItem", "xmlns", QTI21, "identifier", identifier, "title", title, "adaptive",
		       "false", "timeDependent", "false", NULL);
	for (size_t k = 0; k < e->n_parts; k++)
		add_response(&x, item, &e->parts[k], points);
	add_outcome(&x, item, "SCORE", 0);
	add_outcome(&x, item, "MAXSCORE", most);
	xml_add(&x, item, "outcomeDeclaration", "identifier", "FEEDBACK", "cardinality", "multiple", "baseType", "identifier", NULL);
	add_body(&x, item, e);
	add_item_processing(&x, item, e);
	return xml_end(&x, text);
}

/* --- the test and the manifest, which name the items --- */

struct names {
	char identifier[NAME_MAX_BYTES], file[NAME_MAX_BYTES];
};

static void name_item(const char *identifier, size_t item, struct names *names)
{
	snprintf(names->identifier, sizeof(names->identifier), "%s-%zu", identifier, item + 1);
	snprintf(names->file, sizeof(names->file), "items/%zu.xml", item + 1);
}

static int write_test(const struct sheet *sheet, const char *identifier, struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *test, *section, *part;
	struct names names;
	char title[250];

	snprintf(title, sizeof(title), "%s: %.200s", SHEET_TITLE, sheet->of->id);
	test = xml_add(&x, xml_begin(&x), "assessmentTest", "xmlns", QTI21, "identifier", identifier, "title", title, NULL);
	add_outcome(&x, test, "SCORE", 0);
	part = xml_add(&x, test, "testPart", "identifier", "part", "navigationMode", "nonlinear", "submissionMode", "individual",
		       NULL);
	section = xml_add(&x, part, "assessmentSection", "identifier", "section", "title", SHEET_TITLE, "visible", "true", NULL);
	for (size_t i = 0; i < sheet->n; i++) {
		name_item(identifier, i, &names);
		xml_add(&x, section, "assessmentItemRef", "identifier", names.identifier, "href", names.file, NULL);
	}
	part = xml_add(&x, xml_add(&x, test, "outcomeProcessing", NULL), "setOutcomeValue", "identifier", "SCORE", NULL);
	xml_add(&x, xml_add(&x, part, "sum", NULL), "testVariables", "variableIdentifier", "SCORE", NULL);
	return xml_end(&x, text);
}

static int write_contents(const struct sheet *sheet, const char *identifier, struct cr2_text *text)
{
	struct xml x = {0};
	xml_node *manifest, *resources, *test, *metadata, *item;
	char name[NAME_MAX_BYTES];
	struct names names;

	snprintf(name, sizeof(name), "%s-manifest", identifier);
	manifest = xml_add(&x, xml_begin(&x), "manifest", "xmlns", CONTENT, "identifier", name, NULL);
	metadata = xml_add(&x, manifest, "metadata", NULL);
	xml_leaf(&x, metadata, "schema", "QTIv2.1 Package");
	xml_leaf(&x, metadata, "schemaversion", "1.0.0");
	xml_add(&x, manifest, "organizations", NULL);
	resources = xml_add(&x, manifest, "resources", NULL);
	test = xml_add(&x, resources, "resource", "identifier", identifier, "type", "imsqti_test_xmlv2p1", "href", "test.xml", NULL);
	xml_add(&x, test, "file", "href", "test.xml", NULL);
	for (size_t i = 0; i < sheet->n; i++) {
		name_item(identifier, i, &names);
		xml_add(&x, test, "dependency", "identifierref", names.identifier, NULL);
		item = xml_add(&x, resources, "resource", "identifier", names.identifier, "type", "imsqti_item_xmlv2p1", "href",
			       names.file, NULL);
		xml_add(&x, item, "file", "href", names.file, NULL);
	}
	return xml_end(&x, text);
}

static int write_package(const struct sheet *sheet, const char *identifier, struct archive *archive)
{
	struct cr2_text text = {0};
	int r = write_contents(sheet, identifier, &text);

	if (r == 0)
		archive_add(archive, "imsmanifest.xml", &text);
	cr2_text_clear(&text);
	if (r == 0)
		r = write_test(sheet, identifier, &text);
	if (r == 0)
		archive_add(archive, "test.xml", &text);
	for (size_t i = 0; i < sheet->n && r == 0; i++) {
		struct names names;

		name_item(identifier, i, &names);
		cr2_text_clear(&text);
		r = write_item(sheet, i, names.identifier, &text);
		if (r == 0)
			archive_add(archive, names.file, &text);
	}
	cr2_text_finish(&text);
	return r;
}

int sheet_qti21(const struct sheet *sheet, bool key, struct cr2_text *bytes)
{
	(void)key;
	return sheet_package(sheet, write_package, bytes);
}
