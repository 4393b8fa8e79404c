/* SPDX-License-Identifier: MIT */
/*
 * A child that takes page faults when it is told to. Between two answers it touches nothing that it has not touched
 * before, but for the deed itself: what the kernel counts in between is the deed's, and cannot change while
 * somebody reads the module's file.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"

#define PAGE 4096UL
#define ARENA 1024 /* pages */

struct deeds {
	char *arena; /* of which the next page was never touched; the first was, so that no fault is retried */
	size_t next;
	char *beyond; /* a page of a mapping that its file does not reach to */
	int file; /* on disk */
	char *mapped; /* that file */
	int zeros;
};

static char *fresh(struct deeds *d, size_t pages)
{
	char *at = d->arena + d->next * PAGE;

	d->next += pages;
	return at;
}

static void touch(char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(at + i * PAGE) = 1;
}

static void *touch_29(void *at)
{
	touch(at, 29);
	return NULL;
}

static void in_a_thread(struct deeds *d)
{
	char *at = fresh(d, 29);
	pthread_t thread;

	touch(fresh(d, 23), 23);
	if (pthread_create(&thread, NULL, touch_29, at) == 0)
		pthread_join(thread, NULL);
}

static sigjmp_buf behind_fault;

static void jump(int signal)
{
	(void)signal;
	siglongjmp(behind_fault, 1);
}

static void beyond_the_end(const struct deeds *d)
{
	for (volatile int i = 0; i < 11; i++)
		if (sigsetjmp(behind_fault, 1) == 0)
			(void)*(volatile char *)d->beyond;
}

static void from_disk(const struct deeds *d)
{
	madvise(d->mapped, 17 * PAGE, MADV_DONTNEED);
	posix_fadvise(d->file, 0, 0, POSIX_FADV_DONTNEED);
	for (size_t i = 0; i < 17; i++)
		(void)*(volatile char *)(d->mapped + i * PAGE);
}

static void do_deed(struct deeds *d, enum cr2_counter_case deed, bool other)
{
	switch (deed) {
	case CR2_COUNTER_FRESH:
		touch(fresh(d, 37), 37);
		break;
	case CR2_COUNTER_PAIR:
		touch(fresh(d, 43), other ? 43 : 41);
		break;
	case CR2_COUNTER_KERNEL:
		if (read(d->zeros, fresh(d, 59), 59 * PAGE) < 0)
			_exit(1);
		break;
	case CR2_COUNTER_THREADS:
		in_a_thread(d);
		break;
	case CR2_COUNTER_FAILED:
		beyond_the_end(d);
		break;
	case CR2_COUNTER_RETRIED:
		from_disk(d);
		break;
	case CR2_COUNTER_CASES:
		break;
	}
}

static bool prepare_file(struct deeds *d)
{
	char page[PAGE];

	memset(page, 1, sizeof(page));
	d->file = open("/disk/faulted", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (int i = 0; i < 17 && d->file >= 0; i++)
		if (write(d->file, page, sizeof(page)) != (ssize_t)sizeof(page))
			return false;
	if (d->file < 0 || fsync(d->file) < 0)
		return false;
	d->mapped = mmap(NULL, 18 * PAGE, PROT_READ, MAP_SHARED, d->file, 0);
	if (d->mapped == MAP_FAILED)
		return false;
	d->beyond = d->mapped + 17 * PAGE;
	/* One page a fault: no readahead, no neighbours. */
	return madvise(d->mapped, 18 * PAGE, MADV_RANDOM) == 0;
}

static bool prepare(struct deeds *d)
{
	struct sigaction action = {.sa_handler = jump};

	d->arena = mmap(NULL, ARENA * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	d->zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (d->arena == MAP_FAILED || d->zeros < 0 || !prepare_file(d))
		return false;
	madvise(d->arena, ARENA * PAGE, MADV_NOHUGEPAGE);
	touch(fresh(d, 1), 1);
	return sigaction(SIGBUS, &action, NULL) == 0;
}

static bool answer(int to)
{
	struct rusage usage;
	uint64_t faults;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return false;
	faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
	return write(to, &faults, sizeof(faults)) == (ssize_t)sizeof(faults);
}

/* The first two rounds are for what is touched for the first time then. */
static _Noreturn void live(enum cr2_counter_case deed, bool other, int from, int to)
{
	struct deeds d = {0};
	char go;

	if (!prepare(&d))
		_exit(1);
	for (int i = 0; i < 2; i++)
		do_deed(&d, deed, other);
	while (answer(to) && read(from, &go, 1) == 1)
		do_deed(&d, deed, other);
	_exit(0);
}

static int next_answer(struct counter_child *child)
{
	return read(child->from, &child->faults, sizeof(child->faults)) == (ssize_t)sizeof(child->faults) ? 0 : -EIO;
}

int counter_child_start(enum cr2_counter_case deed, bool other, struct counter_child *ret_child)
{
	int down[2], up[2], r;

	if (pipe2(down, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(up, O_CLOEXEC) < 0) {
		r = -errno;
		close(down[0]);
		close(down[1]);
		return r;
	}
	*ret_child = (struct counter_child){.pid = fork(), .to = down[1], .from = up[0]};
	if (ret_child->pid == 0) {
		close(down[1]);
		live(deed, other, down[0], up[1]);
	}
	r = ret_child->pid < 0 ? -errno : 0;
	close(down[0]);
	close(up[1]);
	if (r == 0)
		r = next_answer(ret_child);
	if (r < 0)
		counter_child_end(ret_child);
	return r;
}

int counter_child_go(struct counter_child *child)
{
	return write(child->to, "g", 1) == 1 ? next_answer(child) : -EIO;
}

void counter_child_end(struct counter_child *child)
{
	close(child->to);
	close(child->from);
	if (child->pid > 0)
		waitpid(child->pid, NULL, 0);
}
