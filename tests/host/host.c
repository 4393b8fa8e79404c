/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cr2/settings.h>
#include <cr2/view.h>

#include "host/host.h"
#include "host/setting.h"

#include "host.h"

/* Also what lies in a file system that is not mounted, where glob(3) does not look. */
void host_peek_settings(struct cr2_text *text)
{
	char value[256];

	cr2_text_clear(text);
	for (enum cr2_setting_id id = 0; id < CR2_SETTING_COUNT; id++) {
		glob_t found;

		assert_int_equal(glob(cr2_setting_pattern(id), GLOB_NOCHECK, NULL, &found), 0);
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (setting_read(found.gl_pathv[i], value, sizeof(value)) == 0)
				cr2_text_printf(text, "%s: %s\n", found.gl_pathv[i], value);
		globfree(&found);
	}
}

void host_read_settings(struct cr2_text *text)
{
	int lock = open("/run/cr2/lock", O_RDONLY | O_CLOEXEC);

	/* Who may not wait until others have put theirs back may not change any, either. */
	if (lock < 0 && errno == EACCES) {
		cr2_text_clear(text);
		assert_int_equal(cr2_text_append(text, "not to be changed"), 0);
		return;
	}
	if (lock >= 0)
		assert_int_equal(flock(lock, LOCK_SH), 0);
	host_peek_settings(text);
	if (lock >= 0)
		close(lock);
}

static void parse(const char *text, struct cr2_litmus *ret_litmus)
{
	struct cr2_diag diag = {0};

	if (cr2_litmus_parse("test", text, strlen(text), ret_litmus, &diag) < 0)
		fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
}

int host_create_deriving(struct cr2_runner **ret_runner)
{
	int r = cr2_runner_host_create(ret_runner);

	if (r == 0)
		host_of_runner(*ret_runner)->paths.tried = true;
	return r;
}

/* What keeps this machine from running the simplest scenario; NULL: nothing. */
static void skip_if_unable(void)
{
	static char why[256];
	static int known = 1;
	struct cr2_litmus litmus;
	struct cr2_runner *runner;

	if (known > 0) {
		parse("map m 1 rw", &litmus);
		assert_int_equal(host_create_deriving(&runner), 0);
		known = runner->ops->begin(runner, &litmus);
		snprintf(why, sizeof(why), "%s", known < 0 ? runner->ops->reason(runner) : "");
		cr2_runner_destroy(runner);
		cr2_litmus_finish(&litmus);
	}
	if (known == -EPERM || known == -EOPNOTSUPP)
		test_skip("%s", why);
	assert_int_equal(known, 0);
}

/* skip_if_unable() must have passed. */
static int run_on(struct cr2_runner *runner, const char *text, cr2_step_fn *step, void *data,
		  struct cr2_run *ret_run)
{
	struct cr2_litmus litmus;
	int r;

	parse(text, &litmus);
	r = cr2_litmus_run(&litmus, runner, step, data, ret_run);
	cr2_litmus_finish(&litmus);
	return r;
}

int host_run_stepwise(const char *text, cr2_step_fn *step, void *data, struct cr2_run *ret_run)
{
	struct cr2_text before = {0}, after = {0};
	struct cr2_runner *runner;
	int r;

	skip_if_unable();
	host_read_settings(&before);
	assert_int_equal(host_create_deriving(&runner), 0);
	assert_string_equal(runner->ops->name, "host");
	r = run_on(runner, text, step, data, ret_run);
	cr2_runner_destroy(runner);
	host_read_settings(&after);
	assert_string_equal(after.data, before.data);
	cr2_text_finish(&before);
	cr2_text_finish(&after);
	return r;
}

int host_run(const char *text, struct cr2_run *ret_run)
{
	return host_run_stepwise(text, NULL, NULL, ret_run);
}

/* Does the machine, not the runner, keep the step from meaning what it says? */
static bool is_machines(const struct cr2_run *run)
{
	return run->reason_line == 0 || strstr(run->reason, "on this machine") ||
	       strstr(run->reason, "(PTI)") || strstr(run->reason, "(KASLR)");
}

void host_skip_if_refused(int r, struct cr2_run *run)
{
	char why[512];

	if (r != -EOPNOTSUPP || !is_machines(run))
		return;
	snprintf(why, sizeof(why), "%s", run->reason);
	cr2_run_finish(run);
	test_skip("%s", why);
}

unsigned host_traits(void)
{
	struct cr2_runner *runner;
	unsigned traits;

	skip_if_unable();
	assert_int_equal(host_create_deriving(&runner), 0);
	assert_int_equal(cr2_runner_traits(runner, &traits), 0);
	cr2_runner_destroy(runner);
	return traits;
}

static void assert_no_difference(const struct cr2_litmus *litmus, const struct cr2_run *model,
				 const struct cr2_run *host)
{
	const struct cr2_view_column columns[] = {{.name = "model", .observations = &model->observations},
						  {.name = "host", .observations = &host->observations}};
	const struct cr2_view_run view = {.n_columns = 2, .columns = columns};
	struct cr2_differences differences;
	struct cr2_text sides[2] = {{0}, {0}};

	assert_int_equal(cr2_litmus_compare(litmus, model, host, &differences), 0);
	if (differences.count) {
		for (int i = 0; i < 2; i++)
			cr2_view_difference_side(&view, &differences.items[0], i, &sides[i]);
		fail_msg("step %zu: %s differs from the model's: %s, %s",
			 differences.items[0].observation + 1,
			 cr2_field_name(differences.items[0].field), sides[0].data, sides[1].data);
	}
	cr2_differences_finish(&differences);
}

/* Where what is expected is another machine's, the model knows what this one does. */
static void skip_if_model_agrees(const char *text, const struct cr2_run *host)
{
	unsigned traits = host_traits();
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_litmus litmus;
	struct cr2_run model;
	bool depends;

	parse(text, &litmus);
	assert_int_equal(cr2_litmus_depends(&litmus, CR2_PROFILE_6_18, traits, &depends), 0);
	if (!depends) {
		cr2_litmus_finish(&litmus);
		return;
	}
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	cr2_traits_apply(traits, &config);
	assert_int_equal(cr2_runner_model_create(&config, &runner), 0);
	assert_int_equal(cr2_litmus_run(&litmus, runner, NULL, NULL, &model), 0);
	assert_no_difference(&litmus, &model, host);
	cr2_run_finish(&model);
	cr2_runner_destroy(runner);
	cr2_litmus_finish(&litmus);
	test_skip("as the model does it, and not as expected: %s",
		  cr2_trait_sentence(CR2_TRAIT_NO_ZERO_PAGE));
}

void host_expect(const char *text)
{
	struct cr2_run run;
	int r = host_run(text, &run);

	host_skip_if_refused(r, &run);
	if (r < 0)
		fail_msg("line %u: %d: %s", run.reason_line, r, run.reason);
	if (run.n_failures)
		skip_if_model_agrees(text, &run);
	for (size_t i = 0; i < run.n_failures; i++)
		print_error("line %u: expected %s, seen %s\n", run.failures[i].line,
			    run.failures[i].expected, run.failures[i].seen);
	assert_int_equal(run.n_failures, 0);
	cr2_run_finish(&run);
}

static uint32_t number_of(const struct cr2_name_list *list, const char *name)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], name) == 0)
			return i;
	fail_msg("there is no %s", name);
	return CR2_NO_OBJECT;
}

const char *host_tokens(const struct cr2_run *run, unsigned step, const char *process,
			const char *mapping)
{
	static struct cr2_text text;
	const struct cr2_names *names = &run->observations.names;
	struct cr2_page_list list;
	struct cr2_state *state;

	assert_in_range(step, 1, run->observations.count);
	assert_int_equal(cr2_state_create(&state), 0);
	for (unsigned i = 0; i < step; i++)
		assert_int_equal(cr2_state_apply(state, &run->observations.items[i]), 0);
	assert_int_equal(cr2_state_list(state, number_of(&names->processes, process),
					number_of(&names->mappings, mapping), 0, UINT32_MAX, &list), 0);
	cr2_text_clear(&text);
	assert_int_equal(cr2_page_list_append(names, &list, &text), 0);
	cr2_page_list_finish(&list);
	cr2_state_destroy(state);
	return text.data;
}
