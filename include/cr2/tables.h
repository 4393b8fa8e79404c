/* SPDX-License-Identifier: MIT */
/*
 * The vocabularies of the kernel and the CPU. Each stands once, in a .def file under
 * cr2/tables/, and is included here for its enumeration and in tables.c for its names.
 * All functions are pure; names are static strings, never freed.
 */
#ifndef CR2_TABLES_H
#define CR2_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

#define CR2_PAGE_SHIFT 12
#define CR2_PAGE_SIZE 4096ULL
#define CR2_PAGE_MASK (~(CR2_PAGE_SIZE - 1))
#define CR2_HUGE_SIZE (2ULL << 20)
#define CR2_GIGANTIC_SHIFT 30
#define CR2_GIGANTIC_SIZE (1ULL << CR2_GIGANTIC_SHIFT)
/* Where user space ends: a page below the hole, by the levels of the page tables. */
#define CR2_TASK_SIZE_MAX(levels) ((1ULL << ((levels) == 5 ? 56 : 47)) - CR2_PAGE_SIZE)

/* Paging levels, counted as the walk goes up: PTE is 1. */
enum cr2_level {
	CR2_LEVEL_PTE = 1,
	CR2_LEVEL_PMD,
	CR2_LEVEL_PUD,
	CR2_LEVEL_P4D,
	CR2_LEVEL_PGD,
};
#define CR2_LEVELS_MAX 5

/* Registers, those of a call's arguments first. */
enum cr2_register {
#define X(id, name, wide) CR2_REGISTER_##id,
#include <cr2/tables/register.def>
#undef X
	CR2_REGISTER_COUNT,
};
/* As probes name it, "di", and whole, "rdi"; NULL where reg is none. */
const char *cr2_register_name(int reg);
const char *cr2_register_wide_name(int reg);

/* Page-fault error code bits (Intel SDM 3A 4.7, AMD APM 2 8.4.2): CR2_PF(W) is 0x2. */
#define CR2_PF(name) (1ULL << CR2_PF_##name##_BIT)
enum cr2_error_code_bit {
#define X(name, bit, clear, set, says_clear, says_set) CR2_PF_##name##_BIT = (bit),
#include <cr2/tables/error_code.def>
#undef X
};

/* What settles a fault: LITMUS.md "Fault paths". */
enum cr2_path {
#define X(id, name, function, sentence) CR2_PATH_##id,
#include <cr2/tables/path.def>
#undef X
	CR2_PATH_COUNT,
	/* Those that a scenario can take; behind them stand those of real programs alone. */
	CR2_PATH_SCENARIOS = CR2_PATH_OOM + 1,
};

/* What a real program's fault hits. */
enum cr2_trace_mapping {
#define X(id, name, sentence) CR2_TRACE_MAPPING_##id,
#include <cr2/tables/trace_mapping.def>
#undef X
	CR2_TRACE_MAPPINGS,
};

/* What its instruction did, where there is no error code to say so. */
enum cr2_trace_access {
#define X(id, name) CR2_TRACE_ACCESS_##id,
#include <cr2/tables/trace_access.def>
#undef X
	CR2_TRACE_ACCESSES,
};

/* System calls that change memory, by Linux's numbers. */
enum cr2_system_call {
#define X(id, number, name, sentence) CR2_SYSTEM_##id = number,
#include <cr2/tables/call.def>
#undef X
};

/* What changes an address space between faults. */
enum cr2_call_kind {
#define X(id, name, sentence) CR2_CALL_##id,
#include <cr2/tables/call_kind.def>
#undef X
	CR2_CALL_KINDS,
};

/*
 * Consecutive pages alike that an address space had when it was looked at: number of the first, how many, and state,
 * which is enum cr2_trace_page_kind and more. Of kind NONE: the entry maps nothing, but is not empty. 0: no run.
 */
#define CR2_PAGE_RUN(first, pages, state) ((first) << 19 | (pages) << 8 | (state))
#define CR2_PAGE_RUN_FIRST(run) ((run) >> 19)
#define CR2_PAGE_RUN_PAGES(run) ((run) >> 8 & CR2_PAGE_RUN_MOST)
#define CR2_PAGE_RUN_MOST 2047U /* pages */
#define CR2_PAGE_RUN_STATE 0xffU
#define CR2_PAGE_RUN_KIND 0x7U
#define CR2_PAGE_RUN_WRITABLE 0x8U
#define CR2_PAGE_RUN_ONCE 0x10U /* mapped here alone; not told of large folios: */
#define CR2_PAGE_RUN_LARGE 0x20U
#define CR2_PAGE_RUN_EXCLUSIVE 0x40U /* as the kernel has marked it: written to without a look at who else maps it */
#define CR2_PAGE_RUN_HUGE 0x80U /* by an entry of 2 MiB or more */
#define CR2_PAGE_RUN_SWAPPED 0x10U /* of kind NONE: the entry says where in swap the page is; EXCLUSIVE is said of it, too */
#define CR2_PAGES_MORE (-1)

/*
 * Of pages next to each other that others map, too: the first is a run, whose state is how often each is mapped (0: not
 * told), the others two frames each, the lower half first. A page of 2 MiB has one; one that is in swap has where it is there.
 */
#define CR2_FRAMES_MOST 10U
#define CR2_SLOT_BITS 27
#define CR2_SLOT(type, offset) ((uint64_t)(type) << CR2_SLOT_BITS | (offset)) /* where in swap: which one of them, and which page there */
#define CR2_FRAME(args, i) ((args)[1 + (i) / 2] >> 32 * ((i) & 1) & 0xffffffffU)

/* What a present entry of a real program maps. */
enum cr2_trace_page_kind {
#define X(id, name, sentence) CR2_TRACE_PAGE_##id,
#include <cr2/tables/trace_page.def>
#undef X
	CR2_TRACE_PAGES,
};

/* The outcome of a step: success, an errno, or a signal with its code. */
enum cr2_result {
#define X(id, name, sys, signo, code) CR2_RESULT_##id,
#include <cr2/tables/result.def>
#undef X
	CR2_RESULT_COUNT,
};

/* The operations a process can do to its memory; the litmus verbs. */
enum cr2_op_kind {
#define X(id, name, what, sentence) CR2_OP_##id,
#include <cr2/tables/op.def>
#undef X
	CR2_OP_COUNT,
};

/* madvise(2) advice; values are positions here, cr2_advice_sys() gives the MADV_ number. */
enum cr2_advice {
#define X(id, name, sys) CR2_ADVICE_##id,
#include <cr2/tables/advice.def>
#undef X
	CR2_ADVICE_COUNT,
};

/* The kernels that the model knows, oldest first; `course` stands apart, last. */
enum cr2_profile {
#define X(id, name, major, minor) CR2_PROFILE_##id,
#include <cr2/tables/profile.def>
#undef X
	CR2_PROFILE_COUNT,
};

/* How the path of a fault is known. */
enum cr2_evidence {
#define X(id, name, sentence) CR2_EVIDENCE_##id,
#include <cr2/tables/evidence.def>
#undef X
	CR2_EVIDENCE_COUNT,
};

/* The keys of JSON objects. */
enum cr2_key {
#define X(id, name, meaning) CR2_KEY_##id,
#include <cr2/tables/key.def>
#undef X
	CR2_KEYS,
};

/* Page states: LITMUS.md "Observations". */
enum cr2_page_kind {
#define X(id, name, token, sentence) CR2_PAGE_##id,
#include <cr2/tables/page.def>
#undef X
	CR2_PAGE_COUNT,
};

/* What a fault hits, and what it finds in the page table: the cells of cr2/coverage.h. */
enum cr2_coverage_mapping {
#define X(id, name) CR2_COVERAGE_MAPPING_##id,
#include <cr2/tables/coverage_mapping.def>
#undef X
	CR2_COVERAGE_MAPPINGS,
};
enum cr2_coverage_page {
#define X(id, name, sentence) CR2_COVERAGE_PAGE_##id,
#include <cr2/tables/coverage_page.def>
#undef X
	CR2_COVERAGE_PAGES,
};

/* The fields of a step in which two runs of a scenario can differ. */
enum cr2_field {
#define X(id, name) CR2_FIELD_##id,
#include <cr2/tables/field.def>
#undef X
	CR2_FIELD_COUNT,
};

/* Where a comparison of two runs accepts what differs. */
enum cr2_widening {
#define X(id, name, sentence) CR2_WIDENING_##id,
#include <cr2/tables/widening.def>
#undef X
	CR2_WIDENING_COUNT,
};

/* What a page's entry says, and where a mapping begins; sets have bits: CR2_MARK(WRITE). */
enum cr2_mark {
#define X(id, letter, sentence) CR2_MARK_##id,
#include <cr2/tables/mark.def>
#undef X
	CR2_MARK_COUNT,
};
#define CR2_MARK(name) (1U << CR2_MARK_##name)

/* Statements that mean something together: how often random scenarios make them is counted. */
enum cr2_pattern {
#define X(id, name, weight, stale, steps, sentence) CR2_PATTERN_##id,
#include <cr2/tables/pattern.def>
#undef X
	CR2_PATTERN_COUNT,
};
struct cr2_pattern_step {
	unsigned char child; /* 0: the process; 1: a child of it */
	unsigned char op; /* enum cr2_op_kind */
	unsigned char detail; /* ADVISE: enum cr2_advice; PROTECT: CR2_PROT_ */
};
#define CR2_PATTERN_STEPS 8
struct cr2_pattern_row {
	const char *name, *sentence;
	unsigned weight; /* among the patterns of random scenarios */
	int stale; /* counts only where the CPU may hold an entry from before */
	size_t n;
	struct cr2_pattern_step steps[CR2_PATTERN_STEPS];
};

/* The faults that cr2_force_run() makes. */
enum cr2_force {
#define X(id, name, lesson, scenario, next) CR2_FORCE_##id,
#include <cr2/tables/force.def>
#undef X
	CR2_FORCE_COUNT,
};

/* What sets a machine apart; sets of traits have bits: CR2_TRAIT(NO_ZERO_PAGE). */
enum cr2_trait {
#define X(id, name, scenario, sentence, cause) CR2_TRAIT_##id,
#include <cr2/tables/trait.def>
#undef X
	CR2_TRAIT_COUNT,
};
#define CR2_TRAIT(name) (1U << CR2_TRAIT_##name)

/* Each _name() returns NULL outside its table; each _parse() returns the enumerator, or -EINVAL. */
const char *cr2_path_name(enum cr2_path path);
const char *cr2_path_function(enum cr2_path path);
const char *cr2_path_sentence(enum cr2_path path);
int cr2_path_parse(const char *name);

const char *cr2_result_name(enum cr2_result result);
int cr2_result_parse(const char *name);
enum cr2_result cr2_result_from_errno(int err); /* positive errno; 0 is ok; unknown: CR2_RESULT_UNKNOWN */
int cr2_result_errno(enum cr2_result result); /* positive errno, 0 when not one */
enum cr2_result cr2_result_from_signal(int signo, int code); /* unknown: CR2_RESULT_UNKNOWN */
int cr2_result_signal(enum cr2_result result, int *ret_code); /* signal number, 0 when not one */

/* "ENOENT" for 2: Linux's numbers, whatever this machine's C library has; NULL: there is none. */
const char *cr2_errno_name(unsigned number);

const char *cr2_op_name(enum cr2_op_kind kind);
const char *cr2_op_sentence(enum cr2_op_kind kind);
int cr2_op_is_access(enum cr2_op_kind kind);
int cr2_op_is_userfault(enum cr2_op_kind kind); /* one of userfaultfd's */
int cr2_op_is_remote(enum cr2_op_kind kind); /* an access by another process */
int cr2_op_names_file(enum cr2_op_kind kind); /* acts on a file that is there */
int cr2_op_gives_value(enum cr2_op_kind kind); /* that an observation shows */
int cr2_op_counts(enum cr2_op_kind kind); /* its value is a number of bytes or pages, no byte of memory */
int cr2_op_makes_object(enum cr2_op_kind kind); /* a file, a segment or a program that it names */
int cr2_op_makes_process(enum cr2_op_kind kind); /* one with memory of its own, or one that acts in its maker's */
int cr2_op_maps(enum cr2_op_kind kind); /* a mapping that it names */
int cr2_op_parse(const char *name);

const char *cr2_advice_name(enum cr2_advice advice);
int cr2_advice_sys(enum cr2_advice advice);
int cr2_advice_parse(const char *name);

const char *cr2_profile_name(enum cr2_profile profile);
int cr2_profile_version(enum cr2_profile profile); /* major * 1000 + minor; course: INT_MAX */
int cr2_profile_parse(const char *name);

const char *cr2_evidence_name(enum cr2_evidence evidence);
int cr2_evidence_parse(const char *name);

const char *cr2_key_name(enum cr2_key key);
const char *cr2_key_meaning(enum cr2_key key);
int cr2_key_parse(const char *name);

const char *cr2_page_token(enum cr2_page_kind kind);
const char *cr2_page_kind_name(enum cr2_page_kind kind); /* "swap" */
const char *cr2_page_kind_sentence(enum cr2_page_kind kind);

const char *cr2_trace_access_name(enum cr2_trace_access access); /* "write" */
const char *cr2_trace_mapping_name(enum cr2_trace_mapping mapping); /* "heap" */
const char *cr2_trace_mapping_sentence(enum cr2_trace_mapping mapping);
const char *cr2_trace_page_name(enum cr2_trace_page_kind kind); /* "anon" */
const char *cr2_call_kind_name(enum cr2_call_kind kind); /* "fork" */
/* A system call by its number on x86-64, "mmap"; NULL: none that changes memory. */
const char *cr2_call_name(uint64_t number);
const char *cr2_coverage_mapping_name(enum cr2_coverage_mapping mapping);
const char *cr2_coverage_page_name(enum cr2_coverage_page page);
const char *cr2_coverage_page_sentence(enum cr2_coverage_page page);

const char *cr2_field_name(enum cr2_field field);

const char *cr2_widening_name(enum cr2_widening widening);
const char *cr2_widening_sentence(enum cr2_widening widening);

const char *cr2_mark_letter(enum cr2_mark mark); /* "w" */
const char *cr2_mark_sentence(enum cr2_mark mark);

const struct cr2_pattern_row *cr2_pattern_get(enum cr2_pattern pattern); /* NULL outside */

const char *cr2_force_name(enum cr2_force force);
const char *cr2_force_lesson(enum cr2_force force);
/* A litmus file whose first line is the lesson, and whose last one takes the fault. */
const char *cr2_force_scenario(enum cr2_force force);
const char *cr2_force_next(enum cr2_force force); /* what to try next */
int cr2_force_parse(const char *name);

const char *cr2_trait_name(enum cr2_trait trait);
const char *cr2_trait_scenario(enum cr2_trait trait); /* an expectation of it fails: the machine has it */
const char *cr2_trait_sentence(enum cr2_trait trait);
const char *cr2_trait_cause(enum cr2_trait trait);
int cr2_trait_parse(const char *name);

CR2_END_DECLS

#endif
