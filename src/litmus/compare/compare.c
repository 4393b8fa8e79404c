/* SPDX-License-Identifier: MIT */
/*
 * Two runs of one scenario, step by step: all but how the path of a fault is known, and the path itself
 * where a kernel's was not seen or read. What
 * differs only because a file's readahead differs is no difference (readahead.c), nor is what
 * follows from a map or a fork that failed on one side.
 */
#include <cr2/run.h>

#include <errno.h>
#include <stdlib.h>

#include "difference.h"
#include "record/changes.h"

static const struct cr2_observation *observation_of(const struct comparison *c, int side, size_t i)
{
	return &c->sides[side].list->items[i];
}

static int compare_values(struct comparison *c, size_t i)
{
	const struct cr2_observation *a = observation_of(c, 0, i), *b = observation_of(c, 1, i);

	if (a->has_value == b->has_value && a->value == b->value)
		return 0;
	if (a->op == CR2_OP_MINCORE && compare_may_be_read_ahead(c, a)) {
		c->differences.widened[CR2_WIDENING_READ_AHEAD]++;
		return 0;
	}
	return difference_add(c, i, CR2_FIELD_VALUE);
}

static bool same_fault(const struct cr2_observed_fault *a, const struct cr2_observed_fault *b)
{
	return a->error_code == b->error_code && cr2_ref_equal(&a->at, &b->at);
}

static bool same_faults(const struct cr2_observation *a, const struct cr2_observation *b)
{
	if (a->n_faults != b->n_faults)
		return false;
	for (size_t i = 0; i < a->n_faults; i++)
		if (!same_fault(&a->faults[i], &b->faults[i]))
			return false;
	return true;
}

/* Which fault counts next, from fault i on; those before it one side may have alone. */
typedef size_t (*pass_over_fn)(const struct cr2_observation *o, size_t i);

static bool same_but_for(const struct cr2_observation *a, const struct cr2_observation *b, pass_over_fn pass_over)
{
	size_t i = pass_over(a, 0), k = pass_over(b, 0);

	while (i < a->n_faults && k < b->n_faults && same_fault(&a->faults[i], &b->faults[k])) {
		i = pass_over(a, i + 1);
		k = pass_over(b, k + 1);
	}
	return i == a->n_faults && k == b->n_faults;
}

/*
 * The kernel's copy takes a fault again before it gives up: from outside, what it takes twice since the first one
 * settled something looks the same, and is seen once.
 */
static size_t behind_repeats(const struct cr2_observation *o, size_t i)
{
	while (i > 0 && i < o->n_faults && !(o->faults[i].error_code & CR2_PF(U)) &&
	       same_fault(&o->faults[i - 1], &o->faults[i]))
		i++;
	return i;
}

static int add_of_fault(struct comparison *c, size_t i, enum cr2_field field, size_t fault)
{
	int r = difference_add(c, i, field);

	if (r == 0)
		c->differences.items[c->differences.count - 1].first = fault;
	return r;
}

/* What was derived from outside is not compared: where several explanations are left, it says none. */
static bool is_known(const struct cr2_observed_fault *f)
{
	return f->evidence == CR2_EVIDENCE_SEEN || f->evidence == CR2_EVIDENCE_READ ||
	       f->evidence == CR2_EVIDENCE_REPLAYED;
}

static int compare_paths(struct comparison *c, size_t i)
{
	const struct cr2_observation *a = observation_of(c, 0, i), *b = observation_of(c, 1, i);
	int r = 0;

	for (size_t f = 0; f < a->n_faults && r == 0; f++)
		if (is_known(&a->faults[f]) && is_known(&b->faults[f]) && a->faults[f].path != b->faults[f].path)
			r = add_of_fault(c, i, CR2_FIELD_PATH, f);
	return r;
}

static int compare_majors(struct comparison *c, size_t i)
{
	const struct cr2_observation *a = observation_of(c, 0, i), *b = observation_of(c, 1, i);
	int r = 0;

	for (size_t f = 0; f < a->n_faults && r == 0; f++) {
		if (a->faults[f].major == b->faults[f].major)
			continue;
		if (compare_may_be_read_ahead(c, a)) {
			c->differences.widened[CR2_WIDENING_READ_AHEAD_MAJOR]++;
			continue;
		}
		r = add_of_fault(c, i, CR2_FIELD_MAJOR, f);
	}
	return r;
}

/* A write to an entry that was not writable, by somebody's book. */
static bool may_be_of_stale_entry(const struct cr2_observation *o, size_t i)
{
	return i < o->n_faults && (o->faults[i].error_code & ~CR2_PF(U)) == (CR2_PF(P) | CR2_PF(W));
}

/* Have they the same faults but for some of `more` that stale entries may be the cause of? */
static bool has_stale_faults(const struct cr2_observation *more, const struct cr2_observation *fewer)
{
	size_t i = 0, k = 0;

	for (; i < more->n_faults; i++) {
		if (k < fewer->n_faults && same_fault(&more->faults[i], &fewer->faults[k]))
			k++;
		else if (!may_be_of_stale_entry(more, i))
			return false;
	}
	return k == fewer->n_faults;
}

/* The CPU held an entry from before the page became writable, or did not. */
static bool may_be_stale(const struct cr2_observation *left, const struct cr2_observation *right)
{
	return (left->either || right->either) && (has_stale_faults(left, right) || has_stale_faults(right, left));
}

static bool faulted_at(const struct cr2_observation *o, uint64_t page)
{
	for (size_t f = 0; f < o->n_faults; f++)
		if (o->faults[f].at.mapping == o->at.mapping && o->faults[f].at.first == (int64_t)page)
			return true;
	return false;
}

/* Did the page differ (being open) before the step that accesses it, or one behind that it reached into? */
static bool differed_before(const struct comparison *c, const struct cr2_observation *o, const struct cr2_observation *other)
{
	const struct side *a = &c->sides[0], *b = &c->sides[1];

	for (unsigned k = 0; k < COMPARE_REACH; k++) {
		const uint64_t page = (uint64_t)o->at.first + k;

		if (a->has_before[k] && b->has_before[k] && !cr2_page_equal(&a->before[k], &b->before[k]) &&
		    (k == 0 || faulted_at(o, page) || faulted_at(other, page)) &&
		    compare_is_open(c, &a->before[k], &b->before[k], o->line, false))
			return true;
	}
	return false;
}

static bool reaches_on(enum cr2_op_kind kind)
{
	return kind == CR2_OP_READ8 || kind == CR2_OP_WRITE8 || kind == CR2_OP_KREAD || kind == CR2_OP_KWRITE;
}

/* A page behind the first that an access reaches: is it still being read when that one is mapped, it faults by itself. */
static size_t behind_neighbours(const struct cr2_observation *o, size_t i)
{
	while (i < o->n_faults && !(o->faults[i].error_code & CR2_PF(P)) && o->faults[i].at.mapping == o->at.mapping &&
	       o->faults[i].at.first > o->at.first)
		i++;
	return i;
}

/* Where readahead mapped the page in one run and not in the other, the access may fault or not. */
static int compare_faults(struct comparison *c, size_t i)
{
	const struct cr2_observation *a = observation_of(c, 0, i), *b = observation_of(c, 1, i);

	if (same_faults(a, b)) {
		int r = compare_paths(c, i);

		return r == 0 ? compare_majors(c, i) : r;
	}
	if (same_but_for(a, b, behind_repeats))
		return 0;
	if (may_be_stale(a, b)) {
		c->differences.widened[CR2_WIDENING_STALE_TLB]++;
		return 0;
	}
	if (differed_before(c, a, b) || (reaches_on(a->op) && compare_reads_ahead(c, a) && same_but_for(a, b, behind_neighbours))) {
		c->differences.widened[CR2_WIDENING_READ_AHEAD_FAULT]++;
		return 0;
	}
	return difference_add(c, i, CR2_FIELD_FAULTS);
}

static bool is_same_step(const struct cr2_observation *a, const struct cr2_observation *b)
{
	return a->line == b->line && a->op == b->op && a->process == b->process &&
	       a->has_at == b->has_at && (!a->has_at || cr2_ref_equal(&a->at, &b->at));
}

/* The first statement of a line; there is one. */
static const struct cr2_statement *statement_at(const struct cr2_litmus *litmus, unsigned line)
{
	size_t first = 0, end = litmus->n_statements;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (litmus->statements[middle].line < line)
			first = middle + 1;
		else
			end = middle;
	}
	return first < litmus->n_statements ? &litmus->statements[first] : NULL;
}

/*
 * What a map or a fork makes is there on one side only: what is done with it from now on says
 * nothing new, nor do the map counts of the pages that it shares.
 */
static void note_failure(struct comparison *c, const struct cr2_observation *o)
{
	const struct cr2_statement *s = statement_at(c->litmus, o->line);

	if (!s || (!cr2_op_maps(s->kind) && !cr2_op_makes_process(s->kind)))
		return;
	(cr2_op_maps(s->kind) ? c->failed_maps : c->failed_forks)[s->name] = true;
	c->ignores_counts = true;
}

/* Is the step about what only one side has got? */
static bool is_on_failed(const struct comparison *c, const struct cr2_observation *o)
{
	const struct cr2_statement *s = statement_at(c->litmus, o->line);
	uint32_t mapping = s && !cr2_op_makes_process(o->op) ? s->ref.mapping : CR2_NO_OBJECT;

	if (o->has_at)
		mapping = o->at.mapping;
	return c->failed_forks[o->process] ||
	       (c->ignores_counts && mapping < c->litmus->names.mappings.n &&
		c->failed_maps[mapping]);
}

static int compare_step(struct comparison *c, size_t i)
{
	const struct cr2_observation *a = observation_of(c, 0, i), *b = observation_of(c, 1, i);
	int r = 0;

	if (is_on_failed(c, a))
		return 0;
	if (a->result != b->result) {
		r = difference_add(c, i, CR2_FIELD_RESULT);
		if ((a->result == CR2_RESULT_OK) != (b->result == CR2_RESULT_OK))
			note_failure(c, a);
	}
	if (r == 0)
		r = compare_values(c, i);
	return r == 0 ? compare_faults(c, i) : r;
}

static void keep_before(const struct comparison *c, struct side *s, const struct cr2_observation *o)
{
	const unsigned reach = reaches_on(o->op) ? COMPARE_REACH : 1;
	uint32_t mapping;
	uint64_t page;

	for (unsigned k = 0; k < COMPARE_REACH; k++)
		s->has_before[k] = k < reach && compare_accessed(o, &mapping, &page) &&
				   state_page(s->state, c->spaces[o->process], mapping, page + k, &s->before[k]);
}

/* Keeps the pages that the step accesses as they are before it, then applies what the step did. */
static int apply(struct comparison *c, size_t i)
{
	int r = 0;

	for (int side = 0; side < 2 && r == 0; side++) {
		struct side *s = &c->sides[side];
		const struct cr2_observation *o = observation_of(c, side, i);

		keep_before(c, s, o);
		r = cr2_state_apply(s->state, o);
	}
	return r;
}

static int compare(struct comparison *c, bool whole)
{
	size_t left = c->sides[0].list->count, right = c->sides[1].list->count;
	size_t n = left < right ? left : right;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		/* Runs of different scenarios: nothing behind this is comparable. */
		if (!is_same_step(observation_of(c, 0, i), observation_of(c, 1, i)))
			return difference_add(c, i, CR2_FIELD_STEPS);
		r = apply(c, i);
		if (r == 0)
			r = compare_step(c, i);
		if (r == 0)
			r = compare_states(c, i);
		if (r == 0)
			readahead_note(c, observation_of(c, 0, i));
	}
	return r == 0 && whole && left != right ? difference_add(c, n, CR2_FIELD_STEPS) : r;
}

static size_t greater(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Threads, and who borrows memory, act in that of others. */
static void find_spaces(struct comparison *c, size_t n)
{
	for (uint32_t i = 0; i < n; i++)
		c->spaces[i] = i;
	for (size_t i = 0; i < c->litmus->n_statements; i++) {
		const struct cr2_statement *s = &c->litmus->statements[i];

		if (s->kind == CR2_OP_THREAD || s->kind == CR2_OP_VFORK)
			c->spaces[s->name] = c->spaces[s->process];
	}
}

static int init(struct comparison *c)
{
	const struct cr2_names *left = &c->sides[0].list->names, *right = &c->sides[1].list->names;
	size_t maps = greater(left->mappings.n, right->mappings.n);
	size_t forks = greater(greater(left->processes.n, right->processes.n), c->litmus->names.processes.n) + 1;
	int r = readahead_init(c);

	c->failed_maps = calloc(greater(maps, c->litmus->names.mappings.n) + 1, sizeof(bool));
	c->failed_forks = calloc(forks, sizeof(bool));
	c->spaces = calloc(forks, sizeof(*c->spaces));
	if (r == 0 && (!c->failed_maps || !c->failed_forks || !c->spaces))
		r = -ENOMEM;
	if (r == 0)
		find_spaces(c, forks);
	for (int side = 0; side < 2 && r == 0; side++)
		r = cr2_state_create(&c->sides[side].state);
	return r;
}

static void finish(struct comparison *c)
{
	readahead_finish(c);
	free(c->failed_maps);
	free(c->failed_forks);
	free(c->spaces);
	for (int side = 0; side < 2; side++) {
		cr2_state_destroy(c->sides[side].state);
		free(c->sides[side].anon.other);
		free(c->sides[side].huge.other);
	}
}

int cr2_litmus_compare(const struct cr2_litmus *litmus, const struct cr2_run *left,
		       const struct cr2_run *right, struct cr2_differences *ret_differences)
{
	struct comparison c = {
		.litmus = litmus,
		.sides = {{.list = &left->observations}, {.list = &right->observations}},
	};
	int r = init(&c);

	if (r == 0)
		r = compare(&c, !left->reason && !right->reason);
	finish(&c);
	if (r < 0) {
		cr2_differences_finish(&c.differences);
		return r;
	}
	*ret_differences = c.differences;
	return 0;
}
