/* SPDX-License-Identifier: MIT */
/* The model as a target: a fresh one for each scenario. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/run.h>

#include "base/option.h"

struct model_runner {
	struct cr2_runner runner;
	struct cr2_model_config config;
	struct cr2_model *model; /* while a scenario runs */
	unsigned shows; /* of that scenario */
	char reason[160]; /* "": none */
};

static struct model_runner *runner_of(struct cr2_runner *runner)
{
	return (struct model_runner *)runner;
}

static int refuse_kernel(struct model_runner *m, int wanted)
{
	snprintf(m->reason, sizeof(m->reason),
		 "the scenario is for kernel %d.%d or later, the model is %s", wanted / 1000,
		 wanted % 1000, cr2_profile_name(m->config.profile));
	return -EOPNOTSUPP;
}

static int model_begin(struct cr2_runner *runner, const struct cr2_litmus *litmus)
{
	struct model_runner *m = runner_of(runner);
	struct cr2_model_config config = m->config;
	int r;

	m->reason[0] = '\0';
	m->shows = cr2_runner_shows(runner, litmus);
	if (litmus->settings.kernel > cr2_profile_version(config.profile))
		return refuse_kernel(m, litmus->settings.kernel);
	config.thp = litmus->settings.thp;
	config.thp_pages = litmus->settings.thp_pages;
	config.shmem_thp = litmus->settings.shmem_thp;
	config.swap = litmus->settings.swap;
	config.protection_keys = litmus->settings.keys;
	config.hugetlb = litmus->settings.hugetlb;
	config.gigantic = litmus->settings.gigantic;
	config.levels = litmus->settings.levels;
	config.soft_dirty = cr2_litmus_has(litmus, CR2_OP_CLEAR_REFS);
	if (litmus->settings.fault_around_set)
		config.fault_around = litmus->settings.fault_around;
	r = cr2_model_create(&config, &m->model);
	if (r == -EINVAL)
		snprintf(m->reason, sizeof(m->reason), "the model's configuration makes no sense");
	return r;
}

static int model_execute(struct cr2_runner *runner, const struct cr2_op *op,
			 struct cr2_outcome *ret_outcome)
{
	struct model_runner *m = runner_of(runner);
	int r = cr2_model_execute(m->model, op, ret_outcome);

	if (r == -EOPNOTSUPP)
		snprintf(m->reason, sizeof(m->reason), "not modelled: %s",
			 cr2_model_refusal(m->model));
	return r;
}

static int model_snapshot(struct cr2_runner *runner, uint32_t process, uint64_t address, size_t n,
			  struct cr2_page_state *ret_states)
{
	const struct model_runner *m = runner_of(runner);
	uint32_t shown = cr2_marks_shown(m->shows);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = cr2_model_page_state(m->model, process, address + i * CR2_PAGE_SIZE, &ret_states[i]);
		if (shown)
			ret_states[i].marks = shown & cr2_model_page_marks(m->model, process, address + i * CR2_PAGE_SIZE);
	}
	return r;
}

static uint64_t model_alike(struct cr2_runner *runner, uint32_t process, uint64_t address,
			    uint64_t n)
{
	const struct model_runner *m = runner_of(runner);
	struct cr2_page_state page = {0};

	/* Of a large page all are marked alike. */
	if (cr2_marks_shown(m->shows) & cr2_model_page_marks(m->model, process, address) &&
	    (cr2_model_page_state(m->model, process, address, &page) < 0 ||
	     (page.kind != CR2_PAGE_HUGE && page.kind != CR2_PAGE_HUGE_ZERO)))
		return 1;
	return cr2_model_pages_alike(m->model, process, address, n);
}

static void model_recount(struct cr2_runner *runner, struct cr2_page_state *state)
{
	state->mapcount = cr2_model_page_count(runner_of(runner)->model, state);
}

static int model_copy(struct cr2_runner *runner, struct cr2_runner **ret_copy)
{
	struct model_runner *m = runner_of(runner), *copy = malloc(sizeof(*copy));
	int r;

	if (!copy)
		return -ENOMEM;
	*copy = *m;
	copy->model = NULL;
	r = m->model ? cr2_model_copy(m->model, &copy->model) : 0;
	if (r < 0)
		free(copy);
	else
		*ret_copy = &copy->runner;
	return r;
}

/* A scenario that leaves something behind shows a defect of the model. */
static int model_end(struct cr2_runner *runner)
{
	struct model_runner *m = runner_of(runner);
	uint64_t leaks = cr2_model_leaks(m->model);

	cr2_model_destroy(m->model);
	m->model = NULL;
	if (leaks == 0)
		return 0;
	snprintf(m->reason, sizeof(m->reason),
		 "a defect of the model: %" PRIu64 " frames or swap slots did not come back",
		 leaks);
	return -ENOTRECOVERABLE;
}

static const char *model_reason(const struct cr2_runner *runner)
{
	const struct model_runner *m = (const struct model_runner *)runner;

	return m->reason[0] ? m->reason : NULL;
}

static void model_destroy(struct cr2_runner *runner)
{
	cr2_model_destroy(runner_of(runner)->model);
	free(runner);
}

int cr2_runner_model_create(const struct cr2_model_config *config, struct cr2_runner **ret_runner)
{
	static const struct cr2_runner_ops ops = {
		.name = "model",
		.begin = model_begin,
		.execute = model_execute,
		.snapshot = model_snapshot,
		.end = model_end,
		.reason = model_reason,
		.destroy = model_destroy,
		.alike = model_alike,
		.recount = model_recount,
		.copy = model_copy,
	};
	struct model_runner *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->runner.ops = &ops;
	cr2_model_config_init(&m->config, config->profile);
	r = option_take(&m->config, sizeof(m->config), config);
	if (r < 0) {
		free(m);
		return r;
	}
	*ret_runner = &m->runner;
	return 0;
}

struct cr2_model *cr2_runner_model_get(struct cr2_runner *runner)
{
	return runner_of(runner)->model;
}
