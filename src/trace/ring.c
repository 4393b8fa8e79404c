/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cr2/tables.h>

#include "ring.h"

struct perf_event_attr ring_attr(uint64_t config, size_t wakeup, bool changes)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = config,
		.sample_id_all = 1,
		.mmap = changes,
		.mmap2 = changes,
		.mmap_data = changes,
		.comm = changes,
		.comm_exec = changes,
		.task = changes,
		.use_clockid = 1,
		.clockid = PERF_CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)wakeup,
	};
}

int ring_open_event(struct perf_event_attr *attr, pid_t tid, int cpu)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int ring_map(int fd, size_t pages, struct ring *ret_ring)
{
	void *mapped;

	while ((mapped = mmap(NULL, (pages + 1) * CR2_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		if (pages == 1 || (errno != EPERM && errno != ENOMEM))
			return -errno;
		pages /= 2;
	}
	*ret_ring = (struct ring){.fd = fd, .pages = mapped, .bytes = pages * CR2_PAGE_SIZE};
	return 0;
}

void ring_unmap(struct ring *ring)
{
	if (ring->pages)
		munmap(ring->pages, ring->bytes + CR2_PAGE_SIZE);
	*ring = (struct ring){0};
}

/* A record may begin at the ring's end and go on at its beginning. */
static const struct perf_record *record_at(const struct ring *ring, uint64_t at, uint8_t *room)
{
	const uint8_t *bytes = ring->pages + CR2_PAGE_SIZE;
	const struct perf_record *record = (const void *)(bytes + at % ring->bytes);
	uint64_t to_end = ring->bytes - at % ring->bytes;

	if (record->size <= to_end)
		return record;
	memcpy(room, record, to_end);
	memcpy(room + to_end, bytes, record->size - to_end);
	return (const void *)room;
}

int ring_read(const struct ring *ring, ring_fn *fn, void *data)
{
	struct perf_event_mmap_page *control = (void *)ring->pages;
	_Alignas(8) uint8_t room[UINT16_MAX + 1];
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE), at = control->data_tail;
	int r = 0;

	while (at < head && r == 0) {
		const struct perf_record *record = record_at(ring, at, room);
		uint16_t size = record->size;

		r = fn(data, record);
		at += size;
		/* As soon as it is read its room is the kernel's again. */
		__atomic_store_n(&control->data_tail, at, __ATOMIC_RELEASE);
	}
	return r;
}
