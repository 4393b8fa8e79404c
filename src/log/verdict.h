/* SPDX-License-Identifier: MIT */
/* What the parts of a verdict share: what it says, and whose an address is. */
#ifndef LOG_VERDICT_H
#define LOG_VERDICT_H

#include "report.h"

/* Nothing is ever mapped below vm.mmap_min_addr, whose default this is. */
#define LOG_LOW_MEMORY 0x10000ULL
#define LOG_ERROR_POINTERS (-4095LL)
#define LOG_KERNEL_STACK 0x4000ULL /* THREAD_SIZE, to which it is aligned */

/* say.c */
void log_decide(struct cr2_log_report *report, enum cr2_log_pattern pattern, bool likely);
/* Another pattern, after those that are there. */
void log_suggest(struct cr2_log_report *report, enum cr2_log_pattern pattern,
		 enum cr2_log_certainty certainty);
void log_add_finding(struct cr2_log_report *report, const struct cr2_log_finding *finding);

/* address.c: of the code at ip, 32 or 64. */
int log_bits_of(const struct cr2_log_report *report);
uint64_t log_task_size(const struct cr2_log_report *report);
bool log_is_error_pointer(const struct cr2_log_report *report, uint64_t pointer);
/* 4 levels of page tables, or 5 where CR4 or a page fault far up says it. */
unsigned log_levels(const struct cr2_log_report *report);
bool log_is_canonical(const struct cr2_log_report *report, uint64_t addr);
bool log_is_user_address(const struct cr2_log_report *report, uint64_t addr);
/* With what the kernel marks memory; NULL: the value is near none. */
const struct cr2_poison *log_poison_near(const struct cr2_log_report *report, uint64_t value);
/* Is it in one of the stacks that Linux gives a thread, at sp? */
bool log_in_own_stack(const struct cr2_log_report *report, uint64_t addr);

/* finding.c: what the pointer's value tells, and what is missing. After the pattern. */
void log_find_values(struct cr2_log_report *report);

/* entries.c: before the rest, what may have been cut goes; and what the printed page-table entries tell of the access. */
void log_drop_cut_entry(struct cr2_log_report *report);
enum cr2_level log_refusing_level(const struct cr2_log_report *report); /* 0: none */
bool log_lacks(const struct cr2_log_report *report, uint64_t cr4_bit); /* CR4 is known, without it */
bool log_has_cr4(const struct cr2_log_report *report, uint64_t cr4_bit);
/* The entry that maps the page; 0: not known. */
uint64_t log_leaf(const struct cr2_log_report *report, enum cr2_level *ret_level);
void log_find_entries(struct cr2_log_report *report);

/* operand.c */
struct insn;
struct insn_decoder;
struct insn_operand;
void log_decide_access(struct cr2_log_report *report);
bool log_is_protection(const struct cr2_log_report *report);
/* The address, where all that it is made of is known. */
bool log_operand_address(const struct cr2_log_report *report, const struct insn *insn,
			 const struct insn_operand *operand, uint64_t *ret_address);
bool log_decode_instruction(struct cr2_log_report *report, const struct insn_decoder *decoder,
			    struct insn *ret_insn);

/* pointer.c: whether the pattern is one of these. */
bool log_bad_pointer(struct cr2_log_report *report);
bool log_small_jump(struct cr2_log_report *report);

/* fault.c */
void log_judge_segfault(struct cr2_log_report *report);
void log_judge_oops_fault(struct cr2_log_report *report);
void log_judge_address(struct cr2_log_report *report);

/* protection.c */
void log_judge_narrow_protection(struct cr2_log_report *report, const struct insn *insn);
void log_judge_protection(struct cr2_log_report *report, const struct insn *insn);

#endif
