/* SPDX-License-Identifier: MIT */
/* Collects the narrative of a run: pass run_explain_step() and this to cr2_litmus_run(). */
#ifndef CLI_RUN_EXPLAIN_H
#define CLI_RUN_EXPLAIN_H

#include "run.h"

struct run_explain {
	const struct run_options *options;
	const struct cr2_litmus *litmus;
	struct cr2_runner *runner; /* the model's */
	struct cr2_text text; /* the narrative so far */
	unsigned told; /* steps */
	struct cr2_stage *stages; /* of the current step */
	size_t n, capacity;
	int error;
};
int run_explain_step(void *data, const struct cr2_step *step);
void run_explain_finish(struct run_explain *explain);

#endif
