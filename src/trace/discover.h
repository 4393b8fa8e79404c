/* SPDX-License-Identifier: MIT */
/* Where the running kernel has its memory, found without its symbols. */
#ifndef TRACE_DISCOVER_H
#define TRACE_DISCOVER_H

#include <cr2/base.h>

#include "sample.h"

struct discovered {
	uint64_t direct_map; /* where all physical memory is mapped */
	uint64_t vmemmap; /* where the struct pages are */
	uint64_t pid_level, pid_space; /* whose process numbers ours are: its depth and its address */
	struct trace_kernel kernel;
	bool functions; /* BPF programs may stand at the ends of the kernel's functions */
};
/* Says what failed. Returns error. */
int trace_refuse(struct cr2_text *reason, int error, const char *what);
/* Appends what of trace_feature.def is missing, and what would bring it. */
void trace_explain(struct cr2_text *reason);
/* Where a file system of that type is mounted; false: nowhere. */
bool trace_find_mount(const char *type, char *ret_place, size_t n);
/* Loads a program that would stand at the end of TRACE_LETS_GO. Returns 0 or a negative errno. */
int trace_try_function(void);
/* Returns 0 or a negative errno, with what was in the way in reason. */
int discover(struct discovered *ret_found, struct cr2_text *reason);

#endif
