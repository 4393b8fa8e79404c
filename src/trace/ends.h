/* SPDX-License-Identifier: MIT */
/*
 * Where faults end: software events with a period of 1, which run a BPF program at each fault that the kernel counts.
 * They belong to the threads that are followed, and to what these make (inherit), so that nobody else pays for them; or
 * to every CPU, where all are followed, and from then on when the kernel took them from a thread: it does so when a
 * program gains rights by execve.
 */
#ifndef TRACE_ENDS_H
#define TRACE_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct bpf_program;

struct ends {
	const struct bpf_program *minor, *major; /* what runs at each */
	struct end {
		struct bpf_link *link;
		int event; /* the link's, who closes it */
	} *items;
	size_t count, capacity;
	size_t sweep_at; /* with so many it is looked whose threads are all gone */
	bool everywhere;
};

/* Those of every CPU, in the place of those of threads. 0, or a negative errno; what there was stays then. */
int ends_open_everywhere(struct ends *ends, int cpus);
/* Those of all threads of a process; where that cannot be, of every CPU. 0, or a negative errno: -ESRCH, ... */
int ends_follow(struct ends *ends, uint64_t pid, int cpus);
void ends_close(struct ends *ends);

#endif
