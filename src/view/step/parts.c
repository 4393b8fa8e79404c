/* SPDX-License-Identifier: MIT */
/* The parts of a scene as text: a line a row, what does not fit is wrapped below. */
#include <cr2/decode.h>
#include <cr2/view_step.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "view/draw/place_name.h"
#include "view/draw/rich.h"

struct part {
	const struct cr2_view_scene *v;
	const struct cr2_style *style;
	struct cr2_text *text;
	struct rich line;
	int error;
};

/* Ends the line under way. */
static void end_line(struct part *p, unsigned at)
{
	p->line.hang = 4;
	if (p->error == 0)
		p->error = rich_paragraph(p->text, p->style, at, &p->line);
	rich_clear(&p->line);
}

static struct cr2_places places_of(const struct part *p, uint32_t process)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < s->processes.n; i++)
		if (s->processes.items[i].view.process == process)
			return (struct cr2_places){p->v->step.names, s->processes.items[i].places.n,
						   s->places.items + s->processes.items[i].places.first};
	return (struct cr2_places){.names = p->v->step.names};
}

static const char *process_name(const struct part *p, uint32_t process)
{
	return cr2_name(&p->v->step.names->processes, process);
}

/* "buf@3", or the address where no name is near. */
static void add_address(struct part *p, uint32_t process, uint64_t address)
{
	struct cr2_places places = places_of(p, process);
	struct rich name = {.hang = 0};

	name_add_address(&name, &places, address);
	if (rich_empty(&name))
		rich_keep(&p->line, INK_PLAIN, "0x%" PRIx64, address);
	else
		rich_join(&p->line, &name);
	rich_finish(&name);
}

/* ---- stage ---- */

static void add_failure(struct part *p)
{
	const struct cr2_failure *f = p->v->failure;

	if (!f || p->v->stage)
		return;
	rich_printf(&p->line, INK_BAD, "expected %s, seen %s", f->expected, f->seen);
	end_line(p, 2);
}

static void draw_done(struct part *p)
{
	const struct cr2_observation *o = p->v->step.observation;

	if (!o) {
		rich_printf(&p->line, INK_PLAIN, "%s", p->v->title ? p->v->title : "before the first step");
		end_line(p, 2);
		return;
	}
	if (p->v->n_stages)
		p->error = cr2_view_fault_lines(&p->v->step, p->v->stages, p->v->n_stages, p->style, p->text);
	else
		p->error = cr2_view_stage(&p->v->step, NULL, 0, 0, p->style, p->text);
	if (o->result != CR2_RESULT_OK) {
		rich_printf(&p->line, INK_BAD, "%s", cr2_result_name(o->result));
		end_line(p, 2);
	}
	if (o->has_value) {
		rich_printf(&p->line, INK_PLAIN, "value 0x%x", o->value);
		end_line(p, 2);
	}
	add_failure(p);
}

static void draw_stage(struct part *p)
{
	const struct cr2_view_scene *v = p->v;

	if (v->stage)
		p->error = cr2_view_stage(&v->step, v->stages, v->n_stages, (size_t)(v->stage - v->stages), p->style,
					  p->text);
	else
		draw_done(p);
}

/* ---- mappings ---- */

static void add_token(struct part *p, const struct cr2_page *page)
{
	struct cr2_text token = {0};

	if (cr2_page_append(p->v->step.names, page, &token) == 0)
		rich_keep(&p->line, INK_PLAIN, "%s", token.data ? token.data : "");
	cr2_text_finish(&token);
}

/* "a1/2", "a1..a4", "-*12" */
static void add_pages(struct part *p, const struct cr2_scene_page *row)
{
	struct cr2_page last = row->page;

	rich_gap(&p->line, 1);
	add_token(p, &row->page);
	if (row->n == 1 || (row->large && !row->number_step))
		return;
	if (!row->number_step) {
		rich_keep(&p->line, INK_PLAIN, "*%" PRIu64, row->n);
		return;
	}
	last.number += row->n - 1;
	rich_keep(&p->line, INK_PLAIN, "..");
	add_token(p, &last);
}

static void draw_mapping(struct part *p, uint32_t process, const struct cr2_scene_mapping *m)
{
	struct cr2_places places = places_of(p, process);

	rich_keep(&p->line, INK_DIM, "0x%" PRIx64 "-0x%" PRIx64 " ", m->vma.start, m->vma.end);
	rich_keep(&p->line, INK_PLAIN, "%c%c%c%c ", m->vma.vm_flags & CR2_VM(READ) ? 'r' : '-',
		  m->vma.vm_flags & CR2_VM(WRITE) ? 'w' : '-', m->vma.vm_flags & CR2_VM(EXEC) ? 'x' : '-',
		  m->vma.vm_flags & CR2_VM(SHARED) ? 's' : 'p');
	name_add_range(&p->line, &places, m->vma.start, m->vma.end);
	for (size_t i = m->pages.first; i < m->pages.first + m->pages.n; i++)
		add_pages(p, &p->v->scene->pages.items[i]);
	end_line(p, 2);
}

static void draw_mappings(struct part *p)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < s->processes.n; i++) {
		const struct cr2_scene_process *process = &s->processes.items[i];

		rich_keep(&p->line, INK_NAME, "%s", process_name(p, process->view.process));
		rich_printf(&p->line, INK_DIM, "  CR3 0x%" PRIx64, process->view.cr3);
		if (process->view.locked_pages)
			rich_printf(&p->line, INK_DIM, "  %" PRIu64 " pages locked", process->view.locked_pages);
		end_line(p, 0);
		for (size_t m = 0; m < process->mappings.n; m++)
			draw_mapping(p, process->view.process, &s->mappings.items[process->mappings.first + m]);
	}
}

/* ---- page tables ---- */

static void add_flags(struct part *p, uint64_t value, enum cr2_level level)
{
	struct cr2_text flags = {0};

	if (value & CR2_PTE(P)) {
		if (cr2_entry_flags_format(value, level, p->v->step.kernel, &flags) == 0)
			rich_add(&p->line, INK_PLAIN, flags.data ? flags.data : "");
	} else {
		rich_add(&p->line, INK_PLAIN, value ? "not present" : "empty");
	}
	cr2_text_finish(&flags);
}

static void draw_table(struct part *p, size_t number, unsigned depth);

static void draw_entry(struct part *p, const struct cr2_scene_entry *e, enum cr2_level level, unsigned depth)
{
	enum ink ink = e->walked ? INK_BOLD : INK_PLAIN;

	rich_keep(&p->line, ink, "%s", e->walked ? "→ " : "  ");
	if (e->n == 1)
		rich_keep(&p->line, ink, "[%u]", e->index);
	else
		rich_keep(&p->line, ink, "[%u..%u]", e->index, e->index + e->n - 1U);
	rich_keep(&p->line, ink, " 0x%" PRIx64 " ", e->value);
	add_flags(p, e->value, level);
	if (e->last)
		rich_add(&p->line, INK_WARN, "  the walk ends here");
	end_line(p, 2 * depth + 2);
	if (e->table != SIZE_MAX)
		draw_table(p, e->table, depth + 1);
}

static void draw_table(struct part *p, size_t number, unsigned depth)
{
	const struct cr2_scene_table *t = &p->v->scene->tables.items[number];

	rich_keep(&p->line, INK_NAME, "%s", level_name(t->level, p->v->scene->cpu.view.levels));
	rich_printf(&p->line, INK_DIM, " in frame 0x%" PRIx64, t->pfn);
	end_line(p, 2 * depth + 2);
	for (size_t i = t->entries.first; i < t->entries.first + t->entries.n; i++)
		draw_entry(p, &p->v->scene->entries.items[i], t->level, depth);
}

static void draw_tables(struct part *p)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < s->processes.n; i++) {
		const struct cr2_scene_process *process = &s->processes.items[i];

		rich_keep(&p->line, INK_NAME, "%s", process_name(p, process->view.process));
		rich_printf(&p->line, INK_DIM, "  CR3 0x%" PRIx64, process->view.cr3);
		end_line(p, 0);
		if (process->tables.n)
			draw_table(p, process->tables.first, 0);
	}
}

/* ---- frames ---- */

static const char *const uses[] = {
	[CR2_FRAME_FREE] = "free", [CR2_FRAME_TABLE] = "page table", [CR2_FRAME_ANON] = "anonymous",
	[CR2_FRAME_FILE] = "file", [CR2_FRAME_ZERO] = "zero page", [CR2_FRAME_KERNEL] = "kernel",
};

static void add_range(struct part *p, uint64_t first, uint64_t n)
{
	rich_keep(&p->line, INK_BOLD, "0x%" PRIx64, first);
	if (n > 1)
		rich_keep(&p->line, INK_BOLD, "..0x%" PRIx64, first + n - 1);
}

static void add_mappers(struct part *p, const struct cr2_scene_frame *f)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < f->mappers.n; i++) {
		const struct cr2_scene_mapper *m = &s->mappers.items[f->mappers.first + i];

		rich_add(&p->line, INK_PLAIN, i ? ", " : "  mapped by ");
		rich_keep(&p->line, INK_PLAIN, "%s.", process_name(p, m->process));
		add_address(p, m->process, m->address);
		if (m->pages > 1)
			rich_keep(&p->line, INK_PLAIN, " and %" PRIu64 " pages behind", m->pages - 1);
	}
}

static void draw_frame(struct part *p, const struct cr2_scene_frame *f)
{
	const struct cr2_frame_info *info = &f->info;

	add_range(p, f->pfn, f->n);
	rich_printf(&p->line, INK_PLAIN, "  %s", uses[info->use]);
	if (f->page.number || f->page.kind == CR2_PAGE_FILE) {
		struct cr2_page page = f->page;

		page.count = 1;
		rich_gap(&p->line, 1);
		add_token(p, &page);
	}
	if (info->use == CR2_FRAME_ANON || info->use == CR2_FRAME_FILE)
		rich_printf(&p->line, INK_PLAIN, "  refs %" PRIu32 ", maps %" PRIu32, info->refs, info->maps);
	rich_add(&p->line, INK_PLAIN, info->exclusive ? ", exclusive" : "");
	rich_add(&p->line, INK_PLAIN, info->dirty ? ", dirty" : "");
	rich_add(&p->line, INK_PLAIN, info->lazy_free ? ", given up" : "");
	rich_add(&p->line, INK_PLAIN, info->swap_cached ? ", in the swap cache" : "");
	add_mappers(p, f);
	end_line(p, 2);
}

static void draw_frames(struct part *p)
{
	for (size_t i = 0; i < p->v->scene->frames.n; i++)
		draw_frame(p, &p->v->scene->frames.items[i]);
}

/* ---- registers, TLB ---- */

static void draw_registers(struct part *p)
{
	const struct cr2_scene_cpu *cpu = &p->v->scene->cpu;
	struct cr2_text code = {0};

	rich_keep(&p->line, INK_NAME, "CR3 ");
	rich_printf(&p->line, INK_PLAIN, "0x%" PRIx64 ", the page tables of %s", cpu->view.cr3,
		    process_name(p, cpu->view.process));
	end_line(p, 2);
	rich_keep(&p->line, INK_NAME, "CR2 ");
	if (cpu->has_cr2)
		rich_printf(&p->line, INK_PLAIN, "0x%" PRIx64, cpu->cr2);
	else
		rich_add(&p->line, INK_PLAIN, "no fault yet");
	end_line(p, 2);
	if (!cpu->in_fault)
		return;
	rich_keep(&p->line, INK_NAME, "pushed ");
	rich_printf(&p->line, INK_PLAIN, "at 0x%" PRIx64 ": error code 0x%" PRIx64, cpu->pushed_at,
		    cpu->frame.error_code);
	if (cr2_error_code_format(cpu->frame.error_code, &code) == 0)
		rich_printf(&p->line, INK_PLAIN, " (%s)", code.data);
	cr2_text_finish(&code);
	end_line(p, 2);
	rich_printf(&p->line, INK_PLAIN, "RIP 0x%" PRIx64 "  CS 0x%" PRIx64 "  RFLAGS 0x%" PRIx64 "  RSP 0x%" PRIx64
		    "  SS 0x%" PRIx64, cpu->frame.rip, cpu->frame.cs, cpu->frame.rflags, cpu->frame.rsp,
		    cpu->frame.ss);
	end_line(p, 9);
}

static void draw_tlb(struct part *p)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < s->tlb.n; i++) {
		const struct cr2_scene_tlb *t = &s->tlb.items[i];

		add_address(p, s->cpu.view.process, t->view.address);
		if (t->n > 1)
			rich_keep(&p->line, INK_PLAIN, " and %" PRIu64 " pages behind", t->n - 1);
		rich_printf(&p->line, INK_PLAIN, "  frame 0x%" PRIx64 "%s  user %c%c%c, kernel %c%c", t->view.pfn,
			    t->view.page_shift == 21 ? ", 2 MiB" : t->view.page_shift == 30 ? ", 1 GiB" : "",
			    t->view.user_read ? 'r' : '-', t->view.user_write ? 'w' : '-',
			    t->view.user_fetch ? 'x' : '-', t->view.kernel_read ? 'r' : '-',
			    t->view.kernel_write ? 'w' : '-');
		end_line(p, 2);
	}
	if (!s->tlb.n) {
		rich_add(&p->line, INK_DIM, "empty");
		end_line(p, 2);
	}
}

/* ---- page cache and swap ---- */

static void draw_cached(struct part *p, const struct cr2_scene_cached *c)
{
	rich_keep(&p->line, INK_PLAIN, "page %" PRIu64, c->index);
	if (c->n > 1)
		rich_keep(&p->line, INK_PLAIN, "..%" PRIu64, c->index + c->n - 1);
	if (c->view.pfn == CR2_NO_FRAME)
		rich_printf(&p->line, INK_PLAIN, ": swap slot %" PRIu32, c->view.slot);
	else
		rich_printf(&p->line, INK_PLAIN, ": frame 0x%" PRIx64, c->view.pfn);
	end_line(p, 4);
}

static void draw_cache(struct part *p)
{
	const struct cr2_scene *s = p->v->scene;

	for (size_t i = 0; i < s->objects.n; i++) {
		const struct cr2_scene_object *o = &s->objects.items[i];

		if (o->view.number == CR2_NO_OBJECT)
			rich_keep(&p->line, INK_NAME, "shared anonymous memory");
		else
			name_add_object(&p->line, p->v->step.names, o->view.number);
		rich_printf(&p->line, INK_PLAIN, ", %" PRIu64 " pages%s", o->view.pages,
			    o->cached.n ? "" : ", none cached");
		end_line(p, 2);
		for (size_t c = o->cached.first; c < o->cached.first + o->cached.n; c++)
			draw_cached(p, &s->cached.items[c]);
	}
	for (size_t i = 0; i < s->slots.n; i++) {
		const struct cr2_slot_view *slot = &s->slots.items[i].view;

		rich_printf(&p->line, INK_PLAIN, "swap slot %" PRIu32 ": named by %" PRIu32 " entr%s", slot->slot,
			    slot->entries, slot->entries == 1 ? "y" : "ies");
		if (slot->pfn != CR2_NO_FRAME)
			rich_printf(&p->line, INK_PLAIN, ", in the swap cache as frame 0x%" PRIx64, slot->pfn);
		end_line(p, 2);
	}
	if (!s->objects.n && !s->slots.n) {
		rich_add(&p->line, INK_DIM, "no file, nothing in swap");
		end_line(p, 2);
	}
}

/* ---- changes ---- */

static void add_page_word(struct part *p, const uint64_t *words)
{
	struct cr2_page page = {.kind = words[0] & 0xff, .object = (uint32_t)(words[0] >> 8), .number = words[1],
				.count = 1};

	add_token(p, &page);
	if (words[2] != CR2_NO_FRAME)
		rich_keep(&p->line, INK_PLAIN, " in frame 0x%" PRIx64, words[2]);
}

/* What a word of a change says: one side of it. */
static void add_words(struct part *p, enum cr2_scene_part part, const uint64_t *w)
{
	switch (part) {
	case CR2_SCENE_PROCESS:
		rich_printf(&p->line, INK_PLAIN, "CR3 0x%" PRIx64 ", %" PRIu64 " pages locked", w[0], w[1]);
		break;
	case CR2_SCENE_MAPPING:
		rich_keep(&p->line, INK_PLAIN, "up to 0x%" PRIx64 ", %c%c%c%c, flags 0x%" PRIx64, w[0],
			  w[1] & CR2_VM(READ) ? 'r' : '-', w[1] & CR2_VM(WRITE) ? 'w' : '-',
			  w[1] & CR2_VM(EXEC) ? 'x' : '-', w[1] & CR2_VM(SHARED) ? 's' : 'p', w[1]);
		break;
	case CR2_SCENE_PAGE:
		add_page_word(p, w);
		break;
	case CR2_SCENE_ENTRY:
		rich_keep(&p->line, INK_PLAIN, "0x%" PRIx64, w[0]);
		break;
	case CR2_SCENE_FRAME:
		rich_printf(&p->line, INK_PLAIN, "%s, refs %" PRIu64 ", maps %" PRIu64 "%s", uses[w[0] & 0xff], w[1],
			    w[2], w[0] >> 8 & 1 ? ", exclusive" : "");
		break;
	case CR2_SCENE_TLB:
		rich_keep(&p->line, INK_PLAIN, "frame 0x%" PRIx64 ", user %c%c%c, kernel %c%c", w[0],
			  w[1] & 1 ? 'r' : '-', w[1] & 2 ? 'w' : '-', w[1] & 4 ? 'x' : '-', w[1] & 8 ? 'r' : '-',
			  w[1] & 16 ? 'w' : '-');
		break;
	case CR2_SCENE_CACHED:
		if (w[0] == CR2_NO_FRAME)
			rich_keep(&p->line, INK_PLAIN, "swap slot %" PRIu64, w[1]);
		else
			rich_keep(&p->line, INK_PLAIN, "frame 0x%" PRIx64, w[0]);
		break;
	case CR2_SCENE_SLOT:
		rich_keep(&p->line, INK_PLAIN, "named by %" PRIu64, w[0]);
		break;
	case CR2_SCENE_PARTS:
		break;
	}
}

/* What it is that changed. */
static void add_key(struct part *p, const struct cr2_scene_change *c)
{
	switch (c->part) {
	case CR2_SCENE_PROCESS:
		rich_keep(&p->line, INK_PLAIN, "%s", process_name(p, (uint32_t)c->key));
		break;
	case CR2_SCENE_MAPPING:
	case CR2_SCENE_PAGE:
	case CR2_SCENE_ENTRY:
		rich_keep(&p->line, INK_PLAIN, "%s.", process_name(p, c->process));
		/* An entry for a table is for far more than what is named. */
		if (c->level > CR2_LEVEL_PTE)
			rich_keep(&p->line, INK_PLAIN, "0x%" PRIx64, c->key);
		else
			add_address(p, c->process, c->key);
		break;
	case CR2_SCENE_TLB:
		add_address(p, p->v->scene->cpu.view.process, c->key);
		break;
	case CR2_SCENE_FRAME:
		rich_keep(&p->line, INK_PLAIN, "0x%" PRIx64, c->key);
		break;
	default:
		rich_keep(&p->line, INK_PLAIN, "%" PRIu64, c->key);
	}
}

static void draw_change(struct part *p, const struct cr2_scene_change *c)
{
	rich_keep(&p->line, c->had ? c->has ? INK_WARN : INK_BAD : INK_GOOD, "%c ", c->had ? c->has ? '~' : '-' : '+');
	rich_keep(&p->line, INK_NAME, "%s ",
		  c->part == CR2_SCENE_ENTRY ? level_name(c->level, p->v->scene->cpu.view.levels)
					     : cr2_scene_part_name(c->part));
	add_key(p, c);
	if (c->n > 1)
		rich_keep(&p->line, INK_PLAIN, " (%" PRIu64 ")", c->n);
	rich_add(&p->line, INK_PLAIN, ": ");
	if (c->had)
		add_words(p, c->part, c->before);
	if (c->had)
		rich_add(&p->line, INK_PLAIN, " → ");
	if (c->has)
		add_words(p, c->part, c->after);
	else
		rich_add(&p->line, INK_PLAIN, "gone");
	end_line(p, 2);
}

static void draw_changes(struct part *p)
{
	for (size_t i = 0; i < p->v->n_changes; i++)
		draw_change(p, &p->v->changes[i]);
	if (!p->v->n_changes) {
		rich_add(&p->line, INK_DIM, p->v->changes ? "nothing changed" : "no position before this one");
		end_line(p, 2);
	}
}

/* ---- the scenario's text ---- */

static void draw_scenario(struct part *p)
{
	const char *at = p->v->step.source ? p->v->step.source : "";
	unsigned here = p->v->step.observation ? p->v->step.observation->line : 0;

	for (unsigned line = 1; *at; line++) {
		size_t n = strcspn(at, "\n");

		rich_keep(&p->line, line == here ? INK_BOLD : INK_DIM, "%s%4u  ", line == here ? "→" : " ", line);
		rich_printf(&p->line, line == here ? INK_BOLD : INK_PLAIN, "%.*s", (int)n, at);
		end_line(p, 0);
		at += n + (at[n] == '\n');
	}
}

/* ---- */

static const struct {
	const char *name;
	int key;
	const char *heading, *sentence;
} rows[] = {
#define X(id, name, key, heading, sentence) [CR2_VIEW_PART_##id] = {name, key, heading, sentence},
#include <cr2/tables/view_part.def>
#undef X
};

const char *cr2_view_part_name(enum cr2_view_part part)
{
	return (size_t)part < CR2_ARRAY_SIZE(rows) ? rows[part].name : NULL;
}

const char *cr2_view_part_heading(enum cr2_view_part part)
{
	return (size_t)part < CR2_ARRAY_SIZE(rows) ? rows[part].heading : NULL;
}

const char *cr2_view_part_sentence(enum cr2_view_part part)
{
	return (size_t)part < CR2_ARRAY_SIZE(rows) ? rows[part].sentence : NULL;
}

int cr2_view_part_key(enum cr2_view_part part)
{
	return (size_t)part < CR2_ARRAY_SIZE(rows) ? rows[part].key : 0;
}

int cr2_view_part_parse(const char *name)
{
	for (int i = 0; i < CR2_VIEW_PARTS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -EINVAL;
}

int cr2_view_scene_part(const struct cr2_view_scene *v, enum cr2_view_part part, const struct cr2_style *style,
			struct cr2_text *text)
{
	static void (*const draw[CR2_VIEW_PARTS])(struct part *) = {
		[CR2_VIEW_PART_STAGE] = draw_stage, [CR2_VIEW_PART_CHANGES] = draw_changes,
		[CR2_VIEW_PART_MAPPINGS] = draw_mappings, [CR2_VIEW_PART_TABLES] = draw_tables,
		[CR2_VIEW_PART_FRAMES] = draw_frames, [CR2_VIEW_PART_REGISTERS] = draw_registers,
		[CR2_VIEW_PART_TLB] = draw_tlb, [CR2_VIEW_PART_CACHE] = draw_cache,
		[CR2_VIEW_PART_SCENARIO] = draw_scenario,
	};
	struct part p = {.v = v, .style = style, .text = text};

	draw[part](&p);
	rich_finish(&p.line);
	return p.error;
}
