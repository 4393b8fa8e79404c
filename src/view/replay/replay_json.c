/* SPDX-License-Identifier: MIT */
/* What a replay came to, for programs. */
#include <cr2/view_replay.h>

#include "record/json.h"

static void set_kinds(json_t *o, const uint64_t differ[CR2_REPLAY_KINDS])
{
	json_t *kinds = json_object();

	for (size_t i = 0; i < CR2_REPLAY_KINDS; i++)
		view_json_set(kinds, cr2_replay_kind_name((enum cr2_replay_kind)i), differ[i]);
	json_object_set_new(o, KEY(DIFFER), kinds);
}

static int row_json(const struct cr2_replay_row *row, struct cr2_text *text)
{
	json_t *o = json_object();

	json_object_set_new(o, KEY(KIND), json_string("row"));
	json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(row->path)));
	json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(row->mapping)));
	view_json_set(o, KEY(COUNT), row->recorded);
	view_json_set(o, KEY(AGREE), row->same);
	view_json_set(o, KEY(ACCEPTED), row->allowed);
	set_kinds(o, row->differ);
	return view_json_line(o, text);
}

static int call_json(const struct cr2_replay_call *call, struct cr2_text *text)
{
	const char *name = cr2_call_name(call->number);
	json_t *o = json_object();

	json_object_set_new(o, KEY(KIND), json_string("call"));
	json_object_set_new(o, KEY(NAME), name ? json_string(name) : json_null());
	view_json_set(o, KEY(SYSTEM_CALL), call->number);
	view_json_set(o, KEY(REPLAYED), call->replayed);
	view_json_set(o, KEY(NOT_REPLAYED), call->unknown);
	view_json_set(o, KEY(REFUSED), call->refused);
	return view_json_line(o, text);
}

static json_t *accepted_json(const uint64_t allowed[CR2_REPLAY_ALLOWANCES])
{
	json_t *o = json_object();

	for (size_t i = 0; i < CR2_REPLAY_ALLOWANCES; i++)
		view_json_set(o, cr2_replay_allowed_name((enum cr2_replay_allowed)i), allowed[i]);
	return o;
}

static void set_pages(json_t *o, const struct cr2_replay *replay)
{
	json_t *differ = json_object();

	for (size_t i = 0; i < CR2_REPLAY_PAGE_KINDS; i++)
		view_json_set(differ, cr2_replay_page_name((enum cr2_replay_page_kind)i), replay->pages_differ[i]);
	view_json_set(o, KEY(SPACES_COMPARED), replay->spaces_compared);
	view_json_set(o, KEY(PAGES_COMPARED), replay->pages);
	view_json_set(o, KEY(PAGES_AGREE), replay->pages_same);
	json_object_set_new(o, KEY(PAGES_ACCEPTED), accepted_json(replay->pages_allowed));
	json_object_set_new(o, KEY(PAGES_DIFFER), differ);
	view_json_set(o, KEY(PAGES_NOT_MODELLED), replay->pages_not_modelled);
}

int cr2_view_replay_json(const struct cr2_replay *replay, struct cr2_text *text)
{
	json_t *o;
	int r = 0;

	for (size_t i = 0; i < replay->n_rows && r == 0; i++)
		r = row_json(&replay->rows[i], text);
	for (size_t i = 0; i < replay->n_calls && r == 0; i++)
		r = call_json(&replay->calls[i], text);
	if (r < 0)
		return r;
	o = json_object();
	json_object_set_new(o, KEY(KIND), json_string("summary"));
	json_object_set_new(o, KEY(KERNEL), json_string(replay->release));
	json_object_set_new(o, KEY(PROFILE), json_string(cr2_profile_name(replay->profile)));
	view_json_set(o, KEY(RECORDED), replay->recorded);
	view_json_set(o, KEY(COMPARED), replay->compared);
	view_json_set(o, KEY(AGREE), replay->same);
	json_object_set_new(o, KEY(ACCEPTED), accepted_json(replay->allowed));
	set_kinds(o, replay->differ);
	view_json_set(o, KEY(NOT_MODELLED), replay->not_modelled);
	view_json_set(o, KEY(UNPLACED), replay->unplaced);
	view_json_set(o, KEY(MAJORS_DIFFER), replay->majors_differ);
	view_json_set(o, KEY(NEAR), replay->near);
	view_json_set(o, KEY(NEAR_BEFORE_DIFFER), replay->near_before_differ);
	view_json_set(o, KEY(NEAR_AFTER_DIFFER), replay->near_after_differ);
	set_pages(o, replay);
	view_json_set(o, KEY(FILES_IN_PARTS), replay->files_in_parts);
	view_json_set(o, KEY(ADDRESS_SPACES), replay->processes);
	view_json_set(o, KEY(SPACES_FOUND), replay->found);
	view_json_set(o, KEY(SPACES_FOUND_IN_PART), replay->found_in_part);
	view_json_set(o, KEY(PAGES_FOUND), replay->pages_found);
	view_json_set(o, KEY(PAGES_SWAPPED), replay->pages_swapped);
	view_json_set(o, KEY(PAGES_ELSEWHERE), replay->pages_elsewhere);
	view_json_set(o, KEY(MODEL_OPERATIONS), replay->operations);
	view_json_set(o, KEY(REFERENCE_ONLY), replay->by_reference);
	view_json_set(o, KEY(LOST), replay->facts.lost);
	json_object_set_new(o, KEY(FINISHED), json_boolean(replay->facts.finished));
	return view_json_line(o, text);
}

int cr2_view_replay_difference_json(const struct cr2_replay_difference *difference, uint64_t began,
				    struct cr2_text *text)
{
	const struct cr2_traced_fault *f = &difference->recorded->fault;
	json_t *o = json_object(), *model = NULL;

	json_object_set_new(o, KEY(KIND), json_string("difference"));
	json_object_set_new(o, KEY(FIELD), json_string(cr2_replay_kind_name(difference->kind)));
	json_object_set_new(o, KEY(ACCEPTED), difference->is_allowed ?
			    json_string(cr2_replay_allowed_name(difference->allowed)) : json_null());
	json_object_set_new(o, KEY(T), view_json_seconds(f->time - began));
	view_json_set(o, KEY(PID), f->pid);
	view_json_set(o, KEY(TID), f->tid);
	json_object_set_new(o, KEY(COMM), view_json_safe(f->comm));
	json_object_set_new(o, KEY(ADDR), view_json_hex(f->addr));
	json_object_set_new(o, KEY(IP), view_json_hex(f->ip));
	json_object_set_new(o, KEY(ERROR), view_json_hex(f->error));
	json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(f->path)));
	json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(f->mapping)));
	json_object_set_new(o, KEY(FILE), difference->recorded->data ? view_json_safe(difference->recorded->data->path) :
								      json_null());
	if (difference->model) {
		model = json_object();
		json_object_set_new(model, KEY(PATH), json_string(cr2_path_name(difference->model->path)));
		json_object_set_new(model, KEY(ERROR), view_json_hex(difference->model->error_code));
	}
	json_object_set_new(o, KEY(MODEL), model ? model : json_null());
	if (difference->scenario)
		json_object_set_new(o, KEY(SCENARIO), json_string(difference->scenario));
	if (difference->unsaid)
		json_object_set_new(o, KEY(REASON), json_string(difference->unsaid));
	return view_json_line(o, text);
}
