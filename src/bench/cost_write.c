/* SPDX-License-Identifier: MIT */
/* Writes after fork: to pages that a child still has, and to pages that are one's own again. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cr2/flags.h>

#include "bench/costs.h"
#include "bench/touch.h"

int cost_frames(const struct cost_bench *bench, const uint8_t *base, uint64_t n, uint64_t *frames)
{
	size_t size = n * sizeof(*frames);

	if (bench->pagemap < 0 || pread(bench->pagemap, frames, size,
		(off_t)((uintptr_t)base / CR2_PAGE_SIZE * sizeof(*frames))) != (ssize_t)size)
		return -EPERM;
	for (uint64_t i = 0; i < n; i++) {
		bool present = frames[i] & CR2_PAGEMAP(PRESENT);

		frames[i] &= CR2_PAGEMAP_FRAME_MASK;
		if (present && !frames[i])
			return -EPERM;
		if (!present)
			frames[i] = 0;
	}
	return 0;
}

/* A page that was copied is in another frame; one that was reused is not. */
static void compare(struct cost_sample *sample, uint64_t n, const uint64_t *before,
		    const uint64_t *after, bool copied)
{
	uint64_t other = 0;

	for (uint64_t i = 0; i < n; i++)
		other += before[i] != after[i];
	if (other != (copied ? n : 0))
		cost_doubt(sample, "%llu of %llu pages were copied", (unsigned long long)other,
			   (unsigned long long)n);
}

static int write_again(struct cost_bench *bench, uint8_t *base, bool child_lives,
		       struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint64_t *frames = calloc(2 * pages, sizeof(*frames));
	bool seen;
	pid_t child;
	int r = frames ? bench_fork(&child) : -ENOMEM;

	if (r < 0) {
		free(frames);
		return r;
	}
	if (!child_lives)
		bench_end(child);
	seen = cost_frames(bench, base, pages, frames) == 0;
	meter_start(&bench->meter);
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 2);
	cost_take(bench, pages, sample);
	if (seen && cost_frames(bench, base, pages, frames + pages) == 0)
		compare(sample, pages, frames, frames + pages, child_lives);
	if (child_lives)
		bench_end(child);
	free(frames);
	return 0;
}

static int write_after_fork(struct cost_bench *bench, bool child_lives, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	if (r < 0)
		return r;
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	r = write_again(bench, base, child_lives, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return r;
}

int cost_wp_copy(struct cost_bench *bench, struct cost_sample *sample)
{
	return write_after_fork(bench, true, sample);
}

int cost_wp_reuse(struct cost_bench *bench, struct cost_sample *sample)
{
	return write_after_fork(bench, false, sample);
}
