/* SPDX-License-Identifier: MIT */
/* Grades for programs that show them to students, or keep them. What would have been right does not stand there. */
#ifndef CR2_EXPORT_GRADE_H
#define CR2_EXPORT_GRADE_H

#include <cr2/grade.h>

CR2_BEGIN_DECLS

/* Gradescope's results.json, of one submission. 0, -ENOMEM, or -E2BIG: not exactly one student has handed in. */
int cr2_export_gradescope(const struct cr2_grades *grades, struct cr2_text *text);
/* JUnit's XML, a suite a student who has handed in. 0, -ENOMEM, or -ENOSYS: built without Mini-XML. */
int cr2_export_junit(const struct cr2_grades *grades, struct cr2_text *text);

CR2_END_DECLS

#endif
