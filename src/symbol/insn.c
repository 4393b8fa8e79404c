/* SPDX-License-Identifier: MIT */
/* The instruction at ip, by capstone: its text, and the memory it touches. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <capstone/capstone.h>

#include <cr2/base.h>

#include "insn.h"

static const struct {
	x86_reg full, half;
} registers[] = {
	[CR2_REGISTER_AX] = {X86_REG_RAX, X86_REG_EAX}, [CR2_REGISTER_CX] = {X86_REG_RCX, X86_REG_ECX},
	[CR2_REGISTER_DX] = {X86_REG_RDX, X86_REG_EDX}, [CR2_REGISTER_BX] = {X86_REG_RBX, X86_REG_EBX},
	[CR2_REGISTER_SP] = {X86_REG_RSP, X86_REG_ESP}, [CR2_REGISTER_BP] = {X86_REG_RBP, X86_REG_EBP},
	[CR2_REGISTER_SI] = {X86_REG_RSI, X86_REG_ESI}, [CR2_REGISTER_DI] = {X86_REG_RDI, X86_REG_EDI},
	[CR2_REGISTER_R8] = {X86_REG_R8, X86_REG_R8D}, [CR2_REGISTER_R9] = {X86_REG_R9, X86_REG_R9D},
	[CR2_REGISTER_R10] = {X86_REG_R10, X86_REG_R10D}, [CR2_REGISTER_R11] = {X86_REG_R11, X86_REG_R11D},
	[CR2_REGISTER_R12] = {X86_REG_R12, X86_REG_R12D}, [CR2_REGISTER_R13] = {X86_REG_R13, X86_REG_R13D},
	[CR2_REGISTER_R14] = {X86_REG_R14, X86_REG_R14D}, [CR2_REGISTER_R15] = {X86_REG_R15, X86_REG_R15D},
	[CR2_REGISTER_IP] = {X86_REG_RIP, X86_REG_EIP},
};

static int register_number(x86_reg reg, bool *ret_half)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(registers); i++) {
		if (reg != registers[i].full && reg != registers[i].half)
			continue;
		*ret_half |= reg == registers[i].half;
		return (int)i;
	}
	return -1;
}

/* The parts of registers that have names of their own, but for those above. */
static int part_number(x86_reg reg)
{
	static const x86_reg parts[][3] = {
		[CR2_REGISTER_AX] = {X86_REG_AX, X86_REG_AL, X86_REG_AH},
		[CR2_REGISTER_CX] = {X86_REG_CX, X86_REG_CL, X86_REG_CH},
		[CR2_REGISTER_DX] = {X86_REG_DX, X86_REG_DL, X86_REG_DH},
		[CR2_REGISTER_BX] = {X86_REG_BX, X86_REG_BL, X86_REG_BH},
		[CR2_REGISTER_SP] = {X86_REG_SP, X86_REG_SPL}, [CR2_REGISTER_BP] = {X86_REG_BP, X86_REG_BPL},
		[CR2_REGISTER_SI] = {X86_REG_SI, X86_REG_SIL}, [CR2_REGISTER_DI] = {X86_REG_DI, X86_REG_DIL},
		[CR2_REGISTER_R8] = {X86_REG_R8W, X86_REG_R8B}, [CR2_REGISTER_R9] = {X86_REG_R9W, X86_REG_R9B},
		[CR2_REGISTER_R10] = {X86_REG_R10W, X86_REG_R10B},
		[CR2_REGISTER_R11] = {X86_REG_R11W, X86_REG_R11B},
		[CR2_REGISTER_R12] = {X86_REG_R12W, X86_REG_R12B},
		[CR2_REGISTER_R13] = {X86_REG_R13W, X86_REG_R13B},
		[CR2_REGISTER_R14] = {X86_REG_R14W, X86_REG_R14B},
		[CR2_REGISTER_R15] = {X86_REG_R15W, X86_REG_R15B},
	};

	for (size_t i = 0; reg != X86_REG_INVALID && i < CR2_ARRAY_SIZE(parts); i++)
		for (size_t k = 0; k < CR2_ARRAY_SIZE(parts[i]); k++)
			if (parts[i][k] == reg)
				return (int)i;
	return -1;
}

static uint32_t written(csh handle, const cs_insn *cs)
{
	cs_regs read, write;
	uint8_t n_read, n_write;
	uint32_t set = 0;

	if (cs_regs_access(handle, cs, read, &n_read, write, &n_write) != CS_ERR_OK)
		return 0;
	for (uint8_t i = 0; i < n_write; i++) {
		bool half = false;
		int reg = register_number(write[i], &half);

		reg = reg >= 0 ? reg : part_number(write[i]);
		set |= reg >= 0 ? 1U << reg : 0;
	}
	return set;
}

/* "dword ptr [rax + 0x18]" as capstone writes it, from its own text of the operands. */
static void operand_text(const cs_insn *cs, unsigned nth, char *ret_text, size_t size)
{
	const char *open = cs->op_str, *close, *start;

	for (unsigned i = 0;; i++) {
		open = strchr(open, '[');
		close = open ? strchr(open, ']') : NULL;
		if (!close)
			return;
		if (i == nth)
			break;
		open = close;
	}
	/* A segment stands before the bracket. */
	start = open - cs->op_str >= 3 && open[-1] == ':' ? open - 3 : open;
	snprintf(ret_text, size, "%.*s", (int)(close + 1 - start), start);
}

static void memory_operand(const cs_x86_op *op, int bits, struct insn_operand *ret)
{
	struct insn_operand operand = {0};
	bool half = false;

	operand.base = register_number(op->mem.base, &half);
	operand.index = register_number(op->mem.index, &half);
	operand.vector_index = op->mem.index != X86_REG_INVALID && operand.index < 0 &&
			       op->mem.index != X86_REG_RIZ && op->mem.index != X86_REG_EIZ;
	operand.scale = (uint8_t)op->mem.scale;
	operand.displacement = op->mem.disp;
	operand.segment = op->mem.segment == X86_REG_FS ? INSN_SEGMENT_FS :
			  op->mem.segment == X86_REG_GS ? INSN_SEGMENT_GS : INSN_SEGMENT_FLAT;
	operand.address32 = half || bits == 32;
	operand.size = op->size;
	operand.read = op->access & CS_AC_READ;
	operand.write = op->access & CS_AC_WRITE;
	*ret = operand;
}

static bool starts(const char *text, const char *prefix)
{
	return *text == *prefix && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_any(const char *name, const char *const *begins, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (starts(name, begins[i]))
			return true;
	return false;
}

/*
 * Where capstone's tables are wrong: stores of vectors and of the x87 are said to read, tests to write, and a
 * compare-and-exchange only to read.
 */
static void correct_access(const cs_insn *cs, uint8_t nth, struct insn_operand *operand)
{
	static const char *const stores[] = {"mov", "vmov", "pextr", "vpextr", "extractps", "vextract", "stmxcsr",
					     "vstmxcsr", "fst", "fist", "fbstp", "fnst"};
	static const char *const tests[] = {"cmp", "test"};
	const char *name = cs->mnemonic;

	if (nth != 0)
		return;
	if (strstr(name, "cmpxchg")) { /* also behind "lock " */
		operand->read = operand->write = true;
	} else if (is_any(name, stores, CR2_ARRAY_SIZE(stores))) {
		operand->write = true;
		operand->read = false;
	} else if (is_any(name, tests, CR2_ARRAY_SIZE(tests))) {
		operand->write = false;
		operand->read = true;
	}
}

/* These name memory but do not touch it. */
static bool touches_nothing(const cs_insn *cs)
{
	return cs->id == X86_INS_LEA || cs->id == X86_INS_NOP || starts(cs->mnemonic, "prefetch");
}

static void memory_operands(const cs_insn *cs, int bits, struct insn *insn)
{
	const cs_x86 *x86 = &cs->detail->x86;
	unsigned nth = 0;

	for (uint8_t i = 0; i < x86->op_count && insn->n_operands < INSN_OPERANDS; i++) {
		struct insn_operand *operand = &insn->operands[insn->n_operands];

		if (x86->operands[i].type != X86_OP_MEM)
			continue;
		memory_operand(&x86->operands[i], bits, operand);
		operand_text(cs, nth++, operand->text, sizeof(operand->text));
		/* Capstone has no access for some vector instructions: the first operand is the target. */
		if (!operand->read && !operand->write)
			*(i == 0 && x86->op_count > 1 ? &operand->write : &operand->read) = true;
		correct_access(cs, i, operand);
		insn->n_operands++;
	}
}

static void stack_operand(struct insn *insn, const char *text, int base, int64_t displacement,
			  bool write, int bits)
{
	struct insn_operand *operand = &insn->operands[insn->n_operands];

	if (insn->n_operands == INSN_OPERANDS)
		return;
	*operand = (struct insn_operand){.base = base, .index = -1, .scale = 1,
					 .displacement = displacement, .address32 = bits == 32,
					 .size = (uint16_t)(bits / 8),
					 .read = !write, .write = write};
	snprintf(operand->text, sizeof(operand->text), "%s", text);
	insn->n_operands++;
}

static bool is_return(const cs_insn *cs)
{
	switch (cs->id) {
#define X(name, far) case X86_INS_##name:
#include <cr2/tables/return.def>
#undef X
		return true;
	default:
		return false;
	}
}

static void implied_operands(const cs_insn *cs, int bits, struct insn *insn)
{
	bool wide = bits == 64;

	if (is_return(cs))
		stack_operand(insn, wide ? "[rsp]" : "[esp]", CR2_REGISTER_SP, 0, false, bits);
	switch (cs->id) {
	case X86_INS_PUSH:
	case X86_INS_CALL:
	case X86_INS_PUSHF:
	case X86_INS_PUSHFQ:
		stack_operand(insn, wide ? "[rsp - 8]" : "[esp - 4]", CR2_REGISTER_SP, wide ? -8 : -4,
			      true, bits);
		break;
	case X86_INS_POP:
	case X86_INS_POPF:
	case X86_INS_POPFQ:
		stack_operand(insn, wide ? "[rsp]" : "[esp]", CR2_REGISTER_SP, 0, false, bits);
		break;
	case X86_INS_LEAVE:
		stack_operand(insn, wide ? "[rbp]" : "[ebp]", CR2_REGISTER_BP, 0, false, bits);
		break;
	default:
		break;
	}
}

/* Vector moves that say so, and all of SSE's 16-byte operands but the unaligned moves. */
static uint8_t alignment(const cs_insn *cs, const struct insn *insn)
{
	static const struct {
		const char *name;
		uint8_t bytes; /* 0: the operand's size */
	} moves[] = {
		{"vmovap", 0}, {"vmovdqa", 0}, {"vmovnt", 0}, {"movap", 0}, {"movdqa", 0}, {"movnt", 0},
		{"cmpxchg16b", 16}, {"fxsave", 16}, {"fxrstor", 16}, {"xsave", 64}, {"xrstor", 64},
	};
	/* 16 bytes from anywhere; the last ones' are a descriptor. */
	static const char *const unaligned[] = {
		"movnti", "movu", "movdqu", "lddqu", "pcmpestr", "pcmpistr", "invpcid", "invept", "invvpid",
	};
	const char *name = cs->mnemonic;
	uint8_t size;

	if (insn->n_operands == 0)
		return 0;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(unaligned); i++)
		if (starts(name, unaligned[i]))
			return 0;
	size = (uint8_t)insn->operands[0].size;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(moves); i++)
		if (starts(name, moves[i].name))
			return moves[i].bytes ? moves[i].bytes : size;
	return size == 16 && name[0] != 'v' ? size : 0;
}

static bool in_group(const cs_insn *cs, uint8_t group)
{
	for (uint8_t i = 0; i < cs->detail->groups_count; i++)
		if (cs->detail->groups[i] == group)
			return true;
	return false;
}

static bool is_privileged(const cs_insn *cs)
{
	switch (cs->id) {
	case X86_INS_HLT:
	case X86_INS_IN:
	case X86_INS_OUT:
	case X86_INS_INSB:
	case X86_INS_INSW:
	case X86_INS_INSD:
	case X86_INS_OUTSB:
	case X86_INS_OUTSW:
	case X86_INS_OUTSD:
	case X86_INS_RDMSR:
	case X86_INS_CLTS:
	case X86_INS_ENCLS:
	case X86_INS_GETSEC:
	case X86_INS_MONITOR:
	case X86_INS_MWAIT:
	case X86_INS_CLI:
	case X86_INS_STI:
	case X86_INS_INT: /* of a vector that user mode may not call */
		return true;
	default:
		return in_group(cs, X86_GRP_PRIVILEGE);
	}
}

static bool is_segment_load(const cs_insn *cs)
{
	const cs_x86_op *to = &cs->detail->x86.operands[0];

	if (cs->id != X86_INS_MOV && cs->id != X86_INS_POP)
		return false;
	return to->type == X86_OP_REG &&
	       (to->reg == X86_REG_DS || to->reg == X86_REG_ES || to->reg == X86_REG_FS ||
		to->reg == X86_REG_GS || to->reg == X86_REG_SS);
}

/* With those of is_privileged(), whose values the kernel's own may be. */
static bool is_load(const cs_insn *cs)
{
	static const char *const names[] = {"fxrstor", "xrstor", "ldmxcsr", "vldmxcsr", "xsetbv",
					    "wrfsbase", "wrgsbase", "lfs", "lgs", "lss", "rdpmc"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (starts(cs->mnemonic, names[i]))
			return true;
	return is_segment_load(cs);
}

static bool is_string(const cs_insn *cs)
{
	static const char *const names[] = {"movs", "stos", "lods", "cmps", "scas"};
	const char *name = cs->mnemonic;

	if (cs->detail->x86.prefix[0] != X86_PREFIX_REP && cs->detail->x86.prefix[0] != X86_PREFIX_REPNE)
		return false;
	name = starts(name, "rep") && strchr(name, ' ') ? strchr(name, ' ') + 1 : name;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (starts(name, names[i]) && strlen(name) == strlen(names[i]) + 1)
			return true;
	return false;
}

/* What stands behind runs only where something jumps there. */
static bool never_goes_on(const cs_insn *cs)
{
	return cs->id == X86_INS_JMP || cs->id == X86_INS_LJMP || cs->id == X86_INS_HLT ||
	       in_group(cs, CS_GRP_RET) || in_group(cs, CS_GRP_IRET) || starts(cs->mnemonic, "ud") ||
	       cs->id == X86_INS_INT3;
}

static void fill(csh handle, const cs_insn *cs, int bits, struct insn *insn)
{
	snprintf(insn->text, sizeof(insn->text), "%s%s%s", cs->mnemonic,
		 cs->op_str[0] ? " " : "", cs->op_str);
	insn->length = (uint8_t)cs->size;
	if (!touches_nothing(cs))
		memory_operands(cs, bits, insn);
	implied_operands(cs, bits, insn);
	insn->written = written(handle, cs);
	insn->call = in_group(cs, CS_GRP_CALL);
	insn->ends = never_goes_on(cs);
	insn->branch = insn->call || in_group(cs, CS_GRP_JUMP) ||
		       in_group(cs, CS_GRP_RET);
	insn->relative = in_group(cs, CS_GRP_BRANCH_RELATIVE);
	insn->aligned = alignment(cs, insn);
	insn->returns = is_return(cs);
	insn->loads = is_load(cs);
	insn->repeats = is_string(cs);
	insn->privileged = is_privileged(cs);
	insn->undefined = starts(cs->mnemonic, "ud");
}

struct insn_decoder {
	csh wide, narrow; /* 64 and 32 bits; 0: not open */
	cs_insn *insn; /* that is being decoded */
};

static int open_mode(cs_mode mode, csh *ret_handle)
{
	if (cs_open(CS_ARCH_X86, mode, ret_handle) != CS_ERR_OK)
		return -ENOMEM;
	cs_option(*ret_handle, CS_OPT_DETAIL, CS_OPT_ON);
	return 0;
}

int insn_decoder_create(struct insn_decoder **ret_decoder)
{
	struct insn_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return -ENOMEM;
	if (open_mode(CS_MODE_64, &decoder->wide) < 0 || open_mode(CS_MODE_32, &decoder->narrow) < 0) {
		insn_decoder_destroy(decoder);
		return -ENOMEM;
	}
	decoder->insn = cs_malloc(decoder->wide);
	if (!decoder->insn) {
		insn_decoder_destroy(decoder);
		return -ENOMEM;
	}
	*ret_decoder = decoder;
	return 0;
}

void insn_decoder_destroy(struct insn_decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->insn)
		cs_free(decoder->insn, 1);
	if (decoder->wide)
		cs_close(&decoder->wide);
	if (decoder->narrow)
		cs_close(&decoder->narrow);
	free(decoder);
}

int insn_decode(const struct insn_decoder *decoder, const uint8_t *bytes, size_t n, uint64_t ip,
		int bits, struct insn *ret_insn)
{
	csh handle = bits == 32 ? decoder->narrow : decoder->wide;

	if (!cs_disasm_iter(handle, &bytes, &n, &ip, decoder->insn))
		return -EINVAL;
	*ret_insn = (struct insn){0};
	fill(handle, decoder->insn, bits, ret_insn);
	return 0;
}
