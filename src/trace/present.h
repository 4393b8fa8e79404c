/* SPDX-License-Identifier: MIT */
/* Processes that are there when recording begins, as the records that told of their beginning. */
#ifndef TRACE_PRESENT_H
#define TRACE_PRESENT_H

#include <dirent.h>

#include <cr2/base.h>

#include "record/perf/format.h"

/* The next number of a process or thread that a folder of /proc has; 0 after the last. */
uint32_t present_number(DIR *folder);

/*
 * Appends the records of one process: its threads, name and mappings, as of that time. id: of an event
 * that tells such. Returns 0 or a negative errno, -ESRCH where there is none.
 */
int present_append(uint32_t pid, uint64_t time, uint64_t id, struct cr2_text *bytes);
/* Of all processes. */
int present_append_all(uint64_t time, uint64_t id, struct cr2_text *bytes);

/* Which pages a process has now, or all do; more: of the recording's faults. */
int present_append_pages(uint32_t pid, uint64_t time, uint64_t more, struct cr2_text *bytes);
int present_append_all_pages(uint64_t time, uint64_t more, struct cr2_text *bytes);
/* The names of all control groups below root, where the hierarchy is mounted. */
int present_append_cgroups(const char *root, uint64_t time, uint64_t id, struct cr2_text *bytes);

#endif
