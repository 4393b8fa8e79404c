/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

#define WINDOW_MOST (1 << 20)
#define PLAIN_ROOM (1 << 17) /* two records of the longest */
/* What perf compresses into one record is a part of its ring: no record that makes more of itself is believed. */
#define UNPACKED_MOST (64 << 20)

static int wrong(struct records *records, const char *what)
{
	records->wrong = what;
	return -EBADMSG;
}

/* ---- bytes ---- */

/* Makes n bytes at records->at be in the window. 1, 0 where the file ends before, or a negative errno. */
static int see(struct records *records, size_t n)
{
	const uint64_t skip = records->at - records->window_at;
	const size_t there = skip < records->in_window ? records->in_window - (size_t)skip : 0;

	if (there >= n)
		return 1;
	/* What a pipe gave it does not give again. */
	if (there)
		memmove(records->window, records->window + skip, there);
	records->window_at = records->at;
	records->in_window = there;
	while (records->in_window < n) {
		int64_t got = records->input.read(records->input.data, records->window_at + records->in_window,
						  records->window + records->in_window,
						  records->window_size - records->in_window);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return 0;
		records->in_window += (size_t)got;
	}
	return 1;
}

static const uint8_t *bytes_at(const struct records *records)
{
	return records->window + (records->at - records->window_at);
}

static void move_on(struct records *records)
{
	records->at += records->taken;
	records->taken = 0;
}

int records_take(struct records *records, void *bytes, size_t n)
{
	size_t done = 0;

	move_on(records);
	while (done < n) {
		const size_t part = n - done < records->window_size ? n - done : records->window_size;
		int r = see(records, part ? part : 1);

		if (r < 0)
			return r;
		if (r == 0) {
			records->place = records->window_at + records->in_window;
			return wrong(records, "it is cut off");
		}
		memcpy((uint8_t *)bytes + done, bytes_at(records), part);
		done += part;
		records->at += part;
	}
	return 0;
}

int records_pass(struct records *records, uint64_t n)
{
	const bool can_jump = records->input.length != UINT64_MAX;

	move_on(records);
	n = n < records->end - records->at ? n : records->end - records->at;
	while (n) {
		const uint64_t part = can_jump || n < records->window_size ? n : records->window_size;
		int r = can_jump ? 1 : see(records, (size_t)part);

		if (r <= 0)
			return r;
		records->at += part;
		n -= part;
	}
	return 0;
}

/* ---- what was compressed ---- */

static bool is_packed(uint32_t type)
{
	return type == PERF_IS_PACKED || type == PERF_IS_PACKED_AND_PADDED;
}

/* Such a record is compressed itself, or what belongs to it follows it in the file. */
static bool stands_in_file(uint32_t type)
{
	return is_packed(type) || type == PERF_IS_AUX || type == PERF_IS_TRACING_DATA;
}

/* A record of the file, to be unpacked. */
static int begin_packed(struct records *records, const struct perf_record *record)
{
	const uint8_t *bytes = bytes_at(records) + sizeof(*record);
	size_t n = record->size - sizeof(*record);
	uint64_t length;

	if (!records->input.unpack)
		return wrong(records, "a compressed record (perf record -z), which this cr2 was built without libzstd to read,");
	if (record->type == PERF_IS_PACKED_AND_PADDED) {
		if (n < sizeof(length))
			return wrong(records, "a compressed record is too short");
		memcpy(&length, bytes, sizeof(length));
		bytes += sizeof(length);
		n -= sizeof(length);
		if (length > n)
			return wrong(records, "a compressed record is too short");
		n = (size_t)length;
	}
	if (!records->plain && !(records->plain = malloc(PLAIN_ROOM)))
		return -ENOMEM;
	if (!records->unpacks) {
		int64_t r = records->input.unpack(records->input.data, NULL, NULL, NULL, 0);

		if (r < 0)
			return (int)r;
		records->unpacks = true;
	}
	records->packed = bytes;
	records->n_packed = n;
	records->unpacked = 0;
	return 0;
}

/* More of it, behind what is there. 1; 0: that was all; or a negative errno. */
static int unpack(struct records *records)
{
	const size_t left = records->plain_end - records->plain_at;
	int64_t got;

	if (!records->packed)
		return 0;
	memmove(records->plain, records->plain + records->plain_at, left);
	records->plain_at = 0;
	records->plain_end = left;
	got = records->input.unpack(records->input.data, &records->packed, &records->n_packed,
				    records->plain + left, PLAIN_ROOM - left);
	if (got < 0)
		return got == -EBADMSG ? wrong(records, "a compressed record cannot be unpacked") : (int)got;
	records->plain_end += (size_t)got;
	records->unpacked += (uint64_t)got;
	if (records->unpacked > UNPACKED_MOST)
		return wrong(records, "a compressed record unpacks to more than 64 MiB");
	if (got == 0)
		records->packed = NULL;
	return got != 0;
}

/* One that was compressed. 1; 0: what is left of it goes on in the next compressed one; or a negative errno. */
static int next_packed(struct records *records)
{
	struct perf_record *record = &records->last;
	int r = 1;

	while (r == 1) {
		const size_t left = records->plain_end - records->plain_at;

		if (left >= sizeof(*record)) {
			memcpy(record, records->plain + records->plain_at, sizeof(*record));
			if (record->size < sizeof(*record) || stands_in_file(record->type))
				return wrong(records, "a compressed record makes no sense");
			if (left >= record->size) {
				records->last_bytes = records->plain + records->plain_at;
				records->plain_at += record->size;
				return 1;
			}
		}
		r = unpack(records);
	}
	return r;
}

/* ---- records ---- */

/* One of the file. */
static int next_in_file(struct records *records)
{
	struct perf_record *record = &records->last;
	int r;

	records->place = records->at;
	if (records->at >= records->end)
		return 0;
	r = see(records, sizeof(*record));
	/* What comes through a pipe ends where a record does, whenever that is. */
	if (r == 0 && records->input.length == UINT64_MAX && records->window_at + records->in_window == records->at)
		return 0;
	if (r == 1) {
		memcpy(record, bytes_at(records), sizeof(*record));
		if (record->size < sizeof(*record))
			return wrong(records, "a record without a size");
		r = see(records, record->size);
	}
	if (r < 0)
		return r;
	if (r == 0 || record->size > records->end - records->at)
		return wrong(records, "it is cut off");
	return 1;
}

/* 1, 0 or a negative errno. */
static int next(struct records *records)
{
	int r;

	while ((r = next_packed(records)) == 0) {
		move_on(records);
		r = next_in_file(records);
		if (r == 0 && records->plain_at < records->plain_end)
			return wrong(records, "it is cut off");
		if (r != 1)
			return r;
		records->taken = records->last.size;
		records->last_bytes = bytes_at(records);
		if (!is_packed(records->last.type))
			return 1;
		r = begin_packed(records, &records->last);
		if (r < 0)
			return r;
	}
	return r;
}

int records_next(struct records *records, struct perf_record *ret_record, const uint8_t **ret_bytes)
{
	int r = records->again ? 1 : next(records);

	records->again = false;
	*ret_record = records->last;
	*ret_bytes = records->last_bytes;
	return r;
}

void records_again(struct records *records)
{
	records->again = true;
}

/* ---- */

void records_seek(struct records *records, uint64_t at, uint64_t end)
{
	records->at = at;
	records->end = end;
	records->taken = 0;
}

void records_close(struct records *records)
{
	free(records->window);
	free(records->plain);
	*records = (struct records){0};
}

int records_open(const struct cr2_recording_input *input, struct records *ret_records)
{
	struct records records = {.input = *input, .end = input->length};

	records.window_size = input->length < WINDOW_MOST ? input->length : WINDOW_MOST;
	records.window = malloc(records.window_size + 1);
	if (!records.window)
		return -ENOMEM;
	*ret_records = records;
	return 0;
}
