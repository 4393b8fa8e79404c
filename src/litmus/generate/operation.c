/* SPDX-License-Identifier: MIT */
/* Statements, one line each. */
#include <stdarg.h>
#include <string.h>

#include "scenario.h"

void put(struct gen *g, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (g->r == 0)
		g->r = cr2_text_vprintf(g->text, format, args);
	va_end(args);
}

void put_process(struct gen *g, unsigned process)
{
	if (g->left)
		g->left--;
	if (process)
		put(g, "p%u: ", process);
}

static const char *pick(struct gen *g, const char *const *words, size_t n)
{
	return words[below(&g->source, n)];
}
#define PICK(g, words) pick(g, words, CR2_ARRAY_SIZE(words))

static const char *prot(struct gen *g)
{
	static const char *const words[] = {"rw", "rw", "rw", "rw", "rw", "rw", "r", "r", "none",
					    "rx", "rwx", "w", "x", "wx"};

	return PICK(g, words);
}

/* --- objects --- */

static uint64_t object_size(struct gen *g)
{
	if (chance(&g->source, 2))
		return 510 + below(&g->source, 5);
	return 1 + below(&g->source, chance(&g->source, 20) ? 40 : 6);
}

void gen_object(struct gen *g)
{
	struct gen_object *object = &g->objects[g->n_objects];

	object->tmpfs = chance(&g->source, g->theme->tmpfs);
	object->pages = object_size(g);
	put(g, "%s f%u %llu%s\n", object->tmpfs ? "shmem" : "file", g->n_objects++,
	    (unsigned long long)object->pages,
	    !object->tmpfs && chance(&g->source, g->theme->cold) ? " cold" : "");
}

void gen_truncate(struct gen *g, unsigned process, unsigned object, uint64_t pages)
{
	put_process(g, process);
	put(g, "truncate f%u %llu\n", object, (unsigned long long)pages);
}

static void gen_evict(struct gen *g, unsigned process)
{
	put_process(g, process);
	put(g, "evict f%u\n", (unsigned)below(&g->source, g->n_objects));
}

/* --- mappings --- */

static unsigned put_object(struct gen *g)
{
	unsigned object;
	uint64_t page;

	if (!g->n_objects || !chance(&g->source, g->theme->object))
		return NONE;
	object = (unsigned)below(&g->source, g->n_objects);
	put(g, " f%u", object);
	page = below(&g->source, g->objects[object].pages + 2);
	if (page && chance(&g->source, 40))
		put(g, "@%llu", (unsigned long long)page);
	return object;
}

static void put_options(struct gen *g)
{
	if (chance(&g->source, g->theme->populate))
		put(g, " populate");
	if (chance(&g->source, g->theme->locked))
		put(g, " locked");
	if (chance(&g->source, g->theme->noreserve))
		put(g, " noreserve");
}

void gen_map(struct gen *g, unsigned process)
{
	unsigned base = gen_place(g, process);
	struct gen_mapping *m = &g->mappings[g->n_mappings];

	*m = (struct gen_mapping){
		.pages = gen_size(g),
		.hot = UINT64_MAX,
		.knows = 1U << process,
		.object = NONE,
		.stack = chance(&g->source, g->theme->stack),
	};
	put_process(g, process);
	put(g, "map m%u %llu %s", g->n_mappings, (unsigned long long)m->pages,
	    m->stack && chance(&g->source, 85) ? "rw" : prot(g));
	if (chance(&g->source, m->stack ? 4 : g->theme->shared))
		put(g, " shared");
	if (!m->stack)
		m->object = put_object(g);
	put(g, m->stack ? " growsdown" : "");
	put_options(g);
	if (base != NONE && chance(&g->source, g->theme->fixed))
		put_at(g, base);
	put(g, "\n");
	g->n_mappings++;
}

void gen_remap(struct gen *g, unsigned process, unsigned mapping, uint64_t pages)
{
	put_process(g, process);
	put(g, "remap m%u %llu\n", mapping, (unsigned long long)pages);
	/* A failed one leaves the size, but accesses behind the end are worth having too. */
	g->mappings[mapping].pages = pages;
}

/* --- processes --- */

void gen_fork(struct gen *g, unsigned process)
{
	unsigned child = g->n_processes++;

	put_process(g, process);
	put(g, "fork p%u\n", child);
	g->alive |= 1U << child;
	for (unsigned i = 0; i < g->n_mappings; i++)
		g->mappings[i].knows |= (g->mappings[i].knows >> process & 1) << child;
}

static void gen_exit(struct gen *g, unsigned process)
{
	put_process(g, process);
	put(g, "exit\n");
	g->alive &= ~(1U << process);
}

/* --- ranges --- */

static void gen_range(struct gen *g, unsigned process, unsigned mapping, const char *verb,
		     const char *last)
{
	put_process(g, process);
	put(g, "%s ", verb);
	put_range(g, mapping);
	put(g, "%s%s\n", last ? " " : "", last ? last : "");
}

void gen_protect(struct gen *g, unsigned process, unsigned mapping, const char *word)
{
	gen_range(g, process, mapping, "protect", word ? word : prot(g));
}

void gen_advise(struct gen *g, unsigned process, unsigned mapping, const char *advice)
{
	if (!advice)
		advice = cr2_advice_name((enum cr2_advice)theme_advice(&g->source, g->theme));
	gen_range(g, process, mapping, "advise", advice);
}

/* --- accesses --- */

/* Values that are harmless as instructions too: a scenario may execute what it wrote. */
static void put_value(struct gen *g)
{
	static const char *const values[] = {"0", "0x90", "0xc3", "0x41", "7"};

	if (chance(&g->source, 25))
		put(g, " %s", PICK(g, values));
}

void gen_access(struct gen *g, unsigned process, unsigned mapping, const char *verb)
{
	static const char *const verbs[] = {"read",  "read",  "read",  "write", "write", "write",
					    "write", "write", "kread", "kwrite", "exec"};

	if (!verb)
		verb = PICK(g, verbs);
	put_process(g, process);
	put(g, "%s ", verb);
	if (chance(&g->source, g->theme->absolute))
		put_absolute(g);
	else
		put_ref(g, mapping, strcmp(verb, "exec") == 0);
	if (strstr(verb, "write"))
		put_value(g);
	put(g, "\n");
}

/* --- by verb; where one is not possible, an access --- */

static bool is_possible(const struct gen *g, enum verb verb)
{
	switch (verb) {
	case VERB_MAP:
		return g->n_mappings < MAPPINGS_MAX;
	case VERB_FORK:
		return g->n_processes < PROCESSES_MAX;
	case VERB_EXIT:
		return (g->alive & (g->alive - 1)) != 0;
	case VERB_TRUNCATE:
	case VERB_EVICT:
		return g->n_objects > 0;
	default:
		return true;
	}
}

static void truncate_some(struct gen *g, unsigned process)
{
	unsigned object = (unsigned)below(&g->source, g->n_objects);

	gen_truncate(g, process, object, below(&g->source, g->objects[object].pages + 3));
}

void gen_verb(struct gen *g, enum verb verb, unsigned process, unsigned mapping)
{
	switch (is_possible(g, verb) ? verb : VERB_ACCESS) {
	case VERB_MAP:
		gen_map(g, process);
		break;
	case VERB_FORK:
		gen_fork(g, process);
		break;
	case VERB_EXIT:
		gen_exit(g, process);
		break;
	case VERB_PROTECT:
		gen_protect(g, process, mapping, NULL);
		break;
	case VERB_ADVISE:
		gen_advise(g, process, mapping, NULL);
		break;
	case VERB_UNMAP:
		gen_range(g, process, mapping, "unmap", NULL);
		break;
	case VERB_LOCK:
		gen_range(g, process, mapping, "lock", NULL);
		break;
	case VERB_UNLOCK:
		gen_range(g, process, mapping, "unlock", NULL);
		break;
	case VERB_REMAP:
		gen_remap(g, process, mapping, gen_size(g));
		break;
	case VERB_SYNC:
		gen_range(g, process, mapping, "sync", NULL);
		break;
	case VERB_TRUNCATE:
		truncate_some(g, process);
		break;
	case VERB_EVICT:
		gen_evict(g, process);
		break;
	case VERB_PHRASE:
		gen_phrase(g, process, mapping);
		break;
	default:
		gen_access(g, process, mapping, NULL);
		break;
	}
}
