/* SPDX-License-Identifier: MIT */
/* What the formats of sheets share. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "sheet.h"

/* --- an exercise --- */

/* A text of several lines: numbered, as scenarios are talked about by their lines. */
static void add_lines(struct xml *x, xml_node *parent, const char *text)
{
	xml_node *pre = xml_add(x, parent, "pre", NULL);
	unsigned number = 1;

	for (size_t n; *text; text += n + (text[n] == '\n'), number++) {
		n = strcspn(text, "\n");
		xml_printf(x, pre, "%2u  %.*s\n", number, (int)n, text);
	}
}

static void add_value(struct xml *x, xml_node *table, const struct cr2_given *given)
{
	xml_node *row = xml_add(x, table, "tr", NULL), *cell;

	xml_leaf(x, row, "th", given->key);
	cell = xml_add(x, row, "td", NULL);
	if (given->type == CR2_GIVEN_TEXT && strchr(given->text, '\n')) {
		add_lines(x, cell, given->text);
		return;
	}
	cell = xml_add(x, cell, "code", NULL);
	if (given->type == CR2_GIVEN_TEXT)
		xml_text(x, cell, given->text);
	else
		xml_printf(x, cell, given->type == CR2_GIVEN_HEX ? "0x%" PRIx64 : "%" PRIu64, given->number);
}

void sheet_statement(struct xml *x, xml_node *parent, const struct cr2_exercise *e)
{
	const char *group = NULL;
	xml_node *table;

	xml_leaf(x, parent, "p", e->question);
	if (e->n_given == 0)
		return;
	table = xml_add(x, xml_add(x, parent, "table", "class", "given", NULL), "tbody", NULL);
	for (size_t i = 0; i < e->n_given; i++) {
		const struct cr2_given *given = &e->given[i];

		if (given->group && (!group || strcmp(given->group, group) != 0))
			xml_text(x, xml_add(x, xml_add(x, table, "tr", NULL), "th", "colspan", "2", NULL), given->group);
		group = given->group;
		add_value(x, table, given);
	}
}

void sheet_list(struct xml *x, xml_node *parent, const char *const *texts, size_t n)
{
	xml_node *list = n ? xml_add(x, parent, "ol", NULL) : NULL;

	for (size_t i = 0; i < n; i++)
		xml_leaf(x, list, "li", texts[i]);
}

void sheet_answer(struct xml *x, xml_node *parent, const struct cr2_answer *answer)
{
	struct cr2_text text = {0};

	if (x->error == 0)
		x->error = cr2_answer_format(answer, &text);
	xml_text(x, parent, text.data ? text.data : "");
	cr2_text_finish(&text);
}

void sheet_use_types(struct sheet_types *types, const struct cr2_exercise *e)
{
	for (size_t i = 0; i < e->n_parts; i++)
		types->used[e->parts[i].answer.type] = true;
}

void sheet_add_forms(struct xml *x, xml_node *parent, const struct sheet_types *types, bool listed)
{
	xml_node *list = xml_add(x, parent, "dl", "class", "forms", NULL);

	for (int i = 0; i < CR2_ANSWER_TYPES; i++) {
		enum cr2_answer_type type = (enum cr2_answer_type)i;

		if (!types->used[i])
			continue;
		xml_leaf(x, list, "dt", cr2_answer_type_name(type));
		xml_leaf(x, list, "dd", listed ? cr2_answer_type_listed(type) : cr2_answer_type_form(type));
	}
}

/* --- wrong answers --- */

static struct sheet_mistake *find_mistake(struct sheet_mistakes *m, const struct cr2_answer *answer)
{
	for (size_t i = 0; i < m->n; i++)
		if (cr2_answer_equal(&m->items[i].answer, answer))
			return &m->items[i];
	if (cr2_grow(&m->items, &m->capacity, m->n + 1, sizeof(*m->items)) < 0)
		return NULL;
	m->items[m->n] = (struct sheet_mistake){.answer = *answer};
	return &m->items[m->n++];
}

int sheet_find_mistakes(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct sheet_mistakes *ret_mistakes)
{
	struct cr2_answer answers[CR2_MISTAKES];

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT; i++) {
		size_t n = cr2_exercise_mistakes(e, part, (enum cr2_misconception)i, answers);

		for (size_t k = 0; k < n; k++) {
			struct sheet_mistake *mistake = find_mistake(ret_mistakes, &answers[k]);

			if (!mistake)
				return -ENOMEM;
			mistake->misconceptions[i] = true;
		}
	}
	return 0;
}

void sheet_finish_mistakes(struct sheet_mistakes *mistakes)
{
	free(mistakes->items);
}

int sheet_say_mistake(const struct sheet_mistake *mistake, struct cr2_text *text)
{
	int r = 0;

	for (int i = 0; i < CR2_MISCONCEPTION_COUNT && r == 0; i++)
		if (mistake->misconceptions[i])
			r = cr2_text_printf(text, "%s%s: %s.", text->length ? " " : "", cr2_misconception_name((enum cr2_misconception)i),
					    cr2_misconception_sentence((enum cr2_misconception)i));
	return r;
}

/* --- names --- */

static uLong add_checksum(uLong sum, const char *text)
{
	return crc32(sum, (const Bytef *)text, (uInt)strlen(text) + 1);
}

/* What is asked makes it another one, and what is cut off of a long ID. */
static int write_identifier(const struct sheet *sheet, struct cr2_text *text)
{
	uLong sum = crc32(0, NULL, 0);
	int r = cr2_text_append(text, "cr2-");

	for (const char *s = sheet->of->id; *s && s - sheet->of->id < 64 && r == 0; s++)
		r = cr2_text_append_n(text, strchr(".@", *s) ? "_" : s, 1);
	sum = add_checksum(sum, sheet->of->id);
	for (size_t i = 0; i < sheet->n; i++) {
		const struct cr2_exercise *e = &sheet->exercises[i];

		sum = add_checksum(sum, e->question);
		for (size_t k = 0; k < e->n_given; k++)
			sum = e->given[k].type == CR2_GIVEN_TEXT ? add_checksum(sum, e->given[k].text) :
			      crc32(sum, (const Bytef *)&e->given[k].number, sizeof(e->given[k].number));
	}
	return r ? r : cr2_text_printf(text, "-%08lx", sum);
}

int sheet_package(const struct sheet *sheet, sheet_files *write, struct cr2_text *bytes)
{
	struct cr2_text identifier = {0};
	struct archive *archive;
	int r = archive_begin(&archive), end;

	if (r < 0)
		return r;
	r = write_identifier(sheet, &identifier);
	if (r == 0)
		r = write(sheet, identifier.data, archive);
	end = archive_end(archive, bytes);
	cr2_text_finish(&identifier);
	return r ? r : end;
}
