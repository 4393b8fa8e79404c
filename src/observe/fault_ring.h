/* SPDX-License-Identifier: MIT */
/*
 * Page-fault exceptions of one process as the kernel traces them, taken from a ring.
 */
#ifndef OBSERVE_FAULT_RING_H
#define OBSERVE_FAULT_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cr2/base.h>

struct fault_hit {
	uint64_t address, ip, error_code;
	uint64_t time; /* CLOCK_MONOTONIC_RAW */
	bool kernel; /* taken in kernel mode */
	bool major;
};
struct fault_tracer {
	bool open;
	struct {
		uint32_t type;
		uint64_t config;
		int keep; /* an idle event: registering the first and dropping the last is slow */
	} events[3];
	size_t at_address, at_ip, at_error; /* in the raw record */
};
struct fault_ring {
	int fds[3];
	uint64_t ids[3];
	void *map;
};
int fault_tracer_open(struct fault_tracer *tracer, struct cr2_text *reason);
void fault_tracer_close(struct fault_tracer *tracer);
int fault_ring_open(const struct fault_tracer *tracer, pid_t pid, struct fault_ring *ring,
		   struct cr2_text *reason);
void fault_ring_close(struct fault_ring *ring);
/*
 * Takes what happened since the last call: fn is called for each exception, in order, with major
 * known. Returns 0 or -EOVERFLOW (events were lost).
 */
typedef void fault_hit_fn(void *data, const struct fault_hit *hit);
int fault_ring_take(const struct fault_tracer *tracer, struct fault_ring *ring, fault_hit_fn *fn,
		   void *data);

#endif
