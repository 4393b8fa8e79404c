/* SPDX-License-Identifier: MIT */
/* The pattern of a general protection fault: which of its causes the report allows. */
#include <cr2/flags.h>

#include "symbol/insn.h"

#include "verdict.h"

#define SELECTOR_IDT 2 /* the error code names a gate of the IDT: of int */

/* Addresses of 32 bits are all canonical; a segment's limit may be what was exceeded. */
void log_judge_narrow_protection(struct cr2_log_report *report, const struct insn *insn)
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
		if (!log_operand_address(report, insn, &insn->operands[i], &address))
			return true;
	return insn->branch && !insn->relative;
}

/*
 * "mov [rsp], rax" before a return: a retpoline, which is how the kernel calls through a register.
 * Whether it holds an address that is none.
 */
static bool is_bad_thunk(struct cr2_log_report *report, const struct insn *insn)
{
	static const enum cr2_register registers[] = {
		CR2_REGISTER_AX, CR2_REGISTER_CX, CR2_REGISTER_DX, CR2_REGISTER_BX,
		CR2_REGISTER_SP, CR2_REGISTER_BP, CR2_REGISTER_SI, CR2_REGISTER_DI,
		CR2_REGISTER_R8, CR2_REGISTER_R9, CR2_REGISTER_R10, CR2_REGISTER_R11,
		CR2_REGISTER_R12, CR2_REGISTER_R13, CR2_REGISTER_R14, CR2_REGISTER_R15,
	};
	const uint8_t *store = report->code + report->code_ip - 4;
	unsigned reg;

	if (!insn->returns || report->code_ip < 4 || (store[0] & 0xfb) != 0x48 || store[1] != 0x89 ||
	    (store[2] & 0xc7) != 0x04 || store[3] != 0x24)
		return false;
	reg = registers[(store[2] >> 3 & 7) | (store[0] & 4) << 1];
	if (!(report->registers_known & 1U << reg) || log_is_canonical(report, report->registers[reg]))
		return false;
	report->addr = report->registers[reg];
	report->addr_inferred = true;
	report->has |= LOG_HAS_ADDR;
	return true;
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
	} else if (is_bad_thunk(report, insn)) {
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
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
void log_judge_protection(struct cr2_log_report *report, const struct insn *insn)
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
