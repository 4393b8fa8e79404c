/* SPDX-License-Identifier: MIT */
/* A report as its readers see it: what is known, piece by piece. */
#include <stdlib.h>
#include <string.h>

#include <cr2/flags.h>

#include "report.h"

void log_report_finish(struct cr2_log_report *report)
{
	for (size_t i = 0; i < CR2_LOG_STACK_COUNT; i++)
		log_calls_finish(&report->calls[i]);
	free(report->variables.items);
	report->variables = (struct log_variables){0};
}

enum cr2_log_kind cr2_log_report_kind(const struct cr2_log_report *report)
{
	return report->kind;
}

enum cr2_log_cause cr2_log_report_cause(const struct cr2_log_report *report)
{
	return report->cause;
}

enum cr2_log_pattern cr2_log_report_pattern(const struct cr2_log_report *report)
{
	return report->pattern;
}

const struct cr2_log_alternative *cr2_log_report_alternative(const struct cr2_log_report *report,
							     size_t i)
{
	return i < report->n_alternatives ? &report->alternatives[i] : NULL;
}

const struct cr2_log_finding *cr2_log_report_finding(const struct cr2_log_report *report, size_t i)
{
	return i < report->n_findings ? &report->findings[i] : NULL;
}

enum cr2_log_reporter cr2_log_report_reporter(const struct cr2_log_report *report)
{
	return report->reporter;
}

/* A value, and whether it is known. */
struct value {
	uint64_t value;
	bool known;
};

static struct value printed(const struct cr2_log_report *report, uint32_t has, uint64_t value)
{
	return (struct value){value, log_has(report, has)};
}

static struct value worked_out(bool known, uint64_t value)
{
	return (struct value){value, known};
}

static enum cr2_access access_of(const struct cr2_log_report *report)
{
	return report->fetch ? CR2_ACCESS_FETCH : report->write ? CR2_ACCESS_WRITE : CR2_ACCESS_READ;
}

/* Kernels before 6.0 name the next mapping above ip where ip is in none. */
static struct value in_mapping(const struct cr2_log_report *report, uint64_t value)
{
	return worked_out(log_has(report, LOG_HAS_OBJECT) &&
			  report->ip - report->object_start < report->object_length, value);
}

static struct value operand_value(const struct log_insn *insn, enum cr2_log_value which)
{
	bool known = insn->operand[0];

	switch (which) {
	case CR2_LOG_VALUE_OPERAND_ADDR:
		return worked_out(insn->has_address, insn->address);
	case CR2_LOG_VALUE_SIZE:
		return worked_out(insn->size, insn->size);
	case CR2_LOG_VALUE_DISPLACEMENT:
		return worked_out(known, (uint64_t)insn->displacement);
	case CR2_LOG_VALUE_BASE:
		return worked_out(known && insn->base >= 0, (uint64_t)insn->base);
	case CR2_LOG_VALUE_INDEX:
		return worked_out(known && insn->index >= 0, (uint64_t)insn->index);
	case CR2_LOG_VALUE_REGISTER_VALUE:
		return worked_out(insn->has_base_value, insn->base_value);
	default:
		return worked_out(false, 0);
	}
}

/* Where no register is known, a trap's line still has the pointers that can have been the one. */
static struct value pointer(const struct cr2_log_report *report)
{
	const struct log_insn *insn = &report->insn;
	bool trap = report->kind == CR2_LOG_TRAP;

	if (insn->has_base_value && insn->index < 0)
		return worked_out(true, insn->base_value);
	if (log_has(report, LOG_HAS_ADDR))
		return worked_out(true, report->addr);
	if (trap && report->cause == CR2_LOG_CAUSE_STACK_SEGMENT)
		return printed(report, LOG_HAS_SP, report->sp);
	return printed(report, trap && report->pattern == CR2_LOG_PATTERN_NON_CANONICAL ?
		       LOG_HAS_IP : LOG_HAS_ADDR, report->ip);
}

static struct value value_of(const struct cr2_log_report *r, enum cr2_log_value which)
{
	uint64_t within = r->ip - r->object_start;

	switch (which) {
	case CR2_LOG_VALUE_LINE:
		return worked_out(true, r->line);
	case CR2_LOG_VALUE_LAST_LINE:
		return worked_out(true, r->last_line);
	case CR2_LOG_VALUE_CODE_BITS:
		return worked_out(r->code_bits, r->code_bits);
	case CR2_LOG_VALUE_NUMBER:
		return worked_out(r->number, r->number);
	case CR2_LOG_VALUE_PID:
		return printed(r, LOG_HAS_PID, r->pid);
	case CR2_LOG_VALUE_CPU:
		return printed(r, LOG_HAS_CPU, r->cpu);
	case CR2_LOG_VALUE_SIGNAL:
		return worked_out(r->signal, r->signal);
	case CR2_LOG_VALUE_SIGNAL_CODE:
		return printed(r, LOG_HAS_SIGNAL_CODE, (uint64_t)(int64_t)r->signal_code);
	case CR2_LOG_VALUE_ADDR:
		return printed(r, LOG_HAS_ADDR, r->addr);
	case CR2_LOG_VALUE_ADDR_LOGGED:
		return worked_out(r->addr_corrected, r->addr_logged);
	case CR2_LOG_VALUE_ACCESS:
		return printed(r, LOG_HAS_ACCESS, access_of(r));
	case CR2_LOG_VALUE_PRESENT:
		return printed(r, LOG_HAS_ACCESS | LOG_HAS_ERROR, r->error & CR2_PF(P) ? 1 : 0);
	case CR2_LOG_VALUE_ERROR:
		return printed(r, LOG_HAS_ERROR, r->error);
	case CR2_LOG_VALUE_IP:
		return printed(r, LOG_HAS_IP, r->ip);
	case CR2_LOG_VALUE_SP:
		return printed(r, LOG_HAS_SP, r->sp);
	case CR2_LOG_VALUE_RANGE_START:
		return printed(r, LOG_HAS_RANGE, r->range_start);
	case CR2_LOG_VALUE_RANGE_END:
		return printed(r, LOG_HAS_RANGE, r->range_end);
	case CR2_LOG_VALUE_SHADOW_ADDR:
		return printed(r, LOG_HAS_SHADOW_ADDR, r->shadow_addr);
	case CR2_LOG_VALUE_SHADOW:
		return printed(r, LOG_HAS_SHADOW, r->shadow);
	case CR2_LOG_VALUE_ALLOCATION_START:
		return worked_out(r->allocation.known, r->allocation.start);
	case CR2_LOG_VALUE_ALLOCATION_SIZE:
		return worked_out(r->allocation.known && r->allocation.size, r->allocation.size);
	case CR2_LOG_VALUE_ALLOCATED_BY:
		return worked_out(r->allocation.allocated, r->allocation.allocated_by);
	case CR2_LOG_VALUE_FREED_BY:
		return worked_out(r->allocation.freed, r->allocation.freed_by);
	case CR2_LOG_VALUE_VARIABLE_OFFSET:
		return worked_out(r->variable[0], r->variable_offset);
	case CR2_LOG_VALUE_VARIABLE_SIZE:
		return worked_out(r->variable[0], r->variable_size);
	case CR2_LOG_VALUE_FRAME_OFFSET:
		return printed(r, LOG_HAS_FRAME_OFFSET, r->frame_offset);
	case CR2_LOG_VALUE_SIZE:
		return r->access_size ? worked_out(true, r->access_size) : operand_value(&r->insn, which);
	case CR2_LOG_VALUE_OBJECT_START:
		return printed(r, LOG_HAS_OBJECT, r->object_start);
	case CR2_LOG_VALUE_OBJECT_LENGTH:
		return printed(r, LOG_HAS_OBJECT, r->object_length);
	case CR2_LOG_VALUE_OBJECT_OFFSET:
		/* Who names no mapping may know the offset all the same. */
		if (r->offset_printed && !log_has(r, LOG_HAS_OBJECT))
			return worked_out(true, r->file_offset);
		return in_mapping(r, r->offset_printed ? r->file_offset : within);
	case CR2_LOG_VALUE_MAPPING_OFFSET:
		return in_mapping(r, within);
	case CR2_LOG_VALUE_FILE_OFFSET:
		return printed(r, LOG_HAS_FILE_OFFSET, r->file_offset);
	case CR2_LOG_VALUE_FUNCTION_OFFSET:
		return printed(r, LOG_HAS_FUNCTION_OFFSET, r->function_offset);
	case CR2_LOG_VALUE_FUNCTION_SIZE:
		return printed(r, LOG_HAS_FUNCTION_SIZE, r->function_size);
	case CR2_LOG_VALUE_POINTER:
		return pointer(r);
	case CR2_LOG_VALUE_REFUSED_BY:
		return worked_out(r->refused, (uint64_t)r->refused);
	case CR2_LOG_VALUE_MAPPING_START:
		return printed(r, LOG_HAS_MAPPING, r->mapping_start);
	case CR2_LOG_VALUE_MAPPING_END:
		return printed(r, LOG_HAS_MAPPING, r->mapping_end);
	case CR2_LOG_VALUE_FAULT_FLAGS:
		return printed(r, LOG_HAS_FAULT_FLAGS, r->fault_flags);
	case CR2_LOG_VALUE_RETURNED:
		return printed(r, LOG_HAS_RETURN, r->returned);
	case CR2_LOG_VALUE_STACK_START:
		return printed(r, LOG_HAS_STACK, r->stack_start);
	case CR2_LOG_VALUE_STACK_END:
		return printed(r, LOG_HAS_STACK, r->stack_end);
	case CR2_LOG_VALUE_DURATION_NS:
		return printed(r, LOG_HAS_RETURN, r->duration_ns);
	default:
		return operand_value(&r->insn, which);
	}
}

bool cr2_log_report_value(const struct cr2_log_report *report, enum cr2_log_value which,
			  uint64_t *ret_value)
{
	struct value value = value_of(report, which);

	if (value.known)
		*ret_value = value.value;
	return value.known;
}

static const char *text_of(const struct cr2_log_report *report, enum cr2_log_text which)
{
	switch (which) {
	case CR2_LOG_TEXT_WHEN:
		return report->when;
	case CR2_LOG_TEXT_WORDS:
		return report->words;
	case CR2_LOG_TEXT_COMM:
		return report->comm;
	case CR2_LOG_TEXT_OBJECT:
		return report->object;
	case CR2_LOG_TEXT_INSTRUCTION:
		return report->insn.text;
	case CR2_LOG_TEXT_OPERAND:
		return report->insn.operand;
	case CR2_LOG_TEXT_FUNCTION:
		return report->function;
	case CR2_LOG_TEXT_MODULE:
		return report->module;
	case CR2_LOG_TEXT_CACHE:
		return report->allocation.cache;
	case CR2_LOG_TEXT_VARIABLE:
		return report->variable;
	case CR2_LOG_TEXT_FRAME:
		return report->frame;
	case CR2_LOG_TEXT_BUILD_ID:
		return report->build_id;
	case CR2_LOG_TEXT_KERNEL:
		return report->release;
	case CR2_LOG_TEXT_TAINT:
		return report->taint;
	}
	return "";
}

const char *cr2_log_report_text(const struct cr2_log_report *report, enum cr2_log_text which)
{
	const char *text = text_of(report, which);

	return *text ? text : NULL;
}

bool cr2_log_report_is(const struct cr2_log_report *report, enum cr2_log_fact which)
{
	switch (which) {
	case CR2_LOG_IS_USER:
		return report->user;
	case CR2_LOG_IS_USER_CODE:
		return report->in_user_code;
	case CR2_LOG_IS_ADDR_INFERRED:
		return report->addr_inferred;
	case CR2_LOG_IS_ERROR_SANITISED:
		return report->error_sanitised;
	case CR2_LOG_IS_CODE_UNREADABLE:
		return report->code_unreadable;
	case CR2_LOG_IS_INSTRUCTION_FROM_FILE:
		return report->insn.from_file;
	case CR2_LOG_IS_REGISTER_INFERRED:
		return report->insn.base_inferred;
	case CR2_LOG_IS_PATTERN_LIKELY:
		return report->pattern_likely;
	case CR2_LOG_IS_ENTRIES_BAD:
		return report->entries_bad;
	case CR2_LOG_IS_TAINTED:
		return report->tainted;
	case CR2_LOG_IS_STACK_OVERRUN:
		return report->stack_overrun;
	case CR2_LOG_IS_INTERLEAVED:
		return report->interleaved;
	case CR2_LOG_IS_TRUNCATED:
		return report->truncated;
	}
	return false;
}

bool cr2_log_report_register(const struct cr2_log_report *report, enum cr2_register which,
			     uint64_t *ret_value)
{
	bool known = which < CR2_REGISTER_COUNT && report->registers_known & 1U << which;

	if (known)
		*ret_value = report->registers[which];
	return known;
}

bool cr2_log_report_entry(const struct cr2_log_report *report, enum cr2_level level,
			  uint64_t *ret_entry)
{
	bool known = level <= CR2_LEVELS_MAX && report->entries_known & 1U << level;

	if (known)
		*ret_entry = report->entries[level];
	return known;
}

const uint8_t *cr2_log_report_bytes(const struct cr2_log_report *report, size_t *ret_n)
{
	if (!report->insn.length)
		return NULL;
	*ret_n = report->insn.length;
	return report->insn.bytes;
}

const struct cr2_symbol_place *cr2_log_report_place(const struct cr2_log_report *report)
{
	return &report->place;
}

const struct cr2_log_source *cr2_log_report_source(const struct cr2_log_report *report, size_t i)
{
	return i < report->n_sources ? &report->sources[i] : NULL;
}

const struct cr2_log_variable *cr2_log_report_variable(const struct cr2_log_report *report, size_t i)
{
	return i < report->variables.n ? &report->variables.items[i] : NULL;
}

const struct cr2_log_shadow_row *cr2_log_report_shadow(const struct cr2_log_report *report, size_t i)
{
	return i < report->n_shadow_rows ? &report->shadow_rows[i] : NULL;
}
