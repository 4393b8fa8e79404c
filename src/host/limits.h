/* SPDX-License-Identifier: MIT */
/* The runner's own limits, raised while a scenario lasts as far as the hard limits go. */
#ifndef HOST_LIMITS_H
#define HOST_LIMITS_H

#include <stdbool.h>
#include <sys/resource.h>

#include <cr2/base.h>

#define HOST_LIMITS 5

struct host_limits {
	struct rlimit before[HOST_LIMITS];
	bool raised[HOST_LIMITS];
};
/* Returns 0, or -EOPNOTSUPP: so many more files may not be opened. */
int host_limits_begin(struct host_limits *limits, size_t files, struct cr2_text *reason);
bool host_limits_allow(size_t files);
void host_limits_end(struct host_limits *limits);

#endif
