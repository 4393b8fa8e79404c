/* SPDX-License-Identifier: MIT */
/* cr2 bench model: the model beside this machine's kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_bench.h>

#include "bench/bench.h"
#include "bench_common.h"

static const char doc[] =
	"Measures the model beside this machine's kernel doing the same work, in turns on one "
	"CPU: what a fault, a copied page, an access costs, how much memory a simulated page "
	"takes, and how cost grows with address space and mappings.\v"
	"Costs are medians over rounds, in nanoseconds of this thread's own time. A ratio is the "
	"kernel's cost over the model's. docs/bench.md says what each case does.\n\n"
	"Exit: 0 measured (whether targets are met is said, not judged), 2 bad input, 3 the "
	"kernel does not allow it.";

enum {
	OPTION_JSON = 256,
	OPTION_QUICK,
	OPTION_ROUNDS,
};

static const struct argp_option argp_options[] = {
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a case", 0},
	{"quick", OPTION_QUICK, NULL, 0, "Few rounds of little work: a first look, in seconds", 0},
	{"rounds", OPTION_ROUNDS, "N", 0, "Measure N times, 1 to 10000", 0},
	{0},
};

struct arguments {
	bool json, quick;
	uint64_t rounds; /* 0: not said */
	int exit;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_QUICK:
		a->quick = true;
		return 0;
	case OPTION_ROUNDS:
		a->exit = bench_parse_rounds(arg, &a->rounds);
		return a->exit ? EINVAL : 0;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "bench model: unexpected argument '%s'", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct arguments *a, const struct cr2_bench_report *report)
{
	const struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json ? cr2_view_bench_json(report, &text) : cr2_view_bench(report, &style, &text);

	r = bench_print(r, &text);
	cr2_text_finish(&text);
	return r;
}

static int measure(const struct arguments *a)
{
	struct cr2_bench_report report;
	struct bench_plan plan;
	int r;

	cli_heap_for_models();
	bench_plan_init(&plan, a->quick);
	if (a->rounds)
		plan.rounds = (unsigned)a->rounds;
	plan.progress = bench_progress;
	r = bench_model(&plan, &report);
	cli_progress_end();
	if (r < 0)
		return cli_error(CLI_UNABLE, "bench model: %s", strerror(-r));
	return print(a, &report);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {0};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	r = cli_settle_settings();
	return r ? r : measure(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command bench_model_kind = {
	.name = "model",
	.summary = "the model's speed and memory, beside this machine's kernel doing the same",
	.argp = &argp,
	.run = run,
};
