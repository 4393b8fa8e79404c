/* SPDX-License-Identifier: MIT */
/*
 * Two nodes: that of the CPU on which scenarios run, and another with memory. And the scanner of NUMA balancing, which
 * runs when it is told to, and at no other time.
 */
#ifndef HOST_NUMA_H
#define HOST_NUMA_H

#include <stdbool.h>
#include <sys/types.h>

#include <cr2/litmus.h>

#include "channel.h"

/* Does the scenario move pages, so that another frame is another page? Does it have the scanner run? */
bool host_numa_moves(const struct cr2_litmus *litmus);
bool host_numa_scans(const struct cr2_litmus *litmus);
/* From now on it rests: its settings are held (wanted.c). */
int host_numa_rest(struct cr2_text *reason);
/* ret_nodes: the node of the CPU that runs this, which stays, and another. */
int host_numa_nodes(int ret_nodes[2], struct cr2_text *reason);
/* Has the process, which runs until slot->scanned, scanned. */
int host_numa_scan(pid_t pid, struct host_slot *slot, struct cr2_text *reason);

#endif
