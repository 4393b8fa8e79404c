/* SPDX-License-Identifier: MIT */
/*
 * Arrays whose copies share memory until one of them is written. All that a model holds by
 * the page is in such arrays, so that a copy of a model takes microseconds whatever its size.
 *
 * Elements lie in leaves, leaves are named by nodes, nodes by the root, which each copy has for
 * itself. A name says whether what it names is this array's own (OWN); it counts only where all
 * above it are own as well. What is not may be shared: array_edit() takes it for its own first,
 * by making a copy of that leaf or node, unless it was the last to have it. So:
 *
 * - array_edit() gives an element to read and write. The pointer is good until the next copy.
 * - array_at() gives one to read. It is good until the next array_edit() of any element; where
 *   there is a choice, take array_edit().
 *
 * To keep a structure in one: describe its elements by a constant struct array_kind, name them
 * by number instead of by pointer (0 for none), and let cr2_model_copy() and
 * cr2_model_destroy() call array_copy() and array_finish(). Elements that hold references
 * of their own (memory that is counted, another array) take a hook. Elements never written
 * to cost nothing and read as zeros, so an array may be sparse: see array_peek().
 */
#ifndef MODEL_ARRAY_H
#define MODEL_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum array_event {
	ARRAY_COPIED, /* these elements are a copy, made this moment: of what they refer to, too */
	ARRAY_RETAKEN, /* these are the last copy: is what they refer to shared? */
	ARRAY_DROPPED, /* nobody has these any more */
};

struct array_kind {
	size_t size; /* of an element, bytes */
	unsigned shift; /* 1 << shift elements a leaf */
	void (*hook)(void *elements, enum array_event event); /* of a whole leaf; or NULL */
};

#define ARRAY_NODE_SHIFT 8
#define ARRAY_OWN ((uintptr_t)1)

struct array_leaf {
	uint32_t refs;
	_Alignas(16) uint8_t elements[];
};

struct array_node {
	uint32_t refs;
	uintptr_t leaves[1 << ARRAY_NODE_SHIFT]; /* pointers and ARRAY_OWN; 0: all zeros */
};

struct array {
	uintptr_t *root; /* nodes, named the same way */
	size_t n_root;
	struct array_leaf *scratch; /* what is written where memory ran out; NULL: never copied */
	bool *failed; /* set when it did: the array can only be finished */
};

/* failed outlives the array. */
void array_init(struct array *a, bool *failed);
void array_finish(struct array *a, const struct array_kind *kind);
/* Room for n elements (the root; leaves come when they are edited). 0 or -ENOMEM. */
int array_reserve(struct array *a, const struct array_kind *kind, size_t n);
/* Both are equal and independent from now on. 0 or -ENOMEM. */
int array_copy(struct array *from, const struct array_kind *kind, bool *failed,
	       struct array *ret_to);

/* array_edit() of what is not own, or not there. */
void *array_take(struct array *a, const struct array_kind *kind, size_t i);

/* These inline into a few loads where kind is a constant. */

/* array_edit() where it is no more than to look; else NULL. */
static inline void *array_own(const struct array *a, const struct array_kind *kind, size_t i)
{
	uintptr_t node = a->root[i >> (kind->shift + ARRAY_NODE_SHIFT)], leaf;
	size_t at = i >> kind->shift & ((1U << ARRAY_NODE_SHIFT) - 1);

	if (__builtin_expect(!(node & ARRAY_OWN), false))
		return NULL;
	leaf = ((struct array_node *)(node - ARRAY_OWN))->leaves[at];
	if (__builtin_expect(!(leaf & ARRAY_OWN), false))
		return NULL;
	return ((struct array_leaf *)(leaf - ARRAY_OWN))->elements +
	       (i & ((1U << kind->shift) - 1)) * kind->size;
}

static inline void *array_edit(struct array *a, const struct array_kind *kind, size_t i)
{
	void *element = array_own(a, kind, i);

	return __builtin_expect(!!element, true) ? element : array_take(a, kind, i);
}

/* Of an element that was edited once, it or one of its leaf. */
static inline const void *array_at(const struct array *a, const struct array_kind *kind, size_t i)
{
	uintptr_t node = a->root[i >> (kind->shift + ARRAY_NODE_SHIFT)] & ~ARRAY_OWN;
	size_t at = i >> kind->shift & ((1U << ARRAY_NODE_SHIFT) - 1);
	uintptr_t leaf = ((struct array_node *)node)->leaves[at] & ~ARRAY_OWN;

	return ((struct array_leaf *)leaf)->elements + (i & ((1U << kind->shift) - 1)) * kind->size;
}

/* The same of any; NULL: all zeros, and so are its neighbours in the leaf. */
const void *array_peek(const struct array *a, const struct array_kind *kind, size_t i);

/* What hooks count references with: copies may live in different threads. */
static inline void array_get(uint32_t *refs)
{
	__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* True: that was the last. */
static inline bool array_put(uint32_t *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

static inline bool array_is_shared(const uint32_t *refs)
{
	return __atomic_load_n(refs, __ATOMIC_ACQUIRE) > 1;
}

#endif
