/* SPDX-License-Identifier: MIT */
/* PAGEMAP_SCAN (Linux 6.7): what pages of a process are, as an ioctl of /proc/PID/pagemap. */
#ifndef HOST_PAGEMAP_SCAN_H
#define HOST_PAGEMAP_SCAN_H

#include <stdint.h>
#include <sys/ioctl.h>

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
/* What a page is */
#define SCAN_WRITTEN (1 << 1)
#define SCAN_PRESENT (1 << 3)
#define SCAN_HUGE (1 << 6)
/* What is done besides, and what the mapping must be */
#define SCAN_PROTECT (1 << 0)
#define SCAN_ASYNC (1 << 1)

#endif
