/* SPDX-License-Identifier: MIT */
/*
 * storm N: writes to N fresh pages, one fault each, in a function of its own. N 0: says when it is
 * there, waits for SIGUSR1, and writes to 100. storm -k N: read(2) takes the faults, in kernel mode.
 * storm -h N: says when it is there, waits for SIGUSR1, writes to N pages (up to 64), drops the first ten, says so,
 * and waits again.
 * storm -t SECONDS: for scripts/bench-trace, prints a line for 64 faults at a time: when (CLOCK_MONOTONIC in
 * s), and the CPU time of one in ns.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define PAGES 64UL

__attribute__((noinline)) static void touch_pages(volatile char *start, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		start[i * PAGE] = 1;
}

/* Between it and main(), so that a call stack is one. */
__attribute__((noinline)) static void touch_again(char *start, unsigned long n)
{
	for (; n; n -= n < PAGES ? n : PAGES) {
		touch_pages(start, n < PAGES ? n : PAGES);
		madvise(start, PAGES * PAGE, MADV_DONTNEED);
	}
}

__attribute__((noinline)) static int read_pages(char *start, unsigned long n)
{
	int zero = open("/dev/zero", O_RDONLY);

	for (unsigned long i = 0; i < n; i++)
		if (read(zero, start + i % PAGES * PAGE, 1) != 1 ||
		    (i % PAGES == PAGES - 1 && madvise(start, PAGES * PAGE, MADV_DONTNEED) != 0))
			return 1;
	return close(zero);
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

static int hold_pages(char *start, unsigned long n)
{
	wait_for_signal();
	touch_pages(start, n < PAGES ? n : PAGES);
	if (madvise(start, 10 * PAGE, MADV_DONTNEED) != 0)
		return 1;
	wait_for_signal();
	return 0;
}

static double now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int measure(char *start, double seconds)
{
	const double end = now_ns(CLOCK_MONOTONIC) + seconds * 1e9;

	for (double now; (now = now_ns(CLOCK_MONOTONIC)) < end;) {
		/* Of this thread: what ran meanwhile is not its own. */
		const double began = now_ns(CLOCK_THREAD_CPUTIME_ID);

		touch_pages(start, PAGES);
		printf("%.6f %.1f\n", now / 1e9, (now_ns(CLOCK_THREAD_CPUTIME_ID) - began) / PAGES);
		madvise(start, PAGES * PAGE, MADV_DONTNEED);
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	char *start = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return 1;
	madvise(start, PAGES * PAGE, MADV_NOHUGEPAGE);
	if (argc > 2 && strcmp(argv[1], "-t") == 0)
		return measure(start, strtod(argv[2], NULL));
	if (argc > 2 && strcmp(argv[1], "-k") == 0)
		return read_pages(start, strtoul(argv[2], NULL, 10));
	if (argc > 2 && strcmp(argv[1], "-h") == 0)
		return hold_pages(start, strtoul(argv[2], NULL, 10));
	if (n == 0) {
		wait_for_signal();
		n = 100;
	}
	touch_again(start, n);
	return 0;
}
