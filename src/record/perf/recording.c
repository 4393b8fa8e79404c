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

#define WINDOW_MOST (1 << 20)

struct cr2_recording {
	struct cr2_recording_input input;
	struct recording_head head;
	uint64_t at, end; /* of the data that is left */
	uint8_t *window; /* the file's bytes from window_at on */
	uint64_t window_at;
	size_t in_window, window_size; /* a small file fits in whole */
	struct programs programs;
	struct labels kernel, cgroups;
	uint64_t faults, lost, lost_records, first;
	struct cr2_text reason;
	char comm[16], name[32];
	cr2_resident_fn *resident;
	void *resident_data;
	bool has_resident;
	uint64_t *ips; /* of the last fault */
	size_t ips_capacity;
	uint64_t registers[CR2_STACK_REGISTERS];
};

/* ---- bytes ---- */

static int damaged(struct cr2_recording *recording, const char *what)
{
	cr2_text_clear(&recording->reason);
	cr2_text_printf(&recording->reason, "%s at byte %" PRIu64, what, recording->at);
	return -EBADMSG;
}

/* Makes n bytes at recording->at be in the window. 1, 0 where the file ends before, or a negative errno. */
static int see(struct cr2_recording *recording, size_t n)
{
	uint64_t skip = recording->at - recording->window_at;

	if (recording->in_window >= skip && recording->in_window - skip >= n)
		return 1;
	recording->window_at = recording->at;
	recording->in_window = 0;
	while (recording->in_window < recording->window_size) {
		int64_t got = recording->input.read(recording->input.data,
						    recording->window_at + recording->in_window,
						    recording->window + recording->in_window,
						    recording->window_size - recording->in_window);

		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		recording->in_window += (size_t)got;
	}
	return recording->in_window >= n;
}

static const uint8_t *bytes_at(const struct cr2_recording *recording)
{
	return recording->window + (recording->at - recording->window_at);
}

/* ---- records ---- */

static int read_comm(struct cr2_recording *recording, const struct perf_record *record,
		     struct cursor *c)
{
	struct perf_comm comm;
	char name[16] = "";

	take(c, &comm, sizeof(comm));
	take(c, name, c->left < sizeof(name) - 1 ? c->left : sizeof(name) - 1);
	if (c->missing)
		return damaged(recording, "a record of a program's name is too short");
	/* Threads name themselves too. */
	if (comm.pid != comm.tid)
		return 0;
	return programs_name(&recording->programs, comm.pid, name, record->misc & PERF_MISC_EXEC);
}

static int read_task(struct cr2_recording *recording, const struct perf_record *record,
		     struct cursor *c)
{
	struct perf_task task;

	take(c, &task, sizeof(task));
	if (c->missing)
		return damaged(recording, "a record of a process is too short");
	if (record->type == PERF_IS_FORK)
		return programs_fork(&recording->programs, task.pid, task.parent);
	programs_exit(&recording->programs, task.pid);
	return 0;
}

static int read_mmap(struct cr2_recording *recording, const struct perf_record *record,
		     struct cursor *c)
{
	size_t n_build_id = 0;
	struct perf_mmap2 map;
	struct program_map made;
	char *path;
	int r;

	take(c, &map, sizeof(map));
	if (record->misc & PERF_MISC_BUILD_ID)
		n_build_id = map.build_id_size;
	if (c->missing || n_build_id > sizeof(map.build_id) || map.start + map.length < map.start)
		return damaged(recording, "a record of a mapping makes no sense");
	made = (struct program_map){
		.start = map.start, .end = map.start + map.length, .offset = map.offset,
		.executable = map.prot & PERF_PROT_EXEC};
	path = strndup((const char *)c->at, c->left);
	r = path ? programs_map(&recording->programs, map.pid, &made, path, map.build_id, n_build_id) :
		   -ENOMEM;
	free(path);
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

/* The addresses of a chain by whose they are, without the marks between. */
static int read_chain(struct cr2_recording *recording, struct cursor *c, struct cr2_trace_calls *calls)
{
	uint64_t n = take_64(c), *into;
	bool kernel = true;

	if (n > c->left / sizeof(uint64_t)) {
		c->missing = true;
		return 0;
	}
	if (cr2_grow(&recording->ips, &recording->ips_capacity, n, sizeof(*recording->ips)) < 0)
		return -ENOMEM;
	into = recording->ips;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t ip = take_64(c);

		if (ip >= PERF_CHAIN_MARKS) {
			kernel = ip == PERF_CHAIN_KERNEL && !calls->n_user;
			continue;
		}
		*into++ = ip;
		if (kernel)
			calls->n_kernel++;
		else
			calls->n_user++;
	}
	calls->ips = recording->ips;
	return 0;
}

static void read_registers(struct cr2_recording *recording, struct cursor *c, struct cr2_trace_calls *calls)
{
	uint64_t kind = take_64(c);

	if (!kind)
		return;
	take(c, recording->registers, sizeof(recording->registers));
	if (kind == PERF_REGISTERS_OF_64_BIT)
		calls->registers = recording->registers;
}

static void read_stack(struct cursor *c, struct cr2_trace_calls *calls)
{
	uint64_t n = take_64(c), used;
	const uint8_t *bytes = take_bytes(c, n);

	if (!n)
		return;
	used = take_64(c);
	calls->stack = bytes;
	calls->stack_bytes = used < n ? used : n;
}

/* Pages that are there when the recording ends, by who brought them: 0, or what the function returned. */
static int hand_over_resident(struct cr2_recording *recording, const struct cr2_traced_fault *pages)
{
	const struct program *program = programs_find(&recording->programs, (uint32_t)pages->pid);
	int r = 0;

	recording->has_resident = true;
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

/* 1: a fault; 0: another event; or a negative errno. */
static int read_sample(struct cr2_recording *recording, const struct perf_record *record,
		       struct cursor *c, struct cr2_recorded_fault *ret_fault)
{
	const struct recording_event *event = recording_event(&recording->head, take_64(c));
	struct cr2_recorded_fault out = {0};
	struct cr2_traced_fault *fault = &out.fault;
	uint32_t raw_size;
	const uint8_t *raw;
	int r = 0;

	if (!event)
		return damaged(recording, "a fault of no event that the file describes");
	fault->path = event->path == PERF_RESIDENT ? CR2_PATH_UNKNOWN : event->path;
	fault->kernel = (record->misc & 7) == PERF_MISC_KERNEL;
	fault->ip = take_64(c);
	fault->pid = take_32(c);
	fault->tid = take_32(c);
	fault->time = take_64(c);
	fault->addr = take_64(c);
	if (event->more & PERF_HAS_CHAIN)
		r = read_chain(recording, c, &fault->calls);
	if (r < 0)
		return r;
	raw_size = take_32(c);
	raw = take_bytes(c, raw_size);
	if (event->more & PERF_HAS_REGISTERS)
		read_registers(recording, c, &fault->calls);
	if (event->more & PERF_HAS_STACK)
		read_stack(c, &fault->calls);
	fault->ns = take_64(c);
	if (event->more & PERF_HAS_CGROUP)
		fault->cgroup = take_64(c);
	if (c->missing)
		return damaged(recording, "a fault's record is too short");
	if (event->path == PERF_RESIDENT)
		return hand_over_resident(recording, fault);
	read_fields(event, raw, raw_size, fault);
	place(recording, &out);
	out.cgroup = labels_get(&recording->cgroups, fault->cgroup);
	if (recording->faults++ == 0)
		recording->first = fault->time;
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

static int read_record(struct cr2_recording *recording, const struct perf_record *record,
		       struct cr2_recorded_fault *ret_fault)
{
	struct cursor c = {bytes_at(recording) + sizeof(*record), record->size - sizeof(*record), false};

	switch (record->type) {
	case PERF_IS_SAMPLE:
		return read_sample(recording, record, &c, ret_fault);
	case PERF_IS_COMM:
		return read_comm(recording, record, &c);
	case PERF_IS_FORK:
	case PERF_IS_EXIT:
		return read_task(recording, record, &c);
	case PERF_IS_MMAP2:
		return read_mmap(recording, record, &c);
	case PERF_IS_KSYMBOL:
		return read_ksymbol(recording, &c);
	case PERF_IS_CGROUP:
		return read_cgroup(recording, &c);
	case PERF_IS_LOST:
		return read_lost(recording, &c);
	default:
		return 0;
	}
}

int cr2_recording_next(struct cr2_recording *recording, struct cr2_recorded_fault *ret_fault)
{
	int r = 0;

	while (r == 0 && recording->at < recording->end) {
		struct perf_record record;

		r = see(recording, sizeof(record));
		if (r == 1) {
			memcpy(&record, bytes_at(recording), sizeof(record));
			if (record.size < sizeof(record))
				return damaged(recording, "a record without a size");
			r = see(recording, record.size);
		}
		if (r < 0)
			return r;
		if (r == 0 || record.size > recording->end - recording->at)
			return damaged(recording, "it is cut off");
		r = read_record(recording, &record, ret_fault);
		if (r >= 0)
			recording->at += record.size;
	}
	return r;
}

bool cr2_recording_map(const struct cr2_recording *recording, uint64_t pid, uint64_t address,
		       struct cr2_recorded_map *ret_map)
{
	const struct program *program = programs_find(&recording->programs, (uint32_t)pid);
	struct program_map map;

	if (!program || !program_at(program, address, &map))
		return false;
	*ret_map = (struct cr2_recorded_map){map.start, map.end, map.offset, map.file, map.executable};
	return true;
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
static uint64_t head_more(const struct recording_head *head)
{
	uint64_t more = 0;

	for (size_t i = 0; i < head->n_events; i++)
		more |= head->events[i].more;
	return more;
}

void cr2_recording_facts(const struct cr2_recording *recording, struct cr2_recording_facts *ret_facts)
{
	*ret_facts = (struct cr2_recording_facts){
		.host = recording->head.host, .release = recording->head.release,
		.version = recording->head.version, .faults = recording->faults,
		.lost = recording->lost, .lost_records = recording->lost_records,
		.finished = recording->head.finished,
		.calls = head_more(&recording->head) & (PERF_HAS_CHAIN | PERF_HAS_STACK),
		.cgroups = head_more(&recording->head) & PERF_HAS_CGROUP,
		.first = recording->first,
		.resident = recording->has_resident,
	};
}

/* ---- */

void cr2_recording_close(struct cr2_recording *recording)
{
	if (!recording)
		return;
	recording_head_finish(&recording->head);
	programs_finish(&recording->programs);
	labels_finish(&recording->kernel);
	labels_finish(&recording->cgroups);
	cr2_text_finish(&recording->reason);
	free(recording->window);
	free(recording->ips);
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
	recording->input = *input;
	recording->window_size = input->length < WINDOW_MOST ? input->length : WINDOW_MOST;
	recording->window = malloc(recording->window_size + 1);
	if (recording->window)
		r = recording_head_read(input, &recording->head, &recording->reason);
	if (r < 0) {
		*ret_reason = recording->reason.data;
		recording->reason = (struct cr2_text){0};
		cr2_recording_close(recording);
		return r;
	}
	recording->at = recording->window_at = recording->head.data.offset;
	/* One that was never closed says 0: all that is there. */
	recording->end = UINT64_MAX - recording->at > recording->head.data.size - 1 ?
		recording->at + recording->head.data.size : input->length;
	*ret_recording = recording;
	return 0;
}
