/* SPDX-License-Identifier: MIT */
/* Texts that stand once, each with a number from 0 on. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"

struct words { /* all zero: none */
	size_t n, capacity;
	char **items; /* by number; they do not move */
	struct hash by_text; /* (hash of a text, how many of that hash before): its number plus 1 */
};
/* The text's number, which it gets where it is new; or -ENOMEM. */
int64_t words_number(struct words *words, const char *text);
void words_finish(struct words *words);

#endif
