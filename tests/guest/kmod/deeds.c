/* SPDX-License-Identifier: MIT */
/* Deeds: each takes faults of one kind. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deeds.h"

#define FILE_PATH "/disk/file"
#define THREADS 4

static volatile char sink;

void must(bool is_true, const char *what)
{
	if (is_true)
		return;
	perror(what);
	_exit(1);
}

char *map_pages(size_t n)
{
	char *p = mmap((void *)0x10000000000, n * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED, "mmap");
	madvise(p, n * PAGE, MADV_NOHUGEPAGE);
	return p;
}

void touch_pages(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)p)[i * PAGE] = 1;
}

static void deed_idle(size_t n)
{
	(void)n;
}

static void deed_touch(size_t n)
{
	touch_pages(map_pages(n), n);
}

/* The kernel writes: its accesses fault, not ours. */
static void deed_read(size_t n)
{
	char *p = map_pages(n);
	int fd = open("/dev/zero", O_RDONLY);

	for (size_t i = 0; i < n; i++)
		must(read(fd, p + i * PAGE, 1) == 1, "/dev/zero");
}

/* Nobody accesses: the kernel looks up the pages, and has them made. */
static void deed_populate(size_t n)
{
	must(mlock(map_pages(n), n * PAGE) == 0, "mlock");
}

static int make_file(size_t pages)
{
	int fd = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC, 0644);
	char page[PAGE] = "";

	for (size_t i = 0; i < pages; i++)
		must(write(fd, page, PAGE) == PAGE, FILE_PATH);
	must(fsync(fd) == 0, FILE_PATH);
	return fd;
}

/* Each page is to come from the disk, and with it no other one. */
static void deed_major(size_t n)
{
	int fd = make_file(n);
	char *p = mmap(NULL, n * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	must(p != MAP_FAILED, "mmap");
	madvise(p, n * PAGE, MADV_RANDOM);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (size_t i = 0; i < n; i++)
		sink = ((volatile char *)p)[i * PAGE];
}

static size_t bus_left;

static void bus_again(int signal)
{
	(void)signal;
	if (--bus_left == 0)
		_exit(0);
}

/* The access is made again after the handler, until it has been refused n times. */
static void deed_bus(size_t n)
{
	int fd = make_file(1);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	must(p != MAP_FAILED, "mmap");
	bus_left = n;
	signal(SIGBUS, bus_again);
	sink = ((volatile char *)p)[PAGE];
}

void come_and_go(size_t n)
{
	for (int i = 0; i < 8; i++) {
		char *p = map_pages(n);

		touch_pages(p, n);
		munmap(p, n * PAGE);
	}
}

static void *come_and_go_thread(void *n)
{
	come_and_go(*(size_t *)n);
	return NULL;
}

/* They change the address space and fault in it, so that they get in each other's way. */
static void deed_threads(size_t n)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, come_and_go_thread, &n) == 0, "thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void wait_for_all(void)
{
	while (wait(NULL) > 0)
		;
}

/* As many processes as n, which live together until all are there. */
static void deed_bomb(size_t n)
{
	int gate[2];
	char c;

	must(pipe(gate) == 0, "pipe");
	for (size_t i = 0; i < n; i++) {
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (pid == 0) {
			close(gate[1]);
			touch_pages(map_pages(3), 3);
			_exit(read(gate[0], &c, 1) != 0);
		}
	}
	close(gate[1]);
	wait_for_all();
}

void deed_row(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (pid == 0) {
			touch_pages(map_pages(3), 3);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static const struct {
	const char *name;
	deed_fn *run;
} deeds[] = {
	{"idle", deed_idle}, {"touch", deed_touch}, {"read", deed_read},
	{"populate", deed_populate}, {"major", deed_major}, {"bus", deed_bus},
	{"threads", deed_threads}, {"bomb", deed_bomb}, {"row", deed_row},
};

deed_fn *find_deed(const char *name)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++)
		if (strcmp(name, deeds[i].name) == 0)
			return deeds[i].run;
	return NULL;
}
