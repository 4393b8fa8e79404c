/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping around an address: the maple tree of the address space, since 6.1, searched by hand,
 * since what the kernel offers for it takes locks that a fault may already hold.
 */
#ifndef TRACE_BPF_VMA_H
#define TRACE_BPF_VMA_H

const volatile __u8 trace_names = 0; /* read the files' names too */
const volatile __u8 trace_calls = 0; /* and what changes mappings between faults, and the files' sizes */

#define MAPLE_NODE 256 /* bytes, and the alignment of a node */
#define MAPLE_LEAF 1
#define MAPLE_ARANGE 3
#define MAPLE_DEPTH 6
#define TMPFS_MAGIC 0x01021994

/*
 * In which slot of a node the page lies: how many of its pivots are below it. Pivots are the
 * last byte of a range, so they compare by their pages. Without a branch on what the node holds,
 * since the verifier would follow both sides of each.
 */
#define COUNT_BELOW(pivots)                                            \
	do {                                                           \
		_Pragma("unroll") for (int i = 0; i < (pivots); i++) { \
			__u64 below = (node[1 + i] >> CR2_PAGE_SHIFT) - page, in = (__u64)i - end; \
			barrier_var(below);                            \
			barrier_var(in);                               \
			slot += (below & in) >> 63;                    \
		}                                                      \
	} while (0)

/*
 * node: room for MAPLE_NODE bytes. *ret_last: the last page around that has the same mapping, or none as well; 0:
 * the tree was just being changed.
 */
static __always_inline struct vm_area_struct *find_range(struct mm_struct *mm, __u64 addr, __u64 *node, __u64 *ret_last)
{
	__u64 encoded = (__u64)mm->mm_mt.ma_root, page = addr >> CR2_PAGE_SHIFT, last = ~0ULL >> CR2_PAGE_SHIFT;

	*ret_last = 0;
	/* A tree of one range, or none: no address space that runs programs. */
	if ((encoded & 3) != 2 || encoded < 4096)
		return NULL;
	for (int depth = 0; depth < MAPLE_DEPTH; depth++) {
		__u64 type = (encoded >> 3) & 15, slot = 0, end, at = encoded & ~(MAPLE_NODE - 1ULL);

		if (bpf_probe_read_kernel(node, MAPLE_NODE, (void *)at))
			return NULL;
		if (node[0] == at) /* its own parent: it was just replaced */
			return NULL;
		if (type == MAPLE_ARANGE) {
			end = ((__u8 *)node)[240];
			COUNT_BELOW(9);
			encoded = node[(10 + slot) & 31];
		} else {
			/* The last slot's place says how many there are, while the last pivot is 0. */
			end = 15;
			if (!node[15])
				end = ((__u8 *)node)[248];
			barrier_var(end);
			COUNT_BELOW(15);
			encoded = node[(16 + slot) & 31];
		}
		/* The last slot has its parent's end. */
		if (slot < end)
			last = node[(1 + slot) & 31] >> CR2_PAGE_SHIFT;
		if (type == MAPLE_LEAF) {
			*ret_last = last;
			return (void *)encoded;
		}
		if (!encoded)
			return NULL;
	}
	return NULL;
}

static __always_inline struct vm_area_struct *find_vma(struct mm_struct *mm, __u64 addr, __u64 *node)
{
	__u64 last;

	return find_range(mm, addr, node, &last);
}

/* Whatever changes a mapping changes this number: with the same one, what was read still holds. */
static __always_inline bool mm_sequence(struct mm_struct *mm, __u32 *ret_sequence)
{
	if (bpf_core_field_exists(((struct mm_struct___seqcount *)mm)->mm_lock_seq.sequence)) {
		*ret_sequence = ((struct mm_struct___seqcount *)mm)->mm_lock_seq.sequence;
		return true;
	}
	if (bpf_core_field_exists(((struct mm_struct___int *)mm)->mm_lock_seq)) {
		*ret_sequence = ((struct mm_struct___int *)mm)->mm_lock_seq;
		return true;
	}
	return false;
}

static __always_inline __u8 anonymous_kind(struct mm_struct *mm, const struct trace_vma *vma)
{
	__u64 stack = mm->start_stack;

	if (vma->start < mm->brk && vma->end > mm->start_brk)
		return CR2_TRACE_MAPPING_HEAP;
	return vma->start <= stack && stack < vma->end ? CR2_TRACE_MAPPING_STACK :
							 CR2_TRACE_MAPPING_ANON;
}

static __always_inline void read_file(__u64 file, struct trace_vma *o, char *ret_name)
{
	__u64 inode = WORD_OF(struct file, file, f_inode), super = WORD_OF(struct inode, inode, i_sb);

	o->inode = WORD_OF(struct inode, inode, i_ino);
	o->device = PART_OF(struct super_block, super, s_dev);
	if (trace_calls)
		o->size = WORD_OF(struct inode, inode, i_size);
	if (trace_calls && o->flags & TRACE_VM_HUGETLB)
		o->page_shift = (__u8)PART_OF(struct super_block, super, s_blocksize_bits);
	o->kind = WORD_OF(struct super_block, super, s_magic) == TMPFS_MAGIC ? CR2_TRACE_MAPPING_SHMEM :
									       CR2_TRACE_MAPPING_FILE;
	if (trace_names)
		bpf_probe_read_kernel_str(ret_name, TRACE_NAME,
					  BPF_CORE_READ((struct file *)file, f_path.dentry, d_name.name));
}

/* A device's memory, or the kernel's. On older kernels a file on DAX is mixed too: in no page cache, so not to be replayed. */
static __always_inline bool is_special(__u64 file, __u64 flags)
{
	return !file || flags & (trace_calls ? TRACE_VM_PFNMAP | TRACE_VM_MIXEDMAP : TRACE_VM_PFNMAP);
}

static __always_inline bool read_vma(struct mm_struct *mm, struct vm_area_struct *vma, __u64 addr,
				     struct trace_vma *o, char *ret_name)
{
	__u64 file, ops;

	o->start = o->end = o->flags = o->offset = o->inode = o->size = 0;
	o->device = 0;
	o->kind = CR2_TRACE_MAPPING_UNKNOWN;
	o->userfaultfd = 0;
	o->page_shift = 0;
	ret_name[0] = 0;
	if (!vma)
		return false;
	o->start = WORD_OF(struct vm_area_struct, vma, vm_start);
	o->end = WORD_OF(struct vm_area_struct, vma, vm_end);
	if (addr < o->start || addr >= o->end) {
		o->start = o->end = 0;
		return false;
	}
	o->flags = WORD_OF(struct vm_area_struct, vma, vm_flags);
	o->offset = WORD_OF(struct vm_area_struct, vma, vm_pgoff);
	file = WORD_OF(struct vm_area_struct, vma, vm_file);
	ops = WORD_OF(struct vm_area_struct, vma, vm_ops);
	if (bpf_core_field_exists(vma->vm_userfaultfd_ctx.ctx))
		o->userfaultfd = WORD_OF(struct vm_area_struct, vma, vm_userfaultfd_ctx.ctx) != 0;
	if (file)
		read_file(file, o, ret_name);
	if (o->flags & TRACE_VM_HUGETLB)
		o->kind = CR2_TRACE_MAPPING_HUGETLB;
	else if (!ops)
		o->kind = anonymous_kind(mm, o);
	else if (is_special(file, o->flags))
		o->kind = CR2_TRACE_MAPPING_SPECIAL;
	return true;
}

#endif
