/* SPDX-License-Identifier: MIT */
/*
 * The interpreter's parts: where mappings are (address.c), what state the pages are in
 * (state.c), what was expected (check.c); run.c drives them.
 */
#ifndef LITMUS_RUN_H
#define LITMUS_RUN_H

#include <cr2/run.h>

#include "tokens.h"

/* By mapping, ascending: that is the order in which they were made. */
struct process {
	bool alive;
	struct cr2_place *places;
	size_t n_places, capacity;
};

#define SNAPSHOT_PAGES 512

struct interpreter {
	const struct cr2_litmus *litmus;
	struct cr2_runner *runner;
	cr2_step_fn *step_fn;
	void *step_data;
	struct cr2_run *run;
	size_t observations_capacity, failures_capacity;
	struct process *processes;
	uint64_t free_address; /* nothing was ever placed from here on */
	struct numbering anon, huge;
	struct cr2_text text; /* scratch */
	struct cr2_page_state states[SNAPSHOT_PAGES]; /* scratch */
};

/* address.c */
const struct cr2_place *place_find(const struct process *process, uint32_t mapping);
/* The first-made mapping of the process that holds address, or NULL. */
const struct cr2_place *place_at(const struct process *process, uint64_t address);
int place_add(struct process *process, uint32_t mapping, uint64_t address, uint64_t pages);
void place_move(struct process *process, uint32_t mapping, uint64_t address, uint64_t pages);
int places_copy(const struct process *from, struct process *to);
/* Where the next mapping may go: aligned, with room on both sides. */
uint64_t next_free(const struct interpreter *it);
void take_space(struct interpreter *it, uint64_t address, uint64_t pages);
/* "M@K" or "M@K+B"; place NULL: "0x...". */
int address_append(const struct cr2_litmus *litmus, const struct cr2_place *place, uint64_t address,
		   struct cr2_text *text);

/* state.c */
int observe_state(struct interpreter *it, struct cr2_observation *o);
/* Appends the token of a page. */
int page_append(struct interpreter *it, const struct cr2_page_state *state, struct cr2_text *text);

/* check.c: compares with what the statement expects. */
int check_expectation(struct interpreter *it, const struct cr2_statement *s,
		      const struct cr2_op *op, const struct cr2_outcome *outcome,
		      const struct cr2_observation *o);

#endif
