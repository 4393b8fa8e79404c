/* SPDX-License-Identifier: MIT */
/*
 * A kernel report of a page fault or a general protection fault, in the forms of 4.x to 6.x:
 *
 *   BUG: unable to handle page fault for address: ffff8b4cd6855000      (the words vary)
 *   #PF: supervisor read access in kernel mode                          since 5.2
 *   #PF: error_code(0x0000) - not-present page                          since 5.2
 *   IP: [<ffffffff811a239f>] __fput+0xbf/0x220                          until 4.18
 *   PGD 1bec067 P4D 1bec067 PUD 0                                       in 4.x a line each
 *   Oops: 0000 [#1] SMP PTI                                             "Oops: Oops: " since 6.8
 *   CPU: 1 PID: 42 Comm: name Tainted: G    OE   6.1.0 #1
 *   RIP: 0010:func+0x1/0x2 [module]
 *   Code: ...                                                           until 4.17 at the end
 *   RSP: ... RAX: ... CR2: ...
 *   Call Trace: ...
 *   ---[ end trace 0000000000000000 ]---
 *
 * Kernels of 32 bits print EIP:, EAX: and *pde = for RIP:, RAX: and PGD.
 *
 * The first line that gives a fact wins, because a call trace ends in the registers of the user
 * program that made the system call, and the whole is repeated after the end.
 */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>
#include <cr2/decode.h>

#include "recognise.h"

static const char *const first_lines[] = {
	"BUG: unable to handle page fault for address: ",
	"BUG: kernel NULL pointer dereference, address: ",
	"BUG: unable to handle kernel paging request at ",
	"BUG: unable to handle kernel NULL pointer dereference at ",
};

#define COMM_MAX 15 /* of a task's name */

/* Behind a task's name. */
static const char page_table_words[] = "Corrupted page table at address ";

static void set_cause(struct cr2_log_report *report, enum cr2_log_cause cause)
{
	if (report->cause == CR2_LOG_CAUSE_OTHER)
		report->cause = cause;
}

static bool page_fault_begins(struct log_span message, struct cr2_log_report *report)
{
	uint64_t addr;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(first_lines); i++) {
		struct log_span rest = message, digits;

		if (!log_take(&rest, first_lines[i]))
			continue;
		log_skip_blanks(&rest);
		digits = rest;
		if (!log_take_hex(&rest, &addr))
			return false;
		log_set_address(report, addr);
		digits.end = rest.start;
		/* A 32-bit kernel's, or the beginning of a longer one. */
		report->addr_cut = log_length(digits) < 16 && isxdigit((unsigned char)*digits.start);
		if (log_length(digits) == 8 && report->addr_cut)
			report->kernel_bits = 32;
		set_cause(report, CR2_LOG_CAUSE_PAGE_FAULT);
		return true;
	}
	return false;
}

/* A kernel that does not print pointers prints hashes for them, whose top half is clear. */
static bool is_hashed(uint64_t pointer)
{
	return !(pointer >> 32);
}

/* "A..B)": B is the last byte until 5.15, and what follows it since. */
static void take_stack(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t start, end;

	if (!log_take_hex(&rest, &start) || !log_take(&rest, "..") || !log_take_hex(&rest, &end) ||
	    !log_take(&rest, ")") || is_hashed(start) || is_hashed(end) || end <= start)
		return;
	report->stack_start = start;
	report->stack_end = end + (end & 1);
	report->has |= LOG_HAS_STACK;
}

/* "BUG: TASK stack guard page was hit at ffffc90003a0fff8 (stack is A..B)" */
static bool guard_begins(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest = message;
	uint64_t addr;

	if (!log_take(&rest, "BUG: "))
		return false;
	rest.start = log_find(rest, "stack guard page was hit at ");
	if (!rest.start || !log_take(&rest, "stack guard page was hit at ") ||
	    !log_take_hex(&rest, &addr))
		return false;
	set_cause(report, CR2_LOG_CAUSE_STACK_GUARD);
	if (!is_hashed(addr))
		log_set_address(report, addr);
	if (log_take(&rest, " (stack is "))
		take_stack(rest, report);
	return true;
}

static bool page_table_begins(struct log_span message, struct cr2_log_report *report)
{
	uint64_t addr;

	message.start = log_find(message, page_table_words);
	if (!message.start)
		return false;
	log_take(&message, page_table_words);
	if (!log_take_hex(&message, &addr))
		return false;
	log_set_address(report, addr);
	set_cause(report, CR2_LOG_CAUSE_PAGE_TABLE);
	return true;
}

/* "0002 [#1]", the end of what die() prints. */
static bool take_die(struct log_span *rest, struct cr2_log_report *report, uint64_t *ret_error)
{
	struct log_span place = *rest;
	uint64_t number, error;

	if (!log_take_hex(&place, &error) || place.start - rest->start < 4 ||
	    !log_take(&place, " [#") || !log_take_decimal(&place, &number) || !log_take(&place, "]"))
		return false;
	report->number = (uint32_t)number;
	report->kasan = log_find(place, " KASAN") != NULL;
	*ret_error = error;
	*rest = place;
	return true;
}

/* "PANIC: double fault, error_code: 0x0"; since 5.5 "double fault: 0000 [#1]" follows. */
static bool panic_begins(struct log_span message, struct cr2_log_report *report)
{
	log_take(&message, "traps: ");
	if (!log_take(&message, "PANIC: double fault"))
		return false;
	set_cause(report, CR2_LOG_CAUSE_DOUBLE_FAULT);
	return true;
}

static void set_error(struct cr2_log_report *report, uint64_t error)
{
	report->error = error;
	report->has |= LOG_HAS_ERROR;
}

/* What the handlers pass to die() that cr2 explains, besides "Oops". */
static const struct {
	const char *text;
	enum cr2_log_cause cause;
	bool fault; /* the number is a page fault's error code */
} deaths[] = {
	{"general protection fault", CR2_LOG_CAUSE_GENERAL_PROTECTION, false},
	/* The number is a selector. */
	{"segment-related general protection fault", CR2_LOG_CAUSE_GENERAL_PROTECTION, false},
	{"stack segment", CR2_LOG_CAUSE_STACK_SEGMENT, false},
	{"double fault", CR2_LOG_CAUSE_DOUBLE_FAULT, false},
	{"kernel stack overflow (page fault)", CR2_LOG_CAUSE_STACK_GUARD, false},
	{"kernel stack overflow (double-fault)", CR2_LOG_CAUSE_STACK_GUARD, false},
	{"stack guard page", CR2_LOG_CAUSE_STACK_GUARD, false},
	{"Bad pagetable", CR2_LOG_CAUSE_PAGE_TABLE, true},
};

/* ", probably for non-canonical address 0xdead000000000108", when it stands there. */
static void take_death_address(struct log_span *rest, struct cr2_log_report *report)
{
	struct log_span place = *rest;
	uint64_t addr;

	place.start = log_find(place, "address 0x");
	if (!place.start)
		return;
	log_take(&place, "address ");
	if (!log_take_hex(&place, &addr))
		return;
	log_set_address(report, addr);
	*rest = place;
}

static bool named_death(struct log_span message, struct cr2_log_report *report)
{
	uint64_t error;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(deaths); i++) {
		struct log_span rest = message;

		if (!log_take(&rest, deaths[i].text))
			continue;
		take_death_address(&rest, report);
		if (!log_take(&rest, ": ") || !take_die(&rest, report, &error))
			return false;
		set_cause(report, deaths[i].cause);
		if (deaths[i].fault || error)
			set_error(report, error);
		return true;
	}
	return false;
}

/* "Oops: 0002 [#1]", "general protection fault: 0000 [#1]", "Oops: general protection ..." */
static bool die_line(struct log_span message, struct cr2_log_report *report,
		     struct log_oops_state *state)
{
	bool oops = false;
	uint64_t error;

	while (log_take(&message, "Oops: "))
		oops = true;
	if (oops && take_die(&message, report, &error)) {
		set_cause(report, CR2_LOG_CAUSE_PAGE_FAULT);
		set_error(report, error);
	} else if (!named_death(message, report)) {
		return false;
	}
	state->died = true;
	return true;
}

bool log_oops_starts(struct log_span message)
{
	struct log_span rest = message;

	if (message.start == message.end)
		return false;
	switch (*message.start) {
	case 'B': return log_take(&rest, "BUG: ") || log_take(&rest, "Bad pagetable");
	case 'C': return log_take(&rest, page_table_words);
	case 'O': return log_take(&rest, "Oops: ");
	case 'P':
	case 't':
		log_take(&rest, "traps: ");
		return log_take(&rest, "PANIC: ");
	case 'd':
	case 'g':
	case 'k':
	case 's':
		for (size_t i = 0; i < CR2_ARRAY_SIZE(deaths); i++)
			if (*deaths[i].text == *message.start && log_take(&rest, deaths[i].text))
				return true;
		return false;
	default:
		return false;
	}
}

bool log_oops_begins(struct log_span message, struct cr2_log_report *ret_report,
		     struct log_oops_state *ret_state)
{
	struct log_oops_state state = {0};
	struct cr2_log_report report;

	/* Most lines with a word of a crash are none: a report is large. */
	if (!log_oops_starts(message) && !log_find(message, page_table_words))
		return false;
	report = (struct cr2_log_report){.kind = CR2_LOG_OOPS};
	if (!page_fault_begins(message, &report) && !guard_begins(message, &report) &&
	    !page_table_begins(message, &report) && !panic_begins(message, &report) &&
	    !log_kasan_begins(message, &report) && !die_line(message, &report, &state))
		return false;
	/* Where the call trace ends in a program's registers, a Code: line follows them. */
	state.user_rip = report.cause == CR2_LOG_CAUSE_KASAN;
	*ret_report = report;
	*ret_state = state;
	return true;
}

bool log_oops_continues(const struct cr2_log_report *report, const struct log_oops_state *state,
			struct log_span message)
{
	struct log_oops_state ignored = {0};
	struct cr2_log_report scratch;

	/* Asked of each line: a report is large. */
	if (state->died || state->trace || !log_oops_starts(message))
		return false;
	scratch = (struct cr2_log_report){0};
	return die_line(message, &scratch, &ignored) &&
	       (report->cause == CR2_LOG_CAUSE_OTHER || scratch.cause == report->cause);
}

/* "#PF: supervisor read access in kernel mode" */
static bool access_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest = message;

	if (!log_take(&rest, "#PF: "))
		return false;
	if (log_take(&rest, "error_code(")) {
		uint64_t error;

		if (!(report->has & LOG_HAS_ERROR) && log_take_hex(&rest, &error)) {
			report->error = error;
			report->has |= LOG_HAS_ERROR;
		}
		return true;
	}
	report->write = log_find(rest, "write access") != NULL;
	report->fetch = log_find(rest, "instruction fetch") != NULL;
	if (!report->write && !report->fetch && !log_find(rest, "read access"))
		return true; /* it was cut */
	report->user = log_take(&rest, "user ");
	report->in_user_code = log_find(rest, "in user mode") != NULL;
	report->has |= LOG_HAS_ACCESS;
	return true;
}

/* 0: the word is no level's title. */
static int level_of(struct log_span word)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (log_length(word) == 3 &&
		    memcmp(word.start, cr2_level_title((enum cr2_level)level), 3) == 0)
			return level;
	return 0;
}

static void set_entry(struct cr2_log_report *report, int level, uint64_t value)
{
	if (report->entries_known & 1 << level)
		return;
	report->entries[level] = value;
	report->entries_known |= (uint8_t)(1 << level);
}

/*
 * "*pdpt = 0000000034d8c001 *pde = 0000000000000000" of a 32-bit kernel, or "*pde = 00000000",
 * whose tables have two levels of 32-bit entries.
 */
static bool narrow_entries_line(struct log_span message, struct cr2_log_report *report)
{
	static const struct {
		const char *name;
		enum cr2_level level;
	} levels[] = {
		{"*pdpt = ", CR2_LEVEL_PUD}, {"*pde = ", CR2_LEVEL_PMD}, {"*pte = ", CR2_LEVEL_PTE},
	};
	bool any = false;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(levels); i++) {
		uint64_t value;

		log_skip_blanks(&message);
		if (!log_take(&message, levels[i].name))
			continue;
		if (log_take_hex(&message, &value))
			set_entry(report, levels[i].level, value);
		any = true;
	}
	if (any)
		log_set_bits(report, 32);
	return any;
}

/* The title that begins span, taken off; "PU D" is one that was broken. 0: none. */
static int take_level(struct log_span *span, struct log_span *ret_word)
{
	struct log_span word = log_take_word(span), rest = *span, next = log_take_word(&rest);
	char title[3];

	*ret_word = word;
	if (!log_length(word) || log_length(word) + log_length(next) != sizeof(title))
		return level_of(word);
	memcpy(title, word.start, log_length(word));
	memcpy(title + log_length(word), next.start, log_length(next));
	if (level_of((struct log_span){title, title + sizeof(title)}))
		*span = rest;
	return level_of((struct log_span){title, title + sizeof(title)});
}

/* "PGD 290e01067 P4D 290e01067 PUD 0", or one of them a line. */
static bool entries_line(struct log_span message, struct cr2_log_report *report)
{
	bool any = false;

	for (;;) {
		struct log_span word;
		uint64_t value;
		int level = take_level(&message, &word);

		if (!level) {
			report->entries_bad |= any && log_take(&word, "BAD");
			return any;
		}
		log_skip_blanks(&message);
		if (log_take(&message, "BAD"))
			report->entries_bad = true;
		else if (!log_take_hex(&message, &value))
			return any;
		else
			set_entry(report, level, value);
		any = true;
	}
}

/* "[<ffffffff811a239f>] ", once or twice. */
static bool take_bracketed(struct log_span *rest, uint64_t *ret_value)
{
	struct log_span place = *rest;

	log_skip_blanks(&place);
	if (!log_take(&place, "[<") || !log_take_hex(&place, ret_value) || !log_take(&place, ">]"))
		return false;
	log_skip_blanks(&place);
	*rest = place;
	return true;
}

static void set_ip(struct cr2_log_report *report, uint64_t ip)
{
	if (report->has & LOG_HAS_IP)
		return;
	report->ip = ip;
	report->has |= LOG_HAS_IP;
}

/* All its digits, "0x..." or "(null)": "f" is the beginning of a name whose rest a break cut off. */
static bool take_bare_ip(struct log_span rest, uint64_t *ret_ip)
{
	struct log_span digits = rest;
	bool known = log_take(&digits, "(") || log_take(&digits, "0x");

	return log_take_hex(&rest, ret_ip) && log_word_ends(rest) && (known || rest.start - digits.start >= 8);
}

/* A script decodes RIP: alone, where IP: stands before it: what it found belongs to the function that is known. */
static bool take_sources(struct log_span rest, struct cr2_log_report *report)
{
	struct cr2_log_report named = {0};

	if (report->n_sources || !log_take_function(rest, &named) || strcmp(named.function, report->function) != 0)
		return false;
	memcpy(report->sources, named.sources, sizeof(report->sources));
	report->n_sources = named.n_sources;
	return true;
}

static void take_ip(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t ip;

	log_skip_blanks(&rest);
	while (take_bracketed(&rest, &ip))
		set_ip(report, ip);
	if (!report->function[0] && log_take_function(rest, report))
		return;
	if (take_sources(rest, report))
		return;
	/* Not "add" of "add+0x5/0x20", whose function is known already. */
	if (take_bare_ip(rest, &ip))
		set_ip(report, ip);
}

/* Where a line of code begins. */
static bool take_place(struct log_span *rest, unsigned *ret_bits)
{
	static const struct {
		const char *text;
		unsigned bits; /* 0: it does not say */
	} places[] = {
		{"RIP: ", 64}, {"RIP  ", 64}, {"EIP: ", 32}, {"EIP is at ", 32}, {"IP: ", 0},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(places); i++) {
		*ret_bits = places[i].bits;
		if (log_take(rest, places[i].text))
			return true;
	}
	return false;
}

/* "0010:"; its low bits are the CPU's mode. */
static uint64_t take_selector(struct log_span *rest)
{
	struct log_span place = *rest;
	uint64_t selector;

	if (!log_take_hex(&place, &selector) || !log_take(&place, ":") || place.start - rest->start != 5)
		return 0x10;
	*rest = place;
	return selector;
}

/* "RIP: 0010:func+0x1/0x2", "IP: func+0x1/0x2", "EIP: func+0x1/0x2" */
static bool ip_line(struct log_span message, struct cr2_log_report *report,
		    struct log_oops_state *state)
{
	struct log_span rest = message;
	unsigned bits;

	if (!take_place(&rest, &bits))
		return false;
	if (state->foreign.within)
		return true;
	state->user_rip = (take_selector(&rest) & 3) == 3;
	if (state->user_rip && (state->trace || report->function[0])) {
		state->trace = true;
		return true;
	}
	if (!state->trace) {
		if (bits)
			log_set_bits(report, bits);
		report->in_user_code = state->user_rip;
		take_ip(rest, report);
	}
	return true;
}

/* "RSP: 002b:": the registers of a program, where the line that says so before is lost. */
static bool program_line(struct log_span message, const struct cr2_log_report *report, struct log_oops_state *state)
{
	if (report->in_user_code || !log_take(&message, "RSP: 002b:"))
		return false;
	state->trace = true;
	return true;
}

static bool taint_begins(struct log_span rest)
{
	return log_take(&rest, " Not tainted ") || log_take(&rest, " Tainted: ");
}

static void take_taint(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span taint = {rest.start, rest.start}, word;

	log_skip_blanks(&rest);
	taint.start = rest.start;
	for (;;) {
		word = log_take_word(&rest);
		if (word.start == word.end)
			return;
		if (*word.start >= '0' && *word.start <= '9')
			break;
		taint.end = word.end;
	}
	/* The number of its build follows: else it may have been cut. */
	if (!log_take(&rest, " #"))
		return;
	log_copy(taint, report->taint, sizeof(report->taint));
	log_copy(word, report->release, sizeof(report->release));
}

/* "a name Kdump: loaded Tainted: G   OE   6.1.0 #1" */
static void take_task(struct log_span rest, uint64_t pid, struct cr2_log_report *report)
{
	struct log_span comm = rest;
	const char *kdump;

	while (rest.start < rest.end && !taint_begins(rest))
		rest.start++;
	comm.end = rest.start;
	kdump = log_find(comm, " Kdump: ");
	comm.end = kdump ? kdump : comm.end;
	/* Else it may go on where the line was cut, or what was joined were no parts of one. */
	if ((kdump || rest.start < rest.end) && log_length(comm) <= COMM_MAX && !log_has(report, LOG_HAS_PID))
		log_copy(comm, report->comm, sizeof(report->comm));
	if (!log_has(report, LOG_HAS_PID))
		report->pid = (uint32_t)pid;
	report->has |= LOG_HAS_PID;
	report->tainted = log_take(&rest, " Tainted: ");
	if (rest.start < rest.end)
		take_taint(rest, report);
}

/* "CPU: 1 UID: 0 PID: 42 Comm: a name Tainted: G   OE   6.1.0 #1" */
static bool cpu_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span rest = message;
	uint64_t cpu, uid, pid;

	if (!log_take(&rest, "CPU: ") || !log_take_decimal(&rest, &cpu))
		return false;
	if (log_take(&rest, " UID: ") && !log_take_decimal(&rest, &uid))
		return false;
	if (!log_take(&rest, " PID: ") || !log_take_decimal(&rest, &pid) || !log_take(&rest, " Comm: "))
		return false;
	if (report->has & LOG_HAS_CPU)
		return true;
	report->cpu = (uint32_t)cpu;
	report->has |= LOG_HAS_CPU;
	take_task(rest, pid, report);
	return true;
}

/* "Pid: 42, comm: a name Not tainted 3.2.0-4-amd64 #1", until 3.10. */
static bool pid_line(struct log_span message, struct cr2_log_report *report)
{
	uint64_t pid;

	if (!log_take(&message, "Pid: ") || !log_take_decimal(&message, &pid) ||
	    !log_take(&message, ", comm: "))
		return false;
	if (!(report->has & LOG_HAS_PID))
		take_task(message, pid, report);
	return true;
}

/* "KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]" */
static bool range_line(struct log_span message, struct cr2_log_report *report)
{
	uint64_t start, end;

	if (!log_take(&message, "KASAN: "))
		return false;
	report->kasan = true;
	message.start = log_find(message, "in range [");
	if (message.start && log_take(&message, "in range [") && log_take_hex(&message, &start) &&
	    log_take(&message, "-") && log_take_hex(&message, &end) && log_take(&message, "]")) {
		report->range_start = start;
		report->range_end = end;
		report->has |= LOG_HAS_RANGE;
	}
	return true;
}

/* The word at the stack's far end is not what the kernel wrote there. */
static bool stack_line(struct log_span message, struct cr2_log_report *report)
{
	if (!log_take(&message, "Thread overran stack"))
		return false;
	report->stack_overrun = true;
	return true;
}

/* CPU, task, registers: those of whatever report the CPU prints. */
static bool context_line(struct log_span message, struct cr2_log_report *report)
{
	return cpu_line(message, report) || pid_line(message, report) ||
	       log_registers_line(message, report);
}

static bool fact_line(struct log_span message, struct cr2_log_report *report,
		      const struct log_oops_state *state)
{
	return access_line(message, report) || entries_line(message, report) ||
	       narrow_entries_line(message, report) || range_line(message, report) ||
	       stack_line(message, report) ||
	       (!state->foreign.within && context_line(message, report));
}

/*
 * Another report's lines look the same: none is taken that may be either's. A call trace before
 * "Oops:" is another's, whose beginning stands before this report's.
 */
static bool foreign_line(struct log_span message, struct cr2_log_report *report,
			 struct log_oops_state *state)
{
	if (!log_foreign_line(&state->foreign, message)) {
		if (state->foreign.within || state->died || !log_take(&message, "Call Trace:") ||
		    report->function[0] || log_has(report, LOG_HAS_IP) ||
		    report->cause == CR2_LOG_CAUSE_DOUBLE_FAULT)
			return false;
		state->foreign = (struct log_foreign){.within = true};
	}
	report->interleaved = true;
	return true;
}

bool log_oops_ends(const struct cr2_log_report *report, struct log_span message)
{
	/* KASAN's ends in a second line of "=". */
	if (report->cause == CR2_LOG_CAUSE_KASAN)
		return log_is_rule(message);
	return log_take(&message, "---[ end trace ") || log_take(&message, "Kernel panic - not syncing");
}

static enum log_oops_step kasan_line(struct log_span message, struct cr2_log_report *report,
				     struct log_oops_state *state)
{
	if (log_oops_ends(report, message))
		return LOG_OOPS_ENDS;
	if (log_take(&message, "Call Trace:")) {
		state->trace = true;
		return LOG_OOPS_TAKEN;
	}
	return log_kasan_line(message, report) || (!state->trace && cpu_line(message, report)) ?
	       LOG_OOPS_TAKEN : LOG_OOPS_OTHER;
}

enum log_oops_step log_oops_line(struct cr2_log_report *report, struct log_oops_state *state,
				 struct log_span message)
{
	struct log_span rest = message;

	if (report->cause == CR2_LOG_CAUSE_KASAN)
		return kasan_line(message, report, state);
	/* Its Code: line comes next, or, until 4.17, never. */
	state->user_rip = false;
	if (log_oops_continues(report, state, message)) {
		die_line(message, report, state);
		return LOG_OOPS_TAKEN;
	}
	if (foreign_line(message, report, state))
		return LOG_OOPS_TAKEN;
	if (log_oops_ends(report, message))
		return LOG_OOPS_ENDS;
	if (log_take(&rest, "Call Trace:")) {
		state->trace |= !state->foreign.within;
		return LOG_OOPS_TAKEN;
	}
	if (ip_line(message, report, state) || program_line(message, report, state) ||
	    (!state->trace && fact_line(message, report, state)))
		return LOG_OOPS_TAKEN;
	return LOG_OOPS_OTHER;
}
