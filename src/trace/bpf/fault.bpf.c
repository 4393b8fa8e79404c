/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each page fault, seen twice: where the exception begins (raw tracepoints), and where the kernel
 * counts it (software events of every CPU, with a period of 1). Between the two the entry changes
 * from what was there before to what settled it. Raw tracepoints and BPF on an own event take
 * nothing from others who trace at the same time; whatever a program returns, theirs go on.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "../counts.h"
#include "../settle.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct trace_kernel trace_kernel = {};
const volatile __u8 trace_scope = TRACE_SCOPE_PROCESSES;
const volatile __u8 trace_stream = 0; /* hand over every fault; else count them */
const volatile __u8 trace_by_process = 0;
const volatile __u32 trace_self = 0; /* whom not to trace */
const volatile __u64 trace_began = 0; /* CLOCK_MONOTONIC */

/* In this order: each uses the one before. */
#include "walk.h"
#include "page.h"
#include "vma.h"

#define RING_BYTES (16 << 20)
#define RING_FULL (RING_BYTES / 8) /* so much waits for the reader that it is woken */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

/* What is known of the fault that a thread is in. */
struct state {
	struct trace_sample sample;
	__u64 counted; /* min_flt + maj_flt when last looked at */
	__u64 cost;
	__u64 slept;
	__u64 cached_mm;
	__u32 cached_sequence;
	__u32 faults;
	__u8 active, known, measured, spare;
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct state);
} states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct trace_follow);
} followed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct trace_key);
	__type(value, struct trace_sum);
} sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CR2_PATH_COUNT);
	__type(key, __u32);
	__type(value, struct trace_times);
} times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACE_BOOKS);
	__type(key, __u32);
	__type(value, __u64);
} books SEC(".maps");

/* Room that the stack has not. A fault may be seen while another program runs: each has its own. */
struct room {
	__u64 node[MAPLE_NODE / 8];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct room);
} rooms SEC(".maps");
enum {
	ROOM_START,
	ROOM_END,
};

static __always_inline void add(enum trace_book book, __u64 n)
{
	__u32 key = book;
	__u64 *value = bpf_map_lookup_elem(&books, &key);

	if (value)
		*value += n;
}

static __always_inline struct trace_follow *follow_of(__u32 tgid)
{
	return bpf_map_lookup_elem(&followed, &tgid);
}

static __always_inline bool is_followed(__u32 tgid)
{
	if (trace_scope == TRACE_SCOPE_PROCESSES) {
		struct trace_follow *follow = follow_of(tgid);

		return follow && !follow->waits;
	}
	if (trace_scope == TRACE_SCOPE_CGROUP && bpf_current_task_under_cgroup(&cgroup, 0) != 1)
		return false;
	return tgid != trace_self;
}

static __always_inline __u64 counted_of(struct task_struct *task)
{
	return task->min_flt + task->maj_flt;
}

/*
 * What the thread had counted when tracing began: nothing where it is younger; as of now where
 * it is older and nobody looked, or where it may have come from another control group.
 */
static __always_inline void begin_books(struct state *s, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	struct trace_follow *follow;

	s->known = 1;
	s->counted = task->start_time >= trace_began && trace_scope != TRACE_SCOPE_CGROUP ? 0 : counted_of(task);
	if (trace_scope != TRACE_SCOPE_PROCESSES || task->pid != task->tgid)
		return;
	follow = follow_of(tgid);
	if (follow && follow->known)
		s->counted = follow->counted;
}

/* Closes the thread's books up to now; ends: of these, so many faults that are reported by themselves. */
static __always_inline __u64 close_books(struct state *s, struct task_struct *task, __u64 ends)
{
	__u64 counted = counted_of(task), since;

	if (!s->known)
		begin_books(s, task);
	since = counted - s->counted;
	s->counted = counted;
	if (since)
		add(TRACE_KERNEL_COUNTED, since);
	return since > ends ? since - ends : 0;
}

static __always_inline void count(const struct trace_sample *p)
{
	struct trace_key key = {
		.process = trace_by_process ? p->tgid : 0,
		.path = p->path,
		.mapping = p->vma.kind,
		.kernel = p->kernel,
		.major = p->major,
	};
	struct trace_sum *sum = bpf_map_lookup_elem(&sums, &key);
	__u32 path = p->path;
	struct trace_times *t;

	if (!sum) {
		struct trace_sum none = {};

		bpf_map_update_elem(&sums, &key, &none, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&sums, &key);
		if (!sum) {
			add(TRACE_NO_KEY, 1);
			return;
		}
	}
	sum->n++;
	sum->ns += p->ns;
	if (p->ns > sum->longest_ns)
		sum->longest_ns = p->ns;
	sum->zeroed += trace_zeroed(p);
	sum->copied += trace_copied(p);
	sum->huge += trace_is_huge(&p->after);
	sum->large += !trace_is_huge(&p->after) && p->after.order;
	t = bpf_map_lookup_elem(&times, &path);
	if (t) {
		__u64 slot = trace_slot(p->ns);

		barrier_var(slot); /* or the compiler would take out what the verifier wants to see */
		if (slot < TRACE_SLOTS)
			t->slots[slot]++;
	}
}

static __always_inline void report(struct trace_sample *p)
{
	/* Member by member: read whole, it would be taken for the zeros that it is compiled with. */
	const struct trace_kernel kernel = {
		.migration_types = trace_kernel.migration_types,
		.marker_types = trace_kernel.marker_types,
		.broken_types = trace_kernel.broken_types,
		.no_zero_page = trace_kernel.no_zero_page,
	};

	p->path = trace_settle(p, &kernel);
	if (!trace_stream) {
		count(p);
		return;
	}
	p->cpu = bpf_get_smp_processor_id();
	if (trace_names)
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	/* The reader looks by itself from time to time; waking it at each fault would cost more than the fault. */
	if (bpf_ringbuf_output(&ring, p, trace_names ? sizeof(*p) : offsetof(struct trace_sample, comm),
			       bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > RING_FULL ?
			       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP))
		add(TRACE_LOST, 1);
}

/* The fault ended without being counted. */
static __always_inline void unended(struct state *s)
{
	struct trace_sample *p = &s->sample;

	s->active = 0;
	add(TRACE_UNENDED, 1);
	p->time = bpf_ktime_get_ns();
	p->ns = p->time - p->ns;
	p->ended = 0;
	p->major = 0;
	__builtin_memset(&p->after, 0, sizeof(p->after));
	report(p);
}

static __always_inline void read_mapping(struct state *s, struct mm_struct *mm, __u64 addr,
					 struct room *room)
{
	struct trace_vma *vma = &s->sample.vma;
	__u32 sequence = 0;
	bool has_sequence = mm_sequence(mm, &sequence);

	if (has_sequence && s->cached_mm == (__u64)mm && s->cached_sequence == sequence &&
	    vma->end && addr >= vma->start && addr < vma->end)
		return;
	s->cached_mm = (__u64)mm;
	s->cached_sequence = sequence;
	read_vma(mm, find_vma(mm, addr, room->node), addr, vma, s->sample.name);
	vma->late = 0;
}

static __always_inline int on_start(__u64 addr, struct pt_regs *regs, __u64 error, bool kernel)
{
	__u64 id = bpf_get_current_pid_tgid(), began = 0, since;
	struct task_struct *task;
	struct trace_sample *p;
	struct mm_struct *mm;
	__u32 key = ROOM_START;
	struct state *s;
	struct room *room = bpf_map_lookup_elem(&rooms, &key);

	if (!is_followed(id >> 32) || !room)
		return 0;
	task = bpf_get_current_task_btf();
	/* Reads of BPF, perf and the like that are allowed to fail: nothing is settled. */
	if (kernel && task->pagefault_disabled)
		return 0;
	mm = task->mm;
	if (!mm)
		return 0;
	s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!s) {
		add(TRACE_NO_STATE, 1);
		return 0;
	}
	/* Not a thread's first one, which finds its state missing and the caches cold. */
	s->measured = s->faults++ % TRACE_COST_EVERY == 1;
	if (s->measured)
		began = bpf_ktime_get_ns();
	since = close_books(s, task, 0);
	if (s->active) {
		/*
		 * It was not seen to end, so no end was counted: one that a system call took may fail, and
		 * pages may have come by reference since. In user mode it would have been counted.
		 */
		if (since && !s->sample.kernel) {
			add(TRACE_UNSEEN_ENDS, 1);
			since--;
		}
		unended(s);
	}
	if (since)
		add(TRACE_BY_REFERENCE, since);
	p = &s->sample;
	p->by_reference = since;
	p->addr = addr;
	p->error = error;
	p->kernel = kernel;
	p->ip = BPF_CORE_READ(regs, ip);
	p->mm = (__u64)mm;
	p->tgid = id >> 32;
	p->tid = (__u32)id;
	p->signal = p->code = 0;
	s->slept = task->nvcsw;
	s->active = 1;
	if (addr >> 63) {
		__builtin_memset(&p->before, 0, sizeof(p->before));
		__builtin_memset(&p->vma, 0, sizeof(p->vma));
		s->cached_mm = 0;
	} else {
		walk(mm, addr, &p->before, room->node);
		read_page(addr, &p->before);
		read_mapping(s, mm, addr, room);
	}
	p->ns = bpf_ktime_get_ns();
	if (s->measured)
		s->cost = p->ns - began;
	return 0;
}

static __always_inline int on_end(__u8 major)
{
	__u64 id = bpf_get_current_pid_tgid(), now, since;
	struct task_struct *task;
	struct trace_sample *p;
	struct mm_struct *mm;
	__u32 key = ROOM_END;
	struct state *s;
	struct room *room = bpf_map_lookup_elem(&rooms, &key);

	if (!is_followed(id >> 32) || !room)
		return 0;
	now = bpf_ktime_get_ns();
	task = bpf_get_current_task_btf();
	s = bpf_task_storage_get(&states, task, NULL, 0);
	if (!s || !s->active) {
		add(TRACE_UNSEEN_STARTS, 1);
		return 0;
	}
	add(TRACE_ENDS, 1);
	since = close_books(s, task, 1);
	if (since)
		add(TRACE_BY_REFERENCE, since);
	s->active = 0;
	p = &s->sample;
	p->time = now;
	p->ns = now - p->ns;
	p->ended = 1;
	p->major = major;
	p->slept = task->nvcsw - s->slept;
	mm = task->mm;
	if (!mm)
		return 0;
	walk(mm, p->addr, &p->after, room->node);
	read_page(p->addr, &p->after);
	if (!p->vma.end) { /* a stack that grew, or what was being changed when it began */
		read_vma(mm, find_vma(mm, p->addr, room->node), p->addr, &p->vma, p->name);
		p->vma.late = 1;
		s->cached_mm = 0;
	}
	report(p);
	if (s->measured) {
		add(TRACE_COST_NS, s->cost + bpf_ktime_get_ns() - now);
		add(TRACE_COST_N, 1);
	}
	return 0;
}

SEC("raw_tp/page_fault_user")
int page_fault_user(struct bpf_raw_tracepoint_args *ctx)
{
	return on_start(ctx->args[0], (struct pt_regs *)ctx->args[1], ctx->args[2], false);
}

SEC("raw_tp/page_fault_kernel")
int page_fault_kernel(struct bpf_raw_tracepoint_args *ctx)
{
	return on_start(ctx->args[0], (struct pt_regs *)ctx->args[1], ctx->args[2], true);
}

SEC("perf_event")
int fault_minor(struct bpf_perf_event_data *ctx)
{
	(void)ctx;
	return on_end(0);
}

SEC("perf_event")
int fault_major(struct bpf_perf_event_data *ctx)
{
	(void)ctx;
	return on_end(1);
}

/* The signal that a fault ends in is sent by the thread to itself, with a positive code. */
SEC("raw_tp/signal_generate")
int signal_generate(struct bpf_raw_tracepoint_args *ctx)
{
	int signal = (int)ctx->args[0], code;
	struct kernel_siginfo *info = (void *)ctx->args[1];
	struct task_struct *task;
	struct state *s;

	if (signal != TRACE_SIGSEGV && signal != TRACE_SIGBUS)
		return 0;
	if (ctx->args[1] < CR2_PAGE_SIZE) /* SEND_SIG_NOINFO and its like */
		return 0;
	task = bpf_get_current_task_btf();
	if ((__u64)task != ctx->args[2])
		return 0;
	s = bpf_task_storage_get(&states, task, NULL, 0);
	if (!s || !s->active)
		return 0;
	code = BPF_CORE_READ(info, si_code);
	if (code <= 0 || code >= 0x80)
		return 0;
	add(TRACE_SIGNALS, 1);
	s->sample.signal = signal;
	s->sample.code = code;
	/* The handler's frame may fault next: this one is over. */
	unended(s);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int sched_process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (void *)ctx->args[0], *child = (void *)ctx->args[1];
	__u32 from = BPF_CORE_READ(parent, tgid), to = BPF_CORE_READ(child, tgid);
	struct trace_follow none = {};

	if (trace_scope != TRACE_SCOPE_PROCESSES || from == to || !follow_of(from))
		return 0;
	if (bpf_map_update_elem(&followed, &to, &none, BPF_ANY))
		add(TRACE_NO_FOLLOW, 1);
	return 0;
}

/* A command begins here: what its process did before was ours. */
SEC("raw_tp/sched_process_exec")
int sched_process_exec(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct trace_follow *follow = follow_of(tgid);

	(void)ctx;
	if (!follow || !follow->waits)
		return 0;
	follow->counted = counted_of(bpf_get_current_task_btf());
	follow->known = 1;
	follow->waits = 0;
	return 0;
}

SEC("raw_tp/sched_process_exit")
int sched_process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct state *s;
	__u64 since;

	(void)ctx;
	if (!is_followed(tgid))
		return 0;
	/* A thread that never faulted may have been given pages all the same. */
	s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!s) {
		add(TRACE_NO_STATE, 1);
		return 0;
	}
	since = close_books(s, task, 0);
	if (since)
		add(TRACE_BY_REFERENCE, since);
	if (s->active)
		unended(s);
	return 0;
}

/* Not before: since 6.16 a thread still faults behind sched_process_exit. */
SEC("raw_tp/sched_process_free")
int sched_process_free(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 tgid = BPF_CORE_READ(task, tgid), pid = BPF_CORE_READ(task, pid);

	if (pid == tgid)
		bpf_map_delete_elem(&followed, &tgid);
	return 0;
}
