/* SPDX-License-Identifier: MIT */
/*
 * Running a scenario on a target, whole or step by step, and comparing two runs.
 *
 * An execution resolves the scenario's names to addresses, hands operations to a runner,
 * asks it for page states, and makes observations of them.
 */
#ifndef CR2_RUN_H
#define CR2_RUN_H

#include <stddef.h>
#include <stdint.h>

#include <cr2/litmus.h>
#include <cr2/model.h>
#include <cr2/record.h>
#include <cr2/state.h>

CR2_BEGIN_DECLS

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
	 * May be NULL: how many of the n pages from address on are known to be like the first
	 * without looking at each; at least 1.
	 */
	uint64_t (*alike)(struct cr2_runner *runner, uint32_t process, uint64_t address,
			  uint64_t n);
	/*
	 * May be NULL: the map count that the page of an earlier snapshot has now, in
	 * state->mapcount; 0 where that page is no more. A runner that has it does to a
	 * process's pages only what the operation says; others' pages are looked at each step.
	 */
	void (*recount)(struct cr2_runner *runner, struct cr2_page_state *state);
	/* May be NULL: a runner that goes on from here by itself. */
	int (*copy)(struct cr2_runner *runner, struct cr2_runner **ret_copy);
	/*
	 * Instead of all of these but destroy and traits: runs a whole scenario elsewhere, as
	 * cr2_litmus_run() does, without telling its steps.
	 */
	int (*run)(struct cr2_runner *runner, const struct cr2_litmus *litmus,
		   struct cr2_run *ret_run);
};
struct cr2_runner {
	const struct cr2_runner_ops *ops;
	unsigned shows; /* CR2_SHOW_: set before a scenario begins; what the scenario expects is shown, too */
};
void cr2_runner_destroy(struct cr2_runner *runner); /* NULL is fine */
/* What it shows of the scenario's pages, CR2_SHOW_; which marks of a page that are. */
unsigned cr2_runner_shows(const struct cr2_runner *runner, const struct cr2_litmus *litmus);
uint32_t cr2_marks_shown(unsigned shows);

/*
 * What sets the target's machine apart, as bits of CR2_TRAIT(), found out by trying at the first
 * call. Returns 0 or, where nothing can be tried, a negative errno with reason() set.
 */
int cr2_runner_traits(struct cr2_runner *runner, unsigned *ret_traits);

int cr2_runner_model_create(const struct cr2_model_config *config, struct cr2_runner **ret_runner);
/* The runner's model while a scenario runs, for observers. */
struct cr2_model *cr2_runner_model_get(struct cr2_runner *runner);

/* One step as a watcher sees it, before it (observation NULL) and after it. */
struct cr2_execution;
struct cr2_step {
	unsigned number; /* from 1 */
	const struct cr2_statement *statement;
	const struct cr2_op *op;
	const struct cr2_observation *observation;
	const struct cr2_failure *failure; /* of the step's expectation; NULL: none failed */
	const struct cr2_execution *execution;
};

/*
 * A scenario under way. The runner serves one execution at a time, and outlives it; so does the
 * litmus. Returns 0 or -ENOMEM; where the runner cannot begin, the first step says so.
 */
int cr2_execution_begin(const struct cr2_litmus *litmus, struct cr2_runner *runner,
			struct cr2_execution **ret_execution);
/* The step that comes next, as it is before. Returns 1; 0 at the end or after an error. */
int cr2_execution_peek(struct cr2_execution *execution, struct cr2_step *ret_step);
/*
 * Takes a step. Returns 1 with *ret_step, valid until the next call; 0 at the end; or the
 * runner's negative errno, with a reason. At the end and on errors the runner has ended, too.
 */
int cr2_execution_next(struct cr2_execution *execution, struct cr2_step *ret_step);
/*
 * Another execution that goes on from here, with a runner of its own; both can go on, and be
 * destroyed, in any order. Returns 0, -ENOMEM, or -EOPNOTSUPP: the target cannot be copied.
 */
int cr2_execution_copy(struct cr2_execution *execution, struct cr2_execution **ret_copy);
void cr2_execution_destroy(struct cr2_execution *execution); /* NULL is fine */

struct cr2_runner *cr2_execution_runner(struct cr2_execution *execution);
/* After the last step. */
const struct cr2_state *cr2_execution_state(const struct cr2_execution *execution);
/* Where the mappings of a process are, in the order of their making: to be freed. 0 or -ENOMEM. */
int cr2_execution_places(const struct cr2_execution *execution, uint32_t process,
			 struct cr2_place **ret_items, size_t *ret_n);
/* A page as observations of this execution name it; one that none of them has shown has number 0. */
struct cr2_page cr2_execution_page(const struct cr2_execution *execution, const struct cr2_page_state *state);
/* From now on the scenario is this one, whose statements up to here are the same. */
void cr2_execution_adopt(struct cr2_execution *execution, const struct cr2_litmus *litmus);
/* Why it stopped, in one line, and where (0: the whole scenario); NULL: no reason is known. */
const char *cr2_execution_reason(const struct cr2_execution *execution, unsigned *ret_line);

/* What a whole scenario came to on a target. */
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

/* May attach observers, or stop: a nonzero return ends the run with it. */
typedef int cr2_step_fn(void *data, const struct cr2_step *step);
/*
 * Runs a scenario from start to end. Returns 0 (expectations may have failed: see
 * n_failures), or a runner's negative errno with reason filled; what was observed until
 * then is in the run.
 */
int cr2_litmus_run(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		   cr2_step_fn *step, void *step_data, struct cr2_run *ret_run);
/*
 * The same for the watcher alone, which takes half the time: pages are not looked at (observations
 * have no changes), expectations not checked, nothing is kept. Returns 0, what the watcher stopped
 * with, or a runner's negative errno; -EOPNOTSUPP: it runs scenarios elsewhere, whole.
 */
int cr2_litmus_follow(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		      cr2_step_fn *step, void *step_data);

/* The model's configuration where a machine has these traits. */
void cr2_traits_apply(unsigned traits, struct cr2_model_config *config);
/*
 * Does what the scenario shows depend on these traits? Runs it in the model with and without.
 * Returns 0 or -ENOMEM.
 */
int cr2_litmus_depends(const struct cr2_litmus *litmus, enum cr2_profile profile, unsigned traits,
		       bool *ret_depends);

/*
 * Where in a 2 MiB page each mapping begins, in pages, by its number: ret_phases has room for
 * all of them. For readers of observations, which do not say it.
 */
void cr2_litmus_phases(const struct cr2_litmus *litmus, uint16_t *ret_phases);

/*
 * Compares all but evidence, and paths where neither run's is derived from outside. A difference between states is reported at the step where it
 * appears, not at those after it. Leaves out what LITMUS.md leaves unspecified (the
 * neighbours in cold and evicted files). A run that was stopped (reason) is compared as far
 * as it went. Returns 0 or -ENOMEM.
 */
int cr2_litmus_compare(const struct cr2_litmus *litmus, const struct cr2_run *left,
		       const struct cr2_run *right, struct cr2_differences *ret_differences);

CR2_END_DECLS

#endif
