/* SPDX-License-Identifier: MIT */
/* The lines of a crash, recognised one by one. */
#ifndef LOG_RECOGNISE_H
#define LOG_RECOGNISE_H

#include "line.h"
#include "report.h"

/* user.c: a user program's crash is one line, and perhaps a Code: line. */
bool log_user_begins(struct log_span message, struct cr2_log_report *ret_report);
/* What its words say, where the cause is VSYSCALL. */
enum cr2_log_pattern log_vsyscall_pattern(const struct cr2_log_report *report);

/* trace.c: a line is a page fault. */
bool log_trace_line(struct log_span message, struct cr2_log_report *ret_report);

/* What the kernel prints between two bytes of opcode; shared by both kinds. */
struct log_code {
	uint8_t bytes[LOG_CODE_MAX];
	uint8_t length, ip; /* ip: index of the byte in <> */
	bool unreadable;
};
/* "Code: 48 8b <0f> ...": false when the message is no such line of an x86 CPU. */
bool log_code_parse(struct log_span message, struct log_code *ret_code);

/* oops.c: a kernel report is many lines. */
enum log_oops_step {
	LOG_OOPS_OTHER, /* not a line of an oops, or one that tells nothing */
	LOG_OOPS_TAKEN, /* its facts are in the report now */
	LOG_OOPS_ENDS, /* the report's last line */
};
/* foreign.c: another report in the midst of this one. */
struct log_foreign {
	bool within; /* it has begun */
	const char *ends; /* what its last line begins with; NULL: it has none */
};
/* Whether message begins or ends one. */
bool log_foreign_line(struct log_foreign *foreign, struct log_span message);

/* Does it begin with what a line of an oops does, and no other line? */
bool log_oops_is_titled(struct log_span message);

/* A line of "=" around a sanitiser's report: not what a script underlines with. */
bool log_is_rule(struct log_span message);

struct log_oops_state {
	bool died; /* the "Oops: 0002 [#1]" line was seen */
	bool trace; /* in the call trace: registers are no longer the fault's */
	bool user_rip; /* the last RIP line was a user one */
	struct log_foreign foreign;
};
/* Do its first words stand at message's start? Asked at every place of a line: it costs little. */
bool log_oops_starts(struct log_span message);
bool log_oops_begins(struct log_span message, struct cr2_log_report *ret_report,
		     struct log_oops_state *ret_state);
/* Could the message belong to the open report, which it would otherwise begin anew? */
bool log_oops_continues(const struct cr2_log_report *report, const struct log_oops_state *state,
			struct log_span message);
/* Is it the report's last line, whatever else stands in the report? */
bool log_oops_ends(const struct cr2_log_report *report, struct log_span message);
enum log_oops_step log_oops_line(struct cr2_log_report *report, struct log_oops_state *state,
				 struct log_span message);
/* registers.c */
void log_set_address(struct cr2_log_report *report, uint64_t addr); /* the first one stays */
void log_set_bits(struct cr2_log_report *report, unsigned bits); /* 32 or 64 */
/* Whether the message is a line of registers; their values are in the report then. */
bool log_registers_line(struct log_span message, struct cr2_log_report *report);

/* function.c: "func+0xbf/0x220 [module]" and what decodes it. */
bool log_take_function(struct log_span rest, struct cr2_log_report *report);

/* kasan.c: "BUG: KASAN: ..." and its lines. */
bool log_kasan_begins(struct log_span message, struct cr2_log_report *report);
bool log_kasan_line(struct log_span message, struct cr2_log_report *report);
/* "[32, 42) 'x'" of a frame's variables. Returns 0 or -ENOMEM. */
int log_kasan_variable(struct log_span message, struct log_variables *variables, bool *ret_taken);
/* Gives the range that a shadow's address stands for. */
void log_kasan_turn_back(struct cr2_log_report *report);
/* What its words say; NONE: nothing that the address does not. */
enum cr2_log_pattern log_kasan_pattern(const struct cr2_log_report *report);

/* verdict.c: access, operand, pattern, from what was collected. */
struct insn_decoder;
struct symbols;
void log_verdict(struct cr2_log_report *report, const struct insn_decoder *decoder,
		 struct symbols *symbols); /* NULL: no files are looked for */
/* operand.c: could code be that of the report's instruction? */
bool log_code_fits(const struct cr2_log_report *report, const struct insn_decoder *decoder,
		   const struct log_code *code);

#endif
