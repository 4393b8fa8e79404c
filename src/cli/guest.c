/* SPDX-License-Identifier: MIT */
/* The other end of `run --on guest:VERSION`: what cr2 does inside the guest. Not for people. */
#include <stdio.h>
#include <string.h>

#include <cr2/guest_runner.h>

#include "cli.h"

int cli_guest_init(int argc, char **argv)
{
	(void)argc;
	int r = cr2_guest_init();

	return cli_error(CLI_USAGE, "%s is PID 1 of a guest that 'cr2 run --on guest:VERSION' boots: %s",
			 argv[0], strerror(-r));
}

int cli_guest_serve(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	int r = cr2_guest_serve(stdin, stdout);

	return r < 0 ? cli_error(CLI_UNABLE, "guest-serve: %s", strerror(-r)) : CLI_OK;
}
