/* SPDX-License-Identifier: MIT */
/*
 * What a report comes to: the access, the operand that made the address, the pattern, and what is
 * found beside it. A pattern that the log does not prove is marked as likely.
 */
#include <cr2/base.h>
#include <cr2/flags.h>

#include "symbol/insn.h"

#include "locate.h"
#include "recognise.h"
#include "reporter.h"
#include "verdict.h"

#define PUSHED_MOST 128 /* bytes: a frame, aligned, and what the instruction itself pushed */
/* The area of each CPU's entry code and of the stacks that the CPU switches to. */
#define EXCEPTION_STACKS 0xfffffe0000000000ULL
#define EXCEPTION_STACKS_SIZE (1ULL << 39)

static void decide_sanitised(struct cr2_log_report *report)
{
	report->error_sanitised = report->kind == CR2_LOG_SEGFAULT && report->addr >= log_task_size(report) &&
				  report->error & CR2_PF(P);
}

static void judge_trap(struct cr2_log_report *report, const struct insn *insn)
{
	switch (report->cause) {
	case CR2_LOG_CAUSE_GENERAL_PROTECTION:
		if (log_bits_of(report) == 32)
			log_judge_narrow_protection(report, insn);
		else
			log_judge_protection(report, insn);
		return;
	case CR2_LOG_CAUSE_STACK_SEGMENT:
		if (log_bits_of(report) == 64)
			log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
		return;
	case CR2_LOG_CAUSE_INVALID_OPCODE:
		log_decide(report, CR2_LOG_PATTERN_INVALID_INSTRUCTION, false);
		return;
	case CR2_LOG_CAUSE_INT3:
		log_decide(report, CR2_LOG_PATTERN_BREAKPOINT, false);
		return;
	case CR2_LOG_CAUSE_DIVIDE_ERROR:
		log_decide(report, CR2_LOG_PATTERN_DIVIDE_ERROR, false);
		return;
	case CR2_LOG_CAUSE_CONTROL_PROTECTION:
		log_decide(report, CR2_LOG_PATTERN_CONTROL_FLOW, false);
		return;
	case CR2_LOG_CAUSE_VSYSCALL:
		log_decide(report, log_vsyscall_pattern(report), false);
		return;
	case CR2_LOG_CAUSE_ALIGNMENT_CHECK:
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, false);
		return;
	default:
		return;
	}
}

/*
 * With KASAN, a pointer's shadow is what is touched first; where there is none, the range that it
 * stands for tells the address meant.
 */
static bool judge_shadow(struct cr2_log_report *report)
{
	uint64_t addr = report->range_start;

	if (!log_has(report, LOG_HAS_RANGE))
		return false;
	if (addr < LOG_LOW_MEMORY)
		log_decide(report, addr ? CR2_LOG_PATTERN_NEAR_NULL : CR2_LOG_PATTERN_NULL, false);
	else if (log_is_error_pointer(report, report->range_end))
		log_decide(report, CR2_LOG_PATTERN_ERROR_POINTER, true);
	else if (!log_is_canonical(report, addr))
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	else if (log_is_user_address(report, addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
	return true;
}

/* Its words, or else what can be said of the address. */
static void judge_kasan(struct cr2_log_report *report)
{
	enum cr2_log_pattern pattern = log_kasan_pattern(report);

	if (pattern != CR2_LOG_PATTERN_NONE)
		log_decide(report, pattern, false);
	else if (log_has(report, LOG_HAS_ADDR) && !log_bad_pointer(report))
		log_decide(report, !log_is_canonical(report, report->addr) ? CR2_LOG_PATTERN_NON_CANONICAL :
			log_is_user_address(report, report->addr) ? CR2_LOG_PATTERN_USER_ADDRESS :
			CR2_LOG_PATTERN_UNMAPPED, true);
}

/* Kernels before 5.5 name no address, and those before 5.12 leave out the displacement. */
static void correct_address(struct cr2_log_report *report)
{
	if (!report->insn.has_address || (log_has(report, LOG_HAS_ADDR) &&
					  report->addr == report->insn.address))
		return;
	report->addr_corrected = log_has(report, LOG_HAS_ADDR);
	report->addr_logged = report->addr;
	report->addr = report->insn.address;
	report->has |= LOG_HAS_ADDR;
}

static void judge_oops_protection(struct cr2_log_report *report, const struct insn *insn)
{
	if (!report->error) {
		correct_address(report);
		log_kasan_turn_back(report);
	}
	if (report->error || !judge_shadow(report))
		log_judge_protection(report, insn);
}

/* On which side of the stack the guard page lies that was hit. */
static void find_beside_stack(struct cr2_log_report *report)
{
	struct cr2_log_finding finding = {.value = report->addr};

	if (!log_has(report, LOG_HAS_STACK | LOG_HAS_ADDR))
		return;
	if (report->addr < report->stack_start) {
		finding.kind = CR2_LOG_FINDING_BELOW_STACK;
		finding.other = report->stack_start;
		finding.offset = (int64_t)(report->stack_start - report->addr);
	} else if (report->addr >= report->stack_end) {
		finding.kind = CR2_LOG_FINDING_ABOVE_STACK;
		finding.other = report->stack_end;
		finding.offset = (int64_t)(report->addr - report->stack_end);
	} else {
		return;
	}
	log_add_finding(report, &finding);
}

/* Where the addresses that the report prints are hashed, the operand tells what was touched. */
static void judge_guard(struct cr2_log_report *report)
{
	log_decide(report, CR2_LOG_PATTERN_STACK, false);
	if (!log_has(report, LOG_HAS_ADDR) && report->insn.has_address) {
		report->addr = report->insn.address;
		report->has |= LOG_HAS_ADDR;
	}
	find_beside_stack(report);
}

/* Where the stack at sp ends: the kernel aligns a thread's to its size, and those for exceptions to a page. */
static uint64_t stack_left(const struct cr2_log_report *report)
{
	bool exception = report->sp - EXCEPTION_STACKS < EXCEPTION_STACKS_SIZE;

	return report->sp % (exception ? CR2_PAGE_SIZE : LOG_KERNEL_STACK);
}

/* CR2 is where a frame would have been pushed. */
static bool is_push(const struct cr2_log_report *report)
{
	return log_has(report, LOG_HAS_CR2) && report->sp - report->cr2 - 1 < PUSHED_MOST;
}

/*
 * The CPU could push no frame at sp, which points into the kernel. At a stack's end, or in the page
 * below it, that one has overflowed. Linux says so itself of a thread's stack that has a guard page.
 */
static void judge_kernel_stack(struct cr2_log_report *report)
{
	uint64_t left = stack_left(report);
	bool push = is_push(report), end = left < PUSHED_MOST || (push && left >= LOG_KERNEL_STACK - CR2_PAGE_SIZE);

	if (push)
		log_add_finding(report, &(struct cr2_log_finding){.kind = CR2_LOG_FINDING_PUSH_FAILED,
				.value = report->cr2, .offset = (int64_t)(report->sp - report->cr2)});
	if (end || push || report->stack_overrun)
		log_decide(report, CR2_LOG_PATTERN_STACK, !push || !end);
	if (push && !end)
		log_suggest(report, CR2_LOG_PATTERN_WRONG_STACK, CR2_LOG_POSSIBLE);
	if (!end && !push)
		log_add_finding(report, &(struct cr2_log_finding){.kind = CR2_LOG_FINDING_STACK_LEFT,
				.certainty = CR2_LOG_LIKELY, .value = report->sp, .offset = (int64_t)left});
}

/*
 * A fault while the CPU delivered another one: mostly, it could not push that one's frame. Where
 * sp is the program's, as between the entry of a system call and the switch of stacks, it is not
 * certain that this was what failed.
 */
static void judge_double_fault(struct cr2_log_report *report)
{
	bool known = log_has(report, LOG_HAS_SP) && log_bits_of(report) == 64;

	if (known && report->in_user_code)
		return;
	if (known && (!log_is_canonical(report, report->sp) || log_is_user_address(report, report->sp)))
		log_decide(report, CR2_LOG_PATTERN_WRONG_STACK, log_is_canonical(report, report->sp));
	else if (!known || report->reporter) /* another kernel's stacks may end elsewhere */
		log_decide(report, CR2_LOG_PATTERN_STACK, true);
	else
		judge_kernel_stack(report);
}

static void judge_oops(struct cr2_log_report *report, const struct insn *insn)
{
	switch (report->cause) {
	case CR2_LOG_CAUSE_STACK_GUARD:
		judge_guard(report);
		return;
	case CR2_LOG_CAUSE_DOUBLE_FAULT:
		judge_double_fault(report);
		return;
	case CR2_LOG_CAUSE_PAGE_TABLE:
		log_decide(report, CR2_LOG_PATTERN_PAGE_TABLE, false);
		return;
	case CR2_LOG_CAUSE_KASAN:
		judge_kasan(report);
		return;
	case CR2_LOG_CAUSE_PAGE_FAULT:
		log_kasan_turn_back(report);
		if (log_has(report, LOG_HAS_SHADOW_ADDR))
			judge_shadow(report);
		else if (log_has(report, LOG_HAS_ACCESS | LOG_HAS_ADDR))
			log_judge_oops_fault(report);
		else if (log_has(report, LOG_HAS_ADDR))
			log_judge_address(report);
		return;
	case CR2_LOG_CAUSE_INVALID_OPCODE:
	case CR2_LOG_CAUSE_DIVIDE_ERROR:
	case CR2_LOG_CAUSE_INT3:
	case CR2_LOG_CAUSE_ALIGNMENT_CHECK:
	case CR2_LOG_CAUSE_OVERFLOW:
	case CR2_LOG_CAUSE_BOUNDS:
	case CR2_LOG_CAUSE_INVALID_TSS:
	case CR2_LOG_CAUSE_SEGMENT_NOT_PRESENT:
		judge_trap(report, insn);
		return;
	default:
		if (report->reporter && report->cause == CR2_LOG_CAUSE_OTHER)
			return;
		if (log_bits_of(report) == 32)
			log_judge_narrow_protection(report, insn);
		else
			judge_oops_protection(report, insn);
		return;
	}
}

/* The oops prints what its function is; the address of the function itself is ip's. */
static void complete_registers(struct cr2_log_report *report)
{
	if (!log_has(report, LOG_HAS_IP) || report->registers_known & 1U << CR2_REGISTER_IP)
		return;
	report->registers[CR2_REGISTER_IP] = report->ip;
	report->registers_known |= 1U << CR2_REGISTER_IP;
}

/* A page fault whose first line is lost, and CR2 with it. */
static void infer_address(struct cr2_log_report *report, bool known, uint64_t addr)
{
	/* Other reporters name the registers of a program's general protection fault. */
	bool protection = report->kind == CR2_LOG_TRAP && report->reporter && log_is_protection(report);

	if ((report->cause != CR2_LOG_CAUSE_PAGE_FAULT && !protection) || log_has(report, LOG_HAS_ADDR) ||
	    !known)
		return;
	report->addr = addr;
	report->addr_inferred = true;
	report->has |= LOG_HAS_ADDR;
}

void log_verdict(struct cr2_log_report *report, const struct insn_decoder *decoder,
		 struct symbols *symbols)
{
	struct insn insn = {0};

	log_decide_access(report);
	log_drop_cut_entry(report);
	decide_sanitised(report);
	complete_registers(report);
	if (symbols)
		log_locate(symbols, report);
	infer_address(report, report->fetch && log_has(report, LOG_HAS_IP), report->ip);
	if (!log_decode_instruction(report, decoder, &insn) && report->insn.text[0])
		log_reporter_operand(report);
	infer_address(report, report->insn.has_address, report->insn.address);
	report->code_bits = (uint8_t)(report->kind == CR2_LOG_OOPS ? report->kernel_bits : log_bits_of(report));
	if (report->kind == CR2_LOG_SEGFAULT)
		log_judge_segfault(report);
	else if (report->kind == CR2_LOG_TRAP)
		judge_trap(report, &insn);
	else if (report->kind == CR2_LOG_OOPS)
		judge_oops(report, &insn);
	report->refused = log_refusing_level(report);
	log_find_entries(report);
	log_find_values(report);
}
