/* SPDX-License-Identifier: MIT */
/*
 * Crashes that others than the Linux kernel report: a program's own runtime, a debugger, another
 * kernel. Each reporter is a file, reporter_*.c, with two functions: one that knows its first
 * line, and one that reads those that follow.
 */
#ifndef LOG_REPORTER_H
#define LOG_REPORTER_H

#include "head.h"
#include "recognise.h"

/* Numbers of Linux on x86: those that a fault sends, and codes that the verdict depends on. */
enum {
	LOG_SIGNAL_ILL = 4, LOG_SIGNAL_BUS = 7, LOG_SIGNAL_FPE = 8, LOG_SIGNAL_SEGV = 11,
	LOG_SIGNAL_CODE_ACCERR = 2, LOG_SIGNAL_CODE_PKUERR = 4, LOG_SIGNAL_CODE_KERNEL = 0x80,
};

enum log_reporter_step {
	LOG_REPORTER_OTHER, /* not a line of the report, or one that tells nothing */
	LOG_REPORTER_TAKEN, /* its facts are in the report now */
	LOG_REPORTER_ENDS, /* the report's last line */
	LOG_REPORTER_DROPS, /* what began is no crash by a memory access or an instruction */
};

/* Where a report stands; of which reporter each member is says its file. */
struct log_reporter_state {
	size_t family; /* whose functions read it */
	struct log_shape shape; /* of what stands before each line */
	bool frame; /* the function that crashed is known, or its stack is over */
	bool waits; /* the next line decides, or holds what the last announced */
	bool registers; /* those that follow are the crash's */
	unsigned n; /* lines of a stack */
	uint8_t before[48], n_before; /* code before ip, whose own byte is still to come */
	uint64_t code_at; /* the address of the first byte of before, or of the report's code */
};

/*
 * Does a report begin in message? *ret_at: where its own text does, which a head of unknown form
 * may stand before.
 */
bool log_reporter_begins(struct log_span message, struct cr2_log_report *ret_report,
			 struct log_reporter_state *ret_state);
enum log_reporter_step log_reporter_line(struct cr2_log_report *report,
					 struct log_reporter_state *state, struct log_span message);
/* All lines were read: from the signal and its code to what the verdict is made from. */
void log_reporter_complete(struct cr2_log_report *report);
/* The operand of an instruction that is known as text only, as gdb and ddb print it. */
void log_reporter_operand(struct cr2_log_report *report);

/* One reporter's pair. */
#define LOG_REPORTER(name) \
	bool log_##name##_begins(struct log_span message, const char **ret_at, \
				 struct cr2_log_report *report, struct log_reporter_state *state); \
	enum log_reporter_step log_##name##_line(struct log_span message, \
						 struct cr2_log_report *report, \
						 struct log_reporter_state *state)
/* Is it the first line of a report about something else than a fault, as a use after free? */
bool log_sanitizer_is_faultless(struct log_span message);
LOG_REPORTER(sanitizer);
LOG_REPORTER(go);
LOG_REPORTER(java);
LOG_REPORTER(rust);
LOG_REPORTER(node);
LOG_REPORTER(gdb);
LOG_REPORTER(lldb);
LOG_REPORTER(android);
LOG_REPORTER(coredump);
LOG_REPORTER(freebsd);
LOG_REPORTER(edk2);

/* reporter_read.c: what several of them print alike. All but the first write only what is told. */

/* Behind the first literal in message. */
bool log_behind(struct log_span message, const char *literal, struct log_span *ret_rest);
void log_set_ip(struct cr2_log_report *report, uint64_t ip);
void log_set_register(struct cr2_log_report *report, int reg, uint64_t value);
void log_set_pid(struct cr2_log_report *report, uint64_t pid);
void log_set_access(struct cr2_log_report *report, bool write, bool fetch);
/* "rax 0x1", "RAX=0x1, RBX=0x2", "rdi: 1 rsi: 2", "RAX  - 1, RCX - 2"; whether any was there. */
bool log_take_registers(struct log_span message, struct cr2_log_report *report);
/* "si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x18", and with "=". */
bool log_take_siginfo(struct log_span message, struct cr2_log_report *report);
/* "SIGSEGV" at span's start, moved behind; 0: none that a fault sends. */
unsigned log_take_signal(struct log_span *span);
/* "/src/a.c:5:71": file and line. */
bool log_take_source(struct log_span word, struct cr2_log_report *report);
/* "8b 47 18 c3", of code at ip. */
bool log_take_code(struct log_span rest, struct cr2_log_report *report);
void log_set_function(struct cr2_log_report *report, struct log_span name);
/* "f+0x27", "f + 36", "f"; "+36" of the function that was named. */
void log_set_function_at(struct cr2_log_report *report, struct log_span place);
/* " <f+4>" behind the address of the instruction that crashed. */
void log_take_place(struct log_span rest, struct cr2_log_report *report);
void log_set_instruction(struct cr2_log_report *report, struct log_span text);

#endif
