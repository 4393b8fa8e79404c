/* SPDX-License-Identifier: MIT */
/*
 * Limits that a scenario sets for its processes. They are about the scenario's mappings, the kernel's about all that a
 * process has: before each step those are set to as much more as the process has of its own.
 */
#ifndef HOST_BOUNDS_H
#define HOST_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/run.h>

/* Pages, as /proc/PID/status counts them. */
struct host_amounts {
	uint64_t total, data, locked;
};
struct host_bounds {
	bool any;
	uint64_t pages[CR2_LIMITS]; /* as far as they are set; UINT64_MAX: it is not */
	struct host_amounts own; /* of a process with memory of its own: what there is besides the scenario's */
};

struct host_runner;

bool host_bounds_are_set(const struct cr2_litmus *litmus, enum cr2_limit limit);
/* When the first process has no mapping of the scenario's yet. */
int host_bounds_begin(struct host_runner *host, const struct cr2_litmus *litmus);
/* Before a step, and behind one that was looked at. Return 0, -EOPNOTSUPP or another negative errno. */
int host_bounds_set(struct host_runner *host, const struct cr2_op *op);
int host_bounds_note(struct host_runner *host, const struct cr2_op *op, const struct cr2_outcome *outcome);

#endif
