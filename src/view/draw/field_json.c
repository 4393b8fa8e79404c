/* SPDX-License-Identifier: MIT */
/* A list of fields for programs. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "record/json.h"

#include "field.h"

#define DEPTH_MAX 8

struct document {
	json_t *open[DEPTH_MAX]; /* the root, and what is open in it */
	size_t depth; /* the innermost */
	bool failed; /* jansson's setters refuse NULL, which its constructors return without memory */
};

static void put(struct document *d, const struct field *field, json_t *value)
{
	json_t *open = d->open[d->depth];

	if (json_is_array(open))
		d->failed |= json_array_append_new(open, value) < 0;
	else if (field->name)
		d->failed |= json_object_set_new(open, field->name, value) < 0;
	else /* ours are ASCII */
		d->failed |= json_object_set_new_nocheck(open, cr2_key_name(field->key), value) < 0;
}

static void begin(struct document *d, const struct field *field, json_t *value)
{
	put(d, field, value);
	assert(d->depth + 1 < DEPTH_MAX);
	d->open[++d->depth] = value;
}

static void end(struct document *d)
{
	assert(d->depth > 0);
	d->depth--;
}

/* Names of files may be any bytes, JSON is UTF-8: the others are spelled. */
static json_t *spelled(const char *s)
{
	struct cr2_text safe = {0};
	json_t *value = NULL;

	if (cr2_text_append_safe(&safe, s, strlen(s)) == 0)
		value = json_string(safe.data);
	cr2_text_finish(&safe);
	return value;
}

static json_t *text(const char *s)
{
	json_t *value = json_string(s);

	return value ? value : spelled(s);
}

static json_t *texts(const struct field *field)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < field->n_texts; i++)
		json_array_append_new(array, json_string(field->texts[i]));
	if (json_array_size(array) == field->n_texts)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *value(const struct field *field)
{
	if (field->absent)
		return json_null();
	switch (field->type) {
	case FIELD_TEXT:
		return field->text ? text(field->text) : json_null();
	case FIELD_HEX:
		return view_json_hex(field->number);
	case FIELD_NUMBER:
		return json_integer((json_int_t)field->number);
	case FIELD_BOOL:
		return json_boolean(field->number);
	case FIELD_FLAGS:
		return view_json_flags(field->flags);
	case FIELD_TEXTS:
		return texts(field);
	default:
		return NULL;
	}
}

static void add(struct document *d, const struct field *field)
{
	bool item = field->key != CR2_KEY_NONE || field->name;

	switch (field->type) {
	case FIELD_OBJECT:
		begin(d, field, json_object());
		return;
	case FIELD_LIST:
		begin(d, field, json_array());
		return;
	case FIELD_END:
		end(d);
		return;
	case FIELD_BLOCK:
	case FIELD_ROW:
	case FIELD_CELL:
	case FIELD_BREAK:
		return;
	default:
		if (item)
			put(d, field, value(field));
		return;
	}
}

int fields_json(struct fields *f, struct cr2_text *text)
{
	struct document d = {.open = {json_object()}};
	int r = f->error;

	for (size_t i = 0; r == 0 && !d.failed && i < f->n; i++)
		add(&d, &f->items[i]);
	fields_finish(f);
	if (r == 0 && !d.failed)
		return view_json_line(d.open[0], text);
	json_decref(d.open[0]);
	return r < 0 ? r : -ENOMEM;
}
