/* SPDX-License-Identifier: MIT */
/*
 * Processes and their mappings. A child shares its parent's until one of them changes, as in the
 * kernel; the maps are ordered ones, whose copies are one reference.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "programs.h"

/* ---- files: each path and build id once ---- */

struct file {
	struct cr2_recorded_file file;
	char path[];
};

static int compare_files(const void *left, const void *right)
{
	const struct cr2_recorded_file *a = left, *b = right;
	int paths = strcmp(a->path, b->path);

	if (paths)
		return paths;
	if (a->n_build_id != b->n_build_id)
		return a->n_build_id < b->n_build_id ? -1 : 1;
	return memcmp(a->build_id, b->build_id, a->n_build_id);
}

static const struct cr2_recorded_file *intern(struct programs *programs, const char *path,
					      const uint8_t *build_id, size_t n)
{
	struct cr2_recorded_file wanted = {.path = path, .n_build_id = n};
	size_t length = strlen(path) + 1;
	struct file *made;
	void **found;

	if (n)
		memcpy(wanted.build_id, build_id, n);
	found = tfind(&wanted, &programs->files, compare_files);
	if (found)
		return *found;
	made = malloc(sizeof(*made) + length);
	if (!made)
		return NULL;
	made->file = wanted;
	memcpy(made->path, path, length);
	made->file.path = made->path;
	if (tsearch(made, &programs->files, compare_files))
		return &made->file;
	free(made);
	return NULL;
}

enum cr2_trace_mapping perf_mapping_of(const char *name)
{
	static const struct {
		const char *begins;
		enum cr2_trace_mapping kind;
	} names[] = {
		{"//anon", CR2_TRACE_MAPPING_ANON}, {"[heap]", CR2_TRACE_MAPPING_HEAP},
		{"[stack]", CR2_TRACE_MAPPING_STACK}, {"[anon", CR2_TRACE_MAPPING_ANON},
		{"[", CR2_TRACE_MAPPING_SPECIAL}, {"/anon_hugepage", CR2_TRACE_MAPPING_HUGETLB},
		{"/dev/zero", CR2_TRACE_MAPPING_SHMEM}, {"/dev/shm/", CR2_TRACE_MAPPING_SHMEM},
		{"/memfd:", CR2_TRACE_MAPPING_SHMEM}, {"/SYSV", CR2_TRACE_MAPPING_SHMEM},
		{"/", CR2_TRACE_MAPPING_FILE},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (strncmp(name, names[i].begins, strlen(names[i].begins)) == 0)
			return names[i].kind;
	return *name ? CR2_TRACE_MAPPING_UNKNOWN : CR2_TRACE_MAPPING_ANON;
}

/* ---- processes ---- */

/* Pages that somebody brought. */
struct owned {
	uint64_t end, owner;
};

static struct ordered_key key_of(uint64_t number)
{
	return (struct ordered_key){.b = number};
}

static struct program *find_program(const struct programs *programs, uint32_t pid)
{
	const size_t *number = ordered_get(&programs->by_pid, key_of(pid));

	return number ? &programs->items[*number] : NULL;
}

const struct program *programs_find(const struct programs *programs, uint32_t pid)
{
	return find_program(programs, pid);
}

/* The one of that number, made where it is not known. NULL: no memory. */
static struct program *make(struct programs *programs, uint32_t pid)
{
	struct program *program = find_program(programs, pid);
	size_t number;

	if (program)
		return program;
	if (programs->n_free)
		number = programs->free[programs->n_free - 1];
	else if (cr2_grow(&programs->items, &programs->capacity, programs->n + 1, sizeof(*program)) < 0)
		return NULL;
	else
		number = programs->n;
	if (ordered_put(&programs->by_pid, key_of(pid), pid, &number) < 0)
		return NULL;
	if (programs->n_free)
		programs->n_free--;
	else
		programs->n++;
	program = &programs->items[number];
	*program = (struct program){.pid = pid, .threads = 1};
	ordered_init(&program->maps, sizeof(struct program_map));
	ordered_init(&program->owners, sizeof(struct owned));
	return program;
}

int programs_name(struct programs *programs, uint32_t pid, const char *comm, bool exec)
{
	struct program *program = make(programs, pid);

	if (!program)
		return -ENOMEM;
	memset(program->comm, 0, sizeof(program->comm));
	memcpy(program->comm, comm, strnlen(comm, sizeof(program->comm) - 1));
	if (exec) {
		ordered_finish(&program->maps);
		ordered_init(&program->maps, sizeof(struct program_map));
		ordered_finish(&program->owners);
		ordered_init(&program->owners, sizeof(struct owned));
		program->dump = NULL;
	}
	return 0;
}

int programs_fork(struct programs *programs, uint32_t pid, uint32_t parent)
{
	struct program *program;

	if (pid == parent) {
		program = make(programs, pid);
		if (!program)
			return -ENOMEM;
		program->threads++;
		return 0;
	}
	/* Whoever had the number before, its end was not seen. */
	while (find_program(programs, pid))
		programs_exit(programs, pid);
	program = make(programs, pid);
	if (!program)
		return -ENOMEM;
	if (find_program(programs, parent)) {
		memcpy(program->comm, find_program(programs, parent)->comm, sizeof(program->comm));
		ordered_finish(&program->maps);
		ordered_copy(&find_program(programs, parent)->maps, &program->maps);
		ordered_finish(&program->owners);
		ordered_copy(&find_program(programs, parent)->owners, &program->owners);
		program->dump = find_program(programs, parent)->dump;
	}
	return 0;
}

void programs_exit(struct programs *programs, uint32_t pid)
{
	struct program *program = find_program(programs, pid);

	if (!program || --program->threads)
		return;
	ordered_finish(&program->maps);
	ordered_finish(&program->owners);
	/* Nothing else shares the map of numbers, so that no copy is made. */
	(void)ordered_remove(&programs->by_pid, key_of(pid));
	/* Without memory its place is never used again. */
	if (cr2_grow(&programs->free, &programs->free_capacity, programs->n_free + 1,
		     sizeof(*programs->free)) == 0)
		programs->free[programs->n_free++] = (size_t)(program - programs->items);
	*program = (struct program){0};
}

void programs_init(struct programs *programs)
{
	*programs = (struct programs){0};
	ordered_init(&programs->by_pid, sizeof(size_t));
}

void programs_finish(struct programs *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		if (programs->items[i].threads) {
			ordered_finish(&programs->items[i].maps);
			ordered_finish(&programs->items[i].owners);
		}
	free(programs->items);
	free(programs->free);
	ordered_finish(&programs->by_pid);
	tdestroy(programs->files, free);
	programs_init(programs);
}

/* ---- mappings ---- */

static int put_map(struct program *program, const struct program_map *map)
{
	return map->start < map->end ? ordered_put(&program->maps, key_of(map->start), map->end, map) : 0;
}

/* What overlaps the range loses it. */
static int cut(struct program *program, uint64_t start, uint64_t end)
{
	struct ordered_entry entry;

	while (ordered_overlap(&program->maps, key_of(0), start, end, &entry)) {
		struct program_map low = *(const struct program_map *)entry.value, high = low;
		int r = ordered_remove(&program->maps, entry.key);

		if (low.end > end) {
			high.start = end;
			high.offset += end - low.start;
		} else {
			high.end = high.start = 0;
		}
		low.end = low.start < start ? start : low.start;
		if (r == 0)
			r = put_map(program, &low);
		if (r == 0)
			r = put_map(program, &high);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- whose pages are ---- */

static int put_owner(struct program *program, uint64_t start, uint64_t end, uint64_t owner)
{
	const struct owned owned = {end, owner};

	return start < end ? ordered_put(&program->owners, key_of(start), end, &owned) : 0;
}

static int disown(struct program *program, uint64_t start, uint64_t end)
{
	struct ordered_entry entry;
	int r = 0;

	while (r == 0 && ordered_overlap(&program->owners, key_of(0), start, end, &entry)) {
		const struct owned owned = *(const struct owned *)entry.value;
		const uint64_t from = entry.key.b;

		r = ordered_remove(&program->owners, entry.key);
		if (r == 0)
			r = put_owner(program, from, owned.end < start ? owned.end : start, owned.owner);
		if (r == 0)
			r = put_owner(program, from > end ? from : end, owned.end, owned.owner);
	}
	return r;
}

int programs_own(struct programs *programs, uint32_t pid, uint64_t start, uint64_t end, bool keep, uint64_t owner)
{
	struct program *program = make(programs, pid);
	int r = program ? 0 : -ENOMEM;

	if (r == 0 && !keep)
		r = disown(program, start, end);
	/* What lies between those that are there. */
	while (r == 0 && start < end) {
		struct ordered_entry entry;
		uint64_t until = end, next = end;

		if (ordered_overlap(&program->owners, key_of(0), start, end, &entry)) {
			until = entry.key.b;
			next = ((const struct owned *)entry.value)->end;
		}
		r = put_owner(program, start, until, owner);
		start = next;
	}
	return r;
}

uint64_t program_owned(const struct program *program, uint64_t start, uint64_t end, uint64_t *ret_owner)
{
	struct ordered_entry entry;
	const struct owned *owned;

	*ret_owner = 0;
	if (!ordered_overlap(&program->owners, key_of(0), start, end, &entry))
		return end;
	if (entry.key.b > start)
		return entry.key.b;
	owned = entry.value;
	*ret_owner = owned->owner;
	return owned->end < end ? owned->end : end;
}

/* "/tmp/jit-17.dump" */
static bool is_dump(const char *path)
{
	const char *slash = strrchr(path, '/'), *number = slash ? slash + 1 : path;
	size_t digits;

	if (strncmp(number, "jit-", 4) != 0)
		return false;
	digits = strspn(number + 4, "0123456789");
	return digits && strcmp(number + 4 + digits, ".dump") == 0;
}

int programs_map(struct programs *programs, uint32_t pid, const struct program_map *map,
		 const char *path, const uint8_t *build_id, size_t n)
{
	struct program *program = make(programs, pid);
	struct program_map made = *map;
	int r;

	made.file = intern(programs, path, build_id, n);
	if (!program || !made.file)
		return -ENOMEM;
	if (map->flags & PROGRAM_EXEC && is_dump(path))
		program->dump = made.file;
	r = cut(program, map->start, map->end);
	return r == 0 ? put_map(program, &made) : r;
}

bool program_at(const struct program *program, uint64_t address, struct program_map *ret_map)
{
	struct ordered_entry entry;

	if (address == UINT64_MAX ||
	    !ordered_overlap(&program->maps, key_of(0), address, address + 1, &entry))
		return false;
	*ret_map = *(const struct program_map *)entry.value;
	return true;
}

bool programs_at(const struct programs *programs, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	const struct program *program = programs_find(programs, (uint32_t)pid);
	struct program_map map;

	if (!program || !program_at(program, address, &map))
		return false;
	*ret_map = (struct cr2_recorded_map){
		.start = map.start, .end = map.end, .offset = map.offset, .file = map.file,
		.executable = map.flags & PROGRAM_EXEC, .jitdump = program->dump ? program->dump->path : NULL};
	return true;
}
