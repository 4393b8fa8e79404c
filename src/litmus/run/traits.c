/* SPDX-License-Identifier: MIT */
/* Scenarios on machines that are set apart by a trait (tables/trait.def). */
#include <errno.h>

#include <cr2/run.h>

int cr2_runner_traits(struct cr2_runner *runner, unsigned *ret_traits)
{
	if (runner->ops->traits)
		return runner->ops->traits(runner, ret_traits);
	*ret_traits = 0;
	return 0;
}

/* Of the others the model knows nothing: runners refuse the steps that would show them. */
void cr2_traits_apply(unsigned traits, struct cr2_model_config *config)
{
	config->no_zero_page = traits & CR2_TRAIT(NO_ZERO_PAGE);
	config->no_memory_failure = traits & CR2_TRAIT(NO_MEMORY_FAILURE);
}

static int run_with(const struct cr2_litmus *litmus, enum cr2_profile profile, unsigned traits,
		    struct cr2_run *ret_run)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;
	int r;

	cr2_model_config_init(&config, profile);
	cr2_traits_apply(traits, &config);
	r = cr2_runner_model_create(&config, &runner);
	if (r < 0)
		return r;
	r = cr2_litmus_run(litmus, runner, NULL, NULL, ret_run);
	cr2_runner_destroy(runner);
	return r == -ENOMEM ? r : 0;
}

int cr2_litmus_depends(const struct cr2_litmus *litmus, enum cr2_profile profile, unsigned traits,
		       bool *ret_depends)
{
	struct cr2_run without = {0}, with = {0};
	struct cr2_differences differences = {0};
	int r = 0;

	*ret_depends = false;
	if (!(traits & (CR2_TRAIT(NO_ZERO_PAGE) | CR2_TRAIT(NO_MEMORY_FAILURE))))
		return 0;
	r = run_with(litmus, profile, 0, &without);
	if (r == 0)
		r = run_with(litmus, profile, traits, &with);
	if (r == 0)
		r = cr2_litmus_compare(litmus, &without, &with, &differences);
	*ret_depends = differences.count;
	cr2_differences_finish(&differences);
	cr2_run_finish(&with);
	cr2_run_finish(&without);
	return r;
}
