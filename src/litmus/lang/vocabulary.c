/* SPDX-License-Identifier: MIT */
/* The words of word.def: for the parser, and for who completes what is typed. */
#include "parser.h"

const char *const lang_vocabulary[LANG_WORDS] = {
#define WORD(id, behind, word) [LANG_##id] = word,
#include "word.def"
#undef WORD
};

const char *cr2_litmus_word(size_t i, const char **ret_behind)
{
	static const char *const behind[LANG_WORDS] = {
#define WORD(id, behind, word) [LANG_##id] = behind,
#include "word.def"
#undef WORD
	};

	if (i >= LANG_WORDS)
		return NULL;
	*ret_behind = behind[i];
	return lang_vocabulary[i];
}
