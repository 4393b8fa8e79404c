/* SPDX-License-Identifier: MIT */
/*
 * The head of a recording, read: which events there are, by what ids their records name them, and
 * where in the records the fields are, which it says in the words of tracefs. head_file.c finds all that
 * in the parts of a file, head_stream.c in records.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "encode.h"
#include "head_reader.h"

int head_refuse(struct head_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cr2_text_clear(r->reason);
	cr2_text_vprintf(r->reason, format, args);
	va_end(args);
	return -EBADMSG;
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
	event->access = parse_field(format, "access");
}

static struct recording_event *add_event(struct head_reader *r)
{
	struct recording_head *head = r->head;

	if (cr2_grow(&head->events, &r->capacity, head->n_events + 1, sizeof(*head->events)) < 0)
		return NULL;
	head->events[head->n_events] = (struct recording_event){0};
	return &head->events[head->n_events++];
}

static int take_format(struct head_reader *r, struct format format, bool own)
{
	struct recording_event *event;
	uint32_t type;
	char name[64];
	int path = CR2_PATH_UNKNOWN;

	if (!parse_name(format, name, sizeof(name)) || !number_behind(format, "\nID: ", &type))
		return own ? head_refuse(r, "the format of one of its events makes no sense") : 0;
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
static int take_system(struct head_reader *r, struct cursor *c, const char *system, uint32_t n)
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

static int take_tracing(struct head_reader *r, struct cursor *c)
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
		error = head_refuse(r, "the formats of its events are cut off");
	return error;
}

/* ---- parts ---- */

bool head_wants(unsigned feature)
{
	return feature == PERF_FEATURE_TRACING_DATA || feature == PERF_FEATURE_HOSTNAME ||
	       feature == PERF_FEATURE_RELEASE || feature == PERF_FEATURE_VERSION;
}

int head_take_part(struct head_reader *r, unsigned feature, const uint8_t *bytes, size_t n)
{
	struct recording_head *head = r->head;
	struct cursor c = {bytes, n, false};

	if (feature == PERF_FEATURE_TRACING_DATA)
		return take_tracing(r, &c);
	take_32(&c);
	snprintf(feature == PERF_FEATURE_HOSTNAME ? head->host :
		 feature == PERF_FEATURE_RELEASE ? head->release : head->version,
		 sizeof(head->host), "%s", take_string(&c));
	return 0;
}

/* ---- events ---- */

int head_add_id(struct head_reader *r, uint64_t id, size_t event)
{
	struct recording_head *head = r->head;

	if (head->n_ids >= HEAD_IDS_MOST)
		return head_refuse(r, "its events have too many ids");
	if (cr2_grow(&head->ids, &r->ids_capacity, head->n_ids + 1, sizeof(*head->ids)) < 0)
		return -ENOMEM;
	head->ids[head->n_ids++] = (struct recording_id){id, event};
	return 0;
}

/* What is no fault's is an event too: its records are passed over. */
static size_t add_other(struct head_reader *r, const struct perf_attr *attr)
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
static int64_t event_of(struct head_reader *r, const struct perf_attr *attr)
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
		return head_refuse(r, "it has events that this cr2 does not know; perf reads it");
	event = add_other(r, attr);
	return event == SIZE_MAX ? -ENOMEM : (int64_t)event;
}

int head_take_attr(struct head_reader *r, const struct perf_attr *attr, size_t *ret_event)
{
	struct recording_head *head = r->head;
	const int64_t number = event_of(r, attr);
	struct recording_event *event;

	if (number < 0)
		return (int)number;
	event = &head->events[number];
	if (attr->sample_type & ~PERF_SAMPLES_KNOWN ||
	    (event->by == RECORDED_CR2 && (attr->sample_type & ~(uint64_t)PERF_FAULT_MORE) != PERF_FAULT_SAMPLE))
		return head_refuse(r, "its faults have other parts than this cr2 knows: 0x%" PRIx64, attr->sample_type);
	event->layout = sample_layout(attr);
	event->is_fault = event->by;
	event->period = attr->flags & PERF_FLAG_FREQUENCY || attr->sample_type & PERF_HAS_PERIOD ? 0 : attr->period;
	head->build_ids |= (attr->flags & PERF_FLAG_BUILD_ID) != 0;
	if (head->n_attrs++ == 0) {
		head->first = (size_t)number;
		head->has_trailers = attr->flags & PERF_FLAG_ID_ALL;
	}
	*ret_event = (size_t)number;
	return 0;
}

/* An exception is the fault's beginning, page-faults are all that the kernel counts, minor and major parts of these. */
static int choose_faults(struct head_reader *r)
{
	struct recording_head *head = r->head;
	enum recorded_by first = RECORDED_OTHER;

	for (size_t i = 0; i < head->n_events; i++)
		if (head->events[i].is_fault && (!first || head->events[i].by < first))
			first = head->events[i].by;
	if (!first && head->cut_off)
		return head_refuse(r, "the formats of its events are cut off");
	if (!first)
		return head_refuse(r, "it has no page faults: none of exceptions:page_fault_user and page_fault_kernel, "
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

int head_complete(struct head_reader *r)
{
	int error = r->head->perf ? choose_faults(r) : 0;

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
