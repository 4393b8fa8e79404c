/* SPDX-License-Identifier: MIT */
/* Sessions: one scenario in the model, or two beside each other; their rows, scenes and narratives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/step.h>
#include <cr2/view_step.h>

#include "record/json.h"
#include "web.h"

#define SIDES 2

static struct side {
	struct cr2_session *session;
	struct cr2_text target; /* "model 6.18" */
	bool is_set; /* under a setting that is not the scenario's */
	struct cr2_scene scene;
	bool has_scene;
	bool has_changes; /* since the scene before it, of which there may be none: then changes is NULL */
	struct cr2_scene_change *changes;
	size_t n_changes;
} sides[SIDES];

static void forget_scene(struct side *side)
{
	cr2_scene_finish(&side->scene);
	free(side->changes);
	side->changes = NULL;
	side->has_scene = side->has_changes = false;
}

static void close_side(struct side *side)
{
	cr2_session_destroy(side->session);
	forget_scene(side);
	cr2_text_finish(&side->target);
	*side = (struct side){0};
}

/* All mistakes of a scenario, or why it cannot begin. */
static int mistakes_json(struct cr2_diag *first, struct cr2_text *text)
{
	json_t *list = json_array();
	int r;

	for (const struct cr2_diag *d = first; d; d = d->next)
		json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:s?, s:s?}", KEY(LINE), (int)d->line,
			KEY(COLUMN), (int)d->column, KEY(WIDTH), (int)d->width, KEY(MESSAGE), d->message, KEY(HINT),
			d->hint));
	r = view_json_line(json_pack("{s:s, s:o}", KEY(KIND), "mistakes", KEY(MISTAKES), list), text);
	cr2_diag_finish(first);
	return r;
}

static int open_side(struct side *side, const char *path, const char *text, enum cr2_profile profile,
		     struct cr2_text *out)
{
	struct cr2_model_config config;
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	int r = cr2_litmus_parse(path, text, strlen(text), &litmus, &diag);

	if (r == -EINVAL)
		mistakes_json(&diag, out);
	if (r < 0)
		return r;
	cr2_model_config_init(&config, profile);
	r = cr2_text_printf(&side->target, "model %s", cr2_profile_name(profile));
	if (r == 0)
		r = cr2_session_create(&litmus, &config, &side->session, &diag);
	if (r == 0)
		return 0;
	cr2_litmus_finish(&litmus);
	if (r == -EOPNOTSUPP)
		mistakes_json(&diag, out);
	close_side(side);
	return r;
}

static int change_side(struct side *side, const char *text, struct cr2_text *out)
{
	struct cr2_diag diag = {0};
	int r = cr2_session_replace(side->session, text, &diag);

	if (r == -EINVAL || r == -EOPNOTSUPP)
		mistakes_json(&diag, out);
	return r < 0 ? r : cr2_session_go(side->session, &(struct cr2_position){0});
}

/*
 * Opens a scenario under a kernel, instead of what was there, and leaves "session". Of one that is there under this path
 * and kernel, what is above the first change is not run again. -EINVAL, -EOPNOTSUPP: "mistakes"; such a one is then still
 * there, for the next change.
 */
int WEB_EXPORT(web_open)(unsigned i, const char *path, const char *text, const char *kernel)
{
	struct cr2_text *out = web_begin();
	int profile = cr2_profile_parse(kernel), r;
	struct side *side = &sides[i];

	if (i >= SIDES || profile < 0)
		return -ERANGE;
	forget_scene(side);
	if (side->session && !side->is_set && strcmp(cr2_session_litmus(side->session)->path, path) == 0 &&
	    cr2_session_profile(side->session) == (enum cr2_profile)profile) {
		r = change_side(side, text, out);
	} else {
		close_side(side);
		r = open_side(side, path, text, (enum cr2_profile)profile, out);
	}
	return r < 0 ? r : cr2_view_session_json(side->session, side->target.data, out);
}

/* Another setting, such as "thp always": leaves the same. -EINVAL, -EOPNOTSUPP: "mistakes", and nothing is changed. */
int WEB_EXPORT(web_set)(unsigned i, const char *setting)
{
	struct cr2_text *out = web_begin();
	struct cr2_diag diag = {0};
	int r = cr2_session_set(sides[i].session, setting, &diag);

	if (r == -EINVAL || r == -EOPNOTSUPP)
		mistakes_json(&diag, out);
	sides[i].has_changes = false;
	sides[i].is_set |= r == 0;
	if (r == 0)
		r = cr2_text_printf(&sides[i].target, ", %s", setting);
	return r < 0 ? r : cr2_view_session_json(sides[i].session, sides[i].target.data, out);
}

/* Its first comment, or nothing. */
int WEB_EXPORT(web_title)(unsigned i)
{
	const char *title = cr2_session_litmus(sides[i].session)->title;

	return cr2_text_append(web_begin(), title ? title : "");
}

/* What there is of each step, or of each fault; in the page's engine.ts, too. */
enum column {
	STEP_LINE,
	STEP_FAULTS,
	FAULT_STAGES, /* 1 << k for each Sk */
	FAULT_WENT_ON, /* 1, or 0: a signal */
};

static int32_t number(const struct cr2_session *session, enum column column, unsigned row)
{
	size_t n;

	switch (column) {
	case STEP_LINE:
		return (int32_t)cr2_session_step(session, row + 1)->line;
	case STEP_FAULTS:
		return (int32_t)cr2_session_step(session, row + 1)->n_faults;
	case FAULT_STAGES:
		return (int32_t)cr2_session_faults(session, &n)[row].stages;
	case FAULT_WENT_ON:
		return cr2_session_faults(session, &n)[row].result == CR2_RESULT_OK;
	}
	return 0;
}

/*
 * A number of each step or each fault, as many as "session" says: there may be many, which as JSON take longer than the
 * run did. To be freed; NULL: out of memory.
 */
int32_t *WEB_EXPORT(web_column)(unsigned i, unsigned column)
{
	const struct cr2_session *session = sides[i].session;
	size_t n = cr2_session_steps(session);
	int32_t *numbers;

	if (column >= FAULT_STAGES)
		cr2_session_faults(session, &n);
	numbers = calloc(n + 1, sizeof(*numbers));
	for (size_t k = 0; numbers && k < n; k++)
		numbers[k] = number(session, (enum column)column, (unsigned)k);
	return numbers;
}

void WEB_EXPORT(web_close)(unsigned i)
{
	if (i < SIDES)
		close_side(&sides[i]);
}

/* What is wrong with a scenario, without opening it: 0 or -EINVAL with "mistakes". */
int WEB_EXPORT(web_check)(const char *path, const char *text)
{
	struct cr2_text *out = web_begin();
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	int r = cr2_litmus_parse(path, text, strlen(text), &litmus, &diag);

	if (r == -EINVAL)
		mistakes_json(&diag, out);
	else if (r == 0)
		cr2_litmus_finish(&litmus);
	return r;
}

/* ---- going ---- */

int WEB_EXPORT(web_go)(unsigned i, unsigned step, unsigned fault, unsigned stage)
{
	const struct cr2_position p = {step, fault, stage};

	return cr2_session_go(sides[i].session, &p);
}

/* A step by its number, as it went. */
int WEB_EXPORT(web_step)(unsigned i, unsigned step)
{
	return cr2_view_step_json(sides[i].session, step, web_begin());
}

/* Where it is. */
int WEB_EXPORT(web_at)(unsigned i)
{
	struct cr2_position at = cr2_session_at(sides[i].session);

	return view_json_line(json_pack("{s:i, s:i, s:i}", KEY(STEP), (int)at.step, KEY(FAULT_NUMBER), (int)at.fault,
					KEY(STAGE_NUMBER), (int)at.stage),
			      web_begin());
}

/* 1: it went; 0: there is no further one. */
int WEB_EXPORT(web_next)(unsigned i, int unit, bool back)
{
	struct cr2_position p;
	int r;

	if (!cr2_session_next(sides[i].session, (enum cr2_unit)unit, back, &p))
		return 0;
	r = cr2_session_go(sides[i].session, &p);
	return r < 0 ? r : 1;
}

/* To the next fault that meets a condition: 1, 0: there is none; -EINVAL: "mistakes" of the condition. */
int WEB_EXPORT(web_search)(unsigned i, const char *condition, bool back)
{
	struct cr2_text *out = web_begin();
	struct cr2_session *session = sides[i].session;
	struct cr2_condition *parsed = NULL;
	struct cr2_position p;
	struct cr2_diag diag = {0};
	int r = *condition ? cr2_condition_parse(condition, &cr2_session_litmus(session)->names, &parsed, &diag) : 0;

	if (r == -EINVAL)
		mistakes_json(&diag, out);
	if (r == 0)
		r = cr2_session_search(session, parsed, back, &p);
	cr2_condition_destroy(parsed);
	if (r == 1 && cr2_session_go(session, &p) < 0)
		r = -ENOMEM;
	return r;
}

/* Both to where they differ next: 1 with what differs in web_out, 0: nowhere. */
int WEB_EXPORT(web_difference)(void)
{
	struct cr2_text *out = web_begin();
	struct cr2_divergence d;
	int r = cr2_session_difference(sides[0].session, sides[1].session, &d);

	if (r <= 0)
		return r;
	r = cr2_view_divergence(&d, out);
	for (size_t i = 0; i < 2 && r == 0; i++)
		r = cr2_session_go(sides[i].session, &d.at[i]);
	cr2_divergence_finish(&d);
	return r < 0 ? r : 1;
}

/* ---- looking ---- */

static int view_of(const struct side *side, struct cr2_places *places, struct cr2_view_scene *ret_view)
{
	int r = cr2_view_scene_of(side->session, places, ret_view);

	ret_view->target = side->target.data;
	ret_view->scene = &side->scene;
	return r;
}

/* Looks anew where the position is another one than at the last look. */
static int look(struct side *side)
{
	struct cr2_position at = cr2_session_at(side->session);
	struct cr2_scene_change *changes = NULL;
	struct cr2_scene scene;
	size_t n = 0;
	int r;

	if (side->has_changes && cr2_position_compare(&side->scene.at, &at) == 0)
		return 0;
	r = cr2_session_scene(side->session, &scene);
	if (r < 0)
		return r;
	if (side->has_scene)
		r = cr2_scene_compare(&side->scene, &scene, &changes, &n);
	/* None is no list either, but there was something to compare. */
	if (r == 0 && side->has_scene && !changes)
		changes = calloc(1, sizeof(*changes));
	if (r < 0) {
		cr2_scene_finish(&scene);
		return r;
	}
	cr2_scene_finish(&side->scene);
	free(side->changes);
	side->scene = scene;
	side->changes = changes;
	side->n_changes = n;
	side->has_scene = side->has_changes = true;
	return 0;
}

/* The scene here, with what changed since the one before. rows: as in struct cr2_view_scene. */
int WEB_EXPORT(web_scene)(unsigned i, unsigned rows)
{
	struct cr2_text *out = web_begin();
	struct cr2_view_scene view;
	struct cr2_places places = {0};
	int r = look(&sides[i]);

	if (r == 0)
		r = view_of(&sides[i], &places, &view);
	if (r == 0) {
		view.changes = sides[i].changes;
		view.n_changes = sides[i].n_changes;
		view.rows = rows;
		r = cr2_view_scene_json(&view, out);
	}
	free((void *)places.items);
	return r;
}

/* What is said of the stage here; before the first step and where a step is done, of all its stages. */
int WEB_EXPORT(web_narrative)(unsigned i, unsigned width, bool whole)
{
	struct cr2_text *out = web_begin();
	struct cr2_style style = web_style(width);
	struct cr2_view_scene v;
	struct cr2_places places = {0};
	int r = view_of(&sides[i], &places, &v);

	if (r == 0 && !v.step.observation)
		r = cr2_text_append(out, "");
	else if (r == 0 && v.stage && !whole)
		r = cr2_view_stage(&v.step, v.stages, v.n_stages, (size_t)(v.stage - v.stages), &style, out);
	else if (r == 0)
		r = cr2_view_narrative(&v.step, v.stages, v.n_stages, &style, out);
	free((void *)places.items);
	return r;
}

/*
 * What going to a position calls is called once, so that a browser has compiled it before somebody waits for it. All is
 * as it was then, what the next scene is compared with, too.
 */
void WEB_EXPORT(web_warm)(unsigned i, unsigned step, unsigned fault, unsigned stage, unsigned rows, unsigned width)
{
	struct side *side = &sides[i];
	const struct side kept = *side;
	struct cr2_position at;

	if (!side->session)
		return;
	at = cr2_session_at(side->session);
	side->scene = (struct cr2_scene){0};
	side->changes = NULL;
	side->has_scene = side->has_changes = false;
	if (web_go(i, step, fault, stage) == 0 && web_scene(i, rows) == 0)
		web_narrative(i, width, false);
	forget_scene(side);
	*side = kept;
	cr2_session_go(side->session, &at);
}
