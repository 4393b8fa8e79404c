/* SPDX-License-Identifier: MIT */
#include "rounds.h"

void rounds_finish(struct rounds *rounds)
{
	queue_finish(&rounds->queue);
	*rounds = (struct rounds){0};
}

int rounds_put(struct rounds *rounds, uint64_t time, uint64_t at, const void *record, size_t size)
{
	int r = queue_put(&rounds->queue, time, at, record, size);

	if (r == 0 && time > rounds->newest)
		rounds->newest = time;
	return r;
}

int rounds_turn(struct rounds *rounds, bool last)
{
	/* Of those that this round brought some may be younger than what the next one brings. */
	rounds->limit = last ? UINT64_MAX : rounds->before;
	rounds->before = rounds->newest;
	return queue_sort(&rounds->queue);
}

const struct queue_record *rounds_next(struct rounds *rounds)
{
	return queue_next(&rounds->queue, rounds->limit);
}
