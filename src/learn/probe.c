/* SPDX-License-Identifier: MIT */
/*
 * Registers at a probed function to its arguments. Values are such as the fault path passes: an
 * argument's name and type say which.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "learn.h"

static const char *const hints[] = {
	"At a function's first instruction its arguments stand in registers, in a fixed order.",
	"The order of System V on x86-64: di, si, dx, cx, r8, r9. ax gets the result.",
	("An argument of 32 bits (int, unsigned int, bool) is the register's lower half; what stands above it "
	 "is left over from before."),
};

/* Those that 0 to 5 of the arguments fit in, and what else a probe may print. */
static const enum cr2_register others[] = {CR2_REGISTER_AX, CR2_REGISTER_BX, CR2_REGISTER_R10};

/* --- values --- */

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* The kernel's own faults have U=0, and come at its own addresses. */
static bool is_of_kernel_addresses(const struct cr2_probe *probe)
{
	return strcmp(probe->function, "do_kern_addr_fault") == 0 || strcmp(probe->function, "spurious_kernel_fault") == 0;
}

static uint64_t draw_error_code(struct maker *m, bool kernel)
{
	static const uint8_t codes[] = {0x4, 0x6, 0x7, 0x14, 0x15, 0x5, 0x2, 0x3}, of_kernel[] = {0x0, 0x2, 0x1, 0x3, 0x10, 0x11};

	return kernel ? of_kernel[random_below(&m->random, CR2_ARRAY_SIZE(of_kernel))] :
			codes[random_below(&m->random, CR2_ARRAY_SIZE(codes))];
}

static uint64_t draw_fault_flags(struct maker *m)
{
	uint64_t flags = CR2_FAULT_FLAG(ALLOW_RETRY) | CR2_FAULT_FLAG(KILLABLE) | CR2_FAULT_FLAG(INTERRUPTIBLE);

	if (random_chance(&m->random, 70))
		flags |= CR2_FAULT_FLAG(USER);
	if (random_chance(&m->random, 50))
		flags |= CR2_FAULT_FLAG(WRITE);
	else if (random_chance(&m->random, 30))
		flags |= CR2_FAULT_FLAG(INSTRUCTION);
	if (random_chance(&m->random, 20))
		flags |= CR2_FAULT_FLAG(TRIED);
	return flags;
}

/* Where the kernel keeps what the argument points to, without address space randomization. */
static uint64_t draw_pointer(struct maker *m, const char *type)
{
	if (strcmp(type, "struct page *") == 0 || strcmp(type, "struct folio *") == 0)
		return 0xffffea0000000000 + 64 * random_below(&m->random, 1 << 24);
	/* Where it ends, a stack of 16 KiB has the registers of user mode. */
	if (strcmp(type, "struct pt_regs *") == 0)
		return 0xffffc90000000000 + 0x8000 * random_below(&m->random, 1 << 16) + 0x3f58;
	return 0xffff888000000000 + (random_below(&m->random, 1ULL << 34) & ~7ULL);
}

static uint64_t draw_entry(struct maker *m, bool huge)
{
	uint64_t flags = CR2_PTE(P) | CR2_PTE(U) | CR2_PTE(A) | CR2_PTE(NX);
	uint64_t pfn = 0x1000 + random_below(&m->random, 1 << 22);

	if (random_chance(&m->random, 50))
		flags |= CR2_PTE(W) | CR2_PTE(D);
	return huge ? (pfn & ~511ULL) << CR2_PAGE_SHIFT | flags | CR2_PTE(PSE) : pfn << CR2_PAGE_SHIFT | flags;
}

static uint64_t draw_value(struct maker *m, const struct cr2_probe *probe, unsigned i)
{
	static const char *const addresses[] = {"address", "addr", "fault_addr", NULL};
	static const char *const codes[] = {"error_code", "hw_error_code", NULL};
	static const char *const small[] = {"pkey", "sig", "trapnr", NULL};
	const struct cr2_argument *argument = &probe->arguments[i];
	const char *name = argument->name;

	if (is_one_of(name, addresses))
		return (is_of_kernel_addresses(probe) ? 0xffffc90000000000 : 0x550000000000) +
		       random_below(&m->random, 0x2a0000000000);
	if (is_one_of(name, codes))
		return draw_error_code(m, is_of_kernel_addresses(probe));
	/* Of a new page: is it this process's alone? */
	if (strcmp(name, "flags") == 0 && strcmp(probe->function, "folio_add_new_anon_rmap") == 0)
		return random_below(&m->random, 2);
	if (strcmp(name, "flags") == 0 || strcmp(name, "fault_flags") == 0)
		return draw_fault_flags(m);
	if (strchr(argument->type, '*') || strcmp(argument->type, "pointer") == 0)
		return draw_pointer(m, argument->type);
	if (strcmp(argument->type, "pte_t") == 0 || strcmp(argument->type, "pmd_t") == 0)
		return draw_entry(m, argument->type[1] == 'm');
	/* Fault-around: the 16 pages of an aligned 64 KiB. */
	if (strcmp(name, "end_pgoff") == 0)
		return m->facts->probe.registers.values[i - 1] + 15;
	if (strcmp(name, "start_pgoff") == 0)
		return 16 * random_below(&m->random, 1000);
	if (strcmp(name, "nr") == 0)
		return 1 + random_below(&m->random, 16);
	if (strcmp(name, "si_code") == 0 || strcmp(name, "code") == 0)
		return 1 + random_below(&m->random, 2);
	if (strcmp(name, "dirty") == 0)
		return random_below(&m->random, 2);
	return random_below(&m->random, is_one_of(name, small) ? 16 : 1000);
}

/* Which of the functions: of this kernel, and with as many arguments as the level has. */
static void draw_function(struct maker *m, struct cr2_probe *probe)
{
	static const unsigned least[CR2_EXERCISE_LEVELS] = {2, 2, 3, 3, 4};
	const struct cr2_registers none = {0};
	const char *names[128];
	size_t n = cr2_probe_functions(names, CR2_ARRAY_SIZE(names));

	n = n < CR2_ARRAY_SIZE(names) ? n : CR2_ARRAY_SIZE(names);
	for (;;) {
		int r = cr2_probe_decode(names[random_below(&m->random, n)], &none, m->kernel, probe);

		if (r == -ENOMEM) {
			m->error = r;
			return;
		}
		if (r == 0 && probe->n_arguments >= least[m->level - 1])
			return;
		if (r == 0)
			cr2_probe_finish(probe);
	}
}

static void draw_registers(struct maker *m, const struct cr2_probe *probe)
{
	struct learn_probe *facts = &m->facts->probe;

	facts->n_arguments = (unsigned)probe->n_arguments;
	for (unsigned i = 0; i < facts->n_arguments; i++) {
		uint64_t value = draw_value(m, probe, i);

		facts->bits[i] = probe->arguments[i].bits;
		if (m->level >= 4 && facts->bits[i] < 64)
			value = (value & ((1ULL << facts->bits[i]) - 1)) | random_draw(&m->random) << facts->bits[i];
		facts->registers.values[i] = value;
		facts->registers.given |= 1u << i;
	}
	if (m->level == 1)
		return;
	/* A probe prints more registers than there are arguments. */
	for (unsigned i = facts->n_arguments; i < CR2_ARGUMENTS; i++) {
		facts->registers.values[i] = random_below(&m->random, 1ULL << 40);
		facts->registers.given |= 1u << i;
	}
	for (unsigned i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		facts->registers.values[others[i]] = random_below(&m->random, 1ULL << 40);
		facts->registers.given |= 1u << others[i];
	}
}

/* --- parts --- */

/* In the order of the arguments at first, then in that of their names. */
static void give_registers(struct maker *m, const struct cr2_registers *registers)
{
	static const enum cr2_register by_name[] = {
		CR2_REGISTER_AX, CR2_REGISTER_BX, CR2_REGISTER_CX, CR2_REGISTER_DI, CR2_REGISTER_DX,
		CR2_REGISTER_R10, CR2_REGISTER_R8, CR2_REGISTER_R9, CR2_REGISTER_SI,
	};

	for (unsigned i = 0; i < CR2_ARRAY_SIZE(by_name); i++) {
		unsigned reg = m->level == 1 ? i : (unsigned)by_name[i];

		if (registers->given & 1u << reg)
			maker_give(m, CR2_KEY_NONE, &(struct cr2_given){
				.key = cr2_register_name((int)reg),
				.group = cr2_key_name(CR2_KEY_REGISTERS),
				.number = registers->values[reg],
			});
	}
}

static uint64_t counting(uint64_t value, unsigned bits)
{
	return bits < 64 ? value & ((1ULL << bits) - 1) : value;
}

static void add_argument(struct maker *m, const struct cr2_argument *argument, unsigned i)
{
	uint64_t value = counting(argument->value, argument->bits);

	maker_step(m, "Argument %u, %s (%s), is in %s%s: 0x%" PRIx64 ", %s.", i + 1, argument->name, argument->type,
		   cr2_register_name(argument->reg), argument->bits < 64 ? ", of which the lower bits count" : "",
		   value, argument->meaning.data);
	maker_ask(m, LEARN_ARGUMENT, maker_printf(m, "%s", argument->name),
		  maker_printf(m, "Which value has %s (%s)?", argument->name, argument->type), HEX, value)->line = i;
}

/* The fault flags by their names. */
static void add_flags(struct maker *m, const struct cr2_argument *argument)
{
	struct cr2_answer answer = learn_answer(CR2_ANSWER_FLAGS, counting(argument->value, argument->bits));
	struct cr2_text names = {0};
	int r = cr2_fault_flags_format(answer.values[0], m->kernel, &names);

	answer.flags = CR2_FLAGS_FAULT;
	maker_step(m, "0x%" PRIx64 " is %s.", answer.values[0], maker_take(m, &names, r));
	maker_part(m, LEARN_ARGUMENT_FLAGS, maker_printf(m, "%s_names", argument->name),
		   "Which FAULT_FLAG_ bits are these?", &answer);
}

static void add_arguments(struct maker *m, const struct cr2_probe *probe)
{
	for (unsigned i = 0; i < probe->n_arguments; i++)
		add_argument(m, &probe->arguments[i], i);
	for (unsigned i = 0; m->level >= 3 && i < probe->n_arguments; i++)
		if (strcmp(probe->arguments[i].name, "flags") == 0 && strcmp(probe->function, "folio_add_new_anon_rmap"))
			add_flags(m, &probe->arguments[i]);
}

static void ask_probe(struct maker *m, const char *function)
{
	struct learn_probe *facts = &m->facts->probe;
	struct cr2_probe probe;
	int r = cr2_probe_decode(function, &facts->registers, m->kernel, &probe);

	if (r < 0) {
		m->error = r;
		return;
	}
	maker_give_text(m, FUNCTION, probe.function);
	give_registers(m, &facts->registers);
	add_arguments(m, &probe);
	maker_question(m, "A kprobe on %s() prints the registers at its first instruction, on kernel %s. Which argument "
		       "has which value?", probe.function, cr2_profile_name(m->exercise->profile));
	maker_hints(m, hints, CR2_ARRAY_SIZE(hints));
	cr2_probe_finish(&probe);
}

void learn_make_probe(struct maker *m)
{
	struct cr2_probe bare = {0};

	draw_function(m, &bare);
	if (m->error < 0)
		return;
	draw_registers(m, &bare);
	ask_probe(m, bare.function);
	cr2_probe_finish(&bare);
}

void learn_ask_probe(struct maker *m, const char *function, const struct cr2_registers *registers)
{
	struct learn_probe *facts = &m->facts->probe;
	struct cr2_probe bare;
	int r = cr2_probe_decode(function, registers, m->kernel, &bare);

	if (r < 0) {
		m->error = r;
		return;
	}
	facts->registers = *registers;
	facts->n_arguments = (unsigned)bare.n_arguments;
	for (unsigned i = 0; i < facts->n_arguments; i++)
		facts->bits[i] = bare.arguments[i].bits;
	cr2_probe_finish(&bare);
	ask_probe(m, function);
}

/* --- misconceptions --- */

/* The value in the register where somebody looks for the part's argument. */
static size_t looked_up(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			const enum cr2_register *order, struct cr2_answer *ret)
{
	const struct learn_probe *probe = &learn_facts(e)->probe;
	enum cr2_register reg = order[part->line];

	if (!(probe->registers.given & 1u << reg))
		return 0;
	return learn_one(ret, counting(probe->registers.values[reg], probe->bits[part->line]));
}

/* Orders that there are elsewhere, or that come to mind. */
size_t learn_register_order(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	static const enum cr2_register orders[CR2_MISTAKES][CR2_ARGUMENTS] = {
		{CR2_REGISTER_SI, CR2_REGISTER_DI, CR2_REGISTER_DX, CR2_REGISTER_CX, CR2_REGISTER_R8, CR2_REGISTER_R9},
		{CR2_REGISTER_DI, CR2_REGISTER_SI, CR2_REGISTER_CX, CR2_REGISTER_DX, CR2_REGISTER_R8, CR2_REGISTER_R9},
		{CR2_REGISTER_CX, CR2_REGISTER_DX, CR2_REGISTER_R8, CR2_REGISTER_R9, CR2_REGISTER_DI, CR2_REGISTER_SI},
		{CR2_REGISTER_R9, CR2_REGISTER_R8, CR2_REGISTER_CX, CR2_REGISTER_DX, CR2_REGISTER_SI, CR2_REGISTER_DI},
	};
	size_t n = 0;

	if (part->subject != LEARN_ARGUMENT)
		return 0;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(orders); i++)
		n += looked_up(e, part, orders[i], &ret[n]);
	return n;
}

/* ax, bx, cx, dx: by the alphabet, as if ax were the first. */
size_t learn_ax_is_first(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			 struct cr2_answer *ret)
{
	static const enum cr2_register order[CR2_ARGUMENTS] = {
		CR2_REGISTER_AX, CR2_REGISTER_BX, CR2_REGISTER_CX, CR2_REGISTER_DX, CR2_REGISTER_SI, CR2_REGISTER_DI,
	};

	return part->subject == LEARN_ARGUMENT ? looked_up(e, part, order, ret) : 0;
}

size_t learn_whole_register(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	if (part->subject != LEARN_ARGUMENT)
		return 0;
	return learn_one(ret, learn_facts(e)->probe.registers.values[part->line]);
}
