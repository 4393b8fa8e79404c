/* SPDX-License-Identifier: MIT */
/* One random scenario: on the target, in the model, compared. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"

/* Watches the model while it runs, for the coverage. */
struct watch {
	struct cr2_runner *model;
	struct cr2_coverage_fault fault;
	struct cr2_coverage_past past;
};

/* Objects are numbered as they are declared. */
static uint64_t tmpfs_objects(const struct cr2_litmus *litmus)
{
	uint64_t objects = 0;

	for (size_t i = 0; i < litmus->n_statements; i++)
		if ((litmus->statements[i].kind == CR2_OP_SHMEM || litmus->statements[i].kind == CR2_OP_SECRET ||
		     litmus->statements[i].kind == CR2_OP_SHM) &&
		    litmus->statements[i].object < 64)
			objects |= 1ULL << litmus->statements[i].object;
	return objects;
}

static int watch_step(void *data, const struct cr2_step *step)
{
	const struct cr2_observation *o = step->observation;
	struct watch *watch = data;

	if (!o) {
		cr2_model_observe(cr2_runner_model_get(watch->model), cr2_coverage_stage, &watch->fault);
		return 0;
	}
	cr2_coverage_end(&watch->fault);
	watch->fault.coverage->results[o->op][o->result]++;
	return o->result == CR2_RESULT_OK ? cr2_coverage_op(watch->fault.coverage, &watch->past,
							    step->op, o->either) : 0;
}

static int run_model(struct fuzz_worker *worker, struct cr2_coverage *coverage, struct fuzz_case *c)
{
	struct watch watch = {
		.model = worker->model.runner,
		.fault = {.coverage = coverage, .tmpfs = tmpfs_objects(&c->litmus)},
	};
	int r = cr2_litmus_run(&c->litmus, worker->model.runner, coverage ? watch_step : NULL, &watch,
			       &c->model);

	cr2_coverage_past_finish(&watch.past);
	return r;
}

static void stop(struct fuzz_case *c, enum fuzz_verdict verdict, const struct cr2_run *run, int r)
{
	c->verdict = verdict;
	c->reason = run->reason ? run->reason : strerror(-r);
	c->reason_line = run->reason_line;
}

static enum fuzz_verdict target_verdict(const struct fuzz_case *c, int r)
{
	if (r == -EOPNOTSUPP)
		return FUZZ_SKIPPED;
	if (r == -EPERM || r == -EACCES)
		return FUZZ_UNABLE;
	return c->target.console ? FUZZ_LOST : FUZZ_FAILED;
}

static enum fuzz_verdict model_verdict(int r)
{
	return r == -EOPNOTSUPP ? FUZZ_SKIPPED : r == -ENOTRECOVERABLE ? FUZZ_LEAK : FUZZ_FAILED;
}

/*
 * The target goes first: what it refuses, it refuses at once. Where a side stopped on the way
 * what both did until then is compared.
 */
static int run_both(struct fuzz_worker *worker, struct cr2_coverage *coverage, struct fuzz_case *c)
{
	int on_target = cr2_litmus_run(&c->litmus, worker->target.runner, NULL, NULL, &c->target);
	int on_model, r;

	if (on_target < 0)
		stop(c, target_verdict(c, on_target), &c->target, on_target);
	if (c->target.observations.count == 0 || c->verdict == FUZZ_LOST || on_target == -ENOMEM)
		return on_target == -ENOMEM ? -ENOMEM : 0;
	on_model = run_model(worker, coverage, c);
	if (on_model == -ENOMEM)
		return -ENOMEM;
	if (on_model < 0)
		stop(c, model_verdict(on_model), &c->model, on_model);
	r = cr2_litmus_compare(&c->litmus, &c->model, &c->target, &c->differences);
	if (r == 0 && c->differences.count)
		c->verdict = FUZZ_DIFFER;
	return r;
}

int fuzz_case_run(struct fuzz_worker *worker, const char *text, size_t length,
		  struct cr2_coverage *coverage, struct fuzz_case *ret_case)
{
	char path[32];
	int r;

	*ret_case = (struct fuzz_case){.verdict = FUZZ_AGREE};
	snprintf(path, sizeof(path), "%016llx", (unsigned long long)worker->seed);
	r = cr2_litmus_parse(path, text, length, &ret_case->litmus, &ret_case->diag);
	if (r == -EINVAL) {
		ret_case->verdict = FUZZ_INVALID;
		ret_case->reason = ret_case->diag.message;
		ret_case->reason_line = ret_case->diag.line;
		return 0;
	}
	return r < 0 ? r : run_both(worker, coverage, ret_case);
}

void fuzz_case_finish(struct fuzz_case *c)
{
	cr2_run_finish(&c->model);
	cr2_run_finish(&c->target);
	cr2_differences_finish(&c->differences);
	cr2_litmus_finish(&c->litmus);
	cr2_diag_finish(&c->diag);
}
