/* SPDX-License-Identifier: MIT */
/*
 * What a process of the scenario runs after execve(2): a program that waits to be killed, or one of the scenario's.
 */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include <sys/types.h>

#include <cr2/record.h>

/* Describes a program of the scenario, in its file's first page (CR2_OP_PROGRAM): 0 or a negative errno. */
int host_program_describe(int fd, const struct cr2_op *op);
/* A descriptor of the program, to be closed; or a negative errno. */
int host_program_open(void);
/* Returns where the process runs it: 0; -ECHILD: it has died, -ETIMEDOUT. */
int host_program_await(pid_t pid);

#endif
