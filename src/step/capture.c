/* SPDX-License-Identifier: MIT */
/*
 * A scene of a model: processes, their page tables from the top, what the last tables have set against the
 * mappings, then TLB, page cache and swap. Only what was touched is looked at one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/decode.h>

#include "scene.h"

#define ENTRY_BITS (~CR2_PTE_FRAME_MASK)

/* An entry that is for a page, or for what became of one. */
struct leaf {
	uint64_t address, value;
	unsigned level; /* of the entry */
	bool large; /* above a PTE */
};

struct tour { /* of one process */
	const struct capture *c;
	uint32_t process;
	unsigned levels;
	bool walks; /* the walk goes through its tables */
	struct frame_list *frames;
	CR2_SCENE_LIST(struct leaf) leaves;
};

/* ---- page tables ---- */

static uint64_t level_span(unsigned level)
{
	return CR2_PAGE_SIZE << 9 * (level - 1);
}

static uint64_t sign_extend(uint64_t address, unsigned levels)
{
	unsigned unused = 64 - (12 + 9 * levels);

	return (uint64_t)((int64_t)(address << unused) >> unused);
}

static bool is_table(uint64_t entry, unsigned level)
{
	return level > CR2_LEVEL_PTE && (entry & CR2_PTE(P)) && !(entry & CR2_PTE(PSE));
}

/* Where this table's entry is on the CPU's walk; NULL: it is not. */
static const struct cr2_walk_entry *walked(const struct tour *t, const struct cr2_scene_table *table,
					   unsigned index)
{
	const struct cr2_walk *walk = t->c->walk;
	uint64_t at = table->pfn * CR2_PAGE_SIZE + 8ULL * index;

	for (unsigned i = 0; t->walks && i < walk->n; i++)
		if (walk->entries[i].address == at)
			return &walk->entries[i];
	return NULL;
}

/* Can the next entry join the row? Those that lead to tables stand alone. */
static bool joins(const struct cr2_scene_entry *row, unsigned index, uint64_t value, uint64_t size)
{
	uint64_t step = row->n == 1 ? value - row->value : row->value_step;

	return row->n && row->index + row->n == (int)index && row->table == SIZE_MAX && !row->walked &&
	       (step == 0 || step == size) && value == row->value + row->n * step;
}

static int add_entry(struct tour *t, size_t table, unsigned index, uint64_t value, bool alone)
{
	struct cr2_scene *s = t->c->scene;
	struct cr2_scene_table *at = &s->tables.items[table];
	struct cr2_scene_entry *row = at->entries.n ? &s->entries.items[s->entries.n - 1] : NULL;
	const struct cr2_walk_entry *walk = walked(t, at, index);

	if (row && !alone && !walk && joins(row, index, value, level_span(at->level))) {
		row->value_step = value - (row->value + (row->n - 1U) * row->value_step);
		row->n++;
		return 0;
	}
	row = LIST_ADD(&s->entries);
	if (!row)
		return -ENOMEM;
	*row = (struct cr2_scene_entry){
		.index = (uint16_t)index,
		.n = 1,
		.value = value,
		.table = SIZE_MAX,
		.walked = walk,
		.last = walk && walk == &t->c->walk->entries[t->c->walk->n - 1],
	};
	at->entries.n++;
	return 0;
}

static int add_leaf(struct tour *t, uint64_t address, uint64_t value, unsigned level)
{
	struct leaf *leaf = LIST_ADD(&t->leaves);

	if (!leaf)
		return -ENOMEM;
	*leaf = (struct leaf){address, value, level, level > CR2_LEVEL_PTE};
	return 0;
}

static int add_table(struct tour *t, uint64_t pfn, unsigned level, uint64_t address)
{
	struct cr2_scene *s = t->c->scene;
	struct cr2_scene_table *table = LIST_ADD(&s->tables);

	if (!table)
		return -ENOMEM;
	*table = (struct cr2_scene_table){.level = level, .pfn = pfn, .address = address};
	return frames_see_unmapped(t->frames, pfn);
}

/* The rows of a table's entries. Empty ones of the walk are rows too. */
static int fill_table(struct tour *t, size_t number)
{
	struct cr2_scene *s = t->c->scene;
	const struct cr2_scene_table table = s->tables.items[number];
	uint64_t entries[CR2_TABLE_ENTRIES];
	int r = 0;

	cr2_model_table(t->c->model, table.pfn, entries);
	s->tables.items[number].entries.first = s->entries.n;
	for (unsigned i = 0; i < CR2_TABLE_ENTRIES && r == 0; i++)
		if (entries[i] || walked(t, &table, i))
			r = add_entry(t, number, i, entries[i], is_table(entries[i], table.level));
	return r;
}

static int tour_tables(struct tour *t, uint64_t pfn, unsigned level, uint64_t address);

/* What an entry's row leads to: a table, or pages. */
static int follow(struct tour *t, size_t number, unsigned level, uint64_t address)
{
	struct cr2_scene *s = t->c->scene;
	const struct cr2_scene_entry row = s->entries.items[number];
	bool kernel = address >> 63;
	int r = 0;

	if (is_table(row.value, level) && (!kernel || row.walked)) {
		s->entries.items[number].table = s->tables.n;
		return tour_tables(t, (row.value & CR2_PTE_FRAME_MASK) >> CR2_PAGE_SHIFT, level - 1, address);
	}
	for (unsigned i = 0; i < row.n && row.value && !kernel && level <= CR2_LEVEL_PUD && r == 0; i++)
		if (!is_table(row.value, level))
			r = add_leaf(t, address + i * level_span(level), row.value + i * row.value_step, level);
	return r;
}

/* A table and those below it, each before its own; the kernel's half only along the walk. */
static int tour_tables(struct tour *t, uint64_t pfn, unsigned level, uint64_t address)
{
	struct cr2_scene *s = t->c->scene;
	size_t number = s->tables.n;
	struct cr2_scene_span rows = {0};
	int r = add_table(t, pfn, level, address);

	if (r == 0)
		r = fill_table(t, number);
	if (r == 0)
		rows = s->tables.items[number].entries;
	for (size_t i = rows.first; i < rows.first + rows.n && r == 0; i++)
		r = follow(t, i, level,
			   sign_extend(address + s->entries.items[i].index * level_span(level), t->levels));
	return r;
}

/* ---- mappings ---- */

/* Frame of an entry that is for a page; CR2_NO_FRAME: it has none. */
static uint64_t leaf_frame(const struct leaf *leaf)
{
	struct cr2_entry_input input;
	struct cr2_entry entry;

	if (leaf->value & CR2_PTE(P))
		return (leaf->value & CR2_PTE_FRAME_MASK & ~(level_span(leaf->level) - 1)) >> CR2_PAGE_SHIFT;
	cr2_entry_input_init(&input);
	input.value = leaf->value;
	input.level = leaf->level;
	cr2_entry_decode(&input, &entry);
	return entry.kind == CR2_ENTRY_KIND_PROTNONE ? entry.pfn : CR2_NO_FRAME;
}

/* The step from the first of n to the next thing: 0 or 1; -1: it is neither. */
static int step_of(uint64_t first, unsigned step, uint64_t n, uint64_t next)
{
	if (next == first && (n == 1 || step == 0))
		return 0;
	return next == first + n && (n == 1 || step == 1) ? 1 : -1;
}

/* The same page, but for its number. */
static bool is_alike(const struct cr2_page *a, const struct cr2_page *b)
{
	return a->kind == b->kind && a->object == b->object && a->count == b->count;
}

/* A row that a page joins stays one row. What has no frame has no number either. */
static bool page_joins(struct cr2_scene_page *row, const struct cr2_scene_page *page)
{
	int number = step_of(row->page.number, row->number_step, row->n, page->page.number);
	int pfn = step_of(row->pfn, row->pfn_step, row->n, page->pfn);

	if (row->address + row->n * CR2_PAGE_SIZE != page->address || row->large || page->large ||
	    !is_alike(&row->page, &page->page) || row->entry != page->entry || number < 0 || pfn < 0)
		return false;
	row->number_step = (unsigned)number;
	row->pfn_step = (unsigned)pfn;
	row->n += page->n;
	return true;
}

static int add_page(struct tour *t, struct cr2_scene_mapping *mapping, const struct cr2_scene_page *page)
{
	struct cr2_scene *s = t->c->scene;
	struct cr2_scene_page *row = mapping->pages.n ? &s->pages.items[s->pages.n - 1] : NULL;

	if (row && page->n == 1 && page_joins(row, page))
		return 0;
	row = LIST_ADD(&s->pages);
	if (!row)
		return -ENOMEM;
	*row = *page;
	mapping->pages.n++;
	return 0;
}

static int add_untouched(struct tour *t, struct cr2_scene_mapping *mapping, uint64_t from, uint64_t to)
{
	struct cr2_scene_page page = {
		.address = from,
		.n = (to - from) / CR2_PAGE_SIZE,
		.page.kind = CR2_PAGE_NONE,
		.pfn = CR2_NO_FRAME,
	};

	return page.n ? add_page(t, mapping, &page) : 0;
}

static int add_touched(struct tour *t, struct cr2_scene_mapping *mapping, const struct leaf *leaf)
{
	struct cr2_page_state state = {.kind = CR2_PAGE_NONE};
	struct cr2_scene_page page = {
		.address = leaf->address,
		.n = level_span(leaf->level) / CR2_PAGE_SIZE,
		.pfn = leaf_frame(leaf),
		.large = leaf->large,
		.entry = leaf->value & ENTRY_BITS,
	};
	int r = 0;

	cr2_model_page_state(t->c->model, t->process, leaf->address, &state);
	page.page = cr2_execution_page(t->c->execution, &state);
	page.pfn_step = leaf->large;
	page.number_step = leaf->large && page.page.kind == CR2_PAGE_FILE;
	if (page.pfn != CR2_NO_FRAME)
		r = frames_see(t->frames, &(struct seen_frames){.pfn = page.pfn, .n = leaf->level == CR2_LEVEL_PUD ? 1 : page.n, .address = page.address, .process = t->process});
	return r == 0 ? add_page(t, mapping, &page) : r;
}

/* The mapping's pages: what its leaves are for, and what lies between them. */
static int add_pages(struct tour *t, struct cr2_scene_mapping *mapping, size_t *next)
{
	uint64_t at = mapping->vma.start, end = mapping->vma.end;
	int r = 0;

	mapping->pages.first = t->c->scene->pages.n;
	while (*next < t->leaves.n && t->leaves.items[*next].address < at)
		++*next;
	for (; r == 0 && *next < t->leaves.n && t->leaves.items[*next].address < end; ++*next) {
		const struct leaf *leaf = &t->leaves.items[*next];

		r = add_untouched(t, mapping, at, leaf->address);
		if (r == 0)
			r = add_touched(t, mapping, leaf);
		at = leaf->address + level_span(leaf->level);
	}
	return r == 0 && at < end ? add_untouched(t, mapping, at, end) : r;
}

static int tour_mappings(struct tour *t)
{
	struct cr2_scene *s = t->c->scene;
	struct cr2_vma_view vma = {0};
	size_t next = 0;
	int r = 0;

	while (r == 0 && cr2_model_mapping(t->c->model, t->process, vma.end, &vma)) {
		struct cr2_scene_mapping mapping = {.vma = vma};
		struct cr2_scene_mapping *row = LIST_ADD(&s->mappings);

		if (!row)
			return -ENOMEM;
		r = add_pages(t, &mapping, &next);
		s->mappings.items[s->mappings.n - 1] = mapping;
	}
	return r;
}

/* ---- processes ---- */

static int add_places(const struct capture *c, uint32_t process)
{
	struct cr2_scene *s = c->scene;
	struct cr2_place *items;
	size_t n;
	int r = cr2_execution_places(c->execution, process, &items, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct cr2_place *place = LIST_ADD(&s->places);

		r = place ? 0 : -ENOMEM;
		if (place)
			*place = items[i];
	}
	free(items);
	return r;
}

static int add_process(const struct capture *c, const struct cr2_process_view *view, struct frame_list *frames)
{
	struct cr2_scene *s = c->scene;
	struct tour t = {
		.c = c,
		.process = view->process,
		.levels = s->cpu.view.levels,
		.walks = c->walk && c->walk->cr3 >> CR2_PAGE_SHIFT == view->cr3 >> CR2_PAGE_SHIFT,
		.frames = frames,
	};
	struct cr2_scene_process p = {
		.view = *view,
		.places.first = s->places.n,
		.mappings.first = s->mappings.n,
		.tables.first = s->tables.n,
	};
	struct cr2_scene_process *row = LIST_ADD(&s->processes);
	int r = row ? 0 : -ENOMEM;

	if (row)
		*row = p;
	if (r == 0)
		r = add_places(c, view->process);
	if (r == 0)
		r = tour_tables(&t, view->cr3 >> CR2_PAGE_SHIFT, t.levels, 0);
	if (r == 0)
		r = tour_mappings(&t);
	free(t.leaves.items);
	p.places.n = s->places.n - p.places.first;
	p.mappings.n = s->mappings.n - p.mappings.first;
	p.tables.n = s->tables.n - p.tables.first;
	if (row)
		s->processes.items[s->processes.n - 1] = p;
	return r;
}

/* ---- the rest ---- */

static int by_address(const void *a, const void *b)
{
	const struct cr2_scene_tlb *x = a, *y = b;

	return x->view.address < y->view.address ? -1 : x->view.address > y->view.address;
}

static bool tlb_follows(const struct cr2_scene_tlb *row, const struct cr2_tlb_view *v)
{
	uint64_t size = 1ULL << v->page_shift;

	return row->view.page_shift == v->page_shift && row->view.address + row->n * size == v->address &&
	       row->view.pfn + row->n * (size >> CR2_PAGE_SHIFT) == v->pfn &&
	       row->view.user_read == v->user_read && row->view.user_write == v->user_write &&
	       row->view.user_fetch == v->user_fetch && row->view.kernel_read == v->kernel_read &&
	       row->view.kernel_write == v->kernel_write;
}

static int add_tlb(const struct capture *c)
{
	struct cr2_scene *s = c->scene;
	struct cr2_tlb_view view;
	size_t kept = 0;

	for (size_t at = 0; cr2_model_tlb(c->model, &at, &view);) {
		struct cr2_scene_tlb *row = LIST_ADD(&s->tlb);

		if (!row)
			return -ENOMEM;
		*row = (struct cr2_scene_tlb){view, 1};
	}
	if (s->tlb.n > 1)
		qsort(s->tlb.items, s->tlb.n, sizeof(*s->tlb.items), by_address);
	for (size_t i = 0; i < s->tlb.n; i++)
		if (kept && tlb_follows(&s->tlb.items[kept - 1], &s->tlb.items[i].view))
			s->tlb.items[kept - 1].n++;
		else
			s->tlb.items[kept++] = s->tlb.items[i];
	s->tlb.n = kept;
	return 0;
}

static bool cached_follows(struct cr2_scene_cached *row, uint64_t index, const struct cr2_cached_view *view)
{
	int pfn = step_of(row->view.pfn, row->pfn_step, row->n, view->pfn);
	int slot = step_of(row->view.slot, row->slot_step, row->n, view->slot);

	if (row->index + row->n != index || pfn < 0 || slot < 0)
		return false;
	row->pfn_step = (unsigned)pfn;
	row->slot_step = (unsigned)slot;
	row->n++;
	return true;
}

static int add_cached(const struct capture *c, struct cr2_scene_object *object, struct frame_list *frames)
{
	struct cr2_scene *s = c->scene;
	struct cr2_cached_view view;

	object->cached.first = s->cached.n;
	for (uint64_t index = 0; cr2_model_cached(c->model, object->view.place, &index, &view); index++) {
		struct cr2_scene_cached *row = object->cached.n ? &s->cached.items[s->cached.n - 1] : NULL;

		if (view.pfn != CR2_NO_FRAME &&
		    frames_see_unmapped(frames, view.pfn) < 0)
			return -ENOMEM;
		if (row && cached_follows(row, index, &view))
			continue;
		row = LIST_ADD(&s->cached);
		if (!row)
			return -ENOMEM;
		*row = (struct cr2_scene_cached){.index = index, .n = 1, .view = view};
		object->cached.n++;
	}
	return 0;
}

static int add_objects(const struct capture *c, struct frame_list *frames)
{
	struct cr2_scene *s = c->scene;
	struct cr2_object_view view;
	int r = 0;

	for (size_t at = 0; r == 0 && cr2_model_object(c->model, &at, &view);) {
		struct cr2_scene_object object = {.view = view};

		if (!LIST_ADD(&s->objects))
			return -ENOMEM;
		r = add_cached(c, &object, frames);
		s->objects.items[s->objects.n - 1] = object;
	}
	return r;
}

static int add_slots(const struct capture *c, struct frame_list *frames)
{
	struct cr2_scene *s = c->scene;
	struct cr2_slot_view view;
	int r = 0;

	for (size_t at = 0; r == 0 && cr2_model_slot(c->model, &at, &view);) {
		struct cr2_scene_slot *row = LIST_ADD(&s->slots);
		struct cr2_frame_info info;

		if (!row)
			return -ENOMEM;
		*row = (struct cr2_scene_slot){view, {.kind = CR2_PAGE_SWAP}};
		if (view.pfn == CR2_NO_FRAME)
			continue;
		if (cr2_model_frame(c->model, view.pfn, &info))
			row->page = cr2_execution_page(c->execution, &info.state);
		r = frames_see_unmapped(frames, view.pfn);
	}
	return r;
}

int scene_capture(const struct capture *c)
{
	struct cr2_scene *s = c->scene;
	struct cr2_process_view view = {0};
	struct frame_list frames = {0};
	int r = 0;

	cr2_model_cpu(c->model, &s->cpu.view);
	for (uint32_t from = 0; r == 0 && cr2_model_process(c->model, from, &view); from = view.process + 1)
		r = add_process(c, &view, &frames);
	if (r == 0)
		r = add_tlb(c);
	if (r == 0)
		r = add_objects(c, &frames);
	if (r == 0)
		r = add_slots(c, &frames);
	if (r == 0)
		r = frames_capture(c, &frames);
	free(frames.items);
	return r;
}

void cr2_scene_finish(struct cr2_scene *s)
{
	free(s->processes.items);
	free(s->places.items);
	free(s->mappings.items);
	free(s->pages.items);
	free(s->tables.items);
	free(s->entries.items);
	free(s->frames.items);
	free(s->mappers.items);
	free(s->tlb.items);
	free(s->objects.items);
	free(s->cached.items);
	free(s->slots.items);
	*s = (struct cr2_scene){0};
}
