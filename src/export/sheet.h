/* SPDX-License-Identifier: MIT */
/* What the formats of sheets share: an exercise as XHTML, and the wrong answers that are worth a word. */
#ifndef EXPORT_SHEET_H
#define EXPORT_SHEET_H

#include <cr2/export_sheet.h>

#include "archive.h"
#include "xml.h"

#define SHEET_TITLE "Page faults"

struct sheet {
	const struct cr2_sheet *of;
	size_t n;
	struct cr2_exercise *exercises; /* its items */
};
/* Each format's writer; returns 0 or a negative errno. */
typedef int sheet_writer(const struct sheet *sheet, bool key, struct cr2_text *bytes);
#define X(id, name, extension, has_key, meaning) sheet_writer sheet_##name;
#include <cr2/tables/sheet_format.def>
#undef X

/* The question, and the values that are given. */
void sheet_statement(struct xml *x, xml_node *parent, const struct cr2_exercise *e);
/* The solution, step by step; or hints. */
void sheet_list(struct xml *x, xml_node *parent, const char *const *texts, size_t n);
/* How answers of these types are written. listed: only in the forms that the sheet lists. */
struct sheet_types {
	bool used[CR2_ANSWER_TYPES];
};
void sheet_use_types(struct sheet_types *types, const struct cr2_exercise *e);
void sheet_add_forms(struct xml *x, xml_node *parent, const struct sheet_types *types, bool listed);
/* An answer as text. */
void sheet_answer(struct xml *x, xml_node *parent, const struct cr2_answer *answer);

/* What some misconceptions answer to a part, wrongly; those that answer alike stand together. */
struct sheet_mistake {
	struct cr2_answer answer;
	bool misconceptions[CR2_MISCONCEPTION_COUNT];
};
struct sheet_mistakes {
	size_t n, capacity;
	struct sheet_mistake *items;
};
int sheet_find_mistakes(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct sheet_mistakes *ret_mistakes);
void sheet_finish_mistakes(struct sheet_mistakes *mistakes);
/* "end_inclusive: vm_end is taken ...; ...", of all that answer so. */
int sheet_say_mistake(const struct sheet_mistake *mistake, struct cr2_text *text);

/*
 * A zip of the files that write adds; identifier is the sheet's: up to 80 ASCII letters, digits, '_' and '-', and no
 * other sheet has it, for two classes' sheets of one student may meet in a course.
 */
typedef int sheet_files(const struct sheet *sheet, const char *identifier, struct archive *archive);
int sheet_package(const struct sheet *sheet, sheet_files *write, struct cr2_text *bytes);

#endif
