/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "queue.h"

void queue_finish(struct queue *queue)
{
	free(queue->records);
	cr2_text_finish(&queue->bytes);
	*queue = (struct queue){0};
}

int queue_put(struct queue *queue, uint64_t time, uint64_t at, const void *record, size_t size)
{
	const size_t offset = queue->bytes.length;
	int r = cr2_grow(&queue->records, &queue->capacity, queue->n + 1, sizeof(*queue->records));

	if (r == 0)
		r = cr2_text_append_n(&queue->bytes, record, size);
	if (r < 0)
		return r;
	queue->records[queue->n] = (struct queue_record){time, at, queue->n, offset, size};
	queue->n++;
	return 0;
}

/* Those that have gone. */
static int forget(struct queue *queue)
{
	struct cr2_text left = {0};
	size_t n = 0;
	int r = 0;

	if (queue->next == 0)
		return 0;
	for (size_t i = queue->next; i < queue->n && r == 0; i++) {
		struct queue_record record = queue->records[i];

		r = cr2_text_append_n(&left, queue->bytes.data + record.offset, record.size);
		record.offset = left.length - record.size;
		record.number = n;
		queue->records[n++] = record;
	}
	cr2_text_finish(&queue->bytes);
	queue->bytes = left;
	queue->n = n;
	queue->next = 0;
	return r;
}

static int compare(const void *left, const void *right)
{
	const struct queue_record *a = left, *b = right;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

int queue_sort(struct queue *queue)
{
	int r = forget(queue);

	if (queue->n)
		qsort(queue->records, queue->n, sizeof(*queue->records), compare);
	return r;
}

const struct queue_record *queue_next(struct queue *queue, uint64_t until)
{
	if (queue->next == queue->n || queue->records[queue->next].time > until)
		return NULL;
	return &queue->records[queue->next++];
}
