/* SPDX-License-Identifier: MIT */
/*
 * The pages of an actor, from outside: /proc/PID/pagemap tells the frame of each,
 * /proc/kpageflags and /proc/kpagecount what that frame is and how often it is mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

#define ENTRY_PRESENT (1ULL << 63)
#define ENTRY_SWAPPED (1ULL << 62)
#define ENTRY_FRAME ((1ULL << 55) - 1) /* of a swapped page: type and offset */

#define KPF_ANON (1ULL << 12)
#define KPF_THP (1ULL << 22)
#define KPF_ZERO_PAGE (1ULL << 24)

#define CHUNK 512 /* pages at a time */
#define PAGES_MAX (1UL << 20) /* of all mappings of a process */

static int open_frames(const char *path, struct cr2_text *reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		return host_refuse(reason, -EPERM, "%s cannot be read: run as root, or with "
				   "CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH", path);
	return host_refuse(reason, -EOPNOTSUPP, "%s: %s", path, strerror(errno));
}

int host_page_files_open(struct host_page_files *files, struct cr2_text *reason)
{
	int counts, flags = open_frames("/proc/kpageflags", reason);

	if (flags < 0)
		return flags;
	counts = open_frames("/proc/kpagecount", reason);
	if (counts < 0) {
		close(flags);
		return counts;
	}
	*files = (struct host_page_files){.flags = flags, .counts = counts};
	return 0;
}

void host_page_files_close(struct host_page_files *files)
{
	if (files->flags >= 0)
		close(files->flags);
	if (files->counts >= 0)
		close(files->counts);
	files->flags = files->counts = -1;
}

int host_pagemap_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* n numbers of 8 bytes from the index-th on. */
static int read_numbers(int fd, uint64_t index, size_t n, uint64_t *numbers)
{
	ssize_t got = pread(fd, numbers, n * 8, (off_t)(index * 8));

	if (got < 0)
		return -errno;
	return (size_t)got == n * 8 ? 0 : -ESRCH;
}

int host_page_flags(const struct host_page_files *files, uint64_t frame, uint64_t *ret_flags)
{
	return read_numbers(files->flags, frame, 1, ret_flags);
}

/* A chunk of pages as the three files describe them. */
struct chunk {
	size_t n;
	uint64_t entries[CHUNK], flags[CHUNK], counts[CHUNK];
};

/* How many pages from the i-th on lie in consecutive frames; 0: it is not present. */
static size_t run_length(const struct chunk *chunk, size_t i)
{
	uint64_t frame = chunk->entries[i] & ENTRY_FRAME;
	size_t n = 0;

	while (i + n < chunk->n && chunk->entries[i + n] & ENTRY_PRESENT &&
	       (chunk->entries[i + n] & ENTRY_FRAME) == frame + n)
		n++;
	return n;
}

static int read_chunk(struct chunk *chunk, const struct host_page_files *files, int pagemap,
		      uint64_t address, size_t n)
{
	int r = read_numbers(pagemap, address >> CR2_PAGE_SHIFT, n, chunk->entries);

	chunk->n = n;
	for (size_t i = 0, run; r == 0 && i < n; i += run ? run : 1) {
		uint64_t frame = chunk->entries[i] & ENTRY_FRAME;

		run = run_length(chunk, i);
		if (!run)
			continue;
		if (!frame) /* what a reader without privileges is told */
			return -EPERM;
		r = read_numbers(files->flags, frame, run, &chunk->flags[i]);
		if (r == 0)
			r = read_numbers(files->counts, frame, run, &chunk->counts[i]);
	}
	return r;
}

static enum cr2_page_kind kind_of(const struct host_region *region, uint64_t entry, uint64_t flags)
{
	if (!(entry & ENTRY_PRESENT))
		return entry & ENTRY_SWAPPED ? CR2_PAGE_SWAP : CR2_PAGE_NONE;
	if (flags & KPF_ZERO_PAGE)
		return flags & KPF_THP ? CR2_PAGE_HUGE_ZERO : CR2_PAGE_ZERO;
	if (flags & KPF_ANON || region->object == CR2_NO_OBJECT)
		return CR2_PAGE_ANON;
	return CR2_PAGE_FILE;
}

/* Fills the pages of a chunk; sets *thp when one may be part of a page mapped by a PMD. */
static void classify(const struct host_region *region, const struct chunk *chunk,
		     struct host_page *pages, bool *thp)
{
	for (size_t i = 0; i < chunk->n; i++) {
		uint64_t entry = chunk->entries[i];
		struct host_page page = {.kind = kind_of(region, entry, chunk->flags[i])};

		page.frame = entry & ENTRY_PRESENT ? entry & ENTRY_FRAME : CR2_NO_FRAME;
		if (page.kind == CR2_PAGE_SWAP)
			page.swap = entry & ENTRY_FRAME;
		if (entry & ENTRY_PRESENT)
			page.mapcount = (uint32_t)chunk->counts[i];
		if (page.kind == CR2_PAGE_ANON && chunk->flags[i] & KPF_THP)
			*thp = true;
		pages[i] = page;
	}
}

static int read_region(struct host_region *region, const struct host_sight *sight)
{
	const uint64_t n = (region->vma.end - region->vma.start) / CR2_PAGE_SIZE;
	struct chunk chunk;
	bool thp = false;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n; i += CHUNK) {
		uint64_t address = region->vma.start + i * CR2_PAGE_SIZE;

		r = read_chunk(&chunk, sight->files, sight->pagemap, address,
			       n - i < CHUNK ? n - i : CHUNK);
		if (r == 0)
			classify(region, &chunk, region->pages + i, &thp);
	}
	return r == 0 && thp ? host_huge_mark(region, sight) : r;
}

static int make_regions(struct host_view *view, const struct host_vmas *vmas,
			const struct host_objects *objects)
{
	size_t n_pages = 0;
	int r = cr2_grow(&view->regions, &view->capacity, vmas->count, sizeof(*view->regions));

	for (size_t i = 0; i < vmas->count; i++)
		n_pages += (vmas->items[i].end - vmas->items[i].start) / CR2_PAGE_SIZE;
	if (n_pages > PAGES_MAX)
		return -E2BIG;
	if (r == 0)
		r = cr2_grow(&view->pages, &view->page_capacity, n_pages, sizeof(*view->pages));
	if (r < 0)
		return r;
	view->count = vmas->count;
	view->n_pages = n_pages;
	n_pages = 0;
	for (size_t i = 0; i < vmas->count; i++) {
		view->regions[i] = (struct host_region){
			.vma = vmas->items[i],
			.object = host_object_find(objects, &vmas->items[i]),
			.pages = view->pages + n_pages,
		};
		n_pages += (vmas->items[i].end - vmas->items[i].start) / CR2_PAGE_SIZE;
	}
	return 0;
}

int host_view_read(struct host_view *view, const struct host_sight *sight)
{
	struct host_vmas vmas = {0};
	int r = host_vmas_read(sight->maps, HOST_AREA_START, HOST_AREA_END, &vmas);

	view->count = view->n_pages = 0;
	if (r == 0)
		r = make_regions(view, &vmas, sight->objects);
	for (size_t i = 0; r == 0 && i < view->count; i++)
		r = read_region(&view->regions[i], sight);
	free(vmas.items);
	return r;
}

void host_view_finish(struct host_view *view)
{
	free(view->regions);
	free(view->pages);
	*view = (struct host_view){0};
}

const struct host_region *host_view_region(const struct host_view *view, uint64_t address)
{
	size_t low = 0, high = view->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->regions[middle].vma.end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == view->count || address < view->regions[low].vma.start)
		return NULL;
	return &view->regions[low];
}

const struct host_page *host_view_page(const struct host_view *view, uint64_t address)
{
	const struct host_region *region = host_view_region(view, address);

	if (!region)
		return NULL;
	return &region->pages[(address - region->vma.start) / CR2_PAGE_SIZE];
}

uint64_t host_region_index(const struct host_region *region, uint64_t address)
{
	return (region->vma.offset + (address - region->vma.start)) / CR2_PAGE_SIZE;
}
