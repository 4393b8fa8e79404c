/* SPDX-License-Identifier: MIT */
/* Finds the words of tables/log_trigger.def in text, faster than any parser could read it. */
#ifndef DECODE_LOG_SCAN_H
#define DECODE_LOG_SCAN_H

#include <stddef.h>
#include <stdint.h>

struct log_scan {
	uint8_t shift[1 << 16]; /* by the last two bytes of the window */
};

void log_scan_init(struct log_scan *scan);
/* The first word's place in [text, end), or NULL. */
const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end);
/* How many newlines [text, end) holds. */
uint64_t log_scan_lines(const char *text, const char *end);

#endif
