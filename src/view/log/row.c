/* SPDX-License-Identifier: MIT */
/* What all rows are made with. */
#include <cr2/tables.h>

#include "rows.h"

bool log_knows(const struct cr2_log_report *report, enum cr2_log_value which)
{
	uint64_t value;

	return cr2_log_report_value(report, which, &value);
}

uint64_t log_value(const struct cr2_log_report *report, enum cr2_log_value which)
{
	uint64_t value = 0;

	cr2_log_report_value(report, which, &value);
	return value;
}

void log_field(struct fields *f, const struct cr2_log_report *report, enum cr2_log_value which,
	       struct field field)
{
	field.absent = !cr2_log_report_value(report, which, &field.number);
	fields_add(f, &field);
}

bool log_fetched(const struct cr2_log_report *report)
{
	uint64_t access;

	return cr2_log_report_value(report, CR2_LOG_VALUE_ACCESS, &access) &&
	       access == CR2_ACCESS_FETCH;
}

const char *log_register_name(struct fields *f, const struct cr2_log_report *report, int reg)
{
	return log_value(report, CR2_LOG_VALUE_CODE_BITS) == 32 ?
	       fields_printf(f, "e%s", cr2_register_name(reg)) : cr2_register_wide_name(reg);
}

void log_row(struct fields *f, const char *label, bool shown)
{
	if (shown)
		fields_row(f, label);
}
