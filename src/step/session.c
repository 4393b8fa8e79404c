/* SPDX-License-Identifier: MIT */
/*
 * A session begins, runs its scenario to the end, and goes to a step. States are kept on the way, each so much
 * work behind the one before: a copy takes memory, and as long as some dozens of steps. When there are too many, every
 * other one goes and the distance doubles. So there are at most MARKS_MAX, and to any step it is never further than
 * SPACING, or two of n / MARKS_MAX.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "session.h"

/* ---- states on the way ---- */

void session_forget_marks(struct cr2_session *s, unsigned behind)
{
	while (s->n_marks && s->marks[s->n_marks - 1].step > behind)
		cr2_execution_destroy(s->marks[--s->n_marks].x);
}

static void thin_out(struct cr2_session *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_marks; i++) {
		if (i % 2 == 0)
			s->marks[kept++] = s->marks[i];
		else
			cr2_execution_destroy(s->marks[i].x);
	}
	s->n_marks = kept;
	s->spacing *= 2;
}

static uint64_t work(const struct cr2_session *s, unsigned step)
{
	return step ? s->steps.items[step - 1].work : 0;
}

static bool is_far(const struct cr2_session *s, unsigned step)
{
	return work(s, step) >= work(s, s->marks[s->n_marks - 1].step) + s->spacing;
}

static int keep(struct cr2_session *s, struct cr2_execution *x, unsigned step)
{
	struct mark *mark;
	int r;

	if (!is_far(s, step))
		return 0;
	if (s->n_marks == MARKS_MAX)
		thin_out(s);
	if (!is_far(s, step))
		return 0;
	mark = &s->marks[s->n_marks];
	r = cr2_execution_copy(x, &mark->x);
	if (r == 0) {
		mark->step = step;
		s->n_marks++;
	}
	return r;
}

/* The last state of at most so many steps. */
static const struct mark *nearest(const struct cr2_session *s, unsigned steps)
{
	size_t first = 0, end = s->n_marks;

	while (end - first > 1) {
		size_t middle = first + (end - first) / 2;

		if (s->marks[middle].step <= steps)
			first = middle;
		else
			end = middle;
	}
	return &s->marks[first];
}

int session_execution(const struct cr2_session *s, unsigned steps, struct cr2_execution **ret_execution)
{
	const struct mark *mark = nearest(s, steps);
	struct stage_list stages = {0};
	struct cr2_execution *x;
	struct cr2_step step;
	int r = cr2_execution_copy(mark->x, &x);

	if (r < 0)
		return r;
	for (unsigned at = mark->step; at < steps && r >= 0; at++)
		r = take_step(x, &stages, &step);
	free(stages.items);
	if (r < 0) {
		cr2_execution_destroy(x);
		return r;
	}
	*ret_execution = x;
	return 0;
}

/* ---- the whole run ---- */

static int note_reason(struct cr2_session *s, const struct cr2_execution *x)
{
	const char *reason = cr2_execution_reason(x, &s->reason_line);

	free(s->reason);
	s->reason = reason ? strdup(reason) : NULL;
	return reason && !s->reason ? -ENOMEM : 0;
}

int session_run(struct cr2_session *s)
{
	const struct mark *last = &s->marks[s->n_marks - 1];
	struct stage_list stages = {0};
	struct cr2_execution *x;
	struct cr2_step step;
	unsigned at = last->step;
	int r = session_execution(s, at, &x);

	if (r < 0)
		return r;
	/* Mostly a step has one fault, and nothing that is noted is moved then. */
	if (cr2_grow(&s->steps.items, &s->steps.capacity, s->litmus.n_statements, sizeof(*s->steps.items)) < 0 ||
	    cr2_grow(&s->faults.items, &s->faults.capacity, s->litmus.n_statements, sizeof(*s->faults.items)) < 0) {
		cr2_execution_destroy(x);
		return -ENOMEM;
	}
	while ((r = take_step(x, &stages, &step)) > 0) {
		/* Up to what is noted already it only comes by. */
		r = ++at > s->steps.n ? record_step(s, &step, &stages) : 0;
		if (r == 0)
			r = keep(s, x, at);
		if (r < 0)
			break;
	}
	/* What the runner refused is where the run ends; memory is another matter. */
	if (r != -ENOMEM)
		r = note_reason(s, x);
	free(stages.items);
	cr2_execution_destroy(x);
	return r;
}

/* ---- a position ---- */

void session_leave(struct cr2_session *s)
{
	cr2_execution_destroy(s->before);
	cr2_execution_destroy(s->after);
	s->before = s->after = NULL;
	s->stages.n = 0;
	s->step = (struct cr2_step){0};
}

/* From before on, which it has been given. */
static int enter(struct cr2_session *s, struct cr2_execution *before)
{
	int r;

	session_leave(s);
	s->before = before;
	r = cr2_execution_copy(before, &s->after);
	if (r == 0)
		r = take_step(s->after, &s->stages, &s->step);
	return r < 0 ? r : 0;
}

static int go_to_step(struct cr2_session *s, unsigned step)
{
	struct cr2_execution *before;
	int r;

	if (s->after && step == s->at.step)
		return 0;
	if (step == 0) {
		session_leave(s);
		return session_execution(s, 0, &s->after);
	}
	if (s->after && step == s->at.step + 1) {
		before = s->after;
		s->after = NULL;
		return enter(s, before);
	}
	r = session_execution(s, step - 1, &before);
	return r == 0 ? enter(s, before) : r;
}

static bool is_position(const struct cr2_session *s, const struct cr2_position *p)
{
	const struct cr2_fault_facts *faults;
	unsigned n;

	if (p->step > s->steps.n || (p->fault == 0) != (p->stage == 0))
		return false;
	faults = faults_of(s, p->step, &n);
	return p->fault == 0 || (p->fault <= n && p->stage <= CR2_STAGES && faults[p->fault - 1].stages >> p->stage & 1);
}

int cr2_session_go(struct cr2_session *s, const struct cr2_position *position)
{
	int r = is_position(s, position) ? go_to_step(s, position->step) : -ERANGE;

	if (r == 0)
		s->at = *position;
	return r;
}

struct cr2_position cr2_session_at(const struct cr2_session *s)
{
	return s->at;
}

/* ---- beginning and end ---- */

static int refuse(const struct cr2_session *s, int r, const struct cr2_execution *x, struct cr2_diag *ret_diag)
{
	unsigned line;
	const char *reason = cr2_execution_reason(x, &line);

	*ret_diag = (struct cr2_diag){
		.path = s->litmus.path ? strdup(s->litmus.path) : NULL,
		.line = line,
		.message = strdup(reason ? reason : strerror(-r)),
	};
	return ret_diag->message ? -EOPNOTSUPP : -ENOMEM;
}

int session_begin(struct cr2_session *s, struct cr2_diag *ret_diag)
{
	struct cr2_runner *runner;
	struct cr2_execution *x;
	int r = cr2_runner_model_create(&s->config, &runner);

	if (r < 0)
		return r;
	r = cr2_execution_begin(&s->litmus, runner, &x);
	if (r == 0 && !cr2_runner_model_get(runner)) {
		struct cr2_step step;

		r = cr2_execution_next(x, &step);
		r = r == -ENOMEM ? r : refuse(s, r, x, ret_diag);
		cr2_execution_destroy(x);
	}
	if (r < 0) {
		cr2_runner_destroy(runner);
		return r;
	}
	session_leave(s);
	session_forget_marks(s, 0);
	if (s->n_marks)
		cr2_execution_destroy(s->marks[0].x);
	cr2_runner_destroy(s->runner);
	s->runner = runner;
	s->marks[0] = (struct mark){0, x};
	s->n_marks = 1;
	s->spacing = SPACING;
	s->steps.n = s->faults.n = 0;
	return 0;
}

int cr2_session_create(struct cr2_litmus *litmus, const struct cr2_model_config *config,
		       struct cr2_session **ret_session, struct cr2_diag *ret_diag)
{
	struct cr2_session *s = calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	*ret_diag = (struct cr2_diag){0};
	if (r == 0) {
		s->litmus = *litmus;
		cr2_model_config_init(&s->config, config->profile);
		r = option_take(&s->config, sizeof(s->config), config);
	}
	if (r == 0)
		r = session_begin(s, ret_diag);
	if (r == 0)
		r = session_run(s);
	if (r == 0)
		r = cr2_session_go(s, &(struct cr2_position){0});
	if (r < 0) {
		/* The scenario is still the caller's. */
		if (s)
			s->litmus = (struct cr2_litmus){0};
		cr2_session_destroy(s);
		return r;
	}
	*litmus = (struct cr2_litmus){0};
	*ret_session = s;
	return 0;
}

void cr2_session_destroy(struct cr2_session *s)
{
	if (!s)
		return;
	session_leave(s);
	session_forget_marks(s, 0);
	if (s->n_marks)
		cr2_execution_destroy(s->marks[0].x);
	cr2_runner_destroy(s->runner);
	free(s->steps.items);
	free(s->faults.items);
	free(s->stages.items);
	free(s->reason);
	cr2_litmus_finish(&s->litmus);
	free(s);
}
