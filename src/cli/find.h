/* SPDX-License-Identifier: MIT */
/* Scenarios by the words that users have for them: files, folders, names of the catalogue. */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include <cr2/base.h>

/* Paths, each to be freed. */
struct found {
	char **paths;
	size_t n, capacity;
};

/*
 * Appends what word means: "-", a file, NAME for NAME.litmus, a folder for all .litmus files in
 * and below it, sorted; where the current folder has none of these, that of the catalogue: of
 * ./catalogue, then the installed one. Returns an exit code, having said what is wrong.
 */
int find_scenarios(const char *word, struct found *found);
void found_finish(struct found *found);
/* Appends the path of what cr2 is installed with, or its source tree has: "kmod/Makefile". Returns an exit code. */
int find_data(const char *name, struct cr2_text *ret_path);

/*
 * The path of what belongs to this program: beside it, as where it was built, or installed, under share/cr2. Nothing
 * where neither can be told.
 */
void find_own(const char *name, bool installed, struct cr2_text *ret_path);

#endif
