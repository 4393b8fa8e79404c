/* SPDX-License-Identifier: MIT */
/*
 * What the bare-metal image and the program that drives it say to each other. They share
 * the machine's whole memory: the host fills a batch of cases and raises `submitted`; the
 * image runs each case on the CPU, writes the result beside it, raises `done`, and writes
 * one byte METAL_DOORBELL to METAL_PORT. Any other byte there is text: why it gave up.
 */
#ifndef METAL_MACHINE_H
#define METAL_MACHINE_H

#define METAL_PORT 0xe9 /* QEMU's isa-debugcon */
#define METAL_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit */
#define METAL_DOORBELL 1

#define METAL_MEMORY (64 << 20)
#define METAL_IMAGE 0x100000 /* where the image lies, with its page tables and stack, */
#define METAL_IMAGE_END 0x200000 /* and nothing else that a case can change */
#define METAL_SHARED 0x1000000 /* struct metal_shared */

/*
 * The byte that every case accesses, physically, and the indices of the virtual address
 * that leads to it. It is the same byte through a page of each size: the lower indices are
 * bits of the offset in a large page.
 */
#define METAL_DATA 0x2a64123
#define METAL_INDEX_1 (METAL_DATA >> 12 & 511)
#define METAL_INDEX_2 (METAL_DATA >> 21 & 511)
#define METAL_INDEX_3 0x0ea
#define METAL_INDEX_4 0x12d
#define METAL_INDEX_5 0x170
#define METAL_DATA_BYTE 0x0f /* UD2, for fetches */
#define METAL_DATA_BYTE_2 0x0b
#define METAL_WRITTEN 0x5a

/* Interrupt vectors that end an access. */
#define METAL_DONE 6 /* #UD: the access went through */
#define METAL_GP 13
#define METAL_PF 14

#define METAL_KERNEL_CS 0x10
#define METAL_KERNEL_SS 0x18
#define METAL_USER_CS 0x33
#define METAL_USER_SS 0x2b

/* Control bits of a case. */
#define METAL_WP 1
#define METAL_SMEP 2
#define METAL_SMAP 4
#define METAL_NXE 8
#define METAL_PKE 16
#define METAL_LA57 32

#define METAL_LEVELS 5
/* enum cr2_access */
#define METAL_READ 0
#define METAL_WRITE 1
#define METAL_FETCH 2
#define METAL_KINDS 3
#define METAL_BATCH 4096
#define METAL_BATCHES 2

/* Places in struct metal_result, for the assembler. */
#define RESULT_FRAME 40
#define RESULT_CR2 88
#define RESULT_PUSHED_AT 96
#define RESULT_VECTOR 104
#define RESULT_VALUE 105

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct metal_case {
	uint64_t entry[METAL_LEVELS]; /* of level 1 to 5 */
	uint64_t address;
	uint64_t rsp, rflags; /* during the access */
	uint32_t pkru;
	uint8_t controls;
	uint8_t kind;
	uint8_t user;
	uint8_t keep; /* leave entries and TLB as the case before left them */
};

struct metal_result {
	uint64_t entry[METAL_LEVELS]; /* afterwards */
	uint64_t frame[6]; /* as pushed: error code, RIP, CS, RFLAGS, RSP, SS */
	uint64_t cr2; /* METAL_NO_CR2 where the CPU did not write it */
	uint64_t pushed_at; /* address of the error code */
	uint8_t vector;
	uint8_t value; /* of the byte: read, or as it is after the write */
};
#define METAL_NO_CR2 0x5a5a5a5a5a5a5a5aULL

_Static_assert(offsetof(struct metal_result, frame) == RESULT_FRAME, "machine.h");
_Static_assert(offsetof(struct metal_result, cr2) == RESULT_CR2, "machine.h");
_Static_assert(offsetof(struct metal_result, pushed_at) == RESULT_PUSHED_AT, "machine.h");
_Static_assert(offsetof(struct metal_result, vector) == RESULT_VECTOR, "machine.h");
_Static_assert(offsetof(struct metal_result, value) == RESULT_VALUE, "machine.h");

/* What the image tells about the machine before the first case. */
struct metal_info {
	uint64_t cr3[2]; /* with 4 levels, with 5 */
	uint64_t slot[METAL_LEVELS]; /* physical address of the entry of level 1 to 5 */
	uint64_t stack_top; /* RSP0 */
	uint64_t rip[2][METAL_KINDS]; /* the instruction that accesses: [user][kind] */
	uint8_t physical_bits;
	uint8_t page_1g;
	uint8_t controls; /* METAL_ bits that the CPU has */
};

struct metal_slot {
	struct metal_case c;
	struct metal_result result;
};

struct metal_batch {
	uint32_t n;
	struct metal_slot slots[METAL_BATCH];
};

struct metal_shared {
	struct metal_info info;
	uint32_t submitted, done; /* batches; batch i lies in batches[i % METAL_BATCHES] */
	uint32_t stop;
	struct metal_batch batches[METAL_BATCHES];
};

#endif
#endif
