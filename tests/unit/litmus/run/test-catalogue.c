/* SPDX-License-Identifier: MIT */
/* What the catalogue expects, in the model of each kernel that a scenario holds for. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/run.h>

#include "../../test.h"

/* False: the scenario is not for this kernel. */
static bool run(const char *path, enum cr2_profile profile)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	struct cr2_run result;
	int r;

	if (cr2_litmus_load(path, &litmus, &diag) < 0)
		fail_msg("%s:%u: %s", path, diag.line, diag.message);
	cr2_model_config_init(&config, profile);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	r = cr2_litmus_run(&litmus, runner, NULL, NULL, &result);
	if (r < 0 && r != -EOPNOTSUPP)
		fail_msg("%s: %s", path, result.reason);
	for (size_t i = 0; i < result.n_failures; i++)
		fail_msg("%s:%u: %s: expected %s, seen %s", path, result.failures[i].line,
			 cr2_profile_name(profile), result.failures[i].expected,
			 result.failures[i].seen);
	cr2_run_finish(&result);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	return r == 0;
}

static void expectations_hold(void **state)
{
	static const enum cr2_profile profiles[] = {
		CR2_PROFILE_6_1, CR2_PROFILE_6_12, CR2_PROFILE_6_18};
	char pattern[4096];
	size_t ran = 0;
	glob_t files;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/../../catalogue/*/*.litmus", getenv("CR2_TEST_SOURCE"));
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		for (size_t p = 0; p < CR2_ARRAY_SIZE(profiles); p++)
			ran += run(files.gl_pathv[i], profiles[p]);
	assert_in_range(ran, 2 * files.gl_pathc, 3 * files.gl_pathc);
	globfree(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expectations_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
