/* SPDX-License-Identifier: MIT */
/* Where scenarios run, as the user names it: model, host, guest:VERSION, guest:IMAGE[,MODULES]. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <cr2/run.h>

#include "cli.h"

struct target {
	char *name; /* "model 6.18", "host 6.18.44", "guest 6.1" */
	struct cr2_runner *runner;
	bool is_model;
	unsigned traits; /* bits of CR2_TRAIT(): what sets its machine apart */
	bool is_own_kernel; /* guest:IMAGE */
};

/* The next of targets separated by commas, as strsep(3): an image's modules belong to it. */
char *target_next(char **words);

/* Is there such a target? Returns an exit code, having said what is wrong with the word. */
int target_check(const char *word);
bool target_is_model(const char *word);
/*
 * Makes the target of a word that target_check() liked; profile: the model's kernel, traits: its
 * machine's. Returns an exit code, having said why: CLI_UNTESTED for a guest:IMAGE that cannot
 * be booted.
 */
int target_create(const char *word, enum cr2_profile profile, unsigned traits,
		  struct target *ret_target);
void target_finish(struct target *target);

/* A line for each trait that the model takes from the target. */
void target_tell_traits(const struct target *target, FILE *stream);

/* The profile called word, for --kernel; returns an exit code as above. */
int target_profile(const char *word, enum cr2_profile *ret_profile);

/* The model's kernel beside targets, separated by commas, unless the user says otherwise: theirs. */
enum cr2_profile target_kernel(const char *on);

/* "unknown WHAT 'WORD'", with the nearest of words or all of them; returns CLI_USAGE. */
int target_unknown(const char *what, const char *word, const char *const *words, size_t n);

#endif
