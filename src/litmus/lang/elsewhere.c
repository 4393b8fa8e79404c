/* SPDX-License-Identifier: MIT */
/* A word that the language does not know: known elsewhere, mistyped, or neither. */
#include <string.h>
#include <strings.h>

#include "parser.h"

/* How a message names the word, and what it says of one that no statement means. */
static const struct {
	const char *before, *behind, *outside;
	const char *all; /* what may stand there; NULL: the words themselves are listed */
} vocabularies[] = {
	[LANG_OPERATION] = {"unknown operation '", "'", "no statement makes this system call", NULL},
	[LANG_ADVICE] = {"unknown advice '", "'", "no statement gives this advice", NULL},
	[LANG_MAP_WORD] = {"'", "' is neither a file nor an option of map",
			   "no statement maps with this flag", NULL},
	[LANG_FILE_WORD] = {"'", "' is not a property of a file", "no statement makes such a file", NULL},
	[LANG_EXPECTATION] = {"unknown expectation '", "'", NULL,
			      "none, error codes 0x..., faults=N, minor, major, a fault path, "
			      "a result, value=BYTE, map=PAGE, entry=LETTERS or vmas=N"},
};

static const struct elsewhere {
	enum lang_vocabulary vocabulary;
	const char *word, *instead;
} elsewhere[] = {
#define ELSEWHERE(vocabulary, word, instead) {LANG_##vocabulary, word, instead},
#include "elsewhere.def"
#undef ELSEWHERE
};

/* w without what C puts before such words. */
static struct word bare(const struct word *w)
{
	static const char *const prefixes[] = {"MADV_", "MAP_", "SYS_", "__NR_"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (w->n > n && memcmp(w->s, prefixes[i], n) == 0)
			return lang_word_part(w, n, w->n);
	}
	return *w;
}

static const struct elsewhere *find(enum lang_vocabulary vocabulary, const struct word *w)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(elsewhere); i++)
		if (elsewhere[i].vocabulary == vocabulary && strlen(elsewhere[i].word) == w->n &&
		    strncasecmp(elsewhere[i].word, w->s, w->n) == 0)
			return &elsewhere[i];
	return NULL;
}

int lang_unknown(struct parser *p, enum lang_vocabulary vocabulary, const struct word *w,
		 const char *const *words, size_t n)
{
	struct word word = bare(w);
	const struct elsewhere *known = find(vocabulary, &word);
	char q[QUOTE_SIZE];
	int r;

	lang_quote(w, q);
	if (known && !known->instead)
		return lang_hint(p, lang_wrong(p, w, "'%s' is not in the language", q), "%s",
				 vocabularies[vocabulary].outside);
	r = lang_wrong(p, w, "%s%s%s", vocabularies[vocabulary].before, q,
		       vocabularies[vocabulary].behind);
	if (known)
		return lang_hint(p, r,
				 strchr(known->instead, ' ') ? "expected %s" : "did you mean '%s'?",
				 known->instead);
	return lang_hint_words(p, r, &word, words, n, vocabularies[vocabulary].all);
}
