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

void log_kasan_rows(struct fields *f, const struct cr2_log_report *report)
{
	shadow_row(f, report);
	allocation_row(f, report);
	variable_row(f, report);
	byte_row(f, report);
}
