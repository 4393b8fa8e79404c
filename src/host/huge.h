/* SPDX-License-Identifier: MIT */
/*
 * 2 MiB pages of a process, which old kernels do not tell from others.
 */
#ifndef HOST_HUGE_H
#define HOST_HUGE_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/record.h>

#include "view.h"

/*
 * Makes those of the region's anonymous pages that one PMD maps HUGE. Returns 0, -ENODATA (an
 * old kernel does not tell which they are) or another negative errno.
 */
int host_huge_mark(struct host_region *region, const struct host_sight *sight);
/* How kernels before 6.7 are asked. */
int host_huge_mark_by_sum(struct host_region *region, const struct host_sight *sight);
/* Did the operation act in the size bytes around address, of a large page? */
bool host_op_acts_near(const struct cr2_op *op, uint64_t address, uint64_t size);

#endif
