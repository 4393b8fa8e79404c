/* SPDX-License-Identifier: MIT */
/* The other end of `run --on guest:VERSION` and `learn counter`: what cr2 does inside the guest. Not for people. */
#include <stdio.h>
#include <string.h>

#include <cr2/guest_counter.h>
#include <cr2/guest_runner.h>

#include "cli.h"

static int run_init(const struct cli_command *self, int argc, char **argv)
{
	int r = cr2_guest_init();

	(void)argc;
	(void)argv;
	return cli_error(CLI_USAGE, "cr2 %s is PID 1 of a guest that 'cr2 run --on guest:...' boots: %s",
			 self->name, strerror(-r));
}

static int run_serve(const struct cli_command *self, int argc, char **argv)
{
	int r = cr2_guest_serve(stdin, stdout);

	(void)argc;
	(void)argv;
	return r < 0 ? cli_error(CLI_UNABLE, "%s: %s", self->name, strerror(-r)) : CLI_OK;
}

static int run_counter(const struct cli_command *self, int argc, char **argv)
{
	int r = cr2_guest_counter_serve(stdout);

	(void)argc;
	(void)argv;
	return r < 0 ? cli_error(CLI_UNABLE, "%s: %s", self->name, strerror(-r)) : CLI_OK;
}

const struct cli_command cli_guest_init = {.name = "guest-init", .run = run_init};
const struct cli_command cli_guest_serve = {.name = "guest-serve", .run = run_serve};
const struct cli_command cli_guest_counter = {.name = "guest-counter", .run = run_counter};
