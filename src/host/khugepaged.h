/* SPDX-License-Identifier: MIT */
/* The kernel thread that makes 2 MiB pages behind the back of a scenario. */
#ifndef HOST_KHUGEPAGED_H
#define HOST_KHUGEPAGED_H

#include "base/reason.h"

/*
 * Makes it sleep for as long as its settings say. It wakes up where the first process with large pages
 * comes while it has none to look after: so it gets this one. That, and its settings, make it look
 * for work once more, at a low priority: waits until it sleeps. Returns 0, also where /proc does not
 * show it, or a negative errno, having said why: -EBUSY where it does not come to rest.
 */
int host_khugepaged_settle(struct cr2_text *reason);

#endif
