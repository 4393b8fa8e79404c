/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "paths.h"

#define RING_BYTES (1u << 20)

struct host_read_fault {
	uint64_t pid, address, ip, error;
	enum cr2_path path;
	bool taken;
};

void host_paths_open(struct host_paths *paths)
{
	const struct cr2_trace_config config = {
		.size = sizeof(config),
		.stream = true,
		.source = CR2_TRACE_SOURCE_BPF,
		.ring = RING_BYTES,
	};
	char *reason = NULL;

	if (paths->tried)
		return;
	paths->tried = true;
	if (cr2_trace_open(&config, &paths->trace, &reason) < 0)
		paths->trace = NULL;
	free(reason);
}

void host_paths_close(struct host_paths *paths)
{
	cr2_trace_close(paths->trace);
	free(paths->items);
	*paths = (struct host_paths){0};
}

void host_paths_follow(struct host_paths *paths, pid_t pid)
{
	if (paths->trace)
		cr2_trace_follow(paths->trace, (uint64_t)pid, false);
}

/* Not those that say only that no handler settled it, and come when the thread faults again. */
static bool says_nothing(enum cr2_path path)
{
	return path == CR2_PATH_UNKNOWN || path == CR2_PATH_EFAULT || path == CR2_PATH_KERNEL ||
	       path == CR2_PATH_INTERRUPTED;
}

static void keep(void *data, const struct cr2_traced_fault *fault)
{
	struct host_paths *paths = data;

	if (says_nothing(fault->path))
		return;
	if (cr2_grow(&paths->items, &paths->capacity, paths->count + 1, sizeof(*paths->items)) < 0) {
		paths->lost = true;
		return;
	}
	paths->items[paths->count++] = (struct host_read_fault){
		.pid = fault->pid,
		.address = fault->addr,
		.ip = fault->ip,
		.error = fault->error,
		.path = fault->path,
	};
}

void host_paths_take(struct host_paths *paths)
{
	paths->count = 0;
	paths->lost = false;
	if (paths->trace && cr2_trace_take(paths->trace, 0, keep, paths) < 0)
		paths->lost = true;
}

enum cr2_path host_paths_find(struct host_paths *paths, pid_t pid, const struct cr2_fault *fault)
{
	for (size_t i = 0; i < paths->count && !paths->lost; i++) {
		struct host_read_fault *read = &paths->items[i];

		if (read->taken || read->pid != (uint64_t)pid || read->address != fault->address ||
		    read->ip != fault->ip || read->error != fault->error_code)
			continue;
		read->taken = true;
		return read->path;
	}
	return CR2_PATH_UNKNOWN;
}
