/* SPDX-License-Identifier: MIT */
/*
 * Running a scenario on a target, and comparing two runs.
 *
 * cr2_litmus_run() resolves the scenario's names to addresses, hands operations to a runner,
 * asks it for page states, and makes observations of them.
 */
#ifndef CR2_RUN_H
#define CR2_RUN_H

#include <stddef.h>
#include <stdint.h>

#include <cr2/litmus.h>
#include <cr2/model.h>
#include <cr2/record.h>

/*
 * A target that executes operations one by one: the model, or the kernel that runs us.
 * Every call returns 0 or a negative errno; on -EOPNOTSUPP (the scenario cannot run here:
 * skipped, or not modelled) and -EPERM (privileges) reason() says why in one line and what
 * would help. Processes, objects: the litmus file's indices. snapshot() fills n states for
 * the n pages from address on.
 */
struct cr2_runner;
struct cr2_run;
struct cr2_runner_ops {
	const char *name; /* "model", "host" */
	int (*begin)(struct cr2_runner *runner, const struct cr2_litmus *litmus);
	int (*execute)(struct cr2_runner *runner, const struct cr2_op *op,
		       struct cr2_outcome *ret_outcome);
	int (*snapshot)(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
			struct cr2_page_state *ret_states);
	int (*end)(struct cr2_runner *runner);
	const char *(*reason)(const struct cr2_runner *runner);
	void (*destroy)(struct cr2_runner *runner);
	int (*traits)(struct cr2_runner *runner, unsigned *ret_traits); /* or NULL: it has none */
	/*
	 * Instead of all of these but destroy: runs a whole scenario elsewhere, as
	 * cr2_litmus_run() does, without telling its steps.
	 */
	int (*run)(struct cr2_runner *runner, const struct cr2_litmus *litmus,
		   struct cr2_run *ret_run);
};
struct cr2_runner {
	const struct cr2_runner_ops *ops;
};
void cr2_runner_destroy(struct cr2_runner *runner); /* NULL is fine */

/*
 * What sets the target's machine apart, as bits of CR2_TRAIT(), found out by trying at the first
 * call. Returns 0 or, where nothing can be tried, a negative errno with reason() set.
 */
int cr2_runner_traits(struct cr2_runner *runner, unsigned *ret_traits);

int cr2_runner_model_create(const struct cr2_model_config *config, struct cr2_runner **ret_runner);
/* The runner's model while a scenario runs, for observers. */
struct cr2_model *cr2_runner_model_get(struct cr2_runner *runner);
struct cr2_run {
	struct cr2_observations observations;
	size_t n_failures;
	struct cr2_failure *failures;
	char *reason; /* of a negative return, one line; else NULL */
	unsigned reason_line; /* of the file; 0: the whole scenario */
	char *console; /* of a guest that was lost: the last lines; else NULL */
};
void cr2_run_finish(struct cr2_run *run);
/* Expectations are another machine's: forgets which of them failed. */
void cr2_run_forget_failures(struct cr2_run *run);

/* Where a mapping is in one process; it stays known when nothing is mapped there any more. */
struct cr2_place {
	uint32_t mapping; /* index into names */
	uint64_t address;
	uint64_t pages;
};

/* One step as a watcher sees it, before it (observation NULL) and after it. */
struct cr2_step {
	unsigned number; /* from 1 */
	const struct cr2_statement *statement;
	const struct cr2_op *op;
	size_t n_places; /* of the step's process, in order of their making */
	const struct cr2_place *places;
	const struct cr2_observation *observation;
};
/* May attach observers, or stop: a nonzero return ends the run with it. */
typedef int cr2_step_fn(void *data, const struct cr2_step *step);

/*
 * Runs a scenario from start to end. Returns 0 (expectations may have failed: see
 * n_failures), or a runner's negative errno with reason filled; what was observed until
 * then is in the run.
 */
int cr2_litmus_run(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		   cr2_step_fn *step, void *step_data, struct cr2_run *ret_run);

/* The model's configuration where a machine has these traits. */
void cr2_traits_apply(unsigned traits, struct cr2_model_config *config);
/*
 * Does what the scenario shows depend on these traits? Runs it in the model with and without.
 * Returns 0 or -ENOMEM.
 */
int cr2_litmus_depends(const struct cr2_litmus *litmus, enum cr2_profile profile, unsigned traits,
		       bool *ret_depends);

/*
 * Compares all but path and evidence. Leaves out what LITMUS.md leaves unspecified (the
 * neighbours in cold and evicted files). A run that was stopped (reason) is compared as far
 * as it went. Returns 0 or -ENOMEM.
 */
int cr2_litmus_compare(const struct cr2_litmus *litmus, const struct cr2_run *left,
		       const struct cr2_run *right, struct cr2_differences *ret_differences);

#endif
