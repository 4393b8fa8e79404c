// SPDX-License-Identifier: GPL-2.0-only
/*
 * mistake: what is written to /proc/mistake is the name of a mistake, which kills its writer.
 * test-mistakes.c looks for the lines that are marked with "here", and asserts that what the
 * kernel says leads to them.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>

/* Neither made one with another of the same code, nor copied for what a caller is known to give. */
#define apart __attribute__((noipa))

struct thing {
	long before[3];
	long member;
};

static apart void null_read(struct thing *thing)
{
	READ_ONCE(thing->member); /* here: null_read */
}

static apart void null_write(struct thing *thing)
{
	WRITE_ONCE(thing->before[0], 1); /* here: null_write */
}

static apart void non_canonical(struct thing *thing)
{
	READ_ONCE(thing->before[1]); /* here: non_canonical */
}

static apart void beyond_memory(struct thing *thing)
{
	READ_ONCE(thing->before[2]); /* here: beyond_memory */
}

static apart void write_to_text(long *text)
{
	WRITE_ONCE(*text, 2); /* here: write_to_text */
}

static apart void write_to_rodata(long *rodata)
{
	WRITE_ONCE(*rodata, 3); /* here: write_to_rodata */
}

static apart void jump(void (*to)(void))
{
	to(); /* here: jump */
	barrier(); /* so that it is a call, and not a jump that leaves no trace */
}

/* The compiler knows none of these. */
static struct thing *volatile null;
static struct thing *volatile poison = (struct thing *)0x6b6b6b6b6b6b6b6b;
static struct thing *volatile beyond = (struct thing *)0xffffe00000001000;
static long data[8] = {1};
static const long constant[8] = {1};

static int make(const char *name)
{
	if (strcmp(name, "null_read") == 0)
		null_read(null);
	else if (strcmp(name, "null_write") == 0)
		null_write(null);
	else if (strcmp(name, "non_canonical") == 0)
		non_canonical(poison);
	else if (strcmp(name, "beyond_memory") == 0)
		beyond_memory(beyond);
	else if (strcmp(name, "write_to_text") == 0)
		write_to_text((long *)write_to_text);
	else if (strcmp(name, "write_to_rodata") == 0)
		write_to_rodata((long *)constant);
	else if (strcmp(name, "jump_to_null") == 0)
		jump((void (*)(void))null);
	else if (strcmp(name, "jump_to_data") == 0)
		jump((void (*)(void))data);
	return -EINVAL;
}

static ssize_t mistake_write(struct file *file, const char __user *from, size_t n, loff_t *offset)
{
	char name[32] = "";

	if (n >= sizeof(name) || copy_from_user(name, from, n))
		return -EINVAL;
	return make(name);
}

static const struct proc_ops mistake_ops = {.proc_write = mistake_write};

static int __init mistake_init(void)
{
	return proc_create("mistake", 0200, NULL, &mistake_ops) ? 0 : -ENOMEM;
}

static void __exit mistake_exit(void)
{
	remove_proc_entry("mistake", NULL);
}

module_init(mistake_init);
module_exit(mistake_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kills who asks for it, for tests of cr2 decode log");
