/* SPDX-License-Identifier: MIT */
/* Questions about a gigabyte: malloc, touching all or a part, and populating. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cr2/record.h>

#include "bench/questions.h"
#include "bench/touch.h"

/* Counted page by page: what statm says is some dozens of pages off since 6.2. */
static double resident_bytes(void)
{
	return (double)bench_proc_bytes(getpid(), "smaps_rollup", "Rss");
}

enum { MALLOC, MALLOC_FAULTS, MALLOC_BYTES, TOUCH, TOUCH_FAULTS, TOUCH_BYTES, N_LIFE };

static int note(struct bench_series *series, double time, const struct meter_count *count,
		double bytes)
{
	int r = bench_series_add(&series[0], time);

	if (r == 0)
		r = bench_series_add(&series[1], (double)(count->minor + count->major));
	return r < 0 ? r : bench_series_add(&series[2], bytes);
}

/* malloc, one byte a page, free. The memory is in 4 KiB pages whatever the system's setting is. */
static int live(struct question *q, struct bench_series *series)
{
	uint64_t bytes = q->pages * CR2_PAGE_SIZE;
	double before = resident_bytes(), ns;
	struct meter_count count;
	uint8_t *base, *page;
	int r;

	meter_start(&q->meter);
	base = malloc(bytes);
	ns = meter_stop(&q->meter, &count);
	if (!base)
		return -ENOMEM;
	page = base - (uintptr_t)base % CR2_PAGE_SIZE;
	madvise(page, bytes, MADV_NOHUGEPAGE);
	r = note(&series[MALLOC], ns, &count, resident_bytes() - before);
	meter_start(&q->meter);
	bench_write(base, q->pages, CR2_PAGE_SIZE, NULL, 1);
	ns = meter_stop(&q->meter, &count);
	if (r == 0)
		r = note(&series[TOUCH], ns, &count, resident_bytes() - before);
	free(base);
	return r;
}

static int live_often(struct question *q, struct bench_series *series)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < q->plan->rounds; i++)
		r = live(q, series);
	return r;
}

static double mib(const struct question *q)
{
	return (double)q->pages * CR2_PAGE_SIZE / (1 << 20);
}

int question_malloc(struct question *q)
{
	struct bench_series s[N_LIFE] = {0};
	double promised, touched, pages;
	int r;

	question_scale(q);
	pages = (double)q->pages;
	r = live_often(q, s);
	if (r == 0) {
		question_step(q, "malloc = one mmap: no pages but the first, which holds the block's size");
		question_step(q, "touching = %g MiB / 4096 bytes = %.0f faults × 1 µs = %.1f ms", mib(q),
			      pages, pages * COURSE_FAULT / 1e6);
		promised = question_row(q, "malloc", CR2_AMOUNT_TIME, -1, &s[MALLOC]);
		question_row(q, "  its faults", CR2_AMOUNT_COUNT, 1, &s[MALLOC_FAULTS]);
		question_row(q, "  memory it takes", CR2_AMOUNT_BYTES, CR2_PAGE_SIZE, &s[MALLOC_BYTES]);
		touched = question_row(q, "writing a byte to each page", CR2_AMOUNT_TIME,
				       pages * COURSE_FAULT, &s[TOUCH]);
		question_row(q, "  its faults", CR2_AMOUNT_COUNT, pages - 1, &s[TOUCH_FAULTS]);
		question_row(q, "  memory there is then", CR2_AMOUNT_BYTES, pages * CR2_PAGE_SIZE,
			     &s[TOUCH_BYTES]);
		question_verdict(q, question_near(touched, pages * COURSE_FAULT),
			"malloc promises, the first touch pays: %.0f times as long. A program that measures "
			"its malloc measures nothing. The touches take the course's time × %.2f.",
			promised > 0 ? touched / promised : 0, touched / (pages * COURSE_FAULT));
	}
	question_finish(s, N_LIFE);
	return r;
}

/*
 * Maps, and writes to a page out of distance; 0: to none. Exceptions are counted where they can
 * be: getrusage's faults are also those pages that the kernel populates by itself.
 */
static int use(struct question *q, int advice, uint64_t distance, struct bench_series *series)
{
	uint64_t bytes = q->pages * CR2_PAGE_SIZE;
	struct meter_count count;
	uint8_t *base;
	double ns;
	int r;

	meter_start(&q->meter);
	base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	madvise(base, bytes, MADV_NOHUGEPAGE);
	if (advice)
		madvise(base, bytes, advice);
	if (distance)
		bench_write(base, q->pages / distance, distance * CR2_PAGE_SIZE, NULL, 1);
	ns = meter_stop(&q->meter, &count);
	r = bench_series_add(&series[0], ns);
	if (r == 0)
		r = bench_series_add(&series[1], (double)(count.has_exceptions ? count.exceptions : count.minor + count.major));
	munmap(base, bytes);
	return r;
}

/* The same memory in 2 MiB pages, where they are available: how many faults it takes then. */
static double huge_faults(struct question *q)
{
	const uint64_t huge = 2UL << 20, bytes = q->pages * CR2_PAGE_SIZE;
	uint8_t *room = mmap(NULL, bytes + huge, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *base;
	struct meter_count count;

	if (room == MAP_FAILED)
		return 0;
	madvise(room, bytes + huge, MADV_HUGEPAGE);
	base = room + (huge - (uintptr_t)room % huge) % huge;
	meter_start(&q->meter);
	bench_write(base, q->pages, CR2_PAGE_SIZE, NULL, 1);
	meter_stop(&q->meter, &count);
	munmap(room, bytes + huge);
	return (double)count.minor;
}

int question_faults(struct question *q)
{
	struct bench_series s[2] = {0};
	double pages, ns, faults;
	int r = 0;

	question_scale(q);
	pages = (double)q->pages;
	for (unsigned i = 0; r == 0 && i < q->plan->rounds; i++)
		r = use(q, 0, 1, s);
	if (r == 0) {
		question_step(q, "%g MiB / 4096 bytes a page = %.0f pages, each touched first once", mib(q),
			      pages);
		question_step(q, "%.0f faults × 1 µs = %.1f ms", pages, pages * COURSE_FAULT / 1e6);
		faults = question_row(q, "faults", CR2_AMOUNT_COUNT, pages, &s[1]);
		ns = question_row(q, "time", CR2_AMOUNT_TIME, pages * COURSE_FAULT, &s[0]);
		question_known(q, "a fault", CR2_AMOUNT_TIME, COURSE_FAULT, ns / pages);
		question_known(q, "faults a second", CR2_AMOUNT_COUNT, 1e9 / COURSE_FAULT, pages * 1e9 / ns);
		question_known(q, "faults with 2 MiB pages", CR2_AMOUNT_COUNT, pages / 512, huge_faults(q));
		question_verdict(q, faults == pages && question_near(ns, pages * COURSE_FAULT),
			"%s The time is the course's × %.2f. With 2 MiB pages a fault brings 512 pages at "
			"once, and zeroes them all.", faults == pages ? "Exactly a fault a page." :
			"Not a fault a page: something else touched memory meanwhile.",
			ns / (pages * COURSE_FAULT));
	}
	question_finish(s, CR2_ARRAY_SIZE(s));
	return r;
}

enum { POPULATE, POPULATE_FAULTS, ALL, ALL_FAULTS, PART, PART_FAULTS, N_WAYS };

static int use_often(struct question *q, struct bench_series *s)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < q->plan->rounds; i++) {
		r = use(q, MADV_POPULATE_WRITE, 0, &s[POPULATE]);
		if (r == 0)
			r = use(q, 0, 1, &s[ALL]);
		if (r == 0)
			r = use(q, 0, 10, &s[PART]);
	}
	return r;
}

int question_demand(struct question *q)
{
	struct bench_series s[N_WAYS] = {0};
	double pages, populate, all, part;
	uint64_t tenth;
	int r;

	question_scale(q);
	pages = (double)q->pages;
	tenth = q->pages / 10;
	r = use_often(q, s);
	if (r == 0) {
		question_step(q, "all at once: every page is zeroed, none faults: %.0f pages", pages);
		question_step(q, "on demand: a fault a page, but only for pages in use; of 10%%: %llu",
			      (unsigned long long)tenth);
		populate = question_row(q, "all at once (populate)", CR2_AMOUNT_TIME, -1, &s[POPULATE]);
		question_row(q, q->meter.perf >= 0 ? "  its faults" : "  its faults, as getrusage has them",
			     CR2_AMOUNT_COUNT, 0, &s[POPULATE_FAULTS]);
		all = question_row(q, "on demand, all used", CR2_AMOUNT_TIME, pages * COURSE_FAULT, &s[ALL]);
		question_row(q, "  its faults", CR2_AMOUNT_COUNT, pages, &s[ALL_FAULTS]);
		part = question_row(q, "on demand, 10% used", CR2_AMOUNT_TIME,
				    (double)tenth * COURSE_FAULT, &s[PART]);
		question_row(q, "  its faults", CR2_AMOUNT_COUNT, (double)tenth, &s[PART_FAULTS]);
		question_verdict(q, part < populate && populate < all,
			"Used up, memory is %.2f times as fast all at once: what is saved is the exceptions, "
			"not the zeroing. Used to a tenth, demand paging is %.1f times as fast and takes a "
			"tenth of the memory. The two are even where %.0f%% of the pages are used.",
			all / populate, populate / part, populate / all * 100);
	}
	question_finish(s, N_WAYS);
	return r;
}
