/* SPDX-License-Identifier: MIT */
/*
 * Was memory short in a step? Control groups count how often their limit on memory was met, the
 * kernel how often a fault that could have a 2 MiB page got none.
 */
#ifndef HOST_SHORTAGE_H
#define HOST_SHORTAGE_H

#include <stdint.h>

#include <cr2/base.h>

/* A control group with a limit, this process's or one above it. */
struct host_group {
	char *limit; /* the file that says the limit */
	int events; /* the file that counts */
	uint64_t count; /* before the step */
};
struct host_shortage {
	struct host_group *groups;
	size_t n, capacity;
	bool unified; /* cgroup2 */
	int vmstat; /* -1: not open */
	uint64_t fallbacks;
	bool huge; /* the scenario has huge pages */
};
/* Returns 0 or a negative errno; close it in any case. */
int host_shortage_open(struct host_shortage *shortage);
void host_shortage_close(struct host_shortage *shortage);

/* Does no group's limit stand below so much? */
bool host_shortage_allows(const struct host_shortage *shortage, uint64_t bytes);
/* Returns 0, or -EOPNOTSUPP with the reason: not even the runner has room. */
int host_shortage_check_room(const struct host_shortage *shortage, struct cr2_text *reason);
/* Before a step and after it. Returns 0, or -EOPNOTSUPP with the reason where */
void host_shortage_note(struct host_shortage *shortage);
/* a 2 MiB page was not to be had, */
int host_shortage_check_huge(const struct host_shortage *shortage, struct cr2_text *reason);
/* or the limit of a control group was met, which need not have done harm. */
int host_shortage_check_limit(const struct host_shortage *shortage, struct cr2_text *reason);

#endif
