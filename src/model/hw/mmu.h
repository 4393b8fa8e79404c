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
#define ACCESS_ALL_OF(kind) \
	(ACCESS_BIT(kind, AS_USER) | ACCESS_BIT(kind, AS_KERNEL) | ACCESS_BIT(kind, AS_KERNEL_AC))
#define ACCESS_WRITES ACCESS_ALL_OF(CR2_ACCESS_WRITE)

struct tlb_entry {
	uint64_t tag; /* virtual address >> page_shift; while it is valid, with the generation */
	uint64_t frame; /* physical address >> page_shift */
	struct frame *where; /* 4 KiB pages: where frame lies; NULL: memory was copied meanwhile */
	uint16_t allow; /* ACCESS_BITs that need no walk */
	uint8_t page_shift;
};

#define TLB_GENERATION (1ULL << 52) /* above all page numbers */

struct tlb {
	uint64_t generation; /* a multiple of TLB_GENERATION, never 0 */
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
	uint64_t unusual; /* bits of entries about which more than their rights decides */
	const uint64_t *slots[4]; /* that lead to the table; the last may stand there twice */
	uint64_t values[4];
	uint64_t *entries; /* of the table */
	uint16_t granted[8]; /* ACCESS_BITs by the table's entry alone: by its rights_number() */
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

/* What mmu_access_last() comes to. */
enum mmu_last {
	MMU_LAST_OK,
	MMU_LAST_FAULT,
	MMU_LAST_UNSURE, /* nothing is done: only mmu_access() can tell */
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

/*
 * Translates as the hardware does: TLB, else walk. The walk sets accessed in each entry
 * that it goes through, and in the last one, with dirty on a write, once the access is
 * allowed. Fills the TLB only on success, with 4 KiB pages only of memory that there is; a
 * fault drops the page's entry, and a cached entry that refuses is walked again before the
 * access faults. Page tables lie in frames that are materialized or beyond memory: nothing
 * here allocates.
 */
static inline enum mmu_outcome mmu_access(struct cpu *cpu, struct phys *phys, struct access access,
					  struct translation *ret);
/* The same of what the 4 KiB part of the TLB does not allow. */
enum mmu_outcome mmu_access_missed(struct cpu *cpu, struct phys *phys, struct access access,
				   struct translation *ret);

/* Finds the frame of the 4 KiB entry for address again. */
void tlb_locate(struct cpu *cpu, struct phys *phys, uint64_t address);

static inline uint64_t tlb_tag(const struct cpu *cpu, uint64_t page)
{
	return page | cpu->tlb.generation;
}

/* The entry of the 4 KiB part of the TLB that allows the access, an ACCESS_BIT; or NULL. */
static inline const struct tlb_entry *tlb_hit(const struct cpu *cpu, uint64_t address,
					      unsigned bit)
{
	uint64_t page = address >> 12;
	const struct tlb_entry *entry = &cpu->tlb.entries[page % TLB_4K_ENTRIES];

	return entry->tag == tlb_tag(cpu, page) && entry->allow & bit ? entry : NULL;
}

static inline enum mmu_outcome mmu_access(struct cpu *cpu, struct phys *phys, struct access access,
					  struct translation *ret)
{
	const struct tlb_entry *entry =
		tlb_hit(cpu, access.address, ACCESS_BIT(access.kind, access.as));

	if (!entry)
		return mmu_access_missed(cpu, phys, access, ret);
	if (__builtin_expect(!entry->where, false))
		tlb_locate(cpu, phys, access.address);
	*ret = (struct translation){
		.physical = entry->frame << 12 | access.address % PHYS_FRAME,
		.page_shift = 12,
		.tlb_hit = true,
		.where = entry->where,
	};
	return MMU_OK;
}

static inline const struct walked *walked_of(const struct cpu *cpu, uint64_t address)
{
	return &cpu->walks[(address >> 21) % WALKS];
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

/* What leads to the table for address now, as a walk left it; or NULL. */
static inline const struct walked *mmu_walked(const struct cpu *cpu, const struct phys *phys,
					      uint64_t address)
{
	const struct walked *w = walked_of(cpu, address);

	return leads_still(w, cpu, phys, cpu->cr3, address) ? w : NULL;
}

/*
 * The entry for address in the last table under cr3, to write, where a walk has been there and all
 * leads there still; or NULL.
 */
static inline uint64_t *mmu_walked_entry(const struct cpu *cpu, const struct phys *phys,
					 uint64_t cr3, uint64_t address)
{
	const struct walked *w = walked_of(cpu, address);

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

	if (entry->tag == tlb_tag(cpu, address >> 12))
		entry->tag = 0;
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
static inline void tlb_fill_small(struct cpu *cpu, uint64_t address, uint64_t frame,
				  struct frame *where, unsigned allow)
{
	uint64_t page = address >> 12;

	cpu->tlb.entries[page % TLB_4K_ENTRIES] = (struct tlb_entry){
		.tag = tlb_tag(cpu, page),
		.frame = frame,
		.where = where,
		.allow = (uint16_t)allow,
		.page_shift = 12,
	};
}

/* What the error code says of the access itself, whatever was wrong. */
static inline uint32_t mmu_error_code(const struct cpu *cpu, struct access access)
{
	uint32_t code = access.as == AS_USER ? CR2_PF(U) : 0;

	if (access.kind == CR2_ACCESS_WRITE)
		code |= CR2_PF(W);
	if (access.kind == CR2_ACCESS_FETCH && (cpu->nxe || cpu->smep))
		code |= CR2_PF(I);
	return code;
}

/* RW, US, and NX turned around, as a number below 8. */
static inline unsigned rights_number(uint64_t rights)
{
	return (rights >> 1 & 3) | (unsigned)(rights >> 63) << 2;
}

/* Where the frame lies; NULL: it is no memory, or may have to be copied first. */
static inline struct frame *own_frame(const struct phys *phys, uint64_t pfn)
{
	return pfn < phys->n_frames ? array_own(&phys->frames, &phys_frame_kind, pfn) : NULL;
}

/*
 * mmu_access() from slot on, the walked_entry() for the address: of what the TLB does not allow.
 * walked still leads there after a fault if no table above has changed, nor anything else been
 * walked. A translation is only the frame, a fault only its cause: most that a model does passes
 * here, and the compiler is to keep it in registers.
 */
static inline enum mmu_last mmu_access_last(struct cpu *cpu, struct phys *phys,
					       struct access access, const struct walked *walked,
					       uint64_t *slot, struct frame **ret_where,
					       uint32_t *ret_cause)
{
	uint64_t entry = *slot;
	uint64_t used = access.kind == CR2_ACCESS_WRITE ? ENTRY_A | ENTRY_D : ENTRY_A;
	unsigned allowed;

	CHECKED(leads_still(walked, cpu, phys, cpu->cr3, access.address));
	if (entry & walked->unusual)
		return MMU_LAST_UNSURE;
	allowed = entry & ENTRY_P ? walked->granted[rights_number(entry)] : 0;
	if (!(allowed & ACCESS_BIT(access.kind, access.as))) {
		tlb_flush_page(cpu, access.address);
		*ret_cause = entry & ENTRY_P;
		return MMU_LAST_FAULT;
	}
	*ret_where = own_frame(phys, entry_frame(entry));
	if (!*ret_where)
		return MMU_LAST_UNSURE;
	if ((entry & used) != used)
		*slot = entry |= used;
	/* The first write through a clean entry must walk, to set dirty. */
	tlb_fill_small(cpu, access.address, entry_frame(entry), *ret_where,
		       entry & ENTRY_D ? allowed : allowed & ~ACCESS_WRITES);
	return MMU_LAST_OK;
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
