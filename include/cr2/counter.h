/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a kernel module that counts page faults by process, when it is judged (cr2/guest_counter.h). The
 * module makes /proc/fault_counter, which has a line "PID COUNT" for each process (more words may follow; lines that
 * begin otherwise are passed over).
 */
#ifndef CR2_COUNTER_H
#define CR2_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include <cr2/base.h>

CR2_BEGIN_DECLS

/* src/tables/counter_case.def has the rows. */
enum cr2_counter_case {
#define X(id, name, deed, hint) CR2_COUNTER_##id,
#include <cr2/tables/counter_case.def>
#undef X
	CR2_COUNTER_CASES,
};
const char *cr2_counter_case_name(enum cr2_counter_case c);
const char *cr2_counter_case_deed(enum cr2_counter_case c);
const char *cr2_counter_case_hint(enum cr2_counter_case c);

/* How far it came. */
enum cr2_counter_end {
	CR2_COUNTER_DONE, /* all cases were tried, the module was unloaded */
	CR2_COUNTER_NOT_BUILT, /* console is what the compiler says first */
	CR2_COUNTER_NOT_LOADED,
	CR2_COUNTER_NO_FILE, /* /proc/fault_counter is not there, or cannot be read */
	CR2_COUNTER_NOT_UNLOADED, /* or its file stayed */
	CR2_COUNTER_LOST, /* the guest crashed: console says how */
	CR2_COUNTER_TIME_OUT, /* it said nothing any more, or took too long */
};

struct cr2_counter_report {
	enum cr2_counter_end end;
	int error; /* of NOT_LOADED, NO_FILE, NOT_UNLOADED: an errno */
	struct cr2_counter_seen {
		bool done, listed; /* listed: the file had a line of the process */
		uint64_t expected, seen;
	} cases[CR2_COUNTER_CASES];
	struct cr2_text console; /* the guest's, its last 64 KiB */
};

bool cr2_counter_report_ok(const struct cr2_counter_report *report);
void cr2_counter_report_finish(struct cr2_counter_report *report);

CR2_END_DECLS

#endif
