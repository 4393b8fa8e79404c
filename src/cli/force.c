/* SPDX-License-Identifier: MIT */
/* cr2 force: one page fault of a kind, made on this kernel and looked at from all sides. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <cr2/force.h>
#include <cr2/host.h>
#include <cr2/run.h>
#include <cr2/view_force.h>

#include "target.h"

static const char doc[] =
	"Makes exactly one page fault of each KIND on the kernel that this machine runs, and shows "
	"what was seen of it: error code, address, signal frame, path, counts, and the page before "
	"and after. 'all' makes one of every kind; without KIND they are listed.\v"
	"Every fault is a scenario that 'cr2 run' can run and explain: --scenario prints it. "
	"Tracing faults and reading page frames needs root; without it the faults are made all the "
	"same, and what their process itself can see is shown.\n\n"
	"Exit: 0 all as expected, 1 a fault was not what it should be, 2 bad input, 3 the kernel or "
	"privileges do not allow it.";

enum {
	OPTION_JSON = 256,
	OPTION_SCENARIO,
};

static const struct argp_option argp_options[] = {
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a fault", 0},
	{"scenario", OPTION_SCENARIO, NULL, 0, "Print the scenarios, and make no fault", 0},
	{0},
};

struct arguments {
	bool json, scenario;
	size_t n;
	enum cr2_force *forces;
	int exit; /* of a mistake in the arguments; 0: none */
};

static int add_force(struct arguments *a, enum cr2_force force)
{
	enum cr2_force *forces = realloc(a->forces, (a->n + 1) * sizeof(*forces));

	if (!forces)
		return ENOMEM;
	a->forces = forces;
	a->forces[a->n++] = force;
	return 0;
}

static int add_kind(struct arguments *a, const char *word)
{
	const char *names[CR2_FORCE_COUNT + 1] = {[CR2_FORCE_COUNT] = "all"};
	bool all = strcmp(word, "all") == 0;
	int force = cr2_force_parse(word), r = 0;

	if (force >= 0)
		return add_force(a, (enum cr2_force)force);
	for (int i = 0; i < CR2_FORCE_COUNT; i++) {
		names[i] = cr2_force_name((enum cr2_force)i);
		if (all && r == 0)
			r = add_force(a, (enum cr2_force)i);
	}
	if (all)
		return r;
	a->exit = target_unknown("kind", word, names, CR2_ARRAY_SIZE(names));
	return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_JSON:
		a->json = true;
		return 0;
	case OPTION_SCENARIO:
		a->scenario = true;
		return 0;
	case ARGP_KEY_ARG:
		return add_kind(a, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(struct cr2_text *text, int r)
{
	if (r < 0)
		r = cli_error(CLI_UNABLE, "%s", strerror(-r));
	else if (fputs(text->data, stdout) == EOF || fflush(stdout) != 0)
		r = cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	cr2_text_finish(text);
	return r;
}

/* What a scenario's last line expects. */
static int describe(enum cr2_force force, struct cr2_force_kind *ret_kind)
{
	const char *scenario = cr2_force_scenario(force);
	const struct cr2_expectation *e;
	struct cr2_litmus litmus;
	struct cr2_diag diag;
	int r = cr2_litmus_parse(cr2_force_name(force), scenario, strlen(scenario), &litmus, &diag);

	if (r == -EINVAL)
		cr2_diag_finish(&diag);
	if (r < 0)
		return r;
	e = &litmus.statements[litmus.n_statements - 1].expect;
	*ret_kind = (struct cr2_force_kind){
		.force = force,
		.error_code = e->error_codes[0],
		.major = e->major,
		.path = e->path,
		.result = e->has_result ? e->result : CR2_RESULT_OK,
	};
	cr2_litmus_finish(&litmus);
	return 0;
}

static int list(bool json)
{
	struct cr2_style style = cli_style();
	struct cr2_force_kind kinds[CR2_FORCE_COUNT];
	struct cr2_text text = {0};
	int r = 0;

	for (int i = 0; i < CR2_FORCE_COUNT && r == 0; i++)
		r = describe((enum cr2_force)i, &kinds[i]);
	if (r == 0 && json)
		return print(&text, cr2_view_force_kinds_json(kinds, CR2_FORCE_COUNT, &text));
	if (r == 0)
		r = cr2_view_force_kinds(kinds, CR2_FORCE_COUNT, &style, &text);
	if (r == 0)
		r = cr2_text_append(&text, "\ncr2 force KIND... makes one fault of each kind, "
				    "or of 'all'.\n");
	return print(&text, r);
}

static int print_scenarios(const struct arguments *a)
{
	struct cr2_text text = {0};
	int r = 0;

	for (size_t i = 0; i < a->n && r == 0; i++)
		r = cr2_text_printf(&text, "%s%s", i ? "\n" : "", cr2_force_scenario(a->forces[i]));
	return print(&text, r);
}

static int show(const struct arguments *a, const struct cr2_force_report *report, bool first)
{
	struct cr2_style style = cli_style();
	struct cr2_text text = {0};
	struct utsname uts = {0};
	int r;

	uname(&uts);
	if (a->json)
		return print(&text, cr2_view_force_json(report, uts.release, &text));
	r = first ? 0 : cr2_text_append(&text, "\n");
	return print(&text, r < 0 ? r : cr2_view_force(report, uts.release, &style, &text));
}

/* What was in the way; not again for each kind where it is the same for all. */
static int refuse(const char *name, const char *reason, char **said)
{
	if (*said && strcmp(*said, reason) == 0)
		return CLI_UNABLE;
	free(*said);
	*said = strdup(reason);
	return cli_error(CLI_UNABLE, "force %s: %s", name, reason);
}

/* One kind; the line on stderr says what was in the way. */
static int force(const struct arguments *a, struct cr2_runner *host, size_t i, char **said)
{
	const char *name = cr2_force_name(a->forces[i]);
	struct cr2_force_report report = {0};
	int r = cr2_force_run(host, a->forces[i], &report), shown = 0;

	if (r == 0)
		shown = show(a, &report, i == 0);
	if (r < 0 || !report.traced)
		r = refuse(name, report.reason ? report.reason : strerror(-r), said);
	else if (!cr2_force_holds(&report))
		r = cli_error(CLI_DIFFERENT,
			      "force %s: this is not the one fault that it should be", name);
	cr2_force_report_finish(&report);
	return shown ? shown : r;
}

static int force_all(const struct arguments *a)
{
	struct cr2_runner *host;
	char *said = NULL;
	int r = cr2_runner_host_create(&host), code = CLI_OK;

	if (r < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	cr2_runner_host_watch(host, &cli_settings_watch);
	for (size_t i = 0; i < a->n; i++) {
		r = force(a, host, i, &said);
		code = code == CLI_DIFFERENT || r == CLI_OK ? code : r;
	}
	free(said);
	cr2_runner_destroy(host);
	return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {0};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		r = a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else if (a.n == 0 && a.scenario)
		r = cli_error(CLI_USAGE, "force: --scenario needs a KIND; 'cr2 force' lists them");
	else if (a.n == 0)
		r = list(a.json);
	else
		r = a.scenario ? print_scenarios(&a) : force_all(&a);
	free(a.forces);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "[KIND...]",
	.doc = doc,
};

const struct cli_command cli_force = {
	.name = "force",
	.summary = "make one page fault of a kind on this kernel, and show all of it",
	.argp = &argp,
	.paged = true,
	.run = run,
};
