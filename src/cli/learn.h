/* SPDX-License-Identifier: MIT */
/* What cr2 learn and its kinds share: which exercise is meant. */
#ifndef CLI_LEARN_H
#define CLI_LEARN_H

#include <cr2/view_learn.h>

#include "cli.h"

extern const struct cli_command cli_learn_check, cli_learn_counter, cli_learn_force, cli_learn_grade, cli_learn_sheet;

/* The options that name an exercise. */
enum {
	LEARN_SEED = 256,
	LEARN_LEVEL,
	LEARN_KERNEL,
	LEARN_JSON,
	LEARN_TIME,
	LEARN_OWN, /* a command's own begin here */
};
#define LEARN_LEVEL_OPTIONS \
	{"level", LEARN_LEVEL, "L", 0, "From 1, the easiest, to 5; default: 1", 0}, \
	{"kernel", LEARN_KERNEL, "PROFILE", 0, "Whose answers count: 6.1, 6.12, 6.18 or course; default: 6.18, of EXERCISE course: course", 0}
#define LEARN_OPTIONS \
	{"seed", LEARN_SEED, "S", 0, "What the exercise is made from, a number; the same one gives the same exercise", 0}, \
	LEARN_LEVEL_OPTIONS, \
	{"json", LEARN_JSON, NULL, 0, "Print one JSON object an exercise", 0}
/* And how it is made. */
#define LEARN_OPTION_TIME \
	{"time", LEARN_TIME, NULL, 0, "Let count ask how long, too, by this machine's costs (cr2 bench) or round figures", 0}

struct learn_choice {
	bool has_kind, seeded, leveled, has_profile, json, time;
	enum cr2_exercise_kind kind;
	uint64_t seed;
	unsigned level;
	enum cr2_profile profile;
	int exit; /* of a mistake in the arguments; 0: none */
};
#define LEARN_CHOICE {.level = 1, .profile = CR2_PROFILE_6_18}

/* One of LEARN_OPTIONS. Returns 0, EINVAL having said what is wrong, or ARGP_ERR_UNKNOWN. */
error_t learn_option(struct learn_choice *choice, int key, char *arg);
/* When all options are read: what the kind says where they do not. */
void learn_settle(struct learn_choice *choice);
/* The word that names the kind. */
error_t learn_kind(struct learn_choice *choice, const char *word);
/* Makes it, its seed moved by offset. Returns an exit code. */
int learn_make(const struct learn_choice *choice, uint64_t offset, struct cr2_exercise *ret_exercise);
/* This machine's calibration, if cr2 bench kept one that can be read; else false. */
bool learn_calibration(struct cr2_calibration *ret_calibration);
/* learn_session.c: the learner's session, and the progress that it keeps. Exit codes. */
int learn_session(const struct learn_choice *choice, bool again, bool plain);
int learn_progress(struct cr2_progress *ret_progress);
/*
 * A learner's program was judged right: one of enum cr2_demand, or CR2_PROGRESS_COUNTER. Not to be called with --json, which
 * is for those who grade others; and the verdict stands where it cannot be kept.
 */
int learn_keep_program(unsigned program);
/*
 * learn_kernel.c: appends what this machine's kernel says of an exercise's scenario up to a line (0: all), or why it
 * cannot be asked, once. Returns 0 or -ENOMEM.
 */
struct learn_kernel;
struct learn_kernel *learn_kernel_create(void); /* NULL: no memory */
int learn_kernel_say(struct learn_kernel *kernel, const struct cr2_exercise *exercise, unsigned line,
		     const struct cr2_style *style, struct cr2_text *text);
void learn_kernel_destroy(struct learn_kernel *kernel); /* NULL is fine */
/* learn_secret.c: of a student's sheet: HMAC-SHA-256 of the student under the secret. */
uint64_t learn_student_seed(const char *secret, const char *student);
/* What is wrong with a file that was read with error r, in one line; ends diag, returns an exit code. */
int learn_refused(const char *path, struct cr2_diag *diag, int r);
/* What a compiler says first of an error, or else its last line; made anew, NULL: it says nothing. */
char *learn_telling_line(const char *output);
/* Prints a text that was made with error r, and ends it; returns an exit code. */
int learn_print(struct cr2_text *text, int r);

#endif
