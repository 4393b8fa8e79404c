/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/mman.h>

#include "clock.h"
#include "lanes.h"

static size_t bytes_of(const struct lanes *lanes)
{
	return lanes->cpus * sizeof(*lanes->lanes);
}

int lanes_open(int map, size_t cpus, struct lanes *ret_lanes)
{
	struct lanes lanes = {.cpus = cpus};

	lanes.lanes = mmap(NULL, bytes_of(&lanes), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (lanes.lanes == MAP_FAILED)
		return -errno;
	*ret_lanes = lanes;
	return 0;
}

void lanes_close(struct lanes *lanes)
{
	if (lanes->lanes)
		munmap(lanes->lanes, bytes_of(lanes));
	queue_finish(&lanes->waiting);
	*lanes = (struct lanes){0};
}

int lanes_add(struct lanes *lanes, const struct trace_brief *brief)
{
	return queue_put(&lanes->waiting, brief->time, 0, brief, sizeof(*brief));
}

static int empty(struct lanes *lanes, struct trace_lane *lane)
{
	const uint64_t written = __atomic_load_n(&lane->written, __ATOMIC_ACQUIRE);
	int r = 0;

	for (uint64_t at = lane->read; at < written && r == 0; at++)
		r = lanes_add(lanes, lane->briefs + at % TRACE_LANE);
	__atomic_store_n(&lane->read, written, __ATOMIC_RELEASE);
	return r;
}

static void hand_over(struct lanes *lanes, uint64_t until, lanes_fn *fn, void *data)
{
	const struct queue_record *next;

	while ((next = queue_next(&lanes->waiting, until)))
		fn(data, (const void *)(lanes->waiting.bytes.data + next->offset));
}

int lanes_read(struct lanes *lanes, bool all, lanes_fn *fn, void *data)
{
	const uint64_t now = trace_now();
	int r = 0, sorted;

	for (size_t i = 0; i < lanes->cpus && r == 0; i++)
		r = empty(lanes, lanes->lanes + i);
	sorted = queue_sort(&lanes->waiting);
	/* A processor that was stopped in the middle of a fault may have had all the time since to write it. */
	lanes->handed_over = all ? UINT64_MAX : lanes->horizon;
	hand_over(lanes, lanes->handed_over, fn, data);
	lanes->horizon = now;
	return r ? r : sorted;
}
