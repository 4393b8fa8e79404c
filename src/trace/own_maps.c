/* SPDX-License-Identifier: MIT */
/* Mappings of processes. What is unmapped nobody tells; what is mapped over it takes its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cr2/base.h>

#include "record/perf/programs.h"

#include "own_maps.h"

#define VM_READ 1u
#define VM_WRITE 2u
#define VM_EXEC 4u
#define VM_SHARED 8u

struct own_process *own_maps_process(const struct own_maps *maps, uint32_t pid)
{
	uint64_t number = hash_get(&maps->numbers, pid, 0);

	return number ? &maps->processes[number - 1] : NULL;
}

static int add_process(struct own_maps *maps, uint32_t pid, struct own_process **ret_process)
{
	struct own_process *process = own_maps_process(maps, pid);
	int r = 0;

	if (!process) {
		r = cr2_grow(&maps->processes, &maps->capacity, maps->n + 1, sizeof(*maps->processes));
		if (r == 0)
			r = hash_set(&maps->numbers, pid, 0, maps->n + 1);
		if (r < 0)
			return r;
		process = &maps->processes[maps->n++];
		*process = (struct own_process){.pid = pid, .threads = 1};
	}
	*ret_process = process;
	return 0;
}

/* ---- mappings ---- */

static int insert(struct own_process *p, size_t at, const struct own_map *map)
{
	int r = cr2_grow(&p->maps, &p->capacity, p->n + 1, sizeof(*p->maps));

	if (r < 0)
		return r;
	memmove(&p->maps[at + 1], &p->maps[at], (p->n - at) * sizeof(*p->maps));
	p->maps[at] = *map;
	p->n++;
	return 0;
}

/* The first mapping that ends behind the address. */
static size_t first_behind(const struct own_process *p, uint64_t address)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->maps[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct own_map *own_maps_find(const struct own_process *p, uint64_t address)
{
	size_t at = p ? first_behind(p, address) : 0;

	return p && at < p->n && p->maps[at].start <= address ? &p->maps[at] : NULL;
}

/* Makes room: what is there is cut, or goes. */
static int clear(struct own_process *p, uint64_t start, uint64_t end)
{
	size_t at = first_behind(p, start), behind = at;

	if (at < p->n && p->maps[at].start < start) {
		struct own_map rest = p->maps[at];

		p->maps[at++].end = start;
		if (rest.end > end) {
			rest.offset += end - rest.start;
			rest.start = end;
			return insert(p, at, &rest);
		}
		behind = at;
	}
	while (behind < p->n && p->maps[behind].end <= end)
		behind++;
	if (behind < p->n && p->maps[behind].start < end) {
		p->maps[behind].offset += end - p->maps[behind].start;
		p->maps[behind].start = end;
	}
	if (p->n)
		memmove(&p->maps[at], &p->maps[behind], (p->n - behind) * sizeof(*p->maps));
	p->n -= behind - at;
	return 0;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* The number of a name; few files are mapped often, the last ones most. */
static int number_file(struct own_maps *maps, const char *name, uint32_t *ret_file)
{
	size_t i = maps->n_files;
	char *copy;
	int r;

	while (i && strcmp(maps->files[i - 1], name) != 0)
		i--;
	if (!i) {
		copy = strdup(name);
		if (!copy)
			return -ENOMEM;
		r = cr2_grow(&maps->files, &maps->files_capacity, maps->n_files + 1, sizeof(*maps->files));
		if (r < 0) {
			free(copy);
			return r;
		}
		maps->files[maps->n_files++] = copy;
		i = maps->n_files;
	}
	*ret_file = (uint32_t)i;
	return 0;
}

const char *own_maps_file(const struct own_maps *maps, const struct own_map *map)
{
	return map && map->file ? maps->files[map->file - 1] : "";
}

static int apply_mmap(struct own_maps *maps, const struct perf_mmap2 *told, const char *name)
{
	struct own_map map = {.start = told->start, .end = told->start + told->length, .offset = told->offset};
	struct own_process *process;
	int r = add_process(maps, told->pid, &process);

	map.kind = (uint8_t)perf_mapping_of(name);
	map.flags = (told->prot & PROT_READ ? VM_READ : 0) | (told->prot & PROT_WRITE ? VM_WRITE : 0) |
		    (told->prot & PROT_EXEC ? VM_EXEC : 0) | (told->flags & MAP_SHARED ? VM_SHARED : 0);
	if (r == 0 && *name == '/' && !begins(name, "//"))
		r = number_file(maps, name, &map.file);
	if (r == 0 && map.end > map.start)
		r = clear(process, map.start, map.end);
	return r == 0 && map.end > map.start ? insert(process, first_behind(process, map.start), &map) : r;
}

/* ---- processes ---- */

static int apply_comm(struct own_maps *maps, const struct perf_comm *told, const char *name, bool exec)
{
	struct own_process *process;
	int r;

	if (told->pid != told->tid && !exec) /* a thread's own name */
		return 0;
	r = add_process(maps, told->pid, &process);
	if (r < 0)
		return r;
	strncpy(process->comm, name, sizeof(process->comm) - 1);
	if (exec) {
		process->n = 0;
		process->threads = 1;
	}
	return 0;
}

static int apply_fork(struct own_maps *maps, const struct perf_task *told)
{
	struct own_process *process, *parent;
	int r;

	if (told->pid == told->parent) {
		process = own_maps_process(maps, told->pid);
		if (process)
			process->threads++;
		return 0;
	}
	r = add_process(maps, told->pid, &process);
	parent = own_maps_process(maps, told->parent);
	if (r < 0 || !parent)
		return r;
	process->threads = 1;
	memcpy(process->comm, parent->comm, sizeof(process->comm));
	r = cr2_grow(&process->maps, &process->capacity, parent->n ? parent->n : 1, sizeof(*process->maps));
	if (r < 0)
		return r;
	process->n = parent->n;
	if (parent->n)
		memcpy(process->maps, parent->maps, parent->n * sizeof(*parent->maps));
	return 0;
}

/* With its last thread its mappings go. */
static void apply_exit(struct own_maps *maps, const struct perf_task *told)
{
	struct own_process *process = own_maps_process(maps, told->pid);

	if (!process || (process->threads && --process->threads))
		return;
	free(process->maps);
	process->maps = NULL;
	process->n = process->capacity = 0;
}

int own_maps_apply(struct own_maps *maps, const struct perf_record *record)
{
	const uint8_t *body = (const uint8_t *)(record + 1);
	union {
		struct perf_mmap2 map;
		struct perf_comm comm;
		struct perf_task task;
	} told;

	switch (record->type) {
	case PERF_IS_MMAP2:
		memcpy(&told.map, body, sizeof(told.map));
		return apply_mmap(maps, &told.map, (const char *)body + sizeof(told.map));
	case PERF_IS_COMM:
		memcpy(&told.comm, body, sizeof(told.comm));
		return apply_comm(maps, &told.comm, (const char *)body + sizeof(told.comm),
				  record->misc & PERF_MISC_EXEC);
	case PERF_IS_FORK:
		memcpy(&told.task, body, sizeof(told.task));
		return apply_fork(maps, &told.task);
	case PERF_IS_EXIT:
		memcpy(&told.task, body, sizeof(told.task));
		apply_exit(maps, &told.task);
		return 0;
	default:
		return 0;
	}
}

void own_maps_finish(struct own_maps *maps)
{
	for (size_t i = 0; i < maps->n; i++)
		free(maps->processes[i].maps);
	for (size_t i = 0; i < maps->n_files; i++)
		free(maps->files[i]);
	free(maps->processes);
	free(maps->files);
	hash_finish(&maps->numbers);
}
