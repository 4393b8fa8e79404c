/* SPDX-License-Identifier: MIT */
/*
 * The walk against an oracle (oracle.c), by enumeration. All bits of all levels at once are
 * too many, so the space is cut where the architecture makes its parts independent:
 *   rights   RW, US, NX at all levels at once x controls x keys x page size x access,
 *            each access by walk and again through the TLB
 *   endings  each level granting, absent or reserved in every way, all levels at once
 *   bits     each pair of the 64 bits of an entry, at each level, the others granting
 *   marks    accessed and dirty as they were before, at all levels at once
 */
#include <stdlib.h>

#include <cr2/base.h>
#include <cr2/tables.h>
#include <model/hw/entry.h>
#include <model/hw/mmu.h>

#include "../../test.h"
#include "oracle.h"

#define GRANTING (ENTRY_P | ENTRY_RW | ENTRY_US)
#define N_ACCESSES (3 * AS_COUNT)
/* Distinct, so that a walk which takes the wrong bits finds nothing. */
#define INDEX(level) (0x21 + 0x43 * (level))

/*
 * The frame that holds the table of each level. Where PS must not be, it must be refused by
 * itself: so the bits below a large page's frame are 0 there, as far as they can be.
 */
static const uint8_t table[] = {[1] = 0, [2] = 2, [3] = 1, [4] = 4, [5] = 5};

struct fixture {
	struct cpu cpu;
	struct phys phys;
	bool failed;
	uint64_t *slot[LEVELS_MAX + 1]; /* where the walk reads its entry, by level */
	uint64_t entry[LEVELS_MAX + 1]; /* what stands there when an access begins */
	uint64_t address;
	unsigned top, last; /* levels in use; last maps the page where entry[] is left as built */
	unsigned long checked;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	cpu_init(&f->cpu);
	phys_init(&f->phys, &f->failed);
	if (phys_extend(&f->phys, 16) < 0)
		return -1;
	for (unsigned level = 1; level <= LEVELS_MAX; level++) {
		if (phys_materialize(&f->phys, table[level]) < 0)
			return -1;
		f->slot[level] = &phys_table(&f->phys, table[level])[INDEX(level)];
	}
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	phys_finish(&f->phys);
	free(f);
	return 0;
}

/* A chain that grants everything. */
static void build(struct fixture *f, bool la57, unsigned last)
{
	static const uint64_t page[] = {[1] = 0x6000, [2] = 0x40600000, [3] = 0xc0000000};
	unsigned unused = la57 ? 7 : 16;
	uint64_t address = 0x123;

	for (unsigned level = 1; level <= LEVELS_MAX; level++) {
		address |= (uint64_t)INDEX(level) << level_shift(level);
		f->entry[level] = GRANTING | (uint64_t)table[level - 1] << 12;
	}
	f->entry[last] = GRANTING | page[last] | (last > 1 ? ENTRY_PS : 0);
	f->address = (uint64_t)((int64_t)(address << unused) >> unused);
	f->cpu.la57 = la57;
	f->top = la57 ? 5 : 4;
	f->last = last;
	f->cpu.cr3 = (uint64_t)table[f->top] << 12;
}

static struct access access_number(const struct fixture *f, unsigned i)
{
	return (struct access){.address = f->address, .kind = i / AS_COUNT, .as = i % AS_COUNT};
}

static struct oracle_answer ask_oracle(const struct fixture *f, const struct access *access)
{
	const struct cpu *cpu = &f->cpu;
	struct oracle_machine m = {
		.wp = cpu->wp,
		.smep = cpu->smep,
		.smap = cpu->smap,
		.nxe = cpu->nxe,
		.pke = cpu->pke,
		.la57 = cpu->la57,
		.page_1g = cpu->pge_1g,
		.physical_bits = cpu->physical_bits,
		.pkru = cpu->pkru,
	};
	struct oracle_access a = {
		.address = access->address,
		.write = access->kind == CR2_ACCESS_WRITE,
		.fetch = access->kind == CR2_ACCESS_FETCH,
		.user = access->as == AS_USER,
		.ac = access->as == AS_KERNEL_AC,
	};

	return oracle(&m, &a, f->entry);
}

static void print_case(const struct fixture *f, const struct access *access)
{
	static const char *const kinds[] = {"read", "write", "fetch"};
	static const char *const as[] = {"user", "kernel", "kernel with AC"};
	const struct cpu *c = &f->cpu;

	print_error("%s as %s of 0x%016llx\n", kinds[access->kind], as[access->as],
		    (unsigned long long)access->address);
	print_error("WP=%d SMEP=%d SMAP=%d NXE=%d PKE=%d LA57=%d 1G=%d MAXPHYADDR=%d PKRU=0x%08x\n",
		    c->wp, c->smep, c->smap, c->nxe, c->pke, c->la57, c->pge_1g, c->physical_bits,
		    c->pkru);
}

/* What the entries were, what the oracle wants of them, and what they are. */
static void print_walk(const struct fixture *f, const struct oracle_answer *want)
{
	static const char *const names[] = {"", "PTE", "PMD", "PUD", "P4D", "PGD"};

	print_error("CR3 0x%llx\n", (unsigned long long)f->cpu.cr3);
	for (unsigned level = f->top; level >= 1; level--)
		print_error("%s[%03x] 0x%016llx, wanted 0x%016llx, got 0x%016llx\n", names[level],
			    INDEX(level), (unsigned long long)f->entry[level],
			    (unsigned long long)want->entry[level],
			    (unsigned long long)*f->slot[level]);
}

static void print_mismatch(const struct fixture *f, const struct access *access,
			   const struct oracle_answer *want, enum mmu_outcome outcome,
			   const struct translation *got)
{
	print_case(f, access);
	print_walk(f, want);
	if (want->fault)
		print_error("wanted a fault with error code 0x%x\n", want->error_code);
	else
		print_error("wanted 0x%llx in a page of 2^%u\n", (unsigned long long)want->physical,
			    want->page_shift);
	if (outcome == MMU_PAGE_FAULT)
		print_error("got a fault with error code 0x%x\n", got->error_code);
	else if (outcome == MMU_OK)
		print_error("got 0x%llx in a page of 2^%u%s\n", (unsigned long long)got->physical,
			    got->page_shift, got->tlb_hit ? ", from the TLB" : "");
	else
		print_error("got a non-canonical address\n");
}

static bool agrees(const struct fixture *f, const struct oracle_answer *want,
		   enum mmu_outcome outcome, const struct translation *got)
{
	for (unsigned level = 1; level <= f->top; level++) {
		if (*f->slot[level] != want->entry[level])
			return false;
	}
	if (want->fault)
		return outcome == MMU_PAGE_FAULT && got->error_code == want->error_code;
	return outcome == MMU_OK && got->physical == want->physical &&
	       got->page_shift == want->page_shift;
}

static void check(struct fixture *f, const struct access *access)
{
	struct oracle_answer want = ask_oracle(f, access);
	struct translation got;
	enum mmu_outcome outcome = mmu_access(&f->cpu, &f->phys, *access, &got);

	f->checked++;
	if (agrees(f, &want, outcome, &got))
		return;
	print_mismatch(f, access, &want, outcome, &got);
	fail_msg("the model and the oracle differ");
}

/* Every access, each by a walk through the same entries. */
static void check_walks(struct fixture *f)
{
	for (unsigned i = 0; i < N_ACCESSES; i++) {
		struct access access = access_number(f, i);

		for (unsigned level = 1; level <= f->top; level++)
			*f->slot[level] = f->entry[level];
		tlb_flush(&f->cpu);
		check(f, &access);
	}
}

/* Every access, after another one may have left the translation in the TLB. */
static void check_cached(struct fixture *f)
{
	uint64_t before[LEVELS_MAX + 1];

	memcpy(before, f->entry, sizeof(before));
	for (unsigned i = 0; i < 2 * N_ACCESSES; i++) {
		struct access access = access_number(f, i * 5 % N_ACCESSES);

		for (unsigned level = 1; level <= f->top; level++)
			f->entry[level] = *f->slot[level];
		check(f, &access);
	}
	memcpy(f->entry, before, sizeof(before));
}

/* CR0.WP, CR4.SMEP, CR4.SMAP, EFER.NXE; ALL_CONTROLS combinations. */
#define ALL_CONTROLS 16
static void set_controls(struct cpu *cpu, unsigned bits)
{
	cpu->wp = bits & 1;
	cpu->smep = bits & 2;
	cpu->smap = bits & 4;
	cpu->nxe = bits & 8;
}

/* PKRU with own (1: AD, 2: WD) for key, and the opposite for all other keys. */
static uint32_t pkru_for(unsigned key, uint32_t own)
{
	return (0x55555555 * (own ^ 3)) ^ (3U << (2 * key));
}

/* The key denies nothing, AD, WD, both; then everything is denied with PKE off. */
#define ALL_KEYS 5
static void set_key(struct fixture *f, unsigned key, unsigned choice)
{
	f->cpu.pke = choice < 4;
	f->cpu.pkru = choice < 4 ? pkru_for(key, choice) : ~0U;
	f->entry[f->last] &= ~ENTRY_PKEY;
	f->entry[f->last] |= (uint64_t)key << ENTRY_PKEY_SHIFT;
}

static void set_rights(struct fixture *f, unsigned bits)
{
	for (unsigned level = f->last; level <= f->top; level++, bits >>= 3) {
		f->entry[level] &= ~(ENTRY_RW | ENTRY_US | ENTRY_NX);
		f->entry[level] |= (bits & 1 ? ENTRY_RW : 0) | (bits & 2 ? ENTRY_US : 0) |
				   (bits & 4 ? ENTRY_NX : 0);
	}
}

/* Sanitizers see what each branch touches; every combination is for ordinary builds. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define STRIDE 13 /* none of the powers of two that rights are made of */
#else
#define STRIDE 1
#endif

static void check_rights(struct fixture *f, unsigned controls, unsigned key)
{
	set_controls(&f->cpu, controls);
	set_key(f, 9, key);
	for (unsigned bits = 0; bits < 1U << 3 * (f->top - f->last + 1); bits += STRIDE) {
		set_rights(f, bits);
		check_walks(f);
		check_cached(f);
	}
}

static void rights_of_all_levels(void **state)
{
	struct fixture *f = *state;

	for (unsigned chain = 0; chain < 6; chain++) {
		build(f, chain & 1, 1 + chain / 2);
		for (unsigned i = 0; i < ALL_CONTROLS * ALL_KEYS; i++)
			check_rights(f, i % ALL_CONTROLS, i / ALL_CONTROLS);
	}
	print_message("%lu accesses\n", f->checked);
}

/* Every way for an entry to end a walk, and one not to. */
#define ALL_ENDINGS 9
static uint64_t with_ending(uint64_t granting, unsigned ending)
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
		return granting | 1ULL << 40; /* reserved below 41 */
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

/* A table beyond memory would read as ones: such entries only where they are reserved. */
static bool leads_beyond_memory(const struct fixture *f, unsigned level, unsigned ending)
{
	unsigned bit = ending == 4 ? 51 : 40;

	return level > f->last && (ending == 4 || ending == 5) && f->cpu.physical_bits > bit;
}

static void check_endings(struct fixture *f, unsigned level)
{
	uint64_t granting;

	if (level > f->top) {
		check_walks(f);
		return;
	}
	granting = f->entry[level];
	for (unsigned ending = 0; ending < ALL_ENDINGS; ending++) {
		if (leads_beyond_memory(f, level, ending))
			continue;
		f->entry[level] = with_ending(granting, ending);
		check_endings(f, level + 1);
	}
	f->entry[level] = granting;
}

static void endings_of_all_levels(void **state)
{
	static const uint8_t physical_bits[] = {36, 40, 46, 52};
	struct fixture *f = *state;

	for (unsigned i = 0; i < 4 * CR2_ARRAY_SIZE(physical_bits); i++) {
		f->cpu.physical_bits = physical_bits[i / 4];
		f->cpu.nxe = i & 1;
		f->cpu.pge_1g = i & 2;
		for (unsigned chain = 0; chain < 6; chain++) {
			build(f, chain & 1, 1 + chain / 2);
			check_endings(f, f->last);
		}
	}
	print_message("%lu accesses\n", f->checked);
}

/* May the bit be flipped without sending the walk to another table? */
static bool flippable(const struct fixture *f, unsigned level, unsigned bit)
{
	bool frame = bit >= 12 && bit < f->cpu.physical_bits;

	return level == f->last ? level == 1 || bit != 7 : !frame;
}

static void check_pairs(struct fixture *f, unsigned level)
{
	uint64_t granting = f->entry[level];

	for (unsigned i = 0; i < 64; i++) {
		for (unsigned k = i; k < 64; k++) {
			if (!flippable(f, level, i) || !flippable(f, level, k))
				continue;
			f->entry[level] = granting ^ 1ULL << i ^ (k > i) * (1ULL << k);
			check_walks(f);
		}
	}
	f->entry[level] = granting;
}

static void pairs_of_bits_at_each_level(void **state)
{
	static const uint8_t physical_bits[] = {36, 46, 52};
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2 * ALL_CONTROLS * CR2_ARRAY_SIZE(physical_bits); i++) {
		set_controls(&f->cpu, i % ALL_CONTROLS);
		f->cpu.pge_1g = i / ALL_CONTROLS % 2;
		f->cpu.physical_bits = physical_bits[i / ALL_CONTROLS / 2];
		f->cpu.pke = true;
		f->cpu.pkru = 0x55aa00e4; /* keys 0 to 3: nothing, AD, WD, both */
		for (unsigned chain = 0; chain < 6; chain++) {
			build(f, chain & 1, 1 + chain / 2);
			for (unsigned level = f->last; level <= f->top; level++)
				check_pairs(f, level);
		}
	}
	print_message("%lu accesses\n", f->checked);
}

static void every_key(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 16 * ALL_KEYS * ALL_CONTROLS * 6; i++) {
		unsigned chain = i / (16 * ALL_KEYS * ALL_CONTROLS);

		build(f, chain & 1, 1 + chain / 2);
		set_controls(&f->cpu, i / (16 * ALL_KEYS) % ALL_CONTROLS);
		set_key(f, i % 16, i / 16 % ALL_KEYS);
		check_walks(f);
		check_cached(f);
	}
}

static void accessed_and_dirty_as_they_were(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 6 * ALL_CONTROLS << 10; i++) {
		unsigned marks = i / (6 * ALL_CONTROLS);

		build(f, i & 1, 1 + i / 2 % 3);
		set_controls(&f->cpu, i / 6 % ALL_CONTROLS);
		for (unsigned level = f->last; level <= f->top; level++, marks >>= 2) {
			f->entry[level] |= marks & 1 ? ENTRY_A : 0;
			f->entry[level] |= marks & 2 ? ENTRY_D : 0;
		}
		check_walks(f);
	}
}

static void canonical_addresses(void **state)
{
	struct fixture *f = *state;
	struct translation translation;
	struct access access = {.kind = CR2_ACCESS_READ, .as = AS_KERNEL};
	static const struct {
		uint64_t address;
		bool with_4, with_5;
	} cases[] = {
		{0, true, true},
		{0x00007fffffffffff, true, true},
		{0x0000800000000000, false, true},
		{0x00ffffffffffffff, false, true},
		{0x0100000000000000, false, false},
		{0x8000000000000000, false, false},
		{0xfeffffffffffffff, false, false},
		{0xff00000000000000, false, true},
		{0xffff7fffffffffff, false, true},
		{0xffff800000000000, true, true},
		{0xffffffffffffffff, true, true},
	};

	for (unsigned i = 0; i < 2 * CR2_ARRAY_SIZE(cases); i++) {
		bool canonical = i & 1 ? cases[i / 2].with_5 : cases[i / 2].with_4;

		build(f, i & 1, 1);
		access.address = cases[i / 2].address;
		assert_int_equal(mmu_canonical(&f->cpu, access.address), canonical);
		assert_int_equal(mmu_access(&f->cpu, &f->phys, access, &translation),
				 canonical ? MMU_PAGE_FAULT : MMU_NON_CANONICAL);
	}
}

/* What mmu_walk() tells is what the hardware reads, and it changes nothing. */
static void an_observed_walk_reads_the_same_entries(void **state)
{
	struct fixture *f = *state;
	struct cr2_walk walk;

	for (unsigned chain = 0; chain < 6; chain++) {
		build(f, chain & 1, 1 + chain / 2);
		for (unsigned level = 1; level <= f->top; level++)
			*f->slot[level] = f->entry[level];
		mmu_walk(&f->cpu, &f->phys, f->address, &walk);
		assert_int_equal(walk.cr3, f->cpu.cr3);
		assert_int_equal(walk.levels, f->top);
		assert_int_equal(walk.n, f->top - f->last + 1);
		for (unsigned i = 0; i < walk.n; i++) {
			unsigned level = f->top - i;

			assert_int_equal(walk.entries[i].level, level);
			assert_int_equal(walk.entries[i].index, INDEX(level));
			assert_int_equal(walk.entries[i].address,
					 table[level] * 4096 + INDEX(level) * 8);
			assert_true(walk.entries[i].value == f->entry[level]);
			assert_true(*f->slot[level] == f->entry[level]);
		}
	}
}

static void an_observed_walk_stops_where_the_hardware_does(void **state)
{
	struct fixture *f = *state;
	struct cr2_walk walk;

	build(f, false, 1);
	for (unsigned level = 1; level <= f->top; level++)
		*f->slot[level] = f->entry[level];
	*f->slot[3] = 0;
	mmu_walk(&f->cpu, &f->phys, f->address, &walk);
	assert_int_equal(walk.n, 2);
	*f->slot[4] |= ENTRY_PS;
	mmu_walk(&f->cpu, &f->phys, f->address, &walk);
	assert_int_equal(walk.n, 1);
}

/* Beyond memory everything reads as ones, which are reserved bits. */
static void a_table_beyond_memory_faults(void **state)
{
	struct fixture *f = *state;
	struct access access;
	struct translation got;

	build(f, false, 1);
	f->cpu.cr3 = 1ULL << 40;
	access = access_number(f, 0);
	assert_int_equal(mmu_access(&f->cpu, &f->phys, access, &got), MMU_PAGE_FAULT);
	assert_int_equal(got.error_code, CR2_PF(P) | CR2_PF(RSVD) | CR2_PF(U));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rights_of_all_levels),
		TEST(endings_of_all_levels),
		TEST(pairs_of_bits_at_each_level),
		TEST(every_key),
		TEST(accessed_and_dirty_as_they_were),
		TEST(canonical_addresses),
		TEST(an_observed_walk_reads_the_same_entries),
		TEST(an_observed_walk_stops_where_the_hardware_does),
		TEST(a_table_beyond_memory_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
