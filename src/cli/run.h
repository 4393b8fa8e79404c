/* SPDX-License-Identifier: MIT */
/* cr2 run: options and targets (run.c), one scenario on every target (run_scenario.c). */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <cr2/litmus.h>
#include <cr2/view.h>

#include "find.h"
#include "target.h"

struct run_options {
	enum cr2_profile profile;
	bool json, state, verbose;
	unsigned shows; /* CR2_SHOW_ */
	bool explain;
	unsigned explain_step; /* 0: every step that faults */
	unsigned traits; /* of every target's machine, and so of the model's */
	size_t n_targets;
	struct target targets[CR2_VIEW_COLUMNS];
	struct found files;
	size_t unfound; /* words that name none: said, and the others run all the same */
};

/* Several get one line each, and a sum. */
static inline bool run_is_several(const struct run_options *options)
{
	return options->files.n + options->unfound > 1;
}

/* What a scenario came to; the worst of several counts. */
enum run_verdict {
	RUN_AGREED,
	RUN_SKIPPED, /* the scenario cannot run on a target, and says or shows why */
	RUN_UNABLE, /* the kernel or privileges do not allow it */
	RUN_FAILED, /* expectations */
	RUN_DIFFERED,
	RUN_BAD_INPUT,
	RUN_VERDICTS,
};

/* What all scenarios came to. */
struct run_tally {
	size_t files[RUN_VERDICTS];
	size_t unchecked_files, unchecked; /* expectations that are another machine's, and whose */
};

void run_scenario(const struct run_options *options, const char *path, struct run_tally *tally);

#endif
