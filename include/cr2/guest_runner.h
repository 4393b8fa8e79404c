/* SPDX-License-Identifier: MIT */
/*
 * Scenarios on other kernels: a runner here, and its other end in the guest, which runs them
 * on that kernel as the host's runner does on this one.
 */
#ifndef CR2_GUEST_RUNNER_H
#define CR2_GUEST_RUNNER_H

#include <stdio.h>

#include <cr2/guest.h>
#include <cr2/run.h>

CR2_BEGIN_DECLS

/*
 * Boots the kernel, which it takes over whatever it returns (see cr2_guest_boot() for the errors);
 * any number of scenarios run in one boot. A guest that dies or hangs in a scenario is lost with
 * it (-EIO, -ETIMEDOUT), and the next scenario boots another. watch is copied; NULL: none.
 */
int cr2_runner_guest_create(struct cr2_guest_kernel *kernel, const struct cr2_guest_watch *watch,
			    struct cr2_runner **ret_runner, struct cr2_text *reason);
/* In the guest: runs scenarios from in until it ends (`cr2 guest-serve`). Blocks. */
int cr2_guest_serve(FILE *in, FILE *out);

CR2_END_DECLS

#endif
