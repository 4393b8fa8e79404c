/* SPDX-License-Identifier: MIT */
/* What a statement expects, against what its step came to. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

/* The words that failed, and what was seen in their place. */
struct verdict {
	struct cr2_text expected, seen;
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

/* No fault where one was expected is said once, whatever words it breaks. */
static int fail_without_fault(struct verdict *v, const char *expected)
{
	int r = append_word(&v->expected, expected);

	if (r == 0 && (!v->seen.data || !strstr(v->seen.data, "no fault")))
		r = append_word(&v->seen, "no fault");
	return r;
}

static int check_none(struct verdict *v, const struct cr2_observation *o)
{
	if (o->n_faults == 0)
		return 0;
	return fail_number(v, "none", o->n_faults > 1 ? "0x%llx (and more)" : "0x%llx",
			   o->faults[0].error_code);
}

static int check_error_code(struct verdict *v, const struct cr2_expectation *e,
			    const struct cr2_observation *o)
{
	char expected[24];

	for (size_t i = 0; i < o->n_faults; i++)
		if (o->faults[i].error_code == e->error_code)
			return 0;
	snprintf(expected, sizeof(expected), "0x%" PRIx64, e->error_code);
	return o->n_faults ? fail_number(v, expected, "0x%llx", o->faults[0].error_code)
			   : fail_without_fault(v, expected);
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
static void find_pages(const struct interpreter *it, const struct cr2_statement *s,
		       const struct cr2_op *op, uint64_t *ret_address, uint64_t *ret_pages)
{
	const struct cr2_place *place;

	*ret_address = op->address & CR2_PAGE_MASK;
	*ret_pages = cr2_op_is_access(s->kind) ? 1 : op->length / CR2_PAGE_SIZE;
	if (s->kind != CR2_OP_REMAP)
		return;
	place = place_find(&it->processes[s->process], s->name);
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

/* The first of n pages in it->states that is not as expected, or n; its token is in it->text. */
static int find_other(struct interpreter *it, const char *expected, uint64_t n, uint64_t *ret_page)
{
	int r = 0;

	for (*ret_page = 0; *ret_page < n; ++*ret_page) {
		cr2_text_clear(&it->text);
		r = page_append(it, &it->states[*ret_page], &it->text);
		if (r < 0 || strcmp(it->text.data, expected) != 0)
			break;
	}
	return r;
}

static int check_map(struct verdict *v, struct interpreter *it, const struct cr2_statement *s,
		     const struct cr2_op *op)
{
	uint64_t address, pages, other, n;
	int r = 0;

	find_pages(it, s, op, &address, &pages);
	for (uint64_t done = 0; done < pages && r == 0; done += n) {
		n = pages - done < SNAPSHOT_PAGES ? pages - done : SNAPSHOT_PAGES;
		r = it->runner->ops->snapshot(it->runner, s->process,
					      address + done * CR2_PAGE_SIZE, n, it->states);
		if (r == 0)
			r = find_other(it, s->expect.map, n, &other);
		if (r == 0 && other < n)
			return fail_map(v, s->expect.map, it->text.data, done + other, pages);
	}
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
	int r = spared(e, o) || !e->has_error_code ? 0 : check_error_code(v, e, o);

	if (r == 0 && e->has_major && !spared(e, o))
		r = check_major(v, e, o);
	return r == 0 && e->has_path && !spared(e, o) ? check_path(v, e, o) : r;
}

static int check_words(struct verdict *v, struct interpreter *it, const struct cr2_statement *s,
		       const struct cr2_op *op, const struct cr2_outcome *outcome,
		       const struct cr2_observation *o)
{
	const struct cr2_expectation *e = &s->expect;
	int r = e->none ? check_none(v, o) : 0;

	if (r == 0)
		r = check_fault(v, e, o);
	if (r == 0 && e->has_result && o->result != e->result)
		r = fail(v, cr2_result_name(e->result), cr2_result_name(o->result));
	if (r == 0 && e->has_value)
		r = check_value(v, e, outcome);
	return r == 0 && e->map ? check_map(v, it, s, op) : r;
}

int check_expectation(struct interpreter *it, const struct cr2_statement *s,
		      const struct cr2_op *op, const struct cr2_outcome *outcome,
		      const struct cr2_observation *o)
{
	struct cr2_run *run = it->run;
	struct verdict v = {0};
	int r = s->expect.any ? check_words(&v, it, s, op, outcome, o) : 0;

	if (r == 0 && v.expected.length)
		r = cr2_grow(&run->failures, &it->failures_capacity, run->n_failures + 1,
			     sizeof(*run->failures));
	if (r < 0 || !v.expected.length) {
		cr2_text_finish(&v.expected);
		cr2_text_finish(&v.seen);
		return r;
	}
	run->failures[run->n_failures++] = (struct cr2_failure){
		.line = s->line,
		.observation = run->observations.count - 1,
		.expected = v.expected.data,
		.seen = v.seen.data,
	};
	return 0;
}
