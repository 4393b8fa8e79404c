/* SPDX-License-Identifier: MIT */
/* The kinds of cr2 bench, and what it shares with them. */
#ifndef CLI_BENCH_COMMON_H
#define CLI_BENCH_COMMON_H

#include <stdint.h>

#include "cli.h"

extern const struct cli_command bench_model_kind, bench_questions_kind;

/* Returns 0, or an exit code after an error that was printed. */
int bench_parse_rounds(const char *word, uint64_t *ret_rounds);
/* For whoever watches. */
void bench_progress(unsigned round, unsigned rounds);
/* Prints what a view made; r is what it returned. Returns an exit code. */
int bench_print(int r, const struct cr2_text *text);

#endif
