/* SPDX-License-Identifier: MIT */
/*
 * What a session is made of. record.c takes steps and notes what they came to; session.c keeps states on the
 * way, and goes to a position; move.c and search.c find positions; view.c shows one.
 */
#ifndef STEP_SESSION_H
#define STEP_SESSION_H

#include <cr2/step.h>

#include "condition.h"
#include "scene.h"

/* So many states are kept at most; of more, every other one is let go. */
#define MARKS_MAX 64
/* Between two of them there is so much work at least. */
#define SPACING 512

struct step_row {
	struct cr2_step_row row;
	size_t statement;
	uint64_t work; /* up to its end: steps, their faults, and pages of their ranges */
};

struct stage_list {
	struct cr2_stage *items;
	size_t n, capacity;
	int error;
};

struct mark {
	unsigned step; /* the execution has taken so many */
	struct cr2_execution *x;
};

struct cr2_session {
	struct cr2_litmus litmus;
	struct cr2_model_config config;
	struct cr2_runner *runner; /* of the first mark */
	struct mark marks[MARKS_MAX];
	size_t n_marks;
	uint64_t spacing; /* work from mark to mark */

	/* the whole run */
	CR2_SCENE_LIST(struct step_row) steps;
	CR2_SCENE_LIST(struct cr2_fault_facts) faults;
	char *reason; /* why it stopped early, or NULL */
	unsigned reason_line;

	/* where it is */
	struct cr2_position at;
	struct cr2_execution *before, *after; /* the step; before the first step there is only after */
	struct cr2_step step; /* of after */
	struct stage_list stages;
};

/* Which number of S1 to S8 a stage has: whatever ends a fault is S8. */
static inline unsigned stage_number(enum cr2_stage_kind kind)
{
	return kind < CR2_STAGE_RETURN ? (unsigned)kind + 1 : CR2_STAGES;
}

/* record.c */
/* As cr2_execution_next(), with the stages of the step's faults. Also -ENOMEM. */
int take_step(struct cr2_execution *x, struct stage_list *stages, struct cr2_step *ret_step);
/* Notes what a step came to. Returns 0 or -ENOMEM. */
int record_step(struct cr2_session *s, const struct cr2_step *step, const struct stage_list *stages);
/* The first fault's stage with that number, in the list of a step's; n: it has none. */
size_t fault_stage(const struct cr2_stage *stages, size_t n, unsigned number);
/* How many stages the fault has whose first is there: up to the next EXCEPTION. */
size_t fault_length(const struct cr2_stage *stages, size_t n);

/* session.c */
/* An execution that has taken so many steps, to be destroyed. Returns 0 or -ENOMEM. */
int session_execution(const struct cr2_session *s, unsigned steps, struct cr2_execution **ret_execution);
/* Runs from the last mark on to the end, and notes it. */
int session_run(struct cr2_session *s);
/* A runner that has begun, as the first mark. Returns 0, -EOPNOTSUPP with *ret_diag, or -ENOMEM. */
int session_begin(struct cr2_session *s, struct cr2_diag *ret_diag);
void session_forget_marks(struct cr2_session *s, unsigned behind); /* those of more steps */
void session_leave(struct cr2_session *s); /* the position, for none */

/* move.c: the faults of a step. */
const struct cr2_fault_facts *faults_of(const struct cr2_session *s, unsigned step, unsigned *ret_n);
/* Number of the first fault that begins behind p: there may be none. */
size_t fault_behind(const struct cr2_session *s, const struct cr2_position *p);
/* How many faults begin before p. */
size_t faults_before(const struct cr2_session *s, const struct cr2_position *p);

#endif
