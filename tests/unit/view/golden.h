/* SPDX-License-Identifier: MIT */
/*
 * Output formats are compared with files under golden/. After a format was changed on purpose:
 *
 *     CR2_GOLDEN=write meson test -C build --suite unit
 *     git diff tests/unit/view/golden
 *
 * Every text is checked besides: no line wider than asked for, no blanks at line ends.
 */
#ifndef TEST_VIEW_GOLDEN_H
#define TEST_VIEW_GOLDEN_H

#include <cr2/view.h>

/* The text is what golden/NAME.txt holds. */
void assert_golden(const char *name, const struct cr2_text *text);
/* No line of it takes more than width columns (colours take none) or ends in a blank. */
void assert_fits(const struct cr2_text *text, unsigned width);
/* coloured is plain with colours and nothing else. */
void assert_same_without_colour(const struct cr2_text *coloured, const struct cr2_text *plain);

#endif
