/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli.h"

int cli_decode(int argc, char **argv)
{
	static char name[] = "cr2 decode log";

	if (argc < 2 || strcmp(argv[1], "log") != 0)
		return cli_error(CLI_UNABLE, "decode: being built");
	argv[1] = name;
	return cli_decode_log(argc - 1, argv + 1);
}
