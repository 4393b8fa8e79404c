/* SPDX-License-Identifier: MIT */
/* What readers of sheets share. */
#ifndef LEARN_SHEET_H
#define LEARN_SHEET_H

#include <cr2/sheet.h>

/* May that be a student's ID? */
bool learn_is_student(const char *id);
#define LEARN_STUDENT_FORM "an ID has letters, digits and . _ @ -, and no . in front"
/* Adds a sheet that is empty yet. Returns 0 or -ENOMEM. */
int learn_sheets_add(struct cr2_sheets *sheets, const char *id, const char *name);
/* By ID; returns one whose ID stands there twice, or NULL. */
const struct cr2_sheet *learn_sheets_sort(struct cr2_sheets *sheets);

/* Says where and what is wrong, as printf; returns -EINVAL or -ENOMEM. */
int learn_refuse(struct cr2_diag *diag, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

int learn_vrefuse(struct cr2_diag *diag, unsigned line, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

#endif
