/* SPDX-License-Identifier: MIT */
/* A report from the inside: what its lines said, and what it comes to. */
#ifndef LOG_REPORT_H
#define LOG_REPORT_H

#include <cr2/log.h>

#include "calls.h"

/* Which members of a report the log printed, or could be worked out. */
enum {
	LOG_HAS_PID = 1 << 0,
	LOG_HAS_ADDR = 1 << 1,
	LOG_HAS_IP = 1 << 2,
	LOG_HAS_SP = 1 << 3,
	LOG_HAS_ERROR = 1 << 4,
	LOG_HAS_OBJECT = 1 << 5, /* object, object_start, object_length */
	LOG_HAS_FILE_OFFSET = 1 << 6,
	LOG_HAS_CPU = 1 << 7,
	LOG_HAS_FUNCTION = 1 << 8,
	LOG_HAS_FS = 1 << 9,
	LOG_HAS_GS = 1 << 10,
	LOG_HAS_ACCESS = 1 << 11, /* access: from the error code, or #PF lines */
	LOG_HAS_RANGE = 1 << 12, /* range_start, range_end */
	LOG_HAS_CR4 = 1 << 13,
	LOG_HAS_MAPPING = 1 << 14, /* mapping_start, mapping_end */
	LOG_HAS_FAULT_FLAGS = 1 << 15,
	LOG_HAS_RETURN = 1 << 16, /* returned, duration_ns */
	LOG_HAS_FUNCTION_OFFSET = 1 << 17,
	LOG_HAS_SIGNAL_CODE = 1 << 18,
	LOG_HAS_SHADOW = 1 << 19,
	LOG_HAS_SHADOW_ADDR = 1 << 20,
	LOG_HAS_FRAME_OFFSET = 1 << 21,
	LOG_HAS_FUNCTION_SIZE = 1 << 22,
	LOG_HAS_CR2 = 1 << 23,
	LOG_HAS_STACK = 1 << 24, /* stack_start, stack_end */
};

#define LOG_CODE_MAX 64
#define LOG_SOURCES_MAX 8 /* functions inlined into each other; GCC's are rarely deeper */
#define LOG_ALTERNATIVES_MAX 4
#define LOG_SHADOW_MAX 5 /* lines that KASAN prints: two before that of the address, two behind it */
#define LOG_FINDINGS_MAX (CR2_LOG_FINDING_COUNT + CR2_LEVELS_MAX) /* RESERVED_BITS is of a level each */

struct insn_decoder;

/* What KASAN says that the address belongs to. */
struct log_allocation {
	bool known, allocated, freed; /* start and size; allocated_by; freed_by */
	uint64_t start, size;
	char cache[64];
	uint32_t allocated_by, freed_by; /* tasks */
};

/* The variables of a frame on the stack. */
struct log_variables {
	size_t n, capacity;
	struct cr2_log_variable *items; /* owned */
};

/* The instruction at ip, from the Code: bytes, or from the file at hand. */
struct log_insn {
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
	enum cr2_log_cause cause;
	enum cr2_log_reporter reporter;
	unsigned signal; /* that the program got, as a reporter names it; 0: not told */
	int signal_code; /* si_code */
	uint32_t has; /* LOG_HAS_ bits */
	uint64_t line, last_line; /* in the stream, from 1 */
	char when[40]; /* the line's own timestamp, as printed */
	char words[64]; /* the kernel's, where the cause is OTHER */
	char comm[64];
	uint32_t pid;
	uint32_t cpu;
	uint8_t kernel_bits, code_bits; /* 32, 64; 0: nothing says it */
	uint64_t addr, ip, sp, error;
	bool addr_cut; /* addr has fewer digits than a 64-bit kernel prints */
	bool addr_inferred; /* the log has none: it is the operand's, or ip of a fetch */
	bool addr_corrected; /* the log names addr_logged; the registers say otherwise */
	uint64_t addr_logged;
	bool error_sanitised; /* the kernel set P in error: the address is not the user's */
	bool fetch, write; /* the access (HAS_ACCESS) */
	bool user; /* the mode of the access */
	bool in_user_code; /* where ip was; differs from user for system accesses */

	char object[256];
	uint64_t object_start, object_length, file_offset;
	bool object_cut; /* the line ends where it names the object */
	bool offset_printed; /* file_offset stands in the log; else worked out from the file at hand */

	uint8_t code[LOG_CODE_MAX];
	uint8_t code_length;
	uint8_t code_ip; /* index of the byte that was in <> */
	bool code_unreadable; /* "Unable to access opcode bytes", "Bad RIP value" */

	uint32_t registers_known; /* 1 << enum cr2_register */
	uint64_t registers[CR2_REGISTER_COUNT];
	uint64_t fs, gs; /* bases */
	uint64_t cr2; /* of a double fault, which has no address of its own */
	uint64_t stack_start, stack_end; /* whose guard page was hit; end exclusive */
	uint64_t cr4;
	uint8_t entries_known; /* 1 << enum cr2_level */
	uint64_t entries[CR2_LEVELS_MAX + 1]; /* by enum cr2_level */
	int refused; /* the enum cr2_level whose entry refused the access, or 0 */
	bool entries_bad; /* the kernel could not read on ("BAD") */
	char function[128];
	uint64_t function_offset, function_size;
	char module[64];
	char build_id[48]; /* of the module */
	uint8_t n_sources;
	struct cr2_log_source sources[LOG_SOURCES_MAX]; /* of ip, innermost first, as the log names them */
	char release[80]; /* of the kernel */
	char taint[64]; /* "G           OE", or "Not tainted" */
	bool tainted;
	bool stack_overrun; /* the kernel found the end of its stack overwritten */
	uint32_t number; /* of the oops since boot: [#1] */
	uint64_t range_start, range_end; /* of a KASAN line, or turned back from shadow_addr */
	bool kasan; /* the kernel has KASAN */
	uint64_t shadow_addr;
	uint8_t shadow; /* the byte that forbids the access */
	uint32_t access_size; /* bytes; 0: not printed */
	struct log_allocation allocation;
	bool variable_next; /* the line at hand says that the next one names it */
	char variable[128];
	uint64_t variable_offset, variable_size;
	bool frame_next; /* as variable_next */
	char frame[128];
	uint64_t frame_offset;
	struct log_variables variables; /* owned: log_report_finish() */
	uint8_t n_shadow_rows;
	struct cr2_log_shadow_row shadow_rows[LOG_SHADOW_MAX];
	/* Of a line of fault_trace: the call of handle_mm_fault(), and what it gave. */
	uint64_t mapping_start, mapping_end; /* end exclusive */
	uint64_t fault_flags; /* FAULT_FLAG_ */
	uint64_t returned; /* vm_fault_t */
	uint64_t duration_ns;
	enum cr2_log_stack stack; /* whose calls the lines at hand are */
	struct log_calls calls[CR2_LOG_STACK_COUNT]; /* owned: log_report_finish() */
	bool interleaved; /* with another report: lines that may be either's are left out */
	bool truncated; /* the log ended, or another report began, before this one's end */

	/* The log's, while the report is told: to read more of the code than what crashed; or NULL. */
	const struct insn_decoder *decoder;

	/* What it comes to. */
	enum cr2_log_pattern pattern;
	bool pattern_likely; /* not certain: the log does not hold all that would prove it */
	uint8_t n_alternatives, n_findings;
	struct cr2_log_alternative alternatives[LOG_ALTERNATIVES_MAX];
	struct cr2_log_finding findings[LOG_FINDINGS_MAX];
	struct log_insn insn;
	struct cr2_symbol_place place;
};

static inline bool log_has(const struct cr2_log_report *report, uint32_t what)
{
	return (report->has & what) == what;
}

void log_report_finish(struct cr2_log_report *report);

#endif
