/* SPDX-License-Identifier: MIT */
/*
 * Positions in their order: of a step first the stages of its faults, then the step done. What is known of the
 * whole run says where each leads; nothing is executed here.
 */
#include "session.h"

int cr2_position_compare(const struct cr2_position *a, const struct cr2_position *b)
{
	/* Done is 0: one less, it is behind all faults. */
	unsigned x = a->fault - 1, y = b->fault - 1;

	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	return a->stage < b->stage ? -1 : a->stage > b->stage;
}

const struct cr2_fault_facts *faults_of(const struct cr2_session *s, unsigned step, unsigned *ret_n)
{
	const struct cr2_step_row *row = cr2_session_step(s, step);

	*ret_n = row ? row->n_faults : 0;
	return *ret_n ? &s->faults.items[row->first_fault] : NULL;
}

unsigned cr2_session_steps(const struct cr2_session *s)
{
	return (unsigned)s->steps.n;
}

const struct cr2_step_row *cr2_session_step(const struct cr2_session *s, unsigned step)
{
	return step && step <= s->steps.n ? &s->steps.items[step - 1].row : NULL;
}

const struct cr2_fault_facts *cr2_session_faults(const struct cr2_session *s, size_t *ret_n)
{
	*ret_n = s->faults.n;
	return s->faults.items;
}

/* ---- by stage ---- */

static struct cr2_position done(unsigned step)
{
	return (struct cr2_position){step, 0, 0};
}

static struct cr2_position begin(unsigned step, unsigned n_faults)
{
	return n_faults ? (struct cr2_position){step, 1, 1} : done(step);
}

/* The next stage that a fault has, or the one before; 0: there is none. S9 is before none. */
static unsigned stage_from(const struct cr2_fault_facts *fault, unsigned stage, bool back)
{
	do
		stage += back ? -1U : 1U;
	while (stage && stage <= CR2_STAGES && !(fault->stages >> stage & 1));
	return stage <= CR2_STAGES ? stage : 0;
}

static bool stage_forward(const struct cr2_session *s, struct cr2_position *p)
{
	unsigned n;
	const struct cr2_fault_facts *faults = faults_of(s, p->step, &n);
	unsigned stage = p->fault ? stage_from(&faults[p->fault - 1], p->stage, false) : 0;

	if (!p->fault) {
		if (p->step == s->steps.n)
			return false;
		faults_of(s, p->step + 1, &n);
		*p = begin(p->step + 1, n);
	} else if (stage) {
		p->stage = stage;
	} else if (p->fault < n) {
		*p = (struct cr2_position){p->step, p->fault + 1, 1};
	} else {
		*p = done(p->step);
	}
	return true;
}

static bool stage_back(const struct cr2_session *s, struct cr2_position *p)
{
	unsigned n;
	const struct cr2_fault_facts *faults = faults_of(s, p->step, &n);

	if (p->stage > 1) {
		p->stage = stage_from(&faults[p->fault - 1], p->stage, true);
		return true;
	}
	/* The last stage of the fault before, if there is one in the step. */
	n = p->fault ? p->fault - 1 : n;
	if (n)
		*p = (struct cr2_position){p->step, n, stage_from(&faults[n - 1], CR2_STAGES + 1, true)};
	else if (p->step == 0)
		return false;
	else
		*p = done(p->step - 1);
	return true;
}

/* ---- by step and by fault ---- */

static bool step_away(const struct cr2_session *s, bool back, struct cr2_position *p)
{
	if (!back && p->fault)
		*p = done(p->step);
	else if (back ? p->step == 0 : p->step == s->steps.n)
		return false;
	else
		*p = done(back ? p->step - 1 : p->step + 1);
	return true;
}

size_t fault_behind(const struct cr2_session *s, const struct cr2_position *p)
{
	const struct cr2_step_row *row = cr2_session_step(s, p->step);

	return row ? row->first_fault + (p->fault ? p->fault : row->n_faults) : 0;
}

size_t faults_before(const struct cr2_session *s, const struct cr2_position *p)
{
	return fault_behind(s, p) - (p->stage == 1);
}

static bool fault_away(const struct cr2_session *s, bool back, struct cr2_position *p)
{
	size_t i = back ? faults_before(s, p) - 1 : fault_behind(s, p);

	if (i >= s->faults.n) /* also -1 */
		return false;
	*p = (struct cr2_position){s->faults.items[i].step, s->faults.items[i].number, 1};
	return true;
}

bool cr2_session_next(const struct cr2_session *s, enum cr2_unit unit, bool back, struct cr2_position *ret_position)
{
	struct cr2_position p = s->at;
	bool r;

	if (unit == CR2_UNIT_STAGE)
		r = back ? stage_back(s, &p) : stage_forward(s, &p);
	else if (unit == CR2_UNIT_STEP)
		r = step_away(s, back, &p);
	else
		r = fault_away(s, back, &p);
	if (r)
		*ret_position = p;
	return r;
}

/* Where a step begins that is the first of its line in a row. */
static bool begins_line(const struct cr2_session *s, unsigned step, unsigned line)
{
	return s->steps.items[step - 1].row.line == line && (step == 1 || s->steps.items[step - 2].row.line != line);
}

bool cr2_session_line(const struct cr2_session *s, unsigned line, bool back, struct cr2_position *ret_position)
{
	unsigned first = s->at.step ? s->at.step : 1;

	for (unsigned step = first; step >= 1 && step <= s->steps.n; step += back ? -1U : 1U) {
		struct cr2_position p = begin(step, s->steps.items[step - 1].row.n_faults);
		int order = cr2_position_compare(&p, &s->at);

		if (!begins_line(s, step, line) || (back ? order >= 0 : order <= 0))
			continue;
		*ret_position = p;
		return true;
	}
	return false;
}
