/* SPDX-License-Identifier: MIT */
/*
 * Which page-table entries allow stores. No file of /proc tells; it follows from what was done:
 * a store went through or the kernel was asked to make pages writable, and nothing since that
 * takes the permission away.
 */
#ifndef HOST_WRITABLE_H
#define HOST_WRITABLE_H

#include "view.h"

/* Sets `writable` in the pages of now, whose ids are filled; own: the operation was this process's. */
void host_writable_update(const struct host_view *before, struct host_view *now,
			  const struct cr2_op *op, bool own, enum cr2_result result);

#endif
