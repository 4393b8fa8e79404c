/* SPDX-License-Identifier: MIT */
/*
 * Ordered maps whose copies share what neither has changed since: a copy is one more reference,
 * and a change copies the path to its entry, where that is shared. Entries may span a range of
 * the key's second number, from it to `end`; overlaps are found without visiting what ends
 * before. Copies belong to one thread.
 */
#ifndef BASE_ORDERED_H
#define BASE_ORDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ordered_key {
	uint64_t a, b, c; /* compared in this order */
};

struct ordered_node;
struct ordered {
	struct ordered_node *root; /* NULL: empty */
	size_t value_size; /* of every value */
};

struct ordered_entry {
	struct ordered_key key;
	const void *value; /* valid until the map changes */
};

void ordered_init(struct ordered *map, size_t value_size);
void ordered_finish(struct ordered *map);
void ordered_copy(const struct ordered *map, struct ordered *ret_copy);

/* Adds the entry, or gives it another value and end. Returns 0 or -ENOMEM, and then all is as before. */
int ordered_put(struct ordered *map, struct ordered_key key, uint64_t end, const void *value);
/* Removes the entry, if there is one. Returns 0 or -ENOMEM. */
int ordered_remove(struct ordered *map, struct ordered_key key);

/* The value, or NULL. */
const void *ordered_get(const struct ordered *map, struct ordered_key key);
/* The last entry up to key, or the first from key on; false: there is none. */
bool ordered_floor(const struct ordered *map, struct ordered_key key, struct ordered_entry *ret);
bool ordered_ceil(const struct ordered *map, struct ordered_key key, struct ordered_entry *ret);
/* The first entry from key on, of the same a, with b < to and end > from; false: there is none. */
bool ordered_overlap(const struct ordered *map, struct ordered_key key, uint64_t from, uint64_t to,
		     struct ordered_entry *ret);
/* The smallest key above. */
struct ordered_key ordered_above(struct ordered_key key);

#endif
