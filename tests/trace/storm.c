/* SPDX-License-Identifier: MIT */
/*
 * storm N: writes to N fresh pages, one fault each, in a function of its own. N 0: says when it is
 * there, waits for SIGUSR1, and writes to 100.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096UL
#define PAGES 1024UL

__attribute__((noinline)) static void touch_pages(volatile char *start, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		start[i * PAGE] = 1;
}

static void wait_for_signal(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("here");
	fflush(stdout);
	sigwait(&set, &number);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	char *start = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return 1;
	madvise(start, PAGES * PAGE, MADV_NOHUGEPAGE);
	if (n == 0) {
		wait_for_signal();
		n = 100;
	}
	for (; n; n -= n < PAGES ? n : PAGES) {
		touch_pages(start, n < PAGES ? n : PAGES);
		madvise(start, PAGES * PAGE, MADV_DONTNEED);
	}
	return 0;
}
