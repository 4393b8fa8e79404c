/* SPDX-License-Identifier: MIT */
/* Words of the scenario that is being written. */
#include <stdarg.h>

#include "scenario.h"

void gen_put(struct gen *g, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (g->r == 0)
		g->r = cr2_text_vprintf(g->text, format, args);
	va_end(args);
}

void gen_put_process(struct gen *g, unsigned process)
{
	if (g->left)
		g->left--;
	if (process)
		gen_put(g, "p%u: ", process);
}

const char *gen_pick(struct gen *g, const char *const *words, size_t n)
{
	return words[random_below(&g->random, n)];
}
