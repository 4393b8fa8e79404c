/* SPDX-License-Identifier: MIT */
/* What a counter of page faults is exercised with. */
#ifndef GUEST_COUNTER_COUNTER_H
#define GUEST_COUNTER_COUNTER_H

#include <stdint.h>
#include <sys/types.h>

#include <cr2/guest_counter.h>

#define COUNTER_MODULE "/fault_counter.ko"
#define COUNTER_FILE "/proc/fault_counter"

/* A process that has done its deed once, so that all of its own is in memory, and waits. */
struct counter_child {
	pid_t pid;
	int to, from; /* pipes */
	uint64_t faults; /* what the kernel had counted when it began to wait */
};

/* other: the other one of PAIR. Returns 0 or a negative errno. */
int counter_child_start(enum cr2_counter_case deed, bool other, struct counter_child *ret_child);
/* Does the deed, and waits again: faults is new. */
int counter_child_go(struct counter_child *child);
void counter_child_end(struct counter_child *child);
/* What /proc/fault_counter has of the process; *ret_listed false: nothing. */
int counter_read(pid_t pid, bool *ret_listed, uint64_t *ret_count);

#endif
