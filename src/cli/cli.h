/* SPDX-License-Identifier: MIT */
/* What the subcommands share: exit codes, errors, where output goes. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <cr2/base.h>

enum {
	CLI_OK = 0,
	CLI_DIFFERENT = 1, /* a difference or a failed expectation */
	CLI_USAGE = 2, /* usage or bad input */
	CLI_UNABLE = 3, /* the kernel or privileges do not allow it */
};

/* A subcommand gets its own argv: argv[0] is "cr2 NAME". Returns an exit code. */
struct cli_command {
	const char *name;
	const char *summary; /* NULL: not for people, in no list */
	int (*run)(int argc, char **argv);
};

int cli_bench(int argc, char **argv);
int cli_decode(int argc, char **argv);
int cli_decode_log(int argc, char **argv);
int cli_force(int argc, char **argv);
int cli_run(int argc, char **argv);
int cli_fuzz(int argc, char **argv);
int cli_guest_init(int argc, char **argv);
int cli_guest_serve(int argc, char **argv);

/* "cr2: message" on stderr; returns code, so that a caller can return cli_error(...). */
int cli_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A mistake with its place, on stderr; returns CLI_USAGE. Frees what diag holds. */
int cli_diag(struct cr2_diag *diag);

/* Colour on this stream: a terminal, NO_COLOR unset or empty. */
bool cli_colour(FILE *stream);
/* Columns of the terminal on stdout; 100 where it is none. */
unsigned cli_width(void);

#endif
