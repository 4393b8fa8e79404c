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

/* What the scenario does that takes more than other scenarios need. */
enum {
	HOST_ACTOR_ANY = 1,
	HOST_ACTOR_LOCKS = 2,
	HOST_ACTOR_TRUNCATES = 4,
	HOST_ACTOR_EXECUTES = 8, /* makes memory executable */
};

struct host_actor_config {
	struct host_slot *slots;
	struct host_probe *probe;
	int pipe[2]; /* for accesses by the kernel */
	bool thp_disable;
	int nodes[2]; /* local and remote, where the scenario moves pages */
	bool keys; /* protection keys are there; else nobody has any left */
	bool five_levels; /* of page tables */
	unsigned does; /* HOST_ACTOR_ */
};
/*
 * Starts process 0. Actors share the runner's file descriptors, are its children, and die
 * with the thread that started the first. Returns 0 or a negative errno, with what this process
 * inherited and is in the way: a static string, or NULL.
 */
int host_actor_start(const struct host_actor_config *config, pid_t *ret_pid,
		     const char **ret_obstacle);
struct host_birth;
/* In a program that execve has run: image.h. */
_Noreturn void host_actor_begin_again(const struct host_birth *birth);
/* Waits for a process's end, killing it first when end is set. */
void host_actor_reap(pid_t pid, bool end);

#endif
