/* SPDX-License-Identifier: MIT */
/*
 * The head of a recording that perf wrote to a pipe: what a file has in its parts comes as records before all others, in
 * perf's order events first, what their fields mean later.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "head_reader.h"

#define ATTR_LEAST 64
#define ATTRS_BYTES_MOST (64 << 20)

struct stream {
	struct head_reader *r;
	struct records *records;
	struct cr2_text attrs; /* the records of events */
};

/* What the last record is followed by. */
static int take_tracing_data(struct stream *s, const struct perf_record *record, const uint8_t *bytes)
{
	uint32_t n = 0;
	uint8_t *data;
	int error;

	if (record->size >= sizeof(*record) + sizeof(n))
		memcpy(&n, bytes + sizeof(*record), sizeof(n));
	if (n > HEAD_TRACING_MOST)
		return head_refuse(s->r, "the formats of its events are too large");
	data = malloc((size_t)n + 1);
	if (!data)
		return -ENOMEM;
	data[n] = 0;
	error = records_take(s->records, data, n);
	if (error == -EBADMSG)
		error = head_refuse(s->r, "the formats of its events are cut off");
	if (error == 0)
		error = head_take_part(s->r, PERF_FEATURE_TRACING_DATA, data, n);
	free(data);
	return error;
}

static int take_feature(struct stream *s, const struct perf_record *record, const uint8_t *bytes)
{
	struct cursor c = {bytes + sizeof(*record), record->size - sizeof(*record), false};
	const uint64_t feature = take_64(&c);

	return c.missing || feature == PERF_FEATURE_TRACING_DATA || feature > 255 || !head_wants((unsigned)feature) ? 0 :
		head_take_part(s->r, (unsigned)feature, c.at, c.left);
}

static int take_attr(struct stream *s, const uint8_t *bytes, size_t n)
{
	struct cursor c = {bytes, n, false};
	struct perf_attr attr = {0};
	size_t event;
	int error;

	memcpy(&attr, c.at, c.left < sizeof(attr) ? c.left : sizeof(attr));
	if (n < ATTR_LEAST || attr.size < ATTR_LEAST || attr.size > n)
		return head_refuse(s->r, "the description of one of its events makes no sense");
	/* What stands behind what it has is the first of its ids. */
	if (attr.size < sizeof(attr))
		memset((uint8_t *)&attr + attr.size, 0, sizeof(attr) - attr.size);
	take_bytes(&c, attr.size);
	error = head_take_attr(s->r, &attr, &event);
	while (error == 0 && c.left >= sizeof(uint64_t))
		error = head_add_id(s->r, take_64(&c), event);
	return error;
}

/* They wait for the formats. */
static int take_attrs(struct stream *s)
{
	int error = 0;

	for (size_t at = 0; at < s->attrs.length && error == 0;) {
		struct perf_record record;

		memcpy(&record, s->attrs.data + at, sizeof(record));
		error = take_attr(s, (const uint8_t *)s->attrs.data + at + sizeof(record), record.size - sizeof(record));
		at += record.size;
	}
	return error;
}

static bool is_of_head(const struct perf_record *record)
{
	return record->type >= PERF_IS_OF_PERF && record->type != PERF_IS_ROUND && record->type != PERF_IS_AUX;
}

static int take_record(struct stream *s, const struct perf_record *record, const uint8_t *bytes)
{
	switch (record->type) {
	case PERF_IS_ATTR:
		return s->attrs.length > ATTRS_BYTES_MOST ? head_refuse(s->r, "it has too many events") :
			cr2_text_append_n(&s->attrs, (const char *)bytes, record->size);
	case PERF_IS_TRACING_DATA:
		return take_tracing_data(s, record, bytes);
	case PERF_IS_FEATURE:
		return take_feature(s, record, bytes);
	default:
		return 0;
	}
}

static int take_records(struct stream *s)
{
	struct perf_record record;
	const uint8_t *bytes;
	int r;

	while ((r = records_next(s->records, &record, &bytes)) == 1) {
		/* Of what was compressed into one of its records too. */
		if (!is_of_head(&record)) {
			records_again(s->records);
			return 0;
		}
		r = take_record(s, &record, bytes);
		if (r < 0)
			return r;
	}
	if (r == -EBADMSG)
		return head_refuse(s->r, "its head ends early: %s at byte %llu", s->records->wrong,
				   (unsigned long long)s->records->place);
	return r;
}

int head_read_stream(struct head_reader *r, struct records *records)
{
	struct stream s = {r, records, {0}};
	int error = take_records(&s);

	if (error == 0)
		error = take_attrs(&s);
	if (error == 0 && !r->head->n_attrs)
		error = head_refuse(r, "its head has no events");
	if (error == 0 && !r->head->perf)
		error = head_refuse(r, "it has events of cr2's, which writes files alone");
	if (error == 0)
		error = head_complete(r);
	r->head->finished = true;
	cr2_text_finish(&s.attrs);
	return error;
}
