/* SPDX-License-Identifier: MIT */
/* What cr2_log tells of a text, kept. */
#ifndef DECODE_COLLECT_H
#define DECODE_COLLECT_H

#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "log/report.h"

#include "../test.h"

struct collected {
	size_t n, capacity;
	struct cr2_log_report *reports;
	struct cr2_text passed; /* config.text's, with "{n}" where report n was told */
	struct cr2_log_stats stats;
};

/* log_report_finish() frees it. */
void copy_report(const struct cr2_log_report *report, struct cr2_log_report *ret_copy);
/* Feeds the text in pieces of step bytes (0: at once) to a log that looks for no files. */
void collect(const char *text, size_t length, size_t step, struct collected *ret);
void collect_string(const char *text, struct collected *ret);
/* The text's report, the only one, is as expect_of wants it. */
void collect_only(const char *text, void (*expect_of)(const struct cr2_log_report *report, const char *wanted),
		  const char *wanted);
void collect_finish(struct collected *collected);
/* A file of tests/data/log/; freed by the caller. */
char *load_log(const char *name);

#endif
