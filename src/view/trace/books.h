/* SPDX-License-Identifier: MIT */
/* Whether all was recorded that the kernel counted. */
#ifndef VIEW_TRACE_BOOKS_H
#define VIEW_TRACE_BOOKS_H

#include <jansson.h>

#include <cr2/trace.h>

#include "view/draw/rich.h"

void view_books(struct rich *line, const struct cr2_trace_counts *counts);
void view_books_json(json_t *o, const struct cr2_trace_counts *counts);

#endif
