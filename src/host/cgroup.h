/* SPDX-License-Identifier: MIT */
/* Where this process's control group for memory is. */
#ifndef HOST_CGROUP_H
#define HOST_CGROUP_H

#include <stdbool.h>

#define HOST_CGROUP_PATH 4096

/*
 * Where groups are mounted, and the path of this process's own below that ("": the topmost); unified: cgroup2. False:
 * there are none.
 */
bool host_cgroup_find(bool *ret_unified, char mount[HOST_CGROUP_PATH], char path[HOST_CGROUP_PATH]);

#endif
