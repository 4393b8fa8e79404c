/* SPDX-License-Identifier: MIT */
/* A whole scenario: a loop over its steps, and what they leave. */
#include <cr2/run.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "execution.h"

void cr2_run_forget_failures(struct cr2_run *run)
{
	for (size_t i = 0; i < run->n_failures; i++) {
		free(run->failures[i].expected);
		free(run->failures[i].seen);
	}
	run->n_failures = 0;
}

void cr2_run_finish(struct cr2_run *run)
{
	cr2_observations_finish(&run->observations);
	cr2_run_forget_failures(run);
	free(run->failures);
	free(run->reason);
	free(run->console);
	*run = (struct cr2_run){0};
}

struct collecting {
	struct cr2_execution *x;
	struct cr2_run *run; /* NULL: nothing is kept */
	size_t failures_capacity;
};

static int take_failure(struct collecting *c)
{
	struct cr2_failure *failure = &c->x->failure;
	int r;

	if (!failure->expected)
		return 0;
	r = cr2_grow(&c->run->failures, &c->failures_capacity, c->run->n_failures + 1,
		     sizeof(*failure));
	if (r == 0) {
		c->run->failures[c->run->n_failures++] = *failure;
		*failure = (struct cr2_failure){0};
	}
	return r;
}

/* Tells the watcher, and takes over what the execution would forget. */
static int collect_step(struct collecting *c, cr2_step_fn *fn, void *data, bool *ret_more)
{
	struct cr2_step step;
	int r = 0;

	*ret_more = false;
	if (cr2_execution_peek(c->x, &step) && fn)
		r = fn(data, &step);
	if (r != 0)
		return r;
	r = cr2_execution_next(c->x, &step);
	if (r <= 0)
		return r;
	r = fn ? fn(data, &step) : 0;
	if (c->run && (cr2_observations_add(&c->run->observations, &c->x->observation) < 0 ||
		       take_failure(c) < 0))
		return -ENOMEM;
	*ret_more = r == 0;
	return r;
}

static int collect_steps(struct collecting *c, cr2_step_fn *fn, void *data)
{
	bool more;
	int r;

	do
		r = collect_step(c, fn, data, &more);
	while (more);
	return r;
}

static int collect(struct collecting *c, cr2_step_fn *fn, void *data)
{
	int r = collect_steps(c, fn, data);
	const char *reason;

	reason = cr2_execution_reason(c->x, &c->run->reason_line);
	c->run->reason = reason ? strdup(reason) : NULL;
	return reason && !c->run->reason ? -ENOMEM : r;
}

int cr2_litmus_run(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		   cr2_step_fn *step, void *step_data, struct cr2_run *ret_run)
{
	struct collecting c = {.run = ret_run};
	int r;

	*ret_run = (struct cr2_run){0};
	if (runner->ops->run)
		return runner->ops->run(runner, litmus, ret_run);
	r = cr2_names_copy(&litmus->names, &ret_run->observations.names);
	if (r == 0)
		r = cr2_execution_begin(litmus, runner, &c.x);
	if (r == 0)
		r = collect(&c, step, step_data);
	cr2_execution_destroy(c.x);
	return r;
}

int cr2_litmus_follow(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		      cr2_step_fn *step, void *step_data)
{
	struct collecting c = {0};
	int r = runner->ops->run ? -EOPNOTSUPP : cr2_execution_begin(litmus, runner, &c.x);

	if (r < 0)
		return r;
	c.x->follows = true;
	r = collect_steps(&c, step, step_data);
	cr2_execution_destroy(c.x);
	return r;
}

void cr2_litmus_phases(const struct cr2_litmus *litmus, uint16_t *ret_phases)
{
	memset(ret_phases, 0, litmus->names.mappings.n * sizeof(*ret_phases));
	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];
		int64_t phase;

		if (s->kind == CR2_OP_MAP && s->placed)
			ret_phases[s->name] = (uint16_t)(s->address / CR2_PAGE_SIZE % 512);
		if (s->kind != CR2_OP_MAP || !s->at || (s->map_flags & CR2_MAP_HUGETLB && s->map_flags & CR2_MAP_HINT))
			continue;
		phase = (ret_phases[s->ref.mapping] + s->ref.first) % 512;
		ret_phases[s->name] = (uint16_t)(phase < 0 ? phase + 512 : phase);
	}
}
