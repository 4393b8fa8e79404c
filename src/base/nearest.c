/* SPDX-License-Identifier: MIT */
/* The nearest known word to a mistyped one. */
#include <string.h>

#include <cr2/base.h>

#define WORD_MAX 32

/* Edits (insert, delete, replace, swap of neighbours) between a and b; both short. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

/* How many slips a word of this length may hold: more make it another word. */
static size_t allowed(size_t length)
{
	return length < 2 ? 0 : 1 + (length >= 6) + (length >= 12);
}

const char *cr2_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t length = strlen(word), best = allowed(length) + 1;
	const char *nearest = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(candidates[i]), d;

		if (m > WORD_MAX)
			continue;
		d = distance(word, length, candidates[i], m);
		/* A word that shares no letter with it is not what was meant. */
		if (d < best && d < length && d < m) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
