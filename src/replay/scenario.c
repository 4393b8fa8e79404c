/* SPDX-License-Identifier: MIT */
/*
 * A difference as a scenario: what the processes of one family did in the 2 MiB around the address, where all that
 * a fault depends on lies, said in the language of scenarios; made smaller for as long as the model takes the same fault.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <cr2/flags.h>
#include <cr2/generate.h>
#include <cr2/run.h>

#include "internal.h"

#define REGION_PAGES (CR2_HUGE_SIZE / CR2_PAGE_SIZE)

/* What is written, and of what. */
struct writer {
	const struct replay *r;
	uint32_t family; /* the process that all of it come from */
	uint64_t start, end; /* of the region */
	bool cold; /* nothing of files is in memory */
	bool holes; /* where nothing is mapped stands no mapping without rights either */
	struct hash objects; /* (object, 0): 1, it is made */
	unsigned maps;
	struct cr2_text text;
	const char *unsaid; /* what cannot be said; NULL: nothing */
	int error;
};

static uint32_t family_of(const struct replay *r, uint32_t process)
{
	while (r->spaces[process].parent)
		process = r->spaces[process].parent;
	return process;
}

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct writer *w, const char *format, ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = cr2_text_vprintf(&w->text, format, args);
	va_end(args);
	if (error)
		w->error = error;
}

static void put_process(struct writer *w, uint32_t process)
{
	if (process != w->family)
		put(w, "p%" PRIu32 ": ", process);
}

static uint64_t pages_of(uint64_t bytes)
{
	return bytes / CR2_PAGE_SIZE;
}

static uint64_t page_in(const struct writer *w, uint64_t address)
{
	return (address - w->start) / CR2_PAGE_SIZE;
}

/* The part of a range that lies in the region; false: none. */
static bool clip(const struct writer *w, const struct cr2_op *op, uint64_t *ret_from, uint64_t *ret_to)
{
	const uint64_t end = op->length < UINT64_MAX - op->address ? op->address + op->length : UINT64_MAX;

	*ret_from = op->address > w->start ? op->address : w->start;
	*ret_to = end < w->end ? end : w->end;
	return *ret_from < *ret_to;
}

static void put_range(struct writer *w, const char *verb, const struct cr2_op *op, uint64_t from, uint64_t to)
{
	put_process(w, op->process);
	put(w, "%s m@%" PRIu64 "..%" PRIu64, verb, page_in(w, from), page_in(w, to) - 1);
}

static void put_prot(struct writer *w, unsigned prot)
{
	if (!prot)
		put(w, " none");
	else
		put(w, " %s%s%s", prot & CR2_PROT_READ ? "r" : "", prot & CR2_PROT_WRITE ? "w" : "",
		    prot & CR2_PROT_EXEC ? "x" : "");
}

/* The object that a mapping shows, as it was made and resized before; last: of the log. */
static void put_object(struct writer *w, uint32_t object, size_t last)
{
	bool shmem = false, cold = w->cold;
	uint64_t length = CR2_PAGE_SIZE;

	if (hash_get(&w->objects, object, 0))
		return;
	for (size_t i = 0; i < last; i++) {
		const struct cr2_op *op = &w->r->log[i];

		if (op->object != object || (op->kind != CR2_OP_FILE && op->kind != CR2_OP_SHMEM && op->kind != CR2_OP_TRUNCATE))
			continue;
		if (op->kind != CR2_OP_TRUNCATE)
			shmem = op->kind == CR2_OP_SHMEM;
		length = op->length;
	}
	if (shmem)
		cold = false;
	put(w, "%s f%" PRIu32 " %" PRIu64 "%s\n", shmem ? "shmem" : "file", object, pages_of(length),
	    cold ? " cold" : "");
	if (hash_set(&w->objects, object, 0, 1) < 0)
		w->error = -ENOMEM;
}

static void put_map(struct writer *w, const struct cr2_op *op, uint64_t from, uint64_t to, size_t last)
{
	const bool anonymous = op->flags & CR2_MAP_ANONYMOUS;

	if (!anonymous)
		put_object(w, op->object, last);
	put_process(w, op->process);
	put(w, "map m%u %" PRIu64, ++w->maps, pages_of(to - from));
	put_prot(w, op->prot);
	put(w, op->flags & CR2_MAP_SHARED ? " shared" : " private");
	if (anonymous)
		put(w, " anon");
	else
		put(w, " f%" PRIu32 "@%" PRIu64, op->object, pages_of(op->offset + from - op->address));
	put(w, " at m@%" PRIu64, page_in(w, from));
	if (op->flags & CR2_MAP_POPULATE)
		put(w, " populate");
	if (op->flags & CR2_MAP_LOCKED)
		put(w, " locked");
	if (op->flags & CR2_MAP_GROWSDOWN)
		put(w, " growsdown");
	put(w, "\n");
}

static void put_access(struct writer *w, const struct cr2_op *op)
{
	put_process(w, op->process);
	put(w, "%s m@%" PRIu64 "+%llu", cr2_op_name(op->kind), page_in(w, op->address),
	    op->address & ~CR2_PAGE_MASK);
	put(w, "\n");
}

static bool moves_here(const struct writer *w, const struct cr2_op *op)
{
	struct cr2_op to = *op;
	uint64_t from, end;

	to.address = op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address;
	to.length = op->new_length;
	return clip(w, op, &from, &end) || clip(w, &to, &from, &end);
}

static void put_ranged(struct writer *w, const struct cr2_op *op, size_t last)
{
	uint64_t from, to;

	if (!clip(w, op, &from, &to))
		return;
	if (op->kind == CR2_OP_MAP || op->kind == CR2_OP_SHMAT) {
		put_map(w, op, from, to, last);
		return;
	}
	put_range(w, cr2_op_name(op->kind), op, from, to);
	if (op->kind == CR2_OP_PROTECT)
		put_prot(w, op->prot);
	if (op->kind == CR2_OP_ADVISE)
		put(w, " %s", cr2_advice_name(op->advice));
	put(w, "\n");
}

static void put_operation(struct writer *w, const struct cr2_op *op, size_t last)
{
	switch (op->kind) {
	case CR2_OP_FORK:
		put_process(w, op->process);
		put(w, "fork p%" PRIu32 "\n", op->child);
		break;
	case CR2_OP_EXIT:
		put_process(w, op->process);
		put(w, "exit\n");
		break;
	case CR2_OP_TRUNCATE:
		if (hash_get(&w->objects, op->object, 0))
			put(w, "truncate f%" PRIu32 " %" PRIu64 "\n", op->object, pages_of(op->length));
		break;
	case CR2_OP_REMAP:
		if (moves_here(w, op))
			w->unsaid = "mremap() moved or resized what is mapped there";
		break;
	case CR2_OP_READ:
	case CR2_OP_WRITE:
	case CR2_OP_EXEC:
	case CR2_OP_KREAD:
	case CR2_OP_KWRITE:
		if (op->address >= w->start && op->address < w->end)
			put_access(w, op);
		break;
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_EVICT:
		break;
	default:
		put_ranged(w, op, last);
		break;
	}
}

static bool is_of_family(const struct writer *w, const struct cr2_op *op)
{
	if (op->kind == CR2_OP_TRUNCATE)
		return true;
	return op->process && family_of(w->r, op->process) == w->family;
}

/* All that the family did there, to the access that ends the log. */
static void put_all(struct writer *w)
{
	static const char *const thps[] = {
		[CR2_THP_NEVER] = "never", [CR2_THP_MADVISE] = "madvise", [CR2_THP_ALWAYS] = "always"};
	const struct replay *r = w->r;

	put(w, "thp %s\nfault_around %" PRIu32 "\n", thps[r->model_config.thp], r->model_config.fault_around);
	put(w, "map m %llu none\n", REGION_PAGES);
	if (w->holes)
		put(w, "unmap m\n");
	for (size_t i = 0; i < r->n_log && !w->unsaid && w->error == 0; i++)
		if (is_of_family(w, &r->log[i]))
			put_operation(w, &r->log[i], i);
}

/* ---- in the model ---- */

/* What the last access of a scenario has to come to. */
struct wanted {
	struct cr2_model_config config;
	enum cr2_op_kind access;
	bool faults;
	enum cr2_path path;
	uint64_t error;
	unsigned near; /* before */
	bool again; /* the process accessed the page before */
	/* While it runs: */
	struct cr2_runner *runner;
	struct hash touched; /* (process, page): 1 */
	bool shows;
};

static bool has_touched(struct hash *touched, const struct cr2_op *op)
{
	return hash_get(touched, op->process, pages_of(op->address));
}

static int seen_access(struct hash *touched, const struct cr2_op *op)
{
	return op->kind >= CR2_OP_READ ? hash_set(touched, op->process, pages_of(op->address), 1) : 0;
}

static int watch(void *data, const struct cr2_step *step)
{
	struct wanted *wanted = data;
	const struct cr2_observation *seen = step->observation;

	if (!seen) {
		wanted->shows = step->op->kind == wanted->access &&
				has_touched(&wanted->touched, step->op) == wanted->again &&
				cr2_model_near(cr2_runner_model_get(wanted->runner), step->op->process, step->op->address) == wanted->near;
		return seen_access(&wanted->touched, step->op);
	}
	if (!wanted->faults)
		wanted->shows = wanted->shows && !seen->n_faults;
	else
		wanted->shows = wanted->shows && seen->n_faults && seen->faults[0].path == wanted->path &&
				seen->faults[0].error_code == wanted->error;
	return 0;
}

/* 1, 0, or -ENOMEM. */
static int shows(void *data, const char *text, size_t length)
{
	struct wanted *wanted = data;
	struct cr2_litmus litmus;
	struct cr2_diag diag = {0};
	struct cr2_run run = {0};
	int r = cr2_litmus_parse("", text, length, &litmus, &diag);

	wanted->shows = false;
	cr2_diag_finish(&diag);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = cr2_runner_model_create(&wanted->config, &wanted->runner);
	if (r == 0) {
		r = cr2_litmus_run(&litmus, wanted->runner, watch, wanted, &run);
		cr2_run_finish(&run);
		cr2_runner_destroy(wanted->runner);
		hash_clear(&wanted->touched);
	}
	cr2_litmus_finish(&litmus);
	return r == -ENOMEM ? r : r < 0 ? 0 : wanted->shows;
}

static struct wanted wanted_of(const struct replay *r, const struct cr2_fault *model, unsigned near)
{
	const struct cr2_op *access = &r->log[r->n_log - 1];
	struct wanted wanted = {.access = access->kind, .faults = model, .near = near};

	for (const struct cr2_op *op = r->log; op < access; op++)
		wanted.again |= op->kind >= CR2_OP_READ && op->process == access->process &&
				pages_of(op->address) == pages_of(access->address);

	cr2_model_config_init(&wanted.config, r->out.profile);
	wanted.config.levels = r->model_config.levels;
	wanted.config.no_zero_page = r->model_config.no_zero_page;
	if (model) {
		wanted.path = model->path;
		wanted.error = model->error_code;
	}
	return wanted;
}

/* 1: the model shows it; 0: not; or -ENOMEM. */
static int try(struct replay *r, struct wanted *wanted, bool cold, bool holes, struct cr2_text *ret_text,
	       const char **ret_unsaid)
{
	const struct cr2_op *access = &r->log[r->n_log - 1];
	struct writer w = {.r = r, .family = family_of(r, access->process), .start = access->address & ~(CR2_HUGE_SIZE - 1),
			   .cold = cold, .holes = holes};
	int error;

	w.end = w.start + CR2_HUGE_SIZE;
	put_all(&w);
	hash_finish(&w.objects);
	*ret_unsaid = w.unsaid;
	error = w.error ? w.error : w.unsaid ? 0 : shows(wanted, w.text.data, w.text.length);
	if (error == 1)
		*ret_text = w.text;
	else
		cr2_text_finish(&w.text);
	return error;
}

int scenario_make(struct replay *r, const struct cr2_fault *model, unsigned near, struct cr2_text *ret_text,
		  const char **ret_unsaid)
{
	struct wanted wanted = wanted_of(r, model, near);
	struct cr2_text whole = {0};
	int shown = 0;

	*ret_unsaid = NULL;
	for (unsigned i = 0; i < 4 && shown == 0 && !*ret_unsaid; i++)
		shown = try(r, &wanted, i & 1, i & 2, &whole, ret_unsaid);
	if (shown == 0 && !*ret_unsaid)
		*ret_unsaid = "in the language alone the model takes another way: pages of files are in memory in part, or in large folios";
	if (shown == 1)
		shown = cr2_litmus_reduce(whole.data, whole.length, shows, &wanted, ret_text);
	cr2_text_finish(&whole);
	hash_finish(&wanted.touched);
	return shown;
}
