/* SPDX-License-Identifier: MIT */
/*
 * A control group of the scenario's processes, with a limit on their memory. It is made for the scenario and gone with
 * it. The kernel charges page by page where there is no room for a batch of 64, so it counts exactly as long as the
 * limit is near: before each step it is set to what is charged, and what the scenario may have besides.
 */
#ifndef HOST_WARD_H
#define HOST_WARD_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/litmus.h>

#include "cgroup.h"
#include "guardian.h"

struct host_runner;

struct host_ward {
	char folder[HOST_CGROUP_PATH]; /* "": there is none */
	bool unified;
	bool limited; /* from here on */
	bool lost; /* a process that ended gave back more than the scenario's pages */
	uint64_t limit, left; /* pages of the scenario's; those that may yet come */
	uint64_t used; /* all that are charged */
	uint64_t kills; /* that the kernel has counted */
	struct guardian guardian;
};

/* Returns 0, -EOPNOTSUPP with the reason, or another negative errno. Nothing is done where the scenario has no limit. */
int host_ward_begin(struct host_runner *host, const struct cr2_litmus *litmus);
/* When no process is in it any more. */
int host_ward_end(struct host_ward *ward);
/* Before a step, and behind it. */
int host_ward_before(struct host_runner *host, const struct cr2_op *op);
int host_ward_after(struct host_runner *host, const struct cr2_op *op, const struct cr2_outcome *outcome);
/* Has the kernel killed for want of memory since it was asked last? */
bool host_ward_has_killed(struct host_ward *ward);

#endif
