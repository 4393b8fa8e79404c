/* SPDX-License-Identifier: MIT */
/* Finds the words of tables/log_trigger.def in text, faster than any parser could read it. */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who reads a line with a word in it. */
enum log_word_reader {
	LOG_WORD_KERNEL = 1, /* user.c, oops.c, kasan.c */
	LOG_WORD_TRACE = 2, /* trace.c */
	LOG_WORD_REPORTER = 4, /* reporter_*.c */
	LOG_WORD_COUNT = 8, /* of suppressed lines */
	LOG_WORD_RECORD = 16, /* form.c */
};

#define LOG_SCAN_BITS 14 /* a slot of few words: none that only hashes alike */
struct log_scan {
	/* Both by a hash of the last bytes of the window. */
	uint8_t shift[1 << LOG_SCAN_BITS];
	uint64_t words[1 << LOG_SCAN_BITS]; /* those that may stand there */
};

void log_scan_init(struct log_scan *scan);
/*
 * The first word's place in [text, end), or NULL; *ret_crash (which may be NULL): whether it is
 * a crash's.
 */
const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end,
			  bool *ret_crash);
/* The enum log_word_reader of all the words in [text, end). */
unsigned log_scan_readers(const struct log_scan *scan, const char *text, const char *end);
/* How many newlines [text, end) holds. */
uint64_t log_scan_lines(const char *text, const char *end);

#endif
