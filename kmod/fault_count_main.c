// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_count: how many page faults each process took, as /proc/fault_count.
 *
 * A kretprobe on handle_mm_fault() sees each attempt: its flags at entry, and at the return
 * whether it completed, failed, or has to be made again (VM_FAULT_RETRY) because the lock was
 * given up while it waited, or because it was made under the mapping's own lock and needs the
 * whole address space's (Linux 6.4 and later). Only a completed one is a fault. What is minor and
 * what is major is decided as the kernel does it for getrusage(2), so that the counts agree.
 *
 * This file is the probe and the file in /proc; fault_table.c counts.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "fault_table.h"
#include "handle_mm_fault.h"

#define NAME "fault_count"
#define PROCESSES_MAX 1048576

static unsigned int processes = 4096;
module_param(processes, uint, 0444);
MODULE_PARM_DESC(processes, "how many processes are kept apart; default 4096");

static unsigned int calls = HANDLE_MM_FAULT_CALLS;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "how many faults can be under way without one being missed; default 4096");

/* The probe. */

struct call {
	unsigned int flags;
};

static int call_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (struct call *)instance->data;

	call->flags = fault_args(regs).flags;
	return 0;
}

/* A retried fault is major even if its last attempt finds what the first one waited for. */
static struct fault_counts judge(unsigned int flags, unsigned int ret)
{
	bool major = (ret & VM_FAULT_MAJOR) || (flags & FAULT_FLAG_TRIED);
	bool user = flags & FAULT_FLAG_USER;

	if (ret & VM_FAULT_RETRY)
		return (struct fault_counts){.retried = 1};
	if (ret & VM_FAULT_ERROR)
		return (struct fault_counts){.failed = 1};
	return (struct fault_counts){
		.minor = !major,
		.major = major,
		.user = user,
		.kernel = !user,
	};
}

static int call_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct call *call = (struct call *)instance->data;
	struct fault_counts fault = judge(call->flags, fault_result(regs));

	fault_table_count(&fault);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = HANDLE_MM_FAULT,
	.entry_handler = call_entry,
	.handler = call_return,
	.data_size = sizeof(struct call),
};

/* The order of the table. */

enum order {
	ORDER_PID,
	ORDER_TOTAL,
	ORDER_MINOR,
	ORDER_MAJOR,
	ORDER_USER,
	ORDER_KERNEL,
	ORDER_RETRIED,
	ORDER_FAILED,
};

static const char *const orders[] = {
	[ORDER_PID] = "pid",
	[ORDER_TOTAL] = "total",
	[ORDER_MINOR] = "minor",
	[ORDER_MAJOR] = "major",
	[ORDER_USER] = "user",
	[ORDER_KERNEL] = "kernel",
	[ORDER_RETRIED] = "retried",
	[ORDER_FAILED] = "failed",
};

static enum order order;

static u64 key_of(const struct fault_counts *counts, enum order by)
{
	switch (by) {
	case ORDER_PID:
		return 0;
	case ORDER_TOTAL:
		return counts->minor + counts->major;
	case ORDER_MINOR:
		return counts->minor;
	case ORDER_MAJOR:
		return counts->major;
	case ORDER_USER:
		return counts->user;
	case ORDER_KERNEL:
		return counts->kernel;
	case ORDER_RETRIED:
		return counts->retried;
	case ORDER_FAILED:
		return counts->failed;
	}
	return 0;
}

/* Most first, and those with as many by their numbers. */
static int compare(const void *a, const void *b, const void *by)
{
	const struct fault_row *x = a, *y = b;
	u64 m = key_of(&x->counts, *(const enum order *)by);
	u64 n = key_of(&y->counts, *(const enum order *)by);

	return m == n ? x->pid - y->pid : m < n ? 1 : -1;
}

static int set_order(const char *name)
{
	int i = sysfs_match_string(orders, name);

	if (i < 0)
		return i;
	WRITE_ONCE(order, i);
	return 0;
}

static int set_order_parameter(const char *name, const struct kernel_param *unused)
{
	return set_order(name);
}

static int get_order_parameter(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%s\n", orders[READ_ONCE(order)]);
}

static const struct kernel_param_ops order_ops = {
	.set = set_order_parameter,
	.get = get_order_parameter,
};
module_param_cb(sort, &order_ops, NULL, 0644);
MODULE_PARM_DESC(sort, "pid (default), total, minor, major, user, kernel, retried or failed");

/* The file: each opening takes a picture of the table, which is then read at leisure. */

struct picture {
	size_t n;
	bool was_read; /* to its end */
	struct fault_limits limits;
	struct fault_row rows[];
};

static void *row_at(struct picture *picture, loff_t at)
{
	return picture && at < picture->n ? &picture->rows[at] : NULL;
}

/*
 * Asked for what is behind the last row, everything before it has reached the reader. Who only
 * writes has no picture, but may seek, and that starts here, too.
 */
static void *start_rows(struct seq_file *file, loff_t *at)
{
	struct picture *picture = file->private;

	if (*at == 0)
		return picture ? SEQ_START_TOKEN : NULL;
	if (picture && *at > picture->n)
		picture->was_read = true;
	return row_at(picture, *at - 1);
}

static void *next_row(struct seq_file *file, void *row, loff_t *at)
{
	return row_at(file->private, (*at)++);
}

static void stop_rows(struct seq_file *file, void *row)
{
}

static void show_head(struct seq_file *file, const struct picture *picture)
{
	seq_printf(file, "# %zu of %u places taken; others: %llu ended processes that made room,",
		   picture->n - 1, fault_table_size(), picture->limits.moved);
	seq_printf(file, " %llu faults of processes without a place\n", picture->limits.homeless);
	seq_printf(file, "# %lu attempts missed by the probe\n",
		   (unsigned long)probe.nmissed + probe.kp.nmissed);
	seq_printf(file, "%7s %9s %7s %9s %7s %7s %7s %-5s %s\n", "PID", "MINOR", "MAJOR", "USER",
		   "KERNEL", "RETRIED", "FAILED", "STATE", "COMM");
}

static void show_process(struct seq_file *file, const struct fault_row *row)
{
	const struct fault_counts *c = &row->counts;

	seq_printf(file, "%7d %9llu %7llu %9llu %7llu %7llu %7llu %-5s ", row->pid, c->minor,
		   c->major, c->user, c->kernel, c->retried, c->failed,
		   !row->pid ? "-" : row->ended ? "ended" : "runs");
	seq_escape_str(file, row->comm, ESCAPE_SPACE | ESCAPE_SPECIAL, "\n\\");
	seq_putc(file, '\n');
}

static int show_row(struct seq_file *file, void *row)
{
	if (row == SEQ_START_TOKEN)
		show_head(file, file->private);
	else
		show_process(file, row);
	return 0;
}

static const struct seq_operations rows_ops = {
	.start = start_rows,
	.next = next_row,
	.stop = stop_rows,
	.show = show_row,
};

static int take_picture(struct seq_file *file)
{
	struct picture *picture;
	enum order by = READ_ONCE(order);

	picture = kvzalloc(struct_size(picture, rows, fault_table_size() + 1), GFP_KERNEL);
	if (!picture)
		return -ENOMEM;
	picture->n = fault_table_read(picture->rows, &picture->limits);
	/* The last row is others and stays there. */
	sort_r(picture->rows, picture->n - 1, sizeof(picture->rows[0]), compare, NULL, &by);
	file->private = picture;
	return 0;
}

static int open_counts(struct inode *inode, struct file *file)
{
	int r;

	/* To write takes no picture. */
	r = seq_open(file, &rows_ops);
	if (r == 0 && (file->f_mode & FMODE_READ)) {
		r = take_picture(file->private_data);
		if (r)
			seq_release(inode, file);
	}
	return r;
}

static void drop_ended(const struct picture *picture)
{
	for (size_t i = 0; i < picture->n; i++)
		if (picture->rows[i].ended)
			fault_table_drop(&picture->rows[i]);
}

static int release_counts(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct picture *picture = seq->private;

	if (picture && picture->was_read)
		drop_ended(picture);
	kvfree(picture);
	return seq_release(inode, file);
}

static int obey(char *command)
{
	if (!*command || !strcmp(command, "0") || !strcmp(command, "reset")) {
		fault_table_reset();
		return 0;
	}
	return strncmp(command, "sort=", 5) ? -EINVAL : set_order(command + 5);
}

static ssize_t write_counts(struct file *file, const char __user *data, size_t n, loff_t *at)
{
	char command[32];
	int r;

	if (n >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, data, n))
		return -EFAULT;
	command[n] = '\0';
	r = obey(strim(command));
	return r < 0 ? r : n;
}

static const struct proc_ops counts_ops = {
	.proc_open = open_counts,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = release_counts,
	.proc_write = write_counts,
};

static int check_parameters(void)
{
	if (!processes || processes > PROCESSES_MAX) {
		pr_err("processes= takes 1 to %u, not %u\n", PROCESSES_MAX, processes);
		return -EINVAL;
	}
	if (!calls || calls > HANDLE_MM_FAULT_CALLS_MAX) {
		pr_err("calls= takes 1 to %u, not %u\n", HANDLE_MM_FAULT_CALLS_MAX, calls);
		return -EINVAL;
	}
	return 0;
}

static int __init fault_count_init(void)
{
	int r = check_parameters();

	if (r == 0)
		r = fault_table_init(processes);
	if (r)
		return r;
	probe.maxactive = calls;
	r = register_kretprobe(&probe);
	if (r) {
		pr_err("cannot probe " HANDLE_MM_FAULT ": %d\n", r);
		goto out_table;
	}
	if (!proc_create(NAME, 0600, NULL, &counts_ops)) {
		r = -ENOMEM;
		goto out_probe;
	}
	return 0;
out_probe:
	unregister_kretprobe(&probe);
out_table:
	fault_table_finish();
	return r;
}

/*
 * Each line waits for those that are in what it takes away: the file's readers, whose files
 * are closed for them, then the probe's handlers.
 */
static void __exit fault_count_exit(void)
{
	remove_proc_entry(NAME, NULL);
	unregister_kretprobe(&probe);
	fault_table_finish();
}

module_init(fault_count_init);
module_exit(fault_count_exit);
MODULE_DESCRIPTION("Counts page faults by process");
MODULE_AUTHOR("The cr2 authors");
MODULE_LICENSE("GPL");
