/* SPDX-License-Identifier: MIT */
/* fork, exit and munmap: what they cost for each page that a process has. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/touch.h"

/* fork's faults are its own pages' after it: how many depends on the C library. */
static void faults_do_not_count(struct cost_sample *sample)
{
	sample->settled = sample->seen.minor + sample->seen.major;
	sample->seen.has_exceptions = false;
}

static int timed_fork(struct cost_bench *bench, struct cost_sample *sample, pid_t *ret_child)
{
	int r;

	meter_start(&bench->meter);
	r = bench_fork(ret_child);
	cost_take(bench, 1, sample);
	faults_do_not_count(sample);
	return r;
}

int cost_fork(struct cost_bench *bench, struct cost_sample *sample)
{
	pid_t child;
	int r = timed_fork(bench, sample, &child);

	if (r == 0)
		bench_end(child);
	return r;
}

int cost_fork_page(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->many_pages;
	struct cost_sample bare = {0};
	uint8_t *base;
	pid_t child;
	int r = cost_fork(bench, &bare);

	if (r == 0)
		r = bench_map(pages * CR2_PAGE_SIZE, &base);
	if (r < 0)
		return r;
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	r = timed_fork(bench, sample, &child);
	if (r == 0) {
		/* Counted entry by entry: statm and status are some dozens of pages off since 6.2. */
		if (bench_proc_bytes(child, "smaps_rollup", "Rss") < pages * CR2_PAGE_SIZE)
			cost_doubt(sample, "the child does not map the pages");
		bench_end(child);
	}
	sample->ns = (sample->ns - bare.ns) / (double)pages;
	sample->units = pages;
	munmap(base, pages * CR2_PAGE_SIZE);
	return r;
}

/* What the child tells before it exits. */
struct last_words {
	double ns; /* CPU time that it took until then */
	uint64_t minor; /* faults of its touches */
};

static void live(uint64_t pages, struct last_words *words)
{
	struct meter meter = {.perf = -1};
	struct meter_count count = {0};
	struct timespec now;
	uint8_t *base;

	if (pages && bench_map(pages * CR2_PAGE_SIZE, &base) == 0) {
		meter_start(&meter);
		bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
		meter_stop(&meter, &count);
	}
	words->minor = count.minor;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	words->ns = (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
	_exit(0);
}

static double microseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e6 + (double)time->tv_usec;
}

/* A life's whole CPU time, which the parent learns, less what it had taken before its exit. */
static int timed_exit(uint64_t pages, struct last_words *words, double *ret_ns)
{
	struct rusage usage;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		live(pages, words);
	while (wait4(child, NULL, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_ns = (microseconds(&usage.ru_utime) + microseconds(&usage.ru_stime)) * 1000 - words->ns;
	return 0;
}

int cost_exit_page(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->many_pages;
	struct last_words *words = mmap(NULL, sizeof(*words), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double bare = 0, full = 0;
	int r = words == MAP_FAILED ? -errno : timed_exit(0, words, &bare);

	if (r == 0)
		r = timed_exit(pages, words, &full);
	if (r == 0) {
		sample->ns = (full - bare) / (double)pages;
		sample->units = pages;
		if (words->minor < pages)
			cost_doubt(sample, "the child did not touch the pages");
	}
	if (words != MAP_FAILED)
		munmap(words, sizeof(*words));
	return r;
}

int cost_munmap_page(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->many_pages;
	uint8_t *base;
	int r = bench_map(pages * CR2_PAGE_SIZE, &base);

	if (r < 0)
		return r;
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	meter_start(&bench->meter);
	munmap(base, pages * CR2_PAGE_SIZE);
	cost_take(bench, pages, sample);
	sample->settled = 0;
	return 0;
}
