/* SPDX-License-Identifier: MIT */
/* Where a statement acts: M, M@K, M@K+B, M@K..L or 0x... */
#include <errno.h>
#include <inttypes.h>

#include "parser.h"

static const char *shape_of(unsigned allowed)
{
	if (allowed & PLACE_PAGE)
		return "MAPPING@PAGE";
	if (allowed & PLACE_WHOLE)
		return "MAPPING, MAPPING@PAGE or MAPPING@FIRST..LAST";
	if (allowed & PLACE_RANGE)
		return "MAPPING, MAPPING@PAGE, MAPPING@PAGE+BYTE, MAPPING@FIRST..LAST or 0x...";
	return "MAPPING";
}

static int misshaped(struct parser *p, const struct word *w, unsigned allowed)
{
	char q[QUOTE_SIZE];

	return hint(p, wrong(p, w, "'%s' cannot stand here", quote(w, q)), "expected %s",
		    shape_of(allowed));
}

static int parse_absolute(struct parser *p, const struct word *w, unsigned allowed,
			  struct cr2_ref *ref)
{
	ref->mapping = CR2_NO_OBJECT;
	if (!(allowed & PLACE_ABSOLUTE))
		return misshaped(p, w, allowed);
	return parse_number(p, w, "an address", true, 0, UINT64_MAX, &ref->address);
}

static int parse_byte(struct parser *p, const struct word *w, size_t plus, struct cr2_ref *ref)
{
	struct word byte = word_part(w, plus + 1, w->n);
	uint64_t value;
	int r = parse_number(p, &byte, "a byte in a page", true, 0, CR2_PAGE_SIZE - 1, &value);

	if (r == 0)
		ref->byte = (uint32_t)value;
	return r;
}

static int parse_last(struct parser *p, const struct word *w, size_t dots, struct cr2_ref *ref)
{
	struct word last = word_part(w, dots + 2 < w->n ? dots + 2 : w->n, w->n);
	int r = parse_page(p, &last, &ref->last);

	if (r == 0 && ref->last < ref->first)
		return hint(p, wrong(p, &last, "the range ends before it begins"),
			    "expected the lower page first");
	return r;
}

/* A scenario's author does not mean the steps that such a range would be. */
static int check_length(struct parser *p, const struct word *w, unsigned allowed,
			const struct cr2_ref *ref)
{
	uint64_t pages = (uint64_t)(ref->last - ref->first) + 1;
	bool steps = !(allowed & PLACE_WHOLE);
	uint64_t max = steps ? CR2_LITMUS_STEPS_MAX : CR2_LITMUS_PAGES_MAX;

	if (pages <= max)
		return 0;
	return hint(p, wrong(p, w, "the range has %" PRIu64 " pages", pages),
		    steps ? "at most %" PRIu64 ", for each is a step" : "at most %" PRIu64, max);
}

/* What follows the @. */
static int parse_pages(struct parser *p, const struct word *w, size_t from, unsigned allowed,
		       struct cr2_ref *ref)
{
	size_t plus = word_find(w, from, '+'), dots = word_find(w, from, '.');
	size_t end = plus < dots ? plus : dots;
	struct word first = word_part(w, from, end);
	int r;

	if (!allowed || (plus < w->n && !(allowed & PLACE_BYTE)) ||
	    (dots < w->n && !(allowed & PLACE_RANGE)) || (plus < w->n && dots < w->n) ||
	    (dots < w->n && (dots + 1 >= w->n || w->s[dots + 1] != '.')))
		return misshaped(p, w, allowed);
	r = parse_page(p, &first, &ref->first);
	ref->last = ref->first;
	if (r == 0 && plus < w->n)
		return parse_byte(p, w, plus, ref);
	if (r == 0 && dots < w->n)
		r = parse_last(p, w, dots, ref);
	return r == 0 ? check_length(p, w, allowed, ref) : r;
}

int take_place(struct parser *p, unsigned allowed, uint32_t process, struct cr2_ref *ret_ref)
{
	struct cr2_ref ref = {0};
	struct word w, name;
	size_t at;
	int r = take(p, allowed & PLACE_PAGE ? "MAPPING@PAGE" : "a mapping", &w);

	if (r < 0)
		return r;
	if (w.n > 1 && w.s[0] == '0' && w.s[1] == 'x') {
		r = parse_absolute(p, &w, allowed, &ref);
	} else {
		at = word_find(&w, 0, '@');
		name = word_part(&w, 0, at);
		ref.whole = at == w.n && (allowed & PLACE_WHOLE);
		r = find_mapping(p, &name, process, &ref.mapping);
		if (r == 0 && at < w.n)
			r = parse_pages(p, &w, at + 1, allowed, &ref);
		else if (r == 0 && (allowed & PLACE_PAGE))
			r = misshaped(p, &w, allowed);
	}
	if (r == 0)
		*ret_ref = ref;
	return r;
}
