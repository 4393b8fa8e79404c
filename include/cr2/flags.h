/* SPDX-License-Identifier: MIT */
/*
 * Words of flags taken apart: error codes, vm_flags, fault flags, vm_fault_t and page-table
 * entries. The bits stand in .def tables under cr2/tables/; what no row knows is reported as
 * raw rest, never dropped.
 *
 * A kernel is given as major * 1000 + minor, such as 6012 for 6.12; 0 means the newest that
 * the tables know. It matters where a name moved or a bit changed its meaning.
 */
#ifndef CR2_FLAGS_H
#define CR2_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>
#include <cr2/tables.h>

CR2_BEGIN_DECLS

/* The mask of a row of vm_flag.def: CR2_VM(WRITE) is 0x2. Also for the fields wider than a bit. */
#define CR2_VM(id) (((1ULL << CR2_VM_##id##_WIDTH) - 1) << CR2_VM_##id##_BIT)
enum cr2_vm_flag_bit {
#define X(id, name, bit, width, from, until, smaps, meaning) \
	CR2_VM_##id##_BIT = (bit), CR2_VM_##id##_WIDTH = (width),
#include <cr2/tables/vm_flag.def>
#undef X
};

/* The mask of a row of fault_flag.def: CR2_FAULT_FLAG(USER) is 0x40. */
#define CR2_FAULT_FLAG(id) (1U << CR2_FAULT_FLAG_##id##_BIT)
enum cr2_fault_flag_bit {
#define X(id, name, bit, width, from, until, smaps, meaning) CR2_FAULT_FLAG_##id##_BIT = (bit),
#include <cr2/tables/fault_flag.def>
#undef X
};

/* The mask of a row of vm_fault.def: CR2_VM_FAULT(RETRY) is 0x400. */
#define CR2_VM_FAULT(id) (((1U << CR2_VM_FAULT_##id##_WIDTH) - 1) << CR2_VM_FAULT_##id##_BIT)
enum cr2_vm_fault_bit {
#define X(id, name, bit, width, from, until, smaps, meaning) \
	CR2_VM_FAULT_##id##_BIT = (bit), CR2_VM_FAULT_##id##_WIDTH = (width),
#include <cr2/tables/vm_fault.def>
#undef X
};

/* The mask of a row of entry_bit.def: CR2_PTE(NX) is bit 63. */
#define CR2_PTE(id) (((1ULL << CR2_PTE_##id##_WIDTH) - 1) << CR2_PTE_##id##_BIT)
enum cr2_entry_bit {
#define X(id, name, bit, width, from, until, kinds, meaning) \
	CR2_PTE_##id##_BIT = (bit), CR2_PTE_##id##_WIDTH = (width),
#include <cr2/tables/entry_bit.def>
#undef X
};
/* Bits 51 to 12, the frame's address; a huge entry's lowest ones are flags and reserved. */
#define CR2_PTE_FRAME_MASK 0x000ffffffffff000ULL

/* The mask of a row of pagemap_bit.def: CR2_PAGEMAP(PRESENT) is bit 63. */
#define CR2_PAGEMAP(id) (1ULL << CR2_PAGEMAP_##id##_BIT)
enum cr2_pagemap_bit {
#define X(id, name, bit, width, from, until, code, meaning) CR2_PAGEMAP_##id##_BIT = (bit),
#include <cr2/tables/pagemap_bit.def>
#undef X
};
/* The frame of a page that is present; of one in swap, where: five bits of type, then the offset. */
#define CR2_PAGEMAP_FRAME_MASK ((1ULL << 55) - 1)

/* The mask of a row of frame_flag.def: CR2_FRAME_FLAG(ANON) is 0x1000. */
#define CR2_FRAME_FLAG(id) (1ULL << CR2_FRAME_FLAG_##id##_BIT)
enum cr2_frame_flag_bit {
#define X(id, name, bit, width, from, until, kinds, meaning) CR2_FRAME_FLAG_##id##_BIT = (bit),
#include <cr2/tables/frame_flag.def>
#undef X
};

/* One row: a bit, or a field of several that holds a number. Strings are static. */
struct cr2_flag {
	const char *name; /* as the kernel's, without VM_, FAULT_FLAG_ or VM_FAULT_ */
	const char *meaning;
	const char *code; /* vm_flags: the two letters in smaps; entries: "P", "PWT"; else "" */
	uint8_t bit;
	uint8_t width;
	int from, until; /* kernels; 0: no bound */
};

/* The vocabularies of flags that cr2_flags_decode() knows. */
enum cr2_flag_table {
	CR2_FLAGS_VM,
	CR2_FLAGS_FAULT,
	CR2_FLAGS_VM_FAULT,
	CR2_FLAGS_ENTRY_SMALL, /* a present entry that maps 4 KiB */
	CR2_FLAGS_ENTRY_HUGE, /* a present entry that maps 2 MiB or 1 GiB */
	CR2_FLAGS_ENTRY_TABLE, /* a present entry that points to a table */
	CR2_FLAGS_ENTRY_NONE_SMALL, /* PROT_NONE's of the first */
	CR2_FLAGS_ENTRY_NONE_HUGE, /* PROT_NONE's of the second */
	CR2_FLAGS_SWAP, /* the flags of a swap entry */
	CR2_FLAGS_PTE_MARKER, /* the offset of a pte_marker */
	CR2_FLAGS_PAGEMAP, /* an entry of /proc/PID/pagemap, without its frame number */
	CR2_FLAGS_FRAME_ANON, /* a frame's in /proc/kpageflags: of anonymous memory */
	CR2_FLAGS_FRAME_OTHER, /* the same of all others */
	CR2_FLAGS_COUNT,
};

/* A value taken apart: the rows whose bits it has, lowest bit first, and the rest. */
struct cr2_flags {
	uint64_t value;
	uint64_t unknown; /* bits that no row of this kernel knows */
	size_t n;
	const struct cr2_flag *items[64];
};

/* The row's number in the value: 1 for a bit that is set. */
uint64_t cr2_flag_field(const struct cr2_flag *flag, uint64_t value);

void cr2_flags_decode(enum cr2_flag_table table, uint64_t value, int kernel,
		      struct cr2_flags *ret_flags);
/* "WRITE|USER|0x8000"; fields as "PKEY=2"; "0" where nothing is set. Returns 0 or -ENOMEM. */
int cr2_flags_format(const struct cr2_flags *flags, const char *separator, struct cr2_text *text);
/* All rows of a table, whatever the kernel. */
const struct cr2_flag *cr2_flags_rows(enum cr2_flag_table table, size_t *ret_n);

/* In a call each; all return 0 or -ENOMEM. "READ|WRITE|MAYREAD|ACCOUNT": */
int cr2_vm_flags_format(uint64_t vm_flags, int kernel, struct cr2_text *text);
/* "VmFlags: rd wr mr mw me ac" of /proc/PID/smaps; the first word may be missing. Or -EINVAL. */
int cr2_vm_flags_parse(const char *s, int kernel, uint64_t *ret_vm_flags);
/* "rw- private", as /proc/PID/maps has it, with GROWSDOWN, LOCKED and the like in words. */
int cr2_vm_flags_brief(uint64_t vm_flags, struct cr2_text *text);
/* "WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE" */
int cr2_fault_flags_format(uint64_t fault_flags, int kernel, struct cr2_text *text);
/* "MAJOR|LOCKED" */
int cr2_vm_fault_format(uint64_t vm_fault, int kernel, struct cr2_text *text);
/*
 * The flags of a present entry, "present write user accessed dirty NX"; bit 7 tells whether
 * one of a higher level maps a huge page. Not its frame: see cr2_entry_decode().
 */
int cr2_entry_flags_format(uint64_t entry, enum cr2_level level, int kernel,
			   struct cr2_text *text);
/* A row of error_code.def. Strings are static. */
struct cr2_error_bit {
	const char *name; /* "W" */
	const char *words[2]; /* for 0 and 1: "read", "write"; "" where there is none */
	const char *meanings[2]; /* what 0 and 1 say */
	uint8_t bit;
};
const struct cr2_error_bit *cr2_error_bits(size_t *ret_n);
/* "P=1 present  W=1 write  U=1 user  RSVD=0  I=0"; the rarer bits only where set. */
int cr2_error_code_format(uint64_t error_code, struct cr2_text *text);
/* "00111b": at least five digits, more where a higher bit is set. */
int cr2_error_code_binary(uint64_t error_code, struct cr2_text *text);

/* Which table describes a present entry of this level. */
enum cr2_flag_table cr2_entry_table(uint64_t entry, enum cr2_level level);
/* Which table describes a frame, by its flags. */
enum cr2_flag_table cr2_frame_table(uint64_t frame_flags);

/*
 * A kernel version as people have it: "6.12", "6.1.0-28-amd64", "course". Returns 0 or
 * -EINVAL.
 */
int cr2_kernel_parse(const char *s, int *ret_kernel);
/* What a function of the fault path is called in a kernel; NULL: it has none. */
const char *cr2_function_in(const char *function, int kernel);
/* Does a row that holds from one version up to, not including, another hold for kernel? */
bool cr2_kernel_in(int kernel, int from, int until);

CR2_END_DECLS

#endif
