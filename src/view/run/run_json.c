/* SPDX-License-Identifier: MIT */
/*
 * A run for programs: a line a step, with the expectations that failed behind theirs; then the
 * differences from the first target, and a summary. Every line says which file and which target.
 */
#include <errno.h>

#include "record/json.h"
#include "record/observation_json.h"
#include "row.h"

/* {"kind", "file", "target"}, and what more there is: which is consumed. */
static int add_line(const struct cr2_view_run *run, size_t column, const char *kind, json_t *more,
		    struct cr2_text *text)
{
	json_t *root = json_pack("{s:s, s:s, s:s}", KEY(KIND), kind, KEY(FILE), run->path,
				 KEY(TARGET), run->columns[column].name);

	if (!root || !more || json_object_update(root, more) < 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(more);
	return view_json_line(root, text);
}

static int add_failures(const struct cr2_view_run *run, size_t column, size_t *next, size_t i,
			struct cr2_text *text)
{
	const struct cr2_view_column *c = &run->columns[column];
	int r = 0;

	for (; r == 0 && *next < c->n_failures && c->failures[*next].observation == i; ++*next) {
		const struct cr2_failure *f = &c->failures[*next];

		r = add_line(run, column, "failure",
			     json_pack("{s:I, s:I, s:s, s:s}", KEY(STEP), (json_int_t)i + 1,
				       KEY(LINE), (json_int_t)f->line, KEY(EXPECTED), f->expected,
				       KEY(SEEN), f->seen), text);
	}
	return r;
}

static int add_steps(const struct cr2_view_run *run, size_t column, struct cr2_text *text)
{
	const struct cr2_observations *list = run->columns[column].observations;
	struct cr2_state *state;
	size_t failure = 0;
	int r = cr2_state_create(&state);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count && r == 0; i++) {
		const struct cr2_observation *o = &list->items[i];

		r = cr2_state_apply(state, o);
		if (r == 0)
			r = add_line(run, column, "step", observation_json(&list->names, state, o),
				     text);
		if (r == 0)
			r = add_failures(run, column, &failure, i, text);
	}
	cr2_state_destroy(state);
	return r;
}

/* Text that was made, r says how; an empty one is null. */
static json_t *text_json(struct cr2_text *text, int r)
{
	json_t *json = r < 0 ? NULL : text->length ? json_string(text->data) : json_null();

	cr2_text_finish(text);
	return json;
}

static int add_difference(const struct cr2_view_run *run, const struct cr2_difference *d,
			  struct cr2_text *text)
{
	const struct cr2_observation *o = run_any(run, d->observation);
	struct cr2_text words[3] = {{0}, {0}, {0}};
	json_t *where = text_json(&words[0], cr2_view_difference_where(run, d, &words[0]));
	json_t *expected = text_json(&words[1], cr2_view_difference_side(run, d, 0, &words[1]));
	json_t *seen = text_json(&words[2], cr2_view_difference_side(run, d, 1, &words[2]));

	return add_line(run, d->column, "difference",
			json_pack("{s:I, s:o, s:s, s:o, s:o, s:o}", KEY(STEP),
				  (json_int_t)d->observation + 1,
				  KEY(LINE), o ? json_integer(o->line) : json_null(),
				  KEY(FIELD), cr2_field_name(d->field), KEY(WHERE), where,
				  KEY(EXPECTED), expected, KEY(SEEN), seen), text);
}

static size_t count_faults(const struct cr2_observations *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += list->items[i].n_faults;
	return n;
}

/* Where it stopped, and why: null where it did not. */
static int add_summary(const struct cr2_view_run *run, size_t column, size_t differences,
		       struct cr2_text *text)
{
	const struct cr2_view_column *c = &run->columns[column];

	return add_line(run, column, "summary",
			json_pack("{s:I, s:I, s:I, s:b, s:I, s:I, s:o, s:s?}",
				  KEY(STEPS), (json_int_t)c->observations->count,
				  KEY(FAULTS), (json_int_t)count_faults(c->observations),
				  KEY(EXPECTATIONS), (json_int_t)run->n_expectations,
				  KEY(CHECKED), !run->unchecked,
				  KEY(FAILURES), (json_int_t)c->n_failures,
				  KEY(DIFFERENCES), (json_int_t)differences,
				  KEY(LINE), c->stopped && c->stopped_line
						? json_integer(c->stopped_line) : json_null(),
				  KEY(REASON), c->stopped), text);
}

static int add_column(const struct cr2_view_run *run, size_t column, struct cr2_text *text)
{
	size_t differences = 0;
	int r = add_steps(run, column, text);

	for (size_t i = 0; r == 0 && i < run->n_differences; i++) {
		if (run->differences[i].column != column)
			continue;
		differences++;
		r = add_difference(run, &run->differences[i], text);
	}
	return r == 0 ? add_summary(run, column, differences, text) : r;
}

int cr2_view_run_json(const struct cr2_view_run *run, struct cr2_text *text)
{
	int r = 0;

	for (size_t c = 0; r == 0 && c < run->n_columns; c++)
		r = add_column(run, c, text);
	return r;
}
