/* SPDX-License-Identifier: MIT */
/*
 * One CPU's memory management: control registers, TLB, the hardware walk, the error code
 * of a page fault, the frame that an exception pushes (Intel SDM 3A 4.5 to 4.10, 6.14;
 * AMD APM 2 chapter 5). Where the architecture leaves freedom, docs/metal.md says what is
 * done here.
 */
#ifndef MODEL_HW_MMU_H
#define MODEL_HW_MMU_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <cr2/stage.h>

#include "entry.h"
#include "phys.h"

/* Who makes the access. AC set lets supervisor code touch user pages under SMAP. */
enum privilege {
	AS_USER,
	AS_KERNEL, /* also what the CPU does by itself: pushing a frame, reading a descriptor */
	AS_KERNEL_AC,
	AS_COUNT,
};

/* What a quick way takes for granted: checked where sanitizers are, since it costs the gain. */
#ifdef __has_feature
#define HAS_ASAN __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#else
#define HAS_ASAN 0
#endif
#define CHECKED(condition) assert(!HAS_ASAN || (condition))

/* Slots for each page size, by virtual page number; each a power of two. */
#define TLB_4K_ENTRIES 1024
#define TLB_2M_ENTRIES 64
#define TLB_1G_ENTRIES 4

/* A set of accesses: one bit for each kind and privilege. */
#define ACCESS_BIT(kind, as) (1U << ((kind) * AS_COUNT + (as)))

struct tlb_entry {
	uint64_t page; /* virtual address >> page_shift */
	uint64_t generation; /* valid while equal to the TLB's */
	uint64_t frame; /* physical address >> page_shift */
	uint16_t allow; /* ACCESS_BITs that need no walk */
	uint8_t page_shift;
	struct frame *where; /* 4 KiB pages: where frame lies; NULL: memory was copied meanwhile */
};

struct tlb {
	uint64_t generation;
	uint64_t large_generation; /* the last in which a 2 MiB or 1 GiB page was cached */
	struct tlb_entry entries[TLB_4K_ENTRIES + TLB_2M_ENTRIES + TLB_1G_ENTRIES];
};

/*
 * Paging-structure caches, but nobody can tell: what an earlier walk read above a table is read
 * again, all at once instead of one after another, and must say the same.
 */
#define WALKS 64 /* one for each 2 MiB, direct-mapped */

struct walked {
	uint64_t cr3;
	uint64_t settings; /* the CPU's; 0: nothing is remembered */
	uint64_t region; /* number of the 2 MiB that the table translates */
	uint64_t epoch; /* of the memory: its buffers have stayed where they were */
	uint64_t reserved; /* bits that must be 0 in every entry under these settings */
	const uint64_t *slots[4]; /* that lead to the table; the last may stand there twice */
	uint64_t values[4];
	uint64_t rights; /* that they grant together */
	uint64_t *entries; /* of the table */
	uint16_t granted[8]; /* ACCESS_BITs under these settings, by rights_number() */
};

struct cpu {
	uint64_t cr3; /* physical address of the top table; bits 0..11 are ignored */
	union {
		struct {
			bool wp, smep, smap, nxe, pke, la57;
			bool pge_1g; /* 1 GiB pages: else PS in a PUD is reserved */
			uint8_t physical_bits; /* MAXPHYADDR: frame bits from it on are reserved */
		};
		uint64_t settings; /* all of them, to compare */
	};
	uint32_t pkru;
	/* Registers that an exception saves; set by whoever starts an access. */
	struct cr2_exception_frame regs;
	uint64_t kernel_stack; /* virtual address of the top of what exceptions are pushed on: RSP0 */
	struct tlb tlb;
	struct walked walks[WALKS];
};

_Static_assert(offsetof(struct cpu, physical_bits) == offsetof(struct cpu, settings) + 7,
	       "settings covers the last of them");

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
	struct frame *where; /* MMU_OK, unless NULL: the frame of physical */
	/* MMU_PAGE_FAULT in the last table: what led there, where that is remembered; else NULL */
	const struct walked *walked;
};

/* As Linux runs: WP, SMEP, SMAP, NXE and 1 GiB pages on, 52 physical bits, TLB empty. */
void cpu_init(struct cpu *cpu);

/* mmu_access() where the 4 KiB part of the TLB does not settle it. */
enum mmu_outcome mmu_access_slow(struct cpu *cpu, struct phys *phys, const struct access *access,
				 struct translation *ret);

/*
 * The access once more, after a fault that gave walked: that led to the table, and since then no
 * table above it has changed, nor has anything else been walked.
 */
enum mmu_outcome mmu_access_again(struct cpu *cpu, struct phys *phys, const struct access *access,
				  const struct walked *walked, struct translation *ret);

/* Finds the frame of the 4 KiB entry for address again. */
void tlb_locate(struct cpu *cpu, struct phys *phys, uint64_t address);

/* The entry of the 4 KiB part of the TLB that allows the access, an ACCESS_BIT; or NULL. */
static inline const struct tlb_entry *tlb_hit(const struct cpu *cpu, uint64_t address,
					      unsigned bit)
{
	uint64_t page = address >> 12;
	const struct tlb_entry *entry = &cpu->tlb.entries[page % TLB_4K_ENTRIES];

	if (entry->page != page || entry->generation != cpu->tlb.generation || !(entry->allow & bit))
		return NULL;
	return entry;
}

/*
 * Translates as the hardware does: TLB, else walk. The walk sets accessed in each entry
 * that it goes through, and in the last one, with dirty on a write, once the access is
 * allowed. Fills the TLB only on success, with 4 KiB pages only of memory that there is; a
 * fault drops the page's entry, and a cached entry that refuses is walked again before the
 * access faults. Page tables lie in frames that are materialized or beyond memory: nothing
 * here allocates.
 */
static inline enum mmu_outcome mmu_access(struct cpu *cpu, struct phys *phys,
					  const struct access *access, struct translation *ret)
{
	const struct tlb_entry *entry =
		tlb_hit(cpu, access->address, ACCESS_BIT(access->kind, access->as));

	if (!entry)
		return mmu_access_slow(cpu, phys, access, ret);
	if (__builtin_expect(!entry->where, false))
		tlb_locate(cpu, phys, access->address);
	*ret = (struct translation){
		.physical = entry->frame << 12 | (access->address & 0xfff),
		.page_shift = 12,
		.tlb_hit = true,
		.where = entry->where,
	};
	return MMU_OK;
}

/* Is all that led to the table still there, and says the same? */
static inline bool leads_still(const struct walked *w, const struct cpu *cpu,
			       const struct phys *phys, uint64_t cr3, uint64_t address)
{
	return w->region == address >> 21 && w->cr3 == cr3 && w->settings == cpu->settings &&
	       w->epoch == phys->epoch &&
	       *w->slots[0] == w->values[0] && *w->slots[1] == w->values[1] &&
	       *w->slots[2] == w->values[2] && *w->slots[3] == w->values[3];
}

/* The entry for address in the table that walked leads to. */
static inline uint64_t *walked_entry(const struct walked *walked, uint64_t address)
{
	return walked->entries + level_index(address, CR2_LEVEL_PTE);
}

/*
 * The entry for address in the last table under cr3, to write, where a walk has been there and all
 * leads there still; or NULL.
 */
static inline uint64_t *mmu_walked_entry(const struct cpu *cpu, const struct phys *phys,
					 uint64_t cr3, uint64_t address)
{
	const struct walked *w = &cpu->walks[(address >> 21) % WALKS];

	return leads_still(w, cpu, phys, cr3, address) ? walked_entry(w, address) : NULL;
}

/* The entries that a walk for address reads, without any effect. Stops at what ends the walk. */
void mmu_walk(const struct cpu *cpu, const struct phys *phys, uint64_t address,
	      struct cr2_walk *ret_walk);
bool mmu_canonical(const struct cpu *cpu, uint64_t address);

/* Writing CR3, or any control register or PKRU here: everything cached is forgotten. */
void tlb_flush(struct cpu *cpu);
/* Has it held a 2 MiB or 1 GiB page since it was flushed? */
static inline bool tlb_has_large(const struct cpu *cpu)
{
	return cpu->tlb.large_generation == cpu->tlb.generation;
}
void tlb_flush_large(struct cpu *cpu, uint64_t address);
/* INVLPG. */
static inline void tlb_flush_page(struct cpu *cpu, uint64_t address)
{
	struct tlb_entry *entry = &cpu->tlb.entries[(address >> 12) % TLB_4K_ENTRIES];

	if (entry->page == address >> 12)
		entry->generation = 0;
	if (tlb_has_large(cpu))
		tlb_flush_large(cpu, address);
}
/* The valid entry that translates address, whatever it allows, or NULL. */
const struct tlb_entry *tlb_find(const struct cpu *cpu, uint64_t address);
bool tlb_holds(const struct cpu *cpu, uint64_t address);
/* The memory was copied: what was its own may have to be copied before it is written. */
void tlb_forget_frames(struct cpu *cpu);
/* Caches what a walk found; page_shift is 12, 21 or 30, allow a set of ACCESS_BITs. */
void tlb_fill(struct cpu *cpu, uint64_t address, const struct translation *translation,
	      uint16_t allow);
/* The same of a 4 KiB page. */
static inline void tlb_fill_small(struct cpu *cpu, uint64_t address,
				  const struct translation *translation, unsigned allow)
{
	struct tlb_entry *entry = &cpu->tlb.entries[(address >> 12) % TLB_4K_ENTRIES];

	entry->page = address >> 12;
	entry->generation = cpu->tlb.generation;
	entry->frame = translation->physical >> 12;
	entry->allow = (uint16_t)allow;
	entry->page_shift = 12;
	entry->where = translation->where;
}

/*
 * Pushes the six values of a page fault as the CPU does (SS, RSP, RFLAGS, CS, RIP, error
 * code) through the kernel's page tables: onto kernel_stack from user mode, below RSP from
 * kernel mode, in both cases aligned down to 16. RF is set in RFLAGS first, as for every
 * fault, so frame ends as what was pushed. Returns the address of the error code, or 0 when
 * the stack cannot be written, which is a double fault.
 */
uint64_t cpu_push_exception(struct cpu *cpu, struct phys *phys, struct cr2_exception_frame *frame);
/*
 * IRETQ with RSP just above the error code at pushed_at: loads regs from the stack, the
 * error code apart. Returns false, with nothing changed, when the stack cannot be read.
 */
bool cpu_iretq(struct cpu *cpu, struct phys *phys, uint64_t pushed_at);

#endif
