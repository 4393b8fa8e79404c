/* SPDX-License-Identifier: MIT */
/* Misconceptions about copy-on-write: what follows from a wrong rule, or a count that is off. */
#include "cow_rules.h"

static size_t by_rule(const struct cr2_exercise *e, const struct cr2_exercise_part *part, enum cow_rule rule,
		      struct cr2_answer *ret)
{
	struct learn_line line;

	if (learn_kind_of(e) != CR2_EXERCISE_COW)
		return 0;
	cow_by_rule(&learn_facts(e)->scenario, rule, part->line, &line);
	switch (part->subject) {
	case LEARN_ERROR:
	case LEARN_PATH:
		ret->n = line.n;
		for (unsigned i = 0; i < line.n; i++)
			ret->values[i] = part->subject == LEARN_ERROR ? line.codes[i] : line.paths[i];
		return 1;
	case LEARN_REFS:
		return learn_one(ret, line.refs);
	case LEARN_MAPS:
		return learn_one(ret, line.maps);
	case LEARN_VALUE:
		return learn_one(ret, line.value);
	default:
		return 0;
	}
}

/* In other scenarios than those that the rules know, what a rule says of a path. */
static size_t path_by_rule(const struct cr2_exercise *e, const struct cr2_exercise_part *part, enum cow_rule rule,
			   enum cr2_path from, enum cr2_path to, struct cr2_answer *ret)
{
	if (learn_kind_of(e) != CR2_EXERCISE_PREDICT)
		return by_rule(e, part, rule, ret);
	return learn_path_taken_for(part, from, to, ret);
}

/* In other scenarios: a write that fork had forbidden is thought to be allowed. */
static size_t never_forbidden(const struct cr2_exercise_part *part, const struct learn_line *line, struct cr2_answer *ret)
{
	bool forbidden = line->was_anon && line->n && line->codes[0] & CR2_PF(P) && line->result == CR2_RESULT_OK;

	if (!forbidden || part->subject < LEARN_FAULTS || part->subject > LEARN_PATH)
		return 0;
	ret->n = 0;
	return part->subject == LEARN_FAULTS ? learn_one(ret, 0) : 1;
}

size_t learn_copies_at_fork(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	const struct learn_count *count = &learn_facts(e)->count;

	/* All pages twice, and the child's are its own already. */
	if (part->subject == LEARN_COUNT_PAGES && count->child_writes)
		return learn_one(ret, 2 * (uint64_t)count->pages);
	if (part->subject == LEARN_COUNT_FAULTS)
		return learn_one(ret, count->parent_faults);
	if (learn_kind_of(e) == CR2_EXERCISE_PREDICT)
		return never_forbidden(part, &learn_facts(e)->scenario.lines[part->line - 1], ret);
	return by_rule(e, part, COW_COPIES_AT_FORK, ret);
}

size_t learn_writes_in_place(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			     struct cr2_answer *ret)
{
	return path_by_rule(e, part, COW_WRITES_IN_PLACE, CR2_PATH_WP_COPY, CR2_PATH_WP_REUSE, ret);
}

size_t learn_copies_always(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	return path_by_rule(e, part, COW_COPIES_ALWAYS, CR2_PATH_WP_REUSE, CR2_PATH_WP_COPY, ret);
}

size_t learn_exit_keeps(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			struct cr2_answer *ret)
{
	return by_rule(e, part, COW_EXIT_KEEPS, ret);
}

size_t learn_parent_writes(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			   struct cr2_answer *ret)
{
	const struct learn_line *line = &learn_facts(e)->scenario.lines[part->line ? part->line - 1 : 0];

	if (learn_kind_of(e) == CR2_EXERCISE_PREDICT)
		return line->process == 0 ? never_forbidden(part, line, ret) : 0;
	return by_rule(e, part, COW_PARENT_WRITES, ret);
}

size_t learn_old_keeps(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
		       struct cr2_answer *ret)
{
	return by_rule(e, part, COW_OLD_KEEPS, ret);
}

size_t learn_copies_nothing(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			    struct cr2_answer *ret)
{
	return by_rule(e, part, COW_COPIES_NOTHING, ret);
}

size_t learn_refs_off_by_one(const struct cr2_exercise *e, const struct cr2_exercise_part *part,
			     struct cr2_answer *ret)
{
	uint64_t refs = part->answer.values[0];

	(void)e;
	if (part->subject != LEARN_REFS)
		return 0;
	learn_one(&ret[0], refs + 1);
	return refs > 0 ? 1 + learn_one(&ret[1], refs - 1) : 1;
}
