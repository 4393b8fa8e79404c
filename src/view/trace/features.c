/* SPDX-License-Identifier: MIT */
/* What a machine offers for tracing: a row each, what it is for, and what would bring it. */
#include <errno.h>

#include <cr2/view_trace.h>

#include "record/json.h"
#include "view/draw/grid.h"

static void add_row(struct grid *grid, enum cr2_feature feature, const struct cr2_feature_state *state)
{
	bool needed = cr2_feature_needed(feature);
	struct rich *cells = grid_row(grid);

	if (!cells)
		return;
	rich_add(&cells[0], INK_NAME, cr2_feature_name(feature));
	rich_add(&cells[1], state->there ? INK_GOOD : needed ? INK_BAD : INK_WARN, state->there ? "yes" : "no");
	rich_add(&cells[2], INK_PLAIN, needed ? "needed" : "");
	rich_add(&cells[3], INK_PLAIN, state->found);
	rich_add(&cells[4], INK_PLAIN, cr2_feature_sentence(feature));
	if (!state->there) {
		rich_break(&cells[4]);
		rich_printf(&cells[4], INK_DIM, "would bring it: %s", cr2_feature_remedy(feature));
	}
}

int cr2_view_features(const struct cr2_feature_state states[CR2_FEATURES],
		      const struct cr2_style *style, struct cr2_text *text)
{
	enum cr2_feature missing = cr2_features_missing(states);
	struct grid grid = {.columns = 5, .limits = {0, 0, 0, 24}};
	struct rich line = {0};
	int r;

	if (missing == CR2_FEATURES)
		rich_add(&line, INK_GOOD, "stat, top, trace and record work here: they read the state of each fault by BPF.");
	else if (states[CR2_FEATURE_PERF_OWN].there)
		rich_printf(&line, INK_WARN, "stat, trace and record work here for one's own processes, by perf events: faults of "
			    "user mode, without what settled them. top and exporter do not, and all of it is not seen: %s is "
			    "missing.", cr2_feature_name(missing));
	else
		rich_printf(&line, INK_BAD, "stat, top, trace and record do not work here: %s is missing.",
			    cr2_feature_name(missing));
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	if (r == 0)
		r = cr2_text_append(text, "\n");
	for (int i = 0; i < CR2_FEATURES; i++)
		add_row(&grid, (enum cr2_feature)i, &states[i]);
	if (r == 0)
		r = grid_draw(&grid, style, text);
	grid_finish(&grid);
	return r;
}

int cr2_view_features_json(const struct cr2_feature_state states[CR2_FEATURES], struct cr2_text *text)
{
	enum cr2_feature missing = cr2_features_missing(states);
	json_t *o;
	int r = 0;

	for (int i = 0; i < CR2_FEATURES && r == 0; i++) {
		enum cr2_feature feature = (enum cr2_feature)i;

		o = json_object();
		json_object_set_new(o, KEY(KIND), json_string("feature"));
		json_object_set_new(o, KEY(NAME), json_string(cr2_feature_name(feature)));
		json_object_set_new(o, KEY(FOUND), json_boolean(states[i].there));
		json_object_set_new(o, KEY(VALUE), states[i].found[0] ? json_string(states[i].found) : json_null());
		json_object_set_new(o, KEY(REQUIRED), json_boolean(cr2_feature_needed(feature)));
		json_object_set_new(o, KEY(SENTENCE), json_string(cr2_feature_sentence(feature)));
		json_object_set_new(o, KEY(REMEDY), json_string(cr2_feature_remedy(feature)));
		r = view_json_line(o, text);
	}
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	json_object_set_new(o, KEY(SOURCE), missing == CR2_FEATURES ? json_string("bpf") :
			    states[CR2_FEATURE_PERF_OWN].there ? json_string("perf") : json_null());
	json_object_set_new(o, KEY(ABSENT), missing == CR2_FEATURES ? json_null() :
			    json_string(cr2_feature_name(missing)));
	return view_json_line(o, text);
}
