/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <cr2/tables.h>

#include "log_words.h"

bool log_in_object(const struct cr2_log_report *report)
{
	return log_has(report, CR2_LOG_HAS_OBJECT) &&
	       report->ip - report->object_start < report->object_length;
}

const char *log_access_name(const struct cr2_log_report *report)
{
	if (!log_has(report, CR2_LOG_HAS_ACCESS))
		return NULL;
	return report->fetch ? "fetch" : report->write ? "write" : "read";
}

bool log_pointer(const struct cr2_log_report *report, uint64_t *ret_pointer)
{
	if (report->insn.has_base_value && report->insn.index < 0)
		*ret_pointer = report->insn.base_value;
	else if (log_has(report, CR2_LOG_HAS_ADDR))
		*ret_pointer = report->addr;
	else if (report->kind == CR2_LOG_TRAP && strcmp(report->what, "trap stack segment") == 0)
		*ret_pointer = report->sp;
	else if (report->kind == CR2_LOG_TRAP && report->pattern == CR2_LOG_PATTERN_NON_CANONICAL)
		*ret_pointer = report->ip;
	else
		return false;
	return true;
}

bool log_spells(uint64_t pointer, char ret_text[9])
{
	for (int i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)(pointer >> 8 * i);

		if (c < 0x20 || c >= 0x7f)
			return false;
		ret_text[i] = (char)c;
	}
	ret_text[8] = '\0';
	return true;
}

const struct cr2_poison *log_poison(const struct cr2_log_report *report, uint64_t *ret_offset)
{
	const struct cr2_poison *poison;
	uint64_t pointer;

	if (report->kind != CR2_LOG_OOPS || !log_pointer(report, &pointer))
		return NULL;
	poison = cr2_poison_find(pointer);
	if (!poison && log_has(report, CR2_LOG_HAS_ADDR)) {
		pointer = report->addr;
		poison = cr2_poison_find(pointer);
	}
	if (poison)
		*ret_offset = (log_has(report, CR2_LOG_HAS_ADDR) ? report->addr : pointer) -
			      poison->value;
	return poison;
}

bool log_one_bit(const struct cr2_log_report *report)
{
	bool wild = report->pattern == CR2_LOG_PATTERN_UNMAPPED ||
		    report->pattern == CR2_LOG_PATTERN_USER_ADDRESS ||
		    report->pattern == CR2_LOG_PATTERN_NON_CANONICAL ||
		    report->pattern == CR2_LOG_PATTERN_JUMP_TO_UNMAPPED;
	uint64_t pointer;

	return wild && log_pointer(report, &pointer) && __builtin_popcountll(pointer) == 1;
}

const char *log_error_name(uint64_t pointer)
{
	return pointer >= -4095ULL ? cr2_errno_name((unsigned)-pointer) : NULL;
}
