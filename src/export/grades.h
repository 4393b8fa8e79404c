/* SPDX-License-Identifier: MIT */
/* What is said of grades, whatever the format. Both append, and return 0 or -ENOMEM. */
#ifndef EXPORT_GRADES_H
#define EXPORT_GRADES_H

#include <cr2/grade.h>

/* "2. vma", "counter" */
int export_grade_item_name(const struct cr2_grade *grade, size_t item, struct cr2_text *text);
/* Of a part, behind its name: its verdict, and what it may come from. One line. */
int export_grade_part(const struct cr2_grade_part *part, struct cr2_text *text);
/* A line a part. */
int export_grade_output(const struct cr2_grade_item *item, struct cr2_text *text);

#endif
