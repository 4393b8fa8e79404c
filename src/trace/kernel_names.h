/* SPDX-License-Identifier: MIT */
/* The running kernel's functions, as /proc/kallsyms has them: read once, when the first is asked for. */
#ifndef TRACE_KERNEL_NAMES_H
#define TRACE_KERNEL_NAMES_H

#include <cr2/base.h>

struct kernel_name {
	uint64_t start, end;
	size_t name; /* where it is in text */
};
struct kernel_names { /* all zero: not read yet */
	bool read;
	bool hidden; /* the kernel shows no addresses: kernel.kptr_restrict */
	size_t n, capacity;
	struct kernel_name *items; /* by start */
	struct cr2_text text;
};
/* The function around an address: false: not known. */
bool kernel_names_find(struct kernel_names *names, uint64_t address, struct kernel_name *ret_name);
void kernel_names_finish(struct kernel_names *names);

/* For tests: of lines as the file has them. 0 or -ENOMEM. */
int kernel_names_add(struct kernel_names *names, const char *line);
void kernel_names_sort(struct kernel_names *names);

#endif
