/* SPDX-License-Identifier: MIT */
/*
 * All that a session went through, for a line of time on which one goes to and fro. It may be long, so that a row of it
 * is three numbers; a step's own row says the rest.
 */
#include <cr2/view_step.h>

#include "record/json.h"

static json_t *place_json(const struct cr2_names *names, bool has_at, const struct cr2_ref *at)
{
	struct cr2_text text = {0};
	json_t *json = json_null();

	if (has_at)
		json = cr2_ref_append(names, at, &text) < 0 ? NULL : json_string(text.data);
	cr2_text_finish(&text);
	return json;
}

int cr2_view_step_json(const struct cr2_session *session, unsigned step, struct cr2_text *text)
{
	const struct cr2_names *names = &cr2_session_litmus(session)->names;
	const struct cr2_step_row *row = cr2_session_step(session, step);

	return view_json_line(json_pack("{s:s, s:i, s:i, s:s, s:s, s:o, s:s, s:i, s:b}", KEY(KIND), "step", KEY(STEP),
			(int)step, KEY(LINE), (int)row->line, KEY(PROC), cr2_name(&names->processes, row->process),
			KEY(OP), cr2_op_name(row->op), KEY(AT), place_json(names, row->has_at, &row->at), KEY(RESULT),
			cr2_result_name(row->result), KEY(FAULTS), (int)row->n_faults, KEY(FAILED), row->failed),
			      text);
}

/* json_pack() takes several times as long, and there are many. */
static json_t *row_json(size_t a, size_t b, bool c)
{
	json_t *row = json_array();

	json_array_append_new(row, json_integer((json_int_t)a));
	json_array_append_new(row, json_integer((json_int_t)b));
	json_array_append_new(row, json_integer(c));
	return row;
}

/* [line, number of faults, failed: 0 or 1] of each step. */
static json_t *steps_json(const struct cr2_session *session)
{
	json_t *list = json_array();

	for (unsigned i = 1; i <= cr2_session_steps(session); i++) {
		const struct cr2_step_row *row = cr2_session_step(session, i);

		json_array_append_new(list, row_json(row->line, row->n_faults, row->failed));
	}
	return list;
}

/* [step, 1 << k for each Sk that it has, went on: 0 or 1] of each fault. */
static json_t *faults_json(const struct cr2_session *session)
{
	json_t *list = json_array();
	size_t n;
	const struct cr2_fault_facts *faults = cr2_session_faults(session, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, row_json(faults[i].step, faults[i].stages,
						     faults[i].result == CR2_RESULT_OK));
	return list;
}

int cr2_view_timeline_json(const struct cr2_session *session, struct cr2_text *text)
{
	return view_json_line(json_pack("{s:s, s:s?, s:o, s:o}", KEY(KIND), "timeline", KEY(TITLE),
					cr2_session_litmus(session)->title, KEY(STEPS), steps_json(session), KEY(FAULTS),
					faults_json(session)),
			      text);
}
