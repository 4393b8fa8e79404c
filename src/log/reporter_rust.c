/* SPDX-License-Identifier: MIT */
/*
 * What the Rust runtime tells of memory:
 *   thread 'NAME' (TID) has overflowed its stack            its handler of SIGSEGV found the guard page
 *   thread 'NAME' (TID) panicked at FILE:LINE:COLUMN:       checks of debug builds, since 1.86 and 1.70
 *   null pointer dereference occurred
 *   misaligned pointer dereference: address must be a multiple of 0x8 but is 0xADDR
 * TID is printed since 1.91. Other panics are no crashes by an access.
 */
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

/* "thread 'main' (123) " */
static bool take_thread(struct log_span *rest, struct cr2_log_report *report)
{
	struct log_span name;
	const char *quote;
	uint64_t tid;

	if (!log_take(rest, "thread '"))
		return false;
	quote = log_find(*rest, "' ");
	if (!quote)
		return false;
	name = (struct log_span){rest->start, quote};
	rest->start = quote + 2;
	log_copy(name, report->comm, sizeof(report->comm));
	if (log_take(rest, "(")) {
		if (!log_take_decimal(rest, &tid) || !log_take(rest, ") "))
			return false;
		log_set_pid(report, tid);
	}
	return true;
}

bool log_rust_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		     struct log_reporter_state *state)
{
	struct log_span rest = {log_find(message, "thread '"), message.end}, word;

	*ret_at = rest.start;
	if (!rest.start || !take_thread(&rest, report))
		return false;
	report->reporter = CR2_LOG_REPORTER_RUST;
	if (log_take(&rest, "has overflowed its stack")) {
		report->signal = LOG_SIGNAL_SEGV;
		report->cause = CR2_LOG_CAUSE_STACK_GUARD;
		return rest.start == rest.end;
	}
	if (!log_take(&rest, "panicked at "))
		return false;
	word = rest;
	if (log_length(word) && word.end[-1] == ':')
		word.end--;
	state->waits = true;
	return log_take_source(word, report);
}

/* The panic's message; which access it was is not told. */
static bool is_access(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest;
	uint64_t addr = 0;

	if (log_take(&message, "null pointer dereference occurred")) {
		strcpy(report->words, "null pointer dereference");
		report->signal = LOG_SIGNAL_SEGV;
	} else if (log_take(&message, "misaligned pointer dereference: ")) {
		if (!log_behind(message, " but is ", &rest) || !log_take_hex(&rest, &addr))
			return false;
		report->kind = CR2_LOG_TRAP;
		report->cause = CR2_LOG_CAUSE_ALIGNMENT_CHECK;
	} else {
		return false;
	}
	log_set_address(report, addr);
	return true;
}

static void take_function(struct log_span message, struct cr2_log_report *report,
			  struct log_reporter_state *state)
{
	struct log_span rest = message;
	uint64_t n;

	/* "4: r::main", behind those of the check itself. */
	if (state->frame || !log_take_decimal(&rest, &n) || !log_take(&rest, ": ") ||
	    log_find(rest, "core::panicking::") || log_find(rest, "rust_begin_unwind"))
		return;
	log_set_function(report, rest);
	state->frame = true;
}

enum log_reporter_step log_rust_line(struct log_span message, struct cr2_log_report *report,
				     struct log_reporter_state *state)
{
	if (state->waits) {
		state->waits = false;
		return is_access(message, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_DROPS;
	}
	if (log_find(message, "fatal runtime error: stack overflow") ||
	    log_find(message, "non-unwinding panic. aborting."))
		return LOG_REPORTER_ENDS;
	take_function(message, report, state);
	return log_length(message) ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
