/* SPDX-License-Identifier: MIT */
/*
 * The page walk (SDM 3A 4.5), who may access what it finds (4.6), and the error code (4.7).
 *
 * A translation grants what all its entries grant together: RW and US are the AND of the
 * entries' bits, NX is the OR. So the walk keeps one word `rights` with NX turned around
 * and ANDs each entry into it.
 */
#include <cr2/tables.h>

#include "mmu.h"

#define BITS(low, high) ((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/* The columns and rows of a set of ACCESS_BITs. */
#define ALL_AS(as) \
	(ACCESS_BIT(CR2_ACCESS_READ, as) | ACCESS_BIT(CR2_ACCESS_WRITE, as) | \
	 ACCESS_BIT(CR2_ACCESS_FETCH, as))
#define READS ACCESS_ALL_OF(CR2_ACCESS_READ)
#define WRITES ACCESS_WRITES
#define FETCHES ACCESS_ALL_OF(CR2_ACCESS_FETCH)
#define EVERYTHING (READS | WRITES | FETCHES)

static unsigned levels(const struct cpu *cpu)
{
	return cpu->la57 ? CR2_LEVEL_PGD : CR2_LEVEL_P4D;
}

bool mmu_canonical(const struct cpu *cpu, uint64_t address)
{
	unsigned unused = cpu->la57 ? 7 : 16;

	return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static bool maps_page(uint64_t entry, unsigned level)
{
	return level == CR2_LEVEL_PTE || (entry & ENTRY_PS);
}

/* Bits that must be 0 in every present entry. */
static uint64_t always_reserved(const struct cpu *cpu)
{
	uint64_t frame = ENTRY_FRAME & (~0ULL << cpu->physical_bits);

	return cpu->nxe ? frame : frame | ENTRY_NX;
}

/* What PS reserves in an entry that has it: itself where no page may be, or low frame bits. */
static uint64_t reserved_with_ps(const struct cpu *cpu, unsigned level)
{
	if (level >= CR2_LEVEL_P4D || (level == CR2_LEVEL_PUD && !cpu->pge_1g))
		return ENTRY_PS;
	return BITS(13, level_shift(level) - 1);
}

static bool breaks_rules(const struct cpu *cpu, uint64_t entry, unsigned level, uint64_t reserved)
{
	if (level > CR2_LEVEL_PTE && entry & ENTRY_PS)
		reserved |= reserved_with_ps(cpu, level);
	return entry & reserved;
}

/* What a walk found: the last entry it read, and the rights of all of them together. */
struct found {
	uint64_t at; /* physical address of the entry */
	uint64_t *slot; /* where it stands, if known */
	uint64_t entry;
	uint64_t rights; /* RW, US, and NX turned around: set where fetching is allowed */
	unsigned level;
	const struct walked *walked; /* what led to the last table, if remembered */
};

/* Returns where the entry stands, to read; NULL: in no buffer. */
static const uint64_t *read_entry(const struct phys *phys, uint64_t table, unsigned index,
				  struct found *found)
{
	const uint64_t *entries = table < phys->n_frames ? phys_peek_table(phys, table) : NULL;

	found->at = table << 12 | index * sizeof(uint64_t);
	found->slot = NULL;
	found->entry = entries ? entries[index] : phys_read64(phys, found->at);
	return entries ? entries + index : NULL;
}

/* An entry that stands in no buffer that is known; one of a fill stays as it is. */
static __attribute__((noinline)) void write_entry(struct phys *phys, const struct found *found)
{
	uint64_t table = found->at / PHYS_FRAME;

	if (table < phys->n_frames &&
	    !frame_store64(phys_frame_edit(phys, table), found->at % PHYS_FRAME, found->entry) &&
	    phys_peek_table(phys, table))
		phys_table(phys, table)[found->at % PHYS_FRAME / 8] = found->entry;
}

static inline void mark(struct phys *phys, struct found *found, uint64_t bits)
{
	if ((found->entry & bits) == bits)
		return;
	found->entry |= bits;
	if (found->slot)
		*found->slot = found->entry;
	else
		write_entry(phys, found);
}

enum walk_end {
	WALK_FOUND,
	WALK_ABSENT, /* an entry is not present: nothing else in it counts */
	WALK_RESERVED, /* a present one has a reserved bit set */
	WALK_NON_CANONICAL, /* none was read */
};

/* What nearly every entry above the last is: it leads to a table and has been used before. */
static bool leads_on(uint64_t entry, uint64_t reserved)
{
	return (entry & (ENTRY_P | ENTRY_A | ENTRY_PS | reserved)) == (ENTRY_P | ENTRY_A);
}

/* What a walk read on its way down; false where it cannot be read again in the same way. */
struct trail {
	bool plain;
	const uint64_t *slots[CR2_LEVELS_MAX];
	uint64_t values[CR2_LEVELS_MAX];
};

static unsigned refused_by_rights(const struct cpu *cpu, uint64_t rights)
{
	unsigned refused = 0;

	if (!(rights & ENTRY_RW))
		refused |= cpu->wp ? WRITES : WRITES & ALL_AS(AS_USER);
	if (!(rights & ENTRY_NX))
		refused |= FETCHES;
	if (!(rights & ENTRY_US))
		return refused | ALL_AS(AS_USER);
	if (cpu->smep)
		refused |= FETCHES & ~ALL_AS(AS_USER);
	if (cpu->smap)
		refused |= (READS | WRITES) & ALL_AS(AS_KERNEL);
	return refused;
}

static __attribute__((noinline)) void remember_grants(const struct cpu *cpu, struct walked *w,
						      uint64_t rights)
{
	for (unsigned i = 0; i < CR2_ARRAY_SIZE(w->granted); i++) {
		uint64_t entry = (uint64_t)(i & 3) << 1 | (uint64_t)(i >> 2) << 63;

		w->granted[i] = (uint16_t)(EVERYTHING &
					   ~refused_by_rights(cpu, (entry ^ ENTRY_NX) & rights));
	}
	w->settings = cpu->settings;
}

/* What the entries on the way grant together. */
static uint64_t rights_on_way(const struct walked *w)
{
	uint64_t rights = ENTRY_RW | ENTRY_US | ENTRY_NX;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(w->values); i++)
		rights &= w->values[i] ^ ENTRY_NX;
	return rights;
}

/* found is the entry in the last table, and found->rights what was granted on the way to it. */
static void keep(struct cpu *cpu, struct phys *phys, uint64_t address, const struct trail *trail,
		 struct found *found)
{
	struct walked *w = (struct walked *)walked_of(cpu, address);
	unsigned n = levels(cpu) - 1;

	w->cr3 = cpu->cr3;
	if (w->settings != cpu->settings || rights_on_way(w) != found->rights)
		remember_grants(cpu, w, found->rights);
	w->region = address >> 21;
	w->unusual = cpu->pke ? UINT64_MAX : always_reserved(cpu);
	w->entries = phys_table(phys, found->at / PHYS_FRAME);
	for (unsigned i = 0; i < CR2_ARRAY_SIZE(w->slots); i++) {
		w->slots[i] = trail->slots[i < n ? i : n - 1];
		w->values[i] = trail->values[i < n ? i : n - 1];
	}
	found->slot = w->entries + found->at % PHYS_FRAME / 8;
	found->walked = w;
	/* Only now, since the table may just have become this memory's own. */
	w->epoch = phys->epoch;
}

/* The entry at level, which may map a page. */
static enum walk_end end_walk(const struct cpu *cpu, struct found *found, unsigned level,
			      uint64_t reserved)
{
	found->level = level;
	found->rights &= found->entry ^ ENTRY_NX;
	if (!(found->entry & ENTRY_P))
		return WALK_ABSENT;
	return breaks_rules(cpu, found->entry, level, reserved) ? WALK_RESERVED : WALK_FOUND;
}

/* From the top. Sets accessed as it goes, but leaves the entry that maps the page to the caller. */
static __attribute__((noinline)) enum walk_end walk_down(struct cpu *cpu, struct phys *phys,
							 uint64_t address, struct found *found)
{
	uint64_t table = entry_frame(cpu->cr3), reserved = always_reserved(cpu);
	unsigned level = levels(cpu), shift = level_shift(level);
	struct trail trail = {.plain = true};

	if (!mmu_canonical(cpu, address))
		return WALK_NON_CANONICAL;
	found->rights = ENTRY_RW | ENTRY_US | ENTRY_NX;
	found->walked = NULL;
	for (unsigned i = 0;; i++, level--, shift -= 9) {
		const uint64_t *slot = read_entry(phys, table, address >> shift & 511, found);
		enum walk_end end;

		if (level == CR2_LEVEL_PTE && slot && trail.plain)
			keep(cpu, phys, address, &trail, found);
		if (level == CR2_LEVEL_PTE || !leads_on(found->entry, reserved)) {
			end = end_walk(cpu, found, level, reserved);
			if (end != WALK_FOUND || maps_page(found->entry, level))
				return end;
			mark(phys, found, ENTRY_A);
			trail.plain = false;
		} else {
			found->rights &= found->entry ^ ENTRY_NX;
		}
		trail.plain = trail.plain && slot;
		trail.slots[i] = slot;
		trail.values[i] = found->entry;
		table = entry_frame(found->entry);
	}
}

/* The accesses that the page's protection key refuses: data accesses to user pages. */
static unsigned refused_by_key(const struct cpu *cpu, const struct found *found)
{
	unsigned key = (found->entry & ENTRY_PKEY) >> ENTRY_PKEY_SHIFT;
	unsigned bits = cpu->pkru >> (2 * key);
	unsigned refused = 0;

	if (!cpu->pke || !(found->rights & ENTRY_US))
		return 0;
	if (bits & 1)
		refused |= READS | WRITES;
	if (bits & 2)
		refused |= cpu->wp ? WRITES : WRITES & ALL_AS(AS_USER);
	return refused;
}

/* cause: P, RSVD, PK. */
static enum mmu_outcome page_fault(struct cpu *cpu, struct access access,
				   const struct walked *walked, uint32_t cause,
				   struct translation *ret)
{
	*ret = (struct translation){
		.error_code = mmu_error_code(cpu, access) | cause,
		.walked = walked,
	};
	tlb_flush_page(cpu, access.address);
	return MMU_PAGE_FAULT;
}

static inline void finish_walk(struct cpu *cpu, struct phys *phys, struct access access,
			       struct found *found, unsigned refused, struct translation *ret)
{
	unsigned shift = level_shift(found->level);
	uint64_t offset = BITS(0, shift - 1);
	bool write = access.kind == CR2_ACCESS_WRITE;

	mark(phys, found, write ? ENTRY_A | ENTRY_D : ENTRY_A);
	*ret = (struct translation){
		.physical = (found->entry & ENTRY_FRAME & ~offset) | (access.address & offset),
		.page_shift = shift,
	};
	if (ret->physical >> 12 < phys->n_frames)
		ret->where = phys_frame_edit(phys, ret->physical >> 12);
	/* The first write through a clean entry must walk, to set dirty. */
	if (!(found->entry & ENTRY_D))
		refused |= WRITES;
	if (shift > 12)
		tlb_fill(cpu, access.address, ret, EVERYTHING & ~refused);
	else if (ret->where)
		tlb_fill_small(cpu, access.address, ret->physical >> 12, ret->where,
			       EVERYTHING & ~refused);
}

/* What the walk that ended so comes to for the access. */
static enum mmu_outcome judge_walk(struct cpu *cpu, struct phys *phys,
				   struct access access, enum walk_end end,
				   struct found *found, struct translation *ret)
{
	unsigned wanted = ACCESS_BIT(access.kind, access.as);
	unsigned by_key, refused;

	switch (end) {
	case WALK_ABSENT:
		return page_fault(cpu, access, found->walked, 0, ret);
	case WALK_RESERVED:
		return page_fault(cpu, access, found->walked, CR2_PF(P) | CR2_PF(RSVD), ret);
	case WALK_NON_CANONICAL:
		return MMU_NON_CANONICAL;
	case WALK_FOUND:
		break;
	}
	by_key = refused_by_key(cpu, found);
	refused = refused_by_rights(cpu, found->rights) | by_key;
	if (by_key & wanted)
		return page_fault(cpu, access, found->walked, CR2_PF(P) | CR2_PF(PK), ret);
	if (refused & wanted)
		return page_fault(cpu, access, found->walked, CR2_PF(P), ret);
	finish_walk(cpu, phys, access, found, refused, ret);
	return MMU_OK;
}

static __attribute__((noinline)) enum mmu_outcome access_from_top(struct cpu *cpu,
								  struct phys *phys,
								  struct access access,
								  struct translation *ret)
{
	struct found found;
	enum walk_end end = walk_down(cpu, phys, access.address, &found);

	return judge_walk(cpu, phys, access, end, &found, ret);
}

/* From the table that w led to. */
static __attribute__((noinline)) enum mmu_outcome access_from_last(struct cpu *cpu,
								   struct phys *phys,
								   struct access access,
								   const struct walked *w,
								   struct translation *ret)
{
	struct found found = {.rights = rights_on_way(w), .walked = w};
	enum walk_end end;

	found.slot = walked_entry(w, access.address);
	found.entry = *found.slot;
	end = end_walk(cpu, &found, CR2_LEVEL_PTE, always_reserved(cpu));
	return judge_walk(cpu, phys, access, end, &found, ret);
}

static inline enum mmu_outcome access_by_walk(struct cpu *cpu, struct phys *phys,
					      struct access access, struct translation *ret)
{
	const struct walked *w = mmu_walked(cpu, phys, access.address);
	struct frame *where;
	uint64_t *slot;
	uint32_t cause;

	if (!w)
		return access_from_top(cpu, phys, access, ret);
	slot = walked_entry(w, access.address);
	switch (mmu_access_last(cpu, phys, access, w, slot, &where, &cause)) {
	case MMU_LAST_FAULT:
		return page_fault(cpu, access, w, cause, ret);
	case MMU_LAST_OK:
		*ret = (struct translation){
			.physical = (*slot & ENTRY_FRAME) | access.address % PHYS_FRAME,
			.page_shift = 12,
			.where = where,
		};
		return MMU_OK;
	default:
		return access_from_last(cpu, phys, access, w, ret);
	}
}

/* The TLB has large pages, perhaps this one. */
static __attribute__((noinline)) enum mmu_outcome access_large(struct cpu *cpu, struct phys *phys,
							       struct access access,
							       struct translation *ret)
{
	const struct tlb_entry *entry = tlb_find(cpu, access.address);
	uint64_t offset;

	if (!entry || !(entry->allow & ACCESS_BIT(access.kind, access.as)))
		return access_by_walk(cpu, phys, access, ret);
	offset = BITS(0, entry->page_shift - 1);
	*ret = (struct translation){
		.physical = entry->frame << entry->page_shift | (access.address & offset),
		.page_shift = entry->page_shift,
		.tlb_hit = true,
	};
	return MMU_OK;
}

enum mmu_outcome mmu_access_missed(struct cpu *cpu, struct phys *phys, struct access access,
				   struct translation *ret)
{
	/* A 4 KiB entry would refuse. */
	if (tlb_has_large(cpu))
		return access_large(cpu, phys, access, ret);
	return access_by_walk(cpu, phys, access, ret);
}

/* One more entry that a walk read. */
static inline void walk_note(struct cr2_walk *walk, uint64_t address, unsigned level,
			     uint64_t table, uint64_t value)
{
	unsigned index = level_index(address, level);

	walk->entries[walk->n++] = (struct cr2_walk_entry){
		.level = level,
		.index = (uint16_t)index,
		.address = table << 12 | index * sizeof(uint64_t),
		.value = value,
	};
}

void mmu_walk(const struct cpu *cpu, const struct phys *phys, uint64_t address,
	      struct cr2_walk *ret_walk)
{
	uint64_t reserved = always_reserved(cpu), table = entry_frame(cpu->cr3), value;
	const struct walked *w = walked_of(cpu, address);
	unsigned level = levels(cpu);

	ret_walk->cr3 = cpu->cr3;
	ret_walk->levels = level;
	ret_walk->n = 0;
	/* What led to the last table has been checked when it was walked. */
	if (leads_still(w, cpu, phys, cpu->cr3, address)) {
		for (; level > CR2_LEVEL_PTE; level--) {
			value = w->values[ret_walk->n];
			walk_note(ret_walk, address, level, table, value);
			table = entry_frame(value);
		}
		walk_note(ret_walk, address, level, table, *walked_entry(w, address));
		return;
	}
	for (;; level--) {
		value = phys_read64(phys, table << 12 | level_index(address, level) * sizeof(uint64_t));
		walk_note(ret_walk, address, level, table, value);
		if (!(value & ENTRY_P) || breaks_rules(cpu, value, level, reserved) ||
		    maps_page(value, level))
			return;
		table = entry_frame(value);
	}
}
