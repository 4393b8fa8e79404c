/* SPDX-License-Identifier: MIT */
/* What the kernel tells of the processes that are followed and of their mappings, in the order of time. */
#ifndef TRACE_TOLD_H
#define TRACE_TOLD_H

#include "base/hash.h"
#include "record/perf/queue.h"
#include "sideband.h"

struct told { /* all zero: none */
	struct sideband sideband;
	bool all; /* every process but this one; else: */
	struct hash followed; /* (pid, 0): 1 followed, 2 not any more */
	uint32_t self;
	struct queue waiting; /* for whoever asks for what is as old */
	uint64_t horizon; /* all that was told up to then has come */
	uint64_t lost; /* records that the kernel had no room for */
};

/* Returns 0 or a negative errno, with what failed in reason. */
int told_open(bool all, bool cgroups, struct told *ret_told, struct cr2_text *reason);
void told_close(struct told *told);
/* Also the children that it makes from now on. 0 or -ENOMEM. */
int told_follow(struct told *told, uint64_t pid);
/* Records that tell what was there before: they come at their time, like all others. 0 or -ENOMEM. */
int told_add(struct told *told, const char *records, size_t n);
/*
 * Both hand over records that are not younger than `until`, the oldest first: all; or those of before the last time, while
 * the kernel's rings, which would run full, are emptied. What fn returns, if not 0, ends it.
 */
int told_until(struct told *told, uint64_t until, ring_fn *fn, void *data);
int told_read(struct told *told, uint64_t until, ring_fn *fn, void *data);

#endif
