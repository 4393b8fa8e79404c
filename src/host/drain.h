/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU batches of pages, emptied so that they hold no references.
 */
#ifndef HOST_DRAIN_H
#define HOST_DRAIN_H

#include <stdbool.h>

#include <cr2/base.h>

#include "observe/frames.h"

struct host_drain {
	int local, global; /* the methods that work, or -1 */
	bool everywhere;
	void *page; /* of our own */
	bool pinned;
	void *affinity; /* of the calling thread before it was pinned: cpu_set_t */
};
/*
 * Binds the calling thread to its CPU: what it starts stays there too. everywhere: other CPUs
 * will have a hand in it all the same.
 */
int host_drain_begin(struct host_drain *drain, bool everywhere, struct cr2_text *reason);
/* Finds out what works, once. */
int host_drain_probe(struct host_drain *drain, const struct frames *files,
		     struct cr2_text *reason);
/* Empties the per-CPU LRU and mlock batches that the scenario's pages can be in. */
int host_drain(const struct host_drain *drain);
void host_drain_end(struct host_drain *drain);
void host_drain_finish(struct host_drain *drain);

#endif
