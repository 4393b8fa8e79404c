/* SPDX-License-Identifier: MIT */
/*
 * Which 2 MiB pages are mapped by one PMD, and not page by page: PAGEMAP_SCAN tells
 * (Linux 6.7).
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "runner_host.h"

/* The kernel's interface, spelt out because headers before 6.7 lack it. */
struct scan {
	uint64_t size;
	uint64_t flags;
	uint64_t start, end;
	uint64_t walk_end;
	uint64_t regions, n_regions;
	uint64_t max_pages;
	uint64_t inverted, all_of, any_of, returned; /* categories */
};
_Static_assert(sizeof(struct scan) == 96, "as the kernel has it");
struct scan_region {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan)
#define SCAN_HUGE (1 << 6)

#define PAGES (CR2_HUGE_SIZE / CR2_PAGE_SIZE)

static void mark_one(struct host_page *pages)
{
	const struct host_page first = pages[0];

	if (first.kind != CR2_PAGE_ANON)
		return;
	for (size_t i = 0; i < PAGES; i++) {
		pages[i] = first;
		pages[i].kind = CR2_PAGE_HUGE;
	}
}

static void mark(struct host_region *region, uint64_t start, uint64_t end)
{
	for (; start + CR2_HUGE_SIZE <= end; start += CR2_HUGE_SIZE)
		mark_one(&region->pages[(start - region->vma.start) / CR2_PAGE_SIZE]);
}

int host_huge_mark(struct host_region *region, int pagemap)
{
	struct scan_region found[16];
	struct scan scan = {
		.size = sizeof(scan),
		.end = region->vma.end,
		.walk_end = region->vma.start,
		.regions = (uintptr_t)found,
		.n_regions = CR2_ARRAY_SIZE(found),
		.all_of = SCAN_HUGE,
		.returned = SCAN_HUGE,
	};

	while (scan.walk_end < scan.end) {
		int n;

		scan.start = scan.walk_end;
		n = ioctl(pagemap, SCAN, &scan);
		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++)
			mark(region, found[i].start, found[i].end);
	}
	return 0;
}
