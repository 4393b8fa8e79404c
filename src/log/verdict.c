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
#include "reporter.h"
#include "verdict.h"

#define LOW_MEMORY LOG_LOW_MEMORY
#define NEAR_STACK 0x10000ULL
#define FRAME_MOST (16ULL << 20)
#define CR4_SMEP (1ULL << 20)
#define CR4_SMAP (1ULL << 21)
#define VSYSCALL 0xffffffffff600000ULL
#define REPEATED 64
#define BYTES_ZEROED 16 /* so many zeroes are no code */
#define SELECTOR_IDT 2 /* the error code names a gate of the IDT: of int */
#define KERNEL_IMAGE 0xffffffff80000000ULL

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
	report->error_sanitised = report->kind == CR2_LOG_SEGFAULT && report->addr >= log_task_size(report) &&
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

/* How many bytes the access may be: a repeated one is made in pieces of up to a cache line. */
static uint64_t reach(const struct insn *insn, const struct insn_operand *operand)
{
	return insn->repeats ? REPEATED : operand->size ? operand->size : 1;
}

static bool covers(uint64_t start, const struct insn *insn, const struct insn_operand *operand,
		   uint64_t addr)
{
	return addr - start < reach(insn, operand);
}

/* The fault may be of the second of two pages that the access lies in. */
static bool may_cross(const struct cr2_log_report *report, const struct insn *insn,
		      const struct insn_operand *operand)
{
	return report->addr % CR2_PAGE_SIZE == 0 && report->addr && reach(insn, operand) > 1;
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
		*ret_proved = !log_is_canonical(report, address) ||
			      (insn->aligned && address % insn->aligned);
		return *ret_proved;
	}
	*ret_proved = covers(address, insn, operand, report->addr);
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
	if (out->has_address && log_has(report, LOG_HAS_ADDR) && !is_protection(report) &&
	    out->address < report->addr && may_cross(report, insn, operand))
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_CROSSED, .value = out->address});
	if (operand->base < 0 || operand->base == CR2_REGISTER_IP)
		return;
	out->has_base_value = register_value(report, operand->base, &out->base_value);
	if (out->has_base_value || operand->index >= 0 || operand->vector_index ||
	    operand->segment != INSN_SEGMENT_FLAT || !log_has(report, LOG_HAS_ADDR))
		return;
	if (may_cross(report, insn, operand)) {
		log_add_finding(report, &(struct cr2_log_finding){.kind = CR2_LOG_FINDING_CROSSING,
								  .certainty = CR2_LOG_POSSIBLE});
		return;
	}
	out->base_value = report->addr - (uint64_t)operand->displacement;
	if (operand->address32)
		out->base_value = (uint32_t)out->base_value;
	out->has_base_value = out->base_inferred = true;
}

static bool decode(const struct cr2_log_report *report, const struct insn_decoder *decoder,
		   const uint8_t *bytes, size_t n, struct insn *ret_insn)
{
	return n && insn_decode(decoder, bytes, n, report->ip, log_bits_of(report), ret_insn) == 0;
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

/*
 * A pointer just below 0 is an error code, or container_of() of NULL, whose members lie at
 * multiples of a word. Of multiples of 8, -EBUSY alone is common in the kernel; of 4, many are.
 * The member itself, at 0 and above, is what is reached through container_of().
 */
static void below_null(struct cr2_log_report *report, uint64_t pointer, bool likely)
{
	bool wide = log_bits_of(report) == 64, member = report->addr < LOW_MEMORY;
	bool around = pointer % (wide ? 8 : 4) == 0;
	bool error = !around || (!report->in_user_code && !member && (!wide || pointer == -16ULL));

	log_decide(report, error ? CR2_LOG_PATTERN_ERROR_POINTER : CR2_LOG_PATTERN_CONTAINER_OF_NULL,
		   likely || around);
	if (around)
		log_suggest(report, error ? CR2_LOG_PATTERN_CONTAINER_OF_NULL :
			    CR2_LOG_PATTERN_ERROR_POINTER, CR2_LOG_POSSIBLE);
}

/* The register that made the address is known. */
static bool bad_base(struct cr2_log_report *report, uint64_t base)
{
	if (log_is_error_pointer(report, base))
		below_null(report, base, false);
	else if (base >= LOW_MEMORY)
		return false;
	else if (base)
		log_decide(report, CR2_LOG_PATTERN_SMALL_NUMBER, false);
	else
		log_decide(report, report->addr ? CR2_LOG_PATTERN_NEAR_NULL : CR2_LOG_PATTERN_NULL, false);
	return true;
}

/* Pointers that are no addresses: NULL, small numbers, error codes. */
static bool bad_pointer(struct cr2_log_report *report)
{
	const struct log_insn *insn = &report->insn;

	if (insn->has_base_value && insn->index < 0 && bad_base(report, insn->base_value))
		return true;
	if (report->addr == 0) {
		log_decide(report, CR2_LOG_PATTERN_NULL, false);
	} else if (report->addr < LOW_MEMORY) {
		log_decide(report, CR2_LOG_PATTERN_NEAR_NULL, true);
		log_suggest(report, CR2_LOG_PATTERN_SMALL_NUMBER, CR2_LOG_POSSIBLE);
	} else if (log_is_error_pointer(report, report->addr)) {
		below_null(report, report->addr, true);
	} else {
		return false;
	}
	return true;
}

static bool bad_page_table(struct cr2_log_report *report)
{
	if (report->error & CR2_PF(RSVD))
		log_decide(report, CR2_LOG_PATTERN_PAGE_TABLE, false);
	else if (report->error & CR2_PF(PK))
		log_decide(report, CR2_LOG_PATTERN_PROTECTION_KEY, false);
	else
		return false;
	return true;
}

/* Bit 1 is always set, bits 3, 5 and 15 never, and IF is where interrupts are not disabled. */
static bool is_flags(const struct cr2_log_report *report, uint64_t value)
{
	const uint64_t flags = 0x3f0fd7, never = 0x7028; /* with IOPL and NT, which Linux leaves 0 */

	return (value & 2) && !(value & ~flags) && !(value & never) &&
	       (value & 0x200 || (!report->in_user_code && value & 0x40));
}

static const char *selector_name(const struct cr2_log_report *report, uint64_t value)
{
	switch (value) {
	case 0x10:
		return report->in_user_code ? NULL : "the selector of the kernel's code";
	case 0x18:
		return report->in_user_code ? NULL : "the selector of the kernel's data and stack";
	case 0x2b:
		return "the selector of a program's data and stack";
	case 0x33:
		return "the selector of a program's code";
	case 0x23:
		return "the selector of a 32-bit program's code";
	default:
		return NULL;
	}
}

/* Execution went below where anything is mapped. */
static bool small_jump(struct cr2_log_report *report)
{
	const char *selector = selector_name(report, report->addr);

	if (report->addr == 0) {
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_NULL, false);
	} else if (is_flags(report, report->addr)) {
		log_decide(report, CR2_LOG_PATTERN_BAD_RETURN, true);
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_FLAGS_VALUE, .certainty = CR2_LOG_LIKELY,
			.value = report->addr});
	} else if (selector) {
		log_decide(report, CR2_LOG_PATTERN_BAD_RETURN, true);
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_SELECTOR_VALUE, .certainty = CR2_LOG_POSSIBLE,
			.value = report->addr, .name = selector});
		log_suggest(report, CR2_LOG_PATTERN_JUMP_TO_SMALL, CR2_LOG_POSSIBLE);
	} else if (report->addr < LOW_MEMORY) {
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_SMALL, false);
	} else {
		return false;
	}
	return true;
}

static bool is_vsyscall(uint64_t addr)
{
	return addr - VSYSCALL < CR2_PAGE_SIZE;
}

static void user_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (small_jump(report))
		;
	else if (report->addr >= log_task_size(report))
		log_decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (present || (report->place.data_known && !report->place.data_exec))
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
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
		log_decide(report, CR2_LOG_PATTERN_WRITE_TO_TEXT, false);
	else if (report->error & CR2_PF(P) || (place->data_known && !place->data_write))
		log_decide(report, CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

/* 00 00 is add byte ptr [rax], al: a few may be an operand, a line of them is no code. */
static bool is_zeroed(const struct cr2_log_report *report)
{
	for (unsigned i = 0; i < report->code_length; i++)
		if (report->code[i])
			return false;
	return report->code_length >= BYTES_ZEROED;
}

/* SIGBUS: the page is mapped, but cannot be had; or an operand is not aligned. */
static void judge_bus_error(struct cr2_log_report *report)
{
	if (log_has(report, LOG_HAS_SIGNAL_CODE) && report->signal_code == 1)
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_BEYOND_FILE, report->signal_code != 2);
}

static void judge_segfault(struct cr2_log_report *report)
{
	if (report->cause == CR2_LOG_CAUSE_BUS_ERROR) {
		judge_bus_error(report);
		return;
	}
	if (report->cause == CR2_LOG_CAUSE_STACK_GUARD) {
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
		return;
	}
	if (!log_has(report, LOG_HAS_ADDR) || bad_page_table(report))
		return;
	if (is_vsyscall(report->addr) && !report->write)
		log_decide(report, CR2_LOG_PATTERN_VSYSCALL, false);
	else if (report->fetch)
		user_fetch(report);
	else if (is_zeroed(report))
		log_decide(report, CR2_LOG_PATTERN_ZEROED_CODE, true);
	else if (bad_pointer(report))
		;
	else if (report->addr >= log_task_size(report))
		log_decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (beside_stack(report))
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (report->write)
		user_write(report);
	else if (report->error & CR2_PF(P))
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

/* Addresses of 32 bits are all canonical; a segment's limit may be what was exceeded. */
static void judge_narrow_protection(struct cr2_log_report *report, const struct insn *insn)
{
	if (report->error)
		log_decide(report, CR2_LOG_PATTERN_SELECTOR, false);
	else if (report->in_user_code && report->insn.length && insn->privileged)
		log_decide(report, CR2_LOG_PATTERN_PRIVILEGED, false);
	else if (report->insn.length && insn->aligned)
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, true);
}

/* A general protection fault has several causes; without the code, none is ruled out. */
static void protection_without_code(struct cr2_log_report *report)
{
	bool canonical = log_has(report, LOG_HAS_ADDR);

	log_decide(report, canonical ? CR2_LOG_PATTERN_MISALIGNED : CR2_LOG_PATTERN_NON_CANONICAL, true);
	if (!canonical)
		log_suggest(report, CR2_LOG_PATTERN_MISALIGNED, CR2_LOG_POSSIBLE);
	log_suggest(report, CR2_LOG_PATTERN_BAD_RETURN, CR2_LOG_POSSIBLE);
	log_suggest(report, report->in_user_code ? CR2_LOG_PATTERN_PRIVILEGED :
		    CR2_LOG_PATTERN_REFUSED_VALUE, CR2_LOG_POSSIBLE);
}

static bool is_misaligned(const struct cr2_log_report *report, const struct insn *insn)
{
	return insn->aligned && report->insn.has_address && report->insn.address % insn->aligned;
}

/* Does it use an address that the report does not hold? */
static bool is_open(const struct cr2_log_report *report, const struct insn *insn)
{
	uint64_t address;

	for (unsigned i = 0; i < insn->n_operands; i++)
		if (!operand_address(report, insn, &insn->operands[i], &address))
			return true;
	return insn->branch && !insn->relative;
}

/* The instruction tells which of the causes is possible. */
static void protection_of_instruction(struct cr2_log_report *report, const struct insn *insn)
{
	bool user = report->in_user_code, open = is_open(report, insn);

	if (insn->privileged && user) {
		log_decide(report, CR2_LOG_PATTERN_PRIVILEGED, false);
	} else if (report->insn.has_address && !log_is_canonical(report, report->insn.address)) {
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	} else if (is_misaligned(report, insn)) {
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, false);
	} else if (insn->returns) {
		log_decide(report, CR2_LOG_PATTERN_BAD_RETURN, false);
	} else if (insn->aligned && open) {
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, true);
		log_suggest(report, CR2_LOG_PATTERN_NON_CANONICAL, CR2_LOG_POSSIBLE);
	} else if (insn->privileged || insn->loads) {
		log_decide(report, CR2_LOG_PATTERN_REFUSED_VALUE, open && insn->n_operands);
	} else if (open) {
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, true);
	}
}

/* Its address, where the report has or proves one, tells whether it was that. */
static void judge_protection(struct cr2_log_report *report, const struct insn *insn)
{
	bool decoded = report->insn.length > 0, addr = log_has(report, LOG_HAS_ADDR);

	/* A selector is in the error code, or a vector's number: not a matter of memory. */
	if (report->error && !(report->error & SELECTOR_IDT))
		log_decide(report, CR2_LOG_PATTERN_SELECTOR, false);
	else if (report->error)
		log_decide(report, CR2_LOG_PATTERN_PRIVILEGED, !decoded);
	/* AMD's CPUs report a jump there at its target. */
	else if (report->cause == CR2_LOG_CAUSE_STACK_SEGMENT ||
		 (addr && !log_is_canonical(report, report->addr)) ||
		 (log_has(report, LOG_HAS_IP) && !log_is_canonical(report, report->ip)))
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	else if (decoded)
		protection_of_instruction(report, insn);
	else
		protection_without_code(report);
	if (addr && log_is_canonical(report, report->addr))
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_CANONICAL, .value = report->addr});
}

static void judge_trap(struct cr2_log_report *report, const struct insn *insn)
{
	switch (report->cause) {
	case CR2_LOG_CAUSE_GENERAL_PROTECTION:
		if (log_bits_of(report) == 32)
			judge_narrow_protection(report, insn);
		else
			judge_protection(report, insn);
		return;
	case CR2_LOG_CAUSE_STACK_SEGMENT:
		if (log_bits_of(report) == 64)
			log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
		return;
	case CR2_LOG_CAUSE_INVALID_OPCODE:
		log_decide(report, CR2_LOG_PATTERN_INVALID_INSTRUCTION, false);
		return;
	case CR2_LOG_CAUSE_INT3:
		log_decide(report, CR2_LOG_PATTERN_BREAKPOINT, false);
		return;
	case CR2_LOG_CAUSE_DIVIDE_ERROR:
		log_decide(report, CR2_LOG_PATTERN_DIVIDE_ERROR, false);
		return;
	case CR2_LOG_CAUSE_CONTROL_PROTECTION:
		log_decide(report, CR2_LOG_PATTERN_CONTROL_FLOW, false);
		return;
	case CR2_LOG_CAUSE_ALIGNMENT_CHECK:
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, false);
		return;
	default:
		return;
	}
}

/* Is the page one of user space, as far as the entries are known? */
static bool is_user_page(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level && report->entries[level] & CR2_PTE(P) &&
		    !(report->entries[level] & CR2_PTE(U)))
			return false;
	return true;
}

/* SMEP refuses it, and so does page-table isolation, by NX in the PGD; or NX in the page's own entry. */
static void fetch_of_user_page(struct cr2_log_report *report)
{
	enum cr2_level refused = log_refusing_level(report);

	if (is_user_page(report) && !log_lacks(report, CR4_SMEP))
		log_decide(report, CR2_LOG_PATTERN_SMEP, !log_has_cr4(report, CR4_SMEP));
	else if (refused == CR2_LEVEL_PGD && is_user_page(report))
		log_decide(report, CR2_LOG_PATTERN_KPTI, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, !refused);
}

static void kernel_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (small_jump(report))
		return;
	if (present && log_is_user_address(report, report->addr) && log_bits_of(report) == 64)
		fetch_of_user_page(report);
	else if (present)
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
}

static bool leaf_is_executable(const struct cr2_log_report *report)
{
	enum cr2_level level;
	uint64_t leaf = log_leaf(report, &level);

	return leaf && !(leaf & CR2_PTE(NX));
}

/* An empty entry is printed: nothing is mapped there. */
static bool walk_ends(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level && report->entries[level] == 0)
			return true;
	return false;
}

/* Nothing but SMAP refuses the kernel a user page that its entries allow the access to. */
static void data_of_user_page(struct cr2_log_report *report)
{
	bool smap = is_user_page(report) && !log_lacks(report, CR4_SMAP);

	if (smap)
		log_decide(report, CR2_LOG_PATTERN_SMAP, !log_has_cr4(report, CR4_SMAP));
	else if (is_user_page(report))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, !log_refusing_level(report));
	else
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, !log_refusing_level(report));
}

static void kernel_data(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (log_is_user_address(report, report->addr) && present && log_bits_of(report) == 64)
		data_of_user_page(report);
	else if (log_is_user_address(report, report->addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, false);
	else if (beside_stack(report))
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (present && report->write)
		log_decide(report, report->addr >= KERNEL_IMAGE && leaf_is_executable(report) ?
			CR2_LOG_PATTERN_WRITE_TO_TEXT : CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else if (present)
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, !walk_ends(report));
}

static void judge_oops_fault(struct cr2_log_report *report)
{
	if (bad_page_table(report))
		return;
	if (report->fetch)
		kernel_fetch(report);
	else if (is_zeroed(report))
		log_decide(report, CR2_LOG_PATTERN_ZEROED_CODE, true);
	else if (!bad_pointer(report))
		kernel_data(report);
}

/*
 * With KASAN, a pointer's shadow is what is touched first; where there is none, the range that it
 * stands for tells the address meant.
 */
static bool judge_shadow(struct cr2_log_report *report)
{
	uint64_t addr = report->range_start;

	if (!log_has(report, LOG_HAS_RANGE))
		return false;
	if (addr < LOG_LOW_MEMORY)
		log_decide(report, addr ? CR2_LOG_PATTERN_NEAR_NULL : CR2_LOG_PATTERN_NULL, false);
	else if (log_is_error_pointer(report, report->range_end))
		log_decide(report, CR2_LOG_PATTERN_ERROR_POINTER, true);
	else if (!log_is_canonical(report, addr))
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	else if (log_is_user_address(report, addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
	return true;
}

/* Its words, or else what can be said of the address. */
static void judge_kasan(struct cr2_log_report *report)
{
	enum cr2_log_pattern pattern = log_kasan_pattern(report);

	if (pattern != CR2_LOG_PATTERN_NONE)
		log_decide(report, pattern, false);
	else if (log_has(report, LOG_HAS_ADDR) && !bad_pointer(report))
		log_decide(report, !log_is_canonical(report, report->addr) ? CR2_LOG_PATTERN_NON_CANONICAL :
			log_is_user_address(report, report->addr) ? CR2_LOG_PATTERN_USER_ADDRESS :
			CR2_LOG_PATTERN_UNMAPPED, true);
}

/* Only the first line is at hand: it does not say what was done there. */
static void judge_address(struct cr2_log_report *report)
{
	if (bad_pointer(report))
		report->pattern_likely = true;
	else if (log_is_user_address(report, report->addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, true);
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
	if (!report->error) {
		correct_address(report);
		log_kasan_turn_back(report);
	}
	if (report->error || !judge_shadow(report))
		judge_protection(report, insn);
}

/* The addresses that the report prints are hashed: the operand tells what was touched. */
static void judge_guard(struct cr2_log_report *report)
{
	log_decide(report, CR2_LOG_PATTERN_STACK, false);
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
		log_decide(report, CR2_LOG_PATTERN_STACK, true);
		return;
	case CR2_LOG_CAUSE_PAGE_TABLE:
		log_decide(report, CR2_LOG_PATTERN_PAGE_TABLE, false);
		return;
	case CR2_LOG_CAUSE_KASAN:
		judge_kasan(report);
		return;
	case CR2_LOG_CAUSE_PAGE_FAULT:
		log_kasan_turn_back(report);
		if (log_has(report, LOG_HAS_SHADOW_ADDR))
			judge_shadow(report);
		else if (log_has(report, LOG_HAS_ACCESS | LOG_HAS_ADDR))
			judge_oops_fault(report);
		else if (log_has(report, LOG_HAS_ADDR))
			judge_address(report);
		return;
	case CR2_LOG_CAUSE_INVALID_OPCODE:
	case CR2_LOG_CAUSE_DIVIDE_ERROR:
		judge_trap(report, insn);
		return;
	default:
		if (log_bits_of(report) == 32)
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

/* A page fault whose first line is lost, and CR2 with it. */
static void infer_address(struct cr2_log_report *report, bool known, uint64_t addr)
{
	/* Other reporters name the registers of a program's general protection fault. */
	bool protection = report->kind == CR2_LOG_TRAP && report->reporter && is_protection(report);

	if ((report->cause != CR2_LOG_CAUSE_PAGE_FAULT && !protection) || log_has(report, LOG_HAS_ADDR) ||
	    !known)
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
	if (!decode_instruction(report, decoder, &insn) && report->insn.text[0])
		log_reporter_operand(report);
	infer_address(report, report->insn.has_address, report->insn.address);
	report->code_bits = (uint8_t)(report->kind == CR2_LOG_OOPS ? report->kernel_bits : log_bits_of(report));
	if (report->kind == CR2_LOG_SEGFAULT)
		judge_segfault(report);
	else if (report->kind == CR2_LOG_TRAP)
		judge_trap(report, &insn);
	else if (report->kind == CR2_LOG_OOPS)
		judge_oops(report, &insn);
	report->refused = log_refusing_level(report);
	log_find_entries(report);
	log_find_values(report);
}
