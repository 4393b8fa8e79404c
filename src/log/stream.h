/* SPDX-License-Identifier: MIT */
/*
 * A stream of log lines, from the inside. Text becomes lines in log.c, records in form.c and
 * head.c; gather.c puts those together again that were broken, and open.c gives each to the
 * report that it is a part of.
 */
#ifndef LOG_STREAM_H
#define LOG_STREAM_H

#include <cr2/base.h>

#include "form.h"
#include "head.h"
#include "recognise.h"
#include "reporter.h"
#include "scan.h"

#define LOG_OPEN_MAX 16
#define LOG_HELD_MAX 2048
#define LOG_PRELUDE_MAX 4
#define LOG_PRELUDE_LINES 6 /* so far back they stand */

struct log_open_report {
	struct cr2_log_report report;
	struct log_oops_state oops;
	struct log_reporter_state reporter; /* where report.reporter is another than the kernel */
	uint64_t source, caller;
	struct log_shape shape; /* of what stands before its messages still */
	bool settled; /* a second line showed that its head is as the first one's, or that it has none */
	bool doubtful; /* it is none unless another line goes on with it */
	bool beheaded; /* its first line's head is lost: any source may be its */
	bool prose; /* its first line talks of a crash */
	unsigned age; /* in fractions of a line, since its last one */
	bool complete;
	bool interrupted; /* by another oops, before it said how it died */
	bool contended; /* its code fitted an earlier report as well */
	bool parted; /* KASAN's report stands in it, whole */
};

/* A record whose rest may come in the next one. */
struct log_held {
	struct log_line line; /* its spans point into text and when, or nowhere */
	char text[LOG_HELD_MAX], when[64];
	size_t length; /* 0: none is held */
	unsigned age; /* fields and empty lines since */
};

/* A line that may belong to a report whose first line is lost. */
struct log_prelude {
	struct log_line line; /* its spans are not valid */
	char text[160];
	size_t length;
};

/* Lines that a rate limit dropped, of a kind that the next line shows. */
struct log_dropped {
	uint64_t n, line, source;
};

struct insn_decoder;
struct symbols;
struct cr2_log {
	struct cr2_log_config config;
	struct cr2_log_stats stats;
	struct log_scan scan;
	struct symbols *symbols;
	struct insn_decoder *decoder;
	struct log_forms forms;
	struct log_held held;
	struct log_prelude prelude[LOG_PRELUDE_MAX]; /* a ring */
	size_t n_prelude; /* ever put into it */
	struct log_dropped dropped;
	uint64_t unread_line; /* the last one that was reported so */
	struct cr2_text carry; /* the beginning of a line whose end has not come */
	bool in_long_line; /* its beginning was handled already */
	const char *passed; /* text from here to the line at hand has yet to go to config.text */
	uint64_t line; /* lines before the one at hand */
	size_t n_open;
	struct log_open_report *open[LOG_OPEN_MAX]; /* in order of their beginning */
};

/* open.c: which of the open reports a record belongs to. Like all below, they return 0, -ENOMEM or what a callback gave. */

/* Reads a record that is whole. text: the line that it begins; empty: it is not the line's first. */
int log_open_read(struct cr2_log *log, const struct log_line *line, struct log_span text);
/* A line has passed, or (frame) another field of a record. */
void log_open_grow_older(struct cr2_log *log, const struct log_line *line, bool frame);
/* Tells reports in the order of their beginning, up to the first that is not ready; all: every one. */
int log_open_tell_ready(struct cr2_log *log, bool all);
/* Nothing more may come for long: tells all but oopses that have no end yet. */
int log_open_idle(struct cr2_log *log);
void log_open_finish(struct cr2_log *log);
/* Code: of a report that waits for it, or of none; behind a head of unknown form, too. */
bool log_open_code(const struct cr2_log *log, const struct log_line *line, struct log_code *ret_code);
/* Does the line end before its instruction? Of a 64-bit program or of a 32-bit one: it may wait. */
bool log_open_code_is_cut(const struct cr2_log *log, const struct log_code *code);
/* Without the head that stands before each line of the oops that it would belong to. */
struct log_span log_open_message(struct cr2_log *log, const struct log_line *line);
/*
 * Text has a word, and nothing before it is of interest: may it be one of a report? Asked of a line that
 * is not read yet: of those that are not, few begin one.
 */
bool log_open_may_matter(const struct cr2_log *log, struct log_span text);
/* How many facts the line tells, as a report's first line or as one of the open oops's. */
unsigned log_open_weigh(struct cr2_log *log, const struct log_line *line);
/* Could the line be one of a report, or begin one, and not end in the midst of what it tells? */
bool log_open_may_be_cut(struct cr2_log *log, const struct log_line *line);

/* gather.c */

/* A record as it came; frame: it is none, but stands between those that are. */
int log_gather(struct cr2_log *log, const struct log_line *line, struct log_span text, bool frame);
/* No rest came of what is held. */
int log_gather_release(struct cr2_log *log);

/* prelude.c */

/* Remembers the last lines of text, if they may belong to a report that begins behind it. */
int log_prelude_read(struct cr2_log *log, struct log_span text);
/* The same of a line that is no report's yet. */
void log_prelude_remember(struct cr2_log *log, const struct log_line *line);
/* The next of them that stands close before the line of that number; *i: 0 at first. NULL: no more. */
const struct log_prelude *log_prelude_recall(const struct cr2_log *log, uint64_t number, size_t *i);

#endif
