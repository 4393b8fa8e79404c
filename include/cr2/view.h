/* SPDX-License-Identifier: MIT */
/*
 * What a person or a program sees. Views take records and stages and append to a text;
 * they never know which source made them. All return 0 or -ENOMEM.
 */
#ifndef CR2_VIEW_H
#define CR2_VIEW_H

#include <cr2/record.h>
#include <cr2/stage.h>

CR2_BEGIN_DECLS

/* How to draw. */
struct cr2_style {
	bool colour;
	bool ascii; /* nothing else: "->" for an arrow */
	unsigned width; /* in columns */
	bool linear; /* for a screen reader: no blanks that line columns up */
};

/* What one target observed. Its first word ("model") names it in the last line. */
struct cr2_view_column {
	const char *name; /* "model 6.18", "host 6.18.44" */
	const struct cr2_observations *observations;
	size_t n_failures;
	const struct cr2_failure *failures;
	const char *stopped; /* why it ended before the scenario did, or NULL */
	unsigned stopped_line; /* of the file; 0: the whole scenario */
};

/*
 * One scenario as one or more targets ran it. Which cells differ is the caller's to say,
 * since not all that is observed is comparable. Strings are borrowed.
 */
struct cr2_view_run {
	const char *path; /* the scenario's file */
	const char *title; /* or NULL */
	const char *source; /* its text: operations are shown as their lines have them; or NULL */
	bool state; /* show page states, wherever they changed */
	size_t n_expectations; /* how many statements expect something */
	bool unchecked; /* and that was not checked, since it is another machine's */
	size_t n_columns; /* at most CR2_VIEW_COLUMNS */
	const struct cr2_view_column *columns;
	size_t n_differences;
	const struct cr2_difference *differences; /* in the order of their observations */
};
#define CR2_VIEW_COLUMNS 8

/*
 * Title, one row a step with the columns side by side, and a last line that sums up. Steps of
 * one statement that read the same are folded into one row. In the gutter ≠ marks a row with
 * a difference, ✗ one with a failed expectation. Also -EINVAL: too many columns.
 */
int cr2_view_run(const struct cr2_view_run *run, const struct cr2_style *style,
		 struct cr2_text *text);

/*
 * The same for programs: LITMUS.md "Observations". Appends a JSON object a line: `step`, `failure`,
 * `difference` and `summary`, target by target.
 */
int cr2_view_run_json(const struct cr2_view_run *run, struct cr2_text *text);

/*
 * What one side of a difference has, in words: "0x6 at buf@0", "a1..a3", "none". side: 0 the first
 * column, 1 the other one. And where: "child.buf@3..7"; nothing for a field that is not STATE.
 */
int cr2_view_difference_side(const struct cr2_view_run *run, const struct cr2_difference *d,
			     int side, struct cr2_text *text);
int cr2_view_difference_where(const struct cr2_view_run *run, const struct cr2_difference *d,
			      struct cr2_text *text);

/* One step of a scenario, with what its faults' stages are narrated by. Strings are borrowed. */
struct cr2_view_step {
	const char *path; /* the scenario's file, or NULL */
	const char *source; /* its text, or NULL */
	const struct cr2_observation *observation;
	const struct cr2_names *names; /* of the observation's numbers */
	const struct cr2_places *places; /* as they are at this step; NULL: not known */
	int kernel; /* whose names flags have: major * 1000 + minor; 0: the newest */
	bool course; /* the course's, whose pages have no AnonExclusive */
};

/*
 * The faults of a step, narrated stage by stage from S1, the exception, to S8, the return or the
 * signal, with every value that one needs to redo it on paper. stages are all that the step
 * gave, in order; without any, the narrative says why there is no fault.
 */
int cr2_view_narrative(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
		       const struct cr2_style *style, struct cr2_text *text);
/* One stage alone, number i of a step's n, from 0; n 0: why there is no fault. */
int cr2_view_stage(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n, size_t i,
		   const struct cr2_style *style, struct cr2_text *text);
/* All of them in one line a fault: error code, path, frames, entry. */
int cr2_view_fault_lines(const struct cr2_view_step *step, const struct cr2_stage *stages,
			 size_t n, const struct cr2_style *style, struct cr2_text *text);
/* The same for programs: a JSON object a stage and line, with the stage's own values. */
int cr2_view_stages_json(const struct cr2_view_step *step, const struct cr2_stage *stages, size_t n,
			 struct cr2_text *text);

CR2_END_DECLS

#endif
