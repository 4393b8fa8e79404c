/* SPDX-License-Identifier: MIT */
/* The reporters beside the kernel, and what their reports have in common. */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/flags.h>

#include "reporter.h"

static const struct {
	bool (*begins)(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		       struct log_reporter_state *state);
	enum log_reporter_step (*line)(struct log_span message, struct cr2_log_report *report,
				       struct log_reporter_state *state);
} families[] = {
	{log_sanitizer_begins, log_sanitizer_line},
	{log_go_begins, log_go_line},
	{log_java_begins, log_java_line},
	{log_rust_begins, log_rust_line},
	{log_node_begins, log_node_line},
	{log_gdb_begins, log_gdb_line},
	{log_lldb_begins, log_lldb_line},
	{log_android_begins, log_android_line},
	{log_coredump_begins, log_coredump_line},
	{log_freebsd_begins, log_freebsd_line},
	{log_edk2_begins, log_edk2_line},
};

bool log_reporter_begins(struct log_span message, struct cr2_log_report *ret_report,
			 struct log_reporter_state *ret_state)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(families); i++) {
		struct cr2_log_report report = {.kind = CR2_LOG_SEGFAULT, .user = true,
						.in_user_code = true};
		struct log_reporter_state state = {.family = i};
		struct log_span head = message;

		if (!families[i].begins(message, &head.end, &report, &state) ||
		    log_head_is_prose(head))
			continue;
		log_shape_take(head, &state.shape);
		*ret_report = report;
		*ret_state = state;
		return true;
	}
	return false;
}

enum log_reporter_step log_reporter_line(struct cr2_log_report *report,
					 struct log_reporter_state *state, struct log_span message)
{
	/* The journal puts no head before the further lines of a message. */
	log_shape_skip(&state->shape, &message);
	return families[state->family].line(message, report, state);
}

/* ---- from the signal to what the verdict is made from ---- */

/* A fault whose address the kernel does not tell: a general protection fault, of what kind ever. */
static bool is_protection(const struct cr2_log_report *report)
{
	if (report->cause != CR2_LOG_CAUSE_OTHER)
		return report->cause == CR2_LOG_CAUSE_GENERAL_PROTECTION;
	return log_has(report, LOG_HAS_SIGNAL_CODE) && report->signal_code == LOG_SIGNAL_CODE_KERNEL;
}

/* Their address is no address, and what they call a read is an error code of 0. */
static void make_protection(struct cr2_log_report *report)
{
	report->kind = CR2_LOG_TRAP;
	report->cause = CR2_LOG_CAUSE_GENERAL_PROTECTION;
	report->has &= ~(uint32_t)(LOG_HAS_ADDR | LOG_HAS_ACCESS);
	report->addr = 0;
}

/* The error code's bits that the verdict asks for; it is not printed, since nobody told it. */
static void make_error(struct cr2_log_report *report)
{
	int code = log_has(report, LOG_HAS_SIGNAL_CODE) ? report->signal_code : 0;

	/* No code is there: it could not be fetched. */
	if (!log_has(report, LOG_HAS_ADDR) && log_has(report, LOG_HAS_IP) && (report->ip == 0 || report->code_unreadable))
		log_set_address(report, report->ip);
	if (log_has(report, LOG_HAS_ADDR | LOG_HAS_IP) && report->addr == report->ip)
		log_set_access(report, false, true);
	if (log_has(report, LOG_HAS_ERROR))
		return;
	report->error = (report->user ? CR2_PF(U) : 0) | (report->write ? CR2_PF(W) : 0) |
			(report->fetch ? CR2_PF(I) : 0);
	if (code == LOG_SIGNAL_CODE_ACCERR || code == LOG_SIGNAL_CODE_PKUERR)
		report->error |= CR2_PF(P);
	if (code == LOG_SIGNAL_CODE_PKUERR)
		report->error |= CR2_PF(PK);
}

static void make_segfault(struct cr2_log_report *report)
{
	if (log_has(report, LOG_HAS_SIGNAL_CODE) && report->signal_code <= 0) {
		report->kind = CR2_LOG_TRAP;
		report->has &= ~(uint32_t)(LOG_HAS_ADDR | LOG_HAS_ACCESS);
		strcpy(report->words, "signal that a process sent");
		return;
	}
	if (is_protection(report)) {
		make_protection(report);
		return;
	}
	if (report->cause == CR2_LOG_CAUSE_OTHER)
		report->cause = CR2_LOG_CAUSE_SEGFAULT;
	make_error(report);
}

/* Another exception than a memory access: its address is the instruction's. */
static void make_trap(struct cr2_log_report *report, enum cr2_log_cause cause)
{
	report->kind = CR2_LOG_TRAP;
	report->cause = cause;
	if (!log_has(report, LOG_HAS_IP) && log_has(report, LOG_HAS_ADDR))
		log_set_ip(report, report->addr);
	report->has &= ~(uint32_t)(LOG_HAS_ADDR | LOG_HAS_ACCESS);
}

void log_reporter_complete(struct cr2_log_report *report)
{
	bool integer = !log_has(report, LOG_HAS_SIGNAL_CODE) || report->signal_code <= 2;

	switch (report->signal) {
	case LOG_SIGNAL_SEGV:
		make_segfault(report);
		break;
	case LOG_SIGNAL_BUS:
		report->cause = CR2_LOG_CAUSE_BUS_ERROR;
		make_error(report);
		break;
	case LOG_SIGNAL_ILL:
		make_trap(report, CR2_LOG_CAUSE_INVALID_OPCODE);
		break;
	case LOG_SIGNAL_FPE:
		make_trap(report, integer ? CR2_LOG_CAUSE_DIVIDE_ERROR : CR2_LOG_CAUSE_OTHER);
		if (!integer)
			strcpy(report->words, "floating-point exception");
		break;
	default:
		break;
	}
	/* What their stacks name first is the caller, then, or nothing. */
	if (!log_has(report, LOG_HAS_ACCESS) || !report->fetch)
		return;
	report->function[0] = '\0';
	report->has &= ~(uint32_t)LOG_HAS_FUNCTION_OFFSET;
	report->n_sources = 0;
}

/* ---- an operand in AT&T's syntax, or Intel's ---- */

/* "rdi" at span's start, moved behind; -1: another register, or none. */
static int take_register_name(struct log_span *span)
{
	struct log_span name = *span;

	while (span->start < span->end && isalnum((unsigned char)*span->start))
		span->start++;
	name.end = span->start;
	for (int reg = 0; reg < CR2_REGISTER_COUNT; reg++)
		if (log_length(name) == strlen(cr2_register_wide_name(reg)) &&
		    memcmp(name.start, cr2_register_wide_name(reg), log_length(name)) == 0)
			return reg;
	return -1;
}

static int take_register(struct log_span *span)
{
	return log_take(span, "%") ? take_register_name(span) : -1;
}

/* "-0x18" that ends where the parenthesis begins. */
static bool take_displacement(struct log_span text, const char *open, const char **ret_start,
			      int64_t *ret_value)
{
	struct log_span number = {open, open};
	uint64_t value = 0;
	bool minus;

	while (number.start > text.start && !strchr(" ,:", number.start[-1]))
		number.start--;
	*ret_start = number.start;
	minus = log_take(&number, "-");
	if (number.start < open && (!log_take_hex(&number, &value) || number.start != open))
		return false;
	*ret_value = (int64_t)(minus ? -value : value);
	return true;
}

struct operand {
	struct log_span text;
	int base, index;
	uint64_t scale;
	int64_t displacement;
	bool first; /* where Intel's syntax has what is written */
};

/* "0x18(%rdi)", "(%rax,%rcx,8)"; not where a segment's base is added. */
static bool find_operand(struct log_span text, struct operand *ret)
{
	const char *open = memchr(text.start, '(', log_length(text));
	struct log_span rest = {open ? open + 1 : NULL, text.end};

	*ret = (struct operand){.base = -1, .index = -1, .scale = 1};
	if (!open || log_find((struct log_span){text.start, open}, "s:") ||
	    !take_displacement(text, open, &ret->text.start, &ret->displacement))
		return false;
	ret->base = take_register(&rest);
	if (ret->base < 0)
		return false;
	if (log_take(&rest, ",")) {
		ret->index = take_register(&rest);
		if (ret->index < 0 || (log_take(&rest, ",") && !log_take_decimal(&rest, &ret->scale)))
			return false;
	}
	ret->text.end = rest.start + 1;
	return log_take(&rest, ")");
}

/* "rcx*8", "0x18" of Intel's syntax, behind its sign. */
static bool take_term(struct log_span *rest, bool minus, struct operand *operand)
{
	struct log_span place = *rest;
	int reg = take_register_name(&place);
	uint64_t value;

	if (reg < 0) {
		if (!log_take_hex(rest, &value))
			return false;
		operand->displacement += (int64_t)(minus ? -value : value);
		return true;
	}
	*rest = place;
	if (log_take(rest, "*")) {
		operand->index = reg;
		return log_take_decimal(rest, &operand->scale);
	}
	if (operand->base >= 0)
		operand->index = reg;
	else
		operand->base = reg;
	return true;
}

/* "[rdi+rcx*8+0x18]" of Intel's syntax. */
static bool find_intel_operand(struct log_span text, struct operand *ret)
{
	const char *open = memchr(text.start, '[', log_length(text));
	struct log_span rest = {open ? open + 1 : NULL, text.end};
	bool minus = false;

	*ret = (struct operand){.base = -1, .index = -1, .scale = 1};
	if (!open || log_find((struct log_span){text.start, open}, "s:"))
		return false;
	while (take_term(&rest, minus, ret)) {
		if (log_take(&rest, "]")) {
			ret->text = (struct log_span){open, rest.start};
			ret->first = rest.start < text.end;
			return ret->base >= 0;
		}
		minus = log_take(&rest, "-");
		if (!minus && !log_take(&rest, "+"))
			return false;
	}
	return false;
}

static bool value_in(const struct cr2_log_report *report, int reg, uint64_t *ret_value)
{
	if (!(report->registers_known & 1U << reg))
		return false;
	*ret_value = report->registers[reg];
	return true;
}

static void fill_operand(struct cr2_log_report *report, const struct operand *operand)
{
	struct log_insn *insn = &report->insn;
	uint64_t index = 0;

	log_copy(operand->text, insn->operand, sizeof(insn->operand));
	insn->base = operand->base;
	insn->index = operand->index;
	insn->scale = (uint8_t)operand->scale;
	insn->displacement = operand->displacement;
	insn->has_base_value = value_in(report, insn->base, &insn->base_value);
	insn->has_address = insn->has_base_value &&
			    (insn->index < 0 || value_in(report, insn->index, &index));
	insn->address = insn->base_value + index * insn->scale + (uint64_t)insn->displacement;
	if (insn->has_base_value || insn->index >= 0 || !log_has(report, LOG_HAS_ADDR))
		return;
	insn->base_value = report->addr - (uint64_t)insn->displacement;
	insn->has_base_value = insn->base_inferred = true;
}

/* A mov's memory operand is written where it stands last, in Intel's syntax first; what others do is not worked out. */
static void decide_access(struct cr2_log_report *report, struct log_span text,
			  const struct operand *operand)
{
	if (log_has(report, LOG_HAS_ACCESS) || report->kind != CR2_LOG_SEGFAULT || !log_take(&text, "mov"))
		return;
	log_set_access(report, *operand->text.start == '[' ? operand->first : operand->text.end == text.end, false);
	report->error |= report->write ? CR2_PF(W) : 0;
}

void log_reporter_operand(struct cr2_log_report *report)
{
	struct log_span text = {report->insn.text, report->insn.text + strlen(report->insn.text)};
	struct operand operand;

	if ((!find_operand(text, &operand) && !find_intel_operand(text, &operand)) || log_find(text, "lea "))
		return;
	fill_operand(report, &operand);
	if (report->kind != CR2_LOG_SEGFAULT || report->fetch)
		return;
	if (report->insn.has_address)
		log_set_address(report, report->insn.address);
	decide_access(report, text, &operand);
}
