/* SPDX-License-Identifier: MIT */
#include "cli.h"

int cli_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return cli_error(CLI_UNABLE, "run: being built");
}
