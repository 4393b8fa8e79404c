/* SPDX-License-Identifier: MIT */
/*
 * Files and shared memory of a scenario.
 */
#ifndef HOST_OBJECTS_H
#define HOST_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/record.h>

#include "observe/maps.h"

struct host_object {
	int fd; /* -1: not created yet, or a segment */
	int segment; /* System V's, while attached says so */
	void *attached; /* by the runner, so that it stays until the scenario ends, and no longer */
	int reader; /* the same of a disk's, which reads no page ahead; else -1 */
	bool shmem;
	bool hugetlb; /* of pages of the pool */
	bool absent; /* a segment for which there are none */
	bool zeros; /* may hold zeros: was cut, grown or punched */
	uint64_t inode, device; /* as maps shows them */
};
static inline bool host_object_is_made(const struct host_object *object)
{
	return object->fd >= 0 || object->attached;
}
struct host_objects {
	struct host_object *items;
	size_t count;
	int directory; /* on a disk filesystem; -1: not looked for yet */
};
int host_objects_begin(struct host_objects *objects, size_t n);
void host_objects_end(struct host_objects *objects);
void host_objects_finish(struct host_objects *objects);
int host_object_create(struct host_objects *objects, const struct cr2_op *op,
		       struct cr2_text *reason);
/* Reads no more than it must. */
int host_object_reader(const struct host_object *object);
/* The object that a mapping maps, or CR2_NO_OBJECT. */
uint32_t host_object_find(const struct host_objects *objects, const struct maps_vma *vma);

#endif
