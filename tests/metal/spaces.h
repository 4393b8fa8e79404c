/* SPDX-License-Identifier: MIT */
/*
 * What is compared: spaces of cases, each enumerated or drawn. All bits of all levels at
 * once are too many, so a space takes every combination of the parts that interact and has
 * the other parts grant everything.
 */
#ifndef METAL_SPACES_H
#define METAL_SPACES_H

#include <stdbool.h>

#include "machine.h"

struct generator {
	const struct metal_info *info;
	bool full; /* else a cut that takes seconds */
	uint64_t seed, draws; /* of the space that is drawn */
	int (*emit)(void *data, const struct metal_case *c);
	void *data;
	/* The chain that the next cases have. */
	struct metal_case c;
	unsigned top, last;
	uint64_t n; /* cases emitted */
	uint64_t refused; /* cases that need what this CPU does not have */
};

struct space {
	const char *name;
	const char *sentence;
	int (*generate)(struct generator *g); /* 0, or what emit returned */
};

extern const struct space spaces[];
extern const unsigned n_spaces;

#endif
