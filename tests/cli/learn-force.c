/* SPDX-License-Identifier: MIT */
/*
 * Programs for `cr2 learn force`: of each demand one that meets it, and some that do not. WHAT names the one that it is, N
 * is the demand's number: both are defined before this file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA ((char *)0x100000000000)
#define PAGE 4096
#define MIB (1 << 20)
#define OTHER static __attribute__((unused)) int

static volatile char *arena;
static sigjmp_buf back;
static volatile int sink;

static __attribute__((unused)) void map(size_t bytes, int prot, int flags, int fd)
{
	arena = mmap(ARENA, bytes, prot, flags | MAP_FIXED_NOREPLACE, fd, 0);
	if (arena != ARENA)
		exit(9);
}

static __attribute__((unused)) void anon(size_t bytes)
{
	map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static __attribute__((unused)) int file(int pages)
{
	char block[PAGE];
	int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);

	memset(block, 7, sizeof(block));
	for (int i = 0; i < pages; i++)
		if (write(fd, block, PAGE) != PAGE)
			exit(8);
	fsync(fd);
	return fd;
}

static __attribute__((unused)) void put(int pages)
{
	for (int i = 0; i < pages; i++)
		arena[i * PAGE] = 1;
}

static __attribute__((unused)) void get(int pages)
{
	for (int i = 0; i < pages; i++)
		sink += arena[i * PAGE];
}

static void jump(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static __attribute__((unused)) void survive(int number)
{
	signal(number, jump);
}

/* Each access N times, survived. */
#define TRY(access) \
	for (volatile int i = 0; i < N; i++) \
		if (sigsetjmp(back, 1) == 0) { \
			access; \
		}

OTHER wait_all(void)
{
	while (wait(NULL) > 0)
		;
	return 0;
}

/* ---- touch ---- */

OTHER touch(void) { anon(64 * PAGE); put(N); return 0; }
OTHER touch_more(void) { anon(64 * PAGE); put(N + 1); return 0; }
OTHER touch_read(void) { anon(64 * PAGE); get(N); put(N); return 0; }

/* ---- zero ---- */

OTHER zero(void) { anon(64 * PAGE); get(N); put(N); return 0; }
OTHER zero_written(void) { anon(64 * PAGE); put(N); get(N); return 0; }

/* ---- cow ---- */

OTHER cow(void)
{
	anon(64 * PAGE);
	put(20);
	if (fork() == 0) {
		put(N);
		_exit(0);
	}
	return wait_all();
}

OTHER cow_untouched(void)
{
	anon(64 * PAGE);
	if (fork() == 0) {
		put(N);
		_exit(0);
	}
	return wait_all();
}

OTHER cow_parent(void)
{
	int go[2];
	char byte;

	anon(64 * PAGE);
	put(20);
	if (pipe(go) < 0)
		return 7;
	if (fork() == 0) {
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		put(N);
		_exit(0);
	}
	put(N);
	if (write(go[1], "", 1) != 1)
		return 6;
	return wait_all();
}

OTHER cow_shared(void)
{
	map(64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	put(20);
	if (fork() == 0) {
		put(N);
		_exit(0);
	}
	return wait_all();
}

/* ---- reuse ---- */

OTHER reuse(void)
{
	anon(64 * PAGE);
	put(20);
	if (fork() == 0)
		_exit(0);
	wait_all();
	put(N);
	return 0;
}

OTHER reuse_early(void)
{
	pid_t child;

	anon(64 * PAGE);
	put(20);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	put(N);
	kill(child, SIGKILL);
	return wait_all();
}

/* ---- survive ---- */

OTHER survive_right(void)
{
	anon(PAGE);
	put(1);
	mprotect((void *)arena, PAGE, PROT_READ);
	survive(SIGSEGV);
	TRY(*arena = 2)
	return 0;
}

OTHER survive_absent(void)
{
	map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	survive(SIGSEGV);
	TRY(*arena = 2)
	return 0;
}

OTHER survive_not(void)
{
	anon(PAGE);
	put(1);
	mprotect((void *)arena, PAGE, PROT_READ);
	*arena = 2;
	return 0;
}

OTHER survive_unmapped(void)
{
	survive(SIGSEGV);
	TRY(*(volatile char *)ARENA = 2)
	return 0;
}

/* ---- fetch ---- */

OTHER fetch(void)
{
	anon(PAGE);
	*arena = (char)0xc3;
	survive(SIGSEGV);
	TRY(((void (*)(void))(void *)ARENA)())
	return 0;
}

OTHER fetch_read(void)
{
	anon(PAGE);
	put(1);
	mprotect((void *)arena, PAGE, PROT_NONE);
	survive(SIGSEGV);
	TRY(sink += *arena)
	return 0;
}

/* ---- around ---- */

OTHER around(void) { map(16 * PAGE, PROT_READ, MAP_PRIVATE, file(16)); get(16); return 0; }
OTHER around_short(void) { map(8 * PAGE, PROT_READ, MAP_PRIVATE, file(8)); get(8); return 0; }
OTHER around_anon(void) { anon(16 * PAGE); get(16); return 0; }
OTHER around_written(void) { map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file(16)); put(16); return 0; }

/* ---- stack ---- */

OTHER stack(void)
{
	arena = mmap(ARENA + MIB, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE,
		     -1, 0);
	for (int i = 0; i <= N; i++)
		arena[-i * PAGE] = 1;
	return 0;
}

OTHER stack_not(void)
{
	arena = mmap(ARENA + MIB, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	survive(SIGSEGV);
	TRY(arena[-PAGE] = 1)
	return 0;
}

/* ---- bus ---- */

OTHER bus(void)
{
	map(2 * PAGE, PROT_READ, MAP_PRIVATE, file(1));
	survive(SIGBUS);
	TRY(sink += arena[PAGE])
	return 0;
}

OTHER bus_outside(void)
{
	map(PAGE, PROT_READ, MAP_PRIVATE, file(1));
	survive(SIGSEGV);
	TRY(sink += arena[PAGE])
	return 0;
}

OTHER bus_returns(void)
{
	map(2 * PAGE, PROT_READ, MAP_PRIVATE, file(1));
	sink += arena[PAGE];
	return 0;
}

/* ---- shared, private ---- */

OTHER shared(void) { map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file(16)); get(16); put(N); return 0; }
OTHER private(void) { map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file(16)); get(16); put(N); return 0; }
OTHER shared_unread(void) { map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file(16)); put(N); return 0; }
OTHER private_unread(void) { map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file(16)); put(N); return 0; }

/* ---- huge, split ---- */

OTHER huge(void)
{
	anon(2 * MIB);
	madvise((void *)arena, 2 * MIB, MADV_HUGEPAGE);
	put(512);
	return 0;
}

OTHER huge_late(void)
{
	anon(2 * MIB);
	put(512);
	madvise((void *)arena, 2 * MIB, MADV_HUGEPAGE);
	return 0;
}

OTHER huge_read(void)
{
	anon(2 * MIB);
	madvise((void *)arena, 2 * MIB, MADV_HUGEPAGE);
	get(512);
	return 0;
}

OTHER split(void)
{
	anon(2 * MIB);
	madvise((void *)arena, 2 * MIB, MADV_HUGEPAGE);
	put(1);
	if (fork() == 0) {
		put(1);
		_exit(0);
	}
	return wait_all();
}

OTHER split_own(void)
{
	anon(2 * MIB);
	madvise((void *)arena, 2 * MIB, MADV_HUGEPAGE);
	if (fork() == 0) {
		put(1);
		_exit(0);
	}
	return wait_all();
}

/* ---- major ---- */

OTHER major(void)
{
	int fd = file(64);

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	map(64 * PAGE, PROT_READ, MAP_PRIVATE, fd);
	madvise((void *)arena, 64 * PAGE, MADV_RANDOM);
	get(N);
	return 0;
}

OTHER major_cached(void) { map(64 * PAGE, PROT_READ, MAP_PRIVATE, file(64)); get(N); return 0; }

/* ---- kernel, efault ---- */

OTHER kernel(void)
{
	anon(64 * PAGE);
	return read(open("/dev/zero", O_RDONLY), (void *)arena, N * PAGE) != N * PAGE;
}

OTHER kernel_own(void) { anon(64 * PAGE); put(N); return 0; }

OTHER kernel_written(void)
{
	int fd = file(1);

	anon(64 * PAGE);
	return write(fd, (void *)arena, N * PAGE) != N * PAGE;
}

OTHER efault(void)
{
	int fd = open("/dev/zero", O_RDONLY);

	for (int i = 0; i < N; i++)
		if (read(fd, ARENA, 1) != -1 || errno != EFAULT)
			return 1;
	return 0;
}

OTHER efault_own(void)
{
	survive(SIGSEGV);
	TRY(*(volatile char *)ARENA = 1)
	return 0;
}

/* ---- silent ---- */

OTHER silent(void)
{
	map(N * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
	if (fork() == 0) {
		put(N);
		_exit(0);
	}
	return wait_all();
}

/* ---- of no demand ---- */

OTHER pass(void) { puts("PASS"); return 0; }
OTHER hang(void) { for (;;) pause(); return 0; }
OTHER spin(void) { for (;;) ; return 0; }
OTHER crash(void) { raise(SIGSEGV); return 0; }
OTHER flood(void) { for (;;) if (write(1, "0123456789abcde\n", 16) < 0) return 1; return 0; }

OTHER bomb(void)
{
	for (;;)
		fork();
	return 0;
}

/* Whom it can reach, and what it may change; it meets "touch" as well, so that all is judged. */
OTHER rascal(void)
{
	touch();
	printf("kill %d", kill(getppid(), SIGKILL));
	printf(" all %d", kill(-1, SIGTERM));
	printf(" trace %ld", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
	printf(" fds %d", open("/proc/1/fd", O_RDONLY));
	printf(" passwd %d", open("/etc/passwd", O_RDONLY));
	printf(" usr %d", open("/usr/x", O_WRONLY | O_CREAT, 0600));
	printf(" root %d\n", setuid(0));
	return 0;
}

/* A child that is left behind, with the number of seconds that it sleeps. */
OTHER leave(void)
{
	touch();
	if (fork() == 0) {
		setsid();
		execl("/bin/sleep", "sleep", LEFT, NULL);
		_exit(1);
	}
	return 0;
}

int main(void)
{
	return WHAT();
}
