/* SPDX-License-Identifier: MIT */
/*
 * A crash as the Go runtime reports it:
 *   unexpected fault address 0xADDR                    / panic: runtime error: invalid memory address ...
 *   fatal error: fault
 *   [signal SIGSEGV: segmentation violation code=0x1 addr=0xADDR pc=0xPC]
 *
 *   goroutine 1 [running]:
 *   runtime.sigpanic()
 *           FILE:LINE +0x2f6 fp=0x... sp=0x... pc=0x...      what follows = only with GOTRACEBACK=crash
 *   main.member(...)
 * and, outside of Go's own code:
 *   SIGSEGV: segmentation violation
 *   PC=0xPC m=0 sigcode=1 addr=0xADDR
 *   ...
 *   rax    0x0
 * The registers that follow the first form are those of the runtime's own abort: not taken.
 */
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

static bool go_number(struct log_span message, const char *name, uint64_t *ret_value)
{
	struct log_span rest;

	return log_behind(message, name, &rest) && log_take_hex(&rest, ret_value);
}

static void set_code(struct cr2_log_report *report, uint64_t code)
{
	if (code >= 1000)
		return;
	report->signal_code = (int)code;
	report->has |= LOG_HAS_SIGNAL_CODE;
}

/* "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x460600]" */
static bool signal_line(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t code, addr, pc;
	unsigned signal;

	if (!log_take(&rest, "[signal "))
		return false;
	signal = log_take_signal(&rest);
	if (!signal || !go_number(rest, " code=", &code) || !go_number(rest, " addr=", &addr) ||
	    !go_number(rest, " pc=", &pc))
		return false;
	report->signal = signal;
	set_code(report, code);
	log_set_address(report, addr);
	log_set_ip(report, pc);
	return true;
}

/* "SIGSEGV: segmentation violation", and nothing else. */
static bool plain_signal(struct log_span rest, struct cr2_log_report *report)
{
	static const char *const words[] = {": segmentation violation", ": bus error",
					    ": illegal instruction", ": floating-point exception"};
	unsigned signal = log_take_signal(&rest);

	for (size_t i = 0; signal && i < CR2_ARRAY_SIZE(words); i++)
		if (log_take(&rest, words[i]) && rest.start == rest.end) {
			report->signal = signal;
			return true;
		}
	return false;
}

bool log_go_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		   struct log_reporter_state *state)
{
	static const char *const firsts[] = {"unexpected fault address ", "[signal SIG", "SIG"};
	struct log_span rest = {NULL, message.end};
	uint64_t addr;

	report->reporter = CR2_LOG_REPORTER_GO;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(firsts) && !rest.start; i++)
		rest.start = log_find(message, firsts[i]);
	*ret_at = rest.start;
	if (!rest.start)
		return false;
	if (signal_line(rest, report))
		return true;
	if (plain_signal(rest, report)) {
		state->waits = state->registers = true;
		return true;
	}
	if (!log_take(&rest, firsts[0]) || !log_take_hex(&rest, &addr) || rest.start != rest.end)
		return false;
	report->signal = LOG_SIGNAL_SEGV;
	log_set_address(report, addr);
	return true;
}

/* What handles the signal stands on the stack before what it hit. */
static bool is_handler(struct log_span line)
{
	static const char *const names[] = {"panic(", "runtime.panic", "runtime.sigpanic",
					    "runtime.throw", "runtime.gopanic", "runtime.fatal"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (log_take(&line, names[i]))
			return true;
	return false;
}

/* Go's frames end where C was called: pc is in code that they do not show. */
static bool calls_c(struct log_span line)
{
	return log_take(&line, "runtime.cgocall(") || log_take(&line, "runtime.asmcgocall");
}

/* "main.member(0x404bb9?)", then "/src/main.go:14 +0x12e fp=0x1 sp=0x2 pc=0x3". */
static enum log_reporter_step frame(struct log_span message, struct cr2_log_report *report,
				    struct log_reporter_state *state)
{
	struct log_span word = message;
	const char *open = log_length(message) ? memrchr(message.start, '(', log_length(message)) : NULL;
	uint64_t sp;

	word = log_take_word(&message);
	if (state->waits && log_take_source(word, report)) {
		state->waits = false;
		state->frame = true;
		if (go_number(message, " sp=", &sp))
			log_set_register(report, CR2_REGISTER_SP, sp);
		return state->registers ? LOG_REPORTER_TAKEN : LOG_REPORTER_ENDS;
	}
	if (!open || is_handler(word))
		return LOG_REPORTER_TAKEN;
	if (!report->function[0] && calls_c(word)) {
		state->frame = true;
		return state->registers ? LOG_REPORTER_TAKEN : LOG_REPORTER_ENDS;
	}
	if (*word.start != '/' && !report->function[0]) {
		log_set_function(report, (struct log_span){word.start, open});
		state->waits = true;
	}
	return LOG_REPORTER_TAKEN;
}

enum log_reporter_step log_go_line(struct log_span message, struct cr2_log_report *report,
				   struct log_reporter_state *state)
{
	struct log_span rest = message;
	uint64_t value;

	if (!log_has(report, LOG_HAS_IP)) {
		if (log_take(&rest, "fatal error: ") || signal_line(rest, report))
			return LOG_REPORTER_TAKEN;
		if (state->registers && go_number(message, "PC=", &value)) {
			log_set_ip(report, value);
			if (go_number(message, " sigcode=", &value))
				set_code(report, value);
			if (go_number(message, " addr=", &value))
				log_set_address(report, value);
			state->waits = false;
			return LOG_REPORTER_TAKEN;
		}
		return LOG_REPORTER_OTHER;
	}
	if (log_take(&rest, "goroutine ")) {
		state->n++;
		return state->n > 1 && !state->registers ? LOG_REPORTER_ENDS : LOG_REPORTER_TAKEN;
	}
	if (state->registers && log_take_registers(message, report))
		return log_find(message, "rip") ? LOG_REPORTER_ENDS : LOG_REPORTER_TAKEN;
	if (state->n != 1 || state->frame || !log_length(message))
		return LOG_REPORTER_OTHER;
	return frame(message, report, state);
}
