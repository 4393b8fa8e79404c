/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "rounds.h"

void rounds_finish(struct rounds *rounds)
{
	free(rounds->records);
	cr2_text_finish(&rounds->bytes);
	*rounds = (struct rounds){0};
}

int rounds_put(struct rounds *rounds, uint64_t time, uint64_t at, const void *record, size_t size)
{
	const size_t offset = rounds->bytes.length;
	int r = cr2_grow(&rounds->records, &rounds->capacity, rounds->n + 1, sizeof(*rounds->records));

	if (r == 0)
		r = cr2_text_append_n(&rounds->bytes, record, size);
	if (r < 0)
		return r;
	rounds->records[rounds->n] = (struct round_record){time, at, rounds->n, offset, size};
	rounds->n++;
	if (time > rounds->newest)
		rounds->newest = time;
	return 0;
}

/* Those that have gone. */
static int forget(struct rounds *rounds)
{
	struct cr2_text left = {0};
	size_t n = 0;
	int r = 0;

	for (size_t i = rounds->next; i < rounds->n && r == 0; i++) {
		struct round_record record = rounds->records[i];

		r = cr2_text_append_n(&left, rounds->bytes.data + record.offset, record.size);
		record.offset = left.length - record.size;
		record.number = n;
		rounds->records[n++] = record;
	}
	cr2_text_finish(&rounds->bytes);
	rounds->bytes = left;
	rounds->n = n;
	rounds->next = 0;
	return r;
}

static int compare(const void *left, const void *right)
{
	const struct round_record *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

int rounds_turn(struct rounds *rounds, bool last)
{
	const uint64_t newest = rounds->newest;
	int r = forget(rounds);

	if (rounds->n)
		qsort(rounds->records, rounds->n, sizeof(*rounds->records), compare);
	/* Of those that this round brought some may be younger than what the next one brings. */
	if (last)
		rounds->limit = UINT64_MAX;
	else
		rounds->limit = rounds->before;
	rounds->before = newest;
	return r;
}

const struct round_record *rounds_next(struct rounds *rounds)
{
	if (rounds->next == rounds->n || rounds->records[rounds->next].time > rounds->limit)
		return NULL;
	return &rounds->records[rounds->next++];
}
