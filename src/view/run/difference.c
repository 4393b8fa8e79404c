/* SPDX-License-Identifier: MIT */
/* A difference in words, for those that list them. */
#include <inttypes.h>

#include "row.h"

int cr2_view_difference_where(const struct cr2_view_run *run, const struct cr2_difference *d,
			      struct cr2_text *text)
{
	const struct cr2_names *names = &run->columns[0].observations->names;
	int r = cr2_text_append(text, "");

	if (r < 0 || d->field != CR2_FIELD_STATE)
		return r;
	r = cr2_text_append(text, cr2_name(&names->processes, d->process));
	if (r < 0 || d->mapping == CR2_NO_OBJECT)
		return r;
	r = cr2_text_printf(text, ".%s@%" PRIu64, cr2_name(&names->mappings, d->mapping), d->first);
	return r == 0 && d->last > d->first ? cr2_text_printf(text, "..%" PRIu64, d->last) : r;
}

static int append_faults(const struct cr2_names *names, const struct cr2_observation *o,
			 struct cr2_text *text)
{
	int r = o->n_faults ? 0 : cr2_text_append(text, "none");

	for (size_t i = 0; i < o->n_faults && r == 0; i++) {
		r = cr2_text_printf(text, "%s0x%" PRIx64 " ", i ? ", " : "",
				    o->faults[i].error_code);
		if (r == 0)
			r = cr2_ref_append(names, &o->faults[i].at, text);
	}
	return r;
}

static int append_step(const struct cr2_names *names, const struct cr2_observation *o,
		       struct cr2_text *text)
{
	int r = cr2_text_printf(text, "line %u: %s", o->line, cr2_op_name(o->op));

	if (r == 0 && o->has_at)
		r = cr2_text_append(text, " ");
	return r == 0 && o->has_at ? cr2_ref_append(names, &o->at, text) : r;
}

static int append_pages(const struct cr2_names *names, const struct cr2_difference *d, int side,
			struct cr2_text *text)
{
	if (d->mapping == CR2_NO_OBJECT)
		return cr2_text_append(text, d->lacks[side] ? "nothing" : "a process");
	return d->pages[side].n ? cr2_page_list_append(names, &d->pages[side], text)
				: cr2_text_append(text, "nothing");
}

int cr2_view_difference_side(const struct cr2_view_run *run, const struct cr2_difference *d,
			     int side, struct cr2_text *text)
{
	size_t column = side ? d->column : 0;
	const struct cr2_observations *list = run->columns[column].observations;
	const struct cr2_observation *o = run_observation(run, column, d->observation);

	if (d->field == CR2_FIELD_STATE)
		return append_pages(&list->names, d, side, text);
	if (!o || (d->field == CR2_FIELD_STEPS &&
		   !run_observation(run, side ? 0 : d->column, d->observation)))
		return cr2_text_printf(text, "%zu step%s", list->count, list->count == 1 ? "" : "s");
	switch (d->field) {
	case CR2_FIELD_RESULT:
		return cr2_text_append(text, cr2_result_name(o->result));
	case CR2_FIELD_VALUE:
		return o->has_value ? cr2_text_printf(text, cr2_op_counts(o->op) ? "%u" : "0x%02x", o->value)
				    : cr2_text_append(text, "none");
	case CR2_FIELD_PATH:
		return cr2_text_append(text, cr2_path_name(o->faults[d->first].path));
	case CR2_FIELD_MAJOR:
		return cr2_text_append(text, o->faults[d->first].major ? "major" : "minor");
	case CR2_FIELD_FAULTS:
		return append_faults(&list->names, o, text);
	default:
		return append_step(&list->names, o, text);
	}
}
