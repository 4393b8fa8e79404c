/* SPDX-License-Identifier: MIT */
/*
 * The window of a scene that is written. Every list has its share of the rows; what a share is follows from the
 * scene alone, so that all that write a scene with as many rows write the same.
 */
#include <stdlib.h>

#include "window.h"

/* One part of the rows that may be written, of each list of its kind. */
static size_t share(const struct cr2_view_scene *v, unsigned part)
{
	return v->rows / part + 1;
}

/* So many of a list, around its number at. */
static struct cr2_scene_span around(const struct cr2_view_scene *v, struct cr2_scene_span all, size_t most, size_t at)
{
	size_t before = at > all.first + most / 2 ? at - all.first - most / 2 : 0;

	if (!v->rows || all.n <= most)
		return all;
	if (before > all.n - most)
		before = all.n - most;
	return (struct cr2_scene_span){all.first + before, most};
}

/* ---- what matters ---- */

static uint64_t span_of(enum cr2_level level)
{
	return CR2_PAGE_SIZE << 9 * (level - 1);
}

/* From one key of a change to the next. */
static uint64_t unit_of(const struct cr2_scene_change *c)
{
	switch (c->part) {
	case CR2_SCENE_PAGE:
		return CR2_PAGE_SIZE;
	case CR2_SCENE_ENTRY:
		return span_of(c->level);
	case CR2_SCENE_TLB:
		return 1ULL << c->process;
	default:
		return 1;
	}
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Where a change lies, against a key of a part: below it, with it in it or above. They are in that order. */
static int change_order(const struct cr2_scene_change *c, const struct cr2_scene_change *key)
{
	int r = compare(c->part, key->part);

	if (r == 0)
		r = compare(c->process, key->process);
	if (r == 0)
		r = compare(c->level, key->level);
	return r ? r : c->key > key->key ? 1 : c->key + (c->n - 1) * unit_of(c) < key->key ? -1 : 0;
}

/* The first change of a part that begins before end and does not end before first; NULL: there is none. */
static const struct cr2_scene_change *change_in(const struct cr2_view_scene *v, enum cr2_scene_part part, uint32_t of,
						enum cr2_level level, uint64_t first, uint64_t end)
{
	const struct cr2_scene_change key = {.part = part, .process = of, .level = level, .key = first};
	size_t low = 0, high = v->changes ? v->n_changes : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (change_order(&v->changes[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!v->changes || low == v->n_changes || v->changes[low].part != part || v->changes[low].process != of ||
	    v->changes[low].level != level || v->changes[low].key >= end)
		return NULL;
	return &v->changes[low];
}

bool window_changed(const struct cr2_view_scene *v, enum cr2_scene_part part, uint32_t of, enum cr2_level level,
		    uint64_t first, uint64_t end)
{
	return change_in(v, part, of, level, first, end);
}

static const struct cr2_scene_change *any_change(const struct cr2_view_scene *v, enum cr2_scene_part part, uint32_t of)
{
	return change_in(v, part, of, 0, 0, UINT64_MAX);
}

/* The address in a range around which its rows are written. */
static uint64_t focus(const struct cr2_view_scene *v, const struct cr2_scene_process *p, uint64_t first, uint64_t end)
{
	const struct cr2_scene_cpu *cpu = &v->scene->cpu;
	bool has_cr2 = cpu->has_cr2 && cpu->view.process == p->view.process && cpu->cr2 >= first && cpu->cr2 < end;
	const struct cr2_scene_change *c;

	if (has_cr2 && cpu->in_fault)
		return cpu->cr2;
	c = change_in(v, CR2_SCENE_PAGE, p->view.process, 0, first, end);
	if (c)
		return c->key < first ? first : c->key;
	return has_cr2 ? cpu->cr2 : first;
}

/* ---- processes ---- */

struct cr2_scene_span window_processes(const struct cr2_view_scene *v)
{
	const struct cr2_scene *s = v->scene;
	size_t at = 0;

	while (at < s->processes.n && s->processes.items[at].view.process != s->cpu.view.process)
		at++;
	return around(v, (struct cr2_scene_span){0, s->processes.n}, share(v, 8), at);
}

struct cr2_scene_span window_mappings(const struct cr2_view_scene *v, const struct cr2_scene_process *p)
{
	uint64_t address = focus(v, p, 0, UINT64_MAX);
	size_t at = p->mappings.first;

	if (!v->rows)
		return p->mappings;
	while (at < p->mappings.first + p->mappings.n && v->scene->mappings.items[at].vma.end <= address)
		at++;
	return around(v, p->mappings, share(v, 4), at);
}

/* Fewer mappings have longer lists of pages. */
static size_t most_pages(const struct cr2_view_scene *v)
{
	const struct cr2_scene_span processes = window_processes(v);
	size_t n = 0, most;

	for (size_t i = processes.first; i < processes.first + processes.n; i++)
		n += window_mappings(v, &v->scene->processes.items[i]).n;
	most = n > 4 ? v->rows / n * 4 : v->rows;
	return most < 8 ? 8 : most > v->rows ? v->rows : most;
}

struct cr2_scene_span window_pages(const struct cr2_view_scene *v, const struct cr2_scene_process *p,
				   const struct cr2_scene_mapping *m)
{
	uint64_t address = focus(v, p, m->vma.start, m->vma.end);
	size_t at = m->pages.first;

	if (!v->rows || m->pages.n <= 8)
		return m->pages;
	while (at < m->pages.first + m->pages.n &&
	       v->scene->pages.items[at].address + v->scene->pages.items[at].n * CR2_PAGE_SIZE <= address)
		at++;
	return around(v, m->pages, most_pages(v), at);
}

/* ---- page tables ---- */

static bool translates(const struct cr2_scene_table *t, uint64_t address)
{
	return address - t->address < span_of(t->level) << 9;
}

/* The last table of the walk, or that of the address that matters. */
static size_t table_at(const struct cr2_view_scene *v, const struct cr2_scene_process *p)
{
	const struct cr2_scene *s = v->scene;
	uint64_t address = focus(v, p, 0, UINT64_MAX);
	size_t at = p->tables.first;

	for (size_t i = p->tables.first; i < p->tables.first + p->tables.n; i++) {
		const struct cr2_scene_table *t = &s->tables.items[i];

		for (size_t e = t->entries.first; e < t->entries.first + t->entries.n; e++)
			if (s->entries.items[e].last)
				return i;
		if (translates(t, address))
			at = i;
	}
	return at;
}

size_t *window_tables(const struct cr2_view_scene *v, const struct cr2_scene_process *p, size_t *ret_n)
{
	const struct cr2_scene_table *tables = &v->scene->tables.items[p->tables.first];
	size_t *places = malloc((p->tables.n + 1) * sizeof(*places)), n = 0;
	size_t at = v->rows && p->tables.n ? table_at(v, p) : p->tables.first;
	struct cr2_scene_span shown = around(v, p->tables, share(v, 8), at);

	for (size_t i = 0; places && i < p->tables.n; i++) {
		size_t number = p->tables.first + i;
		bool above = translates(&tables[i], v->scene->tables.items[at].address) &&
			     tables[i].level > v->scene->tables.items[at].level;

		places[i] = above || (number >= shown.first && number < shown.first + shown.n) ? n++ : SIZE_MAX;
	}
	*ret_n = n;
	return places;
}

struct cr2_scene_span window_entries(const struct cr2_view_scene *v, const struct cr2_scene_process *p,
				     const struct cr2_scene_table *t)
{
	const struct cr2_scene_entry *entries = v->scene->entries.items;
	uint64_t unit = span_of(t->level), address;
	const struct cr2_scene_change *c;
	size_t at = t->entries.first, end = t->entries.first + t->entries.n;

	if (!v->rows || t->entries.n <= share(v, 4))
		return t->entries;
	while (at < end && !entries[at].walked)
		at++;
	if (at < end)
		return around(v, t->entries, share(v, 2), at);
	c = change_in(v, CR2_SCENE_ENTRY, p->view.process, t->level, t->address, t->address + (unit << 9));
	address = c && c->key >= t->address ? c->key : focus(v, p, t->address, t->address + (unit << 9));
	for (at = t->entries.first; at < end && t->address + (entries[at].index + entries[at].n) * unit <= address;)
		at++;
	return around(v, t->entries, share(v, 4), at);
}

/* ---- caches, TLB, changes ---- */

struct cr2_scene_span window_objects(const struct cr2_view_scene *v)
{
	size_t at = 0, n = v->scene->objects.n;

	while (at < n && !any_change(v, CR2_SCENE_CACHED, v->scene->objects.items[at].view.place))
		at++;
	return around(v, (struct cr2_scene_span){0, n}, share(v, 4), at < n ? at : 0);
}

struct cr2_scene_span window_cached(const struct cr2_view_scene *v, const struct cr2_scene_object *o)
{
	const struct cr2_scene_change *c = any_change(v, CR2_SCENE_CACHED, o->view.place);
	size_t at = o->cached.first, end = o->cached.first + o->cached.n;

	while (c && at < end && v->scene->cached.items[at].index + v->scene->cached.items[at].n <= c->key)
		at++;
	return around(v, o->cached, share(v, 1), at);
}

struct cr2_scene_span window_slots(const struct cr2_view_scene *v)
{
	const struct cr2_scene_change *c = any_change(v, CR2_SCENE_SLOT, 0);
	size_t at = 0;

	while (c && at < v->scene->slots.n && v->scene->slots.items[at].view.slot < c->key)
		at++;
	return around(v, (struct cr2_scene_span){0, v->scene->slots.n}, share(v, 1), at);
}

struct cr2_scene_span window_tlb(const struct cr2_view_scene *v)
{
	const struct cr2_scene_cpu *cpu = &v->scene->cpu;
	size_t at = 0;

	while (cpu->has_cr2 && at < v->scene->tlb.n && v->scene->tlb.items[at].view.address < cpu->cr2)
		at++;
	return around(v, (struct cr2_scene_span){0, v->scene->tlb.n}, share(v, 4), at);
}

struct cr2_scene_span window_changes(const struct cr2_view_scene *v)
{
	return around(v, (struct cr2_scene_span){0, v->n_changes}, share(v, 1), 0);
}

/* ---- frames ---- */

struct cr2_scene_span window_mappers(const struct cr2_view_scene *v, const struct cr2_scene_frame *f)
{
	return around(v, f->mappers, share(v, 8), f->mappers.first);
}

/* Frames that a row shows. */
struct row_frames {
	uint64_t pfn, n;
};
struct row_list {
	struct row_frames *items;
	size_t n, capacity;
};

static int show(struct row_list *list, uint64_t pfn, uint64_t n)
{
	int r = pfn == CR2_NO_FRAME ? 1 : cr2_grow(&list->items, &list->capacity, list->n + 1, sizeof(*list->items));

	if (r == 0)
		list->items[list->n++] = (struct row_frames){pfn, n};
	return r < 0 ? r : 0;
}

static int show_pages(const struct cr2_view_scene *v, const struct cr2_scene_process *p, struct row_list *list)
{
	const struct cr2_scene_span mappings = window_mappings(v, p);
	int r = 0;

	for (size_t m = mappings.first; m < mappings.first + mappings.n; m++) {
		const struct cr2_scene_span pages = window_pages(v, p, &v->scene->mappings.items[m]);

		for (size_t i = pages.first; i < pages.first + pages.n && r == 0; i++) {
			const struct cr2_scene_page *page = &v->scene->pages.items[i];

			r = show(list, page->pfn, page->pfn_step ? page->n : 1);
		}
	}
	return r;
}

static int show_all(const struct cr2_view_scene *v, struct row_list *list)
{
	const struct cr2_scene *s = v->scene;
	const struct cr2_scene_span processes = window_processes(v), objects = window_objects(v),
				    slots = window_slots(v);
	int r = 0;

	for (size_t i = processes.first; i < processes.first + processes.n && r == 0; i++)
		r = show_pages(v, &s->processes.items[i], list);
	for (size_t i = objects.first; i < objects.first + objects.n; i++) {
		const struct cr2_scene_span cached = window_cached(v, &s->objects.items[i]);

		for (size_t c = cached.first; c < cached.first + cached.n && r == 0; c++)
			r = show(list, s->cached.items[c].view.pfn, s->cached.items[c].pfn_step ? s->cached.items[c].n : 1);
	}
	for (size_t i = slots.first; i < slots.first + slots.n && r == 0; i++)
		r = show(list, s->slots.items[i].view.pfn, 1);
	return r;
}

static int by_pfn(const void *a, const void *b)
{
	return compare(((const struct row_frames *)a)->pfn, ((const struct row_frames *)b)->pfn);
}

/* The place in numbers of the first frame that changed, or 0. */
static size_t frame_at(const struct cr2_view_scene *v, const size_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cr2_scene_frame *f = &v->scene->frames.items[numbers[i]];

		if (window_changed(v, CR2_SCENE_FRAME, 0, 0, f->pfn, f->pfn + f->n))
			return i;
	}
	return 0;
}

size_t *window_frames(const struct cr2_view_scene *v, size_t *ret_n)
{
	const struct cr2_scene *s = v->scene;
	size_t *numbers = malloc((s->frames.n + 1) * sizeof(*numbers)), n = 0, next = 0;
	struct cr2_scene_span shown;
	struct row_list list = {0};
	uint64_t end = 0; /* behind the frames shown so far */

	if (numbers && v->rows && show_all(v, &list) < 0) {
		free(numbers);
		numbers = NULL;
	}
	if (list.n > 1)
		qsort(list.items, list.n, sizeof(*list.items), by_pfn);
	for (size_t i = 0; numbers && i < s->frames.n; i++) {
		const struct cr2_scene_frame *f = &s->frames.items[i];

		for (; next < list.n && list.items[next].pfn < f->pfn + f->n; next++)
			if (list.items[next].pfn + list.items[next].n > end)
				end = list.items[next].pfn + list.items[next].n;
		if (!v->rows || end > f->pfn)
			numbers[n++] = i;
	}
	free(list.items);
	if (!numbers)
		return NULL;
	shown = around(v, (struct cr2_scene_span){0, n}, share(v, 1), v->rows ? frame_at(v, numbers, n) : 0);
	for (size_t i = 0; i < shown.n; i++)
		numbers[i] = numbers[shown.first + i];
	*ret_n = shown.n;
	return numbers;
}
