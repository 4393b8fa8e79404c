/* SPDX-License-Identifier: MIT */
/* In the place of junit.c where Mini-XML was not there when this was built. */
#include <errno.h>

#include <cr2/export_grade.h>

int cr2_export_junit(const struct cr2_grades *grades, struct cr2_text *text)
{
	(void)grades;
	(void)text;
	return -ENOSYS;
}
