/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault counts by process, in bounded memory. Counting may be done wherever preemption is off
 * and faults can be taken, on all CPUs at once; the rest may sleep.
 *
 * A process is known by its number and the time it started, so that a number used again is
 * another process. It keeps its place when it ends. Where all places are taken, an ended process
 * makes room for a new one; what was counted for it, and for processes that find no room at
 * all, stands under "others": sums are always whole.
 */
#ifndef FAULT_TABLE_H
#define FAULT_TABLE_H

#include <linux/sched.h>
#include <linux/types.h>

struct fault_counts {
	u64 minor, major; /* completed, by what getrusage(2) calls them */
	u64 user, kernel; /* the same, by who accessed the memory */
	u64 retried; /* begun, given up and to be begun again: not completed yet */
	u64 failed; /* refused: a signal, or an error for a system call */
};

struct fault_row {
	pid_t pid; /* 0: others */
	bool ended; /* counts are final */
	u64 start; /* as task_struct's start_time */
	char comm[TASK_COMM_LEN];
	struct fault_counts counts;
};

/* What the table could not keep apart, since the last reset. */
struct fault_limits {
	u64 moved; /* ended processes that made room */
	u64 homeless; /* faults of processes that found none */
};

int fault_table_init(unsigned int most);
void fault_table_finish(void);

/* Room for how many processes: most, rounded up. */
unsigned int fault_table_size(void);
/* One fault of the current process has come to an end, or to a retry. */
void fault_table_count(const struct fault_counts *fault);
/*
 * Copies what is counted to rows, fault_table_size() + 1 of them. The last one is others.
 * Returns how many.
 */
size_t fault_table_read(struct fault_row *rows, struct fault_limits *limits);
/* Gives up the place of an ended process if nothing was counted there since row was read. */
void fault_table_drop(const struct fault_row *row);
void fault_table_reset(void);

#endif
