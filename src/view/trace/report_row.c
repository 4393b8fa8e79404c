/* SPDX-License-Identifier: MIT */
/* A call stack is a line a function, the innermost first; the others are a word or two. */
#include <inttypes.h>
#include <string.h>

#include "view/trace/frame.h"
#include "view/trace/report_row.h"

/* A line each, the innermost first. */
static void add_calls(struct rich *cell, const struct cr2_report_row *row)
{
	for (const struct cr2_report_call *call = row->stack; call; call = call->caller) {
		if (call != row->stack) {
			rich_break(cell);
			rich_keep(cell, INK_PLAIN, "%*s", (int)row->depth * 2 + 2, "");
		}
		view_frame(cell, call->frame);
	}
}

void report_row_label(struct rich *cell, const struct cr2_report_row *row)
{
	rich_keep(cell, INK_PLAIN, "%*s", (int)row->depth * 2, "");
	switch (row->by) {
	case CR2_REPORT_BY_PROCESS:
		rich_keep(cell, INK_NAME, "%s", row->label);
		if (row->pid)
			rich_keep(cell, INK_PLAIN, " %" PRIu64, row->pid);
		break;
	case CR2_REPORT_BY_PAGE:
		rich_keep(cell, INK_NAME, "0x%" PRIx64, row->page);
		break;
	case CR2_REPORT_BY_TIME:
		rich_keep(cell, INK_NAME, "%.1f s", (double)row->time / 1e9);
		break;
	case CR2_REPORT_BY_MAPPING:
		rich_keep(cell, INK_NAME, "%s", cr2_trace_mapping_name(row->mapping));
		if (row->file)
			rich_keep(cell, INK_PLAIN, " %s", row->file->path);
		break;
	case CR2_REPORT_BY_LINE:
		view_frame(cell, row->line);
		break;
	case CR2_REPORT_BY_STACK:
		add_calls(cell, row);
		break;
	default:
		rich_keep(cell, INK_NAME, "%s", row->label);
	}
}

/* ---- for programs ---- */

static json_t *calls_json(const struct cr2_report_call *call)
{
	json_t *list = json_array();

	for (; call; call = call->caller) {
		json_t *o = json_object();

		view_frame_json(o, call->frame);
		json_array_append_new(list, o);
	}
	return list;
}

void report_row_key(json_t *o, enum cr2_report_by by, const struct cr2_report_row *row)
{
	switch (by) {
	case CR2_REPORT_BY_PATH:
		json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(row->path)));
		break;
	case CR2_REPORT_BY_MAPPING:
		json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(row->mapping)));
		json_object_set_new(o, KEY(FILE), row->file ? json_string(row->file->path) : json_null());
		break;
	case CR2_REPORT_BY_FUNCTION:
		json_object_set_new(o, KEY(FUNCTION), json_string(row->function));
		break;
	case CR2_REPORT_BY_LINE:
		view_frame_json(o, row->line);
		break;
	case CR2_REPORT_BY_STACK:
		json_object_set_new(o, KEY(CALLS), calls_json(row->stack));
		break;
	case CR2_REPORT_BY_CGROUP:
		json_object_set_new(o, KEY(CGROUP), row->cgroup ? json_string(row->cgroup) : json_null());
		break;
	case CR2_REPORT_BY_PROCESS:
		if (row->pid)
			view_json_set(o, KEY(PID), row->pid);
		json_object_set_new(o, KEY(COMM), json_string(row->comm));
		break;
	case CR2_REPORT_BY_PAGE:
		json_object_set_new(o, KEY(ADDR), view_json_hex(row->page));
		break;
	default:
		json_object_set_new(o, KEY(T), view_json_seconds(row->time));
	}
}
