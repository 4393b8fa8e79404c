/* SPDX-License-Identifier: MIT */
/* What views of grades share. */
#ifndef VIEW_LEARN_GRADE_H
#define VIEW_LEARN_GRADE_H

#include <cr2/view_learn.h>

/* Points, to two places: "7.33", "10". */
#define GRADE_POINTS 32
const char *grade_points(double points, char buffer[GRADE_POINTS]);
/* A note, behind its place, in one line. Appends it; 0 or -ENOMEM. */
int grade_note(const struct cr2_grade_note *note, struct cr2_text *text);
/* What a part is called: "1.P", "counter fresh". Appends it; 0 or -ENOMEM. */
int grade_part_name(const struct cr2_grade *grade, size_t item, const struct cr2_grade_part *part, struct cr2_text *text);

#endif
