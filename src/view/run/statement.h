/* SPDX-License-Identifier: MIT */
/* A step's operation as its scenario has it written. */
#ifndef VIEW_RUN_STATEMENT_H
#define VIEW_RUN_STATEMENT_H

#include <cr2/record.h>

#include "view/draw/rich.h"

/* A scenario's text, and the line of it that was used last: steps come in about their order. */
struct source {
	const char *text, *line; /* NULL: there is none, or it ended */
	unsigned number;
};

void source_begin(struct source *source, const char *text);

/*
 * Adds the operation of the steps first to last of one statement: its line in source without
 * process, comment and expectations, and for accesses with the pages that these steps reached.
 * Where source has no such line, the verb and the place.
 */
void statement_add(struct rich *rich, struct source *source, const struct cr2_names *names,
		   const struct cr2_observation *first, const struct cr2_observation *last);

#endif
