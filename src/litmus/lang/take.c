/* SPDX-License-Identifier: MIT */
/* The next words of a statement as what they must be. */
#include <errno.h>
#include <string.h>

#include "parser.h"

int lang_take_choice(struct parser *p, const char *what, size_t first, size_t last, size_t *ret_choice)
{
	const char *const *choices = &lang_vocabulary[first];
	size_t n = last - first + 1;
	struct word w;
	char q[QUOTE_SIZE];
	int r = lang_take(p, what, &w);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (lang_word_is(&w, choices[i])) {
			*ret_choice = i;
			return 0;
		}
	}
	return lang_hint_words(p, lang_wrong(p, &w, "'%s' is not %s", lang_quote(&w, q), what), &w,
			       choices, n, NULL);
}

/* 4K, 2MiB: sizes in bytes, as other programs take them. */
static int hint_size(struct parser *p, int r, const struct word *w)
{
	static const char units[] = "KMGT", *unit;
	size_t n = 0;
	uint64_t size = 0;

	while (n < w->n && n < 6 && w->s[n] >= '0' && w->s[n] <= '9')
		size = size * 10 + (uint64_t)(w->s[n++] - '0');
	unit = n > 0 && n < w->n ? memchr(units, w->s[n] & ~0x20, strlen(units)) : NULL;
	if (!unit)
		return r;
	size <<= 10 * (unit - units + 1);
	if (size == 0 || size % CR2_PAGE_SIZE)
		return lang_hint(p, r, "sizes are numbers of pages, of 4096 bytes each");
	return lang_hint(p, r, "sizes are numbers of pages: did you mean '%llu'?",
			 (unsigned long long)(size / CR2_PAGE_SIZE));
}

int lang_take_pages(struct parser *p, uint64_t min, uint64_t *ret_pages)
{
	static const char what[] = "a size in pages";
	struct word w;
	int r = lang_take(p, what, &w);

	if (r < 0)
		return r;
	r = lang_number(p, &w, what, false, min, CR2_LITMUS_PAGES_MAX, ret_pages);
	return hint_size(p, r, &w);
}

int lang_take_size(struct parser *p, struct cr2_statement *s)
{
	static const char what[] = "a size in pages";
	struct word w, pages;
	size_t plus;
	int r = lang_take(p, what, &w);

	if (r < 0)
		return r;
	plus = lang_word_find(&w, 0, '+');
	pages = lang_word_part(&w, 0, plus);
	r = lang_number(p, &pages, what, false, 0, CR2_LITMUS_PAGES_MAX - (plus < w.n), &s->pages);
	if (r < 0)
		return hint_size(p, r, &w);
	return plus < w.n ? lang_byte(p, &w, plus, &s->byte) : 0;
}

int lang_take_object(struct parser *p, uint32_t *ret_object)
{
	struct word w;
	int r = lang_take(p, "a file", &w);

	return r == 0 ? lang_find_object(p, &w, ret_object) : r;
}

/* What PROT_READ|PROT_WRITE, rw-p or R-X would be here; "" where w is none of these. */
static const char *prot_of(const struct word *w, char prot[5])
{
	static const char *const names[] = {"PROT_READ", "PROT_WRITE", "PROT_EXEC"};
	bool is_macro = w->n > 5 && memcmp(w->s, "PROT_", 5) == 0;
	char copy[QUOTE_SIZE];
	size_t n = 0;

	prot[0] = '\0';
	if (!lang_word_copy(w, copy, sizeof(copy)) ||
	    (!is_macro && (strspn(copy, "rwxRWX-ps") != w->n || !strpbrk(copy, "RWX-ps"))))
		return prot;
	for (size_t i = 0; i < 3; i++)
		if (is_macro ? strstr(copy, names[i]) : strpbrk(copy, &"rR\0wW\0xX"[3 * i]))
			prot[n++] = "rwx"[i];
	prot[n] = '\0';
	return n ? prot : "none";
}

static int hint_prot(struct parser *p, int r, const struct word *w)
{
	char prot[5];

	if (*prot_of(w, prot))
		return lang_hint(p, r, "did you mean '%s'?", prot_of(w, prot));
	return lang_hint(p, r, "'none', or of the letters r, w and x each at most once");
}

int lang_take_prot(struct parser *p, uint8_t *ret_prot)
{
	static const char letters[] = "rwx";
	struct word w;
	char q[QUOTE_SIZE];
	uint8_t prot = 0;
	int r = lang_take(p, "a protection", &w);

	if (r < 0)
		return r;
	for (size_t i = 0; i < w.n && !lang_word_is(&w, "none"); i++) {
		const char *letter = memchr(letters, w.s[i], 3);
		uint8_t bit = letter ? (uint8_t)(1 << (letter - letters)) : 0;

		if (!bit || prot & bit)
			return hint_prot(p,
					 lang_wrong(p, &w, "'%s' is not a protection",
						    lang_quote(&w, q)),
					 &w);
		prot |= bit;
	}
	*ret_prot = prot;
	return 0;
}

int lang_take_range(struct parser *p, struct cr2_statement *s)
{
	return lang_place(p, PLACE_WHOLE | PLACE_RANGE, s->process, &s->ref);
}

int lang_end_of_line(struct parser *p)
{
	char q[QUOTE_SIZE];

	if (p->next == p->n_words)
		return 0;
	return lang_hint(p,
			 lang_wrong(p, &p->words[p->next], "unexpected '%s'",
				    lang_quote(&p->words[p->next], q)),
			 "the statement is complete before it");
}
