/* SPDX-License-Identifier: MIT */
/*
 * Rules of the model that no path's name shows: each test fails when the one rule that it is
 * about is changed (tests/mutants/table). Scenarios are operations; page 0 is at BASE.
 */
#include <errno.h>

#include <cr2/flags.h>
#include <cr2/model.h>
#include <cr2/stage.h>

#include "../test.h"

#define BASE 0x200000200000ULL
#define PAGE CR2_PAGE_SIZE
#define RW (CR2_PROT_READ | CR2_PROT_WRITE)

static struct cr2_model *create_with(struct cr2_model_config config)
{
	struct cr2_model *model;

	assert_int_equal(cr2_model_create(&config, &model), 0);
	return model;
}

static struct cr2_model_config defaults(void)
{
	struct cr2_model_config config;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	return config;
}

static struct cr2_model *create_with_pool(uint32_t pages)
{
	struct cr2_model_config config = defaults();

	config.hugetlb = pages;
	return create_with(config);
}

static struct cr2_model *create_profile(enum cr2_profile profile)
{
	struct cr2_model_config config;

	cr2_model_config_init(&config, profile);
	return create_with(config);
}

static struct cr2_model *create(void)
{
	return create_with(defaults());
}

static struct cr2_model *create_with_swap(void)
{
	struct cr2_model_config config = defaults();

	config.swap = true;
	return create_with(config);
}

static void finish(struct cr2_model *model)
{
	assert_int_equal(cr2_model_leaks(model), 0);
	cr2_model_destroy(model);
}

static struct cr2_outcome execute(struct cr2_model *model, struct cr2_op op)
{
	struct cr2_outcome outcome;

	assert_int_equal(cr2_model_execute(model, &op, &outcome), 0);
	return outcome;
}

static enum cr2_result map_at(struct cr2_model *model, uint64_t address, uint64_t pages,
			      uint8_t prot, uint32_t flags)
{
	return execute(model, (struct cr2_op){
		.kind = CR2_OP_MAP, .address = address, .length = pages * PAGE, .prot = prot,
		.flags = flags | CR2_MAP_ANONYMOUS}).result;
}

static void map(struct cr2_model *model, uint64_t k, uint64_t pages, uint8_t prot, uint32_t flags)
{
	assert_int_equal(map_at(model, BASE + k * PAGE, pages, prot, flags), CR2_RESULT_OK);
}

static void map_file(struct cr2_model *model, uint64_t file_pages, bool cold, uint64_t pages,
		     uint32_t flags)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_FILE, .object = 1,
				       .length = file_pages * PAGE, .cold = cold});
	execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .address = BASE, .prot = RW,
				       .length = pages * PAGE, .flags = flags, .object = 1});
}

/* A call on n pages from page k on. */
static enum cr2_result call(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process,
			    uint64_t k, uint64_t n)
{
	return execute(model, (struct cr2_op){.kind = kind, .process = process,
					      .address = BASE + k * PAGE, .length = n * PAGE}).result;
}

static enum cr2_result advise(struct cr2_model *model, uint32_t process, enum cr2_advice advice)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .process = process,
					      .address = BASE, .length = PAGE,
					      .advice = advice}).result;
}

static void protect(struct cr2_model *model, uint8_t prot)
{
	assert_int_equal(execute(model, (struct cr2_op){
		.kind = CR2_OP_PROTECT, .address = BASE, .length = PAGE, .prot = prot}).result,
			 CR2_RESULT_OK);
}

static void fork_child(struct cr2_model *model)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
}

static struct cr2_outcome touch(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process,
				uint64_t k)
{
	return execute(model, (struct cr2_op){.kind = kind, .process = process,
					      .address = BASE + k * PAGE, .value = 7});
}

/* UNKNOWN: no fault. */
static void access_is(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process, uint64_t k,
		      enum cr2_path path)
{
	struct cr2_outcome outcome = touch(model, kind, process, k);

	assert_int_equal(outcome.n_faults, path != CR2_PATH_UNKNOWN);
	if (outcome.n_faults)
		assert_string_equal(cr2_path_name(outcome.faults[0].path), cr2_path_name(path));
}

static enum cr2_page_kind kind_of(struct cr2_model *model, uint64_t k)
{
	struct cr2_page_state page;

	assert_int_equal(cr2_model_page_state(model, 0, BASE + k * PAGE, &page), 0);
	return page.kind;
}

static uint64_t id_of(struct cr2_model *model, uint32_t process, uint64_t k)
{
	struct cr2_page_state page;

	assert_int_equal(cr2_model_page_state(model, process, BASE + k * PAGE, &page), 0);
	return page.id;
}

/* Growing by a page works on one mapping, and not on two. */
static bool is_one_mapping(struct cr2_model *model, uint32_t process, uint64_t pages)
{
	enum cr2_result result = execute(model, (struct cr2_op){
		.kind = CR2_OP_REMAP, .process = process, .address = BASE, .length = pages * PAGE,
		.new_length = (pages + 1) * PAGE, .flags = 0}).result;

	assert_true(result == CR2_RESULT_OK || result == CR2_RESULT_EFAULT);
	return result == CR2_RESULT_OK;
}

/* The first of each stage that an operation is told by. */
struct stages {
	struct cr2_stage_exception exception;
	struct cr2_stage_walk walk;
};

static void keep_stage(void *data, const struct cr2_stage *stage)
{
	struct stages *stages = data;

	if (stage->kind == CR2_STAGE_EXCEPTION)
		stages->exception = stage->exception;
	if (stage->kind == CR2_STAGE_WALK)
		stages->walk = stage->walk;
}

static struct stages observe(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process,
			     uint64_t k)
{
	struct stages stages = {0};

	cr2_model_observe(model, keep_stage, &stages);
	touch(model, kind, process, k);
	cr2_model_observe(model, NULL, NULL);
	return stages;
}

static void a_childs_entry_is_not_accessed(void **state)
{
	struct cr2_model *model = create();
	struct cr2_walk walk;

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	fork_child(model);
	walk = observe(model, CR2_OP_WRITE, 1, 0).exception.walk;
	assert_int_equal(walk.entries[walk.n - 1].value & CR2_PTE(A), 0);
	walk = observe(model, CR2_OP_WRITE, 0, 0).exception.walk;
	assert_int_equal(walk.entries[walk.n - 1].value & CR2_PTE(A), CR2_PTE(A));
	finish(model);
}

static void what_an_entry_knows_of_writes_outlives_it(void **state)
{
	struct cr2_model *model = create_with_swap();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_SHARED);
	fork_child(model);
	touch(model, CR2_OP_READ, 0, 0);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	call(model, CR2_OP_UNMAP, 0, 0, 1);
	touch(model, CR2_OP_READ, 1, 0);
	advise(model, 1, CR2_ADVICE_PAGEOUT);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).value, 7);
	finish(model);
}

static void a_shared_write_is_to_be_synced(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 1, false, 1, CR2_MAP_SHARED);
	touch(model, CR2_OP_READ, 0, 0);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_SHARED);
	call(model, CR2_OP_SYNC, 0, 0, 1);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_SHARED);
	finish(model);
}

/* By MADV_POPULATE_WRITE, too: shared memory that nobody wrote to is not kept where there is no swap. */
static void populating_for_writing_is_a_write(void **state)
{
	struct cr2_model *model = create();
	uint64_t id;

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_SHARED);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_FILE_READ);
	id = id_of(model, 0, 0);
	advise(model, 0, CR2_ADVICE_POPULATE_WRITE);
	advise(model, 0, CR2_ADVICE_PAGEOUT);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_FILE_READ);
	assert_int_equal(id_of(model, 0, 0), id);
	finish(model);
}

static void a_gap_between_two_anon_vmas_joins_one(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	map(model, 2, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_WRITE, 0, 2);
	map(model, 1, 1, RW, CR2_MAP_PRIVATE);
	assert_false(is_one_mapping(model, 0, 3));
	/* Without pages of its own the upper one is no obstacle. */
	map(model, 2, 1, RW, CR2_MAP_PRIVATE);
	assert_true(is_one_mapping(model, 0, 3));
	finish(model);
}

static void what_came_through_fork_joins_nothing(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	fork_child(model);
	for (uint32_t process = 0; process < 2; process++)
		execute(model, (struct cr2_op){
			.kind = CR2_OP_MAP, .process = process, .address = BASE + PAGE,
			.length = PAGE, .prot = RW, .flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS});
	assert_true(is_one_mapping(model, 0, 2));
	assert_false(is_one_mapping(model, 1, 2));
	finish(model);
}

/* The swap cache's copy is given up only where that makes the page one's own. */
static void the_swap_cache_keeps_what_others_map(void **state)
{
	struct cr2_model *model = create_with_swap();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	advise(model, 0, CR2_ADVICE_PAGEOUT);
	fork_child(model);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_SWAP_IN);
	access_is(model, CR2_OP_READ, 1, 0, CR2_PATH_SWAP_IN);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	/* Clean and in its slot, the page is gone at once. */
	advise(model, 1, CR2_ADVICE_PAGEOUT);
	outcome = touch(model, CR2_OP_READ, 1, 0);
	assert_int_equal(outcome.faults[0].path, CR2_PATH_SWAP_IN);
	assert_true(outcome.faults[0].major);
	finish(model);
}

static void a_reused_page_is_exclusive(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	fork_child(model);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_REUSE);
	protect(model, CR2_PROT_READ);
	protect(model, RW);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	finish(model);
}

#define GUARD 256

static void a_stack_keeps_its_guard_gap(void **state)
{
	(void)state;
	for (uint64_t gap = GUARD - 1; gap <= GUARD; gap++) {
		struct cr2_model *model = create();

		map(model, 0, 1, RW, CR2_MAP_PRIVATE);
		map(model, gap + 2, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_GROWSDOWN);
		access_is(model, CR2_OP_WRITE, 0, gap + 1,
			  gap < GUARD ? CR2_PATH_SEGV_MAPERR : CR2_PATH_ANON_ALLOC);
		finish(model);
	}
}

static void a_stack_grows_up_to_its_limit(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_model *model;

	(void)state;
	config.stack_limit = 16 * PAGE;
	model = create_with(config);
	map(model, 100, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_GROWSDOWN);
	access_is(model, CR2_OP_WRITE, 0, 100 - 16, CR2_PATH_SEGV_MAPERR);
	access_is(model, CR2_OP_WRITE, 0, 100 - 15, CR2_PATH_ANON_ALLOC);
	finish(model);
}

static enum cr2_result limit(struct cr2_model *model, uint32_t process, enum cr2_limit kind, uint64_t pages)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_LIMIT, .process = process, .flags = kind,
					      .length = pages * PAGE}).result;
}

/* Limits look at all that there is, but for what an mmap replaces; a child begins with its parent's, and as much. */
static void limits_count_what_is_mapped(void **state)
{
	struct cr2_op over = {.kind = CR2_OP_MAP, .address = BASE + PAGE, .length = 2 * PAGE, .prot = RW,
			      .flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS | CR2_MAP_FIXED, .object = CR2_NO_OBJECT};
	struct cr2_op move = {.kind = CR2_OP_REMAP, .address = BASE, .length = 3 * PAGE, .new_length = 3 * PAGE,
			      .flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED | CR2_MREMAP_DONTUNMAP,
			      .new_address = BASE + 64 * PAGE};
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	assert_int_equal(limit(model, 0, CR2_LIMIT_AS, 4), CR2_RESULT_OK);
	assert_int_equal(execute(model, over).result, CR2_RESULT_OK);
	over.length = 4 * PAGE;
	assert_int_equal(execute(model, over).result, CR2_RESULT_ENOMEM);
	limit(model, 0, CR2_LIMIT_AS, 3);
	assert_int_equal(execute(model, move).result, CR2_RESULT_ENOMEM);
	fork_child(model);
	over.process = 1;
	assert_int_equal(execute(model, over).result, CR2_RESULT_ENOMEM);
	assert_int_equal(limit(model, 0, CR2_LIMIT_AS, 6), CR2_RESULT_OK);
	assert_int_equal(execute(model, over).result, CR2_RESULT_ENOMEM);
	assert_int_equal(execute(model, move).result, CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_UNMAP, 1, 0, 3), CR2_RESULT_OK);
	over.length = 3 * PAGE;
	assert_int_equal(execute(model, over).result, CR2_RESULT_OK);
	finish(model);
}

/* Data is private, may be written and does not grow; mprotect asks for data alone. */
static void limits_of_data(void **state)
{
	struct cr2_op more = {.kind = CR2_OP_PROTECT, .address = BASE, .length = PAGE, .prot = RW};
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, CR2_PROT_READ, CR2_MAP_PRIVATE);
	map(model, 8, 1, RW, CR2_MAP_SHARED);
	map(model, 400, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_GROWSDOWN);
	limit(model, 0, CR2_LIMIT_DATA, 1);
	assert_int_equal(execute(model, more).result, CR2_RESULT_OK);
	more.prot = CR2_PROT_READ;
	assert_int_equal(execute(model, more).result, CR2_RESULT_OK);
	more.prot = RW;
	limit(model, 0, CR2_LIMIT_AS, 3);
	assert_int_equal(execute(model, more).result, CR2_RESULT_OK);
	more.prot = CR2_PROT_READ;
	execute(model, more);
	more.prot = RW;
	limit(model, 0, CR2_LIMIT_DATA, 0);
	assert_int_equal(execute(model, more).result, CR2_RESULT_OK);
	more.prot = CR2_PROT_READ;
	execute(model, more);
	more.prot = RW;
	limit(model, 0, CR2_LIMIT_AS, 4);
	assert_int_equal(execute(model, more).result, CR2_RESULT_ENOMEM);
	finish(model);
}

/* What comes since the limit counts, until it goes; one more kills whoever wants it, and what it had goes with it. */
static void memory_is_limited(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 8, RW, CR2_MAP_PRIVATE);
	map(model, 16, 8, RW, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(limit(model, 0, CR2_LIMIT_MEMORY, 3), CR2_RESULT_OK);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_ANON_ALLOC);
	access_is(model, CR2_OP_WRITE, 0, 16, CR2_PATH_FILE_SHARED);
	advise(model, 0, CR2_ADVICE_DONTNEED);
	fork_child(model);
	access_is(model, CR2_OP_WRITE, 1, 1, CR2_PATH_WP_COPY);
	outcome = touch(model, CR2_OP_WRITE, 1, 17);
	assert_int_equal(outcome.result, CR2_RESULT_SIGKILL);
	assert_int_equal(outcome.faults[0].path, CR2_PATH_OOM);
	access_is(model, CR2_OP_WRITE, 0, 2, CR2_PATH_ANON_ALLOC);
	outcome = touch(model, CR2_OP_KWRITE, 0, 18);
	assert_int_equal(outcome.result, CR2_RESULT_SIGKILL);
	finish(model);
}

static void a_clean_shared_page_stays_read_only(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 1, false, 1, CR2_MAP_SHARED);
	touch(model, CR2_OP_READ, 0, 0);
	protect(model, CR2_PROT_READ);
	protect(model, RW);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_SHARED);
	finish(model);
}

static void locked_shared_memory_is_not_populated_by_mprotect(void **state)
{
	static const uint32_t flags[] = {CR2_MAP_SHARED, CR2_MAP_PRIVATE};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(flags); i++) {
		struct cr2_model *model = create();

		map(model, 0, 1, 0, flags[i]);
		assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 1), CR2_RESULT_ENOMEM);
		protect(model, RW);
		assert_int_equal(kind_of(model, 0), i ? CR2_PAGE_ANON : CR2_PAGE_NONE);
		finish(model);
	}
}

static void locked_memory_grows_populated(void **state)
{
	(void)state;
	for (unsigned fixed = 0; fixed < 2; fixed++) {
		struct cr2_model *model = create();

		map(model, 0, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_LOCKED);
		execute(model, (struct cr2_op){
			.kind = CR2_OP_REMAP, .address = BASE, .length = PAGE,
			.new_length = 2 * PAGE, .new_address = BASE + 8 * PAGE,
			.flags = fixed ? CR2_MREMAP_FIXED | CR2_MREMAP_MAYMOVE : 0});
		assert_int_equal(kind_of(model, fixed ? 9 : 1), CR2_PAGE_ANON);
		finish(model);
	}
}

static void sigbus_leaves_no_table(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 1, false, 2, CR2_MAP_SHARED);
	access_is(model, CR2_OP_READ, 0, 1, CR2_PATH_SIGBUS);
	assert_int_equal(observe(model, CR2_OP_READ, 0, 0).walk.tables_allocated, 1);
	finish(model);
}

static void a_child_has_nothing_locked(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_LOCKED);
	fork_child(model);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_EINVAL);
	assert_int_equal(advise(model, 1, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	finish(model);
}

#define MAPS_MAX 65530

static void there_are_only_so_many_mappings(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	for (uint64_t i = 1; i < MAPS_MAX; i++)
		map(model, 4 * i, 1, RW, CR2_MAP_PRIVATE);
	/* A split is refused one earlier. */
	assert_int_equal(call(model, CR2_OP_UNMAP, 0, 1, 1), CR2_RESULT_ENOMEM);
	map(model, 4 * MAPS_MAX, 1, RW, CR2_MAP_PRIVATE);
	assert_int_equal(map_at(model, BASE - 4 * PAGE, 1, RW, CR2_MAP_PRIVATE), CR2_RESULT_ENOMEM);
	finish(model);
}

static void mlock_tells_in_posix_words(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_model *model;

	(void)state;
	config.frames = 4096;
	model = create_with(config);
	map(model, 0, 1, 0, CR2_MAP_PRIVATE);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 1), CR2_RESULT_ENOMEM);
	map(model, 0, 8192, RW, CR2_MAP_PRIVATE);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 8192), CR2_RESULT_EAGAIN);
	finish(model);
}

static void what_is_locked_counts_once(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_model *model;

	(void)state;
	config.lock_limit = 4 * PAGE;
	model = create_with(config);
	map(model, 0, 8, RW, CR2_MAP_PRIVATE);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 3), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 1, 3), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 5), CR2_RESULT_ENOMEM);
	call(model, CR2_OP_UNLOCK, 0, 0, 4);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 4, 4), CR2_RESULT_OK);
	finish(model);
}

/* Locked, the page is wanted in no slot: when it goes out again it is written anew. */
static void locked_memory_leaves_the_swap_cache(void **state)
{
	(void)state;
	for (unsigned locked = 0; locked < 2; locked++) {
		struct cr2_model *model = create_with_swap();
		struct cr2_outcome outcome;

		map(model, 0, 1, RW, CR2_MAP_PRIVATE);
		touch(model, CR2_OP_WRITE, 0, 0);
		advise(model, 0, CR2_ADVICE_PAGEOUT);
		protect(model, CR2_PROT_READ);
		if (locked)
			call(model, CR2_OP_LOCK, 0, 0, 1);
		touch(model, CR2_OP_READ, 0, 0);
		call(model, CR2_OP_UNLOCK, 0, 0, 1);
		advise(model, 0, CR2_ADVICE_PAGEOUT);
		outcome = touch(model, CR2_OP_READ, 0, 0);
		assert_int_equal(outcome.faults[0].path, CR2_PATH_SWAP_IN);
		assert_int_equal(outcome.faults[0].major, !locked);
		finish(model);
	}
}

static void a_miss_reads_thirty_two_pages(void **state)
{
	static const struct {
		uint64_t page;
		bool major;
	} pages[] = {{33, true}, {34, false}, {65, false}, {66, true}};
	struct cr2_model_config config = defaults();

	(void)state;
	config.fault_around = 1;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(pages); i++) {
		struct cr2_model *model = create_with(config);

		map_file(model, 100, true, 100, CR2_MAP_SHARED);
		assert_true(touch(model, CR2_OP_READ, 0, 50).faults[0].major);
		assert_int_equal(touch(model, CR2_OP_READ, 0, pages[i].page).faults[0].major,
				 pages[i].major);
		finish(model);
	}
}

/* Blocks, holes and what was never written, through eviction. */
static void a_file_keeps_what_its_disk_has(void **state)
{
	struct cr2_op truncate = {.kind = CR2_OP_TRUNCATE, .object = 1};
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 8, true, 8, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 1);
	touch(model, CR2_OP_WRITE, 0, 5);
	truncate.length = 5 * PAGE;
	execute(model, truncate);
	truncate.length = 8 * PAGE;
	execute(model, truncate);
	advise(model, 0, CR2_ADVICE_REMOVE);
	call(model, CR2_OP_UNMAP, 0, 0, 8);
	execute(model, (struct cr2_op){.kind = CR2_OP_EVICT, .object = 1});
	execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .address = BASE, .prot = RW,
				       .length = 8 * PAGE, .flags = CR2_MAP_SHARED, .object = 1});
	for (uint64_t k = 0; k < 8; k++) {
		static const uint8_t bytes[] = {0, 7, 0xc3, 0xc3, 0xc3, 0, 0, 0};

		assert_int_equal(touch(model, CR2_OP_READ, 0, k).value, bytes[k]);
	}
	finish(model);
}

static struct cr2_outcome file_op(struct cr2_model *model, enum cr2_op_kind kind, uint64_t at, uint32_t flags)
{
	return execute(model, (struct cr2_op){.kind = kind, .object = 1, .length = at, .offset = at, .flags = flags, .value = 9});
}

/* Behind the end there are zeros, after truncation, writing back, and on disk after growth. */
static void a_file_ends_inside_a_page(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 4, false, 4, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 2);
	assert_int_equal(file_op(model, CR2_OP_TRUNCATE, PAGE + 100, 0).result, CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 2).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(file_op(model, CR2_OP_FREAD, PAGE + 99, 0).value, 0xc3);
	assert_false(file_op(model, CR2_OP_FREAD, PAGE + 100, 0).has_value);
	execute(model, (struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE + PAGE + 200, .value = 9});
	call(model, CR2_OP_SYNC, 0, 0, 2);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_READ, .address = BASE + PAGE + 200}).value, 0);
	execute(model, (struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE + PAGE + 200, .value = 9});
	assert_int_equal(file_op(model, CR2_OP_FWRITE, 3 * PAGE, 0).result, CR2_RESULT_OK);
	assert_int_equal(file_op(model, CR2_OP_FREAD, PAGE + 200, 0).value, 0);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 3).value, 9);
	finish(model);
}

/* What its file allows is what a mapping may become. */
static void files_limit_their_mappings(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_SHMEM, .object = 1, .length = 2 * PAGE, .flags = CR2_FILE_READ_ONLY};
	struct cr2_op at = {.kind = CR2_OP_MAP, .object = 1, .address = BASE, .length = PAGE, .flags = CR2_MAP_SHARED};
	struct cr2_model *model = create();

	(void)state;
	execute(model, op);
	at.prot = RW;
	assert_int_equal(execute(model, at).result, CR2_RESULT_EACCES);
	assert_int_equal(file_op(model, CR2_OP_FWRITE, 0, 0).result, CR2_RESULT_EBADF);
	assert_int_equal(file_op(model, CR2_OP_TRUNCATE, PAGE, 0).result, CR2_RESULT_EINVAL);
	assert_int_equal(file_op(model, CR2_OP_SEAL, 0, CR2_SEAL_WRITE).result, CR2_RESULT_EPERM);
	finish(model);
	model = create();
	op.flags = 0;
	execute(model, op);
	assert_int_equal(execute(model, at).result, CR2_RESULT_OK);
	assert_int_equal(file_op(model, CR2_OP_SEAL, 0, CR2_SEAL_WRITE).result, CR2_RESULT_EBUSY);
	assert_int_equal(file_op(model, CR2_OP_SEAL, 0, CR2_SEAL_FUTURE_WRITE | CR2_SEAL_SHRINK).result, CR2_RESULT_OK);
	at.address += PAGE;
	assert_int_equal(execute(model, at).result, CR2_RESULT_EPERM);
	at.prot = CR2_PROT_READ;
	assert_int_equal(execute(model, at).result, CR2_RESULT_OK);
	call(model, CR2_OP_UNMAP, 0, 0, 1);
	assert_int_equal(file_op(model, CR2_OP_SEAL, 0, CR2_SEAL_WRITE).result, CR2_RESULT_OK);
	assert_int_equal(file_op(model, CR2_OP_TRUNCATE, PAGE + 1, 0).result, CR2_RESULT_EPERM);
	finish(model);
}

static int resident(struct cr2_model *model, uint64_t page)
{
	struct cr2_outcome outcome = touch(model, CR2_OP_MINCORE, 0, page);

	return outcome.result == CR2_RESULT_OK ? (int)outcome.value : -1;
}

/* What is mapped, and of a file what is cached. */
static void pages_are_in_memory_or_not(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 2, false, 4, CR2_MAP_PRIVATE);
	assert_int_equal(resident(model, 1), 1);
	assert_int_equal(resident(model, 2), 0);
	assert_int_equal(resident(model, 4), -1);
	execute(model, (struct cr2_op){.kind = CR2_OP_EVICT, .object = 1});
	assert_int_equal(resident(model, 1), 0);
	touch(model, CR2_OP_WRITE, 0, 1);
	assert_int_equal(resident(model, 1), 1);
	map(model, 8, 1, RW, CR2_MAP_PRIVATE);
	assert_int_equal(resident(model, 8), 0);
	touch(model, CR2_OP_READ, 0, 8);
	assert_int_equal(resident(model, 8), 1);
	finish(model);
}

/* A place without a page gets none, until another page goes. */
static void a_full_disk_has_no_pages(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	execute(model, (struct cr2_op){.kind = CR2_OP_SHMEM, .object = 1, .length = 2 * PAGE, .flags = CR2_FILE_FULL});
	execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .object = 1, .address = BASE, .length = 4 * PAGE, .prot = RW,
				       .flags = CR2_MAP_SHARED});
	file_op(model, CR2_OP_TRUNCATE, 4 * PAGE, 0);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 2).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(file_op(model, CR2_OP_FWRITE, 2 * PAGE, 0).result, CR2_RESULT_ENOSPC);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).result, CR2_RESULT_OK);
	advise(model, 0, CR2_ADVICE_REMOVE);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 2).result, CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 3).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).result, CR2_RESULT_OK);
	finish(model);
}

static enum cr2_result userfault(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process, uint64_t page,
				 uint64_t pages)
{
	return execute(model, (struct cr2_op){.kind = kind, .process = process, .address = BASE + page * PAGE,
					      .length = pages * PAGE, .flags = CR2_UFFD_MISSING | CR2_UFFD_SIGBUS,
					      .value = 7}).result;
}

/* Filled page by page, each but where one is; what fork makes is not registered. */
static void userfaultfd_fills(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_PRIVATE);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 0, 1), CR2_RESULT_ENOENT);
	assert_int_equal(userfault(model, CR2_OP_UFFD, 0, 8, 1), CR2_RESULT_EINVAL);
	assert_int_equal(userfault(model, CR2_OP_UFFD, 0, 0, 9), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(userfault(model, CR2_OP_UFFD_ZERO, 0, 1, 1), CR2_RESULT_OK);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 0, 3), CR2_RESULT_EAGAIN);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 0, 1), CR2_RESULT_EEXIST);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 3, 2), CR2_RESULT_ENOENT);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).value, 7);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 2).result, CR2_RESULT_BUS_ADRERR);
	fork_child(model);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 2).result, CR2_RESULT_OK);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 1, 3, 1), CR2_RESULT_ENOENT);
	finish(model);
}

/* One exception, whose page the thread brought; the kernel's own are not handed over. */
static void userfaultfd_answers(void **state)
{
	static const struct {
		enum cr2_profile profile;
		bool major;
	} kernels[] = {{CR2_PROFILE_6_1, true}, {CR2_PROFILE_6_12, false}, {CR2_PROFILE_6_18, false}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kernels); i++) {
		struct cr2_outcome outcome;
		struct cr2_model *model;

		model = create_profile(kernels[i].profile);
		map(model, 0, 4, RW, CR2_MAP_PRIVATE);
		execute(model, (struct cr2_op){.kind = CR2_OP_UFFD, .address = BASE, .length = 4 * PAGE,
					       .flags = CR2_UFFD_MISSING});
		outcome = touch(model, CR2_OP_READ, 0, 0);
		assert_int_equal(outcome.value, 0xc3);
		assert_int_equal(outcome.n_faults, 1);
		assert_int_equal(outcome.faults[0].path, CR2_PATH_USERFAULT);
		assert_int_equal(outcome.faults[0].major, kernels[i].major);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 0);
		assert_int_equal(touch(model, CR2_OP_KREAD, 0, 1).result, CR2_RESULT_EFAULT);
		finish(model);
	}
}

static void uffd_register(struct cr2_model *model, uint32_t modes)
{
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_UFFD, .address = BASE, .length = 4 * PAGE,
							.flags = modes | CR2_UFFD_SIGBUS}).result, CR2_RESULT_OK);
}

/* Until 6.2 a page that is not protected any more waits for its next write to become writable. */
static void userfaultfd_protects(void **state)
{
	static const struct {
		enum cr2_profile profile;
		unsigned faults;
	} kernels[] = {{CR2_PROFILE_6_1, 1}, {CR2_PROFILE_6_12, 0}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kernels); i++) {
		struct cr2_outcome outcome;
		struct cr2_model *model;

		model = create_profile(kernels[i].profile);
		map(model, 0, 4, RW, CR2_MAP_PRIVATE);
		touch(model, CR2_OP_WRITE, 0, 0);
		touch(model, CR2_OP_WRITE, 0, 1);
		uffd_register(model, CR2_UFFD_WP);
		execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_WP, .address = BASE, .length = 4 * PAGE,
					       .flags = CR2_UFFD_WP});
		outcome = touch(model, CR2_OP_WRITE, 0, 0);
		assert_int_equal(outcome.result, CR2_RESULT_BUS_ADRERR);
		assert_int_equal(outcome.faults[0].error_code, 0x7);
		assert_int_equal(touch(model, CR2_OP_READ, 0, 0).n_faults, 0);
		execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_WP, .address = BASE, .length = PAGE});
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, kernels[i].faults);
		/* Even what never was protected. */
		touch(model, CR2_OP_WRITE, 0, 2);
		execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_WP, .address = BASE + 2 * PAGE, .length = PAGE});
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 2).n_faults, kernels[i].faults);
		fork_child(model);
		assert_int_equal(touch(model, CR2_OP_WRITE, 1, 1).faults[0].path, CR2_PATH_WP_COPY);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).result, CR2_RESULT_BUS_ADRERR);
		finish(model);
	}
}

/* Of shared memory: what is nowhere is missing, what is cached is minor until it is continued. */
static void userfaultfd_of_shared_memory(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 0);
	uffd_register(model, CR2_UFFD_MISSING | CR2_UFFD_MINOR);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 1, 1), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 1).value, 7);
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE, .length = 4 * PAGE,
				       .advice = CR2_ADVICE_DONTNEED});
	assert_int_equal(touch(model, CR2_OP_READ, 0, 1).result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 1, 1), CR2_RESULT_EEXIST);
	assert_int_equal(userfault(model, CR2_OP_UFFD_CONTINUE, 0, 0, 3), CR2_RESULT_EAGAIN);
	assert_int_equal(userfault(model, CR2_OP_UFFD_CONTINUE, 0, 2, 1), CR2_RESULT_EFAULT);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).n_faults, 0);
	finish(model);
}

/* Until 6.2 nothing is left, without writing, of what may only be written to: PROT_NONE, which is taken for a hint. */
static void userfaultfd_leaves_no_rights(void **state)
{
	static const struct {
		enum cr2_profile profile;
		unsigned faults;
	} kernels[] = {{CR2_PROFILE_6_1, 1}, {CR2_PROFILE_6_12, 0}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kernels); i++) {
		struct cr2_outcome outcome;
		struct cr2_model *model;

		model = create_profile(kernels[i].profile);
		map(model, 0, 4, CR2_PROT_WRITE, CR2_MAP_PRIVATE);
		touch(model, CR2_OP_WRITE, 0, 0);
		uffd_register(model, CR2_UFFD_WP);
		execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_WP, .address = BASE, .length = PAGE,
					       .flags = CR2_UFFD_WP});
		outcome = touch(model, CR2_OP_READ, 0, 0);
		assert_int_equal(outcome.n_faults, kernels[i].faults);
		if (outcome.n_faults) {
			assert_int_equal(outcome.faults[0].error_code, 0x4);
			assert_int_equal(outcome.faults[0].path, CR2_PATH_NUMA_HINT);
		}
		assert_int_equal(touch(model, CR2_OP_READ, 0, 0).n_faults, 0);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, CR2_RESULT_BUS_ADRERR);
		finish(model);
	}
}

static void protect_all(struct cr2_model *model, bool on)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_WP, .address = BASE, .length = 4 * PAGE,
				       .flags = on ? CR2_UFFD_WP : 0});
}

/* What is filled comes protected if it is said, of the cache since 6.4. */
static void userfaultfd_fills_protected(void **state)
{
	static const struct {
		enum cr2_profile profile;
		enum cr2_result continued;
	} kernels[] = {{CR2_PROFILE_6_1, CR2_RESULT_EINVAL}, {CR2_PROFILE_6_12, CR2_RESULT_OK}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kernels); i++) {
		struct cr2_op op = {.kind = CR2_OP_UFFD_COPY, .address = BASE, .length = PAGE, .flags = CR2_UFFD_WP};
		struct cr2_model *model = create_profile(kernels[i].profile);

		map(model, 0, 4, RW, CR2_MAP_SHARED);
		uffd_register(model, CR2_UFFD_MISSING | CR2_UFFD_MINOR);
		assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
		uffd_register(model, CR2_UFFD_MISSING | CR2_UFFD_MINOR | CR2_UFFD_WP);
		assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, CR2_RESULT_BUS_ADRERR);
		execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE, .length = PAGE,
					       .advice = CR2_ADVICE_DONTNEED});
		op.kind = CR2_OP_UFFD_CONTINUE;
		assert_int_equal(execute(model, op).result, kernels[i].continued);
		if (kernels[i].continued == CR2_RESULT_OK)
			assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, CR2_RESULT_BUS_ADRERR);
		finish(model);
	}
}

/* Anonymous memory where nothing is, if it was asked for. */
static void userfaultfd_protects_what_is_absent(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		struct cr2_model *model = create_profile(CR2_PROFILE_6_12);

		map(model, 0, 4, RW, CR2_MAP_PRIVATE);
		uffd_register(model, CR2_UFFD_WP | (asked ? CR2_UFFD_UNPOPULATED : 0));
		protect_all(model, true);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, asked ? CR2_RESULT_BUS_ADRERR : CR2_RESULT_OK);
		finish(model);
	}
}

/* Told of fork and mremap, it has the child's memory and what moved, and what is protected there stays so. */
static void userfaultfd_hears_events(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		const enum cr2_result heard = told ? CR2_RESULT_BUS_ADRERR : CR2_RESULT_OK;
		struct cr2_model *model = create();

		map(model, 0, 4, RW, CR2_MAP_PRIVATE);
		touch(model, CR2_OP_WRITE, 0, 0);
		uffd_register(model, CR2_UFFD_WP | CR2_UFFD_MISSING | (told ? CR2_UFFD_EVENTS : 0));
		protect_all(model, true);
		fork_child(model);
		assert_int_equal(touch(model, CR2_OP_WRITE, 1, 0).result, heard);
		assert_int_equal(touch(model, CR2_OP_READ, 1, 1).result, heard);
		assert_int_equal(userfault(model, CR2_OP_UFFD_ZERO, 1, 2, 1), told ? CR2_RESULT_OK : CR2_RESULT_ENOENT);
		execute(model, (struct cr2_op){.kind = CR2_OP_REMAP, .address = BASE, .length = 4 * PAGE, .new_length = 4 * PAGE,
					       .flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED, .new_address = BASE + 8 * PAGE});
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 8).result, heard);
		assert_int_equal(touch(model, CR2_OP_READ, 0, 9).result, heard);
		finish(model);
	}
}

/* A write to what was swapped out and protected is heard of in the fault that brings it. */
static void userfaultfd_hears_of_swapped_pages(void **state)
{
	struct cr2_model *model = create_with_swap();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	uffd_register(model, CR2_UFFD_WP | CR2_UFFD_EVENTS);
	protect_all(model, true);
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE, .length = PAGE, .advice = CR2_ADVICE_PAGEOUT});
	fork_child(model);
	outcome = touch(model, CR2_OP_WRITE, 1, 0);
	assert_int_equal(outcome.result, CR2_RESULT_BUS_ADRERR);
	assert_int_equal(outcome.n_faults, 1);
	finish(model);
}

static void userfaultfd_marks_go_through_fork(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_SHARED);
	uffd_register(model, CR2_UFFD_WP | CR2_UFFD_EVENTS);
	protect_all(model, true);
	fork_child(model);
	assert_int_equal(touch(model, CR2_OP_WRITE, 1, 0).result, CR2_RESULT_BUS_ADRERR);
	finish(model);
}

/* Of shared memory the place is protected, whether a page is there or not. Until 6.2, what no longer is protected is writable at once. */
static void userfaultfd_protects_places(void **state)
{
	static const enum cr2_profile profiles[] = {CR2_PROFILE_6_1, CR2_PROFILE_6_12, CR2_PROFILE_6_18};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(profiles); i++) {
		struct cr2_outcome outcome;
		struct cr2_model *model;

		model = create_profile(profiles[i]);
		map(model, 0, 4, RW, CR2_MAP_SHARED);
		uffd_register(model, CR2_UFFD_WP);
		protect_all(model, true);
		outcome = touch(model, CR2_OP_WRITE, 0, 0);
		assert_int_equal(outcome.result, CR2_RESULT_BUS_ADRERR);
		assert_int_equal(outcome.n_faults, 2);
		assert_int_equal(outcome.faults[0].path, CR2_PATH_FILE_SHARED);
		assert_int_equal(outcome.faults[1].error_code, 0x7);
		execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE, .length = PAGE,
					       .advice = CR2_ADVICE_DONTNEED});
		assert_int_equal(kind_of(model, 0), CR2_PAGE_NONE);
		assert_int_equal(touch(model, CR2_OP_READ, 0, 0).n_faults, 1);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, CR2_RESULT_BUS_ADRERR);
		fork_child(model);
		assert_int_equal(touch(model, CR2_OP_WRITE, 1, 1).n_faults, 1);
		protect_all(model, false);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, profiles[i] != CR2_PROFILE_6_1);
		assert_int_equal(touch(model, CR2_OP_WRITE, 0, 2).n_faults, 1);
		finish(model);
	}
}

/* What is locked on fault is brought by nobody but its accesses; to be given up, it must be said to be locked. */
static void locked_on_fault(void **state)
{
	struct cr2_model *model = create();
	struct cr2_op give_up = {.kind = CR2_OP_ADVISE, .address = BASE, .length = PAGE, .advice = CR2_ADVICE_DONTNEED};

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_PRIVATE);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_LOCKALL, .flags = CR2_MCL_ONFAULT}).result,
			 CR2_RESULT_EINVAL);
	execute(model, (struct cr2_op){.kind = CR2_OP_LOCKALL,
				       .flags = CR2_MCL_CURRENT | CR2_MCL_FUTURE | CR2_MCL_ONFAULT});
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 1);
	assert_int_equal(execute(model, give_up).result, CR2_RESULT_EINVAL);
	map(model, 8, 1, RW, CR2_MAP_PRIVATE);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 8).n_faults, 1);
	give_up.advice = CR2_ADVICE_DONTNEED_LOCKED;
	assert_int_equal(execute(model, give_up).result, CR2_RESULT_OK);
	assert_int_equal(kind_of(model, 0), CR2_PAGE_NONE);
	execute(model, (struct cr2_op){.kind = CR2_OP_LOCKALL, .flags = CR2_MCL_CURRENT});
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 0);
	fork_child(model);
	give_up.process = 1;
	give_up.advice = CR2_ADVICE_DONTNEED;
	assert_int_equal(execute(model, give_up).result, CR2_RESULT_OK);
	execute(model, (struct cr2_op){.kind = CR2_OP_UNLOCKALL});
	give_up.process = 0;
	assert_int_equal(execute(model, give_up).result, CR2_RESULT_OK);
	finish(model);
}

/* Only MS_SYNC writes back; MS_INVALIDATE finds what is locked. */
static void syncing_is_one_of_three(void **state)
{
	struct cr2_model *model = create();
	struct cr2_op sync = {.kind = CR2_OP_SYNC, .address = BASE, .length = 2 * PAGE, .flags = CR2_MS_ASYNC};

	(void)state;
	map_file(model, 2, false, 2, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(execute(model, sync).result, CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 0);
	sync.flags = CR2_MS_SYNC;
	assert_int_equal(execute(model, sync).result, CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 1);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 1, 1), CR2_RESULT_OK);
	sync.flags = CR2_MS_SYNC | CR2_MS_INVALIDATE;
	assert_int_equal(execute(model, sync).result, CR2_RESULT_EBUSY);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 1);
	finish(model);
}

static struct cr2_outcome reach(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process, uint64_t k)
{
	return execute(model, (struct cr2_op){.kind = kind, .process = process, .address = BASE + k * PAGE, .value = 9});
}

/* What is read-only and shared with the parent is copied for a debugger, and stays read-only. */
static void others_write_by_force(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	map(model, 8, 1, CR2_PROT_READ, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 0);
	protect(model, CR2_PROT_READ);
	fork_child(model);
	outcome = reach(model, CR2_OP_POKE, 1, 0);
	assert_int_equal(outcome.result, CR2_RESULT_OK);
	assert_int_equal(outcome.n_faults, 0);
	assert_int_equal(reach(model, CR2_OP_PEEK, 1, 0).value, 9);
	assert_int_not_equal(reach(model, CR2_OP_PEEK, 0, 0).value, 9);
	assert_int_equal(touch(model, CR2_OP_WRITE, 1, 0).result, CR2_RESULT_SEGV_ACCERR);
	assert_int_equal(reach(model, CR2_OP_PEEK, 0, 8).result, CR2_RESULT_OK);
	assert_int_equal(reach(model, CR2_OP_POKE, 0, 8).result, CR2_RESULT_EIO);
	assert_int_equal(reach(model, CR2_OP_PEEK, 0, 9).result, CR2_RESULT_EIO);
	finish(model);
}

/* What is asked for by process_vm_readv and writev is the right that there is, and a page of the process's own. */
static void others_copy_by_right(void **state)
{
	struct cr2_model *model = create();
	uint64_t before;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	protect(model, CR2_PROT_READ);
	fork_child(model);
	before = id_of(model, 1, 0);
	assert_int_equal(reach(model, CR2_OP_PEEK, 1, 0).result, CR2_RESULT_OK);
	assert_int_equal(id_of(model, 1, 0), before);
	assert_int_equal(reach(model, CR2_OP_VMREAD, 1, 0).result, CR2_RESULT_OK);
	assert_int_not_equal(id_of(model, 1, 0), before);
	assert_int_equal(reach(model, CR2_OP_VMWRITE, 1, 0).result, CR2_RESULT_EFAULT);
	assert_int_equal(reach(model, CR2_OP_VMWRITE, 1, 1).result, CR2_RESULT_OK);
	assert_int_equal(reach(model, CR2_OP_VMREAD, 1, 1).value, 9);
	assert_int_equal(reach(model, CR2_OP_VMREAD, 1, 2).result, CR2_RESULT_EFAULT);
	finish(model);
}

/* Any advice is a process's own, few are for others; of two ranges the call says how far it came. */
static void others_advise(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_ADVISE, .process = 1, .address = BASE, .length = PAGE,
			    .advice = CR2_ADVICE_DONTNEED, .flags = CR2_ADVISE_BY};
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	fork_child(model);
	assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
	op.advice = CR2_ADVICE_COLD;
	assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
	op.by = 1;
	op.advice = CR2_ADVICE_DONTNEED;
	op.new_address = BASE + PAGE;
	op.new_length = PAGE;
	assert_int_equal(execute(model, op).value, 2 * PAGE);
	op.new_address += PAGE;
	assert_int_equal(execute(model, op).value, PAGE);
	finish(model);
	model = create_profile(CR2_PROFILE_6_12);
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	op.process = op.by = 0;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
	finish(model);
}

/* The pages that a child shared are the parent's alone again; who borrowed memory leaves it as it is. */
static void another_program_has_other_memory(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	execute(model, (struct cr2_op){.kind = CR2_OP_MDWE});
	fork_child(model);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXECVE, .process = 1, .object = CR2_NO_OBJECT});
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_REUSE);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).result, CR2_RESULT_SEGV_MAPERR);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .process = 1, .address = BASE, .length = PAGE,
							.prot = RW | CR2_PROT_EXEC,
							.flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS}).result, CR2_RESULT_EACCES);
	execute(model, (struct cr2_op){.kind = CR2_OP_VFORK, .child = 2});
	touch(model, CR2_OP_WRITE, 2, 1);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXECVE, .process = 2, .object = CR2_NO_OBJECT});
	assert_int_equal(touch(model, CR2_OP_READ, 0, 1).value, 7);
	assert_int_equal(touch(model, CR2_OP_READ, 2, 1).result, CR2_RESULT_SEGV_MAPERR);
	finish(model);
}

/* Text and two pages of data at BASE, whose second ends at its byte 100, and two of bss. */
static struct cr2_op program_op(enum cr2_op_kind kind, uint64_t text)
{
	return (struct cr2_op){.kind = kind, .object = 0, .address = BASE, .length = text * PAGE, .new_length = PAGE + 100,
			       .offset = 2 * PAGE};
}

static uint64_t stack_page(uint64_t from_top)
{
	return (CR2_STACK_TOP - BASE) / PAGE - from_top;
}

static void a_program_comes_on_demand(void **state)
{
	struct cr2_model *model = create();
	struct cr2_page_state page;
	struct cr2_outcome outcome;

	(void)state;
	execute(model, program_op(CR2_OP_PROGRAM, 2));
	outcome = execute(model, program_op(CR2_OP_EXECVE, 2));
	assert_int_equal(outcome.result, CR2_RESULT_OK);
	assert_int_equal(outcome.n_faults, 1);
	assert_int_equal(outcome.faults[0].address, BASE + 3 * PAGE + 100);
	assert_int_equal(outcome.faults[0].error_code, CR2_PF(W));
	assert_int_equal(outcome.faults[0].path, CR2_PATH_FILE_COW);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 3).value, CR2_FILE_BYTE);
	assert_int_equal(cr2_model_read(model, 0, BASE + 3 * PAGE + 99), CR2_FILE_BYTE);
	assert_int_equal(cr2_model_read(model, 0, BASE + 3 * PAGE + 100), 0);
	access_is(model, CR2_OP_EXEC, 0, 0, CR2_PATH_FILE_READ);
	access_is(model, CR2_OP_READ, 0, 2, CR2_PATH_FILE_READ);
	assert_int_equal(cr2_model_page_state(model, 0, BASE + 2 * PAGE, &page), 0);
	assert_int_equal(page.index, 3);
	access_is(model, CR2_OP_WRITE, 0, 4, CR2_PATH_ANON_ALLOC);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 6).result, CR2_RESULT_SEGV_MAPERR);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, stack_page(1)).n_faults, 0);
	access_is(model, CR2_OP_WRITE, 0, stack_page(CR2_STACK_PAGES), CR2_PATH_ANON_ALLOC);
	finish(model);
}

/* Without pages of its own a mapping is not copied by fork, so that it tells whether somebody took it to grow. */
static void what_is_far_below_no_stack_grows_to(void **state)
{
	struct cr2_model *model = create();
	struct cr2_page_state page;

	(void)state;
	execute(model, program_op(CR2_OP_PROGRAM, 1));
	execute(model, program_op(CR2_OP_EXECVE, 1));
	execute(model, (struct cr2_op){.kind = CR2_OP_REMAP, .address = CR2_STACK_TOP - CR2_STACK_PAGES * PAGE,
				       .length = CR2_STACK_PAGES * PAGE, .new_length = CR2_STACK_PAGES * PAGE,
				       .new_address = BASE + (1UL << 30), .flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED |
									       CR2_MREMAP_DONTUNMAP});
	touch(model, CR2_OP_READ, 0, 1UL << 30);
	access_is(model, CR2_OP_READ, 0, stack_page(2), CR2_PATH_ANON_ZERO);
	fork_child(model);
	assert_int_equal(cr2_model_page_state(model, 1, CR2_STACK_TOP - 2 * PAGE, &page), 0);
	assert_int_equal(page.kind, CR2_PAGE_NONE);
	finish(model);
}

/* Each fault maps its page alone, and nobody else has it. */
static void secrets_are_the_mappers_alone(void **state)
{
	struct cr2_op at = {.kind = CR2_OP_MAP, .object = 1, .address = BASE, .length = 4 * PAGE, .prot = RW, .flags = CR2_MAP_SHARED};
	const struct cr2_op object = {.kind = CR2_OP_SECRET, .object = 1, .length = 4 * PAGE};
	struct cr2_model *model = create();

	(void)state;
	execute(model, object);
	assert_int_equal(execute(model, at).result, CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_FILE_READ);
	access_is(model, CR2_OP_READ, 0, 1, CR2_PATH_FILE_READ);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_UNKNOWN);
	assert_int_equal(call(model, CR2_OP_HOLD, 0, 0, 1), CR2_RESULT_EFAULT);
	assert_int_equal(touch(model, CR2_OP_PEEK, 0, 0).result, CR2_RESULT_EIO);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 1), CR2_RESULT_ENOMEM);
	assert_int_equal(call(model, CR2_OP_UNLOCK, 0, 0, 1), CR2_RESULT_OK);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_EINVAL);
	assert_int_equal(file_op(model, CR2_OP_TRUNCATE, PAGE, 0).result, CR2_RESULT_EINVAL);
	assert_int_equal(file_op(model, CR2_OP_FREAD, 0, 0).result, CR2_RESULT_ESPIPE);
	fork_child(model);
	access_is(model, CR2_OP_READ, 1, 0, CR2_PATH_FILE_READ);
	assert_int_equal(advise(model, 1, CR2_ADVICE_PAGEOUT), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 1, 0, CR2_PATH_UNKNOWN);
	assert_int_equal(advise(model, 1, CR2_ADVICE_REMOVE), CR2_RESULT_EOPNOTSUPP);
	assert_int_equal(advise(model, 1, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	at.address += 8 * PAGE;
	at.prot |= CR2_PROT_EXEC;
	assert_int_equal(execute(model, at).result, CR2_RESULT_EPERM);
	at.prot = RW;
	at.flags = CR2_MAP_PRIVATE;
	assert_int_equal(execute(model, at).result, CR2_RESULT_EINVAL);
	finish(model);
	model = create_profile(CR2_PROFILE_6_12);
	execute(model, object);
	at.address = BASE;
	at.flags = CR2_MAP_SHARED;
	execute(model, at);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	finish(model);
}

/* For all who map it; the entry that says so is inherited, and given up as any other. */
static void a_frame_is_lost(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_ADVISE, .address = BASE, .length = 3 * PAGE, .advice = CR2_ADVICE_HWPOISON};
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(cr2_model_execute(model, &op, &outcome), -EOPNOTSUPP);
	touch(model, CR2_OP_WRITE, 0, 1);
	fork_child(model);
	assert_int_equal(execute(model, op).result, CR2_RESULT_BUS_MCEERR_AR);
	assert_int_equal(kind_of(model, 1), CR2_PAGE_POISON);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).result, CR2_RESULT_BUS_MCEERR_AR);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .process = 1, .child = 2});
	assert_int_equal(touch(model, CR2_OP_READ, 2, 0).result, CR2_RESULT_BUS_MCEERR_AR);
	assert_int_equal(touch(model, CR2_OP_MINCORE, 0, 0).value, 1);
	op.length = PAGE;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EFAULT);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).value, 0);
	finish(model);
	model = create_profile(CR2_PROFILE_6_1);
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
	finish(model);
}

static enum cr2_result lose(struct cr2_model *model, uint64_t k, enum cr2_advice advice)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + k * PAGE, .length = PAGE, .advice = advice}).result;
}

/* With what they hold, and whoever maps them; what somebody refers to stays, and so does the zero page. */
static void frames_are_given_up(void **state)
{
	struct cr2_model *model = create();
	struct cr2_page_state before, now;

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_WRITE, 0, 1);
	fork_child(model);
	assert_int_equal(cr2_model_page_state(model, 0, BASE, &before), 0);
	assert_int_equal(lose(model, 0, CR2_ADVICE_SOFT_OFFLINE), CR2_RESULT_OK);
	assert_int_equal(cr2_model_page_state(model, 1, BASE, &now), 0);
	assert_true(now.id != before.id);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).value, 7);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	assert_int_equal(lose(model, 2, CR2_ADVICE_SOFT_OFFLINE), CR2_RESULT_EIO);
	assert_int_equal(kind_of(model, 2), CR2_PAGE_ZERO);
	assert_int_equal(call(model, CR2_OP_HOLD, 0, 1, 1), CR2_RESULT_OK);
	assert_int_equal(lose(model, 1, CR2_ADVICE_SOFT_OFFLINE), CR2_RESULT_EBUSY);
	assert_int_equal(call(model, CR2_OP_RELEASE, 0, 1, 1), CR2_RESULT_OK);
	finish(model);
}

/* A clean page is read again, one that was written to is not left to that. */
static void a_file_is_read_again(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_ADVISE, .address = BASE, .length = PAGE, .advice = CR2_ADVICE_HWPOISON};
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map_file(model, 2, false, 2, CR2_MAP_SHARED);
	touch(model, CR2_OP_READ, 0, 0);
	assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
	assert_int_equal(kind_of(model, 0), CR2_PAGE_NONE);
	outcome = touch(model, CR2_OP_READ, 0, 0);
	assert_true(outcome.n_faults == 1 && outcome.faults[0].major);
	assert_int_equal(outcome.value, CR2_FILE_BYTE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(cr2_model_execute(model, &op, &outcome), -EOPNOTSUPP);
	finish(model);
}

/* Nothing about it changes any more, but what is in it, where that could be written anyway. */
static void sealed_mappings_stay(void **state)
{
	struct cr2_op remap = {.kind = CR2_OP_REMAP, .address = BASE, .length = PAGE, .new_length = PAGE};
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(call(model, CR2_OP_MSEAL, 0, 0, 4), CR2_RESULT_ENOMEM);
	assert_int_equal(call(model, CR2_OP_MSEAL, 0, 0, 1), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_UNMAP, 0, 0, 3), CR2_RESULT_EPERM);
	assert_int_equal(execute(model, remap).result, CR2_RESULT_EPERM);
	assert_int_equal(map_at(model, BASE, 3, RW, CR2_MAP_PRIVATE | CR2_MAP_FIXED), CR2_RESULT_EPERM);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE, .length = PAGE, .prot = RW}).result,
			 CR2_RESULT_EPERM);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 0);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_UNMAP, 0, 1, 2), CR2_RESULT_OK);
	map(model, 8, 1, CR2_PROT_READ, CR2_MAP_PRIVATE);
	assert_int_equal(call(model, CR2_OP_MSEAL, 0, 8, 1), CR2_RESULT_OK);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + 8 * PAGE, .length = PAGE,
							.advice = CR2_ADVICE_DONTNEED}).result, CR2_RESULT_EPERM);
	finish(model);
	model = create_profile(CR2_PROFILE_6_1);
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	assert_int_equal(call(model, CR2_OP_MSEAL, 0, 0, 1), CR2_RESULT_ENOSYS);
	finish(model);
}

/* Nor its children make executable what has ever been writable. */
static void what_is_written_is_never_executed(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_PROTECT, .process = 1, .address = BASE, .length = PAGE, .prot = CR2_PROT_EXEC};
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	map(model, 8, 1, CR2_PROT_EXEC, CR2_MAP_PRIVATE);
	execute(model, (struct cr2_op){.kind = CR2_OP_MDWE});
	fork_child(model);
	assert_int_equal(execute(model, op).result, CR2_RESULT_EACCES);
	op.address += 8 * PAGE;
	assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
	op.prot = RW | CR2_PROT_EXEC;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EACCES);
	assert_int_equal(map_at(model, BASE, 1, op.prot, CR2_MAP_PRIVATE | CR2_MAP_FIXED), CR2_RESULT_EACCES);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).result, CR2_RESULT_OK);
	finish(model);
}

/* Whoever shares memory finds what another faulted in, but perhaps an entry that was not writable yet. */
static void threads_share_faults(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map_file(model, 1, false, 1, CR2_MAP_SHARED);
	execute(model, (struct cr2_op){.kind = CR2_OP_THREAD, .child = 1});
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).n_faults, 1);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).n_faults, 0);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 1);
	assert_false(touch(model, CR2_OP_WRITE, 0, 0).either);
	outcome = touch(model, CR2_OP_WRITE, 1, 0);
	assert_int_equal(outcome.n_faults, 0);
	assert_true(outcome.either);
	assert_false(touch(model, CR2_OP_WRITE, 1, 0).either);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .process = 1, .child = 2});
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	assert_int_equal(cr2_model_execute(model, &(struct cr2_op){.kind = CR2_OP_READ, .process = 1, .address = BASE},
					   &outcome), -EINVAL);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).n_faults, 0);
	finish(model);
}

/* The pages go, the mapping stays and is locked no more. */
static void remap_leaves_the_mapping(void **state)
{
	struct cr2_model *model = create();
	struct cr2_op remap = {.kind = CR2_OP_REMAP, .address = BASE, .length = 2 * PAGE, .new_length = 2 * PAGE,
			       .new_address = BASE + 8 * PAGE,
			       .flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED | CR2_MREMAP_DONTUNMAP};
	struct cr2_op uffd = {.kind = CR2_OP_UFFD, .address = BASE + PAGE, .length = PAGE,
			      .flags = CR2_UFFD_MISSING | CR2_UFFD_SIGBUS};

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 2), CR2_RESULT_OK);
	assert_int_equal(execute(model, remap).result, CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 8).n_faults, 0);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).n_faults, 1);
	assert_int_equal(advise(model, 0, CR2_ADVICE_DONTNEED), CR2_RESULT_OK);
	remap.new_length = PAGE;
	assert_int_equal(execute(model, remap).result, CR2_RESULT_EINVAL);
	remap.new_length = 2 * PAGE;
	assert_int_equal(execute(model, uffd).result, CR2_RESULT_OK);
	assert_int_equal(execute(model, remap).result, CR2_RESULT_EFAULT);
	finish(model);
}

/* Lost until it is filled, or given up; the zero page does not fill it. */
static void userfaultfd_poisons(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 4, RW, CR2_MAP_PRIVATE);
	uffd_register(model, CR2_UFFD_MISSING);
	assert_int_equal(userfault(model, CR2_OP_UFFD_POISON, 0, 0, 2), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).result, CR2_RESULT_BUS_MCEERR_AR);
	assert_int_equal(userfault(model, CR2_OP_UFFD_ZERO, 0, 0, 1), CR2_RESULT_EEXIST);
	assert_int_equal(userfault(model, CR2_OP_UFFD_COPY, 0, 0, 1), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 0).value, 7);
	fork_child(model);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 1).result, CR2_RESULT_BUS_MCEERR_AR);
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .process = 1, .address = BASE, .length = 4 * PAGE,
				       .advice = CR2_ADVICE_DONTNEED});
	assert_int_equal(touch(model, CR2_OP_READ, 1, 1).result, CR2_RESULT_OK);
	finish(model);
	config.no_memory_failure = true;
	config.profile = CR2_PROFILE_6_1;
	model = create_with(config);
	map(model, 0, 4, RW, CR2_MAP_PRIVATE);
	uffd_register(model, CR2_UFFD_MISSING);
	assert_int_equal(userfault(model, CR2_OP_UFFD_POISON, 0, 0, 2), CR2_RESULT_EINVAL);
	finish(model);
}

static enum cr2_result pin(struct cr2_model *model, uint32_t process, uint64_t k, uint64_t pages, uint32_t how)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_PIN, .process = process, .address = BASE + k * PAGE,
					      .length = pages * PAGE, .flags = how}).result;
}

/* A reference more is one too many for who would have a page that was shared; but not for whose it always was. */
static void who_is_referred_to_is_copied(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	fork_child(model);
	assert_int_equal(call(model, CR2_OP_HOLD, 0, 0, 1), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_HOLD, 0, 0, 9), CR2_RESULT_EFAULT);
	assert_int_equal(kind_of(model, 1), CR2_PAGE_ZERO);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	assert_int_equal(call(model, CR2_OP_HOLD, 0, 0, 1), CR2_RESULT_OK);
	protect(model, CR2_PROT_READ);
	protect(model, RW);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	finish(model);
}

static void what_is_pinned_is_copied_by_fork(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 1);
	touch(model, CR2_OP_WRITE, 0, 2);
	assert_int_equal(pin(model, 0, 0, 2, 0), CR2_RESULT_OK);
	assert_int_equal(pin(model, 0, 0, 4, 0), CR2_RESULT_EFAULT);
	fork_child(model);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_WRITE, 1, 1, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_WRITE, 0, 2, CR2_PATH_WP_COPY);
	assert_int_equal(call(model, CR2_OP_RELEASE, 0, 0, 1), CR2_RESULT_OK);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 2});
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_UNKNOWN);
	finish(model);
}

/* Its entry stays read-only, so the next write still faults, and reuses what is the process's own by now. */
static void a_pin_for_reading_unshares(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_READ, 0, 1);
	fork_child(model);
	assert_int_equal(pin(model, 0, 0, 2, CR2_PIN_RO), CR2_RESULT_OK);
	assert_int_equal(kind_of(model, 1), CR2_PAGE_ANON);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_REUSE);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_WP_REUSE);
	access_is(model, CR2_OP_WRITE, 1, 0, CR2_PATH_WP_REUSE);
	finish(model);
}

static struct cr2_outcome access_bytes(struct cr2_model *model, enum cr2_op_kind kind, uint64_t at, uint64_t length)
{
	return execute(model, (struct cr2_op){.kind = kind, .address = BASE + at, .length = length, .value = 5});
}

/* Both pages come before a byte is stored; where the second refuses none is. */
static void a_wide_store_is_all_or_nothing(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	outcome = access_bytes(model, CR2_OP_WRITE8, PAGE - 4, 0);
	assert_int_equal(outcome.n_faults, 2);
	assert_int_equal(outcome.faults[0].address, BASE + PAGE - 4);
	assert_int_equal(outcome.faults[1].address, BASE + PAGE);
	assert_int_equal(cr2_model_read(model, 0, BASE + PAGE - 1), 5);
	assert_int_equal(cr2_model_read(model, 0, BASE + PAGE + 3), 5);
	assert_int_equal(cr2_model_read(model, 0, BASE + PAGE + 4), 0);
	assert_int_equal(access_bytes(model, CR2_OP_WRITE8, 2 * PAGE - 1, 0).result, CR2_RESULT_SEGV_MAPERR);
	assert_int_equal(cr2_model_read(model, 0, BASE + 2 * PAGE - 1), 0);
	finish(model);
}

static void a_compare_and_exchange_is_a_store(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 1, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	fork_child(model);
	outcome = access_bytes(model, CR2_OP_CMPXCHG, 0, 0);
	assert_int_equal(outcome.faults[0].path, CR2_PATH_WP_COPY);
	assert_int_equal(outcome.value, 7);
	assert_int_equal(cr2_model_read(model, 0, BASE), 7);
	assert_int_equal(access_bytes(model, CR2_OP_CMPXCHG, 1, 0).value, 0);
	assert_int_equal(cr2_model_read(model, 0, BASE + 1), 5);
	finish(model);
}

/* Whole buffers count; what is stored is stored. */
static void a_copy_may_be_short(void **state)
{
	struct cr2_model *model = create();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	outcome = access_bytes(model, CR2_OP_KWRITE, 100, 3 * PAGE);
	assert_int_equal(outcome.result, CR2_RESULT_OK);
	assert_int_equal(outcome.value, PAGE);
	assert_int_equal(outcome.n_faults, 3);
	assert_int_equal(cr2_model_read(model, 0, BASE + 2 * PAGE - 1), 5);
	assert_int_equal(access_bytes(model, CR2_OP_KREAD, PAGE + 100, PAGE).result, CR2_RESULT_EFAULT);
	assert_int_equal(access_bytes(model, CR2_OP_KREAD, 100, PAGE + 1).value, PAGE + 1);
	finish(model);
}

static struct cr2_model *create_with_keys(void)
{
	struct cr2_model_config config = defaults();

	config.protection_keys = true;
	return create_with(config);
}

static enum cr2_result change_key(struct cr2_model *model, uint32_t process, uint8_t key, uint32_t what)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_KEY, .process = process, .key = key, .flags = what}).result;
}

static enum cr2_result give_key(struct cr2_model *model, uint32_t process, uint64_t k, uint8_t key)
{
	return execute(model, (struct cr2_op){
		.kind = CR2_OP_PROTECT, .process = process, .address = BASE + k * PAGE, .length = PAGE, .prot = RW,
		.flags = CR2_PROTECT_KEY, .key = key}).result;
}

/* By the CPU where a page is present, else by the kernel. */
static void a_key_refuses(void **state)
{
	struct cr2_model *model = create_with_keys();
	struct cr2_outcome outcome;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	assert_int_equal(give_key(model, 0, 0, 1), CR2_RESULT_EINVAL);
	assert_int_equal(change_key(model, 0, 1, CR2_PKEY_READ), CR2_RESULT_OK);
	assert_int_equal(give_key(model, 0, 0, 1), CR2_RESULT_OK);
	outcome = touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(outcome.result, CR2_RESULT_SEGV_PKUERR);
	assert_int_equal(outcome.faults[0].error_code, 0x6);
	assert_int_equal(kind_of(model, 0), CR2_PAGE_NONE);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_ANON_ZERO);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 0).faults[0].error_code, 0x27);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_ANON_ALLOC);
	change_key(model, 0, 1, CR2_PKEY_NONE);
	assert_int_equal(call(model, CR2_OP_LOCK, 0, 0, 1), CR2_RESULT_ENOMEM);
	assert_int_equal(advise(model, 0, CR2_ADVICE_POPULATE_READ), CR2_RESULT_EINVAL);
	assert_int_equal(change_key(model, 0, 1, CR2_PKEY_FREE), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_SEGV_PKUERR);
	finish(model);
}

/* The kernel's own is nobody's, in children too, and goes where memory is more than executable. */
static void execute_only_memory_has_a_key(void **state)
{
	struct cr2_model *model = create_with_keys();

	(void)state;
	map(model, 0, 2, CR2_PROT_EXEC, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_SEGV_PKUERR);
	access_is(model, CR2_OP_EXEC, 0, 0, CR2_PATH_ANON_ZERO);
	fork_child(model);
	for (uint32_t process = 0; process < 2; process++) {
		assert_int_equal(change_key(model, process, 1, CR2_PKEY_ALL), CR2_RESULT_ENOSPC);
		assert_int_equal(change_key(model, process, 1, CR2_PKEY_FREE), CR2_RESULT_EINVAL);
		assert_int_equal(give_key(model, process, 0, 1), CR2_RESULT_EINVAL);
		access_is(model, CR2_OP_READ, process, 0, CR2_PATH_SEGV_PKUERR);
	}
	protect(model, CR2_PROT_READ | CR2_PROT_EXEC);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_READ, 0, 1, CR2_PATH_SEGV_PKUERR);
	finish(model);
}

static enum cr2_result move_pages(struct cr2_model *model, uint64_t from, uint64_t pages, uint64_t to)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_UFFD_MOVE, .address = BASE + from * PAGE,
					      .length = pages * PAGE, .new_address = BASE + to * PAGE}).result;
}

/* A page goes elsewhere as it is, where none is, if nobody else has it. */
static void userfaultfd_moves(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 8, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 4);
	touch(model, CR2_OP_READ, 0, 5);
	touch(model, CR2_OP_WRITE, 0, 6);
	assert_int_equal(move_pages(model, 4, 1, 0), CR2_RESULT_EINVAL);
	uffd_register(model, CR2_UFFD_MISSING);
	assert_int_equal(move_pages(model, 4, 4, 0), CR2_RESULT_EAGAIN);
	assert_int_equal(kind_of(model, 0), CR2_PAGE_ANON);
	assert_int_equal(kind_of(model, 1), CR2_PAGE_ZERO);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 2).n_faults, 0);
	assert_int_equal(kind_of(model, 4), CR2_PAGE_NONE);
	assert_int_equal(move_pages(model, 4, 1, 0), CR2_RESULT_EEXIST);
	assert_int_equal(move_pages(model, 4, 1, 3), CR2_RESULT_ENOENT);
	touch(model, CR2_OP_WRITE, 0, 4);
	fork_child(model);
	assert_int_equal(move_pages(model, 4, 1, 3), CR2_RESULT_EBUSY);
	assert_int_equal(move_pages(model, 4, 1, 7), CR2_RESULT_EINVAL);
	finish(model);
	config.profile = CR2_PROFILE_6_1;
	model = create_with(config);
	map(model, 0, 8, RW, CR2_MAP_PRIVATE);
	uffd_register(model, CR2_UFFD_MISSING);
	touch(model, CR2_OP_WRITE, 0, 4);
	assert_int_equal(move_pages(model, 4, 1, 0), CR2_RESULT_EINVAL);
	finish(model);
}

/* 6.1 asks the first frame of a 2 MiB page, which the child has left, not the one to be freed. */
static void freeing_asks_the_first_frame(void **state)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_6_1);
	config.thp = CR2_THP_ALWAYS;
	model = create_with(config);
	map(model, 0, 512, RW, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_ANON_HUGE);
	fork_child(model);
	assert_int_equal(call(model, CR2_OP_UNMAP, 1, 0, 1), CR2_RESULT_OK);
	assert_int_equal(execute(model, (struct cr2_op){
		.kind = CR2_OP_ADVISE, .process = 1, .address = BASE + 5 * PAGE, .length = PAGE,
		.advice = CR2_ADVICE_FREE}).result, CR2_RESULT_OK);
	assert_int_equal(kind_of(model, 5), CR2_PAGE_ANON);
	finish(model);
}

static enum cr2_result dontneed(struct cr2_model *model, uint64_t k, uint64_t pages)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + k * PAGE, .length = pages * PAGE,
					      .advice = CR2_ADVICE_DONTNEED}).result;
}

/* What the maker of a mapping gives up is promised to it again, since 6.9; before, to nobody. */
static void the_pool_promises_again(void **state)
{
	static const enum cr2_profile profiles[] = {CR2_PROFILE_6_1, CR2_PROFILE_6_12, CR2_PROFILE_6_18};
	struct cr2_model_config config;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(profiles); i++) {
		const bool again = profiles[i] != CR2_PROFILE_6_1;
		struct cr2_model *model;

		cr2_model_config_init(&config, profiles[i]);
		config.hugetlb = 1;
		model = create_with(config);
		map(model, 0, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB);
		access_is(model, CR2_OP_WRITE, 0, 300, CR2_PATH_HUGETLB);
		assert_int_equal(dontneed(model, 0, 512), CR2_RESULT_OK);
		assert_int_equal(map_at(model, BASE + 2048 * PAGE, 1, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB),
				 again ? CR2_RESULT_ENOMEM : CR2_RESULT_OK);
		access_is(model, CR2_OP_WRITE, 0, 0, again ? CR2_PATH_HUGETLB : CR2_PATH_SIGBUS);
		finish(model);
	}
}

/* Its pages are the mapping's, whoever unmaps them, and go with the last process that has it. */
static void the_pool_gets_back_what_was_shared(void **state)
{
	struct cr2_model *model = create_with_pool(2);

	(void)state;
	map(model, 0, 1024, RW, CR2_MAP_SHARED | CR2_MAP_HUGETLB);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_HUGETLB);
	fork_child(model);
	assert_int_equal(call(model, CR2_OP_UNMAP, 0, 0, 1024), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 1, 1, CR2_PATH_HUGETLB);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).value, 7);
	assert_int_equal(map_at(model, BASE, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB), CR2_RESULT_ENOMEM);
	assert_int_equal(call(model, CR2_OP_EXIT, 1, 0, 0), CR2_RESULT_OK);
	map(model, 0, 1024, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB);
	finish(model);
}

static void make_file_of_pool(struct cr2_model *model, enum cr2_op_kind kind, uint64_t pages)
{
	const struct cr2_op op = {.kind = kind, .object = 1, .length = pages * PAGE, .flags = CR2_FILE_HUGETLB};

	execute(model, op);
}

static enum cr2_result map_file_of_pool(struct cr2_model *model, uint64_t k, uint64_t pages, uint64_t from, uint8_t prot, uint32_t flags)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .address = BASE + k * PAGE, .length = pages * PAGE, .prot = prot,
					      .object = 1, .offset = from * PAGE, .flags = flags | CR2_MAP_HUGETLB}).result;
}

/* A file's places are promised once, a private mapping's besides; what the file loses is nobody's. */
static void a_file_of_the_pool_is_promised_once(void **state)
{
	struct cr2_model *model = create_with_pool(3);

	(void)state;
	make_file_of_pool(model, CR2_OP_SHMEM, 1024);
	assert_int_equal(map_file_of_pool(model, 0, 1024, 0, RW, CR2_MAP_SHARED), CR2_RESULT_OK);
	assert_int_equal(map_file_of_pool(model, 2048, 512, 512, RW, CR2_MAP_SHARED), CR2_RESULT_OK);
	assert_int_equal(map_file_of_pool(model, 4096, 512, 0, RW, CR2_MAP_PRIVATE), CR2_RESULT_OK);
	assert_int_equal(map_file_of_pool(model, 8192, 512, 0, RW, CR2_MAP_PRIVATE), CR2_RESULT_ENOMEM);
	assert_int_equal(map_file_of_pool(model, 8192, 512, 1, RW, CR2_MAP_PRIVATE), CR2_RESULT_EINVAL);
	access_is(model, CR2_OP_WRITE, 0, 512, CR2_PATH_HUGETLB);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 2048).value, 7);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_TRUNCATE, .object = 1, .length = 512 * PAGE}).result, CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 512, CR2_PATH_SIGBUS);
	access_is(model, CR2_OP_READ, 0, 2048, CR2_PATH_SIGBUS);
	map(model, 8192, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_TRUNCATE, .object = 1, .length = PAGE}).result, CR2_RESULT_EINVAL);
	finish(model);
}

static enum cr2_result allocate(struct cr2_model *model, uint64_t first, uint64_t pages)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_ALLOCATE, .object = 1, .offset = first * PAGE, .length = pages * PAGE}).result;
}

/* Whole ones, of what is not promised to others; a part of one at the file's end is behind that. */
static void pages_of_a_file_of_the_pool_come_unmapped(void **state)
{
	struct cr2_model *model = create_with_pool(2);

	(void)state;
	make_file_of_pool(model, CR2_OP_SHMEM, 0);
	assert_int_equal(allocate(model, 1, 4), CR2_RESULT_OK);
	map(model, 0, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB);
	assert_int_equal(allocate(model, 0, 513), CR2_RESULT_ENOSPC);
	assert_int_equal(map_file_of_pool(model, 2048, 512, 0, CR2_PROT_READ, CR2_MAP_SHARED), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 2048 + 7, CR2_PATH_HUGETLB);
	assert_int_equal(kind_of(model, 2048), CR2_PAGE_FILE);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + 2048 * PAGE, .length = 512 * PAGE,
							.advice = CR2_ADVICE_REMOVE}).result, CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 2048, CR2_PATH_SIGBUS);
	assert_int_equal(execute(model, (struct cr2_op){.kind = CR2_OP_SEAL, .object = 1, .flags = CR2_SEAL_GROW}).result, CR2_RESULT_OK);
	assert_int_equal(allocate(model, 0, 6), CR2_RESULT_EPERM);
	finish(model);
}

/* It is the file's until a write; where no page is left for that, the file's stays. What is not the file's is its own at once. */
static void a_private_mapping_copies_a_page_of_the_pool(void **state)
{
	struct cr2_model *model = create_with_pool(3);

	(void)state;
	make_file_of_pool(model, CR2_OP_SHMEM, 1024);
	assert_int_equal(map_file_of_pool(model, 0, 512, 0, RW, CR2_MAP_SHARED), CR2_RESULT_OK);
	assert_int_equal(map_file_of_pool(model, 2048, 1024, 0, RW, CR2_MAP_PRIVATE), CR2_RESULT_OK);
	assert_int_equal(map_file_of_pool(model, 4096, 512, 0, RW, CR2_MAP_PRIVATE | CR2_MAP_NORESERVE), CR2_RESULT_OK);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_HUGETLB);
	access_is(model, CR2_OP_WRITE, 0, 4096, CR2_PATH_SIGBUS);
	assert_int_equal(kind_of(model, 4096 + 511), CR2_PAGE_FILE);
	access_is(model, CR2_OP_WRITE, 0, 2048 + 5, CR2_PATH_HUGETLB);
	assert_int_equal(kind_of(model, 2048), CR2_PAGE_HUGE);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 2048).value, 7);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 5).value, 0);
	access_is(model, CR2_OP_READ, 0, 2048 + 512, CR2_PATH_HUGETLB);
	assert_int_equal(kind_of(model, 2048 + 512), CR2_PAGE_HUGE);
	/* Also where nobody else maps the file's. */
	call(model, CR2_OP_UNMAP, 0, 0, 512);
	call(model, CR2_OP_UNMAP, 0, 4096, 512);
	call(model, CR2_OP_UNMAP, 0, 2048, 1024);
	assert_int_equal(map_file_of_pool(model, 2048, 512, 0, RW, CR2_MAP_PRIVATE), CR2_RESULT_OK);
	access_is(model, CR2_OP_WRITE, 0, 2048 + 5, CR2_PATH_HUGETLB);
	assert_int_equal(kind_of(model, 2048), CR2_PAGE_HUGE);
	finish(model);
}

/* Who maps it to write makes a file as long as that takes; a segment is promised all of its pages at once, or is none. */
static void what_is_of_the_pool_grows_or_is_promised(void **state)
{
	struct cr2_model_config config = defaults();
	struct cr2_op attach = {.kind = CR2_OP_SHMAT, .address = BASE, .length = 1024 * PAGE, .prot = RW, .object = 1,
				.flags = CR2_MAP_SHARED | CR2_MAP_HUGETLB};
	struct cr2_model *model;

	(void)state;
	config.hugetlb = 1;
	model = create_with(config);
	make_file_of_pool(model, CR2_OP_SHMEM, 0);
	assert_int_equal(map_file_of_pool(model, 0, 512, 0, CR2_PROT_READ, CR2_MAP_SHARED), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_SIGBUS);
	assert_int_equal(map_file_of_pool(model, 2048, 512, 0, RW, CR2_MAP_SHARED), CR2_RESULT_OK);
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_HUGETLB);
	finish(model);
	for (config.hugetlb = 1; config.hugetlb < 3; config.hugetlb++) {
		model = create_with(config);
		make_file_of_pool(model, CR2_OP_SHM, 1024);
		assert_int_equal(execute(model, attach).result, config.hugetlb == 2 ? CR2_RESULT_OK : CR2_RESULT_EINVAL);
		assert_int_equal(map_at(model, BASE + 4096 * PAGE, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB),
				 config.hugetlb == 2 ? CR2_RESULT_ENOMEM : CR2_RESULT_OK);
		finish(model);
	}
}

#define GIGANTIC (1ULL << 18) /* pages */
#define GIGANTIC_FLAGS (CR2_MAP_PRIVATE | CR2_MAP_HUGETLB | CR2_MAP_HUGE_1GB)

/* One entry for all of it; a copy copies what was written, and what comes back to the pool is empty. */
static void a_pud_maps_1_gib(void **state)
{
	const uint64_t k = (GIGANTIC - BASE / PAGE % GIGANTIC) % GIGANTIC;
	struct cr2_model_config config = defaults();
	struct cr2_model *model, *copy;

	(void)state;
	config.gigantic = 2;
	model = create_with(config);
	assert_int_equal(map_at(model, BASE + (k + 512) * PAGE, 1, RW, GIGANTIC_FLAGS), CR2_RESULT_EINVAL);
	map(model, k, GIGANTIC, RW, GIGANTIC_FLAGS);
	access_is(model, CR2_OP_WRITE, 0, k + 200000, CR2_PATH_HUGETLB);
	access_is(model, CR2_OP_READ, 0, k + GIGANTIC - 1, CR2_PATH_UNKNOWN);
	assert_int_equal(cr2_model_page_marks(model, 0, BASE + k * PAGE) & CR2_MARK(GIGANTIC), CR2_MARK(GIGANTIC));
	assert_int_equal(cr2_model_pages_alike(model, 0, BASE + (k - 512) * PAGE, 2 * GIGANTIC), 512);
	fork_child(model);
	access_is(model, CR2_OP_WRITE, 1, k + 5, CR2_PATH_HUGETLB);
	assert_int_equal(touch(model, CR2_OP_READ, 1, k + 200000).value, 7);
	assert_int_equal(touch(model, CR2_OP_READ, 0, k + 5).value, 0);
	assert_int_equal(cr2_model_copy(model, &copy), 0);
	assert_int_equal(call(model, CR2_OP_EXIT, 1, 0, 0), CR2_RESULT_OK);
	assert_int_equal(call(model, CR2_OP_UNMAP, 0, k, 512), CR2_RESULT_EINVAL);
	assert_int_equal(dontneed(model, k, GIGANTIC), CR2_RESULT_OK);
	assert_int_equal(touch(model, CR2_OP_READ, 0, k + 200000).value, 0);
	assert_int_equal(touch(copy, CR2_OP_READ, 0, k + 200000).value, 7);
	assert_int_equal(touch(copy, CR2_OP_READ, 1, k + 5).value, 7);
	finish(copy);
	finish(model);
}

/* A PUD stays as it is where the kernel looks up its page to write; a PMD is made dirty then. */
static void a_pud_is_not_touched(void **state)
{
	const uint64_t k = (GIGANTIC - BASE / PAGE % GIGANTIC) % GIGANTIC;
	struct cr2_model_config config = defaults();
	struct cr2_model *model;

	(void)state;
	config.gigantic = config.hugetlb = 1;
	model = create_with(config);
	map(model, k, GIGANTIC, RW, GIGANTIC_FLAGS | CR2_MAP_POPULATE);
	map(model, k + GIGANTIC, 512, RW, CR2_MAP_PRIVATE | CR2_MAP_HUGETLB | CR2_MAP_POPULATE);
	assert_int_equal(cr2_model_page_marks(model, 0, BASE + k * PAGE) & CR2_MARK(DIRTY), 0);
	assert_int_not_equal(cr2_model_page_marks(model, 0, BASE + (k + GIGANTIC) * PAGE) & CR2_MARK(DIRTY), 0);
	finish(model);
}

static enum cr2_result migrate(struct cr2_model *model, uint32_t process, uint64_t k, uint32_t flags)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_MIGRATE, .process = process, .address = BASE + k * PAGE,
					      .length = PAGE, .flags = flags}).result;
}

static struct cr2_page_state state_of(struct cr2_model *model, uint32_t process, uint64_t k)
{
	struct cr2_page_state page;

	assert_int_equal(cr2_model_page_state(model, process, BASE + k * PAGE, &page), 0);
	return page;
}

/* A page of two processes moves for both, or not at all. */
static void a_page_moves_for_all(void **state)
{
	struct cr2_model *model = create();
	uint64_t before;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	before = state_of(model, 0, 0).id;
	fork_child(model);
	assert_int_equal(migrate(model, 0, 1, CR2_MIGRATE_REMOTE), CR2_RESULT_ENOENT);
	assert_int_equal(migrate(model, 0, 0, CR2_MIGRATE_REMOTE), CR2_RESULT_EACCES);
	assert_int_equal(migrate(model, 0, 0, CR2_MIGRATE_REMOTE | CR2_MIGRATE_ALL), CR2_RESULT_OK);
	assert_int_not_equal(state_of(model, 0, 0).id, before);
	assert_int_equal(state_of(model, 0, 0).id, state_of(model, 1, 0).id);
	assert_int_equal(state_of(model, 0, 0).mapcount, 2);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).value, 7);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	finish(model);
}

/* A page of a file takes its place in the cache along. */
static void a_file_moves_with_its_cache(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map_file(model, 2, false, 2, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(migrate(model, 0, 0, CR2_MIGRATE_REMOTE), CR2_RESULT_OK);
	fork_child(model);
	assert_int_equal(touch(model, CR2_OP_READ, 1, 0).value, 7);
	touch(model, CR2_OP_WRITE, 1, 0);
	assert_int_equal(state_of(model, 0, 0).mapcount, 2);
	finish(model);
}

/* What was moved away comes back by a fault; what stayed has no hint, but of threads. */
static void a_hint_brings_a_page(void **state)
{
	struct cr2_model *model = create();
	uint64_t far, near;

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_WRITE, 0, 1);
	migrate(model, 0, 1, CR2_MIGRATE_REMOTE);
	far = state_of(model, 0, 1).id;
	execute(model, (struct cr2_op){.kind = CR2_OP_NUMA_SCAN});
	access_is(model, CR2_OP_READ, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_READ, 0, 1, CR2_PATH_NUMA_HINT);
	near = state_of(model, 0, 1).id;
	assert_int_not_equal(near, far);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_WP_REUSE);
	execute(model, (struct cr2_op){.kind = CR2_OP_NUMA_SCAN});
	access_is(model, CR2_OP_READ, 0, 1, CR2_PATH_UNKNOWN);
	execute(model, (struct cr2_op){.kind = CR2_OP_THREAD, .child = 1});
	execute(model, (struct cr2_op){.kind = CR2_OP_NUMA_SCAN});
	access_is(model, CR2_OP_READ, 1, 1, CR2_PATH_NUMA_HINT);
	assert_int_equal(state_of(model, 0, 1).id, near);
	assert_int_equal(touch(model, CR2_OP_READ, 0, 1).value, 7);
	finish(model);
}

static struct cr2_model *create_soft_dirty(void)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	cr2_model_config_init(&config, CR2_PROFILE_6_12);
	config.soft_dirty = true;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	return model;
}

static bool is_soft_dirty(struct cr2_model *model, uint32_t process, uint64_t k)
{
	return cr2_model_page_marks(model, process, BASE + k * PAGE) & CR2_MARK(SOFT_DIRTY);
}

/* What is written to faults once, and is soft-dirty again; mprotect does not get ahead of it. */
static void cleared_soft_dirty_bits_are_waited_for(void **state)
{
	struct cr2_model *model = create_soft_dirty();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_WRITE, 0, 1);
	execute(model, (struct cr2_op){.kind = CR2_OP_CLEAR_REFS});
	assert_false(is_soft_dirty(model, 0, 0));
	call(model, CR2_OP_PROTECT, 0, 0, 2);
	execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE, .length = 2 * PAGE, .prot = RW});
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_REUSE);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	assert_true(is_soft_dirty(model, 0, 0));
	assert_false(is_soft_dirty(model, 0, 1));
	fork_child(model);
	assert_true(is_soft_dirty(model, 1, 0));
	assert_false(is_soft_dirty(model, 1, 1));
	finish(model);
}

/* A pinned page stays as it is, of a private mapping; what is shared does not. */
static void pinned_pages_stay_soft_dirty(void **state)
{
	struct cr2_model *model = create_soft_dirty();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	map(model, 2, 1, RW, CR2_MAP_SHARED);
	touch(model, CR2_OP_WRITE, 0, 1);
	execute(model, (struct cr2_op){.kind = CR2_OP_PIN, .address = BASE, .length = PAGE});
	execute(model, (struct cr2_op){.kind = CR2_OP_PIN, .address = BASE + 2 * PAGE, .length = PAGE});
	execute(model, (struct cr2_op){.kind = CR2_OP_CLEAR_REFS});
	assert_true(is_soft_dirty(model, 0, 0));
	assert_false(is_soft_dirty(model, 0, 1));
	assert_false(is_soft_dirty(model, 0, 2));
	finish(model);
}

static struct cr2_outcome scan(struct cr2_model *model, uint32_t process, uint64_t pages, uint32_t flags)
{
	return execute(model, (struct cr2_op){.kind = CR2_OP_SCAN, .process = process, .address = BASE, .length = pages * PAGE,
					      .flags = flags});
}

/* Nobody is asked; what was never there is protected, too, but given up it is not. */
static void writes_are_noted_without_asking(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	assert_int_equal(scan(model, 0, 3, 0).result, CR2_RESULT_EPERM);
	execute(model, (struct cr2_op){.kind = CR2_OP_UFFD, .address = BASE, .length = 3 * PAGE,
				       .flags = CR2_UFFD_WP | CR2_UFFD_ASYNC});
	assert_int_equal(scan(model, 0, 3, CR2_SCAN_PROTECT).value, 3);
	assert_int_equal(scan(model, 0, 3, CR2_SCAN_PROTECT).value, 0);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_REUSE);
	assert_int_equal(touch(model, CR2_OP_WRITE, 0, 1).n_faults, 2);
	assert_int_equal(scan(model, 0, 3, 0).value, 2);
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE + 2 * PAGE, .length = PAGE,
				       .advice = CR2_ADVICE_DONTNEED});
	assert_int_equal(scan(model, 0, 3, 0).value, 3);
	fork_child(model);
	assert_int_equal(scan(model, 1, 3, 0).result, CR2_RESULT_EPERM);
	finish(model);
}

static void advise_pages(struct cr2_model *model, uint64_t pages, enum cr2_advice advice)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_ADVISE, .address = BASE, .length = pages * PAGE, .advice = advice});
}

/* Pages of a split 2 MiB page were each written to, so that 6.1's mprotect makes them writable again. */
static void what_is_split_was_written_to(void **state)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_6_1);
	config.thp = CR2_THP_ALWAYS;
	model = create_with(config);
	map(model, 0, 512, RW, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_ANON_HUGE);
	advise_pages(model, 512, CR2_ADVICE_PAGEOUT);
	assert_int_equal(kind_of(model, 0), CR2_PAGE_ANON);
	protect(model, CR2_PROT_READ);
	protect(model, RW);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_UNKNOWN);
	finish(model);
}

/* Equal pages are one; the last who has it still gets a copy; taken apart, each has its own. */
static void equal_pages_are_merged(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	for (uint64_t k = 0; k < 3; k++)
		touch(model, CR2_OP_WRITE, 0, k);
	execute(model, (struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE + 2 * PAGE, .value = 9});
	advise_pages(model, 3, CR2_ADVICE_MERGEABLE);
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	assert_int_equal(state_of(model, 0, 0).id, state_of(model, 0, 1).id);
	assert_int_equal(state_of(model, 0, 0).mapcount, 2);
	assert_int_not_equal(state_of(model, 0, 2).id, state_of(model, 0, 1).id);
	access_is(model, CR2_OP_WRITE, 0, 2, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_WRITE, 0, 0, CR2_PATH_WP_COPY);
	assert_int_equal(state_of(model, 0, 1).mapcount, 1);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_WP_COPY);
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	advise_pages(model, 3, CR2_ADVICE_UNMERGEABLE);
	assert_int_not_equal(state_of(model, 0, 0).id, state_of(model, 0, 1).id);
	access_is(model, CR2_OP_WRITE, 0, 1, CR2_PATH_WP_REUSE);
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	assert_int_not_equal(state_of(model, 0, 0).id, state_of(model, 0, 1).id);
	finish(model);
}

/* Places that had no page when KSM came by are new to it: then of three equal pages the second is kept, not the third. */
static void what_was_gone_is_met_anew(void **state)
{
	struct cr2_model *model = create();
	uint64_t second;

	(void)state;
	map(model, 0, 3, RW, CR2_MAP_PRIVATE);
	advise_pages(model, 3, CR2_ADVICE_MERGEABLE);
	for (uint64_t k = 1; k < 3; k++) {
		touch(model, CR2_OP_WRITE, 0, k);
		execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
		advise_pages(model, 3, CR2_ADVICE_DONTNEED);
	}
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	for (uint64_t k = 0; k < 3; k++)
		touch(model, CR2_OP_WRITE, 0, k);
	second = id_of(model, 0, 1);
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	assert_int_equal(id_of(model, 0, 0), second);
	assert_int_equal(id_of(model, 0, 2), second);
	finish(model);
}

/* What fork shares is merged with its like, and moved pages are nobody else's. */
static void merged_pages_are_inherited_and_do_not_move(void **state)
{
	struct cr2_model *model = create();

	(void)state;
	map(model, 0, 2, RW, CR2_MAP_PRIVATE);
	touch(model, CR2_OP_WRITE, 0, 0);
	touch(model, CR2_OP_WRITE, 0, 1);
	advise_pages(model, 2, CR2_ADVICE_MERGEABLE);
	fork_child(model);
	execute(model, (struct cr2_op){.kind = CR2_OP_KSM_SCAN});
	assert_int_equal(state_of(model, 1, 0).mapcount, 4);
	execute(model, (struct cr2_op){.kind = CR2_OP_REMAP, .address = BASE, .length = 2 * PAGE, .new_length = 2 * PAGE,
				       .new_address = BASE + 8 * PAGE, .flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED});
	assert_int_not_equal(state_of(model, 0, 8).id, state_of(model, 0, 9).id);
	assert_int_equal(state_of(model, 1, 0).mapcount, 2);
	finish(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleared_soft_dirty_bits_are_waited_for),
		cmocka_unit_test(pinned_pages_stay_soft_dirty),
		cmocka_unit_test(writes_are_noted_without_asking),
		cmocka_unit_test(equal_pages_are_merged),
		cmocka_unit_test(what_was_gone_is_met_anew),
		cmocka_unit_test(merged_pages_are_inherited_and_do_not_move),
		cmocka_unit_test(a_childs_entry_is_not_accessed),
		cmocka_unit_test(what_an_entry_knows_of_writes_outlives_it),
		cmocka_unit_test(a_shared_write_is_to_be_synced),
		cmocka_unit_test(populating_for_writing_is_a_write),
		cmocka_unit_test(a_gap_between_two_anon_vmas_joins_one),
		cmocka_unit_test(what_came_through_fork_joins_nothing),
		cmocka_unit_test(the_swap_cache_keeps_what_others_map),
		cmocka_unit_test(a_reused_page_is_exclusive),
		cmocka_unit_test(a_stack_keeps_its_guard_gap),
		cmocka_unit_test(a_stack_grows_up_to_its_limit),
		cmocka_unit_test(limits_count_what_is_mapped),
		cmocka_unit_test(limits_of_data),
		cmocka_unit_test(memory_is_limited),
		cmocka_unit_test(a_clean_shared_page_stays_read_only),
		cmocka_unit_test(locked_shared_memory_is_not_populated_by_mprotect),
		cmocka_unit_test(locked_memory_grows_populated),
		cmocka_unit_test(sigbus_leaves_no_table),
		cmocka_unit_test(a_child_has_nothing_locked),
		cmocka_unit_test(there_are_only_so_many_mappings),
		cmocka_unit_test(mlock_tells_in_posix_words),
		cmocka_unit_test(what_is_locked_counts_once),
		cmocka_unit_test(locked_memory_leaves_the_swap_cache),
		cmocka_unit_test(a_miss_reads_thirty_two_pages),
		cmocka_unit_test(a_file_keeps_what_its_disk_has),
		cmocka_unit_test(a_file_ends_inside_a_page),
		cmocka_unit_test(files_limit_their_mappings),
		cmocka_unit_test(a_full_disk_has_no_pages),
		cmocka_unit_test(pages_are_in_memory_or_not),
		cmocka_unit_test(locked_on_fault),
		cmocka_unit_test(syncing_is_one_of_three),
		cmocka_unit_test(others_write_by_force),
		cmocka_unit_test(others_copy_by_right),
		cmocka_unit_test(others_advise),
		cmocka_unit_test(another_program_has_other_memory),
		cmocka_unit_test(a_program_comes_on_demand),
		cmocka_unit_test(what_is_far_below_no_stack_grows_to),
		cmocka_unit_test(secrets_are_the_mappers_alone),
		cmocka_unit_test(a_frame_is_lost),
		cmocka_unit_test(frames_are_given_up),
		cmocka_unit_test(a_file_is_read_again),
		cmocka_unit_test(sealed_mappings_stay),
		cmocka_unit_test(what_is_written_is_never_executed),
		cmocka_unit_test(threads_share_faults),
		cmocka_unit_test(who_is_referred_to_is_copied),
		cmocka_unit_test(what_is_pinned_is_copied_by_fork),
		cmocka_unit_test(a_pin_for_reading_unshares),
		cmocka_unit_test(a_wide_store_is_all_or_nothing),
		cmocka_unit_test(a_compare_and_exchange_is_a_store),
		cmocka_unit_test(a_copy_may_be_short),
		cmocka_unit_test(a_key_refuses),
		cmocka_unit_test(execute_only_memory_has_a_key),
		cmocka_unit_test(remap_leaves_the_mapping),
		cmocka_unit_test(userfaultfd_fills),
		cmocka_unit_test(userfaultfd_answers),
		cmocka_unit_test(userfaultfd_protects),
		cmocka_unit_test(userfaultfd_leaves_no_rights),
		cmocka_unit_test(userfaultfd_of_shared_memory),
		cmocka_unit_test(userfaultfd_hears_events),
		cmocka_unit_test(userfaultfd_marks_go_through_fork),
		cmocka_unit_test(userfaultfd_hears_of_swapped_pages),
		cmocka_unit_test(userfaultfd_fills_protected),
		cmocka_unit_test(userfaultfd_protects_what_is_absent),
		cmocka_unit_test(userfaultfd_protects_places),
		cmocka_unit_test(userfaultfd_poisons),
		cmocka_unit_test(userfaultfd_moves),
		cmocka_unit_test(freeing_asks_the_first_frame),
		cmocka_unit_test(what_is_split_was_written_to),
		cmocka_unit_test(the_pool_promises_again),
		cmocka_unit_test(the_pool_gets_back_what_was_shared),
		cmocka_unit_test(a_file_of_the_pool_is_promised_once),
		cmocka_unit_test(pages_of_a_file_of_the_pool_come_unmapped),
		cmocka_unit_test(a_private_mapping_copies_a_page_of_the_pool),
		cmocka_unit_test(what_is_of_the_pool_grows_or_is_promised),
		cmocka_unit_test(a_pud_maps_1_gib),
		cmocka_unit_test(a_pud_is_not_touched),
		cmocka_unit_test(a_page_moves_for_all),
		cmocka_unit_test(a_file_moves_with_its_cache),
		cmocka_unit_test(a_hint_brings_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
