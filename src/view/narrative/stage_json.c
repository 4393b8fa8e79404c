/* SPDX-License-Identifier: MIT */
/*
 * Stages for programs: one object a stage, with the stage's values and nothing worked out of
 * them. Numbers that people write in hex are strings, counts are numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include "stage_json.h"

static json_t *hex(uint64_t value)
{
	return view_json_hex(value);
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
	return json_pack("{s:s, s:i, s:o, s:o}", KEY(LEVEL), level_name(entry->level, levels),
			 KEY(INDEX), (int)entry->index, KEY(ENTRY_AT), hex(entry->address),
			 KEY(VALUE), hex(entry->value));
}

static json_t *walk_json(const struct cr2_walk *walk)
{
	json_t *entries;

	if (!walk->n)
		return json_null();
	entries = json_array();
	for (unsigned i = 0; i < walk->n; i++)
		json_array_append_new(entries, entry_json(&walk->entries[i], walk->levels));
	return json_pack("{s:o, s:i, s:o}", KEY(CR3), hex(walk->cr3), KEY(LEVELS),
			 (int)walk->levels, KEY(ENTRIES), entries);
}

static json_t *exception_json(const struct cr2_stage_exception *e)
{
	const struct cr2_exception_frame *f = &e->frame;
	json_t *frame = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", KEY(ERROR), hex(f->error_code),
				  KEY(IP), hex(f->rip), KEY(CS), hex(f->cs), KEY(RFLAGS),
				  hex(f->rflags), KEY(SP), hex(f->rsp), KEY(SS), hex(f->ss));

	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", KEY(VECTOR),
			 (int)e->vector, KEY(ACCESS), cr2_access_name(e->access), KEY(ADDR),
			 hex(e->cr2), KEY(ERROR), hex(f->error_code), KEY(IDT), hex(e->idt),
			 KEY(HANDLER), hex(e->handler), KEY(PUSHED_AT), hex(e->pushed_at),
			 KEY(FRAME), frame, KEY(WALK), walk_json(&e->walk));
}

static json_t *mapping_json(const struct cr2_view_step *step, bool has,
			    const struct cr2_vma_view *vma)
{
	if (!has)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:b, s:b}", KEY(START), hex(vma->start),
			 KEY(END), hex(vma->end), KEY(VM_FLAGS), hex(vma->vm_flags), KEY(OBJECT),
			 object_json(step, vma->object), KEY(PGOFF), (json_int_t)vma->page_offset,
			 KEY(SHARED), vma->shared, KEY(ANONYMOUS), vma->anonymous);
}

static json_t *vma_json(const struct cr2_view_step *step, const struct cr2_stage_vma *v)
{
	return json_pack("{s:o, s:b, s:b, s:o, s:o, s:o, s:o}", KEY(ADDR), hex(v->address),
			 KEY(FOUND), v->found, KEY(GROWN), v->grown, KEY(GROWN_FROM),
			 v->grown ? hex(v->grown_from) : json_null(), KEY(MAPPING),
			 mapping_json(step, v->found, &v->vma), KEY(PREVIOUS),
			 mapping_json(step, v->has_previous, &v->previous), KEY(NEXT),
			 mapping_json(step, v->has_next, &v->vma));
}

static json_t *permission_json(const struct cr2_stage_permission *p)
{
	return json_pack("{s:s, s:b, s:b, s:o, s:o, s:o}", KEY(ACCESS), cr2_access_name(p->access),
			 KEY(PERMITTED), p->allowed, KEY(PKEY_REFUSES), p->pkey, KEY(REQUIRED),
			 hex(p->required), KEY(VM_FLAGS), hex(p->vm_flags), KEY(FAULT_FLAGS),
			 hex(p->fault_flags));
}

static json_t *stage_walk_json(const struct cr2_stage_walk *w)
{
	return json_pack("{s:o, s:i, s:o}", KEY(WALK), walk_json(&w->walk), KEY(TABLES_ALLOCATED),
			 (int)w->tables_allocated, KEY(AFTER), walk_json(&w->after));
}

static json_t *stage_entry_json(const struct cr2_stage_entry *e, unsigned levels)
{
	static const char *const states[] = {
		[CR2_ENTRY_NONE] = "none", [CR2_ENTRY_PRESENT] = "present",
		[CR2_ENTRY_PROTNONE] = "protnone", [CR2_ENTRY_SWAP] = "swap",
		[CR2_ENTRY_MIGRATION] = "migration", [CR2_ENTRY_GUARD] = "guard", [CR2_ENTRY_POISON] = "poison",
		[CR2_ENTRY_PROTECTED] = "protected",
	};

	return json_pack("{s:o, s:o, s:o}", KEY(ENTRY), entry_json(&e->entry, levels), KEY(KIND),
			 WORD(states, e->state), KEY(PATH), path_json(e->path));
}

static json_t *frame_json(const struct cr2_view_step *step, const struct cr2_frame_view *frame)
{
	static const char *const kinds[] = {
		[CR2_PAGE_ANON] = "anon", [CR2_PAGE_HUGE] = "huge", [CR2_PAGE_FILE] = "file",
		[CR2_PAGE_ZERO] = "zero", [CR2_PAGE_HUGE_ZERO] = "huge_zero",
	};

	if (frame->pfn == CR2_NO_FRAME)
		return json_null();
	return json_pack("{s:o, s:o, s:[i,i], s:[i,i], s:o}", KEY(PFN), hex(frame->pfn),
			 KEY(KIND), WORD(kinds, frame->kind), KEY(REFS), (int)frame->refs_before,
			 (int)frame->refs_after, KEY(MAPS), (int)frame->maps_before,
			 (int)frame->maps_after, KEY(EXCLUSIVE), step->course ? json_null()
			 : json_pack("[b,b]", frame->exclusive_before, frame->exclusive_after));
}

static json_t *page_json(const struct cr2_view_step *step, const struct cr2_stage_page *p)
{
	static const char *const actions[] = {
		[CR2_PAGE_ZEROED] = "zeroed", [CR2_PAGE_ZERO_SHARED] = "zero_shared",
		[CR2_PAGE_COPIED] = "copied", [CR2_PAGE_REUSED] = "reused",
		[CR2_PAGE_CACHED] = "cached", [CR2_PAGE_READ] = "read",
		[CR2_PAGE_SWAP_CACHED] = "swap_cached", [CR2_PAGE_SWAP_READ] = "swap_read",
		[CR2_PAGE_SPLIT] = "split", [CR2_PAGE_UNCHANGED] = "unchanged",
		[CR2_PAGE_MIGRATED] = "migrated",
		[CR2_PAGE_ANSWERED] = "answered", [CR2_PAGE_ANSWERED_LATE] = "answered_late",
	};
	bool file = p->object != CR2_NO_OBJECT;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i}", KEY(ACTION),
			 WORD(actions, p->action), KEY(PATH), path_json(p->path), KEY(OLD),
			 frame_json(step, &p->old_page), KEY(NEW), frame_json(step, &p->new_page), KEY(OBJECT),
			 object_json(step, p->object), KEY(INDEX),
			 file ? json_integer((json_int_t)p->index) : json_null(),
			 KEY(BYTES_COPIED), (int)p->bytes_copied, KEY(AROUND_FIRST),
			 (int)p->around_first, KEY(AROUND_COUNT), (int)p->around_count);
}

static json_t *install_json(const struct cr2_stage_install *s, unsigned levels)
{
	return json_pack("{s:o, s:o, s:b, s:i}", KEY(ENTRY), entry_json(&s->entry, levels),
			 KEY(OLD_VALUE), hex(s->old_value), KEY(FLUSHED), s->flushed,
			 KEY(PAGE_SHIFT), (int)s->page_shift);
}

static json_t *return_json(const struct cr2_stage_return *r)
{
	return json_pack("{s:o, s:b, s:b, s:o, s:o, s:s, s:i}", KEY(IP), hex(r->rip), KEY(RETRIED),
			 r->retried, KEY(TLB_MISS), r->tlb_miss, KEY(WALK), walk_json(&r->walk),
			 KEY(PHYS), hex(r->physical), KEY(ACCESS), cr2_access_name(r->access),
			 KEY(VALUE), (int)r->value);
}

static json_t *signal_json(const struct cr2_stage_signal *s)
{
	const char *name = cr2_result_name(cr2_result_from_signal(s->signo, s->code));

	return json_pack("{s:i, s:i, s:s, s:o, s:o, s:o}", KEY(SIGNO), s->signo, KEY(CODE),
			 s->code, KEY(RESULT), name, KEY(ADDR), hex(s->address), KEY(ERROR),
			 hex(s->error_code), KEY(PATH), path_json(s->path));
}

static json_t *extable_json(const struct cr2_stage_extable *e)
{
	const char *name = cr2_result_name(e->result);

	return json_pack("{s:o, s:o, s:s, s:o}", KEY(IP), hex(e->ip), KEY(FIXUP), hex(e->fixup),
			 KEY(RESULT), name ? name : "unknown", KEY(PATH), path_json(e->path));
}

json_t *stage_values(const struct cr2_view_step *step, unsigned levels, const struct cr2_stage *stage)
{
	switch (stage->kind) {
	case CR2_STAGE_EXCEPTION:
		return exception_json(&stage->exception);
	case CR2_STAGE_VMA:
		return vma_json(step, &stage->vma);
	case CR2_STAGE_PERMISSION:
		return permission_json(&stage->permission);
	case CR2_STAGE_WALK:
		return stage_walk_json(&stage->walk);
	case CR2_STAGE_ENTRY:
		return stage_entry_json(&stage->entry, levels);
	case CR2_STAGE_PAGE:
		return page_json(step, &stage->page);
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

const char *stage_name(enum cr2_stage_kind kind)
{
	static const char *const kinds[] = {
		[CR2_STAGE_EXCEPTION] = "exception", [CR2_STAGE_VMA] = "vma",
		[CR2_STAGE_PERMISSION] = "permission", [CR2_STAGE_WALK] = "walk",
		[CR2_STAGE_ENTRY] = "entry", [CR2_STAGE_PAGE] = "page",
		[CR2_STAGE_INSTALL] = "install", [CR2_STAGE_RETURN] = "return",
		[CR2_STAGE_SIGNAL] = "signal", [CR2_STAGE_EXTABLE] = "extable",
	};

	return (size_t)kind < CR2_ARRAY_SIZE(kinds) ? kinds[kind] : NULL;
}

/* Where the stage belongs, then its values. */
static json_t *stage_json(const struct teller *teller, size_t fault,
			  const struct cr2_stage *stage)
{
	const struct cr2_observation *o = teller->step->observation;
	json_t *values = stage_values(teller->step, tell_levels(teller), stage);
	const char *process = cr2_name(&teller->step->names->processes, o->process);
	json_t *root = json_pack("{s:I, s:I, s:s, s:I, s:s}", KEY(STEP), (json_int_t)o->step,
				 KEY(LINE), (json_int_t)o->line, KEY(PROC), process,
				 KEY(FAULT_NUMBER), (json_int_t)fault, KEY(STAGE),
				 stage_name(stage->kind));

	if (!root || !values || json_object_update(root, values) < 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(values);
	return root;
}

static int append(const struct teller *teller, size_t fault, const struct cr2_stage *stage)
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
	struct teller teller = {.step = step, .text = text};
	int r = 0;

	for (size_t fault = 1; r == 0 && n; fault++) {
		teller.stages = stages;
		teller.n = tell_fault_length(stages, n);
		for (size_t i = 0; r == 0 && i < teller.n; i++)
			r = append(&teller, fault, &stages[i]);
		stages += teller.n;
		n -= teller.n;
	}
	return r;
}
