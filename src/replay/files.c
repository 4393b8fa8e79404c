/* SPDX-License-Identifier: MIT */
/*
 * Files as the program found them: how long, which pages in memory, in what folios. The recording tells that at its
 * end, so it is read once for this; pages that a major fault brought were absent all the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PAGES_MOST (1ULL << 51) /* of the largest file that Linux has */
#define SEGMENT "/SYSV" /* what Linux calls System V memory */
#define FALLOC_FL_KEEP_SIZE 1
#define TMPFS_MOST (1ULL << 18) /* pages of a file of tmpfs that are made at once */

static struct file *find(const struct files *files, uint64_t device, uint64_t inode)
{
	const uint64_t number = hash_get(&files->numbers, device, inode);

	return number ? &files->items[number - 1] : NULL;
}

/* NULL: no memory. */
static struct file *make(struct files *files, uint64_t device, uint64_t inode)
{
	struct file *file = find(files, device, inode);

	if (file)
		return file;
	if (cr2_grow(&files->items, &files->capacity, files->n + 1, sizeof(*files->items)) < 0 ||
	    hash_set(&files->numbers, device, inode, files->n + 1) < 0)
		return NULL;
	file = &files->items[files->n++];
	*file = (struct file){.device = device, .inode = inode, .object = CR2_NO_OBJECT};
	return file;
}

static int see_size(struct files *files, uint64_t device, uint64_t inode, uint64_t size, bool certain)
{
	struct file *file;

	if (!inode)
		return 0;
	file = make(files, device, inode);
	if (!file)
		return -ENOMEM;
	/* What stands at the recording's end is how long it was then. */
	if (!file->sized)
		file->size = size;
	file->sized |= certain;
	return 0;
}

static int see_run(struct files *files, const struct cr2_traced_call *call)
{
	const struct cached_run run = {call->args[0], call->args[1], (unsigned)call->args[2], call->args[3]};
	struct file *file;
	int r = see_size(files, call->device, call->inode, call->file_size, false);

	file = r == 0 ? find(files, call->device, call->inode) : NULL;
	if (!file)
		return r;
	file->looked_at = true;
	if (!run.pages || run.order > 9 || run.first > PAGES_MOST || run.pages > PAGES_MOST ||
	    (run.first | run.pages) & ((1ULL << run.order) - 1))
		return 0;
	r = cr2_grow(&file->runs, &file->runs_capacity, file->n_runs + 1, sizeof(*file->runs));
	if (r == 0)
		file->runs[file->n_runs++] = run;
	return r;
}

static int see_map(struct files *files, const struct cr2_recorded_change *change)
{
	const struct cr2_recorded_map *map = &change->map;
	int r = see_size(files, change->device, change->inode, map->offset + (map->end - map->start), false);
	struct file *file = r == 0 && change->inode ? find(files, change->device, change->inode) : NULL;

	if (!file || file->path)
		return r;
	file->segment |= strncmp(map->file->path, SEGMENT, strlen(SEGMENT)) == 0;
	file->path = strdup(map->file->path);
	return file->path ? 0 : -ENOMEM;
}

static int see_mmap(struct files *files, const struct cr2_traced_call *call)
{
	int r = see_size(files, call->device, call->inode, call->file_size, true);
	struct file *file = r == 0 && call->inode ? find(files, call->device, call->inode) : NULL;

	if (file)
		file->segment |= call->kind == CR2_CALL_SYSTEM && call->number == CR2_SYSTEM_SHMAT;
	if (!file || file->counted)
		return r;
	file->counted = true;
	file->cached = call->args[4];
	return 0;
}

bool is_reserving(const struct cr2_traced_call *call)
{
	return call->kind == CR2_CALL_SYSTEM && call->number == CR2_SYSTEM_FALLOCATE && call->inode &&
	       !(call->args[1] & ~(uint64_t)FALLOC_FL_KEEP_SIZE);
}

static int see_reserved(struct files *files, const struct cr2_traced_call *call)
{
	int r = see_size(files, call->device, call->inode, call->file_size, true);
	struct file *file = r == 0 ? find(files, call->device, call->inode) : NULL;

	if (file && !file->counted)
		file->reserved = true;
	return r;
}

int files_change(struct files *files, const struct cr2_recorded_change *change)
{
	const struct cr2_traced_call *call = change->call;

	if (change->kind == CR2_RECORDED_MAP)
		return see_map(files, change);
	if (change->kind != CR2_RECORDED_CALL)
		return 0;
	if (call->kind == CR2_CALL_CACHED)
		return see_run(files, call);
	if (call->kind == CR2_CALL_MAPPED)
		return see_mmap(files, call);
	if (is_reserving(call))
		return see_reserved(files, call);
	return call->kind == CR2_CALL_SYSTEM && (call->number == CR2_SYSTEM_MMAP || call->number == CR2_SYSTEM_SHMAT) ?
		       see_mmap(files, call) : 0;
}

int files_fault(struct files *files, const struct cr2_recorded_fault *fault)
{
	const struct cr2_traced_fault *f = &fault->fault;
	struct file *file;
	int r = see_size(files, f->device, f->inode, f->file_size, true);

	if (r < 0 || !f->major || !f->inode)
		return r;
	file = find(files, f->device, f->inode);
	r = cr2_grow(&file->majors, &file->majors_capacity, file->n_majors + 1, sizeof(*file->majors));
	if (r == 0)
		file->majors[file->n_majors++] = f->file_page;
	return r;
}

static int compare_numbers(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static int compare_runs(const void *left, const void *right)
{
	const struct cached_run *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

void files_settle(struct files *files, bool forget)
{
	for (size_t i = 0; i < files->n; i++) {
		struct file *file = &files->items[i];

		if (forget) {
			file->looked_at = file->counted = false;
			file->n_majors = 0;
		}
		if (file->n_majors)
			qsort(file->majors, file->n_majors, sizeof(*file->majors), compare_numbers);
		if (file->n_runs)
			qsort(file->runs, file->n_runs, sizeof(*file->runs), compare_runs);
	}
}

void files_finish(struct files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->items[i].runs);
		free(files->items[i].majors);
		free(files->items[i].path);
	}
	free(files->items);
	hash_finish(&files->numbers);
	hash_finish(&files->filled);
	*files = (struct files){0};
}

/* ---- objects ---- */

/* The first page from first on that a major fault brought; UINT64_MAX: none. */
static uint64_t next_major(const struct file *file, uint64_t first)
{
	size_t low = 0, high = file->n_majors;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (file->majors[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < file->n_majors ? file->majors[low] : UINT64_MAX;
}

/*
 * Pages of a run, from at to end, but those that a major fault is to bring: what is left of their folios are single
 * pages. at and end are a folio's, but for a run of single pages.
 */
static int fill(struct replay *r, const struct file *file, const struct cached_run *run, uint64_t at, uint64_t end)
{
	const uint64_t size = 1ULL << run->order;
	int error = 0;

	while (at < end && error == 0) {
		const uint64_t major = next_major(file, at);
		uint64_t whole = major < end ? major & ~(size - 1) : end & ~(size - 1);

		if (whole < at)
			whole = at;
		if (whole > at)
			error = cr2_model_cache(r->model, file->object, at, whole - at, run->order,
						run->mark && at == run->first);
		at = whole;
		/* A folio that is not whole here. */
		for (uint64_t i = 0; i < size && at < end && error == 0; i++, at++)
			if (next_major(file, at) != at)
				error = cr2_model_cache(r->model, file->object, at, 1, 0, false);
	}
	return error;
}

/* The first run that ends behind a page. */
static size_t run_at(const struct file *file, uint64_t page)
{
	size_t low = 0, high = file->n_runs;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (file->runs[middle].first + file->runs[middle].pages <= page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Of a file that was gone before anybody looked at it, as many pages are taken to be in memory as were counted, from its
 * beginning on; all where they were not.
 */
static int fill_unseen(struct replay *r, const struct file *file, uint64_t at, uint64_t end)
{
	const struct cached_run all = {.first = at, .pages = end - at};

	if (file->counted && file->cached < end)
		end = file->cached;
	return at < end ? fill(r, file, &all, at, end) : 0;
}

static int fill_chunk(struct replay *r, const struct file *file, uint64_t chunk)
{
	const uint64_t end = (chunk + 1) * CHUNK < file->pages ? (chunk + 1) * CHUNK : file->pages;
	const uint64_t place = (uint64_t)(file - r->files.items);
	int error = 0;

	if (chunk * CHUNK >= file->pages || hash_get(&r->files.filled, place, chunk))
		return 0;
	error = hash_set(&r->files.filled, place, chunk, 1);
	if (!file->looked_at)
		return error ? error : fill_unseen(r, file, chunk * CHUNK, end);
	for (size_t i = run_at(file, chunk * CHUNK); i < file->n_runs && file->runs[i].first < end && error == 0; i++) {
		const struct cached_run *run = &file->runs[i];
		const uint64_t from = run->first > chunk * CHUNK ? run->first : chunk * CHUNK;
		const uint64_t to = run->first + run->pages < end ? run->first + run->pages : end;

		error = fill(r, file, run, from, to);
	}
	return error;
}

static int fill_around(struct replay *r, const struct file *file, uint64_t page)
{
	const uint64_t chunk = page / CHUNK;
	int error;

	if (!file || file->object == CR2_NO_OBJECT || file->shmem)
		return 0;
	error = fill_chunk(r, file, chunk);
	/* As far as readahead reaches. */
	if (error == 0 && page % CHUNK < CHUNK / 8 && chunk)
		error = fill_chunk(r, file, chunk - 1);
	if (error == 0 && page % CHUNK >= CHUNK - CHUNK / 8)
		error = fill_chunk(r, file, chunk + 1);
	return error;
}

int file_fill(struct replay *r, uint64_t device, uint64_t inode, uint64_t page)
{
	return fill_around(r, inode ? find(&r->files, device, inode) : NULL, page);
}

int file_fill_object(struct replay *r, uint32_t object, uint64_t page)
{
	const uint64_t place = hash_get(&r->objects, object, 0);

	return fill_around(r, place && place != NO_MORE ? &r->files.items[place - 1] : NULL, page);
}

/*
 * A file of tmpfs has all its pages in memory, or is taken to have none, so that they come with the first faults. So it is
 * with those that were only reserved: no data is in them, and fault-around passes over them.
 */
static bool has_pages(const struct file *file)
{
	return file->pages <= TMPFS_MOST && !file->reserved && (file->counted ? file->cached >= file->pages : file->looked_at);
}

/* Pages come into it when they are needed. */
static int create(struct replay *r, struct file *file, enum file_kind kind, uint64_t least)
{
	const bool shmem = kind != FILE_ON_DISK, of_pool = kind == FILE_OF_POOL;
	struct cr2_outcome outcome;
	struct cr2_op op = {.kind = shmem ? CR2_OP_SHMEM : CR2_OP_FILE, .object = r->n_objects,
			    .flags = of_pool ? CR2_FILE_HUGETLB : 0};
	int error;

	file->object = r->n_objects++;
	file->shmem = shmem;
	file->pages = page_up(file->size ? file->size : least) / CR2_PAGE_SIZE;
	if (file->pages == 0 || file->pages > PAGES_MOST)
		file->pages = 1;
	if (of_pool)
		file->pages = (file->pages + HUGE_PAGES - 1) & ~(HUGE_PAGES - 1);
	op.length = file->pages * CR2_PAGE_SIZE;
	op.cold = !shmem || !has_pages(file);
	r->out.files_in_parts += !of_pool && file->counted && file->cached && file->cached < file->pages && (shmem || !file->looked_at);
	error = hash_set(&r->objects, file->object, 0, (uint64_t)(file - r->files.items) + 1);
	return error ? error : execute(r, &op, &outcome);
}

bool file_is_segment(const struct replay *r, uint64_t device, uint64_t inode)
{
	const struct file *file = inode ? find(&r->files, device, inode) : NULL;

	return file && file->segment;
}

const char *file_path(const struct replay *r, uint32_t object)
{
	const uint64_t place = hash_get(&r->objects, object, 0);

	return place && place != NO_MORE ? r->files.items[place - 1].path : NULL;
}

int file_object(struct replay *r, uint64_t device, uint64_t inode, enum file_kind kind, uint64_t least, uint32_t *ret_object)
{
	struct file *file = make(&r->files, device, inode);
	int error = file ? 0 : -ENOMEM;

	if (error == 0 && file->object == CR2_NO_OBJECT)
		error = create(r, file, kind, least);
	if (error == 0)
		*ret_object = file->object;
	return error;
}

/* What a file has gained was written, and is in memory: it is filled with the next fault there. */
int file_resize(struct replay *r, uint64_t device, uint64_t inode, uint64_t size)
{
	struct file *file = inode ? find(&r->files, device, inode) : NULL;
	const uint64_t pages = page_up(size) / CR2_PAGE_SIZE, before = file ? file->pages : 0;
	struct cr2_op op = {.kind = CR2_OP_TRUNCATE, .length = pages * CR2_PAGE_SIZE};
	struct cr2_outcome outcome;
	int error;

	if (!file || file->object == CR2_NO_OBJECT || pages == before || !pages || pages > PAGES_MOST)
		return 0;
	op.object = file->object;
	error = execute(r, &op, &outcome);
	if (error || r->refused)
		return error;
	file->pages = pages;
	if (pages > before && !file->shmem && hash_get(&r->files.filled, (uint64_t)(file - r->files.items),
								     before / CHUNK))
		error = fill(r, file, &(struct cached_run){.first = before, .pages = pages - before}, before,
			     pages < (before / CHUNK + 1) * CHUNK ? pages : (before / CHUNK + 1) * CHUNK);
	return error;
}

int file_of_call(struct replay *r, const struct cr2_traced_call *call, struct cr2_op *map)
{
	const enum file_kind kind = call->mapping == CR2_TRACE_MAPPING_HUGETLB ? FILE_OF_POOL :
				    call->mapping == CR2_TRACE_MAPPING_SHMEM ? FILE_SHMEM : FILE_ON_DISK;
	int error = file_object(r, call->device, call->inode, kind, map->offset + map->length, &map->object);

	map->flags &= ~(uint32_t)CR2_MAP_ANONYMOUS;
	return error || !call->file_size ? error : file_resize(r, call->device, call->inode, call->file_size);
}

int page_object(struct replay *r, uint32_t *ret_object)
{
	const struct cr2_op op = {.kind = CR2_OP_FILE, .object = r->n_objects, .length = CR2_PAGE_SIZE};
	struct cr2_outcome outcome;

	int error = hash_set(&r->objects, r->n_objects, 0, NO_MORE);

	*ret_object = r->n_objects++;
	return error ? error : execute(r, &op, &outcome);
}
