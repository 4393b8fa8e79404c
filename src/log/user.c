/* SPDX-License-Identifier: MIT */
/*
 * A user program's crash:
 *   COMM[PID]: segfault at ADDR ip IP sp SP error ERR in OBJECT[OFFSET,START+LENGTH] likely on CPU N (...)
 *   COMM[PID]: segfault at ADDR rip IP rsp SP error ERR			eip, esp; until 2.6.2x
 *   traps: COMM[PID] trap invalid opcode ip:IP sp:SP error:ERR in OBJECT[START+LENGTH]
 *   COMM[PID] vsyscall fault (exploit attempt?) ip:IP cs:CS sp:SP ax:AX si:SI di:DI
 * OFFSET (of ip in the file) is printed since 6.12, "likely on CPU" since 6.1, and "in" only
 * where ip is in a mapped file. COMM may hold any character. Numbers are hexadecimal, but PID and N.
 */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/tables.h>
#include <cr2/flags.h>

#include "recognise.h"

#define COMM_MAX 15

/* A name with blanks in it, cut to its longest by the kernel: "Isolated Web Co". */
static bool is_cut_name(struct log_span head, const char *start)
{
	struct log_span name = {start, head.end};

	return memchr(" ,;\t", start[-1], 4) && isalpha((unsigned char)*start) && !log_find(name, ": ") &&
	       !log_find(name, "] ");
}

/* More than the task's name may stand before the number: what follows the last blank, then. */
static struct log_span comm_of(struct log_span head)
{
	/* 'msg="a.out': a field begins with the name. */
	for (const char *p = head.end; p > head.start; p--)
		if (memchr("\"`>", p[-1], 3) && p < head.end) {
			head.start = p;
			log_skip_blanks(&head);
			log_take(&head, "traps: ");
			break;
		}
	if (log_length(head) > COMM_MAX) {
		const char *longest = head.end - COMM_MAX;
		const char *blank = memrchr(head.start, ' ', log_length(head));

		if (is_cut_name(head, longest))
			head.start = longest;
		else if (blank)
			head.start = blank + 1;
	}
	return head;
}

/* "COMM[PID" up to bracket_end, which is where the ']' stands. */
static bool take_comm(struct log_span message, const char *bracket_end, struct cr2_log_report *report)
{
	struct log_span head = {message.start, bracket_end}, number;
	const char *open = memrchr(head.start, '[', log_length(head));
	uint64_t pid;

	if (!open)
		return false;
	number = (struct log_span){open + 1, bracket_end};
	if (!log_take_decimal(&number, &pid) || number.start != number.end || pid > UINT32_MAX)
		return false;
	head.end = open;
	log_copy(comm_of(head), report->comm, sizeof(report->comm));
	report->pid = (uint32_t)pid;
	report->has |= LOG_HAS_PID;
	return true;
}

/* "[1139,55d0c0de1000+1000]" at span's start; all of it up to the bracket's end. */
static bool take_mapping(struct log_span span, struct cr2_log_report *report)
{
	uint64_t first, start, length;
	bool offset = false;

	if (!log_take(&span, "[") || !log_take_hex(&span, &first))
		return false;
	start = first;
	if (log_take(&span, ",")) {
		offset = true;
		if (!log_take_hex(&span, &start))
			return false;
	}
	if (!log_take(&span, "+") || !log_take_hex(&span, &length) || !log_take(&span, "]"))
		return false;
	report->object_start = start;
	report->object_length = length;
	if (offset) {
		report->file_offset = first;
		report->offset_printed = true;
		report->has |= LOG_HAS_FILE_OFFSET;
	}
	return true;
}

/* " in OBJECT[...]": OBJECT may hold brackets itself, so the last group that fits counts. */
static void take_mapped(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span name;

	if (!log_take(&rest, " in"))
		return;
	report->object_cut = true;
	if (!log_take(&rest, " "))
		return;
	name = rest;
	for (const char *p = rest.end; p > rest.start; p--) {
		if (p[-1] != '[' || !take_mapping((struct log_span){p - 1, rest.end}, report))
			continue;
		name.end = p - 1;
		log_copy(name, report->object, sizeof(report->object));
		report->has |= LOG_HAS_OBJECT;
		report->object_cut = false;
		return;
	}
}

static void take_cpu(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t cpu;

	rest.start = log_find(rest, " likely on CPU ");
	if (!rest.start)
		return;
	log_take(&rest, " likely on CPU ");
	if (log_take_decimal(&rest, &cpu) && cpu <= UINT32_MAX) {
		report->cpu = (uint32_t)cpu;
		report->has |= LOG_HAS_CPU;
	}
}

/* Pointers are printed with all their digits: eight are a 32-bit kernel's. name: "ip ", also "rip " and "eip ". */
static bool take_pointer(struct log_span *rest, const char *name, uint64_t *ret_value,
			 bool *ret_narrow)
{
	struct log_span digits;

	log_skip_blanks(rest);
	if (!log_take(rest, "r"))
		log_take(rest, "e");
	if (!log_take(rest, name))
		return false;
	log_skip_blanks(rest);
	digits = *rest;
	if (!log_take_hex(rest, ret_value))
		return false;
	digits.end = rest->start;
	*ret_narrow = log_length(digits) == 8 && isxdigit((unsigned char)*digits.start);
	return true;
}

static bool take_field(struct log_span *rest, const char *name, uint64_t *ret_value)
{
	log_skip_blanks(rest);
	if (!log_take(rest, name))
		return false;
	log_skip_blanks(rest);
	return log_take_hex(rest, ret_value);
}

static bool segfault(struct log_span message, const char *at, struct cr2_log_report *report)
{
	struct log_span rest = {at + strlen("]: segfault at "), message.end};
	bool narrow_ip, narrow_sp;

	log_skip_blanks(&rest);
	if (!log_take_hex(&rest, &report->addr) ||
	    !take_pointer(&rest, "ip ", &report->ip, &narrow_ip) ||
	    !take_pointer(&rest, "sp ", &report->sp, &narrow_sp) || !take_field(&rest, "error ", &report->error) ||
	    !log_word_ends(rest) || !take_comm(message, at, report))
		return false;
	report->kind = CR2_LOG_SEGFAULT;
	report->has |= LOG_HAS_ADDR | LOG_HAS_IP | LOG_HAS_SP | LOG_HAS_ERROR;
	report->cause = CR2_LOG_CAUSE_SEGFAULT;
	report->kernel_bits = narrow_ip && narrow_sp ? 32 : 0;
	take_mapped(rest, report);
	take_cpu(rest, report);
	return true;
}

/* What the kernel calls the trap, between "[PID] " and " ip:". */
static bool take_trap_name(struct log_span name, struct cr2_log_report *report)
{
	static const char *const traps[] = {
#define X(id, token, label, trap) [CR2_LOG_CAUSE_##id] = trap,
#include <cr2/tables/log_cause.def>
#undef X
	};
	struct log_span rest = name;

	report->cause = CR2_LOG_CAUSE_OTHER;
	report->words[0] = '\0';
	for (size_t i = 0; i < CR2_ARRAY_SIZE(traps); i++) {
		rest = name;
		/* "general protection", and "general protection fault" since 5.5. */
		if (traps[i] && log_take(&rest, traps[i]) && log_word_ends(rest))
			report->cause = (enum cr2_log_cause)i;
	}
	rest = name;
	if (report->cause != CR2_LOG_CAUSE_OTHER)
		return true;
	log_copy(name, report->words, sizeof(report->words));
	return log_take(&rest, "trap ");
}

/* "error:0", and "error:3(endbranch)" of control protection. */
static bool take_trap_numbers(struct log_span *rest, struct cr2_log_report *report)
{
	uint64_t ssp;
	const char *close;

	if (!take_field(rest, "ip:", &report->ip) || !take_field(rest, "sp:", &report->sp))
		return false;
	take_field(rest, "ssp:", &ssp);
	if (!take_field(rest, "error:", &report->error))
		return false;
	if (log_take(rest, "(")) {
		close = memchr(rest->start, ')', log_length(*rest));
		if (close)
			rest->start = close + 1;
	}
	return log_word_ends(*rest);
}

static bool trap(struct log_span message, struct cr2_log_report *report)
{
	struct log_span name, rest = message;

	rest.start = log_find(message, " ip:");
	if (!rest.start)
		return false;
	for (const char *p = message.start; p < rest.start; p++) {
		name = (struct log_span){p + 1, rest.start};
		if (*p != ']' || !log_take(&name, " ") || !take_trap_name(name, report) ||
		    !take_comm(message, p, report))
			continue;
		if (!take_trap_numbers(&rest, report))
			return false;
		report->kind = CR2_LOG_TRAP;
		report->has |= LOG_HAS_IP | LOG_HAS_SP | LOG_HAS_ERROR;
		take_mapped(rest, report);
		return true;
	}
	return false;
}

/* What the kernel says of the vsyscall page, between "[PID] " and " ip:"; some go on. */
static const struct {
	const char *words;
	enum cr2_log_pattern pattern;
} vsyscalls[] = {
	{"vsyscall attempted with vsyscall=none", CR2_LOG_PATTERN_VSYSCALL},
	{"vsyscall read attempt denied", CR2_LOG_PATTERN_VSYSCALL},
	{"misaligned vsyscall", CR2_LOG_PATTERN_VSYSCALL_ENTRY},
	{"vsyscall with bad stack", CR2_LOG_PATTERN_VSYSCALL_STACK},
	{"vsyscall fault", CR2_LOG_PATTERN_VSYSCALL_POINTER},
	{"seccomp tried to change syscall nr or ip", CR2_LOG_PATTERN_VSYSCALL_SECCOMP},
};

enum cr2_log_pattern log_vsyscall_pattern(const struct cr2_log_report *report)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(vsyscalls); i++)
		if (strncmp(report->words, vsyscalls[i].words, strlen(vsyscalls[i].words)) == 0)
			return vsyscalls[i].pattern;
	return CR2_LOG_PATTERN_NONE;
}

static bool take_vsyscall_numbers(struct log_span rest, struct cr2_log_report *report)
{
	static const struct {
		const char *name;
		enum cr2_register reg;
	} fields[] = {
		{"ax:", CR2_REGISTER_AX}, {"si:", CR2_REGISTER_SI}, {"di:", CR2_REGISTER_DI},
	};
	uint64_t segment;

	if (!take_field(&rest, "ip:", &report->ip) || !take_field(&rest, "cs:", &segment) ||
	    !take_field(&rest, "sp:", &report->sp))
		return false;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(fields); i++) {
		uint64_t value;

		if (!take_field(&rest, fields[i].name, &value))
			break;
		report->registers[fields[i].reg] = value;
		report->registers_known |= 1U << fields[i].reg;
	}
	return true;
}

/* The pointers that the call writes through: the bad one, where only one is not NULL. */
static void infer_pointer(struct cr2_log_report *report)
{
	bool two = (report->ip & (CR2_PAGE_SIZE - 1)) != 0x400; /* time() has one */
	uint64_t di = report->registers[CR2_REGISTER_DI], si = two ? report->registers[CR2_REGISTER_SI] : 0;

	if (log_vsyscall_pattern(report) != CR2_LOG_PATTERN_VSYSCALL_POINTER || !di == !si ||
	    !(report->registers_known & 1U << CR2_REGISTER_DI))
		return;
	report->addr = di ? di : si;
	report->write = report->addr_inferred = true;
	report->has |= LOG_HAS_ADDR | LOG_HAS_ACCESS;
}

static bool vsyscall(struct log_span message, const char *ip, struct cr2_log_report *report)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(vsyscalls); i++) {
		struct log_span words = {log_find(message, vsyscalls[i].words), ip};

		if (!words.start || words.start - message.start < 2 || memcmp(words.start - 2, "] ", 2) != 0 ||
		    words.start > ip || !take_comm(message, words.start - 2, report) ||
		    !take_vsyscall_numbers((struct log_span){ip, message.end}, report))
			continue;
		report->kind = CR2_LOG_TRAP;
		report->cause = CR2_LOG_CAUSE_VSYSCALL;
		report->has |= LOG_HAS_IP | LOG_HAS_SP;
		words.end = words.start + strlen(vsyscalls[i].words);
		log_copy(words, report->words, sizeof(report->words));
		infer_pointer(report);
		return true;
	}
	return false;
}

bool log_user_begins(struct log_span message, struct cr2_log_report *ret_report)
{
	const char *at = log_find(message, "]: segfault at "), *ip = log_find(message, " ip:");
	struct cr2_log_report report;
	bool found;

	/* Most lines with a word of a crash are none: a report is large. */
	if (!at && !ip)
		return false;
	report = (struct cr2_log_report){.user = true, .in_user_code = true};
	if (at) {
		found = segfault(message, at, &report);
	} else {
		found = vsyscall(message, ip, &report);
		log_take(&message, "traps: ");
		found = found || trap(message, &report);
	}
	if (found)
		*ret_report = report;
	return found;
}
