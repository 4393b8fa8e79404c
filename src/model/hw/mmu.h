/* SPDX-License-Identifier: MIT */
/*
 * One CPU's memory management: control registers, TLB, the hardware walk, the error code
 * of a page fault, the frame that an exception pushes.
 */
#ifndef MODEL_HW_MMU_H
#define MODEL_HW_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/stage.h>

#include "phys.h"

/* Who makes the access. AC set lets supervisor code touch user pages under SMAP. */
enum privilege {
	AS_USER,
	AS_KERNEL,
	AS_KERNEL_AC,
	AS_COUNT,
};

#define TLB_ENTRIES 1024 /* direct-mapped by virtual page number; a power of two */

/* allow has bit kind * AS_COUNT + privilege for each access that needs no walk. */
struct tlb_entry {
	uint64_t page; /* virtual page number */
	uint64_t generation; /* valid while equal to the TLB's */
	uint64_t frame; /* 4 KiB frame, also inside a larger page */
	uint16_t allow;
	uint8_t page_shift;
};

struct cpu {
	uint64_t cr3; /* physical address of the top table */
	bool wp, smep, smap, nxe, pke, la57;
	bool pge_1g; /* 1 GiB pages: else PS in a PUD is reserved */
	uint8_t physical_bits; /* MAXPHYADDR: frame bits at and above are reserved */
	uint32_t pkru;
	/* Registers that an exception saves; set by whoever starts an access. */
	struct cr2_exception_frame regs;
	uint64_t kernel_stack; /* virtual address of the top (RSP0) */
	uint64_t generation;
	struct tlb_entry tlb[TLB_ENTRIES];
};

struct access {
	uint64_t address;
	enum cr2_access kind;
	enum privilege as;
};

enum mmu_outcome {
	MMU_OK,
	MMU_PAGE_FAULT,
	MMU_NON_CANONICAL, /* #GP(0), #SS for stack references */
};

struct translation {
	uint64_t physical; /* MMU_OK */
	uint32_t error_code; /* MMU_PAGE_FAULT */
	uint8_t page_shift; /* MMU_OK: 12, 21 or 30 */
	bool tlb_hit;
};

/* As after reset into 64-bit mode with paging: WP, SMEP, SMAP, NXE on, 52 physical bits. */
void cpu_init(struct cpu *cpu);

/*
 * Translates as the hardware does: TLB, else walk; sets accessed (every level) and dirty
 * (last level, on a write); fills the TLB only on success; a fault drops the page's entry.
 */
enum mmu_outcome mmu_access(struct cpu *cpu, struct phys *phys, const struct access *access,
			    struct translation *ret);
/* The entries that a walk for address reads, without any effect. Stops at what ends the walk. */
void mmu_walk(const struct cpu *cpu, const struct phys *phys, uint64_t address,
	      struct cr2_walk *ret_walk);
bool mmu_canonical(const struct cpu *cpu, uint64_t address);

/* Writing CR3, or any control register or PKRU here: everything cached is forgotten. */
void tlb_flush(struct cpu *cpu);
void tlb_flush_page(struct cpu *cpu, uint64_t address); /* INVLPG */
/* Is there a valid entry for address? */
bool tlb_holds(const struct cpu *cpu, uint64_t address);

/*
 * Pushes the six values of a page fault as the CPU does (SS, RSP, RFLAGS, CS, RIP, error
 * code) through the kernel's page tables: onto kernel_stack from user mode, below RSP
 * (aligned to 16) from kernel mode. Returns the address of the error code.
 */
uint64_t cpu_push_exception(struct cpu *cpu, struct phys *phys,
			    const struct cr2_exception_frame *frame);

#endif
