/* SPDX-License-Identifier: MIT */
/*
 * What the kernel promises of memory: it refuses what it could never keep (vm.overcommit_memory),
 * which depends on the machine and not on the scenario.
 */
#ifndef HOST_PROMISE_H
#define HOST_PROMISE_H

#include <cr2/record.h>

/* Was the operation refused for want of memory to promise? Then -EOPNOTSUPP and why; else 0. */
int host_promise_check(const struct cr2_op *op, int error, struct cr2_text *reason);

#endif
