/* SPDX-License-Identifier: MIT */
/* KSM, whose scanner runs when it is told to, and at no other time. */
#ifndef HOST_KSM_H
#define HOST_KSM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <cr2/base.h>

/* Can it run for a scenario alone? 0, or why it cannot. */
int host_ksm_check(struct cr2_text *reason);
/* From now on it rests: its settings are held (wanted.c). */
int host_ksm_rest(struct cr2_text *reason);
/* Is any of the process's memory advised mergeable? */
bool host_ksm_knows(pid_t pid);
/* The scanner goes through all memory until nothing is left to merge. */
int host_ksm_scan(struct cr2_text *reason);

#endif
