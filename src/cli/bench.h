/* SPDX-License-Identifier: MIT */
/* The kinds of cr2 bench, and what they share. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <stdint.h>

#include "cli.h"

#define BENCH_KINDS 2
extern const struct cli_command bench_model_kind, bench_questions_kind;
const struct cli_command *bench_kind(size_t i);

/* Returns 0, or an exit code after an error that was printed. */
int bench_parse_rounds(const char *word, uint64_t *ret_rounds);
/* For whoever watches. */
void bench_progress(unsigned round, unsigned rounds);
/* Prints what a view made; r is what it returned. Returns an exit code. */
int bench_print(int r, const struct cr2_text *text);

#endif
