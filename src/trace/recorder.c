/* SPDX-License-Identifier: MIT */
/*
 * Writes what is traced to a file. Faults come through one ring, what the kernel tells of processes
 * and mappings through others; in the file they stand in the order of time, so that a reader needs
 * no more than one pass. Perf events of one's own processes tell both themselves. Each write adds data and the table behind it, then counts both in the
 * header: whatever ends the recorder, the file is whole up to the last write.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cr2/recorder.h>

#include "base/hash.h"
#include "record/perf/encode.h"
#include "build_ids.h"
#include "cached.h"
#include "discover.h"
#include "kernel_names.h"
#include "present.h"
#include "source.h"
#include "told.h"

#define WRITE_BYTES (1 << 20)
#define WRITE_NS 500000000ULL
#define SPACE_GONE UINT64_MAX
/* Of the event that tells of processes, where perf events of our own do: any number that is no fault's. */
static const uint64_t own_ids[] = {1};

struct cr2_recorder {
	struct cr2_trace *trace;
	struct own *own; /* perf events: they tell in told's place, which knows only whom they follow */
	struct told told;
	uint64_t id; /* of the event that tells of processes and mappings */
	struct build_ids build_ids;
	int fd;
	bool resident;
	bool calls; /* for replay: */
	struct cached_files files;
	struct hash spaces; /* (address in the kernel, 0): its number, or SPACE_GONE */
	uint64_t n_spaces;
	struct perf_head head;
	struct utsname machine;
	/* To be written: */
	struct cr2_text front, bytes, table;
	uint64_t end; /* of what is written and counted */
	uint64_t written; /* when */
	bool changed; /* what stands before the data */
	bool seen[PERF_EVENTS];
	uint64_t lost; /* faults, as the file says */
	struct kernel_names kernel;
	struct hash named; /* (beginning of a kernel function, 0): 1, it was told */
	uint64_t faults; /* encoded; of these written: */
	struct cr2_recorder_result result;
	int error; /* the first that happened */
};

static void fail(struct cr2_recorder *rec, int error)
{
	if (error < 0 && rec->error == 0)
		rec->error = error;
}

/* ---- the file ---- */

static int write_at(int fd, const char *bytes, size_t n, uint64_t offset)
{
	while (n) {
		ssize_t written = pwrite(fd, bytes, n, (off_t)offset);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written == 0)
			return -EIO;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
			offset += (uint64_t)written;
		}
	}
	return 0;
}

/* What is before and behind the data, made anew where it changed. */
static int encode(struct cr2_recorder *rec)
{
	int r;

	cr2_text_clear(&rec->front);
	cr2_text_clear(&rec->table);
	r = perf_encode_head(&rec->head, &rec->front);
	return r == 0 ? perf_encode_table(&rec->head, &rec->table) : r;
}

/* The header last: what it counts is there. */
static int write_front(struct cr2_recorder *rec)
{
	struct perf_header *header = (struct perf_header *)rec->front.data;
	int r = 0;

	header->data.size = rec->head.data_size;
	if (rec->changed)
		r = write_at(rec->fd, rec->front.data + sizeof(*header), rec->front.length - sizeof(*header),
			     sizeof(*header));
	return r == 0 ? write_at(rec->fd, rec->front.data, sizeof(*header), 0) : r;
}

/* Data and table go behind the table that is there. */
static int write_data(struct cr2_recorder *rec)
{
	const size_t data = rec->bytes.length;
	int r = rec->changed ? encode(rec) : 0;

	if (r == 0)
		r = cr2_text_append_n(&rec->bytes, rec->table.data, rec->table.length);
	if (r == 0)
		r = write_at(rec->fd, rec->bytes.data, rec->bytes.length, rec->end);
	if (r < 0)
		return r;
	rec->head.data_size = rec->end + data - rec->front.length;
	r = write_front(rec);
	if (r < 0)
		return r;
	rec->end += rec->bytes.length;
	rec->result.bytes = rec->end;
	rec->result.faults = rec->faults;
	rec->changed = false;
	cr2_text_clear(&rec->bytes);
	return 0;
}

static void write_out(struct cr2_recorder *rec)
{
	if (rec->error == 0)
		fail(rec, write_data(rec));
	rec->written = trace_now();
}

/* ---- what the kernel tells ---- */

/* What was appended to the data last. */
static int fill_build_ids(struct cr2_recorder *rec, size_t n)
{
	if (rec->calls) /* device and inode stand in their place */
		return 0;
	return build_ids_fill(&rec->build_ids, rec->bytes.data + rec->bytes.length - n, n);
}

static int remember_file(struct cr2_recorder *rec, char *bytes, size_t size)
{
	struct perf_record *record = (struct perf_record *)bytes;
	const size_t before = sizeof(*record) + sizeof(struct perf_mmap2);
	struct perf_place place;

	/* The bit that others may have set says nothing here. */
	record->misc &= (uint16_t)~PERF_MISC_BUILD_ID;
	if (size <= before)
		return 0;
	memcpy(&place, bytes + sizeof(*record) + offsetof(struct perf_mmap2, build_id_size), sizeof(place));
	return cached_add(&rec->files, (uint64_t)place.major << 20 | place.minor, place.inode, bytes + before);
}

/* Of what was appended last, of processes that are there already. */
static int remember_files(struct cr2_recorder *rec, size_t before)
{
	int r = 0;

	while (rec->calls && before < rec->bytes.length && r == 0) {
		char *bytes = rec->bytes.data + before;
		const struct perf_record *record = (const struct perf_record *)bytes;

		before += record->size;
		if (record->type == PERF_IS_MMAP2)
			r = remember_file(rec, bytes, record->size);
	}
	return r;
}

static int append(void *data, const struct perf_record *record)
{
	struct cr2_recorder *rec = data;
	int r = cr2_text_append_n(&rec->bytes, (const char *)record, record->size);

	if (r == 0 && rec->calls && record->type == PERF_IS_MMAP2)
		r = remember_file(rec, rec->bytes.data + rec->bytes.length - record->size, record->size);
	return r == 0 ? fill_build_ids(rec, record->size) : r;
}

/* What perf events of our own tell, of processes that are followed all: children are from then on. */
static int append_own(void *data, struct perf_record *record)
{
	struct cr2_recorder *rec = data;
	struct perf_trailer trailer;
	struct perf_task task;
	int r = 0;

	memcpy(&trailer, (char *)record + record->size - sizeof(trailer), sizeof(trailer));
	trailer.id = rec->id;
	memcpy((char *)record + record->size - sizeof(trailer), &trailer, sizeof(trailer));
	if (record->type == PERF_IS_FORK) {
		memcpy(&task, record + 1, sizeof(task));
		r = told_follow(&rec->told, task.pid);
	}
	return r == 0 ? cr2_text_append_n(&rec->bytes, (const char *)record, record->size) : r;
}

/* ---- faults ---- */

/* The kernel's functions are told as they appear, so that whoever reads the file has their names. */
static int name_kernel(struct cr2_recorder *rec, uint64_t address, uint64_t time)
{
	struct kernel_name name;
	struct perf_trailer trailer = {.time = time, .id = rec->id};
	struct perf_ksymbol symbol;
	int r;

	if (!kernel_names_find(&rec->kernel, address, &name) || hash_get(&rec->named, name.start, 0))
		return 0;
	r = hash_set(&rec->named, name.start, 0, 1);
	symbol = (struct perf_ksymbol){.start = name.start, .length = (uint32_t)(name.end - name.start)};
	return r ? r : perf_encode_ksymbol(&symbol, rec->kernel.text.data + name.name, &trailer, &rec->bytes);
}

/* Addresses in the kernel are nobody's business: spaces have numbers, from 1. */
static int number_space(struct cr2_recorder *rec, uint64_t space, uint64_t *ret_number)
{
	uint64_t number = space ? hash_get(&rec->spaces, space, 0) : 0;
	int r = 0;

	if (space && (!number || number == SPACE_GONE)) {
		number = ++rec->n_spaces;
		r = hash_set(&rec->spaces, space, 0, number);
	}
	*ret_number = number;
	return r;
}

static int name_calls(struct cr2_recorder *rec, const struct cr2_traced_fault *fault)
{
	int r = fault->kernel ? name_kernel(rec, fault->ip, fault->time) : 0;

	/* Behind the first each is behind a call. */
	for (size_t i = 1; i < fault->calls.n_kernel && r == 0; i++)
		r = name_kernel(rec, fault->calls.ips[i] - 1, fault->time);
	return r;
}

/* An event that is in the file has an attribute. */
static void see_event(struct cr2_recorder *rec, enum cr2_path path)
{
	if (rec->seen[path])
		return;
	rec->seen[path] = rec->changed = true;
	rec->head.paths[rec->head.n_paths++] = path;
}

static void on_fault(void *data, const struct cr2_traced_fault *fault)
{
	struct cr2_recorder *rec = data;
	struct cr2_traced_fault numbered = *fault;
	int r;

	if (rec->error)
		return;
	r = told_until(&rec->told, fault->time, append, rec);
	see_event(rec, fault->path);
	if (r == 0)
		r = name_calls(rec, fault);
	if (r == 0 && rec->calls)
		r = number_space(rec, fault->space, &numbered.space);
	if (r == 0)
		r = perf_encode_fault(&numbered, rec->head.more, &rec->bytes);
	fail(rec, r);
	if (rec->faults++ == 0)
		rec->head.first = fault->time;
	if (fault->time > rec->head.last)
		rec->head.last = fault->time;
	if (rec->bytes.length >= WRITE_BYTES)
		write_out(rec);
}

/* ---- what changes address spaces ---- */

static int put_call(void *data, const struct cr2_traced_call *call)
{
	struct cr2_recorder *rec = data;

	see_event(rec, PERF_CALL);
	return perf_encode_call(call, rec->head.more, &rec->bytes);
}

static void on_call(void *data, const struct cr2_traced_call *call)
{
	struct cr2_recorder *rec = data;
	struct cr2_traced_call numbered = *call;
	int r;

	if (rec->error)
		return;
	r = told_until(&rec->told, call->time, append, rec);
	if (r == 0)
		r = number_space(rec, call->space, &numbered.space);
	if (r == 0)
		r = number_space(rec, call->child_space, &numbered.child_space);
	/* The next one at this address is another. */
	if (r == 0 && call->kind == CR2_CALL_GONE)
		r = hash_set(&rec->spaces, call->space, 0, SPACE_GONE);
	fail(rec, r ? r : put_call(rec, &numbered));
	if (rec->bytes.length >= WRITE_BYTES)
		write_out(rec);
}

static int append_lost(struct cr2_recorder *rec)
{
	uint64_t lost = trace_lost(rec->trace), more = lost - rec->lost;
	const struct perf_trailer trailer = {.time = trace_now(), .id = rec->id};

	rec->lost = lost;
	return more ? perf_encode_lost(more, &trailer, &rec->bytes) : 0;
}

int cr2_recorder_take(struct cr2_recorder *rec, int milliseconds)
{
	int r = cr2_trace_take(rec->trace, milliseconds, on_fault, rec);

	if (r < 0 && r != -EINTR)
		fail(rec, r);
	/* Rings that nobody reads run full; but a process ends behind its faults. */
	fail(rec, told_read(&rec->told, trace_handed_over(rec->trace), append, rec));
	if (trace_now() - rec->written >= WRITE_NS) {
		fail(rec, append_lost(rec));
		write_out(rec);
	}
	return rec->error;
}

/* ---- */

int cr2_recorder_follow(struct cr2_recorder *rec, uint64_t pid, bool from_exec)
{
	const size_t before = rec->bytes.length;
	int r = told_follow(&rec->told, pid);

	if (r == 0 && !from_exec && !rec->own)
		r = present_append((uint32_t)pid, trace_now(), rec->id, &rec->bytes);
	/* One that ended meanwhile has nothing to tell. */
	if (r != -ENOMEM)
		r = remember_files(rec, before);
	return r ? r : fill_build_ids(rec, rec->bytes.length - before);
}

static void destroy(struct cr2_recorder *rec)
{
	build_ids_finish(&rec->build_ids);
	told_close(&rec->told);
	hash_finish(&rec->named);
	hash_finish(&rec->spaces);
	cached_finish(&rec->files);
	kernel_names_finish(&rec->kernel);
	cr2_text_finish(&rec->front);
	cr2_text_finish(&rec->bytes);
	cr2_text_finish(&rec->table);
	free(rec);
}

/* Of all that are followed and still there. */
static int append_resident(struct cr2_recorder *rec)
{
	int r = 0;

	see_event(rec, PERF_RESIDENT);
	if (rec->told.all)
		return present_append_all_pages(trace_now(), rec->head.more, &rec->bytes);
	for (size_t i = 0; i < rec->told.followed.capacity && r != -ENOMEM; i++)
		if (rec->told.followed.entries[i].value == 1)
			r = present_append_pages((uint32_t)rec->told.followed.entries[i].a, trace_now(), rec->head.more,
						 &rec->bytes);
	return r == -ENOMEM ? r : 0;
}

int cr2_recorder_close(struct cr2_recorder *rec, struct cr2_recorder_result *ret_result)
{
	int r;

	if (!rec)
		return 0;
	if (rec->own)
		own_stop(rec->own);
	cr2_recorder_take(rec, 0);
	fail(rec, told_until(&rec->told, UINT64_MAX, append, rec));
	if (rec->resident)
		fail(rec, append_resident(rec));
	if (rec->calls && rec->error == 0)
		fail(rec, cached_look(&rec->files, put_call, rec));
	fail(rec, append_lost(rec));
	if (rec->error == 0) {
		/* Not before all else is in the file: this is what says that it is. */
		write_out(rec);
		rec->head.finished = rec->changed = true;
		write_out(rec);
	}
	r = rec->error;
	rec->result.lost_records = rec->told.lost;
	rec->result.lost_calls = trace_lost_calls(rec->trace);
	rec->result.kernel_hidden = rec->kernel.hidden && !rec->kernel.n;
	*ret_result = rec->result;
	destroy(rec);
	return r;
}

/* A machine without the hierarchy has no names either. */
static int tell_cgroups(struct cr2_recorder *rec)
{
	char root[80];
	int r = trace_find_mount("cgroup2", root, sizeof(root)) ?
		present_append_cgroups(root, trace_now(), rec->id, &rec->bytes) : 0;

	return r == -ENOMEM ? r : 0;
}

static int tell_machine(struct cr2_recorder *rec)
{
	struct cr2_traced_call machine;

	cached_machine(trace_kernel_facts(rec->trace), &machine);
	cr2_trace_on_call(rec->trace, on_call, rec);
	return put_call(rec, &machine);
}

/* Who tells of processes and mappings. */
static int open_told(struct cr2_recorder *rec, bool all, struct cr2_text *reason)
{
	int r = rec->own ? 0 : told_open(all, rec->head.more & PERF_HAS_CGROUP, &rec->told, reason);

	if (r < 0)
		return r;
	if (rec->own)
		own_on_record(rec->own, append_own, rec);
	rec->head.n_ids = rec->own ? CR2_ARRAY_SIZE(own_ids) : rec->told.sideband.n;
	rec->head.ids = rec->own ? own_ids : rec->told.sideband.ids;
	rec->id = rec->head.ids[0];
	return 0;
}

static int begin(struct cr2_recorder *rec, bool all, struct cr2_text *reason)
{
	size_t before;
	int r = open_told(rec, all, reason);

	if (r < 0)
		return r;
	/* From now on what the one ring tells of programs stands in the other. */
	if (rec->calls)
		trace_begin_calls(rec->trace);
	uname(&rec->machine);
	rec->head = (struct perf_head){
		.n_ids = rec->head.n_ids, .ids = rec->head.ids, .host = rec->machine.nodename,
		.release = rec->machine.release, .version = "cr2 " CR2_VERSION,
		.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
		.command = rec->head.command, .more = rec->head.more, .stack_bytes = rec->head.stack_bytes,
	};
	/* With a first table, before all data. */
	r = encode(rec);
	rec->end = rec->front.length;
	rec->changed = true;
	if (r == 0)
		r = write_data(rec);
	if (r == 0 && rec->head.more & PERF_HAS_CGROUP)
		r = tell_cgroups(rec);
	before = rec->bytes.length;
	if (r == 0 && all)
		r = present_append_all(trace_now(), rec->id, &rec->bytes);
	if (r == 0)
		r = remember_files(rec, before);
	if (r == 0 && rec->calls)
		r = tell_machine(rec);
	if (r == 0)
		r = fill_build_ids(rec, rec->bytes.length);
	rec->written = trace_now();
	return r < 0 ? trace_refuse(reason, r, "the recording cannot be written") : 0;
}

int cr2_recorder_open(const struct cr2_recorder_config *config, struct cr2_trace *trace,
		      struct cr2_recorder **ret_recorder, char **ret_reason)
{
	struct cr2_recorder *rec = calloc(1, sizeof(*rec));
	struct cr2_text reason = {0};
	int r = rec ? 0 : -ENOMEM;

	*ret_reason = NULL;
	if (r < 0)
		return r;
	rec->trace = trace;
	rec->own = trace_own(trace);
	rec->fd = config->fd;
	rec->resident = config->resident;
	rec->calls = config->calls;
	rec->head.command = config->command;
	rec->head.more = (config->stack ? PERF_HAS_CHAIN : 0) | (config->cgroups ? PERF_HAS_CGROUP : 0) |
			 (config->calls ? PERF_HAS_REPLAY : 0) | (rec->own ? PERF_HAS_ACCESS : 0);
	if (config->stack == CR2_TRACE_STACK_COPY)
		rec->head.more |= PERF_HAS_REGISTERS | PERF_HAS_STACK;
	rec->head.stack_bytes = config->stack_bytes;
	r = begin(rec, config->all, &reason);
	if (r < 0) {
		destroy(rec);
		*ret_reason = reason.data;
		return r;
	}
	cr2_text_finish(&reason);
	*ret_recorder = rec;
	return 0;
}
