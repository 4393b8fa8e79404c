/* SPDX-License-Identifier: MIT */
/* What cr2 bench and its kinds share. */
#include <errno.h>
#include <string.h>

#include "bench_common.h"

int bench_parse_rounds(const char *word, uint64_t *ret_rounds)
{
	uint64_t rounds;

	if (cr2_parse_u64(word, &rounds) < 0 || rounds < 1 || rounds > 10000)
		return cli_error(CLI_USAGE, "--rounds: '%s' is not a number from 1 to 10000", word);
	*ret_rounds = rounds;
	return 0;
}

void bench_progress(unsigned round, unsigned rounds)
{
	cli_progress("round %u of %u", round + 1, rounds);
}

int bench_print(int r, const struct cr2_text *text)
{
	if (r < 0)
		return cli_error(CLI_UNABLE, "%s", strerror(-r));
	if (fputs(text->data ? text->data : "", stdout) == EOF || fflush(stdout) != 0)
		return cli_error(CLI_UNABLE, "cannot write: %s", strerror(errno));
	return CLI_OK;
}
