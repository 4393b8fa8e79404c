/* SPDX-License-Identifier: MIT */
/* What KASAN knows: the shadow, and the object that the address belongs to. */
#include <inttypes.h>

#include "rows.h"

static void shadow_row(struct fields *f, const struct cr2_log_report *report)
{
	log_row(f, "shadow", log_knows(report, CR2_LOG_VALUE_SHADOW_ADDR));
	log_hex(f, report, SHADOW_ADDR, .form = "% is what KASAN keeps for ");
	if (log_knows(report, CR2_LOG_VALUE_SHADOW_ADDR))
		fields_say(f, INK_BOLD, "0x%" PRIx64 " to 0x%" PRIx64,
			   log_value(report, CR2_LOG_VALUE_RANGE_START),
			   log_value(report, CR2_LOG_VALUE_RANGE_END));
}

static void byte_row(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t shadow = 0;
	bool known = cr2_log_report_value(report, CR2_LOG_VALUE_SHADOW, &shadow);
	const char *meaning = cr2_kasan_shadow_meaning((uint8_t)shadow);

	log_row(f, "shadow", known);
	log_hex(f, report, SHADOW, .form = "%");
	if (known && shadow < 8)
		fields_say(f, INK_PLAIN, ": of its 8 bytes the first %" PRIu64 " may be accessed", shadow);
	else if (known && meaning)
		fields_say(f, INK_PLAIN, ": %s", meaning);
}

/* "4 bytes inside it", "0 bytes behind its end", "16 bytes before it" */
static void relation(struct fields *f, uint64_t addr, uint64_t start, uint64_t size)
{
	if (addr < start)
		fields_say(f, INK_BOLD, "%" PRIu64 " bytes before it", start - addr);
	else if (addr - start < size)
		fields_say(f, INK_BOLD, "%" PRIu64 " bytes inside it", addr - start);
	else
		fields_say(f, INK_BOLD, "%" PRIu64 " bytes behind its end", addr - start - size);
}

static void allocation_row(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t start, size = log_value(report, CR2_LOG_VALUE_ALLOCATION_SIZE), addr;

	if (!cr2_log_report_value(report, CR2_LOG_VALUE_ALLOCATION_START, &start)) {
		field_text(f, ALLOCATION, NULL, .form = NULL);
		return;
	}
	fields_row(f, "object");
	fields_object(f, CR2_KEY_ALLOCATION);
	field_number(f, SIZE, size, .form = "% bytes");
	field_hex(f, START, start, .form = " at %");
	log_text(f, report, CACHE, .form = " in %");
	log_number(f, report, ALLOCATED_BY, .form = ", allocated by task %");
	log_number(f, report, FREED_BY, .form = ", freed by task %");
	fields_end(f);
	if (!cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &addr))
		return;
	fields_say(f, INK_PLAIN, "; the address is ");
	relation(f, addr, start, size);
}

static void variable_row(struct fields *f, const struct cr2_log_report *report)
{
	bool known = cr2_log_report_text(report, CR2_LOG_TEXT_VARIABLE);

	log_row(f, "variable", known);
	log_text(f, report, VARIABLE, .form = "%", .ink = INK_BOLD);
	log_hex(f, report, VARIABLE_SIZE, .form = ", % bytes; the address is ");
	log_hex(f, report, VARIABLE_OFFSET, .form = NULL);
	if (known)
		relation(f, log_value(report, CR2_LOG_VALUE_VARIABLE_OFFSET), 0,
			 log_value(report, CR2_LOG_VALUE_VARIABLE_SIZE));
}

static void frame_variables(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_log_variable *variable;
	uint64_t offset = log_value(report, CR2_LOG_VALUE_FRAME_OFFSET);

	fields_list(f, CR2_KEY_VARIABLES);
	for (size_t i = 0; (variable = cr2_log_report_variable(report, i)); i++) {
		fields_row(f, "");
		fields_object(f, CR2_KEY_NONE);
		field_text(f, NAME, variable->name, .form = "%", .ink = INK_BOLD);
		field_number(f, OFFSET, variable->start, .form = NULL);
		field_number(f, SIZE, variable->end - variable->start, .form = ", % bytes; the address is ");
		fields_end(f);
		relation(f, offset, variable->start, variable->end - variable->start);
	}
	fields_end(f);
}

static void frame_rows(struct fields *f, const struct cr2_log_report *report)
{
	log_row(f, "stack frame", cr2_log_report_text(report, CR2_LOG_TEXT_FRAME));
	field_text(f, FRAME_FUNCTION, cr2_log_report_text(report, CR2_LOG_TEXT_FRAME), .form = "of %", .ink = INK_BOLD);
	log_number(f, report, FRAME_OFFSET, .form = "; the address is % bytes into it");
	frame_variables(f, report);
}

/* Where the row's byte of the address is, marked as the kernel does. */
static const char *shadow_bytes(struct fields *f, const struct cr2_log_shadow_row *row, uint64_t addr, bool mark)
{
	struct cr2_text text = {0};
	int r = 0;

	for (size_t i = 0; i < row->n && r == 0; i++) {
		bool here = mark && (addr - row->address) / 8 == i && addr >= row->address;

		r = cr2_text_printf(&text, mark ? here ? "[%02x]" : " %02x " : i ? " %02x" : "%02x", row->bytes[i]);
	}
	return fields_take(f, &text, r);
}

static void shadow_rows(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_log_shadow_row *row;
	uint64_t addr = log_value(report, CR2_LOG_VALUE_ADDR);

	fields_list(f, CR2_KEY_SHADOW_ROWS);
	for (size_t i = 0; (row = cr2_log_report_shadow(report, i)); i++) {
		fields_row(f, i ? "" : "shadow of");
		fields_object(f, CR2_KEY_NONE);
		field_hex(f, START, row->address, .form = "%", .ink = INK_DIM);
		field_text(f, SHADOW_BYTES, shadow_bytes(f, row, addr, false), .form = NULL);
		fields_end(f);
		fields_keep(f, INK_PLAIN, ": %s", shadow_bytes(f, row, addr, true));
	}
	fields_end(f);
}

void log_kasan_rows(struct fields *f, const struct cr2_log_report *report)
{
	shadow_row(f, report);
	allocation_row(f, report);
	variable_row(f, report);
	frame_rows(f, report);
	byte_row(f, report);
	shadow_rows(f, report);
}
