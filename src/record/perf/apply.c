/* SPDX-License-Identifier: MIT */
/* Records of processes and mappings, as the kernel and recordings have them. Nothing in them is believed unchecked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "format.h"
#include "programs.h"

static int wrong(const char **ret_wrong, const char *what)
{
	*ret_wrong = what;
	return -EBADMSG;
}

static int apply_comm(struct programs *programs, uint16_t misc, struct cursor *c, const char **ret_wrong)
{
	struct perf_comm comm;
	char name[16] = "";

	take(c, &comm, sizeof(comm));
	take(c, name, c->left < sizeof(name) - 1 ? c->left : sizeof(name) - 1);
	if (c->missing)
		return wrong(ret_wrong, "a record of a program's name is too short");
	/* Threads name themselves too. */
	if (comm.pid != comm.tid)
		return 0;
	return programs_name(programs, comm.pid, name, misc & PERF_MISC_EXEC);
}

static int apply_task(struct programs *programs, const struct perf_record *record, struct cursor *c,
		      const char **ret_wrong)
{
	struct perf_task task;

	take(c, &task, sizeof(task));
	if (c->missing)
		return wrong(ret_wrong, "a record of a process is too short");
	/* One that is there already, whose mappings follow, has none of its parent's. */
	if (record->type == PERF_IS_FORK && record->misc & PERF_MISC_EXEC && task.pid != task.parent)
		return 0;
	if (record->type == PERF_IS_FORK)
		return programs_fork(programs, task.pid, task.parent);
	programs_exit(programs, task.pid);
	return 0;
}

static int apply_mmap(struct programs *programs, bool has_build_id, struct cursor *c, const char **ret_wrong)
{
	struct perf_mmap2 map;
	struct program_map made;
	size_t n_build_id;
	char *path;
	int r;

	take(c, &map, sizeof(map));
	n_build_id = has_build_id ? map.build_id_size : 0;
	if (c->missing || n_build_id > sizeof(map.build_id) || map.start + map.length < map.start)
		return wrong(ret_wrong, "a record of a mapping makes no sense");
	made = (struct program_map){
		.start = map.start, .end = map.start + map.length, .offset = map.offset,
		.flags = (map.prot & PERF_PROT) | (map.flags & PERF_MAP_SHARED ? PROGRAM_SHARED : 0)};
	path = strndup((const char *)c->at, c->left);
	r = path ? programs_map(programs, map.pid, &made, path, map.build_id, n_build_id) : -ENOMEM;
	free(path);
	return r;
}

int programs_apply(struct programs *programs, const void *bytes, bool build_ids, const char **ret_wrong)
{
	struct perf_record record;
	struct cursor c;

	memcpy(&record, bytes, sizeof(record));
	c = (struct cursor){(const uint8_t *)bytes + sizeof(record), record.size - sizeof(record), false};
	switch (record.type) {
	case PERF_IS_COMM:
		return apply_comm(programs, record.misc, &c, ret_wrong);
	case PERF_IS_FORK:
	case PERF_IS_EXIT:
		return apply_task(programs, &record, &c, ret_wrong);
	case PERF_IS_MMAP2:
		return apply_mmap(programs, build_ids && record.misc & PERF_MISC_BUILD_ID, &c, ret_wrong);
	default:
		return 0;
	}
}
