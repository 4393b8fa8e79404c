/* SPDX-License-Identifier: MIT */
/* Records: a fault is 96 bytes, and what was asked for beside. A call has a fault's form with fields of its own. */
#include <assert.h>
#include <string.h>

#include "encode.h"

#define C_TYPE_1 uint8_t
#define C_TYPE_2 uint16_t
#define C_TYPE_4 uint32_t
#define C_TYPE_8 uint64_t
#define X(id, name, bytes, type, printed, meaning) C_TYPE_##bytes id;
struct fault_raw {
	uint32_t size;
#include <cr2/tables/recorded_field.def>
} __attribute__((packed));
struct own_raw {
	uint32_t size;
#include <cr2/tables/recorded_own.def>
} __attribute__((packed));
struct replay_raw {
#include <cr2/tables/recorded_replay.def>
} __attribute__((packed));
struct call_raw {
	uint32_t size;
#include <cr2/tables/recorded_call.def>
} __attribute__((packed));
#undef X

/* Of a fault or a call: what comes before the fields. */
struct front {
	struct perf_record record;
	uint64_t id, ip;
	uint32_t pid, tid;
	uint64_t time, addr;
} __attribute__((packed));
struct fault_record {
	struct front front;
	struct fault_raw raw;
	uint64_t weight;
} __attribute__((packed));
_Static_assert(sizeof(struct fault_record) == PERF_FAULT_BYTES, "a fault's record is a multiple of 8");
_Static_assert(sizeof(struct replay_raw) % 8 == 0 && sizeof(struct call_raw) % 8 == 0 && sizeof(struct own_raw) % 8 == 0,
	       "and so are others");

static uint8_t at_most_255(int n)
{
	return n < 0 ? 0 : n > 255 ? 255 : (uint8_t)n;
}

/* What more there is stands in two places: between address and fields, and around the weight. */
static size_t more_bytes(const struct cr2_trace_calls *calls, uint64_t more)
{
	size_t n = 0;

	if (more & PERF_HAS_CHAIN)
		n += sizeof(uint64_t) * (1 + (calls->n_kernel ? 1 : 0) + (calls->n_user ? 1 : 0) + calls->n_kernel +
					 calls->n_user);
	if (more & PERF_HAS_REGISTERS)
		n += sizeof(uint64_t) * (1 + (calls->registers ? CR2_STACK_REGISTERS : 0));
	if (more & PERF_HAS_STACK)
		n += sizeof(uint64_t) * (calls->stack_bytes ? 2 : 1) + calls->stack_bytes;
	return n + (more & PERF_HAS_CGROUP ? sizeof(uint64_t) : 0);
}

static int put_64(struct cr2_text *bytes, uint64_t n)
{
	return cr2_text_append_n(bytes, (const char *)&n, sizeof(n));
}

/* Some of the calls' addresses, behind a mark whose they are. */
static int put_ips(struct cr2_text *bytes, uint64_t mark, const struct cr2_trace_calls *calls, size_t first, size_t n)
{
	int r = n ? put_64(bytes, mark) : 0;

	return r == 0 && n ? cr2_text_append_n(bytes, (const char *)(calls->ips + first), n * sizeof(uint64_t)) : r;
}

static int put_chain(struct cr2_text *bytes, const struct cr2_trace_calls *calls)
{
	int r = put_64(bytes, more_bytes(calls, PERF_HAS_CHAIN) / sizeof(uint64_t) - 1);

	if (r == 0)
		r = put_ips(bytes, PERF_CHAIN_KERNEL, calls, 0, calls->n_kernel);
	return r ? r : put_ips(bytes, PERF_CHAIN_USER, calls, calls->n_kernel, calls->n_user);
}

static int put_registers(struct cr2_text *bytes, const struct cr2_trace_calls *calls)
{
	int r = put_64(bytes, calls->registers ? PERF_REGISTERS_OF_64_BIT : 0);

	return r == 0 && calls->registers ?
		cr2_text_append_n(bytes, (const char *)calls->registers, CR2_STACK_REGISTERS * sizeof(uint64_t)) : r;
}

/* How much there is, the bytes, and how many of them are the stack's: all. */
static int put_stack(struct cr2_text *bytes, const struct cr2_trace_calls *calls)
{
	int r = put_64(bytes, calls->stack_bytes);

	if (r == 0 && calls->stack_bytes)
		r = cr2_text_append_n(bytes, (const char *)calls->stack, calls->stack_bytes);
	return r == 0 && calls->stack_bytes ? put_64(bytes, calls->stack_bytes) : r;
}

/* A record of which the fields are given: n bytes of raw. */
static int put_record(struct cr2_text *bytes, struct front *front, const void *raw, size_t n,
		      const struct cr2_traced_fault *fault, uint64_t more, uint64_t weight)
{
	const size_t from = bytes->length;
	int r;

	front->record.size = (uint16_t)(sizeof(*front) + n + sizeof(weight) + more_bytes(&fault->calls, more));
	r = cr2_text_append_n(bytes, (const char *)front, sizeof(*front));
	if (r == 0 && more & PERF_HAS_CHAIN)
		r = put_chain(bytes, &fault->calls);
	if (r == 0)
		r = cr2_text_append_n(bytes, raw, n);
	if (r == 0 && more & PERF_HAS_REGISTERS)
		r = put_registers(bytes, &fault->calls);
	if (r == 0 && more & PERF_HAS_STACK)
		r = put_stack(bytes, &fault->calls);
	if (r == 0)
		r = put_64(bytes, weight);
	if (r == 0 && more & PERF_HAS_CGROUP)
		r = put_64(bytes, fault->cgroup);
	assert(r < 0 || bytes->length - from == front->record.size);
	return r;
}

static struct replay_raw replay_raw(const struct cr2_traced_fault *fault)
{
	return (struct replay_raw){
		.SPACE = (uint32_t)fault->space,
		.INODE = fault->inode,
		.FILE_SIZE = fault->file_size,
		.DEVICE = (uint32_t)fault->device,
		.REFS = fault->before.refs,
		.BY_REFERENCE = fault->by_reference,
		.NEAR_BEFORE = (uint8_t)fault->before.near,
		.NEAR_AFTER = (uint8_t)fault->after.near,
		.LATE = fault->late,
		.MAPPED = at_most_255(fault->after.maps),
		.FILE_PAGE = (uint32_t)(fault->offset / CR2_PAGE_SIZE),
	};
}

/* As far as perf events show it. */
static struct own_raw own_raw(const struct cr2_traced_fault *fault)
{
	return (struct own_raw){
		.size = sizeof(struct own_raw) - sizeof(uint32_t),
		.TYPE = perf_path_type(fault->path),
		.PID = (uint32_t)fault->tid,
		.ADDR = fault->addr,
		.MAPPING = (uint8_t)fault->mapping,
		.MAJOR = fault->major,
		.ACCESS = (uint16_t)fault->access,
	};
}

int perf_encode_fault(const struct cr2_traced_fault *fault, uint64_t more, struct cr2_text *bytes)
{
	struct fault_record record = {
		.front = {
			.record = {PERF_IS_SAMPLE, fault->kernel ? PERF_MISC_KERNEL : PERF_MISC_USER, sizeof(record)},
			.id = perf_path_id(fault->path),
			.ip = fault->ip,
			.pid = (uint32_t)fault->pid,
			.tid = (uint32_t)fault->tid,
			.time = fault->time,
			.addr = fault->addr,
		},
		.raw = {
			.size = sizeof(record.raw) - sizeof(record.raw.size),
			.TYPE = perf_path_type(fault->path),
			.PID = (uint32_t)fault->tid,
			.ADDR = fault->addr,
			.ZEROED = (uint32_t)fault->zeroed,
			.COPIED = (uint32_t)fault->copied,
			.ERROR = (uint32_t)fault->error,
			.MAPPING = (uint8_t)fault->mapping,
			.MAJOR = fault->major,
			.BEFORE = (uint8_t)fault->before.kind,
			.AFTER = (uint8_t)fault->after.kind,
			.BEFORE_LEVEL = (uint8_t)fault->before.level,
			.AFTER_LEVEL = (uint8_t)fault->after.level,
			.ORDER = (uint8_t)fault->after.order,
			.MAPS = at_most_255(fault->before.maps),
		},
		.weight = fault->ns,
	};
	struct {
		struct fault_raw raw;
		struct replay_raw replay;
	} __attribute__((packed)) both;

	const struct own_raw own = own_raw(fault);

	if (!more)
		return cr2_text_append_n(bytes, (const char *)&record, sizeof(record));
	if (more & PERF_HAS_ACCESS)
		return put_record(bytes, &record.front, &own, sizeof(own), fault, more, fault->ns);
	if (!(more & PERF_HAS_REPLAY))
		return put_record(bytes, &record.front, &record.raw, sizeof(record.raw), fault, more, fault->ns);
	record.raw.size += sizeof(struct replay_raw);
	both.raw = record.raw;
	both.replay = replay_raw(fault);
	return put_record(bytes, &record.front, &both, sizeof(both), fault, more, fault->ns);
}

int perf_encode_call(const struct cr2_traced_call *call, uint64_t more, struct cr2_text *bytes)
{
	static const struct cr2_traced_fault no_calls;
	struct front front = {
		.record = {PERF_IS_SAMPLE, PERF_MISC_KERNEL, 0},
		.id = perf_path_id(PERF_CALL),
		.pid = (uint32_t)call->pid,
		.tid = (uint32_t)call->tid,
		.time = call->time,
	};
	const struct call_raw raw = {
		.size = sizeof(raw) - sizeof(raw.size),
		.TYPE = perf_path_type(PERF_CALL),
		.PID = (uint32_t)call->tid,
		.ARG_0 = call->args[0],
		.ARG_1 = call->args[1],
		.ARG_2 = call->args[2],
		.ARG_3 = call->args[3],
		.ARG_4 = call->args[4],
		.ARG_5 = call->args[5],
		.RESULT = (uint64_t)call->result,
		.INODE = call->inode,
		.FILE_SIZE = call->file_size,
		.NUMBER = (uint32_t)call->number,
		.SPACE = (uint32_t)call->space,
		.CHILD = (uint32_t)call->child,
		.CHILD_SPACE = (uint32_t)call->child_space,
		.DEVICE = (uint32_t)call->device,
		.BY_REFERENCE = call->by_reference,
		.KIND = (uint8_t)call->kind,
		.MAPPING = (uint8_t)call->mapping,
		.PAGE_SHIFT = call->page_shift,
	};

	return put_record(bytes, &front, &raw, sizeof(raw), &no_calls, more, 0);
}

/* A record of a fixed part, a name (NULL: none) filled up to eight bytes, and the trailer. */
static int append(struct cr2_text *bytes, uint32_t type, uint16_t misc, const void *fixed, size_t n,
		  const char *name, const struct perf_trailer *trailer)
{
	static const char zeros[8];
	size_t length = name ? strnlen(name, 4095) : 0, filled = name ? (length + 8) & ~7ULL : 0;
	struct perf_record record = {type, misc, 0};
	int r;

	record.size = (uint16_t)(sizeof(record) + n + filled + sizeof(*trailer));
	r = cr2_text_append_n(bytes, (const char *)&record, sizeof(record));
	if (r == 0)
		r = cr2_text_append_n(bytes, fixed, n);
	if (r == 0 && name)
		r = cr2_text_append_n(bytes, name, length);
	if (r == 0 && name)
		r = cr2_text_append_n(bytes, zeros, filled - length);
	return r ? r : cr2_text_append_n(bytes, (const char *)trailer, sizeof(*trailer));
}

int perf_encode_comm(const struct perf_comm *comm, const char *name, const struct perf_trailer *trailer,
		     struct cr2_text *bytes)
{
	return append(bytes, PERF_IS_COMM, 0, comm, sizeof(*comm), name, trailer);
}

int perf_encode_fork(const struct perf_task *task, const struct perf_trailer *trailer,
		     struct cr2_text *bytes)
{
	return append(bytes, PERF_IS_FORK, 0, task, sizeof(*task), NULL, trailer);
}

int perf_encode_mmap2(const struct perf_mmap2 *map, const char *name,
		      const struct perf_trailer *trailer, struct cr2_text *bytes)
{
	uint16_t misc = PERF_MISC_USER;

	if (!(map->prot & PERF_PROT_EXEC))
		misc |= PERF_MISC_EXEC;
	return append(bytes, PERF_IS_MMAP2, misc, map, sizeof(*map), name, trailer);
}

int perf_encode_ksymbol(const struct perf_ksymbol *symbol, const char *name, const struct perf_trailer *trailer,
			struct cr2_text *bytes)
{
	return append(bytes, PERF_IS_KSYMBOL, 0, symbol, sizeof(*symbol), name, trailer);
}

int perf_encode_cgroup(uint64_t id, const char *path, const struct perf_trailer *trailer,
		       struct cr2_text *bytes)
{
	const struct perf_cgroup cgroup = {id};

	return append(bytes, PERF_IS_CGROUP, 0, &cgroup, sizeof(cgroup), path, trailer);
}

int perf_encode_lost(uint64_t n, const struct perf_trailer *trailer, struct cr2_text *bytes)
{
	const struct perf_lost lost = {PERF_LOST_FAULTS, n};

	return append(bytes, PERF_IS_LOST, 0, &lost, sizeof(lost), NULL, trailer);
}
