/* SPDX-License-Identifier: MIT */
/* Rows below rows, as reports have them: a tree in an array, put in order. */
#ifndef RECORD_NESTED_H
#define RECORD_NESTED_H

#include <stddef.h>
#include <stdint.h>

/* What each node begins with. */
struct nested {
	size_t parent; /* its number plus 1; 0: the top */
	uint64_t weights[2]; /* of those below the same one the heaviest comes first; then by the second */
};
/*
 * The numbers of all n nodes, of that size each: every one stands before those below it. *ret_order is the caller's
 * to free. 0 or -ENOMEM.
 */
int nested_order(const void *nodes, size_t n, size_t size, size_t **ret_order);

#endif
