/* SPDX-License-Identifier: MIT */
/* Records that wait until all that is older is there, and then go in the order of time. */
#ifndef RECORD_PERF_QUEUE_H
#define RECORD_PERF_QUEUE_H

#include <cr2/base.h>

struct queue_record {
	uint64_t time, at; /* in the file */
	size_t number, offset, size; /* as it came; in bytes */
};
struct queue { /* all zero: none */
	size_t n, capacity, next;
	struct queue_record *records;
	struct cr2_text bytes;
};
void queue_finish(struct queue *queue);
/* It goes once queue_sort() has put it in order. 0 or -ENOMEM. */
int queue_put(struct queue *queue, uint64_t time, uint64_t at, const void *record, size_t size);
/* Forgets those that have gone and puts the others in order. 0 or -ENOMEM. */
int queue_sort(struct queue *queue);
/* The next one, if it is not younger than that; valid until the next put or sort. Else NULL. */
const struct queue_record *queue_next(struct queue *queue, uint64_t until);

#endif
