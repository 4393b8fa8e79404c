/* SPDX-License-Identifier: MIT */
/* A recording's bytes: the head of the file, its records, and the table at its end. */
#ifndef RECORD_PERF_ENCODE_H
#define RECORD_PERF_ENCODE_H

#include <cr2/trace.h>

#include "format.h"

/* More events than paths: pages that a process still has when the recording ends; what changes address spaces. */
#define PERF_RESIDENT ((enum cr2_path)CR2_PATH_COUNT)
#define PERF_CALL ((enum cr2_path)(CR2_PATH_COUNT + 1))
#define PERF_EVENTS (CR2_PATH_COUNT + 2)
#define PERF_RESIDENT_NAME "resident"
#define PERF_CALL_NAME "call"
static inline const char *perf_event_name(enum cr2_path path)
{
	return path == PERF_RESIDENT ? PERF_RESIDENT_NAME : path == PERF_CALL ? PERF_CALL_NAME : cr2_path_name(path);
}

/* What stands before the data. What may change meanwhile leaves every place where it is. */
struct perf_head {
	size_t n_ids;
	const uint64_t *ids; /* the kernel's, of the events that tell of mappings and processes */
	const char *host, *release, *version; /* of the machine, its kernel, and cr2 */
	uint32_t cpus;
	char *const *command; /* ends with NULL */
	uint64_t more; /* of PERF_FAULT_MORE, what each fault has, and PERF_HAS_REPLAY or PERF_HAS_ACCESS */
	uint32_t stack_bytes; /* copied at most */
	/* While it is written: */
	size_t n_paths;
	enum cr2_path paths[PERF_EVENTS]; /* that were seen, in the order of appearance */
	uint64_t data_size;
	bool finished;
	uint64_t first, last; /* times of faults, where it is finished */
};

/* The number of that path's event; as an id, far from those that the kernel gives its own. */
static inline uint16_t perf_path_type(enum cr2_path path)
{
	return (uint16_t)(path + 1);
}

static inline uint64_t perf_path_id(enum cr2_path path)
{
	return 1ULL << 48 | perf_path_type(path);
}

/* All return 0 or -ENOMEM. The head, whose first part is the struct perf_header; as long every time. */
int perf_encode_head(const struct perf_head *head, struct cr2_text *bytes);
/*
 * What stands behind the data: the table that says where the head's parts are. It is a record too,
 * so that data may follow it, and a table again.
 */
int perf_encode_table(const struct perf_head *head, struct cr2_text *bytes);

/* Of a recording for replay: faults have the fields of recorded_replay.def too. No part of perf's. */
#define PERF_HAS_REPLAY (1ULL << 63)
/* Of a recording of perf events: they have those of recorded_own.def alone, and their weight says nothing. Nor this. */
#define PERF_HAS_ACCESS (1ULL << 62)

#define PERF_FAULT_BYTES 96 /* with nothing more */
/*
 * more: as the head says. Of PERF_RESIDENT addr is the first page, ns how many there are, mapping their
 * mapping's kind.
 */
int perf_encode_fault(const struct cr2_traced_fault *fault, uint64_t more, struct cr2_text *bytes);
int perf_encode_call(const struct cr2_traced_call *call, uint64_t more, struct cr2_text *bytes);
/* What the kernel writes of processes that begin while it is recorded, of those that are there. */
int perf_encode_comm(const struct perf_comm *comm, const char *name, const struct perf_trailer *trailer,
		     struct cr2_text *bytes);
int perf_encode_fork(const struct perf_task *task, const struct perf_trailer *trailer,
		     struct cr2_text *bytes);
int perf_encode_mmap2(const struct perf_mmap2 *map, const char *name,
		      const struct perf_trailer *trailer, struct cr2_text *bytes);
int perf_encode_ksymbol(const struct perf_ksymbol *symbol, const char *name, const struct perf_trailer *trailer,
			struct cr2_text *bytes);
int perf_encode_cgroup(uint64_t id, const char *path, const struct perf_trailer *trailer,
		       struct cr2_text *bytes);
int perf_encode_lost(uint64_t n, const struct perf_trailer *trailer, struct cr2_text *bytes);

#endif
