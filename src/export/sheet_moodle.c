/* SPDX-License-Identifier: MIT */
/*
 * Moodle XML: a category a student, a cloze question an exercise, in it a SHORTANSWER a part. NUMERICAL would read no
 * 0x1f. The first answer that fits counts: right ones, then those of misconceptions, then the rest of the world (*).
 */
#include <errno.h>
#include <string.h>

#include "sheet.h"

struct cloze {
	struct cr2_text text;
	const char *before, *feedback; /* of the answers that are added; feedback: NULL, or HTML */
};

/* Text within braces. What parts answers has a backslash before it; quotation marks and "<" are the HTML's. */
static int append_escaped(struct cr2_text *text, const char *s)
{
	int r = 0;

	for (; *s && r == 0; s++) {
		if (strchr("}#~\\", *s))
			r = cr2_text_append(text, "\\");
		if (r == 0)
			r = cr2_text_append_n(text, s, 1);
	}
	return r;
}

static int add_cloze_answer(void *data, const char *answer)
{
	struct cloze *c = data;
	int r = cr2_text_append(&c->text, c->before);

	if (r == 0)
		r = append_escaped(&c->text, answer);
	if (r == 0 && c->feedback)
		r = cr2_text_append(&c->text, "#");
	if (r == 0 && c->feedback)
		r = append_escaped(&c->text, c->feedback);
	c->before = *c->before == '=' ? "~=" : c->before;
	return r;
}

/* Feedback is HTML, that is in HTML once more. */
static int as_html(const char *s, struct cr2_text *html)
{
	struct xml x = {0};

	xml_text(&x, xml_begin_part(&x, "span"), s);
	return xml_end(&x, html);
}

static int add_cloze_mistake(struct cloze *c, const struct sheet_mistake *mistake)
{
	struct cr2_text sentence = {0}, html = {0};
	int r = sheet_say_mistake(mistake, &sentence);

	if (r == 0)
		r = as_html(sentence.data, &html);
	c->before = "~%0%";
	c->feedback = html.data;
	if (r == 0)
		r = cr2_answer_forms(&mistake->answer, true, add_cloze_answer, c);
	cr2_text_finish(&sentence);
	cr2_text_finish(&html);
	return r;
}

static int write_cloze(const struct cr2_exercise *e, const struct cr2_exercise_part *part, struct cloze *c)
{
	struct sheet_mistakes mistakes = {0};
	int r = cr2_text_append(&c->text, "{1:SHORTANSWER:");

	c->before = "=";
	if (r == 0)
		r = cr2_answer_forms(&part->answer, false, add_cloze_answer, c);
	for (size_t i = 0; i < part->n_also && r == 0; i++)
		r = cr2_answer_forms(&part->also[i], false, add_cloze_answer, c);
	if (r == 0)
		r = sheet_find_mistakes(e, part, &mistakes);
	for (size_t i = 0; i < mistakes.n && r == 0; i++)
		r = add_cloze_mistake(c, &mistakes.items[i]);
	sheet_finish_mistakes(&mistakes);
	return r ? r : cr2_text_append(&c->text, "~%0%*#Not so, and not what a common mistake would answer.}");
}

static void add_cloze(struct xml *x, xml_node *parent, const struct cr2_exercise *e,
		      const struct cr2_exercise_part *part)
{
	xml_node *p = xml_add(x, parent, "p", NULL);
	struct cloze c = {0};

	xml_printf(x, p, "%s (%s) ", part->ask, cr2_answer_type_name(part->answer.type));
	xml_leaf(x, p, "code", part->key);
	xml_text(x, p, " = ");
	if (x->error == 0)
		x->error = write_cloze(e, part, &c);
	xml_text(x, p, c.text.data ? c.text.data : "");
	cr2_text_finish(&c.text);
}

static int write_question(const struct cr2_exercise *e, struct cr2_text *html)
{
	struct sheet_types types = {0};
	struct xml x = {0};
	xml_node *div = xml_begin_part(&x, "div");

	sheet_statement(&x, div, e);
	for (size_t i = 0; i < e->n_parts; i++)
		add_cloze(&x, div, e, &e->parts[i]);
	sheet_use_types(&types, e);
	xml_leaf(&x, div, "p", "How answers are written:");
	sheet_add_forms(&x, div, &types, true);
	return xml_end(&x, html);
}

static int write_solution(const struct cr2_exercise *e, struct cr2_text *html)
{
	struct xml x = {0};

	sheet_list(&x, xml_begin_part(&x, "div"), e->steps, e->n_steps);
	return xml_end(&x, html);
}

/* An element with HTML in it, which is r or written. */
static void add_html(struct xml *x, xml_node *parent, const char *element, struct cr2_text *html, int r)
{
	xml_node *text = xml_add(x, xml_add(x, parent, element, "format", "html", NULL), "text", NULL);

	if (x->error == 0)
		x->error = r;
	xml_cdata(x, text, html->data ? html->data : "");
	cr2_text_finish(html);
}

static void add_question(struct xml *x, xml_node *quiz, const struct cr2_exercise *e, size_t number)
{
	xml_node *question = xml_add(x, quiz, "question", "type", "cloze", NULL);
	struct cr2_text html = {0};

	xml_printf(x, xml_add(x, xml_add(x, question, "name", NULL), "text", NULL), "%02zu %s", number,
		   cr2_exercise_name(e->kind));
	add_html(x, question, "questiontext", &html, write_question(e, &html));
	add_html(x, question, "generalfeedback", &html, write_solution(e, &html));
	xml_leaf(x, question, "penalty", "0.3333333");
	xml_leaf(x, question, "hidden", "0");
	for (size_t i = 0; i < e->n_hints; i++)
		add_html(x, question, "hint", &html, as_html(e->hints[i], &html));
}

int sheet_moodle(const struct sheet *sheet, bool key, struct cr2_text *bytes)
{
	struct xml x = {0};
	xml_node *quiz = xml_add(&x, xml_begin(&x), "quiz", NULL), *category;

	(void)key;
	category = xml_add(&x, xml_add(&x, quiz, "question", "type", "category", NULL), "category", NULL);
	xml_printf(&x, xml_add(&x, category, "text", NULL), "$course$/top/%s/%s", SHEET_TITLE, sheet->of->id);
	for (size_t i = 0; i < sheet->n; i++)
		add_question(&x, quiz, &sheet->exercises[i], i + 1);
	return xml_end(&x, bytes);
}
