/* SPDX-License-Identifier: MIT */
/*
 * A tombstone of Android's debuggerd, in logcat or in a file:
 *   pid: 1234, tid: 1240, name: Thread-5  >>> com.example <<<
 *   signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x18
 *   Cause: null pointer dereference
 *       rax 0000000000000000  rbx ...                  of other CPUs: x0 ..., lr ... sp ... pc ...
 *   backtrace:
 *         #00 pc 000000000000f1a4  /data/app/libfoo.so (do_it(int)+36) (BuildId: ...)
 */
#include <string.h>

#include "reporter.h"

/* "pid: 1234, tid: 1240, name: Thread-5  >>> com.example <<<": the thread is what crashed. */
static bool task_line(struct log_span message, const char **ret_at, struct cr2_log_report *report)
{
	struct log_span rest = {log_find(message, "pid: "), message.end}, name;
	uint64_t pid, tid;

	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "pid: ") || !log_take_decimal(&rest, &pid) ||
	    !log_take(&rest, ", tid: ") || !log_take_decimal(&rest, &tid) || !log_take(&rest, ", name: "))
		return false;
	name = (struct log_span){rest.start, log_find(rest, "  >>> ")};
	if (!name.end)
		return false;
	log_set_pid(report, pid);
	log_copy(name, report->comm, sizeof(report->comm));
	return true;
}

/* "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x18" */
static bool signal_line(struct log_span message, const char **ret_at, struct cr2_log_report *report)
{
	struct log_span rest = {log_find(message, "signal "), message.end};
	uint64_t number, code, addr;
	unsigned signal;
	bool minus;

	*ret_at = rest.start;
	if (!rest.start || !log_take(&rest, "signal ") || !log_take_decimal(&rest, &number) || !log_take(&rest, " ("))
		return false;
	signal = log_take_signal(&rest);
	if (!signal || signal != number || !log_take(&rest, "), code "))
		return false;
	minus = log_take(&rest, "-");
	if (!log_take_decimal(&rest, &code) || code >= 1000 || !log_behind(rest, "fault addr ", &rest))
		return false;
	report->signal = signal;
	report->signal_code = minus ? -(int)code : (int)code;
	report->has |= LOG_HAS_SIGNAL_CODE;
	if (log_take_hex(&rest, &addr)) /* "--------" where there is none */
		log_set_address(report, addr);
	if (log_find(rest, "(write)") || log_find(rest, "(read)"))
		log_set_access(report, log_find(rest, "(write)"), false);
	return true;
}

bool log_android_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
			struct log_reporter_state *state)
{
	report->reporter = CR2_LOG_REPORTER_ANDROID;
	state->waits = task_line(message, ret_at, report);
	return state->waits || signal_line(message, ret_at, report);
}

/* "#00 pc 000000000000f1a4  FILE (FUNCTION+36) (BuildId: ...)": of a frame in no function, "FILE" alone. */
static bool frame_line(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span file;
	uint64_t offset;
	const char *end;

	if (!log_take(&rest, "#00 pc ") || !log_take_hex(&rest, &offset))
		return false;
	file = log_take_word(&rest);
	log_copy(file, report->object, sizeof(report->object));
	report->file_offset = offset;
	report->offset_printed = true;
	log_skip_blanks(&rest);
	if (!log_take(&rest, "(") || log_find(rest, "BuildId: ") == rest.start)
		return true;
	end = log_find(rest, ") (BuildId");
	rest.end = end ? end : rest.end[-1] == ')' ? rest.end - 1 : rest.end;
	log_set_function_at(report, rest);
	return true;
}

enum log_reporter_step log_android_line(struct log_span message, struct cr2_log_report *report,
					struct log_reporter_state *state)
{
	struct log_span rest = message;
	const char *at;
	uint64_t pc;

	if (state->waits) {
		if (log_take(&rest, "uid: ") || log_take(&rest, "tagged_addr_ctrl") || !log_length(message))
			return LOG_REPORTER_TAKEN;
		state->waits = false;
		return signal_line(message, &at, report) ? LOG_REPORTER_TAKEN : LOG_REPORTER_DROPS;
	}
	if (frame_line(rest, report))
		return LOG_REPORTER_ENDS;
	if (log_take_registers(message, report))
		return LOG_REPORTER_TAKEN;
	if ((log_take(&rest, "lr ") || log_take(&rest, "ip ")) && log_behind(rest, " pc ", &rest) &&
	    log_take_hex(&rest, &pc)) {
		log_set_ip(report, pc);
		return LOG_REPORTER_TAKEN;
	}
	return log_take(&rest, "Cause: ") || log_take(&rest, "backtrace:") ? LOG_REPORTER_TAKEN : LOG_REPORTER_OTHER;
}
