/* SPDX-License-Identifier: MIT */
/*
 * What LITMUS.md leaves open: which pages of a file are mapped besides the one accessed, once
 * the file was cold, evicted, paged out, or got holes.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "difference.h"

/* Statements in which mappings are laid over others, in lists, by the one below. */
struct overlays {
	size_t *head, *next; /* by mapping, by statement: statement + 1, or 0 */
};

static void open_object(struct readahead *a, uint32_t object, unsigned line)
{
	if (object != CR2_NO_OBJECT && a->open_from[object] > line)
		a->open_from[object] = line;
}

/* What stands at the mapping's addresses: its own file, and those of mappings laid over it. */
static void open_mapping(struct comparison *c, struct overlays *over, uint32_t mapping,
			 unsigned line)
{
	open_object(&c->ahead, c->ahead.shown[mapping], line);
	for (size_t i = over->head[mapping]; i; i = over->next[i - 1])
		open_object(&c->ahead, c->litmus->statements[i - 1].object, line);
	over->head[mapping] = 0; /* nothing opens it earlier */
}

static uint64_t size_in_pages(const struct cr2_statement *s)
{
	return s->pages + (s->byte > 0);
}

static void find_mappings(struct comparison *c, struct overlays *over)
{
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind != CR2_OP_MAP && s->kind != CR2_OP_SHMAT)
			continue;
		c->ahead.shown[s->name] = s->object;
		if (!s->at)
			continue;
		over->next[i] = over->head[s->ref.mapping];
		over->head[s->ref.mapping] = i + 1;
	}
}

static void open_statements(struct comparison *c, struct overlays *over, uint64_t *pages,
			    bool *on_disk)
{
	struct readahead *a = &c->ahead;

	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind == CR2_OP_FILE || s->kind == CR2_OP_SHMEM || s->kind == CR2_OP_SECRET) {
			pages[s->object] = size_in_pages(s);
			on_disk[s->object] = s->kind == CR2_OP_FILE;
			if (s->cold)
				open_object(a, s->object, s->line);
		} else if (s->kind == CR2_OP_EVICT && on_disk[s->object]) {
			open_object(a, s->object, s->line);
		} else if (s->kind == CR2_OP_TRUNCATE) {
			if (size_in_pages(s) > pages[s->object])
				open_object(a, s->object, s->line);
			pages[s->object] = size_in_pages(s);
		} else if (s->kind == CR2_OP_FWRITE && s->object_page >= pages[s->object]) {
			open_object(a, s->object, s->line);
			pages[s->object] = s->object_page + 1;
		} else if (s->kind == CR2_OP_ADVISE && (s->advice == CR2_ADVICE_PAGEOUT ||
							s->advice == CR2_ADVICE_REMOVE)) {
			open_mapping(c, over, s->ref.mapping, s->line);
			if (s->at)
				open_mapping(c, over, s->to.mapping, s->line);
		}
	}
}

static void find_overlays(struct comparison *c)
{
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		/* What moves there may be of any file. */
		for (size_t f = 0; s->kind == CR2_OP_REMAP && s->at && f < c->litmus->names.objects.n; f++)
			if (c->ahead.open_from[f] < c->ahead.over_from)
				c->ahead.over_from = c->ahead.open_from[f];
		if (s->kind == CR2_OP_MAP && s->at && s->object != CR2_NO_OBJECT &&
		    c->ahead.open_from[s->object] < c->ahead.over_from)
			c->ahead.over_from = c->ahead.open_from[s->object];
	}
}

int readahead_init(struct comparison *c)
{
	size_t n = c->litmus->names.objects.n + 1, maps = c->litmus->names.mappings.n + 1;
	struct readahead *a = &c->ahead;
	struct overlays over = {
		.head = calloc(maps, sizeof(size_t)),
		.next = calloc(c->litmus->n_statements + 1, sizeof(size_t)),
	};
	uint64_t *pages = calloc(n, sizeof(*pages));
	bool *on_disk = calloc(n, sizeof(*on_disk));
	int r = -ENOMEM;

	*a = (struct readahead){
		.open_from = malloc(n * sizeof(*a->open_from)),
		.accessed = calloc(n, sizeof(*a->accessed)),
		.shown = malloc(maps * sizeof(*a->shown)),
		.over_from = UINT_MAX,
	};
	if (over.head && over.next && pages && on_disk && a->open_from && a->accessed && a->shown) {
		memset(a->open_from, 0xff, n * sizeof(*a->open_from));
		memset(a->shown, 0xff, maps * sizeof(*a->shown));
		find_mappings(c, &over);
		open_statements(c, &over, pages, on_disk);
		find_overlays(c);
		r = 0;
	}
	free(over.head);
	free(over.next);
	free(pages);
	free(on_disk);
	return r;
}

void readahead_finish(struct comparison *c)
{
	free(c->ahead.open_from);
	free(c->ahead.accessed);
	free(c->ahead.shown);
}

static bool is_of_open_file(const struct comparison *c, const struct cr2_page *page, unsigned line)
{
	return page->kind == CR2_PAGE_FILE && page->object < c->litmus->names.objects.n &&
	       c->ahead.open_from[page->object] <= line;
}

bool compare_is_open(const struct comparison *c, const struct cr2_page *a, const struct cr2_page *b,
	     unsigned line, bool accessed)
{
	bool a_open = is_of_open_file(c, a, line), b_open = is_of_open_file(c, b, line);

	if (a_open && b_open)
		return a->object == b->object && a->number == b->number;
	if (accessed)
		return false;
	return (a_open && b->kind == CR2_PAGE_NONE) || (b_open && a->kind == CR2_PAGE_NONE);
}

/* The file that the accessed mapping was made of; false: the step accesses no mapping. */
static bool find_shown(const struct comparison *c, const struct cr2_observation *o,
		       uint32_t *ret_object)
{
	if (!o->has_at || o->at.mapping >= c->litmus->names.mappings.n)
		return false;
	*ret_object = c->ahead.shown[o->at.mapping];
	return true;
}

/* Has something read of a file, open since this line, more than it was asked for? */
static bool was_read(const struct readahead *a, unsigned open_from, unsigned last_access)
{
	return open_from <= last_access || open_from < a->last_read;
}

bool compare_may_be_read_ahead(const struct comparison *c, const struct cr2_observation *o)
{
	const struct readahead *a = &c->ahead;
	uint32_t object;

	if (!find_shown(c, o, &object))
		return false;
	/* What is mapped over others can stand anywhere. */
	if (a->over_from <= o->line && was_read(a, a->over_from, a->last_access))
		return true;
	return object != CR2_NO_OBJECT && a->open_from[object] <= o->line &&
	       was_read(a, a->open_from[object], a->accessed[object]);
}

bool compare_reads_ahead(const struct comparison *c, const struct cr2_observation *o)
{
	uint32_t object;

	return find_shown(c, o, &object) && object != CR2_NO_OBJECT && c->ahead.open_from[object] <= o->line;
}

/* Operations that fault pages in, or read them, on their own. */
static bool may_read(enum cr2_op_kind kind)
{
	return kind == CR2_OP_MAP || kind == CR2_OP_LOCK || kind == CR2_OP_LOCKALL ||
	       kind == CR2_OP_HOLD || kind == CR2_OP_PIN || kind == CR2_OP_ADVISE || kind == CR2_OP_PROTECT || kind == CR2_OP_REMAP;
}

void readahead_note(struct comparison *c, const struct cr2_observation *o)
{
	struct readahead *a = &c->ahead;
	uint32_t object;

	if (may_read(o->op))
		a->last_read = o->line;
	if (!find_shown(c, o, &object))
		return;
	a->last_access = o->line;
	if (object != CR2_NO_OBJECT)
		a->accessed[object] = o->line;
}
