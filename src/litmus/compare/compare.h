/* SPDX-License-Identifier: MIT */
/* The comparison's parts: fields (compare.c), states (compare_state.c), what is left open (readahead.c). */
#ifndef LITMUS_COMPARE_H
#define LITMUS_COMPARE_H

#include "litmus/run/tokens.h"

struct comparison {
	const struct cr2_litmus *litmus;
	const struct cr2_observations *left, *right;
	unsigned *open_from; /* by object: the line from which its pages are left open, or UINT_MAX */
	unsigned *offset; /* by mapping: of its first page in a 2 MiB page, in pages */
	struct cr2_differences differences;
	size_t capacity;
};

/* A page that a step accesses: mapping NULL where it accesses none of the scenario. */
struct accessed {
	const char *mapping; /* name; not NUL-terminated */
	size_t mapping_length;
	int64_t page;
};

/* readahead.c */
int open_init(struct comparison *c);
void open_finish(struct comparison *c);
/*
 * Readahead decides whether such a page is mapped, and how often: may a and b stand for
 * each other after the step of this line? accessed: it is the page that the step accessed,
 * which must be there or not in both.
 */
bool is_open(const struct comparison *c, const struct token *a, const struct token *b,
	     unsigned line, bool accessed);

/*
 * May readahead have cached the page before this step accesses it? An earlier access to the
 * same file, since it was cold or evicted, reads more than its own page.
 */
bool may_be_read_ahead(const struct comparison *c, size_t observation);

/* compare.c */
struct accessed accessed_page(const struct cr2_observation *o);
/* Strings are taken over, also on failure. */
int add_difference(struct comparison *c, size_t observation, const char *field, char *where,
		   char *left, char *right);

/* compare_state.c */
int compare_states(struct comparison *c, size_t observation);
/* Did the page differ (being open) before the step that accesses it? */
int differed_before(const struct comparison *c, size_t observation, bool *ret_differed);

#endif
