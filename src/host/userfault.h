/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2) for scenarios: each process has one, whose faults end in SIGBUS; nobody waits.
 */
#ifndef HOST_USERFAULT_H
#define HOST_USERFAULT_H

#include <stdbool.h>

#include <cr2/record.h>

static inline bool host_op_is_userfault(const struct cr2_op *op)
{
	return op->kind == CR2_OP_UFFD || op->kind == CR2_OP_UFFD_COPY || op->kind == CR2_OP_UFFD_ZERO;
}
/* As system calls: a descriptor, or 0; or -1 with errno. */
int host_userfault_open(void);
int host_userfault_do(int uffd, const struct cr2_op *op);

#endif
