/* SPDX-License-Identifier: MIT */
/*
 * Makes a prime number of page faults of each path, each in a mapping of its own, and prints a line
 * "PATH START END N" of it, addresses in hexadecimal. What the machine lacks it leaves out. "primes more": also
 * what another CPU or little memory may turn into another path; for guests of one CPU with /dev/swap on.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define HUGE (2UL << 20)

static sigjmp_buf again;

static void on_signal(int number)
{
	(void)number;
	siglongjmp(again, 1);
}

static void expect(const char *path, const char *start, size_t pages, int n)
{
	printf("%s %lx %lx %d\n", path, (unsigned long)start, (unsigned long)start + pages * PAGE, n);
	fflush(stdout);
}

/* Every mapping in 2 MiB of its own, with a hole behind it. */
static char *place(size_t pages)
{
	static uintptr_t next = 0x100000000000;
	char *at = (char *)next;

	next += (pages * PAGE / HUGE + 2) * HUGE;
	return at;
}

static char *map(int fd, size_t pages, int prot, int flags)
{
	char *p = mmap(place(pages), pages * PAGE, prot, flags | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0),
		       fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	madvise(p, pages * PAGE, MADV_RANDOM); /* no neighbours with it */
	return p;
}

static int make_file(size_t pages)
{
	char name[] = "primes.XXXXXX", page[PAGE] = {1};
	int fd = mkstemp(name);

	if (fd < 0)
		exit(1);
	unlink(name);
	for (size_t i = 0; i < pages; i++)
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(1);
	return fd;
}

/* Its pages are written to without the file system being asked, so they are never write-protected. */
static int is_tmpfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == 0x01021994;
}

static void write_each(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)p)[i * PAGE] = 1;
}

static void read_each(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)((const volatile char *)p)[i * PAGE];
}

static void refused(const char *p, size_t n, int write)
{
	for (volatile size_t i = 0; i < n; i++)
		if (sigsetjmp(again, 1) == 0) {
			if (write)
				((volatile char *)p)[i * PAGE] = 1;
			else
				(void)((const volatile char *)p)[i * PAGE];
		}
}

static void anonymous(void)
{
	char *p = map(-1, 101, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	expect("anon_alloc", p, 101, 101);
	write_each(p, 101);
}

static void files(void)
{
	int fd;
	char *p = map(make_file(109), 109, PROT_READ, MAP_PRIVATE);

	/* A fault maps the neighbours in its aligned 64 KiB too, whatever the advice: one each. */
	expect("file_read", p, 109, 7);
	read_each(p, 109);
	p = map(make_file(113), 113, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	expect("file_cow", p, 113, 113);
	write_each(p, 113);
	p = map(make_file(127), 127, PROT_READ | PROT_WRITE, MAP_SHARED);
	expect("file_shared", p, 127, 127);
	write_each(p, 127);
	fd = make_file(131);
	if (!is_tmpfs(fd)) {
		p = map(fd, 131, PROT_READ | PROT_WRITE, MAP_SHARED);
		madvise(p, 131 * PAGE, MADV_POPULATE_READ);
		expect("wp_shared", p, 131, 131);
		write_each(p, 131);
	}
	p = map(make_file(137), 137, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	madvise(p, 137 * PAGE, MADV_POPULATE_READ);
	expect("wp_copy", p, 137, 137);
	write_each(p, 137);
	p = map(-1, 149, PROT_READ | PROT_WRITE, MAP_SHARED);
	expect("file_shared", p, 149, 149);
	write_each(p, 149);
}

/* The parent's write copies while the child lives. */
static void copied(void)
{
	char *p = map(-1, 151, PROT_READ | PROT_WRITE, MAP_PRIVATE), byte;
	int ends[2];
	pid_t child;

	madvise(p, 151 * PAGE, MADV_POPULATE_WRITE);
	if (pipe(ends) < 0)
		exit(1);
	child = fork();
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	expect("wp_copy", p, 151, 151);
	write_each(p, 151);
	close(ends[1]);
	waitpid(child, NULL, 0);
}

static void signals(void)
{
	char *p = place(17);

	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
	expect("segv_maperr", p, 17, 17);
	refused(p, 17, 0);
	p = map(-1, 19, PROT_READ, MAP_PRIVATE);
	expect("segv_accerr", p, 19, 19);
	refused(p, 19, 1);
	p = map(make_file(1), 30, PROT_READ, MAP_PRIVATE) + PAGE;
	expect("sigbus", p, 29, 29);
	refused(p, 29, 0);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
}

/* Faults of the kernel, in system calls. */
static void calls(void)
{
	char *p = map(-1, 107, PROT_READ | PROT_WRITE, MAP_PRIVATE), *hole = place(13);
	int zero = open("/dev/zero", O_RDONLY);

	expect("anon_alloc", p, 107, 107);
	for (size_t i = 0; i < 107; i++)
		if (read(zero, p + i * PAGE, 1) != 1)
			exit(1);
	expect("efault", hole, 13, 13);
	for (size_t i = 0; i < 13; i++)
		if (read(zero, hole + i * PAGE, 1) != -1)
			exit(1);
}

/* By reference alone: no exception, so nothing to be seen here. */
static void by_reference(void)
{
	char *p = map(-1, 97, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE);

	expect("-", p, 97, 0);
}

/* The zero page, and what a write makes of it. */
static void zeros(void)
{
	char *p = map(-1, 103, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	expect("anon_zero", p, 103, 103);
	read_each(p, 103);
	p = map(-1, 89, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	madvise(p, 89 * PAGE, MADV_POPULATE_READ);
	expect("wp_copy", p, 89, 89);
	write_each(p, 89);
}

/* What a child that has ended leaves behind. */
static void reused(void)
{
	char *p = map(-1, 139, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	pid_t child;

	madvise(p, 139 * PAGE, MADV_POPULATE_WRITE);
	child = fork();
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("wp_reuse", p, 139, 139);
	write_each(p, 139);
}

static void swapped(void)
{
	char *p = map(-1, 53, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	madvise(p, 53 * PAGE, MADV_POPULATE_WRITE);
	if (madvise(p, 53 * PAGE, MADV_PAGEOUT) < 0) {
		perror("MADV_PAGEOUT");
		exit(1);
	}
	expect("swap_in", p, 53, 53);
	read_each(p, 53);
}

static void touch_huge(char *p, size_t n, int write)
{
	for (size_t i = 0; i < n; i++)
		if (write)
			((volatile char *)p)[i * HUGE] = 1;
		else
			(void)((const volatile char *)p)[i * HUGE];
}

static char *map_huge(size_t n)
{
	char *p = map(-1, n * HUGE / PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	madvise(p, n * HUGE, MADV_HUGEPAGE);
	return p;
}

static void huge(void)
{
	char *p;
	pid_t child;

	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	p = map_huge(5);
	expect("anon_huge", p, 5 * HUGE / PAGE, 5);
	touch_huge(p, 5, 1);
	p = map_huge(3);
	expect("anon_huge_zero", p, 3 * HUGE / PAGE, 3);
	touch_huge(p, 3, 0);
	p = map_huge(7);
	madvise(p, 7 * HUGE, MADV_POPULATE_WRITE);
	child = fork();
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	expect("wp_huge_reuse", p, 7 * HUGE / PAGE, 7);
	touch_huge(p, 7, 1);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	p = mmap(place(3 * HUGE / PAGE), 3 * HUGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		return;
	expect("hugetlb", p, 3 * HUGE / PAGE, 3);
	touch_huge(p, 3, 1);
}

static void *answer(void *data)
{
	static char page[PAGE];
	const int fd = *(const int *)data;
	struct uffd_msg message;

	while (read(fd, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
		struct uffdio_copy copy = {.dst = message.arg.pagefault.address & ~(PAGE - 1),
					   .src = (uintptr_t)page, .len = PAGE};

		ioctl(fd, UFFDIO_COPY, &copy);
	}
	return NULL;
}

static void answered(void)
{
	char *p = map(-1, 11, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	static int fd;
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register area = {.range = {(uintptr_t)p, 11 * PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
	pthread_t thread;

	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &area) < 0 ||
	    pthread_create(&thread, NULL, answer, &fd) != 0) {
		perror("userfaultfd");
		exit(1);
	}
	expect("userfault", p, 11, 11);
	write_each(p, 11);
}

static void more(void)
{
	zeros();
	reused();
	swapped();
	huge();
	answered();
}

int main(int argc, char **argv)
{
	(void)argv;
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	anonymous();
	files();
	copied();
	calls();
	by_reference();
	signals();
	if (argc > 1)
		more();
	return 0;
}
