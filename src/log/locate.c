/* SPDX-License-Identifier: MIT */
/* Asks the object files at hand for what a report names. */
#include <string.h>

#include "locate.h"

static void take_found(struct cr2_log_report *report, const struct symbol_found *found)
{
	report->place = found->place;
	if (found->has_offset) {
		report->file_offset = found->offset;
		report->has |= LOG_HAS_FILE_OFFSET;
	}
	if (report->code_length || !found->n_code)
		return;
	memcpy(report->insn.bytes, found->code, found->n_code);
	report->insn.length = (uint8_t)found->n_code;
	report->insn.from_file = true;
}

void log_locate(struct symbols *symbols, struct cr2_log_report *report)
{
	struct symbol_found found;

	if (report->kind == CR2_LOG_OOPS && log_has(report, LOG_HAS_FUNCTION | LOG_HAS_FUNCTION_OFFSET))
		symbols_find_function(symbols, &(struct symbol_function){
			.release = report->release, .module = report->module,
			.name = report->function, .offset = report->function_offset,
			.size = report->function_size,
		}, &found);
	else if (report->kind != CR2_LOG_OOPS && report->has & LOG_HAS_OBJECT)
		symbols_find(symbols, &(struct symbol_code){
			.object = report->object, .ip = report->ip, .start = report->object_start,
			.length = report->object_length, .offset = report->file_offset,
			.has_offset = report->has & LOG_HAS_FILE_OFFSET,
			.bytes = report->code, .n_bytes = report->code_length, .at = report->code_ip,
			/* After a trap instruction ip may be the next line's. */
			.behind = report->cause == CR2_LOG_CAUSE_INT3,
			.has_data = report->has & LOG_HAS_ADDR, .data = report->addr,
		}, &found);
	else
		return;
	take_found(report, &found);
}
