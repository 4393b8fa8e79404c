/* SPDX-License-Identifier: MIT */
/*
 * The interpreter: a scenario taken step by step on a target, of which it knows only what stands
 * in struct cr2_runner_ops. Begin to read at cr2_execution_next().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "execution.h"

void cr2_runner_destroy(struct cr2_runner *runner)
{
	if (runner)
		runner->ops->destroy(runner);
}

/* Keeps the first reason; a runner without one is not asked again. */
static int stop(struct cr2_execution *x, int r, unsigned line, const char *reason)
{
	if (!x->reason && reason) {
		x->reason = strdup(reason);
		x->reason_line = line;
	}
	return r;
}

static int stop_for_runner(struct cr2_execution *x, int r, unsigned line)
{
	const char *reason = x->runner->ops->reason(x->runner);

	return stop(x, r, line, reason ? reason : strerror(-r));
}

/* Of every step's, nothing is left when the next is taken. */
static void forget_step(struct cr2_execution *x)
{
	cr2_observation_finish(&x->observation);
	free(x->failure.expected);
	free(x->failure.seen);
	x->failure = (struct cr2_failure){0};
}

static void init_maps(struct cr2_execution *x)
{
	ordered_init(&x->living, 0);
	ordered_init(&x->killed, 0);
	ordered_init(&x->spaces, sizeof(uint32_t));
	ordered_init(&x->by_mapping, sizeof(struct cr2_place));
	ordered_init(&x->by_address, sizeof(struct cr2_place));
	ordered_init(&x->programs, sizeof(uint64_t));
	ordered_init(&x->numbers, sizeof(uint64_t));
	ordered_init(&x->frames, sizeof(struct seen));
}

/*
 * 2 MiB pages have parts that are pages of their own, or one process may have to give them to another, and
 * what a stack gains has no name: there an operation reaches pages that it does not name.
 */
static bool is_entangled(const struct cr2_litmus *litmus)
{
	bool entangled = litmus->settings.thp != CR2_THP_NEVER;

	for (size_t i = 0; i < litmus->n_statements && !entangled; i++) {
		const struct cr2_statement *s = &litmus->statements[i];

		entangled = (s->kind == CR2_OP_MAP && s->map_flags & (CR2_MAP_GROWSDOWN | CR2_MAP_HUGETLB)) ||
			    (s->kind == CR2_OP_ADVISE && s->advice == CR2_ADVICE_COLLAPSE) || s->kind == CR2_OP_PROGRAM;
	}
	return entangled;
}

int cr2_execution_begin(const struct cr2_litmus *litmus, struct cr2_runner *runner,
			struct cr2_execution **ret_execution)
{
	struct cr2_execution *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return -ENOMEM;
	x->litmus = litmus;
	x->runner = runner;
	x->entangled = is_entangled(litmus);
	init_maps(x);
	x->ended = true; /* until it has begun */
	r = ordered_put(&x->living, (struct ordered_key){0}, 0, NULL);
	if (r == 0)
		r = cr2_state_create(&x->state);
	if (r < 0) {
		cr2_execution_destroy(x);
		return r;
	}
	r = runner->ops->begin(runner, litmus);
	x->ended = r < 0;
	if (r < 0)
		x->error = stop_for_runner(x, r, 0);
	*ret_execution = x;
	return 0;
}

/* The runner ends once, whatever the execution came to. */
static int end(struct cr2_execution *x)
{
	int r = x->ended ? 0 : x->runner->ops->end(x->runner);

	x->ended = true;
	if (x->error == 0 && r < 0)
		x->error = stop_for_runner(x, r, 0);
	return x->error;
}

void cr2_execution_destroy(struct cr2_execution *x)
{
	if (!x)
		return;
	if (x->owns_runner)
		cr2_runner_destroy(x->runner);
	else
		end(x);
	forget_step(x);
	ordered_finish(&x->living);
	ordered_finish(&x->killed);
	ordered_finish(&x->spaces);
	ordered_finish(&x->by_mapping);
	ordered_finish(&x->by_address);
	ordered_finish(&x->programs);
	ordered_finish(&x->numbers);
	ordered_finish(&x->frames);
	cr2_state_destroy(x->state);
	free(x->reason);
	free(x);
}

int cr2_execution_copy(struct cr2_execution *x, struct cr2_execution **ret_copy)
{
	struct cr2_execution *copy;
	int r = x->runner->ops->copy ? 0 : -EOPNOTSUPP;

	if (r < 0)
		return r;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *x;
	copy->observation = (struct cr2_observation){0};
	copy->failure = (struct cr2_failure){0};
	copy->reason = NULL;
	copy->state = NULL;
	copy->runner = NULL;
	copy->owns_runner = true;
	ordered_copy(&x->living, &copy->living);
	ordered_copy(&x->killed, &copy->killed);
	ordered_copy(&x->spaces, &copy->spaces);
	ordered_copy(&x->by_mapping, &copy->by_mapping);
	ordered_copy(&x->by_address, &copy->by_address);
	ordered_copy(&x->programs, &copy->programs);
	ordered_copy(&x->numbers, &copy->numbers);
	ordered_copy(&x->frames, &copy->frames);
	r = cr2_state_copy(x->state, &copy->state);
	if (r == 0)
		r = x->runner->ops->copy(x->runner, &copy->runner);
	if (r == 0 && x->reason && !(copy->reason = strdup(x->reason)))
		r = -ENOMEM;
	if (r < 0) {
		cr2_execution_destroy(copy);
		return r;
	}
	*ret_copy = copy;
	return 0;
}

/*
 * Faults elsewhere (a process's own code, its stack) are the target's affair. place: what
 * the access names, NULL where it names an absolute address or there is no access.
 */
static int observe_faults(struct cr2_execution *x, const struct cr2_place *place,
			  const struct cr2_outcome *outcome, struct cr2_observation *o)
{
	const struct cr2_op *op = &x->op;
	bool is_access = cr2_op_is_access(op->kind);

	if (outcome->n_faults)
		o->faults = calloc(outcome->n_faults, sizeof(*o->faults));
	if (outcome->n_faults && !o->faults)
		return -ENOMEM;
	for (unsigned i = 0; i < outcome->n_faults; i++) {
		const struct cr2_fault *f = &outcome->faults[i];
		bool own = is_access && cr2_op_touches(op, f->address);
		const struct cr2_place *holder = own ? place : place_at(x, op->process, f->address);

		if (own || holder)
			o->faults[o->n_faults++] = (struct cr2_observed_fault){
				.error_code = f->error_code,
				.at = address_ref(holder, f->address),
				.major = f->major,
				.path = f->path,
				.evidence = f->evidence,
			};
	}
	return 0;
}

static int observe(struct cr2_execution *x, const struct cr2_statement *s,
		   const struct cr2_outcome *outcome)
{
	const struct cr2_place *place = cr2_op_is_access(s->kind) ? step_place(x, s) : NULL;
	struct changes changes = {.state = x->state};
	struct step_scope scope;
	struct cr2_observation *o = &x->observation;
	int r;

	*o = (struct cr2_observation){
		.step = x->steps,
		.line = s->line,
		.process = s->process,
		.op = s->kind,
		.has_at = cr2_op_is_access(s->kind),
		.result = outcome->result,
		.has_value = outcome->has_value && (cr2_op_gives_value(s->kind) || cr2_statement_counts(s)),
		.either = outcome->either,
	};
	o->value = o->has_value ? outcome->value : 0;
	if (o->has_at)
		o->at = address_ref(place, x->op.address);
	r = observe_faults(x, place, outcome, o);
	if (r < 0 || x->follows || outcome->result == CR2_RESULT_ESRCH)
		return r;
	scope = scope_make(x, &x->op, outcome);
	r = state_observe(x, &scope, &changes);
	o->changes = changes.items;
	o->n_changes = changes.n;
	return r;
}

/* Who was killed does nothing any more, and makes nobody. */
static int take_nothing(struct cr2_execution *x, const struct cr2_statement *s)
{
	const struct cr2_outcome outcome = {.result = CR2_RESULT_ESRCH};
	int r = observe(x, s, &outcome);

	if (r == 0 && cr2_op_makes_process(s->kind))
		r = ordered_put(&x->killed, (struct ordered_key){s->name, 0, 0}, 0, NULL);
	if (r == 0 && !x->follows)
		r = expectation_check(x, s, &outcome, &x->failure);
	return r;
}

static int take_step(struct cr2_execution *x, const struct cr2_statement *s)
{
	struct cr2_outcome outcome;
	int r;

	if (step_was_killed(x, s->process))
		return take_nothing(x, s);
	if (!step_lives(x, s->process) || (cr2_statement_is_by_other(s) && !step_lives(x, s->name)))
		return stop(x, -ESRCH, s->line, "the process was never made: its fork failed");
	r = step_execute(x, s, &outcome);
	if (r == -E2BIG)
		return stop(x, r, s->line, "one operation took more faults than can be recorded");
	if (r == 0)
		r = observe(x, s, &outcome);
	if (r == 0 && !x->follows)
		r = expectation_check(x, s, &outcome, &x->failure);
	return r < 0 ? stop_for_runner(x, r, s->line) : 0;
}

/* An access to a range is one step a page. */
static void advance(struct cr2_execution *x, const struct cr2_statement *s)
{
	bool ranges = cr2_op_is_access(s->kind) && s->ref.mapping != CR2_NO_OBJECT;

	x->page++;
	if (ranges && s->ref.first + x->page <= s->ref.last)
		return;
	x->page = 0;
	x->statement++;
}

static const struct cr2_statement *coming(const struct cr2_execution *x)
{
	if (x->error || x->ended || x->statement == x->litmus->n_statements)
		return NULL;
	return &x->litmus->statements[x->statement];
}

static void fill(const struct cr2_execution *x, const struct cr2_statement *s,
		 struct cr2_step *ret_step)
{
	*ret_step = (struct cr2_step){
		.number = x->steps,
		.statement = s,
		.op = &x->op,
		.execution = x,
	};
}

int cr2_execution_peek(struct cr2_execution *x, struct cr2_step *ret_step)
{
	const struct cr2_statement *s = coming(x);

	if (!s)
		return 0;
	x->op = step_resolve(x, s);
	fill(x, s, ret_step);
	ret_step->number++;
	return 1;
}

int cr2_execution_next(struct cr2_execution *x, struct cr2_step *ret_step)
{
	const struct cr2_statement *s = coming(x);
	int r;

	forget_step(x);
	if (!s)
		return end(x);
	x->op = step_resolve(x, s);
	x->steps++;
	r = take_step(x, s);
	if (r < 0) {
		x->error = r;
		return end(x);
	}
	advance(x, s);
	fill(x, s, ret_step);
	ret_step->observation = &x->observation;
	ret_step->failure = x->failure.expected ? &x->failure : NULL;
	return 1;
}

struct cr2_runner *cr2_execution_runner(struct cr2_execution *x)
{
	return x->runner;
}

const struct cr2_state *cr2_execution_state(const struct cr2_execution *x)
{
	return x->state;
}

struct cr2_page cr2_execution_page(const struct cr2_execution *x, const struct cr2_page_state *state)
{
	return state_page_seen(x, state);
}

void cr2_execution_adopt(struct cr2_execution *x, const struct cr2_litmus *litmus)
{
	x->litmus = litmus;
	x->entangled |= is_entangled(litmus);
}

const char *cr2_execution_reason(const struct cr2_execution *x, unsigned *ret_line)
{
	*ret_line = x->reason_line;
	return x->reason;
}
