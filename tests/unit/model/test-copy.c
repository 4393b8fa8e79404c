/* SPDX-License-Identifier: MIT */
/*
 * Copies of a model share memory until one is written. Random operations on several copies of
 * copies: each must behave as a fresh model to which the same was done from its beginning.
 */
#include <stdlib.h>

#include <cr2/flags.h>
#include <cr2/model.h>

#include "../test.h"

#define BASE 0x200000000000ULL
#define PAGES 3000 /* some pages of each mapping are touched, so that several leaves are in use */
#define MODELS 5
#define HISTORY 600
#define FILE_OBJECT 1

struct subject {
	struct cr2_model *model;
	unsigned n_ops, n_processes;
	struct cr2_op ops[HISTORY];
	uint64_t digest; /* of all outcomes */
};

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static void add(uint64_t *digest, uint64_t value)
{
	*digest = (*digest ^ value) * 0x100000001b3ULL;
}

static void add_outcome(uint64_t *digest, int r, const struct cr2_outcome *outcome)
{
	add(digest, (uint64_t)r);
	if (r < 0)
		return;
	add(digest, outcome->result);
	add(digest, outcome->has_value ? outcome->value : 256);
	for (unsigned i = 0; i < outcome->n_faults; i++) {
		add(digest, outcome->faults[i].error_code);
		add(digest, outcome->faults[i].path);
		add(digest, outcome->faults[i].frame_before);
		add(digest, outcome->faults[i].frame_after);
		add(digest, outcome->faults[i].major);
	}
}

static void execute(struct subject *s, const struct cr2_op *op)
{
	struct cr2_outcome outcome = {0};
	int r = cr2_model_execute(s->model, op, &outcome);

	if (op->kind == CR2_OP_FORK && r == 0)
		s->n_processes++;
	add_outcome(&s->digest, r, &outcome);
	s->ops[s->n_ops++] = *op;
}

static void add_states(struct subject *s)
{
	for (uint32_t process = 0; process < s->n_processes; process++) {
		for (uint64_t at = 0; at < PAGES; at += 7) {
			struct cr2_page_state state = {0};
			int r = cr2_model_page_state(s->model, process,
						     BASE + at * CR2_PAGE_SIZE, &state);

			add(&s->digest, (uint64_t)r);
			add(&s->digest, state.kind);
			add(&s->digest, state.id);
			add(&s->digest, state.mapcount);
			add(&s->digest, state.index);
		}
	}
}

static struct cr2_model *create(void)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	config.swap = true;
	config.thp = CR2_THP_MADVISE;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	return model;
}

static struct cr2_op access_op(const struct subject *s, uint64_t *seed)
{
	static const enum cr2_op_kind kinds[] = {CR2_OP_WRITE, CR2_OP_WRITE, CR2_OP_READ,
						 CR2_OP_KREAD, CR2_OP_KWRITE};
	uint64_t page = next_random(seed) % PAGES / 7 * 7;

	return (struct cr2_op){
		.kind = kinds[next_random(seed) % CR2_ARRAY_SIZE(kinds)],
		.process = (uint32_t)(next_random(seed) % s->n_processes),
		.address = BASE + page * CR2_PAGE_SIZE + next_random(seed) % 3 * 100,
		.value = (uint8_t)next_random(seed),
	};
}

static struct cr2_op map_op(struct cr2_op op, uint64_t *seed)
{
	static const uint32_t flags[] = {
		CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS,
		CR2_MAP_SHARED | CR2_MAP_ANONYMOUS,
		CR2_MAP_PRIVATE,
		CR2_MAP_SHARED,
		CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_POPULATE,
	};

	op.kind = CR2_OP_MAP;
	op.flags = flags[next_random(seed) % CR2_ARRAY_SIZE(flags)];
	op.object = FILE_OBJECT;
	op.prot = CR2_PROT_READ | CR2_PROT_WRITE;
	return op;
}

static struct cr2_op call_op(const struct subject *s, uint64_t *seed)
{
	static const enum cr2_advice advice[] = {
		CR2_ADVICE_DONTNEED, CR2_ADVICE_FREE, CR2_ADVICE_PAGEOUT, CR2_ADVICE_WILLNEED,
		CR2_ADVICE_HUGEPAGE, CR2_ADVICE_COLLAPSE, CR2_ADVICE_POPULATE_READ,
	};
	struct cr2_op op = {
		.process = (uint32_t)(next_random(seed) % s->n_processes),
		.address = BASE + next_random(seed) % PAGES / 100 * 100 * CR2_PAGE_SIZE,
		.length = (1 + next_random(seed) % 1200) * CR2_PAGE_SIZE,
	};

	switch (next_random(seed) % 8) {
	case 0:
	case 1:
		return map_op(op, seed);
	case 2:
		op.kind = CR2_OP_UNMAP;
		return op;
	case 3:
		op.kind = CR2_OP_PROTECT;
		op.prot = next_random(seed) % 2 ? CR2_PROT_READ : CR2_PROT_READ | CR2_PROT_WRITE;
		return op;
	case 4:
		op.kind = CR2_OP_FORK;
		op.child = s->n_processes;
		return op;
	case 5:
		op.kind = op.process ? CR2_OP_EXIT : CR2_OP_EVICT;
		op.object = FILE_OBJECT;
		return op;
	default:
		op.kind = CR2_OP_ADVISE;
		op.advice = advice[next_random(seed) % CR2_ARRAY_SIZE(advice)];
		return op;
	}
}

static void begin(struct subject *s)
{
	*s = (struct subject){.model = create(), .n_processes = 1};
	execute(s, &(struct cr2_op){.kind = CR2_OP_FILE, .object = FILE_OBJECT,
				    .length = PAGES * CR2_PAGE_SIZE});
	execute(s, &(struct cr2_op){
		.kind = CR2_OP_MAP, .address = BASE, .length = PAGES * CR2_PAGE_SIZE,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE,
		.flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS});
}

/* The same from the beginning; then both are looked at, and must have kept nothing. */
static void compare_with_fresh(struct subject *s)
{
	struct subject *fresh = calloc(1, sizeof(*fresh));

	assert_non_null(fresh);
	fresh->model = create();
	fresh->n_processes = 1;
	for (unsigned i = 0; i < s->n_ops; i++)
		execute(fresh, &s->ops[i]);
	assert_true(fresh->digest == s->digest);
	add_states(fresh);
	add_states(s);
	assert_true(fresh->digest == s->digest);
	assert_int_equal(cr2_model_leaks(s->model), 0);
	assert_int_equal(cr2_model_leaks(fresh->model), 0);
	cr2_model_destroy(fresh->model);
	cr2_model_destroy(s->model);
	free(fresh);
}

static void copies_behave_as_if_they_were_alone(void **state)
{
	struct subject *subjects = calloc(MODELS, sizeof(*subjects));

	(void)state;
	assert_non_null(subjects);
	for (uint64_t round = 1; round <= 6; round++) {
		uint64_t seed = round;

		for (unsigned i = 0; i < MODELS; i++)
			begin(&subjects[i]);
		for (unsigned step = 0; step < MODELS * (HISTORY - 100); step++) {
			struct subject *s = &subjects[next_random(&seed) % MODELS], *other;
			struct cr2_op op = next_random(&seed) % 8 ? access_op(s, &seed)
								  : call_op(s, &seed);

			if (s->n_ops < HISTORY)
				execute(s, &op);
			if (next_random(&seed) % 50)
				continue;
			other = &subjects[next_random(&seed) % MODELS];
			if (other == s)
				continue;
			cr2_model_destroy(other->model);
			*other = *s;
			assert_int_equal(cr2_model_copy(s->model, &other->model), 0);
		}
		for (unsigned i = 0; i < MODELS; i++)
			compare_with_fresh(&subjects[(i + round) % MODELS]);
	}
	free(subjects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_behave_as_if_they_were_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
