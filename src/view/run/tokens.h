/* SPDX-License-Identifier: MIT */
/* The tokens of a row of pages, those that count up folded for the eye: f:0 f:1 f:2 is f:0..f:2. */
#ifndef VIEW_RUN_TOKENS_H
#define VIEW_RUN_TOKENS_H

#include <cr2/record.h>

#include "view/draw/rich.h"

void tokens_add(struct rich *cell, const struct cr2_names *names, const struct cr2_page_list *list,
		enum ink ink);

#endif
