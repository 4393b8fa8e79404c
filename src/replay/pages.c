/* SPDX-License-Identifier: MIT */
/*
 * The pages that an address space has, as they come; and those that it had at its end beside those that it has in the
 * model. What counts is each page that is there on either side: of which kind, whether its entry is writable, and whether
 * others map it too.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

#define PAGES_END (1ULL << (56 - CR2_PAGE_SHIFT)) /* where no program has pages any more */

_Static_assert(CR2_TRACE_PAGES <= CR2_PAGE_RUN_KIND + 1, "a run has room for each kind of page");

/* What of a page is compared. */
enum nature {
	NOTHING,
	AWAY, /* the entry is not empty, and maps nothing */
	ANONYMOUS,
	OF_FILE,
	ZERO,
	OF_KERNEL,
};

static enum nature nature_recorded(unsigned state)
{
	switch (state & CR2_PAGE_RUN_KIND) {
	case CR2_TRACE_PAGE_NONE:
		return AWAY;
	case CR2_TRACE_PAGE_ANON:
	case CR2_TRACE_PAGE_KSM:
		return ANONYMOUS;
	case CR2_TRACE_PAGE_FILE:
	case CR2_TRACE_PAGE_SHMEM:
		return OF_FILE;
	case CR2_TRACE_PAGE_ZERO:
		return ZERO;
	default:
		return OF_KERNEL;
	}
}

static enum nature nature_modelled(const struct replay *r, const struct cr2_page_state *page)
{
	switch (page->kind) {
	case CR2_PAGE_ANON:
	case CR2_PAGE_HUGE:
		return ANONYMOUS;
	case CR2_PAGE_FILE:
		return hash_get(&r->objects, page->object, 0) == NO_MORE ? OF_KERNEL : OF_FILE;
	case CR2_PAGE_ZERO:
	case CR2_PAGE_HUGE_ZERO:
		return ZERO;
	case CR2_PAGE_SWAP:
	case CR2_PAGE_GUARD:
	case CR2_PAGE_POISON:
		return AWAY;
	default:
		return NOTHING;
	}
}

/* The kernel's own pages have no struct page, or one that says nothing: all that is known is that they are there. */
static bool is_of_kernel(enum nature recorded, enum nature modelled)
{
	return modelled == OF_KERNEL && (recorded == OF_KERNEL || recorded == ZERO);
}

/* Whether a page differs, and how. */
static bool differs(const struct replay *r, unsigned state, const struct cr2_page_state *page,
		    enum cr2_replay_page_kind *ret_kind)
{
	const enum nature recorded = nature_recorded(state), modelled = nature_modelled(r, page);

	if (is_of_kernel(recorded, modelled))
		return false;
	if (modelled == NOTHING)
		*ret_kind = CR2_REPLAY_PAGE_PRESENT;
	else if (modelled != recorded)
		*ret_kind = CR2_REPLAY_PAGE_KIND;
	else if (page->writable != !!(state & CR2_PAGE_RUN_WRITABLE))
		*ret_kind = CR2_REPLAY_PAGE_WRITABLE;
	else if (page->kind == CR2_PAGE_ANON && !(state & CR2_PAGE_RUN_LARGE) &&
		 (page->mapcount == 1) != !!(state & CR2_PAGE_RUN_ONCE))
		*ret_kind = CR2_REPLAY_PAGE_ONCE;
	else
		return false;
	return true;
}

/* ---- several outcomes ---- */

/* By fault-around, here or in the process that this one was copied from: so many pages around. */
static uint64_t passed_over(const struct replay *r, uint32_t process, uint64_t address)
{
	uint64_t n = 0;

	for (; process && !n; process = r->spaces[process].parent)
		n = hash_get(&r->passed, process, window_of(address));
	return n;
}

/* ---- one page after the other ---- */

struct comparison {
	struct replay *r;
	uint32_t process;
	struct cr2_replay_page page; /* differences alike, next to each other; pages 0: none */
	uint64_t at; /* number of the page that is looked at next */
	uint64_t window, absent; /* of 64 KiB, and so many pages in it that Linux has not */
};

/* No more of them than the kernel had fewer when a fault around was settled. */
static bool explains_absence(struct comparison *c, uint64_t address)
{
	if (c->window != window_of(address)) {
		c->window = window_of(address);
		c->absent = 0;
	}
	return ++c->absent <= passed_over(c->r, c->process, address);
}

static bool page_is_allowed(struct comparison *c, const struct cr2_replay_page *page,
			    enum cr2_replay_allowed *ret_allowed)
{
	const struct cr2_page_state *model = &page->model;
	const bool of_file = model->kind == CR2_PAGE_FILE;

	if (page->kind == CR2_REPLAY_PAGE_ABSENT && of_file && explains_absence(c, page->address))
		*ret_allowed = CR2_REPLAY_ALLOWED_PAGE_LOCKED;
	else if (page->kind == CR2_REPLAY_PAGE_WRITABLE && of_file && model->writable &&
		 (page->state & CR2_PAGE_RUN_KIND) == CR2_TRACE_PAGE_FILE)
		*ret_allowed = CR2_REPLAY_ALLOWED_WRITTEN_BACK;
	else if (page->kind == CR2_REPLAY_PAGE_ONCE && model->mapcount > 1 &&
		 is_held_by_ending(c->r, c->process, page->address, model->id))
		*ret_allowed = CR2_REPLAY_ALLOWED_ENDING;
	else if (page->kind == CR2_REPLAY_PAGE_ONCE && model->mapcount > 1 && found_is_held(c->r, model->id))
		*ret_allowed = CR2_REPLAY_ALLOWED_UNRECORDED;
	else if (page->kind == CR2_REPLAY_PAGE_KIND && state_is_swapped(page->state) && model->kind == CR2_PAGE_ANON)
		*ret_allowed = CR2_REPLAY_ALLOWED_RECLAIMED;
	else if (takings_left(c->r, c->process, page->address))
		*ret_allowed = CR2_REPLAY_ALLOWED_TAKEN_AWAY;
	else
		return false;
	return true;
}

static int say_pages(struct comparison *c)
{
	const struct cr2_replay_config *config = c->r->config;
	struct cr2_recorded_map map;
	int error = 0;

	if (c->page.pages && config->page_fn) {
		if (c->page.model.kind == CR2_PAGE_FILE)
			c->page.path = file_path(c->r, c->page.model.object);
		else
			c->page.path = cr2_recording_map(c->r->recording, c->page.pid, c->page.address, &map) ?
					       map.file->path : NULL;
		error = config->page_fn(config->data, &c->page);
	}
	c->page.pages = 0;
	return error;
}

static bool continues(const struct cr2_replay_page *a, const struct cr2_replay_page *b)
{
	return a->pages && a->address + a->pages * CR2_PAGE_SIZE == b->address && a->kind == b->kind &&
	       a->state == b->state && a->model.kind == b->model.kind && a->model.writable == b->model.writable &&
	       a->is_allowed == b->is_allowed && a->allowed == b->allowed;
}

static int count_difference(struct comparison *c, enum cr2_replay_page_kind kind, unsigned state, uint64_t pages,
			    const struct cr2_page_state *model)
{
	struct cr2_replay_page page = c->page;
	int error = 0;

	page.kind = kind;
	page.state = state;
	page.model = *model;
	page.address = c->at << CR2_PAGE_SHIFT;
	page.allowed = 0;
	page.is_allowed = page_is_allowed(c, &page, &page.allowed);
	if (page.is_allowed)
		c->r->out.pages_allowed[page.allowed] += pages;
	else
		c->r->out.pages_differ[kind] += pages;
	if (!continues(&c->page, &page)) {
		page.pages = 0;
		error = say_pages(c);
		c->page = page;
	}
	c->page.pages += pages;
	return error;
}

/* What the model has where nothing was recorded, up to a page. */
static int compare_gap(struct comparison *c, uint64_t end)
{
	int error = 0;

	while (c->at < end && error == 0) {
		const uint64_t address = c->at << CR2_PAGE_SHIFT;
		const uint64_t n = cr2_model_pages_alike(c->r->model, c->process, address, end - c->at);
		struct cr2_page_state page;

		error = cr2_model_page_state(c->r->model, c->process, address, &page);
		if (error == 0 && nature_modelled(c->r, &page) != NOTHING) {
			c->r->out.pages += n;
			error = count_difference(c, CR2_REPLAY_PAGE_ABSENT, 0, n, &page);
		}
		c->at += n;
	}
	return error;
}

static int compare_page(struct comparison *c, unsigned state)
{
	struct cr2_replay *out = &c->r->out;
	enum cr2_replay_page_kind kind;
	struct cr2_page_state page;
	int error = cr2_model_page_state(c->r->model, c->process, c->at << CR2_PAGE_SHIFT, &page);

	if (error)
		return error;
	/* Of a mapping that the model does not have. */
	if (page.kind == CR2_PAGE_NOMAP && c->r->spaces[c->process].leaves_out) {
		out->pages_not_modelled++;
		return 0;
	}
	out->pages++;
	if (differs(c->r, state, &page, &kind))
		return count_difference(c, kind, state, 1, &page);
	out->pages_same++;
	return 0;
}

static int compare_run(struct comparison *c, uint64_t run)
{
	const uint64_t end = CR2_PAGE_RUN_FIRST(run) + CR2_PAGE_RUN_PAGES(run);
	int error = compare_gap(c, CR2_PAGE_RUN_FIRST(run));

	for (; c->at < end && error == 0; c->at++)
		error = compare_page(c, run & CR2_PAGE_RUN_STATE);
	return error;
}

static int compare_all(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	const struct space *space = &r->spaces[process];
	struct comparison c = {.r = r, .process = process, .page = {.pid = call->pid, .time = call->time}};
	struct cr2_recording_facts facts;
	int error = 0;

	cr2_recording_facts(r->recording, &facts);
	c.page.began = facts.first;
	r->out.spaces_compared++;
	for (size_t i = 0; i < space->n_runs && error == 0; i++)
		error = compare_run(&c, space->runs[i]);
	if (error == 0)
		error = compare_gap(&c, PAGES_END);
	return error ? error : say_pages(&c);
}

/* ---- as they come ---- */

/* false: what no kernel says. */
static bool follows(const struct space *space, uint64_t run)
{
	const uint64_t last = space->n_runs ? space->runs[space->n_runs - 1] : 0;

	return CR2_PAGE_RUN_FIRST(run) >= CR2_PAGE_RUN_FIRST(last) + CR2_PAGE_RUN_PAGES(last) &&
	       CR2_PAGE_RUN_FIRST(run) + CR2_PAGE_RUN_PAGES(run) <= PAGES_END;
}

int pages_collect(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	struct space *space = &r->spaces[process];
	int error = 0;

	for (size_t i = 0; i < CR2_CALL_ARGS && error == 0 && CR2_PAGE_RUN_PAGES(call->args[i]); i++) {
		if (!follows(space, call->args[i]))
			return 0;
		error = cr2_grow(&space->runs, &space->runs_capacity, space->n_runs + 1, sizeof(*space->runs));
		if (error)
			return error;
		space->runs[space->n_runs++] = call->args[i];
		space->run_pages += CR2_PAGE_RUN_PAGES(call->args[i]);
	}
	return 0;
}

int pages_replay(struct replay *r, uint32_t process, const struct cr2_traced_call *call)
{
	struct space *space = &r->spaces[process];
	int error = pages_collect(r, process, call);

	/* Where some were lost, what is left says nothing of those between. */
	if (error || call->result < 0 || (uint64_t)call->result != space->run_pages || space->compared)
		return error;
	space->compared = true;
	error = compare_all(r, process, call);
	pages_forget(space);
	return error;
}

void pages_forget(struct space *space)
{
	free(space->runs);
	space->runs = NULL;
	space->n_runs = space->runs_capacity = 0;
	space->run_pages = 0;
	free(space->frames);
	space->frames = NULL;
	space->n_frames = space->frames_capacity = 0;
}
