/* SPDX-License-Identifier: MIT */
/*
 * A crash as lldb shows it, on Linux and on macOS, with what is often asked then:
 *   * thread #1, name = 'COMM', stop reason = signal SIGSEGV: address not mapped to object (fault address: 0x18)
 *   * thread #1, queue = '...', stop reason = EXC_BAD_ACCESS (code=1, address=0x18)
 *       frame #0: 0x000000000040112a prog`f(p=0x0) at crash.c:5:10
 *   ->  0x40112a <+4>: movl   0x18(%rdi), %eax                          disassemble
 *          rdi = 0x0000000000000000                                     register read
 */
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

/* What Linux calls si_code 1 and 2 of SIGSEGV; macOS's exceptions and their codes. */
static const struct {
	const char *words;
	unsigned signal;
	int code; /* 0: not told */
} reasons[] = {
	{"signal SIGSEGV: invalid address", LOG_SIGNAL_SEGV, 1},
	{"signal SIGSEGV: address not mapped", LOG_SIGNAL_SEGV, 1},
	{"signal SIGSEGV: invalid permissions", LOG_SIGNAL_SEGV, LOG_SIGNAL_CODE_ACCERR},
	{"signal SIGSEGV: address access protected", LOG_SIGNAL_SEGV, LOG_SIGNAL_CODE_ACCERR},
	{"signal SIGSEGV: sent by kernel", LOG_SIGNAL_SEGV, LOG_SIGNAL_CODE_KERNEL},
	{"signal SIGSEGV", LOG_SIGNAL_SEGV, 0},
	{"signal SIGBUS: illegal alignment", LOG_SIGNAL_BUS, 1},
	{"signal SIGBUS: illegal address", LOG_SIGNAL_BUS, 2},
	{"signal SIGBUS", LOG_SIGNAL_BUS, 0},
	{"signal SIGILL", LOG_SIGNAL_ILL, 0},
	{"signal SIGFPE: integer", LOG_SIGNAL_FPE, 1},
	{"signal SIGFPE", LOG_SIGNAL_FPE, 3},
	{"EXC_BAD_ACCESS (code=1,", LOG_SIGNAL_SEGV, 1},
	{"EXC_BAD_ACCESS (code=2,", LOG_SIGNAL_SEGV, LOG_SIGNAL_CODE_ACCERR},
	{"EXC_BAD_ACCESS (code=EXC_I386_GPFLT", LOG_SIGNAL_SEGV, LOG_SIGNAL_CODE_KERNEL},
	{"EXC_BAD_ACCESS", LOG_SIGNAL_SEGV, 0},
	{"EXC_BAD_INSTRUCTION", LOG_SIGNAL_ILL, 0},
	{"EXC_ARITHMETIC (code=EXC_I386_DIV", LOG_SIGNAL_FPE, 1},
};

static bool take_reason(struct log_span rest, struct cr2_log_report *report)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(reasons); i++) {
		if (!log_take(&rest, reasons[i].words))
			continue;
		report->signal = reasons[i].signal;
		report->signal_code = reasons[i].code;
		report->has |= reasons[i].code ? LOG_HAS_SIGNAL_CODE : 0;
		return true;
	}
	return false;
}

bool log_lldb_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		     struct log_reporter_state *state)
{
	static const char *const names[] = {"fault address: ", "fault address=", "address="};
	const char *at = log_find(message, "thread #");
	struct log_span rest, name;
	uint64_t addr;

	(void)state;
	if (!at || !log_behind(message, "stop reason = ", &rest) || rest.start < at || !take_reason(rest, report))
		return false;
	*ret_at = at - message.start >= 2 && memcmp(at - 2, "* ", 2) == 0 ? at - 2 : at;
	report->reporter = CR2_LOG_REPORTER_LLDB;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (log_behind(message, names[i], &rest) && log_take_hex(&rest, &addr)) {
			log_set_address(report, addr);
			break;
		}
	if (!log_behind(message, "name = '", &name))
		return true;
	name.end = memchr(name.start, '\'', log_length(name));
	if (name.end)
		log_copy(name, report->comm, sizeof(report->comm));
	return true;
}

/* "frame #0: 0x40112a prog`f(p=0x0) at crash.c:5:10", "... prog`f + 4", "0x0" where nothing is */
static bool frame_line(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span source, object, function;
	uint64_t ip;
	const char *tick;

	if (!log_behind(rest, "frame #0: ", &rest) || !log_take_hex(&rest, &ip))
		return false;
	log_set_ip(report, ip);
	tick = memchr(rest.start, '`', log_length(rest));
	if (!tick)
		return true;
	log_skip_blanks(&rest);
	object = (struct log_span){rest.start, tick};
	log_copy(object, report->object, sizeof(report->object));
	function = (struct log_span){tick + 1, rest.end};
	for (const char *p = function.start; p < function.end; p++)
		if (*p == '(' || (*p == ' ' && p + 1 < function.end && memchr("+a", p[1], 2))) {
			struct log_span offset = {p, function.end};

			function.end = log_take(&offset, " + ") ? (log_take_word(&offset), offset.start) : p;
			break;
		}
	log_set_function_at(report, function);
	if (log_behind(rest, " at ", &source))
		log_take_source(log_take_word(&source), report);
	return true;
}

/* "->  0x40112a <+4>: movl   0x18(%rdi), %eax" */
static bool instruction_line(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t ip;

	if (!log_take(&rest, "->"))
		return false;
	log_skip_blanks(&rest);
	if (!log_take_hex(&rest, &ip) || (log_has(report, LOG_HAS_IP) && ip != report->ip))
		return true; /* of a listing of the source */
	log_take_place(rest, report);
	rest.start = memchr(rest.start, ':', log_length(rest));
	if (!rest.start)
		return true;
	rest.start++;
	log_set_instruction(report, rest);
	return true;
}

/* "bt" and "thread info" begin with the line that the stop began with. */
static bool same_stop(struct log_span message, const struct cr2_log_report *report,
		      struct log_reporter_state *state)
{
	struct cr2_log_report again = {0};
	const char *at;

	return log_lldb_begins(message, &at, &again, state) && again.signal == report->signal &&
	       again.addr == report->addr && strcmp(again.comm, report->comm) == 0;
}

enum log_reporter_step log_lldb_line(struct log_span message, struct cr2_log_report *report,
				     struct log_reporter_state *state)
{
	struct log_span rest = message;

	if (log_take(&rest, "Process ") && (log_find(rest, " exited with ") || log_find(rest, " stopped") ||
					    log_find(rest, " resuming") || log_find(rest, " launched")))
		return LOG_REPORTER_ENDS;
	if (same_stop(message, report, state))
		return LOG_REPORTER_TAKEN;
	return frame_line(message, report) || instruction_line(message, report) ||
	       log_take_registers(message, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
