/* SPDX-License-Identifier: MIT */
/*
 * Which page is which, from step to step.
 */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/record.h>

#include "base/hash.h"

#include "process.h"

struct host_identity {
	uint64_t last; /* id given */
	bool moves; /* the scenario moves pages: another frame is another page */
	struct hash live; /* ids of known pages, by frame and kind */
	struct hash cached; /* frames in the swap cache, by swap entry */
	struct hash shared; /* pages of shared anonymous objects, while these live */
};
void host_identity_clear(struct host_identity *identity);
void host_identity_finish(struct host_identity *identity);
/* Gives every page of processes[].now its id. op is what was done and result how it ended. */
int host_identity_update(struct host_identity *identity, const struct frames *files,
			 struct host_process *processes, size_t n, const struct cr2_op *op,
			 enum cr2_result result);
/* The page of a shared anonymous object is gone: what comes in its place is another. */
int host_identity_forget(struct host_identity *identity, const struct maps_vma *vma, uint64_t index);

/* Forgets what the operation freed (shared.c); before the update. */
int host_shared_forget(struct host_identity *identity, const struct host_process *process,
		       const struct cr2_op *op, enum cr2_result result);

#endif
