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
 * The first line that gives a fact wins, because a call trace ends in the registers of the user
 * program that made the system call, and the whole is repeated after the end.
 */
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

static void set_cause(struct cr2_log_report *report, enum cr2_log_cause cause)
{
	if (report->cause == CR2_LOG_CAUSE_OTHER)
		report->cause = cause;
}

static void set_address(struct cr2_log_report *report, uint64_t addr)
{
	if (report->has & LOG_HAS_ADDR)
		return;
	report->addr = addr;
	report->has |= LOG_HAS_ADDR;
}

static bool page_fault_begins(struct log_span message, struct cr2_log_report *report)
{
	uint64_t addr;

	for (size_t i = 0; i < CR2_ARRAY_SIZE(first_lines); i++) {
		struct log_span rest = message;

		if (!log_take(&rest, first_lines[i]))
			continue;
		log_skip_blanks(&rest);
		if (!log_take_hex(&rest, &addr))
			return false;
		set_address(report, addr);
		set_cause(report, CR2_LOG_CAUSE_PAGE_FAULT);
		return true;
	}
	return false;
}

/* "BUG: TASK stack guard page was hit at 00000000c5f0a5d2 (stack is A..B)" */
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
	/* Kernels before 5.16 print hashes for pointers here, which have their top half clear. */
	if (addr >> 32)
		set_address(report, addr);
	return true;
}

static bool page_table_begins(struct log_span message, struct cr2_log_report *report)
{
	uint64_t addr;

	message.start = log_find(message, "Corrupted page table at address ");
	if (!message.start)
		return false;
	log_take(&message, "Corrupted page table at address ");
	if (!log_take_hex(&message, &addr))
		return false;
	set_address(report, addr);
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
	set_address(report, addr);
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

bool log_oops_begins(struct log_span message, struct cr2_log_report *ret_report,
		     struct log_oops_state *ret_state)
{
	struct cr2_log_report report = {.kind = CR2_LOG_OOPS};
	struct log_oops_state state = {0};

	if (!page_fault_begins(message, &report) && !guard_begins(message, &report) &&
	    !page_table_begins(message, &report) && !panic_begins(message, &report) &&
	    !die_line(message, &report, &state))
		return false;
	*ret_report = report;
	*ret_state = state;
	return true;
}

bool log_oops_continues(const struct log_oops_state *state, struct log_span message)
{
	struct cr2_log_report scratch = {0};
	struct log_oops_state ignored = {0};

	if (state->died || state->trace)
		return false;
	return die_line(message, &scratch, &ignored);
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
	report->user = log_take(&rest, "user ");
	report->write = log_find(rest, "write access") != NULL;
	report->fetch = log_find(rest, "instruction fetch") != NULL;
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

/* "PGD 290e01067 P4D 290e01067 PUD 0", or one of them a line. */
static bool entries_line(struct log_span message, struct cr2_log_report *report)
{
	bool any = false;

	for (;;) {
		struct log_span word = log_take_word(&message);
		uint64_t value;
		int level = level_of(word);

		if (!level) {
			report->entries_bad |= any && log_take(&word, "BAD");
			return any;
		}
		log_skip_blanks(&message);
		if (log_take(&message, "BAD"))
			report->entries_bad = true;
		else if (!log_take_hex(&message, &value))
			return any;
		else if (!(report->entries_known & 1 << level)) {
			report->entries[level] = value;
			report->entries_known |= (uint8_t)(1 << level);
		}
		any = true;
	}
}

/* "func.isra.0+0xbf/0x220 [module]" */
static bool take_function(struct log_span rest, struct cr2_log_report *report)
{
	struct log_span name = rest;
	uint64_t offset, size;
	const char *plus = memchr(rest.start, '+', log_length(rest)), *close;

	if (!plus || plus == rest.start)
		return false;
	name.end = plus;
	rest.start = plus + 1;
	if (!log_take_hex(&rest, &offset) || !log_take(&rest, "/") || !log_take_hex(&rest, &size))
		return false;
	log_copy(name, report->function, sizeof(report->function));
	report->function_offset = offset;
	report->function_size = size;
	report->has |= LOG_HAS_FUNCTION;
	log_skip_blanks(&rest);
	if (log_take(&rest, "[")) {
		/* A build id may follow the module's name. */
		close = memchr(rest.start, ']', log_length(rest));
		rest.end = close ? close : rest.end;
		log_copy(log_take_word(&rest), report->module, sizeof(report->module));
	}
	return true;
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

static void take_ip(struct log_span rest, struct cr2_log_report *report)
{
	uint64_t ip;

	log_skip_blanks(&rest);
	while (take_bracketed(&rest, &ip))
		set_ip(report, ip);
	if (!report->function[0] && take_function(rest, report))
		return;
	/* Not "add" of "add+0x5/0x20", whose function is known already. */
	if (log_take_hex(&rest, &ip) && log_word_ends(rest))
		set_ip(report, ip);
}

/* "RIP: 0010:func+0x1/0x2", "IP: func+0x1/0x2"; the selector's low bits are the CPU's mode. */
static bool rip_line(struct log_span message, struct cr2_log_report *report,
		     struct log_oops_state *state)
{
	struct log_span rest = message, selector;
	uint64_t cs = 0x10;

	if (!log_take(&rest, "RIP: ") && !log_take(&rest, "IP: ") && !log_take(&rest, "RIP  "))
		return false;
	if (state->warning || state->backtrace)
		return true;
	selector = rest;
	if (log_take_hex(&selector, &cs) && log_take(&selector, ":") && selector.start - rest.start == 5)
		rest = selector;
	else
		cs = 0x10;
	state->user_rip = (cs & 3) == 3;
	if (state->user_rip && (state->trace || report->function[0])) {
		state->trace = true;
		return true;
	}
	if (!state->trace) {
		report->in_user_code = state->user_rip;
		take_ip(rest, report);
	}
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
	log_copy(comm, report->comm, sizeof(report->comm));
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
	if (report->has & LOG_HAS_PID)
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

static int register_of(struct log_span name)
{
	static const char *const names[] = {
		[CR2_REGISTER_AX] = "RAX:", [CR2_REGISTER_CX] = "RCX:", [CR2_REGISTER_DX] = "RDX:",
		[CR2_REGISTER_BX] = "RBX:", [CR2_REGISTER_SP] = "RSP:", [CR2_REGISTER_BP] = "RBP:",
		[CR2_REGISTER_SI] = "RSI:", [CR2_REGISTER_DI] = "RDI:", [CR2_REGISTER_R8] = "R08:",
		[CR2_REGISTER_R9] = "R09:", [CR2_REGISTER_R10] = "R10:", [CR2_REGISTER_R11] = "R11:",
		[CR2_REGISTER_R12] = "R12:", [CR2_REGISTER_R13] = "R13:", [CR2_REGISTER_R14] = "R14:",
		[CR2_REGISTER_R15] = "R15:",
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++)
		if (names[i] && log_length(name) == 4 && memcmp(name.start, names[i], 4) == 0)
			return (int)i;
	return -1;
}

static void set_register(struct cr2_log_report *report, int reg, uint64_t value)
{
	if (report->registers_known & 1U << reg)
		return;
	report->registers[reg] = value;
	report->registers_known |= 1U << reg;
	if (reg == CR2_REGISTER_SP && !(report->has & LOG_HAS_SP)) {
		report->sp = value;
		report->has |= LOG_HAS_SP;
	}
}

/* "FS:  00007fb8a8656480(0000) GS:ffff997c6dc80000(0000) knlGS:0000000000000000" */
static bool segments_line(struct log_span message, struct cr2_log_report *report)
{
	struct log_span gs = message;
	uint64_t value;

	if (!log_take(&message, "FS:"))
		return false;
	log_skip_blanks(&message);
	if (log_take_register(&message, &value)) {
		report->fs = value;
		report->has |= LOG_HAS_FS;
	}
	gs.start = log_find(message, " GS:");
	gs.end = message.end;
	if (gs.start && log_take(&gs, " GS:") && log_take_register(&gs, &value)) {
		report->gs = value;
		report->has |= LOG_HAS_GS;
	}
	return true;
}

/* "RAX: 0000000000040000 RBX: ...", "RSP: 0018:ffffbade2e657b30 EFLAGS: 00010206" */
static bool registers_line(struct log_span message, struct cr2_log_report *report)
{
	bool any = false;

	for (;;) {
		struct log_span word = log_take_word(&message), selector;
		uint64_t value;
		int reg = register_of(word);

		if (reg < 0)
			return any;
		log_skip_blanks(&message);
		selector = message;
		if (log_take_hex(&selector, &value) && log_take(&selector, ":"))
			message = selector;
		if (!log_take_register(&message, &value))
			return any;
		set_register(report, reg, value);
		any = true;
	}
}

/*
 * "CR2: ffff9abfb14ec380 CR3: ... CR4: ...": CR2 tells the address where the first line is lost.
 * Not that of a stack overflow: there it is where the CPU failed to push its frame. Nor after
 * "Unable to access opcode bytes": the attempt to read them has overwritten it.
 */
static bool cr2_line(struct log_span message, struct cr2_log_report *report)
{
	uint64_t value;

	if (!log_take(&message, "CR2: "))
		return false;
	if (log_take_register(&message, &value) && report->cause == CR2_LOG_CAUSE_PAGE_FAULT &&
	    !report->code_unreadable)
		set_address(report, value);
	message.start = log_find(message, " CR4: ");
	if (message.start && log_take(&message, " CR4: ") && log_take_register(&message, &value)) {
		report->cr4 = value;
		report->has |= LOG_HAS_CR4;
	}
	return true;
}

/* "KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]" */
static bool kasan_line(struct log_span message, struct cr2_log_report *report)
{
	uint64_t start, end;

	if (!log_take(&message, "KASAN: "))
		return false;
	message.start = log_find(message, "in range [");
	if (message.start && log_take(&message, "in range [") && log_take_hex(&message, &start) &&
	    log_take(&message, "-") && log_take_hex(&message, &end)) {
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

/*
 * A warning, or a backtrace that another CPU was asked for, in the midst of the report: its
 * registers look the same, so that neither's can be told apart any more.
 */
static bool foreign_line(struct log_span message, struct cr2_log_report *report,
			 struct log_oops_state *state)
{
	struct log_span rest = message;

	if (log_take(&rest, "------------[ cut here ]"))
		state->warning = true;
	else if (log_take(&rest, "NMI backtrace for cpu "))
		state->backtrace = true;
	else if (state->warning && log_take(&rest, "---[ end trace "))
		state->warning = false;
	else
		return false;
	report->interleaved = true;
	return true;
}

static bool fact_line(struct log_span message, struct cr2_log_report *report,
		      struct log_oops_state *state)
{
	if (access_line(message, report) || entries_line(message, report) ||
	    kasan_line(message, report) || stack_line(message, report) ||
	    (!state->died && die_line(message, report, state)))
		return true;
	if (state->warning || state->backtrace)
		return false;
	return cpu_line(message, report) || pid_line(message, report) ||
	       registers_line(message, report) ||
	       segments_line(message, report) || cr2_line(message, report);
}

enum log_oops_step log_oops_line(struct cr2_log_report *report, struct log_oops_state *state,
				 struct log_span message)
{
	struct log_span rest = message;

	/* Its Code: line comes next, or, until 4.17, never. */
	state->user_rip = false;
	if (foreign_line(message, report, state))
		return LOG_OOPS_TAKEN;
	if (log_take(&rest, "---[ end trace ") || log_take(&rest, "Kernel panic - not syncing"))
		return LOG_OOPS_ENDS;
	if (log_take(&rest, "Call Trace:")) {
		state->trace = true;
		return LOG_OOPS_TAKEN;
	}
	if (rip_line(message, report, state) ||
	    (!state->trace && fact_line(message, report, state)))
		return LOG_OOPS_TAKEN;
	return LOG_OOPS_OTHER;
}
