/* SPDX-License-Identifier: MIT */
/*
 * Pages newly allocated, locked or deactivated wait in batches of the CPU that did it, and a
 * batch holds a reference on its pages: whether a page can be reused depends on it. Every
 * CPU's batches can be emptied (migrate_pages), at the cost of an RCU grace period; so all of
 * a scenario runs on one CPU and that CPU's are emptied, which costs next to nothing. Only
 * where pages are written out does the disk's interrupt put them into a batch of any CPU.
 * What works is tried out once: a new page is on an LRU list (PG_lru) after it, not before.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cr2/flags.h>

#include "observe/rights.h"
#include "host.h"

#ifndef MADV_COLD
#define MADV_COLD 20
#endif

/* madvise drains the batches of its CPU before it looks for pages to deactivate. */
static int drain_by_cold(void *page)
{
	return madvise(page, CR2_PAGE_SIZE, MADV_COLD) < 0 ? -errno : 0;
}

/* From no node to node 0 nothing migrates, after every CPU's batches were drained. */
static int drain_by_migrate(void *page)
{
	const unsigned long from = 0, to = 1;

	(void)page;
	return syscall(SYS_migrate_pages, 0, 8 * sizeof(from), &from, &to) < 0 ? -errno : 0;
}

static const struct {
	int (*drain)(void *page);
	bool global;
} methods[] = {{drain_by_cold, false}, {drain_by_migrate, true}};

int host_drain_begin(struct host_drain *drain, bool everywhere, struct cr2_text *reason)
{
	cpu_set_t *old = drain->affinity ? drain->affinity : malloc(sizeof(*old));
	cpu_set_t one;

	if (!old)
		return -ENOMEM;
	drain->affinity = old;
	if (sched_getaffinity(0, sizeof(*old), old) < 0)
		return reason_refuse(reason, -errno, "this thread's CPUs: %s", strerror(errno));
	CPU_ZERO(&one);
	CPU_SET((unsigned)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return reason_refuse(reason, -errno, "binding this thread to a CPU: %s",
				   strerror(errno));
	drain->pinned = true;
	drain->everywhere = everywhere;
	return 0;
}

int host_drain(const struct host_drain *drain)
{
	int method = drain->everywhere && drain->global >= 0 ? drain->global : drain->local;

	return methods[method].drain(drain->page);
}

void host_drain_end(struct host_drain *drain)
{
	if (drain->pinned)
		sched_setaffinity(0, sizeof(cpu_set_t), drain->affinity);
	drain->pinned = false;
}

/*
 * Is a page that was just touched on an LRU list after fn? 1, 0 or a negative errno: -EPERM
 * where the kernel hides its frame.
 */
static int drains(const struct frames *files, int pagemap, int (*fn)(void *), void *page)
{
	uint64_t entry, flags = 0;
	int r;

	madvise(page, CR2_PAGE_SIZE, MADV_DONTNEED);
	*(volatile char *)page = 1;
	r = fn(page);
	if (r < 0)
		return 0;
	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)page / CR2_PAGE_SIZE * 8)) !=
	    sizeof(entry))
		return -EIO;
	entry &= CR2_PAGEMAP_FRAME_MASK;
	if (!entry)
		return -EPERM;
	r = frames_flags(files, entry, &flags);
	return r < 0 ? r : !!(flags & CR2_FRAME_FLAG(LRU));
}

/* Call with the thread bound to its CPU. */
int host_drain_probe(struct host_drain *drain, const struct frames *files,
		     struct cr2_text *reason)
{
	int pagemap = frames_pagemap_open(getpid()), r = 0;

	if (pagemap < 0)
		return reason_refuse(reason, pagemap, "/proc/self/pagemap cannot be opened");
	drain->page = mmap(NULL, CR2_PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (drain->page == MAP_FAILED)
		drain->page = NULL;
	drain->local = drain->global = -1;
	for (int i = 0; drain->page && i < (int)CR2_ARRAY_SIZE(methods); i++) {
		r = drains(files, pagemap, methods[i].drain, drain->page);
		if (r <= 0)
			continue;
		if (methods[i].global)
			drain->global = i;
		if (drain->local < 0) /* what works everywhere works here */
			drain->local = i;
	}
	close(pagemap);
	if (drain->local < 0 && r == -EPERM)
		return reason_refuse(reason, r, "/proc/self/pagemap shows no frames: %s; "
				     RIGHTS_ELSE, rights_to_look());
	if (drain->local < 0)
		return reason_refuse(reason, -EOPNOTSUPP,
				   "this kernel offers no way to empty its per-CPU page batches");
	return 0;
}

void host_drain_finish(struct host_drain *drain)
{
	host_drain_end(drain);
	if (drain->page)
		munmap(drain->page, CR2_PAGE_SIZE);
	free(drain->affinity);
	*drain = (struct host_drain){.local = -1, .global = -1};
}
