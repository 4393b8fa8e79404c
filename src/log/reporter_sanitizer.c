/* SPDX-License-Identifier: MIT */
/*
 * A crash as the sanitizers of gcc and clang report it:
 *   ==PID==ERROR: AddressSanitizer: SEGV on unknown address 0xADDR (pc 0xPC bp 0xBP sp 0xSP T0)
 *   ==PID==The signal is caused by a READ memory access.
 *       #0 0xPC in FUNCTION FILE:LINE:COLUMN             (TSan: #0 FUNCTION FILE:LINE (FILE+0xOFFSET))
 *   ==PID==First 16 instruction bytes at pc: 8b 47 18 ...               dump_instruction_bytes=1
 *   ==PID==Register values: / rax = 0x...  rbx = 0x...
 *   ==PID==ABORTING
 * No address is printed where the CPU tells none (a general protection fault); older ones print
 * 0 and a hint. Which access it was is not told, then: "READ" is an error code of 0.
 */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

static const struct {
	const char *word;
	unsigned signal;
} kinds[] = {
	{"SEGV on ", LOG_SIGNAL_SEGV}, {"stack-overflow on ", LOG_SIGNAL_SEGV},
	{"BUS on ", LOG_SIGNAL_BUS}, {"ILL on ", LOG_SIGNAL_ILL}, {"FPE on ", LOG_SIGNAL_FPE},
};

static bool take_kind(struct log_span *rest, struct cr2_log_report *report)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++)
		if (log_take(rest, kinds[i].word)) {
			report->signal = kinds[i].signal;
			if (*kinds[i].word == 's')
				report->cause = CR2_LOG_CAUSE_STACK_GUARD;
			return true;
		}
	return false;
}

static bool take_reporter(struct log_span *rest, struct cr2_log_report *report)
{
	static const struct {
		const char *label;
		enum cr2_log_reporter reporter;
	} sanitizers[] = {
#define X(id, name, label) {label, CR2_LOG_REPORTER_##id},
#include <cr2/tables/log_reporter.def>
#undef X
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(sanitizers); i++)
		if (strstr(sanitizers[i].label, "Sanitizer") && log_take(rest, sanitizers[i].label)) {
			report->reporter = sanitizers[i].reporter;
			return true;
		}
	return false;
}

/* "==123==" that ends at end. */
static bool take_pid(struct log_span message, const char *end, const char **ret_at,
		     struct cr2_log_report *report)
{
	const char *p = end;
	struct log_span number;
	uint64_t pid;

	if (p - message.start < 5 || memcmp(p - 2, "==", 2) != 0)
		return false;
	for (p -= 2; p > message.start && isdigit((unsigned char)p[-1]); p--)
		;
	number = (struct log_span){p, end};
	if (p - message.start < 2 || memcmp(p - 2, "==", 2) != 0 || !log_take_decimal(&number, &pid))
		return false;
	log_set_pid(report, pid);
	*ret_at = p - 2;
	return true;
}

/* "(pc 0x1 bp 0x2 sp 0x3 T0)" */
static bool take_registers(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t pc, bp, sp;

	if (!log_take(&rest, "(pc ") || !log_take_hex(&rest, &pc))
		return false;
	log_set_register(report, CR2_REGISTER_IP, pc);
	if (log_take(&rest, " bp ") && log_take_hex(&rest, &bp)) {
		log_set_register(report, CR2_REGISTER_BP, bp);
		if (log_take(&rest, " sp ") && log_take_hex(&rest, &sp))
			log_set_register(report, CR2_REGISTER_SP, sp);
	}
	return true;
}

bool log_sanitizer_begins(struct log_span message, const char **ret_at,
			  struct cr2_log_report *report, struct log_reporter_state *state)
{
	const char *error = log_find(message, "ERROR: ");
	struct log_span rest = {error, message.end};
	uint64_t addr;

	(void)state;
	if (!error || !log_take(&rest, "ERROR: ") || !take_reporter(&rest, report) ||
	    !log_take(&rest, ": ") || !take_kind(&rest, report) ||
	    !take_pid(message, error, ret_at, report))
		return false;
	log_take(&rest, "unknown ");
	if (!log_take(&rest, "address "))
		return false;
	if (log_take_hex(&rest, &addr))
		log_set_address(report, addr);
	else if (report->signal == LOG_SIGNAL_SEGV)
		report->cause = CR2_LOG_CAUSE_GENERAL_PROTECTION;
	log_skip_blanks(&rest);
	return take_registers(rest, report);
}

bool log_sanitizer_is_faultless(struct log_span message)
{
	const char *error = log_find(message, "ERROR: ");
	struct cr2_log_report scratch = {0};
	struct log_span rest = {error, message.end};
	const char *at;

	return error && log_take(&rest, "ERROR: ") && take_reporter(&rest, &scratch) && log_take(&rest, ": ") &&
	       !take_kind(&rest, &scratch) && take_pid(message, error, &at, &scratch);
}

/* What follows the process's number in its lines. */
static bool remark(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span code;

	if (log_take(&rest, "The signal is caused by a "))
		log_take(&rest, "UNKNOWN") ? (void)0 :
			log_set_access(report, log_take(&rest, "WRITE"), false);
	else if (log_find(rest, "dereference of a high value address"))
		report->cause = CR2_LOG_CAUSE_GENERAL_PROTECTION;
	else if (log_behind(rest, "instruction bytes at pc: ", &code))
		log_take_code(code, report);
	else
		return log_take(&rest, "Hint: ") || log_take(&rest, "Register values:");
	return true;
}

/* Takes a last "(...)" off. */
static bool take_parentheses(struct log_span *rest, struct log_span *ret_inside)
{
	const char *open;

	while (rest->end > rest->start && rest->end[-1] == ' ')
		rest->end--;
	if (rest->start == rest->end || rest->end[-1] != ')')
		return false;
	open = memrchr(rest->start, '(', log_length(*rest));
	if (!open || open == rest->start || open[-1] != ' ')
		return false;
	*ret_inside = (struct log_span){open + 1, rest->end - 1};
	rest->end = open - 1;
	return true;
}

/* "(/tmp/a+0x10e0)": the file, and the address in its own terms. */
static void take_object(struct log_span inside, struct cr2_log_report *report)
{
	const char *plus = memrchr(inside.start, '+', log_length(inside));

	if (plus && plus > inside.start)
		log_copy((struct log_span){inside.start, plus}, report->object, sizeof(report->object));
}

/* "0xPC in FUNCTION FILE:LINE:COLUMN (FILE+0xOFFSET) (BuildId: ...)"; FUNCTION may hold blanks. */
static void take_frame(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span inside, source;
	const char *blank;
	uint64_t pc;

	log_take_hex(&rest, &pc);
	log_skip_blanks(&rest);
	log_take(&rest, "in ");
	log_skip_blanks(&rest);
	while (take_parentheses(&rest, &inside))
		take_object(inside, report);
	blank = log_length(rest) ? memrchr(rest.start, ' ', log_length(rest)) : NULL;
	source = (struct log_span){blank ? blank + 1 : rest.end, rest.end};
	if (log_length(source) && (log_take_source(source, report) || *source.start == '/' ||
				   *source.start == '<'))
		rest.end = blank;
	log_set_function(report, rest);
}

enum log_reporter_step log_sanitizer_line(struct log_span message, struct cr2_log_report *report,
					  struct log_reporter_state *state)
{
	struct log_span rest = message;
	uint64_t pid;

	if (log_take(&rest, "==") && log_take_decimal(&rest, &pid) && log_take(&rest, "==")) {
		if (pid != report->pid)
			return LOG_REPORTER_OTHER;
		if (log_take(&rest, "ABORTING"))
			return LOG_REPORTER_ENDS;
		return remark(rest, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
	}
	rest = message;
	if (log_find(rest, "nested bug in the same thread"))
		return LOG_REPORTER_ENDS;
	if (log_take(&rest, "#")) {
		if (log_take(&rest, "0 ") && !state->frame)
			take_frame(rest, report);
		state->frame = true;
		return LOG_REPORTER_TAKEN;
	}
	return log_take_registers(message, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
