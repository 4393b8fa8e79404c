/* SPDX-License-Identifier: MIT */
/* A forced fault for programs: one object. What was not seen is null. */
#include <cr2/view_force.h>

#include "record/json.h"

#define FRAME_MASK ((1ULL << 55) - 1) /* of a pagemap entry */

static json_t *hex_if(bool known, uint64_t value)
{
	return known ? view_json_hex(value) : json_null();
}

static json_t *count_if(bool known, uint64_t value)
{
	return known ? json_integer((json_int_t)value) : json_null();
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *flags_json(enum cr2_flag_table table, uint64_t value)
{
	struct cr2_flags flags;

	cr2_flags_decode(table, value, 0, &flags);
	return view_json_flags(&flags);
}

static json_t *mapping_json(const struct cr2_force_page *page)
{
	json_t *root = json_object();

	if (!page->mapped) {
		json_decref(root);
		return json_null();
	}
	json_object_set_new(root, "start", view_json_hex(page->start));
	json_object_set_new(root, "end", view_json_hex(page->end));
	json_object_set_new(root, "prot", json_integer(page->prot));
	json_object_set_new(root, "shared", json_boolean(page->shared));
	json_object_set_new(root, "pages_present", count_if(true, page->present));
	return root;
}

static json_t *page_json(const struct cr2_force_report *report, const struct cr2_force_page *page)
{
	json_t *root = json_object();
	bool frame = page->frame != CR2_NO_FRAME;

	json_object_set_new(root, "mapping", mapping_json(page));
	json_object_set_new(root, "token",
			    report->traced ? json_string(page->kind == CR2_PAGE_FILE ? "F" :
							 cr2_page_token(page->kind)) : json_null());
	json_object_set_new(root, "pagemap",
			    flags_json(CR2_FLAGS_PAGEMAP, page->entry & ~FRAME_MASK));
	json_object_set_new(root, "frame", hex_if(frame, page->frame));
	json_object_set_new(root, "maps", count_if(frame, page->maps));
	json_object_set_new(root, "kpageflags",
			    frame ? flags_json(CR2_FLAGS_FRAME, page->flags) : json_null());
	return root;
}

static json_t *signal_json(const struct cr2_force_signal *signal)
{
	json_t *root = json_object();

	if (!signal->number) {
		json_decref(root);
		return json_null();
	}
	json_object_set_new(root, "number", json_integer(signal->number));
	json_object_set_new(root, "code", json_integer(signal->code));
	json_object_set_new(root, "si_addr", view_json_hex(signal->fault_address));
	json_object_set_new(root, "trap", json_integer((json_int_t)signal->trap));
	json_object_set_new(root, "err", view_json_hex(signal->error_code));
	json_object_set_new(root, "cr2", view_json_hex(signal->cr2));
	json_object_set_new(root, "ip", view_json_hex(signal->ip));
	return root;
}

static json_t *fault_json(const struct cr2_force_report *report)
{
	const struct cr2_fault *fault = &report->fault;
	json_t *root = json_object();

	if (!report->traced || !report->n_faults) {
		json_decref(root);
		return json_null();
	}
	json_object_set_new(root, "err", view_json_hex(fault->error_code));
	json_object_set_new(root, "address", view_json_hex(fault->address));
	json_object_set_new(root, "ip", view_json_hex(fault->ip));
	json_object_set_new(root, "major", json_boolean(fault->major));
	json_object_set_new(root, "path", json_string(cr2_path_name(fault->path)));
	json_object_set_new(root, "evidence", json_string(cr2_evidence_name(fault->evidence)));
	return root;
}

static json_t *agreement_json(const struct cr2_force_report *report)
{
	static const char *const words[] = {
		[CR2_FORCE_SAME] = "same",
		[CR2_FORCE_HIDDEN] = "hidden",
		[CR2_FORCE_DIFFERENT] = "different",
	};
	enum cr2_force_agreement agreement = cr2_force_agreement(report);

	return agreement == CR2_FORCE_ONE_CODE ? json_null() : json_string(words[agreement]);
}

static void add_access(json_t *root, const struct cr2_force_report *report)
{
	json_object_set_new(root, "proc", json_string(report->process));
	json_object_set_new(root, "op", json_string(cr2_op_name(report->op)));
	json_object_set_new(root, "at", json_string(report->at));
	json_object_set_new(root, "address", view_json_hex(report->address));
	json_object_set_new(root, "result", json_string(cr2_result_name(report->result)));
}

int cr2_view_force_json(const struct cr2_force_report *report, const char *kernel,
			struct cr2_text *text)
{
	json_t *root = json_object();
	bool moved = report->before.frame != CR2_NO_FRAME;

	json_object_set_new(root, "kind", json_string(cr2_force_name(report->force)));
	json_object_set_new(root, "kernel", json_string(kernel));
	add_access(root, report);
	json_object_set_new(root, "traced", json_boolean(report->traced));
	json_object_set_new(root, "fault", fault_json(report));
	json_object_set_new(root, "signal", signal_json(&report->signal));
	json_object_set_new(root, "codes", agreement_json(report));
	json_object_set_new(root, "exceptions", count_if(report->traced, report->exceptions));
	json_object_set_new(root, "minor", count_if(true, report->minor));
	json_object_set_new(root, "major", count_if(true, report->major));
	json_object_set_new(root, "before", page_json(report, &report->before));
	json_object_set_new(root, "after", page_json(report, &report->after));
	json_object_set_new(root, "old_frame_maps", count_if(moved, report->old_frame_maps));
	json_object_set_new(root, "expected", text_or_null(report->expected));
	json_object_set_new(root, "seen", text_or_null(report->seen));
	json_object_set_new(root, "holds", report->traced ? json_boolean(cr2_force_holds(report))
							  : json_null());
	return view_json_line(root, text);
}
