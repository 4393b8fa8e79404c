/* SPDX-License-Identifier: MIT */
/* What readers of answers share. All return 0 or a negative errno; of -EINVAL the file's diag says what is wrong, and where. */
#ifndef LEARN_GRADE_H
#define LEARN_GRADE_H

#include <cr2/grade.h>

/* A file that is read. */
struct hand_in {
	struct cr2_grades *grades;
	const char *path; /* the grades' */
	const char *data;
	size_t size;
	struct cr2_diag *diag;
};

int hand_in_refuse(const struct hand_in *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The student of that ID; -EINVAL: there is none. */
int hand_in_student(const struct hand_in *file, unsigned line, const char *id, struct cr2_grade **ret_grade);
/* Whose ID the file's name has. */
int hand_in_owner(const struct hand_in *file, struct cr2_grade **ret_grade);
/* The exercises are there from now on. */
int hand_in_open(struct cr2_grade *grade, const struct cr2_sheets *sheets);
/* An answer to part of item, from 1, as it was typed; what nobody asked for becomes a note. */
int hand_in_answer(const struct hand_in *file, struct cr2_grade *grade, unsigned line, unsigned long item,
		   const char *part, const char *answer);
/* What a student answered was refused with r, if it is -EINVAL: noted, and what follows is read. NULL: whose is not known. */
int hand_in_go_on(const struct hand_in *file, struct cr2_grade *grade, int r);
/* The student whose ID the file's name has, or NULL. */
struct cr2_grade *hand_in_named(const struct hand_in *file);
void hand_in_drop_item(struct cr2_grade_item *item);
int hand_in_note(const struct hand_in *file, struct cr2_grade *grade, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The formats. */
int hand_in_json(const struct hand_in *file);
int hand_in_csv(const struct hand_in *file);
int hand_in_markdown(const struct hand_in *file);
/* Is there a line that an answer stands in? */
bool hand_in_is_markdown(const char *data, size_t size);

#endif
