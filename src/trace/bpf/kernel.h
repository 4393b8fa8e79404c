/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types, as far as they are read here. libbpf finds the members in the running
 * kernel's own type information (CO-RE), so their order and what else there is does not matter. A
 * name after three underscores is of a kernel that has that member in another form.
 */
#ifndef TRACE_BPF_KERNEL_H
#define TRACE_BPF_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;

/* Of linux/bpf.h, which cannot be had without the headers of a C library. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
	BPF_F_USER_STACK = 1 << 8,
	BPF_F_MMAPABLE = 1 << 10,
};
struct bpf_raw_tracepoint_args {
	__u64 args[0];
};
struct bpf_perf_event_data {
	__u64 regs[21];
	__u64 sample_period;
	__u64 addr;
};

#define KERNEL_TYPE __attribute__((preserve_access_index))

struct pt_regs {
	unsigned long r15, r10, r9, r8, dx, si, di, orig_ax, ip, cs, sp;
} KERNEL_TYPE;

struct maple_tree {
	void *ma_root;
} KERNEL_TYPE;

typedef struct {
	int counter;
} KERNEL_TYPE atomic_t;

struct mm_struct {
	void *pgd;
	atomic_t mm_users;
	struct maple_tree mm_mt;
	unsigned long end_code, start_brk, brk, start_stack, arg_start, def_flags;
} KERNEL_TYPE;
/* Whether it may be dumped: in the lowest bits of a word, which is a bitmap since 6.18. */
struct mm_struct___word {
	unsigned long flags;
} KERNEL_TYPE;
struct mm_flags {
	unsigned long word;
} KERNEL_TYPE;
struct mm_struct___bitmap {
	struct mm_flags flags;
} KERNEL_TYPE;
/* Counts what changes the mappings: an int since 6.4, a seqcount_t since 6.13. */
struct mm_struct___int {
	int mm_lock_seq;
} KERNEL_TYPE;
struct seqcount {
	unsigned int sequence;
} KERNEL_TYPE;
struct mm_struct___seqcount {
	struct seqcount mm_lock_seq;
} KERNEL_TYPE;

struct pid_namespace;
struct upid {
	int nr;
	struct pid_namespace *ns;
} KERNEL_TYPE;
struct pid {
	unsigned int level;
	struct upid numbers[1];
} KERNEL_TYPE;

struct signal_struct {
	struct pid *pids[4];
} KERNEL_TYPE;

struct list_head {
	struct list_head *next;
} KERNEL_TYPE;

struct task_struct {
	struct list_head children, sibling;
	struct mm_struct *mm;
	unsigned long min_flt, maj_flt, nvcsw;
	unsigned int flags;
	int pagefault_disabled;
	int pid, tgid;
	__u64 start_time;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct files_struct *files;
	char comm[16];
} KERNEL_TYPE;

struct super_block {
	unsigned int s_dev;
	unsigned char s_blocksize_bits;
	unsigned long s_magic;
} KERNEL_TYPE;
struct address_space {
	unsigned long nrpages;
} KERNEL_TYPE;
struct inode {
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	long long i_size;
} KERNEL_TYPE;
struct qstr {
	const unsigned char *name;
} KERNEL_TYPE;
struct dentry {
	struct qstr d_name;
} KERNEL_TYPE;
struct path {
	struct dentry *dentry;
} KERNEL_TYPE;
struct file {
	struct inode *f_inode;
	struct path f_path;
} KERNEL_TYPE;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} KERNEL_TYPE;
struct files_struct {
	struct fdtable *fdt;
} KERNEL_TYPE;

struct vm_userfaultfd_ctx {
	void *ctx;
} KERNEL_TYPE;
struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags, vm_pgoff;
	struct file *vm_file;
	void *vm_ops;
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
} KERNEL_TYPE;

struct page {
	unsigned long compound_head;
	void *mapping;
	atomic_t _mapcount, _refcount;
} KERNEL_TYPE;
/* The second struct page of a large folio holds its order: a byte of its own before 6.6. */
struct page___order {
	unsigned char compound_order;
} KERNEL_TYPE;
struct folio___large {
	atomic_t _large_mapcount;
} KERNEL_TYPE;
enum pageflags {
	PG_head = 6,
	PG_swapbacked = 17,
	PG_anon_exclusive = 11,
};

struct kernel_siginfo {
	int si_code;
} KERNEL_TYPE;

#endif
