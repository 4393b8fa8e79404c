/* SPDX-License-Identifier: MIT */
/*
 * A crash as the Java virtual machine reports it, on its output and in hs_err_pidPID.log:
 *   #  SIGSEGV (0xb) at pc=0xPC, pid=PID, tid=TID     (Windows: EXCEPTION_ACCESS_VIOLATION (0xc0000005))
 *   # Problematic frame:
 *   # V  [libjvm.so+0xOFFSET]  FUNCTION+0xOFFSET
 *   siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0xADDR
 *   RAX=0x..., RBX=0x..., ...
 *   RIP=0x..., EFLAGS=0x..., CSGSFS=0x..., ERR=0x0000000000000006
 *     TRAPNO=0x000000000000000e
 *   Instructions: (pc=0xPC)
 *   0xADDR:   45 89 75 00 ...                         since 18 with "=>" before pc's line
 */
#include <string.h>

#include "reporter.h"

#define TRAP_PROTECTION 13
#define TRAP_PAGE_FAULT 14

static bool java_number(struct log_span message, const char *name, uint64_t *ret_value)
{
	struct log_span rest;

	return log_behind(message, name, &rest) && log_take_hex(&rest, ret_value);
}

bool log_java_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		     struct log_reporter_state *state)
{
	static const char windows[] = "EXCEPTION_ACCESS_VIOLATION";
	struct log_span rest = message, decimal;
	uint64_t value;

	(void)state;
	rest.start = log_find(message, "SIG");
	if (!rest.start)
		rest.start = log_find(message, windows);
	*ret_at = rest.start;
	if (!rest.start)
		return false;
	report->signal = log_take(&rest, windows) ? LOG_SIGNAL_SEGV : log_take_signal(&rest);
	if (!report->signal || !log_take(&rest, " (0x") || !java_number(rest, ") at pc=", &value))
		return false;
	/* The quote sign of its lines stands in only some of them. */
	while (*ret_at > message.start && strchr("# ", (*ret_at)[-1]))
		--*ret_at;
	report->reporter = CR2_LOG_REPORTER_JAVA;
	log_set_ip(report, value);
	if (log_behind(rest, ", pid=", &decimal) && log_take_decimal(&decimal, &value))
		log_set_pid(report, value);
	return true;
}

/* "12 c2 a.b.C.f(I)V (5 bytes) @ 0x7f..ec [0x7f..e0+0xc]", with a dot and a module perhaps: its name alone, and "+0xc". */
static bool take_compiled(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span name, offset;
	const char *at = log_find(rest, " bytes) @ ");
	uint64_t value;

	if (!at)
		return false;
	do
		name = log_take_word(&rest);
	while (log_length(name) && !memchr(name.start, '(', log_length(name)));
	log_set_function(report, name);
	offset = (struct log_span){memrchr(at, '+', (size_t)(rest.end - at)), rest.end};
	if (offset.start && log_take(&offset, "+") && log_take_hex(&offset, &value) && log_take(&offset, "]")) {
		report->function_offset = value;
		report->has |= LOG_HAS_FUNCTION_OFFSET;
	}
	return true;
}

/* "V  [libjvm.so+0xed27f4]  Unsafe_PutInt+0x124", "J 12 c2 a.b.C.f(I)V (5 bytes) @ ..." */
static void take_java_frame(struct log_span rest, struct cr2_log_report *report)
{
	const char *plus;
	struct log_span object;

	log_take_word(&rest);
	log_skip_blanks(&rest);
	object = rest;
	if (log_take(&object, "[")) {
		const char *close = memchr(object.start, ']', log_length(object));

		plus = memchr(object.start, '+', log_length(object));
		if (!close || !plus || plus > close)
			return;
		log_copy((struct log_span){object.start, plus}, report->object, sizeof(report->object));
		object.start = plus + 1;
		report->offset_printed = log_take_hex(&object, &report->file_offset);
		rest.start = close + 1;
		log_skip_blanks(&rest);
	}
	if (!take_compiled(rest, report))
		log_set_function_at(report, rest);
}

/* "reading address 0x18", "writing address", "data execution prevention violation at address" */
static void windows_access(struct log_span message, struct cr2_log_report *report)
{
	uint64_t addr;

	if (!java_number(message, " address ", &addr))
		return;
	log_set_address(report, addr);
	log_set_access(report, log_find(message, "writing"), log_find(message, "execution"));
}

static void set_error(struct cr2_log_report *report, uint64_t error)
{
	report->error = error;
	report->has |= LOG_HAS_ERROR;
}

static bool trap_number(struct log_span message, struct cr2_log_report *report)
{
	uint64_t trap;

	if (!java_number(message, "TRAPNO=", &trap))
		return false;
	if (trap == TRAP_PROTECTION)
		report->cause = CR2_LOG_CAUSE_GENERAL_PROTECTION;
	if (trap != TRAP_PAGE_FAULT)
		report->has &= ~(uint32_t)LOG_HAS_ERROR;
	return true;
}

/* What comes before ip is kept until ip's byte is there; a gap makes it useless. */
static void take_code_byte(uint64_t addr, uint8_t byte, struct cr2_log_report *report,
			   struct log_reporter_state *state)
{
	uint8_t *code = report->code_length ? report->code : state->before;
	uint8_t *n = report->code_length ? &report->code_length : &state->n_before;

	if (*n && addr != state->code_at + *n) {
		if (report->code_length)
			return;
		*n = 0;
	}
	if (!report->code_length && addr == report->ip) {
		memcpy(report->code, state->before, *n);
		report->code_ip = *n;
		state->code_at = addr - *n;
		report->code[*n] = byte;
		report->code_length = *n + 1;
		return;
	}
	if (report->code_length && *n == LOG_CODE_MAX)
		return;
	if (!report->code_length && *n == sizeof(state->before))
		memmove(code, code + 1, --*n);
	code[(*n)++] = byte;
	state->code_at = report->code_length ? state->code_at : addr + 1 - *n;
}

/* Lines of 16 bytes from 256 before ip to as many behind. */
static bool code_line(struct log_span rest, struct cr2_log_report *report,
		      struct log_reporter_state *state)
{
	uint64_t addr, byte;
	bool any = false;

	log_take(&rest, "=>");
	if (!log_take(&rest, "0x"))
		return false;
	rest.start -= 2;
	if (!log_take_hex(&rest, &addr) || !log_take(&rest, ":"))
		return false;
	for (;; addr++) {
		struct log_span word = log_take_word(&rest);

		if (log_length(word) != 2 || !log_take_hex(&word, &byte))
			return any;
		any = true;
		take_code_byte(addr, (uint8_t)byte, report, state);
	}
}

enum log_reporter_step log_java_line(struct log_span message, struct cr2_log_report *report,
				     struct log_reporter_state *state)
{
	struct log_span rest = message;
	uint64_t error;

	while (log_take(&rest, "#"))
		log_skip_blanks(&rest);
	message = rest;
	if (state->waits) {
		take_java_frame(message, report);
		state->waits = false;
		return LOG_REPORTER_TAKEN;
	}
	if (log_take(&rest, "Problematic frame:")) {
		state->waits = true;
		return LOG_REPORTER_TAKEN;
	}
	if (log_take(&rest, "siginfo:")) {
		log_take_siginfo(message, report);
		windows_access(message, report);
		return LOG_REPORTER_TAKEN;
	}
	if (log_take(&rest, "---------------  P R O C E S S"))
		return LOG_REPORTER_ENDS;
	if (log_take_registers(message, report)) {
		if (java_number(message, " ERR=", &error))
			set_error(report, error);
		return LOG_REPORTER_TAKEN;
	}
	return trap_number(message, report) || code_line(message, report, state) ?
	       LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
