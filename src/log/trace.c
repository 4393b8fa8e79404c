/* SPDX-License-Identifier: MIT */
/*
 * Page faults in a trace, as tracefs and perf script print them:
 *   COMM-PID [CPU] FLAGS TIME: page_fault_user: address=ADDR ip=IP error_code=ERR
 *   COMM PID [CPU] TIME: exceptions:page_fault_kernel: address=ADDR ip=IP error_code=ERR
 *   COMM-PID [CPU] FLAGS TIME: fault: PID=PID addr=ADDR flags=FLAGS vma=[START-END]
 *   COMM-PID [CPU] FLAGS TIME: fault_return: (the same) ret=RET time=NSns
 * Addresses that the kernel has a name for are printed as that name: they are not known here.
 */
#include <ctype.h>
#include <string.h>

#include "recognise.h"

/* "NAME=0x12" or "NAME=12ab" somewhere in the message. */
static bool field(struct log_span message, const char *name, uint64_t *ret_value)
{
	message.start = log_find(message, name);
	return message.start && log_take(&message, name) && log_take_hex(&message, ret_value) &&
	       (message.start == message.end || !isalnum((unsigned char)*message.start));
}

static void take(struct cr2_log_report *report, struct log_span message, const char *name,
		 uint32_t bit, uint64_t *member)
{
	if (field(message, name, member))
		report->has |= bit;
}

/* "[002]" is the CPU; the task's name and number stand before it. */
static void take_task(struct log_span head, struct cr2_log_report *report)
{
	log_skip_blanks(&head);
	for (const char *p = head.start; p < head.end; p++) {
		struct log_span cpu = {p + 1, head.end}, pid = {p, p};
		uint64_t value;

		if (*p != '[' || !log_take_decimal(&cpu, &value) || !log_take(&cpu, "]"))
			continue;
		report->cpu = (uint32_t)value;
		report->has |= LOG_HAS_CPU;
		while (pid.end > head.start && pid.end[-1] == ' ')
			pid.end--;
		pid.start = pid.end;
		while (pid.start > head.start && isdigit((unsigned char)pid.start[-1]))
			pid.start--;
		head.end = pid.start > head.start ? pid.start - 1 : head.start;
		if (!log_take_decimal(&pid, &value))
			return;
		while (head.end > head.start && head.end[-1] == ' ')
			head.end--;
		log_copy(head, report->comm, sizeof(report->comm));
		report->pid = (uint32_t)value;
		report->has |= LOG_HAS_PID;
		return;
	}
}

static bool exception(struct log_span message, struct cr2_log_report *report)
{
	const char *at = log_find(message, "page_fault_user: address=");

	report->user = at;
	if (!at)
		at = log_find(message, "page_fault_kernel: address=");
	if (!at || !field(message, " error_code=", &report->error))
		return false;
	report->in_user_code = report->user;
	report->has |= LOG_HAS_ERROR;
	take(report, message, " address=", LOG_HAS_ADDR, &report->addr);
	take(report, message, " ip=", LOG_HAS_IP, &report->ip);
	report->cause = report->user ? CR2_LOG_CAUSE_PAGE_FAULT_USER : CR2_LOG_CAUSE_PAGE_FAULT_KERNEL;
	take_task((struct log_span){message.start, at}, report);
	return true;
}

static bool handler(struct log_span message, struct cr2_log_report *report)
{
	const char *at = log_find(message, "PID=");
	struct log_span pid = {at, message.end};
	uint64_t value;

	if (!at || !log_find(message, " vma=[0x") || !field(message, " flags=", &report->fault_flags))
		return false;
	take_task((struct log_span){message.start, at}, report);
	if (log_take(&pid, "PID=") && log_take_decimal(&pid, &value)) {
		report->pid = (uint32_t)value;
		report->has |= LOG_HAS_PID;
	}
	report->has |= LOG_HAS_FAULT_FLAGS;
	take(report, message, " addr=", LOG_HAS_ADDR, &report->addr);
	if (field(message, " vma=[", &report->mapping_start)) {
		struct log_span rest = {log_find(message, " vma=["), message.end};

		rest.start = memchr(rest.start, '-', log_length(rest));
		if (rest.start && log_take(&rest, "-") && log_take_hex(&rest, &report->mapping_end))
			report->has |= LOG_HAS_MAPPING;
	}
	take(report, message, " ret=", LOG_HAS_RETURN, &report->returned);
	message.start = log_find(message, " time=");
	if (message.start && log_take(&message, " time="))
		log_take_decimal(&message, &report->duration_ns);
	report->cause = report->has & LOG_HAS_RETURN ? CR2_LOG_CAUSE_FAULT_RETURN : CR2_LOG_CAUSE_FAULT;
	return true;
}

bool log_trace_line(struct log_span message, struct cr2_log_report *ret_report)
{
	struct cr2_log_report report = {.kind = CR2_LOG_TRACE};

	if (!exception(message, &report) && !handler(message, &report))
		return false;
	*ret_report = report;
	return true;
}
