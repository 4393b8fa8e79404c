/* SPDX-License-Identifier: MIT */
/* What a statement expects, against what its step came to. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "execution.h"

/* The words that failed, and what was seen in their place. */
struct verdict {
	struct cr2_text expected, seen;
	bool without_fault; /* that no fault was seen has been said */
};

static int append_word(struct cr2_text *text, const char *word)
{
	int r = text->length ? cr2_text_append(text, " ") : 0;

	return r == 0 ? cr2_text_append(text, word) : r;
}

static int fail(struct verdict *v, const char *expected, const char *seen)
{
	int r = append_word(&v->expected, expected);

	return r == 0 ? append_word(&v->seen, seen) : r;
}

static int fail_number(struct verdict *v, const char *expected, const char *format, uint64_t seen)
{
	char text[40];

	snprintf(text, sizeof(text), format, (unsigned long long)seen);
	return fail(v, expected, text);
}

/* Reports a missing fault once, whichever words it breaks. */
static int fail_without_fault(struct verdict *v, const char *expected)
{
	int r = append_word(&v->expected, expected);

	if (r == 0 && !v->without_fault)
		r = append_word(&v->seen, "no fault");
	v->without_fault = true;
	return r;
}

static int check_none(struct verdict *v, const struct cr2_observation *o)
{
	if (o->n_faults == 0)
		return 0;
	return fail_number(v, "none", o->n_faults > 1 ? "0x%llx (and more)" : "0x%llx",
			   o->faults[0].error_code);
}

static int append_code(struct cr2_text *text, uint64_t code)
{
	char word[24];

	snprintf(word, sizeof(word), "0x%" PRIx64, code);
	return append_word(text, word);
}

/* All codes of the step stand in the place of those that do not come in their order. */
static int fail_error_codes(struct verdict *v, const struct cr2_expectation *e,
			    const struct cr2_observation *o)
{
	struct cr2_text expected = {0};
	int r = 0;

	for (size_t i = 0; i < e->n_error_codes && r == 0; i++)
		r = append_code(&expected, e->error_codes[i]);
	if (r == 0)
		r = o->n_faults ? append_word(&v->expected, expected.data)
				: fail_without_fault(v, expected.data);
	for (size_t i = 0; i < o->n_faults && r == 0; i++)
		r = append_code(&v->seen, o->faults[i].error_code);
	cr2_text_finish(&expected);
	return r;
}

static int check_error_codes(struct verdict *v, const struct cr2_expectation *e,
			     const struct cr2_observation *o)
{
	size_t found = 0;

	for (size_t i = 0; i < o->n_faults && found < e->n_error_codes; i++)
		found += o->faults[i].error_code == e->error_codes[found];
	return found < e->n_error_codes ? fail_error_codes(v, e, o) : 0;
}

static int check_faults(struct verdict *v, const struct cr2_expectation *e,
			const struct cr2_observation *o)
{
	char expected[24];

	if (o->n_faults == e->faults)
		return 0;
	snprintf(expected, sizeof(expected), "faults=%u", e->faults);
	return fail_number(v, expected, "faults=%llu", o->n_faults);
}

static int check_major(struct verdict *v, const struct cr2_expectation *e,
		       const struct cr2_observation *o)
{
	static const char *const names[] = {"minor", "major"};
	bool major = false;

	for (size_t i = 0; i < o->n_faults; i++)
		major |= o->faults[i].major;
	if (o->n_faults == 0)
		return fail_without_fault(v, names[e->major]);
	return major == e->major ? 0 : fail(v, names[e->major], names[major]);
}

/* A target that cannot tell a path neither confirms nor denies it. */
static int check_path(struct verdict *v, const struct cr2_expectation *e,
		      const struct cr2_observation *o)
{
	const char *expected = cr2_path_name(e->path);

	for (size_t i = 0; i < o->n_faults; i++)
		if (o->faults[i].path == e->path || o->faults[i].path == CR2_PATH_UNKNOWN)
			return 0;
	return o->n_faults ? fail(v, expected, cr2_path_name(o->faults[0].path))
			   : fail_without_fault(v, expected);
}

static int check_value(struct verdict *v, const struct cr2_expectation *e,
		       const struct cr2_outcome *outcome)
{
	char expected[24];

	if (outcome->has_value && outcome->value == e->value)
		return 0;
	snprintf(expected, sizeof(expected), "value=%u", e->value);
	return outcome->has_value ? fail_number(v, expected, "value=%llu", outcome->value)
				  : fail(v, expected, "no value");
}

/* The pages that a statement is about, where they are after it. */
static void find_pages(const struct cr2_execution *x, const struct cr2_statement *s,
		       uint64_t *ret_address, uint64_t *ret_pages)
{
	const struct cr2_place *place;

	*ret_address = x->op.address & CR2_PAGE_MASK;
	*ret_pages = cr2_op_is_access(s->kind) ? 1 : x->op.length / CR2_PAGE_SIZE;
	if (s->kind != CR2_OP_REMAP)
		return;
	place = place_find(x, s->process, s->name);
	*ret_address = place->address;
	*ret_pages = place->pages;
}

/* "map=a1", and of several pages which one it is: "map=a1 (page 3)". */
static int fail_map(struct verdict *v, const char *expected, const char *seen, uint64_t page,
		    uint64_t pages)
{
	struct cr2_text e = {0}, s = {0};
	int r = cr2_text_printf(&e, "map=%s", expected);

	if (r == 0)
		r = cr2_text_printf(&s, "map=%s", seen);
	if (r == 0 && pages > 1)
		r = cr2_text_printf(&s, " (page %" PRIu64 " of %" PRIu64 ")", page + 1, pages);
	if (r == 0)
		r = fail(v, e.data, s.data);
	cr2_text_finish(&e);
	cr2_text_finish(&s);
	return r;
}

/* The first of n pages in x->states that is not as expected, or n; *token is the last one read. */
static int find_other(struct cr2_execution *x, const char *expected, uint64_t n,
		      uint64_t *ret_page, struct cr2_text *token)
{
	int r = 0;

	for (*ret_page = 0; *ret_page < n; ++*ret_page) {
		struct cr2_page page = state_page_seen(x, &x->states[*ret_page]);

		cr2_text_clear(token);
		r = cr2_page_append(&x->litmus->names, &page, token);
		if (r < 0 || strcmp(token->data, expected) != 0)
			break;
	}
	return r;
}

static int check_map(struct verdict *v, struct cr2_execution *x, const struct cr2_statement *s)
{
	const struct cr2_runner_ops *ops = x->runner->ops;
	uint64_t address, pages, other = 0, n;
	struct cr2_text token = {0};
	int r = 0;

	find_pages(x, s, &address, &pages);
	for (uint64_t done = 0; done < pages && r == 0; done += n) {
		n = pages - done < SNAPSHOT_PAGES ? pages - done : SNAPSHOT_PAGES;
		r = ops->snapshot(x->runner, s->process, address + done * CR2_PAGE_SIZE, n,
				  x->states);
		if (r == 0)
			r = find_other(x, s->expect.map, n, &other, &token);
		if (r == 0 && other < n) {
			r = fail_map(v, s->expect.map, token.data, done + other, pages);
			break;
		}
	}
	cr2_text_finish(&token);
	return r;
}

/* A spurious fault that is expected need not come: whether it does is up to the CPU. */
static bool spared(const struct cr2_expectation *e, const struct cr2_observation *o)
{
	return e->has_path && e->path == CR2_PATH_SPURIOUS && o->n_faults == 0;
}

static int check_fault(struct verdict *v, const struct cr2_expectation *e,
		       const struct cr2_observation *o)
{
	int r = 0;

	if (spared(e, o))
		return 0;
	if (e->n_error_codes)
		r = check_error_codes(v, e, o);
	if (r == 0 && e->has_faults)
		r = check_faults(v, e, o);
	if (r == 0 && e->has_major)
		r = check_major(v, e, o);
	return r == 0 && e->has_path ? check_path(v, e, o) : r;
}

static int check_words(struct verdict *v, struct cr2_execution *x, const struct cr2_statement *s,
		       const struct cr2_outcome *outcome)
{
	const struct cr2_observation *o = &x->observation;
	const struct cr2_expectation *e = &s->expect;
	int r = e->none ? check_none(v, o) : 0;

	if (r == 0)
		r = check_fault(v, e, o);
	if (r == 0 && e->has_result && o->result != e->result)
		r = fail(v, cr2_result_name(e->result), cr2_result_name(o->result));
	if (r == 0 && e->has_value)
		r = check_value(v, e, outcome);
	return r == 0 && e->map ? check_map(v, x, s) : r;
}

int expectation_check(struct cr2_execution *x, const struct cr2_statement *s,
		      const struct cr2_outcome *outcome, struct cr2_failure *ret_failure)
{
	struct verdict v = {0};
	int r = s->expect.any ? check_words(&v, x, s, outcome) : 0;

	if (r < 0 || !v.expected.length) {
		cr2_text_finish(&v.expected);
		cr2_text_finish(&v.seen);
		return r;
	}
	*ret_failure = (struct cr2_failure){
		.line = s->line,
		.observation = x->steps - 1,
		.expected = v.expected.data,
		.seen = v.seen.data,
	};
	return 0;
}
