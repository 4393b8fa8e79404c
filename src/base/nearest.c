/* SPDX-License-Identifier: MIT */
/* The nearest known word to a mistyped one. */
#include <ctype.h>
#include <string.h>

#include <cr2/base.h>

#define WORD_MAX 32

/* A letter in the other case costs 1, an edit so much that no number of these outweighs it. */
#define EDIT (WORD_MAX + 1)

static size_t substitution(char a, char b)
{
	if (a == b)
		return 0;
	return tolower((unsigned char)a) == tolower((unsigned char)b) ? 1 : EDIT;
}

/* The cost of edits (insert, delete, replace, swap of neighbours) between a and b; both short. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i * EDIT;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j * EDIT;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t best = d[i - 1][j - 1] + substitution(a[i - 1], b[j - 1]);

			if (d[i - 1][j] + EDIT < best)
				best = d[i - 1][j] + EDIT;
			if (d[i][j - 1] + EDIT < best)
				best = d[i][j - 1] + EDIT;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + EDIT < best)
				best = d[i - 2][j - 2] + EDIT;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

const char *cr2_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t length = strlen(word), best = SIZE_MAX;
	const char *nearest = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t m = strlen(candidates[i]), d, near = (length > m ? length : m) / 3 * EDIT;

		/* Letters that one has more than the other are edits. */
		if (m > WORD_MAX || (length > m ? length - m : m - length) * EDIT > near)
			continue;
		d = distance(word, length, candidates[i], m);
		if (d / EDIT * EDIT <= near && d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
