/* SPDX-License-Identifier: MIT */
/*
 * A crash of the FreeBSD kernel:
 *   Fatal trap 12: page fault while in kernel mode
 *   cpuid = 1; apic id = 01
 *   fault virtual address   = 0xADDR
 *   fault code              = supervisor read data, page not present
 *   instruction pointer     = 0x20:0xIP
 *   stack pointer           = 0x28:0xSP
 *   frame pointer           = 0x28:0xBP
 *   current process         = 2023 (COMM)
 *   current thread          = 2023/100123 (COMM/THREAD)            in its place since 2025
 *   rdi: 0000000000000000 rsi: ...                                 since 13.1
 *   #6 0xIP at FUNCTION+0xOFFSET                                   KDB's stack
 *   Stopped at      FUNCTION+0xOFFSET:      movq    0x18(%rdi),%rax
 */
#include <string.h>

#include <cr2/base.h>
#include <cr2/flags.h>

#include "reporter.h"

static const struct {
	uint64_t trap;
	enum cr2_log_cause cause;
} traps[] = {
	{1, CR2_LOG_CAUSE_INVALID_OPCODE}, /* "privileged instruction fault" */
	{3, CR2_LOG_CAUSE_INT3}, {9, CR2_LOG_CAUSE_GENERAL_PROTECTION}, {12, CR2_LOG_CAUSE_PAGE_FAULT},
	{14, CR2_LOG_CAUSE_ALIGNMENT_CHECK}, {18, CR2_LOG_CAUSE_DIVIDE_ERROR}, {20, CR2_LOG_CAUSE_OVERFLOW},
	{21, CR2_LOG_CAUSE_BOUNDS}, {23, CR2_LOG_CAUSE_DOUBLE_FAULT}, {25, CR2_LOG_CAUSE_INVALID_TSS},
	{26, CR2_LOG_CAUSE_SEGMENT_NOT_PRESENT}, {27, CR2_LOG_CAUSE_STACK_SEGMENT},
};
#define LAST_TRAP 29 /* those above have no name */

/* "Fatal double fault", and registers. */
static bool double_fault_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report)
{
	struct log_span rest = {log_find(message, "Fatal double fault"), message.end};

	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "Fatal double fault") || rest.start != rest.end)
		return false;
	report->reporter = CR2_LOG_REPORTER_FREEBSD;
	report->kind = CR2_LOG_OOPS;
	report->cause = CR2_LOG_CAUSE_DOUBLE_FAULT;
	report->user = report->in_user_code = false;
	return true;
}

bool log_freebsd_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
			struct log_reporter_state *state)
{
	struct log_span rest = {log_find(message, "Fatal trap "), message.end};
	uint64_t trap;

	(void)state;
	if (double_fault_begins(message, ret_at, report))
		return true;
	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "Fatal trap ") || !log_take_decimal(&rest, &trap) ||
	    !log_take(&rest, ": ") || !log_find(rest, " while in ") || trap > LAST_TRAP)
		return false;
	log_copy((struct log_span){rest.start, log_find(rest, " while in ")}, report->words, sizeof(report->words));
	report->reporter = CR2_LOG_REPORTER_FREEBSD;
	report->kind = CR2_LOG_OOPS;
	report->user = report->in_user_code = log_find(rest, "while in user mode");
	for (size_t i = 0; i < CR2_ARRAY_SIZE(traps); i++)
		if (traps[i].trap == trap)
			report->cause = traps[i].cause;
	if (report->cause != CR2_LOG_CAUSE_OTHER)
		report->words[0] = '\0';
	return true;
}

/* "name\t\t= ", taken off. */
static bool take_title(struct log_span *rest, const char *name)
{
	struct log_span place = *rest;

	if (!log_take(&place, name))
		return false;
	log_skip_blanks(&place);
	if (!log_take(&place, "= "))
		return false;
	*rest = place;
	return true;
}

/* "supervisor write data, protection violation" says each bit of the error code. */
static void take_fault_code(struct log_span rest, struct cr2_log_report *report)
{
	static const struct {
		const char *words;
		uint64_t bit;
	} bits[] = {
		{"user ", CR2_PF(U)}, {" write ", CR2_PF(W)}, {"write ", CR2_PF(W)},
		{"instruction", CR2_PF(I)}, {" prot key", CR2_PF(PK)}, {" SGX", CR2_PF(SGX)},
		{"reserved bits in PTE", CR2_PF(RSVD) | CR2_PF(P)}, {"protection violation", CR2_PF(P)},
	};

	if (!log_find(rest, ", "))
		return;
	report->error = 0;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bits); i++)
		if (log_find(rest, bits[i].words))
			report->error |= bits[i].bit;
	report->user = report->error & CR2_PF(U);
	report->has |= LOG_HAS_ERROR;
	log_set_access(report, report->error & CR2_PF(W), report->error & CR2_PF(I));
}

/* "0x20:0xffffffff81a4a7fd" */
static void take_pointer(struct log_span rest, struct cr2_log_report *report, int reg)
{
	uint64_t selector, value;

	if (log_take_hex(&rest, &selector) && log_take(&rest, ":") && log_take_hex(&rest, &value))
		log_set_register(report, reg, value);
}

/* "2023 (tarantool_box)", or "2023/100123 (tarantool_box/main thread)" */
static void take_process(struct log_span rest, bool thread, struct cr2_log_report *report)
{
	uint64_t pid, tid;
	const char *slash;

	if (!log_take_decimal(&rest, &pid) || (thread && (!log_take(&rest, "/") || !log_take_decimal(&rest, &tid))))
		return;
	log_set_pid(report, pid);
	if (!log_take(&rest, " (") || !log_length(rest) || rest.end[-1] != ')')
		return;
	slash = thread ? memchr(rest.start, '/', log_length(rest)) : NULL;
	log_copy((struct log_span){rest.start, slash ? slash : rest.end - 1}, report->comm, sizeof(report->comm));
}

static bool titled_line(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t value;

	if (take_title(&rest, "fault virtual address")) {
		if (log_take_hex(&rest, &value))
			log_set_address(report, value);
	} else if (take_title(&rest, "fault code")) {
		take_fault_code(rest, report);
	} else if (take_title(&rest, "instruction pointer")) {
		take_pointer(rest, report, CR2_REGISTER_IP);
	} else if (take_title(&rest, "stack pointer")) {
		take_pointer(rest, report, CR2_REGISTER_SP);
	} else if (take_title(&rest, "frame pointer")) {
		take_pointer(rest, report, CR2_REGISTER_BP);
	} else if (take_title(&rest, "current process")) {
		take_process(rest, false, report);
	} else if (take_title(&rest, "current thread")) {
		take_process(rest, true, report);
	} else if (take_title(&rest, "cpuid")) {
		if (!log_has(report, LOG_HAS_CPU) && log_take_decimal(&rest, &value)) {
			report->cpu = (uint32_t)value;
			report->has |= LOG_HAS_CPU;
		}
	} else {
		return false;
	}
	return true;
}

/* "rcx %lx rsi %lx rdi %lx" of a double fault: the kernel gives the last two in the other order. */
static bool registers_line(struct log_span message, struct cr2_log_report *report)
{
	const uint32_t both = 1U << CR2_REGISTER_SI | 1U << CR2_REGISTER_DI;
	struct log_span rest = message;
	uint64_t rsi;

	if (!log_take_registers(message, report))
		return false;
	if (report->cause != CR2_LOG_CAUSE_DOUBLE_FAULT || !log_take(&rest, "rcx "))
		return true;
	rsi = report->registers[CR2_REGISTER_SI];
	report->registers[CR2_REGISTER_SI] = report->registers[CR2_REGISTER_DI];
	report->registers[CR2_REGISTER_DI] = rsi;
	if ((report->registers_known & both) != both) /* it was cut */
		report->registers_known &= ~both;
	return true;
}

/* The stack begins in the handler: the frame is the one whose address is ip. */
static bool stack_line(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t n, ip;

	if (!log_take(&rest, "#") || !log_take_decimal(&rest, &n) || !log_take(&rest, " ") ||
	    !log_take_hex(&rest, &ip) || !log_take(&rest, " at "))
		return false;
	if (log_has(report, LOG_HAS_IP) && ip == report->ip)
		log_set_function_at(report, rest);
	return true;
}

static bool stopped_line(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span place;
	const char *colon;

	if (!log_take(&rest, "Stopped at"))
		return false;
	place = log_take_word(&rest);
	colon = memrchr(place.start, ':', log_length(place));
	place.end = colon ? colon : place.end;
	log_set_function_at(report, place);
	log_set_instruction(report, rest);
	return true;
}

enum log_reporter_step log_freebsd_line(struct log_span message, struct cr2_log_report *report,
					struct log_reporter_state *state)
{
	struct log_span rest = message;

	(void)state;
	if (stopped_line(message, report) || log_take(&rest, "Uptime: ") || log_take(&rest, "db> "))
		return LOG_REPORTER_ENDS;
	return titled_line(message, report) || registers_line(message, report) ||
	       stack_line(message, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
