/* SPDX-License-Identifier: MIT */
/* cr2 run: scenarios in the model, on this kernel, or side by side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "run.h"

static const char doc[] =
	"Runs litmus files, scripts of memory operations, and shows what each step did. FILE is a file, a "
	"folder (all .litmus files in it), a name of the catalogue such as cow/child-writes, or - for "
	"standard input.\v"
	"TARGETs, separated by commas, are set side by side, and compared with the first:\n"
	"  model         the model of Linux's page-fault path (the default)\n"
	"  host          the kernel that this machine runs; needs root\n"
	"  guest:VERSION Debian's kernel 6.1 or 6.12 in a virtual machine (QEMU)\n"
	"  guest:IMAGE   your own kernel, such as ./bzImage; or guest:IMAGE,MODULES\n\n"
	"Debian's kernels are downloaded on first use. MODULES is the folder of IMAGE's modules.\n\n"
	"Of several files each takes a line, and those that differ are shown whole.\n"
	"With --json an object a line is printed for each step, failed expectation and difference, and "
	"a summary for each target: docs/LITMUS.md.\n\n"
	"Exit: 0 all as expected, 1 targets differ or an expectation failed, 2 bad input, 3 the "
	"kernel or privileges do not allow it, or no file could run; 125 instead of that for a "
	"guest:IMAGE that does not boot, so that git bisect run skips it (docs/GUEST.md).";

enum {
	OPTION_ON = 256,
	OPTION_KERNEL,
	OPTION_JSON,
	OPTION_STATE,
	OPTION_ENTRIES,
	OPTION_VMAS,
	OPTION_EXPLAIN,
	OPTION_HTML,
};

static const struct argp_option argp_options[] = {
	{"on", OPTION_ON, "TARGET[,TARGET]", 0, "Where to run; default: model", 0},
	{"kernel", OPTION_KERNEL, "PROFILE", 0, "The model's kernel: 6.1, 6.12, 6.18 or course; default: the other target's kernel", 0},
	{"state", OPTION_STATE, NULL, 0, "Show page states too", 0},
	{"entries", OPTION_ENTRIES, NULL, 0, "Show and compare what the pages' entries say, too (docs/LITMUS.md, Entries)", 0},
	{"vmas", OPTION_VMAS, NULL, 0, "Show and compare where mappings begin, too, with a bar before the page", 0},
	{"explain", OPTION_EXPLAIN, "STEP", OPTION_ARG_OPTIONAL,
	 "Narrate the faults of a step, or of every step, as the model makes them", 0},
	{"json", OPTION_JSON, NULL, 0, "Print observations, one JSON object a line; with --explain, "
	 "the stages of the faults", 0},
	{"html", OPTION_HTML, "FILE", 0, "Write a web page to step through it, too (docs/web.md)", 0},
	{"verbose", 'v', NULL, 0, "Show every one of several files whole", 0},
	{0},
};

struct arguments {
	struct run_options options;
	const char *on;
	const char *html;
	bool kernel_given;
	int exit; /* of a mistake in the arguments; 0: none */
};

/* The step stands in the option's own word, or as a number in the next one. */
static int set_explain(struct run_options *options, const char *arg, struct argp_state *state)
{
	const char *next = state->next < state->argc ? state->argv[state->next] : "";
	uint64_t step;

	options->explain = true;
	if (!arg && cr2_parse_u64(next, &step) == 0) {
		arg = next;
		state->next++;
	}
	if (!arg)
		return 0;
	if (cr2_parse_u64(arg, &step) < 0 || step == 0 || step > UINT32_MAX)
		return cli_error(CLI_USAGE, "--explain: '%s' is not the number of a step", arg);
	options->explain_step = (unsigned)step;
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_ON:
		a->on = arg;
		break;
	case OPTION_KERNEL:
		a->kernel_given = true;
		a->exit = target_profile(arg, &a->options.profile);
		break;
	case OPTION_JSON:
		a->options.json = true;
		break;
	case OPTION_EXPLAIN:
		a->exit = set_explain(&a->options, arg, state);
		break;
	case OPTION_STATE:
		a->options.state = true;
		break;
	case OPTION_ENTRIES:
		a->options.state = true;
		a->options.shows |= CR2_SHOW_ENTRIES;
		break;
	case OPTION_VMAS:
		a->options.state = true;
		a->options.shows |= CR2_SHOW_VMAS;
		break;
	case OPTION_HTML:
		a->html = arg;
		break;
	case 'v':
		a->options.verbose = true;
		break;
	case ARGP_KEY_ARG:
		a->options.unfound += find_scenarios(arg, &a->options.files) != CLI_OK;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

/* The model last, since it follows the others' machines: what all of them have in common. */
static int create_targets(struct run_options *options, const char *const *words)
{
	bool any = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < options->n_targets; i++) {
		struct target *target = &options->targets[i];

		if (target_is_model(words[i]))
			continue;
		r = target_create(words[i], options->profile, 0, target);
		options->traits = any ? options->traits & target->traits : target->traits;
		any = true;
	}
	for (size_t i = 0; r == 0 && i < options->n_targets; i++)
		if (target_is_model(words[i]))
			r = target_create(words[i], options->profile, options->traits,
					  &options->targets[i]);
	return r;
}

static int add_targets(struct run_options *options, const char *on)
{
	const char *words[CR2_VIEW_COLUMNS];
	char *copy = strdup(on), *rest = copy, *word;
	int r = copy ? 0 : cli_error(CLI_UNABLE, "out of memory");

	while (r == 0 && (word = target_next(&rest))) {
		if (options->n_targets == CR2_VIEW_COLUMNS)
			r = cli_error(CLI_USAGE, "at most %d targets", CR2_VIEW_COLUMNS);
		else
			r = target_check(words[options->n_targets++] = word);
	}
	if (r == 0)
		r = create_targets(options, words);
	free(copy);
	return r;
}

static bool has_model(const struct run_options *options)
{
	for (size_t i = 0; i < options->n_targets; i++)
		if (options->targets[i].is_model)
			return true;
	return false;
}

static int check_options(const struct arguments *a)
{
	if (a->kernel_given && !has_model(&a->options))
		return cli_error(CLI_USAGE,
				 "--kernel chooses the model's kernel; add 'model' to --on");
	if (a->options.explain && !has_model(&a->options))
		return cli_error(CLI_USAGE,
				 "--explain narrates what the model does; add 'model' to --on");
	if (a->html && (a->options.files.n != 1 || strcmp(a->html, "-") == 0 || strcmp(a->options.files.paths[0], "-") == 0))
		return cli_error(CLI_USAGE, "run: --html FILE takes one scenario, which is in a file");
	return 0;
}

static void print_sum(const struct run_options *options, const struct run_tally *tally)
{
	const char *names[RUN_VERDICTS] = {
		[RUN_AGREED] = options->n_targets > 1 ? "agree" : "ok",
		[RUN_DIFFERED] = "differ",
		[RUN_FAILED] = "failed",
		[RUN_SKIPPED] = "skipped",
		[RUN_UNABLE] = "not allowed",
		[RUN_BAD_INPUT] = "bad input",
	};
	static const enum run_verdict order[] = {RUN_AGREED, RUN_DIFFERED, RUN_FAILED, RUN_SKIPPED,
						 RUN_UNABLE, RUN_BAD_INPUT};
	const char *comma = ": ";

	printf("%zu files", options->files.n + options->unfound);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(order); i++) {
		if (!tally->files[order[i]])
			continue;
		printf("%s%zu %s", comma, tally->files[order[i]], names[order[i]]);
		comma = ", ";
	}
	putchar('\n');
}

/* What the model did otherwise than on the machine that scenarios speak of. */
static void tell_traits(const struct run_options *options, const struct run_tally *tally)
{
	FILE *stream = options->json ? stderr : stdout;
	const struct target *target = options->targets;

	if (!tally->unchecked_files)
		return;
	while (target->is_model)
		target++;
	target_tell_traits(target, stream);
	if (run_is_several(options))
		fprintf(stream, "%zu expectations of %zu files depend on that: not checked\n",
			tally->unchecked, tally->unchecked_files);
}

static bool has_own_kernel(const struct run_options *options)
{
	for (size_t i = 0; i < options->n_targets; i++)
		if (options->targets[i].is_own_kernel)
			return true;
	return false;
}

static int exit_code(const struct run_options *options, const size_t counts[RUN_VERDICTS])
{
	if (counts[RUN_BAD_INPUT])
		return CLI_USAGE;
	if (counts[RUN_DIFFERED] || counts[RUN_FAILED])
		return CLI_DIFFERENT;
	if (counts[RUN_UNABLE])
		return CLI_UNABLE;
	if (counts[RUN_SKIPPED] == options->files.n)
		return has_own_kernel(options) ? CLI_UNTESTED : CLI_UNABLE;
	return CLI_OK;
}

static int run_files(const struct run_options *options)
{
	struct run_tally tally = {.files = {[RUN_BAD_INPUT] = options->unfound}};

	for (size_t i = 0; i < options->files.n; i++)
		run_scenario(options, options->files.paths[i], &tally);
	if (run_is_several(options) && !options->json)
		print_sum(options, &tally);
	tell_traits(options, &tally);
	return exit_code(options, tally.files);
}

/* What could not be read was told by the run. */
static int write_page(const struct arguments *a)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	int r = cr2_litmus_load(a->options.files.paths[0], &litmus, &diag);

	if (r < 0) {
		cr2_diag_finish(&diag);
		return CLI_OK;
	}
	r = page_write("run", a->html, litmus.source, a->options.profile, "");
	cr2_litmus_finish(&litmus);
	return r;
}

static void options_finish(struct run_options *options)
{
	for (size_t i = 0; i < options->n_targets; i++)
		target_finish(&options->targets[i]);
	found_finish(&options->files);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.options = {.profile = CR2_PROFILE_6_18}, .on = "model"};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		r = a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else if (a.options.files.n == 0 && a.options.unfound)
		r = CLI_USAGE;
	else if (a.options.files.n == 0)
		r = cli_error(CLI_USAGE, "run: expected a litmus file, a folder, or a name of the catalogue, such as cow/child-writes; '-' reads "
			      "standard input");
	if (r == 0 && !a.kernel_given)
		a.options.profile = target_kernel(a.on);
	if (r == 0)
		r = add_targets(&a.options, a.on);
	if (r == 0)
		r = check_options(&a);
	if (r == 0)
		r = run_files(&a.options);
	if (a.html && (r == CLI_OK || r == CLI_DIFFERENT) && write_page(&a) != CLI_OK)
		r = CLI_UNABLE;
	options_finish(&a.options);
	return r;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "FILE...",
	.doc = doc,
};

const struct cli_command cli_run = {
	.name = "run",
	.summary = "run a scenario in the model, on this kernel, or compare them",
	.argp = &argp,
	.paged = true,
	.run = run,
};
