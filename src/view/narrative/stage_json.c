/* SPDX-License-Identifier: MIT */
/*
 * Stages for programs: one object a stage, with the stage's values and nothing worked out of
 * them. Numbers that people write in hex are strings, counts are numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "narrative.h"

static json_t *hex(uint64_t value)
{
	return json_sprintf("0x%llx", (unsigned long long)value);
}

/* The word at i of an array of words, or null. */
#define WORD(words, i) word(words, CR2_ARRAY_SIZE(words), (size_t)(i))
static json_t *word(const char *const *words, size_t n, size_t i)
{
	return i < n && words[i] ? json_string(words[i]) : json_null();
}

static json_t *path_json(enum cr2_path path)
{
	const char *name = cr2_path_name(path);

	return name ? json_string(name) : json_null();
}

static json_t *object_json(const struct cr2_view_step *step, uint32_t object)
{
	const struct cr2_names *names = step->names;

	if (object == CR2_NO_OBJECT)
		return json_null();
	if (names && object < names->objects.n)
		return json_string(names->objects.items[object]);
	return json_integer(object);
}

static json_t *entry_json(const struct cr2_walk_entry *entry, unsigned levels)
{
	return json_pack("{s:s, s:i, s:o, s:o}", "level", level_name(entry->level, levels), "index",
			 (int)entry->index, "address", hex(entry->address), "value",
			 hex(entry->value));
}

static json_t *walk_json(const struct cr2_walk *walk)
{
	json_t *entries;

	if (!walk->n)
		return json_null();
	entries = json_array();
	for (unsigned i = 0; i < walk->n; i++)
		json_array_append_new(entries, entry_json(&walk->entries[i], walk->levels));
	return json_pack("{s:o, s:i, s:o}", "cr3", hex(walk->cr3), "levels", (int)walk->levels,
			 "entries", entries);
}

static json_t *exception_json(const struct cr2_stage_exception *e)
{
	const struct cr2_exception_frame *f = &e->frame;
	json_t *frame = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "error_code",
				  hex(f->error_code), "rip", hex(f->rip), "cs", hex(f->cs),
				  "rflags", hex(f->rflags), "rsp", hex(f->rsp), "ss", hex(f->ss));

	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "vector", (int)e->vector,
			 "access", access_word(e->access), "cr2", hex(e->cr2), "error_code",
			 hex(f->error_code), "idt", hex(e->idt), "handler", hex(e->handler),
			 "pushed_at", hex(e->pushed_at), "frame", frame, "walk",
			 walk_json(&e->walk));
}

static json_t *mapping_json(const struct cr2_view_step *step, bool has,
			    const struct cr2_vma_view *vma)
{
	if (!has)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:b, s:b}", "start", hex(vma->start), "end",
			 hex(vma->end), "vm_flags", hex(vma->vm_flags), "object",
			 object_json(step, vma->object), "page_offset",
			 (json_int_t)vma->page_offset, "shared", vma->shared, "anonymous",
			 vma->anonymous);
}

static json_t *vma_json(const struct cr2_view_step *step, const struct cr2_stage_vma *v)
{
	return json_pack("{s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "address", hex(v->address), "found",
			 v->found, "grown", v->grown, "grown_from",
			 v->grown ? hex(v->grown_from) : json_null(), "mapping",
			 mapping_json(step, v->found, &v->vma), "previous",
			 mapping_json(step, v->has_previous, &v->previous), "next",
			 mapping_json(step, v->has_next, &v->vma));
}

static json_t *permission_json(const struct cr2_stage_permission *p)
{
	return json_pack("{s:s, s:b, s:b, s:o, s:o, s:o}", "access", access_word(p->access),
			 "allowed", p->allowed, "pkey", p->pkey, "required", hex(p->required),
			 "vm_flags", hex(p->vm_flags), "fault_flags", hex(p->fault_flags));
}

static json_t *stage_walk_json(const struct cr2_stage_walk *w)
{
	return json_pack("{s:o, s:i, s:o}", "walk", walk_json(&w->walk), "tables_allocated",
			 (int)w->tables_allocated, "after", walk_json(&w->after));
}

static json_t *stage_entry_json(const struct cr2_stage_entry *e, unsigned levels)
{
	static const char *const states[] = {
		[CR2_ENTRY_NONE] = "none", [CR2_ENTRY_PRESENT] = "present",
		[CR2_ENTRY_PROTNONE] = "protnone", [CR2_ENTRY_SWAP] = "swap",
		[CR2_ENTRY_MIGRATION] = "migration",
	};

	return json_pack("{s:o, s:o, s:o}", "entry", entry_json(&e->entry, levels), "state",
			 WORD(states, e->state), "path", path_json(e->path));
}

static json_t *frame_json(const struct cr2_frame_view *frame)
{
	static const char *const kinds[] = {
		[CR2_PAGE_ANON] = "anon", [CR2_PAGE_HUGE] = "huge", [CR2_PAGE_FILE] = "file",
		[CR2_PAGE_ZERO] = "zero", [CR2_PAGE_HUGE_ZERO] = "huge_zero",
	};

	if (frame->pfn == CR2_NO_FRAME)
		return json_null();
	return json_pack("{s:o, s:o, s:[i,i], s:[i,i], s:[b,b]}", "pfn", hex(frame->pfn), "kind",
			 WORD(kinds, frame->kind), "refs", (int)frame->refs_before,
			 (int)frame->refs_after, "maps", (int)frame->maps_before,
			 (int)frame->maps_after, "exclusive", frame->exclusive_before,
			 frame->exclusive_after);
}

static json_t *page_json(const struct cr2_view_step *step, const struct cr2_stage_page *p)
{
	static const char *const actions[] = {
		[CR2_PAGE_ZEROED] = "zeroed", [CR2_PAGE_ZERO_SHARED] = "zero_shared",
		[CR2_PAGE_COPIED] = "copied", [CR2_PAGE_REUSED] = "reused",
		[CR2_PAGE_CACHED] = "cached", [CR2_PAGE_READ] = "read",
		[CR2_PAGE_SWAP_CACHED] = "swap_cached", [CR2_PAGE_SWAP_READ] = "swap_read",
		[CR2_PAGE_SPLIT] = "split", [CR2_PAGE_UNCHANGED] = "unchanged",
	};
	bool file = p->object != CR2_NO_OBJECT;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i}", "action",
			 WORD(actions, p->action), "path", path_json(p->path), "old",
			 frame_json(&p->old_page), "new", frame_json(&p->new_page), "object",
			 object_json(step, p->object), "index",
			 file ? json_integer((json_int_t)p->index) : json_null(), "bytes_copied",
			 (int)p->bytes_copied, "around_first", (int)p->around_first,
			 "around_count", (int)p->around_count);
}

static json_t *install_json(const struct cr2_stage_install *s, unsigned levels)
{
	return json_pack("{s:o, s:o, s:b, s:i}", "entry", entry_json(&s->entry, levels),
			 "old_value", hex(s->old_value), "flushed", s->flushed, "page_shift",
			 (int)s->page_shift);
}

static json_t *return_json(const struct cr2_stage_return *r)
{
	return json_pack("{s:o, s:b, s:b, s:o, s:o, s:s, s:i}", "rip", hex(r->rip), "retried",
			 r->retried, "tlb_miss", r->tlb_miss, "walk", walk_json(&r->walk),
			 "physical", hex(r->physical), "access", access_word(r->access), "value",
			 (int)r->value);
}

static json_t *signal_json(const struct cr2_stage_signal *s)
{
	const char *name = cr2_result_name(cr2_result_from_signal(s->signo, s->code));

	return json_pack("{s:i, s:i, s:s, s:o, s:o, s:o}", "signo", s->signo, "code", s->code,
			 "result", name, "address", hex(s->address), "error_code",
			 hex(s->error_code), "path", path_json(s->path));
}

static json_t *extable_json(const struct cr2_stage_extable *e)
{
	const char *name = cr2_result_name(e->result);

	return json_pack("{s:o, s:o, s:s, s:o}", "ip", hex(e->ip), "fixup", hex(e->fixup), "result",
			 name ? name : "unknown", "path", path_json(e->path));
}

static json_t *values_json(const struct narrator *teller, const struct cr2_stage *stage)
{
	unsigned levels = tell_levels(teller);

	switch (stage->kind) {
	case CR2_STAGE_EXCEPTION:
		return exception_json(&stage->exception);
	case CR2_STAGE_VMA:
		return vma_json(teller->step, &stage->vma);
	case CR2_STAGE_PERMISSION:
		return permission_json(&stage->permission);
	case CR2_STAGE_WALK:
		return stage_walk_json(&stage->walk);
	case CR2_STAGE_ENTRY:
		return stage_entry_json(&stage->entry, levels);
	case CR2_STAGE_PAGE:
		return page_json(teller->step, &stage->page);
	case CR2_STAGE_INSTALL:
		return install_json(&stage->install, levels);
	case CR2_STAGE_RETURN:
		return return_json(&stage->ret);
	case CR2_STAGE_SIGNAL:
		return signal_json(&stage->signal);
	case CR2_STAGE_EXTABLE:
		return extable_json(&stage->extable);
	}
	return NULL;
}

/* Where the stage belongs, then its values. */
static json_t *stage_json(const struct narrator *teller, size_t fault,
			  const struct cr2_stage *stage)
{
	static const char *const kinds[] = {
		[CR2_STAGE_EXCEPTION] = "exception", [CR2_STAGE_VMA] = "vma",
		[CR2_STAGE_PERMISSION] = "permission", [CR2_STAGE_WALK] = "walk",
		[CR2_STAGE_ENTRY] = "entry", [CR2_STAGE_PAGE] = "page",
		[CR2_STAGE_INSTALL] = "install", [CR2_STAGE_RETURN] = "return",
		[CR2_STAGE_SIGNAL] = "signal", [CR2_STAGE_EXTABLE] = "extable",
	};
	const struct cr2_observation *o = teller->step->observation;
	json_t *values = values_json(teller, stage);
	json_t *root = json_pack("{s:I, s:I, s:s, s:I, s:o}", "step", (json_int_t)o->step, "line",
				 (json_int_t)o->line, "proc",
				 cr2_name(&teller->step->names->processes, o->process), "fault",
				 (json_int_t)fault, "stage", WORD(kinds, stage->kind));

	if (!root || !values || json_object_update(root, values) < 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(values);
	return root;
}

static int append(const struct narrator *teller, size_t fault, const struct cr2_stage *stage)
{
	json_t *json = stage_json(teller, fault, stage);
	char *dump = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	int r = dump ? cr2_text_append(teller->text, dump) : -ENOMEM;

	free(dump);
	json_decref(json);
	return r == 0 ? cr2_text_append(teller->text, "\n") : r;
}

int cr2_view_stages_json(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
			 struct cr2_text *text)
{
	struct narrator teller = {.step = step, .text = text};
	int r = 0;

	for (size_t fault = 1; r == 0 && n; fault++) {
		teller.stages = stages;
		teller.n = fault_length(stages, n);
		for (size_t i = 0; r == 0 && i < teller.n; i++)
			r = append(&teller, fault, &stages[i]);
		stages += teller.n;
		n -= teller.n;
	}
	return r;
}
