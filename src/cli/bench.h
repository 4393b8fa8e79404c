/* SPDX-License-Identifier: MIT */
/* The kinds of cr2 bench, and what they share. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <stdint.h>

#include "cli.h"

#define BENCH_KINDS 2
extern const struct cli_command bench_kinds[BENCH_KINDS];

int bench_cli_costs(int argc, char **argv);
int bench_cli_model(int argc, char **argv);
int bench_cli_questions(int argc, char **argv);

/* Returns 0, or an exit code after an error that was told. */
int bench_parse_rounds(const char *word, uint64_t *ret_rounds);
/* Tells rounds on stderr where that is a terminal; else NULL. */
void (*bench_progress(void))(unsigned round, unsigned rounds);
void bench_progress_over(void);
/* Prints what a view made; r is what it returned. Returns an exit code. */
int bench_print(int r, const struct cr2_text *text);

#endif
