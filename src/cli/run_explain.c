/* SPDX-License-Identifier: MIT */
/* Narrates steps: what the model tells of their faults is collected, and handed to the view. */
#include <errno.h>
#include <stdlib.h>

#include "run_explain.h"

static bool is_asked_for(const struct run_explain *explain, const struct cr2_step *step)
{
	unsigned asked = explain->options->explain_step;

	return asked ? asked == step->number
		     : !step->observation || step->observation->n_faults > 0;
}

static void collect(void *data, const struct cr2_stage *stage)
{
	struct run_explain *explain = data;

	if (explain->error == 0)
		explain->error = cr2_grow(&explain->stages, &explain->capacity, explain->n + 1,
					  sizeof(*stage));
	if (explain->error == 0)
		explain->stages[explain->n++] = *stage;
}

static int narrate(struct run_explain *explain, const struct cr2_step *step,
		   const struct cr2_places *places)
{
	const struct cr2_litmus *litmus = explain->litmus;
	const enum cr2_profile profile = explain->options->profile;
	struct cr2_view_step view = {
		.path = litmus->path,
		.source = litmus->source,
		.observation = step->observation,
		.names = &litmus->names,
		.places = places,
		.kernel = profile == CR2_PROFILE_COURSE ? 0 : cr2_profile_version(profile),
		.course = profile == CR2_PROFILE_COURSE,
	};
	struct cr2_style style = cli_style();
	int r;

	if (explain->options->json)
		return cr2_view_stages_json(&view, explain->stages, explain->n, &explain->text);
	r = explain->text.length ? cr2_text_append(&explain->text, "\n") : 0;
	return r < 0 ? r : cr2_view_narrative(&view, explain->stages, explain->n, &style,
					      &explain->text);
}

static int tell(struct run_explain *explain, const struct cr2_step *step)
{
	struct cr2_place *items;
	struct cr2_places places = {.names = &explain->litmus->names};
	int r = cr2_execution_places(step->execution, step->op->process, &items, &places.n);

	if (r < 0)
		return r;
	places.items = items;
	r = narrate(explain, step, &places);
	free(items);
	return r;
}

int run_explain_step(void *data, const struct cr2_step *step)
{
	struct run_explain *explain = data;
	struct cr2_model *model = cr2_runner_model_get(explain->runner);

	if (!is_asked_for(explain, step))
		return 0;
	if (!step->observation) {
		explain->n = 0;
		cr2_model_observe(model, collect, explain);
		return 0;
	}
	cr2_model_observe(model, NULL, NULL);
	explain->told++;
	return explain->error < 0 ? explain->error : tell(explain, step);
}

void run_explain_finish(struct run_explain *explain)
{
	free(explain->stages);
	cr2_text_finish(&explain->text);
}
