/* SPDX-License-Identifier: MIT */
/*
 * Ordered maps from 64-bit keys to 32-bit values: what a process has mapped where, an object's
 * pages, which numbers are free. Every operation costs the logarithm of what the map holds,
 * whatever the keys. A map is the number of its root; the nodes of all maps of a model lie in
 * one array, so that a copied model has them too.
 */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "array.h"

struct tree {
	uint32_t root; /* 0: empty */
};

/* The nodes of many maps. */
struct tree_pool {
	struct array nodes;
	uint32_t n; /* ever made; 0 is none */
	uint32_t free; /* a list */
};

void tree_pool_init(struct tree_pool *pool, bool *failed); /* failed: as array_init()'s */
void tree_pool_finish(struct tree_pool *pool);
int tree_pool_copy(struct tree_pool *from, bool *failed, struct tree_pool *ret_to);

struct tree_entry {
	uint64_t key;
	uint32_t value;
};

/* key gets value. Returns 0 or -ENOMEM. */
int tree_set(struct tree_pool *pool, struct tree *tree, uint64_t key, uint32_t value);
void tree_delete(struct tree_pool *pool, struct tree *tree, uint64_t key); /* if it is there */
/* Each returns false, with nothing written, where there is no such key. */
bool tree_find(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
	       uint32_t *ret_value);
/* The first key from key on; the last up to it. */
bool tree_from(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
	       struct tree_entry *ret_entry);
bool tree_up_to(const struct tree_pool *pool, const struct tree *tree, uint64_t key,
		struct tree_entry *ret_entry);
/* The values of n keys in a row; 0 for those that are not there. */
void tree_find_row(const struct tree_pool *pool, const struct tree *tree, uint64_t key, size_t n,
		   uint32_t *ret_values);

/* Numbers from 1 on, of which the lowest that is free is taken. */
struct numbers {
	struct tree free;
	uint32_t n; /* the highest ever taken */
	uint32_t n_free; /* of these */
};

uint32_t numbers_take(struct tree_pool *pool, struct numbers *numbers); /* 0: memory ran out */
int numbers_give(struct tree_pool *pool, struct numbers *numbers, uint32_t number);

#endif
