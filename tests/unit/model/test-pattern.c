/* SPDX-License-Identifier: MIT */
/* Patterns are found where they were made, in spite of what has nothing to do with them. */
#include <cr2/coverage.h>
#include <cr2/model.h>

#include "../test.h"

#define BASE 0x200000200000ULL
#define PAGE CR2_PAGE_SIZE
#define PARENT 3
#define CHILD 4

struct setup {
	struct cr2_coverage coverage;
	struct cr2_coverage_past past;
	struct cr2_model *model; /* NULL: operations are only counted */
};

static void operate(struct setup *s, struct cr2_op op, bool either)
{
	struct cr2_outcome outcome = {.either = either};

	if (s->model)
		assert_int_equal(cr2_model_execute(s->model, &op, &outcome), 0);
	assert_int_equal(outcome.result, CR2_RESULT_OK);
	assert_int_equal(cr2_coverage_op(&s->coverage, &s->past, &op, outcome.either), 0);
}

static struct cr2_op operation(const struct cr2_pattern_step *step, uint32_t parent, uint32_t child)
{
	return (struct cr2_op){
		.kind = (enum cr2_op_kind)step->op,
		.process = step->child ? child : parent,
		.child = child,
		.address = BASE,
		.length = PAGE,
		.advice = (enum cr2_advice)step->detail,
		.prot = step->detail,
	};
}

/* What comes before the pattern's last step. */
enum between {
	NOTHING,
	ANOTHER_PAGE,
	ANOTHER_PROCESS,
	A_FORK,
	AN_ACCESS,
	AN_ADVICE,
};

static void come_between(struct setup *s, enum between between, uint32_t process)
{
	struct cr2_op op = {.kind = CR2_OP_KREAD, .process = process, .address = BASE, .length = PAGE};

	switch (between) {
	case NOTHING:
		return;
	case ANOTHER_PAGE:
		op.address += PAGE;
		break;
	case ANOTHER_PROCESS:
		op.process = 7;
		break;
	case A_FORK:
		op.kind = CR2_OP_FORK;
		op.child = 9;
		break;
	case AN_ADVICE:
		op.kind = CR2_OP_ADVISE;
		op.address -= PAGE;
		op.length = 2 * PAGE;
		op.advice = CR2_ADVICE_NOHUGEPAGE;
		break;
	case AN_ACCESS:
		break;
	}
	operate(s, op, false);
}

static uint64_t count(enum cr2_pattern pattern, enum between between, bool either)
{
	const struct cr2_pattern_row *row = cr2_pattern_get(pattern);
	struct setup s = {0};

	for (size_t i = 0; i < row->n; i++) {
		struct cr2_op op = operation(&row->steps[i], PARENT, CHILD);

		if (i == row->n - 1)
			come_between(&s, between, op.process);
		operate(&s, op, either);
	}
	cr2_coverage_past_finish(&s.past);
	return s.coverage.patterns[pattern];
}

static void each_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_PATTERN_COUNT; i++) {
		assert_non_null(cr2_pattern_get(i)->name);
		assert_int_equal(count(i, NOTHING, true), 1);
		assert_int_equal(count(i, NOTHING, false), !cr2_pattern_get(i)->stale);
	}
	assert_null(cr2_pattern_get(CR2_PATTERN_COUNT));
}

static void only_what_concerns_the_page_interrupts(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_PATTERN_COUNT; i++) {
		assert_int_equal(count(i, ANOTHER_PAGE, true), 1);
		assert_int_equal(count(i, ANOTHER_PROCESS, true), 1);
		assert_int_equal(count(i, A_FORK, true), 1);
		assert_int_equal(count(i, AN_ACCESS, true), 0);
		assert_int_equal(count(i, AN_ADVICE, true), 0);
	}
}

static struct setup with_memory(bool of_a_file)
{
	struct cr2_model_config config;
	struct setup s = {0};

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert_int_equal(cr2_model_create(&config, &s.model), 0);
	operate(&s, (struct cr2_op){.kind = CR2_OP_FILE, .object = 1, .length = PAGE}, false);
	operate(&s, (struct cr2_op){
		.kind = CR2_OP_MAP, .address = BASE, .length = PAGE, .object = 1,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE,
		.flags = of_a_file ? CR2_MAP_SHARED : CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS}, false);
	return s;
}

/* In the model they leave an entry that a CPU may hold: of files, and of what fork shared. */
static void stale_entries_are_what_they_leave(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_PATTERN_COUNT; i++) {
		const struct cr2_pattern_row *row = cr2_pattern_get(i);
		struct setup s;

		if (!row->stale)
			continue;
		s = with_memory(row->steps[0].op == CR2_OP_READ);
		for (size_t k = 0; k < row->n; k++)
			operate(&s, operation(&row->steps[k], 0, 1), false);
		assert_int_equal(s.coverage.patterns[i], 1);
		cr2_coverage_past_finish(&s.past);
		cr2_model_destroy(s.model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_found),
		cmocka_unit_test(only_what_concerns_the_page_interrupts),
		cmocka_unit_test(stale_entries_are_what_they_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
