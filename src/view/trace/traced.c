/* SPDX-License-Identifier: MIT */
/* A real program's fault on one line, as strace shows a call. */
#include <inttypes.h>
#include <stdio.h>

#include <cr2/decode.h>
#include <cr2/view_trace.h>

#include "record/json.h"
#include "view/draw/quantity.h"
#include "view/trace/frame.h"
#include "view/trace/own.h"

/* "anon 3 refs 1 map exclusive" in brief: "a/1" is what scenarios call it. */
static void add_page(struct rich *line, const struct cr2_trace_page *page)
{
	if (!page->kind) {
		rich_keep(line, INK_DIM, "%s", page->entry ? "swap" : "-");
		return;
	}
	rich_keep(line, INK_PLAIN, "%s", cr2_trace_page_name(page->kind));
	if (page->level > CR2_LEVEL_PTE)
		rich_keep(line, INK_PLAIN, " %s", page->level == CR2_LEVEL_PMD ? "2M" : "1G");
	else if (page->order)
		rich_keep(line, INK_PLAIN, " %uK", 4U << (page->order & 15));
	if (page->maps > 1)
		rich_keep(line, INK_PLAIN, "/%d", page->maps);
}

static void add_place(struct rich *line, const struct cr2_traced_fault *fault)
{
	rich_keep(line, INK_PLAIN, "0x%" PRIx64 " ", fault->addr);
	if (fault->name[0])
		rich_keep(line, INK_PLAIN, "%s+0x%" PRIx64, fault->name,
			  fault->offset + (uint64_t)(fault->addr % CR2_PAGE_SIZE));
	else
		rich_keep(line, INK_PLAIN, "%s", cr2_trace_mapping_name(fault->mapping));
}

int cr2_view_traced(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
		    const struct cr2_style *style, struct cr2_text *text)
{
	struct cr2_style one_line = *style;
	struct rich line = {0};
	uint64_t us = (fault->time - began) / 1000;
	int r;

	if (fault->source == CR2_TRACE_SOURCE_PERF)
		return view_own_traced(fault, began, code, style, text);
	one_line.width = 10000; /* a line a fault, however long, for grep and less -S */
	rich_keep(&line, INK_DIM, "%" PRIu64 ".%06" PRIu64 " ", us / 1000000, us % 1000000);
	rich_keep(&line, INK_PLAIN, "%s %" PRIu64 "  ", fault->comm, fault->tid);
	rich_keep(&line, INK_NAME, "%-13s ", cr2_path_name(fault->path));
	rich_keep(&line, INK_PLAIN, "0x%" PRIx64 "%s ", fault->error, fault->major ? " major" : "");
	add_place(&line, fault);
	rich_keep(&line, INK_PLAIN, "  ");
	add_page(&line, &fault->before);
	rich_add(&line, INK_PLAIN, " → ");
	add_page(&line, &fault->after);
	if (fault->signal)
		rich_keep(&line, INK_BAD, "  signal %d", fault->signal);
	rich_keep(&line, INK_PLAIN, "  ");
	rich_time(&line, INK_PLAIN, (double)fault->ns);
	rich_keep(&line, INK_DIM, "  ip 0x%" PRIx64, fault->ip);
	if (code) {
		rich_keep(&line, INK_PLAIN, " ");
		view_frame(&line, code);
	}
	r = rich_paragraph(text, &one_line, 0, &line);
	rich_finish(&line);
	return r;
}

static json_t *page_json(const struct cr2_trace_page *page)
{
	json_t *o = json_object();

	json_object_set_new(o, KEY(ENTRY), view_json_hex(page->entry));
	json_object_set_new(o, KEY(LEVEL), page->level ? json_string(cr2_level_name(page->level)) : json_null());
	if (page->kind) {
		json_object_set_new(o, KEY(PAGE_KIND), json_string(cr2_trace_page_name(page->kind)));
		json_object_set_new(o, KEY(ORDER), json_integer(page->order));
		json_object_set_new(o, KEY(REFS), json_integer(page->refs));
		json_object_set_new(o, KEY(MAPS), json_integer(page->maps));
		json_object_set_new(o, KEY(EXCLUSIVE), json_boolean(page->exclusive));
	}
	return o;
}

int cr2_view_traced_json(const struct cr2_traced_fault *fault, uint64_t began, const struct cr2_frame *code,
			 struct cr2_text *text)
{
	const bool own = fault->source == CR2_TRACE_SOURCE_PERF;
	const char *access = view_own_access(fault);
	json_t *o = json_object();

	json_object_set_new(o, KEY(T), view_json_seconds(fault->time - began));
	view_json_set(o, KEY(PID), fault->pid);
	view_json_set(o, KEY(TID), fault->tid);
	json_object_set_new(o, KEY(COMM), json_string(fault->comm));
	json_object_set_new(o, KEY(ADDR), view_json_hex(fault->addr));
	json_object_set_new(o, KEY(IP), view_json_hex(fault->ip));
	view_frame_json(o, code);
	json_object_set_new(o, KEY(ERROR), own ? json_null() : view_json_hex(fault->error));
	if (own)
		json_object_set_new(o, KEY(ACCESS), access ? json_string(access) : json_null());
	json_object_set_new(o, KEY(PATH), json_string(cr2_path_name(fault->path)));
	json_object_set_new(o, KEY(EVIDENCE),
			    json_string(cr2_evidence_name(fault->path == CR2_PATH_UNKNOWN ?
							  CR2_EVIDENCE_UNKNOWN : CR2_EVIDENCE_READ)));
	json_object_set_new(o, KEY(MAJOR), json_boolean(fault->major));
	json_object_set_new(o, KEY(MODE), json_string(fault->kernel ? "kernel" : "user"));
	json_object_set_new(o, KEY(MAPPING), json_string(cr2_trace_mapping_name(fault->mapping)));
	json_object_set_new(o, KEY(FILE), fault->name[0] ? json_string(fault->name) : json_null());
	json_object_set_new(o, KEY(BEFORE), own ? json_null() : page_json(&fault->before));
	json_object_set_new(o, KEY(AFTER), own ? json_null() : page_json(&fault->after));
	json_object_set_new(o, KEY(SIGNO), fault->signal ? json_integer(fault->signal) : json_null());
	json_object_set_new(o, KEY(NS), own ? json_null() : json_integer((json_int_t)fault->ns));
	return view_json_line(o, text);
}
