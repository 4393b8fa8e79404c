/* SPDX-License-Identifier: MIT */
/* Arrays whose copies share memory until one of them is written: all but the quick ways. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

#define FANOUT ((size_t)1 << ARRAY_NODE_SHIFT)

static struct array_node *node_of(uintptr_t name)
{
	return (struct array_node *)(name & ~ARRAY_OWN);
}

static struct array_leaf *leaf_of(uintptr_t name)
{
	return (struct array_leaf *)(name & ~ARRAY_OWN);
}

static size_t leaf_bytes(const struct array_kind *kind)
{
	return sizeof(struct array_leaf) + (kind->size << kind->shift);
}

static size_t node_number(const struct array_kind *kind, size_t i)
{
	return i >> (kind->shift + ARRAY_NODE_SHIFT);
}

void array_init(struct array *a, bool *failed)
{
	*a = (struct array){.failed = failed};
}

static void put_leaf(struct array_leaf *leaf, const struct array_kind *kind)
{
	if (!leaf || !array_put(&leaf->refs))
		return;
	if (kind->hook)
		kind->hook(leaf->elements, ARRAY_DROPPED);
	free(leaf);
}

static void put_node(struct array_node *node, const struct array_kind *kind)
{
	if (!node || !array_put(&node->refs))
		return;
	for (size_t i = 0; i < FANOUT; i++)
		put_leaf(leaf_of(node->leaves[i]), kind);
	free(node);
}

void array_finish(struct array *a, const struct array_kind *kind)
{
	for (size_t i = 0; i < a->n_root; i++)
		put_node(node_of(a->root[i]), kind);
	free(a->root);
	free(a->scratch);
	array_init(a, a->failed);
}

int array_reserve(struct array *a, const struct array_kind *kind, size_t n)
{
	size_t wanted = n ? node_number(kind, n - 1) + 1 : 0;
	uintptr_t *root;

	if (wanted <= a->n_root)
		return 0;
	/* Never much more than is used: it is what a copy copies. */
	wanted += wanted / 8;
	if (wanted > SIZE_MAX / sizeof(*root))
		return -ENOMEM;
	root = realloc(a->root, wanted * sizeof(*root));
	if (!root)
		return -ENOMEM;
	memset(root + a->n_root, 0, (wanted - a->n_root) * sizeof(*root));
	a->root = root;
	a->n_root = wanted;
	return 0;
}

static int make_scratch(struct array *a, const struct array_kind *kind)
{
	if (!a->scratch)
		a->scratch = malloc(leaf_bytes(kind));
	return a->scratch ? 0 : -ENOMEM;
}

int array_copy(struct array *from, const struct array_kind *kind, bool *failed,
	       struct array *ret_to)
{
	struct array to = {.n_root = from->n_root, .failed = failed};

	to.root = malloc((from->n_root + 1) * sizeof(*to.root));
	if (!to.root || make_scratch(from, kind) < 0 || make_scratch(&to, kind) < 0) {
		free(to.root);
		return -ENOMEM;
	}
	for (size_t i = 0; i < from->n_root; i++) {
		struct array_node *node = node_of(from->root[i]);

		if (node)
			array_get(&node->refs);
		from->root[i] = to.root[i] = (uintptr_t)node;
	}
	*ret_to = to;
	return 0;
}

/* The last that has it: what it names may be shared none the less, and must be asked again. */
static void retake_node(struct array_node *node)
{
	for (size_t i = 0; i < FANOUT; i++)
		node->leaves[i] &= ~ARRAY_OWN;
}

static struct array_node *copy_node(const struct array_node *from)
{
	struct array_node *node = from ? malloc(sizeof(*node)) : calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->refs = 1;
	for (size_t i = 0; from && i < FANOUT; i++) {
		struct array_leaf *leaf = leaf_of(from->leaves[i]);

		if (leaf)
			array_get(&leaf->refs);
		node->leaves[i] = (uintptr_t)leaf;
	}
	return node;
}

static struct array_leaf *copy_leaf(const struct array_leaf *from, const struct array_kind *kind)
{
	struct array_leaf *leaf = from ? malloc(leaf_bytes(kind)) : calloc(1, leaf_bytes(kind));

	if (!leaf)
		return NULL;
	leaf->refs = 1;
	if (!from)
		return leaf;
	memcpy(leaf->elements, from->elements, kind->size << kind->shift);
	if (kind->hook)
		kind->hook(leaf->elements, ARRAY_COPIED);
	return leaf;
}

static bool take_node(uintptr_t *name, const struct array_kind *kind)
{
	struct array_node *node = node_of(*name), *copy;

	if (node && !array_is_shared(&node->refs)) {
		retake_node(node);
	} else {
		copy = copy_node(node);
		if (!copy)
			return false;
		put_node(node, kind);
		node = copy;
	}
	*name = (uintptr_t)node | ARRAY_OWN;
	return true;
}

static bool take_leaf(uintptr_t *name, const struct array_kind *kind)
{
	struct array_leaf *leaf = leaf_of(*name), *copy;

	if (leaf && !array_is_shared(&leaf->refs)) {
		if (kind->hook)
			kind->hook(leaf->elements, ARRAY_RETAKEN);
	} else {
		copy = copy_leaf(leaf, kind);
		if (!copy)
			return false;
		put_leaf(leaf, kind);
		leaf = copy;
	}
	*name = (uintptr_t)leaf | ARRAY_OWN;
	return true;
}

/*
 * No memory: what is written is lost, in a place where it does no harm. Where nothing was
 * ever copied there is no such place, but then all leaves have been taken when they were made.
 */
static void *write_nowhere(struct array *a, const struct array_kind *kind, size_t i)
{
	const void *element = array_peek(a, kind, i & ~(((size_t)1 << kind->shift) - 1));

	*a->failed = true;
	if (!a->scratch)
		return NULL;
	if (element)
		memcpy(a->scratch->elements, element, kind->size << kind->shift);
	else
		memset(a->scratch->elements, 0, kind->size << kind->shift);
	return a->scratch->elements + (i & ((1U << kind->shift) - 1)) * kind->size;
}

void *array_take(struct array *a, const struct array_kind *kind, size_t i)
{
	uintptr_t *name = &a->root[node_number(kind, i)], *leaf;

	if (!(*name & ARRAY_OWN) && !take_node(name, kind))
		return write_nowhere(a, kind, i);
	leaf = &node_of(*name)->leaves[i >> kind->shift & (FANOUT - 1)];
	if (!(*leaf & ARRAY_OWN) && !take_leaf(leaf, kind))
		return write_nowhere(a, kind, i);
	return leaf_of(*leaf)->elements + (i & ((1U << kind->shift) - 1)) * kind->size;
}

const void *array_peek(const struct array *a, const struct array_kind *kind, size_t i)
{
	size_t number = node_number(kind, i);
	const struct array_node *node = number < a->n_root ? node_of(a->root[number]) : NULL;

	return node && node->leaves[i >> kind->shift & (FANOUT - 1)] ? array_at(a, kind, i) : NULL;
}
