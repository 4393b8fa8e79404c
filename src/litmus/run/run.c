/* SPDX-License-Identifier: MIT */
/*
 * The interpreter: statements to operations, outcomes to observations. It knows no target;
 * what it asks of one stands in struct cr2_runner_ops. Begin to read at run_statement().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

void cr2_runner_destroy(struct cr2_runner *runner)
{
	if (runner)
		runner->ops->destroy(runner);
}

void cr2_run_finish(struct cr2_run *run)
{
	cr2_observations_finish(&run->observations);
	cr2_run_forget_failures(run);
	free(run->failures);
	free(run->reason);
	free(run->console);
	*run = (struct cr2_run){0};
}

/* Keeps the first reason; a runner without one is not asked again. */
static int stop(struct interpreter *it, int r, unsigned line, const char *reason)
{
	struct cr2_run *run = it->run;

	if (!run->reason && reason) {
		run->reason = strdup(reason);
		run->reason_line = line;
	}
	return r;
}

static const char *runner_reason(const struct interpreter *it, int r)
{
	const char *reason = it->runner->ops->reason(it->runner);

	return reason ? reason : strerror(-r);
}

static int address_text(struct interpreter *it, const struct cr2_place *place, uint64_t address,
			char **ret_text)
{
	int r;

	cr2_text_clear(&it->text);
	r = address_append(it->litmus, place, address, &it->text);
	if (r < 0)
		return r;
	*ret_text = strdup(it->text.data);
	return *ret_text ? 0 : -ENOMEM;
}

/*
 * Faults elsewhere (a process's own code, its stack) are the target's affair. place: what
 * the access names, NULL where it names an absolute address or there is no access.
 */
static int observe_faults(struct interpreter *it, const struct cr2_op *op,
			  const struct cr2_place *place, const struct cr2_outcome *outcome,
			  struct cr2_observation *o)
{
	bool is_access = cr2_op_is_access(op->kind);
	int r = 0;

	if (outcome->n_faults)
		o->faults = calloc(outcome->n_faults, sizeof(*o->faults));
	if (outcome->n_faults && !o->faults)
		return -ENOMEM;
	for (unsigned i = 0; i < outcome->n_faults && r == 0; i++) {
		const struct cr2_fault *f = &outcome->faults[i];
		bool own = is_access && f->address / CR2_PAGE_SIZE == op->address / CR2_PAGE_SIZE;
		const struct cr2_place *holder =
			own ? place : place_at(&it->processes[op->process], f->address);

		if (!own && !holder)
			continue;
		o->faults[o->n_faults] = (struct cr2_observed_fault){
			.error_code = f->error_code,
			.major = f->major,
			.path = f->path,
			.evidence = f->evidence,
		};
		r = address_text(it, holder, f->address, &o->faults[o->n_faults++].at);
	}
	return r;
}

static int fill(struct interpreter *it, const struct cr2_op *op, const struct cr2_place *place,
		const struct cr2_outcome *outcome, struct cr2_observation *o)
{
	int r = 0;

	o->process = strdup(it->litmus->processes[op->process]);
	if (!o->process)
		return -ENOMEM;
	o->result = outcome->result;
	o->has_value = outcome->has_value && op->kind == CR2_OP_READ;
	o->value = o->has_value ? outcome->value : 0;
	o->either = outcome->either;
	if (cr2_op_is_access(op->kind))
		r = address_text(it, place, op->address, &o->at);
	if (r == 0)
		r = observe_faults(it, op, place, outcome, o);
	return r == 0 ? observe_state(it, o) : r;
}

/* The run's list holds whole observations only. */
static int observe(struct interpreter *it, const struct cr2_statement *s, const struct cr2_op *op,
		   const struct cr2_place *place, const struct cr2_outcome *outcome)
{
	struct cr2_observations *list = &it->run->observations;
	struct cr2_observation o = {
		.step = (unsigned)list->count + 1,
		.line = s->line,
		.op = s->kind,
	};
	int r = cr2_grow(&list->items, &it->observations_capacity, list->count + 1,
			 sizeof(*list->items));

	if (r == 0)
		r = fill(it, op, place, outcome, &o);
	if (r < 0) {
		cr2_observation_finish(&o);
		return stop(it, r, s->line, runner_reason(it, r));
	}
	list->items[list->count++] = o;
	return 0;
}

/*
 * In place where the addresses behind the mapping are free, else to a fresh place: the
 * kernel would choose one by itself, and each target another.
 */
static int execute_remap(struct interpreter *it, struct cr2_op *op, struct cr2_outcome *outcome)
{
	int r = it->runner->ops->execute(it->runner, op, outcome);

	if (r < 0 || outcome->result != CR2_RESULT_ENOMEM || op->new_length <= op->length)
		return r;
	op->flags = CR2_MREMAP_MAYMOVE | CR2_MREMAP_FIXED;
	op->new_address = next_free(it);
	*outcome = (struct cr2_outcome){0};
	return it->runner->ops->execute(it->runner, op, outcome);
}

/* What the operation changes in what names mean. */
static int update_places(struct interpreter *it, const struct cr2_statement *s,
			 const struct cr2_op *op, const struct cr2_outcome *outcome)
{
	struct process *process = &it->processes[op->process];

	if (s->kind == CR2_OP_MAP) {
		take_space(it, op->address, s->pages);
		return place_add(process, s->name, op->address, s->pages);
	}
	if (outcome->result != CR2_RESULT_OK)
		return 0;
	if (s->kind == CR2_OP_REMAP) {
		uint64_t address = op->flags & CR2_MREMAP_FIXED ? op->new_address : op->address;

		take_space(it, address, s->pages);
		place_move(process, s->name, address, s->pages);
	} else if (s->kind == CR2_OP_EXIT) {
		process->alive = false;
	} else if (s->kind == CR2_OP_FORK) {
		it->processes[op->child].alive = true;
		return places_copy(process, &it->processes[op->child]);
	}
	return 0;
}

static int execute(struct interpreter *it, const struct cr2_statement *s, struct cr2_op *op,
		   struct cr2_outcome *outcome)
{
	int r;

	if (!it->processes[s->process].alive)
		return stop(it, -ESRCH, s->line, "the process was never made: its fork failed");
	*outcome = (struct cr2_outcome){0};
	r = s->kind == CR2_OP_REMAP ? execute_remap(it, op, outcome)
				    : it->runner->ops->execute(it->runner, op, outcome);
	if (r < 0)
		return stop(it, r, s->line, runner_reason(it, r));
	if (outcome->n_faults > CR2_OUTCOME_FAULTS)
		return stop(it, -E2BIG, s->line,
			    "one operation took more faults than can be recorded");
	return update_places(it, s, op, outcome);
}

static int tell(struct interpreter *it, const struct cr2_statement *s, const struct cr2_op *op,
		unsigned number, const struct cr2_observation *o)
{
	const struct process *process = &it->processes[s->process];
	struct cr2_step step = {
		.number = number,
		.statement = s,
		.op = op,
		.n_places = process->n_places,
		.places = process->places,
		.observation = o,
	};

	return it->step_fn ? it->step_fn(it->step_data, &step) : 0;
}

/* place: see observe_faults(). */
static int run_step(struct interpreter *it, const struct cr2_statement *s, struct cr2_op *op,
		    const struct cr2_place *place)
{
	unsigned step = (unsigned)it->run->observations.count + 1;
	struct cr2_outcome outcome;
	const struct cr2_observation *o;
	int r = tell(it, s, op, step, NULL);

	if (r == 0)
		r = execute(it, s, op, &outcome);
	if (r == 0)
		r = observe(it, s, op, place, &outcome);
	if (r != 0)
		return r;
	o = &it->run->observations.items[step - 1];
	r = check_expectation(it, s, op, &outcome, o);
	if (r < 0)
		return stop(it, r, s->line, runner_reason(it, r));
	return tell(it, s, op, step, o);
}

static uint64_t page_address(const struct cr2_place *place, int64_t page)
{
	return place->address + (uint64_t)page * CR2_PAGE_SIZE;
}

static const struct cr2_place *place_of(const struct interpreter *it, const struct cr2_statement *s)
{
	if (s->ref.mapping == CR2_NO_OBJECT)
		return NULL;
	return place_find(&it->processes[s->process], s->ref.mapping);
}

static int run_access(struct interpreter *it, const struct cr2_statement *s, struct cr2_op *op)
{
	const struct cr2_place *place = place_of(it, s);
	int r = 0;

	if (!place) {
		op->address = s->ref.address;
		return run_step(it, s, op, NULL);
	}
	for (int64_t page = s->ref.first; page <= s->ref.last && r == 0; page++) {
		op->address = page_address(place, page) + s->ref.byte;
		r = run_step(it, s, op, place);
	}
	return r;
}

static void resolve_range(const struct cr2_place *place, const struct cr2_ref *ref,
			  struct cr2_op *op)
{
	uint64_t pages = ref->whole ? place->pages : (uint64_t)(ref->last - ref->first) + 1;

	op->address = page_address(place, ref->first);
	op->length = pages * CR2_PAGE_SIZE;
}

static void resolve_map(const struct interpreter *it, const struct cr2_statement *s,
			struct cr2_op *op)
{
	op->address = s->at ? page_address(place_of(it, s), s->ref.first) : next_free(it);
	op->length = s->pages * CR2_PAGE_SIZE;
	op->prot = s->prot;
	op->flags = s->map_flags;
	op->offset = s->object_page * CR2_PAGE_SIZE;
}

static void resolve(const struct interpreter *it, const struct cr2_statement *s, struct cr2_op *op)
{
	switch (s->kind) {
	case CR2_OP_MAP:
		resolve_map(it, s, op);
		break;
	case CR2_OP_FILE:
	case CR2_OP_SHMEM:
	case CR2_OP_TRUNCATE:
		op->length = s->pages * CR2_PAGE_SIZE;
		break;
	case CR2_OP_FORK:
		op->child = s->name;
		break;
	case CR2_OP_EVICT:
	case CR2_OP_EXIT:
		break;
	case CR2_OP_REMAP:
		op->new_length = s->pages * CR2_PAGE_SIZE;
		resolve_range(place_of(it, s), &s->ref, op);
		break;
	default:
		resolve_range(place_of(it, s), &s->ref, op);
	}
}

static int run_statement(struct interpreter *it, const struct cr2_statement *s)
{
	struct cr2_op op = {
		.kind = s->kind,
		.process = s->process,
		.object = s->object,
		.cold = s->cold,
		.prot = s->prot,
		.advice = s->advice,
		.value = s->value,
	};

	if (!it->processes[s->process].alive)
		return run_step(it, s, &op, NULL);
	if (cr2_op_is_access(s->kind))
		return run_access(it, s, &op);
	resolve(it, s, &op);
	return run_step(it, s, &op, NULL);
}

static int run_all(struct interpreter *it)
{
	const struct cr2_runner_ops *ops = it->runner->ops;
	int r = ops->begin(it->runner, it->litmus), ended;

	if (r < 0)
		return stop(it, r, 0, runner_reason(it, r));
	for (size_t i = 0; i < it->litmus->n_statements && r == 0; i++)
		r = run_statement(it, &it->litmus->statements[i]);
	ended = ops->end(it->runner);
	if (r == 0 && ended < 0)
		r = stop(it, ended, 0, runner_reason(it, ended));
	return r;
}

static void finish(struct interpreter *it)
{
	for (size_t i = 0; it->processes && i < it->litmus->n_processes; i++)
		free(it->processes[i].places);
	free(it->processes);
	numbering_finish(&it->anon);
	numbering_finish(&it->huge);
	cr2_text_finish(&it->text);
}

int cr2_litmus_run(const struct cr2_litmus *litmus, struct cr2_runner *runner,
		   cr2_step_fn *step, void *step_data, struct cr2_run *ret_run)
{
	struct interpreter it = {
		.litmus = litmus,
		.runner = runner,
		.step_fn = step,
		.step_data = step_data,
		.run = ret_run,
	};
	int r = -ENOMEM;

	*ret_run = (struct cr2_run){0};
	if (runner->ops->run)
		return runner->ops->run(runner, litmus, ret_run);
	it.processes = calloc(litmus->n_processes, sizeof(*it.processes));
	if (it.processes) {
		it.processes[0].alive = true;
		r = run_all(&it);
	}
	finish(&it);
	return r;
}
