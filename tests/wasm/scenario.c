/* SPDX-License-Identifier: MIT */
/*
 * scenario state|explain FILE...: what `cr2 run --state` or `--explain` prints of each file, by the
 * same code on the pure set, with nothing of an operating system: what a browser has. JSON is
 * jansson's, which is not built for it, so that is left out.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"

int cli_error(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

int cli_diag(struct cr2_diag *diag)
{
	cli_error(CLI_USAGE, "%s:%u: %s", diag->path, diag->line, diag->message);
	cr2_diag_finish(diag);
	return CLI_USAGE;
}

struct cr2_style cli_style(void)
{
	return (struct cr2_style){.width = 100};
}

void cli_print_safe(const char *s)
{
	fputs(s, stdout);
}

void cli_tell_console(const char *name, const char *lines)
{
	fprintf(stderr, "%s: %s\n", name, lines);
}

int cr2_view_run_json(const struct cr2_view_run *run, struct cr2_text *text)
{
	(void)run;
	(void)text;
	return -ENOSYS;
}

int cr2_view_stages_json(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
			 struct cr2_text *text)
{
	(void)step;
	(void)stages;
	(void)n;
	(void)text;
	return -ENOSYS;
}

/* Each on a model of its own, as a run of the program would. */
static int run_file(const char *mode, const char *path)
{
	static char name[] = "model 6.18";
	struct run_options options = {
		.profile = CR2_PROFILE_6_18,
		.state = strcmp(mode, "state") == 0,
		.explain = strcmp(mode, "explain") == 0,
		.n_targets = 1,
		.files = {.n = 1},
		.targets = {{.name = name, .is_model = true}},
	};
	struct cr2_model_config config;
	struct run_tally tally = {0};

	cr2_model_config_init(&config, options.profile);
	if (cr2_runner_model_create(&config, &options.targets[0].runner) < 0)
		return -1;
	run_scenario(&options, path, &tally);
	cr2_runner_destroy(options.targets[0].runner);
	return tally.files[RUN_AGREED] + tally.files[RUN_SKIPPED] == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 2; i < argc; i++)
		failed |= run_file(argv[1], argv[i]);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
