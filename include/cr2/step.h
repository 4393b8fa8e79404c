/* SPDX-License-Identifier: MIT */
/*
 * The step debugger's session: a scenario in the model, and a position in it that goes forward and back by
 * stage, fault and step, and anywhere at once. The scenario is run to its end first, so that all steps and
 * faults are known; states on the way are kept, at most a fixed number, and what lies between two of them is
 * executed again. What there is to see at a position is a scene (cr2/scene.h).
 */
#ifndef CR2_STEP_H
#define CR2_STEP_H

#include <cr2/run.h>
#include <cr2/scene.h>

CR2_BEGIN_DECLS

/* A step, as it went. */
struct cr2_step_row {
	unsigned line;
	uint32_t process;
	enum cr2_op_kind op;
	enum cr2_result result;
	bool has_at, failed; /* failed: its expectation */
	struct cr2_ref at;
	unsigned n_faults;
	size_t first_fault; /* so many faults were before it */
};

/* A fault, as it went. Frames are those of S6, the page. */
struct cr2_fault_facts {
	unsigned step, number; /* number: in its step, from 1 */
	unsigned line;
	unsigned stages; /* 1U << k: it has Sk */
	uint32_t process;
	enum cr2_op_kind op;
	enum cr2_access access;
	uint64_t error_code, address;
	bool has_at;
	struct cr2_ref at; /* address as the scenario names it */
	enum cr2_path path;
	enum cr2_result result; /* OK where the access goes on */
	bool major;
	struct cr2_frame_view found, mapped; /* the page that was there, or in a cache; the one there now */
};

struct cr2_session;
/*
 * Takes over the scenario, on success, and runs it. config says which kernel and machine; what the scenario
 * sets wins. Returns 0 (the run may have stopped early: cr2_session_reason()); -EOPNOTSUPP: it cannot begin in
 * this model, with why in *ret_diag; -ENOMEM.
 */
int cr2_session_create(struct cr2_litmus *litmus, const struct cr2_model_config *config,
		       struct cr2_session **ret_session, struct cr2_diag *ret_diag);
void cr2_session_destroy(struct cr2_session *session); /* NULL is fine */

const struct cr2_litmus *cr2_session_litmus(const struct cr2_session *session);
enum cr2_profile cr2_session_profile(const struct cr2_session *session);
/* Why the run stopped before the scenario's end, and at which line; NULL: it did not. */
const char *cr2_session_reason(const struct cr2_session *session, unsigned *ret_line);
/* Steps from 1 on; NULL outside. */
unsigned cr2_session_steps(const struct cr2_session *session);
const struct cr2_step_row *cr2_session_step(const struct cr2_session *session, unsigned step);
/* All faults, in order. */
const struct cr2_fault_facts *cr2_session_faults(const struct cr2_session *session, size_t *ret_n);

/* ---- where it is ---- */

struct cr2_position cr2_session_at(const struct cr2_session *session);
/* Returns 0, -ERANGE: there is no such position, or -ENOMEM. */
int cr2_session_go(struct cr2_session *session, const struct cr2_position *position);

enum cr2_unit {
	CR2_UNIT_STAGE,
	CR2_UNIT_FAULT, /* its S1 */
	CR2_UNIT_STEP, /* when it is done */
};
/* The next position of that kind, or the one before. False: there is none. */
bool cr2_session_next(const struct cr2_session *session, enum cr2_unit unit, bool back,
		      struct cr2_position *ret_position);
/* The first position of the steps of a line of the scenario, behind here or before. False: there is none. */
bool cr2_session_line(const struct cr2_session *session, unsigned line, bool back,
		      struct cr2_position *ret_position);

/* The step that the position is in, or that is done there: all its stages; NULL, 0 before the first. */
const struct cr2_stage *cr2_session_stages(const struct cr2_session *session, size_t *ret_n);
/* Which of them the position is at; NULL: the step is done. */
const struct cr2_stage *cr2_session_stage(const struct cr2_session *session);
/* What the step came to, and what failed of its expectation; NULL: nothing. */
const struct cr2_observation *cr2_session_observation(const struct cr2_session *session);
const struct cr2_failure *cr2_session_failure(const struct cr2_session *session);
/* The state behind the step. */
const struct cr2_execution *cr2_session_execution(const struct cr2_session *session);
/*
 * What there is to see here. In a fault, up to S6, memory is as the fault found it (but for a stack that S2 let
 * grow), from S7 on as it left it. The scene is to be finished. Returns 0 or -ENOMEM.
 */
int cr2_session_scene(struct cr2_session *session, struct cr2_scene *ret_scene);

/* ---- conditions ---- */

/*
 * "path == wp_copy && refs(pfn) > 1": comparisons, joined by && and ||, turned round by !, with parentheses.
 * What can be asked of a fault stands in condition_term.def.
 */
struct cr2_condition;
/* Returns 0; -EINVAL with *ret_diag filled: what is wrong at which column, and what would be right; -ENOMEM. */
int cr2_condition_parse(const char *text, const struct cr2_names *names, struct cr2_condition **ret_condition,
			struct cr2_diag *ret_diag);
void cr2_condition_destroy(struct cr2_condition *condition);
const char *cr2_condition_text(const struct cr2_condition *condition);
/*
 * The next fault for which it holds, or the last before here; condition NULL: any. Returns 1 with *ret_position
 * its S1; 0: there is none; or -ENOMEM.
 */
int cr2_session_search(struct cr2_session *session, const struct cr2_condition *condition, bool back,
		       struct cr2_position *ret_position);

/* ---- another scenario, another model ---- */

/*
 * Line number line (from 1; one behind the last adds a line) becomes text, of which a line break makes
 * several. What was before stays as it was; the rest is run again, and where the position was behind the change it
 * is now the end of the first step that is new, or the end. Returns 0; -EINVAL with *ret_diag (nothing is changed);
 * -EOPNOTSUPP as above; -ENOMEM.
 */
int cr2_session_edit(struct cr2_session *session, unsigned line, const char *text, struct cr2_diag *ret_diag);

/* The whole scenario becomes text, from the first line on that is another one: as above. */
int cr2_session_replace(struct cr2_session *session, const char *text, struct cr2_diag *ret_diag);

/*
 * The scenario under another setting of its kernel, "thp always": in place of its own, or on its first line. Returns
 * as cr2_session_edit().
 */
int cr2_session_set(struct cr2_session *session, const char *setting, struct cr2_diag *ret_diag);

/* Where two sessions differ: in n differences from the first on, all of one step. */
struct cr2_divergence {
	struct cr2_position at[2]; /* left, right: where its stages differ, or done, where they do not */
	struct cr2_run runs[2]; /* what differences are about */
	struct cr2_differences differences;
	size_t first, n;
};
void cr2_divergence_finish(struct cr2_divergence *divergence);
/*
 * The first step behind here in which two sessions differ, as cr2_litmus_compare() sees it. Returns 1, with what is to
 * be finished; 0: none; or -ENOMEM.
 */
int cr2_session_difference(struct cr2_session *left, struct cr2_session *right, struct cr2_divergence *ret_divergence);

CR2_END_DECLS

#endif
