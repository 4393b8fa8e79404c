/* SPDX-License-Identifier: MIT */
/* A step's operation as its scenario has it written. */
#ifndef VIEW_STATEMENT_H
#define VIEW_STATEMENT_H

#include "rich.h"

/*
 * Adds the operation of the steps first to last of one statement: its line in source without
 * process, comment and expectations, and for accesses with the pages that these steps reached.
 * Without source, the verb and the place.
 */
void statement_add(struct rich *rich, const char *source, const struct cr2_observation *first,
		   const struct cr2_observation *last);

#endif
