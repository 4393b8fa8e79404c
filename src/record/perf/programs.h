/* SPDX-License-Identifier: MIT */
/* Which files each process has mapped where, as a recording's records tell, one after the other. */
#ifndef RECORD_PERF_PROGRAMS_H
#define RECORD_PERF_PROGRAMS_H

#include <cr2/recording.h>

#include "base/ordered.h"

/* What is mapped, by the name that perf has for it, which does not tell a file of tmpfs from others. */
enum cr2_trace_mapping perf_mapping_of(const char *name);

struct program {
	uint32_t pid;
	uint32_t threads;
	char comm[16];
	const struct cr2_recorded_file *dump; /* of its jitdump, which it maps as code to tell where that is; NULL: none */
	struct ordered maps; /* by start, up to end */
	struct ordered owners; /* of pages: by start, up to end; empty where nobody asks */
};
struct programs {
	struct ordered by_pid; /* its number in items, a size_t */
	size_t n, capacity;
	struct program *items;
	size_t n_free, free_capacity;
	size_t *free; /* numbers of items that stand for nobody */
	void *files; /* of <search.h> */
};

struct program_map {
	uint64_t start, end, offset;
	const struct cr2_recorded_file *file;
	uint32_t flags;
};
/* The bits of vm_flags; the first three are those of mmap()'s prot, too. */
#define PROGRAM_EXEC 4u
#define PROGRAM_SHARED 8u

void programs_init(struct programs *programs);
void programs_finish(struct programs *programs);
/* All return 0 or -ENOMEM. exec: what it was before is gone. */
int programs_name(struct programs *programs, uint32_t pid, const char *comm, bool exec);
/* A thread where parent is pid. */
int programs_fork(struct programs *programs, uint32_t pid, uint32_t parent);
void programs_exit(struct programs *programs, uint32_t pid);
/* Takes the place of what was mapped there. build_id: n bytes. */
int programs_map(struct programs *programs, uint32_t pid, const struct program_map *map,
		 const char *path, const uint8_t *build_id, size_t n);
/*
 * Says who brought the pages from start to end; where keep is, those that somebody brought before stay
 * his. Owners are numbers, not 0. A child has its parent's. What is mapped anew keeps them: the kernel tells
 * of a new mapping together with the older one that it was merged with.
 */
int programs_own(struct programs *programs, uint32_t pid, uint64_t start, uint64_t end, bool keep, uint64_t owner);
/* Up to where, at most end, the pages from start on have the same owner; 0: nobody is known. */
uint64_t program_owned(const struct program *program, uint64_t start, uint64_t end, uint64_t *ret_owner);
/* NULL: nothing is known of it. */
const struct program *programs_find(const struct programs *programs, uint32_t pid);
bool program_at(const struct program *program, uint64_t address, struct program_map *ret_map);
/* The same of a process by its number; false: nothing is known. */
bool programs_at(const struct programs *programs, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map);
/*
 * What a record says of processes and mappings, of others nothing. build_ids: whoever wrote it asked for them. 0,
 * -ENOMEM, or -EBADMSG with *ret_wrong, what is wrong with it.
 */
int programs_apply(struct programs *programs, const void *bytes, bool build_ids, const char **ret_wrong);

#endif
