/* SPDX-License-Identifier: MIT */
/*
 * A scene for programs, on one line: where it is, what the step came to, the stage's values, then all of memory
 * and what changed in it. Rows keep the form that a scene has: n things, and what each has more than the last.
 * Where only a window of it is wanted, each row says whether it changed, and each object what it has not.
 */
#include <stdlib.h>

#include <cr2/decode.h>
#include <cr2/view_step.h>

#include "view/narrative/stage_json.h"
#include "divergence.h"
#include "window.h"

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* A frame's number, or null. */
static json_t *frame_number(uint64_t pfn)
{
	return pfn == CR2_NO_FRAME ? json_null() : view_json_hex(pfn);
}

static json_t *text_json(struct cr2_text *text, int r)
{
	json_t *json = r < 0 ? NULL : json_string(text->data ? text->data : "");

	cr2_text_finish(text);
	return json;
}

static json_t *token_json(const struct cr2_view_scene *v, const struct cr2_page *page)
{
	struct cr2_text text = {0};

	return text_json(&text, cr2_page_append(v->step.names, page, &text));
}

static json_t *object_name(const struct cr2_view_scene *v, uint32_t object)
{
	return object < v->step.names->objects.n ? json_string(v->step.names->objects.items[object]) : json_null();
}

static json_t *process_name(const struct cr2_view_scene *v, uint32_t process)
{
	return json_string(cr2_name(&v->step.names->processes, process));
}

/* Rows first to first + n of a list, each made by fn. */
typedef json_t *row_fn(const struct cr2_view_scene *v, size_t i);
static json_t *rows_json(const struct cr2_view_scene *v, size_t first, size_t n, row_fn *fn)
{
	json_t *list = json_array();

	for (size_t i = first; i < first + n; i++)
		json_array_append_new(list, fn(v, i));
	return list;
}

/* A list of o that has so many rows less than the scene's. */
static void set_left(json_t *o, const char *key, size_t left)
{
	json_t *counts = json_object_get(o, KEY(LEFT_OUT));

	if (left == 0)
		return;
	if (!counts) {
		counts = json_object();
		json_object_set_new(o, KEY(LEFT_OUT), counts);
	}
	json_object_set_new(counts, key, count(left));
}

static void set_rows(const struct cr2_view_scene *v, json_t *o, const char *key, struct cr2_scene_span shown, size_t n,
		     row_fn *fn)
{
	json_object_set_new(o, key, rows_json(v, shown.first, shown.n, fn));
	set_left(o, key, n - shown.n);
}

static void set_changed(const struct cr2_view_scene *v, json_t *o, bool changed)
{
	if (v->rows)
		json_object_set_new(o, KEY(CHANGED), json_boolean(changed));
}

/* ---- entries ---- */

static void decode(const struct cr2_view_scene *v, uint64_t value, enum cr2_level level, struct cr2_entry *ret)
{
	struct cr2_entry_input input;

	cr2_entry_input_init(&input);
	input.value = value;
	input.level = level;
	input.levels = v->scene->cpu.view.levels;
	input.kernel = v->step.kernel;
	cr2_entry_decode(&input, ret);
}

/* A process's tables, as they are written. */
struct tables {
	const struct cr2_scene_process *process;
	size_t *places; /* of each: among those that are written, or SIZE_MAX */
	size_t n;
};

static json_t *entry_row(const struct cr2_view_scene *v, const struct cr2_scene_entry *e,
			 const struct cr2_scene_table *table, const struct tables *tables)
{
	uint64_t unit = CR2_PAGE_SIZE << 9 * (table->level - 1), address = table->address + e->index * unit;
	size_t place = e->table == SIZE_MAX ? SIZE_MAX : tables->places[e->table - tables->process->tables.first];
	struct cr2_entry decoded;
	json_t *o;

	decode(v, e->value, table->level, &decoded);
	o = json_pack("{s:i, s:i, s:o, s:o, s:s, s:o, s:o, s:o, s:b, s:b}", KEY(INDEX), (int)e->index, KEY(N),
		      (int)e->n, KEY(VALUE), view_json_hex(e->value), KEY(VALUE_STEP), view_json_hex(e->value_step),
		      KEY(KIND), cr2_entry_kind_name(decoded.kind), KEY(PFN),
		      decoded.has_pfn ? view_json_hex(decoded.pfn) : json_null(), KEY(FLAGS),
		      view_json_flags(&decoded.flags), KEY(TABLE), place == SIZE_MAX ? json_null() : count(place),
		      KEY(WALKED), e->walked, KEY(ENDS_WALK), e->last);
	set_left(o, KEY(TABLE), e->table != SIZE_MAX && place == SIZE_MAX);
	set_changed(v, o, window_changed(v, CR2_SCENE_ENTRY, tables->process->view.process, table->level, address,
					 address + e->n * unit));
	return o;
}

static json_t *table_row(const struct cr2_view_scene *v, const struct cr2_scene_table *t, const struct tables *tables)
{
	const struct cr2_scene_span shown = window_entries(v, tables->process, t);
	json_t *entries = json_array(), *o;

	for (size_t e = shown.first; e < shown.first + shown.n; e++)
		json_array_append_new(entries, entry_row(v, &v->scene->entries.items[e], t, tables));
	o = json_pack("{s:s, s:o, s:o, s:o}", KEY(LEVEL), level_name(t->level, v->scene->cpu.view.levels), KEY(PFN),
		      view_json_hex(t->pfn), KEY(ADDR), view_json_hex(t->address), KEY(ENTRIES), entries);
	set_left(o, KEY(ENTRIES), t->entries.n - shown.n);
	return o;
}

static void set_tables(const struct cr2_view_scene *v, json_t *o, const struct cr2_scene_process *p)
{
	struct tables tables = {.process = p};
	json_t *list;

	tables.places = window_tables(v, p, &tables.n);
	list = tables.places ? json_array() : NULL;
	for (size_t i = 0; list && i < p->tables.n; i++)
		if (tables.places[i] != SIZE_MAX)
			json_array_append_new(list, table_row(v, &v->scene->tables.items[p->tables.first + i], &tables));
	json_object_set_new(o, KEY(TABLES), list);
	set_left(o, KEY(TABLES), p->tables.n - tables.n);
	free(tables.places);
}

/* ---- processes ---- */

static json_t *page_row(const struct cr2_view_scene *v, uint32_t process, const struct cr2_scene_page *p)
{
	enum cr2_level level = p->large ? CR2_LEVEL_PMD : CR2_LEVEL_PTE;
	json_t *flags = json_null(), *o;

	if (p->pfn != CR2_NO_FRAME) {
		struct cr2_entry entry;

		decode(v, p->entry, level, &entry);
		flags = view_json_flags(&entry.flags);
	}
	o = json_pack("{s:o, s:I, s:s, s:o, s:i, s:o, s:i, s:o, s:b}", KEY(ADDR), view_json_hex(p->address), KEY(N),
		      (json_int_t)p->n, KEY(KIND), cr2_page_kind_name(p->page.kind), KEY(TOKEN),
		      token_json(v, &p->page), KEY(NUMBER_STEP), (int)p->number_step, KEY(PFN), frame_number(p->pfn),
		      KEY(PFN_STEP), (int)p->pfn_step, KEY(FLAGS), flags, KEY(LARGE), p->large);
	set_changed(v, o, window_changed(v, CR2_SCENE_PAGE, process, 0, p->address, p->address + p->n * CR2_PAGE_SIZE));
	return o;
}

/* As in /proc/PID/maps. */
static json_t *prot_json(uint64_t vm_flags)
{
	return json_sprintf("%c%c%c%c", vm_flags & CR2_VM(READ) ? 'r' : '-', vm_flags & CR2_VM(WRITE) ? 'w' : '-',
			    vm_flags & CR2_VM(EXEC) ? 'x' : '-', vm_flags & CR2_VM(SHARED) ? 's' : 'p');
}

static json_t *mapping_row(const struct cr2_view_scene *v, const struct cr2_scene_process *p,
			   const struct cr2_scene_mapping *m)
{
	const struct cr2_scene_span shown = window_pages(v, p, m);
	json_t *pages = json_array(), *o;

	for (size_t i = shown.first; i < shown.first + shown.n; i++)
		json_array_append_new(pages, page_row(v, p->view.process, &v->scene->pages.items[i]));
	o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:b, s:o}", KEY(START), view_json_hex(m->vma.start),
		      KEY(END), view_json_hex(m->vma.end), KEY(PROT), prot_json(m->vma.vm_flags), KEY(VM_FLAGS),
		      view_json_hex(m->vma.vm_flags), KEY(OBJECT), object_name(v, m->vma.object), KEY(PGOFF),
		      (json_int_t)m->vma.page_offset, KEY(SHARED), m->vma.shared, KEY(ANONYMOUS), m->vma.anonymous,
		      KEY(PAGES), pages);
	set_left(o, KEY(PAGES), m->pages.n - shown.n);
	return o;
}

static void set_mappings(const struct cr2_view_scene *v, json_t *o, const struct cr2_scene_process *p)
{
	const struct cr2_scene_span shown = window_mappings(v, p);
	json_t *list = json_array();

	for (size_t i = shown.first; i < shown.first + shown.n; i++)
		json_array_append_new(list, mapping_row(v, p, &v->scene->mappings.items[i]));
	json_object_set_new(o, KEY(MAPPINGS), list);
	set_left(o, KEY(MAPPINGS), p->mappings.n - shown.n);
}

static json_t *place_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_place *p = &v->scene->places.items[i];

	return json_pack("{s:s, s:o, s:I}", KEY(NAME), cr2_name(&v->step.names->mappings, p->mapping), KEY(START),
			 view_json_hex(p->address), KEY(PAGES), (json_int_t)p->pages);
}

/* Names of what is written. */
static void set_places(const struct cr2_view_scene *v, json_t *o, const struct cr2_scene_process *p)
{
	const struct cr2_scene_span shown = window_mappings(v, p);
	const struct cr2_scene_mapping *mappings = v->scene->mappings.items;
	bool whole = shown.n == p->mappings.n;
	size_t left = 0;
	json_t *list = json_array();

	for (size_t i = p->places.first; i < p->places.first + p->places.n; i++) {
		uint64_t address = v->scene->places.items[i].address;

		if (whole || (address >= mappings[shown.first].vma.start &&
			      address < mappings[shown.first + shown.n - 1].vma.end))
			json_array_append_new(list, place_row(v, i));
		else
			left++;
	}
	json_object_set_new(o, KEY(PLACES), list);
	set_left(o, KEY(PLACES), left);
}

static json_t *process_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_process *p = &v->scene->processes.items[i];
	json_t *o = json_pack("{s:o, s:o, s:I}", KEY(PROC), process_name(v, p->view.process), KEY(CR3),
			      view_json_hex(p->view.cr3), KEY(LOCKED_PAGES), (json_int_t)p->view.locked_pages);

	set_places(v, o, p);
	set_mappings(v, o, p);
	set_tables(v, o, p);
	return o;
}

/* ---- frames, caches ---- */

static const char *const uses[] = {
	[CR2_FRAME_FREE] = "free", [CR2_FRAME_TABLE] = "table", [CR2_FRAME_ANON] = "anon",
	[CR2_FRAME_FILE] = "file", [CR2_FRAME_ZERO] = "zero", [CR2_FRAME_KERNEL] = "kernel",
};

static json_t *mapper_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_mapper *m = &v->scene->mappers.items[i];

	return json_pack("{s:o, s:o, s:I}", KEY(PROC), process_name(v, m->process), KEY(ADDR),
			 view_json_hex(m->address), KEY(PAGES), (json_int_t)m->pages);
}

static bool has_name(const struct cr2_page *page)
{
	return page->kind == CR2_PAGE_FILE || page->kind == CR2_PAGE_ZERO || page->number;
}

static json_t *frame_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_frame *f = &v->scene->frames.items[i];
	const struct cr2_frame_info *info = &f->info;
	bool file = info->use == CR2_FRAME_FILE;
	json_t *o;

	o = json_pack("{s:o, s:I, s:s, s:o, s:i, s:I, s:I, s:o, s:b, s:b, s:b, s:o, s:i, s:o, s:o, s:i}",
			 KEY(PFN), view_json_hex(f->pfn), KEY(N), (json_int_t)f->n, KEY(USE), uses[info->use],
			 KEY(TOKEN), has_name(&f->page) ? token_json(v, &f->page) : json_null(), KEY(NUMBER_STEP),
			 (int)f->number_step, KEY(REFS), (json_int_t)info->refs, KEY(MAPS), (json_int_t)info->maps,
			 KEY(EXCLUSIVE), v->step.course ? json_null() : json_boolean(info->exclusive), KEY(DIRTY), info->dirty, KEY(LAZY_FREE), info->lazy_free,
			 KEY(SWAP_CACHED), info->swap_cached, KEY(HEAD), view_json_hex(info->head), KEY(ORDER),
			 (int)info->order, KEY(OBJECT), object_name(v, info->object), KEY(INDEX),
			 file ? count(info->index) : json_null(), KEY(INDEX_STEP), (int)f->index_step);
	set_rows(v, o, KEY(MAPPED_BY), window_mappers(v, f), f->mappers.n, mapper_row);
	set_changed(v, o, window_changed(v, CR2_SCENE_FRAME, 0, 0, f->pfn, f->pfn + f->n));
	return o;
}

static void set_frames(const struct cr2_view_scene *v, json_t *root)
{
	size_t n = 0, *shown = window_frames(v, &n);
	json_t *list = shown ? json_array() : NULL;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, frame_row(v, shown[i]));
	json_object_set_new(root, KEY(FRAMES), list);
	set_left(root, KEY(FRAMES), v->scene->frames.n - n);
	free(shown);
}

static json_t *allows_json(const struct cr2_tlb_view *t)
{
	const struct {
		bool holds;
		const char *name;
	} all[] = {
		{t->user_read, "user_read"}, {t->user_write, "user_write"}, {t->user_fetch, "user_fetch"},
		{t->kernel_read, "kernel_read"}, {t->kernel_write, "kernel_write"},
	};
	json_t *list = json_array();

	for (size_t i = 0; i < CR2_ARRAY_SIZE(all); i++)
		if (all[i].holds)
			json_array_append_new(list, json_string(all[i].name));
	return list;
}

static json_t *tlb_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_tlb *t = &v->scene->tlb.items[i];

	return json_pack("{s:o, s:I, s:o, s:i, s:o}", KEY(ADDR), view_json_hex(t->view.address), KEY(N),
			 (json_int_t)t->n, KEY(PFN), view_json_hex(t->view.pfn), KEY(PAGE_SHIFT),
			 (int)t->view.page_shift, KEY(ALLOWS), allows_json(&t->view));
}

static json_t *cached_row(const struct cr2_view_scene *v, uint32_t place, const struct cr2_scene_cached *c)
{
	bool swapped = c->view.pfn == CR2_NO_FRAME;
	json_t *o = json_pack("{s:I, s:I, s:o, s:i, s:o, s:i}", KEY(INDEX), (json_int_t)c->index, KEY(N),
			      (json_int_t)c->n, KEY(PFN), frame_number(c->view.pfn), KEY(PFN_STEP), (int)c->pfn_step,
			      KEY(SLOT), swapped ? count(c->view.slot) : json_null(), KEY(SLOT_STEP),
			      (int)c->slot_step);

	set_changed(v, o, window_changed(v, CR2_SCENE_CACHED, place, 0, c->index, c->index + c->n));
	return o;
}

static json_t *object_row(const struct cr2_view_scene *v, size_t i)
{
	static const char *const kinds[] = {
		[CR2_OBJECT_FILE] = "file", [CR2_OBJECT_SHMEM] = "shmem", [CR2_OBJECT_SECRET] = "secret", [CR2_OBJECT_ANON] = "anon",
	};
	const struct cr2_scene_object *object = &v->scene->objects.items[i];
	const struct cr2_scene_span shown = window_cached(v, object);
	json_t *cached = json_array(), *o;

	for (size_t c = shown.first; c < shown.first + shown.n; c++)
		json_array_append_new(cached, cached_row(v, object->view.place, &v->scene->cached.items[c]));
	o = json_pack("{s:o, s:s, s:I, s:o}", KEY(OBJECT), object_name(v, object->view.number), KEY(KIND),
		      kinds[object->view.kind], KEY(PAGES), (json_int_t)object->view.pages, KEY(CACHED), cached);
	set_left(o, KEY(CACHED), object->cached.n - shown.n);
	return o;
}

static json_t *slot_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_slot *s = &v->scene->slots.items[i];
	json_t *o = json_pack("{s:I, s:I, s:o, s:o}", KEY(SLOT), (json_int_t)s->view.slot, KEY(NAMED_BY),
			      (json_int_t)s->view.entries, KEY(PFN), frame_number(s->view.pfn), KEY(TOKEN),
			      has_name(&s->page) ? token_json(v, &s->page) : json_null());

	set_changed(v, o, window_changed(v, CR2_SCENE_SLOT, 0, 0, s->view.slot, s->view.slot + 1ULL));
	return o;
}

/* ---- changes ---- */

static json_t *page_words(const struct cr2_view_scene *v, const uint64_t *words)
{
	struct cr2_page page = {.kind = words[0] & 0xff, .object = (uint32_t)(words[0] >> 8), .number = words[1],
				.count = 1};

	return json_pack("{s:o, s:o, s:o}", KEY(TOKEN), token_json(v, &page), KEY(PFN), frame_number(words[2]),
			 KEY(VALUE), view_json_hex(words[3]));
}

static json_t *frame_words(const uint64_t *words)
{
	return json_pack("{s:s, s:I, s:I, s:b, s:b}", KEY(USE), uses[words[0] & 0xff], KEY(REFS),
			 (json_int_t)words[1], KEY(MAPS), (json_int_t)words[2], KEY(EXCLUSIVE),
			 (int)(words[0] >> 8 & 1), KEY(DIRTY), (int)(words[0] >> 9 & 1));
}

static json_t *tlb_words(const uint64_t *words)
{
	const struct cr2_tlb_view view = {
		.user_read = words[1] & 1, .user_write = words[1] >> 1 & 1, .user_fetch = words[1] >> 2 & 1,
		.kernel_read = words[1] >> 3 & 1, .kernel_write = words[1] >> 4 & 1,
	};

	return json_pack("{s:o, s:o}", KEY(PFN), view_json_hex(words[0]), KEY(ALLOWS), allows_json(&view));
}

static json_t *words_json(const struct cr2_view_scene *v, enum cr2_scene_part part, bool there, const uint64_t *w)
{
	if (!there)
		return json_null();
	switch (part) {
	case CR2_SCENE_PROCESS:
		return json_pack("{s:o, s:I}", KEY(CR3), view_json_hex(w[0]), KEY(LOCKED_PAGES), (json_int_t)w[1]);
	case CR2_SCENE_MAPPING:
		return json_pack("{s:o, s:o, s:o, s:I}", KEY(END), view_json_hex(w[0]), KEY(VM_FLAGS),
				 view_json_hex(w[1]), KEY(OBJECT), object_name(v, (uint32_t)w[2]), KEY(PGOFF),
				 (json_int_t)w[3]);
	case CR2_SCENE_PAGE:
		return page_words(v, w);
	case CR2_SCENE_ENTRY:
		return json_pack("{s:o}", KEY(VALUE), view_json_hex(w[0]));
	case CR2_SCENE_FRAME:
		return frame_words(w);
	case CR2_SCENE_TLB:
		return tlb_words(w);
	case CR2_SCENE_CACHED:
		return json_pack("{s:o, s:I}", KEY(PFN), frame_number(w[0]), KEY(SLOT), (json_int_t)w[1]);
	case CR2_SCENE_SLOT:
		return json_pack("{s:I, s:o}", KEY(NAMED_BY), (json_int_t)w[0], KEY(PFN), frame_number(w[1]));
	case CR2_SCENE_PARTS:
		break;
	}
	return NULL;
}

/* What the key of a change is called, and whose it is. */
static void set_key(const struct cr2_view_scene *v, const struct cr2_scene_change *c, json_t *o)
{
	switch (c->part) {
	case CR2_SCENE_PROCESS:
		json_object_set_new(o, KEY(PROC), process_name(v, (uint32_t)c->key));
		return;
	case CR2_SCENE_ENTRY:
		json_object_set_new(o, KEY(LEVEL),
				    json_string(level_name(c->level, v->scene->cpu.view.levels)));
		/* fall through */
	case CR2_SCENE_MAPPING:
	case CR2_SCENE_PAGE:
		json_object_set_new(o, KEY(PROC), process_name(v, c->process));
		/* fall through */
	case CR2_SCENE_TLB:
		json_object_set_new(o, KEY(ADDR), view_json_hex(c->key));
		return;
	case CR2_SCENE_FRAME:
		json_object_set_new(o, KEY(PFN), view_json_hex(c->key));
		return;
	case CR2_SCENE_CACHED:
		json_object_set_new(o, KEY(INDEX), count(c->key));
		return;
	case CR2_SCENE_SLOT:
		json_object_set_new(o, KEY(SLOT), count(c->key));
		return;
	case CR2_SCENE_PARTS:
		return;
	}
}

static json_t *change_row(const struct cr2_view_scene *v, size_t i)
{
	const struct cr2_scene_change *c = &v->changes[i];
	json_t *o = json_pack("{s:s, s:I}", KEY(PART), cr2_scene_part_name(c->part), KEY(N), (json_int_t)c->n);

	set_key(v, c, o);
	json_object_set_new(o, KEY(OLD), words_json(v, c->part, c->had, c->before));
	json_object_set_new(o, KEY(NEW), words_json(v, c->part, c->has, c->after));
	return o;
}

/* ---- the whole ---- */

static json_t *registers_json(const struct cr2_view_scene *v)
{
	const struct cr2_scene_cpu *cpu = &v->scene->cpu;
	const struct cr2_exception_frame *f = &cpu->frame;
	json_t *frame = json_null();

	if (cpu->in_fault)
		frame = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", KEY(ERROR), view_json_hex(f->error_code), KEY(IP),
				  view_json_hex(f->rip), KEY(CS), view_json_hex(f->cs), KEY(RFLAGS),
				  view_json_hex(f->rflags), KEY(SP), view_json_hex(f->rsp), KEY(SS),
				  view_json_hex(f->ss));
	return json_pack("{s:o, s:o, s:o, s:i, s:o, s:o}", KEY(CR2),
			 cpu->has_cr2 ? view_json_hex(cpu->cr2) : json_null(), KEY(CR3), view_json_hex(cpu->view.cr3),
			 KEY(PROC), process_name(v, cpu->view.process), KEY(LEVELS), (int)cpu->view.levels,
			 KEY(PUSHED_AT), cpu->in_fault ? view_json_hex(cpu->pushed_at) : json_null(), KEY(FRAME), frame);
}

/* What the step is and came to. */
static void set_step(const struct cr2_view_scene *v, json_t *root)
{
	const struct cr2_observation *o = v->step.observation;
	struct cr2_text at = {0};

	json_object_set_new(root, KEY(LINE), o ? json_integer(o->line) : json_null());
	json_object_set_new(root, KEY(PROC), o ? process_name(v, o->process) : json_null());
	json_object_set_new(root, KEY(OP), o ? json_string(cr2_op_name(o->op)) : json_null());
	json_object_set_new(root, KEY(AT), o && o->has_at ? text_json(&at, cr2_ref_append(v->step.names, &o->at, &at))
							  : json_null());
	json_object_set_new(root, KEY(RESULT), o ? json_string(cr2_result_name(o->result)) : json_null());
	json_object_set_new(root, KEY(FAULTS), o ? count(o->n_faults) : json_null());
	json_object_set_new(root, KEY(EXPECTED), v->failure ? json_string(v->failure->expected) : json_null());
	json_object_set_new(root, KEY(SEEN), v->failure ? json_string(v->failure->seen) : json_null());
}

static json_t *difference_json(const struct divergent *f, const struct cr2_difference *d, int side)
{
	struct cr2_text words[2] = {{0}, {0}};
	json_t *where = d->field != CR2_FIELD_STATE ? json_null()
			: text_json(&words[0], cr2_view_difference_where(&f->run, d, &words[0]));
	json_t *seen = text_json(&words[1], cr2_view_difference_side(&f->run, d, side, &words[1]));

	return json_pack("{s:s, s:o, s:o, s:o}", KEY(FIELD), cr2_field_name(d->field), KEY(WHERE), where,
			 KEY(FAULT_NUMBER), divergent_is_of_a_fault(d) ? count(d->first + 1) : json_null(), KEY(SEEN),
			 seen);
}

/* What this side has where the two differ. */
static json_t *differences_json(const struct cr2_divergence *divergence, int side)
{
	struct divergent f;
	json_t *list = json_array();

	divergent_fill(&f, divergence);
	for (size_t i = 0; i < divergence->n; i++)
		json_array_append_new(list, difference_json(&f, &divergence->differences.items[divergence->first + i],
							    side));
	return list;
}

int cr2_view_scene_json(const struct cr2_view_scene *v, struct cr2_text *text)
{
	const struct cr2_scene *s = v->scene;
	bool in_fault = v->stage;
	json_t *root = json_pack("{s:s, s:s?, s:s?, s:i, s:o, s:o, s:o}", KEY(KIND), "scene", KEY(FILE), v->step.path,
				 KEY(TARGET), v->target, KEY(STEP), (int)s->at.step, KEY(FAULT_NUMBER),
				 in_fault ? count(s->at.fault) : json_null(), KEY(STAGE_NUMBER),
				 in_fault ? count(s->at.stage) : json_null(), KEY(STAGE),
				 in_fault ? json_string(stage_name(v->stage->kind)) : json_null());

	if (!root)
		return view_json_line(NULL, text);
	set_step(v, root);
	if (v->divergence)
		json_object_set_new(root, KEY(DIFFERENCES), differences_json(v->divergence, v->side));
	json_object_set_new(root, KEY(FACTS),
			    in_fault ? stage_values(&v->step, s->cpu.view.levels, v->stage) : json_null());
	json_object_set_new(root, KEY(REGISTERS), registers_json(v));
	set_rows(v, root, KEY(PROCESSES), window_processes(v), s->processes.n, process_row);
	set_frames(v, root);
	set_rows(v, root, KEY(TLB), window_tlb(v), s->tlb.n, tlb_row);
	set_rows(v, root, KEY(OBJECTS), window_objects(v), s->objects.n, object_row);
	set_rows(v, root, KEY(SLOTS), window_slots(v), s->slots.n, slot_row);
	if (v->changes)
		set_rows(v, root, KEY(CHANGES), window_changes(v), v->n_changes, change_row);
	else
		json_object_set_new(root, KEY(CHANGES), json_null());
	return view_json_line(root, text);
}

int cr2_view_session_json(const struct cr2_session *session, const char *target, struct cr2_text *text)
{
	const struct cr2_litmus *litmus = cr2_session_litmus(session);
	unsigned line;
	const char *reason = cr2_session_reason(session, &line);
	size_t faults;

	cr2_session_faults(session, &faults);
	return view_json_line(json_pack("{s:s, s:s?, s:s, s:I, s:I, s:o, s:s?}", KEY(KIND), "session", KEY(FILE),
					litmus->path, KEY(TARGET), target, KEY(STEPS),
					(json_int_t)cr2_session_steps(session), KEY(FAULTS), (json_int_t)faults,
					KEY(LINE), reason && line ? count(line) : json_null(), KEY(REASON), reason),
			      text);
}
