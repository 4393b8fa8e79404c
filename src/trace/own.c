/* SPDX-License-Identifier: MIT */
/*
 * The software events page-faults-min and page-faults-maj of the processes that are followed and of their children,
 * with a period of 1, and a ring a CPU. The kernel's own count of the same events says how many had no room.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/words.h"
#include "record/perf/programs.h"
#include "record/perf/queue.h"
#include "record/perf/sample.h"
#include "build_ids.h"
#include "clock.h"
#include "discover.h"
#include "own.h"
#include "own_access.h"
#include "present.h"
#include "ring.h"

/* With the page before them what kernel.perf_event_mlock_kb allows to each by default, of each CPU. */
#define RING_PAGES 128
/* SI and DI, as perf numbers registers. */
#define SI 4
#define DI 5

struct own {
	struct perf_event_attr attr; /* of its events */
	struct sample_layout layout;
	bool by_process;
	bool identifies; /* files, by their build ids: code is to be named */
	size_t cpus;
	struct ring *rings; /* none: the CPU is offline, or nobody is followed yet */
	int *events; /* all of them: each counts */
	size_t n_events, events_capacity;
	struct hash majors; /* (id, 0): 1 */
	struct programs programs;
	struct build_ids build_ids;
	struct words names; /* of processes, where each is counted by itself: also of those that have ended */
	struct hash named; /* (pid, 0): the name's number plus 1 */
	struct own_access *access;
	struct queue waiting; /* until all that is older has come */
	struct sample_room calls; /* of the last fault */
	own_record_fn *on_record;
	void *record_data;
	uint64_t seen; /* faults that were counted when that was last looked at */
	struct cr2_trace_counts counts; /* items alone */
	struct hash places; /* (pid, kind): where in them, from 1 */
	size_t counts_capacity;
	uint64_t recorded;
};

/* ---- events ---- */

static struct perf_event_attr attr_of(const struct cr2_trace_config *config)
{
	struct perf_event_attr attr = ring_attr(PERF_COUNT_SW_PAGE_FAULTS_MIN, RING_PAGES * CR2_PAGE_SIZE / 4, true);

	attr.sample_period = 1;
	attr.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			   PERF_SAMPLE_ADDR | PERF_SAMPLE_REGS_USER;
	attr.sample_regs_user = 1 << SI | 1 << DI;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	attr.exclude_callchain_kernel = 1;
	attr.inherit = 1;
	if (config->stack == CR2_TRACE_FRAMES)
		attr.sample_type |= PERF_SAMPLE_CALLCHAIN;
	if (config->stack == CR2_TRACE_STACK_COPY) {
		attr.sample_type |= PERF_SAMPLE_STACK_USER;
		attr.sample_regs_user = PERF_REGISTERS;
		attr.sample_stack_user = config->stack_bytes;
	}
	return attr;
}

static int open_event(const struct own *own, pid_t tid, int cpu, bool major, bool from_exec)
{
	struct perf_event_attr attr = own->attr;

	/* Of processes and mappings the other one tells. */
	if (major) {
		attr.config = PERF_COUNT_SW_PAGE_FAULTS_MAJ;
		attr.mmap = attr.mmap2 = attr.mmap_data = attr.comm = attr.comm_exec = attr.task = 0;
	}
	attr.disabled = from_exec;
	attr.enable_on_exec = from_exec;
	return ring_open_event(&attr, tid, cpu);
}

static int add_event(struct own *own, pid_t tid, size_t cpu, bool major, bool from_exec)
{
	struct ring *ring = &own->rings[cpu];
	int fd = open_event(own, tid, (int)cpu, major, from_exec), r;
	uint64_t id;

	if (fd < 0)
		return fd == -ENODEV ? 0 : fd; /* that CPU is offline */
	r = cr2_grow(&own->events, &own->events_capacity, own->n_events + 1, sizeof(*own->events));
	if (r == 0 && !ring->pages)
		r = ring_map(fd, RING_PAGES, ring);
	else if (r == 0 && ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd) < 0)
		r = -errno;
	if (r == 0 && major) {
		r = ioctl(fd, PERF_EVENT_IOC_ID, &id) < 0 ? -errno : hash_set(&own->majors, id, 0, 1);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	own->events[own->n_events++] = fd;
	return 0;
}

static int follow_thread(struct own *own, pid_t tid, bool from_exec)
{
	int r = 0;

	for (size_t cpu = 0; cpu < own->cpus && r == 0; cpu++) {
		r = add_event(own, tid, cpu, false, from_exec);
		if (r == 0)
			r = add_event(own, tid, cpu, true, from_exec);
	}
	return r;
}

/* One that makes no sense says nothing. */
static int apply(struct own *own, struct perf_record *record)
{
	const char *wrong;
	int r = own->identifies ? build_ids_fill(&own->build_ids, (char *)record, record->size) : 0;

	if (r == 0)
		r = programs_apply(&own->programs, record, own->identifies, &wrong);
	if (r == 0 && own->on_record)
		r = own->on_record(own->record_data, record);
	return r == -EBADMSG ? 0 : r;
}

/* What is mapped already, as records of now. */
static int apply_present(struct own *own, uint32_t pid)
{
	struct cr2_text bytes = {0};
	int r = present_append(pid, trace_now(), 0, &bytes);

	for (size_t at = 0; r == 0 && at < bytes.length;) {
		struct perf_record *record = (void *)(bytes.data + at);

		r = apply(own, record);
		at += record->size;
	}
	cr2_text_finish(&bytes);
	return r;
}

/* Children and threads that come later are followed by themselves, but not threads that are there. */
static int follow_threads(struct own *own, uint64_t pid)
{
	char path[48];
	uint32_t tid;
	DIR *folder;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%llu/task", (unsigned long long)pid);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r == 0 && (tid = present_number(folder))) {
		r = follow_thread(own, (pid_t)tid, false);
		r = r == -ESRCH ? 0 : r; /* it has just ended */
	}
	closedir(folder);
	return r;
}

int own_follow(struct own *own, uint64_t pid, bool from_exec)
{
	int r;

	if (from_exec)
		return follow_thread(own, (pid_t)pid, true);
	r = follow_threads(own, pid);
	return r == 0 ? apply_present(own, (uint32_t)pid) : r;
}

/* ---- rings ---- */

static uint64_t time_of(const struct own *own, const struct perf_record *record)
{
	struct perf_trailer trailer;
	uint64_t time;

	if (record->type == PERF_IS_SAMPLE) {
		memcpy(&time, (const uint64_t *)(const void *)(record + 1) + sample_time_at(&own->layout), sizeof(time));
		return time;
	}
	memcpy(&trailer, (const uint8_t *)record + record->size - sizeof(trailer), sizeof(trailer));
	return trailer.time;
}

static bool is_wanted(const struct perf_record *record)
{
	return (record->type == PERF_IS_SAMPLE || record->type == PERF_IS_MMAP2 || record->type == PERF_IS_COMM || record->type == PERF_IS_FORK ||
		record->type == PERF_IS_EXIT) && record->size > sizeof(struct perf_trailer);
}

static int keep(void *data, const struct perf_record *record)
{
	struct own *own = data;

	return is_wanted(record) ? queue_put(&own->waiting, time_of(own, record), 0, record, record->size) : 0;
}

/* ---- faults ---- */

static int count(struct own *own, uint32_t pid, enum cr2_trace_mapping mapping, bool major)
{
	uint64_t who = own->by_process ? pid : 0, place = hash_get(&own->places, who, mapping * 2u + major);
	int r;

	if (!place) {
		r = cr2_grow(&own->counts.items, &own->counts_capacity, own->counts.n + 1, sizeof(*own->counts.items));
		if (r == 0)
			r = hash_set(&own->places, who, mapping * 2u + major, own->counts.n + 1);
		if (r < 0)
			return r;
		own->counts.items[own->counts.n] = (struct cr2_trace_count){
			.who = who, .path = CR2_PATH_UNKNOWN, .mapping = mapping, .major = major};
		place = ++own->counts.n;
	}
	own->counts.items[place - 1].n++;
	return 0;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum cr2_trace_mapping kind_of(const struct program_map *map)
{
	return map ? perf_mapping_of(map->file->path) : CR2_TRACE_MAPPING_UNKNOWN;
}

/* 0 where it has none: that is no 64-bit program's. */
static uint64_t register_of(const struct own *own, const struct sample *s, unsigned number)
{
	const uint64_t before = own->layout.user_registers & ((1ULL << number) - 1);
	uint64_t value = 0;

	if (s->registers)
		memcpy(&value, (const uint8_t *)s->registers + sizeof(value) * (size_t)__builtin_popcountll(before), sizeof(value));
	return value;
}

/* map: NULL: none is known. 0 or -ENOMEM. */
static int hand_over(struct own *own, const struct sample *s, const struct program *process,
		     const struct program_map *map, bool major, cr2_trace_fn *fn, void *data)
{
	const struct own_fault taken = {.pid = s->pid, .ip = s->ip, .addr = s->addr,
					.si = register_of(own, s, SI), .di = register_of(own, s, DI)};
	struct cr2_traced_fault fault = {
		.source = CR2_TRACE_SOURCE_PERF, .time = s->time, .addr = s->addr, .ip = s->ip, .pid = s->pid,
		.tid = s->tid, .comm = process ? process->comm : "", .path = CR2_PATH_UNKNOWN,
		.mapping = kind_of(map), .major = major, .name = "",
	};
	int r;

	fault.access = own_access_of(own->access, &own->programs, &taken);
	if (map) {
		fault.name = cr2_recorded_file_is_named(map->file) ? last_component(map->file->path) : "";
		fault.start = map->start;
		fault.end = map->end;
		fault.flags = map->flags;
		fault.offset = (s->addr & CR2_PAGE_MASK) - map->start + map->offset;
	}
	r = sample_calls(s, &own->layout, &own->calls, &fault.calls);
	if (r == 0)
		fn(data, &fault);
	return r;
}

static int keep_name(struct own *own, const struct program *process)
{
	int64_t number = words_number(&own->names, process->comm);

	return number < 0 ? -ENOMEM : hash_set(&own->named, process->pid, 0, (uint64_t)number + 1);
}

static int on_sample(struct own *own, const struct perf_record *record, cr2_trace_fn *fn, void *data)
{
	const struct program *process;
	struct program_map map;
	struct cursor c = {(const uint8_t *)(record + 1), record->size - sizeof(*record), false};
	struct sample s;
	bool major, known;
	uint64_t id;
	int r;

	memcpy(&id, record + 1, sizeof(id));
	sample_take(&c, &own->layout, &s);
	process = programs_find(&own->programs, s.pid);
	known = process && program_at(process, s.addr, &map);
	major = hash_get(&own->majors, id, 0);
	r = count(own, s.pid, kind_of(known ? &map : NULL), major);
	if (r == 0 && own->by_process && process)
		r = keep_name(own, process);
	own->recorded++;
	if (r == 0 && fn)
		r = hand_over(own, &s, process, known ? &map : NULL, major, fn, data);
	return r;
}

/* All up to then, in the order of time; what is younger goes on waiting. */
static int settle(struct own *own, uint64_t until, cr2_trace_fn *fn, void *data)
{
	const struct queue_record *next;
	int r = queue_sort(&own->waiting);

	while (r == 0 && (next = queue_next(&own->waiting, until))) {
		struct perf_record *record = (void *)(own->waiting.bytes.data + next->offset);

		r = record->type == PERF_IS_SAMPLE ? on_sample(own, record, fn, data) : apply(own, record);
	}
	return r;
}

static void wait_for(const struct own *own, int milliseconds)
{
	struct pollfd *fds = calloc(own->cpus, sizeof(*fds));
	nfds_t n = 0;

	for (size_t i = 0; fds && i < own->cpus; i++)
		if (own->rings[i].pages)
			fds[n++] = (struct pollfd){.fd = own->rings[i].fd, .events = POLLIN};
	/* An event whose process has ended is always ready. */
	if (fds)
		poll(fds, n, milliseconds);
	free(fds);
}

int own_take(struct own *own, int milliseconds, cr2_trace_fn *fn, void *data)
{
	uint64_t until;
	int r = 0;

	if (milliseconds)
		wait_for(own, milliseconds);
	until = trace_now();
	for (size_t i = 0; i < own->cpus && r == 0; i++)
		if (own->rings[i].pages)
			r = ring_read(&own->rings[i], keep, own);
	return r == 0 ? settle(own, until, fn, data) : r;
}

/* ---- what was counted ---- */

/* Those of children, too. */
static uint64_t counted(const struct own *own)
{
	uint64_t sum = 0, n;

	for (size_t i = 0; i < own->n_events; i++)
		if (read(own->events[i], &n, sizeof(n)) == (ssize_t)sizeof(n))
			sum += n;
	return sum;
}

uint64_t own_lost(struct own *own)
{
	const uint64_t seen = own->seen;

	/* What was counted at the last look has been taken since, if it came. */
	own->seen = counted(own);
	return seen > own->recorded ? seen - own->recorded : 0;
}

void own_stop(struct own *own)
{
	for (size_t i = 0; i < own->n_events; i++)
		ioctl(own->events[i], PERF_EVENT_IOC_DISABLE, 0);
	own->seen = counted(own);
}

void own_on_record(struct own *own, own_record_fn *fn, void *data)
{
	own->on_record = fn;
	own->record_data = data;
	own->identifies = true;
}

int own_read(struct own *own, struct cr2_trace_counts *ret_counts)
{
	struct cr2_trace_counts counts = {.source = CR2_TRACE_SOURCE_PERF};
	uint64_t all = counted(own);
	int r = own_take(own, 0, NULL, NULL);

	if (r < 0)
		return r;
	counts.items = calloc(own->counts.n + 1, sizeof(*counts.items));
	if (!counts.items)
		return -ENOMEM;
	counts.n = own->counts.n;
	if (counts.n)
		memcpy(counts.items, own->counts.items, counts.n * sizeof(*counts.items));
	counts.recorded = own->recorded;
	counts.undetermined = own->recorded;
	counts.lost = all > own->recorded ? all - own->recorded : 0;
	*ret_counts = counts;
	return 0;
}

int own_comm(struct own *own, uint64_t pid, char ret_comm[CR2_COMM_SIZE])
{
	const struct program *process = programs_find(&own->programs, (uint32_t)pid);
	const uint64_t number = hash_get(&own->named, pid, 0);
	const char *comm = process ? process->comm : number ? own->names.items[number - 1] : "";

	if (!comm[0])
		return -ENOENT;
	snprintf(ret_comm, CR2_COMM_SIZE, "%s", comm);
	return 0;
}

bool own_map(const struct own *own, uint64_t pid, uint64_t address, struct cr2_recorded_map *ret_map)
{
	return programs_at(&own->programs, pid, address, ret_map);
}

/* ---- */

void own_close(struct own *own)
{
	if (!own)
		return;
	for (size_t i = 0; own->rings && i < own->cpus; i++)
		ring_unmap(&own->rings[i]);
	for (size_t i = 0; i < own->n_events; i++)
		close(own->events[i]);
	free(own->rings);
	free(own->events);
	hash_finish(&own->majors);
	hash_finish(&own->places);
	programs_finish(&own->programs);
	build_ids_finish(&own->build_ids);
	words_finish(&own->names);
	hash_finish(&own->named);
	own_access_destroy(own->access);
	queue_finish(&own->waiting);
	sample_room_finish(&own->calls);
	cr2_trace_counts_finish(&own->counts);
	free(own);
}

/* Is it allowed at all? */
static int try_event(const struct own *own)
{
	int fd = open_event(own, 0, -1, false, true);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

int own_open(const struct cr2_trace_config *config, struct own **ret_own, struct cr2_text *reason)
{
	struct own *own;
	int r;

	if (config->scope != CR2_TRACE_PROCESSES) {
		cr2_text_append(reason, "perf events without rights are of one's own processes: a command, or -p");
		return -EPERM;
	}
	if (config->calls || config->cgroups || config->by == CR2_TRACE_BY_CGROUP)
		return trace_refuse(reason, -EOPNOTSUPP, "this takes the state that BPF reads");
	own = calloc(1, sizeof(*own));
	if (!own)
		return -ENOMEM;
	own->attr = attr_of(config);
	own->layout = (struct sample_layout){.parts = own->attr.sample_type, .user_registers = own->attr.sample_regs_user};
	r = try_event(own);
	if (r < 0) {
		free(own);
		return trace_refuse(reason, r, "perf events of one's own processes (they take "
				    "kernel.perf_event_paranoid of 2 or less)");
	}
	programs_init(&own->programs);
	own->identifies = config->places;
	own->by_process = config->by == CR2_TRACE_BY_PROCESS;
	own->cpus = (size_t)sysconf(_SC_NPROCESSORS_CONF);
	own->rings = calloc(own->cpus, sizeof(*own->rings));
	r = own->rings ? own_access_create(&own->access) : -ENOMEM;
	if (r < 0) {
		own_close(own);
		return r;
	}
	*ret_own = own;
	return 0;
}
