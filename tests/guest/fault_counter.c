// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a learner may hand in for `cr2 learn counter`: right, or with one of the mistakes that MISTAKE names.
 * A table of so many processes as these tests have is enough.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#define THREADS 1
#define RETRIED 2
#define FAILED 3
#define USER_ONLY 4
#define ONE_FOR_ALL 5
#define CRASH 6
#define STAYS 7
#define NO_FILE 8
#define HANGS 9

#ifndef MISTAKE
#define MISTAKE 0
#endif

#define PROCESSES 4096

static struct {
	pid_t pid;
	u64 count;
} table[PROCESSES];
static unsigned int used;
static DEFINE_SPINLOCK(lock);

static void count(pid_t pid)
{
	unsigned long flags;
	unsigned int i = 0;

	if (MISTAKE == ONE_FOR_ALL)
		pid = 1;
	spin_lock_irqsave(&lock, flags);
	while (i < used && table[i].pid != pid)
		i++;
	if (i < PROCESSES) {
		table[i].pid = pid;
		table[i].count++;
		used = max(used, i + 1);
	}
	spin_unlock_irqrestore(&lock, flags);
}

static int at_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned int ret = (unsigned int)regs_return_value(regs);

	if ((ret & VM_FAULT_RETRY) && MISTAKE != RETRIED)
		return 0;
	if ((ret & VM_FAULT_ERROR) && MISTAKE != FAILED)
		return 0;
	if (MISTAKE == CRASH)
		*(volatile int *)8 = 1;
	count(MISTAKE == THREADS ? current->pid : current->tgid);
	return 0;
}

/* 1: not followed to its return. */
static int at_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	return MISTAKE == USER_ONLY && !(regs_get_kernel_argument(regs, 2) & FAULT_FLAG_USER);
}

static struct kretprobe probe = {
	.kp.symbol_name = "handle_mm_fault",
	.entry_handler = at_entry,
	.handler = at_return,
	.maxactive = 64,
};

static int show(struct seq_file *file, void *unused)
{
	unsigned int i;

	seq_puts(file, "PID COUNT\n");
	for (i = 0; i < used; i++)
		seq_printf(file, "%d %llu\n", table[i].pid, table[i].count);
	return 0;
}

static int __init begin(void)
{
	while (MISTAKE == HANGS)
		cpu_relax();
	if (MISTAKE != NO_FILE && !proc_create_single("fault_counter", 0444, NULL, show))
		return -ENOMEM;
	return register_kretprobe(&probe);
}

static void __exit end(void)
{
	unregister_kretprobe(&probe);
	if (MISTAKE != STAYS && MISTAKE != NO_FILE)
		remove_proc_entry("fault_counter", NULL);
}

module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("page faults by process, for tests");
