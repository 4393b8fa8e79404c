/* SPDX-License-Identifier: MIT */
/*
 * Two runs of one scenario, step by step: all but how the path of a fault is known. What
 * differs only because a file's readahead differs is no difference (readahead.c).
 */
#include <cr2/run.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

void cr2_differences_finish(struct cr2_differences *differences)
{
	for (size_t i = 0; i < differences->count; i++) {
		free(differences->items[i].where);
		free(differences->items[i].left);
		free(differences->items[i].right);
	}
	free(differences->items);
	*differences = (struct cr2_differences){0};
}

int add_difference(struct comparison *c, size_t observation, const char *field, char *where,
		   char *left, char *right)
{
	struct cr2_difference difference = {observation, field, where, left, right};
	int r = left && right ? cr2_grow(&c->differences.items, &c->capacity,
					 c->differences.count + 1, sizeof(difference))
			      : -ENOMEM;

	if (r < 0) {
		free(where);
		free(left);
		free(right);
		return r;
	}
	c->differences.items[c->differences.count++] = difference;
	return 0;
}

static int add(struct comparison *c, size_t observation, const char *field, const char *left,
	       const char *right)
{
	return add_difference(c, observation, field, NULL, strdup(left), strdup(right));
}

struct accessed accessed_page(const struct cr2_observation *o)
{
	const char *at = o->at ? strchr(o->at, '@') : NULL;

	if (!at)
		return (struct accessed){0};
	return (struct accessed){
		.mapping = o->at,
		.mapping_length = (size_t)(at - o->at),
		.page = strtoll(at + 1, NULL, 10),
	};
}

static const char *value_text(const struct cr2_observation *o, char text[8])
{
	if (!o->has_value)
		return "none";
	snprintf(text, 8, "0x%02x", o->value);
	return text;
}

static int compare_values(struct comparison *c, size_t i)
{
	char left[8], right[8];
	const char *l = value_text(&c->left->items[i], left);
	const char *r = value_text(&c->right->items[i], right);

	return strcmp(l, r) == 0 ? 0 : add(c, i, "value", l, r);
}

static int compare_results(struct comparison *c, size_t i)
{
	enum cr2_result left = c->left->items[i].result, right = c->right->items[i].result;

	if (left == right)
		return 0;
	return add(c, i, "result", cr2_result_name(left), cr2_result_name(right));
}

static bool same_faults(const struct cr2_observation *left, const struct cr2_observation *right)
{
	if (left->n_faults != right->n_faults)
		return false;
	for (size_t i = 0; i < left->n_faults; i++)
		if (left->faults[i].error_code != right->faults[i].error_code ||
		    strcmp(left->faults[i].at, right->faults[i].at) != 0)
			return false;
	return true;
}

static char *faults_text(const struct cr2_observation *o)
{
	struct cr2_text text = {0};
	int r = o->n_faults ? 0 : cr2_text_append(&text, "none");

	for (size_t i = 0; i < o->n_faults && r == 0; i++)
		r = cr2_text_printf(&text, "%s0x%" PRIx64 " %s", i ? ", " : "",
				    o->faults[i].error_code, o->faults[i].at);
	if (r < 0)
		cr2_text_finish(&text);
	return text.data;
}

static int compare_majors(struct comparison *c, size_t i)
{
	const struct cr2_observation *left = &c->left->items[i], *right = &c->right->items[i];
	int r = 0;

	for (size_t f = 0; f < left->n_faults && r == 0; f++) {
		if (left->faults[f].major == right->faults[f].major)
			continue;
		if (may_be_read_ahead(c, i))
			c->differences.widened[CR2_WIDENING_READ_AHEAD_MAJOR]++;
		else
			r = add(c, i, "major", left->faults[f].major ? "major" : "minor",
				right->faults[f].major ? "major" : "minor");
	}
	return r;
}

/* Nothing but, perhaps, one fault of a write to an entry that was not writable. */
static bool at_most_spurious(const struct cr2_observation *o)
{
	const uint64_t written = CR2_PF(P) | CR2_PF(W);

	return o->n_faults == 0 ||
	       (o->n_faults == 1 && (o->faults[0].error_code & ~CR2_PF(U)) == written &&
		o->at && strcmp(o->faults[0].at, o->at) == 0);
}

/* The CPU held an entry from before the page became writable, or did not. */
static bool may_be_stale(const struct cr2_observation *left, const struct cr2_observation *right)
{
	return (left->either || right->either) && at_most_spurious(left) && at_most_spurious(right);
}

/* Where readahead mapped the page in one run and not in the other, the access may fault or not. */
static int compare_faults(struct comparison *c, size_t i)
{
	const struct cr2_observation *left = &c->left->items[i], *right = &c->right->items[i];
	bool open;
	int r;

	if (same_faults(left, right))
		return compare_majors(c, i);
	if (may_be_stale(left, right)) {
		c->differences.widened[CR2_WIDENING_STALE_TLB]++;
		return 0;
	}
	r = differed_before(c, i, &open);
	c->differences.widened[CR2_WIDENING_READ_AHEAD_FAULT] += r == 0 && open;
	if (r < 0 || open)
		return r;
	return add_difference(c, i, "faults", NULL, faults_text(left), faults_text(right));
}

static bool is_same_step(const struct cr2_observation *a, const struct cr2_observation *b)
{
	return a->line == b->line && a->op == b->op && strcmp(a->process, b->process) == 0 &&
	       !a->at == !b->at && (!a->at || strcmp(a->at, b->at) == 0);
}

static char *step_text(const struct cr2_observation *o)
{
	struct cr2_text text = {0};
	int r = cr2_text_printf(&text, "line %u: %s", o->line, cr2_op_name(o->op));

	if (r == 0 && o->at)
		r = cr2_text_printf(&text, " %s", o->at);
	if (r < 0)
		cr2_text_finish(&text);
	return text.data;
}

static int compare_step(struct comparison *c, size_t i)
{
	int r = compare_results(c, i);

	if (r == 0)
		r = compare_values(c, i);
	if (r == 0)
		r = compare_faults(c, i);
	return r == 0 ? compare_states(c, i) : r;
}

static int compare_counts(struct comparison *c, size_t i)
{
	char left[24], right[24];

	snprintf(left, sizeof(left), "%zu steps", c->left->count);
	snprintf(right, sizeof(right), "%zu steps", c->right->count);
	return add(c, i, "steps", left, right);
}

static int compare(struct comparison *c, bool whole)
{
	size_t n = c->left->count < c->right->count ? c->left->count : c->right->count;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		/* Runs of different scenarios: nothing behind this is comparable. */
		if (!is_same_step(&c->left->items[i], &c->right->items[i]))
			return add_difference(c, i, "steps", NULL, step_text(&c->left->items[i]),
					      step_text(&c->right->items[i]));
		r = compare_step(c, i);
	}
	return r == 0 && whole && c->left->count != c->right->count ? compare_counts(c, n) : r;
}

int cr2_litmus_compare(const struct cr2_litmus *litmus, const struct cr2_run *left,
		       const struct cr2_run *right, struct cr2_differences *ret_differences)
{
	struct comparison c = {
		.litmus = litmus,
		.left = &left->observations,
		.right = &right->observations,
	};
	int r = open_init(&c);

	if (r == 0)
		r = compare(&c, !left->reason && !right->reason);
	open_finish(&c);
	if (r < 0) {
		cr2_differences_finish(&c.differences);
		return r;
	}
	*ret_differences = c.differences;
	return 0;
}
