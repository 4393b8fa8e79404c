/* SPDX-License-Identifier: MIT */
/*
 * Patterns in what a scenario has done so far (tables/pattern.def): found at their last step, which
 * is an access, by going back over the operations that concern its page.
 */
#include <stdlib.h>

#include <cr2/coverage.h>

#define NOBODY UINT32_MAX

/* A pattern that is followed backwards. */
struct way {
	const struct cr2_pattern_row *row;
	uint64_t page; /* its address */
	uint32_t actors[2]; /* the process and its child; NOBODY: not known yet */
	size_t left; /* steps that are still to be found, the first ones */
};

static bool is_about_pages(enum cr2_op_kind kind)
{
	return !cr2_op_makes_object(kind) && kind != CR2_OP_EVICT && kind != CR2_OP_TRUNCATE && kind != CR2_OP_FORK && kind != CR2_OP_EXIT;
}

static bool concerns(const struct cr2_op *op, uint64_t page)
{
	uint64_t length = op->length > op->new_length ? op->length : op->new_length;

	if (cr2_op_is_access(op->kind))
		return (op->address & CR2_PAGE_MASK) == page;
	return is_about_pages(op->kind) && op->address <= page && page - op->address < length;
}

static bool is_of_kind(const struct cr2_op *op, const struct cr2_pattern_step *step)
{
	if (op->kind != (enum cr2_op_kind)step->op)
		return false;
	return op->kind == CR2_OP_ADVISE ? op->advice == (enum cr2_advice)step->detail :
	       op->kind == CR2_OP_PROTECT ? op->prot == step->detail : true;
}

static bool is_actor(uint32_t *actor, uint32_t process)
{
	if (*actor == NOBODY)
		*actor = process;
	return *actor == process;
}

/* Is op the step that comes before those found? */
static bool is_step(struct way *trail, const struct cr2_op *op)
{
	const struct cr2_pattern_step *step = &trail->row->steps[trail->left - 1];
	uint32_t actors[2] = {trail->actors[0], trail->actors[1]};

	if (!is_of_kind(op, step) || !is_actor(&actors[step->child], op->process) ||
	    (op->kind == CR2_OP_FORK && !is_actor(&actors[1], op->child)) ||
	    actors[0] == actors[1])
		return false;
	trail->actors[0] = actors[0];
	trail->actors[1] = actors[1];
	return true;
}

/* Would op have been one of the pattern's, as somebody who takes part in it did it? */
static bool interrupts(const struct way *trail, const struct cr2_op *op)
{
	return concerns(op, trail->page) &&
	       (op->process == trail->actors[0] || op->process == trail->actors[1]);
}

/* The last of the n operations is what the pattern must end with. */
static bool leads_here(struct way *trail, const struct cr2_op *ops, size_t n)
{
	if (!is_step(trail, &ops[--n]))
		return false;
	trail->left--;
	while (n-- > 0 && trail->left) {
		bool here = !is_about_pages(ops[n].kind) || concerns(&ops[n], trail->page);

		if (here && is_step(trail, &ops[n]))
			trail->left--;
		else if (interrupts(trail, &ops[n]))
			return false;
	}
	return trail->left == 0;
}

int cr2_coverage_op(struct cr2_coverage *coverage, struct cr2_coverage_past *past,
		    const struct cr2_op *op, bool either)
{
	int r = cr2_grow(&past->ops, &past->capacity, past->n + 1, sizeof(*past->ops));

	if (r < 0)
		return r;
	past->ops[past->n++] = *op;
	if (!cr2_op_is_access(op->kind))
		return 0;
	for (int i = 0; i < CR2_PATTERN_COUNT; i++) {
		struct way trail = {
			.row = cr2_pattern_get((enum cr2_pattern)i),
			.page = op->address & CR2_PAGE_MASK,
			.actors = {NOBODY, NOBODY},
		};

		trail.left = trail.row->n;
		if ((either || !trail.row->stale) && leads_here(&trail, past->ops, past->n))
			coverage->patterns[i]++;
	}
	return 0;
}

void cr2_coverage_past_finish(struct cr2_coverage_past *past)
{
	free(past->ops);
	*past = (struct cr2_coverage_past){0};
}
