/* SPDX-License-Identifier: MIT */
/* A sheet as one page that fetches nothing, black on white, to be printed; or its key. */
#include <string.h>

#include "sheet.h"

static const char css[] =
#include "export/sheet.css.h"
	;

static void add_who(struct xml *x, xml_node *body, const struct sheet *sheet)
{
	xml_node *who = xml_add(x, body, "p", "class", "who", NULL);
	struct cr2_text name = {0};

	if (x->error == 0)
		x->error = cr2_text_append_safe(&name, sheet->of->name, strlen(sheet->of->name));
	xml_printf(x, xml_add(x, who, "span", NULL), "Sheet: %s", sheet->of->id);
	xml_printf(x, xml_add(x, who, "span", NULL), "Name: %s", name.data ? name.data : "");
	xml_leaf(x, who, "span", "Date: ______________");
	cr2_text_finish(&name);
}

/* What is asked, and room for the answer: a line that is as long as half of the page. */
static void add_part(struct xml *x, xml_node *table, const struct cr2_exercise_part *part, bool key)
{
	xml_node *row = xml_add(x, table, "tr", NULL), *ask = xml_add(x, row, "td", NULL), *room;

	xml_printf(x, ask, "%s (%s)", part->ask, cr2_answer_type_name(part->answer.type));
	room = xml_add(x, row, "td", NULL);
	xml_leaf(x, room, "code", part->key);
	xml_text(x, room, " = ");
	if (key)
		sheet_answer(x, room, &part->answer);
	for (size_t i = 0; key && i < part->n_also; i++) {
		xml_text(x, room, " or ");
		sheet_answer(x, room, &part->also[i]);
	}
}

/* What is longer than a page has to break somewhere: between its parts. */
#define SHORT_PARTS 12

static void add_exercise(struct xml *x, xml_node *body, const struct cr2_exercise *e, size_t number, bool key)
{
	xml_node *section = xml_add(x, body, "section", "class", e->n_parts <= SHORT_PARTS ? "short" : "long", NULL), *table;

	xml_printf(x, xml_add(x, section, "h2", NULL), "%zu. %s", number, cr2_exercise_name(e->kind));
	sheet_statement(x, section, e);
	table = xml_add(x, section, "table", "class", key ? "parts key" : "parts", NULL);
	table = xml_add(x, table, "tbody", NULL);
	for (size_t i = 0; i < e->n_parts; i++)
		add_part(x, table, &e->parts[i], key);
	if (key)
		sheet_list(x, section, e->steps, e->n_steps);
	else
		xml_text(x, xml_add(x, section, "div", "class", "work", NULL), "");
}

static void add_force(struct xml *x, xml_node *body, const struct cr2_demand_task *task)
{
	xml_node *section = xml_add(x, body, "section", "class", "short", NULL), *list;
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	const char *name = cr2_demand_name(task->demand);
	const unsigned long long seed = task->seed;
	const size_t n = cr2_demand_parts(task, parts);
	struct cr2_text text = {0};
	int r = cr2_demand_sentence(task, &text);

	xml_leaf(x, section, "h2", "Program: force");
	xml_printf(x, xml_add(x, section, "p", NULL), "Write a C program for this: %s. Hand it in as a file, whose name ends in .c. It "
		   "consists of:", text.data ? text.data : "");
	list = xml_add(x, section, "ul", NULL);
	for (size_t i = 0; i < n && r == 0; i++) {
		cr2_text_clear(&text);
		r = cr2_demand_text(task, parts[i].text, &text);
		xml_leaf(x, list, "li", text.data ? text.data : "");
	}
	if (r < 0)
		x->error = r;
	xml_leaf(x, section, "p", "To begin, and to try it:");
	xml_printf(x, xml_add(x, section, "pre", NULL), "cr2 learn force %s --seed %llu --skeleton FOLDER\ncr2 learn force %s --seed %llu "
		   "PROGRAM.c\n", name, seed, name, seed);
	cr2_text_finish(&text);
}

int sheet_html(const struct sheet *sheet, bool key, struct cr2_text *bytes)
{
	const char *title = key ? SHEET_TITLE ": the key" : SHEET_TITLE;
	struct sheet_types types = {0};
	struct xml x = {0};
	xml_node *html = xml_add(&x, xml_begin_html(&x), "html", "lang", "en", NULL), *head = xml_add(&x, html, "head", NULL),
		 *body;

	xml_add(&x, head, "meta", "charset", "utf-8", NULL);
	xml_add(&x, head, "meta", "name", "viewport", "content", "width=device-width", NULL);
	xml_printf(&x, xml_add(&x, head, "title", NULL), "%s: %s", title, sheet->of->id);
	xml_leaf(&x, head, "style", css);
	body = xml_add(&x, html, "body", NULL);
	xml_leaf(&x, body, "h1", title);
	add_who(&x, body, sheet);
	for (size_t i = 0; i < sheet->n; i++)
		sheet_use_types(&types, &sheet->exercises[i]);
	if (!key) {
		xml_leaf(&x, body, "p", "Write each answer behind its name. How answers are written:");
		sheet_add_forms(&x, body, &types, false);
	}
	for (size_t i = 0; i < sheet->n; i++)
		add_exercise(&x, body, &sheet->exercises[i], i + 1, key);
	if (sheet->of->has_force)
		add_force(&x, body, &sheet->of->force);
	return xml_end(&x, bytes);
}
