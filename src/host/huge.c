/* SPDX-License-Identifier: MIT */
/*
 * Which 2 MiB pages are mapped by one PMD, and not page by page. PAGEMAP_SCAN tells (Linux
 * 6.7). Older kernels tell how many a mapping has (smaps); which, follows from what they were
 * before: those split stay split, and a step splits only where it acts.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "host.h"
#include "pagemap_scan.h"
#include "smaps.h"

#define PAGES (CR2_HUGE_SIZE / CR2_PAGE_SIZE)

static struct host_page *pages_at(const struct host_region *region, uint64_t address)
{
	return &region->pages[(address - region->vma.start) / CR2_PAGE_SIZE];
}

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

static void mark_huge(struct host_region *region, uint64_t start, uint64_t end)
{
	for (; start + CR2_HUGE_SIZE <= end; start += CR2_HUGE_SIZE)
		mark_one(pages_at(region, start));
}

static int mark_by_scan(struct host_region *region, int pagemap)
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
			mark_huge(region, found[i].start, found[i].end);
	}
	return 0;
}

/* --- by sum and elimination --- */

static uint64_t count_resident(const struct host_region *region)
{
	uint64_t n = 0;

	for (size_t i = 0; i < (region->vma.end - region->vma.start) / CR2_PAGE_SIZE; i++)
		n += region->pages[i].kind == CR2_PAGE_ANON || region->pages[i].kind == CR2_PAGE_FILE;
	return n;
}

/*
 * How many 2 MiB pages the mapping has. Before 6.7 smaps passes over those that PROT_NONE
 * or a hint of NUMA balancing protects (not over small pages): what it finds less resident than there is, they are.
 */
static int count_huge(const struct host_region *region, pid_t pid, size_t *ret_n)
{
	struct host_smaps smaps;
	uint64_t pages, resident;
	int r = host_smaps_read(pid, &region->vma, &smaps);

	if (r < 0)
		return r;
	pages = smaps.huge / (CR2_PAGE_SIZE / 1024);
	resident = smaps.resident / (CR2_PAGE_SIZE / 1024);
	if (count_resident(region) > resident)
		pages += count_resident(region) - resident;
	*ret_n = pages / PAGES;
	return 0;
}

/* The least that a page mapped by a PMD is: 512 frames in a row, aligned. */
static bool is_candidate(const struct host_region *region, uint64_t address)
{
	const struct host_page *pages = pages_at(region, address);

	if (pages[0].frame % PAGES)
		return false;
	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].kind != CR2_PAGE_ANON || pages[i].frame != pages[0].frame + i)
			return false;
	return true;
}

static bool was_split(const struct host_region *region, const struct host_sight *sight,
		      uint64_t address)
{
	const struct host_page *was = host_view_page(sight->before, address);

	return was && was->kind == CR2_PAGE_ANON && was->frame == pages_at(region, address)->frame;
}

static bool is_new(const struct host_region *region, const struct host_sight *sight,
		   uint64_t address)
{
	const struct host_page *was = host_view_page(sight->before, address);

	return !was || was->frame != pages_at(region, address)->frame;
}

bool host_op_acts_near(const struct cr2_op *op, uint64_t address, uint64_t size)
{
	uint64_t start = address & ~(size - 1);
	uint64_t length = cr2_op_is_access(op->kind) ? cr2_op_bytes(op) : op->length;
	struct cr2_op second;

	if (cr2_op_second(op, &second) && host_op_acts_near(&second, address, size))
		return true;
	if (op->kind == CR2_OP_LOCKALL)
		return true;
	return length && op->address < start + size && op->address + length > start;
}

/* Tries of elimination: the boldest last. */
enum boldness { NOT_SPLIT_BEFORE, NOR_SPLIT_NOW, BOLDNESS_COUNT };

static bool remains(const struct host_region *region, const struct host_sight *sight,
		    uint64_t address, enum boldness boldness)
{
	if (!is_candidate(region, address) || was_split(region, sight, address))
		return false;
	if (boldness == NOT_SPLIT_BEFORE || is_new(region, sight, address))
		return true;
	return !sight->op || !host_op_acts_near(sight->op, address, CR2_HUGE_SIZE);
}

static uint64_t first_aligned(const struct host_region *region)
{
	return (region->vma.start + CR2_HUGE_SIZE - 1) & ~(CR2_HUGE_SIZE - 1);
}

static size_t count_remaining(const struct host_region *region, const struct host_sight *sight,
			      enum boldness boldness)
{
	size_t n = 0;

	for (uint64_t a = first_aligned(region); a + CR2_HUGE_SIZE <= region->vma.end; a += CR2_HUGE_SIZE)
		n += remains(region, sight, a, boldness);
	return n;
}

int host_huge_mark_by_sum(struct host_region *region, const struct host_sight *sight)
{
	size_t wanted;
	int r = count_huge(region, sight->pid, &wanted);

	if (r < 0 || wanted == 0)
		return r;
	for (enum boldness boldness = 0; boldness < BOLDNESS_COUNT; boldness++) {
		if (count_remaining(region, sight, boldness) != wanted)
			continue;
		for (uint64_t a = first_aligned(region); a + CR2_HUGE_SIZE <= region->vma.end;
		     a += CR2_HUGE_SIZE)
			if (remains(region, sight, a, boldness))
				mark_one(pages_at(region, a));
		return 0;
	}
	return -ENODATA;
}

int host_huge_mark(struct host_region *region, const struct host_sight *sight)
{
	int r = mark_by_scan(region, sight->pagemap);

	return r == -ENOTTY ? host_huge_mark_by_sum(region, sight) : r;
}
