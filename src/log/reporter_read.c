/* SPDX-License-Identifier: MIT */
/* What several reporters print alike: registers, a signal's facts, a line of source. */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#include "reporter.h"

bool log_behind(struct log_span message, const char *literal, struct log_span *ret_rest)
{
	const char *found = log_find(message, literal);

	if (!found)
		return false;
	*ret_rest = (struct log_span){found + strlen(literal), message.end};
	return true;
}

void log_set_ip(struct cr2_log_report *report, uint64_t ip)
{
	if (log_has(report, LOG_HAS_IP))
		return;
	report->ip = ip;
	report->has |= LOG_HAS_IP;
}

void log_set_register(struct cr2_log_report *report, int reg, uint64_t value)
{
	if (report->registers_known & 1U << reg)
		return;
	report->registers[reg] = value;
	report->registers_known |= 1U << reg;
	if (reg == CR2_REGISTER_IP)
		log_set_ip(report, value);
	if (reg != CR2_REGISTER_SP || log_has(report, LOG_HAS_SP))
		return;
	report->sp = value;
	report->has |= LOG_HAS_SP;
}

void log_set_pid(struct cr2_log_report *report, uint64_t pid)
{
	if (log_has(report, LOG_HAS_PID) || pid > UINT32_MAX)
		return;
	report->pid = (uint32_t)pid;
	report->has |= LOG_HAS_PID;
}

void log_set_access(struct cr2_log_report *report, bool write, bool fetch)
{
	report->write = write;
	report->fetch = fetch;
	report->has |= LOG_HAS_ACCESS;
}

/* "rax", "RAX", "EAX", "R08", "eflags"; -1: none that is kept. */
static int register_of(struct log_span name)
{
	char lower[8] = {0};

	if (log_length(name) < 2 || log_length(name) >= sizeof(lower))
		return -1;
	for (size_t i = 0; i < log_length(name); i++)
		lower[i] = (char)tolower((unsigned char)name.start[i]);
	if (lower[0] == 'r' && lower[1] == '0')
		memmove(lower + 1, lower + 2, sizeof(lower) - 2);
	if (strcmp(lower, "eflags") == 0)
		return CR2_REGISTER_FLAGS;
	if (lower[0] == 'e' && log_length(name) == 3)
		lower[0] = 'r';
	for (int reg = 0; reg < CR2_REGISTER_COUNT; reg++)
		if (strcmp(lower, cr2_register_wide_name(reg)) == 0)
			return reg;
	return -1;
}

static struct log_span take_name(struct log_span *rest)
{
	struct log_span name;

	log_skip_blanks(rest);
	name = *rest;
	while (rest->start < rest->end && isalnum((unsigned char)*rest->start))
		rest->start++;
	name.end = rest->start;
	return name;
}

static void skip_separator(struct log_span *rest)
{
	while (rest->start < rest->end && strchr(" \t=:-", *rest->start))
		rest->start++;
}

bool log_take_registers(struct log_span message, struct cr2_log_report *report)
{
	bool any = false;

	for (;;) {
		struct log_span name = take_name(&message);
		int reg = register_of(name);
		uint64_t value;

		skip_separator(&message);
		if (!log_length(name) || !log_take_hex(&message, &value))
			return any;
		/* Others, "CS  - 38", stand between. */
		if (reg >= 0)
			log_set_register(report, reg, value);
		any |= reg >= 0;
		while (message.start < message.end && strchr(" \t,", *message.start))
			message.start++;
	}
}

/* The number behind name, whatever stands between. */
static bool field(struct log_span message, const char *name, struct log_span *ret_rest)
{
	if (!log_behind(message, name, ret_rest))
		return false;
	while (ret_rest->start < ret_rest->end && strchr(" \t=:", *ret_rest->start))
		ret_rest->start++;
	return true;
}

bool log_take_siginfo(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest;
	uint64_t value;
	bool any = false;

	if (field(message, "si_signo", &rest) && log_take_decimal(&rest, &value) && value < 64) {
		report->signal = (unsigned)value;
		any = true;
	}
	if (field(message, "si_code", &rest)) {
		bool minus = log_take(&rest, "-");

		if (log_take_decimal(&rest, &value) && value < 1000) {
			report->signal_code = minus ? -(int)value : (int)value;
			report->has |= LOG_HAS_SIGNAL_CODE;
			any = true;
		}
	}
	if (field(message, "si_addr", &rest) && log_take_hex(&rest, &value)) {
		log_set_address(report, value);
		any = true;
	}
	return any;
}

unsigned log_take_signal(struct log_span *span)
{
	static const struct {
		const char *name;
		unsigned number;
	} signals[] = {
		{"SIGSEGV", LOG_SIGNAL_SEGV}, {"SIGBUS", LOG_SIGNAL_BUS}, {"SIGILL", LOG_SIGNAL_ILL},
		{"SIGFPE", LOG_SIGNAL_FPE},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(signals); i++)
		if (log_take(span, signals[i].name))
			return signals[i].number;
	return 0;
}

/* The number that ends at *end, and the colon before it. */
static bool take_number_back(const char *start, const char **end, uint64_t *ret_value)
{
	const char *p = *end;
	struct log_span number;

	while (p > start && isdigit((unsigned char)p[-1]))
		p--;
	number = (struct log_span){p, *end};
	if (p == start || p[-1] != ':' || !log_take_decimal(&number, ret_value))
		return false;
	*end = p - 1;
	return true;
}

bool log_take_source(struct log_span word, struct cr2_log_report *report)
{
	const char *end = word.end;
	uint64_t line, column;

	if (!take_number_back(word.start, &end, &line))
		return false;
	column = line;
	if (!take_number_back(word.start, &end, &line))
		line = column;
	if (end == word.start || line > UINT32_MAX)
		return false;
	log_copy((struct log_span){word.start, end}, report->sources[0].file,
		 sizeof(report->sources[0].file));
	report->sources[0].line = (uint32_t)line;
	report->n_sources = 1;
	return true;
}

bool log_take_code(struct log_span rest, struct cr2_log_report *report)
{
	uint8_t n = 0;

	while (n < LOG_CODE_MAX) {
		struct log_span word = log_take_word(&rest);
		uint64_t byte;

		if (log_length(word) != 2 || !log_take_hex(&word, &byte))
			break;
		report->code[n++] = (uint8_t)byte;
	}
	report->code_length = n;
	report->code_ip = 0;
	return n > 0;
}

void log_set_function(struct cr2_log_report *report, struct log_span name)
{
	if (!report->function[0] && log_length(name))
		log_copy(name, report->function, sizeof(report->function));
}

static bool take_offset(struct log_span number, uint64_t *ret_offset)
{
	struct log_span prefix;

	log_skip_blanks(&number);
	prefix = number;
	return (log_take(&prefix, "0x") ? log_take_hex(&number, ret_offset) :
					  log_take_decimal(&number, ret_offset)) && log_word_ends(number);
}

/* "" in a listing of the function that was named. */
static bool is_function(const struct cr2_log_report *report, struct log_span name)
{
	return !log_length(name) || (log_length(name) == strlen(report->function) &&
				     memcmp(name.start, report->function, log_length(name)) == 0);
}

void log_set_function_at(struct cr2_log_report *report, struct log_span place)
{
	const char *plus = log_length(place) ? memrchr(place.start, '+', log_length(place)) : NULL;
	struct log_span name = place;
	uint64_t offset;
	bool known = plus && take_offset((struct log_span){plus + 1, place.end}, &offset);

	name.end = known ? plus : place.end;
	while (name.end > name.start && name.end[-1] == ' ')
		name.end--;
	log_set_function(report, name);
	if (!known || !report->function[0] || log_has(report, LOG_HAS_FUNCTION_OFFSET) || !is_function(report, name))
		return;
	report->function_offset = offset;
	report->has |= LOG_HAS_FUNCTION_OFFSET;
}

void log_take_place(struct log_span rest, struct cr2_log_report *report)
{
	const char *close = log_find(rest, ">:");

	if (close && log_take(&rest, " <"))
		log_set_function_at(report, (struct log_span){rest.start, close});
}

/* Blanks and tabs between its words become one. */
void log_set_instruction(struct cr2_log_report *report, struct log_span text)
{
	char *out = report->insn.text;
	size_t used = 0, size = sizeof(report->insn.text);

	for (;;) {
		struct log_span word = log_take_word(&text);

		/* "<f+0x1>", "# 0x555": gdb's remarks. */
		if (!log_length(word) || *word.start == '#' || used + log_length(word) + 2 > size)
			return;
		if (used)
			out[used++] = ' ';
		log_copy(word, out + used, size - used);
		used = strlen(out);
	}
}
