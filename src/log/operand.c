/* SPDX-License-Identifier: MIT */
/* The instruction at ip, and the operand that made the address. */
#include <stdio.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/flags.h>

#include "symbol/insn.h"

#include "recognise.h"
#include "verdict.h"

#define REPEATED 64 /* a repeated access is made in pieces of a cache line */

void log_decide_access(struct cr2_log_report *report)
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
bool log_operand_address(const struct cr2_log_report *report, const struct insn *insn,
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

bool log_is_protection(const struct cr2_log_report *report)
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
	if (!log_operand_address(report, insn, operand, &address))
		return true;
	if (!log_has(report, LOG_HAS_ADDR) && !log_is_protection(report))
		return true;
	if (log_is_protection(report)) {
		*ret_proved = !log_is_canonical(report, address) ||
			      (insn->aligned && address % insn->aligned);
		return *ret_proved;
	}
	*ret_proved = covers(address, insn, operand, report->addr);
	return *ret_proved;
}

/* "call rax": what it pushes goes to a stack; it is where it goes that is refused. */
static bool is_push_of_branch(const struct cr2_log_report *report, const struct insn *insn,
			      const struct insn_operand *operand)
{
	return log_is_protection(report) && insn->call && !insn->relative && operand->base == CR2_REGISTER_SP;
}

static const struct insn_operand *choose_operand(const struct cr2_log_report *report,
						 const struct insn *insn)
{
	const struct insn_operand *only = NULL;
	unsigned fitting = 0;
	bool proved;

	for (unsigned i = 0; i < insn->n_operands; i++) {
		if (is_push_of_branch(report, insn, &insn->operands[i]))
			continue;
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
	out->has_address = log_operand_address(report, insn, operand, &out->address);
	if (out->has_address && log_has(report, LOG_HAS_ADDR) && !log_is_protection(report) &&
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
	log_decide_access(&copy);
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

bool log_decode_instruction(struct cr2_log_report *report, const struct insn_decoder *decoder,
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
