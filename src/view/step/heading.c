/* SPDX-License-Identifier: MIT */
/* What of a session a view wants, and where it is in a line. */
#include <cr2/view_step.h>

#include <stdlib.h>

#include "view/draw/rich.h"
#include "view/run/statement.h"

int cr2_view_scene_of(const struct cr2_session *session, struct cr2_places *places, struct cr2_view_scene *ret_view)
{
	const struct cr2_litmus *litmus = cr2_session_litmus(session);
	const struct cr2_observation *o = cr2_session_observation(session);
	enum cr2_profile profile = cr2_session_profile(session);
	struct cr2_place *items = NULL;
	int r = 0;

	*places = (struct cr2_places){.names = &litmus->names};
	if (o)
		r = cr2_execution_places(cr2_session_execution(session), o->process, &items, &places->n);
	if (r < 0)
		return r;
	places->items = items;
	*ret_view = (struct cr2_view_scene){
		.title = litmus->title,
		.steps = cr2_session_steps(session),
		.step = {
			.path = litmus->path,
			.source = litmus->source,
			.observation = o,
			.names = &litmus->names,
			.places = places,
			.kernel = profile == CR2_PROFILE_COURSE ? 0 : cr2_profile_version(profile),
			.course = profile == CR2_PROFILE_COURSE,
		},
		.failure = cr2_session_failure(session),
		.stage = cr2_session_stage(session),
	};
	ret_view->stages = cr2_session_stages(session, &ret_view->n_stages);
	return 0;
}

int cr2_view_scene_heading(const struct cr2_view_scene *v, const struct cr2_style *style, struct cr2_text *text)
{
	const struct cr2_observation *o = v->step.observation;
	const struct cr2_position *at = &v->scene->at;
	struct rich left = {.hang = 2}, right = {.hang = 0};
	struct source source;
	int r;

	if (!o) {
		rich_printf(&left, INK_BOLD, "before step 1 of %u", v->steps);
	} else {
		rich_printf(&left, INK_BOLD, "step %u of %u", at->step, v->steps);
		if (at->fault)
			rich_printf(&left, INK_BOLD, ", fault %u, stage %u", at->fault, at->stage);
		rich_gap(&left, 2);
		rich_printf(&left, INK_PLAIN, "%s: ", cr2_name(&v->step.names->processes, o->process));
		source_begin(&source, v->step.source);
		statement_add(&left, &source, v->step.names, o, o);
	}
	if (v->step.path)
		rich_keep(&right, INK_DIM, "%s:%u", v->step.path, o ? o->line : 1);
	r = rich_ends(text, style, &left, &right);
	rich_finish(&left);
	rich_finish(&right);
	return r;
}
