/* SPDX-License-Identifier: MIT */
/*
 * A crash as systemd-coredump reports it, in the journal and by coredumpctl info:
 *          Signal: 11 (SEGV)                                 coredumpctl only, before the rest
 *   Process PID (COMM) of user UID dumped core.              / terminated abnormally with signal 11/SEGV, ...
 *
 *   Stack trace of thread PID:
 *   #0  0xIP FUNCTION (FILE + 0xOFFSET)
 * The journal's own line tells no signal up to 253. What aborted by itself is not reported.
 */
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

/* "11 (SEGV)", "11/SEGV"; 0: another signal. */
static unsigned take_signal(struct log_span rest)
{
	static const unsigned signals[] = {LOG_SIGNAL_SEGV, LOG_SIGNAL_BUS, LOG_SIGNAL_ILL,
					   LOG_SIGNAL_FPE};
	uint64_t number;

	if (!log_take_decimal(&rest, &number) || (!log_take(&rest, " (") && !log_take(&rest, "/")))
		return 0;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(signals); i++)
		if (signals[i] == number)
			return signals[i];
	return 0;
}

/* "Process 123 (a name) of user 0 dumped core." */
static bool take_process(struct log_span message, const char **ret_at, struct cr2_log_report *report)
{
	struct log_span rest = {log_find(message, "Process "), message.end}, behind;
	const char *close;
	uint64_t pid;

	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "Process ") || !log_take_decimal(&rest, &pid) ||
	    !log_take(&rest, " ("))
		return false;
	close = log_find(rest, ") of user ");
	if (!close)
		return false;
	behind = (struct log_span){close, message.end};
	if (log_behind(behind, " terminated abnormally with signal ", &rest))
		report->signal = take_signal(rest);
	else if (!log_find(behind, " dumped core."))
		return false;
	log_behind(message, " (", &rest);
	log_copy((struct log_span){rest.start, close}, report->comm, sizeof(report->comm));
	log_set_pid(report, pid);
	return true;
}

bool log_coredump_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
			 struct log_reporter_state *state)
{
	const char *at = log_find(message, "Signal: ");
	struct log_span rest;

	(void)state;
	report->reporter = CR2_LOG_REPORTER_COREDUMP;
	if (at && log_behind(message, "Signal: ", &rest)) {
		*ret_at = at;
		report->signal = take_signal(rest);
		return report->signal;
	}
	if (!take_process(message, ret_at, report))
		return false;
	if (report->signal)
		return true;
	report->kind = CR2_LOG_TRAP;
	strcpy(report->words, "core dump");
	return !log_find(message, "terminated abnormally");
}

static bool is_abort(struct log_span function)
{
	static const char *const names[] = {"raise", "abort", "__pthread_kill", "pthread_kill", "__abort",
					    "__GI_raise", "__GI_abort", "kill"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (log_take(&function, names[i]))
			return true;
	return false;
}

/* "#0  0x0000555555555129 read_member (plain + 0x1129)" */
static enum log_reporter_step take_frame(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span function, object;
	const char *plus;
	uint64_t ip;

	log_skip_blanks(&rest);
	if (!log_take_hex(&rest, &ip))
		return LOG_REPORTER_OTHER;
	log_skip_blanks(&rest);
	function = object = rest;
	object.start = log_find(rest, " (");
	if (!object.start)
		return LOG_REPORTER_OTHER;
	function.end = object.start;
	if (!report->signal && is_abort(function))
		return LOG_REPORTER_DROPS;
	log_set_ip(report, ip);
	if (!log_find(function, "n/a"))
		log_set_function(report, function);
	log_take(&object, " (");
	plus = log_find(object, " + ");
	if (!plus)
		return LOG_REPORTER_ENDS;
	log_copy((struct log_span){object.start, plus}, report->object, sizeof(report->object));
	object.start = plus + strlen(" + ");
	report->offset_printed = log_take_hex(&object, &report->file_offset);
	return LOG_REPORTER_ENDS;
}

enum log_reporter_step log_coredump_line(struct log_span message, struct cr2_log_report *report,
					 struct log_reporter_state *state)
{
	struct log_span rest = message;
	const char *at;

	(void)state;
	if (log_take(&rest, "#0 "))
		return take_frame(rest, report);
	if (!log_has(report, LOG_HAS_PID) && take_process(message, &at, report))
		return LOG_REPORTER_TAKEN;
	return log_take(&rest, "Stack trace of thread ") ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
