/* SPDX-License-Identifier: MIT */
/*
 * The state after a step: every living process, each of its mappings, each page. Looked at is
 * what the step can have changed; the pages that were there before, and may be shown elsewhere,
 * are counted again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "execution.h"
#include "record/pages.h"

/* Pages looked at one by one before holes are asked for again. */
#define LOOK_PAGES 64

struct look {
	struct cr2_execution *x;
	struct changes *changes;
	bool recounts; /* not all is looked at: pages that were there may be elsewhere, too */
	struct cr2_pages *before; /* counted pages that were in the scope */
	size_t n_before, capacity;
};

static struct ordered_key number_key(const struct cr2_page_state *state)
{
	return (struct ordered_key){state->kind, 0, state->id};
}

static struct ordered_key page_key(const struct cr2_page *page)
{
	return (struct ordered_key){page->kind, page->object, page->number};
}

struct cr2_page state_page_seen(const struct cr2_execution *x, const struct cr2_page_state *state)
{
	struct cr2_page page = {.kind = state->kind, .marks = state->marks};
	const uint64_t *number;

	if (!cr2_page_is_counted(state->kind))
		return page;
	page.count = state->mapcount;
	if (state->kind == CR2_PAGE_FILE) {
		page.object = state->object;
		page.number = state->index;
		return page;
	}
	number = ordered_get(&x->numbers, number_key(state));
	page.number = number ? *number : 0;
	return page;
}

/* The same, which numbers a page that is seen for the first time. */
static int number_page(struct look *look, const struct cr2_page_state *state,
		       struct cr2_page *ret_page)
{
	struct cr2_execution *x = look->x;
	const struct seen seen = {state->frame, state->id}, *old;
	int r = 0;

	*ret_page = state_page_seen(x, state);
	if (!cr2_page_is_counted(state->kind))
		return 0;
	if (state->kind != CR2_PAGE_FILE && !ret_page->number) {
		ret_page->number = ++*(state->kind == CR2_PAGE_ANON ? &x->n_anon : &x->n_huge);
		r = ordered_put(&x->numbers, number_key(state), 0, &ret_page->number);
	}
	if (r < 0 || !x->runner->ops->recount)
		return r;
	old = ordered_get(&x->frames, page_key(ret_page));
	return old && old->frame == seen.frame && old->id == seen.id
		       ? 0 : ordered_put(&x->frames, page_key(ret_page), 0, &seen);
}

/* Can page be one more of a piece? */
static bool extends(const struct cr2_pages *piece, const struct cr2_page *page)
{
	struct cr2_page last = pages_at(piece, piece->n - 1);

	if (page_follows(page, &last))
		return piece->n == 1 || piece->ascending;
	return !piece->ascending && cr2_page_equal(page, &last);
}

/* x->states are n pages of a mapping from page first on. */
static int write_pages(struct look *look, uint32_t process, uint32_t mapping, uint64_t first,
		       size_t n)
{
	struct cr2_pages piece = {0};
	struct cr2_page page;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = number_page(look, &look->x->states[i], &page);
		if (r < 0)
			return r;
		if (piece.n && extends(&piece, &page)) {
			piece.ascending = page_follows(&page, &piece.page) || piece.ascending;
			piece.n++;
			continue;
		}
		r = changes_pages(look->changes, process, mapping, first, &piece);
		first += piece.n;
		piece = (struct cr2_pages){1, page, false};
	}
	return r == 0 ? changes_pages(look->changes, process, mapping, first, &piece) : r;
}

/* Pages that are known to be alike; the first of them is looked at. */
static int put_alike(struct look *look, uint32_t process, uint32_t mapping, uint64_t first,
		     uint64_t n)
{
	struct cr2_pages piece = {.n = n};
	int r = number_page(look, &look->x->states[0], &piece.page);

	return r == 0 ? changes_pages(look->changes, process, mapping, first, &piece) : r;
}

/* Pages first to before end. */
static int look_at_pages(struct look *look, uint32_t process, const struct cr2_place *place,
			 uint64_t first, uint64_t end)
{
	struct cr2_runner *runner = look->x->runner;
	int r = 0;

	for (uint64_t n; first < end && r == 0; first += n) {
		uint64_t address = place->address + first * CR2_PAGE_SIZE, alike = 1, most;

		if (runner->ops->alike)
			alike = runner->ops->alike(runner, process, address, end - first);
		most = runner->ops->alike ? LOOK_PAGES : SNAPSHOT_PAGES;
		n = alike > 1 ? alike : end - first < most ? end - first : most;
		r = runner->ops->snapshot(runner, process, address, alike > 1 ? 1 : n,
					  look->x->states);
		if (r == 0)
			r = alike > 1 ? put_alike(look, process, place->mapping, first, n)
				      : write_pages(look, process, place->mapping, first, n);
	}
	return r;
}

/* Keeps what the mapping had from page first to before end. */
static int note_before(struct look *look, uint32_t process, uint32_t mapping, uint64_t first,
		       uint64_t end)
{
	struct cr2_pages piece;
	int r = 0;

	for (; look->recounts && first < end && r == 0; first += piece.n) {
		piece = state_pages(look->changes->state, process, mapping, first);
		if (piece.n == 0)
			break;
		if (piece.n > end - first)
			piece.n = end - first;
		if (!cr2_page_is_counted(piece.page.kind))
			continue;
		r = cr2_grow(&look->before, &look->capacity, look->n_before + 1,
			     sizeof(*look->before));
		if (r == 0)
			look->before[look->n_before++] = piece;
	}
	return r;
}

/* What of the place lies in the range. */
static int look_at_place(struct look *look, uint32_t process, const struct cr2_place *place,
			 const struct range *range)
{
	uint64_t end = place->address + place->pages * CR2_PAGE_SIZE;
	uint64_t from = range->from > place->address ? range->from : place->address;
	uint64_t to = range->to < end ? range->to : end;
	uint64_t first = (from - place->address) / CR2_PAGE_SIZE;
	uint64_t behind = (to - place->address) / CR2_PAGE_SIZE;
	struct cr2_state_mapping old = {0};
	int r = note_before(look, process, place->mapping, first, behind);

	/* What it had behind its end, before it became shorter. */
	cr2_state_find(look->changes->state, process, place->mapping, &old);
	if (r == 0)
		r = note_before(look, process, place->mapping, place->pages, old.pages);
	if (r == 0)
		r = changes_mapping(look->changes, process, place->mapping, place->pages,
				    place->address / CR2_PAGE_SIZE);
	return r == 0 ? look_at_pages(look, process, place, first, behind) : r;
}

static int look_at_process(struct look *look, uint32_t process)
{
	static const struct range everywhere = {0, UINT64_MAX};
	struct ordered_key key = {process, 0, 0};
	struct ordered_entry e;
	int r = 0;

	while (r == 0 && ordered_ceil(&look->x->by_mapping, key, &e) && e.key.a == process) {
		r = look_at_place(look, process, e.value, &everywhere);
		key = ordered_above(e.key);
	}
	return r;
}

static int look_at_all(struct look *look)
{
	struct ordered_entry e;
	struct ordered_key key = {0};
	int r = 0;

	while (r == 0 && ordered_ceil(&look->x->living, key, &e)) {
		if (space_of(look->x, (uint32_t)e.key.a) == e.key.a)
			r = look_at_process(look, (uint32_t)e.key.a);
		key = ordered_above(e.key);
	}
	return r;
}

static int by_mapping(const void *a, const void *b)
{
	const struct cr2_place *x = *(const struct cr2_place *const *)a;
	const struct cr2_place *y = *(const struct cr2_place *const *)b;

	return x->mapping < y->mapping ? -1 : x->mapping > y->mapping;
}

/* Pages are numbered in the order of mappings: so are places looked at. */
static int look_at_range(struct look *look, uint32_t process, const struct range *range)
{
	struct ordered_key key = {process, 0, 0};
	const struct cr2_place **places = NULL;
	size_t n = 0, capacity = 0;
	struct ordered_entry e;
	int r = 0;

	while (r == 0 &&
	       ordered_overlap(&look->x->by_address, key, range->from, range->to, &e)) {
		r = cr2_grow(&places, &capacity, n + 1, sizeof(*places));
		if (r == 0)
			places[n++] = e.value;
		key = ordered_above(e.key);
	}
	if (n > 1)
		qsort(places, n, sizeof(*places), by_mapping);
	for (size_t i = 0; i < n && r == 0; i++)
		r = look_at_place(look, process, places[i], range);
	free(places);
	return r;
}

static int count_again(struct look *look)
{
	struct cr2_execution *x = look->x;
	int r = 0;

	for (size_t i = 0; i < look->n_before; i++) {
		const struct cr2_pages *piece = &look->before[i];

		for (uint64_t k = 0; k < (piece->ascending ? piece->n : 1) && r == 0; k++) {
			struct cr2_page page = pages_at(piece, k);
			const struct seen *seen = ordered_get(&x->frames, page_key(&page));
			struct cr2_page_state state = {.kind = page.kind};

			if (!seen)
				continue;
			if (page.kind == CR2_PAGE_FILE) {
				state.object = page.object;
				state.index = page.number;
			}
			state.frame = seen->frame;
			state.id = seen->id;
			x->runner->ops->recount(x->runner, &state);
			page.count = state.mapcount;
			if (page.count)
				r = changes_count(look->changes, &page);
		}
	}
	return r;
}

/* Before a process is gone, with all that it shows. */
static int note_process(struct look *look, uint32_t process)
{
	struct cr2_state_mapping m;
	int r = 0;

	for (uint32_t at = 0;
	     r == 0 && cr2_state_mapping(look->changes->state, process, at, &m); at = m.mapping + 1)
		r = note_before(look, process, m.mapping, 0, m.pages);
	return r;
}

/* The process whose memory it acted in, and a child that it made; threads are none. */
static int observe_processes(struct look *look)
{
	const struct cr2_execution *x = look->x;
	uint32_t space = space_of(x, x->op.process);
	bool lives = step_lives(x, space);
	int r = lives ? 0 : note_process(look, space);

	if (r == 0)
		r = changes_process(look->changes, space, lives);
	if (r == 0 && x->op.kind == CR2_OP_FORK &&
	    ordered_get(&x->living, (struct ordered_key){x->op.child, 0, 0}))
		r = changes_process(look->changes, x->op.child, true);
	return r;
}

int state_observe(struct cr2_execution *x, const struct step_scope *scope, struct changes *changes)
{
	struct look look = {.x = x, .changes = changes, .recounts = !scope->all};
	int r = observe_processes(&look);

	if (r == 0 && scope->all)
		r = look_at_all(&look);
	else if (r == 0 && scope->whole)
		r = look_at_process(&look, scope->process);
	for (size_t i = 0; r == 0 && !scope->all && i < scope->n; i++)
		r = look_at_range(&look, scope->process, &scope->ranges[i]);
	if (r == 0)
		r = count_again(&look);
	free(look.before);
	return r;
}
