/* SPDX-License-Identifier: MIT */
/* What the processes of a sandbox share. */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/* Who programs are where root runs them: nobody, by its number on every Linux. */
#define SANDBOX_NOBODY 65534

/*
 * In a mount namespace of its own: from here on "/" has the system's programs and libraries, which cannot be written to,
 * and the folder, an absolute path, where it stands then. 0 or a negative errno, with nothing changed that others see.
 */
int sandbox_view(const char *folder);

#endif
