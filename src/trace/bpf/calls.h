/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes an address space between faults, where a recording is to be replayed: system calls that returned,
 * processes made, programs begun, address spaces that are gone. Behind what states and desks are.
 */
#ifndef TRACE_BPF_CALLS_H
#define TRACE_BPF_CALLS_H

#define USER_CS 0x33 /* of a program of 64 bits: others number their calls in another way */

/* Those that change what is mapped or present, in the order of their numbers. */
static __always_inline bool changes_memory(__u64 number)
{
	switch (number) {
#define X(id, number, name, what) case number:
#include <cr2/tables/call.def>
#undef X
		return true;
	default:
		return false;
	}
}

#define SPACE_KNOWN 1
#define SPACE_SEEN 2 /* its pages were looked at when it came to its end */

/* Address spaces of whom is followed; whoever lets go of one last may be somebody else. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} spaces SEC(".maps");

static __always_inline void know_space(__u64 mm)
{
	__u8 known = SPACE_KNOWN;

	bpf_map_update_elem(&spaces, &mm, &known, BPF_ANY);
}

static __always_inline void send_call(struct desk *desk, struct trace_call *call)
{
	call->time = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&ring, call, sizeof(*call), wake_up(desk)))
		desk->books[TRACE_LOST_CALLS]++;
}

/* Pages that came to the thread without an exception since what it did before. */
static __always_inline __u32 take_by_reference(struct desk *desk, struct task_struct *task)
{
	struct state *s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 since;

	/* In a fault that has not ended: it closes the books itself. */
	if (!s || s->active)
		return 0;
	since = close_books(desk, s, task, 0);
	desk->books[TRACE_BY_REFERENCE] += since;
	return since;
}

static __always_inline void read_descriptor(struct task_struct *task, __u64 number, struct trace_vma *vma)
{
	__u64 table = WORD_OF(struct files_struct, task->files, fdt), file;
	char name[TRACE_NAME];

	if (number >= (__u32)PART_OF(struct fdtable, table, max_fds))
		return;
	file = word_at(WORD_OF(struct fdtable, table, fd) + number * 8);
	if (file)
		read_file(file, vma, name);
}

static __always_inline void read_args(__u64 regs, uint64_t *args)
{
	args[0] = WORD_OF(struct pt_regs, regs, di);
	args[1] = WORD_OF(struct pt_regs, regs, si);
	args[2] = WORD_OF(struct pt_regs, regs, dx);
	args[3] = WORD_OF(struct pt_regs, regs, r10);
	args[4] = WORD_OF(struct pt_regs, regs, r8);
	args[5] = WORD_OF(struct pt_regs, regs, r9);
}

/*
 * What takes pages away is sent when it begins: what another thread then finds gone, or maps in its place, comes
 * behind it. And when it has returned: between the two another thread finds a page or does not.
 */
static __always_inline bool takes_away(__u64 number, __u64 advice)
{
	return number == CR2_SYSTEM_MUNMAP ||
	       (number == CR2_SYSTEM_MADVISE && (advice == 4 || advice == 8 || advice == 9 || advice == 21)); /* MADV_ */
}

static __always_inline void begin_call(struct trace_call *call, struct task_struct *task, __u64 regs, __u64 number)
{
	call->kind = WORD_OF(struct pt_regs, regs, cs) == USER_CS ? CR2_CALL_SYSTEM : CR2_CALL_OTHER;
	call->number = number;
	call->mm = (__u64)task->mm;
	call->tgid = process_of((__u64)task);
	call->tid = thread_of((__u64)task);
	read_args(regs, call->args);
}

SEC("raw_tp/sys_enter")
int call_entered(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct trace_call call = {};
	struct desk *desk;

	if (!takes_away(ctx->args[1], WORD_OF(struct pt_regs, ctx->args[0], dx)) ||
	    !is_followed(process_of((__u64)task)) || !task->mm)
		return 0;
	desk = desk_of(TRACE_DESK_OTHER);
	if (!desk)
		return 0;
	call.by_reference = take_by_reference(desk, task);
	begin_call(&call, task, ctx->args[0], ctx->args[1]);
	send_call(desk, &call);
	return 0;
}

/* What mmap() or shmat() mapped; and in place of the descriptor, how many pages of the file are in memory. */
static __always_inline void read_mapped(struct mm_struct *mm, struct desk *desk, struct trace_call *call,
					struct trace_vma *vma)
{
	struct vm_area_struct *found = find_vma(mm, call->result, desk->node);
	char name[TRACE_NAME];
	__u64 file;

	call->args[4] = 0;
	if (!read_vma(mm, found, call->result, vma, name))
		return;
	file = WORD_OF(struct vm_area_struct, found, vm_file);
	if (file)
		call->args[4] = WORD_OF(struct address_space,
					WORD_OF(struct inode, WORD_OF(struct file, file, f_inode), i_mapping), nrpages);
}

SEC("raw_tp/sys_exit")
int call_returned(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 regs = ctx->args[0], number = WORD_OF(struct pt_regs, regs, orig_ax);
	struct trace_vma vma = {};
	struct trace_call call = {};
	struct desk *desk;

	if (!is_followed(process_of((__u64)task)) || !task->mm)
		return 0;
	desk = desk_of(TRACE_DESK_OTHER);
	if (!desk)
		return 0;
	call.by_reference = take_by_reference(desk, task);
	if (!call.by_reference && !changes_memory(number))
		return 0;
	begin_call(&call, task, regs, number);
	call.result = ctx->args[1];
	if (!call.result && takes_away(number, call.args[2]))
		call.result = TRACE_CALL_RETURNED;
	if ((number == CR2_SYSTEM_MMAP || number == CR2_SYSTEM_SHMAT) && (__u64)call.result < -4095ULL)
		read_mapped(task->mm, desk, &call, &vma);
	if (number == CR2_SYSTEM_FTRUNCATE && call.result == 0)
		read_descriptor(task, call.args[0], &vma);
	call.inode = vma.inode;
	call.size = vma.size;
	call.device = vma.device;
	call.mapping = vma.kind;
	send_call(desk, &call);
	return 0;
}

/* A process, or a thread, whose address space is its own from here on or its parent's. */
SEC("raw_tp/task_newtask")
int call_made_process(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 made = ctx->args[0];
	struct trace_call call = {.kind = CR2_CALL_FORK};
	struct desk *desk = desk_of(TRACE_DESK_OTHER);

	if (!desk || !task->mm || !is_followed(process_of((__u64)task)))
		return 0;
	call.mm = (__u64)task->mm;
	call.child_mm = WORD_OF(struct task_struct, made, mm);
	call.tgid = process_of((__u64)task);
	call.tid = thread_of((__u64)task);
	call.child = process_of(made);
	if (call.child == call.tgid)
		return 0;
	know_space(call.child_mm);
	send_call(desk, &call);
	return 0;
}

/*
 * A program gets its name when it has its new address space, and nothing is in it but its arguments: there a
 * command begins that is to be followed from its program on.
 */
SEC("raw_tp/task_rename")
int call_begins_program(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 process = process_of((__u64)task);

	(void)ctx;
	begin_command(task, process);
	return 0;
}

/* The program is in place. */
static __always_inline void call_became_program(struct task_struct *task)
{
	struct trace_call call = {.kind = CR2_CALL_EXEC};
	struct desk *desk = desk_of(TRACE_DESK_OTHER);
	struct mm_struct *mm = task->mm;

	if (!desk || !mm)
		return;
	call.by_reference = take_by_reference(desk, task);
	call.mm = (__u64)mm;
	call.tgid = process_of((__u64)task);
	call.tid = thread_of((__u64)task);
	call.args[0] = mm->arg_start;
	call.args[1] = mm->start_brk;
	call.args[2] = mm->start_stack;
	call.args[3] = mm->brk;
	know_space(call.mm);
	send_call(desk, &call);
}

SEC("raw_tp/exit_mmap")
int call_space_gone(struct bpf_raw_tracepoint_args *ctx)
{
	struct trace_call call = {.kind = CR2_CALL_GONE, .mm = ctx->args[0]};
	struct desk *desk = desk_of(TRACE_DESK_OTHER);

	if (!desk || bpf_map_delete_elem(&spaces, &call.mm))
		return 0;
	send_call(desk, &call);
	return 0;
}

#endif
