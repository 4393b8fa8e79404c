/* SPDX-License-Identifier: MIT */
/*
 * Runs of statements that matter together, at the same pages: drawn one by one they would seldom
 * meet.
 */
#include "scenario.h"

/* Pages that both processes have, written from either side. */
static void cow(struct gen *g, unsigned process, unsigned mapping)
{
	unsigned child = g->n_processes;

	gen_access(g, process, mapping, "write");
	gen_fork(g, process);
	gen_access(g, child, mapping, random_chance(&g->random, 70) ? "write" : NULL);
	gen_access(g, process, mapping, random_chance(&g->random, 70) ? "write" : NULL);
}

/* A page that others had, and no longer have. */
static void alone_again(struct gen *g, unsigned process, unsigned mapping)
{
	unsigned child = g->n_processes;

	gen_access(g, process, mapping, "write");
	gen_fork(g, process);
	if (random_chance(&g->random, 50))
		gen_access(g, child, mapping, NULL);
	gen_verb(g, random_chance(&g->random, 60) ? VERB_EXIT : VERB_UNMAP, child, mapping);
	gen_access(g, process, mapping, "write");
}

static void toggle(struct gen *g, unsigned process, unsigned mapping)
{
	gen_access(g, process, mapping, random_chance(&g->random, 70) ? "write" : NULL);
	gen_protect(g, process, mapping, random_chance(&g->random, 70) ? "r" : NULL);
	gen_protect(g, process, mapping, "rw");
	gen_access(g, process, mapping, "write");
}

/* The file ends before the mapping does, and perhaps grows again. */
static void past_end(struct gen *g, unsigned process, unsigned mapping)
{
	unsigned object = g->mappings[mapping].object;

	gen_access(g, process, mapping, NULL);
	gen_truncate(g, process, object, random_below(&g->random, g->objects[object].pages + 1));
	gen_access(g, process, mapping, NULL);
	if (random_chance(&g->random, 60))
		gen_truncate(g, process, object,
			     g->objects[object].pages + random_below(&g->random, 2));
	gen_access(g, process, mapping, NULL);
}

static void out_and_in(struct gen *g, unsigned process, unsigned mapping)
{
	gen_access(g, process, mapping, "write");
	if (random_chance(&g->random, 30) && g->n_processes < PROCESSES_MAX)
		gen_fork(g, process);
	gen_advise(g, process, mapping, "pageout");
	if (random_chance(&g->random, 20))
		gen_advise(g, process, mapping, "willneed");
	gen_access(g,
		   random_bit(&g->random, g->alive & g->mappings[mapping].knows, PROCESSES_MAX),
		   mapping, NULL);
	gen_access(g, process, mapping, random_chance(&g->random, 50) ? "write" : "read");
}

static void free_and_use(struct gen *g, unsigned process, unsigned mapping)
{
	gen_access(g, process, mapping, "write");
	gen_advise(g, process, mapping, "free");
	if (random_chance(&g->random, 50))
		gen_access(g, process, mapping, NULL);
	gen_advise(g, process, mapping, random_chance(&g->random, 60) ? "pageout" : "cold");
	gen_access(g, process, mapping, NULL);
}

static void move(struct gen *g, unsigned process, unsigned mapping)
{
	uint64_t pages = g->mappings[mapping].pages;

	gen_access(g, process, mapping, "write");
	gen_remap(g, process, mapping,
		  random_chance(&g->random, 50) ? pages + 1 + random_below(&g->random, 4)
					     : 1 + random_below(&g->random, pages));
	gen_access(g, process, mapping, NULL);
	gen_access(g, process, mapping, NULL);
}

/* A part is unmapped or replaced, and what is around it used. */
static void patch(struct gen *g, unsigned process, unsigned mapping)
{
	gen_access(g, process, mapping, NULL);
	gen_verb(g, random_chance(&g->random, 50) ? VERB_UNMAP : VERB_MAP, process, mapping);
	gen_access(g, process, mapping, NULL);
	gen_access(g, process, mapping, NULL);
}

static void evict(struct gen *g, unsigned process, unsigned mapping)
{
	gen_access(g, process, mapping, NULL);
	gen_advise(g, process, mapping, random_chance(&g->random, 70) ? "dontneed" : NULL);
	gen_verb(g, VERB_EVICT, process, mapping);
	gen_access(g, process, mapping, NULL);
}

/* A 2 MiB page comes apart, perhaps with others having some of it, and is advised about. */
static void parts(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const advices[] = {"cold", "free", "pageout"};
	unsigned child = g->n_processes;

	gen_access(g, process, mapping, "write");
	if (child < PROCESSES_MAX && random_chance(&g->random, 50)) {
		gen_fork(g, process);
		for (unsigned i = 1 + random_below(&g->random, 2); i > 0; i--)
			gen_verb(g, VERB_UNMAP, child, mapping);
	} else {
		gen_protect(g, process, mapping, "r");
		gen_protect(g, process, mapping, "rw");
	}
	gen_advise(g, process, mapping, advices[random_below(&g->random, CR2_ARRAY_SIZE(advices))]);
	gen_access(g, process, mapping, NULL);
	gen_advise(g, process, mapping, random_chance(&g->random, 70) ? "pageout" : NULL);
	gen_access(g, process, mapping, "write");
}

/* Pages of a file that are read as one, of which then a part is meant. */
static void as_one(struct gen *g, unsigned process, unsigned mapping)
{
	static const char *const advices[] = {"remove", "pageout", "cold"};
	static const enum verb verbs[] = {VERB_SYNC, VERB_MAP, VERB_UNMAP, VERB_PROTECT};
	unsigned object = g->mappings[mapping].object;

	gen_advise_all(g, process, mapping, "hugepage");
	gen_advise_all(g, process, mapping, "dontneed");
	gen_evict(g, process, object);
	gen_access(g, process, mapping, NULL);
	if (random_chance(&g->random, 40))
		gen_verb(g, verbs[random_below(&g->random, CR2_ARRAY_SIZE(verbs))], process, mapping);
	if (random_chance(&g->random, 50))
		gen_truncate(g, process, object, random_below(&g->random, g->objects[object].pages + 1));
	else
		gen_advise(g, process, mapping,
			   advices[random_below(&g->random, CR2_ARRAY_SIZE(advices))]);
	gen_access(g, process, mapping, NULL);
	gen_access(g, process, mapping, "write");
}

static enum cr2_pattern draw_pattern(struct gen *g)
{
	uint8_t weights[CR2_PATTERN_COUNT];

	for (int i = 0; i < CR2_PATTERN_COUNT; i++)
		weights[i] = (uint8_t)cr2_pattern_get((enum cr2_pattern)i)->weight;
	return (enum cr2_pattern)random_weighted(&g->random, weights, CR2_PATTERN_COUNT);
}

/* A file that is mapped to be written, if there is one: only its entries change in place. */
static unsigned place_of_pattern(struct gen *g, unsigned process, unsigned mapping,
				 const struct cr2_pattern_row *row)
{
	unsigned bits = 0, place;

	if (!row->stale || row->steps[0].op != CR2_OP_READ)
		return mapping;
	for (unsigned i = 0; i < g->n_mappings; i++)
		if (g->mappings[i].writable_file)
			bits |= (g->mappings[i].knows >> process & 1) << i;
	place = random_bit(&g->random, bits, g->n_mappings);
	return place < g->n_mappings ? place : mapping;
}

/* All steps are at one page. */
static void pattern(struct gen *g, unsigned process, unsigned mapping)
{
	const struct cr2_pattern_row *row = cr2_pattern_get(draw_pattern(g));
	unsigned child = g->n_processes;
	uint64_t page;

	mapping = place_of_pattern(g, process, mapping, row);
	page = gen_page(g, mapping);
	for (size_t i = 0; i < row->n; i++) {
		const struct cr2_pattern_step *step = &row->steps[i];

		if (step->op != CR2_OP_FORK)
			gen_step(g, step->child ? child : process, mapping, page, step);
		else if (child < PROCESSES_MAX)
			gen_fork(g, process);
		else
			return;
	}
}

static bool fits(const struct gen *g, enum phrase phrase, unsigned mapping)
{
	switch (phrase) {
	case PHRASE_COW:
	case PHRASE_ALONE_AGAIN:
		return g->n_processes < PROCESSES_MAX;
	case PHRASE_PAST_END:
	case PHRASE_EVICT:
	case PHRASE_AS_ONE:
		return g->mappings[mapping].object != NONE;
	default:
		return true;
	}
}

void gen_phrase(struct gen *g, unsigned process, unsigned mapping)
{
	enum phrase phrase = (enum phrase)random_weighted(&g->random, g->theme->phrases, PHRASES);

	switch (phrase < PHRASES && fits(g, phrase, mapping) ? phrase : PHRASES) {
	case PHRASE_COW:
		cow(g, process, mapping);
		break;
	case PHRASE_ALONE_AGAIN:
		alone_again(g, process, mapping);
		break;
	case PHRASE_TOGGLE:
		toggle(g, process, mapping);
		break;
	case PHRASE_PAST_END:
		past_end(g, process, mapping);
		break;
	case PHRASE_OUT_AND_IN:
		out_and_in(g, process, mapping);
		break;
	case PHRASE_FREE:
		free_and_use(g, process, mapping);
		break;
	case PHRASE_MOVE:
		move(g, process, mapping);
		break;
	case PHRASE_PATCH:
		patch(g, process, mapping);
		break;
	case PHRASE_EVICT:
		evict(g, process, mapping);
		break;
	case PHRASE_PARTS:
		parts(g, process, mapping);
		break;
	case PHRASE_AS_ONE:
		as_one(g, process, mapping);
		break;
	case PHRASE_PATTERN:
		pattern(g, process, mapping);
		break;
	default:
		gen_access(g, process, mapping, NULL);
		break;
	}
}
