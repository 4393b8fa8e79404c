/* SPDX-License-Identifier: MIT */
/* Where a statement acts: M, M@K, M@K+B, M@K..L or 0x... */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "parser.h"

static const char *shape_of(unsigned allowed)
{
	if (allowed & PLACE_PAGE)
		return "MAPPING or MAPPING@PAGE";
	if (allowed & PLACE_WHOLE)
		return "MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST";
	if (allowed & PLACE_ABSOLUTE)
		return "MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE, MAPPING@FIRST..LAST or 0x...";
	if (allowed & PLACE_RANGE)
		return "MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE or MAPPING@FIRST..LAST";
	return "MAPPING";
}

static int misshaped(struct parser *p, const struct word *w, unsigned allowed)
{
	char q[QUOTE_SIZE];

	return lang_hint(p, lang_wrong(p, w, "'%s' cannot stand here", lang_quote(w, q)),
			 "expected %s", shape_of(allowed));
}

/* Where byte is in a mapping, as it is written here. */
static int hint_byte(struct parser *p, int r, const struct word *name, uint64_t byte, bool or_page)
{
	char q[QUOTE_SIZE], place[48];
	uint64_t page = byte / CR2_PAGE_SIZE, rest = byte % CR2_PAGE_SIZE;

	if (rest)
		snprintf(place, sizeof(place), "%" PRIu64 "+%" PRIu64, page, rest);
	else
		snprintf(place, sizeof(place), "%" PRIu64, page);
	lang_quote(name, q);
	if (or_page && byte)
		return lang_hint(p, r,
				 "'%s@%" PRIu64 "' is page %" PRIu64 ", '%s@%s' byte %" PRIu64, q,
				 byte, byte, q, place, byte);
	return lang_hint(p, r, "did you mean '%s@%s'?", q, place);
}

/* How C writes places: M[N] and M+N. False: w is nothing of the kind. */
static bool is_of_c(const struct word *w, struct word *ret_name, bool *ret_index, uint64_t *ret_n)
{
	size_t open = lang_word_find(w, 0, '['), plus = lang_word_find(w, 0, '+');
	size_t end = open < plus ? open : plus, close = lang_word_find(w, end, ']');
	char copy[24];
	struct word n;

	if (end == 0 || end == w->n || lang_word_find(w, 0, '@') < w->n)
		return false;
	n = lang_word_part(w, end + 1, close);
	*ret_name = lang_word_part(w, 0, end);
	*ret_index = end == open;
	return lang_word_copy(&n, copy, sizeof(copy)) && cr2_parse_u64(copy, ret_n) == 0;
}

/* What people write elsewhere in the place of M@K+B and 0x...; 0: w is nothing of the kind. */
static int foreign(struct parser *p, const struct word *w, unsigned allowed)
{
	struct word name;
	bool is_index;
	uint64_t n;

	if (lang_word_is(w, "NULL") && (allowed & PLACE_ABSOLUTE))
		return lang_hint(p, misshaped(p, w, allowed), "did you mean '0x0'?");
	if (!is_of_c(w, &name, &is_index, &n))
		return 0;
	if (!allowed || (n % CR2_PAGE_SIZE && !(allowed & PLACE_BYTE)))
		return misshaped(p, w, allowed);
	return hint_byte(p, misshaped(p, w, allowed), &name, n, is_index);
}

static int parse_absolute(struct parser *p, const struct word *w, unsigned allowed,
			  struct cr2_ref *ref)
{
	ref->mapping = CR2_NO_OBJECT;
	if (!(allowed & PLACE_ABSOLUTE))
		return misshaped(p, w, allowed);
	return lang_number(p, w, "an address", true, 0, UINT64_MAX, &ref->address);
}

int lang_byte(struct parser *p, const struct word *w, size_t plus, uint32_t *ret_byte)
{
	struct word byte = lang_word_part(w, plus + 1, w->n);
	uint64_t value;
	int r = lang_number(p, &byte, "a byte in a page", true, 0, CR2_PAGE_SIZE - 1, &value);

	if (r == 0)
		*ret_byte = (uint32_t)value;
	return r;
}

static int parse_last(struct parser *p, const struct word *w, size_t dots, struct cr2_ref *ref)
{
	struct word last = lang_word_part(w, dots + 2 < w->n ? dots + 2 : w->n, w->n);
	int r = lang_page(p, &last, &ref->last);

	if (r == 0 && ref->last < ref->first)
		return lang_hint(p, lang_wrong(p, &last, "the range ends before it begins"),
				 "expected the lower page first");
	return r;
}

/* Nobody means as many steps as such a range would be. */
static int check_length(struct parser *p, const struct word *w, unsigned allowed,
			const struct cr2_ref *ref)
{
	uint64_t pages = (uint64_t)(ref->last - ref->first) + 1;
	bool steps = !(allowed & PLACE_WHOLE);
	uint64_t max = steps ? CR2_LITMUS_STEPS_MAX : CR2_LITMUS_PAGES_MAX;

	if (pages <= max)
		return 0;
	return lang_hint(p, lang_wrong(p, w, "the range has %" PRIu64 " pages", pages),
			 steps ? "at most %" PRIu64 ": each is a step" : "at most %" PRIu64,
			 max);
}

/* What follows the @. */
static int parse_pages(struct parser *p, const struct word *w, size_t from, unsigned allowed,
		       struct cr2_ref *ref)
{
	size_t plus = lang_word_find(w, from, '+'), dots = lang_word_find(w, from, '.');
	size_t end = plus < dots ? plus : dots;
	struct word first = lang_word_part(w, from, end);
	int r;

	if (!allowed || (plus < w->n && !(allowed & PLACE_BYTE)) ||
	    (dots < w->n && !(allowed & PLACE_RANGE)) || (plus < w->n && dots < w->n) ||
	    (dots < w->n && (dots + 1 >= w->n || w->s[dots + 1] != '.')))
		return misshaped(p, w, allowed);
	r = lang_page(p, &first, &ref->first);
	ref->last = ref->first;
	if (r == 0 && plus < w->n)
		return lang_byte(p, w, plus, &ref->byte);
	if (r == 0 && dots < w->n)
		r = parse_last(p, w, dots, ref);
	return r == 0 ? check_length(p, w, allowed, ref) : r;
}

int lang_place(struct parser *p, unsigned allowed, uint32_t process, struct cr2_ref *ret_ref)
{
	struct cr2_ref ref = {0};
	struct word w, name;
	size_t at;
	int r = lang_take(p, "a mapping", &w);

	if (r < 0)
		return r;
	if (w.n > 1 && w.s[0] == '0' && w.s[1] == 'x') {
		r = parse_absolute(p, &w, allowed, &ref);
	} else {
		at = lang_word_find(&w, 0, '@');
		name = lang_word_part(&w, 0, at);
		ref.whole = at == w.n && (allowed & PLACE_WHOLE);
		r = foreign(p, &w, allowed);
		if (r == 0)
			r = lang_find_mapping(p, &name, process, &ref.mapping);
		if (r == 0 && at < w.n)
			r = parse_pages(p, &w, at + 1, allowed, &ref);
	}
	if (r == 0)
		*ret_ref = ref;
	return r;
}
