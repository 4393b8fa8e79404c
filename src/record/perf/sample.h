/* SPDX-License-Identifier: MIT */
/* The parts of a sample, in the kernel's order, as far as its event says that they are there. */
#ifndef RECORD_PERF_SAMPLE_H
#define RECORD_PERF_SAMPLE_H

#include <cr2/trace.h>

#include "cursor.h"
#include "format.h"

struct sample_layout {
	uint64_t parts; /* perf_attr.sample_type */
	uint64_t read_format;
	uint64_t user_registers, kernel_registers; /* a bit each */
	bool branch_index;
};
/* What is not there is 0 or NULL. Valid as long as the bytes. */
struct sample {
	uint64_t ip, time, addr, period, weight, cgroup;
	uint32_t pid, tid;
	struct cursor chain; /* addresses and marks */
	struct cursor raw;
	uint64_t registers_kind;
	const void *registers;
	const uint8_t *stack;
	uint64_t stack_bytes;
};

struct sample_layout sample_layout(const struct perf_attr *attr);
/* c->missing: it is too short. */
void sample_take(struct cursor *c, const struct sample_layout *layout, struct sample *ret_sample);
/* Where a sample's calls go, to stay until the next one's do. */
struct sample_room { /* all zero: none */
	uint64_t *ips;
	size_t capacity;
	uint64_t registers[CR2_STACK_REGISTERS];
};
void sample_room_finish(struct sample_room *room);
/* 0 or -ENOMEM. */
int sample_calls(const struct sample *sample, const struct sample_layout *layout, struct sample_room *room,
		 struct cr2_trace_calls *ret_calls);
/* Where they are in any sample of that layout, in 64-bit numbers; -1: nowhere. */
int sample_time_at(const struct sample_layout *layout);
int sample_id_at(const struct sample_layout *layout);
/* The same from the end of every other record, where all events' have it. */
int trailer_time_at(const struct sample_layout *layout);

#endif
