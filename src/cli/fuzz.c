/* SPDX-License-Identifier: MIT */
/* cr2 fuzz: random scenarios in the model and on a kernel, compared; its options. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "fuzz.h"

#define STEPS 10000 /* unless the user says how long */
#define FINDINGS 10

static const char doc[] =
	"Makes random scenarios, runs each in the model and on a kernel, and compares every step: "
	"results, faults, values, page states.\v"
	"TARGET is host (the default; needs root) or guest:VERSION, Debian's kernel 6.1 or 6.12 in "
	"a virtual machine; with model, kernels that the model knows are compared with 6.18. A "
	"disagreement is reduced to a small scenario and saved with what both "
	"sides did; one that does not come again is called unstable. A seed makes the same scenarios "
	"everywhere. Ctrl-C ends it with the summary.\n\n"
	"Exit: 0 no difference, 1 a difference or another finding, 2 usage, 3 the kernel or "
	"privileges do not allow it or a finding could not be saved; without a finding 130 after "
	"Ctrl-C, 143 after SIGTERM. docs/fuzz.md says more.";

enum {
	OPTION_SEED = 256,
	OPTION_STEPS,
	OPTION_SECONDS,
	OPTION_JOBS,
	OPTION_ON,
	OPTION_KERNEL,
	OPTION_OUT,
	OPTION_MAX,
	OPTION_JSON,
	OPTION_PRINT,
	OPTION_GIGANTIC,
	OPTION_LEVELS,
};

static const struct argp_option argp_options[] = {
	{"levels", OPTION_LEVELS, "4|5", 0, "Levels of the page tables; default: 4. Five need a CPU with LA57; guests have it", 0},
	{"gigantic", OPTION_GIGANTIC, NULL, 0, "Scenarios with pages of 1 GiB alone, which take seconds each", 0},
	{"seed", OPTION_SEED, "N", 0, "Seed of the scenarios; default: random, and printed", 0},
	{"steps", OPTION_STEPS, "N", 0, "End after N steps; default: 10000 unless --seconds is given", 0},
	{"seconds", OPTION_SECONDS, "N", 0, "End after N seconds", 0},
	{"jobs", OPTION_JOBS, "N", 0, "Work in N processes, each with its own target; default: 1", 0},
	{"on", OPTION_ON, "TARGET", 0, "The kernel to compare with; default: host", 0},
	{"kernel", OPTION_KERNEL, "PROFILE", 0, "The model's kernel; default: that of the target", 0},
	{"out", OPTION_OUT, "DIR", 0, "Folder for what is found; default: cr2-fuzz", 0},
	{"max", OPTION_MAX, "N", 0, "End after N findings; default: 10", 0},
	{"json", OPTION_JSON, NULL, 0, "Print one JSON object a finding, and one for the summary", 0},
	{"print", OPTION_PRINT, "N", 0, "Print the first N scenarios, and run nothing", 0},
	{0},
};

struct arguments {
	struct fuzz_options options;
	bool seeded, kernel_given;
	uint64_t print; /* scenarios; 0: run them */
	uint64_t levels; /* of page tables; 0: as the default */
	int exit; /* of a mistake in the arguments; 0: none */
};

static int set_seconds(struct fuzz_options *options, const char *word)
{
	char *end;
	double value = strtod(word, &end);

	if (end == word || *end || !(value > 0 && value < 1e9))
		return cli_error(CLI_USAGE, "--seconds: '%s' is not a positive number", word);
	options->seconds = value;
	return 0;
}

static int set_jobs(struct fuzz_options *options, const char *word)
{
	uint64_t jobs;
	int code = cli_number("jobs", word, 1, FUZZ_JOBS_MAX, &jobs);

	if (code == 0)
		options->jobs = (unsigned)jobs;
	return code;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct fuzz_options *options = &a->options;

	switch (key) {
	case OPTION_SEED:
		a->seeded = true;
		a->exit = cli_number("seed", arg, 0, UINT64_MAX, &options->seed);
		break;
	case OPTION_STEPS:
		a->exit = cli_number("steps", arg, 1, UINT64_MAX, &options->steps);
		break;
	case OPTION_SECONDS:
		a->exit = set_seconds(options, arg);
		break;
	case OPTION_JOBS:
		a->exit = set_jobs(options, arg);
		break;
	case OPTION_ON:
		options->on = arg;
		a->exit = target_check(arg);
		break;
	case OPTION_KERNEL:
		a->kernel_given = true;
		a->exit = target_profile(arg, &options->profile);
		break;
	case OPTION_OUT:
		options->out = arg;
		break;
	case OPTION_MAX:
		a->exit = cli_number("max", arg, 1, UINT64_MAX, &options->max);
		break;
	case OPTION_JSON:
		options->json = true;
		break;
	case OPTION_GIGANTIC:
		options->generator.gigantic = true;
		break;
	case OPTION_LEVELS:
		a->exit = cli_number("levels", arg, 4, 5, &a->levels);
		options->generator.five_levels = a->levels == 5;
		break;
	case OPTION_PRINT:
		a->exit = cli_number("print", arg, 1, UINT64_MAX, &a->print);
		break;
	case ARGP_KEY_ARG:
		a->exit = cli_error(CLI_USAGE, "fuzz: unexpected '%s': scenarios are made, not given",
				    arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

static void choose_defaults(struct arguments *a)
{
	struct fuzz_options *options = &a->options;

	if (!a->seeded && getrandom(&options->seed, sizeof(options->seed), 0) < 0)
		options->seed = (uint64_t)(cli_now() * 1e9);
	if (!a->kernel_given)
		options->profile = target_kernel(options->on);
	if (!options->steps && options->seconds <= 0)
		options->steps = STEPS;
	options->style = cli_style();
}

static int print_scenarios(const struct arguments *a)
{
	int r = 0;

	for (uint64_t i = 0; i < a->print && r == 0; i++) {
		struct cr2_text text = {0};

		r = cr2_litmus_generate(cr2_generator_seed(a->options.seed, i), &a->options.generator,
					&text);
		if (r == 0)
			printf("%s%s", i ? "\n" : "", text.data);
		cr2_text_finish(&text);
	}
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = -errno;
	return r < 0 ? cli_error(CLI_UNABLE, "%s", strerror(-r)) : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct arguments a = {.options = {
		.jobs = 1,
		.max = FINDINGS,
		.on = "host",
		.out = "cr2-fuzz",
		.generator = {.size = sizeof(struct cr2_generator), .statements = FUZZ_STATEMENTS, .thp = true, .swap = true,
			      .fault_around = true, .keys = true, .hugetlb = true, .numa = true, .soft_dirty = true, .ksm = true},
	}};
	int r;

	r = cli_parse(self, argc, argv, &a);
	if (r)
		return a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	choose_defaults(&a);
	return a.print ? print_scenarios(&a) : fuzz_pool(&a.options);
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = doc,
};

const struct cli_command cli_fuzz = {
	.name = "fuzz",
	.summary = "compare the model with a kernel, by random scenarios",
	.argp = &argp,
	.run = run,
};
