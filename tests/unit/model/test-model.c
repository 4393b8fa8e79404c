/* SPDX-License-Identifier: MIT */
/* The model from outside: operations in, outcomes and page states out, every frame back. */
#include <errno.h>

#include <cr2/flags.h>
#include <cr2/inspect.h>
#include <cr2/model.h>

#include "../test.h"

#define BASE 0x200000200000ULL

static struct cr2_model *create(enum cr2_profile profile)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	cr2_model_config_init(&config, profile);
	assert_int_equal(cr2_model_create(&config, &model), 0);
	return model;
}

static struct cr2_outcome execute(struct cr2_model *model, struct cr2_op op)
{
	struct cr2_outcome outcome;

	assert_int_equal(cr2_model_execute(model, &op, &outcome), 0);
	return outcome;
}

static void map(struct cr2_model *model, uint64_t pages, uint8_t prot, uint32_t flags)
{
	struct cr2_outcome outcome = execute(model, (struct cr2_op){
		.kind = CR2_OP_MAP, .address = BASE, .length = pages * CR2_PAGE_SIZE,
		.prot = prot, .flags = flags | CR2_MAP_ANONYMOUS});

	assert_int_equal(outcome.result, CR2_RESULT_OK);
}

static struct cr2_page_state page(struct cr2_model *model, uint32_t process, unsigned k)
{
	struct cr2_page_state state;

	assert_int_equal(cr2_model_page_state(model, process, BASE + k * CR2_PAGE_SIZE, &state), 0);
	return state;
}

/* One access to page k, with the error code and path it must have; path UNKNOWN: no fault. */
static void access_is(struct cr2_model *model, enum cr2_op_kind kind, uint32_t process, unsigned k,
		      uint64_t error, enum cr2_path path)
{
	struct cr2_outcome outcome = execute(model, (struct cr2_op){
		.kind = kind, .process = process, .address = BASE + k * CR2_PAGE_SIZE, .value = 7});

	assert_int_equal(outcome.n_faults, path != CR2_PATH_UNKNOWN);
	if (path == CR2_PATH_UNKNOWN)
		return;
	assert_int_equal(outcome.faults[0].error_code, error);
	assert_string_equal(cr2_path_name(outcome.faults[0].path), cr2_path_name(path));
}

static void finish(struct cr2_model *model)
{
	assert_int_equal(cr2_model_leaks(model), 0);
	cr2_model_destroy(model);
}

static void first_touch(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 4, 3, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x6, CR2_PATH_ANON_ALLOC);
	access_is(model, CR2_OP_WRITE, 0, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_READ, 0, 1, 0x4, CR2_PATH_ANON_ZERO);
	access_is(model, CR2_OP_WRITE, 0, 1, 0x7, CR2_PATH_WP_COPY);
	assert_int_equal(page(model, 0, 0).kind, CR2_PAGE_ANON);
	assert_int_equal(page(model, 0, 2).kind, CR2_PAGE_NONE);
	assert_int_equal(page(model, 0, 4).kind, CR2_PAGE_NOMAP);
	access_is(model, CR2_OP_READ, 0, 4, 0x4, CR2_PATH_SEGV_MAPERR);
	finish(model);
}

static void copy_on_write_after_fork(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	uint64_t id;

	(void)state;
	map(model, 1, 3, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x6, CR2_PATH_ANON_ALLOC);
	id = page(model, 0, 0).id;
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	assert_int_equal(page(model, 1, 0).mapcount, 2);
	access_is(model, CR2_OP_WRITE, 1, 0, 0x7, CR2_PATH_WP_COPY);
	assert_int_equal(page(model, 0, 0).mapcount, 1);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x7, CR2_PATH_WP_REUSE);
	assert_int_equal(page(model, 0, 0).id, id);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	finish(model);
}

static void mprotect_splits_and_merges(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 4, 3, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 1, 0x6, CR2_PATH_ANON_ALLOC);
	execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE + CR2_PAGE_SIZE,
				       .length = CR2_PAGE_SIZE, .prot = 0});
	access_is(model, CR2_OP_READ, 0, 1, 0x4, CR2_PATH_SEGV_ACCERR);
	execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE,
				       .length = 4 * CR2_PAGE_SIZE, .prot = 3});
	access_is(model, CR2_OP_WRITE, 0, 1, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_EXEC, 0, 1, 0x15, CR2_PATH_SEGV_ACCERR);
	finish(model);
}

static void copies_are_independent(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18), *copy;

	(void)state;
	map(model, 2, 3, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x6, CR2_PATH_ANON_ALLOC);
	assert_int_equal(cr2_model_copy(model, &copy), 0);
	access_is(copy, CR2_OP_WRITE, 0, 1, 0x6, CR2_PATH_ANON_ALLOC);
	assert_int_equal(page(model, 0, 1).kind, CR2_PAGE_NONE);
	access_is(model, CR2_OP_READ, 0, 1, 0x4, CR2_PATH_ANON_ZERO);
	assert_int_equal(page(copy, 0, 1).kind, CR2_PAGE_ANON);
	finish(copy);
	finish(model);
}

/* Mapped for the kernel alone: P in the error code; nothing there: none. */
static void kernel_addresses(void **state)
{
	static const struct {
		uint64_t address;
		uint8_t levels;
		bool mapped;
	} places[] = {
		{0xffff888000000000, 4, true},  {0xff11000000000000, 5, true},
		{0xffffc90000000000, 4, true},  {0xffa0000000000000, 5, true},
		{0xffffea0000000000, 4, true},  {0xffd4000000000000, 5, true},
		{0xfffffe0000000000, 4, true},  {0xfffffe0000000000, 5, true},
		{0xffffffff81000000, 4, true},  {0xffffffff81000000, 5, true},
		{0xffff800000000000, 4, false}, {0xff00000000000000, 5, false},
		{0xffffc90000001000, 4, false}, {0xffa0000000001000, 5, false},
		{0xffffffff80000000, 4, false}, {0xffffffff80fff000, 4, false},
		{0xffffffff83000000, 4, false}, {0xfffffffffffff000, 5, false},
	};
	static const struct {
		enum cr2_op_kind kind;
		uint64_t error;
	} accesses[] = {{CR2_OP_READ, 0x4}, {CR2_OP_WRITE, 0x6}, {CR2_OP_EXEC, 0x14}};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(places) * CR2_ARRAY_SIZE(accesses); i++) {
		size_t place = i / CR2_ARRAY_SIZE(accesses), access = i % CR2_ARRAY_SIZE(accesses);
		struct cr2_model_config config;
		struct cr2_outcome outcome;
		struct cr2_model *model;

		cr2_model_config_init(&config, CR2_PROFILE_6_18);
		config.levels = places[place].levels;
		assert_int_equal(cr2_model_create(&config, &model), 0);
		execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
		outcome = execute(model, (struct cr2_op){.kind = accesses[access].kind, .process = 1,
							 .address = places[place].address});
		assert_int_equal(outcome.result, CR2_RESULT_SEGV_MAPERR);
		assert_int_equal(outcome.n_faults, 1);
		assert_int_equal(outcome.faults[0].error_code,
				 accesses[access].error | places[place].mapped);
		finish(model);
	}
}

struct flags_seen {
	unsigned n;
	uint32_t flags[2];
};

static void see_flags(void *data, const struct cr2_stage *stage)
{
	struct flags_seen *seen = data;

	if (stage->kind == CR2_STAGE_PERMISSION && seen->n < CR2_ARRAY_SIZE(seen->flags))
		seen->flags[seen->n++] = stage->permission.fault_flags;
}

/* The per-VMA lock finds no mapping below a stack; the mmap lock lets the stack grow. */
static void stacks_grow_under_the_mmap_lock(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct flags_seen seen = {0};

	(void)state;
	map(model, 2, 3, CR2_MAP_PRIVATE | CR2_MAP_GROWSDOWN);
	cr2_model_observe(model, see_flags, &seen);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x6, CR2_PATH_ANON_ALLOC);
	execute(model, (struct cr2_op){.kind = CR2_OP_WRITE, .address = BASE - 1});
	assert_int_equal(seen.n, 2);
	assert_true(seen.flags[0] & CR2_FAULT_FLAG(VMA_LOCK));
	assert_false(seen.flags[1] & CR2_FAULT_FLAG(VMA_LOCK));
	finish(model);
}

/* With and without the TLB, in this process and another: the byte, or that there is none. */
static void a_byte_is_read_as_by_the_operation(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct cr2_op unmap = {.kind = CR2_OP_UNMAP, .address = BASE, .length = CR2_PAGE_SIZE};

	(void)state;
	map(model, 2, CR2_PROT_READ | CR2_PROT_WRITE, CR2_MAP_PRIVATE);
	assert_int_equal(cr2_model_read(model, 0, BASE), 0);
	assert_int_equal(page(model, 0, 0).kind, CR2_PAGE_ZERO);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x7, CR2_PATH_WP_COPY);
	assert_int_equal(cr2_model_read(model, 0, BASE), 7);
	assert_int_equal(cr2_model_read(model, 0, BASE + 1), 0);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	assert_int_equal(cr2_model_read(model, 1, BASE), 7);
	access_is(model, CR2_OP_WRITE, 1, 0, 0x7, CR2_PATH_WP_COPY);
	execute(model, unmap);
	assert_int_equal(cr2_model_read(model, 0, BASE), -EFAULT);
	assert_int_equal(cr2_model_read(model, 1, BASE), 7);
	assert_int_equal(cr2_model_read(model, 2, BASE), -EINVAL);
	finish(model);
}

static void advise(struct cr2_model *model, uint32_t process, unsigned first, unsigned pages,
		   enum cr2_advice advice)
{
	struct cr2_outcome outcome = execute(model, (struct cr2_op){
		.kind = CR2_OP_ADVISE, .process = process, .advice = advice,
		.address = BASE + first * CR2_PAGE_SIZE, .length = pages * CR2_PAGE_SIZE});

	assert_int_equal(outcome.result, CR2_RESULT_OK);
}

static struct cr2_model *create_collapsed_with(enum cr2_profile profile, bool swap)
{
	struct cr2_model_config config;
	struct cr2_model *model;

	cr2_model_config_init(&config, profile);
	config.thp = CR2_THP_MADVISE;
	config.swap = swap;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	map(model, 512, 3, CR2_MAP_SHARED);
	access_is(model, CR2_OP_WRITE, 0, 3, 0x6, CR2_PATH_FILE_SHARED);
	advise(model, 0, 0, 512, CR2_ADVICE_COLLAPSE);
	assert_int_equal(page(model, 0, 511).kind, CR2_PAGE_HUGE);
	return model;
}

static struct cr2_model *create_collapsed(enum cr2_profile profile)
{
	return create_collapsed_with(profile, false);
}

static void shared_memory_collapses(void **state)
{
	struct cr2_model *model = create_collapsed(CR2_PROFILE_6_18);

	(void)state;
	access_is(model, CR2_OP_WRITE, 0, 300, 0, CR2_PATH_UNKNOWN);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	assert_int_equal(page(model, 1, 0).kind, CR2_PAGE_NONE);
	access_is(model, CR2_OP_READ, 1, 3, 0x4, CR2_PATH_FILE_READ);
	assert_int_equal(page(model, 1, 511).mapcount, 2);
	execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .process = 1, .address = BASE,
				       .length = CR2_PAGE_SIZE});
	assert_int_equal(page(model, 1, 3).kind, CR2_PAGE_NONE);
	assert_int_equal(page(model, 0, 3).mapcount, 1);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	finish(model);
}

static void shared_huge_page_splits(void **state)
{
	struct cr2_model *model = create_collapsed(CR2_PROFILE_6_18);

	(void)state;
	advise(model, 0, 5, 1, CR2_ADVICE_COLD);
	assert_int_equal(page(model, 0, 3).kind, CR2_PAGE_NONE);
	access_is(model, CR2_OP_READ, 0, 3, 0x4, CR2_PATH_FILE_READ);
	assert_int_equal(page(model, 0, 3).kind, CR2_PAGE_ANON);
	assert_int_equal(page(model, 0, 16).kind, CR2_PAGE_NONE);
	advise(model, 0, 3, 1, CR2_ADVICE_REMOVE);
	advise(model, 0, 0, 512, CR2_ADVICE_COLLAPSE);
	advise(model, 0, 0, 512, CR2_ADVICE_REMOVE);
	assert_int_equal(page(model, 0, 0).kind, CR2_PAGE_NONE);
	finish(model);
}

static void hole_leaves_halves_or_single_pages(void **state)
{
	static const enum cr2_profile profiles[] = {CR2_PROFILE_6_12, CR2_PROFILE_6_18};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(profiles); i++) {
		struct cr2_model *model = create_collapsed(profiles[i]);
		enum cr2_page_kind around = i ? CR2_PAGE_ANON : CR2_PAGE_NONE;

		advise(model, 0, 0, 1, CR2_ADVICE_REMOVE);
		assert_int_equal(page(model, 0, 300).kind, CR2_PAGE_NONE);
		access_is(model, CR2_OP_READ, 0, 1, 0x4, CR2_PATH_FILE_READ);
		access_is(model, CR2_OP_READ, 0, 300, 0x4, CR2_PATH_FILE_READ);
		assert_int_equal(page(model, 0, 304).kind, around);
		assert_int_equal(page(model, 0, 256).kind, around);
		assert_int_equal(page(model, 0, 255).kind, CR2_PAGE_NONE);
		finish(model);
	}
}

static void part_of_shared_huge_page_is_not_removed_with_swap(void **state)
{
	struct cr2_model *model = create_collapsed_with(CR2_PROFILE_6_18, true);
	struct cr2_op op = {.kind = CR2_OP_ADVISE, .advice = CR2_ADVICE_REMOVE,
			    .address = BASE + CR2_PAGE_SIZE, .length = CR2_PAGE_SIZE};
	struct cr2_outcome outcome;

	(void)state;
	assert_int_equal(cr2_model_execute(model, &op, &outcome), -EOPNOTSUPP);
	assert_string_equal(cr2_model_refusal(model),
			    "cutting a 2 MiB page of tmpfs or shared memory where there is swap");
	assert_int_equal(page(model, 0, 1).kind, CR2_PAGE_HUGE);
	finish(model);
}

/* Only by who wants huge pages at all, and not by what is modelled without. */
static void shared_huge_pages_are_refused(void **state)
{
	struct cr2_op op = {.kind = CR2_OP_MAP, .address = BASE, .length = CR2_HUGE_SIZE, .prot = CR2_PROT_READ,
			    .flags = CR2_MAP_SHARED | CR2_MAP_ANONYMOUS, .object = CR2_NO_OBJECT};
	struct cr2_model_config config;
	struct cr2_outcome outcome;
	struct cr2_model *model;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_COURSE);
	config.shmem_thp = CR2_SHMEM_THP_ALWAYS;
	assert_int_equal(cr2_model_create(&config, &model), -EINVAL);
	config.thp = CR2_THP_MADVISE;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	assert_int_equal(cr2_model_execute(model, &op, &outcome), -EOPNOTSUPP);
	finish(model);
	config.profile = CR2_PROFILE_6_12;
	config.swap = true;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	assert_int_equal(cr2_model_execute(model, &op, &outcome), -EOPNOTSUPP);
	finish(model);
}

static enum cr2_result remap(struct cr2_model *model, unsigned k, unsigned pages, int to,
			     unsigned new_pages, uint32_t flags)
{
	return execute(model, (struct cr2_op){
		.kind = CR2_OP_REMAP, .address = BASE + k * CR2_PAGE_SIZE,
		.length = pages * CR2_PAGE_SIZE, .new_length = new_pages * CR2_PAGE_SIZE,
		.new_address = BASE + (uint64_t)(int64_t)to * CR2_PAGE_SIZE, .flags = flags}).result;
}

#define FIXED (CR2_MREMAP_FIXED | CR2_MREMAP_MAYMOVE)

static void remap_refuses_overlap(void **state)
{
	static const int places[] = {2, -2, 0, 3, -3};

	(void)state;
	for (unsigned profile = 0; profile < CR2_PROFILE_COUNT; profile++) {
		struct cr2_model *model = create(profile);
		bool first = profile == CR2_PROFILE_6_18 || profile == CR2_PROFILE_COURSE;

		map(model, 4, 3, CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
		for (size_t i = 0; i < CR2_ARRAY_SIZE(places); i++)
			assert_int_equal(remap(model, 0, 4, places[i], 4, FIXED), CR2_RESULT_EINVAL);
		assert_int_equal(remap(model, 0, 4, -6, 8, FIXED), CR2_RESULT_EINVAL);
		assert_int_equal(remap(model, 0, 4, 2, 1, FIXED), CR2_RESULT_EINVAL);
		assert_int_equal(remap(model, 0, 4, 8, 4, CR2_MREMAP_FIXED), CR2_RESULT_EINVAL);
		assert_int_equal(remap(model, 20, 4, 22, 4, FIXED),
				 first ? CR2_RESULT_EINVAL : CR2_RESULT_EFAULT);
		assert_int_equal(page(model, 0, 3).kind, CR2_PAGE_ANON);
		assert_int_equal(remap(model, 0, 4, 4, 4, FIXED), CR2_RESULT_OK);
		assert_int_equal(page(model, 0, 3).kind, CR2_PAGE_NOMAP);
		assert_int_equal(page(model, 0, 7).kind, CR2_PAGE_ANON);
		finish(model);
	}
}

static void remap_stays_in_user_space(void **state)
{
	const uint64_t end = 0x7ffffffff000;
	struct cr2_op op = {.kind = CR2_OP_REMAP, .address = BASE, .length = 2 * CR2_PAGE_SIZE,
			    .new_length = 2 * CR2_PAGE_SIZE, .flags = FIXED};
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 2, 3, CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
	op.new_address = end - CR2_PAGE_SIZE;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
	op.new_address = end;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
	op.address = BASE + 16 * CR2_PAGE_SIZE;
	assert_int_equal(execute(model, op).result, CR2_RESULT_EINVAL);
	op.address = BASE;
	op.new_address = end - 2 * CR2_PAGE_SIZE;
	assert_int_equal(execute(model, op).result, CR2_RESULT_OK);
	/* The tables of the last 512 GiB go with the process, too. */
	finish(model);
}

/* A hole's new place keeps what it has. */
static void remap_moves_several_mappings(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 16, 3, CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
	execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .address = BASE + CR2_PAGE_SIZE,
				       .length = CR2_PAGE_SIZE});
	assert_int_equal(remap(model, 0, 4, 8, 4, FIXED), CR2_RESULT_OK);
	for (unsigned k = 0; k < 4; k++)
		assert_int_equal(page(model, 0, k).kind, CR2_PAGE_NOMAP);
	assert_int_equal(page(model, 0, 9).kind, CR2_PAGE_ANON);
	assert_int_equal(remap(model, 1, 4, 20, 4, FIXED), CR2_RESULT_EFAULT);
	finish(model);
	model = create(CR2_PROFILE_6_12);
	map(model, 16, 3, CR2_MAP_PRIVATE | CR2_MAP_POPULATE);
	execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .address = BASE + CR2_PAGE_SIZE,
				       .length = CR2_PAGE_SIZE});
	assert_int_equal(remap(model, 0, 4, 8, 4, FIXED), CR2_RESULT_EFAULT);
	/* What was in the way is gone all the same. */
	assert_int_equal(page(model, 0, 9).kind, CR2_PAGE_NOMAP);
	finish(model);
}

static struct cr2_outcome access_page(struct cr2_model *model, enum cr2_op_kind kind,
				      uint32_t process, unsigned k)
{
	return execute(model, (struct cr2_op){
		.kind = kind, .process = process, .address = BASE + k * CR2_PAGE_SIZE, .value = 7});
}

static void map_file(struct cr2_model *model, uint64_t pages)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_FILE, .object = 1,
				       .length = pages * CR2_PAGE_SIZE});
	execute(model, (struct cr2_op){
		.kind = CR2_OP_MAP, .address = BASE, .length = pages * CR2_PAGE_SIZE, .prot = 3,
		.flags = CR2_MAP_SHARED, .object = 1});
}

/* Read, and made writable on the process's behalf: pages 0 to 7. */
static struct cr2_model *create_stale(enum cr2_profile profile)
{
	struct cr2_model *model = create(profile);

	map_file(model, 8);
	access_is(model, CR2_OP_READ, 0, 0, 0x4, CR2_PATH_FILE_READ);
	for (unsigned k = 1; k < 8; k++)
		access_page(model, CR2_OP_READ, 0, k);
	advise(model, 0, 0, 8, CR2_ADVICE_POPULATE_WRITE);
	return model;
}

static void populate_leaves_the_tlb(void **state)
{
	(void)state;
	for (unsigned profile = 0; profile < CR2_PROFILE_COURSE; profile++) {
		struct cr2_model *model = create_stale(profile);
		struct cr2_outcome outcome = access_page(model, CR2_OP_WRITE, 0, 0);

		assert_true(outcome.either);
		assert_int_equal(outcome.n_faults, 1);
		assert_int_equal(outcome.faults[0].error_code, 0x7);
		assert_int_equal(outcome.faults[0].path, CR2_PATH_SPURIOUS);
		outcome = access_page(model, CR2_OP_WRITE, 0, 0);
		assert_false(outcome.either);
		assert_int_equal(outcome.n_faults, 0);
		/* A read is allowed by either entry, and leaves both possible. */
		assert_false(access_page(model, CR2_OP_READ, 0, 1).either);
		outcome = access_page(model, CR2_OP_KWRITE, 0, 1);
		assert_true(outcome.either);
		assert_int_equal(outcome.faults[0].error_code, 0x3);
		finish(model);
	}
}

static void a_flush_ends_it(void **state)
{
	struct cr2_model *model = create_stale(CR2_PROFILE_6_18);
	struct cr2_outcome outcome;

	(void)state;
	for (unsigned prot = 1; prot <= 3; prot += 2)
		execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE,
					       .length = CR2_PAGE_SIZE, .prot = (uint8_t)prot});
	outcome = access_page(model, CR2_OP_WRITE, 0, 0);
	assert_false(outcome.either);
	assert_int_equal(outcome.n_faults, 0);
	/* Another range's does not. */
	assert_true(access_page(model, CR2_OP_WRITE, 0, 1).either);
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	outcome = access_page(model, CR2_OP_WRITE, 0, 2);
	assert_false(outcome.either);
	assert_int_equal(outcome.n_faults, 0);
	finish(model);
}

/* The model's CPU forgets where another process runs, one with PCIDs may not. */
static void another_process_between(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct cr2_outcome outcome;

	(void)state;
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	map_file(model, 8);
	access_page(model, CR2_OP_READ, 0, 0);
	advise(model, 0, 0, 8, CR2_ADVICE_POPULATE_WRITE);
	access_page(model, CR2_OP_READ, 1, 0);
	access_page(model, CR2_OP_READ, 0, 0);
	outcome = access_page(model, CR2_OP_WRITE, 0, 0);
	assert_true(outcome.either);
	assert_int_equal(outcome.n_faults, 0);
	assert_false(access_page(model, CR2_OP_WRITE, 0, 0).either);
	finish(model);
}

/* Of a page that is copied, or was not there, nothing old can be held. */
static void what_is_new_is_not_stale(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 4, 3, CR2_MAP_PRIVATE);
	access_is(model, CR2_OP_READ, 0, 0, 0x4, CR2_PATH_ANON_ZERO);
	advise(model, 0, 0, 4, CR2_ADVICE_POPULATE_WRITE);
	for (unsigned k = 0; k < 4; k++) {
		struct cr2_outcome outcome = access_page(model, CR2_OP_WRITE, 0, k);

		assert_false(outcome.either);
		assert_int_equal(outcome.n_faults, 0);
	}
	finish(model);
	/* The course's kernel flushes whatever it changes. */
	model = create_stale(CR2_PROFILE_COURSE);
	assert_false(access_page(model, CR2_OP_WRITE, 0, 0).either);
	finish(model);
}

static int place(struct cr2_model *model, unsigned k, struct cr2_placed page)
{
	return cr2_model_place(model, 0, BASE + k * CR2_PAGE_SIZE, &page);
}

/* Pages that were there before: what a write comes to depends on who has them. */
static void placed_pages(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);

	(void)state;
	map(model, 6, 3, CR2_MAP_PRIVATE);
	assert_int_equal(place(model, 0, (struct cr2_placed){.anonymous = true, .writable = true, .exclusive = true}), 0);
	assert_int_equal(place(model, 1, (struct cr2_placed){.anonymous = true}), 0);
	assert_int_equal(place(model, 2, (struct cr2_placed){.anonymous = true, .shared = true}), 0);
	assert_int_equal(place(model, 3, (struct cr2_placed){0}), 0);
	assert_int_equal(place(model, 3, (struct cr2_placed){.anonymous = true}), -EINVAL);
	assert_int_equal(place(model, 6, (struct cr2_placed){0}), -EINVAL);
	assert_int_equal(place(model, 4, (struct cr2_placed){.anonymous = true, .huge = true}), -EINVAL);
	assert_int_equal(page(model, 0, 2).mapcount, 2);
	access_is(model, CR2_OP_WRITE, 0, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_WRITE, 0, 1, 0x7, CR2_PATH_WP_REUSE);
	access_is(model, CR2_OP_WRITE, 0, 2, 0x7, CR2_PATH_WP_COPY);
	access_is(model, CR2_OP_READ, 0, 3, 0, CR2_PATH_UNKNOWN);
	assert_int_equal(page(model, 0, 3).kind, CR2_PAGE_ZERO);
	access_is(model, CR2_OP_WRITE, 0, 4, 0x6, CR2_PATH_ANON_ALLOC);
	/* Somebody still has what was shared. */
	assert_int_equal(cr2_model_leaks(model), 1);
	cr2_model_destroy(model);
}

static int place_in(struct cr2_model *model, uint32_t process, unsigned k, struct cr2_placed page)
{
	return cr2_model_place(model, process, BASE + k * CR2_PAGE_SIZE, &page);
}

/* Two processes that have memory of so many bytes at the same place. */
static void make_relatives(struct cr2_model *model, uint64_t length)
{
	execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
	for (uint32_t process = 0; process <= 1; process++)
		execute(model, (struct cr2_op){.kind = CR2_OP_MAP, .process = process, .address = BASE, .prot = 3,
					       .length = length, .flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS,
					       .object = CR2_NO_OBJECT});
}

/* The second process has the first one's pages, which somebody else had, too: for the first page that was the second. */
static void placed_pages_of_relatives(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct cr2_page_state first, second;

	(void)state;
	make_relatives(model, 4 * CR2_PAGE_SIZE);
	for (unsigned k = 0; k <= 1; k++)
		assert_int_equal(place(model, k, (struct cr2_placed){.anonymous = true, .shared = true}), 0);
	first = page(model, 0, 0);
	second = page(model, 0, 1);
	assert_int_equal(place_in(model, 1, 1, (struct cr2_placed){.anonymous = true, .same = &first}), -EINVAL);
	assert_int_equal(place_in(model, 1, 0, (struct cr2_placed){.anonymous = true, .same = &first, .all_known = true}), 0);
	assert_int_equal(place_in(model, 1, 1, (struct cr2_placed){.anonymous = true, .same = &second}), 0);
	assert_int_equal(page(model, 1, 0).id, first.id);
	assert_int_equal(page(model, 1, 0).mapcount, 2);
	assert_int_equal(page(model, 1, 1).mapcount, 3);
	for (unsigned k = 0; k <= 1; k++) {
		access_is(model, CR2_OP_WRITE, 1, k, 0x7, CR2_PATH_WP_COPY);
		access_is(model, CR2_OP_WRITE, 0, k, 0x7, k ? CR2_PATH_WP_COPY : CR2_PATH_WP_REUSE);
	}
	assert_int_equal(cr2_model_leaks(model), 1);
	cr2_model_destroy(model);
}

/* In swap: of its own, which one write makes writable; and shared, by whom it was found of and somebody else. */
static void placed_pages_in_swap(void **state)
{
	const struct cr2_placed own = {.anonymous = true, .swapped = true, .exclusive = true};
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct cr2_page_state slot, gone;
	size_t at = 0;
	struct cr2_slot_view view;

	(void)state;
	make_relatives(model, 4 * CR2_PAGE_SIZE);
	assert_int_equal(place(model, 0, own), 0);
	assert_int_equal(place(model, 0, own), -EINVAL);
	assert_int_equal(page(model, 0, 0).kind, CR2_PAGE_SWAP);
	assert_false(cr2_model_swapped(model, 0, BASE + CR2_PAGE_SIZE, &slot));
	assert_true(cr2_model_swapped(model, 0, BASE, &gone));
	assert_int_equal(gone.mapcount, 1);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x6, CR2_PATH_SWAP_IN);
	assert_true(page(model, 0, 0).writable);
	/* Another page's by now. */
	assert_int_equal(place(model, 3, own), 0);
	assert_true(cr2_model_swapped(model, 0, BASE + 3 * CR2_PAGE_SIZE, &slot));
	assert_int_equal(slot.frame, gone.frame);
	assert_int_equal(cr2_model_page_count(model, &gone), 0);
	assert_int_equal(place_in(model, 1, 0, (struct cr2_placed){.anonymous = true, .swapped = true, .same = &gone}), -EINVAL);
	for (unsigned k = 1; k <= 2; k++) {
		assert_int_equal(place(model, k, (struct cr2_placed){.anonymous = true, .swapped = true, .shared = true}), 0);
		assert_true(cr2_model_swapped(model, 0, BASE + k * CR2_PAGE_SIZE, &slot));
		assert_int_equal(cr2_model_page_count(model, &slot), 2);
		assert_int_equal(place_in(model, 1, k, (struct cr2_placed){.anonymous = true, .swapped = true, .same = &slot,
									   .all_known = k == 1}), 0);
		assert_int_equal(cr2_model_page_count(model, &slot), k + 1);
		access_is(model, CR2_OP_READ, 0, k, 0x4, CR2_PATH_SWAP_IN);
		assert_int_equal(page(model, 0, k).id, slot.id);
		access_is(model, CR2_OP_WRITE, 0, k, 0x7, CR2_PATH_WP_COPY);
		access_is(model, CR2_OP_READ, 1, k, 0x4, CR2_PATH_SWAP_IN);
		access_is(model, CR2_OP_WRITE, 1, k, 0x7, k == 1 ? CR2_PATH_WP_REUSE : CR2_PATH_WP_COPY);
	}
	/* Whom nobody knows still has the second. */
	for (uint32_t process = 0; process <= 1; process++)
		execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .process = process, .address = BASE,
					       .length = 4 * CR2_PAGE_SIZE});
	assert_true(cr2_model_slot(model, &at, &view));
	assert_int_equal(view.slot, slot.frame);
	assert_int_equal(view.entries, 1);
	assert_false(cr2_model_slot(model, &at, &view));
	cr2_model_destroy(model);
}

static int place_large(struct cr2_model *model, uint32_t process, unsigned k, struct cr2_placed how)
{
	how.huge = true;
	return cr2_model_place(model, process, BASE + k * CR2_HUGE_SIZE, &how);
}

/* Of the pool: private ones, of which a relative has the second and somebody else the third; and of a file that both map. */
static void placed_pages_of_the_pool(void **state)
{
	struct cr2_model_config config;
	struct cr2_page_state second;
	struct cr2_model *model;

	(void)state;
	for (int shared = 0; shared <= 1; shared++) {
		cr2_model_config_init(&config, CR2_PROFILE_6_18);
		config.hugetlb = 16;
		assert_int_equal(cr2_model_create(&config, &model), 0);
		execute(model, (struct cr2_op){.kind = CR2_OP_SHMEM, .length = 4 * CR2_HUGE_SIZE, .flags = CR2_FILE_HUGETLB});
		execute(model, (struct cr2_op){.kind = CR2_OP_FORK, .child = 1});
		for (uint32_t process = 0; process <= 1; process++)
			execute(model, (struct cr2_op){
				.kind = CR2_OP_MAP, .process = process, .address = BASE, .prot = 3, .length = 4 * CR2_HUGE_SIZE,
				.flags = CR2_MAP_HUGETLB | (shared ? CR2_MAP_SHARED : CR2_MAP_PRIVATE)});
		assert_int_equal(place(model, 0, (struct cr2_placed){.anonymous = true}), -EINVAL);
		assert_int_equal(place_large(model, 0, 0, (struct cr2_placed){.anonymous = !shared, .writable = true}), 0);
		assert_int_equal(place_large(model, 0, 0, (struct cr2_placed){.anonymous = !shared}), -EINVAL);
		assert_int_equal(place_large(model, 0, 3, (struct cr2_placed){.anonymous = shared}), shared ? -EINVAL : 0);
		assert_int_equal(page(model, 0, 0).kind, shared ? CR2_PAGE_FILE : CR2_PAGE_HUGE);
		access_is(model, CR2_OP_WRITE, 0, 0, 0, CR2_PATH_UNKNOWN);
		if (shared) {
			assert_int_equal(place_large(model, 1, 0, (struct cr2_placed){0}), 0);
			access_is(model, CR2_OP_READ, 1, 0, 0, CR2_PATH_UNKNOWN);
			access_is(model, CR2_OP_WRITE, 1, 0, 0x7, CR2_PATH_HUGETLB);
			assert_int_equal(page(model, 1, 0).mapcount, 2);
		} else {
			assert_int_equal(place_large(model, 0, 1, (struct cr2_placed){.anonymous = true, .shared = true}), 0);
			second = page(model, 0, 512);
			assert_int_equal(second.mapcount, 2);
			assert_int_equal(place_large(model, 1, 1, (struct cr2_placed){.anonymous = true, .same = &second,
										     .all_known = true}), 0);
			assert_int_equal(page(model, 1, 512).id, second.id);
			access_is(model, CR2_OP_WRITE, 0, 512, 0x7, CR2_PATH_HUGETLB);
			assert_int_equal(page(model, 1, 512).mapcount, 1);
			assert_int_not_equal(page(model, 0, 512).id, second.id);
		}
		for (uint32_t process = 0; process <= 1; process++)
			execute(model, (struct cr2_op){.kind = CR2_OP_UNMAP, .process = process, .address = BASE,
						       .length = 4 * CR2_HUGE_SIZE});
		/* The file keeps its page. */
		if (!shared)
			assert_int_equal(cr2_model_leaks(model), 1);
		cr2_model_destroy(model);
	}
}

static void placed_pages_of_files(void **state)
{
	struct cr2_model *model = create(CR2_PROFILE_6_18);
	struct cr2_op op = {.kind = CR2_OP_FILE, .length = 4 * CR2_PAGE_SIZE, .cold = true};

	(void)state;
	execute(model, op);
	op = (struct cr2_op){.kind = CR2_OP_MAP, .address = BASE, .length = 4 * CR2_PAGE_SIZE, .prot = 3, .flags = CR2_MAP_PRIVATE};
	execute(model, op);
	assert_int_equal(place(model, 0, (struct cr2_placed){0}), 0);
	/* An entry of a private mapping never writes to the file. */
	assert_int_equal(place(model, 1, (struct cr2_placed){.writable = true}), 0);
	assert_int_equal(page(model, 0, 1).kind, CR2_PAGE_FILE);
	assert_false(page(model, 0, 1).writable);
	access_is(model, CR2_OP_READ, 0, 0, 0, CR2_PATH_UNKNOWN);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x7, CR2_PATH_WP_COPY);
	op.flags = CR2_MAP_SHARED | CR2_MAP_FIXED;
	execute(model, op);
	assert_int_equal(place(model, 0, (struct cr2_placed){0}), 0);
	assert_int_equal(place(model, 1, (struct cr2_placed){.writable = true}), 0);
	access_is(model, CR2_OP_WRITE, 0, 0, 0x7, CR2_PATH_WP_SHARED);
	access_is(model, CR2_OP_WRITE, 0, 1, 0, CR2_PATH_UNKNOWN);
	finish(model);
}

static void placed_huge_pages(void **state)
{
	for (unsigned shared = 0; shared <= 1; shared++) {
		struct cr2_model_config config;
		struct cr2_model *model;

		(void)state;
		cr2_model_config_init(&config, CR2_PROFILE_6_18);
		config.thp = CR2_THP_ALWAYS;
		assert_int_equal(cr2_model_create(&config, &model), 0);
		map(model, 1024, 3, CR2_MAP_PRIVATE);
		assert_int_equal(place(model, 0, (struct cr2_placed){.anonymous = true, .huge = true, .shared = shared}), 0);
		assert_int_equal(place(model, 3, (struct cr2_placed){.anonymous = true}), -EINVAL);
		assert_int_equal(page(model, 0, 5).kind, CR2_PAGE_HUGE);
		access_is(model, CR2_OP_WRITE, 0, 3, 0x7, shared ? CR2_PATH_WP_HUGE_SPLIT : CR2_PATH_WP_HUGE_REUSE);
		cr2_model_destroy(model);
	}
}

static void placed_huge_pages_of_relatives(void **state)
{
	struct cr2_model_config config;
	struct cr2_page_state head;
	struct cr2_model *model;

	(void)state;
	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	config.thp = CR2_THP_ALWAYS;
	assert_int_equal(cr2_model_create(&config, &model), 0);
	make_relatives(model, 4 * CR2_HUGE_SIZE);
	assert_int_equal(place(model, 0, (struct cr2_placed){.anonymous = true, .huge = true, .shared = true}), 0);
	head = page(model, 0, 0);
	assert_int_equal(cr2_model_page_count(model, &head), 2);
	assert_int_equal(place_in(model, 1, 512, (struct cr2_placed){.anonymous = true, .huge = true, .same = &head}), -EINVAL);
	assert_int_equal(place_in(model, 1, 0, (struct cr2_placed){.anonymous = true, .huge = true, .same = &head,
								   .all_known = true}), 0);
	assert_int_equal(page(model, 1, 3).id, page(model, 0, 3).id);
	assert_int_equal(cr2_model_page_count(model, &head), 2);
	access_is(model, CR2_OP_WRITE, 1, 3, 0x7, CR2_PATH_WP_HUGE_SPLIT);
	execute(model, (struct cr2_op){.kind = CR2_OP_EXIT, .process = 1});
	/* Nobody else has it now: nor parts of it, mapped by themselves. */
	execute(model, (struct cr2_op){.kind = CR2_OP_PROTECT, .address = BASE, .length = CR2_PAGE_SIZE, .prot = 1});
	access_is(model, CR2_OP_WRITE, 0, 3, 0x7, CR2_PATH_WP_REUSE);
	finish(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placed_pages),
		cmocka_unit_test(placed_pages_of_relatives),
		cmocka_unit_test(placed_huge_pages_of_relatives),
		cmocka_unit_test(placed_pages_in_swap),
		cmocka_unit_test(placed_pages_of_the_pool),
		cmocka_unit_test(placed_pages_of_files),
		cmocka_unit_test(placed_huge_pages),
		cmocka_unit_test(first_touch),
		cmocka_unit_test(copy_on_write_after_fork),
		cmocka_unit_test(mprotect_splits_and_merges),
		cmocka_unit_test(copies_are_independent),
		cmocka_unit_test(kernel_addresses),
		cmocka_unit_test(stacks_grow_under_the_mmap_lock),
		cmocka_unit_test(shared_memory_collapses),
		cmocka_unit_test(shared_huge_page_splits),
		cmocka_unit_test(hole_leaves_halves_or_single_pages),
		cmocka_unit_test(part_of_shared_huge_page_is_not_removed_with_swap),
		cmocka_unit_test(shared_huge_pages_are_refused),
		cmocka_unit_test(a_byte_is_read_as_by_the_operation),
		cmocka_unit_test(remap_refuses_overlap),
		cmocka_unit_test(populate_leaves_the_tlb),
		cmocka_unit_test(a_flush_ends_it),
		cmocka_unit_test(another_process_between),
		cmocka_unit_test(what_is_new_is_not_stale),
		cmocka_unit_test(remap_stays_in_user_space),
		cmocka_unit_test(remap_moves_several_mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
