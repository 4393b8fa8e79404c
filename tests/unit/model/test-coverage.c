/* SPDX-License-Identifier: MIT */
/* Faults are counted by path, mapping and the page that they find. */
#include <cr2/coverage.h>
#include <cr2/model.h>

#include "../test.h"

#define BASE 0x200000200000ULL

struct setup {
	struct cr2_model *model;
	struct cr2_coverage coverage;
	struct cr2_coverage_fault fault;
};

static void execute(struct setup *s, struct cr2_op op)
{
	struct cr2_outcome outcome;

	assert_int_equal(cr2_model_execute(s->model, &op, &outcome), 0);
	cr2_coverage_end(&s->fault);
}

static void begin(struct setup *s, uint32_t flags, uint32_t object)
{
	struct cr2_model_config config;

	*s = (struct setup){.fault = {.coverage = &s->coverage, .tmpfs = 1}};
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	assert_int_equal(cr2_model_create(&config, &s->model), 0);
	cr2_model_observe(s->model, cr2_coverage_stage, &s->fault);
	if (object == 0)
		execute(s, (struct cr2_op){.kind = CR2_OP_SHMEM, .length = 4 * CR2_PAGE_SIZE});
	execute(s, (struct cr2_op){.kind = CR2_OP_MAP, .address = BASE, .length = 4 * CR2_PAGE_SIZE,
				   .prot = CR2_PROT_READ | CR2_PROT_WRITE, .flags = flags,
				   .object = object});
}

static void touch(struct setup *s, enum cr2_op_kind kind, uint32_t process, int page)
{
	execute(s, (struct cr2_op){.kind = kind, .process = process,
				   .address = BASE + (uint64_t)page * CR2_PAGE_SIZE});
}

static uint64_t count(const struct setup *s, enum cr2_path path, enum cr2_coverage_mapping mapping,
		      enum cr2_coverage_page page)
{
	return s->coverage.faults[path][mapping][page];
}
#define COUNT(s, path, mapping, page) \
	count(s, CR2_PATH_##path, CR2_COVERAGE_MAPPING_##mapping, CR2_COVERAGE_PAGE_##page)

static void private_anonymous_memory(void **state)
{
	struct setup s;

	(void)state;
	begin(&s, CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS, CR2_NO_OBJECT);
	touch(&s, CR2_OP_READ, 0, 0);
	touch(&s, CR2_OP_WRITE, 0, 0);
	touch(&s, CR2_OP_WRITE, 0, 1);
	touch(&s, CR2_OP_WRITE, 0, 1);
	execute(&s, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	touch(&s, CR2_OP_WRITE, 1, 1);
	touch(&s, CR2_OP_READ, 0, 4);
	touch(&s, CR2_OP_EXEC, 0, 1);
	assert_int_equal(COUNT(&s, ANON_ZERO, PRIVATE_ANON, NONE), 1);
	assert_int_equal(COUNT(&s, WP_COPY, PRIVATE_ANON, ZERO), 1);
	assert_int_equal(COUNT(&s, ANON_ALLOC, PRIVATE_ANON, NONE), 1);
	assert_int_equal(COUNT(&s, WP_COPY, PRIVATE_ANON, ANON_SHARED), 1);
	assert_int_equal(COUNT(&s, SEGV_MAPERR, NONE, UNSEEN), 1);
	assert_int_equal(COUNT(&s, SEGV_ACCERR, PRIVATE_ANON, UNSEEN), 1);
	assert_int_equal(cr2_coverage_cells(&s.coverage), 6);
	cr2_model_destroy(s.model);
}

static void tmpfs_is_told_from_files(void **state)
{
	struct setup s;

	(void)state;
	begin(&s, CR2_MAP_PRIVATE, 0);
	touch(&s, CR2_OP_READ, 0, 0);
	assert_int_equal(COUNT(&s, FILE_READ, PRIVATE_SHMEM, NONE), 1);
	s.fault.tmpfs = 0;
	touch(&s, CR2_OP_WRITE, 0, 0);
	assert_int_equal(COUNT(&s, WP_COPY, PRIVATE_FILE, FILE), 1);
	cr2_model_destroy(s.model);
}

static void counts_add_up(void **state)
{
	struct cr2_coverage a = {0}, b = {0};

	(void)state;
	a.faults[CR2_PATH_WP_COPY][1][2] = 3;
	b.faults[CR2_PATH_WP_COPY][1][2] = 4;
	b.results[CR2_OP_MAP][CR2_RESULT_ENOMEM] = 5;
	b.patterns[CR2_PATTERN_COW_BOTH] = 6;
	cr2_coverage_add(&a, &b);
	assert_int_equal(a.faults[CR2_PATH_WP_COPY][1][2], 7);
	assert_int_equal(a.results[CR2_OP_MAP][CR2_RESULT_ENOMEM], 5);
	assert_int_equal(a.patterns[CR2_PATTERN_COW_BOTH], 6);
	assert_int_equal(cr2_coverage_cells(&a), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_anonymous_memory),
		cmocka_unit_test(tmpfs_is_told_from_files),
		cmocka_unit_test(counts_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
