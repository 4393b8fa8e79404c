/* SPDX-License-Identifier: MIT */
/* Scenarios by the words that users have for them: files, folders, names of the catalogue. */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include <stddef.h>

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

#endif
