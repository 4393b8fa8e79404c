/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <cr2/tables.h>
#include <model/hw/entry.h>
#include <model/hw/mmu.h>

#include "judge.h"

#define PAGE 4096
#define RFLAGS_RF (1ULL << 16)
#define RFLAGS_AC (1ULL << 18)

/* Words of a pushed frame. */
enum {
	FRAME_ERROR,
	FRAME_RIP,
	FRAME_CS,
	FRAME_RFLAGS,
	FRAME_RSP,
	FRAME_SS,
	FRAME_WORDS,
};

struct judge {
	struct cpu cpu;
	struct phys phys;
	bool failed;
	struct metal_info info;
	bool emulated;
	/* Of the case last judged. */
	struct metal_case c;
	uint64_t before[METAL_LEVELS]; /* its entries: c's own, or those that were there */
	struct metal_result want, got;
};

const char *excuse_sentence(enum excuse excuse)
{
	static const char *const sentences[] = {
#define X(id, by, sentence) [EXCUSE_##id] = (sentence),
#include "excuse.def"
#undef X
	};

	return sentences[excuse];
}

bool excuse_is_freedom(enum excuse excuse)
{
	enum { FREEDOM, ERRATUM };
	static const unsigned char by[] = {
#define X(id, by, sentence) [EXCUSE_##id] = (by),
#include "excuse.def"
#undef X
	};

	return by[excuse] == FREEDOM;
}

/* The image, with its page tables and stack, and zeroes everywhere else. */
static int copy_memory(struct phys *phys, const uint8_t *memory)
{
	int r = phys_extend(phys, METAL_MEMORY / PAGE);

	for (uint64_t at = METAL_IMAGE; r == 0 && at < METAL_IMAGE_END; at += PAGE) {
		r = phys_materialize(phys, at / PAGE);
		if (r == 0)
			memcpy(phys_buffer(phys, at / PAGE), memory + at, PAGE);
	}
	return r == 0 ? phys_write8(phys, METAL_DATA, METAL_DATA_BYTE) : r;
}

struct judge *judge_create(const struct metal_info *info, const uint8_t *memory, bool emulated)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (!judge)
		return NULL;
	cpu_init(&judge->cpu);
	judge->cpu.physical_bits = info->physical_bits;
	judge->cpu.pge_1g = info->page_1g;
	judge->cpu.kernel_stack = info->stack_top;
	judge->info = *info;
	judge->emulated = emulated;
	phys_init(&judge->phys, &judge->failed);
	if (copy_memory(&judge->phys, memory) == 0)
		return judge;
	judge_destroy(judge);
	return NULL;
}

void judge_destroy(struct judge *judge)
{
	if (judge)
		phys_finish(&judge->phys);
	free(judge);
}

static void set_controls(struct cpu *cpu, const struct judge *judge, const struct metal_case *c)
{
	cpu->wp = c->controls & METAL_WP;
	cpu->smep = c->controls & METAL_SMEP;
	cpu->smap = c->controls & METAL_SMAP;
	cpu->nxe = c->controls & METAL_NXE;
	cpu->pke = c->controls & METAL_PKE;
	cpu->la57 = c->controls & METAL_LA57;
	cpu->pkru = c->pkru;
	cpu->cr3 = judge->info.cr3[cpu->la57];
}

static void install(struct judge *judge, const struct metal_case *c)
{
	for (unsigned i = 0; i < METAL_LEVELS; i++)
		phys_write64(&judge->phys, judge->info.slot[i], c->entry[i]);
	tlb_flush(&judge->cpu);
}

static void read_entries(const struct judge *judge, uint64_t entry[METAL_LEVELS])
{
	for (unsigned i = 0; i < METAL_LEVELS; i++)
		entry[i] = phys_read64(&judge->phys, judge->info.slot[i]);
}

/* The instruction pointer of a refused fetch is where it would have gone on. */
static void push_frame(struct judge *judge, uint32_t error_code, struct metal_result *want)
{
	const struct metal_case *c = &judge->c;
	struct cr2_exception_frame frame = {
		.error_code = error_code,
		.rip = c->kind == CR2_ACCESS_FETCH ? c->address : judge->info.rip[c->user][c->kind],
		.cs = c->user ? METAL_USER_CS : METAL_KERNEL_CS,
		.rflags = c->rflags,
		.rsp = c->rsp,
		.ss = c->user ? METAL_USER_SS : METAL_KERNEL_SS,
	};

	want->pushed_at = cpu_push_exception(&judge->cpu, &judge->phys, &frame);
	for (unsigned i = 0; i < FRAME_WORDS; i++)
		want->frame[i] = phys_read64(&judge->phys, want->pushed_at + 8 * i);
}

static enum privilege privilege(const struct metal_case *c)
{
	if (c->user)
		return AS_USER;
	return c->rflags & RFLAGS_AC ? AS_KERNEL_AC : AS_KERNEL;
}

/* What was read, or what the byte is after a write that may have gone through or not. */
static uint8_t value(const struct judge *judge, bool ok, uint64_t physical)
{
	if (judge->c.kind == CR2_ACCESS_WRITE)
		return ok && physical == METAL_DATA ? METAL_WRITTEN : METAL_DATA_BYTE;
	if (judge->c.kind == CR2_ACCESS_READ && ok)
		return phys_read8(&judge->phys, physical);
	return 0;
}

static struct metal_result predict(struct judge *judge)
{
	const struct metal_case *c = &judge->c;
	struct access access = {.address = c->address, .kind = c->kind, .as = privilege(c)};
	struct metal_result want = {.cr2 = METAL_NO_CR2};
	struct translation translation;
	enum mmu_outcome outcome = mmu_access(&judge->cpu, &judge->phys, access, &translation);

	switch (outcome) {
	case MMU_OK:
		want.vector = METAL_DONE;
		break;
	case MMU_PAGE_FAULT:
		want.vector = METAL_PF;
		want.cr2 = c->address;
		push_frame(judge, translation.error_code, &want);
		break;
	case MMU_NON_CANONICAL:
		want.vector = METAL_GP;
		push_frame(judge, 0, &want);
		break;
	}
	want.value = value(judge, outcome == MMU_OK, translation.physical);
	read_entries(judge, want.entry);
	return want;
}

/* Both are zeroed before they are filled, so their padding is equal too. */
static bool same(const struct metal_result *a, const struct metal_result *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Bit n for each present entry n that the last case's walk read, a reserved one too. */
static unsigned walked(const struct judge *judge)
{
	struct cr2_walk walk;
	unsigned levels = 0;

	mmu_walk(&judge->cpu, &judge->phys, judge->c.address, &walk);
	for (unsigned i = 0; i < walk.n; i++) {
		if (walk.entries[i].value & ENTRY_P)
			levels |= 1U << (walk.entries[i].level - 1);
	}
	return levels;
}

/* A refused walk may or may not have marked the entries on its way. */
static bool only_accessed_differs(const struct judge *judge, const struct metal_result *got)
{
	unsigned levels = walked(judge);

	for (unsigned i = 0; i < METAL_LEVELS; i++) {
		uint64_t allowed = levels >> i & 1 ? ENTRY_A : 0;

		if ((judge->want.entry[i] ^ got->entry[i]) & ~allowed)
			return false;
	}
	return judge->want.vector == METAL_PF;
}

/* Bit 8 is G where a page is mapped; elsewhere Intel ignores it and AMD reserves it. */
static bool upper_global(const struct judge *judge)
{
	struct cr2_walk walk;

	mmu_walk(&judge->cpu, &judge->phys, judge->c.address, &walk);
	for (unsigned i = 0; i + 1 < walk.n; i++) {
		if (walk.entries[i].level >= CR2_LEVEL_PUD && walk.entries[i].value & ENTRY_G)
			return true;
	}
	return false;
}

/* Makes got equal where the architecture allows what it is. */
static unsigned excuse_freedoms(const struct judge *judge, struct metal_result *got)
{
	const struct metal_case *c = &judge->c;
	const struct metal_result *want = &judge->want;
	unsigned used = 0;

	if (memcmp(want->entry, got->entry, sizeof(want->entry)) != 0 &&
	    only_accessed_differs(judge, got)) {
		memcpy(got->entry, want->entry, sizeof(want->entry));
		used |= 1U << EXCUSE_ACCESSED;
	}
	if (want->vector == METAL_GP && c->kind == CR2_ACCESS_FETCH &&
	    got->frame[FRAME_RIP] == judge->info.rip[c->user][c->kind]) {
		got->frame[FRAME_RIP] = want->frame[FRAME_RIP];
		used |= 1U << EXCUSE_GP_RIP;
	}
	if (!same(want, got) && got->vector == METAL_PF && got->frame[FRAME_ERROR] & CR2_PF(RSVD) &&
	    upper_global(judge)) {
		*got = *want;
		used |= 1U << EXCUSE_GLOBAL;
	}
	return used;
}

/* Makes got equal where an emulator is known to be wrong. */
static unsigned excuse_errata(const struct judge *judge, struct metal_result *got)
{
	const struct metal_result *want = &judge->want;
	unsigned used = 0;

	if ((want->frame[FRAME_RFLAGS] ^ got->frame[FRAME_RFLAGS]) == RFLAGS_RF &&
	    want->frame[FRAME_RFLAGS] & RFLAGS_RF) {
		got->frame[FRAME_RFLAGS] |= RFLAGS_RF;
		used |= 1U << EXCUSE_NO_RF;
	}
	if ((want->frame[FRAME_ERROR] ^ got->frame[FRAME_ERROR]) == CR2_PF(P) &&
	    want->frame[FRAME_ERROR] & CR2_PF(RSVD)) {
		got->frame[FRAME_ERROR] |= CR2_PF(P);
		used |= 1U << EXCUSE_RSVD_ABSENT;
	}
	return used;
}

enum verdict judge_case(struct judge *judge, const struct metal_case *c,
			const struct metal_result *result, unsigned *ret_excuses)
{
	struct metal_result got = *result;

	judge->c = *c;
	judge->got = *result;
	set_controls(&judge->cpu, judge, c);
	if (!c->keep)
		install(judge, c);
	read_entries(judge, judge->before);
	judge->want = predict(judge);
	if (same(&judge->want, &got))
		return VERDICT_SAME;
	if (judge->emulated)
		*ret_excuses |= excuse_errata(judge, &got);
	*ret_excuses |= excuse_freedoms(judge, &got);
	return same(&judge->want, &got) ? VERDICT_EXCUSED : VERDICT_DIFFERENT;
}

static void print_access(const struct judge *j, FILE *out, const char *prefix)
{
	static const char *const kinds[] = {"read", "write", "fetch"};
	static const char *const as[] = {"user", "kernel", "kernel with AC"};
	const struct cpu *c = &j->cpu;

	fprintf(out, "%s%s as %s of 0x%016llx%s\n", prefix, kinds[j->c.kind], as[privilege(&j->c)],
		(unsigned long long)j->c.address,
		j->c.keep ? ", right after the case before it" : "");
	fprintf(out, "%sWP=%d SMEP=%d SMAP=%d NXE=%d PKE=%d LA57=%d MAXPHYADDR=%d PKRU=0x%08x\n",
		prefix, c->wp, c->smep, c->smap, c->nxe, c->pke, c->la57, c->physical_bits,
		c->pkru);
}

static void print_entries(const struct judge *j, FILE *out, const char *prefix)
{
	static const char *const names[] = {"PTE", "PMD", "PUD", "P4D", "PGD"};

	fprintf(out, "%sCR3 0x%llx\n", prefix, (unsigned long long)j->cpu.cr3);
	for (unsigned i = j->cpu.la57 ? 5 : 4; i-- > 0;)
		fprintf(out, "%s%s 0x%016llx, model 0x%016llx, CPU 0x%016llx%s\n", prefix, names[i],
			(unsigned long long)j->before[i], (unsigned long long)j->want.entry[i],
			(unsigned long long)j->got.entry[i],
			j->want.entry[i] == j->got.entry[i] ? "" : "  <-");
}

static void print_value(FILE *out, const char *prefix, const char *name, uint64_t want,
			uint64_t got)
{
	fprintf(out, "%s%-10s model 0x%llx, CPU 0x%llx%s\n", prefix, name, (unsigned long long)want,
		(unsigned long long)got, want == got ? "" : "  <-");
}

void judge_print(const struct judge *j, FILE *out, const char *prefix)
{
	static const char *const names[] = {"error code", "RIP", "CS", "RFLAGS", "RSP", "SS"};

	print_access(j, out, prefix);
	print_entries(j, out, prefix);
	print_value(out, prefix, "vector", j->want.vector, j->got.vector);
	for (unsigned i = 0; i < FRAME_WORDS; i++)
		print_value(out, prefix, names[i], j->want.frame[i], j->got.frame[i]);
	print_value(out, prefix, "pushed at", j->want.pushed_at, j->got.pushed_at);
	print_value(out, prefix, "CR2", j->want.cr2, j->got.cr2);
	print_value(out, prefix, "value", j->want.value, j->got.value);
}
