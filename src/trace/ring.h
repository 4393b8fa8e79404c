/* SPDX-License-Identifier: MIT */
/* What the kernel writes the records of a perf event to, and of others that share it. */
#ifndef TRACE_RING_H
#define TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/perf_event.h>

#include "record/perf/format.h"

struct ring { /* all zero: none */
	int fd; /* the event whose it is */
	uint8_t *pages;
	size_t bytes; /* of records, behind a page of the kernel's */
};

/*
 * A software event whose records have the time of CLOCK_MONOTONIC; who reads is woken by so many bytes. changes: it also
 * tells of processes and mappings.
 */
struct perf_event_attr ring_attr(uint64_t config, size_t wakeup, bool changes);
/* Its descriptor, or a negative errno. tid -1: all. */
int ring_open_event(struct perf_event_attr *attr, pid_t tid, int cpu);

/* pages: a power of two; fewer where so many must not be locked in memory. Returns 0 or a negative errno. */
int ring_map(int fd, size_t pages, struct ring *ret_ring);
void ring_unmap(struct ring *ring);
/* Hands over every record that is there. What fn returns, if not 0, ends it. */
typedef int ring_fn(void *data, const struct perf_record *record);
int ring_read(const struct ring *ring, ring_fn *fn, void *data);

#endif
