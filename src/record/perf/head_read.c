/* SPDX-License-Identifier: MIT */
/*
 * The head of a recording, read: which events there are, by what ids their records name them, and
 * where in the records the fields are, which the file says in the words of tracefs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "encode.h"
#include "recording.h"

#define ATTRS_MOST 4096
#define IDS_MOST (1 << 20)
#define TRACING_MOST (64 << 20)

struct reader {
	const struct cr2_recording_input *input;
	struct recording_head *head;
	struct cr2_text *reason;
	struct perf_header header;
	size_t capacity, ids_capacity;
	bool has_times; /* as all recorders write in the end */
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cr2_text_clear(r->reason);
	cr2_text_vprintf(r->reason, format, args);
	va_end(args);
	return -EBADMSG;
}

/* All n bytes, or an error. */
static int read_all(struct reader *r, uint64_t offset, void *bytes, size_t n)
{
	for (size_t done = 0; done < n;) {
		int64_t got = r->input->read(r->input->data, offset + done, (uint8_t *)bytes + done,
					     n - done);

		if (got < 0)
			return (int)got;
		if (got == 0)
			return refuse(r, "it is cut off at byte %" PRIu64, offset + done);
		done += (size_t)got;
	}
	return 0;
}

static bool is_inside(const struct reader *r, const struct perf_section *section)
{
	return section->offset <= r->input->length &&
	       section->size <= r->input->length - section->offset;
}

static int read_header(struct reader *r)
{
	struct perf_header *header = &r->header;
	char magic[sizeof(header->magic) + 1] = "";
	int error;

	if (r->input->length < 16)
		return refuse(r, "it is no perf.data file: %s", r->input->length ? "too short" : "empty");
	error = read_all(r, 0, magic, sizeof(header->magic));
	if (error == 0 && strcmp(magic, PERF_MAGIC_SWAPPED) == 0)
		return refuse(r, "it was recorded on a machine of the other byte order");
	if (error == 0 && strcmp(magic, PERF_MAGIC) != 0)
		return refuse(r, "it is no perf.data file, or of a perf before 2013");
	if (error == 0)
		error = read_all(r, 8, &header->size, sizeof(header->size));
	if (error < 0)
		return error;
	if (header->size == 16)
		return refuse(r, "perf wrote it to a pipe; 'perf record -o FILE' writes a file that can be read");
	if (header->size != sizeof(*header))
		return refuse(r, "its header is of an unknown version: %" PRIu64 " bytes", header->size);
	error = read_all(r, 0, header, sizeof(*header));
	if (error < 0)
		return error;
	if (header->attr_size < 64 + sizeof(struct perf_section) || header->attr_size > 4096 ||
	    header->attrs.size / header->attr_size > ATTRS_MOST || !is_inside(r, &header->attrs) ||
	    header->data.offset > r->input->length)
		return refuse(r, "its header makes no sense");
	return 0;
}

/* ---- formats: the words of tracefs ---- */

struct format {
	const char *text; /* not terminated */
	size_t length;
};

static const char *find(struct format format, const char *word)
{
	return memmem(format.text, format.length, word, strlen(word));
}

/* "offset:8;" -> 8; false: not there, or no small number. */
static bool number_behind(struct format format, const char *word, uint32_t *ret_number)
{
	const char *at = find(format, word), *end = format.text + format.length;
	uint32_t n = 0;

	if (!at)
		return false;
	for (at += strlen(word); at < end && *at >= '0' && *at <= '9' && n < 1 << 20; at++)
		n = n * 10 + (uint32_t)(*at - '0');
	*ret_number = n;
	return n < 1 << 20;
}

/* "\tfield:unsigned int error;\toffset:24;\tsize:4;\tsigned:0;" */
static struct recording_field parse_field(struct format format, const char *name)
{
	struct recording_field field = {0, 0};
	struct format line = format;
	char wanted[40];

	snprintf(wanted, sizeof(wanted), " %s;\toffset:", name);
	line.text = find(format, wanted);
	if (!line.text)
		return field;
	line.length = format.length - (size_t)(line.text - format.text);
	if (!number_behind(line, "offset:", &field.offset) || !number_behind(line, "size:", &field.size) ||
	    field.size > sizeof(uint64_t))
		field.size = 0;
	return field;
}

/* "name: wp_copy" */
static bool parse_name(struct format format, char *ret_name, size_t size)
{
	static const char word[] = "name: ";
	const char *name = find(format, word), *end;
	size_t n;

	if (name != format.text)
		return false;
	name += strlen(word);
	end = memchr(name, '\n', format.length - strlen(word));
	n = end ? (size_t)(end - name) : size;
	if (n >= size)
		return false;
	memcpy(ret_name, name, n);
	ret_name[n] = '\0';
	return true;
}

/* exceptions:page_fault_user and page_fault_kernel, in the kernel's words. */
static void take_exception(struct format format, const char *name, struct recording_event *event)
{
	event->by = RECORDED_EXCEPTION;
	event->path = CR2_PATH_UNKNOWN;
	event->kernel = strcmp(name, "page_fault_kernel") == 0;
	event->fields[RECORDED_ADDR] = parse_field(format, "address");
	event->fields[RECORDED_ERROR] = parse_field(format, "error_code");
	event->ip = parse_field(format, "ip");
}

#define X(id, name, bytes, type, printed, meaning) name,
static const char *const fault_names[] = {
#include <cr2/tables/recorded_field.def>
};
static const char *const replay_names[] = {
#include <cr2/tables/recorded_replay.def>
};
static const char *const call_names[] = {
#include <cr2/tables/recorded_call.def>
};
#undef X

static void parse_fields(struct format format, const char *const *names, size_t n, struct recording_field *fields)
{
	for (size_t i = 0; i < n; i++)
		fields[i] = parse_field(format, names[i]);
}

static void take_own(struct format format, struct recording_event *event)
{
	event->by = RECORDED_CR2;
	if (event->path == PERF_CALL) {
		parse_fields(format, call_names, RECORDED_CALLS, event->call);
		return;
	}
	parse_fields(format, fault_names, RECORDED_FIELDS, event->fields);
	parse_fields(format, replay_names, RECORDED_REPLAYS, event->replay);
}

static struct recording_event *add_event(struct reader *r)
{
	struct recording_head *head = r->head;

	if (cr2_grow(&head->events, &r->capacity, head->n_events + 1, sizeof(*head->events)) < 0)
		return NULL;
	head->events[head->n_events] = (struct recording_event){0};
	return &head->events[head->n_events++];
}

static int take_format(struct reader *r, struct format format, bool own)
{
	struct recording_event *event;
	uint32_t type;
	char name[64];
	int path = CR2_PATH_UNKNOWN;

	if (!parse_name(format, name, sizeof(name)) || !number_behind(format, "\nID: ", &type))
		return own ? refuse(r, "the format of one of its events makes no sense") : 0;
	if (own)
		path = strcmp(name, PERF_RESIDENT_NAME) == 0 ? (int)PERF_RESIDENT :
		       strcmp(name, PERF_CALL_NAME) == 0 ? (int)PERF_CALL : cr2_path_parse(name);
	/* A path that came later; only where faults took it is it missed. */
	if (path < 0 || (!own && strncmp(name, "page_fault_", 11) != 0))
		return 0;
	event = add_event(r);
	if (!event)
		return -ENOMEM;
	event->type = type;
	event->path = (enum cr2_path)path;
	if (own)
		take_own(format, event);
	else
		take_exception(format, name, event);
	return 0;
}

/* The formats of one system; n of them. */
static int take_system(struct reader *r, struct cursor *c, const char *system, uint32_t n)
{
	const bool own = strcmp(system, "cr2") == 0;

	int error = 0;

	for (uint32_t i = 0; i < n && error == 0 && !c->missing; i++) {
		struct format format = {NULL, (size_t)take_64(c)};

		format.text = take_bytes(c, format.length);
		if (format.text && (own || strcmp(system, "exceptions") == 0))
			error = take_format(r, format, own);
	}
	return error;
}

static int take_tracing(struct reader *r, struct cursor *c)
{
	uint32_t n;
	int error = 0;

	take_bytes(c, 10); /* what it begins with */
	take_string(c); /* version */
	take_bytes(c, 6); /* byte order, size of a long, of a page */
	for (int i = 0; i < 2; i++) {
		take_string(c);
		take_bytes(c, take_64(c));
	}
	error = take_system(r, c, "", take_32(c));
	n = take_32(c);
	for (uint32_t i = 0; i < n && error == 0 && !c->missing; i++) {
		const char *system = take_string(c);

		if (strcmp(system, "cr2") == 0)
			r->head->perf = false;
		error = take_system(r, c, system, take_32(c));
	}
	if (error == 0 && c->missing)
		error = refuse(r, "the formats of its events are cut off");
	return error;
}

/* ---- parts ---- */

static int read_part(struct reader *r, unsigned feature, const struct perf_section *section)
{
	struct recording_head *head = r->head;
	struct cursor c = {NULL, (size_t)section->size, false};
	uint8_t *bytes = malloc(section->size + 1);
	int error = bytes ? read_all(r, section->offset, bytes, section->size) : -ENOMEM;
	const char *name;

	if (error < 0) {
		free(bytes);
		return error;
	}
	bytes[section->size] = 0;
	c.at = bytes;
	if (feature == PERF_FEATURE_TRACING_DATA) {
		error = take_tracing(r, &c);
	} else {
		take_32(&c);
		name = take_string(&c);
		snprintf(feature == PERF_FEATURE_HOSTNAME ? head->host :
			 feature == PERF_FEATURE_RELEASE ? head->release : head->version,
			 sizeof(head->host), "%s", name);
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
static bool begins_with_table(struct reader *r)
{
	struct perf_record record;

	return read_all(r, r->header.data.offset, &record, sizeof(record)) == 0 && record.type == PERF_IS_ROUND &&
	       record.size > sizeof(record);
}

/*
 * The table behind the data has a row for each feature whose bit is set. Where it is cut off, the
 * one that the data begins with says the same; it was written before the recording was finished.
 */
static int read_parts(struct reader *r)
{
	const struct perf_section table = {
		r->header.data.offset + r->header.data.size,
		count_parts(&r->header) * sizeof(struct perf_section)};
	const bool cut_off = table.offset < r->header.data.size || !is_inside(r, &table);
	uint64_t at = cut_off ? r->header.data.offset : table.offset;
	int error = 0;

	if (r->header.features[0] >> PERF_FEATURE_COMPRESSED & 1)
		return refuse(r, "it is compressed (perf record -z), which only perf reads");
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
		if (error < 0 || (feature != PERF_FEATURE_TRACING_DATA && feature != PERF_FEATURE_HOSTNAME &&
				  feature != PERF_FEATURE_RELEASE && feature != PERF_FEATURE_VERSION))
			continue;
		if (section.size > TRACING_MOST)
			return refuse(r, "its part %u is too large", feature);
		error = read_part(r, feature, &section);
	}
	return error;
}

/* ---- events ---- */

static int add_ids(struct reader *r, const struct perf_section *section, size_t event)
{
	struct recording_head *head = r->head;
	size_t n = section->size / sizeof(uint64_t);

	if (!is_inside(r, section) || n > IDS_MOST || head->n_ids + n > IDS_MOST)
		return refuse(r, "the ids of its events are cut off");
	if (cr2_grow(&head->ids, &r->ids_capacity, head->n_ids + n, sizeof(*head->ids)) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct recording_id *id = &head->ids[head->n_ids];
		int error = read_all(r, section->offset + i * sizeof(uint64_t), &id->id, sizeof(id->id));

		if (error < 0)
			return error;
		id->event = event;
		head->n_ids++;
	}
	return 0;
}

/* What is no fault's is an event too: its records are passed over. */
static size_t add_other(struct reader *r, const struct perf_attr *attr)
{
	struct recording_event *event = add_event(r);

	if (!event)
		return SIZE_MAX;
	event->path = CR2_PATH_UNKNOWN;
	if (attr->type != PERF_TYPE_OF_SOFTWARE)
		return r->head->n_events - 1;
	if (attr->config == PERF_SOFTWARE_FAULTS)
		event->by = RECORDED_FAULT;
	else if (attr->config == PERF_SOFTWARE_MINOR || attr->config == PERF_SOFTWARE_MAJOR)
		event->by = RECORDED_MINOR_MAJOR;
	event->major = attr->config == PERF_SOFTWARE_MAJOR;
	return r->head->n_events - 1;
}

/* The number of the event that an attribute describes, or a negative errno. */
static int64_t event_of(struct reader *r, const struct perf_attr *attr)
{
	const struct recording_head *head = r->head;
	size_t event = 0;

	if (attr->type != PERF_TYPE_OF_TRACEPOINT) {
		event = add_other(r, attr);
		return event == SIZE_MAX ? -ENOMEM : (int64_t)event;
	}
	while (event < head->n_events && (!head->events[event].by || head->events[event].type != attr->config))
		event++;
	if (event < head->n_events)
		return (int64_t)event;
	if (!head->perf)
		return refuse(r, "it has events that this cr2 does not know; perf reads it");
	event = add_other(r, attr);
	return event == SIZE_MAX ? -ENOMEM : (int64_t)event;
}

static int read_attr(struct reader *r, uint64_t at)
{
	struct recording_head *head = r->head;
	const size_t size = r->header.attr_size - sizeof(struct perf_section);
	struct perf_section ids;
	struct perf_attr attr = {0};
	struct recording_event *event;
	int64_t number;
	int error = read_all(r, at, &attr, size < sizeof(attr) ? size : sizeof(attr));

	if (error == 0)
		error = read_all(r, at + size, &ids, sizeof(ids));
	number = error == 0 ? event_of(r, &attr) : error;
	if (number < 0)
		return (int)number;
	event = &head->events[number];
	if (attr.sample_type & ~PERF_SAMPLES_KNOWN ||
	    (event->by == RECORDED_CR2 && (attr.sample_type & ~(uint64_t)PERF_FAULT_MORE) != PERF_FAULT_SAMPLE))
		return refuse(r, "its faults have other parts than this cr2 knows: 0x%" PRIx64, attr.sample_type);
	event->layout = sample_layout(&attr);
	event->is_fault = event->by;
	event->period = attr.flags & PERF_FLAG_FREQUENCY || attr.sample_type & PERF_HAS_PERIOD ? 0 : attr.period;
	head->build_ids |= (attr.flags & PERF_FLAG_BUILD_ID) != 0;
	if (head->n_attrs++ == 0) {
		head->first = (size_t)number;
		head->has_trailers = attr.flags & PERF_FLAG_ID_ALL;
	}
	return add_ids(r, &ids, (size_t)number);
}

/* An exception is the fault's beginning, page-faults are all that the kernel counts, minor and major parts of these. */
static int choose_faults(struct reader *r)
{
	struct recording_head *head = r->head;
	enum recorded_by first = RECORDED_OTHER;

	for (size_t i = 0; i < head->n_events; i++)
		if (head->events[i].is_fault && (!first || head->events[i].by < first))
			first = head->events[i].by;
	if (!first && head->cut_off)
		return refuse(r, "the formats of its events are cut off");
	if (!first)
		return refuse(r, "it has no page faults: none of exceptions:page_fault_user and page_fault_kernel, "
			      "page-faults, minor-faults, major-faults");
	for (size_t i = 0; i < head->n_events; i++) {
		head->counted_twice |= head->events[i].is_fault && head->events[i].by != first;
		head->events[i].is_fault &= head->events[i].by == first;
	}
	return 0;
}

static int compare_ids(const void *left, const void *right)
{
	const struct recording_id *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

static int read_events(struct reader *r)
{
	uint64_t n = r->header.attrs.size / r->header.attr_size;
	int error = 0;

	for (uint64_t i = 0; i < n && error == 0; i++)
		error = read_attr(r, r->header.attrs.offset + i * r->header.attr_size);
	if (error == 0 && r->head->perf)
		error = choose_faults(r);
	if (error == 0 && r->head->n_ids)
		qsort(r->head->ids, r->head->n_ids, sizeof(*r->head->ids), compare_ids);
	return error;
}

const struct recording_event *recording_event(const struct recording_head *head, const uint8_t *bytes, size_t n)
{
	const int at = sample_id_at(&head->events[head->first].layout);
	struct recording_id wanted = {0};
	const struct recording_id *found;

	if (head->n_attrs == 1 && head->perf)
		return &head->events[head->first];
	if (at < 0 || n < ((size_t)at + 1) * sizeof(wanted.id) || !head->n_ids)
		return NULL;
	memcpy(&wanted.id, bytes + (size_t)at * sizeof(wanted.id), sizeof(wanted.id));
	found = bsearch(&wanted, head->ids, head->n_ids, sizeof(wanted), compare_ids);
	return found ? &head->events[found->event] : NULL;
}

void recording_head_finish(struct recording_head *head)
{
	free(head->events);
	free(head->ids);
	*head = (struct recording_head){0};
}

int recording_head_read(const struct cr2_recording_input *input, struct recording_head *ret_head,
			struct cr2_text *reason)
{
	struct recording_head head = {0};
	struct reader r = {.input = input, .head = &head, .reason = reason};
	int error = read_header(&r);

	head.perf = true;
	if (error == 0)
		error = read_parts(&r);
	if (error == 0)
		error = read_events(&r);
	if (error < 0) {
		recording_head_finish(&head);
		return error;
	}
	if (!head.perf)
		head.finished = r.has_times;
	head.data = r.header.data;
	*ret_head = head;
	return 0;
}
