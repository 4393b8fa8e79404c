/* SPDX-License-Identifier: MIT */
/* What a crash report says, row by row. Each key stands in every report, null where not known. */
#ifndef VIEW_LOG_ROWS_H
#define VIEW_LOG_ROWS_H

#include <cr2/log.h>

#include "view/draw/field.h"

/* log.c: the whole report. */
void log_report_list(struct fields *f, const struct cr2_log_report *report, const char *source);
/* pattern.c: what it looks like. */
void log_pattern_rows(struct fields *f, const struct cr2_log_report *report);
/* finding.c: what else the report tells. */
void log_finding_rows(struct fields *f, const struct cr2_log_report *report);
/* kasan.c: the shadow and the object. */
void log_kasan_rows(struct fields *f, const struct cr2_log_report *report);
/* place.c: where ip is, and the instruction there. */
void log_place_rows(struct fields *f, const struct cr2_log_report *report);
/* calls.c */
void log_trace_rows(struct fields *f, const struct cr2_log_report *report);
/* before.c */
void log_before_rows(struct fields *f, const struct cr2_log_report *report);
void log_instruction_rows(struct fields *f, const struct cr2_log_report *report);
/* What one would do next to find the source line. */
void log_next_row(struct fields *f, const struct cr2_log_report *report);
/* kernel.c: what only the kernel's own reports have, and traces. */
void log_kernel_rows(struct fields *f, const struct cr2_log_report *report);
void log_call_rows(struct fields *f, const struct cr2_log_report *report);

/* row.c: what all rows are made with. */
bool log_knows(const struct cr2_log_report *report, enum cr2_log_value which);
/* 0 where it is not known. */
uint64_t log_value(const struct cr2_log_report *report, enum cr2_log_value which);
bool log_fetched(const struct cr2_log_report *report);
/* "rax", or "eax" of 32-bit code. */
const char *log_register_name(struct fields *f, const struct cr2_log_report *report, int reg);
/* A row's label, unless the row is for programs only. */
void log_row(struct fields *f, const char *label, bool shown);

/* Values of a report, under the key of the same name. */
void log_field(struct fields *f, const struct cr2_log_report *report, enum cr2_log_value which,
	       struct field field);
#define log_hex(f, report, id, ...) \
	log_field(f, report, CR2_LOG_VALUE_##id, \
		  (struct field){.key = CR2_KEY_##id, .type = FIELD_HEX, __VA_ARGS__})
#define log_number(f, report, id, ...) \
	log_field(f, report, CR2_LOG_VALUE_##id, \
		  (struct field){.key = CR2_KEY_##id, .type = FIELD_NUMBER, __VA_ARGS__})
#define log_bool(f, report, id, ...) \
	field_bool(f, id, cr2_log_report_is(report, CR2_LOG_IS_##id), __VA_ARGS__)
#define log_text(f, report, id, ...) \
	field_text(f, id, cr2_log_report_text(report, CR2_LOG_TEXT_##id), __VA_ARGS__)

#endif
