/* SPDX-License-Identifier: MIT */
/* The model's side of each case: operations given to a model that lives as long as the run. */
#include <errno.h>

#include <cr2/model.h>

#include "side.h"

#define FILE_OBJECT 1
#define HIGHEST_AROUND 16

static int create(uint32_t fault_around, struct cr2_model **ret_model)
{
	struct cr2_model_config config;

	cr2_model_config_init(&config, CR2_PROFILE_6_18);
	config.fault_around = fault_around;
	return cr2_model_create(&config, ret_model);
}

/* The model that the cases share. */
static int shared(struct bench_sides *sides, struct cr2_model **ret_model)
{
	int r = 0;

	if (!sides->model) {
		r = create(HIGHEST_AROUND, &sides->model);
		sides->n_processes = 1;
	}
	*ret_model = sides->model;
	return r;
}

int bench_call(struct cr2_model *m, const struct cr2_op *op)
{
	struct cr2_outcome outcome;
	int r = cr2_model_execute(m, op, &outcome);

	if (r == 0 && outcome.result != CR2_RESULT_OK)
		r = -EPROTO;
	return r;
}

int bench_call_map(struct cr2_model *m, uint64_t address, uint64_t bytes, uint32_t flags)
{
	return bench_call(m, &(struct cr2_op){
		.kind = CR2_OP_MAP,
		.address = address,
		.length = bytes,
		.prot = CR2_PROT_READ | CR2_PROT_WRITE,
		.flags = CR2_MAP_ANONYMOUS | flags,
	});
}

static int map(struct cr2_model *m, uint64_t address, uint64_t bytes, uint32_t flags)
{
	return bench_call_map(m, address, bytes, CR2_MAP_PRIVATE | CR2_MAP_NORESERVE | flags);
}

static int unmap(struct cr2_model *m, uint64_t bytes)
{
	return bench_call(m, &(struct cr2_op){
		.kind = CR2_OP_UNMAP, .address = BENCH_BASE, .length = bytes});
}

/* What a round touches: n pages, distance bytes apart, in order where that is given. */
struct touch {
	enum cr2_op_kind kind;
	uint8_t value;
	uint64_t n, distance;
	const uint32_t *order;
	enum cr2_path path; /* that each access takes; UNKNOWN: no fault */
};

static int check(const struct cr2_outcome *outcome, enum cr2_path path)
{
	bool fault = path != CR2_PATH_UNKNOWN;

	if (outcome->result != CR2_RESULT_OK || outcome->n_faults != fault)
		return -EPROTO;
	return fault && outcome->faults[0].path != path ? -EPROTO : 0;
}

static int touch(struct cr2_model *m, const struct touch *t, double *ret_ns)
{
	struct cr2_op op = {.kind = t->kind, .value = t->value};
	struct cr2_outcome outcome;
	double start = bench_now();
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < t->n; i++) {
		op.address = BENCH_BASE + (t->order ? t->order[i] : i) * t->distance;
		r = cr2_model_execute(m, &op, &outcome);
		if (r == 0)
			r = check(&outcome, t->path);
	}
	*ret_ns = (bench_now() - start) / (double)t->n;
	return r;
}

/* The same, untimed. */
static int prepare(struct cr2_model *m, enum cr2_op_kind kind, uint64_t pages)
{
	enum cr2_path path = kind == CR2_OP_READ ? CR2_PATH_ANON_ZERO : CR2_PATH_ANON_ALLOC;
	struct touch t = {.kind = kind, .value = 1, .n = pages, .distance = CR2_PAGE_SIZE, .path = path};
	double unused;

	return touch(m, &t, &unused);
}

static int fork_model(struct bench_sides *sides, uint32_t *ret_child)
{
	int r = bench_call(sides->model, &(struct cr2_op){
		.kind = CR2_OP_FORK, .child = sides->n_processes});

	if (r == 0)
		*ret_child = sides->n_processes++;
	return r;
}

static int end_process(struct cr2_model *m, uint32_t process)
{
	return bench_call(m, &(struct cr2_op){.kind = CR2_OP_EXIT, .process = process});
}

static int first_touch(struct bench_sides *sides, const struct touch *t, double *ret_ns)
{
	uint64_t bytes = t->n * t->distance;
	struct cr2_model *m;
	int r = shared(sides, &m);

	if (r == 0)
		r = map(m, BENCH_BASE, bytes, 0);
	if (r == 0)
		r = touch(m, t, ret_ns);
	return r < 0 ? r : unmap(m, bytes);
}

int model_anon_alloc(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return first_touch(sides, &(struct touch){
		.kind = CR2_OP_WRITE, .value = 1, .n = sides->plan->pages,
		.distance = CR2_PAGE_SIZE, .path = CR2_PATH_ANON_ALLOC}, ret_ns);
}

int model_anon_zero(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return first_touch(sides, &(struct touch){
		.kind = CR2_OP_READ, .n = sides->plan->pages, .distance = CR2_PAGE_SIZE,
		.path = CR2_PATH_ANON_ZERO}, ret_ns);
}

int model_space(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	return first_touch(sides, &(struct touch){
		.kind = CR2_OP_WRITE, .value = 1, .n = sides->plan->growth_pages,
		.distance = (item->size << 30) / sides->plan->growth_pages & CR2_PAGE_MASK,
		.order = sides->order, .path = CR2_PATH_ANON_ALLOC}, ret_ns);
}

/* Writes to pages that a child has shared; it still holds them, or it has ended. */
static int write_after_fork(struct bench_sides *sides, bool child_lives, double *ret_ns)
{
	uint64_t pages = sides->plan->pages;
	struct touch t = {
		.kind = CR2_OP_WRITE,
		.value = 2,
		.n = pages,
		.distance = CR2_PAGE_SIZE,
		.path = child_lives ? CR2_PATH_WP_COPY : CR2_PATH_WP_REUSE,
	};
	struct cr2_model *m;
	uint32_t child = 0;
	int r = shared(sides, &m);

	if (r == 0)
		r = map(m, BENCH_BASE, pages * CR2_PAGE_SIZE, 0);
	if (r == 0)
		r = prepare(m, CR2_OP_WRITE, pages);
	if (r == 0)
		r = fork_model(sides, &child);
	if (r == 0 && !child_lives)
		r = end_process(m, child);
	if (r == 0)
		r = touch(m, &t, ret_ns);
	if (r == 0 && child_lives)
		r = end_process(m, child);
	return r < 0 ? r : unmap(m, pages * CR2_PAGE_SIZE);
}

int model_wp_copy(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return write_after_fork(sides, true, ret_ns);
}

int model_wp_reuse(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	(void)item;
	return write_after_fork(sides, false, ret_ns);
}

/* A model with this fault-around, and a file of tmpfs in it. */
static int model_with_file(struct bench_sides *sides, struct bench_item *item)
{
	int r = item->model_state ? 0 : create((uint32_t)item->size, &item->model_state);

	if (r < 0 || sides->plan->pages == 0)
		return r;
	return bench_call(item->model_state, &(struct cr2_op){
		.kind = CR2_OP_SHMEM, .object = FILE_OBJECT,
		.length = sides->plan->pages * CR2_PAGE_SIZE});
}

int model_file_read(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t bytes = sides->plan->pages * CR2_PAGE_SIZE;
	struct touch t = {
		.kind = CR2_OP_READ,
		.n = sides->plan->pages / item->size,
		.distance = item->size * CR2_PAGE_SIZE,
		.path = CR2_PATH_FILE_READ,
	};
	int r = item->model_state ? 0 : model_with_file(sides, item);

	if (r == 0)
		r = bench_call(item->model_state, &(struct cr2_op){
			.kind = CR2_OP_MAP, .address = BENCH_BASE, .length = bytes,
			.prot = CR2_PROT_READ, .flags = CR2_MAP_PRIVATE, .object = FILE_OBJECT});
	if (r == 0)
		r = touch(item->model_state, &t, ret_ns);
	return r < 0 ? r : unmap(item->model_state, bytes);
}

static int timed_fork(struct bench_sides *sides, double *ret_ns)
{
	double start = bench_now();
	uint32_t child = 0;
	int r = fork_model(sides, &child);

	*ret_ns = bench_now() - start;
	return r < 0 ? r : end_process(sides->model, child);
}

int model_fork(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t pages = sides->plan->pages * FORK_TIMES;
	double bare = 0, full = 0;
	struct cr2_model *m;
	int r = shared(sides, &m);

	(void)item;
	if (r == 0)
		r = timed_fork(sides, &bare);
	if (r == 0)
		r = map(m, BENCH_BASE, pages * CR2_PAGE_SIZE, CR2_MAP_POPULATE);
	if (r == 0)
		r = timed_fork(sides, &full);
	*ret_ns = (full - bare) / (double)pages;
	return r < 0 ? r : unmap(m, pages * CR2_PAGE_SIZE);
}

int model_munmap(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t bytes = sides->plan->pages * CR2_PAGE_SIZE;
	struct cr2_model *m;
	int r = shared(sides, &m);
	double start;

	(void)item;
	if (r == 0)
		r = map(m, BENCH_BASE, bytes, 0);
	if (r == 0)
		r = prepare(m, CR2_OP_WRITE, sides->plan->pages);
	start = bench_now();
	if (r == 0)
		r = unmap(m, bytes);
	*ret_ns = (bench_now() - start) / (double)sides->plan->pages;
	return r;
}

/* A model of its own with pages that were written to, for cases that only look at them. */
static int resident(struct bench_item *item, uint64_t pages)
{
	int r;

	if (item->model_state)
		return 0;
	r = create(HIGHEST_AROUND, &item->model_state);
	if (r == 0)
		r = map(item->model_state, BENCH_BASE, pages * CR2_PAGE_SIZE, 0);
	return r < 0 ? r : prepare(item->model_state, CR2_OP_WRITE, pages);
}

int model_tlb_hit(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	int r = resident(item, HIT_PAGES), value = 0;
	double start = bench_now();

	(void)sides;
	for (uint64_t i = 0; r == 0 && value >= 0 && i < HIT_ACCESSES; i++)
		value = cr2_model_read(item->model_state, 0, BENCH_BASE + HIT_OFFSET(i));
	*ret_ns = (bench_now() - start) / HIT_ACCESSES;
	return value < 0 ? -EPROTO : r;
}

/* The same as operations with outcomes. */
int model_tlb_hit_op(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_op op = {.kind = CR2_OP_READ};
	struct cr2_outcome outcome;
	int r = resident(item, HIT_PAGES);
	double start = bench_now();

	(void)sides;
	for (uint64_t i = 0; r == 0 && i < HIT_ACCESSES; i++) {
		op.address = BENCH_BASE + HIT_OFFSET(i);
		r = cr2_model_execute(item->model_state, &op, &outcome);
	}
	*ret_ns = (bench_now() - start) / HIT_ACCESSES;
	return r < 0 ? r : check(&outcome, CR2_PATH_UNKNOWN);
}

int model_walk(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	int r = resident(item, sides->plan->growth_pages);

	return r < 0 ? r : touch(item->model_state, &(struct touch){
		.kind = CR2_OP_READ, .n = sides->plan->growth_pages, .distance = CR2_PAGE_SIZE,
		.order = sides->order, .path = CR2_PATH_UNKNOWN}, ret_ns);
}

/* Callbacks and what they were called with, so that there is something to do. */
static void count_stage(void *data, const struct cr2_stage *stage)
{
	uint64_t *counts = data;

	counts[stage->kind]++;
}

int model_observer(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	uint64_t counts[CR2_STAGE_EXTABLE + 1] = {0}, n = 0;
	double without = 0, with = 0;
	struct cr2_model *m;
	int r = shared(sides, &m);

	if (r == 0)
		r = model_anon_alloc(sides, item, &without);
	if (r < 0)
		return r;
	cr2_model_observe(m, count_stage, counts);
	r = model_anon_alloc(sides, item, &with);
	cr2_model_observe(m, NULL, NULL);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(counts); i++)
		n += counts[i];
	*ret_ns = (with - without) * (double)sides->plan->pages / (double)(n ? n : 1);
	return r;
}

/* Making a stage and telling it, without anything to find out: the least that it can cost. */
int native_observer(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	cr2_stage_fn *volatile tell = count_stage;
	uint64_t counts[CR2_STAGE_EXTABLE + 1] = {0}, n = sides->plan->pages * CR2_STAGE_SIGNAL;
	double start = bench_now();

	(void)item;
	for (uint64_t i = 0; i < n; i++) {
		struct cr2_stage stage = {.kind = i % CR2_STAGE_SIGNAL};

		tell(counts, &stage);
	}
	*ret_ns = (bench_now() - start) / (double)n;
	return 0;
}

/* As many mappings as item says of the same pages, by turns read-only, so that none merge. */
static int map_many(struct bench_sides *sides, struct bench_item *item)
{
	struct cr2_op op = {
		.kind = CR2_OP_MAP,
		.address = BENCH_BASE,
		.length = sides->plan->growth_pages / item->size * CR2_PAGE_SIZE,
		.flags = CR2_MAP_PRIVATE | CR2_MAP_ANONYMOUS,
	};
	int r = create(HIGHEST_AROUND, &item->model_state);

	for (uint64_t i = 0; r == 0 && i < item->size; i++) {
		op.prot = i % 2 ? CR2_PROT_READ : CR2_PROT_READ | CR2_PROT_WRITE;
		r = bench_call(item->model_state, &op);
		op.address += op.length;
	}
	return r;
}

int model_vmas(struct bench_sides *sides, struct bench_item *item, double *ret_ns)
{
	struct cr2_op op = {
		.kind = CR2_OP_ADVISE,
		.advice = CR2_ADVICE_DONTNEED,
		.address = BENCH_BASE,
		.length = sides->plan->growth_pages * CR2_PAGE_SIZE,
	};
	int r = item->model_state ? 0 : map_many(sides, item);

	if (r == 0)
		r = touch(item->model_state, &(struct touch){
			.kind = CR2_OP_READ, .n = sides->plan->growth_pages,
			.distance = CR2_PAGE_SIZE, .order = sides->order,
			.path = CR2_PATH_ANON_ZERO}, ret_ns);
	return r < 0 ? r : bench_call(item->model_state, &op);
}
