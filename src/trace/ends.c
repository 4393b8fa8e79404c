/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include <bpf/libbpf.h>

#include <cr2/base.h>

#include "ends.h"

#define EVERYBODY (-1)
#define ANYWHERE (-1)
#define SWEEP_LEAST 64

static int open_end(struct ends *ends, pid_t thread, int cpu, bool major)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = major ? PERF_COUNT_SW_PAGE_FAULTS_MAJ : PERF_COUNT_SW_PAGE_FAULTS_MIN,
		.sample_period = 1,
		.inherit = thread != EVERYBODY,
	};
	struct bpf_link *link;
	int fd, r = cr2_grow(&ends->items, &ends->capacity, ends->count + 1, sizeof(*ends->items));

	if (r < 0)
		return r;
	fd = (int)syscall(SYS_perf_event_open, &attr, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(major ? ends->major : ends->minor, fd);
	if (!link) {
		r = -errno;
		close(fd);
		return r;
	}
	ends->items[ends->count++] = (struct end){link, fd};
	return 0;
}

static int open_both(struct ends *ends, pid_t thread, int cpu)
{
	int r = open_end(ends, thread, cpu, false);

	return r == 0 ? open_end(ends, thread, cpu, true) : r;
}

static void drop(struct ends *ends, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		bpf_link__destroy(ends->items[i].link);
	for (size_t i = end; i < ends->count; i++)
		ends->items[i - (end - first)] = ends->items[i];
	ends->count -= end - first;
}

int ends_open_everywhere(struct ends *ends, int cpus)
{
	const size_t old = ends->count;
	int r = 0;

	if (ends->everywhere)
		return 0;
	/* First these, then those: a fault that both see counts once. */
	for (int cpu = 0; cpu < cpus && r == 0; cpu++) {
		r = open_both(ends, EVERYBODY, cpu);
		r = r == -ENODEV ? 0 : r; /* that CPU is offline */
	}
	if (r < 0) {
		drop(ends, old, ends->count);
		return r;
	}
	drop(ends, 0, old);
	ends->everywhere = true;
	return 0;
}

struct threads {
	pid_t *items; /* sorted */
	size_t count, capacity;
};

static int by_number(const void *a, const void *b)
{
	const pid_t left = *(const pid_t *)a, right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

/* Opens those of threads that are not in `known`, and adds them to it. One that ends meanwhile has no faults to miss. */
static int follow_others(struct ends *ends, DIR *folder, struct threads *known)
{
	const size_t sorted = known->count;
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = readdir(folder))) {
		const pid_t thread = (pid_t)atoi(entry->d_name);

		if (thread <= 0 || (sorted && bsearch(&thread, known->items, sorted, sizeof(thread), by_number)))
			continue;
		r = cr2_grow(&known->items, &known->capacity, known->count + 1, sizeof(thread));
		if (r == 0) {
			known->items[known->count++] = thread;
			r = open_both(ends, thread, ANYWHERE);
			r = r == -ESRCH ? 0 : r;
		}
	}
	if (known->count)
		qsort(known->items, known->count, sizeof(*known->items), by_number);
	return r;
}

/* Until none is new: a thread is made by one that was there before, and those that have events pass them on. */
static int follow_threads(struct ends *ends, uint64_t pid)
{
	struct threads known = {0};
	size_t before = 0;
	char path[48];
	int r = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%llu/task", (unsigned long long)pid);
	folder = opendir(path);
	if (!folder)
		return kill((pid_t)pid, 0) < 0 && errno == ESRCH ? -ESRCH : -ENOENT;
	do {
		before = known.count;
		rewinddir(folder);
		r = follow_others(ends, folder, &known);
	} while (r == 0 && known.count > before);
	closedir(folder);
	free(known.items);
	return r;
}

/* Whoever follows one process after another keeps no events of those that ended, and all that they made (POLLHUP). */
static void sweep(struct ends *ends)
{
	size_t left = 0;

	if (ends->everywhere || ends->count < ends->sweep_at)
		return;
	for (size_t i = 0; i < ends->count; i++) {
		struct pollfd event = {.fd = ends->items[i].event};

		if (poll(&event, 1, 0) > 0 && event.revents & POLLHUP)
			bpf_link__destroy(ends->items[i].link);
		else
			ends->items[left++] = ends->items[i];
	}
	ends->count = left;
	ends->sweep_at = 2 * left + SWEEP_LEAST;
}

int ends_follow(struct ends *ends, uint64_t pid, int cpus)
{
	int r;

	sweep(ends);
	r = ends->everywhere ? 0 : follow_threads(ends, pid);
	return r == 0 || r == -ESRCH ? r : ends_open_everywhere(ends, cpus);
}

void ends_close(struct ends *ends)
{
	drop(ends, 0, ends->count);
	free(ends->items);
	ends->items = NULL;
}
