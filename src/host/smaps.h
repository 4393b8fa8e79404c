/* SPDX-License-Identifier: MIT */
/*
 * What only /proc/PID/smaps tells of a mapping.
 */
#ifndef HOST_SMAPS_H
#define HOST_SMAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "observe/maps.h"

struct host_smaps {
	uint64_t huge, resident; /* kilobytes */
	bool uffd_wp; /* userfaultfd watches it for writes */
};
/* Returns 0, -ESRCH (no such mapping) or another negative errno. */
int host_smaps_read(pid_t pid, const struct maps_vma *vma, struct host_smaps *ret_smaps);

#endif
