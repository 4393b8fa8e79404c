/* SPDX-License-Identifier: MIT */
/*
 * Build ids of mapped files, read from the files. The kernel would tell them (attr.build_id, 5.12), but tells all
 * others who listen that theirs have one too, where device and inode stand (seen on 6.18): perf then dies of it.
 */
#ifndef TRACE_BUILD_IDS_H
#define TRACE_BUILD_IDS_H

#include "base/hash.h"
#include "record/perf/format.h"

#define BUILD_ID_SIZE 20
struct build_id {
	uint8_t n; /* 0: the file has none, or is not there any more */
	uint8_t bytes[BUILD_ID_SIZE];
};
struct build_ids { /* all zero: none was looked for */
	struct build_id *items;
	size_t n, capacity;
	struct hash by_file; /* inode, device: its number plus 1 */
};

/*
 * Puts build ids in place of device and inode into those of these records that tell of mapped programs and libraries.
 * Each file is looked at once. Returns 0 or -ENOMEM.
 */
int build_ids_fill(struct build_ids *ids, char *records, size_t n);
void build_ids_finish(struct build_ids *ids);

#endif
