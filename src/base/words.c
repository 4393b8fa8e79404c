/* SPDX-License-Identifier: MIT */
/* Found by a hash of their bytes (FNV-1a), then compared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "words.h"

static uint64_t hash_text(const char *text)
{
	uint64_t n = 0xcbf29ce484222325ULL;

	for (; *text; text++)
		n = (n ^ (uint8_t)*text) * 0x100000001b3ULL;
	return n;
}

int64_t words_number(struct words *words, const char *text)
{
	const uint64_t key = hash_text(text);
	uint64_t found, same = 0;
	char *copy;

	while ((found = hash_get(&words->by_text, key, same))) {
		if (strcmp(words->items[found - 1], text) == 0)
			return (int64_t)found - 1;
		same++;
	}
	copy = strdup(text);
	if (!copy || cr2_grow(&words->items, &words->capacity, words->n + 1, sizeof(*words->items)) < 0 ||
	    hash_set(&words->by_text, key, same, words->n + 1) < 0) {
		free(copy);
		return -ENOMEM;
	}
	words->items[words->n] = copy;
	return (int64_t)words->n++;
}

void words_finish(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->items[i]);
	free(words->items);
	hash_finish(&words->by_text);
	*words = (struct words){0};
}
