/* SPDX-License-Identifier: MIT */
/* Expectations: what stands behind =>. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

static int twice(struct parser *p, const struct word *w, const char *what)
{
	char q[QUOTE_SIZE];

	return lang_wrong(p, w, "unexpected '%s': %s is already given", lang_quote(w, q), what);
}

/* Where words promise a fault and others that there is none, or not so many. */
static bool is_contradiction(const struct cr2_expectation *e)
{
	bool one = e->n_error_codes || e->has_major || e->has_path;

	return (e->none && (one || (e->has_faults && e->faults))) ||
	       (e->has_faults && (e->n_error_codes > e->faults || (one && !e->faults)));
}

static int contradiction(struct parser *p, const struct word *w)
{
	char q[QUOTE_SIZE];

	return lang_hint(p,
			 lang_wrong(p, w, "'%s' contradicts what stands before it",
				    lang_quote(w, q)),
			 "'none' means: no fault, 'faults=' how many");
}

static int expect_error_code(struct parser *p, const struct word *w, struct cr2_expectation *e)
{
	char q[QUOTE_SIZE];
	int r;

	if (e->n_error_codes == CR2_OUTCOME_FAULTS)
		return lang_hint(p, lang_wrong(p, w, "unexpected '%s'", lang_quote(w, q)),
				 "an access takes at most %d faults", CR2_OUTCOME_FAULTS);
	r = lang_number(p, w, "an error code", true, 0, UINT32_MAX,
			&e->error_codes[e->n_error_codes]);
	e->n_error_codes += r == 0;
	return r;
}

static int expect_faults(struct parser *p, const struct word *w, struct cr2_expectation *e)
{
	struct word number = lang_word_part(w, strlen("faults="), w->n);
	uint64_t faults;
	int r;

	if (e->has_faults)
		return twice(p, w, "a number of faults");
	r = lang_number(p, &number, "a number of faults", false, 0, CR2_OUTCOME_FAULTS, &faults);
	if (r < 0)
		return r;
	e->has_faults = true;
	e->faults = (unsigned)faults;
	return 0;
}

static int expect_major(struct parser *p, const struct word *w, struct cr2_expectation *e)
{
	if (e->has_major)
		return twice(p, w, "minor or major");
	e->has_major = true;
	e->major = lang_word_is(w, lang_vocabulary[LANG_EXPECT_MAJOR]);
	return 0;
}

static int expect_value(struct parser *p, const struct word *w, struct cr2_statement *s)
{
	struct cr2_expectation *e = &s->expect;
	struct word number = lang_word_part(w, strlen("value="), w->n);
	uint64_t value;
	int r;

	if (e->has_value)
		return twice(p, w, "a value");
	if (!cr2_op_gives_value(s->kind) && !cr2_statement_counts(s))
		return lang_hint(p, lang_wrong(p, w, "'%s' gives no value", cr2_op_name(s->kind)),
				 "'value=' belongs behind read, read8, cmpxchg, peek, vmread, fread, scan and mincore, where 'bytes' are copied, "
				 "and where two ranges are advised");
	if (s->kind == CR2_OP_SCAN)
		r = lang_number(p, &number, "a number of pages", false, 0, CR2_LITMUS_PAGES_MAX, &value);
	else if (cr2_statement_counts(s))
		r = lang_number(p, &number, "a number of bytes", true, 0, s->bytes ? s->bytes : UINT32_MAX, &value);
	else
		r = lang_number(p, &number, "a byte value", true, 0, 255, &value);
	if (r < 0)
		return r;
	e->has_value = true;
	e->value = (uint32_t)value;
	return 0;
}

/* The length of a number without leading zeros at from, 0 where there is none. */
static size_t digits(const struct word *w, size_t from)
{
	size_t i = from;

	while (i < w->n && w->s[i] >= '0' && w->s[i] <= '9')
		i++;
	return i - from > 1 && w->s[from] == '0' ? 0 : i - from;
}

/* Number and perhaps /C at from, up to the end of w. A count of 1 is never written. */
static bool is_counted(const struct word *w, size_t from)
{
	size_t n = digits(w, from), end = from + n;
	struct word count;

	if (n == 0 || end == w->n)
		return n != 0;
	count = lang_word_part(w, end + 1, w->n);
	return w->s[end] == '/' && count.n && digits(&count, 0) == count.n &&
	       !lang_word_is(&count, "1");
}

static bool is_token(const struct parser *p, const struct word *w)
{
	static const char *const whole[] = {"!", "-", "z", "hz", "s", "g", "p"};
	size_t colon = lang_word_find(w, 0, ':');

	for (size_t i = 0; i < CR2_ARRAY_SIZE(whole); i++)
		if (lang_word_is(w, whole[i]))
			return true;
	if (colon < w->n) {
		struct word name = lang_word_part(w, 0, colon);

		return (lang_names_find(&p->scope.objects, name.s, name.n) != NOT_FOUND ||
			lang_is_doubtful(p, &name)) &&
		       is_counted(w, colon + 1);
	}
	return w->n > 1 && (w->s[0] == 'a' || w->s[0] == 'h') && w->s[1] != '0' && is_counted(w, 1);
}

/* What an operation is about: pages that a token can tell. */
static bool has_pages(enum cr2_op_kind kind)
{
	return cr2_op_is_access(kind) || (kind >= CR2_OP_MAP && kind <= CR2_OP_SYNC &&
					  kind != CR2_OP_KEY && kind != CR2_OP_MDWE && kind != CR2_OP_LOCKALL &&
					  kind != CR2_OP_UNLOCKALL && kind != CR2_OP_LIMIT);
}

static int expect_map(struct parser *p, const struct word *w, struct cr2_expectation *e,
		      enum cr2_op_kind kind)
{
	struct word token = lang_word_part(w, strlen("map="), w->n);
	char q[QUOTE_SIZE];

	if (e->map)
		return twice(p, w, "a page");
	if (!has_pages(kind))
		return lang_hint(p, lang_wrong(p, w, "'%s' is about no page", cr2_op_name(kind)),
				 "'map=' belongs behind accesses and operations on mappings");
	if (!is_token(p, &token))
		return lang_hint(p,
				 lang_wrong(p, &token, "'%s' is not a page", lang_quote(&token, q)),
				 "!, -, z, aN, hN, hz, FILE:PAGE, s, g or p; behind aN, hN and FILE:PAGE "
				 "perhaps /MAPS, where that is not 1");
	e->map = strndup(token.s, token.n);
	return e->map ? 0 : -ENOMEM;
}

static int expect_vmas(struct parser *p, const struct word *w, struct cr2_expectation *e, enum cr2_op_kind kind)
{
	struct word number = lang_word_part(w, strlen("vmas="), w->n);
	int r;

	if (e->has_vmas)
		return twice(p, w, "a number of mappings");
	if (!has_pages(kind))
		return lang_hint(p, lang_wrong(p, w, "'%s' is about no page", cr2_op_name(kind)),
				 "'vmas=' belongs behind accesses and operations on mappings");
	r = lang_number(p, &number, "a number of mappings", false, 0, CR2_LITMUS_PAGES_MAX, &e->vmas);
	if (r < 0)
		return r;
	e->has_vmas = true;
	p->litmus->shows |= CR2_SHOW_VMAS;
	return 0;
}

static int expect_entry(struct parser *p, const struct word *w, struct cr2_expectation *e, enum cr2_op_kind kind)
{
	struct word letters = lang_word_part(w, strlen("entry="), w->n);
	char q[QUOTE_SIZE], text[CR2_MARK_COUNT + 1];

	if (e->has_entry)
		return twice(p, w, "an entry");
	if (!has_pages(kind))
		return lang_hint(p, lang_wrong(p, w, "'%s' is about no page", cr2_op_name(kind)),
				 "'entry=' belongs behind accesses and operations on mappings");
	if (!lang_word_is(&letters, "-") &&
	    (!lang_word_copy(&letters, text, sizeof(text)) || letters.n == 0 || cr2_marks_parse(text, &e->entry) != letters.n))
		return lang_hint(p, lang_wrong(p, &letters, "'%s' is no entry", lang_quote(&letters, q)),
				 "letters in this order: rwxnadDsuezkhH, each where it holds; or - (docs/LITMUS.md, Entries)");
	e->has_entry = true;
	p->litmus->shows |= CR2_SHOW_ENTRIES;
	return 0;
}

static int unknown_word(struct parser *p, const struct word *w)
{
	const char *words[CR2_PATH_SCENARIOS + CR2_RESULT_COUNT + LANG_WORDS - LANG_EXPECT_NONE];
	size_t n = 0;

	for (size_t i = LANG_EXPECT_NONE; i <= LANG_EXPECT_MAJOR; i++)
		words[n++] = lang_vocabulary[i];
	for (int i = CR2_PATH_UNKNOWN + 1; i < CR2_PATH_SCENARIOS; i++)
		words[n++] = cr2_path_name((enum cr2_path)i);
	for (int i = 0; i < CR2_RESULT_COUNT; i++)
		if (i != CR2_RESULT_UNKNOWN)
			words[n++] = cr2_result_name((enum cr2_result)i);
	return lang_unknown(p, LANG_EXPECTATION, w, words, n);
}

/* A path or a result; -EINVAL without a diagnosis where it is neither. */
static int expect_name(struct parser *p, const struct word *w, struct cr2_expectation *e,
		       bool *path)
{
	char name[QUOTE_SIZE];
	int i;

	*path = false;
	if (!lang_word_copy(w, name, sizeof(name)) || strcmp(name, "unknown") == 0)
		return unknown_word(p, w);
	i = cr2_path_parse(name);
	if (i >= 0 && i < CR2_PATH_SCENARIOS) {
		*path = true;
		if (e->has_path)
			return twice(p, w, "a fault path");
		e->has_path = true;
		e->path = (enum cr2_path)i;
		return 0;
	}
	i = cr2_result_parse(name);
	if (i < 0)
		return unknown_word(p, w);
	if (e->has_result)
		return twice(p, w, "a result");
	e->has_result = true;
	e->result = (enum cr2_result)i;
	return 0;
}

static bool begins(const struct word *w, const char *s)
{
	return w->n >= strlen(s) && memcmp(w->s, s, strlen(s)) == 0;
}

static int expect_word(struct parser *p, const struct word *w, struct cr2_statement *s)
{
	struct cr2_expectation *e = &s->expect;
	bool of_fault = true;
	char q[QUOTE_SIZE];
	int r;

	if (begins(w, "map=")) {
		of_fault = false;
		r = expect_map(p, w, e, s->kind);
	} else if (begins(w, "entry=")) {
		of_fault = false;
		r = expect_entry(p, w, e, s->kind);
	} else if (begins(w, "vmas=")) {
		of_fault = false;
		r = expect_vmas(p, w, e, s->kind);
	} else if (begins(w, "value=")) {
		of_fault = false;
		r = expect_value(p, w, s);
	} else if (begins(w, "faults=")) {
		r = expect_faults(p, w, e);
	} else if (lang_word_is(w, lang_vocabulary[LANG_EXPECT_NONE])) {
		of_fault = false;
		r = e->none ? twice(p, w, "none") : 0;
		e->none = true;
	} else if (w->s[0] >= '0' && w->s[0] <= '9') {
		r = expect_error_code(p, w, e);
	} else if (lang_word_is(w, lang_vocabulary[LANG_EXPECT_MINOR]) ||
		   lang_word_is(w, lang_vocabulary[LANG_EXPECT_MAJOR])) {
		r = expect_major(p, w, e);
	} else {
		r = expect_name(p, w, e, &of_fault);
	}
	/* A call's are not looked at, but for those in which it begins a program. */
	if (r == 0 && of_fault && !cr2_op_is_access(s->kind) && (s->kind != CR2_OP_EXECVE || s->object == CR2_NO_OBJECT))
		return lang_hint(p,
				 lang_wrong(p, w, "'%s' can only be expected of an access",
					    lang_quote(w, q)),
				 "of '%s' a result can: ok, EINVAL, ...", cr2_op_name(s->kind));
	if (r == 0 && is_contradiction(e))
		return contradiction(p, w);
	return r;
}

int lang_expectation(struct parser *p, struct cr2_statement *s)
{
	struct word w;
	int r = 0;

	p->next++;
	if (p->next == p->n_words)
		return lang_take(p, "an expectation", &w);
	while (r == 0 && p->next < p->n_words)
		r = expect_word(p, &p->words[p->next++], s);
	s->expect.any = true;
	return r;
}
