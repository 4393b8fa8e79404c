// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_trace: every page fault that the kernel handles, one line each.
 *
 * A kprobe on handle_mm_fault() sees its arguments; with return=1 a kretprobe instead, which
 * also sees what came of it and when. Each fault goes to the kernel log, at most ratelimit a
 * second, and to a trace event, which takes millions: the stream is instances/fault_trace/ in
 * tracefs. How many went where, and how many did not, is in /proc/fault_trace; what the stream
 * lost because nobody read it, in its own per_cpu/cpuN/stats.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/trace.h>
#include <linux/trace_events.h>

#include "handle_mm_fault.h"

#define CREATE_TRACE_POINTS
#include "fault_trace_events.h"

#if !defined(CONFIG_EVENT_TRACING)
#error "this kernel has no trace events: it needs CONFIG_EVENT_TRACING=y"
#endif

#define NAME "fault_trace"
#define LINE "[FAULT] PID=%d addr=0x%lx flags=0x%x vma=[0x%lx-0x%lx]"

static char *comm;
module_param(comm, charp, 0444);
MODULE_PARM_DESC(comm, "only threads of this name (as in /proc/PID/comm); default: all");

static int pid;
module_param(pid, int, 0444);
MODULE_PARM_DESC(pid, "only this process, or this one thread of it; default 0: all");

static unsigned int ratelimit = 10;
module_param(ratelimit, uint, 0444);
MODULE_PARM_DESC(ratelimit, "lines a second in the kernel log, 0 for no limit; default 10");

static bool with_return;
module_param_named(return, with_return, bool, 0444);
MODULE_PARM_DESC(return, "also the return code and the time taken; default: no");

static unsigned int calls = HANDLE_MM_FAULT_CALLS;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "how many faults return=1 can follow at a time; default 4096");

static bool trace = true;
module_param(trace, bool, 0444);
MODULE_PARM_DESC(trace, "make the stream and switch it on at once; default: yes");

static struct trace_array *stream; /* or NULL */
static struct ratelimit_state log_limit;
/* Faults that matched: seen is logged and not_logged; traced ones are among both. */
static atomic_long_t seen, logged, not_logged, traced;
static atomic_long_t untold; /* of not_logged: those that the log does not mention yet */

static bool is_wanted(void)
{
	if (pid && current->tgid != pid && current->pid != pid)
		return false;
	/* The kernel cuts names to 15 characters, so it may not know the end of ours. */
	return !comm || !*comm || strncmp(current->comm, comm, TASK_COMM_LEN - 1) == 0;
}

static bool may_log(void)
{
	if (__ratelimit(&log_limit)) {
		atomic_long_inc(&logged);
		return true;
	}
	atomic_long_inc(&not_logged);
	atomic_long_inc(&untold);
	return false;
}

/* Before the next line that is logged again: how many were not since the last one. */
static void tell_gap(void)
{
	long gap = atomic_long_xchg(&untold, 0);

	if (gap)
		pr_info(NAME ": %ld faults over ratelimit=%u were not logged\n", gap,
			ratelimit);
}

static int fault_entry(struct kprobe *probe, struct pt_regs *regs)
{
	struct fault_args args;

	if (!is_wanted())
		return 0;
	args = fault_args(regs);
	atomic_long_inc(&seen);
	if (trace_fault_enabled()) {
		atomic_long_inc(&traced);
		trace_fault(&args);
	}
	if (may_log()) {
		tell_gap();
		pr_info(LINE "\n", current->pid, args.address, args.flags, args.vm_start,
			args.vm_end);
	}
	return 0;
}

static struct kprobe entry_probe = {
	.symbol_name = HANDLE_MM_FAULT,
	.pre_handler = fault_entry,
};

struct call {
	struct fault_args args;
	u64 start; /* ns */
};

/* Calls for which this gives nonzero are not followed to their return. */
static int call_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (struct call *)instance->data;

	if (!is_wanted())
		return 1;
	call->args = fault_args(regs);
	call->start = ktime_get_ns();
	return 0;
}

static int call_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct call *call = (struct call *)instance->data;
	const struct fault_args *args = &call->args;
	u64 ns = ktime_get_ns() - call->start;
	unsigned int ret = fault_result(regs);

	atomic_long_inc(&seen);
	if (trace_fault_return_enabled()) {
		atomic_long_inc(&traced);
		trace_fault_return(args, ret, ns);
	}
	if (may_log()) {
		tell_gap();
		pr_info(LINE " ret=0x%x time=%lluns\n", current->pid, args->address, args->flags,
			args->vm_start, args->vm_end, ret, ns);
	}
	return 0;
}

static struct kretprobe return_probe = {
	.kp.symbol_name = HANDLE_MM_FAULT,
	.entry_handler = call_entry,
	.handler = call_return,
	.data_size = sizeof(struct call),
};

static int start_probe(void)
{
	if (!with_return)
		return register_kprobe(&entry_probe);
	return_probe.maxactive = calls;
	return register_kretprobe(&return_probe);
}

/* Waits until no handler runs any more; calls that are followed return untroubled. */
static void stop_probe(void)
{
	if (with_return)
		unregister_kretprobe(&return_probe);
	else
		unregister_kprobe(&entry_probe);
}

static unsigned long count_missed(void)
{
	return with_return ? return_probe.nmissed + return_probe.kp.nmissed : entry_probe.nmissed;
}

static int show_counts(struct seq_file *file, void *unused)
{
	seq_printf(file, "seen       %ld\n", atomic_long_read(&seen));
	seq_printf(file, "logged     %ld\n", atomic_long_read(&logged));
	seq_printf(file, "not_logged %ld\n", atomic_long_read(&not_logged));
	seq_printf(file, "traced     %ld\n", atomic_long_read(&traced));
	seq_printf(file, "missed     %lu\n", count_missed());
	return 0;
}

/*
 * An instance has a buffer of its own: it takes nothing from what others trace, and is of full
 * size from the start, which the common one is only once somebody has used it from outside.
 */
static int open_stream(void)
{
	if (!trace)
		return 0;
#ifdef INSTANCE_HAS_SYSTEMS
	stream = trace_array_get_by_name(NAME, NULL);
#else
	stream = trace_array_get_by_name(NAME);
#endif
	if (!stream) {
		pr_err(NAME ": cannot make instances/" NAME " in tracefs; trace=0 does without\n");
		return -ENOMEM;
	}
	return trace_array_set_clr_event(stream, NAME, NULL, true);
}

/* Whoever has it open keeps it, empty: its events go with this module. */
static void close_stream(void)
{
	if (!stream)
		return;
	trace_array_set_clr_event(stream, NAME, NULL, false);
	trace_array_put(stream);
	trace_array_destroy(stream);
}

static int check_parameters(void)
{
	if (pid < 0) {
		pr_err(NAME ": pid= takes the number of a process, not %d\n", pid);
		return -EINVAL;
	}
	if (ratelimit > INT_MAX) {
		pr_err(NAME ": ratelimit= takes at most %d\n", INT_MAX);
		return -EINVAL;
	}
	if (!calls || calls > HANDLE_MM_FAULT_CALLS_MAX) {
		pr_err(NAME ": calls= takes 1 to %u, not %u\n", HANDLE_MM_FAULT_CALLS_MAX,
		       calls);
		return -EINVAL;
	}
	return 0;
}

static int __init fault_trace_init(void)
{
	int r = check_parameters();

	if (r)
		return r;
	/* An interval of 0 is no limit. That lines were suppressed, tell_gap() says. */
	ratelimit_state_init(&log_limit, ratelimit ? HZ : 0, ratelimit);
	ratelimit_set_flags(&log_limit, RATELIMIT_MSG_ON_RELEASE);
	if (!proc_create_single(NAME, 0444, NULL, show_counts))
		return -ENOMEM;
	r = open_stream();
	if (r)
		goto out;
	r = start_probe();
	if (r) {
		pr_err(NAME ": cannot probe " HANDLE_MM_FAULT ": %d\n", r);
		goto out;
	}
	return 0;
out:
	close_stream();
	remove_proc_entry(NAME, NULL);
	return r;
}

static void __exit fault_trace_exit(void)
{
	stop_probe();
	close_stream();
	remove_proc_entry(NAME, NULL);
	pr_info(NAME ": %ld faults, %ld logged, %ld not logged, %ld traced, %lu missed\n",
		atomic_long_read(&seen), atomic_long_read(&logged), atomic_long_read(&not_logged),
		atomic_long_read(&traced), count_missed());
}

module_init(fault_trace_init);
module_exit(fault_trace_exit);
MODULE_DESCRIPTION("Logs and traces the page faults that the kernel handles");
MODULE_AUTHOR("The cr2 authors");
MODULE_LICENSE("GPL");
