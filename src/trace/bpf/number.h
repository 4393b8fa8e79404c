/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of a process and of a thread, as the namespace of process numbers sees them that cr2 runs in: a
 * container has its own. What is not in it has none, 0.
 */
#ifndef TRACE_BPF_NUMBER_H
#define TRACE_BPF_NUMBER_H

const volatile __u32 trace_pid_level = 0; /* how deep that namespace lies; 0: the machine's */
const volatile __u64 trace_pid_space = 0; /* its address */

#define PIDTYPE_TGID 1

static __always_inline __u32 number_in_space(__u64 pid)
{
	__u64 number = pid + bpf_core_field_offset(struct pid, numbers) +
		       trace_pid_level * bpf_core_type_size(struct upid);

	if ((__u32)PART_OF(struct pid, pid, level) < trace_pid_level ||
	    WORD_OF(struct upid, number, ns) != trace_pid_space)
		return 0;
	return PART_OF(struct upid, number, nr);
}

static __always_inline __u32 process_of(__u64 task)
{
	__u64 signal;

	if (!trace_pid_level)
		return PART_OF(struct task_struct, task, tgid);
	signal = WORD_OF(struct task_struct, task, signal);
	return number_in_space(WORD_OF(struct signal_struct, signal, pids[PIDTYPE_TGID]));
}

static __always_inline __u32 thread_of(__u64 task)
{
	if (!trace_pid_level)
		return PART_OF(struct task_struct, task, pid);
	return number_in_space(WORD_OF(struct task_struct, task, thread_pid));
}

#endif
