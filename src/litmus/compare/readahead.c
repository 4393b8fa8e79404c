/* SPDX-License-Identifier: MIT */
/*
 * What LITMUS.md leaves open: which pages of a file are mapped besides the one accessed, once
 * the file was cold, evicted, paged out, or got holes.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

static void open_object(struct comparison *c, uint32_t object, unsigned line)
{
	if (object != CR2_NO_OBJECT && c->open_from[object] > line)
		c->open_from[object] = line;
}

/* The statement that made a mapping. */
static const struct cr2_statement *maker(const struct cr2_litmus *litmus, uint32_t mapping)
{
	for (size_t i = 0; i < litmus->n_statements; i++)
		if (litmus->statements[i].kind == CR2_OP_MAP &&
		    litmus->statements[i].name == mapping)
			return &litmus->statements[i];
	return NULL;
}

/* What stands at the mapping's addresses: its own file, and those of mappings laid over it. */
static void open_mapping(struct comparison *c, uint32_t mapping, unsigned line)
{
	const struct cr2_litmus *litmus = c->litmus;
	const struct cr2_statement *made = maker(litmus, mapping);

	if (made)
		open_object(c, made->object, line);
	for (size_t i = 0; i < litmus->n_statements; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		if (s->kind == CR2_OP_MAP && s->at && s->ref.mapping == mapping)
			open_object(c, s->object, line);
	}
}

static void open_advised(struct comparison *c, const struct cr2_statement *s)
{
	if (s->advice == CR2_ADVICE_PAGEOUT || s->advice == CR2_ADVICE_REMOVE)
		open_mapping(c, s->ref.mapping, s->line);
}

static void open_statements(struct comparison *c, uint64_t *pages, bool *on_disk)
{
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind == CR2_OP_FILE || s->kind == CR2_OP_SHMEM) {
			pages[s->object] = s->pages;
			on_disk[s->object] = s->kind == CR2_OP_FILE;
			if (s->cold)
				open_object(c, s->object, s->line);
		} else if (s->kind == CR2_OP_EVICT && on_disk[s->object]) {
			open_object(c, s->object, s->line);
		} else if (s->kind == CR2_OP_TRUNCATE) {
			if (s->pages > pages[s->object])
				open_object(c, s->object, s->line);
			pages[s->object] = s->pages;
		} else if (s->kind == CR2_OP_ADVISE) {
			open_advised(c, s);
		}
	}
}

static void find_offsets(struct comparison *c)
{
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind == CR2_OP_MAP && s->at)
			c->offset[s->name] = (unsigned)(c->offset[s->ref.mapping] + s->ref.first) %
					     PAGES_PER_HUGE;
	}
}

int open_init(struct comparison *c)
{
	size_t n = c->litmus->n_objects;
	uint64_t *pages = calloc(n + 1, sizeof(*pages));
	bool *on_disk = calloc(n + 1, sizeof(*on_disk));
	int r = -ENOMEM;

	c->open_from = malloc((n + 1) * sizeof(*c->open_from));
	c->offset = calloc(c->litmus->n_mappings + 1, sizeof(*c->offset));
	if (pages && on_disk && c->open_from && c->offset) {
		memset(c->open_from, 0xff, (n + 1) * sizeof(*c->open_from));
		open_statements(c, pages, on_disk);
		find_offsets(c);
		r = 0;
	}
	free(pages);
	free(on_disk);
	return r;
}

void open_finish(struct comparison *c)
{
	free(c->open_from);
	free(c->offset);
}

static bool is_of_open_file(const struct comparison *c, const struct token *token, unsigned line)
{
	if (token->kind != CR2_PAGE_FILE)
		return false;
	for (size_t i = 0; i < c->litmus->n_objects; i++)
		if (strlen(c->litmus->objects[i]) == token->object_length &&
		    memcmp(c->litmus->objects[i], token->object, token->object_length) == 0)
			return c->open_from[i] <= line;
	return false;
}

static bool is_same_page(const struct token *a, const struct token *b)
{
	struct token uncounted = *a;

	uncounted.count = b->count;
	return token_equals(&uncounted, b);
}

bool is_open(const struct comparison *c, const struct token *a, const struct token *b,
	     unsigned line, bool accessed)
{
	bool a_open = is_of_open_file(c, a, line), b_open = is_of_open_file(c, b, line);

	if (a_open && b_open)
		return is_same_page(a, b);
	if (accessed)
		return false;
	return (a_open && b->kind == CR2_PAGE_NONE) || (b_open && a->kind == CR2_PAGE_NONE);
}

static uint32_t mapping_of(const struct comparison *c, const struct accessed *accessed)
{
	for (uint32_t i = 0; i < c->litmus->n_mappings; i++)
		if (accessed->mapping && strlen(c->litmus->mappings[i]) == accessed->mapping_length &&
		    memcmp(c->litmus->mappings[i], accessed->mapping, accessed->mapping_length) == 0)
			return i;
	return CR2_NO_OBJECT;
}

/* Can the object, open at this line, stand at the mapping's addresses? */
static bool may_show(const struct comparison *c, uint32_t mapping, uint32_t object, unsigned line)
{
	const struct cr2_statement *made = maker(c->litmus, mapping);

	if (c->open_from[object] > line)
		return false;
	if (made && made->object == object)
		return true;
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind == CR2_OP_MAP && s->at && s->object == object)
			return true;
	}
	return false;
}

/* Operations that fault pages in, or read them, on their own. */
static bool may_read(enum cr2_op_kind kind)
{
	return kind == CR2_OP_MAP || kind == CR2_OP_LOCK || kind == CR2_OP_ADVISE ||
	       kind == CR2_OP_PROTECT || kind == CR2_OP_REMAP;
}

static bool step_may_show(const struct comparison *c, size_t observation, uint32_t object)
{
	const struct cr2_observation *o = &c->left->items[observation];
	struct accessed accessed = accessed_page(o);
	uint32_t mapping = mapping_of(c, &accessed);

	return mapping != CR2_NO_OBJECT && may_show(c, mapping, object, o->line);
}

bool may_be_read_ahead(const struct comparison *c, size_t observation)
{
	for (uint32_t object = 0; object < c->litmus->n_objects; object++) {
		if (!step_may_show(c, observation, object))
			continue;
		for (size_t i = 0; i < observation; i++) {
			const struct cr2_observation *o = &c->left->items[i];

			if (step_may_show(c, i, object) ||
			    (may_read(o->op) && o->line > c->open_from[object]))
				return true;
		}
	}
	return false;
}
