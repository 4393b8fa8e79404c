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
const volatile __u8 trace_brief = 0; /* struct trace_brief of each */
const volatile __u8 trace_by = TRACE_BY_NOBODY;
const volatile __u32 trace_self = 0; /* whom not to trace */
const volatile __u64 trace_began = 0; /* CLOCK_MONOTONIC */

/* In this order: each uses the one before. */
#include "word.h"
#include "number.h"
#include "walk.h"
#include "page.h"
#include "vma.h"
#include "more.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF); /* of the size that the loader gives it */
} ring SEC(".maps");
/* Of each CPU, for what a recording keeps of faults that were counted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct trace_lane);
} lanes SEC(".maps");
const volatile __u32 trace_lane = TRACE_LANE; /* how much of it is used */
__u32 trace_reader_sleeps = 0;
__u32 trace_ends_everywhere = 0; /* every CPU has the events of ends by now */
#define TRACE_LOOK_EVERY 64 /* faults of a CPU, at which it is seen how full the ring is */

/* What is known of the fault that a thread is in. */
struct state {
	struct trace_sample sample;
	__u64 counted; /* min_flt + maj_flt when last looked at */
	__u64 cost;
	__u64 slept;
	__u64 cached_mm;
	__u32 cached_sequence;
	__u32 faults;
	__u8 active, known, measured;
	__u8 blind; /* the kernel took the events away, as of a thread that exits: ends are not seen until there are others */
	__u64 majors; /* maj_flt where it began, if blind */
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct state);
} states SEC(".maps");

/* Whom to follow by number, a bit each: what is not asked for pays no more than a look at it. */
__u64 trace_followed[TRACE_PIDS / 64];
/* What else is known of those that were named, and not made by a process that was followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct trace_named);
} named SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cgroup SEC(".maps");

/* Faults alike, by trace_kind(). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACE_KINDS);
	__type(key, __u32);
	__type(value, struct trace_sum);
} sums SEC(".maps");
/* The same of each process or control group by itself. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18); /* ten thousand processes, some paths and mappings of each */
	__type(key, struct trace_key);
	__type(value, struct trace_sum);
} sums_of_each SEC(".maps");

/* What processes were called that may be gone when somebody asks. */
struct name {
	char comm[TRACE_COMM];
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct name);
} process_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CR2_PATH_COUNT);
	__type(key, __u32);
	__type(value, struct trace_times);
} times SEC(".maps");

/* Of each control group, as there is room made for them. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct trace_duration_key);
	__type(value, struct trace_durations);
} durations_of_each SEC(".maps");
static const struct trace_durations no_durations = {}; /* the stack has no room for them */

/*
 * The books, and room that the stack has not. A fault may be seen while another program runs: those at
 * the start have one, those at the end another, and all others a third.
 */
struct desk {
	__u64 books[TRACE_BOOKS];
	__u64 node[MAPLE_NODE / 8];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TRACE_DESKS);
	__type(key, __u32);
	__type(value, struct desk);
} desks SEC(".maps");

static __always_inline struct desk *desk_of(__u32 which)
{
	return bpf_map_lookup_elem(&desks, &which);
}

/* Is asked of every fault on the machine. */
static __always_inline bool is_followed(__u32 process)
{
	if (trace_scope == TRACE_SCOPE_PROCESSES)
		return trace_followed[(process / 64) % (TRACE_PIDS / 64)] >> (process % 64) & 1;
	if (trace_scope == TRACE_SCOPE_CGROUP && bpf_current_task_under_cgroup(&cgroup, 0) != 1)
		return false;
	return process != trace_self;
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
	__u32 process = process_of((__u64)task);
	struct trace_named *name;

	s->known = 1;
	s->counted = task->start_time >= trace_began && trace_scope != TRACE_SCOPE_CGROUP ? 0 : counted_of(task);
	if (trace_scope != TRACE_SCOPE_PROCESSES || task->pid != task->tgid)
		return;
	name = bpf_map_lookup_elem(&named, &process);
	if (name && name->known)
		s->counted = name->counted;
	if (name && name->blind)
		s->blind = 1;
}

/* Closes the thread's books up to now; ends: of these, so many faults that are reported by themselves. */
static __always_inline __u64 close_books(struct desk *desk, struct state *s, struct task_struct *task,
					  __u64 ends)
{
	__u64 counted = counted_of(task), since;

	if (!s->known)
		begin_books(s, task);
	since = counted - s->counted;
	s->counted = counted;
	desk->books[TRACE_KERNEL_COUNTED] += since;
	return since > ends ? since - ends : 0;
}

static __always_inline void keep_name(__u32 tgid)
{
	struct name name = {};

	bpf_get_current_comm(name.comm, sizeof(name.comm));
	bpf_map_update_elem(&process_names, &tgid, &name, BPF_ANY);
}

/* Where faults like this one are added up; NULL: there is no room. */
static __always_inline struct trace_sum *sum_of(const struct trace_sample *p)
{
	struct trace_key key = {.path = p->path, .mapping = p->vma.kind, .kernel = p->kernel, .major = p->major};
	__u32 kind = trace_kind(&key);
	struct trace_sum *sum, none = {};

	if (trace_by == TRACE_BY_NOBODY)
		return bpf_map_lookup_elem(&sums, &kind);
	key.who = trace_by == TRACE_BY_PROCESS ? p->tgid : bpf_get_current_cgroup_id();
	sum = bpf_map_lookup_elem(&sums_of_each, &key);
	if (sum)
		return sum;
	if (trace_by == TRACE_BY_PROCESS)
		keep_name(p->tgid);
	bpf_map_update_elem(&sums_of_each, &key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sums_of_each, &key);
}

/* Returns false where there is no room. */
static __always_inline bool keep_duration(const struct trace_sample *p)
{
	const struct trace_duration_key key = {.who = bpf_get_current_cgroup_id(), .path = p->path};
	struct trace_durations *durations = bpf_map_lookup_elem(&durations_of_each, &key);
	__u64 octave = trace_octave(p->ns);

	if (!durations) {
		bpf_map_update_elem(&durations_of_each, &key, &no_durations, BPF_NOEXIST);
		durations = bpf_map_lookup_elem(&durations_of_each, &key);
		if (!durations)
			return false;
	}
	barrier_var(octave);
	if (octave < TRACE_OCTAVES)
		durations->octaves[octave]++;
	return true;
}

static __always_inline void count(struct desk *desk, const struct trace_sample *p)
{
	struct trace_sum *sum = sum_of(p);
	__u32 path = p->path;
	struct trace_times *t;

	if (!sum || (trace_by == TRACE_BY_CGROUP && !keep_duration(p))) {
		desk->books[TRACE_NO_KEY]++;
		return;
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

/*
 * Wakes the reader once, when it sleeps and much waits for it: it looks by itself from time to time, and
 * waking it at each fault would cost more than the fault.
 */
static __always_inline __u64 wake_up(struct desk *desk)
{
	if (desk->books[TRACE_STREAMED]++ % TRACE_LOOK_EVERY || !trace_reader_sleeps ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 8)
		return BPF_RB_NO_WAKEUP;
	trace_reader_sleeps = 0;
	return BPF_RB_FORCE_WAKEUP;
}

#include "pages.h"

static __always_inline void fill_brief(struct trace_brief *brief, const struct trace_sample *p)
{
	*brief = (struct trace_brief){
		.time = p->time, .ns = p->ns, .addr = p->addr, .ip = p->ip,
		.tgid = p->tgid, .tid = p->tid, .error = p->error,
		.zeroed = trace_zeroed(p), .copied = trace_copied(p), .maps = p->before.maps,
		.path = p->path, .mapping = p->vma.kind, .major = p->major, .kernel = p->kernel,
		.before = p->before.kind, .before_level = p->before.level,
		.after = p->after.kind, .after_level = p->after.level, .order = p->after.order,
	};
}

/* Only where faults end: nothing else on the CPU comes in between. Returns false where there is no room. */
static __always_inline bool put_brief(const struct trace_sample *p)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct trace_lane *lane = bpf_map_lookup_elem(&lanes, &cpu);
	__u64 waiting;

	if (!lane)
		return false;
	waiting = lane->written - lane->read;
	if (waiting >= trace_lane || (trace_reader_sleeps && waiting >= trace_lane / 2))
		return false;
	fill_brief(lane->briefs + lane->written % TRACE_LANE, p);
	barrier(); /* x86 shows stores in their order */
	lane->written++;
	return true;
}

/* What has no room in the lane finds it in the ring, and wakes the reader, which empties both. */
static __always_inline long send_brief(struct desk *desk, const struct trace_sample *p)
{
	struct trace_brief brief;
	__u64 wake = BPF_RB_FORCE_WAKEUP;

	if (p->ended && put_brief(p))
		return 0;
	if (!p->ended || !trace_reader_sleeps)
		wake = wake_up(desk);
	else
		trace_reader_sleeps = 0;
	fill_brief(&brief, p);
	return bpf_ringbuf_output(&ring, (void *)&brief, sizeof(brief), wake);
}

static __always_inline long send(struct desk *desk, struct trace_sample *p)
{
	p->cpu = bpf_get_smp_processor_id();
	if (trace_names)
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	return bpf_ringbuf_output(&ring, p, trace_names ? sizeof(*p) : offsetof(struct trace_sample, comm),
				  wake_up(desk));
}

static __always_inline long send_more(struct desk *desk, const struct trace_sample *p, void *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct more_room *room = bpf_map_lookup_elem(&more_rooms, &cpu);
	__u64 n = room ? read_more(room, p, ctx) : 0;

	return n ? bpf_ringbuf_output(&ring, room, n, wake_up(desk)) : -1;
}

/* ctx: of the program, where it runs while the fault is the last that the thread did; else NULL. */
static __always_inline void report(struct desk *desk, struct trace_sample *p, void *ctx)
{
	long failed;

	/* Member by member: read whole, it would be taken for the zeros that it is compiled with. */
	const struct trace_kernel kernel = {
		.migration_types = trace_kernel.migration_types,
		.marker_types = trace_kernel.marker_types,
		.broken_types = trace_kernel.broken_types,
		.no_zero_page = trace_kernel.no_zero_page,
		.uffd_minor = trace_kernel.uffd_minor,
	};

	p->path = trace_settle(p, &kernel);
	if (!trace_stream) {
		count(desk, p);
		return;
	}
	if (trace_more)
		failed = send_more(desk, p, ctx);
	else
		failed = trace_brief ? send_brief(desk, p) : send(desk, p);
	if (failed)
		desk->books[p->ended ? TRACE_LOST : TRACE_LOST_UNENDED]++;
}

/* The fault ended without being counted. */
static __always_inline void unended(struct desk *desk, struct state *s, void *ctx)
{
	struct trace_sample *p = &s->sample;

	s->active = 0;
	desk->books[TRACE_UNENDED]++;
	p->time = bpf_ktime_get_ns();
	p->ns = p->time - p->ns;
	p->ended = 0;
	p->major = 0;
	__builtin_memset(&p->after, 0, sizeof(p->after));
	report(desk, p, ctx);
}

/*
 * Did the fault end without anybody being told? What it left is looked at when the thread faults again or exits: how long
 * it took is not known. since: what the thread has counted meanwhile. One of kernel mode may have failed, and pages come
 * by reference.
 */
static __always_inline bool end_late(struct desk *desk, struct state *s, struct task_struct *task, __u64 since)
{
	struct trace_sample *p = &s->sample;

	if (!s->blind || !since || !task->mm)
		return false;
	walk(task->mm, p->addr, &p->after, desk->node);
	if (p->kernel && !(p->after.value & TRACE_PRESENT))
		return false;
	read_page(p->addr, &p->after);
	s->active = 0;
	desk->books[TRACE_ENDS]++;
	p->time = bpf_ktime_get_ns();
	p->ns = 0;
	p->ended = 1;
	p->major = task->maj_flt != s->majors;
	p->slept = task->nvcsw - s->slept;
	report(desk, p, NULL);
	return true;
}

/* Whatever the thread did before is over. Returns how many pages have come by reference since then. */
static __always_inline __u64 close_last(struct desk *desk, struct state *s, struct task_struct *task)
{
	__u64 since = close_books(desk, s, task, 0);

	if (s->active && end_late(desk, s, task, since)) {
		since--;
	} else if (s->active) {
		/*
		 * It was not seen to end, so no end was counted: one that a system call took may fail, and
		 * pages may have come by reference since. In user mode it would have been counted, and who has no
		 * events is to be looked at while it has its memory.
		 */
		if (since && (!s->sample.kernel || (s->blind && !task->mm))) {
			desk->books[TRACE_UNSEEN_ENDS]++;
			since--;
		}
		unended(desk, s, NULL);
	}
	desk->books[TRACE_BY_REFERENCE] += since;
	return since;
}

static __always_inline void read_mapping(struct state *s, struct mm_struct *mm, __u64 addr,
					 struct desk *desk)
{
	struct trace_vma *vma = &s->sample.vma;
	__u32 sequence = 0;
	bool has_sequence = mm_sequence(mm, &sequence);

	/* A file's size changes without it. */
	if (!trace_calls && has_sequence && s->cached_mm == (__u64)mm && s->cached_sequence == sequence &&
	    vma->end && addr >= vma->start && addr < vma->end)
		return;
	s->cached_mm = (__u64)mm;
	s->cached_sequence = sequence;
	read_vma(mm, find_vma(mm, addr, desk->node), addr, vma, s->sample.name);
	vma->late = 0;
}

#define PF_EXITING 4

/* Not inlined: who is not followed pays for none of its stack and registers. */
static __noinline int begin_fault(const struct bpf_raw_tracepoint_args *ctx, struct task_struct *task, __u32 process,
				  bool kernel)
{
	const __u64 addr = ctx->args[0], regs = ctx->args[1];
	struct mm_struct *mm = task->mm;
	__u64 began = 0, since;
	struct trace_sample *p;
	struct desk *desk;
	struct state *s;

	/* Reads of BPF, perf and the like that are allowed to fail: nothing is settled. */
	if (kernel && task->pagefault_disabled)
		return 0;
	desk = desk_of(TRACE_DESK_START);
	if (!mm || !desk)
		return 0;
	s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!s) {
		desk->books[TRACE_NO_STATE]++;
		return 0;
	}
	/* Not a thread's first one, which finds its state missing and the caches cold. */
	s->measured = s->faults++ % TRACE_COST_EVERY == 1;
	if (s->measured)
		began = bpf_ktime_get_ns();
	since = close_last(desk, s, task);
	p = &s->sample;
	p->by_reference = since;
	p->addr = addr;
	p->error = ctx->args[2];
	p->kernel = kernel;
	p->ip = WORD_OF(struct pt_regs, regs, ip);
	p->mm = (__u64)mm;
	p->tgid = process;
	p->tid = thread_of((__u64)task);
	p->signal = p->code = 0;
	s->slept = task->nvcsw;
	if (task->flags & PF_EXITING)
		s->blind = 1;
	if (s->blind)
		s->majors = task->maj_flt;
	s->active = 1;
	if (addr >> 63) {
		__builtin_memset(&p->before, 0, sizeof(p->before));
		__builtin_memset(&p->vma, 0, sizeof(p->vma));
		s->cached_mm = 0;
	} else {
		walk(mm, addr, &p->before, desk->node);
		read_page(addr, &p->before);
		read_mapping(s, mm, addr, desk);
	}
	p->ns = bpf_ktime_get_ns();
	if (s->measured)
		s->cost = p->ns - began;
	return 0;
}

static __always_inline int on_start(const struct bpf_raw_tracepoint_args *ctx, bool kernel)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 process = process_of((__u64)task);

	return is_followed(process) ? begin_fault(ctx, task, process, kernel) : 0;
}

static __always_inline int on_end(void *ctx, __u8 major)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct trace_sample *p;
	struct mm_struct *mm;
	struct desk *desk;
	struct state *s;
	__u64 now;

	if (!is_followed(process_of((__u64)task)))
		return 0;
	now = bpf_ktime_get_ns();
	mm = task->mm;
	desk = desk_of(TRACE_DESK_END);
	if (!mm || !desk)
		return 0;
	s = bpf_task_storage_get(&states, task, NULL, 0);
	/* Seen by the thread's event, and now by its CPU's. */
	if (trace_scope == TRACE_SCOPE_PROCESSES && s && s->known && counted_of(task) == s->counted)
		return 0;
	if (!s || !s->active) {
		desk->books[TRACE_UNSEEN_STARTS]++;
		return 0;
	}
	desk->books[TRACE_ENDS]++;
	desk->books[TRACE_BY_REFERENCE] += close_books(desk, s, task, 1);
	s->active = 0;
	if (trace_ends_everywhere)
		s->blind = 0;
	p = &s->sample;
	p->time = now;
	p->ns = now - p->ns;
	p->ended = 1;
	p->major = major;
	p->slept = task->nvcsw - s->slept;
	walk(mm, p->addr, &p->after, desk->node);
	read_page(p->addr, &p->after);
	if (!p->vma.end) { /* a stack that grew, or what was being changed when it began */
		read_vma(mm, find_vma(mm, p->addr, desk->node), p->addr, &p->vma, p->name);
		p->vma.late = 1;
		s->cached_mm = 0;
	}
	report(desk, p, ctx);
	if (trace_calls)
		find_space(task);
	if (s->measured) {
		desk->books[TRACE_COST_NS] += s->cost + bpf_ktime_get_ns() - now;
		desk->books[TRACE_COST_N]++;
	}
	return 0;
}

SEC("raw_tp/page_fault_user")
int page_fault_user(struct bpf_raw_tracepoint_args *ctx)
{
	return on_start(ctx, false);
}

SEC("raw_tp/page_fault_kernel")
int page_fault_kernel(struct bpf_raw_tracepoint_args *ctx)
{
	return on_start(ctx, true);
}

SEC("perf_event")
int fault_minor(struct bpf_perf_event_data *ctx)
{
	return on_end(ctx, 0);
}

SEC("perf_event")
int fault_major(struct bpf_perf_event_data *ctx)
{
	return on_end(ctx, 1);
}

/* The signal that a fault ends in is sent by the thread to itself, with a positive code. */
SEC("raw_tp/signal_generate")
int signal_generate(struct bpf_raw_tracepoint_args *ctx)
{
	int signal = (int)ctx->args[0], code;
	struct kernel_siginfo *info = (void *)ctx->args[1];
	struct task_struct *task;
	struct desk *desk;
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
	desk = desk_of(TRACE_DESK_OTHER);
	if (code <= 0 || code >= 0x80 || !desk)
		return 0;
	desk->books[TRACE_SIGNALS]++;
	s->sample.signal = signal;
	s->sample.code = code;
	/* The handler's frame may fault next: this one is over. */
	unended(desk, s, ctx);
	return 0;
}

static __always_inline void follow(__u32 process, bool whether)
{
	__u64 *word = &trace_followed[(process / 64) % (TRACE_PIDS / 64)], bit = 1ULL << (process % 64);

	if (whether)
		__sync_fetch_and_or(word, bit);
	else if (*word & bit)
		__sync_fetch_and_and(word, ~bit);
}

/* A new process is followed when its parent is, whoever had its number before. */
SEC("raw_tp/sched_process_fork")
int sched_process_fork(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 from = process_of(ctx->args[0]), to = process_of(ctx->args[1]);
	struct trace_named name = {};
	struct state *s;

	if (trace_scope != TRACE_SCOPE_PROCESSES || from == to)
		return 0;
	s = bpf_task_storage_get(&states, bpf_get_current_task_btf(), NULL, 0);
	if (s && s->blind) {
		name.blind = s->blind;
		bpf_map_update_elem(&named, &to, &name, BPF_ANY);
	} else {
		bpf_map_delete_elem(&named, &to);
	}
	follow(to, is_followed(from));
	return 0;
}

/* A command begins: what its process did before was ours. */
static __always_inline void begin_command(struct task_struct *task, __u32 process)
{
	struct trace_named *name = bpf_map_lookup_elem(&named, &process);

	if (!name || !name->waits)
		return;
	name->counted = counted_of(task);
	name->known = 1;
	name->waits = 0;
	follow(process, true);
}

#define DUMPABLE_BITS 3
#define DUMPABLE_BY_USER 1

/* A program that gained rights may not be dumped by its user, and the kernel takes the events of who ran it. */
static __always_inline bool gained_rights(struct mm_struct *mm)
{
	__u64 flags;

	if (bpf_core_field_exists(((struct mm_struct___word *)mm)->flags))
		flags = ((struct mm_struct___word *)mm)->flags;
	else
		flags = word_at((__u64)mm + bpf_core_field_offset(struct mm_struct___bitmap, flags));
	return (flags & DUMPABLE_BITS) != DUMPABLE_BY_USER;
}

static __always_inline void tell_ends_taken(struct task_struct *task, __u32 process)
{
	const struct trace_ends_taken taken = {.tgid = process};
	struct state *s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (s)
		s->blind = 1;

	bpf_ringbuf_output(&ring, (void *)&taken, sizeof(taken), BPF_RB_FORCE_WAKEUP);
}

#include "calls.h"

/* Here a command begins, and has a new name. */
SEC("raw_tp/sched_process_exec")
int sched_process_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 process = process_of((__u64)task);

	(void)ctx;
	begin_command(task, process);
	if (trace_by == TRACE_BY_PROCESS && is_followed(process))
		keep_name(process);
	if (trace_scope == TRACE_SCOPE_PROCESSES && is_followed(process) && task->mm && gained_rights(task->mm))
		tell_ends_taken(task, process);
	if (trace_calls && is_followed(process))
		call_became_program(task);
	return 0;
}

/* No fault of the thread is left open, and all its pages are in the books. */
static __noinline int close_exiting(struct task_struct *task)
{
	struct desk *desk = desk_of(TRACE_DESK_OTHER);
	struct state *s;

	if (!is_followed(process_of((__u64)task)) || !desk)
		return 0;
	/* A thread that never faulted may have been given pages all the same. */
	s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (s)
		close_last(desk, s, task);
	else
		desk->books[TRACE_NO_STATE]++;
	return 0;
}

/*
 * Who exits has no events any more, but still writes to memory: to where its number stands, and to the locks that it
 * holds. Here it has done so, and still has the address space.
 */
SEC("fexit/" TRACE_LETS_GO)
int exiting_let_go(void *ctx)
{
	(void)ctx;
	return close_exiting(bpf_get_current_task_btf());
}

/*
 * Where programs cannot stand at functions: what it does next is to take the address space's lock. So does everybody, at
 * each fault on kernels before 6.4, who then pays for this.
 */
SEC("raw_tp/mmap_lock_acquire_returned")
int exiting_takes_lock(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct state *s;

	(void)ctx;
	if (!(task->flags & PF_EXITING))
		return 0;
	s = bpf_task_storage_get(&states, task, NULL, 0);
	/* The fault takes that lock, too, before it is counted. */
	return s && s->active && counted_of(task) != s->counted ? close_exiting(task) : 0;
}

/* Not all: since 6.16 a thread still faults behind it. */
SEC("raw_tp/sched_process_exit")
int sched_process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	(void)ctx;
	return close_exiting(bpf_get_current_task_btf());
}
