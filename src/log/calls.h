/* SPDX-License-Identifier: MIT */
/* The call trace of a kernel report: its entries, as they are found. */
#ifndef LOG_CALLS_H
#define LOG_CALLS_H

#include <cr2/log.h>

#include "line.h"

struct log_calls {
	size_t n, capacity;
	struct cr2_log_call *items; /* owned */
	char stack[16]; /* that the next entries are on */
};

/* Returns 0 or -ENOMEM; *ret_taken: the message is a line of a call trace. */
int log_calls_line(struct log_calls *calls, struct log_span message, bool *ret_taken);
/* A new entry, empty; NULL: no memory. */
struct cr2_log_call *log_calls_add(struct log_calls *calls);
void log_calls_finish(struct log_calls *calls);

#endif
