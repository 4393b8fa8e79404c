/* SPDX-License-Identifier: MIT */
/* What this machine's kernel says of a scenario that a learner predicts: run once an exercise, where that is allowed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "target.h"

struct learn_kernel {
	struct target target; /* without a runner: it was not asked yet, or cannot be */
	bool unable; /* and the learner was told why */
	/* The exercise that was run, if any was. */
	bool there;
	enum cr2_exercise_kind kind;
	uint64_t seed;
	unsigned level;
	enum cr2_profile profile;
	struct cr2_litmus litmus;
	struct cr2_run runs[2]; /* the model's, the kernel's */
	struct cr2_differences differences;
	bool explained; /* all of them are due to trait */
	enum cr2_trait trait;
};

struct learn_kernel *learn_kernel_create(void)
{
	return calloc(1, sizeof(struct learn_kernel));
}

static void forget(struct learn_kernel *k)
{
	if (!k->there)
		return;
	cr2_differences_finish(&k->differences);
	for (int i = 0; i < 2; i++)
		cr2_run_finish(&k->runs[i]);
	cr2_litmus_finish(&k->litmus);
	k->there = false;
}

void learn_kernel_destroy(struct learn_kernel *k)
{
	if (!k)
		return;
	forget(k);
	target_finish(&k->target);
	free(k);
}

static const char *scenario_of(const struct cr2_exercise *e)
{
	for (size_t i = 0; i < e->n_given; i++)
		if (strcmp(e->given[i].key, cr2_key_name(CR2_KEY_SCENARIO)) == 0)
			return e->given[i].text;
	return NULL;
}

/* The model of answers has nothing that sets this machine apart. */
static int run_model(const struct learn_kernel *k, enum cr2_profile profile, unsigned traits, struct cr2_run *ret_run)
{
	struct target model;
	int r = target_create("model", profile, traits, &model);

	if (r != CLI_OK)
		return -ENOMEM;
	r = cr2_litmus_run(&k->litmus, model.runner, NULL, NULL, ret_run);
	target_finish(&model);
	return r;
}

/* Does the kernel do what the model does with a trait? */
static int is_explained(const struct learn_kernel *k, enum cr2_profile profile, enum cr2_trait trait, bool *ret_explained)
{
	struct cr2_differences differences = {0};
	struct cr2_run run = {0};
	int r = run_model(k, profile, 1U << trait, &run);

	if (r == 0)
		r = cr2_litmus_compare(&k->litmus, &run, &k->runs[1], &differences);
	*ret_explained = differences.count == 0;
	cr2_differences_finish(&differences);
	cr2_run_finish(&run);
	return r;
}

static int explain(struct learn_kernel *k, enum cr2_profile profile)
{
	bool explained = false;
	int r = 0;

	for (unsigned i = 0; i < CR2_TRAIT_COUNT && r == 0 && !explained; i++) {
		k->trait = (enum cr2_trait)i;
		if (k->target.traits >> i & 1)
			r = is_explained(k, profile, k->trait, &explained);
	}
	k->explained = explained;
	return r;
}

static int compare(struct learn_kernel *k, const struct cr2_exercise *e)
{
	int r = run_model(k, e->profile, 0, &k->runs[0]);

	if (r == 0)
		r = cr2_litmus_run(&k->litmus, k->target.runner, NULL, NULL, &k->runs[1]);
	if (r == 0)
		r = cr2_litmus_compare(&k->litmus, &k->runs[0], &k->runs[1], &k->differences);
	return r == 0 && k->differences.count ? explain(k, e->profile) : r;
}

/* 0, or a negative errno, where runs[1].reason may say why. */
static int run(struct learn_kernel *k, const struct cr2_exercise *e)
{
	const char *text = scenario_of(e);
	struct cr2_diag diag = {0};
	int r;

	if (k->there && k->kind == e->kind && k->seed == e->seed && k->level == e->level && k->profile == e->profile)
		return 0;
	forget(k);
	if (!k->target.runner && target_create("host", e->profile, 0, &k->target) != CLI_OK)
		return -EOPNOTSUPP;
	r = cr2_litmus_parse("scenario", text, strlen(text), &k->litmus, &diag);
	cr2_diag_finish(&diag);
	if (r < 0)
		return r;
	memset(k->runs, 0, sizeof(k->runs));
	k->differences = (struct cr2_differences){0};
	k->there = true;
	k->explained = false;
	k->kind = e->kind;
	k->seed = e->seed;
	k->level = e->level;
	k->profile = e->profile;
	return compare(k, e);
}

/* The first difference up to a line, 0: any, in words. */
static int find_difference(const struct learn_kernel *k, unsigned line, struct cr2_lesson_kernel *said,
			   struct cr2_text *texts)
{
	const struct cr2_view_column columns[] = {
		{.name = "model", .observations = &k->runs[0].observations},
		{.name = k->target.name, .observations = &k->runs[1].observations},
	};
	struct cr2_view_run run = {.n_columns = 2, .columns = columns};
	int r = 0;

	for (size_t i = 0; i < k->differences.count && !said->differs; i++) {
		struct cr2_difference d = k->differences.items[i];
		unsigned at = d.observation < k->runs[0].observations.count ?
			      k->runs[0].observations.items[d.observation].line : 0;

		if (line && at > line)
			continue;
		d.column = 1;
		for (int side = 0; side < 2 && r == 0; side++)
			r = cr2_view_difference_side(&run, &d, side, &texts[side]);
		said->differs = at;
		said->right = texts[0].data;
		said->seen = texts[1].data;
		said->trait = k->explained ? &k->trait : NULL;
	}
	return r;
}

int learn_kernel_say(struct learn_kernel *k, const struct cr2_exercise *e, unsigned line, const struct cr2_style *style,
		     struct cr2_text *text)
{
	struct cr2_lesson_kernel said = {.line = line};
	struct cr2_text words[2] = {0};
	int r;

	if (k->unable || !scenario_of(e))
		return 0;
	r = run(k, e);
	if (r == -ENOMEM)
		return r;
	said.name = k->target.name;
	if (r < 0) {
		said.reason = k->there && k->runs[1].reason ? k->runs[1].reason : strerror(-r);
		/* Of this scenario alone, or of all. */
		k->unable = r != -EOPNOTSUPP;
	}
	r = r < 0 ? 0 : find_difference(k, line, &said, words);
	if (r == 0)
		r = cr2_view_lesson_kernel(&said, style, text);
	if (said.reason)
		forget(k);
	for (int i = 0; i < 2; i++)
		cr2_text_finish(&words[i]);
	return r;
}
