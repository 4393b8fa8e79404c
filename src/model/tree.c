/* SPDX-License-Identifier: MIT */
/*
 * A B+ tree: values lie in leaves, all at one depth; an inner node names its children, each with
 * a key that none below it is smaller than. Full nodes are split on the way down, empty ones go;
 * none are joined, for a node with one entry costs no more than that entry did.
 */
#include <errno.h>
#include <string.h>

#include "tree.h"

#define FANOUT_SHIFT 5
#define TREE_FANOUT (1 << FANOUT_SHIFT)

struct tree_node {
	uint16_t n;
	uint16_t height; /* 0: a leaf */
	uint32_t values[TREE_FANOUT]; /* inner: children; of a free node the first is the next free one */
	uint64_t keys[TREE_FANOUT];
};

static const struct array_kind node_kind = {.size = sizeof(struct tree_node), .shift = 5};

void tree_pool_init(struct tree_pool *pool, bool *failed)
{
	*pool = (struct tree_pool){0};
	array_init(&pool->nodes, failed);
}

void tree_pool_finish(struct tree_pool *pool)
{
	array_finish(&pool->nodes, &node_kind);
}

int tree_pool_copy(struct tree_pool *from, bool *failed, struct tree_pool *ret_to)
{
	struct tree_pool to = *from;
	int r = array_copy(&from->nodes, &node_kind, failed, &to.nodes);

	if (r == 0)
		*ret_to = to;
	return r;
}

static struct tree_node *edit(struct tree_pool *pool, uint32_t number)
{
	return array_edit(&pool->nodes, &node_kind, number);
}

static const struct tree_node *look(const struct tree_pool *pool, uint32_t number)
{
	return array_at(&pool->nodes, &node_kind, number);
}

/* 0: memory ran out. */
static uint32_t node_new(struct tree_pool *pool, unsigned height)
{
	uint32_t number = pool->free;
	struct tree_node *node;

	if (!number && array_reserve(&pool->nodes, &node_kind, pool->n + 2UL) < 0)
		return 0;
	node = edit(pool, number ? number : pool->n + 1);
	if (!node || *pool->nodes.failed)
		return 0;
	if (number)
		pool->free = node->values[0];
	else
		number = ++pool->n;
	node->n = 0;
	node->height = (uint16_t)height;
	return number;
}

static void node_free(struct tree_pool *pool, uint32_t number)
{
	edit(pool, number)->values[0] = pool->free;
	pool->free = number;
}

#define STRIDE 8

/*
 * How many of the node's keys are at most key. A search by halves compares less, but each step
 * waits for the one before, or guesses wrong every other time: these depend on none other.
 */
static unsigned rank(const struct tree_node *node, uint64_t key)
{
	unsigned n = node->n, from = 0, end, low;
	uint64_t guess = (key - node->keys[0]) >> (FANOUT_SHIFT * node->height);

	/* Of keys without holes, such as a file's pages have, it is known. */
	if (guess < n && node->keys[guess] <= key &&
	    (guess + 1 == n || key < node->keys[guess + 1]))
		return (unsigned)guess + 1;
	for (unsigned i = STRIDE; i <= n; i += STRIDE)
		from += node->keys[i - 1] <= key ? STRIDE : 0;
	end = from + STRIDE < n ? from + STRIDE : n;
	low = from;
	for (unsigned i = from; i < end; i++)
		low += node->keys[i] <= key;
	return low;
}

/* The child that key is or belongs in; one below all goes into the first. */
static unsigned child_for(const struct tree_node *node, uint64_t key)
{
	unsigned i = rank(node, key);

	return i ? i - 1 : 0;
}

static void insert_at(struct tree_node *node, unsigned i, uint64_t key, uint32_t value)
{
	memmove(&node->keys[i + 1], &node->keys[i], (node->n - i) * sizeof(node->keys[0]));
	memmove(&node->values[i + 1], &node->values[i], (node->n - i) * sizeof(node->values[0]));
	node->keys[i] = key;
	node->values[i] = value;
	node->n++;
}

static void remove_at(struct tree_node *node, unsigned i)
{
	node->n--;
	memmove(&node->keys[i], &node->keys[i + 1], (node->n - i) * sizeof(node->keys[0]));
	memmove(&node->values[i], &node->values[i + 1], (node->n - i) * sizeof(node->values[0]));
}

/*
 * Where keys come in order, up or down, nodes are left full: leaves whole, so that a row whose
 * length is a power of two lies in one leaf. The new leaf is empty until the key is put there.
 */
static unsigned split_point(const struct tree_node *node, uint64_t key)
{
	if (key > node->keys[node->n - 1])
		return node->height ? node->n - 1U : node->n;
	return key < node->keys[0] ? 1 : node->n / 2U;
}

/* Child i of parent, which has room for one more, becomes two, to make room for key. */
static int split_child(struct tree_pool *pool, struct tree_node *parent, unsigned i, uint64_t key)
{
	struct tree_node *child = edit(pool, parent->values[i]), *right;
	unsigned at = split_point(child, key);
	uint32_t number = node_new(pool, child->height);

	if (!number)
		return -ENOMEM;
	right = edit(pool, number);
	right->n = (uint16_t)(child->n - at);
	memcpy(right->keys, &child->keys[at], right->n * sizeof(right->keys[0]));
	memcpy(right->values, &child->values[at], right->n * sizeof(right->values[0]));
	child->n = (uint16_t)at;
	insert_at(parent, i + 1, right->n ? right->keys[0] : key, number);
	return 0;
}

static int grow(struct tree_pool *pool, struct tree *tree, uint64_t key)
{
	struct tree_node *root = edit(pool, tree->root);
	uint32_t number = node_new(pool, root->height + 1U);

	if (!number)
		return -ENOMEM;
	insert_at(edit(pool, number), 0, root->keys[0], tree->root);
	tree->root = number;
	return split_child(pool, edit(pool, number), 0, key);
}

static void set_in_leaf(struct tree_node *leaf, uint64_t key, uint32_t value)
{
	unsigned i = rank(leaf, key);

	if (i && leaf->keys[i - 1] == key)
		leaf->values[i - 1] = value;
	else
		insert_at(leaf, i, key, value);
}

int tree_set(struct tree_pool *pool, struct tree *tree, uint64_t key, uint32_t value)
{
	struct tree_node *node;

	if (!tree->root)
		tree->root = node_new(pool, 0);
	if (!tree->root)
		return -ENOMEM;
	node = edit(pool, tree->root);
	if (node->n == TREE_FANOUT) {
		if (grow(pool, tree, key) < 0)
			return -ENOMEM;
		node = edit(pool, tree->root);
	}
	while (node->height) {
		unsigned i = child_for(node, key);

		if (key < node->keys[i])
			node->keys[i] = key;
		if (look(pool, node->values[i])->n == TREE_FANOUT) {
			if (split_child(pool, node, i, key) < 0)
				return -ENOMEM;
			i = child_for(node, key);
		}
		node = edit(pool, node->values[i]);
	}
	set_in_leaf(node, key, value);
	return 0;
}

/* The deepest node on the way to key that keeps an entry when the leaf's one key goes. */
static struct tree_node *last_fork(struct tree_pool *pool, struct tree *tree, uint64_t key,
				   unsigned *ret_child)
{
	struct tree_node *fork = NULL, *node = edit(pool, tree->root);

	for (; node->height; node = edit(pool, node->values[child_for(node, key)]))
		if (node->n > 1) {
			fork = node;
			*ret_child = child_for(node, key);
		}
	return fork;
}

/* number and all below it, a line of nodes with one entry each. */
static void free_line(struct tree_pool *pool, uint32_t number)
{
	unsigned height = look(pool, number)->height;

	for (;; height--) {
		uint32_t below = look(pool, number)->values[0];

		node_free(pool, number);
		if (height == 0)
			return;
		number = below;
	}
}

static void drop_leaf(struct tree_pool *pool, struct tree *tree, uint64_t key)
{
	unsigned i = 0;
	struct tree_node *fork = last_fork(pool, tree, key, &i);

	if (!fork) {
		free_line(pool, tree->root);
		tree->root = 0;
		return;
	}
	free_line(pool, fork->values[i]);
	remove_at(fork, i);
}

/* A root with one child gives way to it. */
static void shrink(struct tree_pool *pool, struct tree *tree)
{
	while (tree->root) {
		const struct tree_node *root = look(pool, tree->root);
		uint32_t only = root->values[0];

		if (!root->height || root->n > 1)
			return;
		node_free(pool, tree->root);
		tree->root = only;
	}
}

void tree_delete(struct tree_pool *pool, struct tree *tree, uint64_t key)
{
	struct tree_node *node;
	uint32_t unused;
	unsigned i;

	if (!tree_find(pool, tree, key, &unused))
		return;
	node = edit(pool, tree->root);
	while (node->height)
		node = edit(pool, node->values[child_for(node, key)]);
	i = rank(node, key) - 1;
	if (node->n > 1)
		remove_at(node, i);
	else
		drop_leaf(pool, tree, key);
	shrink(pool, tree);
}

bool tree_find(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
	       uint32_t *ret_value)
{
	const struct tree_node *node;
	unsigned i;

	if (!tree->root)
		return false;
	node = look(pool, tree->root);
	while (node->height)
		node = look(pool, node->values[child_for(node, key)]);
	i = rank(node, key);
	if (!i || node->keys[i - 1] != key)
		return false;
	*ret_value = node->values[i - 1];
	return true;
}

static struct tree_entry entry_of(const struct tree_node *leaf, unsigned i)
{
	return (struct tree_entry){leaf->keys[i], leaf->values[i]};
}

/* An entry of a leaf. */
struct place {
	const struct tree_node *leaf;
	unsigned i;
};

/*
 * The first from key on. Where the leaf has none, the nearest is at the edge of the last subtree
 * passed on that side.
 */
static inline bool place_from(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
			      struct place *ret_place)
{
	const struct tree_node *node, *right = NULL;
	unsigned i;

	if (!tree->root)
		return false;
	for (node = look(pool, tree->root); node->height; node = look(pool, node->values[i])) {
		i = child_for(node, key);
		if (i + 1 < node->n)
			right = look(pool, node->values[i + 1]);
	}
	i = rank(node, key);
	if (i && node->keys[i - 1] == key)
		i--;
	if (i == node->n) {
		if (!right)
			return false;
		for (node = right; node->height;)
			node = look(pool, node->values[0]);
		i = 0;
	}
	*ret_place = (struct place){node, i};
	return true;
}

bool tree_from(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
	       struct tree_entry *ret_entry)
{
	struct place place;

	if (!place_from(pool, tree, key, &place))
		return false;
	*ret_entry = entry_of(place.leaf, place.i);
	return true;
}

void tree_find_row(const struct tree_pool *pool, const struct tree *tree, uint64_t key, size_t n,
		   uint32_t *ret_values)
{
	uint64_t from = key, end = key + n;
	struct place place;

	memset(ret_values, 0, n * sizeof(*ret_values));
	while (from < end && place_from(pool, tree, from, &place)) {
		const struct tree_node *leaf = place.leaf;
		const uint64_t *keys = leaf->keys + place.i;
		const uint32_t *values = leaf->values + place.i;
		size_t left = leaf->n - place.i, row = end - from < left ? end - from : left;

		/* Most often the keys are the row without a gap: then its last key says so. */
		if (keys[0] == from && keys[row - 1] == from + row - 1) {
			memcpy(ret_values + (from - key), values, row * sizeof(*values));
		} else {
			for (size_t i = 0; i < row && keys[i] < end; i++)
				ret_values[keys[i] - key] = values[i];
		}
		from = leaf->keys[leaf->n - 1] + 1;
	}
}

bool tree_up_to(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
		struct tree_entry *ret_entry)
{
	const struct tree_node *node, *left = NULL;
	unsigned i;

	if (!tree->root)
		return false;
	for (node = look(pool, tree->root); node->height; node = look(pool, node->values[i])) {
		i = child_for(node, key);
		if (i > 0)
			left = look(pool, node->values[i - 1]);
	}
	i = rank(node, key);
	if (!i) {
		if (!left)
			return false;
		for (node = left; node->height;)
			node = look(pool, node->values[node->n - 1U]);
		i = node->n;
	}
	*ret_entry = entry_of(node, i - 1);
	return true;
}

uint32_t numbers_take(struct tree_pool *pool, struct numbers *numbers)
{
	struct tree_entry lowest;

	if (!tree_from(pool, &numbers->free, 0, &lowest))
		return numbers->n == UINT32_MAX ? 0 : ++numbers->n;
	tree_delete(pool, &numbers->free, lowest.key);
	numbers->n_free--;
	return (uint32_t)lowest.key;
}

int numbers_give(struct tree_pool *pool, struct numbers *numbers, uint32_t number)
{
	int r = tree_set(pool, &numbers->free, number, 0);

	if (r == 0)
		numbers->n_free++;
	return r;
}
