/* SPDX-License-Identifier: MIT */
/*
 * A crash as gdb shows it, with what is often asked then:
 *   Program received signal SIGSEGV, Segmentation fault.    / Thread 2 "NAME" received / Program terminated with
 *   0x0000555555555129 in f (n=0x0) at crash.c:5            / f (n=0x0) at crash.c:5 / #0  0x... in f () from /lib/x
 *   => 0x555555555129 <f>:  mov    0x18(%rdi),%eax          x/i $pc; disassemble /r has the bytes before it
 *   rdi            0x0                 0                    info registers
 *   $1 = {si_signo = 11, ... si_code = 1, ... si_addr = 0x18 ...}      p $_siginfo
 *   $1 = (void *) 0x18                                      p $_siginfo._sifields._sigfault.si_addr
 */
#include <string.h>

#include "reporter.h"

/* Where the sentence begins: 'Program', 'Thread 2 "NAME"', with a number or not. */
static bool take_subject(struct log_span message, const char *verb, const char **ret_at,
			 struct cr2_log_report *report)
{
	struct log_span head = {message.start, verb}, rest;
	const char *thread = log_find(head, "Thread "), *program = log_find(head, "Program ");
	uint64_t number;

	*ret_at = program;
	if (program)
		return program + strlen("Program ") == verb;
	*ret_at = thread;
	rest = (struct log_span){thread, verb};
	if (!thread || !log_take(&rest, "Thread "))
		return false;
	while (log_take_decimal(&rest, &number) && log_take(&rest, "."))
		;
	if (log_take(&rest, " \"") && log_length(rest) > 2 && memcmp(rest.end - 2, "\" ", 2) == 0)
		log_copy((struct log_span){rest.start, rest.end - 2}, report->comm, sizeof(report->comm));
	else
		return log_take(&rest, " ") && rest.start == rest.end;
	return true;
}

bool log_gdb_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		    struct log_reporter_state *state)
{
	static const char *const verbs[] = {"received signal ", "terminated with signal "};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *verb = log_find(message, verbs[i]);
		struct log_span rest = {verb, message.end};

		if (!verb || !take_subject(message, verb, ret_at, report))
			continue;
		log_take(&rest, verbs[i]);
		report->reporter = CR2_LOG_REPORTER_GDB;
		report->signal = log_take_signal(&rest);
		return report->signal && log_take(&rest, ", ");
	}
	return false;
}

/* "f (n=0x0) at crash.c:5", behind "#0  " and "0x1 in ", each there or not. */
static bool take_frame(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span source;
	const char *open;
	uint64_t ip;
	bool number = log_take(&rest, "#0 "), address;

	log_skip_blanks(&rest);
	address = log_take_hex(&rest, &ip) && log_take(&rest, " in ");
	if (address)
		log_set_ip(report, ip);
	open = log_find(rest, " (");
	if (!open || (!number && !address && !log_find(rest, ") at ")))
		return false;
	if (*rest.start != '?')
		log_set_function(report, (struct log_span){rest.start, open});
	if (log_behind(rest, ") at ", &source))
		log_take_source(log_take_word(&source), report);
	else if (log_behind(rest, ") from ", &source))
		log_copy(log_take_word(&source), report->object, sizeof(report->object));
	return true;
}

/* "=> 0x555 <f+4>:\t8b 47 18\tmov    0x18(%rdi),%eax" */
static bool instruction(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t ip;

	if (!log_take(&rest, "=> ") || !log_take_hex(&rest, &ip))
		return false;
	log_set_ip(report, ip);
	if (ip != report->ip)
		return true;
	log_take_place(rest, report);
	rest.start = memchr(rest.start, ':', log_length(rest));
	if (!rest.start)
		return true;
	rest.start++;
	log_skip_blanks(&rest);
	report->code_unreadable = log_find(rest, "Cannot access memory") != NULL;
	if (report->code_unreadable)
		return true;
	if (!log_take_code(rest, report))
		log_set_instruction(report, rest);
	return true;
}

/* "$1 = (void *) 0x18" is whatever was asked for: taken only where the question is there. */
static bool answer(struct log_span message, struct cr2_log_report *report,
		   struct log_reporter_state *state)
{
	struct log_span rest;
	uint64_t addr;
	bool asked = state->waits;

	state->waits = log_find(message, "p $_siginfo") || log_find(message, "print $_siginfo");
	if (log_take_siginfo(message, report))
		return true;
	if (!asked || !log_behind(message, "(void *) ", &rest) || !log_take_hex(&rest, &addr))
		return state->waits;
	log_set_address(report, addr);
	return true;
}

enum log_reporter_step log_gdb_line(struct log_span message, struct cr2_log_report *report,
				    struct log_reporter_state *state)
{
	struct log_span rest = message;

	while (log_take(&rest, "(gdb)"))
		log_skip_blanks(&rest);
	if (log_take(&rest, "[Inferior ") || log_take(&rest, "The program no longer exists") ||
	    log_take(&rest, "Program terminated with "))
		return LOG_REPORTER_ENDS;
	if (instruction(rest, report) || log_take_registers(rest, report) ||
	    answer(message, report, state))
		return LOG_REPORTER_TAKEN;
	if (state->frame || !take_frame(rest, report))
		return LOG_REPORTER_OTHER;
	state->frame = true;
	return LOG_REPORTER_TAKEN;
}
