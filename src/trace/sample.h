/* SPDX-License-Identifier: MIT */
/*
 * What is read of one page fault while it happens: the entry and its page before and after, the
 * mapping, the clock. Filled in the kernel (bpf/), so without pointers, text and floats.
 */
#ifndef TRACE_SAMPLE_H
#define TRACE_SAMPLE_H

#include <cr2/tables.h>

/* An entry, as the walk found it. */
struct trace_entry {
	uint64_t value;
	uint8_t level; /* enum cr2_level where the walk ended; 0: none was made */
	uint8_t near; /* present entries among the 16 of its aligned 64 KiB */
	uint8_t kind; /* enum cr2_trace_page_kind */
	uint8_t order; /* of the folio, 0: 4 KiB */
	uint32_t refs; /* the folio's reference count */
	int32_t maps; /* its map count: of the frame where it is small, of all of it where large */
	uint8_t exclusive; /* PG_anon_exclusive */
	uint8_t spare[3];
};

struct trace_vma {
	uint64_t start, end; /* 0: not found */
	uint64_t flags;
	uint64_t offset; /* in the file, in pages */
	uint64_t inode;
	uint64_t size; /* of the file, bytes; only where calls are followed too */
	uint32_t device; /* as the kernel numbers it: major << 20 | minor */
	uint8_t kind; /* enum cr2_trace_mapping */
	uint8_t userfaultfd;
	uint8_t late; /* found only after the fault: a stack that grew, or one that came meanwhile */
	uint8_t page_shift; /* HUGETLB: of its pages; only where calls are followed too */
};

#define TRACE_REGISTERS 21
#define TRACE_REGISTER_CS 17
#define TRACE_REGISTER_SP 19
#define TRACE_CHAIN_BYTES (127 * 8) /* what the kernel itself follows at most */
#define TRACE_STACK_BYTES (60 << 10) /* at most: a record of perf's holds 64 KiB */

#define TRACE_COMM 16
#define TRACE_NAME 32
struct trace_sample {
	uint64_t time; /* CLOCK_MONOTONIC, ns: when it was settled */
	uint64_t ns; /* from the exception to then */
	uint64_t addr, ip, error;
	uint64_t mm; /* equal: the same address space */
	struct trace_entry before, after;
	struct trace_vma vma;
	uint32_t tgid, tid;
	uint32_t cpu;
	uint32_t slept; /* how often the thread gave up the CPU meanwhile */
	uint32_t by_reference; /* faults before it that only took a reference */
	uint8_t path; /* enum cr2_path */
	uint8_t ended; /* the kernel counted it as a fault */
	uint8_t major;
	uint8_t kernel; /* taken in kernel mode */
	uint8_t signal, code; /* that it ended in; 0: none */
	uint8_t spare[2];
	char comm[TRACE_COMM]; /* this and what follows: where names were asked for */
	char name[TRACE_NAME]; /* the file's last component; empty: none, or not asked for */
};

/* As much of it as a recording keeps: what is streamed costs by the cache line, and this is one. */
struct trace_brief {
	uint64_t time, ns, addr, ip;
	uint32_t tgid, tid, error;
	uint32_t zeroed, copied;
	int32_t maps; /* before */
	uint8_t path, mapping;
	uint8_t before, after;
	uint8_t before_level : 4, after_level : 4;
	uint8_t order;
	uint8_t major : 1, kernel : 1;
	uint8_t spare;
};
_Static_assert(sizeof(struct trace_brief) == 64, "a brief fault is a cache line");
/*
 * Each CPU has room of its own for some, which it shares with the reader: without a lock, and so little that it stays in
 * the caches. What finds no room waits in the ring. Both numbers only grow; each side writes one, in a cache line of its own.
 */
#define TRACE_LANE 4096
struct trace_lane {
	uint64_t written;
	uint64_t spare[7];
	uint64_t read;
	uint64_t rest[7];
	struct trace_brief briefs[TRACE_LANE];
};

/*
 * What follows a sample with its names where it was asked for: the stack, as addresses or as a copy
 * to be unwound later.
 */
struct trace_more {
	uint64_t cgroup;
	uint32_t kernel_bytes, user_bytes; /* of addresses in tail: in the kernel, then in the program */
	uint32_t stack_bytes; /* of a copy from the stack pointer on, which stands in the latter's place */
	uint32_t spare;
	uint64_t registers[TRACE_REGISTERS]; /* the program's, as struct pt_regs has them */
	/* then the tail */
};

/*
 * What changed an address space between faults: a system call that returned, a process made, a program
 * begun, an address space that is gone. Shorter than a sample, by which it is told from one.
 */
#define TRACE_CALL_ARGS 6
struct trace_call {
	uint64_t time; /* CLOCK_MONOTONIC, ns: when it was done */
	uint64_t mm;
	uint64_t child_mm; /* of FORK */
	uint64_t args[TRACE_CALL_ARGS]; /* of EXEC: where its arguments, its heap and its stack begin, the heap's end */
	int64_t result; /* of a call that takes pages away 0 when it begins, and, when it has returned: */
#define TRACE_CALL_RETURNED 1
	uint64_t inode, size; /* of the file that was mapped, or cut */
	uint32_t device;
	uint32_t tgid, tid;
	uint32_t child; /* of FORK: its number */
	uint32_t number; /* of the system call */
	uint32_t by_reference; /* pages that came by reference alone since what the thread did before */
	uint8_t kind; /* enum cr2_call_kind */
	uint8_t mapping; /* enum cr2_trace_mapping, of what was mapped */
	uint8_t page_shift; /* the same */
	uint8_t spare[5];
};

/* Facts of the running kernel that the decision needs. */
struct trace_kernel {
	uint32_t migration_types, marker_types; /* swap types, a bit each */
	uint32_t broken_types; /* hwpoison, a failed swap-in */
	uint32_t swap_types; /* places in swap */
	uint8_t no_zero_page; /* a read of fresh memory gets a page of its own */
	uint8_t la57;
	uint8_t uffd_minor; /* the bit of VM_UFFD_MINOR; 0: not known */
	uint8_t spare;
};

#endif
