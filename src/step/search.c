/* SPDX-License-Identifier: MIT */
/*
 * The next fault that meets a condition, or the last. What is known of all faults answers most; counts of a
 * frame that the condition names by number are looked at when each fault begins, by a model that follows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

struct follower {
	const struct cr2_session *s;
	struct cr2_execution *x; /* NULL until it is wanted */
	unsigned step; /* so many it has taken */
	unsigned fault; /* of the step under way, so many have begun */
	unsigned wanted;
	const uint64_t *pfns;
	size_t n;
	struct frame_counts *counts;
};

static void look(struct follower *f)
{
	const struct cr2_model *model = cr2_runner_model_get(cr2_execution_runner(f->x));

	for (size_t i = 0; i < f->n; i++) {
		struct cr2_frame_info info;

		f->counts[i] = (struct frame_counts){.pfn = f->pfns[i]};
		if (!cr2_model_frame(model, f->pfns[i], &info))
			continue;
		f->counts[i].known = true;
		f->counts[i].refs = info.refs;
		f->counts[i].maps = info.maps;
	}
}

static void on_stage(void *data, const struct cr2_stage *stage)
{
	struct follower *f = data;

	if (stage->kind == CR2_STAGE_EXCEPTION && ++f->fault == f->wanted)
		look(f);
}

/*
 * To the step before, then through a copy of the one after it: other faults of the same step may be asked for too.
 */
static int follow(struct follower *f, const struct cr2_fault_facts *facts)
{
	struct cr2_execution *kept;
	struct stage_list stages = {0};
	struct cr2_step step;
	int r = f->x ? 0 : session_execution(f->s, facts->step - 1, &f->x);

	if (r == 0 && f->step == 0)
		f->step = facts->step - 1;
	for (; r >= 0 && f->step < facts->step - 1; f->step++)
		r = take_step(f->x, &stages, &step);
	free(stages.items);
	if (r >= 0)
		r = cr2_execution_copy(f->x, &kept);
	if (r < 0)
		return r;
	f->fault = 0;
	f->wanted = facts->number;
	cr2_model_observe(cr2_runner_model_get(cr2_execution_runner(f->x)), on_stage, f);
	r = cr2_execution_next(f->x, &step);
	cr2_execution_destroy(f->x);
	f->x = kept;
	return r < 0 ? r : 0;
}

/* Faults from first to before end; the last of them with back, which is looked for from the first on too. */
static int search(struct follower *f, const struct cr2_condition *condition, size_t first, size_t end, bool back,
		  size_t *ret_found)
{
	int found = 0, r = 0;

	for (size_t i = first; i < end && r >= 0 && (back || !found); i++) {
		const struct cr2_fault_facts *facts = &f->s->faults.items[i];

		if (f->n)
			r = follow(f, facts);
		if (r < 0 || (condition && !condition_holds(condition, facts, f->counts)))
			continue;
		*ret_found = i;
		found = 1;
	}
	return r < 0 ? r : found;
}

int cr2_session_search(struct cr2_session *s, const struct cr2_condition *condition, bool back,
		       struct cr2_position *ret_position)
{
	struct follower f = {.s = s};
	size_t found = 0;
	int r;

	f.n = condition ? condition_frames(condition, &f.pfns) : 0;
	f.counts = calloc(f.n + 1, sizeof(*f.counts));
	if (!f.counts)
		return -ENOMEM;
	r = back ? search(&f, condition, 0, faults_before(s, &s->at), true, &found)
		 : search(&f, condition, fault_behind(s, &s->at), s->faults.n, false, &found);
	if (r > 0)
		*ret_position = (struct cr2_position){s->faults.items[found].step, s->faults.items[found].number, 1};
	cr2_execution_destroy(f.x);
	free(f.counts);
	return r;
}
