/* SPDX-License-Identifier: MIT */
/* Random scenarios: the same everywhere, valid, and reaching the whole language. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cr2/generate.h>
#include <cr2/litmus.h>

#include "../../test.h"

static const struct cr2_generator everything = {.size = sizeof(everything), .statements = 28, .thp = true, .swap = true,
						.fault_around = true, .keys = true, .hugetlb = true, .numa = true, .soft_dirty = true, .ksm = true};
#define SCENARIOS 4000

static char *generate(uint64_t number, const struct cr2_generator *config)
{
	struct cr2_text text = {0};

	assert_int_equal(cr2_litmus_generate(cr2_generator_seed(1, number), config, &text), 0);
	return text.data;
}

/* The text of one seed, whatever the machine. It may change with the generator, never else. */
static void a_seed_is_a_text(void **state)
{
	static const char expected[] =
		"# fork, seed 0x81a5c1377856b73\n"
		"shmem f0 1\n"
		"brk m0 5\n"
		"brk m0 3\n"
		"write m0@1\n"
		"write m0@1 0x41\n"
		"kwrite m0@1\n"
		"read m0@0\n"
		"write m0@0\n"
		"brk m0 1\n"
		"read m0@0\n"
		"protect m0@0 rw\n"
		"write m0@0\n"
		"fork p1\n"
		"p1: cmpxchg m0@0\n"
		"p1: unmap m0@0\n"
		"write m0@0\n"
		"p1: exec m0@0\n"
		"p1: write m0@0\n"
		"p1: fork p2\n"
		"p2: exit\n"
		"p1: write m0@0\n"
		"p1: advise m0@0 dontneed\n"
		"write m0@0\n"
		"fork p3\n"
		"p3: unmap m0\n"
		"write m0@0 0x90\n"
		"p3: write m0@0\n"
		"p3: remap m0@0 5 at m0@0\n"
		"p1: write m0@0\n"
		"p3: write m0@0\n"
		"p1: protect m0@0 rw\n"
		"p3: lock m0@0 onfault\n"
		"write m0@0\n";
	char *text = generate(2, &everything);

	(void)state;
	assert_string_equal(text, expected);
	free(text);
}

/* All of a thousand scenarios in one number: FNV-1a. */
static void a_thousand_seeds_are_a_thousand_texts(void **state)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		char *text = generate(i, &everything);

		for (const char *c = text; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3ULL;
		free(text);
	}
	if (hash != 0x7faf7e97e5422125ULL)
		fail_msg("the texts' hash is 0x%" PRIx64, hash);
}

static void nearby_seeds_have_nothing_in_common(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		for (uint64_t k = 0; k < 100; k++)
			assert_int_not_equal(cr2_generator_seed(1, i), cr2_generator_seed(2, k));
}

/* What the scenarios asked for, counted. */
struct reach {
	unsigned ops[CR2_OP_COUNT], advice[CR2_ADVICE_COUNT], thp[3], shmem_thp[4];
	unsigned swap, around, keys, keyed, cold, at, below, byte, range, absolute, populate, locked, noreserve,
		growsdown, hugetlb, shared, four_processes, behind_file, pool, pool_file, segment, pool_segment;
};

static void reach_statement(const struct cr2_statement *s, struct reach *reach)
{
	reach->ops[s->kind]++;
	if (s->kind == CR2_OP_ADVISE)
		reach->advice[s->advice]++;
	if (s->kind == CR2_OP_MAP) {
		reach->at += s->at;
		reach->below += s->at && s->ref.first < 0;
		reach->populate += (s->map_flags & CR2_MAP_POPULATE) != 0;
		reach->locked += (s->map_flags & CR2_MAP_LOCKED) != 0;
		reach->noreserve += (s->map_flags & CR2_MAP_NORESERVE) != 0;
		reach->growsdown += (s->map_flags & CR2_MAP_GROWSDOWN) != 0;
		reach->hugetlb += (s->map_flags & CR2_MAP_HUGETLB) != 0;
		reach->shared += (s->map_flags & CR2_MAP_SHARED) != 0;
		reach->behind_file += s->object_page > 0;
	}
	if (cr2_op_is_access(s->kind)) {
		reach->absolute += s->ref.mapping == CR2_NO_OBJECT;
		reach->byte += s->ref.byte != 0;
		reach->range += s->ref.last > s->ref.first;
	}
	reach->pool_file += s->kind == CR2_OP_SHMEM && s->flags & CR2_FILE_HUGETLB;
	reach->segment += s->kind == CR2_OP_SHM;
	reach->pool_segment += s->kind == CR2_OP_SHM && s->flags & CR2_FILE_HUGETLB;
	reach->cold += s->cold;
	reach->keyed += s->kind == CR2_OP_PROTECT && s->flags;
}

static void reach_scenario(const char *text, struct reach *reach)
{
	struct cr2_litmus litmus;
	struct cr2_diag diag;

	if (cr2_litmus_parse("generated", text, strlen(text), &litmus, &diag) < 0)
		fail_msg("line %u: %s\n%s", diag.line, diag.message, text);
	assert_in_range(litmus.names.processes.n, 1, 4);
	reach->four_processes += litmus.names.processes.n == 4;
	reach->thp[litmus.settings.thp]++;
	reach->shmem_thp[litmus.settings.shmem_thp]++;
	reach->swap += litmus.settings.swap;
	reach->pool += litmus.settings.hugetlb != 0;
	reach->around += litmus.settings.fault_around_set;
	reach->keys += litmus.settings.keys;
	for (size_t i = 0; i < litmus.n_statements; i++)
		reach_statement(&litmus.statements[i], reach);
	cr2_litmus_finish(&litmus);
}

static void all_are_valid_and_together_reach_everything(void **state)
{
	struct reach reach = {0};
	const unsigned *counts = (const unsigned *)&reach;

	(void)state;
	for (uint64_t i = 0; i < SCENARIOS; i++) {
		char *text = generate(i, &everything);

		reach_scenario(text, &reach);
		free(text);
	}
	/* Nothing is so rare that a day of fuzzing would not see it often. */
	for (size_t i = 0; i < sizeof(reach) / sizeof(*counts); i++)
		if (counts[i] < 20)
			fail_msg("counter %zu of struct reach: %u", i, counts[i]);
}

static void settings_come_only_where_asked_for(void **state)
{
	static const struct cr2_generator plain = {.size = sizeof(plain), .statements = 10};
	struct reach reach = {0};

	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		char *text = generate(i, &plain);

		reach_scenario(text, &reach);
		free(text);
	}
	assert_int_equal(reach.thp[CR2_THP_NEVER], 500);
	assert_int_equal(reach.swap, 0);
	assert_int_equal(reach.pool + reach.hugetlb, 0);
	assert_int_equal(reach.around, 0);
	assert_int_equal(reach.keys, 0);
}

/* By themselves, since they take so long. */
static void pages_of_1_gib_come_alone(void **state)
{
	static const struct cr2_generator gigantic = {.size = sizeof(gigantic), .statements = 20, .hugetlb = true, .gigantic = true};
	unsigned pools = 0, maps = 0;

	(void)state;
	for (uint64_t i = 0; i < 200; i++) {
		char *text = generate(i, &gigantic);
		struct cr2_litmus litmus;
		struct cr2_diag diag;

		assert_int_equal(cr2_litmus_parse("generated", text, strlen(text), &litmus, &diag), 0);
		pools += litmus.settings.gigantic != 0;
		assert_int_equal(litmus.settings.hugetlb, 0);
		for (size_t k = 0; k < litmus.n_statements; k++)
			maps += cr2_map_unit(litmus.statements[k].map_flags) == CR2_GIGANTIC_SIZE;
		cr2_litmus_finish(&litmus);
		free(text);
	}
	assert_true(pools > 100 && maps > 200);
}

static void five_levels_are_asked_for_and_used(void **state)
{
	static const struct cr2_generator config = {.size = sizeof(config), .statements = 20, .five_levels = true};
	unsigned high = 0;

	(void)state;
	for (uint64_t i = 0; i < 200; i++) {
		char *text = generate(i, &config);
		struct cr2_litmus litmus;
		struct cr2_diag diag;

		assert_int_equal(cr2_litmus_parse("generated", text, strlen(text), &litmus, &diag), 0);
		assert_int_equal(litmus.settings.levels, 5);
		for (size_t k = 0; k < litmus.n_statements; k++)
			high += litmus.statements[k].kind == CR2_OP_MAP && litmus.statements[k].placed &&
				litmus.statements[k].address > CR2_TASK_SIZE_MAX(4);
		cr2_litmus_finish(&litmus);
		free(text);
	}
	assert_true(high > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_is_a_text),
		cmocka_unit_test(pages_of_1_gib_come_alone),
		cmocka_unit_test(five_levels_are_asked_for_and_used),
		cmocka_unit_test(a_thousand_seeds_are_a_thousand_texts),
		cmocka_unit_test(nearby_seeds_have_nothing_in_common),
		cmocka_unit_test(all_are_valid_and_together_reach_everything),
		cmocka_unit_test(settings_come_only_where_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
