/* SPDX-License-Identifier: MIT */
/*
 * A crash of UEFI firmware or of what it started, as EDK2 prints it on the console:
 *   !!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!
 *   ExceptionData - 0000000000000002  I:0 R:0 U:0 W:1 P:0 PK:0 SS:0 SGX:0
 *   RIP  - 000000000E1D3005, CS  - 0000000000000038, RFLAGS - 0000000000210202
 *   RAX  - 0000123456789018, RCX - 000000000EE4B098, RDX - ...
 *   CR0  - ..., CR2 - 0000123456789018, CR3 - ...
 * and on IA32 "!!!! IA32 Exception Type - ", EIP, EAX.
 *   !!!! Find image based on IP(0x...) FILE (ImageBase=..., EntryPoint=...) !!!!
 *   !!!! Find PE image FILE (ImageBase=..., EntryPoint=...) !!!!		until 2016; or TE
 */
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

static const struct {
	uint64_t vector;
	enum cr2_log_cause cause;
} vectors[] = {
	{0x00, CR2_LOG_CAUSE_DIVIDE_ERROR}, {0x06, CR2_LOG_CAUSE_INVALID_OPCODE},
	{0x08, CR2_LOG_CAUSE_DOUBLE_FAULT}, {0x0c, CR2_LOG_CAUSE_STACK_SEGMENT},
	{0x0d, CR2_LOG_CAUSE_GENERAL_PROTECTION}, {0x0e, CR2_LOG_CAUSE_PAGE_FAULT},
};

static bool number(struct log_span message, const char *name, uint64_t *ret_value)
{
	struct log_span rest;

	return log_behind(message, name, &rest) && log_take_hex(&rest, ret_value);
}

bool log_edk2_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		     struct log_reporter_state *state)
{
	struct log_span rest = {log_find(message, "!!!! "), message.end};
	uint64_t vector, cpu;
	bool narrow;

	(void)state;
	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "!!!! "))
		return false;
	narrow = log_take(&rest, "IA32 ");
	if ((!narrow && !log_take(&rest, "X64 ")) || !log_take(&rest, "Exception Type - ") ||
	    !log_take_hex(&rest, &vector))
		return false;
	report->kernel_bits = narrow ? 32 : 0;
	report->reporter = CR2_LOG_REPORTER_EDK2;
	report->kind = CR2_LOG_OOPS;
	report->user = report->in_user_code = false;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(vectors); i++)
		if (vectors[i].vector == vector)
			report->cause = vectors[i].cause;
	if (number(rest, "CPU Apic ID - ", &cpu) && cpu <= UINT32_MAX) {
		report->cpu = (uint32_t)cpu;
		report->has |= LOG_HAS_CPU;
	}
	return report->cause != CR2_LOG_CAUSE_OTHER;
}

/* "/src/Build/App.dll (ImageBase=...)", or "(No PDB)" in place of the file's name. */
static void take_image(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span file = log_take_word(&rest);

	if (log_length(file) && *file.start != '(' && *file.start != '!')
		log_copy(file, report->object, sizeof(report->object));
}

static bool image_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest;

	if (log_behind(message, "Find image based on IP", &rest))
		log_take_word(&rest); /* the address */
	else if (!log_behind(message, "!!!! Find PE image ", &rest) && !log_behind(message, "!!!! Find TE image ", &rest))
		return log_find(message, "Can't find image information");
	take_image(rest, report);
	return true;
}

enum log_reporter_step log_edk2_line(struct log_span message, struct cr2_log_report *report,
				     struct log_reporter_state *state)
{
	uint64_t value;
	bool any;

	(void)state;
	if (image_line(message, report))
		return LOG_REPORTER_ENDS;
	if (number(message, "ExceptionData - ", &value)) {
		report->error = value;
		report->has |= LOG_HAS_ERROR;
		return LOG_REPORTER_TAKEN;
	}
	any = log_take_registers(message, report);
	if (number(message, "CR2 - ", &value) && report->cause == CR2_LOG_CAUSE_PAGE_FAULT)
		log_set_address(report, value);
	if (number(message, "CR4  - ", &value)) {
		report->cr4 = value;
		report->has |= LOG_HAS_CR4;
	}
	return any || log_find(message, "  - ") ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
