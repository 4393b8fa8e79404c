/* SPDX-License-Identifier: MIT */
/*
 * The runner's side of actors.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "observe/fault_ring.h"
#include "bounds.h"
#include "view.h"

/* One process before and after a step. */
struct host_process {
	bool alive;
	bool replaced; /* runs another program, which answers nothing */
	bool apart; /* runs one of the scenario's, and has descriptors of its own */
	uint32_t space; /* whose memory it acts in: its own, or that of whoever made it (thread, vfork) */
	pid_t pid;
	int maps, pagemap;
	int mem; /* once another process has reached into its memory; else -1 */
	int uffd; /* its userfaultfd, or -1 */
	pid_t answerer; /* of its faults, or 0 */
	struct fault_ring ring;
	struct host_bounds bounds;
	struct host_view before, now;
};

#endif
