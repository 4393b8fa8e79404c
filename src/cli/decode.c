/* SPDX-License-Identifier: MIT */
#include "cli.h"

int cli_decode(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return cli_error(CLI_UNABLE, "decode: being built");
}
