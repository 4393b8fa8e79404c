/* SPDX-License-Identifier: MIT */
/* Pages that were written to swap, and come back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cr2/flags.h>

#include "bench/costs.h"
#include "bench/touch.h"

#define TRIES 50

static bool all_swapped(const struct cost_bench *bench, const uint8_t *base, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t entry;

		if (pread(bench->pagemap, &entry, sizeof(entry),
			  (off_t)(((uintptr_t)base / CR2_PAGE_SIZE + i) * sizeof(entry))) !=
		    (ssize_t)sizeof(entry) || !(entry & CR2_PAGEMAP(SWAPPED)))
			return false;
	}
	return true;
}

/* Pages that are being written are passed over: a few tries. */
static bool page_out(const struct cost_bench *bench, uint8_t *base, uint64_t pages)
{
	for (int i = 0; i < TRIES; i++) {
		madvise(base, pages * CR2_PAGE_SIZE, MADV_PAGEOUT);
		if (all_swapped(bench, base, pages))
			return true;
		usleep(2000);
	}
	return false;
}

/* Bytes of its own in every page: a page of one byte's repetition may take no room at all. */
static void fill(uint8_t *base, uint64_t bytes)
{
	uint64_t seed = 1;

	for (uint64_t i = 0; i < bytes; i += sizeof(seed)) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		memcpy(base + i, &seed, sizeof(seed));
	}
}

int cost_swap_in(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->cold_pages, bytes = pages * CR2_PAGE_SIZE;
	struct sysinfo info;
	uint8_t *base;
	int r;

	if (sysinfo(&info) < 0 || info.totalswap == 0)
		return cost_absent(bench, "this machine has no swap: swapon FILE, then measure again");
	if (bench->pagemap < 0)
		return cost_absent(bench, "/proc/self/pagemap cannot be read");
	r = bench_map(bytes, &base);
	if (r < 0)
		return r;
	fill(base, bytes);
	if (!page_out(bench, base, pages))
		cost_doubt(sample, "not all pages could be swapped out");
	meter_start(&bench->meter);
	bench_read(base, pages, CR2_PAGE_SIZE, bench->order);
	cost_take(bench, pages, sample);
	sample->major = UINT64_MAX;
	snprintf(bench->note, sizeof(bench->note), "%llu of %llu faults were major",
		 (unsigned long long)sample->seen.major, (unsigned long long)pages);
	munmap(base, bytes);
	return 0;
}
