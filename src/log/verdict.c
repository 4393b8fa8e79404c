/* SPDX-License-Identifier: MIT */
/*
 * What a report comes to: the access, the operand that made the address, and the pattern.
 * A pattern that the log does not prove is marked as likely.
 */
#include <stdio.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/flags.h>

#include "symbol/insn.h"

#include "locate.h"
#include "recognise.h"

#define NARROW_TASK_SIZE 0xc0000000ULL /* a 32-bit kernel has the upper 1 GiB of 4 */
/* Nothing is ever mapped below vm.mmap_min_addr, whose default this is. */
#define LOW_MEMORY 0x10000ULL
#define ERROR_POINTERS (-4095LL)
#define NEAR_STACK 0x10000ULL
#define FRAME_MOST (16ULL << 20)
#define CR4_LA57 (1ULL << 12)
#define SELECTOR_IDT 2 /* the error code names a gate of the IDT: of int */
#define KERNEL_IMAGE 0xffffffff80000000ULL

/* A 32-bit program on a 64-bit kernel has code and stack below 4 GiB; no other has both. */
static int bits_of(const struct cr2_log_report *report)
{
	if (report->kernel_bits == 32)
		return 32;
	return report->in_user_code && log_has(report, LOG_HAS_IP | LOG_HAS_SP) &&
	       report->ip <= UINT32_MAX && report->sp && report->sp <= UINT32_MAX ? 32 : 64;
}

static uint64_t task_size(const struct cr2_log_report *report)
{
	return report->kernel_bits == 32 ? NARROW_TASK_SIZE : CR2_TASK_SIZE_MAX(4);
}

static bool is_error_pointer(const struct cr2_log_report *report, uint64_t pointer)
{
	return pointer >= (bits_of(report) == 32 ? (uint32_t)ERROR_POINTERS : (uint64_t)ERROR_POINTERS);
}

/* 48 bits, or 57 where CR4 says that the page tables have five levels. */
static bool is_canonical(const struct cr2_log_report *report, uint64_t addr)
{
	int unused = log_has(report, LOG_HAS_CR4) && report->cr4 & CR4_LA57 ? 7 : 16;

	return bits_of(report) == 32 || (uint64_t)((int64_t)(addr << unused) >> unused) == addr;
}

static bool is_user_address(const struct cr2_log_report *report, uint64_t addr)
{
	if (report->kernel_bits == 32)
		return addr < NARROW_TASK_SIZE;
	return is_canonical(report, addr) && !(addr >> 63);
}

/* ---- the access ---- */

static void decide_access(struct cr2_log_report *report)
{
	bool fault = log_has(report, LOG_HAS_ERROR) && report->cause != CR2_LOG_CAUSE_GENERAL_PROTECTION;

	if (report->kind == CR2_LOG_TRAP || !fault || log_has(report, LOG_HAS_ACCESS))
		return;
	report->write = report->error & CR2_PF(W);
	/* Without NX a fetch looks like a read. */
	report->fetch = report->error & CR2_PF(I) ||
			(log_has(report, LOG_HAS_ADDR | LOG_HAS_IP) && !report->write &&
			 report->addr == report->ip);
	report->user = report->error & CR2_PF(U);
	report->has |= LOG_HAS_ACCESS;
}

static void decide_sanitised(struct cr2_log_report *report)
{
	report->error_sanitised = report->kind == CR2_LOG_SEGFAULT && report->addr >= task_size(report) &&
				  report->error & CR2_PF(P);
}

/* ---- the operand ---- */

static bool register_value(const struct cr2_log_report *report, int reg, uint64_t *ret_value)
{
	if (reg == CR2_REGISTER_SP && !(report->registers_known & 1U << reg) && log_has(report, LOG_HAS_SP))
		*ret_value = report->sp;
	else if (report->registers_known & 1U << reg)
		*ret_value = report->registers[reg];
	else
		return false;
	return true;
}

static bool segment_base(const struct cr2_log_report *report, enum insn_segment segment,
			 uint64_t *ret_base)
{
	*ret_base = segment == INSN_SEGMENT_FS ? report->fs :
		    segment == INSN_SEGMENT_GS ? report->gs : 0;
	return segment == INSN_SEGMENT_FLAT ||
	       log_has(report, segment == INSN_SEGMENT_FS ? LOG_HAS_FS : LOG_HAS_GS);
}

/* The address, where all that it is made of is known. */
static bool operand_address(const struct cr2_log_report *report, const struct insn *insn,
			    const struct insn_operand *operand, uint64_t *ret_address)
{
	uint64_t base = 0, index = 0, segment;

	if (operand->vector_index || !segment_base(report, operand->segment, &segment))
		return false;
	if (operand->base == CR2_REGISTER_IP) {
		if (!log_has(report, LOG_HAS_IP))
			return false;
		base = report->ip + insn->length;
	} else if (operand->base >= 0 && !register_value(report, operand->base, &base)) {
		return false;
	}
	if (operand->index >= 0 && !register_value(report, operand->index, &index))
		return false;
	base += index * operand->scale + (uint64_t)operand->displacement;
	*ret_address = segment + (operand->address32 ? (uint32_t)base : base);
	return true;
}

static bool covers(uint64_t start, const struct insn_operand *operand, uint64_t addr)
{
	return addr - start < (operand->size ? operand->size : 1);
}

static bool is_protection(const struct cr2_log_report *report)
{
	return report->cause == CR2_LOG_CAUSE_GENERAL_PROTECTION ||
	       report->cause == CR2_LOG_CAUSE_STACK_SEGMENT;
}

static bool access_fits(const struct cr2_log_report *report, const struct insn_operand *operand)
{
	return !log_has(report, LOG_HAS_ACCESS) || (report->write ? operand->write : operand->read);
}

/* Could the operand's address be what the fault was about? *ret_proved: its address says so. */
static bool operand_fits(const struct cr2_log_report *report, const struct insn *insn,
			 const struct insn_operand *operand, bool *ret_proved)
{
	uint64_t address;

	*ret_proved = false;
	if (!operand_address(report, insn, operand, &address))
		return true;
	if (!log_has(report, LOG_HAS_ADDR) && !is_protection(report))
		return true;
	if (is_protection(report)) {
		*ret_proved = !is_canonical(report, address);
		return *ret_proved;
	}
	*ret_proved = covers(address, operand, report->addr);
	return *ret_proved;
}

static const struct insn_operand *choose_operand(const struct cr2_log_report *report,
						 const struct insn *insn)
{
	const struct insn_operand *only = NULL;
	unsigned fitting = 0;
	bool proved;

	for (unsigned i = 0; i < insn->n_operands; i++) {
		/* The only operand is the one, whatever capstone thinks that is done to it. */
		if ((insn->n_operands > 1 && !access_fits(report, &insn->operands[i])) ||
		    !operand_fits(report, insn, &insn->operands[i], &proved))
			continue;
		if (proved)
			return &insn->operands[i];
		only = &insn->operands[i];
		fitting++;
	}
	return fitting == 1 ? only : NULL;
}

static void fill_operand(struct cr2_log_report *report, const struct insn *insn,
			 const struct insn_operand *operand)
{
	struct log_insn *out = &report->insn;

	snprintf(out->operand, sizeof(out->operand), "%s", operand->text);
	out->base = operand->base;
	out->index = operand->index;
	out->scale = operand->scale;
	out->displacement = operand->displacement;
	out->size = operand->size;
	out->has_address = operand_address(report, insn, operand, &out->address);
	if (operand->base < 0 || operand->base == CR2_REGISTER_IP)
		return;
	out->has_base_value = register_value(report, operand->base, &out->base_value);
	if (out->has_base_value || operand->index >= 0 || operand->vector_index ||
	    operand->segment != INSN_SEGMENT_FLAT || !log_has(report, LOG_HAS_ADDR))
		return;
	out->base_value = report->addr - (uint64_t)operand->displacement;
	if (operand->address32)
		out->base_value = (uint32_t)out->base_value;
	out->has_base_value = out->base_inferred = true;
}

static bool decode(const struct cr2_log_report *report, const struct insn_decoder *decoder,
		   const uint8_t *bytes, size_t n, struct insn *ret_insn)
{
	return n && insn_decode(decoder, bytes, n, report->ip, bits_of(report), ret_insn) == 0;
}

bool log_code_fits(const struct cr2_log_report *report, const struct insn_decoder *decoder,
		   const struct log_code *code)
{
	struct cr2_log_report copy = *report;
	struct insn insn;

	if (code->unreadable)
		return true;
	decide_access(&copy);
	if (log_has(&copy, LOG_HAS_ACCESS) && copy.fetch)
		return true;
	if (!decode(&copy, decoder, code->bytes + code->ip, (size_t)(code->length - code->ip), &insn))
		return false;
	for (unsigned i = 0; i < insn.n_operands; i++) {
		bool proved;

		if (access_fits(&copy, &insn.operands[i]) &&
		    operand_fits(&copy, &insn, &insn.operands[i], &proved))
			return true;
	}
	return !log_has(&copy, LOG_HAS_ACCESS);
}

/* The CPU reports these after the instruction: ip is the next one's. */
static bool is_after(const struct cr2_log_report *report)
{
	return report->cause == CR2_LOG_CAUSE_INT3 || report->cause == CR2_LOG_CAUSE_OVERFLOW;
}

/* Where a branch goes is counted from ip: "call 0x401000" is "call" where ip is not known. */
static void hide_target(char *text)
{
	char *blank = strrchr(text, ' ');

	if (blank)
		*blank = '\0';
}

static bool decode_instruction(struct cr2_log_report *report, const struct insn_decoder *decoder,
			       struct insn *ret_insn)
{
	struct log_insn *out = &report->insn;
	const struct insn_operand *operand;

	if (report->code_length) {
		out->length = (uint8_t)(report->code_length - report->code_ip);
		out->length = out->length > 15 ? 15 : out->length;
		memcpy(out->bytes, report->code + report->code_ip, out->length);
	}
	out->base = out->index = -1;
	if (is_after(report) || !decode(report, decoder, out->bytes, out->length, ret_insn)) {
		out->length = 0;
		return false;
	}
	out->length = ret_insn->length;
	snprintf(out->text, sizeof(out->text), "%s", ret_insn->text);
	if (ret_insn->relative && !log_has(report, LOG_HAS_IP))
		hide_target(out->text);
	/* Of a fetch, the instruction at ip is the one that could not be read. */
	if (log_has(report, LOG_HAS_ACCESS) && report->fetch)
		return true;
	operand = choose_operand(report, ret_insn);
	if (operand)
		fill_operand(report, ret_insn, operand);
	return true;
}

/* ---- the pattern ---- */

static void decide(struct cr2_log_report *report, enum cr2_log_pattern pattern, bool likely)
{
	report->pattern = pattern;
	report->pattern_likely = likely;
}

/* Pointers that are no addresses: NULL, small numbers, error codes. */
static bool bad_pointer(struct cr2_log_report *report)
{
	const struct log_insn *insn = &report->insn;
	bool known = insn->has_base_value && insn->index < 0;
	uint64_t pointer = known ? insn->base_value : report->addr;

	if (known && is_error_pointer(report, pointer))
		decide(report, CR2_LOG_PATTERN_ERROR_POINTER, false);
	else if (report->addr == 0)
		decide(report, CR2_LOG_PATTERN_NULL, false);
	else if (report->addr < LOW_MEMORY || (known && pointer < LOW_MEMORY))
		decide(report, CR2_LOG_PATTERN_NEAR_NULL, false);
	else if (is_error_pointer(report, report->addr))
		decide(report, CR2_LOG_PATTERN_ERROR_POINTER, true);
	else
		return false;
	return true;
}

static bool bad_page_table(struct cr2_log_report *report)
{
	if (report->error & CR2_PF(RSVD))
		decide(report, CR2_LOG_PATTERN_PAGE_TABLE, false);
	else if (report->error & CR2_PF(PK))
		decide(report, CR2_LOG_PATTERN_PROTECTION_KEY, false);
	else
		return false;
	return true;
}

static void user_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (report->addr < 4096)
		decide(report, CR2_LOG_PATTERN_JUMP_TO_NULL, false);
	else if (report->addr >= task_size(report))
		decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (present || (report->place.data_known && !report->place.data_exec))
		decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
}

/*
 * An access to where no page is, below the stack pointer, through it, or right above it. What
 * lies further above and is reached by another pointer has run off the stack's other end.
 */
static bool beside_stack(const struct cr2_log_report *report)
{
	bool through = report->insn.base == CR2_REGISTER_SP || report->insn.base == CR2_REGISTER_BP;

	if (!log_has(report, LOG_HAS_SP) || report->error & CR2_PF(P))
		return false;
	if (report->addr < report->sp)
		return report->sp - report->addr < (through ? FRAME_MOST : NEAR_STACK);
	return report->addr - report->sp < (through ? FRAME_MOST : CR2_PAGE_SIZE);
}

static bool in_mapping_of_ip(const struct cr2_log_report *report)
{
	return log_has(report, LOG_HAS_OBJECT) &&
	       report->addr - report->object_start < report->object_length;
}

static void user_write(struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = &report->place;

	if (in_mapping_of_ip(report) || (place->data_known && place->data_exec))
		decide(report, CR2_LOG_PATTERN_WRITE_TO_TEXT, false);
	else if (report->error & CR2_PF(P) || (place->data_known && !place->data_write))
		decide(report, CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else
		decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

static void judge_segfault(struct cr2_log_report *report)
{
	if (bad_page_table(report))
		return;
	if (report->fetch)
		user_fetch(report);
	else if (bad_pointer(report))
		;
	else if (report->addr >= task_size(report))
		decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (beside_stack(report))
		decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (report->write)
		user_write(report);
	else if (report->error & CR2_PF(P))
		decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

/* Addresses of 32 bits are all canonical; a segment's limit may be what was exceeded. */
static void judge_narrow_protection(struct cr2_log_report *report, const struct insn *insn)
{
	if (report->error)
		decide(report, CR2_LOG_PATTERN_SELECTOR, false);
	else if (report->in_user_code && report->insn.length && insn->privileged)
		decide(report, CR2_LOG_PATTERN_PRIVILEGED, false);
	else if (report->insn.length && insn->aligned)
		decide(report, CR2_LOG_PATTERN_MISALIGNED, true);
}

/* #GP names no address; the instruction tells which of its causes is possible. */
static void judge_protection(struct cr2_log_report *report, const struct insn *insn)
{
	bool decoded = report->insn.length > 0;

	/* AMD's CPUs report a jump there at its target. */
	if (!is_canonical(report, report->ip))
		decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	/* A selector is in the error code, or a vector's number: not a matter of memory. */
	else if (report->error && !(report->error & SELECTOR_IDT))
		decide(report, CR2_LOG_PATTERN_SELECTOR, false);
	else if (report->error || (decoded && insn->privileged))
		decide(report, CR2_LOG_PATTERN_PRIVILEGED, report->error && !decoded);
	else if (decoded && insn->aligned && !report->insn.has_address)
		decide(report, CR2_LOG_PATTERN_MISALIGNED, true);
	else if (!decoded || insn->n_operands || insn->branch)
		decide(report, CR2_LOG_PATTERN_NON_CANONICAL, !report->insn.operand[0]);
}

static void judge_trap(struct cr2_log_report *report, const struct insn *insn)
{
	switch (report->cause) {
	case CR2_LOG_CAUSE_GENERAL_PROTECTION:
		if (bits_of(report) == 32)
			judge_narrow_protection(report, insn);
		else
			judge_protection(report, insn);
		return;
	case CR2_LOG_CAUSE_STACK_SEGMENT:
		if (bits_of(report) == 64)
			decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
		return;
	case CR2_LOG_CAUSE_INVALID_OPCODE:
		decide(report, CR2_LOG_PATTERN_INVALID_INSTRUCTION, false);
		return;
	case CR2_LOG_CAUSE_INT3:
		decide(report, CR2_LOG_PATTERN_BREAKPOINT, false);
		return;
	case CR2_LOG_CAUSE_DIVIDE_ERROR:
		decide(report, CR2_LOG_PATTERN_DIVIDE_ERROR, false);
		return;
	case CR2_LOG_CAUSE_CONTROL_PROTECTION:
		decide(report, CR2_LOG_PATTERN_CONTROL_FLOW, false);
		return;
	default:
		return;
	}
}

static void kernel_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (report->addr < 4096)
		decide(report, CR2_LOG_PATTERN_JUMP_TO_NULL, false);
	else if (is_user_address(report, report->addr) && present && bits_of(report) == 64)
		decide(report, CR2_LOG_PATTERN_SMEP, false);
	else if (present)
		decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
}

/* The entry that maps the address, as the oops prints it: its top bit is NX. */
static bool leaf_is_executable(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PTE; level <= CR2_LEVEL_PGD; level++)
		if (report->entries_known & 1 << level && report->entries[level] & 1)
			return !(report->entries[level] >> 63);
	return false;
}

/* An empty entry is printed: nothing is mapped there. */
static bool walk_ends(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level && report->entries[level] == 0)
			return true;
	return false;
}

static void kernel_data(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (is_user_address(report, report->addr))
		decide(report, present && bits_of(report) == 64 ? CR2_LOG_PATTERN_SMAP :
			CR2_LOG_PATTERN_USER_ADDRESS, false);
	else if (beside_stack(report))
		decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (present && report->write)
		decide(report, report->addr >= KERNEL_IMAGE && leaf_is_executable(report) ?
			CR2_LOG_PATTERN_WRITE_TO_TEXT : CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else if (present)
		decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		decide(report, CR2_LOG_PATTERN_UNMAPPED, !walk_ends(report));
}

static void judge_oops_fault(struct cr2_log_report *report)
{
	if (bad_page_table(report))
		return;
	if (report->fetch)
		kernel_fetch(report);
	else if (!bad_pointer(report))
		kernel_data(report);
}

/*
 * With KASAN, a NULL pointer's shadow is what is touched first, at a non-canonical address;
 * KASAN's own line then tells the address meant.
 */
static bool shadow_of_null(struct cr2_log_report *report)
{
	if (!log_has(report, LOG_HAS_RANGE) || report->range_start >= LOW_MEMORY)
		return false;
	decide(report, report->range_start ? CR2_LOG_PATTERN_NEAR_NULL : CR2_LOG_PATTERN_NULL, false);
	return true;
}

/* Only the first line is at hand: it does not say what was done there. */
static void judge_address(struct cr2_log_report *report)
{
	if (bad_pointer(report))
		report->pattern_likely = true;
	else if (is_user_address(report, report->addr))
		decide(report, CR2_LOG_PATTERN_USER_ADDRESS, true);
}

/* Kernels before 5.5 name no address, and those before 5.12 leave out the displacement. */
static void correct_address(struct cr2_log_report *report)
{
	if (!report->insn.has_address || (log_has(report, LOG_HAS_ADDR) &&
					  report->addr == report->insn.address))
		return;
	report->addr_corrected = log_has(report, LOG_HAS_ADDR);
	report->addr_logged = report->addr;
	report->addr = report->insn.address;
	report->has |= LOG_HAS_ADDR;
}

static void judge_oops_protection(struct cr2_log_report *report, const struct insn *insn)
{
	if (report->error) {
		decide(report, CR2_LOG_PATTERN_SELECTOR, false);
		return;
	}
	correct_address(report);
	if (shadow_of_null(report))
		return;
	if (log_has(report, LOG_HAS_ADDR))
		decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	else if (!report->insn.length || insn->n_operands || insn->branch)
		decide(report, CR2_LOG_PATTERN_NON_CANONICAL, true);
}

/* The addresses that the report prints are hashed: the operand tells what was touched. */
static void judge_guard(struct cr2_log_report *report)
{
	decide(report, CR2_LOG_PATTERN_STACK, false);
	if (log_has(report, LOG_HAS_ADDR) || !report->insn.has_address)
		return;
	report->addr = report->insn.address;
	report->has |= LOG_HAS_ADDR;
}

static void judge_oops(struct cr2_log_report *report, const struct insn *insn)
{
	switch (report->cause) {
	case CR2_LOG_CAUSE_STACK_GUARD:
		judge_guard(report);
		return;
	case CR2_LOG_CAUSE_DOUBLE_FAULT:
		decide(report, CR2_LOG_PATTERN_STACK, true);
		return;
	case CR2_LOG_CAUSE_PAGE_TABLE:
		decide(report, CR2_LOG_PATTERN_PAGE_TABLE, false);
		return;
	case CR2_LOG_CAUSE_PAGE_FAULT:
		if (log_has(report, LOG_HAS_ACCESS | LOG_HAS_ADDR))
			judge_oops_fault(report);
		else if (log_has(report, LOG_HAS_ADDR))
			judge_address(report);
		return;
	default:
		if (bits_of(report) == 32)
			judge_narrow_protection(report, insn);
		else
			judge_oops_protection(report, insn);
		return;
	}
}

/* The oops prints what its function is; the address of the function itself is ip's. */
static void complete_registers(struct cr2_log_report *report)
{
	if (!log_has(report, LOG_HAS_IP) || report->registers_known & 1U << CR2_REGISTER_IP)
		return;
	report->registers[CR2_REGISTER_IP] = report->ip;
	report->registers_known |= 1U << CR2_REGISTER_IP;
}

/* Which printed entry does not allow the access, where the page is present; 0: none. */
static int refusing_level(const struct cr2_log_report *report)
{
	const uint64_t needed = report->write ? CR2_PTE(W) : 0;
	const uint64_t forbidden = report->fetch ? CR2_PTE(NX) : 0;

	if (!log_has(report, LOG_HAS_ACCESS) || !(report->error & CR2_PF(P)))
		return 0;
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--) {
		uint64_t entry = report->entries[level];

		/* The four entries at the top of a 32-bit walk have no rights. */
		if (report->kernel_bits == 32 && level == CR2_LEVEL_PUD)
			continue;
		if (report->entries_known & 1 << level &&
		    ((entry & needed) != needed || entry & forbidden))
			return level;
	}
	return 0;
}

/* A page fault whose first line is lost, and CR2 with it. */
static void infer_address(struct cr2_log_report *report, bool known, uint64_t addr)
{
	if (report->cause != CR2_LOG_CAUSE_PAGE_FAULT || log_has(report, LOG_HAS_ADDR) || !known)
		return;
	report->addr = addr;
	report->addr_inferred = true;
	report->has |= LOG_HAS_ADDR;
}

void log_verdict(struct cr2_log_report *report, const struct insn_decoder *decoder,
		 struct symbols *symbols)
{
	struct insn insn = {0};

	decide_access(report);
	decide_sanitised(report);
	complete_registers(report);
	if (symbols)
		log_locate(symbols, report);
	infer_address(report, report->fetch && log_has(report, LOG_HAS_IP), report->ip);
	decode_instruction(report, decoder, &insn);
	infer_address(report, report->insn.has_address, report->insn.address);
	report->code_bits = (uint8_t)(report->kind == CR2_LOG_OOPS ? report->kernel_bits : bits_of(report));
	report->refused = refusing_level(report);
	if (report->kind == CR2_LOG_SEGFAULT)
		judge_segfault(report);
	else if (report->kind == CR2_LOG_TRAP)
		judge_trap(report, &insn);
	else if (report->kind == CR2_LOG_OOPS)
		judge_oops(report, &insn);
}
