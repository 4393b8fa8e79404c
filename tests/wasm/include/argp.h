/* SPDX-License-Identifier: MIT */
/* wasi-libc has no argp: what cli.h names of it, for a program that reads no arguments. */
#ifndef ARGP_H
#define ARGP_H

struct argp;
struct argp_option {
	const char *name;
};

#endif
