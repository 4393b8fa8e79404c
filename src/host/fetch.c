/* SPDX-License-Identifier: MIT */
/*
 * Is it safe to execute what stands at an address? A fetch is done by executing one
 * instruction, with registers that point nowhere; what could still do harm is an operand that
 * is found without a register, an instruction that reaches into the next page, and a system
 * call. What stands there is not read, since reading could change the page's state: it is
 * one of few things, because scenarios' pages hold 0x00 or 0xC3 but for bytes that a
 * `write` stored and pages that `uffd_copy` filled. All that may stand there is decoded.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>

#include "host.h"

#define LONGEST 15 /* bytes of an instruction */
#define COMBINATIONS_MAX 1024
#define NEVER_MAPPED 65536 /* below vm.mmap_min_addr's usual value */

int host_written_add(struct host_written *written, uint64_t address, uint8_t value)
{
	struct host_byte byte = {.offset = address & ~CR2_PAGE_MASK, .value = value};
	int r;

	for (size_t i = 0; i < written->count; i++)
		if (written->items[i].offset == byte.offset && written->items[i].value == byte.value)
			return 0;
	r = cr2_grow(&written->items, &written->capacity, written->count + 1, sizeof(byte));
	if (r == 0)
		written->items[written->count++] = byte;
	return r;
}

static bool is_plain_register(x86_reg reg)
{
	return reg == X86_REG_RAX || reg == X86_REG_RBX || reg == X86_REG_RCX || reg == X86_REG_RDX ||
	       reg == X86_REG_RSI || reg == X86_REG_RDI || reg == X86_REG_RBP || reg == X86_REG_RSP ||
	       (reg >= X86_REG_R8 && reg <= X86_REG_R15);
}

static bool operand_is_harmless(const cs_x86_op *operand)
{
	const x86_op_mem *mem = &operand->mem;

	if (operand->type != X86_OP_MEM)
		return true;
	if (mem->segment == X86_REG_FS || mem->segment == X86_REG_GS)
		return false;
	if (mem->index != X86_REG_INVALID && !is_plain_register(mem->index))
		return false;
	if (mem->base == X86_REG_INVALID && mem->index == X86_REG_INVALID)
		return (uint64_t)mem->disp < NEVER_MAPPED;
	return mem->base == X86_REG_INVALID || is_plain_register(mem->base);
}

static bool instruction_is_harmless(csh capstone, const cs_insn *instruction)
{
	const cs_x86 *x86 = &instruction->detail->x86;

	if (x86->addr_size != 8)
		return false;
	switch (instruction->id) {
	case X86_INS_SYSCALL:
	case X86_INS_SYSENTER:
	case X86_INS_VMCALL:
	case X86_INS_VMMCALL:
		return false;
	case X86_INS_INT:
		return (uint8_t)x86->operands[0].imm != 0x80;
	default:
		break;
	}
	for (uint8_t i = 0; i < x86->op_count; i++)
		if (!operand_is_harmless(&x86->operands[i]))
			return false;
	return !cs_insn_group(capstone, instruction, X86_GRP_VM);
}

enum { HARMFUL, HARMLESS, FAR_RETURN };

/* 0xca, 0xcb, 0xcf */
static bool is_far_return(const cs_insn *instruction)
{
	switch (instruction->id) {
#define X(name, far) case X86_INS_##name: return far;
#include <cr2/tables/return.def>
#undef X
	default:
		return false;
	}
}

/* Returns one of the above, or -ENOMEM. */
static int judge(csh capstone, const uint8_t *bytes, size_t n)
{
	cs_insn *instruction = cs_malloc(capstone);
	uint64_t address = 0;
	int r = HARMFUL;

	if (!instruction)
		return -ENOMEM;
	if (cs_disasm_iter(capstone, &bytes, &n, &address, instruction) &&
	    instruction_is_harmless(capstone, instruction))
		r = is_far_return(instruction) ? FAR_RETURN : HARMLESS;
	cs_free(instruction, 1);
	return r;
}

/* What may stand at each byte from address to the end of an instruction or of the page. */
struct choice {
	unsigned n;
	uint8_t values[256];
};
struct choices {
	size_t n;
	struct choice bytes[LONGEST];
};

static void choose(struct choices *choices, const struct host_written *written, uint64_t address,
		   uint8_t filling)
{
	uint64_t offset = address & ~CR2_PAGE_MASK;

	choices->n = CR2_PAGE_SIZE - offset < LONGEST ? CR2_PAGE_SIZE - offset : LONGEST;
	for (size_t i = 0; i < choices->n; i++)
		choices->bytes[i] = (struct choice){.n = 1, .values = {filling}};
	for (size_t i = 0; i < written->count; i++) {
		uint64_t at = written->items[i].offset - offset; /* wraps when before it */
		struct choice *choice;

		if (at >= choices->n || written->items[i].value == filling)
			continue;
		choice = &choices->bytes[at];
		choice->values[choice->n++] = written->items[i].value;
	}
}

static size_t combinations(const struct choices *choices)
{
	size_t product = 1;

	for (size_t i = 0; i < choices->n && product <= COMBINATIONS_MAX; i++)
		product *= choices->bytes[i].n;
	return product;
}

/* FAR_RETURN where that is the worst that may stand there. */
static int check_all(csh capstone, const struct choices *choices)
{
	size_t n = combinations(choices);
	int r = n <= COMBINATIONS_MAX ? HARMLESS : HARMFUL, worst = r;

	for (size_t k = 0; r > 0 && k < n; k++) {
		uint8_t bytes[LONGEST];
		size_t rest = k;

		for (size_t i = 0; i < choices->n; i++) {
			bytes[i] = choices->bytes[i].values[rest % choices->bytes[i].n];
			rest /= choices->bytes[i].n;
		}
		r = judge(capstone, bytes, choices->n);
		if (r == FAR_RETURN)
			worst = r;
	}
	return r > 0 ? worst : r;
}

/* What QEMU calls itself where it emulates the CPU, and does not run the guest on it. */
bool host_is_emulated(void)
{
	uint32_t eax, name[3];

	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	return memcmp(name, "TCGTCGTCGTCG", sizeof(name)) == 0;
}

static int refused(uint64_t address, const char *why, struct cr2_text *reason)
{
	return reason_refuse(reason, -EOPNOTSUPP, "exec 0x%llx: %s; exec a place with other bytes",
			     (unsigned long long)address, why);
}

static int conclude(int worst, uint64_t address, bool emulated, struct cr2_text *reason)
{
	if (worst < 0)
		return worst;
	if (worst == HARMFUL)
		return refused(address, "the instruction there could touch memory or reach into the next "
			       "page", reason);
	if (worst == FAR_RETURN && emulated)
		return refused(address, "the instruction there returns to another segment (0xca, 0xcb, "
			      "0xcf), at which QEMU's emulation of a CPU ends the machine", reason);
	return 0;
}

static int check_filling(csh capstone, const struct host_written *written, uint64_t address, uint8_t value)
{
	struct choices choices;

	choose(&choices, written, address, value);
	return check_all(capstone, &choices);
}

static int worse(int worst, int other)
{
	return other == HARMLESS ? worst : other;
}

int host_fetch_check(const struct host_written *written, uint64_t address, bool zeros,
		     bool returns, bool emulated, struct cr2_text *reason)
{
	int r = HARMLESS;
	csh capstone;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &capstone) != CS_ERR_OK)
		return -ENOMEM;
	if (cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
		r = -ENOMEM;
	for (unsigned value = 0; r > 0 && value < CR2_ARRAY_SIZE(written->filled); value++)
		if (written->filled[value] || (value == 0 && zeros) || (value == 0xC3 && returns))
			r = worse(r, check_filling(capstone, written, address, (uint8_t)value));
	cs_close(&capstone);
	return conclude(r, address, emulated, reason);
}
