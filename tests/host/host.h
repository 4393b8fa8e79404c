/* SPDX-License-Identifier: MIT */
/* Running scenarios on this kernel, in tests. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <cr2/host.h>
#include <cr2/run.h>

#include "../unit/test.h"

/* A runner that loads no BPF programs, which would take longer than most scenarios: paths are derived. */
int host_create_deriving(struct cr2_runner **ret_runner);
/*
 * Runs the scenario on such a runner of its own. Returns what cr2_litmus_run() does; the calling
 * test ends as skipped where this machine cannot run any scenario.
 */
int host_run(const char *text, struct cr2_run *ret_run);
int host_run_stepwise(const char *text, cr2_step_fn *step, void *data, struct cr2_run *ret_run);
/* The calling test ends as skipped where it is the machine that refused a run that returned r. */
void host_skip_if_refused(int r, struct cr2_run *run);
/*
 * Runs a scenario, and every expectation must hold; skipped when the scenario cannot run here. Where the
 * machine has a trait that the expectations do not reckon with, it must be as the model has it.
 */
void host_expect(const char *text);
/*
 * What every setting that a run may change says, a line each; replaces what is in text. Waits until
 * nobody has any changed.
 */
void host_read_settings(struct cr2_text *text);
/* The same while a run has changed them. */
void host_peek_settings(struct cr2_text *text);
/* What sets this machine apart: bits of CR2_TRAIT(). */
unsigned host_traits(void);
/* The tokens of a process's mapping after a step, from 1; valid until the next call. */
const char *host_tokens(const struct cr2_run *run, unsigned step, const char *process,
			const char *mapping);

#endif
