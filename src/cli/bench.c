/* SPDX-License-Identifier: MIT */
/* cr2 bench: dispatches to what is to be measured. */
#include <string.h>

#include "bench.h"
#include "cli.h"

static const struct cli_command kinds[] = {
	{"model", "the model's speed and memory, beside this machine's kernel doing the same",
	 bench_cli_model},
};

static void usage(FILE *stream)
{
	fputs("usage: cr2 bench KIND [OPTION...]\n\n", stream);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++)
		fprintf(stream, "  %-8s %s\n", kinds[i].name, kinds[i].summary);
	fputs("\ncr2 bench KIND --help tells more of each.\n", stream);
}

static int unknown(const char *word)
{
	const char *names[CR2_ARRAY_SIZE(kinds)];
	const char *near;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++)
		names[i] = kinds[i].name;
	near = cr2_nearest(word, names, CR2_ARRAY_SIZE(kinds));
	if (near)
		return cli_error(CLI_USAGE, "bench: unknown kind '%s'; did you mean '%s'?", word, near);
	return cli_error(CLI_USAGE, "bench: unknown kind '%s'; see 'cr2 bench --help'", word);
}

static int dispatch(const struct cli_command *kind, int argc, char **argv)
{
	char name[64];

	snprintf(name, sizeof(name), "cr2 bench %s", kind->name);
	argv[1] = name;
	return kind->run(argc - 1, argv + 1);
}

int cli_bench(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0) {
		usage(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, argv[1]) == 0)
			return dispatch(&kinds[i], argc, argv);
	return unknown(argv[1]);
}
