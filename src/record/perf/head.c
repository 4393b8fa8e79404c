/* SPDX-License-Identifier: MIT */
/*
 * The head of a recording. Room is kept for an event of every path, and events are added as they
 * appear, so that perf shows those that there are; nothing that is written moves. With the table
 * behind the data the file is whole after each write: one that ends there, or in the midst of what
 * comes next, reads up to there.
 */
#include <string.h>

#include "encode.h"

#define EVENTS (1 + PERF_EVENTS)
#define NAME_BYTES 64

/* Where the parts are; the order is that of the file. */
struct layout {
	uint64_t ids, attrs, tracing, host, release, version, arch, cpus, command, events, times, data;
};
struct writer {
	const struct perf_head *head;
	struct layout at;
	struct cr2_text *bytes;
	size_t start; /* of the file, in bytes */
	int error;
};

static void put(struct writer *w, const void *data, size_t n)
{
	if (w->error == 0)
		w->error = cr2_text_append_n(w->bytes, data, n);
}

static void put_zeros(struct writer *w, size_t n)
{
	static const char zeros[64];

	for (; n > sizeof(zeros); n -= sizeof(zeros))
		put(w, zeros, sizeof(zeros));
	put(w, zeros, n);
}

static void put_32(struct writer *w, uint32_t n)
{
	put(w, &n, sizeof(n));
}

static void put_64(struct writer *w, uint64_t n)
{
	put(w, &n, sizeof(n));
}

/* How perf's features have text: its room, then it. */
static void put_name(struct writer *w, const char *name)
{
	size_t length = strnlen(name, 4095), room = (length + NAME_BYTES) & ~(NAME_BYTES - 1ULL);

	put_32(w, (uint32_t)room);
	put(w, name, length);
	put_zeros(w, room - length);
}

static uint64_t here(const struct writer *w)
{
	return w->bytes->length - w->start;
}

static void pad(struct writer *w)
{
	put_zeros(w, -here(w) & 7);
}

/* ---- events ---- */

static struct perf_attr attr_of(const struct perf_head *head, size_t event)
{
	struct perf_attr attr = {.size = sizeof(attr), .clock = PERF_CLOCK_MONOTONIC};

	if (event == 0) {
		attr.type = PERF_TYPE_OF_SOFTWARE;
		attr.config = PERF_SOFTWARE_DUMMY;
		attr.sample_type = PERF_SIDEBAND_SAMPLE;
		attr.flags = PERF_SIDEBAND_FLAGS;
		if (head->more & PERF_HAS_REPLAY) /* files are known by device and inode */
			attr.flags &= ~PERF_FLAG_BUILD_ID;
		return attr;
	}
	attr.type = PERF_TYPE_OF_TRACEPOINT;
	attr.config = perf_path_type(head->paths[event - 1]);
	attr.period = 1;
	attr.sample_type = PERF_FAULT_SAMPLE | (head->more & PERF_FAULT_MORE);
	attr.flags = PERF_FLAG_ID_ALL | PERF_FLAG_CLOCK;
	if (head->more & PERF_HAS_STACK) {
		attr.flags |= PERF_FLAG_NO_USER_CHAIN;
		attr.user_registers = PERF_REGISTERS;
		attr.user_stack = head->stack_bytes;
	}
	return attr;
}

/* Of all paths, in the table's order, behind those of the kernel's events. */
static void put_ids(struct writer *w)
{
	put(w, w->head->ids, w->head->n_ids * sizeof(uint64_t));
	for (int path = 0; path < PERF_EVENTS; path++)
		put_64(w, perf_path_id((enum cr2_path)path));
}

static struct perf_section ids_of(const struct writer *w, size_t event)
{
	const struct perf_head *head = w->head;

	if (event == 0)
		return (struct perf_section){w->at.ids, head->n_ids * sizeof(uint64_t)};
	return (struct perf_section){
		w->at.ids + (head->n_ids + (uint64_t)head->paths[event - 1]) * sizeof(uint64_t),
		sizeof(uint64_t)};
}

static void put_attrs(struct writer *w)
{
	for (size_t event = 0; event < 1 + w->head->n_paths; event++) {
		const struct perf_attr_entry entry = {attr_of(w->head, event), ids_of(w, event)};

		put(w, &entry, sizeof(entry));
	}
	put_zeros(w, (EVENTS - 1 - w->head->n_paths) * sizeof(struct perf_attr_entry));
}

/* Attributes, ids and name of each event, once more. */
static uint64_t events_size(const struct perf_head *head, size_t n_paths)
{
	const uint64_t event = sizeof(struct perf_attr) + 2 * sizeof(uint32_t) + NAME_BYTES;

	return 2 * sizeof(uint32_t) + event + head->n_ids * sizeof(uint64_t) +
	       n_paths * (event + sizeof(uint64_t));
}

static void put_events(struct writer *w)
{
	const struct perf_head *head = w->head;

	put_32(w, (uint32_t)(1 + head->n_paths));
	put_32(w, sizeof(struct perf_attr));
	for (size_t event = 0; event < 1 + head->n_paths; event++) {
		struct perf_attr attr = attr_of(head, event);
		char name[NAME_BYTES] = "dummy:HG";

		put(w, &attr, sizeof(attr));
		put_32(w, event ? 1 : (uint32_t)head->n_ids);
		if (event) {
			const char *path = perf_event_name(head->paths[event - 1]);

			memcpy(name, "cr2:", 5);
			strncat(name, path, sizeof(name) - 5);
		}
		put_name(w, name);
		if (event)
			put_64(w, perf_path_id(head->paths[event - 1]));
		else
			put(w, head->ids, head->n_ids * sizeof(uint64_t));
	}
	put_zeros(w, events_size(head, PERF_EVENTS) - events_size(head, head->n_paths));
}

/* ---- the format of each path's event, as tracefs has it ---- */

static int append_names(struct cr2_text *text, const char *(*name)(int), int n)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = cr2_text_printf(text, ", { %d, \"%s\" }", i, name(i));
	return r;
}

static const char *mapping_name(int i)
{
	return cr2_trace_mapping_name((enum cr2_trace_mapping)i);
}

static const char *page_name(int i)
{
	return cr2_trace_page_name((enum cr2_trace_page_kind)i);
}

static const char *access_name(int i)
{
	return cr2_trace_access_name((enum cr2_trace_access)i);
}

static const char *kind_name(int i)
{
	return cr2_call_kind_name((enum cr2_call_kind)i);
}

/* A row of one of the tables of fields. */
struct row {
	const char *name;
	int bytes;
	const char *type, *printed;
};
#define X(id, name, bytes, type, printed, meaning) {name, bytes, type, printed},
static const struct row fault_rows[] = {
#include <cr2/tables/recorded_field.def>
};
static const struct row own_rows[] = {
#include <cr2/tables/recorded_own.def>
};
static const struct row replay_rows[] = {
#include <cr2/tables/recorded_replay.def>
};
static const struct row call_rows[] = {
#include <cr2/tables/recorded_call.def>
};
#undef X

/* The fields of an event, in one or two pieces. */
struct rows {
	const struct row *items;
	size_t n;
};

static int append_fields(struct cr2_text *text, const struct rows *pieces)
{
	size_t offset = 0;
	int r = 0;

	for (size_t piece = 0; piece < 2; piece++)
		for (size_t i = 0; i < pieces[piece].n && r == 0; i++) {
			const struct row *row = &pieces[piece].items[i];

			r = cr2_text_printf(text, "\tfield:%s %s;\toffset:%zu;\tsize:%d;\tsigned:%d;\n%s", row->type,
					    row->name, offset, row->bytes,
					    strcmp(row->type, "int") == 0 || strcmp(row->type, "long") == 0,
					    strcmp(row->name, "common_pid") == 0 ? "\n" : "");
			offset += (size_t)row->bytes;
		}
	return r;
}

/* REC->addr, or __print_symbolic(REC->mapping, { 1, "anon" }, ...) */
static int append_value(struct cr2_text *text, const struct row *row)
{
	int r;

	if (strcmp(row->printed, "%s") != 0)
		return cr2_text_printf(text, ", REC->%s", row->name);
	r = cr2_text_printf(text, ", __print_symbolic(REC->%s", row->name);
	if (r == 0 && strcmp(row->name, "mapping") == 0)
		r = append_names(text, mapping_name, CR2_TRACE_MAPPINGS);
	else if (r == 0 && strcmp(row->name, "access") == 0)
		r = append_names(text, access_name, CR2_TRACE_ACCESSES);
	else if (r == 0 && strcmp(row->name, "kind") == 0)
		r = append_names(text, kind_name, CR2_CALL_KINDS);
	else if (r == 0)
		r = append_names(text, page_name, CR2_TRACE_PAGES);
	return r ? r : cr2_text_append(text, ")");
}

/* "addr=0x%lx mapping=%s", and the values */
static int append_print(struct cr2_text *text, enum cr2_path path, const struct rows *pieces)
{
	int r = cr2_text_printf(text, "\nprint fmt: \"path=%s", perf_event_name(path));

	for (size_t piece = 0; piece < 2; piece++)
		for (size_t i = 0; i < pieces[piece].n && r == 0; i++)
			if (pieces[piece].items[i].printed[0])
				r = cr2_text_printf(text, " %s=%s", pieces[piece].items[i].name,
						    pieces[piece].items[i].printed);
	if (r == 0)
		r = cr2_text_append(text, "\"");
	for (size_t piece = 0; piece < 2; piece++)
		for (size_t i = 0; i < pieces[piece].n && r == 0; i++)
			if (pieces[piece].items[i].printed[0])
				r = append_value(text, &pieces[piece].items[i]);
	return r ? r : cr2_text_append(text, "\n");
}

static void put_format(struct writer *w, enum cr2_path path)
{
	struct rows pieces[2] = {{fault_rows, CR2_ARRAY_SIZE(fault_rows)}, {NULL, 0}};
	struct cr2_text text = {0};
	int r = cr2_text_printf(&text, "name: %s\nID: %d\nformat:\n", perf_event_name(path),
				perf_path_type(path));

	if (path == PERF_CALL)
		pieces[0] = (struct rows){call_rows, CR2_ARRAY_SIZE(call_rows)};
	else if (w->head->more & PERF_HAS_ACCESS)
		pieces[0] = (struct rows){own_rows, CR2_ARRAY_SIZE(own_rows)};
	else if (w->head->more & PERF_HAS_REPLAY)
		pieces[1] = (struct rows){replay_rows, CR2_ARRAY_SIZE(replay_rows)};
	if (r == 0)
		r = append_fields(&text, pieces);
	if (r == 0)
		r = append_print(&text, path, pieces);
	if (r < 0)
		w->error = r;
	put_64(w, text.length);
	put(w, text.data, text.length);
	cr2_text_finish(&text);
}

/* What perf copies from tracefs. It insists on both headers, and makes nothing of them here. */
static void put_tracing(struct writer *w)
{
	static const char start[] = "\x17\x08\x44tracing0.5", page[] = "header_page",
			  event[] = "header_event", system[] = "cr2", says_event[] = "# none\n";
	static const char says_page[] =
		"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
		"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
	static const uint8_t order_and_long[] = {0, 8};

	put(w, start, sizeof(start));
	put(w, order_and_long, sizeof(order_and_long));
	put_32(w, CR2_PAGE_SIZE);
	put(w, page, sizeof(page));
	put_64(w, sizeof(says_page) - 1);
	put(w, says_page, sizeof(says_page) - 1);
	put(w, event, sizeof(event));
	put_64(w, sizeof(says_event) - 1);
	put(w, says_event, sizeof(says_event) - 1);
	put_32(w, 0); /* events of ftrace itself */
	put_32(w, 1); /* systems */
	put(w, system, sizeof(system));
	put_32(w, PERF_EVENTS);
	for (int path = 0; path < PERF_EVENTS; path++)
		put_format(w, (enum cr2_path)path);
	put_32(w, 0); /* symbols */
	put_32(w, 0); /* strings of printk */
}

/* ---- */

static void put_command(struct writer *w)
{
	uint32_t n = 0;

	while (w->head->command && w->head->command[n])
		n++;
	put_32(w, n);
	for (uint32_t i = 0; i < n; i++)
		put_name(w, w->head->command[i]);
}

/* In the file's order; what stands where is noted while it is written. */
static void put_parts(struct writer *w)
{
	const struct perf_head *head = w->head;

	put_zeros(w, sizeof(struct perf_header));
	w->at.ids = here(w);
	put_ids(w);
	w->at.attrs = here(w);
	put_attrs(w);
	w->at.tracing = here(w);
	put_tracing(w);
	w->at.host = here(w);
	put_name(w, head->host);
	w->at.release = here(w);
	put_name(w, head->release);
	w->at.version = here(w);
	put_name(w, head->version);
	w->at.arch = here(w);
	put_name(w, "x86_64");
	w->at.cpus = here(w);
	put_32(w, head->cpus);
	put_32(w, head->cpus);
	w->at.command = here(w);
	put_command(w);
	w->at.events = here(w);
	put_events(w);
	w->at.times = here(w);
	put_64(w, head->first);
	put_64(w, head->last);
	pad(w);
	w->at.data = here(w);
}

static const struct {
	unsigned feature;
	size_t at; /* its member of struct layout, which is behind that of its end */
} parts[] = {
	{PERF_FEATURE_TRACING_DATA, offsetof(struct layout, tracing)},
	{PERF_FEATURE_HOSTNAME, offsetof(struct layout, host)},
	{PERF_FEATURE_RELEASE, offsetof(struct layout, release)},
	{PERF_FEATURE_VERSION, offsetof(struct layout, version)},
	{PERF_FEATURE_ARCH, offsetof(struct layout, arch)},
	{PERF_FEATURE_CPUS, offsetof(struct layout, cpus)},
	{PERF_FEATURE_COMMAND, offsetof(struct layout, command)},
	{PERF_FEATURE_EVENTS, offsetof(struct layout, events)},
	{PERF_FEATURE_TIMES, offsetof(struct layout, times)},
};

/* The last one stands there when the recording is finished. */
static size_t parts_of(const struct perf_head *head)
{
	return CR2_ARRAY_SIZE(parts) - !head->finished;
}

static struct perf_section section_of(const struct writer *w, size_t part)
{
	uint64_t bounds[2];

	memcpy(bounds, (const char *)&w->at + parts[part].at, sizeof(bounds));
	return (struct perf_section){bounds[0], bounds[1] - bounds[0]};
}

int perf_encode_head(const struct perf_head *head, struct cr2_text *bytes)
{
	struct writer w = {.head = head, .bytes = bytes, .start = bytes->length};
	struct perf_header header = {
		.magic = PERF_MAGIC, .size = sizeof(header), .attr_size = sizeof(struct perf_attr_entry)};

	put_parts(&w);
	if (w.error < 0)
		return w.error;
	header.attrs = (struct perf_section){w.at.attrs,
					     (1 + head->n_paths) * sizeof(struct perf_attr_entry)};
	header.data = (struct perf_section){w.at.data, head->data_size};
	header.features[0] = 1ULL << PERF_FEATURE_RESERVED;
	for (size_t i = 0; i < parts_of(head); i++)
		header.features[0] |= 1ULL << parts[i].feature;
	memcpy(bytes->data + w.start, &header, sizeof(header));
	return 0;
}

/* Its first row, of the feature that perf reserved and passes over, is the record's header. */
int perf_encode_table(const struct perf_head *head, struct cr2_text *bytes)
{
	const size_t n = parts_of(head);
	const struct perf_record record = {PERF_IS_ROUND, 0,
					   (uint16_t)((1 + n) * sizeof(struct perf_section))};
	struct cr2_text unused = {0};
	struct writer w = {.head = head, .bytes = &unused};

	put_parts(&w);
	cr2_text_finish(&unused);
	w.bytes = bytes;
	put(&w, &record, sizeof(record));
	put_64(&w, 0);
	for (size_t i = 0; i < n; i++) {
		struct perf_section section = section_of(&w, i);

		put(&w, &section, sizeof(section));
	}
	return w.error;
}
