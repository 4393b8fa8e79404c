/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2) for scenarios: each process has one. Its faults end in SIGBUS, or wait for an answer,
 * which a process of the runner's gives at once.
 */
#ifndef HOST_USERFAULT_H
#define HOST_USERFAULT_H

#include <stdbool.h>
#include <sys/types.h>

#include <cr2/litmus.h>
#include <cr2/record.h>

#include "channel.h"

/* -EOPNOTSUPP where the scenario asks for what this kernel has not. */
int host_userfault_check(const struct cr2_litmus *litmus, struct cr2_text *reason);
/* As system calls: a descriptor, or 0; or -1 with errno. features: CR2_UFFD_FEATURES */
int host_userfault_open(uint32_t features);
int host_userfault_scan(const struct cr2_op *op, uint32_t *ret_pages);
int host_userfault_do(int uffd, const struct cr2_op *op);
/* Starts who answers, and reads events; what it does is told in the slot. */
int host_userfault_serve(int uffd, struct host_slot *slot, pid_t *ret_pid);
/* Waits until what it has read is told, too. */
void host_userfault_settle(const struct host_slot *slot, pid_t answerer);

#endif
