/* SPDX-License-Identifier: MIT */
/* Each CPU has a ring of its own: what one tells of a process may be younger than what is still to come from another. */
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "told.h"

int told_open(bool all, bool cgroups, struct told *ret_told, struct cr2_text *reason)
{
	struct told told = {.all = all, .self = (uint32_t)getpid()};
	int r = sideband_open(cgroups, &told.sideband, reason);

	if (r == 0)
		*ret_told = told;
	return r;
}

void told_close(struct told *told)
{
	sideband_close(&told->sideband);
	hash_finish(&told->followed);
	queue_finish(&told->waiting);
	*told = (struct told){0};
}

int told_follow(struct told *told, uint64_t pid)
{
	return hash_set(&told->followed, pid, 0, 1);
}

static uint64_t time_of(const struct perf_record *record)
{
	struct perf_trailer trailer;

	memcpy(&trailer, (const char *)record + record->size - sizeof(trailer), sizeof(trailer));
	return trailer.time;
}

static int put(void *data, const struct perf_record *record)
{
	struct told *told = data;

	/* Whose it is shows in the order of time: the one that tells of a fork may be on another CPU's ring. */
	return record->size < sizeof(*record) + sizeof(struct perf_trailer) ? 0 :
	       queue_put(&told->waiting, time_of(record), 0, record, record->size);
}

int told_add(struct told *told, const char *records, size_t n)
{
	int r = 0;

	for (size_t at = 0; at < n && r == 0;) {
		const struct perf_record *record = (const void *)(records + at);

		r = put(told, record);
		at += record->size;
	}
	return r == 0 ? queue_sort(&told->waiting) : r;
}

/* ---- whose ---- */

static bool is_followed(const struct told *told, uint32_t pid)
{
	return told->all ? pid != told->self : hash_get(&told->followed, pid, 0) == 1;
}

/* Children of whom is followed are; a number that comes again is another process, but our own child. */
static int follow_fork(struct told *told, const struct perf_task *task)
{
	if (told->all || task->pid == task->parent || task->parent == told->self)
		return 0;
	if (is_followed(told, task->parent))
		return hash_set(&told->followed, task->pid, 0, 1);
	return is_followed(told, task->pid) ? hash_set(&told->followed, task->pid, 0, 2) : 0;
}

static int hand_over(struct told *told, const struct perf_record *record, ring_fn *fn, void *data)
{
	const void *body = record + 1;
	struct perf_task task = {0};
	struct perf_lost lost;
	int r = 0;

	if (record->type == PERF_IS_LOST) {
		memcpy(&lost, body, sizeof(lost));
		told->lost += lost.n;
		return fn(data, record);
	}
	if (record->type == PERF_IS_CGROUP)
		return fn(data, record);
	/* All others begin with the process. */
	memcpy(&task, body, record->type == PERF_IS_FORK ? sizeof(task) : sizeof(task.pid));
	if (record->type == PERF_IS_FORK)
		r = follow_fork(told, &task);
	return r < 0 || !is_followed(told, task.pid) ? r : fn(data, record);
}

/* ---- when ---- */

static int hand_over_until(struct told *told, uint64_t until, ring_fn *fn, void *data)
{
	const struct queue_record *next;
	int r = 0;

	while (r == 0 && (next = queue_next(&told->waiting, until)))
		r = hand_over(told, (const void *)(told->waiting.bytes.data + next->offset), fn, data);
	return r;
}

int told_read(struct told *told, uint64_t until, ring_fn *fn, void *data)
{
	int r = hand_over_until(told, until < told->horizon ? until : told->horizon, fn, data), sorted;

	told->horizon = trace_now();
	if (r == 0)
		r = sideband_read(&told->sideband, put, told);
	sorted = queue_sort(&told->waiting);
	return r ? r : sorted;
}

int told_until(struct told *told, uint64_t until, ring_fn *fn, void *data)
{
	int r = until > told->horizon ? told_read(told, until, fn, data) : 0;

	return r == 0 ? hand_over_until(told, until, fn, data) : r;
}
