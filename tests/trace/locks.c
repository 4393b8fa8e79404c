/* SPDX-License-Identifier: MIT */
/* Memory that is locked: at once, on fault, all that is there, all that will be; what moves and grows, and a child. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL

static char *map(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

static void put(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		*(volatile char *)&p[i * PAGE] = 1;
}

static void must(int result)
{
	if (result < 0) {
		perror("locks");
		exit(1);
	}
}

int main(void)
{
	char *late = map(32), *once = map(32), *all, *after;

	put(late, 0, 4);
	must(mlock2(late, 32 * PAGE, MLOCK_ONFAULT));
	put(late, 0, 16);
	late = mremap(late, 32 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	put(late, 0, 40);
	must(mlock(once, 16 * PAGE));
	put(once, 0, 24);
	once = mremap(once, 16 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	put(once, 0, 64);
	must(mlockall(MCL_CURRENT | MCL_FUTURE));
	all = map(64);
	put(all, 0, 64);
	put(late, 0, 64);
	if (fork() == 0) {
		put(all, 0, 32);
		put(map(16), 0, 16);
		_exit(0);
	}
	wait(NULL);
	put(all, 0, 64);
	must(munlockall());
	after = map(16);
	put(after, 0, 16);
	must(mlockall(MCL_FUTURE | MCL_ONFAULT));
	put(map(16), 0, 8);
	must(munlockall());
	return 0;
}
