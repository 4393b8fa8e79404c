/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is read of a fault beside its cause, where that was asked for: the stack and the control
 * group. Only when it has ended: before, what is read of the stack would itself be a fault.
 */
#ifndef TRACE_BPF_MORE_H
#define TRACE_BPF_MORE_H

const volatile __u8 trace_more = 0; /* each record has a struct trace_more */
const volatile __u8 trace_chain = 0; /* the program's frames, by frame pointers */
const volatile __u32 trace_stack_bytes = 0; /* copied from the program's stack */

#define PAGE 4096UL

struct more_room {
	struct trace_sample sample;
	struct trace_more more;
	__u8 tail[TRACE_CHAIN_BYTES + TRACE_STACK_BYTES];
};
/* By CPU: where a fault ends, nothing else runs on it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct more_room);
} more_rooms SEC(".maps");

/* Addresses to `at` in the tail. Returns their bytes. */
static __always_inline __u32 read_chain(struct more_room *room, void *ctx, __u64 at, __u64 flags)
{
	long n = at <= TRACE_CHAIN_BYTES ?
		bpf_get_stack(ctx, room->tail + at, TRACE_CHAIN_BYTES, flags) : 0;

	return n < 0 ? 0 : n & 1023;
}

/* Page by page, up to the first that is not there. Returns the bytes. */
static __always_inline __u32 copy_stack(struct more_room *room, __u64 at)
{
	__u64 stack = room->more.registers[TRACE_REGISTER_SP], copied = 0;

	for (unsigned i = 0; i < TRACE_STACK_BYTES / PAGE + 1; i++) {
		__u64 n = PAGE - ((stack + copied) & (PAGE - 1));

		if (copied >= trace_stack_bytes || at + copied > sizeof(room->tail) - PAGE)
			break;
		if (n > trace_stack_bytes - copied)
			n = trace_stack_bytes - copied;
		barrier_var(n);
		if (n > PAGE || bpf_probe_read_user(room->tail + at + copied, n, (void *)(stack + copied)))
			break;
		copied += n;
	}
	return copied;
}

static __always_inline void read_stack(struct more_room *room, void *ctx)
{
	struct trace_more *more = &room->more;
	void *registers = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u64 at = 0;

	if (room->sample.kernel && room->sample.ended)
		at = more->kernel_bytes = read_chain(room, ctx, 0, 0);
	if (trace_chain)
		more->user_bytes = read_chain(room, ctx, at, BPF_F_USER_STACK);
	if (trace_stack_bytes &&
	    bpf_probe_read_kernel(more->registers, sizeof(more->registers), registers) == 0)
		more->stack_bytes = copy_stack(room, at);
}

/* ctx: NULL where the stack is not that of the fault any more. Returns the bytes to send, or 0. */
static __always_inline __u64 read_more(struct more_room *room, const struct trace_sample *p, void *ctx)
{
	struct trace_more *more = &room->more;
	__u64 n;

	room->sample = *p;
	more->cgroup = bpf_get_current_cgroup_id();
	more->kernel_bytes = more->user_bytes = more->stack_bytes = 0;
	if (ctx && (trace_chain || trace_stack_bytes))
		read_stack(room, ctx);
	n = (__u64)more->kernel_bytes + more->user_bytes + more->stack_bytes;
	barrier_var(n);
	return n <= sizeof(room->tail) ? offsetof(struct more_room, tail) + n : 0;
}

#endif
