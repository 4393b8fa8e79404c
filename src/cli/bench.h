/* SPDX-License-Identifier: MIT */
/* The kinds of cr2 bench. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

int bench_cli_model(int argc, char **argv);

#endif
