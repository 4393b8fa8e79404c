/* SPDX-License-Identifier: MIT */
/* The parts of a run's table, beside its rows (row.h). */
#ifndef VIEW_RUN_H
#define VIEW_RUN_H

#include "row.h"

/* outcome.c: what step i came to, in every column. */
void outcome_measure(struct table *table);
void outcome_fill(const struct table *table, struct row *row, size_t i);
/* The evidence that all of a column's paths share; CR2_EVIDENCE_UNKNOWN: none, or several. */
enum cr2_evidence outcome_evidence(const struct cr2_view_column *column);

/* layout.c: the heading and the rows. sum.c: the last line. */
int table_draw(const struct table *table, const struct cr2_style *style, struct cr2_text *text);
int run_draw_sum(const struct cr2_view_run *run, const struct cr2_style *style,
		 struct cr2_text *text);

/* run_state.c: rows for the page states that step i changed, and those that differ. */
int state_add_rows(struct table *table, size_t i);

#endif
