/* SPDX-License-Identifier: MIT */
/*
 * An execution's parts: where mappings are (address.c), what a step can have changed (scope.c),
 * what state the pages are in (observe.c), what was expected (expectation.c); step.c makes
 * operations of statements, and execution.c drives it all.
 */
#ifndef LITMUS_RUN_EXECUTION_H
#define LITMUS_RUN_EXECUTION_H

#include <cr2/run.h>

#include "base/ordered.h"
#include "record/changes.h"

#define SNAPSHOT_PAGES 512

struct cr2_execution {
	const struct cr2_litmus *litmus;
	struct cr2_runner *runner;
	bool owns_runner;
	int begun; /* of the runner's begin(): 0 or an errno */
	bool ended;
	bool follows; /* only faults and results are of interest */
	int error; /* what next() returns from now on; 0: none */
	char *reason;
	unsigned reason_line;

	/* where it stands */
	size_t statement; /* the next one */
	int64_t page; /* of its range: so many have been accessed */
	unsigned steps;
	struct ordered living; /* process */
	struct ordered killed; /* those that ended for want of memory, and whom they would have made since */
	struct ordered spaces; /* process that acts in another's memory -> uint32_t, whose */
	struct ordered by_mapping; /* process, mapping -> struct cr2_place */
	struct ordered by_address; /* process, address, mapping -> struct cr2_place */
	struct ordered programs; /* object -> uint64_t, where its text goes */
	uint64_t free_address; /* nothing was ever placed from here on */

	/* what was observed */
	struct cr2_state *state;
	struct ordered numbers; /* kind, 0, source's id -> uint64_t */
	uint64_t n_anon, n_huge;
	struct ordered frames; /* kind, object, number -> struct seen; of runners that recount */
	bool entangled; /* a step can change what its operation does not name: look at all */

	/* the step under way */
	struct cr2_op op;
	struct cr2_observation observation;
	struct cr2_failure failure;
	struct cr2_page_state states[SNAPSHOT_PAGES]; /* scratch */
};

/* Where a page was last seen, and what the source calls it. */
struct seen {
	uint64_t frame, id;
};

/* address.c: a process that acts in another's memory has that one's places. */
uint32_t space_of(const struct cr2_execution *x, uint32_t process);
const struct cr2_place *place_find(const struct cr2_execution *x, uint32_t process,
				   uint32_t mapping);
/* The first-made mapping of the process that holds address, or NULL. */
const struct cr2_place *place_at(const struct cr2_execution *x, uint32_t process, uint64_t address);
int place_put(struct cr2_execution *x, uint32_t process, const struct cr2_place *place);
int places_inherit(struct cr2_execution *x, uint32_t parent, uint32_t child);
/* Where the next mapping may go: aligned, with room on both sides. */
uint64_t space_next(const struct cr2_execution *x);
void space_take(struct cr2_execution *x, uint64_t address, uint64_t pages);
/* place NULL: an absolute address. */
struct cr2_ref address_ref(const struct cr2_place *place, uint64_t address);

/* scope.c: where a step can have changed pages. */
struct range {
	uint64_t from, to; /* addresses */
};
struct step_scope {
	bool all; /* everywhere */
	bool whole; /* all of process */
	uint32_t process;
	size_t n;
	struct range ranges[CR2_OUTCOME_FAULTS + 2];
};
struct step_scope scope_make(struct cr2_execution *x, const struct cr2_op *op,
			     const struct cr2_outcome *outcome);

/* observe.c */
int state_observe(struct cr2_execution *x, const struct step_scope *scope, struct changes *changes);
/* A page as observations have it; what no mapping shows yet has number 0. */
struct cr2_page state_page_seen(const struct cr2_execution *x, const struct cr2_page_state *state);

/* step.c: the next operation, and what it does to names. */
struct cr2_op step_resolve(const struct cr2_execution *x, const struct cr2_statement *s);
int step_execute(struct cr2_execution *x, const struct cr2_statement *s,
		 struct cr2_outcome *ret_outcome);
bool step_lives(const struct cr2_execution *x, uint32_t process);
bool step_was_killed(const struct cr2_execution *x, uint32_t process); /* in a step before */
/* The mapping that the access names, or NULL. */
const struct cr2_place *step_place(const struct cr2_execution *x, const struct cr2_statement *s);

/* expectation.c: *ret_failure has expected NULL where all is as the statement expects. */
int expectation_check(struct cr2_execution *x, const struct cr2_statement *s,
		      const struct cr2_outcome *outcome, struct cr2_failure *ret_failure);

#endif
