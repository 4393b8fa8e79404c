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

/* Which members of a report the log printed, or could be worked out. */
enum {
	CR2_LOG_HAS_PID = 1 << 0,
	CR2_LOG_HAS_ADDR = 1 << 1,
	CR2_LOG_HAS_IP = 1 << 2,
	CR2_LOG_HAS_SP = 1 << 3,
	CR2_LOG_HAS_ERROR = 1 << 4,
	CR2_LOG_HAS_OBJECT = 1 << 5, /* object, object_start, object_length */
	CR2_LOG_HAS_FILE_OFFSET = 1 << 6,
	CR2_LOG_HAS_CPU = 1 << 7,
	CR2_LOG_HAS_FUNCTION = 1 << 8, /* function, function_offset, function_size */
	CR2_LOG_HAS_FS = 1 << 9,
	CR2_LOG_HAS_GS = 1 << 10,
	CR2_LOG_HAS_ACCESS = 1 << 11, /* access: from the error code, or #PF lines */
	CR2_LOG_HAS_RANGE = 1 << 12, /* range_start, range_end */
	CR2_LOG_HAS_CR4 = 1 << 13,
	CR2_LOG_HAS_MAPPING = 1 << 14, /* mapping_start, mapping_end */
	CR2_LOG_HAS_FAULT_FLAGS = 1 << 15,
	CR2_LOG_HAS_RETURN = 1 << 16, /* returned, duration_ns */
};

#define CR2_LOG_CODE_MAX 64

/* The instruction at ip, from the Code: bytes, or from the file at hand. */
struct cr2_log_insn {
	char text[200]; /* "mov eax, dword ptr [rax + 0x18]"; empty: not known */
	uint8_t bytes[16];
	uint8_t length;
	bool from_file; /* read from the object file, not printed in the log */
	/* The operand that made the address; empty: none, or not one alone that fits. */
	char operand[80]; /* "[rax + 0x18]" */
	int base, index; /* enum cr2_register, or -1 */
	uint8_t scale;
	int64_t displacement;
	uint16_t size; /* bytes accessed */
	bool has_address; /* computed from registers that the log prints */
	uint64_t address;
	bool has_base_value;
	bool base_inferred; /* not printed, but worked out: base = addr - displacement */
	uint64_t base_value;
};

struct cr2_log_report {
	enum cr2_log_kind kind;
	uint32_t has; /* CR2_LOG_HAS_ bits */
	uint64_t line, last_line; /* in the stream, from 1 */
	char when[40]; /* the line's own timestamp, as printed */
	char what[96]; /* the kernel's own words: "segfault", "trap invalid opcode" */
	char comm[64];
	uint32_t pid;
	uint32_t cpu;
	uint64_t addr, ip, sp, error;
	bool addr_corrected; /* the log names addr_logged; the registers say otherwise */
	uint64_t addr_logged;
	bool error_sanitised; /* the kernel set P in error: the address is not the user's */
	bool fetch, write; /* the access (HAS_ACCESS) */
	bool user; /* the mode of the access */
	bool in_user_code; /* where ip was; differs from user for system accesses */

	char object[256];
	uint64_t object_start, object_length, file_offset;
	bool offset_printed; /* file_offset stands in the log; else worked out from the file at hand */

	uint8_t code[CR2_LOG_CODE_MAX];
	uint8_t code_length;
	uint8_t code_ip; /* index of the byte that was in <> */
	bool code_unreadable; /* "Unable to access opcode bytes", "Bad RIP value" */

	uint32_t registers_known; /* 1 << enum cr2_register */
	uint64_t registers[CR2_REGISTER_COUNT];
	uint64_t fs, gs; /* bases */
	uint64_t cr4;
	uint8_t entries_known; /* 1 << enum cr2_level */
	uint64_t entries[CR2_LEVELS_MAX + 1]; /* by enum cr2_level */
	int refused; /* the enum cr2_level whose entry refused the access, or 0 */
	bool entries_bad; /* the kernel could not read on ("BAD") */
	char function[128];
	uint64_t function_offset, function_size;
	char module[64];
	char release[80]; /* of the kernel */
	char taint[64]; /* "G           OE", or "Not tainted" */
	uint32_t number; /* of the oops since boot: [#1] */
	bool guard_page; /* "stack guard page was hit" */
	uint64_t stack_start, stack_end; /* as that line prints them */
	uint64_t range_start, range_end; /* of a KASAN line */
	/* Of a line of fault_trace: the call of handle_mm_fault(), and what it gave. */
	uint64_t mapping_start, mapping_end; /* end exclusive */
	uint64_t fault_flags; /* FAULT_FLAG_ */
	uint64_t returned; /* vm_fault_t */
	uint64_t duration_ns;
	bool interleaved; /* with another report: lines that may be either's are left out */
	bool truncated; /* the log ended, or another report began, before this one's end */

	/* What it comes to. */
	enum cr2_log_pattern pattern;
	bool pattern_likely; /* not certain: the log does not hold all that would prove it */
	struct cr2_log_insn insn;
	struct cr2_symbol_place place;
};

/* Names are static strings; NULL outside the table and for CR2_LOG_PATTERN_NONE. */
const char *cr2_log_kind_name(enum cr2_log_kind kind);
const char *cr2_log_pattern_name(enum cr2_log_pattern pattern);
const char *cr2_log_pattern_sentence(enum cr2_log_pattern pattern);

/* A value with which Linux marks memory; NULL: the address is near none. Static. */
struct cr2_poison {
	uint64_t value, reach;
	const char *name, *meaning;
};
const struct cr2_poison *cr2_poison_find(uint64_t address);

/* A nonzero return of either ends feed() with it. */
typedef int cr2_log_report_fn(void *data, const struct cr2_log_report *report);
typedef int cr2_log_text_fn(void *data, const char *text, size_t length);

struct cr2_log_config {
	size_t size; /* of this struct, as the caller was compiled */
	cr2_log_report_fn *report;
	/*
	 * Where all text goes on to, in order, each report after the line that completed it;
	 * NULL: nowhere.
	 */
	cr2_log_text_fn *text;
	void *data; /* of both */
	/* Files or directories in which to look for the programs that crashed, before the usual places. */
	const char *const *paths;
	size_t n_paths;
	bool no_symbols; /* look for no files at all */
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
	uint64_t bytes, lines, reports;
	uint64_t suppressed; /* lines of crashes that the kernel's rate limit dropped, as it says */
};
void cr2_log_get_stats(const struct cr2_log *log, struct cr2_log_stats *ret_stats);

CR2_END_DECLS

#endif
