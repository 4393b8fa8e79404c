/* SPDX-License-Identifier: MIT */
/* Pointers and jumps to where nothing is ever mapped: around 0. */
#include <cr2/flags.h>

#include "verdict.h"

/*
 * A pointer just below 0 is an error code, or container_of() of NULL, whose members lie at
 * multiples of a word. Of multiples of 8, -EBUSY alone is common in the kernel; of 4, many are.
 * The member itself, at 0 and above, is what is reached through container_of().
 */
static void below_null(struct cr2_log_report *report, uint64_t pointer, bool likely)
{
	bool wide = log_bits_of(report) == 64, member = report->addr < LOG_LOW_MEMORY;
	bool around = pointer % (wide ? 8 : 4) == 0;
	bool error = !around || (!report->in_user_code && !member && (!wide || pointer == -16ULL));

	log_decide(report, error ? CR2_LOG_PATTERN_ERROR_POINTER : CR2_LOG_PATTERN_CONTAINER_OF_NULL,
		   likely || around);
	if (around)
		log_suggest(report, error ? CR2_LOG_PATTERN_CONTAINER_OF_NULL :
			    CR2_LOG_PATTERN_ERROR_POINTER, CR2_LOG_POSSIBLE);
}

/* The register that made the address is known. */
static bool bad_base(struct cr2_log_report *report, uint64_t base)
{
	if (log_is_error_pointer(report, base))
		below_null(report, base, false);
	else if (base >= LOG_LOW_MEMORY)
		return false;
	else if (base)
		log_decide(report, CR2_LOG_PATTERN_SMALL_NUMBER, false);
	else
		log_decide(report, report->addr ? CR2_LOG_PATTERN_NEAR_NULL : CR2_LOG_PATTERN_NULL, false);
	return true;
}

/* Pointers that are no addresses: NULL, small numbers, error codes. */
bool log_bad_pointer(struct cr2_log_report *report)
{
	const struct log_insn *insn = &report->insn;

	if (insn->has_base_value && insn->index < 0 && bad_base(report, insn->base_value))
		return true;
	if (report->addr == 0) {
		log_decide(report, CR2_LOG_PATTERN_NULL, false);
	} else if (report->addr < LOG_LOW_MEMORY) {
		log_decide(report, CR2_LOG_PATTERN_NEAR_NULL, true);
		log_suggest(report, CR2_LOG_PATTERN_SMALL_NUMBER, CR2_LOG_POSSIBLE);
	} else if (log_is_error_pointer(report, report->addr)) {
		below_null(report, report->addr, true);
	} else {
		return false;
	}
	return true;
}

/* Bit 1 is always set, bits 3, 5 and 15 never, and IF is where interrupts are not disabled. */
static bool is_flags(const struct cr2_log_report *report, uint64_t value)
{
	const uint64_t flags = 0x3f0fd7, never = 0x7028; /* with IOPL and NT, which Linux leaves 0 */

	return (value & 2) && !(value & ~flags) && !(value & never) &&
	       (value & 0x200 || (!report->in_user_code && value & 0x40));
}

static const char *selector_name(const struct cr2_log_report *report, uint64_t value)
{
	switch (value) {
	case 0x10:
		return report->in_user_code ? NULL : "the selector of the kernel's code";
	case 0x18:
		return report->in_user_code ? NULL : "the selector of the kernel's data and stack";
	case 0x2b:
		return "the selector of a program's data and stack";
	case 0x33:
		return "the selector of a program's code";
	case 0x23:
		return "the selector of a 32-bit program's code";
	default:
		return NULL;
	}
}

/* Execution went below where anything is mapped. */
bool log_small_jump(struct cr2_log_report *report)
{
	const char *selector = selector_name(report, report->addr);

	if (report->addr == 0) {
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_NULL, false);
	} else if (is_flags(report, report->addr)) {
		log_decide(report, CR2_LOG_PATTERN_BAD_RETURN, true);
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_FLAGS_VALUE, .certainty = CR2_LOG_LIKELY,
			.value = report->addr});
	} else if (selector) {
		log_decide(report, CR2_LOG_PATTERN_BAD_RETURN, true);
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_SELECTOR_VALUE, .certainty = CR2_LOG_POSSIBLE,
			.value = report->addr, .name = selector});
		log_suggest(report, CR2_LOG_PATTERN_JUMP_TO_SMALL, CR2_LOG_POSSIBLE);
	} else if (report->addr < LOG_LOW_MEMORY) {
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_SMALL, false);
	} else {
		return false;
	}
	return true;
}
