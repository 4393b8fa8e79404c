/* SPDX-License-Identifier: MIT */
/* Nodes that stand below the same one are brought together, and then walked from the top. */
#include <errno.h>
#include <stdlib.h>

#include "nested.h"

struct place {
	const struct nested *node;
	size_t number;
};
struct walk {
	size_t n, n_order;
	struct place *sorted;
	size_t *firsts; /* those below a number plus 1: in sorted[] from there on */
	size_t *order;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->node->parent != b->node->parent)
		return a->node->parent < b->node->parent ? -1 : 1;
	for (size_t i = 0; i < 2; i++)
		if (a->node->weights[i] != b->node->weights[i])
			return a->node->weights[i] < b->node->weights[i] ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void sort(struct walk *walk)
{
	qsort(walk->sorted, walk->n, sizeof(*walk->sorted), compare_places);
	/* None below it: its place is the end. */
	for (size_t i = 0; i <= walk->n; i++)
		walk->firsts[i] = walk->n;
	for (size_t i = walk->n; i--;)
		walk->firsts[walk->sorted[i].node->parent] = i;
}

static void put_below(struct walk *walk, size_t parent)
{
	for (size_t i = walk->firsts[parent]; i < walk->n && walk->sorted[i].node->parent == parent; i++) {
		const size_t number = walk->sorted[i].number;

		walk->order[walk->n_order++] = number;
		put_below(walk, number + 1);
	}
}

int nested_order(const void *nodes, size_t n, size_t size, size_t **ret_order)
{
	struct walk walk = {
		.n = n, .sorted = calloc(n + 1, sizeof(*walk.sorted)), .firsts = calloc(n + 1, sizeof(*walk.firsts)),
		.order = calloc(n + 1, sizeof(*walk.order)),
	};
	int r = walk.sorted && walk.firsts && walk.order ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		walk.sorted[i] = (struct place){(const void *)((const char *)nodes + i * size), i};
	if (r == 0) {
		sort(&walk);
		put_below(&walk, 0);
		*ret_order = walk.order;
	} else {
		free(walk.order);
	}
	free(walk.sorted);
	free(walk.firsts);
	return r;
}
