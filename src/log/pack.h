/* SPDX-License-Identifier: MIT */
/* A report in as few bytes as its facts take: most of a report is room for what no line tells. */
#ifndef LOG_PACK_H
#define LOG_PACK_H

#include <cr2/base.h>

#include "report.h"

/* Appends; only this process can read it. Returns 0 or -ENOMEM. */
int log_report_pack(const struct cr2_log_report *report, struct cr2_text *packed);
/* What log_report_pack() appended to an empty text; log_report_finish() frees it. Returns 0 or -ENOMEM. */
int log_report_unpack(const char *packed, struct cr2_log_report *ret_report);

#endif
