/* SPDX-License-Identifier: MIT */
/* What the crash looks like: its pattern, and others that are possible. */
#include <inttypes.h>

#include <cr2/tables.h>

#include "rows.h"

/* The pointer that went wrong: the operand's base register where it is known, else the address. */
struct pointer {
	bool known;
	bool base; /* it is the register's */
	uint64_t value;
};

static struct pointer pointer_of(const struct cr2_log_report *report)
{
	struct pointer p = {.base = log_knows(report, CR2_LOG_VALUE_REGISTER_VALUE) &&
				    !log_knows(report, CR2_LOG_VALUE_INDEX)};

	p.known = cr2_log_report_value(report, CR2_LOG_VALUE_POINTER, &p.value);
	return p;
}

static bool is_narrow(const struct cr2_log_report *report)
{
	return log_value(report, CR2_LOG_VALUE_CODE_BITS) == 32;
}

/* The number that a pointer is in the program's own width. */
static int64_t signed_pointer(const struct cr2_log_report *report, const struct pointer *p)
{
	return is_narrow(report) ? (int32_t)p->value : (int64_t)p->value;
}

/* The errno's name of an error code that is used as a pointer, or NULL. */
static const char *error_name(const struct cr2_log_report *report, const struct pointer *p)
{
	bool error = cr2_log_report_pattern(report) == CR2_LOG_PATTERN_ERROR_POINTER;

	int64_t value = signed_pointer(report, p);

	return error && p->known && value >= -4095 && value < 0 ? cr2_errno_name((unsigned)-value) : NULL;
}

static void error_words(struct fields *f, const struct cr2_log_report *report,
			const struct pointer *p)
{
	bool map = cr2_log_report_is(report, CR2_LOG_IS_USER) && signed_pointer(report, p) == -1;

	fields_say(f, INK_PLAIN, "; it is %" PRId64, signed_pointer(report, p));
	field_text(f, ERROR_NAME, error_name(report, p), .form = ", -%");
	fields_say(f, INK_PLAIN, "%s%s", map ? ", or MAP_FAILED" : "",
		   p->base && log_value(report, CR2_LOG_VALUE_DISPLACEMENT) ? ", with an offset" : "");
}

static void near_null_words(struct fields *f, const struct cr2_log_report *report,
			    const struct pointer *p)
{
	int64_t offset = (int64_t)log_value(report, CR2_LOG_VALUE_DISPLACEMENT);

	if (p->base && !p->value)
		fields_say(f, INK_PLAIN, ", at offset %s0x%" PRIx64, offset < 0 ? "-" : "",
			   offset < 0 ? -(uint64_t)offset : (uint64_t)offset);
	else if (log_knows(report, CR2_LOG_VALUE_RANGE_START))
		fields_say(f, INK_PLAIN, ": KASAN names the range 0x%" PRIx64 " to 0x%" PRIx64,
			   log_value(report, CR2_LOG_VALUE_RANGE_START),
			   log_value(report, CR2_LOG_VALUE_RANGE_END));
	else
		fields_say(f, INK_PLAIN, ", at offset 0x%" PRIx64 " if the pointer was 0",
			   log_value(report, CR2_LOG_VALUE_ADDR));
}

static void stack_words(struct fields *f, const struct cr2_log_report *report)
{
	uint64_t addr, sp;

	if (!cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &addr) ||
	    !cr2_log_report_value(report, CR2_LOG_VALUE_SP, &sp) ||
	    cr2_log_report_cause(report) == CR2_LOG_CAUSE_STACK_GUARD)
		return;
	fields_say(f, INK_PLAIN, "; sp is 0x%" PRIx64 ", %" PRIu64 " bytes %s it", sp,
		   addr >= sp ? addr - sp : sp - addr, addr >= sp ? "below" : "above");
}

/* What the accessed address is in, where it is in the same file as the code. */
static void data_words(struct fields *f, const struct cr2_symbol_place *place, bool shown)
{
	const char *symbol = place->data_symbol[0] ? place->data_symbol : NULL;
	const char *section = place->data_section[0] ? place->data_section : NULL;

	shown = shown && place->data_known;
	if (shown)
		fields_say(f, INK_PLAIN, "; it is ");
	field_text(f, DATA_SYMBOL, symbol, .form = shown ? "%" : NULL, .ink = INK_BOLD);
	if (shown && symbol)
		fields_say(f, INK_BOLD, "+0x%" PRIx64, place->data_offset);
	field_text(f, DATA_SECTION, section, .form = !shown ? NULL : symbol ? " in %" : "in %");
	if (shown)
		fields_say(f, INK_PLAIN, "%s(mapped r%c%c)", symbol || section ? " " : "in a segment ",
			   place->data_write ? 'w' : '-', place->data_exec ? 'x' : '-');
}

static void pattern_row(struct fields *f, const struct cr2_log_report *report,
			const struct pointer *p)
{
	enum cr2_log_pattern pattern = cr2_log_report_pattern(report);
	bool shown = pattern != CR2_LOG_PATTERN_NONE;
	bool likely = shown && cr2_log_report_is(report, CR2_LOG_IS_PATTERN_LIKELY);

	log_row(f, "pattern", shown);
	field_text(f, PATTERN, cr2_log_pattern_name(pattern), .form = "%", .ink = INK_WARN);
	field_text(f, CERTAINTY, shown ? cr2_log_certainty_name(likely ? CR2_LOG_LIKELY : CR2_LOG_CERTAIN) : NULL,
		   .form = likely ? " (%)" : NULL);
	if (shown)
		fields_say(f, INK_PLAIN, "  %s", cr2_log_pattern_sentence(pattern));
	if (pattern == CR2_LOG_PATTERN_ERROR_POINTER && p->known)
		error_words(f, report, p);
	else
		field_text(f, ERROR_NAME, NULL, .form = NULL);
	if (pattern == CR2_LOG_PATTERN_NEAR_NULL && p->known)
		near_null_words(f, report, p);
	if (pattern == CR2_LOG_PATTERN_STACK)
		stack_words(f, report);
	data_words(f, cr2_log_report_place(report), shown && pattern != CR2_LOG_PATTERN_STACK);
}

static void range(struct fields *f, const struct cr2_log_report *report)
{
	if (!log_knows(report, CR2_LOG_VALUE_RANGE_START)) {
		field_text(f, RANGE, NULL, .form = NULL);
		return;
	}
	fields_object(f, CR2_KEY_RANGE);
	field_hex(f, START, log_value(report, CR2_LOG_VALUE_RANGE_START));
	field_hex(f, END, log_value(report, CR2_LOG_VALUE_RANGE_END));
	fields_end(f);
}

/* Patterns that would explain it as well. */
static void alternative_rows(struct fields *f, const struct cr2_log_report *report)
{
	const struct cr2_log_alternative *other;

	fields_list(f, CR2_KEY_ALTERNATIVES);
	for (size_t i = 0; (other = cr2_log_report_alternative(report, i)); i++) {
		fields_row(f, "or");
		fields_object(f, CR2_KEY_NONE);
		field_text(f, PATTERN, cr2_log_pattern_name(other->pattern), .form = "%", .ink = INK_WARN);
		field_text(f, CERTAINTY, cr2_log_certainty_name(other->certainty), .form = " (%)");
		fields_say(f, INK_PLAIN, "  %s", cr2_log_pattern_sentence(other->pattern));
		fields_end(f);
	}
	fields_end(f);
}

void log_pattern_rows(struct fields *f, const struct cr2_log_report *report)
{
	struct pointer p = pointer_of(report);

	pattern_row(f, report, &p);
	range(f, report);
	alternative_rows(f, report);
	log_finding_rows(f, report);
}
