/* SPDX-License-Identifier: MIT */
/* The head of a recording in a file: its parts, and the table that says where they are; or as a pipe has it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "head_reader.h"

#define ATTRS_MOST 4096

/* All n bytes, or an error. */
static int read_all(struct head_reader *r, uint64_t offset, void *bytes, size_t n)
{
	for (size_t done = 0; done < n;) {
		int64_t got = r->input->read(r->input->data, offset + done, (uint8_t *)bytes + done,
					     n - done);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return head_refuse(r, "it is cut off at byte %" PRIu64, offset + done);
		done += (size_t)got;
	}
	return 0;
}

static bool is_inside(const struct head_reader *r, const struct perf_section *section)
{
	return section->offset <= r->input->length &&
	       section->size <= r->input->length - section->offset;
}

static int read_header(struct head_reader *r)
{
	struct perf_header *header = &r->header;
	int error = read_all(r, 0, header, sizeof(*header));

	if (error < 0)
		return error;
	if (header->attr_size < 64 + sizeof(struct perf_section) || header->attr_size > 4096 ||
	    header->attrs.size / header->attr_size > ATTRS_MOST || !is_inside(r, &header->attrs) ||
	    header->data.offset > r->input->length)
		return head_refuse(r, "its header makes no sense");
	return 0;
}

/* ---- parts ---- */

static int read_part(struct head_reader *r, unsigned feature, const struct perf_section *section)
{
	uint8_t *bytes = malloc(section->size + 1);
	int error = bytes ? read_all(r, section->offset, bytes, section->size) : -ENOMEM;

	if (error == 0) {
		bytes[section->size] = 0;
		error = head_take_part(r, feature, bytes, section->size);
	}
	free(bytes);
	return error;
}

/* How many features there are. */
static uint64_t count_parts(const struct perf_header *header)
{
	uint64_t n = 0;

	for (unsigned feature = 0; feature < 256; feature++)
		n += header->features[feature / 64] >> feature % 64 & 1;
	return n;
}

/* As cr2's data does: the first row is the header of a record, which with perf is all of it. */
static bool begins_with_table(struct head_reader *r)
{
	struct perf_record record;

	return read_all(r, r->header.data.offset, &record, sizeof(record)) == 0 && record.type == PERF_IS_ROUND &&
	       record.size > sizeof(record);
}

/*
 * The table behind the data has a row for each feature whose bit is set. Where it is cut off, the
 * one that the data begins with says the same; it was written before the recording was finished.
 */
static int read_parts(struct head_reader *r)
{
	const struct perf_section table = {
		r->header.data.offset + r->header.data.size,
		count_parts(&r->header) * sizeof(struct perf_section)};
	const bool cut_off = table.offset < r->header.data.size || !is_inside(r, &table);
	uint64_t at = cut_off ? r->header.data.offset : table.offset;
	int error = 0;

	/* perf's: a perf that did not end as it should has set no bit of a feature either. */
	if (cut_off && !begins_with_table(r)) {
		r->head->cut_off = true;
		return 0;
	}
	r->head->finished = !cut_off && r->header.data.size;

	for (unsigned feature = 0; feature < 256 && error == 0; feature++) {
		struct perf_section section;

		if (!(r->header.features[feature / 64] >> feature % 64 & 1) ||
		    (cut_off && feature == PERF_FEATURE_TIMES))
			continue;
		error = read_all(r, at, &section, sizeof(section));
		at += sizeof(section);
		if (feature == PERF_FEATURE_TIMES)
			r->has_times = true;
		if (error == 0 && !is_inside(r, &section)) {
			r->head->cut_off = true;
			continue;
		}
		if (error < 0 || !head_wants(feature))
			continue;
		if (section.size > HEAD_TRACING_MOST)
			return head_refuse(r, "its part %u is too large", feature);
		error = read_part(r, feature, &section);
	}
	return error;
}

/* ---- events ---- */

static int add_ids(struct head_reader *r, const struct perf_section *section, size_t event)
{
	const size_t n = section->size / sizeof(uint64_t);
	int error = 0;

	if (!is_inside(r, section) || n > HEAD_IDS_MOST)
		return head_refuse(r, "the ids of its events are cut off");
	for (size_t i = 0; i < n && error == 0; i++) {
		uint64_t id;

		error = read_all(r, section->offset + i * sizeof(id), &id, sizeof(id));
		if (error == 0)
			error = head_add_id(r, id, event);
	}
	return error;
}

static int read_attr(struct head_reader *r, uint64_t at)
{
	const size_t size = r->header.attr_size - sizeof(struct perf_section);
	struct perf_section ids;
	struct perf_attr attr = {0};
	size_t event;
	int error = read_all(r, at, &attr, size < sizeof(attr) ? size : sizeof(attr));

	if (error == 0)
		error = read_all(r, at + size, &ids, sizeof(ids));
	if (error == 0)
		error = head_take_attr(r, &attr, &event);
	return error == 0 ? add_ids(r, &ids, event) : error;
}

static int read_events(struct head_reader *r)
{
	uint64_t n = r->header.attrs.size / r->header.attr_size;
	int error = 0;

	for (uint64_t i = 0; i < n && error == 0; i++)
		error = read_attr(r, r->header.attrs.offset + i * r->header.attr_size);
	return error == 0 ? head_complete(r) : error;
}

/* ---- */

static int read_file(struct head_reader *r, struct records *records)
{
	struct recording_head *head = r->head;
	int error = read_header(r);

	if (error == 0)
		error = read_parts(r);
	if (error == 0)
		error = read_events(r);
	if (error < 0)
		return error;
	if (!head->perf)
		head->finished = r->has_times;
	/* One that was never closed says 0: all that is there. */
	records_seek(records, r->header.data.offset, UINT64_MAX - r->header.data.offset > r->header.data.size - 1 ?
		     r->header.data.offset + r->header.data.size : r->input->length);
	return 0;
}

/* Which of the two ways it is. */
static int read_start(struct head_reader *r, struct records *records, bool *ret_stream)
{
	const uint64_t length = r->input->length;
	char magic[sizeof(((struct perf_start *)NULL)->magic) + 1] = "";
	struct perf_start start;
	int error = records_take(records, &start, sizeof(start));

	if (error == -EBADMSG)
		return head_refuse(r, "it is no perf.data file: %s", records->place ? "too short" : "empty");
	if (error < 0)
		return error;
	memcpy(magic, start.magic, sizeof(start.magic));
	if (strcmp(magic, PERF_MAGIC_SWAPPED) == 0)
		return head_refuse(r, "it was recorded on a machine of the other byte order");
	if (strcmp(magic, PERF_MAGIC) != 0)
		return head_refuse(r, "it is no perf.data file, or of a perf before 2013");
	if (start.size != sizeof(start) && start.size != sizeof(struct perf_header))
		return head_refuse(r, "its header is of an unknown version: %" PRIu64 " bytes", start.size);
	*ret_stream = start.size == sizeof(start);
	if (!*ret_stream && length == UINT64_MAX)
		return head_refuse(r, "it is a file's recording, of which a pipe gives only one byte after the other; "
				      "'-i FILE' or '< FILE' reads it");
	return 0;
}

int recording_head_read(struct records *records, struct recording_head *ret_head, struct cr2_text *reason)
{
	struct recording_head head = {.perf = true};
	struct head_reader r = {.input = &records->input, .head = &head, .reason = reason};
	bool stream = false;
	int error = read_start(&r, records, &stream);

	if (error == 0)
		error = stream ? head_read_stream(&r, records) : read_file(&r, records);
	if (error < 0) {
		recording_head_finish(&head);
		return error;
	}
	*ret_head = head;
	return 0;
}
