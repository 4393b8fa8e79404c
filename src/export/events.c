/* SPDX-License-Identifier: MIT */
/*
 * Trace events: a fault is a complete event ("X") of its thread, from the exception to when it was
 * settled, in microseconds since the first fault; its facts are its arguments.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/words.h"
#include "record/json.h"
#include "leaves.h"

struct cr2_export_events {
	uint64_t first;
	bool any;
	struct words words;
	struct hash names; /* (process, 0): what it is called, a word's number plus 1 */
};

static int add_object(struct cr2_export_events *events, json_t *o, struct cr2_text *text)
{
	int r = events->any ? cr2_text_append(text, ",") : 0;

	events->any = true;
	if (r == 0)
		return view_json_line(o, text);
	json_decref(o);
	return r;
}

/* What a process is called is an event of its own, whenever that changes. */
static int name_process(struct cr2_export_events *events, const struct cr2_traced_fault *fault,
			struct cr2_text *text)
{
	const int64_t name = words_number(&events->words, fault->comm);
	json_t *o, *args;

	if (name >= 0 && hash_get(&events->names, fault->pid, 0) == (uint64_t)name + 1)
		return 0;
	if (name < 0 || hash_set(&events->names, fault->pid, 0, (uint64_t)name + 1) < 0)
		return -ENOMEM;
	o = json_pack("{s:s, s:s, s:I}", "name", "process_name", "ph", "M", "pid", (json_int_t)fault->pid);
	args = json_object();
	json_object_set_new(args, "name", view_json_safe(fault->comm));
	json_object_set_new(o, "args", args);
	return add_object(events, o, text);
}

static json_t *calls_json(const struct cr2_calls *calls)
{
	json_t *list = json_array();

	for (size_t i = 0; i < calls->n; i++)
		json_array_append_new(list, view_json_safe(calls->frames[i]->function));
	return list;
}

static json_t *page_json(const struct cr2_trace_page *page, bool known)
{
	return known ? json_string(cr2_trace_page_name(page->kind)) : json_null();
}

static json_t *args_json(const struct cr2_recorded_fault *fault, const struct cr2_calls *calls)
{
	const struct cr2_traced_fault *f = &fault->fault;
	const bool read = f->source == CR2_TRACE_SOURCE_BPF;
	json_t *o = json_object();

	json_object_set_new(o, KEY(ADDR), view_json_hex(f->addr));
	json_object_set_new(o, KEY(IP), view_json_hex(f->ip));
	/* perf's tracepoints have it too. */
	json_object_set_new(o, KEY(ERROR), read || f->error ? view_json_hex(f->error) : json_null());
	if (f->access)
		json_object_set_new(o, KEY(ACCESS), json_string(cr2_trace_access_name(f->access)));
	json_object_set_new(o, KEY(MAJOR), json_boolean(f->major));
	json_object_set_new(o, KEY(MODE), json_string(f->kernel ? "kernel" : "user"));
	json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(f->mapping)));
	if (fault->data)
		json_object_set_new(o, KEY(FILE), view_json_safe(fault->data->path));
	json_object_set_new(o, KEY(BEFORE), page_json(&f->before, read));
	json_object_set_new(o, KEY(AFTER), page_json(&f->after, read));
	view_json_set_known(o, KEY(ZEROED), f->zeroed, read);
	view_json_set_known(o, KEY(COPIED), f->copied, read);
	json_object_set_new(o, KEY(CALLS), calls_json(calls));
	return o;
}

int cr2_export_event(struct cr2_export_events *events, const struct cr2_recorded_fault *fault,
		     const struct cr2_calls *calls, struct cr2_text *text)
{
	const struct cr2_traced_fault *f = &fault->fault;
	const uint64_t began = f->time - f->ns;
	json_t *o = json_object();
	int r;

	if (!events->first)
		events->first = began;
	r = name_process(events, f, text);
	json_object_set_new(o, "name", json_string(cr2_path_name(f->path)));
	json_object_set_new(o, "cat", json_string("fault"));
	json_object_set_new(o, "ph", json_string("X"));
	/* Of another thread one may have begun before the first that was settled. */
	json_object_set_new(o, "ts", json_real((double)(int64_t)(began - events->first) / 1000));
	json_object_set_new(o, "dur", json_real((double)f->ns / 1000));
	view_json_set(o, "pid", f->pid);
	view_json_set(o, "tid", f->tid);
	json_object_set_new(o, "args", args_json(fault, calls));
	if (r == 0)
		return add_object(events, o, text);
	json_decref(o);
	return r;
}

int cr2_export_events_begin(struct cr2_export_events **ret_events, struct cr2_text *text)
{
	struct cr2_export_events *events = calloc(1, sizeof(*events));
	int r = events ? cr2_text_append(text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n") : -ENOMEM;

	if (r == 0)
		*ret_events = events;
	else
		free(events);
	return r;
}

int cr2_export_events_end(struct cr2_export_events *events, struct cr2_text *text)
{
	if (!events)
		return 0;
	hash_finish(&events->names);
	words_finish(&events->words);
	free(events);
	return cr2_text_append(text, "]}\n");
}
