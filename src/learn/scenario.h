/* SPDX-License-Identifier: MIT */
/* What a scenario comes to in the model, line by line: what cow and predict ask for. */
#ifndef LEARN_SCENARIO_H
#define LEARN_SCENARIO_H

#include "learn.h"

/* A scenario's text, its lines counted. */
struct scenario {
	struct cr2_text text;
	unsigned n; /* lines so far */
};
/* One line, without its newline. */
void scenario_add(struct maker *m, struct scenario *scenario, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Runs it in the model: the exercise gives the text, and its facts get the lines. */
void scenario_run(struct maker *m, struct scenario *scenario);

/* What a text comes to in the model. 0, -ENOMEM, or -EINVAL: it is no scenario. */
int scenario_facts(enum cr2_profile profile, const char *text, size_t n, struct learn_scenario *facts);
/* The faults of a line of one access. */
struct cr2_answer scenario_codes(const struct learn_line *line);
struct cr2_answer scenario_paths(const struct learn_line *line);

/* cow.c: the questions on copy-on-write, of any scenario of it. */
void learn_ask_cow(struct maker *m, struct scenario *scenario);

/* "line 3, child" */
const char *scenario_place(struct maker *m, unsigned line);
/* The step that says what line N comes to. */
void scenario_explain(struct maker *m, unsigned line);
/* faults_N, error_N, path_N, of the line's accesses. */
void scenario_ask_faults(struct maker *m, unsigned line);
void scenario_ask_error(struct maker *m, unsigned line);
void scenario_ask_path(struct maker *m, unsigned line);

#endif
