/* SPDX-License-Identifier: MIT */
/* Faults on files: in tmpfs, whose pages are resident, and on a disk, whose are not. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/costs.h"
#include "bench/touch.h"

static int write_pages(int fd, uint64_t pages)
{
	uint8_t page[CR2_PAGE_SIZE];

	memset(page, 0xC3, sizeof(page));
	for (uint64_t i = 0; i < pages; i++)
		if (pwrite(fd, page, sizeof(page), (off_t)(i * sizeof(page))) != (ssize_t)sizeof(page))
			return errno ? -errno : -EIO;
	return 0;
}

int cost_open_memfd(struct cost_bench *bench)
{
	if (bench->memfd >= 0)
		return 0;
	bench->memfd = memfd_create("cr2-bench", MFD_CLOEXEC);
	return bench->memfd < 0 ? -errno : write_pages(bench->memfd, bench->plan->pages);
}

/* Fault-around's windows lie where addresses are multiples of their size. */
#define ALIGNMENT (2UL << 20)

static int map_file(struct cost_bench *bench, int prot, int flags, uint8_t **ret_base)
{
	uint64_t bytes = bench->plan->pages * CR2_PAGE_SIZE;
	int r = cost_open_memfd(bench);
	uint8_t *room, *base;

	if (r < 0)
		return r;
	room = mmap(NULL, bytes + ALIGNMENT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return -errno;
	base = room + (ALIGNMENT - (uintptr_t)room % ALIGNMENT) % ALIGNMENT;
	munmap(room, bytes + ALIGNMENT);
	base = mmap(base, bytes, prot, flags | MAP_FIXED_NOREPLACE, bench->memfd, 0);
	if (base == MAP_FAILED)
		return -errno;
	*ret_base = base;
	return 0;
}

int cost_file_cow(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base = NULL;
	int r = map_file(bench, PROT_READ | PROT_WRITE, MAP_PRIVATE, &base);

	if (r < 0)
		return r;
	meter_start(&bench->meter);
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	cost_take(bench, pages, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

int cost_file_shared(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages;
	uint8_t *base = NULL;
	int r = map_file(bench, PROT_READ | PROT_WRITE, MAP_SHARED, &base);

	if (r < 0)
		return r;
	meter_start(&bench->meter);
	bench_write(base, pages, CR2_PAGE_SIZE, NULL, 1);
	cost_take(bench, pages, sample);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

/*
 * How many pages a fault brings is a system setting that often cannot even be read, so it is
 * found out: the first fault's neighbours are those that are then present.
 */
static uint64_t found_around(struct cost_bench *bench)
{
	uint64_t pages = bench->plan->pages;
	struct meter_count count = {0};
	uint8_t *base;

	if (map_file(bench, PROT_READ, MAP_PRIVATE, &base) < 0)
		return 0;
	meter_start(&bench->meter);
	bench_read(base, pages, CR2_PAGE_SIZE, NULL);
	meter_stop(&bench->meter, &count);
	munmap(base, pages * CR2_PAGE_SIZE);
	return count.minor ? pages / count.minor : 0;
}

int cost_file_read_around(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages, around = found_around(bench);
	uint8_t *base;
	int r;

	if (around < 2)
		return cost_absent(bench, "fault-around is off: fault_around_bytes in debugfs");
	r = map_file(bench, PROT_READ, MAP_PRIVATE, &base);
	if (r < 0)
		return r;
	meter_start(&bench->meter);
	bench_read(base, pages / around, around * CR2_PAGE_SIZE, NULL);
	cost_take(bench, pages / around, sample);
	meter_start(&bench->meter);
	bench_read(base, pages, CR2_PAGE_SIZE, NULL);
	meter_stop(&bench->meter, &sample->seen_after);
	if (sample->seen_after.minor)
		cost_doubt(sample, "a fault did not map its neighbours");
	snprintf(bench->note, sizeof(bench->note), "each fault maps %llu pages",
		 (unsigned long long)around);
	munmap(base, pages * CR2_PAGE_SIZE);
	return 0;
}

/*
 * The kernel maps no neighbours where a userfaultfd watches for writes, and what is only read
 * never asks it: no system setting has to be changed for one page a fault.
 */
static int watch_writes(int uffd, uint8_t *base, uint64_t bytes)
{
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_WP_HUGETLBFS_SHMEM};
	struct uffdio_register range = {
		.range = {(uintptr_t)base, bytes},
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	if (ioctl(uffd, UFFDIO_API, &api) < 0 || ioctl(uffd, UFFDIO_REGISTER, &range) < 0)
		return -errno;
	return 0;
}

int cost_file_read(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->pages, bytes = pages * CR2_PAGE_SIZE;
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY), r;
	uint8_t *base;

	r = map_file(bench, PROT_READ, MAP_SHARED, &base);
	if (r == 0 && (uffd < 0 || watch_writes(uffd, base, bytes) < 0)) {
		r = cost_absent(bench, "fault-around cannot be kept away: userfaultfd with write "
				"protection of tmpfs, Linux 5.19");
		munmap(base, bytes);
	}
	if (r == 0) {
		meter_start(&bench->meter);
		bench_read(base, pages, CR2_PAGE_SIZE, NULL);
		cost_take(bench, pages, sample);
		snprintf(bench->note, sizeof(bench->note),
			 "fault-around is kept away by a userfaultfd that watches for writes");
		munmap(base, bytes);
	}
	if (uffd >= 0)
		close(uffd);
	return r;
}

/* What was read stays in memory on file systems that have no disk. */
static bool drop(int fd, uint8_t *base, uint64_t pages)
{
	unsigned char present[CR2_PAGE_SIZE];

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (pages > sizeof(present) || mincore(base, pages * CR2_PAGE_SIZE, present) < 0)
		return false;
	for (uint64_t i = 0; i < pages; i++)
		if (present[i] & 1)
			return false;
	return true;
}

/* A nameless file in the folder, written to the disk. Returns it or a negative errno. */
static int make_cold(const char *folder, uint64_t pages)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), r;

	if (fd < 0)
		return -errno;
	r = write_pages(fd, pages);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

static bool can_drop(int fd, uint64_t pages)
{
	void *base = mmap(NULL, pages * CR2_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	bool can = base != MAP_FAILED && drop(fd, base, pages);

	if (base != MAP_FAILED)
		munmap(base, pages * CR2_PAGE_SIZE);
	return can;
}

static void open_cold(struct cost_bench *bench)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp", "."};

	for (size_t i = 0; bench->cold < 0 && i < CR2_ARRAY_SIZE(folders); i++) {
		int fd = folders[i] ? make_cold(folders[i], bench->plan->cold_pages) : -1;

		if (fd >= 0 && can_drop(fd, bench->plan->cold_pages))
			bench->cold = fd;
		else if (fd >= 0)
			close(fd);
	}
}

/* In no order, without readahead: each page is read for itself. */
int cost_major(struct cost_bench *bench, struct cost_sample *sample)
{
	uint64_t pages = bench->plan->cold_pages, bytes = pages * CR2_PAGE_SIZE;
	uint8_t *base;

	if (bench->cold < 0)
		open_cold(bench);
	if (bench->cold < 0)
		return cost_absent(bench, "no file on a disk can be made in $TMPDIR, /var/tmp, /tmp or .");
	base = mmap(NULL, bytes, PROT_READ, MAP_SHARED, bench->cold, 0);
	if (base == MAP_FAILED)
		return -errno;
	madvise(base, bytes, MADV_RANDOM);
	if (!drop(bench->cold, base, pages))
		cost_doubt(sample, "the file's pages stayed in memory");
	meter_start(&bench->meter);
	bench_read(base, pages, CR2_PAGE_SIZE, bench->order);
	cost_take(bench, pages, sample);
	sample->major = pages;
	munmap(base, bytes);
	return 0;
}
