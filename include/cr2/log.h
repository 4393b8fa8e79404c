/* SPDX-License-Identifier: MIT */
/*
 * Crashes in a kernel log: finds the lines and reports that dmesg, the journal or syslog hold
 * of user programs' faults and of kernel page faults, puts each report together, and says
 * what happened. Text comes in as a stream, in pieces of any size; memory stays constant.
 *
 *     cr2_log_create(&config, &log);
 *     while (more text)
 *             cr2_log_feed(log, text, length);
 *     cr2_log_end(log);
 *     cr2_log_destroy(log);
 */
#ifndef CR2_LOG_H
#define CR2_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cr2/stage.h>
#include <cr2/symbol.h>
#include <cr2/tables.h>

CR2_BEGIN_DECLS

enum cr2_log_kind {
	CR2_LOG_SEGFAULT, /* "prog[1]: segfault at ...": a user page fault */
	CR2_LOG_TRAP, /* "traps: prog[1] general protection fault ip:...": another user exception */
	CR2_LOG_OOPS, /* a kernel report */
	CR2_LOG_TRACE, /* no crash: a page fault as a tracepoint or kmod/fault_trace.c prints it */
	CR2_LOG_KIND_COUNT,
};

enum cr2_log_pattern {
	CR2_LOG_PATTERN_NONE, /* nothing known fits */
#define X(id, name, sentence) CR2_LOG_PATTERN_##id,
#include <cr2/tables/log_pattern.def>
#undef X
	CR2_LOG_PATTERN_COUNT,
};

/* How sure a pattern or a finding is. */
enum cr2_log_certainty {
	CR2_LOG_CERTAIN, /* the report proves it */
	CR2_LOG_LIKELY,
	CR2_LOG_POSSIBLE,
	CR2_LOG_CERTAINTY_COUNT,
};

/* What the report tells besides: of the pointer's value, of page-table entries, of what is missing. */
enum cr2_log_finding_kind {
#define X(id, name, sentence) CR2_LOG_FINDING_##id,
#include <cr2/tables/log_finding.def>
#undef X
	CR2_LOG_FINDING_COUNT,
};

/* What was reported. */
enum cr2_log_cause {
#define X(id, name, label, trap) CR2_LOG_CAUSE_##id,
#include <cr2/tables/log_cause.def>
#undef X
	CR2_LOG_CAUSE_COUNT,
};

/* Who reported it. */
enum cr2_log_reporter {
#define X(id, name, label) CR2_LOG_REPORTER_##id,
#include <cr2/tables/log_reporter.def>
#undef X
	CR2_LOG_REPORTER_COUNT,
};

/*
 * One report: of a user's page fault or trap, of the kernel's, or a page fault in a trace. What
 * it says is asked for piece by piece, so that reports can grow; what the log does not hold, and
 * what could not be worked out, is not known. Texts end with the report.
 */
struct cr2_log_report;

enum cr2_log_kind cr2_log_report_kind(const struct cr2_log_report *report);
enum cr2_log_cause cr2_log_report_cause(const struct cr2_log_report *report);
enum cr2_log_pattern cr2_log_report_pattern(const struct cr2_log_report *report);
enum cr2_log_reporter cr2_log_report_reporter(const struct cr2_log_report *report);

/* Another pattern that would explain the report. */
struct cr2_log_alternative {
	enum cr2_log_pattern pattern;
	enum cr2_log_certainty certainty;
};
/* The i-th, likelier ones first; NULL: no more. */
const struct cr2_log_alternative *cr2_log_report_alternative(const struct cr2_log_report *report,
							     size_t i);

/* Members that the finding's sentence in log_finding.def does not name are 0. */
struct cr2_log_finding {
	enum cr2_log_finding_kind kind;
	enum cr2_log_certainty certainty;
	uint64_t value, other;
	int64_t offset;
	unsigned bit;
	enum cr2_level level;
	enum cr2_register other_register;
	const char *name, *meaning; /* static */
};
/* The i-th; NULL: no more. */
const struct cr2_log_finding *cr2_log_report_finding(const struct cr2_log_report *report, size_t i);

/* Numbers. */
enum cr2_log_value {
	CR2_LOG_VALUE_LINE, /* in the stream, from 1 */
	CR2_LOG_VALUE_LAST_LINE,
	CR2_LOG_VALUE_CODE_BITS, /* of the code at ip: 32 or 64 */
	CR2_LOG_VALUE_NUMBER, /* of the kernel's report since boot: [#1] */
	CR2_LOG_VALUE_PID,
	CR2_LOG_VALUE_CPU,
	CR2_LOG_VALUE_SIGNAL, /* that the program got, where the reporter names it */
	CR2_LOG_VALUE_SIGNAL_CODE, /* its si_code, an int64_t */
	/* The access */
	CR2_LOG_VALUE_ADDR,
	CR2_LOG_VALUE_ADDR_LOGGED, /* the log's, where the registers say that it was another one */
	CR2_LOG_VALUE_ACCESS, /* enum cr2_access */
	CR2_LOG_VALUE_PRESENT, /* 1: the page was; hidden where IS_ERROR_SANITISED */
	CR2_LOG_VALUE_ERROR,
	CR2_LOG_VALUE_IP,
	CR2_LOG_VALUE_SP,
	CR2_LOG_VALUE_RANGE_START, /* that KASAN names; its end inclusive */
	CR2_LOG_VALUE_RANGE_END,
	CR2_LOG_VALUE_SHADOW_ADDR, /* ADDR, where it is the shadow of RANGE */
	CR2_LOG_VALUE_SHADOW, /* KASAN's byte that forbids the access */
	/* What KASAN says that the address belongs to */
	CR2_LOG_VALUE_ALLOCATION_START,
	CR2_LOG_VALUE_ALLOCATION_SIZE,
	CR2_LOG_VALUE_ALLOCATED_BY, /* a task */
	CR2_LOG_VALUE_FREED_BY, /* the same */
	CR2_LOG_VALUE_VARIABLE_OFFSET, /* of the address in VARIABLE */
	CR2_LOG_VALUE_VARIABLE_SIZE,
	CR2_LOG_VALUE_FRAME_OFFSET, /* of the address in FRAME's */
	/* The program's file around ip */
	CR2_LOG_VALUE_OBJECT_START, /* where it is mapped */
	CR2_LOG_VALUE_OBJECT_LENGTH,
	CR2_LOG_VALUE_OBJECT_OFFSET, /* of ip, as the kernel counts it; unknown where ip is in no file */
	CR2_LOG_VALUE_MAPPING_OFFSET, /* of ip in the mapping; the same */
	CR2_LOG_VALUE_FILE_OFFSET, /* of ip in the file */
	/* The kernel's function around ip */
	CR2_LOG_VALUE_FUNCTION_OFFSET,
	CR2_LOG_VALUE_FUNCTION_SIZE,
	/* The operand that made the address, where it is one that fits alone */
	CR2_LOG_VALUE_OPERAND_ADDR, /* made of registers that the log prints */
	CR2_LOG_VALUE_SIZE, /* bytes accessed */
	CR2_LOG_VALUE_DISPLACEMENT, /* an int64_t */
	CR2_LOG_VALUE_BASE, /* enum cr2_register */
	CR2_LOG_VALUE_INDEX, /* the same */
	CR2_LOG_VALUE_REGISTER_VALUE, /* BASE's */
	CR2_LOG_VALUE_POINTER, /* what went wrong: the register's value where it made the address alone, or ADDR */
	CR2_LOG_VALUE_REFUSED_BY, /* the enum cr2_level whose entry refused the access */
	/* A call of handle_mm_fault() in a trace */
	CR2_LOG_VALUE_MAPPING_START,
	CR2_LOG_VALUE_MAPPING_END, /* exclusive */
	CR2_LOG_VALUE_FAULT_FLAGS, /* FAULT_FLAG_ */
	CR2_LOG_VALUE_RETURNED, /* vm_fault_t */
	CR2_LOG_VALUE_DURATION_NS,
	/* The kernel's stack whose guard page was hit */
	CR2_LOG_VALUE_STACK_START,
	CR2_LOG_VALUE_STACK_END, /* exclusive */
};
/* Whether it is known; *ret_value is written only then. */
bool cr2_log_report_value(const struct cr2_log_report *report, enum cr2_log_value which,
			  uint64_t *ret_value);

enum cr2_log_text {
	CR2_LOG_TEXT_WHEN, /* the line's timestamp, as printed */
	CR2_LOG_TEXT_WORDS, /* the kernel's, where the cause is OTHER */
	CR2_LOG_TEXT_COMM,
	CR2_LOG_TEXT_OBJECT, /* the program's file around ip; before Linux 6.0 perhaps the next one */
	CR2_LOG_TEXT_INSTRUCTION, /* "mov eax, dword ptr [rax + 0x18]" */
	CR2_LOG_TEXT_OPERAND, /* "[rax + 0x18]" */
	CR2_LOG_TEXT_FUNCTION, /* of the kernel; of the program where a reporter names it */
	CR2_LOG_TEXT_MODULE,
	CR2_LOG_TEXT_BUILD_ID, /* the module's */
	CR2_LOG_TEXT_CACHE, /* the slab cache that the address belongs to */
	CR2_LOG_TEXT_VARIABLE, /* the kernel's variable that it belongs to */
	CR2_LOG_TEXT_FRAME, /* the function in whose frame on the stack it is */
	CR2_LOG_TEXT_KERNEL, /* its release */
	CR2_LOG_TEXT_TAINT, /* "G           OE", or "Not tainted" */
};
/* NULL: not known. */
const char *cr2_log_report_text(const struct cr2_log_report *report, enum cr2_log_text which);

enum cr2_log_fact {
	CR2_LOG_IS_USER, /* the access was made in user mode */
	CR2_LOG_IS_USER_CODE, /* ip is a program's; not IS_USER: the CPU made the access by itself */
	CR2_LOG_IS_ADDR_INFERRED, /* the log has no ADDR: it is the operand's, or ip of a fetch */
	CR2_LOG_IS_ERROR_SANITISED, /* the kernel set P: what it maps there is none of the user's business */
	CR2_LOG_IS_CODE_UNREADABLE, /* the kernel could not read the bytes at ip */
	CR2_LOG_IS_INSTRUCTION_FROM_FILE, /* read from the file at hand, not printed in the log */
	CR2_LOG_IS_REGISTER_INFERRED, /* REGISTER_VALUE is worked out: the address minus the displacement */
	CR2_LOG_IS_PATTERN_LIKELY, /* not certain: the log does not hold all that would prove it */
	CR2_LOG_IS_ENTRIES_BAD, /* the kernel could not read the next page table */
	CR2_LOG_IS_TAINTED,
	CR2_LOG_IS_STACK_OVERRUN, /* the kernel found the end of its stack overwritten */
	CR2_LOG_IS_INTERLEAVED, /* with another report: lines that may be either's are left out */
	CR2_LOG_IS_TRUNCATED, /* the log ended, or another report began, before this one's end */
};
bool cr2_log_report_is(const struct cr2_log_report *report, enum cr2_log_fact which);

/* A register as the log prints it. */
bool cr2_log_report_register(const struct cr2_log_report *report, enum cr2_register which,
			     uint64_t *ret_value);
/* The entry of the page tables at this level, as the log prints it. */
bool cr2_log_report_entry(const struct cr2_log_report *report, enum cr2_level level,
			  uint64_t *ret_entry);
/* The instruction's bytes; NULL: not known. */
const uint8_t *cr2_log_report_bytes(const struct cr2_log_report *report, size_t *ret_n);
/* Where ip is in the files at hand; never NULL. */
const struct cr2_symbol_place *cr2_log_report_place(const struct cr2_log_report *report);

/* A line of source that the log itself names: scripts/decode_stacktrace.sh has been over it. */
struct cr2_log_source {
	char function[64]; /* empty: not named, or the report's FUNCTION */
	char file[128];
	uint32_t line; /* 0: not known */
	uint32_t discriminator; /* which of the line's blocks; 0: not named */
};
/* Of ip; the i-th of those that are inlined into each other, innermost first. NULL: no more. */
const struct cr2_log_source *cr2_log_report_source(const struct cr2_log_report *report, size_t i);

/* An entry of the kernel's call trace. */
struct cr2_log_call {
	char function[128]; /* empty: not known */
	char module[64]; /* empty: the kernel itself, or not known */
	char stack[16]; /* that it was on: "IRQ", "NMI", "TASK"; empty: not said */
	bool reliable; /* false: found on the stack, perhaps left over from earlier; the kernel says "?" */
	bool inlined; /* its code is in the next entry's function */
	bool has_offset, has_address;
	uint64_t offset, size; /* of the place in the function, and the function's */
	uint64_t address;
	/* The line that made the call: what the log says, else what the file at hand says. */
	char file[256]; /* empty: not known */
	uint32_t line;
};
/* Whose calls: of the crash, or of what KASAN knows of the object. */
enum cr2_log_stack {
	CR2_LOG_STACK_CRASH,
	CR2_LOG_STACK_ALLOCATED, /* who allocated it, */
	CR2_LOG_STACK_FREED, /* freed it, */
	CR2_LOG_STACK_QUEUED, /* or last queued work, or a callback, that has to do with it */
	CR2_LOG_STACK_COUNT,
};
/* The i-th, the innermost first. NULL: no more. */
const struct cr2_log_call *cr2_log_report_call(const struct cr2_log_report *report,
					       enum cr2_log_stack which, size_t i);

/* A variable in the frame that the address is in, as KASAN names them. */
struct cr2_log_variable {
	uint64_t start, end; /* in the frame; end exclusive */
	char name[64];
};
const struct cr2_log_variable *cr2_log_report_variable(const struct cr2_log_report *report, size_t i);

/* A line of KASAN's shadow around the address: a byte stands for 8. */
struct cr2_log_shadow_row {
	uint64_t address;
	uint8_t n, bytes[16];
};
const struct cr2_log_shadow_row *cr2_log_report_shadow(const struct cr2_log_report *report, size_t i);

/* Names are static strings; NULL outside the table and for CR2_LOG_PATTERN_NONE. */
const char *cr2_log_kind_name(enum cr2_log_kind kind);
const char *cr2_log_cause_name(enum cr2_log_cause cause); /* "general_protection" */
const char *cr2_log_cause_label(enum cr2_log_cause cause); /* "general protection fault" */
const char *cr2_log_reporter_name(enum cr2_log_reporter reporter); /* "asan" */
const char *cr2_log_reporter_label(enum cr2_log_reporter reporter); /* "AddressSanitizer" */
const char *cr2_log_signal_code_name(uint64_t signal, int64_t code); /* "SEGV_MAPERR" */
const char *cr2_log_pattern_name(enum cr2_log_pattern pattern);
const char *cr2_log_pattern_sentence(enum cr2_log_pattern pattern);
const char *cr2_log_certainty_name(enum cr2_log_certainty certainty); /* "certain" */
const char *cr2_log_finding_name(enum cr2_log_finding_kind kind);
const char *cr2_log_finding_sentence(enum cr2_log_finding_kind kind); /* with its braces */

/* A value with which Linux marks memory; NULL: the address is near none. Static. */
struct cr2_poison {
	uint64_t value, reach;
	const char *name, *meaning;
};
const struct cr2_poison *cr2_poison_find(uint64_t address);
const struct cr2_poison *cr2_poison_find_narrow(uint32_t address); /* of a 32-bit kernel */

/* What a byte of KASAN's shadow says of its 8 bytes; NULL: no more than its number. Static. */
const char *cr2_kasan_shadow_meaning(uint8_t shadow);

/* A nonzero return of any of them ends feed() with it. */
typedef int cr2_log_report_fn(void *data, const struct cr2_log_report *report);
typedef int cr2_log_text_fn(void *data, const char *text, size_t length);
typedef int cr2_log_unread_fn(void *data, uint64_t line);

struct cr2_log_config {
	size_t size; /* of this struct, as the caller was compiled */
	cr2_log_report_fn *report;
	/*
	 * Where all text goes on to, in order, each report after the line that completed it;
	 * NULL: nowhere.
	 */
	cr2_log_text_fn *text;
	void *data; /* of all three */
	/* Files or directories in which to look for the programs that crashed, before the usual places. */
	const char *const *paths;
	size_t n_paths;
	bool no_symbols; /* look for no files at all */
	/* What looks like a crash but could not be read: the line, from 1; one of each place. NULL: nowhere. */
	cr2_log_unread_fn *unread;
};

struct cr2_log;
/* Returns 0, -ENOMEM, or -EINVAL: the config has no size. */
int cr2_log_create(const struct cr2_log_config *config, struct cr2_log **ret_log);
/* Returns 0, -ENOMEM, or what a callback returned. */
int cr2_log_feed(struct cr2_log *log, const char *text, size_t length);
/* No text came for a while: reports that wait for a line that may never come are given out now. */
int cr2_log_idle(struct cr2_log *log);
/* The text ends: gives out what is still open. feed() may then begin another text. */
int cr2_log_end(struct cr2_log *log);
void cr2_log_destroy(struct cr2_log *log); /* NULL is fine */

struct cr2_log_stats {
	size_t size; /* of this struct, as the caller was compiled */
	uint64_t bytes, lines, reports;
	uint64_t suppressed; /* lines of crashes that the kernel's rate limit dropped, as it says */
	uint64_t unread; /* places that look like a crash but could not be read */
	uint64_t faultless; /* reports of AddressSanitizer and its like about memory that is there: no faults */
	uint64_t cut; /* lines that were too long to be kept, and read only as far as they were */
};
/* Returns 0, or -EINVAL: ret_stats has no size. What the library does not know yet is 0. */
int cr2_log_get_stats(const struct cr2_log *log, struct cr2_log_stats *ret_stats);

CR2_END_DECLS

#endif
