/* SPDX-License-Identifier: MIT */
/* A sheet in Markdown, and its key. */
#include <string.h>

#include "learn.h"

static const struct cr2_style style = {.width = 80};
static const struct field_block text_block = {.columns = 1};
/* Indented, a block is shown as it stands: values by four, answers, in a list, by six. */
static const struct field_block values_block = {.columns = 2, .at = 4};
static const struct field_block force_block = {.columns = 1, .at = 4};
static const struct field_block ask_block = {.columns = 1, .hang = 2};
static const struct field_block answer_block = {.columns = 1, .at = 6};

static void add_part(struct fields *f, const struct cr2_exercise_part *p, size_t number, bool answers)
{
	fields_block(f, &ask_block);
	fields_cells(f);
	fields_say(f, INK_PLAIN, "- %s (%s)", p->ask, cr2_answer_type_name(p->answer.type));
	fields_block(f, &answer_block);
	fields_cells(f);
	fields_keep(f, INK_PLAIN, "%zu.%s = ", number, p->key);
	if (answers)
		learn_add_answer(f, CR2_KEY_ANSWER, &p->answer, false, "%");
	for (size_t i = 0; answers && i < p->n_also; i++) {
		fields_keep(f, INK_PLAIN, " or ");
		learn_add_answer(f, CR2_KEY_ANSWER, &p->also[i], false, "%");
	}
}

static void add_paragraph(struct fields *f, const char *text)
{
	fields_block(f, &text_block);
	fields_cells(f);
	fields_say(f, INK_PLAIN, "%s", text);
}

static int add_exercise(const struct cr2_exercise *e, size_t number, bool answers, struct cr2_text *text)
{
	struct fields f = {.for_people = true};

	add_paragraph(&f, fields_printf(&f, "## %zu. %s", number, cr2_exercise_name(e->kind)));
	add_paragraph(&f, e->question);
	learn_values(&f, e, &values_block);
	for (size_t i = 0; i < e->n_parts; i++)
		add_part(&f, &e->parts[i], number, answers);
	if (answers)
		learn_numbered(&f, e->steps, e->n_steps);
	return fields_draw(&f, &style, text);
}

/* The program that is demanded, and how its student tries it; who judges it has cr2 print JSON. */
static int add_force(const struct cr2_demand_task *task, struct cr2_text *text)
{
	struct fields f = {.for_people = true};
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	struct cr2_text sentence = {0};
	size_t n = cr2_demand_parts(task, parts);
	int r = cr2_demand_sentence(task, &sentence);
	const char *command = fields_printf(&f, "cr2 learn force %s --seed %llu", cr2_demand_name(task->demand),
					    (unsigned long long)task->seed);

	add_paragraph(&f, "## Program: force");
	add_paragraph(&f, fields_printf(&f, "Write a C program for this: %s. Hand it in as a file, whose name ends in .c. It consists of:",
					fields_take(&f, &sentence, r)));
	for (size_t i = 0; i < n; i++) {
		struct cr2_text words = {0};

		r = cr2_demand_text(task, parts[i].text, &words);
		fields_block(&f, &ask_block);
		fields_cells(&f);
		fields_say(&f, INK_PLAIN, "- %s: %s", parts[i].key, fields_take(&f, &words, r));
	}
	add_paragraph(&f, "To begin, and to try it:");
	fields_block(&f, &force_block);
	fields_cells(&f);
	fields_keep(&f, INK_PLAIN, "%s --skeleton FOLDER", command);
	fields_cells(&f);
	fields_keep(&f, INK_PLAIN, "%s PROGRAM.c", command);
	return fields_draw(&f, &style, text);
}

int cr2_view_sheet_markdown(const struct cr2_sheet *sheet, bool answers, struct cr2_text *text)
{
	int r = cr2_text_printf(text, "%s\n\nSheet: %s\n\nName: ", answers ? "# Page faults: the key" : "# Page faults",
				sheet->id);

	if (r == 0)
		r = cr2_text_append_safe(text, sheet->name, strlen(sheet->name));
	if (r == 0)
		r = cr2_text_append(text, answers ? "\n" : "\n\nWrite each answer behind its `=`. Numbers may be hexadecimal (0x2a),\n"
				    "decimal (42) or binary (0b101010).\n");
	for (size_t i = 0; i < sheet->n_items && r == 0; i++) {
		struct cr2_exercise e;

		r = cr2_sheet_exercise(sheet, i, &e);
		if (r < 0)
			break;
		r = add_exercise(&e, i + 1, answers, text);
		cr2_exercise_finish(&e);
	}
	return r == 0 && sheet->has_force ? add_force(&sheet->force, text) : r;
}
