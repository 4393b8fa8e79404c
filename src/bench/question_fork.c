/* SPDX-License-Identifier: MIT */
/* Questions about fork: what it copies at once, and what it leaves for later. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cr2/record.h>

#include "bench/questions.h"
#include "bench/touch.h"

/*
 * What smaps says of the mapping at base, in bytes. It counts entry by entry; the sums of statm
 * and status are some dozens of pages off since 6.2.
 */
static double mapping_bytes(pid_t pid, const uint8_t *base, const char *name)
{
	char path[32], line[256], head[32];
	unsigned long long kib = 0;
	size_t length = strlen(name);
	bool inside = false;
	FILE *file;

	snprintf(head, sizeof(head), "%llx-", (unsigned long long)(uintptr_t)base);
	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, head, strlen(head)) == 0)
			inside = true;
		else if (inside && strncmp(line, name, length) == 0 &&
			 sscanf(line + length, ": %llu", &kib) == 1)
			break;
	}
	if (file)
		fclose(file);
	return (double)kib * 1024;
}

/* Memory with a fence on either side: the mapping stays one of its own in smaps. */
struct fenced {
	uint8_t *room, *base;
	uint64_t bytes;
};

static int map_fenced(uint64_t bytes, int flags, struct fenced *ret_memory)
{
	uint64_t all = bytes + 2 * CR2_PAGE_SIZE;
	uint8_t *room = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *base = room + CR2_PAGE_SIZE;

	if (room == MAP_FAILED)
		return -errno;
	if (mmap(base, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	    MAP_FAILED) {
		munmap(room, all);
		return -ENOMEM;
	}
	madvise(base, bytes, MADV_NOHUGEPAGE);
	bench_write(base, bytes / CR2_PAGE_SIZE, CR2_PAGE_SIZE, NULL, 1);
	*ret_memory = (struct fenced){room, base, bytes};
	return 0;
}

static void unmap_fenced(const struct fenced *memory)
{
	munmap(memory->room, memory->bytes + 2 * CR2_PAGE_SIZE);
}

enum { BARE, BARE_ENTRIES, BARE_TABLES, FULL, ENTRIES, TABLES, SHARED, SHARED_ENTRIES,
       SHARED_TABLES, N_FORKS };

/*
 * How long, how many pages of the memory the child maps, which touched none, and the bytes of its
 * page tables.
 */
static int fork_once(const uint8_t *base, struct bench_series *series)
{
	double start = bench_now(), ns;
	pid_t child;
	int r = bench_fork(&child);

	ns = bench_now() - start;
	if (r < 0)
		return r;
	r = bench_series_add(&series[0], ns);
	if (r == 0)
		r = bench_series_add(&series[1], base ? mapping_bytes(child, base, "Rss") / CR2_PAGE_SIZE : 0);
	if (r == 0)
		r = bench_series_add(&series[2], (double)bench_proc_bytes(child, "status", "VmPTE"));
	bench_end(child);
	return r;
}

static int fork_with(struct question *q, int flags, struct bench_series *series)
{
	struct fenced memory;
	int r = map_fenced(q->pages * CR2_PAGE_SIZE, flags, &memory);

	if (r < 0)
		return r;
	r = fork_once(memory.base, series);
	unmap_fenced(&memory);
	return r;
}

static int fork_often(struct question *q, struct bench_series *s)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < q->plan->rounds; i++) {
		r = fork_once(NULL, &s[BARE]);
		if (r == 0)
			r = fork_with(q, MAP_PRIVATE, &s[FULL]);
		if (r == 0)
			r = fork_with(q, MAP_SHARED, &s[SHARED]);
	}
	return r;
}

/* So many bytes of entries, from one cached place to another: what copying alone would take. */
static int copy_entries(struct question *q, struct bench_series *series)
{
	size_t size = q->pages * 8;
	uint8_t *from = malloc(2 * size);
	int r = from ? 0 : -ENOMEM;

	if (from)
		memset(from, 1, 2 * size);
	for (unsigned i = 0; r == 0 && i < q->plan->rounds; i++) {
		double start = bench_now();

		memcpy(from + size, from, size);
		__asm__ volatile("" : : "r"(from) : "memory");
		r = bench_series_add(series, bench_now() - start);
	}
	free(from);
	return r;
}

/* What is there because of the memory, not of the program itself. */
static double beyond(struct bench_series *with, struct bench_series *bare)
{
	return bench_series_figure(with).median - bench_series_figure(bare).median;
}

static void answer_fork(struct question *q, struct bench_series *s, struct bench_series *copy)
{
	double pages = (double)q->pages, course = COURSE_FORK * pages / GIB_PAGES;
	double bare = bench_series_figure(&s[BARE]).median, full, alone, entry;

	question_step(q, "%g MiB / 4096 bytes a page = %.0f entries × 8 bytes = %.0f KiB of page tables",
		      pages / 256, pages, pages * 8 / 1024);
	question_step(q, "the course: %.3g ms / %.0f = %.2f ns an entry", course / 1e6, pages, course / pages);
	full = question_row(q, "fork", CR2_AMOUNT_TIME, course, &s[FULL]);
	entry = (full - bare) / pages;
	question_known(q, "  an entry, beyond the small fork", CR2_AMOUNT_TIME, course / pages, entry);
	question_row(q, "  entries copied", CR2_AMOUNT_COUNT, pages, &s[ENTRIES]);
	question_known(q, "  page tables of the child", CR2_AMOUNT_BYTES, pages * 8,
		       beyond(&s[TABLES], &s[BARE_TABLES]));
	question_row(q, "fork of this small program", CR2_AMOUNT_TIME, -1, &s[BARE]);
	question_row(q, "fork, the memory is MAP_SHARED", CR2_AMOUNT_TIME, -1, &s[SHARED]);
	question_row(q, "  entries copied", CR2_AMOUNT_COUNT, -1, &s[SHARED_ENTRIES]);
	alone = question_row(q, "memcpy of as many bytes", CR2_AMOUNT_TIME, -1, copy);
	question_verdict(q, question_near(full, course),
		"%.3g times the course's. memcpy of the entries takes %.2g ms, but fork copies entry by entry: it "
		"finds each page's struct page (%.0f KiB of them), counts a reference and a mapping more, takes "
		"the right to write from parent and child, makes %.0f tables. Shared memory is left to "
		"later faults.", full / course, alone / 1e6, pages * 64 / 1024, pages / 512);
}

int question_fork(struct question *q)
{
	struct bench_series s[N_FORKS] = {0}, copy = {0};
	int r;

	/* What a child maps is read there. */
	if (access("/proc/self/smaps", R_OK) < 0)
		return -errno;
	question_scale(q);
	r = fork_often(q, s);
	if (r == 0)
		r = copy_entries(q, &copy);
	if (r == 0)
		answer_fork(q, s, &copy);
	question_finish(s, N_FORKS);
	question_finish(&copy, 1);
	return r;
}

#define PAGES 1000
#define WRITTEN 100

enum { CHILD, FAULTS, COPIED, EAGER, N_TENTH };

struct report {
	double ns;
	uint64_t faults;
	atomic_bool written;
};

/*
 * In the child: every tenth page. What this writes besides is its own before it counts, and what
 * runs is mapped: fork leaves mappings of files to later faults.
 */
static void write_tenth(uint8_t *base, struct report *report)
{
	struct meter meter = {.perf = -1};
	struct meter_count count;
	uint8_t nothing = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	meter_start(&meter);
	bench_write(&nothing, 1, 0, NULL, 1);
	report->ns = meter_stop(&meter, &count);
	meter_start(&meter);
	bench_write(base, WRITTEN, PAGES / WRITTEN * CR2_PAGE_SIZE, NULL, 2);
	report->ns = meter_stop(&meter, &count);
	report->faults = count.minor;
	atomic_store(&report->written, true);
	for (;;)
		pause();
}

static int child_writes(uint8_t *base, struct report *report, struct bench_series *s)
{
	pid_t child;
	int r;

	atomic_store(&report->written, false);
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		write_tenth(base, report);
	while (!atomic_load(&report->written) && waitpid(child, NULL, WNOHANG) == 0)
		usleep(200);
	r = bench_series_add(&s[CHILD], report->ns);
	if (r == 0)
		r = bench_series_add(&s[FAULTS], (double)report->faults);
	if (r == 0)
		r = bench_series_add(&s[COPIED], mapping_bytes(child, base, "Private_Dirty"));
	bench_end(child);
	return r;
}

/* What a fork without copy-on-write would do: all pages into fresh memory. */
static int copy_all(const uint8_t *from, struct bench_series *series)
{
	uint8_t *to;
	double start;
	int r = bench_map(PAGES * CR2_PAGE_SIZE, &to);

	if (r < 0)
		return r;
	start = bench_now();
	memcpy(to, from, PAGES * CR2_PAGE_SIZE);
	r = bench_series_add(series, bench_now() - start);
	munmap(to, PAGES * CR2_PAGE_SIZE);
	return r;
}

static int tenth_often(struct question *q, struct bench_series *s)
{
	struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct fenced memory;
	int r;

	if (report == MAP_FAILED)
		return -errno;
	r = map_fenced(PAGES * CR2_PAGE_SIZE, MAP_PRIVATE, &memory);
	if (r < 0)
		goto out;
	for (unsigned i = 0; r == 0 && i < q->plan->rounds * 3; i++) {
		r = child_writes(memory.base, report, s);
		if (r == 0)
			r = copy_all(memory.base, &s[EAGER]);
	}
	unmap_fenced(&memory);
out:
	munmap(report, sizeof(*report));
	return r;
}

int question_tenth(struct question *q)
{
	struct bench_series s[N_TENTH] = {0};
	double child, copied, faults, eager;
	int r = tenth_often(q, s);

	q->answer->bytes = PAGES * CR2_PAGE_SIZE;
	if (r == 0) {
		question_step(q, "10%% of 1000 = 100 faults, 100 pages copied = 400 KiB; 900 pages stay shared");
		question_step(q, "100 × 1 µs = 100 µs; without copy-on-write: 1000 pages = 4000 KiB");
		faults = question_row(q, "the child's faults", CR2_AMOUNT_COUNT, WRITTEN, &s[FAULTS]);
		copied = question_row(q, "bytes copied", CR2_AMOUNT_BYTES, WRITTEN * CR2_PAGE_SIZE, &s[COPIED]);
		child = question_row(q, "its writes", CR2_AMOUNT_TIME, WRITTEN * COURSE_FAULT, &s[CHILD]);
		eager = question_row(q, "copying all 1000 instead", CR2_AMOUNT_TIME, -1, &s[EAGER]);
		question_known(q, "memory saved", CR2_AMOUNT_BYTES, (PAGES - WRITTEN) * CR2_PAGE_SIZE,
			       PAGES * CR2_PAGE_SIZE - copied);
		question_verdict(q, faults == WRITTEN && copied == WRITTEN * CR2_PAGE_SIZE &&
				 question_near(child, WRITTEN * COURSE_FAULT),
			"%.0f faults, %.0f KiB copied. Copying all at once would take %.1f times "
			"as long here; %.0f%% of the memory is saved. A fault costs more than copying its page, "
			"so a child that writes nearly everything pays more than an eager copy.",
			faults, copied / 1024, eager / child,
			(1 - copied / (PAGES * CR2_PAGE_SIZE)) * 100);
	}
	question_finish(s, N_TENTH);
	return r;
}
