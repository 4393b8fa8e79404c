/* SPDX-License-Identifier: MIT */
/*
 * Reads recordings. Nothing in the file is believed before it is checked: each record and each
 * part is looked at within its own bytes, and places in the file are compared with its length.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "encode.h"
#include "labels.h"
#include "programs.h"
#include "recording.h"
#include "rounds.h"

struct cr2_recording {
	struct records records;
	struct recording_head head;
	struct programs programs;
	struct labels kernel, cgroups;
	uint64_t faults, samples, lost, lost_records, first;
	struct rounds rounds; /* of a file of perf's */
	uint64_t place; /* in the file, of the record that is read */
	int ended; /* 0: there is more; 1: there was; or what was wrong then */
	struct cr2_text reason;
	char comm[16], name[32];
	cr2_resident_fn *resident;
	void *resident_data;
	cr2_recorded_change_fn *changed;
	void *changed_data;
	struct sample_room calls; /* of the last fault */
};

/* ---- bytes ---- */

static int damaged(struct cr2_recording *recording, const char *what)
{
	cr2_text_clear(&recording->reason);
	cr2_text_printf(&recording->reason, "%s at byte %" PRIu64, what, recording->place);
	return -EBADMSG;
}

/* ---- records ---- */

/* What was told to nobody but the programs. */
static int hand_over_change(struct cr2_recording *recording, const struct perf_record *record)
{
	const void *body = record + 1;
	struct cr2_recorded_change change = {.kind = CR2_RECORDED_MAP};
	struct perf_trailer trailer;
	struct perf_mmap2 map = {0};
	struct perf_place where;

	memcpy(&map, body, record->type == PERF_IS_MMAP2 ? sizeof(map) : sizeof(struct perf_comm));
	/* The time stands in what is at its end; threads have names of their own. */
	if (record->size < sizeof(*record) + sizeof(trailer) + sizeof(struct perf_comm) ||
	    (record->type == PERF_IS_COMM && map.pid != map.tid))
		return 0;
	memcpy(&trailer, (const char *)record + record->size - sizeof(trailer), sizeof(trailer));
	change.time = trailer.time;
	change.pid = map.pid;
	if (record->type == PERF_IS_COMM) {
		change.kind = CR2_RECORDED_BEGIN;
		return recording->changed(recording->changed_data, &change);
	}
	/* With the file that the programs know it by; a recording for replay has no build ids in its place. */
	if (!programs_at(&recording->programs, map.pid, map.start, &change.map))
		return 0;
	memcpy(&where, &map.build_id_size, sizeof(where));
	change.device = (uint64_t)where.major << 20 | where.minor;
	change.inode = where.inode;
	change.prot = map.prot;
	return recording->changed(recording->changed_data, &change);
}

/* What it says of processes and mappings. */
static int read_change(struct cr2_recording *recording, const uint8_t *bytes)
{
	const struct perf_record *record = (const void *)bytes;
	const char *wrong;
	/* Who did not ask for build ids has their bit too, but device and inode there, when somebody else does at the time. */
	int r = programs_apply(&recording->programs, bytes, recording->head.build_ids, &wrong);

	if (r == -EBADMSG)
		return damaged(recording, wrong);
	if (r == 0 && recording->changed &&
	    (record->type == PERF_IS_MMAP2 || (record->type == PERF_IS_COMM && record->misc & PERF_MISC_EXEC)))
		r = hand_over_change(recording, record);
	return r;
}

static size_t string_length(const struct cursor *c)
{
	return strnlen((const char *)c->at, c->left);
}

static int read_ksymbol(struct cr2_recording *recording, struct cursor *c)
{
	struct perf_ksymbol symbol;

	take(c, &symbol, sizeof(symbol));
	if (c->missing || symbol.start + symbol.length < symbol.start)
		return damaged(recording, "a record of a kernel function makes no sense");
	return labels_put(&recording->kernel, symbol.start, symbol.start + symbol.length, (const char *)c->at,
			  string_length(c));
}

static int read_cgroup(struct cr2_recording *recording, struct cursor *c)
{
	struct perf_cgroup cgroup;

	take(c, &cgroup, sizeof(cgroup));
	if (c->missing || cgroup.id == UINT64_MAX)
		return damaged(recording, "a record of a control group makes no sense");
	return labels_put(&recording->cgroups, cgroup.id, cgroup.id + 1, (const char *)c->at, string_length(c));
}

static uint64_t field(const uint8_t *raw, uint32_t size, const struct recording_field *field)
{
	uint64_t value = 0;

	if (field->offset + field->size <= size)
		memcpy(&value, raw + field->offset, field->size);
	return value;
}

/* The fields of a fault, by the places that the recording says they have. */
static void read_fields(const struct recording_event *event, const uint8_t *raw, uint32_t size,
			struct cr2_traced_fault *fault)
{
	uint64_t f[RECORDED_FIELDS];

	for (size_t i = 0; i < RECORDED_FIELDS; i++)
		f[i] = field(raw, size, &event->fields[i]);
	fault->error = f[RECORDED_ERROR];
	fault->zeroed = f[RECORDED_ZEROED];
	fault->copied = f[RECORDED_COPIED];
	fault->major = f[RECORDED_MAJOR];
	if (f[RECORDED_MAPPING] < CR2_TRACE_MAPPINGS)
		fault->mapping = (enum cr2_trace_mapping)f[RECORDED_MAPPING];
	if (f[RECORDED_BEFORE] < CR2_TRACE_PAGES)
		fault->before.kind = (enum cr2_trace_page_kind)f[RECORDED_BEFORE];
	if (f[RECORDED_AFTER] < CR2_TRACE_PAGES)
		fault->after.kind = (enum cr2_trace_page_kind)f[RECORDED_AFTER];
	fault->before.level = (unsigned)f[RECORDED_BEFORE_LEVEL];
	fault->after.level = (unsigned)f[RECORDED_AFTER_LEVEL];
	fault->after.order = (unsigned)f[RECORDED_ORDER];
	fault->before.maps = (int)f[RECORDED_MAPS];
}

/* And those of a recording of perf events. */
static void read_own(const struct recording_event *event, const uint8_t *raw, uint32_t size, struct cr2_traced_fault *fault)
{
	const uint64_t access = field(raw, size, &event->access);

	fault->source = CR2_TRACE_SOURCE_PERF;
	fault->ns = 0;
	if (access < CR2_TRACE_ACCESSES)
		fault->access = (enum cr2_trace_access)access;
}

/* And those of a recording for replay. */
static void read_replay(const struct recording_event *event, const uint8_t *raw, uint32_t size,
			struct cr2_traced_fault *fault)
{
	uint64_t f[RECORDED_REPLAYS];

	if (!event->replay[RECORDED_REPLAY_SPACE].size)
		return;
	for (size_t i = 0; i < RECORDED_REPLAYS; i++)
		f[i] = field(raw, size, &event->replay[i]);
	fault->space = f[RECORDED_REPLAY_SPACE];
	fault->inode = f[RECORDED_REPLAY_INODE];
	fault->file_size = f[RECORDED_REPLAY_FILE_SIZE];
	fault->device = f[RECORDED_REPLAY_DEVICE];
	fault->before.refs = (unsigned)f[RECORDED_REPLAY_REFS];
	fault->by_reference = (uint32_t)f[RECORDED_REPLAY_BY_REFERENCE];
	fault->before.near = (unsigned)f[RECORDED_REPLAY_NEAR_BEFORE];
	fault->after.near = (unsigned)f[RECORDED_REPLAY_NEAR_AFTER];
	fault->late = f[RECORDED_REPLAY_LATE];
	fault->after.maps = (int)f[RECORDED_REPLAY_MAPPED];
	fault->file_page = f[RECORDED_REPLAY_FILE_PAGE];
}

/* 0, or what the function returned. */
static int hand_over_call(struct cr2_recording *recording, const struct recording_event *event,
			  const struct sample *sample)
{
	const uint32_t size = (uint32_t)sample->raw.left;
	struct cr2_recorded_change change = {.kind = CR2_RECORDED_CALL, .pid = sample->pid, .time = sample->time};
	struct cr2_traced_call call = {.pid = sample->pid, .tid = sample->tid, .time = sample->time};
	uint64_t f[RECORDED_CALLS];

	if (!recording->changed)
		return 0;
	for (size_t i = 0; i < RECORDED_CALLS; i++)
		f[i] = field(sample->raw.at, size, &event->call[i]);
	if (f[RECORDED_CALL_KIND] >= CR2_CALL_KINDS || f[RECORDED_CALL_MAPPING] >= CR2_TRACE_MAPPINGS)
		return damaged(recording, "a call of no kind that is known");
	call.kind = (enum cr2_call_kind)f[RECORDED_CALL_KIND];
	call.mapping = (enum cr2_trace_mapping)f[RECORDED_CALL_MAPPING];
	memcpy(call.args, &f[RECORDED_CALL_ARG_0], sizeof(call.args));
	call.result = (int64_t)f[RECORDED_CALL_RESULT];
	call.number = f[RECORDED_CALL_NUMBER];
	call.space = f[RECORDED_CALL_SPACE];
	call.child = f[RECORDED_CALL_CHILD];
	call.child_space = f[RECORDED_CALL_CHILD_SPACE];
	call.device = f[RECORDED_CALL_DEVICE];
	call.inode = f[RECORDED_CALL_INODE];
	call.file_size = f[RECORDED_CALL_FILE_SIZE];
	call.by_reference = (uint32_t)f[RECORDED_CALL_BY_REFERENCE];
	call.page_shift = (uint8_t)f[RECORDED_CALL_PAGE_SHIFT];
	change.call = &call;
	return recording->changed(recording->changed_data, &change);
}

static const char *last_component(const char *path)
{
	const char *slash = path[0] == '/' ? strrchr(path, '/') : NULL;

	return slash && path[1] != '/' ? slash + 1 : "";
}

/* What the program's mappings say of ip and addr. */
static void place(struct cr2_recording *recording, struct cr2_recorded_fault *out)
{
	struct cr2_traced_fault *fault = &out->fault;
	const struct program *program = programs_find(&recording->programs, (uint32_t)fault->pid);
	struct program_map map;

	recording->name[0] = recording->comm[0] = '\0';
	fault->comm = recording->comm;
	fault->name = recording->name;
	if (!program)
		return;
	memcpy(recording->comm, program->comm, sizeof(recording->comm));
	if (program_at(program, fault->ip, &map)) {
		out->code = map.file;
		out->code_offset = map.offset + (fault->ip - map.start);
	}
	if (program_at(program, fault->addr, &map)) {
		out->data = map.file;
		out->data_offset = map.offset + (fault->addr - map.start);
		fault->start = map.start;
		fault->end = map.end;
		fault->offset = map.offset + ((fault->addr - map.start) & CR2_PAGE_MASK);
		strncpy(recording->name, last_component(map.file->path), sizeof(recording->name) - 1);
	}
}

/* Pages that are there when the recording ends, by who brought them: 0, or what the function returned. */
static int hand_over_resident(struct cr2_recording *recording, const struct cr2_traced_fault *pages)
{
	const struct program *program = programs_find(&recording->programs, (uint32_t)pages->pid);
	int r = 0;

	if (!recording->resident)
		return 0;
	/* A page beyond the last address is not there. */
	if (pages->ns > (UINT64_MAX - pages->addr) / CR2_PAGE_SIZE)
		return damaged(recording, "a record of pages makes no sense");
	for (uint64_t at = pages->addr, end = at + pages->ns * CR2_PAGE_SIZE; at < end && r == 0;) {
		uint64_t owner = 0, until = program ? program_owned(program, at, end, &owner) : end;

		r = recording->resident(recording->resident_data, pages->pid, at, (until - at) / CR2_PAGE_SIZE, owner);
		at = until;
	}
	return r;
}

/* perf's chain begins in the handler: from the instruction itself on it is the fault's. */
static void cut_chain(struct cr2_traced_fault *fault)
{
	struct cr2_trace_calls *calls = &fault->calls;
	const size_t n = calls->n_kernel + calls->n_user;
	size_t skip = 0;

	while (skip < n && calls->ips[skip] != fault->ip)
		skip++;
	/* It is not there: what is the program's follows it all the same. */
	if (skip == n)
		skip = fault->kernel ? n : calls->n_kernel;
	calls->ips += skip;
	calls->n_user -= skip > calls->n_kernel ? skip - calls->n_kernel : 0;
	calls->n_kernel -= skip < calls->n_kernel ? skip : calls->n_kernel;
}

/* What perf has of a fault; the rest is not known. */
static int read_perf_fault(struct cr2_recording *recording, const struct recording_event *event,
			   const struct sample *sample, struct cr2_recorded_fault *out)
{
	const uint64_t stands_for = event->period ? event->period : sample->period;
	struct cr2_traced_fault *fault = &out->fault;

	/* More than any machine takes: no such number is believed. */
	if (stands_for == 0 || stands_for > 1ULL << 40)
		return damaged(recording, "a sample that stands for no number of faults that can be");
	out->unseen = stands_for - 1;
	fault->source = CR2_TRACE_SOURCE_PERF;
	fault->ns = 0;
	fault->major = event->major;
	if (event->by == RECORDED_EXCEPTION) {
		const uint32_t size = (uint32_t)sample->raw.left;

		fault->kernel = event->kernel;
		fault->addr = field(sample->raw.at, size, &event->fields[RECORDED_ADDR]);
		fault->error = field(sample->raw.at, size, &event->fields[RECORDED_ERROR]);
		fault->ip = field(sample->raw.at, size, &event->ip);
	}
	place(recording, out);
	fault->mapping = out->data ? perf_mapping_of(out->data->path) : CR2_TRACE_MAPPING_UNKNOWN;
	if (fault->calls.ips)
		cut_chain(fault);
	return 0;
}

/* 1: a fault; 0: another event; or a negative errno. */
static int read_sample(struct cr2_recording *recording, const struct perf_record *record,
		       struct cursor *c, struct cr2_recorded_fault *ret_fault)
{
	const struct recording_event *event = recording_event(&recording->head, c->at, c->left);
	struct cr2_recorded_fault out = {0};
	struct cr2_traced_fault *fault = &out.fault;
	struct sample sample;
	int r;

	if (!event)
		return damaged(recording, "a fault of no event that the file describes");
	if (!event->is_fault)
		return 0;
	sample_take(c, &event->layout, &sample);
	if (c->missing)
		return damaged(recording, "a fault's record is too short");
	*fault = (struct cr2_traced_fault){
		.path = event->path >= CR2_PATH_COUNT ? CR2_PATH_UNKNOWN : event->path, .source = CR2_TRACE_SOURCE_BPF,
		.kernel = (record->misc & 7) == PERF_MISC_KERNEL, .ip = sample.ip, .pid = sample.pid, .tid = sample.tid,
		.time = sample.time, .addr = sample.addr, .ns = sample.weight, .cgroup = sample.cgroup};
	if (event->path == PERF_CALL)
		return hand_over_call(recording, event, &sample);
	r = sample_calls(&sample, &event->layout, &recording->calls, &fault->calls);
	if (r < 0)
		return r;
	if (event->path == PERF_RESIDENT)
		return hand_over_resident(recording, fault);
	if (event->by == RECORDED_CR2) {
		read_fields(event, sample.raw.at, (uint32_t)sample.raw.left, fault);
		read_replay(event, sample.raw.at, (uint32_t)sample.raw.left, fault);
		if (event->access.size)
			read_own(event, sample.raw.at, (uint32_t)sample.raw.left, fault);
		place(recording, &out);
	} else {
		r = read_perf_fault(recording, event, &sample, &out);
	}
	if (r < 0)
		return r;
	out.cgroup = labels_get(&recording->cgroups, fault->cgroup);
	if (recording->samples++ == 0)
		recording->first = fault->time;
	recording->faults += 1 + out.unseen;
	*ret_fault = out;
	return 1;
}

static int read_lost(struct cr2_recording *recording, struct cursor *c)
{
	struct perf_lost lost;

	take(c, &lost, sizeof(lost));
	if (c->missing)
		return damaged(recording, "a record of what was lost is too short");
	/* Either faults, or what the kernel had no room for of processes and mappings. */
	if (lost.id == PERF_LOST_FAULTS)
		recording->lost += lost.n;
	else
		recording->lost_records += lost.n;
	return 0;
}

/* Samples that perf had no room for. */
static int read_lost_samples(struct cr2_recording *recording, struct cursor *c)
{
	recording->lost += take_64(c);
	return c->missing ? damaged(recording, "a record of what was lost is too short") : 0;
}

static int read_record(struct cr2_recording *recording, const uint8_t *bytes, struct cr2_recorded_fault *ret_fault)
{
	struct perf_record record;
	struct cursor c;

	memcpy(&record, bytes, sizeof(record));
	c = (struct cursor){bytes + sizeof(record), record.size - sizeof(record), false};
	switch (record.type) {
	case PERF_IS_SAMPLE:
		return read_sample(recording, &record, &c, ret_fault);
	case PERF_IS_COMM:
	case PERF_IS_FORK:
	case PERF_IS_EXIT:
	case PERF_IS_MMAP2:
		return read_change(recording, bytes);
	case PERF_IS_KSYMBOL:
		return recording->head.perf ? 0 : read_ksymbol(recording, &c);
	case PERF_IS_CGROUP:
		return read_cgroup(recording, &c);
	case PERF_IS_LOST:
		return read_lost(recording, &c);
	case PERF_IS_LOST_SAMPLES:
		return read_lost_samples(recording, &c);
	default:
		return 0;
	}
}

/* 1; 0: there is none; or a negative errno. */
static int next_record(struct cr2_recording *recording, struct perf_record *ret_record, const uint8_t **ret_bytes)
{
	int r = records_next(&recording->records, ret_record, ret_bytes);

	recording->place = recording->records.place;
	return r == -EBADMSG ? damaged(recording, recording->records.wrong) : r;
}

static int next_own(struct cr2_recording *recording, struct cr2_recorded_fault *ret_fault)
{
	struct perf_record record;
	const uint8_t *bytes;
	int r = 0;

	while (r == 0 && (r = next_record(recording, &record, &bytes)) == 1)
		r = read_record(recording, bytes, ret_fault);
	return r;
}

/* ---- what perf recorded, put in the order of time ---- */

static uint64_t number_at(const uint8_t *bytes)
{
	uint64_t n;

	memcpy(&n, bytes, sizeof(n));
	return n;
}

/* One without a time is as old as the youngest: where it stands. */
static uint64_t time_of(const struct cr2_recording *recording, const struct perf_record *record, const uint8_t *bytes)
{
	const size_t n = (record->size - sizeof(*record)) / sizeof(uint64_t);
	const struct recording_event *event = &recording->head.events[recording->head.first];
	int at = -1;

	if (record->type == PERF_IS_SAMPLE) {
		event = recording_event(&recording->head, bytes, record->size - sizeof(*record));
		at = event ? sample_time_at(&event->layout) : -1;
	} else if (recording->head.has_trailers) {
		at = trailer_time_at(&event->layout);
		at = at < 0 ? -1 : (int)n - at;
	}
	return at >= 0 && (size_t)at < n ? number_at(bytes + (size_t)at * sizeof(uint64_t)) : recording->rounds.newest;
}

/* Takes a record into the rounds. 1, 0 at the end, or a negative errno. */
static int take_record(struct cr2_recording *recording)
{
	struct perf_record record;
	const uint8_t *bytes;
	int r = next_record(recording, &record, &bytes);

	if (r != 1)
		return r;
	r = 0;
	if (record.type == PERF_IS_ROUND)
		r = rounds_turn(&recording->rounds, false);
	else if (record.type < PERF_IS_OF_PERF)
		r = rounds_put(&recording->rounds, time_of(recording, &record, bytes + sizeof(record)), recording->place,
			       bytes, record.size);
	else if (record.type == PERF_IS_AUX && record.size >= sizeof(record) + sizeof(uint64_t))
		r = records_pass(&recording->records, number_at(bytes + sizeof(record))); /* a trace of the CPU's */
	return r < 0 ? r : 1;
}

/* The next record in order; NULL: there is none, or what ended says. */
static const struct queue_record *next_in_order(struct cr2_recording *recording)
{
	const struct queue_record *record;

	while (!(record = rounds_next(&recording->rounds)) && !recording->ended) {
		int r = take_record(recording);

		if (r == 1)
			continue;
		/* What came before is handed over first. */
		recording->ended = r < 0 ? r : 1;
		r = rounds_turn(&recording->rounds, true);
		if (r < 0)
			recording->ended = r;
	}
	return record;
}

static int next_of_perf(struct cr2_recording *recording, struct cr2_recorded_fault *ret_fault)
{
	const struct queue_record *record;

	while ((record = next_in_order(recording))) {
		int r;

		recording->place = record->at;
		r = read_record(recording, (const uint8_t *)recording->rounds.queue.bytes.data + record->offset, ret_fault);
		if (r)
			return r;
	}
	if (recording->ended < 0 || !recording->head.cut_off)
		return recording->ended < 0 ? recording->ended : 0;
	recording->place = recording->records.input.length;
	return damaged(recording, "what stands behind its records is cut off");
}

int cr2_recording_next(struct cr2_recording *recording, struct cr2_recorded_fault *ret_fault)
{
	return recording->head.perf ? next_of_perf(recording, ret_fault) : next_own(recording, ret_fault);
}

bool cr2_recording_map(const struct cr2_recording *recording, uint64_t pid, uint64_t address,
		       struct cr2_recorded_map *ret_map)
{
	return programs_at(&recording->programs, pid, address, ret_map);
}

void cr2_recording_on_change(struct cr2_recording *recording, cr2_recorded_change_fn *fn, void *data)
{
	recording->changed = fn;
	recording->changed_data = data;
}

void cr2_recording_on_resident(struct cr2_recording *recording, cr2_resident_fn *fn, void *data)
{
	recording->resident = fn;
	recording->resident_data = data;
}

/* As far as one fault maps: its page, what lies around it, or all of a large one. */
static void range_of(const struct cr2_traced_fault *f, uint64_t *ret_start, uint64_t *ret_end, bool *ret_around)
{
	uint64_t bytes = CR2_PAGE_SIZE;

	*ret_around = false;
	if (f->after.level == CR2_LEVEL_PMD || f->after.level == CR2_LEVEL_PUD)
		bytes = f->after.level == CR2_LEVEL_PMD ? CR2_PAGE_SIZE << 9 : CR2_PAGE_SIZE << 18;
	else if (f->after.order && f->after.order <= 9 && f->after.kind == CR2_TRACE_PAGE_ANON)
		bytes = CR2_PAGE_SIZE << f->after.order;
	else if (f->after.kind == CR2_TRACE_PAGE_FILE || f->after.kind == CR2_TRACE_PAGE_SHMEM)
		*ret_around = true;
	*ret_start = f->addr & ~(bytes - 1);
	*ret_end = *ret_start + bytes;
}

int cr2_recording_own(struct cr2_recording *recording, const struct cr2_recorded_fault *fault, uint64_t owner)
{
	const struct cr2_traced_fault *f = &fault->fault;
	const uint64_t window = 16 * CR2_PAGE_SIZE;
	uint64_t start, end;
	bool around;
	int r;

	range_of(f, &start, &end, &around);
	if (end < start || f->after.kind == CR2_TRACE_PAGE_NONE)
		return 0;
	r = programs_own(&recording->programs, (uint32_t)f->pid, start, end, false, owner);
	if (r < 0 || !around)
		return r;
	start = f->addr & ~(window - 1);
	end = start + window;
	if (f->end) {
		start = start < f->start ? f->start : start;
		end = end > f->end ? f->end : end;
	}
	return programs_own(&recording->programs, (uint32_t)f->pid, start, end, true, owner);
}

const char *cr2_recording_kernel(const struct cr2_recording *recording, uint64_t address)
{
	return labels_get(&recording->kernel, address);
}

const char *cr2_recording_reason(const struct cr2_recording *recording)
{
	return recording->reason.data ? recording->reason.data : "";
}

/* What the faults of its events have. */
static uint64_t head_parts(const struct recording_head *head)
{
	uint64_t parts = 0;

	for (size_t i = 0; i < head->n_events; i++)
		if (head->events[i].is_fault)
			parts |= head->events[i].layout.parts;
	return parts;
}

static enum recorded_by recorded_by(const struct recording_head *head)
{
	size_t i = 0;

	while (i < head->n_events && !head->events[i].is_fault)
		i++;
	return i < head->n_events ? head->events[i].by : RECORDED_CR2;
}

/* What BPF read of faults is in it. */
static bool is_read(const struct recording_head *head)
{
	for (size_t i = 0; i < head->n_events; i++)
		if (head->events[i].access.size)
			return false;
	return !head->perf;
}

/* Even if nothing of the kind came: a program that has ended has no pages. */
static bool has_event(const struct recording_head *head, enum cr2_path path)
{
	for (size_t i = 0; i < head->n_events; i++)
		if (head->events[i].is_fault && head->events[i].path == path)
			return true;
	return false;
}

void cr2_recording_facts(const struct cr2_recording *recording, struct cr2_recording_facts *ret_facts)
{
	const uint64_t parts = head_parts(&recording->head);
	const enum recorded_by by = recorded_by(&recording->head);

	*ret_facts = (struct cr2_recording_facts){
		.host = recording->head.host, .release = recording->head.release,
		.version = recording->head.version, .faults = recording->faults, .samples = recording->samples,
		.lost = recording->lost, .lost_records = recording->lost_records,
		.finished = recording->head.finished,
		.calls = parts & (PERF_HAS_CHAIN | PERF_HAS_STACK),
		.cgroups = parts & PERF_HAS_CGROUP,
		.first = recording->first,
		.resident = has_event(&recording->head, PERF_RESIDENT),
		.calls_between = has_event(&recording->head, PERF_CALL),
		.perf = recording->head.perf,
		.read = is_read(&recording->head),
		.majors = by == RECORDED_CR2 || by == RECORDED_MINOR_MAJOR,
		.addresses = parts & (PERF_HAS_ADDR | PERF_HAS_RAW),
		.counted_twice = recording->head.counted_twice,
	};
}

/* ---- */

void cr2_recording_close(struct cr2_recording *recording)
{
	if (!recording)
		return;
	recording_head_finish(&recording->head);
	rounds_finish(&recording->rounds);
	programs_finish(&recording->programs);
	labels_finish(&recording->kernel);
	labels_finish(&recording->cgroups);
	cr2_text_finish(&recording->reason);
	records_close(&recording->records);
	sample_room_finish(&recording->calls);
	free(recording);
}

int cr2_recording_open(const struct cr2_recording_input *input, struct cr2_recording **ret_recording,
		       char **ret_reason)
{
	struct cr2_recording *recording = calloc(1, sizeof(*recording));
	int r = -ENOMEM;

	*ret_reason = NULL;
	if (!recording)
		return r;
	programs_init(&recording->programs);
	labels_init(&recording->kernel);
	labels_init(&recording->cgroups);
	r = records_open(input, &recording->records);
	if (r == 0)
		r = recording_head_read(&recording->records, &recording->head, &recording->reason);
	if (r < 0) {
		*ret_reason = recording->reason.data;
		recording->reason = (struct cr2_text){0};
		cr2_recording_close(recording);
		return r;
	}
	*ret_recording = recording;
	return 0;
}
