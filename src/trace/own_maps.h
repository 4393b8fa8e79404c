/* SPDX-License-Identifier: MIT */
/* What processes have mapped, and what they are called, as records of perf tell it one after the other. */
#ifndef TRACE_OWN_MAPS_H
#define TRACE_OWN_MAPS_H

#include <cr2/trace.h>

#include "base/hash.h"
#include "record/perf/format.h"

struct own_map {
	uint64_t start, end, offset; /* in the file, in bytes */
	uint64_t flags; /* vm_flags, as far as they are known */
	uint32_t file; /* number of its name, from 1; 0: none */
	uint8_t kind; /* enum cr2_trace_mapping */
};
struct own_process {
	uint32_t pid, threads;
	char comm[CR2_COMM_SIZE];
	size_t n, capacity;
	struct own_map *maps; /* sorted, none overlaps */
};
struct own_maps { /* all zero: empty */
	struct hash numbers; /* (pid, 0): number in processes, from 1 */
	struct own_process *processes;
	size_t n, capacity;
	char **files;
	size_t n_files, files_capacity;
};

/* Returns 0 or -ENOMEM. What says nothing of mappings and processes is passed over. */
int own_maps_apply(struct own_maps *maps, const struct perf_record *record);
struct own_process *own_maps_process(const struct own_maps *maps, uint32_t pid); /* NULL: not known */
const struct own_map *own_maps_find(const struct own_process *process, uint64_t address); /* NULL: none */
const char *own_maps_file(const struct own_maps *maps, const struct own_map *map); /* "": none */
void own_maps_finish(struct own_maps *maps);

#endif
