/* SPDX-License-Identifier: MIT */
/* A learner's program, built and run in a sandbox while its faults are traced. */
#ifndef CLI_LEARN_FORCE_H
#define CLI_LEARN_FORCE_H

#include <cr2/sandbox.h>
#include <cr2/view_learn.h>

struct force_program {
	const char *path; /* a C source, or a program that is built already */
	enum cr2_trace_source source;
	bool needs_nothing; /* it is built without shared libraries */
	double seconds; /* that it has, once it is built */
	struct cr2_sandbox_folder folder;
};
/* Both return an exit code, having said on stderr what went wrong. Makes the folder, and puts the program in there. */
int force_program_begin(struct force_program *program);
void force_program_end(struct force_program *program);

/* Builds it where that is to be done. What the compiler says goes to stderr; *ret_said: its first error, made anew; NULL: built. */
int force_program_build(const struct force_program *program, char **ret_said);

/* What of the machine the demand lacks; NULL: nothing. */
const char *force_program_lacks(const struct force_program *program, enum cr2_demand demand);

struct force_run {
	struct cr2_demand_report report; /* where ran */
	struct cr2_sandbox_end end;
	bool ran;
	char *reason; /* why it was not run, or not seen as well as one would like; made anew, or NULL */
};
int force_program_run(const struct force_program *program, const struct cr2_demand_task *task, struct force_run *ret_run);
void force_run_finish(struct force_run *run);

/* learn_force_guest.c: one that is built is judged by a guest's cr2, whose words are printed. Returns an exit code. */
int force_program_judge_in_guest(const struct force_program *program, const char *guest, const struct cr2_demand_task *task,
				 bool json);

#endif
