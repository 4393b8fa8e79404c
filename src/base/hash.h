/* SPDX-License-Identifier: MIT */
/* A hash table of numbers by pairs of numbers. 0 is no value: what was never set has it. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_entry {
	uint64_t a, b, value;
};
struct hash { /* all zero: empty */
	struct hash_entry *entries;
	size_t capacity, count;
};

uint64_t hash_get(const struct hash *table, uint64_t a, uint64_t b);
/* Returns 0 or -ENOMEM. */
int hash_set(struct hash *table, uint64_t a, uint64_t b, uint64_t value);
/* Empties it and keeps the memory. */
void hash_clear(struct hash *table);
void hash_finish(struct hash *table);

#endif
