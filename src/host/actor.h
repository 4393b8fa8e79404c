/* SPDX-License-Identifier: MIT */
/*
 * Actors: the scenario's processes.
 */
#ifndef HOST_ACTOR_H
#define HOST_ACTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "channel.h"
#include "probe.h"

struct host_actor_config {
	struct host_slot *slots;
	struct host_probe *probe;
	int pipe[2]; /* for accesses by the kernel */
	bool thp_disable;
};
/*
 * Starts process 0. Actors share the runner's file descriptors, are its children, and die
 * with the thread that started the first. Returns 0 or a negative errno.
 */
int host_actor_start(const struct host_actor_config *config, pid_t *ret_pid);
/* Waits for a process's end, killing it first when end is set. */
void host_actor_reap(pid_t pid, bool end);

#endif
