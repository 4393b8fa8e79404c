/* SPDX-License-Identifier: MIT */
/* Names of code that programs made while they ran, from the files that they write for perf. */
#ifndef SYMBOL_JIT_H
#define SYMBOL_JIT_H

#include <cr2/base.h>

#include "jit_table.h"

struct jit;
/* live: processes run now, and their files grow. 0 or -ENOMEM. */
int jit_create(bool live, struct jit **ret_jit);
void jit_destroy(struct jit *jit); /* NULL is fine */
/*
 * The function of a process around an address at that time; times do not go back. dump: its jitdump, as it mapped it, or
 * NULL; else it is in /tmp/perf-PID.map. 0, -ENOENT or -ENOMEM.
 */
int jit_find(struct jit *jit, uint64_t pid, const char *dump, uint64_t time, uint64_t address,
	     struct jit_place *ret_place);
/* The first file that was not read, or not to its end, and why; NULL: none. */
const char *jit_refused(const struct jit *jit);

#endif
