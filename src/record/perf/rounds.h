/* SPDX-License-Identifier: MIT */
/*
 * Records in the order of time. perf writes those of each CPU as they are, in rounds: what a round brings is
 * younger than all that came in the one before the last.
 */
#ifndef RECORD_PERF_ROUNDS_H
#define RECORD_PERF_ROUNDS_H

#include <stdbool.h>

#include "queue.h"

struct rounds { /* all zero: none */
	struct queue queue;
	uint64_t limit; /* those up to then may go */
	uint64_t newest, before; /* time of all that came; when the round before began */
};
void rounds_finish(struct rounds *rounds);
/* 0 or -ENOMEM. */
int rounds_put(struct rounds *rounds, uint64_t time, uint64_t at, const void *record, size_t size);
/* A round has ended; last: and nothing comes any more. */
int rounds_turn(struct rounds *rounds, bool last);
/* The next one that may go, valid until a round ends; NULL: none. */
const struct queue_record *rounds_next(struct rounds *rounds);

#endif
