/* SPDX-License-Identifier: MIT */
#include <cr2/base.h>
#include <model/hw/entry.h>

#include "spaces.h"

#define GRANTING (ENTRY_P | ENTRY_RW | ENTRY_US)
#define RFLAGS_FIXED (1ULL << 1)
#define RFLAGS_AC (1ULL << 18)
#define USER_RSP 0x7ffe12345678ULL
#define N_CHAINS 6 /* 4 and 5 levels, each with pages of 4 KiB, 2 MiB, 1 GiB */
#define N_ACCESSES 9 /* read, write, fetch, each by user, kernel, kernel with AC */
#define ALL_CONTROLS 16

static uint64_t *entry(struct generator *g, unsigned level)
{
	return &g->c.entry[level - 1];
}

/* The page that holds the table which a level's entry points to: where level - 1's lies. */
static uint64_t table_below(const struct generator *g, unsigned level)
{
	return g->info->slot[level - 2] & ~0xfffULL;
}

static uint64_t address_of(bool la57)
{
	unsigned unused = la57 ? 7 : 16;
	uint64_t address = METAL_DATA & ((1ULL << level_shift(3)) - 1);

	address |= (uint64_t)METAL_INDEX_3 << level_shift(3);
	address |= (uint64_t)METAL_INDEX_4 << level_shift(4);
	address |= (uint64_t)METAL_INDEX_5 << level_shift(5);
	return (uint64_t)((int64_t)(address << unused) >> unused);
}

/* Entries that grant everything and lead to METAL_DATA. */
static void build(struct generator *g, unsigned chain)
{
	bool la57 = chain & 1;

	g->top = la57 ? 5 : 4;
	g->last = 1 + chain / 2;
	for (unsigned level = 2; level <= METAL_LEVELS; level++)
		*entry(g, level) = GRANTING | table_below(g, level);
	*entry(g, 1) = GRANTING | (METAL_DATA & ~0xfffULL);
	if (g->last > 1)
		*entry(g, g->last) =
			GRANTING | ENTRY_PS | (METAL_DATA & ~((1ULL << level_shift(g->last)) - 1));
	g->c.address = address_of(la57);
	g->c.controls &= (uint8_t)~METAL_LA57;
	g->c.controls |= la57 ? METAL_LA57 : 0;
	g->c.keep = false;
}

static void set_controls(struct generator *g, unsigned bits)
{
	g->c.controls &= METAL_LA57 | METAL_PKE;
	g->c.controls |= (uint8_t)bits;
}
_Static_assert((METAL_WP | METAL_SMEP | METAL_SMAP | METAL_NXE) == ALL_CONTROLS - 1,
	       "set_controls");

static int emit(struct generator *g)
{
	if (g->c.controls & ~g->info->controls) {
		g->refused++;
		return 0;
	}
	g->n++;
	return g->emit(g->data, &g->c);
}

/* User mode keeps AC too, where it means something else; RSP of the kernel is uneven. */
static void set_access(struct generator *g, unsigned i)
{
	unsigned as = i % 3;

	g->c.kind = i / 3;
	g->c.user = as == 0;
	g->c.rflags = RFLAGS_FIXED | (as == 2 || (as == 0 && g->n & 1) ? RFLAGS_AC : 0);
	g->c.rsp = as == 0 ? USER_RSP + g->n % 4096 : g->info->stack_top - 256 - g->n % 64;
}

static int emit_accesses(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_ACCESSES; i++) {
		set_access(g, i);
		r = emit(g);
	}
	return r;
}

/* Each access, and each right behind it, with what the first left in entries and TLB. */
static int emit_pairs(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_ACCESSES * N_ACCESSES; i++) {
		set_access(g, i / N_ACCESSES);
		r = emit(g);
		set_access(g, i % N_ACCESSES);
		g->c.keep = true;
		if (r == 0)
			r = emit(g);
		g->c.keep = false;
	}
	return r;
}

/* A frame bit that this CPU does not have; none where it has all 52. */
static uint64_t reserved_bit(const struct generator *g)
{
	return g->info->physical_bits < 52 ? 1ULL << g->info->physical_bits : 0;
}

static void set_rights(struct generator *g, unsigned level, unsigned bits)
{
	*entry(g, level) &= ~(ENTRY_RW | ENTRY_US | ENTRY_NX);
	*entry(g, level) |=
		(bits & 1 ? ENTRY_RW : 0) | (bits & 2 ? ENTRY_US : 0) | (bits & 4 ? ENTRY_NX : 0);
}

/* PKRU with own (1: AD, 2: WD) for key, and the opposite for all other keys. */
static uint32_t pkru_for(unsigned key, uint32_t own)
{
	return (0x55555555 * (own ^ 3)) ^ (3U << (2 * key));
}

/* The key denies nothing, AD, WD, both; then everything is denied with PKE off. */
#define ALL_KEYS 5
static void set_key(struct generator *g, unsigned key, unsigned choice)
{
	g->c.controls &= (uint8_t)~METAL_PKE;
	g->c.controls |= choice < 4 ? METAL_PKE : 0;
	g->c.pkru = choice < 4 ? pkru_for(key, choice) : ~0U;
	*entry(g, g->last) &= ~ENTRY_PKEY;
	*entry(g, g->last) |= (uint64_t)key << ENTRY_PKEY_SHIFT;
}

/* Every combination of the bits that decide, at each level, the other levels granting. */
static int combinations_of_level(struct generator *g, unsigned level)
{
	uint64_t granting = *entry(g, level);
	int r = 0;

	for (unsigned bits = 0; r == 0 && bits < 64; bits++) {
		if (bits & 32 && level == g->last && level > 1)
			continue; /* PS is there already, and without it there is no page */
		*entry(g, level) = granting ^ (bits & 8 ? ENTRY_P : 0) ^ (bits & 32 ? ENTRY_PS : 0);
		set_rights(g, level, bits % 8);
		*entry(g, level) |= bits & 16 ? reserved_bit(g) : 0;
		r = emit_accesses(g);
	}
	*entry(g, level) = granting;
	return r;
}

static int generate_levels(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS * ALL_KEYS * ALL_CONTROLS; i++) {
		build(g, i / (ALL_KEYS * ALL_CONTROLS));
		set_controls(g, i % ALL_CONTROLS);
		set_key(g, 9, i / ALL_CONTROLS % ALL_KEYS);
		for (unsigned level = g->last; r == 0 && level <= g->top; level++)
			r = combinations_of_level(g, level);
	}
	return r;
}

/* All combinations at the levels from last up to the top. */
static int rights_below(struct generator *g, unsigned level)
{
	int r = 0;

	if (level > g->top)
		return emit_accesses(g);
	for (unsigned bits = 0; r == 0 && bits < 8; bits++) {
		set_rights(g, level, bits);
		r = rights_below(g, level + 1);
	}
	return r;
}

/* All combinations at the last level and one other, the rest granting. */
static int rights_of_two(struct generator *g)
{
	int r = 0;

	for (unsigned other = g->last; r == 0 && other <= g->top; other++) {
		for (unsigned bits = 0; r == 0 && bits < 64; bits++) {
			set_rights(g, other, bits / 8);
			if (other != g->last || bits < 8) {
				set_rights(g, g->last, bits % 8);
				r = emit_accesses(g);
			}
		}
		set_rights(g, other, 3);
	}
	return r;
}

static int generate_rights(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS * ALL_KEYS * ALL_CONTROLS; i++) {
		build(g, i / (ALL_KEYS * ALL_CONTROLS));
		set_controls(g, i % ALL_CONTROLS);
		set_key(g, 9, i / ALL_CONTROLS % ALL_KEYS);
		r = g->full ? rights_below(g, g->last) : rights_of_two(g);
	}
	return r;
}

/* Every way for an entry to end a walk, and one not to. */
#define ALL_ENDINGS 9
static uint64_t with_ending(const struct generator *g, uint64_t granting, unsigned ending)
{
	switch (ending) {
	case 1:
		return 0;
	case 2:
		return ~ENTRY_P;
	case 3:
		return granting | ENTRY_NX; /* reserved when NXE is off */
	case 4:
		return granting | 1ULL << 51; /* reserved below 52 physical bits */
	case 5:
		return granting | reserved_bit(g);
	case 6:
		return granting | ENTRY_PS;
	case 7:
		return granting | ENTRY_PS | 1ULL << 13;
	case 8:
		return (granting | ENTRY_PS | 1ULL << 51) & ~ENTRY_P;
	default:
		return granting;
	}
}

/* Bit 13 of a 4 KiB frame, or bit 51 where it is not reserved, leads elsewhere in memory. */
static bool leads_elsewhere(const struct generator *g, unsigned level, unsigned ending)
{
	return (ending == 7 && level == 1) || (ending == 4 && g->info->physical_bits >= 52);
}

static int endings_below(struct generator *g, unsigned level)
{
	uint64_t granting = *entry(g, level);
	int r = 0;

	for (unsigned ending = 0; r == 0 && ending < ALL_ENDINGS; ending++) {
		if (leads_elsewhere(g, level, ending))
			continue;
		*entry(g, level) = with_ending(g, granting, ending);
		r = level == g->top ? emit_accesses(g) : endings_below(g, level + 1);
	}
	*entry(g, level) = granting;
	return r;
}

/* Two levels at a time. */
static int endings_of_two(struct generator *g, unsigned low, unsigned high)
{
	uint64_t granting_low = *entry(g, low), granting_high = *entry(g, high);
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ALL_ENDINGS * ALL_ENDINGS; i++) {
		if (leads_elsewhere(g, low, i / ALL_ENDINGS) ||
		    leads_elsewhere(g, high, i % ALL_ENDINGS))
			continue;
		*entry(g, low) = with_ending(g, granting_low, i / ALL_ENDINGS);
		*entry(g, high) = with_ending(g, granting_high, i % ALL_ENDINGS);
		r = emit_accesses(g);
	}
	*entry(g, low) = granting_low;
	*entry(g, high) = granting_high;
	return r;
}

static int generate_endings(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < 2 * N_CHAINS; i++) {
		build(g, i % N_CHAINS);
		set_controls(g, METAL_WP | (i < N_CHAINS ? METAL_NXE : METAL_SMEP));
		if (g->full)
			r = endings_below(g, g->last);
		for (unsigned low = g->last; !g->full && low < g->top; low++) {
			for (unsigned high = low + 1; r == 0 && high <= g->top; high++)
				r = endings_of_two(g, low, high);
		}
	}
	return r;
}

/* May the bit be flipped without sending the access elsewhere in memory? */
static bool flippable(const struct generator *g, unsigned level, unsigned bit)
{
	if (level == g->last && level > 1 && bit == 7)
		return false;
	if (level == g->last && bit < level_shift(level))
		return true;
	return bit < 12 || bit >= g->info->physical_bits;
}

static int bits_of_level(struct generator *g, unsigned level)
{
	uint64_t granting = *entry(g, level);
	int r = 0;

	for (unsigned i = 0; i < 64; i++) {
		for (unsigned k = i; r == 0 && k < (g->full ? 64 : i + 1); k++) {
			if (!flippable(g, level, i) || !flippable(g, level, k))
				continue;
			*entry(g, level) = granting ^ 1ULL << i ^ (k > i) * (1ULL << k);
			r = emit_accesses(g);
		}
	}
	*entry(g, level) = granting;
	return r;
}

static int generate_bits(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS * ALL_CONTROLS; i++) {
		build(g, i / ALL_CONTROLS);
		set_controls(g, i % ALL_CONTROLS);
		g->c.controls |= METAL_PKE & g->info->controls;
		g->c.pkru = 0x55aa00e4; /* keys 0 to 3: nothing, AD, WD, both */
		for (unsigned level = g->last; r == 0 && level <= g->top; level++)
			r = bits_of_level(g, level);
	}
	return r;
}

static int generate_keys(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS * ALL_CONTROLS * ALL_KEYS * 16 * 4; i++) {
		build(g, i / (ALL_CONTROLS * ALL_KEYS * 16 * 4));
		set_controls(g, i / (ALL_KEYS * 16 * 4) % ALL_CONTROLS);
		set_key(g, i / 4 % 16, i / 64 % ALL_KEYS);
		set_rights(g, g->last, i % 4);
		r = emit_accesses(g);
	}
	return r;
}

/* Accessed and dirty as they were, at all levels. */
static int generate_marks(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS << 10; i++) {
		unsigned marks = i % 1024;

		build(g, i >> 10);
		set_controls(g, METAL_WP | METAL_NXE);
		for (unsigned level = g->last; level <= g->top; level++, marks >>= 2) {
			*entry(g, level) |= marks & 1 ? ENTRY_A : 0;
			*entry(g, level) |= marks & 2 ? ENTRY_D : 0;
		}
		r = marks ? 0 : emit_accesses(g); /* more marks than levels: seen already */
	}
	return r;
}

/* An access that may find the translation cached by one just before it. */
static int generate_cached(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < N_CHAINS * ALL_CONTROLS * ALL_KEYS * 8; i++) {
		build(g, i / (ALL_CONTROLS * ALL_KEYS * 8));
		set_controls(g, i / (ALL_KEYS * 8) % ALL_CONTROLS);
		set_key(g, 9, i / 8 % ALL_KEYS);
		set_rights(g, g->last, i % 8);
		r = emit_pairs(g);
	}
	return r;
}

static int generate_addresses(struct generator *g)
{
	static const uint64_t edges[] = {
		0x0000800000000000, 0x00008aaaaaaaa000, 0x00ffffffffffffff, 0x0100000000000000,
		0x4000000000000000, 0x8000000000000000, 0xfeffffffffffffff, 0xff00000000000000,
		0xff7fffffffffffff, 0xffff7fffffffffff, 0xffff800000000000, 0x00007ffffffff000,
	};
	int r = 0;

	for (unsigned i = 0; r == 0 && i < 2 * CR2_ARRAY_SIZE(edges); i++) {
		build(g, i & 1);
		set_controls(g, METAL_WP | METAL_NXE | METAL_SMEP | METAL_SMAP);
		g->c.address = edges[i / 2];
		r = emit_accesses(g);
	}
	return r;
}

/* Where the frame is pushed: every alignment, and across a page boundary. */
static int generate_frames(struct generator *g)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < 2 * 3 * 256; i++) {
		build(g, i & 1);
		set_controls(g, METAL_WP | METAL_NXE);
		*entry(g, 1) = 0;
		set_access(g, i / 2 % 3 * 3 + 1);
		g->c.rsp = g->info->stack_top - 4096 + 128 - i / 6;
		r = emit(g);
	}
	return r;
}

/* SplitMix64: the same cases on every machine. */
static uint64_t draw(struct generator *g)
{
	uint64_t z = g->seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Each bit that may be flipped is, at an entry in 2, with 1 in 16. */
static void scramble(struct generator *g)
{
	for (unsigned level = g->last; level <= g->top; level++) {
		uint64_t flips = draw(g) & draw(g) & draw(g) & draw(g);

		if (draw(g) & 1)
			continue;
		for (unsigned bit = 0; bit < 64; bit++)
			*entry(g, level) ^= flippable(g, level, bit) ? flips & 1ULL << bit : 0;
	}
}

static int generate_random(struct generator *g)
{
	uint64_t draws = g->draws;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < draws; i++) {
		if (i % 64 == 0) {
			g->c.controls = (uint8_t)(draw(g) & g->info->controls);
			g->c.pkru = (uint32_t)(draw(g) & draw(g));
		}
		build(g, (unsigned)(draw(g) % 3 * 2 + !!(g->c.controls & METAL_LA57)));
		scramble(g);
		set_access(g, (unsigned)(draw(g) % N_ACCESSES));
		r = emit(g);
	}
	return r;
}

const struct space spaces[] = {
	{"levels", "P, RW, US, NX, PS, reserved at each level x controls x key x page size",
	 generate_levels},
	{"rights", "RW, US, NX of all levels x controls x key x page size", generate_rights},
	{"endings", "entries absent or reserved in every way", generate_endings},
	{"bits", "each of the 64 bits at each level x controls", generate_bits},
	{"keys", "each protection key x PKRU x controls x page size", generate_keys},
	{"marks", "accessed and dirty as they were", generate_marks},
	{"cached", "each access right behind each other", generate_cached},
	{"addresses", "edges of the canonical ranges", generate_addresses},
	{"frames", "where the frame is pushed", generate_frames},
	{"random", "drawn bits at all levels", generate_random},
};
const unsigned n_spaces = CR2_ARRAY_SIZE(spaces);
