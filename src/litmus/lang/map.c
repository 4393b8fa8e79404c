/* SPDX-License-Identifier: MIT */
/* `map`: a name, a size, a protection, and words in any order. */
#include <errno.h>

#include "parser.h"

/* `map` takes its words behind the protection in any order, each kind once. */
enum {
	MAP_GIVEN_SHARING = 1,
	MAP_GIVEN_OBJECT = 2,
	MAP_GIVEN_AT = 4,
	MAP_GIVEN_WHERE = 8, /* what "at" comes to where something is there */
};

#define MAP_WORDS (LANG_MAP_GIGANTIC - LANG_MAP_PRIVATE + 1)

static const struct {
	unsigned given;
	uint32_t flags;
} map_words[MAP_WORDS] = {
#define MAP_WORD(id) [LANG_MAP_##id - LANG_MAP_PRIVATE]
	MAP_WORD(PRIVATE) = {MAP_GIVEN_SHARING, CR2_MAP_PRIVATE},
	MAP_WORD(SHARED) = {MAP_GIVEN_SHARING, CR2_MAP_SHARED},
	MAP_WORD(DROPPABLE) = {MAP_GIVEN_SHARING, CR2_MAP_DROPPABLE},
	MAP_WORD(ANON) = {MAP_GIVEN_OBJECT, CR2_MAP_ANONYMOUS},
	MAP_WORD(AT) = {MAP_GIVEN_AT, CR2_MAP_FIXED},
	MAP_WORD(NOREPLACE) = {MAP_GIVEN_WHERE, CR2_MAP_FIXED_NOREPLACE},
	MAP_WORD(HINT) = {MAP_GIVEN_WHERE, CR2_MAP_HINT},
	MAP_WORD(32BIT) = {0, CR2_MAP_32BIT},
	MAP_WORD(POPULATE) = {0, CR2_MAP_POPULATE},
	MAP_WORD(LOCKED) = {0, CR2_MAP_LOCKED},
	MAP_WORD(NORESERVE) = {0, CR2_MAP_NORESERVE},
	MAP_WORD(GROWSDOWN) = {0, CR2_MAP_GROWSDOWN},
	MAP_WORD(HUGETLB) = {0, CR2_MAP_HUGETLB},
	MAP_WORD(GIGANTIC) = {0, CR2_MAP_HUGETLB | CR2_MAP_HUGE_1GB},
};

static int unknown_map_word(struct parser *p, const struct word *w)
{
	const char *near = lang_near_name(&p->scope.objects, w);
	int r;

	if (lang_is_doubtful(p, w))
		return -EINVAL;
	r = lang_unknown(p, LANG_MAP_WORD, w, &lang_vocabulary[LANG_MAP_PRIVATE], MAP_WORDS);
	return near ? lang_hint(p, r, "did you mean the file '%s'?", near) : r;
}

/* F or F@K */
static int parse_map_object(struct parser *p, const struct word *w, struct cr2_statement *s)
{
	size_t at = lang_word_find(w, 0, '@');
	struct word name = lang_word_part(w, 0, at);
	struct word page = lang_word_part(w, at < w->n ? at + 1 : at, w->n);
	int r;

	if (lang_names_find(&p->scope.objects, name.s, name.n) == NOT_FOUND)
		return unknown_map_word(p, &name);
	r = lang_find_object(p, &name, &s->object);
	if (r == 0 && p->scope.object[s->object].hugetlb)
		s->map_flags |= CR2_MAP_HUGETLB;
	if (r < 0 || at == w->n)
		return r;
	return lang_number(p, &page, "a page number in a file", false, 0, CR2_LITMUS_REACH,
			   &s->object_page);
}

/* at 0x...: the address must be free, so that nothing is replaced. What lies behind user space, Linux refuses. */
static int parse_map_address(struct parser *p, struct cr2_statement *s)
{
	const struct word *w = &p->words[p->next++];
	const uint64_t bytes = s->pages * CR2_PAGE_SIZE;
	int r = lang_number(p, w, "an address", true, 0, UINT64_MAX, &s->address);

	if (r < 0)
		return r;
	s->placed = true;
	s->map_flags &= ~CR2_MAP_FIXED;
	if (s->address && s->address < CR2_LITMUS_PLACE_MIN)
		return lang_hint(p, lang_wrong(p, w, "vm.mmap_min_addr decides whether a mapping may lie there"),
				 "0x0, or an address from 0x%llx on", CR2_LITMUS_PLACE_MIN);
	if (s->address % CR2_PAGE_SIZE)
		return lang_hint(p, lang_wrong(p, w, "the address is not that of a page"), "did you mean '0x%llx'?",
				 (unsigned long long)(s->address & CR2_PAGE_MASK));
	if (s->address > UINT64_MAX - bytes)
		return lang_wrong(p, w, "the mapping would end behind all addresses");
	if (s->address + bytes > CR2_LITMUS_BASE - CR2_LITMUS_GAP && s->address < CR2_LITMUS_END)
		return lang_hint(p, lang_wrong(p, w, "other mappings are placed there"),
				 "an address below 0x%llx, or from 0x%llx on",
				 (unsigned long long)(CR2_LITMUS_BASE - CR2_LITMUS_GAP), (unsigned long long)CR2_LITMUS_END);
	return lang_place_once(p, w, s->address, s->address + bytes);
}

static bool is_address(const struct parser *p)
{
	const struct word *w = lang_more(p) ? &p->words[p->next] : NULL;

	return w && w->n > 2 && w->s[0] == '0' && w->s[1] == 'x';
}

static int parse_map_word(struct parser *p, struct cr2_statement *s, unsigned *given)
{
	const struct word *w = &p->words[p->next++];
	unsigned gives = MAP_GIVEN_OBJECT;
	char q[QUOTE_SIZE];
	size_t i = 0;

	while (i < MAP_WORDS && !lang_word_is(w, lang_vocabulary[LANG_MAP_PRIVATE + i]))
		i++;
	if (i < MAP_WORDS) {
		gives = map_words[i].given;
		if ((*given & gives) || s->map_flags & map_words[i].flags)
			return lang_wrong(p, w, "unexpected '%s': already given", lang_quote(w, q));
		s->map_flags |= map_words[i].flags;
	} else if (*given & gives) {
		return lang_wrong(p, w, "unexpected '%s': a mapping has one file",
				  lang_quote(w, q));
	}
	*given |= gives;
	if (gives == MAP_GIVEN_AT && is_address(p))
		return parse_map_address(p, s);
	s->at |= gives == MAP_GIVEN_AT;
	if (gives == MAP_GIVEN_AT)
		return lang_place(p, PLACE_PAGE, s->process, &s->ref);
	return i < MAP_WORDS ? 0 : parse_map_object(p, w, s);
}

/* Of the GiB below 2 GiB, in which the kernel chooses otherwise, it leaves out up to 32 MiB at random. */
#define PAGES_32BIT 253952

static int check_32bit(struct parser *p, const struct cr2_statement *s, const struct word *name)
{
	if (!(s->map_flags & CR2_MAP_32BIT))
		return 0;
	if (!(s->map_flags & CR2_MAP_HINT))
		return lang_hint(p, lang_wrong(p, name, "where '32bit' puts a mapping by itself has no name"),
				 "'at 0x... hint' says what to ask for");
	if (s->map_flags & CR2_MAP_HUGETLB)
		return lang_wrong(p, name, "pages of the pool take no notice of '32bit'");
	if (s->pages > PAGES_32BIT)
		return lang_hint(p, lang_wrong(p, name, "whether so much fits below 2 GiB is up to chance"), "%d pages at most",
				 PAGES_32BIT);
	return 0;
}

/* `noreplace` and `hint` say what `at` means; an address replaces nothing as it is. */
static int check_where(struct parser *p, struct cr2_statement *s, unsigned given)
{
	const struct word *last = &p->words[p->next - 1];

	if (!(given & MAP_GIVEN_WHERE))
		return 0;
	if (!(given & MAP_GIVEN_AT))
		return lang_hint(p, lang_wrong(p, last, "where is the mapping to be?"), "'at MAPPING@PAGE', or 'at 0x...'");
	if (s->placed && s->map_flags & CR2_MAP_FIXED_NOREPLACE)
		return lang_wrong(p, last, "a mapping at an address replaces nothing as it is");
	s->map_flags &= ~CR2_MAP_FIXED;
	return 0;
}

int lang_map(struct parser *p, struct cr2_statement *s)
{
	struct word name;
	unsigned given = 0;
	uint64_t spare;
	int r = lang_new_name(p, "a name for the mapping", &name);

	if (r == 0)
		r = lang_take_pages(p, 1, &s->pages);
	if (r == 0)
		r = lang_take_prot(p, &s->prot);
	while (r == 0 && lang_more(p))
		r = parse_map_word(p, s, &given);
	if (r == 0)
		r = check_where(p, s, given);
	if (r == 0)
		r = check_32bit(p, s, &name);
	if (r < 0)
		return r;
	if (!(given & MAP_GIVEN_SHARING))
		s->map_flags |= CR2_MAP_PRIVATE;
	if (!(given & MAP_GIVEN_OBJECT))
		s->map_flags |= CR2_MAP_ANONYMOUS;
	if (!(s->map_flags & CR2_MAP_ANONYMOUS) && p->scope.object[s->object].hugetlb &&
	    cr2_map_unit(s->map_flags) == CR2_GIGANTIC_SIZE)
		return lang_wrong(p, &name, "the file's pages have 2 MiB");
	/* To be aligned, and whole. */
	spare = cr2_map_unit(s->map_flags) == CR2_GIGANTIC_SIZE ? 2 * CR2_GIGANTIC_SIZE / CR2_PAGE_SIZE : 0;
	if (s->placed && cr2_map_unit(s->map_flags) == CR2_GIGANTIC_SIZE)
		return lang_wrong(p, &name, "pages of 1 GiB are mapped at a fresh place, or at M@K");
	r = lang_declare_mapping(p, &name, s->process, &s->name);
	if (r == 0)
		r = s->at ? lang_reserve_at(p, &name, s->name, &s->ref, s->pages + spare)
			  : lang_reserve(p, &name, s->pages + spare);
	/* What it only hints at may go to a fresh place as well. */
	if (r == 0 && s->map_flags & CR2_MAP_HINT)
		r = lang_reserve(p, &name, s->pages + spare);
	return r;
}
