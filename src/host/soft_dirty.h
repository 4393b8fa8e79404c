/* SPDX-License-Identifier: MIT */
/* Soft-dirty bits: does this kernel have them? And how they are cleared. */
#ifndef HOST_SOFT_DIRTY_H
#define HOST_SOFT_DIRTY_H

#include <stdbool.h>

#include <cr2/litmus.h>

/* -EOPNOTSUPP where the scenario clears soft-dirty bits, and this kernel has none. */
int host_soft_dirty_check(const struct cr2_litmus *litmus, struct cr2_text *reason);
/* Those of the process that calls it: 0, or -1 and errno. */
long host_soft_dirty_clear(void);

#endif
