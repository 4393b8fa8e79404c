/* SPDX-License-Identifier: MIT */
/*
 * Copy-on-write by rules of thumb: those that are right, and those that people have instead. It
 * knows one page in one private mapping, no more: the answers are the model's.
 */
#ifndef LEARN_COW_RULES_H
#define LEARN_COW_RULES_H

#include "learn.h"

enum cow_rule {
	COW_RIGHT,
	COW_COPIES_AT_FORK, /* the child gets its own pages at once */
	COW_WRITES_IN_PLACE, /* a shared page is made writable, not copied */
	COW_COPIES_ALWAYS, /* also for the last one that has the page */
	COW_EXIT_KEEPS, /* a process that ends gives no reference back */
	COW_PARENT_WRITES, /* fork takes the right to write from the child alone */
	COW_OLD_KEEPS, /* a copy takes no reference from the old page */
	COW_COPIES_NOTHING, /* the new page is empty */
};

/* What line N comes to by a rule, in the shape that the model's has. */
void cow_by_rule(const struct learn_scenario *scenario, enum cow_rule rule, unsigned line,
		 struct learn_line *ret_line);

#endif
