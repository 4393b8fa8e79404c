/* SPDX-License-Identifier: MIT */
/* Two sessions' differences, as those of a run that has two columns, which can be told of. */
#ifndef VIEW_STEP_DIVERGENCE_H
#define VIEW_STEP_DIVERGENCE_H

#include <cr2/step.h>
#include <cr2/view.h>

struct divergent {
	struct cr2_view_column columns[2];
	struct cr2_view_run run;
};
void divergent_fill(struct divergent *f, const struct cr2_divergence *divergence);
/* Its first is a fault's index. */
bool divergent_is_of_a_fault(const struct cr2_difference *difference);

#endif
