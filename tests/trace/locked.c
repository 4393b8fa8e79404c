/* SPDX-License-Identifier: MIT */
/*
 * A process that has locked memory when somebody attaches to it: at once, on fault, of a file, of no rights to write; and
 * what it maps is locked, too. It prints "ready" and waits for SIGUSR1; then what it does brings pages by itself where
 * memory is locked, and by faults where it is not.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

#define PAGES 32

static void must(int result)
{
	if (result < 0) {
		perror("locked");
		exit(1);
	}
}

static int make_file(void)
{
	char name[] = "locked.XXXXXX", page[PAGE] = {1};
	int fd = mkstemp(name);

	must(fd);
	for (int i = 0; i < PAGES; i++)
		must((int)write(fd, page, PAGE));
	must(fsync(fd));
	return fd;
}

static char *grow(char *p)
{
	p = mremap(p, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		must(-1);
	return p;
}

int main(void)
{
	char *once = map(-1, PAGES, MAP_PRIVATE), *part = map(-1, PAGES, MAP_PRIVATE), *late = map(-1, PAGES, MAP_PRIVATE);
	char *rights = map(-1, PAGES, MAP_PRIVATE), *of_file = map(make_file(), PAGES, MAP_PRIVATE), *fresh;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	must(mprotect(rights, PAGES * PAGE, PROT_READ));
	must(mprotect(of_file, PAGES * PAGE, PROT_READ));
	must(mlock(once, PAGES * PAGE));
	must(mlock(part, 16 * PAGE));
	put(part, 16, 20);
	put(late, 0, 4);
	must(mlock2(late, PAGES * PAGE, MLOCK_ONFAULT));
	put(late, 4, 8);
	must(mlock(rights, PAGES * PAGE));
	must(mlock(of_file, PAGES * PAGE));
	must(mlockall(MCL_FUTURE));
	puts("ready");
	fflush(stdout);
	sigwait(&set, &number);

	once = grow(once); /* what it gains is there */
	put(once, 0, 2 * PAGES);
	late = grow(late); /* and here it is not */
	put(late, 0, PAGES + 8);
	must(mprotect(rights, PAGES * PAGE, PROT_READ | PROT_WRITE)); /* each page becomes its own */
	put(rights, 0, PAGES);
	must(mprotect(of_file, PAGES * PAGE, PROT_READ | PROT_WRITE));
	put(of_file, 0, PAGES);
	if (madvise(part, 16 * PAGE, MADV_DONTNEED) == 0)
		return 1;
	must(munlock(part, PAGES * PAGE));
	must(madvise(part, 16 * PAGE, MADV_DONTNEED));
	put(part, 0, 8);
	fresh = map(-1, PAGES, MAP_PRIVATE);
	put(fresh, 0, PAGES);
	if (fork() == 0) { /* which has nothing locked */
		put(once, 0, 8);
		fresh = grow(fresh);
		put(fresh, 0, PAGES + 8);
		put(map(-1, PAGES, MAP_PRIVATE), 0, 8);
		_exit(0);
	}
	wait(NULL);
	put(once, 0, 16);
	must(munlockall());
	put(map(-1, PAGES, MAP_PRIVATE), 0, 8);
	return 0;
}
