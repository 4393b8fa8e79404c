/* SPDX-License-Identifier: MIT */
/* How an operation begins and ends: an access (access.c) or a system call (call.c). */
#ifndef MODEL_EXECUTE_H
#define MODEL_EXECUTE_H

#include "base/linux_errno.h"

#include "mm/mm.h"

int execute_call(struct cr2_model *m, const struct cr2_op *op, struct cr2_outcome *ret_outcome);
/* The OOM killer's choice is whoever asked: the others are kept from it. */
void oom_kill_process(struct cr2_model *m);

static inline int check_process(const struct cr2_model *m, const struct cr2_op *op)
{
	return op->process < m->n_processes && process_at(m, op->process)->alive ? 0 : -EINVAL;
}

static inline void begin_call(struct cr2_model *m, const struct cr2_op *op,
			      struct cr2_outcome *ret_outcome)
{
	ret_outcome->n_faults = 0;
	ret_outcome->either = false;
	ret_outcome->has_value = false;
	ret_outcome->value = 0;
	m->outcome = ret_outcome;
	if (op->process != m->current || !m->mm)
		switch_mm(m, op->process);
}

static inline int finish(struct cr2_model *m)
{
	if (m->oom)
		oom_kill_process(m);
	m->outcome = NULL;
	if (!m->failed)
		return 0;
	tlb_flush(&m->cpu);
	return *m->refusal ? -EOPNOTSUPP : -ENOMEM;
}

#endif
