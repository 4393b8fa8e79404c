/* SPDX-License-Identifier: MIT */
/*
 * The guardian: a small process that puts back what was changed when its pipe closes, which is at their
 * release, or when the runner dies however it dies.
 */
#ifndef HOST_GUARDIAN_H
#define HOST_GUARDIAN_H

#include <sys/types.h>


struct guardian {
	int pipe; /* -1: there is none */
	pid_t pid;
};
/* put_back returns 0 or a negative errno. Keeps lock (-1: none) until it has ended. */
int guardian_start(struct guardian *guardian, int (*put_back)(const void *data), const void *data, int lock);
/* All but what it needs stays as it is; -EIO: it could not put everything back. */
int guardian_end(struct guardian *guardian);

#endif
