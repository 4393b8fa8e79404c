/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's memory, a word at a time. Some thirty words are read of each fault: since 6.2 a word can be
 * read by a plain load, which is checked when it fails; before, each takes a call.
 */
#ifndef TRACE_BPF_WORD_H
#define TRACE_BPF_WORD_H

const volatile __u8 trace_can_cast = 0; /* there is bpf_rdonly_cast() */

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* false: unreadable. A load cannot tell: it reads 0 then. */
static __always_inline bool read_word(__u64 at, __u64 *ret_word)
{
	__u64 word = 0;

	if (trace_can_cast) {
		/* What it is does not matter: it begins with an unsigned long. */
		struct pt_regs *words = bpf_rdonly_cast((void *)at, bpf_core_type_id_kernel(struct pt_regs));

		*ret_word = words->r15;
		return true;
	}
	if (bpf_probe_read_kernel(&word, sizeof(word), (void *)at))
		return false;
	*ret_word = word;
	return true;
}

static __always_inline __u64 word_at(__u64 at)
{
	__u64 word = 0;

	read_word(at, &word);
	return word;
}

/* A member of a struct of the kernel, which begins at `base`. */
#define WORD_OF(type, base, member) word_at((__u64)(base) + bpf_core_field_offset(type, member))
/* One that is smaller than a word: in the low bits, below others. */
#define PART_OF(type, base, member) part_at((__u64)(base), bpf_core_field_offset(type, member))

static __always_inline __u64 part_at(__u64 base, __u64 offset)
{
	return word_at(base + (offset & ~7ULL)) >> ((offset & 7) * 8);
}

#endif
