/* SPDX-License-Identifier: MIT */
/* The kernel's side of each case: real mappings, real processes, loops that touch. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cr2/record.h>

#include "bench/around.h"
#include "side.h"
#include "bench/touch.h"

/* n pages, distance bytes apart, in order where that is given: ns each. */
static double write_pages(uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order,
			  uint8_t value)
{
	double start = bench_now();

	bench_write(base, n, distance, order, value);
	return (bench_now() - start) / (double)n;
}

static double read_pages(const uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order)
{
	double start = bench_now();

	bench_read(base, n, distance, order);
	return (bench_now() - start) / (double)n;
}

int kernel_anon_alloc(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t pages = sides->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	(void)item;
	if (r < 0)
		return r;
	*ret_ns = write_pages(base, pages, CR2_PAGE_SIZE, NULL, 1);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

int kernel_anon_zero(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t pages = sides->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	(void)item;
	if (r < 0)
		return r;
	*ret_ns = read_pages(base, pages, CR2_PAGE_SIZE, NULL);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

int kernel_space(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t n = sides->plan->growth_pages, bytes = item->size << 30;
	uint8_t *base;
	int r = bench_map(bytes, &base);

	if (r < 0) {
		item->absent = "this much address space is not available";
		return -EOPNOTSUPP;
	}
	*ret_ns = write_pages(base, n, bytes / n & CR2_PAGE_MASK, sides->order, 1);
	munmap(base, bytes);
	return 0;
}

static int write_after_fork(struct bench_sides *sides, bool child_lives, double *ret_ns)
{
	uint64_t pages = sides->plan->pages;
	uint8_t *base;
	pid_t child = -1;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	if (r < 0)
		return r;
	write_pages(base, pages, CR2_PAGE_SIZE, NULL, 1);
	r = bench_fork(&child);
	if (r == 0 && !child_lives)
		bench_end(child);
	if (r == 0)
		*ret_ns = write_pages(base, pages, CR2_PAGE_SIZE, NULL, 2);
	if (r == 0 && child_lives)
		bench_end(child);
	munmap(base, pages * CR2_PAGE_SIZE);
	return r;
}

int kernel_wp_copy(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return write_after_fork(sides, true, ret_ns);
}

int kernel_wp_reuse(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return write_after_fork(sides, false, ret_ns);
}

/* tmpfs: its pages are resident and single, as the model's are. */
static int open_file(struct bench_sides *sides)
{
	uint8_t page[CR2_PAGE_SIZE];
	int r = 0;

	if (sides->memfd >= 0)
		return 0;
	sides->memfd = memfd_create("cr2-bench", MFD_CLOEXEC);
	if (sides->memfd < 0)
		return -errno;
	memset(page, 0xC3, sizeof(page));
	for (uint64_t i = 0; r == 0 && i < sides->plan->pages; i++)
		if (write(sides->memfd, page, sizeof(page)) != (ssize_t)sizeof(page))
			r = -EIO;
	return r;
}

static int read_file(struct bench_sides *sides, uint64_t around, double *ret_ns)
{
	uint64_t bytes = sides->plan->pages * CR2_PAGE_SIZE;
	void *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, sides->memfd, 0);

	if (base == MAP_FAILED)
		return -errno;
	*ret_ns = read_pages(base, sides->plan->pages / around, around * CR2_PAGE_SIZE, NULL);
	munmap(base, bytes);
	return 0;
}

int kernel_file_read(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_held_settings *held;
	int r = open_file(sides);

	if (r == 0)
		r = around_set(item->size * CR2_PAGE_SIZE, &held, &item->absent);
	if (r < 0)
		return r;
	r = read_file(sides, item->size, ret_ns);
	cr2_settings_release(held);
	return r;
}

static int timed_fork(double *ret_ns)
{
	double start = bench_now();
	pid_t child = -1;
	int r = bench_fork(&child);

	*ret_ns = bench_now() - start;
	if (r == 0)
		bench_end(child);
	return r;
}

int kernel_fork(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t pages = sides->plan->pages * FORK_TIMES;
	double bare = 0, full = 0;
	uint8_t *base;
	int r = timed_fork(&bare);

	(void)item;
	if (r == 0)
		r = bench_map(pages * CR2_PAGE_SIZE, &base);
	if (r < 0)
		return r;
	write_pages(base, pages, CR2_PAGE_SIZE, NULL, 1);
	r = timed_fork(&full);
	*ret_ns = (full - bare) / (double)pages;
	munmap(base, pages * CR2_PAGE_SIZE);
	return r;
}

int kernel_munmap(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t pages = sides->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);
	double start;

	(void)item;
	if (r < 0)
		return r;
	write_pages(base, pages, CR2_PAGE_SIZE, NULL, 1);
	start = bench_now();
	munmap(base, pages * CR2_PAGE_SIZE);
	*ret_ns = (bench_now() - start) / (double)pages;
	return 0;
}

static int resident(struct bench_item *item, uint64_t pages)
{
	int r = item->kernel_state ? 0 : bench_map(pages * CR2_PAGE_SIZE, &item->kernel_state);

	item->kernel_bytes = pages * CR2_PAGE_SIZE;
	if (r == 0)
		write_pages(item->kernel_state, pages, CR2_PAGE_SIZE, NULL, 1);
	return r;
}

/* What a load costs where nothing is in the way: the CPU's own TLB has all pages. */
int native_tlb_hit(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	int r = resident(item, HIT_PAGES);
	const volatile uint8_t *bytes = item->kernel_state;
	double start = bench_now();

	(void)sides;
	for (uint64_t i = 0; r == 0 && i < HIT_ACCESSES; i++)
		(void)bytes[HIT_OFFSET(i)];
	*ret_ns = (bench_now() - start) / HIT_ACCESSES;
	return r;
}

int native_walk(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	int r = resident(item, sides->plan->growth_pages);

	if (r == 0)
		*ret_ns = read_pages(item->kernel_state, sides->plan->growth_pages, CR2_PAGE_SIZE,
				     sides->order);
	return r;
}

/* As many mappings as item says of the same pages, by turns read-only, so that none merge. */
static int map_many(struct bench_sides *sides, struct bench_item *item)
{
	uint64_t all = sides->plan->growth_pages * CR2_PAGE_SIZE, bytes = all / item->size;
	int r = bench_map(all, &item->kernel_state);

	if (r < 0)
		return r;
	item->kernel_bytes = all;
	for (uint64_t i = 1; i < item->size; i += 2)
		if (mprotect(item->kernel_state + i * bytes, bytes, PROT_READ) < 0)
			return -errno;
	return 0;
}

int kernel_vmas(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	int r = item->kernel_state ? 0 : map_many(sides, item);

	if (r == 0)
		*ret_ns = read_pages(item->kernel_state, sides->plan->growth_pages,
				     CR2_PAGE_SIZE, sides->order);
	if (r == 0)
		madvise(item->kernel_state, item->kernel_bytes, MADV_DONTNEED);
	return r;
}
