/* SPDX-License-Identifier: MIT */
/* First touches of anonymous memory, by a program and by the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/touch.h"

int cost_anon_alloc(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	if (r < 0)
		return r;
	meter_start(&bench->meter);
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	cost_take(bench, pages, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

int cost_anon_zero(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	if (r < 0)
		return r;
	meter_start(&bench->meter);
	bench_read(base, pages, CR2_PAGE_SIZE, NULL);
	cost_take(bench, pages, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

#define HUGE (2UL << 20)
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"

/* Are huge pages available where they are asked for? */
static bool huge_offered(void)
{
	FILE *file = fopen(THP, "re");
	char line[64] = "";
	bool offered = file && fgets(line, sizeof(line), file) && !strstr(line, "[never]");

	if (file)
		fclose(file);
	return offered;
}

int cost_anon_huge(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t n = bench->plan->huge_pages, bytes = (n + 1) * HUGE;
	uint8_t *base, *first;

	if (!huge_offered())
		return cost_absent(bench, "huge pages are off: echo madvise > " THP);
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	madvise(base, bytes, MADV_HUGEPAGE);
	first = base + (HUGE - (uintptr_t)base % HUGE) % HUGE;
	meter_start(&bench->meter);
	bench_write(first, n * (HUGE / CR2_PAGE_SIZE), CR2_PAGE_SIZE, NULL, 1);
	cost_take(bench, n, sample);
	munmap(base, bytes);
	return 0;
}

static int read_zeros(int fd, uint8_t *base, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		if (read(fd, base + i * CR2_PAGE_SIZE, 1) != 1)
			return -EIO;
	return 0;
}

/* The same calls twice: the first finds pages absent, the second present. */
static int read_twice(struct cost_bench *bench, uint8_t *base, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	struct meter_count none;
	double present;
	int r;

	meter_start(&bench->meter);
	r = read_zeros(bench->zero, base, pages);
	cost_take(bench, pages, sample);
	meter_start(&bench->meter);
	if (r == 0)
		r = read_zeros(bench->zero, base, pages);
	present = meter_stop(&bench->meter, &none);
	if (none.minor + none.major)
		cost_doubt(sample, "pages just written were absent again");
	sample->ns -= present / (double)pages;
	return r;
}

int cost_kernel_alloc(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base;
	int r;

	if (bench->zero < 0)
		bench->zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (bench->zero < 0)
		return cost_absent(bench, "/dev/zero cannot be opened: %s", strerror(errno));
	r = bench_map(pages * CR2_PAGE_SIZE, &base);
	if (r < 0)
		return r;
	r = read_twice(bench, base, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return r;
}
