/* SPDX-License-Identifier: MIT */
/*
 * What a process of the scenario runs after execve(2): a program that waits to be killed.
 */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include <sys/types.h>

/* A descriptor of the program, to be closed; or a negative errno. */
int host_program_open(void);
/* Returns where the process runs it: 0; -ECHILD: it has died, -ETIMEDOUT. */
int host_program_await(pid_t pid);

#endif
