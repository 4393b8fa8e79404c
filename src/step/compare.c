/* SPDX-License-Identifier: MIT */
/*
 * What differs between two scenes. Whatever a part consists of, its rows are spans of keys with a few words
 * each; two lists of spans in order are gone through together, and cut where either has a border.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

/* A row of any part: n keys from key on, each unit from the one before, under the same group. */
struct span {
	uint64_t group, key, n, unit;
	uint64_t words[CR2_SCENE_WORDS], steps[CR2_SCENE_WORDS];
};

struct span_list {
	struct span *items;
	size_t n, capacity;
};

static uint64_t page_kind_word(const struct cr2_page *page)
{
	return (uint64_t)page->object << 8 | page->kind;
}

static uint64_t use_word(const struct cr2_frame_info *info)
{
	return info->use | (uint64_t)info->exclusive << 8 | (uint64_t)info->dirty << 9 |
	       (uint64_t)info->lazy_free << 10 | (uint64_t)info->swap_cached << 11 | (uint64_t)info->order << 16 |
	       (uint64_t)info->object << 32;
}

static uint64_t tlb_word(const struct cr2_tlb_view *v)
{
	return (uint64_t)v->user_read | (uint64_t)v->user_write << 1 | (uint64_t)v->user_fetch << 2 |
	       (uint64_t)v->kernel_read << 3 | (uint64_t)v->kernel_write << 4;
}

static int add(struct span_list *list, struct span span)
{
	struct span *row = LIST_ADD(list);

	if (!row)
		return -ENOMEM;
	*row = span;
	return 0;
}

static int list_processes(const struct cr2_scene *s, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < s->processes.n && r == 0; i++) {
		const struct cr2_process_view *v = &s->processes.items[i].view;

		r = add(list, (struct span){0, v->process, 1, 1, {v->cr3, v->locked_pages}, {0}});
	}
	return r;
}

/* Of each process, its rows of a list. */
typedef int list_fn(const struct cr2_scene *s, const struct cr2_scene_process *process, struct span_list *list);

static int list_mappings(const struct cr2_scene *s, const struct cr2_scene_process *p, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < p->mappings.n && r == 0; i++) {
		const struct cr2_vma_view *v = &s->mappings.items[p->mappings.first + i].vma;

		r = add(list, (struct span){p->view.process, v->start, 1, 1,
					    {v->end, v->vm_flags, v->object, v->page_offset}, {0}});
	}
	return r;
}

static int list_pages(const struct cr2_scene *s, const struct cr2_scene_process *p, struct span_list *list)
{
	const struct cr2_scene_span *mappings = &p->mappings;
	int r = 0;

	for (size_t m = mappings->first; m < mappings->first + mappings->n; m++) {
		const struct cr2_scene_span *pages = &s->mappings.items[m].pages;

		for (size_t i = pages->first; i < pages->first + pages->n && r == 0; i++) {
			const struct cr2_scene_page *page = &s->pages.items[i];

			r = add(list, (struct span){
				p->view.process, page->address, page->n, CR2_PAGE_SIZE,
				{page_kind_word(&page->page), page->page.number, page->pfn, page->entry},
				{0, page->number_step, page->pfn_step, 0}});
		}
	}
	return r;
}

static int list_entries(const struct cr2_scene *s, const struct cr2_scene_process *p, struct span_list *list)
{
	int r = 0;

	for (size_t t = p->tables.first; t < p->tables.first + p->tables.n; t++) {
		const struct cr2_scene_table *table = &s->tables.items[t];
		uint64_t unit = CR2_PAGE_SIZE << 9 * (table->level - 1);

		for (size_t i = 0; i < table->entries.n && r == 0; i++) {
			const struct cr2_scene_entry *e = &s->entries.items[table->entries.first + i];

			if (e->value)
				r = add(list, (struct span){
					(uint64_t)p->view.process << 8 | table->level,
					table->address + e->index * unit, e->n, unit, {e->value}, {e->value_step}});
		}
	}
	return r;
}

static int list_each(const struct cr2_scene *s, list_fn *fn, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < s->processes.n && r == 0; i++)
		r = fn(s, &s->processes.items[i], list);
	return r;
}

static int list_frames(const struct cr2_scene *s, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < s->frames.n && r == 0; i++) {
		const struct cr2_scene_frame *f = &s->frames.items[i];

		r = add(list, (struct span){0, f->pfn, f->n, 1,
					    {use_word(&f->info), f->info.refs, f->info.maps, f->info.index},
					    {0, 0, 0, f->index_step}});
	}
	return r;
}

static int list_tlb(const struct cr2_scene *s, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < s->tlb.n && r == 0; i++) {
		const struct cr2_scene_tlb *t = &s->tlb.items[i];
		uint64_t size = 1ULL << t->view.page_shift;

		r = add(list, (struct span){t->view.page_shift, t->view.address, t->n, size,
					    {t->view.pfn, tlb_word(&t->view)}, {size / CR2_PAGE_SIZE}});
	}
	return r;
}

static int list_cached(const struct cr2_scene *s, struct span_list *list)
{
	int r = 0;

	for (size_t o = 0; o < s->objects.n; o++) {
		const struct cr2_scene_object *object = &s->objects.items[o];

		for (size_t i = 0; i < object->cached.n && r == 0; i++) {
			const struct cr2_scene_cached *c = &s->cached.items[object->cached.first + i];

			r = add(list, (struct span){object->view.place, c->index, c->n, 1,
						    {c->view.pfn, c->view.slot}, {c->pfn_step, c->slot_step}});
		}
	}
	return r;
}

static int list_slots(const struct cr2_scene *s, struct span_list *list)
{
	int r = 0;

	for (size_t i = 0; i < s->slots.n && r == 0; i++) {
		const struct cr2_slot_view *v = &s->slots.items[i].view;

		r = add(list, (struct span){0, v->slot, 1, 1, {v->entries, v->pfn}, {0}});
	}
	return r;
}

static int by_key(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static int list_part(const struct cr2_scene *s, enum cr2_scene_part part, struct span_list *list)
{
	static int (*const whole[CR2_SCENE_PARTS])(const struct cr2_scene *, struct span_list *) = {
		[CR2_SCENE_PROCESS] = list_processes, [CR2_SCENE_FRAME] = list_frames,
		[CR2_SCENE_TLB] = list_tlb, [CR2_SCENE_CACHED] = list_cached, [CR2_SCENE_SLOT] = list_slots,
	};
	static list_fn *const each[CR2_SCENE_PARTS] = {
		[CR2_SCENE_MAPPING] = list_mappings, [CR2_SCENE_PAGE] = list_pages,
		[CR2_SCENE_ENTRY] = list_entries,
	};
	int r = whole[part] ? whole[part](s, list) : list_each(s, each[part], list);

	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), by_key);
	return r;
}

/* ---- two lists beside each other ---- */

struct changed {
	struct cr2_scene_change *items;
	size_t n, capacity;
};

/* The first n keys of a span are taken off it. */
static void take(struct span *span, uint64_t n)
{
	span->key += n * span->unit;
	span->n -= n;
	for (size_t i = 0; i < CR2_SCENE_WORDS; i++)
		span->words[i] += n * span->steps[i];
}

static int note(struct changed *changed, enum cr2_scene_part part, const struct span *old, const struct span *new,
		uint64_t n)
{
	const struct span *any = old ? old : new;
	struct cr2_scene_change *row = LIST_ADD(changed);
	bool leveled = part == CR2_SCENE_ENTRY;

	if (!row)
		return -ENOMEM;
	*row = (struct cr2_scene_change){
		.part = part,
		.process = (uint32_t)(leveled ? any->group >> 8 : any->group),
		.level = leveled ? (enum cr2_level)(any->group & 0xff) : 0,
		.key = any->key,
		.n = n,
		.had = old,
		.has = new,
	};
	if (old)
		memcpy(row->before, old->words, sizeof(row->before));
	if (new)
		memcpy(row->after, new->words, sizeof(row->after));
	return 0;
}

/* How many keys the first of two spans has before the other one begins. */
static uint64_t keys_before(const struct span *span, const struct span *other)
{
	uint64_t n;

	if (!other || other->group != span->group)
		return span->n;
	n = (other->key - span->key + span->unit - 1) / span->unit;
	return n < span->n ? n : span->n;
}

/* Spans that begin with the same key. */
static int compare_spans(struct changed *changed, enum cr2_scene_part part, struct span *x, struct span *y)
{
	uint64_t n = x->n < y->n ? x->n : y->n;
	int r = 0;

	if (memcmp(x->steps, y->steps, sizeof(x->steps)) != 0)
		n = 1;
	if (memcmp(x->words, y->words, sizeof(x->words)) != 0)
		r = note(changed, part, x, y, n);
	take(x, n);
	take(y, n);
	return r;
}

static int compare_lists(struct changed *changed, enum cr2_scene_part part, const struct span_list *before,
			 const struct span_list *after)
{
	size_t i = 0, j = 0;
	struct span x = {0}, y = {0};
	int r = 0;

	while (r == 0) {
		const bool has_x = x.n || i < before->n, has_y = y.n || j < after->n;
		uint64_t n;
		int order;

		if (!x.n && has_x)
			x = before->items[i++];
		if (!y.n && has_y)
			y = after->items[j++];
		if (!has_x && !has_y)
			return 0;
		order = !has_y ? -1 : !has_x ? 1 : by_key(&x, &y);
		if (order == 0) {
			r = compare_spans(changed, part, &x, &y);
		} else if (order < 0) {
			n = keys_before(&x, has_y ? &y : NULL);
			r = note(changed, part, &x, NULL, n);
			take(&x, n);
		} else {
			n = keys_before(&y, has_x ? &x : NULL);
			r = note(changed, part, NULL, &y, n);
			take(&y, n);
		}
	}
	return r;
}

int cr2_scene_compare(const struct cr2_scene *before, const struct cr2_scene *after,
		      struct cr2_scene_change **ret_changes, size_t *ret_n)
{
	struct changed changed = {0};
	int r = 0;

	for (int part = 0; part < CR2_SCENE_PARTS && r == 0; part++) {
		struct span_list old = {0}, new = {0};

		r = list_part(before, (enum cr2_scene_part)part, &old);
		if (r == 0)
			r = list_part(after, (enum cr2_scene_part)part, &new);
		if (r == 0)
			r = compare_lists(&changed, (enum cr2_scene_part)part, &old, &new);
		free(old.items);
		free(new.items);
	}
	if (r < 0) {
		free(changed.items);
		return r;
	}
	*ret_changes = changed.items;
	*ret_n = changed.n;
	return 0;
}

const char *cr2_scene_part_name(enum cr2_scene_part part)
{
	static const char *const names[] = {
#define X(id, name, words) [CR2_SCENE_##id] = name,
#include <cr2/tables/scene_part.def>
#undef X
	};

	return (size_t)part < CR2_ARRAY_SIZE(names) ? names[part] : NULL;
}
