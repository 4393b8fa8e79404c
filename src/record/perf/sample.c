/* SPDX-License-Identifier: MIT */
/* perf_event_open(2) has the order. */
#include <errno.h>
#include <stdlib.h>

#include "sample.h"

struct sample_layout sample_layout(const struct perf_attr *attr)
{
	return (struct sample_layout){
		.parts = attr->sample_type, .read_format = attr->read_format, .user_registers = attr->user_registers,
		.kernel_registers = attr->registers, .branch_index = attr->branches & PERF_BRANCH_HAS_INDEX};
}

static int count(uint64_t bits)
{
	return __builtin_popcountll(bits);
}

int sample_time_at(const struct sample_layout *layout)
{
	return layout->parts & PERF_HAS_TIME ?
		count(layout->parts & (PERF_HAS_IDENTIFIER | PERF_HAS_IP | PERF_HAS_TID)) : -1;
}

int sample_id_at(const struct sample_layout *layout)
{
	if (layout->parts & PERF_HAS_IDENTIFIER)
		return 0;
	return layout->parts & PERF_HAS_ID ?
		count(layout->parts & (PERF_HAS_IP | PERF_HAS_TID | PERF_HAS_TIME | PERF_HAS_ADDR)) : -1;
}

int trailer_time_at(const struct sample_layout *layout)
{
	return layout->parts & PERF_HAS_TIME ?
		1 + count(layout->parts & (PERF_HAS_ID | PERF_HAS_STREAM | PERF_HAS_CPU | PERF_HAS_IDENTIFIER)) : -1;
}

/* ---- */

static struct cursor take_part(struct cursor *c, uint64_t n)
{
	struct cursor part = {take_bytes(c, n), (size_t)n, false};

	if (!part.at)
		part.left = 0;
	return part;
}

/* n things of that size. */
static struct cursor take_list(struct cursor *c, uint64_t n, size_t size)
{
	return take_part(c, n > c->left / size ? UINT64_MAX : n * size);
}

/* What the event had counted, or its whole group. */
static void skip_read(struct cursor *c, uint64_t format)
{
	const size_t each = 1 + (size_t)count(format & (PERF_READ_ID | PERF_READ_LOST));
	const uint64_t n = format & PERF_READ_GROUP ? take_64(c) : 1;

	take_list(c, (uint64_t)count(format & PERF_READ_TIMES), sizeof(uint64_t));
	take_list(c, n, each * sizeof(uint64_t));
}

static void take_registers(struct cursor *c, uint64_t mask, uint64_t *ret_kind, const void **ret_registers)
{
	*ret_kind = take_64(c);
	*ret_registers = *ret_kind ? take_list(c, (uint64_t)count(mask), sizeof(uint64_t)).at : NULL;
}

/* How much room there was, the bytes, and how many of them are the stack's. */
static void take_stack(struct cursor *c, struct sample *sample)
{
	const uint64_t room = take_64(c);
	uint64_t used;

	if (!room)
		return;
	sample->stack = take_part(c, room).at;
	used = take_64(c);
	sample->stack_bytes = !sample->stack ? 0 : used < room ? used : room;
}

/* Up to the addresses of the chain. */
static void take_head(struct cursor *c, uint64_t parts, struct sample *sample)
{
	if (parts & PERF_HAS_IDENTIFIER)
		take_64(c);
	if (parts & PERF_HAS_IP)
		sample->ip = take_64(c);
	if (parts & PERF_HAS_TID) {
		sample->pid = take_32(c);
		sample->tid = take_32(c);
	}
	if (parts & PERF_HAS_TIME)
		sample->time = take_64(c);
	if (parts & PERF_HAS_ADDR)
		sample->addr = take_64(c);
	take_list(c, (uint64_t)count(parts & (PERF_HAS_ID | PERF_HAS_STREAM | PERF_HAS_CPU)), sizeof(uint64_t));
	if (parts & PERF_HAS_PERIOD)
		sample->period = take_64(c);
}

/* Behind the program's stack. */
static void take_tail(struct cursor *c, const struct sample_layout *layout, struct sample *sample)
{
	const uint64_t parts = layout->parts;
	const void *unused;
	uint64_t kind;

	if (parts & (PERF_HAS_WEIGHT | PERF_HAS_WEIGHTS))
		sample->weight = take_64(c);
	take_list(c, (uint64_t)count(parts & (PERF_HAS_SOURCE | PERF_HAS_TRANSACTION)), sizeof(uint64_t));
	if (parts & PERF_HAS_KERNEL_REGISTERS)
		take_registers(c, layout->kernel_registers, &kind, &unused);
	if (parts & PERF_HAS_PHYSICAL)
		take_64(c);
	if (parts & PERF_HAS_CGROUP)
		sample->cgroup = take_64(c);
}

void sample_take(struct cursor *c, const struct sample_layout *layout, struct sample *ret_sample)
{
	const uint64_t parts = layout->parts;
	struct sample sample = {0};

	take_head(c, parts, &sample);
	if (parts & PERF_HAS_READ)
		skip_read(c, layout->read_format);
	if (parts & PERF_HAS_CHAIN)
		sample.chain = take_list(c, take_64(c), sizeof(uint64_t));
	if (parts & PERF_HAS_RAW)
		sample.raw = take_part(c, take_32(c));
	if (parts & PERF_HAS_BRANCHES) {
		const uint64_t n = take_64(c);

		if (layout->branch_index)
			take_64(c);
		take_list(c, n, PERF_BRANCH_BYTES);
	}
	if (parts & PERF_HAS_REGISTERS)
		take_registers(c, layout->user_registers, &sample.registers_kind, &sample.registers);
	if (parts & PERF_HAS_STACK)
		take_stack(c, &sample);
	take_tail(c, layout, &sample);
	*ret_sample = sample;
}

/* ---- calls ---- */

void sample_room_finish(struct sample_room *room)
{
	free(room->ips);
	*room = (struct sample_room){0};
}

/* The addresses of a chain by whose they are, without the marks between. */
static int take_chain(struct cursor chain, struct sample_room *room, struct cr2_trace_calls *calls)
{
	const size_t n = chain.left / sizeof(uint64_t);
	uint64_t *into;
	bool kernel = true;

	if (cr2_grow(&room->ips, &room->capacity, n, sizeof(*room->ips)) < 0)
		return -ENOMEM;
	into = room->ips;
	for (size_t i = 0; i < n; i++) {
		uint64_t ip = take_64(&chain);

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
	calls->ips = room->ips;
	return 0;
}

int sample_calls(const struct sample *sample, const struct sample_layout *layout, struct sample_room *room,
		 struct cr2_trace_calls *ret_calls)
{
	struct cr2_trace_calls calls = {.stack = sample->stack, .stack_bytes = sample->stack_bytes};
	int r = sample->chain.left ? take_chain(sample->chain, room, &calls) : 0;

	if (r == 0 && sample->registers && sample->registers_kind == PERF_REGISTERS_OF_64_BIT &&
	    layout->user_registers == PERF_REGISTERS) {
		memcpy(room->registers, sample->registers, sizeof(room->registers));
		calls.registers = room->registers;
	}
	*ret_calls = calls;
	return r;
}
