/* SPDX-License-Identifier: MIT */
/*
 * One page fault made on purpose on the running kernel, as the tracepoints, the signal frame,
 * getrusage(2) and /proc saw it. cr2_force_run() of <cr2/litmus.h> makes it.
 */
#ifndef CR2_FORCE_H
#define CR2_FORCE_H

#include <cr2/record.h>

CR2_BEGIN_DECLS

/* A page of a process as /proc/PID/maps, pagemap, kpageflags and kpagecount tell it. */
struct cr2_force_page {
	bool mapped; /* the next three: */
	uint64_t start, end; /* of its mapping */
	uint8_t prot; /* CR2_PROT_ */
	bool shared;
	enum cr2_page_kind kind; /* known where report.traced */
	uint64_t entry; /* of pagemap */
	uint64_t frame; /* CR2_NO_FRAME: none, or it may not be read; else the next two: */
	uint64_t flags; /* kpageflags */
	uint64_t maps; /* kpagecount: how often it is mapped */
	uint64_t present; /* pages of the mapping that are in memory */
};

/* What the kernel pushed on the signal stack, and said in siginfo. */
struct cr2_force_signal {
	int number, code; /* number 0: there was none */
	uint64_t fault_address; /* si_addr */
	uint64_t trap, error_code, cr2, ip;
};

struct cr2_force_report {
	enum cr2_force force;
	/* the access */
	char process[16];
	char at[64]; /* M@K, or 0x... */
	enum cr2_op_kind op;
	uint64_t address;
	enum cr2_result result;
	uint64_t minor, major; /* what getrusage(2) counted across it */
	struct cr2_force_signal signal;
	/* Tracepoints and page frames. Without the privileges for them: */
	bool traced; /* false, and what follows is not known */
	unsigned exceptions; /* page faults of the process during the access, wherever they hit */
	unsigned n_faults; /* those that the access's page took */
	struct cr2_fault fault; /* the first of these */
	struct cr2_force_page before, after; /* without privileges: no frames */
	uint64_t old_frame_maps; /* of before.frame, after the access */
	char *expected, *seen; /* where the fault is not what it should be; else NULL */
	char *reason; /* why it could not be made, or not be traced, in one line; else NULL */
};
void cr2_force_report_finish(struct cr2_force_report *report);

/* The error code of the tracepoint beside that of the signal frame. */
enum cr2_force_agreement {
	CR2_FORCE_ONE_CODE, /* there is only one of them */
	CR2_FORCE_SAME,
	CR2_FORCE_HIDDEN, /* the kernel sets P for addresses that are not user space's */
	CR2_FORCE_DIFFERENT,
};
enum cr2_force_agreement cr2_force_agreement(const struct cr2_force_report *report);

/* Was there exactly one fault, the one that should be, and do all witnesses agree? */
bool cr2_force_holds(const struct cr2_force_report *report);

CR2_END_DECLS

#endif
