/* SPDX-License-Identifier: MIT */
/*
 * A treap: a binary tree in the order of its keys, and a heap in that of a hash of them, which
 * keeps it balanced as a random one is. Nodes count their references; one that has a single
 * reference is changed in place, any other is copied first.
 */
#include "ordered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ordered_node {
	size_t refs;
	struct ordered_node *left, *right;
	struct ordered_key key;
	uint64_t priority; /* priority(key) */
	uint64_t end;
	uint64_t reach; /* the greatest end of this node and all below, whatever their a */
	_Alignas(8) unsigned char value[];
};

void ordered_init(struct ordered *map, size_t value_size)
{
	*map = (struct ordered){.value_size = value_size};
}

static void drop(struct ordered_node *node)
{
	if (!node || --node->refs)
		return;
	drop(node->left);
	drop(node->right);
	free(node);
}

void ordered_finish(struct ordered *map)
{
	drop(map->root);
	map->root = NULL;
}

void ordered_copy(const struct ordered *map, struct ordered *ret_copy)
{
	*ret_copy = *map;
	if (map->root)
		map->root->refs++;
}

static int compare(struct ordered_key x, struct ordered_key y)
{
	if (x.a != y.a)
		return x.a < y.a ? -1 : 1;
	if (x.b != y.b)
		return x.b < y.b ? -1 : 1;
	return x.c < y.c ? -1 : x.c > y.c;
}

struct ordered_key ordered_above(struct ordered_key key)
{
	if (++key.c == 0 && ++key.b == 0)
		key.a++;
	return key;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The same key always has the same one, so equal maps are equal trees. */
static uint64_t priority(struct ordered_key key)
{
	return mix(mix(mix(key.a + 1) + key.b) + key.c);
}

static void update(struct ordered_node *node)
{
	node->reach = node->end;
	if (node->left && node->left->reach > node->reach)
		node->reach = node->left->reach;
	if (node->right && node->right->reach > node->reach)
		node->reach = node->right->reach;
}

/* Makes the node in slot one that only slot refers to. */
static int own(const struct ordered *map, struct ordered_node **slot)
{
	struct ordered_node *node = *slot, *copy;

	if (node->refs == 1)
		return 0;
	copy = malloc(sizeof(*copy) + map->value_size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, node, sizeof(*copy) + map->value_size);
	copy->refs = 1;
	if (copy->left)
		copy->left->refs++;
	if (copy->right)
		copy->right->refs++;
	node->refs--;
	*slot = copy;
	return 0;
}

/* Lifts the left or the right child of the node in slot; both are its own. */
static void rotate(struct ordered_node **slot, bool left)
{
	struct ordered_node *node = *slot, *child = left ? node->left : node->right;

	if (left) {
		node->left = child->right;
		child->right = node;
	} else {
		node->right = child->left;
		child->left = node;
	}
	update(node);
	update(child);
	*slot = child;
}

static void assign(const struct ordered *map, struct ordered_node *node, uint64_t end,
		   const void *value)
{
	node->end = end;
	if (map->value_size)
		memcpy(node->value, value, map->value_size);
}

static int add(const struct ordered *map, struct ordered_node **slot, struct ordered_key key,
	       uint64_t end, const void *value)
{
	struct ordered_node *node = malloc(sizeof(*node) + map->value_size);

	if (!node)
		return -ENOMEM;
	*node = (struct ordered_node){.refs = 1, .key = key, .priority = priority(key)};
	assign(map, node, end, value);
	update(node);
	*slot = node;
	return 0;
}

static int put(const struct ordered *map, struct ordered_node **slot, struct ordered_key key,
	       uint64_t end, const void *value)
{
	struct ordered_node **below;
	int side, r;

	if (!*slot)
		return add(map, slot, key, end, value);
	r = own(map, slot);
	if (r < 0)
		return r;
	side = compare(key, (*slot)->key);
	if (side == 0) {
		assign(map, *slot, end, value);
		update(*slot);
		return 0;
	}
	below = side < 0 ? &(*slot)->left : &(*slot)->right;
	r = put(map, below, key, end, value);
	if (r < 0)
		return r;
	update(*slot);
	if ((*below)->priority > (*slot)->priority)
		rotate(slot, side < 0);
	return 0;
}

int ordered_put(struct ordered *map, struct ordered_key key, uint64_t end, const void *value)
{
	return put(map, &map->root, key, end, value);
}

/* Lets the node in slot sink until it has no two children, and takes it out. */
static int take_out(const struct ordered *map, struct ordered_node **slot)
{
	struct ordered_node *node = *slot;
	bool left;
	int r;

	if (!node->left || !node->right) {
		*slot = node->left ? node->left : node->right;
		free(node);
		return 0;
	}
	left = node->left->priority > node->right->priority;
	r = own(map, left ? &node->left : &node->right);
	if (r < 0)
		return r;
	rotate(slot, left);
	r = take_out(map, left ? &(*slot)->right : &(*slot)->left);
	update(*slot);
	return r;
}

static int take(const struct ordered *map, struct ordered_node **slot, struct ordered_key key)
{
	int side = compare(key, (*slot)->key);
	int r = own(map, slot);

	if (r < 0)
		return r;
	if (side == 0)
		return take_out(map, slot);
	r = take(map, side < 0 ? &(*slot)->left : &(*slot)->right, key);
	update(*slot);
	return r;
}

static const struct ordered_node *find(const struct ordered *map, struct ordered_key key)
{
	const struct ordered_node *node = map->root;

	while (node && compare(key, node->key) != 0)
		node = compare(key, node->key) < 0 ? node->left : node->right;
	return node;
}

int ordered_remove(struct ordered *map, struct ordered_key key)
{
	return find(map, key) ? take(map, &map->root, key) : 0;
}

const void *ordered_get(const struct ordered *map, struct ordered_key key)
{
	const struct ordered_node *node = find(map, key);

	return node ? node->value : NULL;
}

static bool give(const struct ordered_node *node, struct ordered_entry *ret)
{
	if (node)
		*ret = (struct ordered_entry){node->key, node->value};
	return node;
}

bool ordered_floor(const struct ordered *map, struct ordered_key key, struct ordered_entry *ret)
{
	const struct ordered_node *best = NULL;

	for (const struct ordered_node *node = map->root; node;) {
		int side = compare(key, node->key);

		if (side >= 0)
			best = node;
		if (side == 0)
			break;
		node = side < 0 ? node->left : node->right;
	}
	return give(best, ret);
}

bool ordered_ceil(const struct ordered *map, struct ordered_key key, struct ordered_entry *ret)
{
	const struct ordered_node *best = NULL;

	for (const struct ordered_node *node = map->root; node;) {
		int side = compare(key, node->key);

		if (side <= 0)
			best = node;
		if (side == 0)
			break;
		node = side < 0 ? node->left : node->right;
	}
	return give(best, ret);
}

static const struct ordered_node *overlap(const struct ordered_node *node, struct ordered_key key,
					  uint64_t from, uint64_t to)
{
	const struct ordered_node *found;
	bool behind;

	if (!node || node->reach <= from)
		return NULL;
	behind = node->key.a > key.a || (node->key.a == key.a && node->key.b >= to);
	if (compare(node->key, key) < 0)
		return overlap(node->right, key, from, to);
	found = overlap(node->left, key, from, to);
	if (found || behind)
		return found;
	return node->end > from ? node : overlap(node->right, key, from, to);
}

bool ordered_overlap(const struct ordered *map, struct ordered_key key, uint64_t from, uint64_t to,
		     struct ordered_entry *ret)
{
	return give(overlap(map->root, key, from, to), ret);
}
