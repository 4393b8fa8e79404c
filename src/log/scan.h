/* SPDX-License-Identifier: MIT */
/* Finds the words of tables/log_trigger.def in text, faster than any parser could read it. */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_SCAN_BITS 12
struct log_scan {
	/* Both by a hash of the last bytes of the window. */
	uint8_t shift[1 << LOG_SCAN_BITS];
	uint64_t words[1 << LOG_SCAN_BITS]; /* where shift is 0: those that may stand there */
};

void log_scan_init(struct log_scan *scan);
/*
 * The first word's place in [text, end), or NULL; *ret_crash (which may be NULL): whether it is
 * a crash's.
 */
const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end,
			  bool *ret_crash);
/* How many newlines [text, end) holds. */
uint64_t log_scan_lines(const char *text, const char *end);

#endif
