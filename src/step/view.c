/* SPDX-License-Identifier: MIT */
/*
 * What there is to see at a position. In the middle of a step, the step is taken once more from the state before
 * it, by a copy, and the model is looked at when it comes to the stage. Of S4 to S6 the model tells when the
 * fault is settled already: there memory is shown as it was at the stage before them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

const struct cr2_stage *cr2_session_stages(const struct cr2_session *s, size_t *ret_n)
{
	*ret_n = s->stages.n;
	return s->stages.n ? s->stages.items : NULL;
}

/* The first stage of the fault that the position is in. */
static size_t first_stage(const struct cr2_session *s)
{
	size_t first = 0;

	for (unsigned fault = 1; fault < s->at.fault; fault++)
		first += fault_length(&s->stages.items[first], s->stages.n - first);
	return first;
}

/* The stage that the position is at. */
static size_t stage_here(const struct cr2_session *s)
{
	size_t first = first_stage(s);

	return first + fault_stage(&s->stages.items[first], s->stages.n - first, s->at.stage);
}

const struct cr2_stage *cr2_session_stage(const struct cr2_session *s)
{
	return s->at.fault ? &s->stages.items[stage_here(s)] : NULL;
}

const struct cr2_observation *cr2_session_observation(const struct cr2_session *s)
{
	return s->at.step ? s->step.observation : NULL;
}

const struct cr2_failure *cr2_session_failure(const struct cr2_session *s)
{
	return s->at.step ? s->step.failure : NULL;
}

const struct cr2_execution *cr2_session_execution(const struct cr2_session *s)
{
	return s->after;
}

const struct cr2_litmus *cr2_session_litmus(const struct cr2_session *s)
{
	return &s->litmus;
}

enum cr2_profile cr2_session_profile(const struct cr2_session *s)
{
	return s->config.profile;
}

const char *cr2_session_reason(const struct cr2_session *s, unsigned *ret_line)
{
	*ret_line = s->reason_line;
	return s->reason;
}

/* ---- registers and walks ---- */

/* The page tables as the CPU went through them: up to S3 when it faulted, then as the handler, then as it does again. */
static struct cr2_walk walk_of(const struct cr2_stage *stages, size_t at)
{
	struct cr2_walk walk = {0};

	for (size_t i = 0; i <= at; i++) {
		const struct cr2_stage *stage = &stages[i];

		if (stage->kind == CR2_STAGE_EXCEPTION)
			walk = stage->exception.walk;
		else if (stage->kind == CR2_STAGE_RETURN)
			walk = stage->ret.walk;
	}
	/* Where tables were added, the entry is written at the end of the longer walk. */
	for (size_t i = 0; i <= at && stages[at].kind == CR2_STAGE_INSTALL; i++)
		if (stages[i].kind == CR2_STAGE_WALK && stages[i].walk.after.n)
			walk = stages[i].walk.after;
	return walk;
}

static void fill_registers(const struct cr2_session *s, struct cr2_scene_cpu *cpu)
{
	size_t behind = fault_behind(s, &s->at);

	cpu->has_cr2 = behind;
	if (behind)
		cpu->cr2 = s->faults.items[behind - 1].address;
	if (s->at.fault) {
		const struct cr2_stage *stage = &s->stages.items[first_stage(s)];

		cpu->in_fault = true;
		cpu->pushed_at = stage->exception.pushed_at;
		cpu->frame = stage->exception.frame;
	}
}

/* ---- in the middle of a step ---- */

struct glimpse {
	struct capture capture;
	size_t seen; /* stages so far */
	size_t wanted; /* the number of the one at which to look */
	int r;
};

static void on_stage(void *data, const struct cr2_stage *stage)
{
	struct glimpse *g = data;

	(void)stage;
	if (g->seen++ == g->wanted)
		g->r = scene_capture(&g->capture);
}

/* The stage at whose time memory is as it is shown at the one with that number. */
static size_t seen_at(const struct cr2_stage *stages, size_t number)
{
	while (number > 0 && (stages[number].kind == CR2_STAGE_WALK || stages[number].kind == CR2_STAGE_ENTRY ||
			      stages[number].kind == CR2_STAGE_PAGE))
		number--;
	return number;
}

static int capture_in_step(const struct cr2_session *s, struct capture *capture)
{
	size_t first = first_stage(s), number = stage_here(s);
	struct cr2_walk walk = walk_of(&s->stages.items[first], number - first);
	struct glimpse g = {.capture = *capture, .wanted = seen_at(s->stages.items, number)};
	struct cr2_execution *x;
	struct cr2_step step;
	int r = cr2_execution_copy(s->before, &x);

	if (r < 0)
		return r;
	g.capture.model = cr2_runner_model_get(cr2_execution_runner(x));
	g.capture.walk = &walk;
	cr2_model_observe(cr2_runner_model_get(cr2_execution_runner(x)), on_stage, &g);
	r = cr2_execution_next(x, &step);
	cr2_execution_destroy(x);
	return r < 0 ? r : g.r;
}

/* ---- between steps ---- */

static int capture_done(const struct cr2_session *s, struct capture *capture)
{
	struct cr2_walk walk = {0};

	capture->model = cr2_runner_model_get(cr2_execution_runner(s->after));
	if (s->at.step && cr2_op_is_access(s->step.op->kind))
		cr2_model_walk(capture->model, s->step.op->address, &walk);
	capture->walk = &walk;
	return scene_capture(capture);
}

int cr2_session_scene(struct cr2_session *s, struct cr2_scene *ret_scene)
{
	struct cr2_scene scene = {.at = s->at};
	struct capture capture = {.execution = s->after, .scene = &scene};
	int r = s->at.fault ? capture_in_step(s, &capture) : capture_done(s, &capture);

	if (r < 0) {
		cr2_scene_finish(&scene);
		return r;
	}
	fill_registers(s, &scene.cpu);
	*ret_scene = scene;
	return 0;
}
