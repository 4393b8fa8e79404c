/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes an address space between faults, where a recording is to be replayed: system calls that returned,
 * processes made, programs begun, address spaces that are gone.
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

/*
 * The same when a system call returns: a fault that it took and that has not ended failed (EFAULT). It stands before what
 * the thread does next, as the call that makes the page writable.
 */
static __noinline int take_at_return(struct desk *desk, struct task_struct *task)
{
	struct state *s = bpf_task_storage_get(&states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return s && desk ? (int)close_last(desk, s, task) : 0;
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

#define PR_SET_THP_DISABLE 41

/* Of the many things that prctl() does, one. */
static __always_inline bool is_of_memory(__u64 number, __u64 first)
{
	return changes_memory(number) && (number != CR2_SYSTEM_PRCTL || first == PR_SET_THP_DISABLE);
}

#define SYSTEM_CLONE 56
#define SYSTEM_FORK 57
#define SYSTEM_CLONE3 435

/* The child's address space is made before anything is told of it: its parent's must be known. */
static __always_inline bool copies_space(__u64 number)
{
	return number == SYSTEM_CLONE || number == SYSTEM_FORK || number == SYSTEM_CLONE3;
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
	bool takes = takes_away(ctx->args[1], WORD_OF(struct pt_regs, ctx->args[0], dx));
	struct trace_call call = {};
	struct desk *desk;

	if ((!takes && !copies_space(ctx->args[1])) || !is_followed(process_of((__u64)task)) || !task->mm)
		return 0;
	find_space(task);
	desk = desk_of(TRACE_DESK_OTHER);
	if (!takes || !desk)
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

	call->args[4] = read_vma(mm, found, call->result, vma, name) ? pages_in_memory(found) : 0;
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
	call.by_reference = take_at_return(desk, task);
	/* What it did was found. */
	if (find_space(task) || (!call.by_reference && !is_of_memory(number, WORD_OF(struct pt_regs, regs, di))))
		return 0;
	begin_call(&call, task, regs, number);
	call.result = ctx->args[1];
	if (!call.result && takes_away(number, call.args[2]))
		call.result = TRACE_CALL_RETURNED;
	if ((number == CR2_SYSTEM_MMAP || number == CR2_SYSTEM_SHMAT) && (__u64)call.result < -4095ULL)
		read_mapped(task->mm, desk, &call, &vma);
	if ((number == CR2_SYSTEM_FTRUNCATE || number == CR2_SYSTEM_FALLOCATE) && call.result == 0)
		read_descriptor(task, call.args[0], &vma);
	name_file(&call, &vma);
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
	/* Who copied what nobody knows is found as it is, and so is the copy. */
	if (!bpf_map_lookup_elem(&spaces, &call.mm))
		return 0;
	call.child_mm = WORD_OF(struct task_struct, made, mm);
	call.tgid = process_of((__u64)task);
	call.tid = thread_of((__u64)task);
	call.child = process_of(made);
	if (call.child == call.tgid)
		return 0;
	know_space(call.child_mm, SPACE_KNOWN);
	send_call(desk, &call);
	return 0;
}

/*
 * A program gets its name when it has its new address space, and nothing is in it but its arguments: there a
 * command begins that is to be followed from its program on. Else it is a process that gives itself another name.
 */
SEC("raw_tp/task_rename")
int call_begins_program(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 process = process_of((__u64)task);

	(void)ctx;
	begin_command(task, process);
	if (trace_calls_begun && task->mm && !task->mm->end_code && is_followed(process))
		know_space((__u64)task->mm, SPACE_BEGUN);
	return 0;
}

/* The program is in place. */
static __always_inline void call_became_program(struct task_struct *task)
{
	struct trace_call call = {.kind = CR2_CALL_EXEC};
	struct desk *desk = desk_of(TRACE_DESK_OTHER);
	__u8 *known;

	call.mm = (__u64)task->mm;
	known = bpf_map_lookup_elem(&spaces, &call.mm);
	/* One of which the beginning was not seen is found. */
	if (!desk || !known || *known != SPACE_BEGUN)
		return;
	*known = SPACE_KNOWN;
	call.by_reference = take_by_reference(desk, task);
	call.tgid = process_of((__u64)task);
	call.tid = thread_of((__u64)task);
	read_program(call.mm, call.args);
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

/*
 * The last thing before exit_mmap() takes the pages is that it takes the lock: whoever used the address space, by
 * whatever it ended, and whoever it is that lets go of it.
 */
SEC("raw_tp/mmap_lock_acquire_returned")
int call_space_ends(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 mm = ctx->args[0];
	__u8 *known;

	if ((int)PART_OF(struct mm_struct, mm, mm_users))
		return 0;
	known = bpf_map_lookup_elem(&spaces, &mm);
	if (!known || *known == SPACE_SEEN)
		return 0;
	*known = SPACE_SEEN;
	look_at_space(mm);
	return 0;
}

#endif
