/* SPDX-License-Identifier: MIT */
/* cr2 bench: what each fault path costs on this machine, kept as its calibration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/view_bench.h>

#include "bench/costs.h"
#include "bench_common.h"

static const char doc[] =
	"Measures what each fault path costs on this machine, all or the cases named, and keeps it "
	"as this machine's calibration.\v"
	"cr2 bench KIND --help says more of each.\n\n"
	"Costs are medians over rounds. Each round's faults are counted by the kernel, and a round "
	"that took others than its case says does not count. No setting of the system is changed. "
	"docs/bench.md says what each case does.\n\n"
	"Exit: 0 measured, 2 bad input, 3 the kernel does not allow it, or no case could be measured.";

enum {
	OPTION_JSON = 256,
	OPTION_LIST,
	OPTION_NO_SAVE,
	OPTION_QUICK,
	OPTION_ROUNDS,
	OPTION_SAVE,
};

static const struct argp_option argp_options[] = {
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a case", 0},
	{"list", OPTION_LIST, NULL, 0, "Print the cases and measure nothing", 0},
	{"quick", OPTION_QUICK, NULL, 0,
	 "Few rounds of little work: a first look; kept only with --save", 0},
	{"rounds", OPTION_ROUNDS, "N", 0, "Measure N times, 1 to 10000", 0},
	{"save", OPTION_SAVE, "FILE", 0,
	 "Keep the calibration in FILE, not in ~/.local/state/cr2/calibration.json", 0},
	{"no-save", OPTION_NO_SAVE, NULL, 0, "Keep nothing", 0},
	{0},
};

struct arguments {
	bool json, list, quick, no_save;
	const char *save;
	uint64_t rounds; /* 0: not said */
	bool chosen[CR2_COSTS];
	int exit;
};

static const struct cli_command *const kinds[] = {&bench_model_kind, &bench_questions_kind};

static const struct cli_command *bench_kind(size_t i)
{
	return i < CR2_ARRAY_SIZE(kinds) ? kinds[i] : NULL;
}

static error_t unknown(struct arguments *a, const char *word)
{
	const char *names[CR2_COSTS + CR2_ARRAY_SIZE(kinds)];
	const char *near;
	size_t n = 0;

	for (; n < cost_count(); n++)
		names[n] = cost_name(n);
	for (size_t i = 0; bench_kind(i); i++)
		names[n++] = bench_kind(i)->name;
	near = cr2_nearest(word, names, n);
	if (near)
		a->exit = cli_error(CLI_USAGE, "bench: unknown case '%s'; did you mean '%s'?", word, near);
	else
		a->exit = cli_error(CLI_USAGE, "bench: unknown case '%s'; see 'cr2 bench --list'", word);
	return EINVAL;
}

static error_t choose(struct arguments *a, const char *word)
{
	int i = cost_find(word);

	if (i < 0)
		return unknown(a, word);
	a->chosen[i] = true;
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_LIST:
		a->list = true;
		return 0;
	case OPTION_QUICK:
		a->quick = true;
		return 0;
	case OPTION_NO_SAVE:
		a->no_save = true;
		return 0;
	case OPTION_SAVE:
		a->save = arg;
		return 0;
	case OPTION_ROUNDS:
		a->exit = bench_parse_rounds(arg, &a->rounds);
		return a->exit ? EINVAL : 0;
	case ARGP_KEY_ARG:
		return choose(a, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int list(void)
{
	size_t widest = 0;

	for (size_t i = 0; i < cost_count(); i++)
		if (strlen(cost_name(i)) > widest)
			widest = strlen(cost_name(i));
	for (size_t i = 0; i < cost_count(); i++)
		cli_list_row(stdout, 0, widest, cost_name(i), cost_summary(i));
	return CLI_OK;
}

static int print(const struct arguments *a, const struct cr2_calibration *c)
{
	const struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	int r = a->json ? cr2_view_costs_json(c, &text) : cr2_view_costs(c, &style, &text);

	r = bench_print(r, &text);
	cr2_text_finish(&text);
	return r;
}

static int any_measured(const struct cr2_calibration *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->costs[i].ns.n)
			return CLI_OK;
	return cli_error(CLI_UNABLE, c->n == 1 ? "bench: %s: %s" : "bench: no case could be measured: %s: %s",
			 c->costs[0].name, c->costs[0].note);
}

/* What was measured before stays where this run has nothing newer; a damaged file is replaced. */
static int keep(const char *path, const struct cr2_calibration *update)
{
	struct cr2_calibration kept = {0};
	struct cr2_diag diag = {0};
	int r = cr2_calibration_load(path, &kept, &diag);

	if (r == -EOPNOTSUPP)
		return cli_error(CLI_UNABLE, "%s is not a regular file; --save FILE keeps the calibration "
				 "elsewhere, --no-save nowhere", path);
	if (r == -EINVAL)
		cli_diag(&diag);
	cr2_calibration_merge(&kept, update);
	r = cr2_calibration_save(path, &kept);
	if (r < 0)
		return cli_error(CLI_UNABLE, "%s: %s; --save FILE keeps it elsewhere, --no-save nowhere",
				 path, strerror(-r));
	return CLI_OK;
}

static int save(const struct arguments *a, const struct cr2_calibration *c)
{
	struct cr2_text path = {0};
	int r;

	if (a->no_save || (a->quick && !a->save))
		return CLI_OK;
	r = a->save ? cr2_text_append(&path, a->save) : cr2_calibration_path(&path);
	if (r == 0) {
		r = keep(path.data, c);
		if (r == CLI_OK && !a->json)
			fputs("\nkept in ", stdout), cli_print_safe(path.data), putchar('\n');
	} else {
		r = cli_error(CLI_UNABLE, "neither XDG_STATE_HOME nor HOME says where to keep the "
			      "calibration: --save FILE, or --no-save");
	}
	cr2_text_finish(&path);
	return r;
}

static int measure(const struct arguments *a)
{
	struct cr2_calibration c = {0};
	struct cost_plan plan;
	int r;

	cost_plan_init(&plan, a->quick);
	if (a->rounds)
		plan.rounds = (unsigned)a->rounds;
	memcpy(plan.chosen, a->chosen, sizeof(plan.chosen));
	plan.progress = bench_progress;
	r = cost_measure(&plan, &c);
	cli_progress_end();
	if (r < 0)
		return cli_error(CLI_UNABLE, "bench: %s", strerror(-r));
	r = print(a, &c);
	if (r == CLI_OK)
		r = any_measured(&c);
	return r ? r : save(a, &c);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {0};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	if (a.list)
		return list();
	r = cli_settle_settings();
	return r ? r : measure(&a);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[CASE...]\nKIND [OPTION...]",
	.doc = doc,
};

const struct cli_command cli_bench = {
	.name = "bench",
	.summary = "measure what each fault path costs here, and the model beside the kernel",
	.argp = &argp,
	.kind = bench_kind,
	.run = run,
};
