/* SPDX-License-Identifier: MIT */
/* Where a report's code is in its file and its source. */
#ifndef LOG_LOCATE_H
#define LOG_LOCATE_H

#include "symbol/symbol.h"

#include "report.h"

/*
 * Fills report->place, and report->insn.bytes where the log has no Code: line but the file
 * is there. Finding nothing is no error.
 */
void log_locate(struct symbols *symbols, struct cr2_log_report *report);
/* The lines of the report's call trace, and what is inlined there. Returns 0 or -ENOMEM. */
int log_locate_calls(struct symbols *symbols, struct cr2_log_report *report);

#endif
