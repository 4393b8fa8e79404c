/* SPDX-License-Identifier: MIT */
/*
 * Page states of two runs. What a step changed on either side is compared, and the page that it
 * accessed: where the states differ and nothing changed, that was reported before.
 */
#include <errno.h>
#include <stdlib.h>

#include "difference.h"
#include "record/changes.h"

/* Pages of a mapping that a step changed, on either side. */
struct touched {
	uint32_t process, mapping;
	uint64_t first, last;
};

struct touch_list {
	size_t n, capacity;
	struct touched *items;
};

static int touch(struct touch_list *list, const struct touched *touched)
{
	int r = cr2_grow(&list->items, &list->capacity, list->n + 1, sizeof(*list->items));

	if (r == 0)
		list->items[list->n++] = *touched;
	return r;
}

bool compare_accessed(const struct cr2_observation *o, uint32_t *ret_mapping, uint64_t *ret_page)
{
	if (!o->has_at || o->at.mapping == CR2_NO_OBJECT || o->at.first < 0)
		return false;
	*ret_mapping = o->at.mapping;
	*ret_page = (uint64_t)o->at.first;
	return true;
}

/* Everything of a mapping that is new, or has another size: what was not there is unknown. */
static int touch_change(struct touch_list *list, const struct cr2_change *change)
{
	struct touched t = {change->process, change->mapping, 0, UINT64_MAX};

	if (change->kind == CR2_CHANGE_COUNT)
		return 0;
	if (change->kind == CR2_CHANGE_PAGES) {
		t.first = change->first;
		t.last = change->first + change->pages.n - 1;
	}
	return touch(list, &t);
}

static int by_place(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	/* A process by itself, without a mapping, before its mappings. */
	if (x->mapping != y->mapping)
		return x->mapping + 1 < y->mapping + 1 ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorted, no two overlap. */
static void tidy(struct touch_list *list)
{
	size_t n = 0;

	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), by_place);
	for (size_t i = 0; i < list->n; i++) {
		struct touched *t = &list->items[i], *last = n ? &list->items[n - 1] : NULL;

		if (last && last->process == t->process && last->mapping == t->mapping &&
		    (last->last == UINT64_MAX || t->first <= last->last + 1)) {
			if (t->last > last->last)
				last->last = t->last;
		} else {
			list->items[n++] = *t;
		}
	}
	list->n = n;
}

static int find_touched(const struct comparison *c, size_t observation, struct touch_list *list)
{
	const struct cr2_observation *o = &c->sides[0].list->items[observation];
	struct touched t = {.process = c->spaces[o->process]};
	int r = 0;

	for (int side = 0; side < 2; side++) {
		const struct cr2_observation *seen = &c->sides[side].list->items[observation];

		for (size_t i = 0; i < seen->n_changes && r == 0; i++)
			r = touch_change(list, &seen->changes[i]);
	}
	if (r == 0 && compare_accessed(o, &t.mapping, &t.first)) {
		t.last = t.first;
		r = touch(list, &t);
	}
	tidy(list);
	return r;
}

static uint64_t *pair_slot(struct pairs *pairs, uint64_t number)
{
	size_t old = pairs->capacity;

	if (cr2_grow(&pairs->other, &pairs->capacity, number + 1, sizeof(*pairs->other)) < 0)
		return NULL;
	for (; old < pairs->capacity; old++)
		pairs->other[old] = 0;
	return &pairs->other[number];
}

/*
 * Is it the same page? Numbers are given by first appearance, so that one page which only one
 * run has shifts all that come after it: once the runs differ, pages that appear together
 * belong together.
 */
static int is_same_number(struct comparison *c, const struct cr2_page *a, const struct cr2_page *b,
			  bool *ret_same)
{
	bool anon = a->kind == CR2_PAGE_ANON;
	uint64_t *left, *right;

	*ret_same = a->number == b->number;
	if ((!anon && a->kind != CR2_PAGE_HUGE) || a->kind != b->kind)
		return 0;
	/* Numbers of a run are dense; those of a text may be anything. */
	if (a->number > CR2_STATE_PAGES_MAX || b->number > CR2_STATE_PAGES_MAX)
		return 0;
	left = pair_slot(anon ? &c->sides[0].anon : &c->sides[0].huge, a->number);
	right = pair_slot(anon ? &c->sides[1].anon : &c->sides[1].huge, b->number);
	if (!left || !right)
		return -ENOMEM;
	if (!*left && !*right && (*ret_same || c->differences.count)) {
		*left = b->number;
		*right = a->number;
	}
	*ret_same = *left == b->number && *right == a->number;
	return 0;
}

/* An entry that says the same but for whether it was used; of the page that was just accessed it must say so. */
static bool is_used_at_leisure(const struct cr2_page *a, const struct cr2_page *b, bool accessed)
{
	return !accessed && (a->marks ^ b->marks) == CR2_MARK(ACCESSED);
}

static int page_differs(struct comparison *c, size_t observation, const struct touched *t,
			uint64_t page, const struct cr2_page *a, const struct cr2_page *b,
			bool *ret_differs)
{
	const struct cr2_observation *o = &c->sides[0].list->items[observation];
	uint32_t mapping;
	uint64_t accessed;
	/* A refused access, and who only asks, leaves the page as readahead had it. */
	bool is_accessed = compare_accessed(o, &mapping, &accessed) && o->result == CR2_RESULT_OK &&
			   o->op != CR2_OP_MINCORE &&
			   c->spaces[o->process] == t->process && mapping == t->mapping && accessed == page;
	bool same;
	int r = is_same_number(c, a, b, &same);

	*ret_differs = false;
	if (r < 0)
		return r;
	same = same && a->kind == b->kind && a->object == b->object && (a->count == b->count || c->ignores_counts);
	if (same && is_used_at_leisure(a, b, is_accessed))
		c->differences.widened[CR2_WIDENING_ACCESSED]++;
	else if (same && a->marks != b->marks)
		same = false;
	if (same)
		return 0;
	if (compare_is_open(c, a, b, o->line, is_accessed))
		c->differences.widened[CR2_WIDENING_READ_AHEAD]++;
	else
		*ret_differs = true;
	return 0;
}

/* How many pages are the same on both sides without looking at each: those without a number. */
static uint64_t surely_same(const struct comparison *c, const struct touched *t, uint64_t page)
{
	struct cr2_pages a = state_pages(c->sides[0].state, t->process, t->mapping, page);
	struct cr2_pages b = state_pages(c->sides[1].state, t->process, t->mapping, page);

	if (a.page.kind != b.page.kind || a.page.marks != b.page.marks || cr2_page_is_counted(a.page.kind))
		return 0;
	return a.n < b.n ? a.n : b.n;
}

static int compare_pages(struct comparison *c, size_t observation, const struct touched *t,
			 uint64_t end)
{
	uint64_t first = t->first, same;
	int r = 0;

	for (uint64_t page = t->first; page < end && r == 0; page += same ? same : 1) {
		struct cr2_page a, b;
		bool differs = false;

		same = surely_same(c, t, page);
		if (!same) {
			state_page(c->sides[0].state, t->process, t->mapping, page, &a);
			state_page(c->sides[1].state, t->process, t->mapping, page, &b);
			r = page_differs(c, observation, t, page, &a, &b, &differs);
		}
		if (differs)
			continue;
		if (r == 0 && page > first)
			r = difference_add_pages(c, observation, t->process, t->mapping, first,
						 page - 1);
		first = page + (same ? same : 1);
	}
	if (r == 0 && end > first)
		r = difference_add_pages(c, observation, t->process, t->mapping, first, end - 1);
	return r;
}

/* A 2 MiB page that the mapping's end cuts is read as a whole: that is no difference. */
static bool is_overhang(const struct comparison *c, int longer, const struct touched *t,
			uint64_t common)
{
	const struct cr2_state *state = c->sides[longer].state;
	struct cr2_page last, next;

	if (!common || !state_page(state, t->process, t->mapping, common - 1, &last) ||
	    !state_page(state, t->process, t->mapping, common, &next))
		return false;
	return (next.kind == CR2_PAGE_HUGE || next.kind == CR2_PAGE_HUGE_ZERO) &&
	       cr2_page_equal(&last, &next);
}

static int compare_mapping(struct comparison *c, size_t observation, const struct touched *t)
{
	struct cr2_state_mapping m[2] = {{0}, {0}};
	bool has[2];
	uint64_t common, longest, end;
	int r;

	for (int side = 0; side < 2; side++)
		has[side] = cr2_state_find(c->sides[side].state, t->process, t->mapping, &m[side]);
	if (!has[0] && !has[1])
		return 0;
	if (has[0] != has[1])
		/* Told when it came about, not when pages of it change. */
		return t->last == UINT64_MAX
			? difference_add_lack(c, observation, t->process, t->mapping) : 0;
	common = m[0].pages < m[1].pages ? m[0].pages : m[1].pages;
	longest = m[0].pages > m[1].pages ? m[0].pages : m[1].pages;
	end = t->last < common ? t->last + 1 : common;
	r = compare_pages(c, observation, t, end);
	if (r < 0 || longest == common || t->last < common)
		return r;
	if (is_overhang(c, m[0].pages < m[1].pages, t, common))
		return 0;
	return difference_add_pages(c, observation, t->process, t->mapping, common, longest - 1);
}

static int compare_touched(struct comparison *c, size_t observation, const struct touched *t)
{
	bool left = cr2_state_lives(c->sides[0].state, t->process);
	bool right = cr2_state_lives(c->sides[1].state, t->process);

	if (c->failed_forks[t->process])
		return 0;
	if (t->mapping == CR2_NO_OBJECT)
		return left == right ? 0 : difference_add_lack(c, observation, t->process,
								CR2_NO_OBJECT);
	if (!left || !right || c->failed_maps[t->mapping])
		return 0;
	return compare_mapping(c, observation, t);
}

static bool is_touched(const struct touch_list *list, const struct touched *at)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct touched *t = &list->items[i];

		if (t->process == at->process && t->mapping == at->mapping &&
		    t->first <= at->first && at->first <= t->last)
			return true;
	}
	return false;
}

/* The page of the other side that stands for this one, by its number; false: there is none. */
static bool find_partner(const struct comparison *c, int side, struct cr2_page *page)
{
	const struct pairs *pairs = page->kind == CR2_PAGE_ANON ? &c->sides[side].anon
								: &c->sides[side].huge;

	if (page->kind == CR2_PAGE_FILE)
		return true;
	if (page->number >= pairs->capacity || !pairs->other[page->number])
		return false;
	page->number = pairs->other[page->number];
	return true;
}

/* Does the piece show the page, and where? */
static bool shows(const struct cr2_pages *piece, const struct cr2_page *page, uint64_t *ret_offset)
{
	*ret_offset = piece->ascending ? page->number - piece->page.number : 0;
	return piece->page.kind == page->kind && piece->page.object == page->object &&
	       page->number >= piece->page.number && *ret_offset < piece->n &&
	       (piece->ascending || page->number == piece->page.number);
}

/* The first place that shows the page on this side. Only asked where counts differ. */
static bool find_place(const struct comparison *c, int side, const struct cr2_page *page,
		       struct touched *ret)
{
	const struct cr2_state *state = c->sides[side].state;
	struct cr2_state_mapping m;

	for (uint32_t p = cr2_state_process(state, 0); p != CR2_NO_OBJECT;
	     p = cr2_state_process(state, p + 1)) {
		for (uint32_t at = 0; cr2_state_mapping(state, p, at, &m); at = m.mapping + 1) {
			struct cr2_pages piece;
			uint64_t offset;

			for (uint64_t i = 0; i < m.pages; i += piece.n) {
				piece = state_pages(state, p, m.mapping, i);
				if (!shows(&piece, page, &offset))
					continue;
				*ret = (struct touched){p, m.mapping, i + offset, i + offset};
				return true;
			}
		}
	}
	return false;
}

/* A page's count, wherever it is shown. */
static int compare_count(struct comparison *c, size_t observation, int side,
			 const struct cr2_page *page, const struct touch_list *list)
{
	const struct cr2_observation *o = &c->sides[0].list->items[observation];
	struct cr2_page own = *page, other = *page;
	struct touched at;

	if (!find_partner(c, side, &other))
		return 0;
	own.count = cr2_state_count(c->sides[side].state, &own);
	other.count = cr2_state_count(c->sides[!side].state, &other);
	if (own.count == other.count)
		return 0;
	if (compare_is_open(c, &own, &other, o->line, false)) {
		c->differences.widened[CR2_WIDENING_READ_AHEAD]++;
		return 0;
	}
	if (!find_place(c, side, &own, &at) || is_touched(list, &at) ||
	    c->failed_maps[at.mapping] || c->failed_forks[at.process])
		return 0;
	if (!state_page(c->sides[!side].state, at.process, at.mapping, at.first, &own) ||
	    own.kind != other.kind || own.number != other.number)
		return 0; /* which was reported when it came about */
	return difference_add_pages(c, observation, at.process, at.mapping, at.first, at.first);
}

static bool changes_count_too(const struct cr2_observation *o, const struct cr2_page *page)
{
	for (size_t i = 0; i < o->n_changes; i++)
		if (o->changes[i].kind == CR2_CHANGE_COUNT &&
		    o->changes[i].pages.page.kind == page->kind &&
		    o->changes[i].pages.page.object == page->object &&
		    o->changes[i].pages.page.number == page->number)
			return true;
	return false;
}

static int compare_counts(struct comparison *c, size_t observation, const struct touch_list *list)
{
	int r = 0;

	for (int side = 0; side < 2 && !c->ignores_counts; side++) {
		const struct cr2_observation *o = &c->sides[side].list->items[observation];
		const struct cr2_observation *left = &c->sides[0].list->items[observation];

		for (size_t i = 0; i < o->n_changes && r == 0; i++) {
			const struct cr2_page *page = &o->changes[i].pages.page;
			struct cr2_page partner = *page;

			if (o->changes[i].kind != CR2_CHANGE_COUNT)
				continue;
			if (side && cr2_state_count(c->sides[1].state, page) !=
					    cr2_state_count(c->sides[0].state, page) &&
			    find_partner(c, 1, &partner) && changes_count_too(left, &partner))
				continue; /* reported from the left side */
			r = compare_count(c, observation, side, page, list);
		}
	}
	return r;
}

int compare_states(struct comparison *c, size_t observation)
{
	struct touch_list list = {0};
	int r = find_touched(c, observation, &list);

	for (size_t i = 0; i < list.n && r == 0; i++)
		r = compare_touched(c, observation, &list.items[i]);
	if (r == 0)
		r = compare_counts(c, observation, &list);
	free(list.items);
	return r;
}
