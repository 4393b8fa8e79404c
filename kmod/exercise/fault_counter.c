// SPDX-License-Identifier: GPL-2.0-only
/*
 * An exercise: count the page faults of each process. When this module is loaded, /proc/fault_counter is to have a line
 * "PID COUNT" for every process that took a fault since then, with as many as the kernel itself counts for it (what
 * getrusage() calls minor and major faults).
 *
 *	cr2 learn counter FOLDER	builds it, loads it in a virtual machine, and sets its counts beside the kernel's
 *
 * handle_mm_fault() is the kernel's way into every fault of a user's address:
 *
 *	vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
 *				   unsigned int flags, struct pt_regs *regs);
 *
 * A kprobe is called at its first instruction, a kretprobe when it returns too (regs_return_value(regs)). Both run with
 * preemption off: nothing in them may sleep, wait or touch a user's memory.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

/* TODO: a table of counts by process. What protects it when two CPUs count at once? */

/* TODO: a probe on handle_mm_fault() that counts. Whose fault is it? Is every call one fault? */

static int show(struct seq_file *file, void *unused)
{
	/* TODO: a line for each process: seq_printf(file, "%d %llu\n", pid, count) */
	return 0;
}

static int __init begin(void)
{
	/* TODO: register the probe; what if that fails? */
	return proc_create_single("fault_counter", 0444, NULL, show) ? 0 : -ENOMEM;
}

static void __exit end(void)
{
	/* TODO: in which order? Nobody may call what is no longer there. */
	remove_proc_entry("fault_counter", NULL);
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("page faults by process: an exercise");
