/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8 text and their columns. */
#ifndef VIEW_DRAW_WIDTH_H
#define VIEW_DRAW_WIDTH_H

#include <cr2/base.h>

/* Reads the character at s; returns its bytes, or 0 where s does not begin with valid UTF-8. */
size_t character_read(const char *s, uint32_t *ret_c);
unsigned character_columns(uint32_t c);
/* Columns that s takes on a terminal. */
unsigned view_width(const char *s);

#endif
