/* SPDX-License-Identifier: MIT */
/* Brief records of faults, which each CPU writes into a lane of its own, in the order of time. */
#ifndef TRACE_LANES_H
#define TRACE_LANES_H

#include "record/perf/queue.h"
#include "sample.h"

struct lanes { /* all zero: none */
	size_t cpus;
	struct trace_lane *lanes;
	struct queue waiting; /* until all that is older has come */
	uint64_t horizon; /* when they were last emptied */
	uint64_t handed_over; /* all that is not younger */
};
typedef void lanes_fn(void *data, const struct trace_brief *brief);

/* Maps what the programs write into. 0 or a negative errno. */
int lanes_open(int map, size_t cpus, struct lanes *ret_lanes);
void lanes_close(struct lanes *lanes);
/* One that came through the ring. 0 or -ENOMEM. */
int lanes_add(struct lanes *lanes, const struct trace_brief *brief);
/* Empties the lanes, and hands over those of before it was last called; all: up to now. 0 or -ENOMEM. */
int lanes_read(struct lanes *lanes, bool all, lanes_fn *fn, void *data);

#endif
