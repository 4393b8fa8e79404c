/* SPDX-License-Identifier: MIT */
/* Runs of scenarios on this kernel for who asks over HTTP: one at a time, each a process of its own. */
#ifndef CLI_WEB_RUN_H
#define CLI_WEB_RUN_H

#include <stdatomic.h>

#include <cr2/base.h>

struct web_runs {
	unsigned seconds; /* that one may take */
	atomic_flag busy; /* one is under way */
};

/*
 * Until it ends, its time is over, or who asked hangs up (client: the socket): then -ECANCELED. -EBUSY: another is under
 * way. What the run said is in *ret_output.
 */
int web_run(struct web_runs *runs, const struct cr2_text *scenario, int client, struct cr2_text *ret_output);

#endif
