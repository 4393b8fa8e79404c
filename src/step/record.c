/* SPDX-License-Identifier: MIT */
/* A step taken with somebody looking on, and what is kept of it: a row, and each fault's facts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

static void collect(void *data, const struct cr2_stage *stage)
{
	struct stage_list *list = data;

	if (list->error == 0)
		list->error = cr2_grow(&list->items, &list->capacity, list->n + 1, sizeof(*stage));
	if (list->error == 0)
		list->items[list->n++] = *stage;
}

int take_step(struct cr2_execution *x, struct stage_list *stages, struct cr2_step *ret_step)
{
	struct cr2_model *model = cr2_runner_model_get(cr2_execution_runner(x));
	int r;

	stages->n = 0;
	stages->error = 0;
	if (model)
		cr2_model_observe(model, collect, stages);
	r = cr2_execution_next(x, ret_step);
	/* At the end the model is gone. */
	model = cr2_runner_model_get(cr2_execution_runner(x));
	if (model)
		cr2_model_observe(model, NULL, NULL);
	return r >= 0 && stages->error < 0 ? stages->error : r;
}

size_t fault_length(const struct cr2_stage *stages, size_t n)
{
	size_t length = 1;

	while (length < n && stages[length].kind != CR2_STAGE_EXCEPTION)
		length++;
	return length;
}

size_t fault_stage(const struct cr2_stage *stages, size_t n, unsigned number)
{
	size_t i = 0;

	while (i < n && stage_number(stages[i].kind) != number)
		i++;
	return i;
}

static void note_page(struct cr2_fault_facts *facts, const struct cr2_stage_page *page)
{
	facts->path = page->path;
	facts->major |= page->action == CR2_PAGE_READ || page->action == CR2_PAGE_SWAP_READ;
	facts->found = page->old_page.pfn != CR2_NO_FRAME ? page->old_page : page->new_page;
	facts->mapped = page->new_page;
	/* A page that is new was not there to be found. */
	if (page->old_page.pfn == CR2_NO_FRAME && page->action == CR2_PAGE_ZEROED)
		facts->found.pfn = CR2_NO_FRAME;
}

static void note_stage(struct cr2_fault_facts *facts, const struct cr2_stage *stage)
{
	switch (stage->kind) {
	case CR2_STAGE_EXCEPTION:
		facts->process = stage->process;
		facts->access = stage->exception.access;
		facts->error_code = stage->exception.frame.error_code;
		facts->address = stage->exception.cr2;
		break;
	case CR2_STAGE_ENTRY:
		facts->path = stage->entry.path;
		break;
	case CR2_STAGE_PAGE:
		note_page(facts, &stage->page);
		break;
	case CR2_STAGE_SIGNAL:
		facts->path = stage->signal.path;
		facts->result = cr2_result_from_signal(stage->signal.signo, stage->signal.code);
		break;
	case CR2_STAGE_EXTABLE:
		facts->path = stage->extable.path;
		facts->result = stage->extable.result;
		break;
	default:
		break;
	}
}

/* The fault as the observation has it says which place was hit. */
static void note_place(struct cr2_fault_facts *facts, const struct cr2_observation *o)
{
	if (facts->number > o->n_faults)
		return;
	facts->has_at = true;
	facts->at = o->faults[facts->number - 1].at;
}

static int record_fault(struct cr2_session *s, const struct cr2_step *step, unsigned number,
			const struct cr2_stage *stages, size_t n)
{
	struct cr2_fault_facts *facts = LIST_ADD(&s->faults);

	if (!facts)
		return -ENOMEM;
	*facts = (struct cr2_fault_facts){
		.step = step->number,
		.number = number,
		.line = step->statement->line,
		.op = step->statement->kind,
		.path = CR2_PATH_UNKNOWN,
		.found.pfn = CR2_NO_FRAME,
		.mapped.pfn = CR2_NO_FRAME,
	};
	for (size_t i = 0; i < n; i++) {
		facts->stages |= 1U << stage_number(stages[i].kind);
		note_stage(facts, &stages[i]);
	}
	note_place(facts, step->observation);
	return 0;
}

int record_step(struct cr2_session *s, const struct cr2_step *step, const struct stage_list *stages)
{
	const struct cr2_observation *o = step->observation;
	struct step_row *row = LIST_ADD(&s->steps);
	size_t n = 0;
	int r = 0;

	if (!row)
		return -ENOMEM;
	*row = (struct step_row){
		.row = {
			.line = o->line,
			.process = o->process,
			.op = o->op,
			.result = o->result,
			.has_at = o->has_at,
			.failed = step->failure,
			.at = o->at,
			.first_fault = s->faults.n,
		},
		.statement = (size_t)(step->statement - s->litmus.statements),
	};
	for (size_t i = 0; i < stages->n && r == 0; i += n) {
		n = fault_length(&stages->items[i], stages->n - i);
		r = record_fault(s, step, ++row->row.n_faults, &stages->items[i], n);
	}
	row->work = (s->steps.n > 1 ? row[-1].work : 0) + 1 + row->row.n_faults + step->op->length / CR2_PAGE_SIZE;
	return r;
}
