/* SPDX-License-Identifier: MIT */
/*
 * The state: three ordered maps, whose copies share what did not change. Pieces of pages by
 * process, mapping and page; what there is of processes and mappings; and the map counts of
 * pages, which belong to a page wherever it is shown, so that a fork or an exit changes a count
 * and not every place that shows the page.
 */
#include <cr2/state.h>

#include <errno.h>
#include <stdlib.h>

#include "base/ordered.h"
#include "changes.h"
#include "pages.h"
#include "state.h"

struct cr2_state {
	struct ordered shown; /* process, 0 or mapping + 1 -> struct extent */
	struct ordered pages; /* process, mapping, page -> struct cr2_pages without counts */
	struct ordered counts; /* kind, object, number -> uint32_t, where it is not 1 */
};

struct extent {
	uint64_t pages, phase; /* of a mapping */
};

int cr2_state_create(struct cr2_state **ret_state)
{
	struct cr2_state *state = malloc(sizeof(*state));

	if (!state)
		return -ENOMEM;
	ordered_init(&state->shown, sizeof(struct extent));
	ordered_init(&state->pages, sizeof(struct cr2_pages));
	ordered_init(&state->counts, sizeof(uint32_t));
	*ret_state = state;
	return 0;
}

int cr2_state_copy(const struct cr2_state *state, struct cr2_state **ret_copy)
{
	struct cr2_state *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	ordered_copy(&state->shown, &copy->shown);
	ordered_copy(&state->pages, &copy->pages);
	ordered_copy(&state->counts, &copy->counts);
	*ret_copy = copy;
	return 0;
}

void cr2_state_destroy(struct cr2_state *state)
{
	if (!state)
		return;
	ordered_finish(&state->shown);
	ordered_finish(&state->pages);
	ordered_finish(&state->counts);
	free(state);
}

static struct ordered_key process_key(uint32_t process)
{
	return (struct ordered_key){process, 0, 0};
}

static struct ordered_key mapping_key(uint32_t process, uint32_t mapping)
{
	return (struct ordered_key){process, mapping + 1ULL, 0};
}

static struct ordered_key page_key(uint32_t process, uint32_t mapping, uint64_t page)
{
	return (struct ordered_key){process, mapping, page};
}

static struct ordered_key count_key(const struct cr2_page *page)
{
	return (struct ordered_key){page->kind, page->object, page->number};
}

/* Changes. */

/* Removes what has keys from `from` to before `to`. */
static int remove_range(struct ordered *map, struct ordered_key from, struct ordered_key to)
{
	struct ordered_entry e;

	while (ordered_ceil(map, from, &e)) {
		bool before = e.key.a != to.a ? e.key.a < to.a :
			      e.key.b != to.b ? e.key.b < to.b : e.key.c < to.c;
		int r = before ? ordered_remove(map, e.key) : 0;

		if (r < 0 || !before)
			return r;
	}
	return 0;
}

/* The piece that holds a page, and where it begins; false: none does. */
static bool find_piece(const struct cr2_state *state, struct ordered_key key,
		       struct cr2_pages *ret_pages, uint64_t *ret_first)
{
	struct ordered_entry e;

	if (!ordered_floor(&state->pages, key, &e) || e.key.a != key.a || e.key.b != key.b)
		return false;
	*ret_pages = *(const struct cr2_pages *)e.value;
	*ret_first = e.key.c;
	return key.c - e.key.c < ret_pages->n;
}

static int put_piece(struct cr2_state *state, struct ordered_key key, const struct cr2_pages *pages)
{
	return ordered_put(&state->pages, key, 0, pages);
}

static struct cr2_pages tail_of(const struct cr2_pages *pages, uint64_t i)
{
	return (struct cr2_pages){pages->n - i, pages_at(pages, i),
				  pages->ascending && pages->n - i > 1};
}

/* No piece reaches over the border before key's page. */
static int cut(struct cr2_state *state, struct ordered_key key)
{
	struct cr2_pages piece, tail;
	uint64_t first;
	int r;

	if (!find_piece(state, key, &piece, &first) || first == key.c)
		return 0;
	tail = tail_of(&piece, key.c - first);
	r = put_piece(state, key, &tail);
	piece.n = key.c - first;
	piece.ascending = piece.ascending && piece.n > 1;
	key.c = first;
	return r == 0 ? put_piece(state, key, &piece) : r;
}

/* Can b, right behind a, be one piece with it? */
static bool joins(const struct cr2_pages *a, const struct cr2_pages *b, bool *ret_ascending)
{
	struct cr2_page last = pages_at(a, a->n - 1);

	*ret_ascending = page_follows(&b->page, &last);
	if (*ret_ascending)
		return (a->n == 1 || a->ascending) && (b->n == 1 || b->ascending);
	return cr2_page_equal(&b->page, &last) && !a->ascending && !b->ascending;
}

/* Joins the piece that begins at key with the one before it. */
static int join(struct cr2_state *state, struct ordered_key key)
{
	const struct cr2_pages *piece = ordered_get(&state->pages, key);
	struct ordered_key before = key;
	struct cr2_pages joined;
	uint64_t first;
	bool ascending;
	int r;

	before.c--;
	if (!piece || key.c == 0 || !find_piece(state, before, &joined, &first) ||
	    !joins(&joined, piece, &ascending))
		return 0;
	joined.n += piece->n;
	joined.ascending = ascending;
	before.c = first;
	r = put_piece(state, before, &joined);
	return r == 0 ? ordered_remove(&state->pages, key) : r;
}

static int apply_pages(struct cr2_state *state, const struct cr2_change *change)
{
	struct ordered_key from = page_key(change->process, change->mapping, change->first);
	struct ordered_key to = from;
	struct cr2_pages pages = change->pages;
	int r;

	to.c += pages.n;
	pages.page.count = 0;
	r = cut(state, from);
	if (r == 0)
		r = cut(state, to);
	if (r == 0)
		r = remove_range(&state->pages, from, to);
	if (r == 0)
		r = put_piece(state, from, &pages);
	if (r == 0)
		r = join(state, to);
	return r == 0 ? join(state, from) : r;
}

static int apply_mapping(struct cr2_state *state, const struct cr2_change *change)
{
	const struct extent extent = {change->pages.n, change->first % PAGES_PER_HUGE};
	struct ordered_key end = page_key(change->process, change->mapping, change->pages.n);
	int r = ordered_put(&state->shown, mapping_key(change->process, change->mapping), 0, &extent);

	if (r == 0)
		r = cut(state, end);
	return r == 0 ? remove_range(&state->pages, end,
				     page_key(change->process, change->mapping, UINT64_MAX))
		      : r;
}

static int apply_gone(struct cr2_state *state, const struct cr2_change *change)
{
	int r = ordered_remove(&state->shown, mapping_key(change->process, change->mapping));

	return r == 0 ? remove_range(&state->pages, page_key(change->process, change->mapping, 0),
				     page_key(change->process, change->mapping, UINT64_MAX))
		      : r;
}

static int apply_exit(struct cr2_state *state, const struct cr2_change *change)
{
	const struct ordered_key from = {change->process, 0, 0}, to = {change->process + 1ULL, 0, 0};
	int r = remove_range(&state->shown, from, to);

	return r == 0 ? remove_range(&state->pages, from, to) : r;
}

static int apply_count(struct cr2_state *state, const struct cr2_change *change)
{
	const struct cr2_page *page = &change->pages.page;

	if (page->count == 1)
		return ordered_remove(&state->counts, count_key(page));
	return ordered_put(&state->counts, count_key(page), 0, &page->count);
}

int state_apply_change(struct cr2_state *state, const struct cr2_change *change)
{
	switch (change->kind) {
	case CR2_CHANGE_PROCESS:
		return ordered_put(&state->shown, process_key(change->process), 0,
				   &(struct extent){0});
	case CR2_CHANGE_EXIT:
		return apply_exit(state, change);
	case CR2_CHANGE_MAPPING:
		return apply_mapping(state, change);
	case CR2_CHANGE_GONE:
		return apply_gone(state, change);
	case CR2_CHANGE_PAGES:
		return apply_pages(state, change);
	case CR2_CHANGE_COUNT:
		return apply_count(state, change);
	}
	return 0;
}

int cr2_state_apply(struct cr2_state *state, const struct cr2_observation *o)
{
	int r = 0;

	for (size_t i = 0; i < o->n_changes && r == 0; i++)
		r = state_apply_change(state, &o->changes[i]);
	return r;
}

/* Questions. */

uint32_t cr2_state_process(const struct cr2_state *state, uint32_t from)
{
	struct ordered_entry e;
	struct ordered_key key = process_key(from);

	while (ordered_ceil(&state->shown, key, &e)) {
		if (e.key.b == 0)
			return (uint32_t)e.key.a;
		key = (struct ordered_key){e.key.a + 1, 0, 0};
	}
	return CR2_NO_OBJECT;
}

bool cr2_state_lives(const struct cr2_state *state, uint32_t process)
{
	return ordered_get(&state->shown, process_key(process));
}

bool cr2_state_mapping(const struct cr2_state *state, uint32_t process, uint32_t from,
		       struct cr2_state_mapping *ret_mapping)
{
	const struct extent *extent;
	struct ordered_entry e;

	if (!ordered_ceil(&state->shown, mapping_key(process, from), &e) || e.key.a != process)
		return false;
	extent = e.value;
	*ret_mapping = (struct cr2_state_mapping){(uint32_t)(e.key.b - 1), extent->pages,
						  extent->phase};
	return true;
}

bool cr2_state_find(const struct cr2_state *state, uint32_t process, uint32_t mapping,
		    struct cr2_state_mapping *ret_mapping)
{
	struct cr2_state_mapping found;

	if (!cr2_state_mapping(state, process, mapping, &found) || found.mapping != mapping)
		return false;
	*ret_mapping = found;
	return true;
}

uint32_t cr2_state_count(const struct cr2_state *state, const struct cr2_page *page)
{
	const uint32_t *count = ordered_get(&state->counts, count_key(page));

	return count ? *count : 1;
}

/* How far it is from page to the next piece, or the mapping's end. */
static uint64_t gap_at(const struct cr2_state *state, uint32_t process, uint32_t mapping,
		       uint64_t page)
{
	struct cr2_state_mapping found;
	struct ordered_entry e;
	uint64_t end;

	if (!cr2_state_find(state, process, mapping, &found) || page >= found.pages)
		return 0;
	end = found.pages;
	if (ordered_ceil(&state->pages, page_key(process, mapping, page), &e) &&
	    e.key.a == process && e.key.b == mapping && e.key.c < end)
		end = e.key.c;
	return end - page;
}

struct cr2_pages state_pages(const struct cr2_state *state, uint32_t process, uint32_t mapping,
			     uint64_t page)
{
	struct cr2_pages piece;
	uint64_t first;

	if (find_piece(state, page_key(process, mapping, page), &piece, &first))
		return tail_of(&piece, page - first);
	return (struct cr2_pages){gap_at(state, process, mapping, page),
				  {.kind = CR2_PAGE_NONE}, false};
}

/* How many of the pages have the first one's count; where that is 1, up to the next with another. */
static uint64_t same_count(const struct cr2_state *state, const struct cr2_pages *pages)
{
	struct ordered_key first = count_key(&pages->page);
	struct ordered_entry other;
	uint64_t n = 1;

	if (pages->page.count != 1) {
		for (; n < pages->n; n++) {
			struct cr2_page next = pages_at(pages, n);

			if (cr2_state_count(state, &next) != pages->page.count)
				break;
		}
		return n;
	}
	if (ordered_ceil(&state->counts, first, &other) && other.key.a == first.a &&
	    other.key.b == first.b && other.key.c - first.c < pages->n)
		return other.key.c - first.c;
	return pages->n;
}

/* As many of the first `most` pages as have one count, with that. */
static struct cr2_pages count_pages(const struct cr2_state *state, struct cr2_pages pages,
				    uint64_t most)
{
	if (pages.n > most)
		pages.n = most;
	pages.ascending = pages.ascending && pages.n > 1;
	if (pages.n == 0 || !cr2_page_is_counted(pages.page.kind))
		return pages;
	pages.page.count = cr2_state_count(state, &pages.page);
	if (pages.ascending)
		pages.n = same_count(state, &pages);
	pages.ascending = pages.ascending && pages.n > 1;
	return pages;
}

struct cr2_pages cr2_state_pages(const struct cr2_state *state, uint32_t process, uint32_t mapping,
				 uint64_t page)
{
	return count_pages(state, state_pages(state, process, mapping, page), UINT64_MAX);
}

bool state_page(const struct cr2_state *state, uint32_t process, uint32_t mapping, uint64_t page,
		struct cr2_page *ret_page)
{
	struct cr2_pages pages = count_pages(state, state_pages(state, process, mapping, page), 1);

	*ret_page = pages.page;
	return pages.n;
}

int cr2_state_list(const struct cr2_state *state, uint32_t process, uint32_t mapping,
		   uint64_t first, uint64_t last, struct cr2_page_list *ret_list)
{
	struct cr2_state_mapping found = {0};
	struct cr2_page_list list;
	struct cr2_pages pages;
	int r = 0;

	cr2_state_find(state, process, mapping, &found);
	list = (struct cr2_page_list){.first = found.phase + first};
	for (uint64_t page = first; page <= last && r == 0; page += pages.n) {
		pages = count_pages(state, state_pages(state, process, mapping, page),
				    last - page + 1);
		if (pages.n == 0)
			break;
		r = cr2_page_list_add(&list, &pages);
	}
	if (r < 0)
		cr2_page_list_finish(&list);
	else
		*ret_list = list;
	return r;
}
