/* SPDX-License-Identifier: MIT */
/*
 * swapped DEVICE: a process whose memory is in swap, DEVICE, when somebody attaches to it: its own, what a child that lives has as
 * well, and what one had that is gone; of a file that it wrote to; of a page of 2 MiB. It prints its number and its child's,
 * and waits for SIGUSR1; then it reads and writes what is there, moves it, gives it up, and pages are taken again.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define PAGES 32
#define IN_SWAP (1ULL << 62)

static volatile char sink;
static int pagemap, orders[2], done[2];

static void must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static void get(const char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		sink = *(const volatile char *)&p[i * PAGE];
}

static int are_swapped(const char *p, size_t pages)
{
	uint64_t entry;

	for (size_t i = 0; i < pages; i++)
		if (pread(pagemap, &entry, sizeof(entry), (off_t)(((uintptr_t)p / PAGE + i) * sizeof(entry))) != sizeof(entry) ||
		    !(entry & IN_SWAP))
			return 0;
	return 1;
}

/* The kernel passes over what somebody holds for the moment. */
static void take(char *p, size_t pages)
{
	for (int i = 0; i < 100 && !are_swapped(p, pages); i++)
		must(madvise(p, pages * PAGE, MADV_PAGEOUT), "madvise");
	if (!are_swapped(p, pages)) {
		fputs("swapped: pages are not taken\n", stderr);
		exit(1);
	}
}

static char *swapped(size_t pages)
{
	char *p = map(-1, pages, MAP_PRIVATE);

	put(p, 0, pages);
	take(p, pages);
	return p;
}

static int make_file(void)
{
	char name[] = "swapped.XXXXXX", page[PAGE] = {1};
	int fd = mkstemp(name);

	must(fd, "mkstemp");
	for (int i = 0; i < PAGES; i++)
		must((int)write(fd, page, PAGE), "write");
	must(fsync(fd), "fsync");
	return fd;
}

static char *large(void)
{
	char *p = map(-1, 2 * HUGE / PAGE, MAP_PRIVATE);

	p += HUGE - (uintptr_t)p % HUGE;
	madvise(p, HUGE, MADV_HUGEPAGE);
	put(p, 0, HUGE / PAGE);
	take(p, HUGE / PAGE);
	return p;
}

/* Writes where it is told to, until it is told no more. */
static pid_t make_child(char *p)
{
	pid_t child;
	char page;

	must(pipe(orders), "pipe");
	must(pipe(done), "pipe");
	child = fork();
	if (child)
		return child;
	close(orders[1]);
	while (read(orders[0], &page, 1) == 1) {
		put(p, (size_t)page, (size_t)page + 1);
		must((int)write(done[1], "", 1), "write");
	}
	_exit(0);
}

static void tell(char page)
{
	must((int)write(orders[1], &page, 1), "write");
	must((int)read(done[0], &page, 1), "read");
}

int main(int argc, char **argv)
{
	char *own, *moved, *given, *left, *shared, *of_file, *big;
	sigset_t set;
	pid_t child;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	must(argc == 2 ? swapon(argv[1], 0) : -1, "swapon");
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	shared = swapped(PAGES);
	child = make_child(shared);
	of_file = map(make_file(), PAGES, MAP_PRIVATE);
	put(of_file, 0, 8);
	take(of_file, 8);
	moved = swapped(PAGES);
	given = swapped(PAGES);
	left = swapped(PAGES);
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	big = large();
	own = swapped(2 * PAGES);
	own[0] = 1; /* the only one that is back */
	printf("%d,%d\n", (int)getpid(), (int)child);
	fflush(stdout);
	sigwait(&set, &number);

	put(own, 0, 16);
	get(own, 16, 32);
	put(own, 16, 24); /* read before */
	take(own, 8);
	put(own, 0, 4);
	get(own, 4, 6);
	moved = mremap(moved, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE);
	put(moved, 0, 8);
	mprotect(moved, PAGES * PAGE, PROT_READ);
	get(moved, 8, 16);
	mprotect(moved, PAGES * PAGE, PROT_READ | PROT_WRITE);
	put(moved, 8, 24);
	must(madvise(given, 8 * PAGE, MADV_DONTNEED), "madvise");
	munmap(given + 8 * PAGE, 8 * PAGE);
	put(given, 0, 8);
	put(given, 16, 20);
	get(left, 0, 8);
	put(left, 0, 16); /* whom they were shared with is gone */
	get(of_file, 0, 4);
	put(of_file, 0, PAGES);
	get(big, 0, 4);
	put(big, 0, 8);
	put(big, 100, 104);
	put(shared, 0, 4); /* the child has them as well, */
	get(shared, 4, 8);
	put(shared, 4, 6);
	tell(0); /* and then alone, */
	tell(6);
	put(shared, 7, 8);
	tell(12);
	put(shared, 12, 13);
	if (fork() == 0) {
		get(own, 30, 40);
		put(own, 34, 44);
		put(shared, 14, 16);
		_exit(0);
	}
	wait(NULL);
	put(own, 34, 40);
	close(orders[1]);
	waitpid(child, NULL, 0);
	get(shared, 16, 20); /* and then nobody does */
	put(shared, 16, 24);
	return 0;
}
