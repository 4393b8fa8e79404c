/* SPDX-License-Identifier: MIT */
/* What is asked of another process's page tables, and what BPF answers. */
#ifndef TRACE_ENTRIES_H
#define TRACE_ENTRIES_H

#include <stdint.h>

#define ENTRIES_MAX 512
struct entries_request {
	uint32_t pid; /* of a process that the caller's thread made */
	uint32_t n; /* pages, up to ENTRIES_MAX */
	uint64_t address; /* of the first */
	int64_t found; /* 1: the process is there */
	struct {
		uint64_t value;
		uint32_t level; /* where the walk ended; 0: none was made */
		uint32_t exclusive;
	} entries[ENTRIES_MAX];
};

#endif
