/* SPDX-License-Identifier: MIT */
/*
 * Any scenario of bearable size runs in the model, or is refused with a reason; all frames
 * come back; its observations are whole, read back, and agree with themselves.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/run.h>

#include "fuzz.h"

#define PAGES_MAX 4096
#define STEPS_MAX 100

static bool is_bearable(const struct cr2_litmus *litmus)
{
	uint64_t pages = 0, steps = 0;

	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		pages += s->pages;
		steps += cr2_op_is_access(s->kind) ? (uint64_t)(s->ref.last - s->ref.first) + 1 : 1;
	}
	return pages <= PAGES_MAX && steps <= STEPS_MAX;
}

/* The names of the scenario are known, and what is written reads back the same. */
static void check_observations(const struct cr2_observations *list)
{
	struct cr2_text text = {0}, second = {0};
	struct cr2_observations again = {0};
	struct cr2_reader *reader;
	char *rest, *line;

	assert(cr2_observations_to_json(list, &text) == 0);
	assert(cr2_reader_create(&list->names, NULL, &reader) == 0);
	rest = strdup(text.data ? text.data : "");
	assert(rest);
	for (char *at = rest; (line = strsep(&at, "\n")) && *line;)
		assert(cr2_reader_line(reader, line, &again) == 0);
	assert(again.count == list->count);
	assert(cr2_observations_to_json(&again, &second) == 0);
	assert(list->count == 0 || strcmp(text.data, second.data) == 0);
	free(rest);
	cr2_reader_destroy(reader);
	cr2_observations_finish(&again);
	cr2_text_finish(&text);
	cr2_text_finish(&second);
}

static void check_run(const struct cr2_litmus *litmus, const struct cr2_run *run)
{
	struct cr2_differences differences;

	check_observations(&run->observations);
	for (size_t i = 0; i < run->n_failures; i++)
		assert(run->failures[i].observation < run->observations.count);
	assert(cr2_litmus_compare(litmus, run, run, &differences) == 0);
	assert(differences.count == 0);
	cr2_differences_finish(&differences);
}

static void run_on_model(const struct cr2_litmus *litmus, enum cr2_profile profile)
{
	struct cr2_model_config config;
	struct cr2_runner *runner;
	struct cr2_run run;
	int r;

	cr2_model_config_init(&config, profile);
	assert(cr2_runner_model_create(&config, &runner) == 0);
	r = cr2_litmus_run(litmus, runner, NULL, NULL, &run);
	assert(r == 0 || (r == -EOPNOTSUPP && run.reason && *run.reason) || r == -ESRCH);
	check_run(litmus, &run);
	cr2_run_finish(&run);
	cr2_runner_destroy(runner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	if (cr2_litmus_parse("fuzz", (const char *)data, size, &litmus, &diag) < 0) {
		cr2_diag_finish(&diag);
		return 0;
	}
	if (is_bearable(&litmus))
		run_on_model(&litmus, (enum cr2_profile)(size % CR2_PROFILE_COUNT));
	cr2_litmus_finish(&litmus);
	return 0;
}
