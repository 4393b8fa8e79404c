/* SPDX-License-Identifier: MIT */
/* cr2 bench: dispatches to what is to be measured; without a kind, what faults cost. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

const struct cli_command bench_kinds[BENCH_KINDS] = {
	{"model", "the model's speed and memory, beside this machine's kernel doing the same",
	 bench_cli_model},
	{"questions", "the course's questions, with this machine's numbers", bench_cli_questions},
};

int bench_parse_rounds(const char *word, uint64_t *ret_rounds)
{
	uint64_t rounds;

	if (cr2_parse_u64(word, &rounds) < 0 || rounds < 1 || rounds > 10000)
		return cli_error(CLI_USAGE, "--rounds: '%s' is not a number from 1 to 10000", word);
	*ret_rounds = rounds;
	return 0;
}

static void show_progress(unsigned round, unsigned rounds)
{
	fprintf(stderr, "\rcr2: round %u of %u ", round + 1, rounds);
}

void (*bench_progress(void))(unsigned round, unsigned rounds)
{
	return isatty(STDERR_FILENO) ? show_progress : NULL;
}

void bench_progress_over(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

int bench_print(int r, const struct cr2_text *text)
{
	if (r < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	if (fputs(text->data ? text->data : "", stdout) == EOF || fflush(stdout) != 0)
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	return CLI_OK;
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
	for (size_t i = 0; argc > 1 && i < BENCH_KINDS; i++)
		if (strcmp(bench_kinds[i].name, argv[1]) == 0)
			return dispatch(&bench_kinds[i], argc, argv);
	return bench_cli_costs(argc, argv);
}
