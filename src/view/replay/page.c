/* SPDX-License-Identifier: MIT */
/* Pages that an address space had at its end, beside those that it has in the model. */
#include <inttypes.h>

#include <cr2/view_replay.h>

#include "record/json.h"
#include "view/draw/grid.h"

/* What is said of both sides. */
struct side {
	bool is_there;
	enum cr2_trace_page_kind kind;
	bool writable, knows_once, once;
};

static struct side recorded(const struct cr2_replay_page *page)
{
	return (struct side){
		.is_there = page->kind != CR2_REPLAY_PAGE_ABSENT,
		.kind = (enum cr2_trace_page_kind)(page->state & CR2_PAGE_RUN_KIND),
		.writable = page->state & CR2_PAGE_RUN_WRITABLE,
		.knows_once = !(page->state & CR2_PAGE_RUN_LARGE), .once = page->state & CR2_PAGE_RUN_ONCE,
	};
}

static enum cr2_trace_page_kind kind_of(enum cr2_page_kind kind)
{
	switch (kind) {
	case CR2_PAGE_ANON:
	case CR2_PAGE_HUGE:
		return CR2_TRACE_PAGE_ANON;
	case CR2_PAGE_FILE:
		return CR2_TRACE_PAGE_FILE;
	case CR2_PAGE_ZERO:
	case CR2_PAGE_HUGE_ZERO:
		return CR2_TRACE_PAGE_ZERO;
	default:
		return CR2_TRACE_PAGE_NONE;
	}
}

static struct side modelled(const struct cr2_replay_page *page)
{
	return (struct side){
		.is_there = page->kind != CR2_REPLAY_PAGE_PRESENT, .kind = kind_of(page->model.kind),
		.writable = page->model.writable, .knows_once = true, .once = page->model.mapcount == 1,
	};
}

static void say_side(struct rich *line, const struct side *side)
{
	if (!side->is_there) {
		rich_add(line, INK_NAME, "nothing");
		return;
	}
	rich_add(line, INK_NAME, cr2_trace_page_name(side->kind));
	rich_add(line, INK_PLAIN, side->writable ? ", writable" : ", not writable");
	if (side->knows_once && side->kind == CR2_TRACE_PAGE_ANON)
		rich_add(line, INK_PLAIN, side->once ? ", mapped once" : ", mapped more than once");
}

/* "0.012345 1234 exit: 3 pages at 0x7f01... in libc.so.6: anon, not writable, mapped once; the model: anon, ..." */
int cr2_view_replay_page(const struct cr2_replay_page *page, uint64_t began, const struct cr2_style *style,
			 struct cr2_text *text)
{
	const struct side of_linux = recorded(page), model = modelled(page);
	struct rich line = {.hang = 4};
	int r;

	rich_keep(&line, INK_DIM, "%.6f ", page->time > began ? (double)(page->time - began) / 1e9 : 0.0);
	rich_keep(&line, INK_PLAIN, "%" PRIu64 " at its end: %" PRIu64 " page%s at 0x%" PRIx64 " in ", page->pid, page->pages,
		  page->pages == 1 ? "" : "s", page->address);
	rich_add(&line, INK_PLAIN, page->path ? page->path : "an unknown mapping");
	rich_add(&line, INK_PLAIN, ": ");
	say_side(&line, &of_linux);
	rich_add(&line, INK_PLAIN, "; the model: ");
	say_side(&line, &model);
	if (page->is_allowed)
		rich_printf(&line, INK_GOOD, " accepted: %s", cr2_replay_allowed_name(page->allowed));
	else
		rich_printf(&line, INK_BAD, " %s", cr2_replay_page_name(page->kind));
	r = rich_paragraph(text, style, 0, &line);
	rich_finish(&line);
	return r;
}

static void set_side(json_t *o, const struct side *side)
{
	json_object_set_new(o, KEY(PAGE_IS), side->is_there ? json_string(cr2_trace_page_name(side->kind)) : json_null());
	json_object_set_new(o, KEY(WRITABLE), json_boolean(side->is_there && side->writable));
	json_object_set_new(o, KEY(ONCE), side->is_there && side->knows_once ? json_boolean(side->once) : json_null());
}

int cr2_view_replay_page_json(const struct cr2_replay_page *page, uint64_t began, struct cr2_text *text)
{
	const struct side of_linux = recorded(page), of_model = modelled(page);
	json_t *o = json_object(), *model = json_object();

	json_object_set_new(o, KEY(KIND), json_string("page"));
	json_object_set_new(o, KEY(FIELD), json_string(cr2_replay_page_name(page->kind)));
	json_object_set_new(o, KEY(ACCEPTED),
			    page->is_allowed ? json_string(cr2_replay_allowed_name(page->allowed)) : json_null());
	json_object_set_new(o, KEY(T), view_json_seconds(page->time > began ? page->time - began : 0));
	view_json_set(o, KEY(PID), page->pid);
	json_object_set_new(o, KEY(ADDR), view_json_hex(page->address));
	view_json_set(o, KEY(COUNT), page->pages);
	json_object_set_new(o, KEY(FILE), page->path ? view_json_safe(page->path) : json_null());
	set_side(o, &of_linux);
	set_side(model, &of_model);
	json_object_set_new(o, KEY(MODEL), model);
	return view_json_line(o, text);
}
