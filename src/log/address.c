/* SPDX-License-Identifier: MIT */
/* Whose an address is, as far as the report tells how the machine is set up. */
#include <cr2/decode.h>

#include "verdict.h"

#define NARROW_TASK_SIZE 0xc0000000ULL /* a 32-bit kernel has the upper 1 GiB of 4 */
#define CR4_LA57 (1ULL << 12)
#define USER_STACK 0x800000ULL /* the default of ulimit -s */

/* A 32-bit program on a 64-bit kernel has code and stack below 4 GiB; no other has both. */
int log_bits_of(const struct cr2_log_report *report)
{
	if (report->kernel_bits == 32)
		return 32;
	return report->in_user_code && log_has(report, LOG_HAS_IP | LOG_HAS_SP) &&
	       report->ip <= UINT32_MAX && report->sp && report->sp <= UINT32_MAX ? 32 : 64;
}

uint64_t log_task_size(const struct cr2_log_report *report)
{
	return report->kernel_bits == 32 ? NARROW_TASK_SIZE : CR2_TASK_SIZE_MAX(log_levels(report));
}

bool log_is_error_pointer(const struct cr2_log_report *report, uint64_t pointer)
{
	return pointer >= (log_bits_of(report) == 32 ? (uint32_t)LOG_ERROR_POINTERS :
			   (uint64_t)LOG_ERROR_POINTERS);
}

/* A page fault is taken only at canonical addresses: where 48 bits do not hold it, 57 do. */
unsigned log_levels(const struct cr2_log_report *report)
{
	bool fault = report->cause == CR2_LOG_CAUSE_PAGE_FAULT || report->cause == CR2_LOG_CAUSE_SEGFAULT;
	struct cr2_va va;

	if (log_has(report, LOG_HAS_CR4))
		return report->cr4 & CR4_LA57 ? 5 : 4;
	cr2_va_decode(report->addr, 4, &va);
	return fault && log_has(report, LOG_HAS_ADDR) && !va.canonical ? 5 : 4;
}

bool log_is_canonical(const struct cr2_log_report *report, uint64_t addr)
{
	struct cr2_va va;

	cr2_va_decode(addr, log_levels(report), &va);
	return log_bits_of(report) == 32 || va.canonical;
}

bool log_is_user_address(const struct cr2_log_report *report, uint64_t addr)
{
	if (report->reporter == CR2_LOG_REPORTER_EDK2)
		return false; /* firmware has none */
	if (report->kernel_bits == 32)
		return addr < NARROW_TASK_SIZE;
	return log_is_canonical(report, addr) && !(addr >> 63);
}

const struct cr2_poison *log_poison_near(const struct cr2_log_report *report, uint64_t value)
{
	return log_bits_of(report) == 32 ? cr2_poison_find_narrow((uint32_t)value) : cr2_poison_find(value);
}

bool log_in_own_stack(const struct cr2_log_report *report, uint64_t addr)
{
	if (!log_has(report, LOG_HAS_SP) || report->kernel_bits == 32 || addr >> 63 != report->sp >> 63)
		return false;
	if (addr >> 63)
		return addr / LOG_KERNEL_STACK == report->sp / LOG_KERNEL_STACK;
	return addr >= report->sp && addr - report->sp < USER_STACK;
}
