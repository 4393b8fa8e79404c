/* SPDX-License-Identifier: MIT */
/*
 * Every page of one process, as it is now.
 */
#ifndef HOST_VIEW_H
#define HOST_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cr2/litmus.h>
#include <cr2/record.h>
#include <cr2/trace.h>

#include "objects.h"
#include "observe/frames.h"
#include "observe/maps.h"

/*
 * Where mappings of a scenario may lie: from one gap below the first to where nothing else
 * of a process begins. Everything outside is the actor's own.
 */
#define HOST_AREA_START (CR2_LITMUS_BASE - CR2_LITMUS_GAP)
#define HOST_AREA_END 0x300000000000ULL
/* That, and where the scenario places mappings itself; by address, apart from each other. */
struct host_areas {
	size_t n;
	struct host_area {
		uint64_t start, end;
	} *items;
};

/* What a page is now, with what tells it from others. */
struct host_page {
	enum cr2_page_kind kind;
	uint32_t mapcount;
	uint64_t frame; /* HUGE: the first; SWAP: of its copy in the swap cache, or CR2_NO_FRAME */
	uint64_t swap; /* SWAP: the entry */
	uint64_t id; /* ANON HUGE SWAP; 0: not known */
	bool dirty; /* FILE: newer than what is on disk */
	bool writable; /* its entry is known to allow stores: writable.h */
	uint32_t marks; /* CR2_MARK(), as far as they are shown */
};
/* A mapping with its pages: of hugetlb pages of 1 GiB, one for each, the first of its 4 KiB pages. */
struct host_region {
	struct maps_vma vma;
	uint32_t object;
	struct host_page *pages;
};
struct host_view {
	struct host_region *regions;
	size_t count, capacity;
	struct host_page *pages; /* of all regions */
	size_t n_pages, page_capacity;
};
/* What a process is looked at through, and what is known of it already. */
struct host_sight {
	pid_t pid;
	int maps, pagemap;
	const struct frames *files;
	const struct host_objects *objects;
	const struct host_areas *areas;
	const struct host_view *before; /* of the process, or of the one that it was forked from */
	const struct cr2_op *op; /* what happened since; NULL: something else's */
	uint32_t shown; /* CR2_MARK(): of pages; */
	struct cr2_trace_entries *entries; /* through which, or NULL */
};
/*
 * Looks at every page of the scenario's mappings; ids are not filled. Returns 0, -E2BIG (too
 * many pages to watch), -ENODATA (see host_huge_mark) or another negative errno.
 */
int host_view_read(struct host_view *view, const struct host_sight *sight);
void host_view_finish(struct host_view *view);
const struct host_region *host_view_region(const struct host_view *view, uint64_t address);
const struct host_page *host_view_page(const struct host_view *view, uint64_t address);
/* What a large page of it has, bytes. */
static inline uint64_t host_region_unit(const struct host_region *region)
{
	return region->vma.gigantic ? CR2_GIGANTIC_SIZE : CR2_HUGE_SIZE;
}
/* How much one of its pages is for. */
static inline unsigned host_region_shift(const struct host_region *region)
{
	return region->vma.gigantic ? CR2_GIGANTIC_SHIFT : CR2_PAGE_SHIFT;
}
static inline size_t host_region_pages(const struct host_region *region)
{
	return (size_t)((region->vma.end - region->vma.start) >> host_region_shift(region));
}
/* The page number in its file or object of the page at address. */
uint64_t host_region_index(const struct host_region *region, uint64_t address);

#endif
