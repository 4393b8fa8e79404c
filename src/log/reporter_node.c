/* SPDX-License-Identifier: MIT */
/*
 * A crash as Node.js's package segfault-handler reports it:
 *   PID 11555 received SIGSEGV for address: 0xADDR
 *   .../segfault-handler.node(+0x42b8)[0x...]           the handler itself
 *   /lib/.../libc.so.6(+0x3c050)[0x...]                 what the kernel enters it through
 *   .../other.node(FUNCTION+0x24)[0xIP]                 the instruction
 * Node's own "FATAL ERROR" and its native stack traces are aborts: no memory access led there.
 */
#include <string.h>

#include "reporter.h"

bool log_node_begins(struct log_span message, const char **ret_at, struct cr2_log_report *report,
		     struct log_reporter_state *state)
{
	const char *at = log_find(message, "PID ");
	struct log_span rest = {at, message.end};
	uint64_t pid, addr;

	(void)state;
	*ret_at = at;
	if (!at || !log_take(&rest, "PID ") || !log_take_decimal(&rest, &pid) ||
	    !log_take(&rest, " received SIGSEGV for address: ") || !log_take_hex(&rest, &addr) ||
	    rest.start != rest.end)
		return false;
	report->reporter = CR2_LOG_REPORTER_NODE;
	report->signal = LOG_SIGNAL_SEGV;
	log_set_pid(report, pid);
	log_set_address(report, addr);
	return true;
}

/* "FILE(FUNCTION+0x24)[0xIP]", "node[0xIP]" */
static bool take_node_frame(struct log_span message, struct log_span *ret_file,
			    struct log_span *ret_function, uint64_t *ret_ip)
{
	const char *bracket = log_length(message) ? memrchr(message.start, '[', log_length(message)) : NULL;
	const char *open, *close;
	struct log_span ip = {bracket ? bracket + 1 : NULL, message.end};

	if (!bracket || !log_take_hex(&ip, ret_ip) || !log_take(&ip, "]"))
		return false;
	open = memchr(message.start, '(', (size_t)(bracket - message.start));
	*ret_file = (struct log_span){message.start, open ? open : bracket};
	*ret_function = (struct log_span){bracket, bracket};
	close = open ? memrchr(open, ')', (size_t)(bracket - open)) : NULL;
	if (close && open[1] != '+')
		*ret_function = (struct log_span){open + 1, close};
	return true;
}

enum log_reporter_step log_node_line(struct log_span message, struct cr2_log_report *report,
				     struct log_reporter_state *state)
{
	struct log_span file, function;
	uint64_t ip;

	if (!take_node_frame(message, &file, &function, &ip))
		return LOG_REPORTER_OTHER;
	state->n++;
	if (state->n < 3 || !log_has(report, LOG_HAS_ADDR))
		/* Another order of frames is not known: then ip is not, either. */
		return state->n > 1 || log_find(file, "segfault-handler") ? LOG_REPORTER_TAKEN :
									    LOG_REPORTER_ENDS;
	log_set_ip(report, ip);
	log_set_function_at(report, function);
	log_copy(file, report->object, sizeof(report->object));
	return LOG_REPORTER_ENDS;
}
