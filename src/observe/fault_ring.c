/* SPDX-License-Identifier: MIT */
/*
 * Page-fault exceptions of one process, in order: the tracepoints page_fault_user and
 * page_fault_kernel give address and error code as the CPU pushed it, a software event
 * tells which of them were major; all three write to one ring.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cr2/tables.h>

#include "base/reason.h"
#include "base/stream.h"

#include "fault_ring.h"
#include "rights.h"
#include "tracefs.h"

#define RING_PAGES 16 /* a power of two */
#define RING_SIZE (RING_PAGES * CR2_PAGE_SIZE)

enum { EVENT_USER, EVENT_KERNEL, EVENT_MAJOR };

static int read_text(int tracefs, const char *event, const char *file, struct cr2_text *text)
{
	char path[128];
	FILE *stream;
	int fd, r;

	snprintf(path, sizeof(path), "events/exceptions/%s/%s", event, file);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	stream = fdopen(fd, "r");
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	r = stream_read(stream, SIZE_MAX, text);
	fclose(stream);
	return r == 0 && !text->length ? -EIO : r;
}

/* "\tfield:unsigned long address;\toffset:8;\tsize:8;..." */
static int field_offset(const char *format, const char *name, size_t *ret_offset)
{
	char wanted[48];
	const char *at;
	unsigned offset, size;

	snprintf(wanted, sizeof(wanted), " %s;\toffset:", name);
	at = strstr(format, wanted);
	if (!at || sscanf(at + strlen(wanted), "%u;\tsize:%u", &offset, &size) != 2 || size != 8)
		return -EOPNOTSUPP;
	*ret_offset = offset;
	return 0;
}

static int find_tracepoint(int tracefs, const char *name, uint64_t *ret_id)
{
	struct cr2_text text = {0};
	int r = read_text(tracefs, name, "id", &text);

	if (r == 0)
		*ret_id = strtoull(text.data, NULL, 10);
	cr2_text_finish(&text);
	return r;
}

static int find_format(struct fault_tracer *tracer, int tracefs)
{
	struct cr2_text text = {0};
	int r = read_text(tracefs, "page_fault_user", "format", &text);

	if (r == 0)
		r = field_offset(text.data, "address", &tracer->at_address);
	if (r == 0)
		r = field_offset(text.data, "ip", &tracer->at_ip);
	if (r == 0)
		r = field_offset(text.data, "error_code", &tracer->at_error);
	cr2_text_finish(&text);
	return r;
}

static int refuse_tracefs(int err, struct cr2_text *reason)
{
	if (err == -EPERM || err == -EACCES)
		return reason_refuse(reason, -EPERM, "tracefs cannot be read: %s; " RIGHTS_ELSE,
				     rights_to_look());
	return reason_refuse(reason, -EOPNOTSUPP, "this kernel shows no tracepoint "
			     "exceptions:page_fault_user (%s)", strerror(-err));
}

static int find_events(struct fault_tracer *tracer, struct cr2_text *reason)
{
	int tracefs = tracefs_open(), r;

	if (tracefs < 0)
		return refuse_tracefs(tracefs, reason);
	r = find_tracepoint(tracefs, "page_fault_user", &tracer->events[EVENT_USER].config);
	if (r == 0)
		r = find_tracepoint(tracefs, "page_fault_kernel",
				    &tracer->events[EVENT_KERNEL].config);
	if (r == 0)
		r = find_format(tracer, tracefs);
	close(tracefs);
	if (r < 0)
		return refuse_tracefs(r, reason);
	tracer->events[EVENT_USER].type = tracer->events[EVENT_KERNEL].type = PERF_TYPE_TRACEPOINT;
	tracer->events[EVENT_MAJOR].type = PERF_TYPE_SOFTWARE;
	tracer->events[EVENT_MAJOR].config = PERF_COUNT_SW_PAGE_FAULTS_MAJ;
	return 0;
}

static int open_event(const struct fault_tracer *tracer, int i, pid_t pid, bool idle)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = tracer->events[i].type,
		.config = tracer->events[i].config,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TIME |
			       (i == EVENT_MAJOR ? PERF_SAMPLE_ADDR : PERF_SAMPLE_RAW),
		.disabled = idle,
		.watermark = 1, /* nobody polls */
		.wakeup_watermark = RING_SIZE / 2,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC_RAW,
	};
	long fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int refuse_event(int err, struct cr2_text *reason)
{
	if (err == -EACCES || err == -EPERM)
		return reason_refuse(reason, -EPERM, "page faults of other processes may not be "
				     "traced: %s; " RIGHTS_ELSE, rights_to_look());
	return reason_refuse(reason, err, "perf_event_open of a page-fault tracepoint: %s",
			   strerror(-err));
}

int fault_tracer_open(struct fault_tracer *tracer, struct cr2_text *reason)
{
	int r;

	*tracer = (struct fault_tracer){0};
	r = find_events(tracer, reason);
	if (r < 0)
		return r;
	for (int i = 0; i < (int)CR2_ARRAY_SIZE(tracer->events); i++)
		tracer->events[i].keep = -1;
	tracer->open = true;
	for (int i = 0; i < (int)CR2_ARRAY_SIZE(tracer->events); i++) {
		r = open_event(tracer, i, 0, true);
		if (r < 0) {
			fault_tracer_close(tracer);
			return refuse_event(r, reason);
		}
		tracer->events[i].keep = r;
	}
	return 0;
}

void fault_tracer_close(struct fault_tracer *tracer)
{
	for (size_t i = 0; tracer->open && i < CR2_ARRAY_SIZE(tracer->events); i++)
		if (tracer->events[i].keep >= 0)
			close(tracer->events[i].keep);
	tracer->open = false;
}

static int join(struct fault_ring *ring, int i)
{
	if (ioctl(ring->fds[i], PERF_EVENT_IOC_ID, &ring->ids[i]) < 0)
		return -errno;
	if (i > 0)
		return ioctl(ring->fds[i], PERF_EVENT_IOC_SET_OUTPUT, ring->fds[0]) < 0 ? -errno : 0;
	ring->map = mmap(NULL, RING_SIZE + CR2_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring->fds[0], 0);
	if (ring->map == MAP_FAILED) {
		ring->map = NULL;
		return -errno;
	}
	return 0;
}

int fault_ring_open(const struct fault_tracer *tracer, pid_t pid, struct fault_ring *ring,
		   struct cr2_text *reason)
{
	int r = 0;

	*ring = (struct fault_ring){.fds = {-1, -1, -1}};
	for (int i = 0; r == 0 && i < (int)CR2_ARRAY_SIZE(ring->fds); i++) {
		r = ring->fds[i] = open_event(tracer, i, pid, false);
		if (r >= 0)
			r = join(ring, i);
	}
	if (r == 0)
		return 0;
	fault_ring_close(ring);
	return refuse_event(r, reason);
}

void fault_ring_close(struct fault_ring *ring)
{
	if (ring->map)
		munmap(ring->map, RING_SIZE + CR2_PAGE_SIZE);
	for (int i = (int)CR2_ARRAY_SIZE(ring->fds) - 1; i >= 0; i--)
		if (ring->fds[i] >= 0)
			close(ring->fds[i]);
	*ring = (struct fault_ring){.fds = {-1, -1, -1}};
}

/* A sample as its attributes shape it: header, id, time, then an address or a raw record. */
struct sample {
	struct perf_event_header header;
	uint64_t id;
	uint64_t time;
	union {
		uint64_t address;
		struct {
			uint32_t size;
			char data[512];
		} raw;
	};
};

/* Hits are passed on one late: a major event speaks of the one before it. */
struct taking {
	const struct fault_tracer *tracer;
	const struct fault_ring *ring;
	fault_hit_fn *fn;
	void *data;
	struct fault_hit hit;
	bool pending;
};

static void pass(struct taking *taking)
{
	if (taking->pending)
		taking->fn(taking->data, &taking->hit);
	taking->pending = false;
}

static uint64_t field(const struct sample *sample, size_t offset)
{
	uint64_t value;

	memcpy(&value, sample->raw.data + offset, sizeof(value));
	return value;
}

static void take_sample(struct taking *taking, const struct sample *sample)
{
	const struct fault_tracer *tracer = taking->tracer;

	if (sample->id == taking->ring->ids[EVENT_MAJOR]) {
		if (taking->pending && taking->hit.address == sample->address)
			taking->hit.major = true;
		return;
	}
	pass(taking);
	taking->hit = (struct fault_hit){
		.address = field(sample, tracer->at_address),
		.ip = field(sample, tracer->at_ip),
		.error_code = field(sample, tracer->at_error),
		.time = sample->time,
		.kernel = sample->id == taking->ring->ids[EVENT_KERNEL],
	};
	taking->pending = true;
}

/* A record may wrap around the ring's end. */
static void copy_out(const char *ring, uint64_t at, void *to, size_t n)
{
	size_t offset = at & (RING_SIZE - 1), first = RING_SIZE - offset;

	if (first > n)
		first = n;
	memcpy(to, ring + offset, first);
	memcpy((char *)to + first, ring, n - first);
}

int fault_ring_take(const struct fault_tracer *tracer, struct fault_ring *ring, fault_hit_fn *fn,
		   void *data)
{
	struct perf_event_mmap_page *page = ring->map;
	const char *records = (const char *)ring->map + CR2_PAGE_SIZE;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), tail = page->data_tail;
	struct taking taking = {.tracer = tracer, .ring = ring, .fn = fn, .data = data};
	int r = head - tail > RING_SIZE - sizeof(struct sample) ? -EOVERFLOW : 0;

	while (tail < head) {
		struct sample sample = {0};
		size_t size;

		copy_out(records, tail, &sample, sizeof(sample.header));
		size = sample.header.size < sizeof(sample) ? sample.header.size : sizeof(sample);
		copy_out(records, tail, &sample, size);
		if (sample.header.type == PERF_RECORD_SAMPLE)
			take_sample(&taking, &sample);
		else if (sample.header.type == PERF_RECORD_LOST)
			r = -EOVERFLOW;
		tail += sample.header.size;
	}
	pass(&taking);
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
	return r;
}
