/* SPDX-License-Identifier: MIT */
/*
 * A process that somebody attaches to in its middle. Before: memory that it wrote to, read, shares with a child that
 * lives and with one that is gone, took rights from; files that it read and wrote to. It prints "ready" and waits for
 * SIGUSR1; then it goes on with each, so that what a fault comes to depends on what was there.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define FILE_PAGES 64

static volatile char sink;

static void get(const char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		sink = *(const volatile char *)&p[i * PAGE];
}

static int make_file(void)
{
	char name[] = "attached.XXXXXX", page[PAGE] = {1};
	int fd = mkstemp(name);

	if (fd < 0)
		exit(1);
	for (int i = 0; i < FILE_PAGES; i++)
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(1);
	fsync(fd);
	return fd;
}

static char *huge(void)
{
	char *p = map(-1, 4 * HUGE / PAGE, MAP_PRIVATE);

	p += HUGE - (unsigned long)p % HUGE;
	madvise(p, 2 * HUGE, MADV_HUGEPAGE);
	return p;
}

static pid_t child_that(void (*does)(void))
{
	pid_t child = fork();

	if (child == 0) {
		does();
		_exit(0);
	}
	return child;
}

static void sleep_on(void)
{
	for (;;)
		pause();
}

static void nothing(void)
{
}

static char *fresh, *zeros, *left, *shared, *rights, *copied, *written, *anonymous, *large, *moved;

static void change(void)
{
	put(fresh, 0, 30);
	put(left, 0, 4);
	put(copied, 0, 40);
	get(anonymous, 0, 16);
	put(large, 0, 3);
}

int main(void)
{
	const int fd = make_file();
	sigset_t set;
	pid_t child;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fresh = map(-1, 64, MAP_PRIVATE);
	zeros = map(-1, 16, MAP_PRIVATE);
	left = map(-1, 12, MAP_PRIVATE);
	shared = map(-1, 24, MAP_PRIVATE);
	rights = map(-1, 10, MAP_PRIVATE);
	moved = map(-1, 8, MAP_PRIVATE);
	copied = map(fd, FILE_PAGES, MAP_PRIVATE);
	written = map(fd, FILE_PAGES, MAP_SHARED);
	anonymous = map(-1, 16, MAP_SHARED);
	large = huge();
	put(left, 0, 12);
	waitpid(child_that(nothing), NULL, 0);
	put(shared, 0, 24);
	child = child_that(sleep_on);
	put(fresh, 0, 20);
	get(zeros, 0, 16);
	put(rights, 0, 10);
	mprotect(rights, 10 * PAGE, PROT_READ);
	put(moved, 0, 8);
	get(copied, 0, 8);
	put(copied, 40, 44);
	get(written, 16, 24);
	put(written, 32, 36);
	put(anonymous, 0, 8);
	put(large, 0, 1);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &number);

	put(fresh, 0, 40); /* half is there */
	put(zeros, 0, 16);
	put(left, 0, 8); /* whom they were shared with is gone */
	put(shared, 0, 16); /* and here it lives */
	/* The kernel may not write there yet. */
	if (pread(fd, rights, 1, 0) >= 0)
		return 1;
	mprotect(rights, 10 * PAGE, PROT_READ | PROT_WRITE);
	put(rights, 0, 10);
	get(copied, 0, FILE_PAGES);
	put(copied, 0, 20);
	put(written, 16, 48);
	put(anonymous, 0, 12);
	put(large, 1, 2);
	moved = mremap(moved, 8 * PAGE, 32 * PAGE, MREMAP_MAYMOVE);
	put(moved, 0, 16);
	munmap(fresh + 50 * PAGE, 14 * PAGE);
	madvise(fresh, 4 * PAGE, MADV_DONTNEED);
	get(fresh, 0, 6);
	free(calloc(1, 300000));
	waitpid(child_that(change), NULL, 0);
	change();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	put(shared, 16, 20); /* nobody has them any more: who did is not recorded */
	return 0;
}
