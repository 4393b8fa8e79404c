/* SPDX-License-Identifier: MIT */
/* The pattern of a page fault, of a program's and of the kernel's. */
#include <cr2/base.h>
#include <cr2/flags.h>

#include "verdict.h"

#define NEAR_STACK 0x10000ULL
#define FRAME_MOST (16ULL << 20)
#define CR4_SMEP (1ULL << 20)
#define CR4_SMAP (1ULL << 21)
#define KERNEL_IMAGE 0xffffffff80000000ULL
#define VSYSCALL 0xffffffffff600000ULL
#define BYTES_ZEROED 16 /* so many zeroes are no code */

/* The error code names what refused it, beside the entries' own rights. */
static bool named_by_error(struct cr2_log_report *report)
{
	static const struct {
		uint64_t bit;
		enum cr2_log_pattern pattern;
	} bits[] = {
		{CR2_PF(RSVD), CR2_LOG_PATTERN_PAGE_TABLE},
		{CR2_PF(PK), CR2_LOG_PATTERN_PROTECTION_KEY},
		{CR2_PF(RMP), CR2_LOG_PATTERN_RMP},
		{CR2_PF(SGX), CR2_LOG_PATTERN_ENCLAVE},
	};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(bits); i++)
		if (report->error & bits[i].bit) {
			log_decide(report, bits[i].pattern, false);
			return true;
		}
	return false;
}

static bool is_vsyscall(uint64_t addr)
{
	return addr - VSYSCALL < CR2_PAGE_SIZE;
}

static void user_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (log_small_jump(report))
		;
	else if (report->addr >= log_task_size(report))
		log_decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (present || (report->place.data_known && !report->place.data_exec))
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
}

/*
 * An access to where no page is, below the stack pointer, through it, or right above it. What
 * lies further above and is reached by another pointer has run off the stack's other end.
 */
static bool beside_stack(const struct cr2_log_report *report)
{
	bool through = report->insn.base == CR2_REGISTER_SP || report->insn.base == CR2_REGISTER_BP;

	if (!log_has(report, LOG_HAS_SP) || report->error & CR2_PF(P))
		return false;
	if (report->addr < report->sp)
		return report->sp - report->addr < (through ? FRAME_MOST : NEAR_STACK);
	return report->addr - report->sp < (through ? FRAME_MOST : CR2_PAGE_SIZE);
}

static bool in_mapping_of_ip(const struct cr2_log_report *report)
{
	return log_has(report, LOG_HAS_OBJECT) &&
	       report->addr - report->object_start < report->object_length;
}

static void user_write(struct cr2_log_report *report)
{
	const struct cr2_symbol_place *place = &report->place;

	if (in_mapping_of_ip(report) || (place->data_known && place->data_exec))
		log_decide(report, CR2_LOG_PATTERN_WRITE_TO_TEXT, false);
	else if (report->error & CR2_PF(P) || (place->data_known && !place->data_write))
		log_decide(report, CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

/* 00 00 is add byte ptr [rax], al: a few may be an operand, a line of them is no code. */
static bool is_zeroed(const struct cr2_log_report *report)
{
	for (unsigned i = 0; i < report->code_length; i++)
		if (report->code[i])
			return false;
	return report->code_length >= BYTES_ZEROED;
}

/* SIGBUS: the page is mapped, but cannot be had; or an operand is not aligned. */
static void judge_bus_error(struct cr2_log_report *report)
{
	if (log_has(report, LOG_HAS_SIGNAL_CODE) && report->signal_code == 1)
		log_decide(report, CR2_LOG_PATTERN_MISALIGNED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_BEYOND_FILE, report->signal_code != 2);
}

void log_judge_segfault(struct cr2_log_report *report)
{
	if (report->cause == CR2_LOG_CAUSE_BUS_ERROR) {
		judge_bus_error(report);
		return;
	}
	if (report->cause == CR2_LOG_CAUSE_STACK_GUARD) {
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
		return;
	}
	if (!log_has(report, LOG_HAS_ADDR) || named_by_error(report))
		return;
	if (is_vsyscall(report->addr) && !report->write)
		log_decide(report, CR2_LOG_PATTERN_VSYSCALL, false);
	else if (!log_is_canonical(report, report->addr)) /* as the registers tell a debugger */
		log_decide(report, CR2_LOG_PATTERN_NON_CANONICAL, false);
	else if (report->fetch)
		user_fetch(report);
	else if (is_zeroed(report))
		log_decide(report, CR2_LOG_PATTERN_ZEROED_CODE, true);
	else if (log_bad_pointer(report))
		;
	else if (report->addr >= log_task_size(report))
		log_decide(report, CR2_LOG_PATTERN_KERNEL_ADDRESS, false);
	else if (beside_stack(report))
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (report->write)
		user_write(report);
	else if (report->error & CR2_PF(P))
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
}

/* Is the page one of user space, as far as the entries are known? */
static bool is_user_page(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level && report->entries[level] & CR2_PTE(P) &&
		    !(report->entries[level] & CR2_PTE(U)))
			return false;
	return true;
}

/* SMEP refuses it, and so does page-table isolation, by NX in the PGD; or NX in the page's own entry. */
static void fetch_of_user_page(struct cr2_log_report *report)
{
	enum cr2_level refused = log_refusing_level(report);

	if (is_user_page(report) && !log_lacks(report, CR4_SMEP))
		log_decide(report, CR2_LOG_PATTERN_SMEP, !log_has_cr4(report, CR4_SMEP));
	else if (refused == CR2_LEVEL_PGD && is_user_page(report))
		log_decide(report, CR2_LOG_PATTERN_KPTI, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, !refused);
}

static void kernel_fetch(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (log_small_jump(report))
		return;
	if (present && log_is_user_address(report, report->addr) && log_bits_of(report) == 64)
		fetch_of_user_page(report);
	else if (present)
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_DATA, false);
	else
		log_decide(report, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED, false);
}

static bool leaf_is_executable(const struct cr2_log_report *report)
{
	enum cr2_level level;
	uint64_t leaf = log_leaf(report, &level);

	return leaf && !(leaf & CR2_PTE(NX));
}

/* An empty entry is printed: nothing is mapped there. */
static bool walk_ends(const struct cr2_log_report *report)
{
	for (int level = CR2_LEVEL_PGD; level >= CR2_LEVEL_PTE; level--)
		if (report->entries_known & 1 << level && report->entries[level] == 0)
			return true;
	return false;
}

/* Nothing but SMAP refuses the kernel a user page that its entries allow the access to. */
static void data_of_user_page(struct cr2_log_report *report)
{
	bool smap = is_user_page(report) && !log_lacks(report, CR4_SMAP);

	if (smap)
		log_decide(report, CR2_LOG_PATTERN_SMAP, !log_has_cr4(report, CR4_SMAP));
	else if (is_user_page(report))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, !log_refusing_level(report));
	else
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, !log_refusing_level(report));
}

/* Those of 64-bit kernels are no addresses; these may lie where programs' do, and mean none. */
static bool is_narrow_poison(const struct cr2_log_report *report)
{
	return log_bits_of(report) == 32 && log_poison_near(report, report->addr);
}

static void kernel_data(struct cr2_log_report *report)
{
	bool present = report->error & CR2_PF(P);

	if (log_is_user_address(report, report->addr) && present && log_bits_of(report) == 64)
		data_of_user_page(report);
	else if (is_narrow_poison(report))
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, !walk_ends(report));
	else if (log_is_user_address(report, report->addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, false);
	else if (beside_stack(report))
		log_decide(report, CR2_LOG_PATTERN_STACK, false);
	else if (present && report->write)
		log_decide(report, report->addr >= KERNEL_IMAGE && leaf_is_executable(report) ?
			CR2_LOG_PATTERN_WRITE_TO_TEXT : CR2_LOG_PATTERN_WRITE_TO_READONLY, false);
	else if (present)
		log_decide(report, CR2_LOG_PATTERN_NOT_PERMITTED, false);
	else
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, !walk_ends(report));
}

void log_judge_oops_fault(struct cr2_log_report *report)
{
	if (named_by_error(report))
		return;
	if (report->fetch)
		kernel_fetch(report);
	else if (is_zeroed(report))
		log_decide(report, CR2_LOG_PATTERN_ZEROED_CODE, true);
	else if (!log_bad_pointer(report))
		kernel_data(report);
}

/* Only the first line is at hand: it does not say what was done there. */
void log_judge_address(struct cr2_log_report *report)
{
	if (log_bad_pointer(report))
		report->pattern_likely = true;
	else if (is_narrow_poison(report))
		log_decide(report, CR2_LOG_PATTERN_UNMAPPED, true);
	else if (log_is_user_address(report, report->addr))
		log_decide(report, CR2_LOG_PATTERN_USER_ADDRESS, true);
}
