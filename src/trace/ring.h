/* SPDX-License-Identifier: MIT */
/* What the kernel writes the records of a perf event to, and of others that share it. */
#ifndef TRACE_RING_H
#define TRACE_RING_H

#include <stddef.h>
#include <stdint.h>

#include "record/perf/format.h"

struct ring { /* all zero: none */
	int fd; /* the event whose it is */
	uint8_t *pages;
	size_t bytes; /* of records, behind a page of the kernel's */
};

/* pages: a power of two. Returns 0 or a negative errno. */
int ring_map(int fd, size_t pages, struct ring *ret_ring);
void ring_unmap(struct ring *ring);
/* Hands over every record that is there. What fn returns, if not 0, ends it. */
typedef int ring_fn(void *data, const struct perf_record *record);
int ring_read(const struct ring *ring, ring_fn *fn, void *data);

#endif
