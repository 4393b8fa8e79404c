/* SPDX-License-Identifier: MIT */
/* Two sessions beside each other: where they differ first, to the step and in it to the stage. */
#include <errno.h>
#include <stdlib.h>

#include "session.h"

static int run(const struct cr2_session *s, struct cr2_run *ret_run)
{
	struct cr2_runner *runner;
	int r = cr2_runner_model_create(&s->config, &runner);

	if (r < 0)
		return r;
	r = cr2_litmus_run(&s->litmus, runner, NULL, NULL, ret_run);
	cr2_runner_destroy(runner);
	return r == -ENOMEM ? r : 0;
}

/* The differences of the first step behind that has any. False: there is none. */
static bool find_behind(struct cr2_divergence *d, unsigned step)
{
	const struct cr2_difference *items = d->differences.items;
	size_t end = d->differences.count;

	while (d->first < end && items[d->first].observation + 1 <= step)
		d->first++;
	while (d->first + d->n < end && items[d->first + d->n].observation == items[d->first].observation)
		d->n++;
	return d->n;
}

/* What of a stage says that a fault goes another way. */
static bool same_stage(const struct cr2_stage *a, const struct cr2_stage *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case CR2_STAGE_EXCEPTION:
		return a->exception.frame.error_code == b->exception.frame.error_code &&
		       a->exception.cr2 == b->exception.cr2;
	case CR2_STAGE_ENTRY:
		return a->entry.path == b->entry.path && a->entry.state == b->entry.state &&
		       a->entry.entry.level == b->entry.entry.level;
	case CR2_STAGE_PAGE:
		return a->page.action == b->page.action && a->page.path == b->page.path;
	case CR2_STAGE_SIGNAL:
		return a->signal.signo == b->signal.signo && a->signal.code == b->signal.code;
	default:
		return true;
	}
}

/* The stages of a step from a copy of the state before it: the sessions stay where they are. */
static int stages_of(const struct cr2_session *s, unsigned step, struct stage_list *ret_stages)
{
	struct cr2_execution *x;
	struct cr2_step taken;
	int r = session_execution(s, step - 1, &x);

	if (r < 0)
		return r;
	r = take_step(x, ret_stages, &taken);
	cr2_execution_destroy(x);
	return r < 0 ? r : 0;
}

/* The position of stage number i of a step; done behind the last. */
static struct cr2_position position_of(const struct stage_list *stages, size_t i, unsigned step)
{
	struct cr2_position p = {step, 0, 0};
	size_t first = 0;

	for (unsigned fault = 1; i < stages->n && first <= i; fault++) {
		p.fault = fault;
		p.stage = stage_number(stages->items[i].kind);
		first += fault_length(&stages->items[first], stages->n - first);
	}
	return p;
}

/* Of two steps, the first stages that are not the same; of one alone, where it begins. */
static int find_stages(struct cr2_session *left, struct cr2_session *right, unsigned step,
		       struct cr2_position *ret_left, struct cr2_position *ret_right)
{
	struct stage_list a = {0}, b = {0};
	size_t i = 0;
	int r = step <= left->steps.n ? stages_of(left, step, &a) : 0;

	if (r == 0)
		r = step <= right->steps.n ? stages_of(right, step, &b) : 0;
	while (r == 0 && i < a.n && i < b.n && same_stage(&a.items[i], &b.items[i]))
		i++;
	if (r == 0) {
		*ret_left = position_of(&a, i, step <= left->steps.n ? step : (unsigned)left->steps.n);
		*ret_right = position_of(&b, i, step <= right->steps.n ? step : (unsigned)right->steps.n);
	}
	free(a.items);
	free(b.items);
	return r;
}

void cr2_divergence_finish(struct cr2_divergence *d)
{
	cr2_differences_finish(&d->differences);
	cr2_run_finish(&d->runs[0]);
	cr2_run_finish(&d->runs[1]);
	*d = (struct cr2_divergence){0};
}

int cr2_session_difference(struct cr2_session *left, struct cr2_session *right, struct cr2_divergence *ret_divergence)
{
	struct cr2_divergence d = {0};
	bool found = false;
	int r = run(left, &d.runs[0]);

	if (r == 0)
		r = run(right, &d.runs[1]);
	if (r == 0)
		r = cr2_litmus_compare(&left->litmus, &d.runs[0], &d.runs[1], &d.differences);
	if (r == 0)
		found = find_behind(&d, left->at.step);
	if (found)
		r = find_stages(left, right, (unsigned)d.differences.items[d.first].observation + 1, &d.at[0],
				&d.at[1]);
	if (r < 0 || !found) {
		cr2_divergence_finish(&d);
		return r < 0 ? r : 0;
	}
	*ret_divergence = d;
	return 1;
}
