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

/* A page of those that the statement is about. */
struct at_page {
	uint64_t page, pages, address;
	const struct cr2_page_state *state;
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
	*ret_pages = cr2_op_is_access(s->kind) ? 1 : s->kind == CR2_OP_BRK ? s->pages : x->op.length / CR2_PAGE_SIZE;
	if (s->kind != CR2_OP_REMAP)
		return;
	if (!cr2_remap_renames(s)) {
		*ret_address = x->op.flags & CR2_MREMAP_FIXED ? x->op.new_address : x->op.address;
		*ret_pages = s->pages;
		return;
	}
	place = place_find(x, s->process, s->name);
	*ret_address = place->address;
	*ret_pages = place->pages;
}

/* "map=a1", and of several pages which one it is: "map=a1 (page 3 of 4)". */
static int fail_page(struct verdict *v, const char *word, const char *expected, const char *seen, const struct at_page *at)
{
	struct cr2_text e = {0}, s = {0};
	int r = cr2_text_printf(&e, "%s=%s", word, expected);

	if (r == 0)
		r = cr2_text_printf(&s, "%s=%s", word, seen);
	if (r == 0 && at->pages > 1)
		r = cr2_text_printf(&s, " (page %" PRIu64 " of %" PRIu64 ")", at->page + 1, at->pages);
	if (r == 0)
		r = fail(v, e.data, s.data);
	cr2_text_finish(&e);
	cr2_text_finish(&s);
	return r;
}

static int check_map(struct verdict *v, const struct cr2_execution *x, const struct cr2_expectation *e,
		     const struct at_page *at)
{
	struct cr2_page page = state_page_seen(x, at->state);
	struct cr2_text token = {0};
	int r;

	page.marks = 0;
	r = cr2_page_append(&x->litmus->names, &page, &token);
	if (r == 0 && strcmp(token.data, e->map) != 0)
		r = fail_page(v, "map", e->map, token.data, at);
	cr2_text_finish(&token);
	return r;
}

/* "-": it says nothing. */
static int append_entry(uint32_t marks, struct cr2_text *text)
{
	return marks ? cr2_marks_append(marks, text) : cr2_text_append(text, "-");
}

/* As kernels are configured, soft-dirty is there or not; as old as they are, dirty while read-only has another bit. */
static bool is_entry(uint32_t expected, uint32_t marks)
{
	if (!(expected & CR2_MARK(SOFT_DIRTY)))
		marks &= ~CR2_MARK(SOFT_DIRTY);
	if (!(expected & CR2_MARK(SAVED_DIRTY)) && (marks & (CR2_MARK(SAVED_DIRTY) | CR2_MARK(WRITE))) == CR2_MARK(SAVED_DIRTY))
		marks ^= CR2_MARK(SAVED_DIRTY) | CR2_MARK(DIRTY);
	return marks == expected;
}

static int check_entry(struct verdict *v, const struct cr2_expectation *e, const struct at_page *at)
{
	uint32_t marks = at->state->marks & ~CR2_MARK(BEGINS);
	struct cr2_text expected = {0}, seen = {0};
	int r;

	if (is_entry(e->entry, marks))
		return 0;
	r = append_entry(e->entry, &expected);
	if (r == 0)
		r = append_entry(marks, &seen);
	if (r == 0)
		r = fail_page(v, "entry", expected.data, seen.data, at);
	cr2_text_finish(&expected);
	cr2_text_finish(&seen);
	return r;
}

/* Is the page the first that the range has of a mapping? All of a 2 MiB page are marked alike. */
static bool begins_mapping(const struct at_page *at)
{
	enum cr2_page_kind kind = at->state->kind;
	bool huge = kind == CR2_PAGE_HUGE || kind == CR2_PAGE_HUGE_ZERO;

	if (at->page == 0 || kind == CR2_PAGE_NOMAP)
		return kind != CR2_PAGE_NOMAP;
	return at->state->marks & CR2_MARK(BEGINS) && (!huge || at->address % CR2_HUGE_SIZE == 0);
}

static int check_vmas(struct verdict *v, const struct cr2_expectation *e, uint64_t seen)
{
	char expected[32];

	if (seen == e->vmas)
		return 0;
	snprintf(expected, sizeof(expected), "vmas=%" PRIu64, e->vmas);
	return fail_number(v, expected, "vmas=%llu", seen);
}

/* What is expected of each page: the first that is otherwise is told. */
static int check_pages(struct verdict *v, struct cr2_execution *x, const struct cr2_statement *s)
{
	const struct cr2_expectation *e = &s->expect;
	bool map = e->map, entry = e->has_entry;
	uint64_t address, vmas = 0;
	struct at_page at = {0};
	int r = 0;

	find_pages(x, s, &address, &at.pages);
	for (; at.page < at.pages && r == 0; at.page++) {
		size_t i = at.page % SNAPSHOT_PAGES;
		uint64_t left = at.pages - at.page, said = v->expected.length;

		at.address = address + at.page * CR2_PAGE_SIZE;
		at.state = &x->states[i];
		if (i == 0)
			r = x->runner->ops->snapshot(x->runner, s->process, at.address,
						     left < SNAPSHOT_PAGES ? left : SNAPSHOT_PAGES, x->states);
		if (r == 0 && map)
			r = check_map(v, x, e, &at);
		map = map && v->expected.length == said;
		said = v->expected.length;
		if (r == 0 && entry)
			r = check_entry(v, e, &at);
		entry = entry && v->expected.length == said;
		vmas += begins_mapping(&at);
	}
	return r == 0 && e->has_vmas ? check_vmas(v, e, vmas) : r;
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
	return r == 0 && (e->map || e->has_entry || e->has_vmas) ? check_pages(v, x, s) : r;
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
