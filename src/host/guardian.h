/* SPDX-License-Identifier: MIT */
/*
 * The guardian: a small process that puts settings back when its pipe closes, which is at their
 * release, or when the runner dies however it dies.
 */
#ifndef HOST_GUARDIAN_H
#define HOST_GUARDIAN_H

#include <sys/types.h>

#include "settings_file.h"

struct guardian {
	int pipe; /* -1: there is none */
	pid_t pid;
};
/* Keeps lock (-1: none) until it has ended. */
int guardian_start(struct guardian *guardian, const struct settings_list *list, int lock);
/* All but what it needs stays as it is; -EIO: it could not put everything back. */
int guardian_end(struct guardian *guardian);

#endif
