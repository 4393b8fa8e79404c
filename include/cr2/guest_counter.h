/* SPDX-License-Identifier: MIT */
/* A learner's kernel module that counts page faults by process (cr2/counter.h), judged in a guest. */
#ifndef CR2_GUEST_COUNTER_H
#define CR2_GUEST_COUNTER_H

#include <stdio.h>

#include <cr2/counter.h>
#include <cr2/guest.h>

CR2_BEGIN_DECLS

/*
 * config: its kernel, program, watch and run_seconds count. module: a .ko for that kernel. The report is to be finished. Returns as
 * cr2/guest.h says; a guest that the module brought down is no error but a report.
 */
int cr2_guest_counter_judge(const struct cr2_guest_config *config, const char *module,
			    struct cr2_counter_report *ret_report, struct cr2_text *reason);

/* Inside: loads the module, tries the cases and writes what comes of it. Returns 0 or a negative errno. */
int cr2_guest_counter_serve(FILE *out);

CR2_END_DECLS

#endif
