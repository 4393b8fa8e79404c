/* SPDX-License-Identifier: MIT */
/*
 * Random valid scenarios. A seed gives the same text on every machine: integer arithmetic only,
 * drawn in a fixed order. What the parts are: scenario.h.
 */
#include "base/option.h"

#include "scenario.h"

#define STATEMENTS_LEAST 4

static void put_settings(struct gen *g, const struct cr2_generator *config)
{
	static const char *const around[] = {"1", "2", "4", "8", "32", "64"};

	static const char *const shmem[] = {"always", "always", "within_size", "within_size", "advise", "never"};
	static const char *const kib[] = {"32", "64", "128", "1024"};

	if (g->theme->thp)
		gen_put(g, "thp %s", random_chance(&g->random, 60) ? "always" : "madvise");
	if (g->theme->huge_shmem)
		gen_put(g, " shmem %s", shmem[random_below(&g->random, CR2_ARRAY_SIZE(shmem))]);
	else if (g->theme->thp && !g->theme->swap && !g->theme->numa && random_chance(&g->random, 40))
		gen_put(g, " %s", kib[random_below(&g->random, CR2_ARRAY_SIZE(kib))]);
	if (g->theme->thp)
		gen_put(g, "\n");
	if (g->theme->swap)
		gen_put(g, "swap on\n");
	g->keys = config->keys && random_chance(&g->random, g->theme->keys);
	if (g->keys)
		gen_put(g, "keys on\n");
	g->five_levels = config->five_levels;
	if (g->five_levels)
		gen_put(g, "levels 5\n");
	if (g->theme->gigantic)
		gen_put(g, "gigantic %llu\n", (unsigned long long)(random_chance(&g->random, 60) ? 2 : random_below(&g->random, 2)));
	else if (g->theme->hugetlb)
		gen_put(g, "hugetlb %llu\n", (unsigned long long)random_below(&g->random, 7));
	if (config->fault_around && random_chance(&g->random, g->theme->around))
		gen_put(g, "fault_around %s\n",
			around[random_below(&g->random, CR2_ARRAY_SIZE(around))]);
}

static void put_objects(struct gen *g)
{
	uint64_t n = g->theme->object ? random_below(&g->random, OBJECTS_MAX + 1) : 0;

	if (n == 0 && g->theme->object > 50)
		n = 1;
	while (n--)
		gen_object(g);
	while (g->n_segments < SEGMENTS_MAX && random_chance(&g->random, g->theme->object / (g->theme->hugetlb ? 2 : 4)))
		gen_segment(g);
	if (random_chance(&g->random, g->theme->program))
		gen_program(g);
}

static void put_statement(struct gen *g)
{
	unsigned process = random_bit(&g->random, g->alive, PROCESSES_MAX);
	unsigned mapping = gen_place(g, process);
	enum verb verb = VERB_MAP;

	if (mapping != NONE)
		verb = (enum verb)random_weighted(&g->random, g->theme->verbs, VERBS);
	if (verb == VERB_PHRASE)
		gen_phrase(g, process, mapping);
	else if (mapping != NONE)
		gen_verb(g, verb, process, mapping);
	else if (gen_has_room(g))
		gen_map(g, process);
	else
		g->left--; /* a process without mappings, which may make no more */
}

static void put_scenario(struct gen *g, uint64_t seed, const struct cr2_generator *config)
{
	gen_put(g, "# %s, seed 0x%llx\n", g->theme->name, (unsigned long long)seed);
	put_settings(g, config);
	put_objects(g);
	gen_map(g, 0);
	g->left = STATEMENTS_LEAST + (unsigned)random_below(&g->random, config->statements);
	while (g->left)
		put_statement(g);
}

uint64_t cr2_generator_seed(uint64_t seed, uint64_t number)
{
	return random_seed(seed, number);
}

int cr2_litmus_generate(uint64_t seed, const struct cr2_generator *config,
			struct cr2_text *ret_text)
{
	struct cr2_generator own = {0};
	struct cr2_text text = {0};
	struct gen g = {.text = &text, .alive = 1, .n_processes = 1, .parts = NONE};
	int r = option_take(&own, sizeof(own), config);

	if (r < 0)
		return r;
	config = &own;
	g.processes[0].maker = g.processes[0].heap = NONE;
	random_init(&g.random, seed);
	g.theme = gen_draw_theme(&g.random, config);
	put_scenario(&g, seed, config);
	if (g.r < 0) {
		cr2_text_finish(&text);
		return g.r;
	}
	*ret_text = text;
	return 0;
}
