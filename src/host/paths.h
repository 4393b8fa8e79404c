/* SPDX-License-Identifier: MIT */
/*
 * The paths of the scenario's faults as a BPF program reads them while they happen: entry, page and
 * mapping before and after (cr2/trace.h). Where none may be loaded, paths are derived instead.
 */
#ifndef HOST_PATHS_H
#define HOST_PATHS_H

#include <stdbool.h>
#include <sys/types.h>

#include <cr2/record.h>
#include <cr2/trace.h>

#define HOST_PATHS_FILES 128 /* that it keeps open, besides two for each CPU */
#define HOST_PATHS_BYTES (128ULL << 20) /* with room to spare: what the kernel keeps, and its types while they are read */

struct host_read_fault;
struct host_paths {
	struct cr2_trace *trace; /* NULL: nothing reads */
	bool tried;
	bool lost; /* there was no memory for one of the step's */
	/* of the last step */
	struct host_read_fault *items;
	size_t count, capacity;
};

/* Once: what is not allowed here does not become so. */
void host_paths_open(struct host_paths *paths);
void host_paths_close(struct host_paths *paths);
/* The scenario's first process; those that it makes are followed by themselves. */
void host_paths_follow(struct host_paths *paths, pid_t pid);
/* Takes what was read since the last call. */
void host_paths_take(struct host_paths *paths);
/*
 * The path of such a fault of the last step, each once and in order; CR2_PATH_UNKNOWN: none was read, or it was not
 * seen to end.
 */
enum cr2_path host_paths_find(struct host_paths *paths, pid_t pid, const struct cr2_fault *fault);

#endif
