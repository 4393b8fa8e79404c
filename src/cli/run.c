/* SPDX-License-Identifier: MIT */
/* cr2 run: scenarios in the model, on this kernel, or side by side. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "run.h"

static const char doc[] =
	"Runs litmus files, scripts of memory operations, and shows what each step did.\v"
	"TARGETs, separated by commas, are set side by side, and compared with the first:\n"
	"  model         the model of Linux's page-fault path (the default)\n"
	"  host          the kernel that this machine runs; needs root\n"
	"  guest:VERSION Debian's kernel 6.1 or 6.12 in a virtual machine (QEMU); fetched at first\n\n"
	"Of several files each takes a line, and those that differ are shown whole.\n"
	"With --json one object a step is printed: file by file, in each target by target, as "
	"named.\n\n"
	"Exit: 0 all as expected, 1 targets differ or an expectation failed, 2 bad input, 3 the "
	"kernel or privileges do not allow it, or no file could run.";

enum {
	OPTION_ON = 256,
	OPTION_KERNEL,
	OPTION_JSON,
	OPTION_STATE,
	OPTION_EXPLAIN,
};

static const struct argp_option argp_options[] = {
	{"on", OPTION_ON, "TARGET[,TARGET]", 0, "where to run", 0},
	{"kernel", OPTION_KERNEL, "PROFILE", 0, "the model's kernel: 6.1, 6.12, 6.18 or course; unless told, that of the target beside it", 0},
	{"state", OPTION_STATE, NULL, 0, "show page states too", 0},
	{"explain", OPTION_EXPLAIN, "STEP", OPTION_ARG_OPTIONAL,
	 "narrate the faults of a step, or of every step, as the model makes them", 0},
	{"json", OPTION_JSON, NULL, 0, "print observations, one JSON object a line; with --explain, "
	 "the stages of the faults", 0},
	{"verbose", 'v', NULL, 0, "show every one of several files whole", 0},
	{0},
};

struct arguments {
	struct run_options options;
	const char *on;
	bool kernel_given;
	int exit; /* of a mistake in the arguments; 0: none */
};

static int unknown_word(const char *what, const char *word, const char *const *words, size_t n)
{
	const char *near = cr2_nearest(word, words, n);
	struct cr2_text list = {0};

	if (near)
		return cli_error(CLI_USAGE, "unknown %s '%s'; did you mean '%s'?", what, word,
				 near);
	for (size_t i = 0; i < n; i++)
		cr2_text_printf(&list, "%s%s", i ? ", " : "", words[i]);
	cli_error(CLI_USAGE, "unknown %s '%s'; one of %s", what, word, list.data ? list.data : "");
	cr2_text_finish(&list);
	return CLI_USAGE;
}

static int set_profile(struct run_options *options, const char *word)
{
	const char *names[CR2_PROFILE_COUNT];
	int profile = cr2_profile_parse(word);

	for (int i = 0; i < CR2_PROFILE_COUNT; i++)
		names[i] = cr2_profile_name((enum cr2_profile)i);
	if (profile < 0)
		return unknown_word("kernel", word, names, CR2_PROFILE_COUNT);
	options->profile = (enum cr2_profile)profile;
	return 0;
}

static int add_file(struct run_options *options, char *path)
{
	char **files = realloc(options->files, (options->n_files + 1) * sizeof(*files));

	if (!files)
		return ENOMEM;
	options->files = files;
	options->files[options->n_files++] = path;
	return 0;
}

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
		a->exit = set_profile(&a->options, arg);
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
	case 'v':
		a->options.verbose = true;
		break;
	case ARGP_KEY_ARG:
		return add_file(&a->options, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->exit ? EINVAL : 0;
}

/* The model under the profile. */
static int create_model(const struct run_options *options, struct run_target *target)
{
	struct cr2_model_config config;
	struct cr2_text name = {0};
	int r;

	cr2_model_config_init(&config, options->profile);
	target->is_model = true;
	r = cr2_text_printf(&name, "model %s", cr2_profile_name(options->profile));
	target->name = name.data;
	return r == 0 ? cr2_runner_model_create(&config, &target->runner) : r;
}

/* "host 6.18.44": the release without what distributions append. */
static int create_host(const struct run_options *options, struct run_target *target)
{
	struct cr2_text name = {0};
	struct utsname uts;
	int r;

	(void)options;
	if (uname(&uts) < 0)
		return -errno;
	r = cr2_text_printf(&name, "host %.*s", (int)strspn(uts.release, "0123456789."),
			    uts.release);
	target->name = name.data;
	return r == 0 ? cr2_runner_host_create(&target->runner) : r;
}

/* What lasts is told to who watches. */
static void tell_progress(void *data, const char *what)
{
	(void)data;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "cr2: %s\n", what);
}

static int create_guest(struct run_target *target, const char *version)
{
	struct cr2_text name = {0}, reason = {0};
	int r = cr2_text_printf(&name, "guest %s", version);

	target->name = name.data;
	if (r == 0)
		r = cr2_runner_guest_create(version, tell_progress, NULL, &target->runner, &reason);
	if (r < 0)
		r = cli_error(CLI_UNABLE, "guest:%s: %s", version,
			      reason.data ? reason.data : strerror(-r));
	cr2_text_finish(&reason);
	return r;
}

#define TARGETS_MAX 16
static int unknown_target(const char *word)
{
	char words[TARGETS_MAX][16] = {"model", "host"};
	const char *names[TARGETS_MAX];
	size_t n = 2;

	for (size_t i = 0; cr2_guest_version(i) && n < TARGETS_MAX; i++)
		snprintf(words[n++], sizeof(words[0]), "guest:%s", cr2_guest_version(i));
	for (size_t i = 0; i < n; i++)
		names[i] = words[i];
	return unknown_word("target", word, names, n);
}

static bool is_guest(const char *word)
{
	for (size_t i = 0; cr2_guest_version(i); i++)
		if (strncmp(word, "guest:", 6) == 0 && strcmp(word + 6, cr2_guest_version(i)) == 0)
			return true;
	return false;
}

static int add_target(struct run_options *options, const char *word)
{
	struct run_target *target = &options->targets[options->n_targets];
	int r;

	if (options->n_targets == CR2_VIEW_COLUMNS)
		return cli_error(CLI_USAGE, "at most %d targets", CR2_VIEW_COLUMNS);
	if (strcmp(word, "model") != 0 && strcmp(word, "host") != 0 && !is_guest(word))
		return unknown_target(word);
	options->n_targets++;
	if (is_guest(word))
		return create_guest(target, word + 6);
	r = strcmp(word, "model") == 0 ? create_model(options, target) : create_host(options, target);
	return r < 0 ? cli_error(CLI_UNABLE, "%s: %s", word, strerror(-r)) : 0;
}

/* The newest kernel that the model knows and that is not newer than the release. */
static enum cr2_profile profile_for(const char *release)
{
	enum cr2_profile best = CR2_PROFILE_6_1;
	unsigned major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return CR2_PROFILE_6_18;
	for (int i = 0; i < CR2_PROFILE_COURSE; i++)
		if (cr2_profile_version((enum cr2_profile)i) <= (int)(major * 1000 + minor))
			best = (enum cr2_profile)i;
	return best;
}

/* The model beside a kernel is that kernel's, unless the user says otherwise. */
static void follow_target(struct run_options *options, const char *on)
{
	const char *guest = strstr(on, "guest:");
	struct utsname uts;

	if (guest)
		options->profile = profile_for(guest + 6);
	else if (strstr(on, "host") && uname(&uts) == 0)
		options->profile = profile_for(uts.release);
}

static int add_targets(struct run_options *options, const char *on)
{
	char *words = strdup(on), *rest = words, *word;
	int r = words ? 0 : cli_error(CLI_UNABLE, "out of memory");

	while (r == 0 && (word = strsep(&rest, ",")))
		r = add_target(options, word);
	free(words);
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
				 "--explain tells what the model does; add 'model' to --on");
	return 0;
}

static void print_sum(const struct run_options *options, const size_t counts[RUN_VERDICTS])
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

	printf("%zu files", options->n_files);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(order); i++) {
		if (!counts[order[i]])
			continue;
		printf("%s%zu %s", comma, counts[order[i]], names[order[i]]);
		comma = ", ";
	}
	putchar('\n');
}

static int exit_code(const struct run_options *options, const size_t counts[RUN_VERDICTS])
{
	if (counts[RUN_BAD_INPUT])
		return CLI_USAGE;
	if (counts[RUN_DIFFERED] || counts[RUN_FAILED])
		return CLI_DIFFERENT;
	if (counts[RUN_UNABLE] || counts[RUN_SKIPPED] == options->n_files)
		return CLI_UNABLE;
	return CLI_OK;
}

static int run_files(const struct run_options *options)
{
	size_t counts[RUN_VERDICTS] = {0};

	for (size_t i = 0; i < options->n_files; i++)
		counts[run_scenario(options, options->files[i])]++;
	if (options->n_files > 1 && !options->json)
		print_sum(options, counts);
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	return exit_code(options, counts);
}

static void options_finish(struct run_options *options)
{
	for (size_t i = 0; i < options->n_targets; i++) {
		cr2_runner_destroy(options->targets[i].runner);
		free(options->targets[i].name);
	}
	free(options->files);
}

int cli_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.args_doc = "FILE...",
		.doc = doc,
	};
	struct arguments a = {.options = {.profile = CR2_PROFILE_6_18}, .on = "model"};
	int r;

	argp_err_exit_status = CLI_USAGE;
	r = argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (r)
		r = a.exit ? a.exit : cli_error(CLI_UNABLE, "%s", strerror(r));
	else if (a.options.n_files == 0)
		r = cli_error(CLI_USAGE, "run: expected a litmus file; '-' reads standard input");
	if (r == 0 && !a.kernel_given)
		follow_target(&a.options, a.on);
	if (r == 0)
		r = add_targets(&a.options, a.on);
	if (r == 0)
		r = check_options(&a);
	if (r == 0)
		r = run_files(&a.options);
	options_finish(&a.options);
	return r;
}
