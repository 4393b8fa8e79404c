/* SPDX-License-Identifier: MIT */
/* What the tables of a benchmark share. */
#ifndef VIEW_BENCH_H
#define VIEW_BENCH_H

#include <cr2/view_bench.h>

#include "view/draw/grid.h"
#include "view/draw/quantity.h"

/* A heading with an empty line before it. */
int bench_heading(struct cr2_text *text, const struct cr2_style *style, const char *heading);
/* A table and a plot of a growth group. */
int bench_growth(const struct cr2_bench_report *report, enum cr2_bench_group group,
		 const struct cr2_style *style, struct cr2_text *text);

#endif
