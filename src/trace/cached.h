/* SPDX-License-Identifier: MIT */
/* Which pages of files are in memory, and in what folios: what a fault of theirs finds. */
#ifndef TRACE_CACHED_H
#define TRACE_CACHED_H

#include <cr2/trace.h>

/* The files that were mapped, each once. */
struct cached_file {
	uint64_t device, inode; /* major << 20 | minor */
	char *path;
};
struct cached_files {
	void *tree; /* of <search.h>: by device and inode */
};
/* Remembers one. Returns 0 or -ENOMEM. */
int cached_add(struct cached_files *files, uint64_t device, uint64_t inode, const char *path);
/*
 * Hands over what is in memory of each that still is where it was, as calls of kind CACHED. Of those that cannot be
 * opened nothing is said. Returns 0, -ENOMEM or what the function returned.
 */
typedef int cached_fn(void *data, const struct cr2_traced_call *call);
int cached_look(const struct cached_files *files, cached_fn *fn, void *data);
void cached_finish(struct cached_files *files);
/* The settings that faults depend on: a call of kind MACHINE. */
struct trace_kernel;
void cached_machine(const struct trace_kernel *kernel, struct cr2_traced_call *ret_call);

#endif
