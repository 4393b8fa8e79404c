/* SPDX-License-Identifier: MIT */
/*
 * pool PAGES: makes the pool have so many pages of 2 MiB, and maps some before somebody attaches to it: its own, shared, of a file
 * (memfd); a child that lives has them, too. It prints its number and its child's, and waits for SIGUSR1; then both go on with
 * what is there, and with more of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE (2UL << 20)
#define POOL "/proc/sys/vm/nr_hugepages"

static volatile char sink;
static int orders[2], done[2];

static void must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static char *large(int fd, size_t pages, int flags)
{
	char *p = mmap(NULL, pages * LARGE, PROT_READ | PROT_WRITE, flags | (fd < 0 ? MAP_ANONYMOUS | MAP_HUGETLB : 0), fd, 0);

	if (p == MAP_FAILED)
		must(-1, "mmap");
	return p;
}

/* Each page at two places: the second needs no fault. */
static void put(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		p[i * LARGE] = p[i * LARGE + 5 * 4096] = 1;
}

static void get(const char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		sink = ((const volatile char *)p)[i * LARGE];
}

static void set_pool(const char *pages)
{
	int fd = open(POOL, O_WRONLY);

	must(fd, POOL);
	must((int)write(fd, pages, strlen(pages)), POOL);
	close(fd);
}

static char *own, *rights, *shared, *of_file, *copied;

/* Does what it is told to, until it is told no more. */
static void obey(void)
{
	char order;

	close(orders[1]);
	while (read(orders[0], &order, 1) == 1) {
		if (order == 'w')
			put(own, 0, 2);
		if (order == 's')
			put(shared, 0, 4);
		if (order == 'c')
			get(copied, 0, 2);
		must((int)write(done[1], "", 1), "write");
	}
	_exit(0);
}

static void tell(char order)
{
	must((int)write(orders[1], &order, 1), "write");
	must((int)read(done[0], &order, 1), "read");
}

static void in_a_child(void)
{
	if (fork() == 0) {
		put(own, 0, 1);
		get(own, 1, 4);
		put(shared, 3, 4);
		put(large(-1, 1, MAP_PRIVATE), 0, 1);
		_exit(0);
	}
	wait(NULL);
}

int main(int argc, char **argv)
{
	sigset_t set;
	pid_t child;
	char *more;
	int number, fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (argc == 2)
		set_pool(argv[1]);
	fd = memfd_create("pool", MFD_HUGETLB);
	must(fd, "memfd_create");
	must(ftruncate(fd, 4 * LARGE), "ftruncate");
	own = large(-1, 4, MAP_PRIVATE);
	shared = large(-1, 4, MAP_SHARED);
	of_file = large(fd, 4, MAP_SHARED);
	copied = large(fd, 4, MAP_PRIVATE);
	put(own, 0, 2);
	get(own, 2, 3);
	put(shared, 0, 2);
	get(shared, 2, 3);
	put(of_file, 0, 2);
	get(copied, 0, 1);
	put(copied, 1, 2);
	must(pipe(orders), "pipe");
	must(pipe(done), "pipe");
	child = fork();
	if (child == 0)
		obey();
	rights = large(-1, 2, MAP_PRIVATE);
	put(rights, 0, 2);
	must(mprotect(rights, 2 * LARGE, PROT_READ), "mprotect");
	printf("%d,%d\n", (int)getpid(), (int)child);
	fflush(stdout);
	sigwait(&set, &number);

	put(own, 0, 1); /* the child has it, */
	tell('w'); /* and then alone */
	put(own, 1, 4);
	put(shared, 0, 4);
	tell('s');
	put(of_file, 0, 4);
	put(copied, 0, 1);
	tell('c');
	get(copied, 2, 3);
	put(copied, 3, 4);
	must(mprotect(rights, 2 * LARGE, PROT_READ | PROT_WRITE), "mprotect");
	put(rights, 0, 1);
	must(madvise(rights, LARGE, MADV_DONTNEED), "madvise");
	put(rights, 0, 2);
	munmap(rights, LARGE);
	more = large(-1, 2, MAP_PRIVATE | MAP_POPULATE);
	put(more, 0, 2);
	munmap(more, 2 * LARGE);
	more = large(-1, 2, MAP_SHARED);
	get(more, 0, 1);
	put(more, 0, 2);
	in_a_child();
	put(own, 0, 4);
	close(orders[1]);
	waitpid(child, NULL, 0);
	put(own, 0, 4);
	return 0;
}
