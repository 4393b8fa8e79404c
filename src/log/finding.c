/* SPDX-License-Identifier: MIT */
/*
 * What the pointer that went wrong tells by its value, alone and beside the registers, and what
 * can be said of a place that the log does not name.
 */
#include <cr2/decode.h>
#include <cr2/flags.h>

#include "verdict.h"

#define KERNEL_IMAGE 0xffffffff80000000ULL
#define MAIN_STACK 0x7ffb00000000ULL /* it begins at most 16 GiB below the end of user space */
#define ABOVE_STACK 0x1000000ULL /* the vdso is as near above it, and above what it can hold */
/* With KASAN, the shadow of the lower half begins here: one bit away from canonical, too. */
#define KASAN_SHADOW 0xdffffc0000000000ULL
#define KASAN_SHADOW_LENGTH (1ULL << 44)
#define HIGH_BIT 32 /* pointers into the same memory differ in lower ones by chance */

static bool is_wild(const struct cr2_log_report *report)
{
	switch (report->pattern) {
	case CR2_LOG_PATTERN_UNMAPPED:
	case CR2_LOG_PATTERN_USER_ADDRESS:
	case CR2_LOG_PATTERN_KERNEL_ADDRESS:
	case CR2_LOG_PATTERN_NON_CANONICAL:
	case CR2_LOG_PATTERN_JUMP_TO_UNMAPPED:
	case CR2_LOG_PATTERN_NOT_PERMITTED:
		return true;
	default:
		return false;
	}
}

/* ---- the value alone ---- */

/* NULL is no poison, however far behind it the member lies. */
static bool is_null(const struct cr2_log_report *report)
{
	return report->insn.has_base_value && report->insn.index < 0 && !report->insn.base_value;
}

/* Those of lists are small numbers where addresses have 32 bits: the address alone may be a member's. */
static bool find_poison(struct cr2_log_report *report, uint64_t pointer)
{
	const struct cr2_poison *poison = log_poison_near(report, pointer);

	if (report->kind != CR2_LOG_OOPS || is_null(report))
		return false;
	if (log_has(report, LOG_HAS_SHADOW_ADDR)) {
		/* The address is one of eight: not before the poison, in any case. */
		poison = log_poison_near(report, report->range_end);
		pointer = poison && poison->value > report->range_start ? poison->value : report->range_start;
	} else if (log_has(report, LOG_HAS_ADDR)) {
		poison = poison ? poison : log_poison_near(report, report->addr);
		pointer = report->addr;
	}
	if (!poison)
		return false;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_POISON, .value = pointer,
		.certainty = poison->value < LOG_LOW_MEMORY && !report->insn.has_base_value ? CR2_LOG_POSSIBLE :
			     CR2_LOG_CERTAIN,
		.offset = (int64_t)(pointer - poison->value), .name = poison->name,
		.meaning = poison->meaning});
	return true;
}

static bool find_letters(struct cr2_log_report *report, uint64_t pointer)
{
	for (int i = 0; i < log_bits_of(report) / 8; i++) {
		unsigned char c = (unsigned char)(pointer >> 8 * i);

		if (c < 0x20 || c >= 0x7f)
			return false;
	}
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_LETTERS, .certainty = CR2_LOG_LIKELY, .value = pointer});
	return true;
}

/* Seconds or nanoseconds since 1970, of the years 2014 to 2033. */
static bool find_time(struct cr2_log_report *report, uint64_t pointer)
{
	const uint64_t first = 1400000000, last = 2000000000, ns = 1000000000;

	if ((pointer < first || pointer >= last) && (pointer < first * ns || pointer >= last * ns))
		return false;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_TIME, .certainty = CR2_LOG_POSSIBLE, .value = pointer});
	return true;
}

/* A kernel's address in a program: where its upper half is all ones, an int was widened. */
static bool find_sign(struct cr2_log_report *report, uint64_t pointer)
{
	if (report->pattern != CR2_LOG_PATTERN_KERNEL_ADDRESS || pointer < KERNEL_IMAGE ||
	    log_is_error_pointer(report, pointer) || log_bits_of(report) == 32)
		return false;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_SIGN_EXTENDED, .certainty = CR2_LOG_LIKELY, .value = pointer,
		.other = pointer & UINT32_MAX});
	return true;
}

/* ---- one bit ---- */

static void find_canonical_bit(struct cr2_log_report *report, uint64_t pointer)
{
	unsigned lowest = log_levels(report) == 5 ? 56 : 47;

	if (log_is_canonical(report, pointer) || pointer - KASAN_SHADOW < KASAN_SHADOW_LENGTH)
		return;
	for (unsigned bit = lowest; bit < 64; bit++) {
		uint64_t other = pointer ^ 1ULL << bit;

		/* A single bit that is set is no address with an error. */
		if (!log_is_canonical(report, other) || other < LOG_LOW_MEMORY)
			continue;
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_ONE_BIT_CANONICAL, .certainty = CR2_LOG_LIKELY,
			.value = pointer, .other = other, .bit = bit});
		return;
	}
}

static bool is_one_bit_from(const struct cr2_log_report *report, uint64_t pointer, int reg,
			    unsigned *ret_bit)
{
	uint64_t other = report->registers[reg], difference = (pointer ^ other) & CR2_PAGE_MASK;

	if (!(report->registers_known & 1U << reg) || other < LOG_LOW_MEMORY ||
	    !log_is_canonical(report, other) || __builtin_popcountll(difference) != 1)
		return false;
	*ret_bit = (unsigned)__builtin_ctzll(difference);
	return *ret_bit >= HIGH_BIT;
}

static void find_register_bit(struct cr2_log_report *report, uint64_t pointer)
{
	unsigned bit;

	for (int reg = 0; reg < CR2_REGISTER_COUNT; reg++) {
		if (!is_one_bit_from(report, pointer, reg, &bit))
			continue;
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_ONE_BIT_REGISTER, .certainty = CR2_LOG_LIKELY,
			.value = pointer, .other = report->registers[reg], .bit = bit,
			.other_register = (enum cr2_register)reg});
		return;
	}
}

/* ---- where it points ---- */

static bool is_module_area(const char *region)
{
	return region == cr2_va_region(0xffffffffc0000000, 4);
}

static void find_region(struct cr2_log_report *report)
{
	const char *region = cr2_va_region(report->addr, log_levels(report));

	if (!log_is_canonical(report, report->addr) || !(report->addr >> 63) ||
	    log_is_error_pointer(report, report->addr))
		return;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_REGION, .value = report->addr, .name = region});
	if (is_module_area(region) && (report->pattern == CR2_LOG_PATTERN_UNMAPPED ||
				       report->pattern == CR2_LOG_PATTERN_JUMP_TO_UNMAPPED))
		log_add_finding(report, &(struct cr2_log_finding){
			.kind = CR2_LOG_FINDING_MODULE_GONE, .certainty = CR2_LOG_LIKELY,
			.value = report->addr});
}

static void find_stack(struct cr2_log_report *report)
{
	if (report->pattern == CR2_LOG_PATTERN_STACK || !log_in_own_stack(report, report->addr))
		return;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = CR2_LOG_FINDING_OWN_STACK,
		.certainty = report->fetch || report->addr >> 63 ? CR2_LOG_LIKELY : CR2_LOG_POSSIBLE,
		.value = report->addr, .offset = (int64_t)(report->addr - report->sp)});
}

/* ---- what is not named ---- */

static bool is_vdso(const struct cr2_log_report *report)
{
	return log_has(report, LOG_HAS_SP) && report->sp >= MAIN_STACK && report->ip > report->sp &&
	       report->ip - report->sp < ABOVE_STACK;
}

static void find_object(struct cr2_log_report *report)
{
	bool fetch = log_has(report, LOG_HAS_ACCESS) && report->fetch;

	if ((report->kind != CR2_LOG_SEGFAULT && report->kind != CR2_LOG_TRAP) || fetch ||
	    log_has(report, LOG_HAS_OBJECT) || report->cause == CR2_LOG_CAUSE_VSYSCALL || report->reporter)
		return;
	log_add_finding(report, &(struct cr2_log_finding){
		.kind = report->object_cut ? CR2_LOG_FINDING_OBJECT_CUT :
			is_vdso(report) ? CR2_LOG_FINDING_OBJECT_VDSO : CR2_LOG_FINDING_OBJECT_UNNAMED,
		.certainty = report->object_cut ? CR2_LOG_CERTAIN : CR2_LOG_LIKELY,
		.value = report->ip});
}

static bool find_meaning(struct cr2_log_report *report, uint64_t pointer)
{
	return find_poison(report, pointer) || find_letters(report, pointer) ||
	       (is_wild(report) && (find_time(report, pointer) || find_sign(report, pointer)));
}

void log_find_values(struct cr2_log_report *report)
{
	uint64_t pointer;

	if (cr2_log_report_value(report, CR2_LOG_VALUE_POINTER, &pointer) &&
	    !find_meaning(report, pointer) && is_wild(report)) {
		find_canonical_bit(report, pointer);
		find_register_bit(report, pointer);
	}
	if (log_has(report, LOG_HAS_ADDR)) {
		if (report->kind == CR2_LOG_OOPS && !log_has(report, LOG_HAS_SHADOW_ADDR))
			find_region(report);
		find_stack(report);
	}
	find_object(report);
}
