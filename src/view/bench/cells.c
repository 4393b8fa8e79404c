/* SPDX-License-Identifier: MIT */
/* Headings as the tables of a benchmark have them. */
#include "bench.h"

int bench_heading(struct cr2_text *text, const struct cr2_style *style, const char *heading)
{
	struct rich line = {0};
	int r = cr2_text_append(text, "\n");

	rich_add(&line, INK_BOLD, heading);
	if (r == 0)
		r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}
