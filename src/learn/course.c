/* SPDX-License-Identifier: MIT */
/*
 * The course's own sheet: nothing is drawn but gaps, the seed says which exercise of it. Questions,
 * answers and misconceptions are those of the other kinds.
 */
#include <inttypes.h>

#include "maker.h"
#include "scenario.h"

#define FIRST_WRITE 0x555556789000ULL

static void error_code(struct maker *m)
{
	m->level = 1;
	learn_ask_bits(m, 0x17);
}

static void mapping(struct maker *m)
{
	m->level = 3;
	learn_ask_vma(m, &(struct learn_vma){
		.address = 0x7ffe12345678, .start = 0x7ffe00000000, .end = 0x7fff00000000});
}

static void way(struct maker *m)
{
	m->level = 5;
	learn_ask_first_way(m, FIRST_WRITE);
}

/* The sheet's entry, of a page of the kernel's as it stands there, and what fork does to one of a user's. */
static void parent_entry(struct maker *m)
{
	const uint64_t entry = 0x12345003, forked = entry & ~CR2_PTE(W);
	struct scenario scenario = {0};

	m->level = 1;
	scenario_add(m, &scenario, "map buf 512 rw");
	scenario_add(m, &scenario, "write buf@100 1");
	scenario_add(m, &scenario, "fork child");
	scenario_add(m, &scenario, "write buf@100 2");
	scenario_add(m, &scenario, "child: write buf@100 3");
	maker_give_hex(m, ENTRY, entry);
	maker_step(m, "0x%" PRIx64 " >> 12 = 0x%" PRIx64 ": the last three digits are flags.", entry, entry >> CR2_PAGE_SHIFT);
	maker_ask(m, LEARN_OTHER, "pfn", "The parent's PTE[100] is given: which frame does it name?", HEX,
		  (entry & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT);
	maker_step(m, "0x3 is P and W; U, bit 2, is 0: it is a page of the kernel's.");
	maker_ask(m, LEARN_OTHER, "user", "May user mode use that page?", YESNO, !!(entry & CR2_PTE(U)));
	maker_step(m, "fork takes W, bit 1, from both entries of a private page: 0x%" PRIx64 ".", forked);
	maker_ask(m, LEARN_OTHER, "entry_after_fork", "If fork copied it, which value would both entries have?", HEX, forked);
	learn_ask_cow(m, &scenario);
}

/* At handle_mm_fault, of the first write. */
static void registers(struct maker *m)
{
	struct cr2_registers r = {.given = 1u << CR2_REGISTER_DI | 1u << CR2_REGISTER_SI | 1u << CR2_REGISTER_DX |
					   1u << CR2_REGISTER_CX};

	m->level = 3;
	r.values[CR2_REGISTER_DI] = 0xffff888003a4b5c0;
	r.values[CR2_REGISTER_SI] = FIRST_WRITE;
	r.values[CR2_REGISTER_DX] = 0x255;
	r.values[CR2_REGISTER_CX] = 0xffffc90000a3ff58; /* on the kernel's stack */
	learn_ask_probe(m, "handle_mm_fault", &r);
}

static void program(struct maker *m)
{
	learn_ask_count(m, &(struct learn_count){.pages = 10 * 256, .stride = 1});
}

static void stages(struct maker *m)
{
	m->level = CR2_EXERCISE_LEVELS;
	learn_ask_first_trace(m, FIRST_WRITE);
}

static const struct {
	enum cr2_exercise_kind kind;
	void (*make)(struct maker *m);
} sheet[] = {
	{CR2_EXERCISE_BITS, error_code}, {CR2_EXERCISE_VMA, mapping}, {CR2_EXERCISE_CHAIN, way},
	{CR2_EXERCISE_COW, parent_entry}, {CR2_EXERCISE_PROBE, registers}, {CR2_EXERCISE_PROGRAM, program},
	{CR2_EXERCISE_TRACE, stages},
};

_Static_assert(CR2_ARRAY_SIZE(sheet) == CR2_COURSE_EXERCISES, "what the header says");

void learn_make_course(struct maker *m)
{
	size_t i = (m->exercise->seed + CR2_ARRAY_SIZE(sheet) - 1) % CR2_ARRAY_SIZE(sheet);

	m->exercise->memory->kind = sheet[i].kind;
	sheet[i].make(m);
}
