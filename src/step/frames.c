/* SPDX-License-Identifier: MIT */
/*
 * The frames of a scene: those that were seen in page tables, in caches and in swap, each with its counts and
 * with who maps it. Frames are swept upwards from border to border, where a border is a frame at which a row
 * of seen ones begins or ends: between two, the same mappings show all of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

/* Is it what comes behind the row, by pages or by frames? Seen one after another, they mostly are. */
static bool joins_seen(struct seen_frames *row, const struct seen_frames *seen)
{
	bool mapped = seen->process != CR2_NO_OBJECT;

	if (row->process != seen->process)
		return false;
	if (row->pfn + row->n == seen->pfn && !row->again &&
	    (!mapped || row->address + row->n * CR2_PAGE_SIZE == seen->address)) {
		row->n += seen->n;
		return true;
	}
	if (row->n > 1 || row->pfn != seen->pfn || seen->n > 1 ||
	    (mapped && row->address + (row->again + 1) * CR2_PAGE_SIZE != seen->address))
		return false;
	row->again += mapped;
	return true;
}

int frames_see(struct frame_list *list, const struct seen_frames *seen)
{
	struct seen_frames *row;

	if (list->n && joins_seen(&list->items[list->n - 1], seen))
		return 0;
	row = LIST_ADD(list);
	if (!row)
		return -ENOMEM;
	*row = *seen;
	return 0;
}

int frames_see_unmapped(struct frame_list *list, uint64_t pfn)
{
	return frames_see(list, &(struct seen_frames){.pfn = pfn, .n = 1, .process = CR2_NO_OBJECT});
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_frame(const void *a, const void *b)
{
	const struct seen_frames *x = a, *y = b;
	int r = compare_u64(x->pfn, y->pfn);

	if (r == 0)
		r = compare_u64(x->process, y->process);
	return r ? r : compare_u64(x->address, y->address);
}

static int by_mapper(const void *a, const void *b)
{
	const struct cr2_scene_mapper *x = a, *y = b;
	int r = compare_u64(x->process, y->process);

	return r ? r : compare_u64(x->address, y->address);
}

struct sweep {
	const struct capture *c;
	const struct frame_list *seen; /* by_frame() */
	size_t next; /* the first that has not begun */
	CR2_SCENE_LIST(struct seen_frames) active;
};

/* Those that have ended by at are gone, those that begin there are in. */
static int advance(struct sweep *w, uint64_t at)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->active.n; i++)
		if (w->active.items[i].pfn + w->active.items[i].n > at)
			w->active.items[kept++] = w->active.items[i];
	w->active.n = kept;
	for (; w->next < w->seen->n && w->seen->items[w->next].pfn == at; w->next++) {
		struct seen_frames *row = LIST_ADD(&w->active);

		if (!row)
			return -ENOMEM;
		*row = w->seen->items[w->next];
	}
	return 0;
}

/* The next border: where one of those that are active ends, or another one begins. */
static uint64_t border(const struct sweep *w)
{
	uint64_t end = w->next < w->seen->n ? w->seen->items[w->next].pfn : UINT64_MAX;

	for (size_t i = 0; i < w->active.n; i++)
		if (w->active.items[i].pfn + w->active.items[i].n < end)
			end = w->active.items[i].pfn + w->active.items[i].n;
	return end;
}

static int add_mappers(const struct sweep *w, uint64_t at, struct cr2_scene_span *span)
{
	struct cr2_scene *s = w->c->scene;

	span->first = s->mappers.n;
	for (size_t i = 0; i < w->active.n; i++) {
		const struct seen_frames *seen = &w->active.items[i];
		struct cr2_scene_mapper *row;

		if (seen->process == CR2_NO_OBJECT)
			continue;
		row = LIST_ADD(&s->mappers);
		if (!row)
			return -ENOMEM;
		*row = (struct cr2_scene_mapper){
			seen->process, seen->address + (at - seen->pfn) * CR2_PAGE_SIZE, seen->again + 1};
	}
	span->n = s->mappers.n - span->first;
	if (span->n > 1)
		qsort(s->mappers.items + span->first, span->n, sizeof(*s->mappers.items), by_mapper);
	return 0;
}

static bool follows(uint64_t first, unsigned step, uint64_t n, uint64_t next, unsigned *ret_step)
{
	unsigned now = next == first ? 0 : 1;

	if (next != first + now * n || (n > 1 && now != step))
		return false;
	*ret_step = now;
	return true;
}

static bool same_info(const struct cr2_frame_info *a, const struct cr2_frame_info *b)
{
	return a->use == b->use && a->refs == b->refs && a->maps == b->maps && a->exclusive == b->exclusive &&
	       a->dirty == b->dirty && a->lazy_free == b->lazy_free && a->swap_cached == b->swap_cached &&
	       a->order == b->order && a->object == b->object && a->slot == b->slot &&
	       (a->order == 0 || a->head == b->head);
}

/* The frame joins the row before, whose mappers show it too. */
static bool joins_row(struct cr2_scene_frame *row, uint64_t pfn, const struct cr2_frame_info *info,
		      const struct cr2_page *page)
{
	unsigned index, number;

	if (row->pfn + row->n != pfn || !same_info(&row->info, info) || row->page.kind != page->kind ||
	    row->page.object != page->object || row->page.count != page->count ||
	    !follows(row->info.index, row->index_step, row->n, info->index, &index) ||
	    !follows(row->page.number, row->number_step, row->n, page->number, &number))
		return false;
	row->index_step = index;
	row->number_step = number;
	row->n++;
	return true;
}

/* Frames from at to before end, which the same mappings show. */
static int add_frames(const struct sweep *w, uint64_t at, uint64_t end)
{
	struct cr2_scene *s = w->c->scene;
	struct cr2_scene_frame *row = NULL;

	for (uint64_t pfn = at; pfn < end; pfn++) {
		struct cr2_frame_info info;
		struct cr2_page page;

		if (!cr2_model_frame(w->c->model, pfn, &info))
			continue;
		page = cr2_execution_page(w->c->execution, &info.state);
		if (row && joins_row(row, pfn, &info, &page))
			continue;
		row = LIST_ADD(&s->frames);
		if (!row)
			return -ENOMEM;
		*row = (struct cr2_scene_frame){.pfn = pfn, .n = 1, .info = info, .page = page};
		if (add_mappers(w, pfn, &row->mappers) < 0)
			return -ENOMEM;
	}
	return 0;
}

int frames_capture(const struct capture *c, struct frame_list *seen)
{
	struct sweep w = {.c = c, .seen = seen};
	uint64_t at, end;
	int r = 0;

	if (seen->n > 1)
		qsort(seen->items, seen->n, sizeof(*seen->items), by_frame);
	for (at = seen->n ? seen->items[0].pfn : UINT64_MAX; r == 0 && at != UINT64_MAX; at = end) {
		r = advance(&w, at);
		end = border(&w);
		if (r == 0 && w.active.n)
			r = add_frames(&w, at, end);
	}
	free(w.active.items);
	return r;
}
