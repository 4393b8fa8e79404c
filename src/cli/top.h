/* SPDX-License-Identifier: MIT */
/* `cr2 top` while it runs: what was counted last, and the rows that it comes to. */
#ifndef CLI_TOP_H
#define CLI_TOP_H

#include <cr2/view_top.h>

#include "traced.h"

#define TOP_SECONDS_MIN 0.1
#define TOP_SECONDS_MAX 3600.0
#define TOP_FILTER 128

struct top {
	struct traced traced;
	struct cr2_view_top view; /* how it is to be seen, which may change meanwhile */
	char filter[TOP_FILTER];
	double seconds; /* between two readings */
	uint64_t readings; /* how many there are to be; 0: no end */
	uint64_t n_readings;
	bool ended; /* all that was to be seen, or Ctrl-C */
	struct cr2_trace_counts now, before, since; /* the last readings, and what came between */
	uint64_t read_at, window_ns;
	struct cr2_top_row *rows;
	size_t n_rows;
};

/*
 * top_reading.c. Both return 0 or a negative errno. The first reads what was counted, and puts it in rows; the
 * other puts it in rows again, as they are to be seen now.
 */
int top_read(struct top *top);
int top_arrange(struct top *top);
/* Waits for at most so long; false: it has ended. */
bool top_wait(struct top *top, int milliseconds);
/* Milliseconds until the next reading; 0: it is time. */
int top_rest(const struct top *top);

/* top_screen.c: until the user has seen enough. Returns an exit code, having said why not. */
int top_screen(struct top *top);

#endif
