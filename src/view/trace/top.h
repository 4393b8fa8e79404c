/* SPDX-License-Identifier: MIT */
#ifndef VIEW_TRACE_TOP_H
#define VIEW_TRACE_TOP_H

#include <cr2/view_top.h>

/* A cell's text, neither cut nor padded. */
int top_cell(const struct cr2_view_top *top, const struct cr2_top_row *row, enum cr2_top_column column,
	     struct cr2_text *text);

#endif
