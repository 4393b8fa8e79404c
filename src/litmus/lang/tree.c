/* SPDX-License-Identifier: MIT */
/* What a parsed scenario owns. */
#include <stdlib.h>

#include "parser.h"

void lang_statement_finish(struct cr2_statement *s)
{
	free(s->expect.map);
}

void cr2_litmus_finish(struct cr2_litmus *litmus)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		lang_statement_finish(&litmus->statements[i]);
	free(litmus->statements);
	cr2_names_finish(&litmus->names);
	free(litmus->path);
	free(litmus->title);
	free(litmus->source);
	*litmus = (struct cr2_litmus){0};
}
