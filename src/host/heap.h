/* SPDX-License-Identifier: MIT */
/*
 * Where a process's heap begins.
 */
#ifndef HOST_HEAP_H
#define HOST_HEAP_H

#include <stdint.h>

/*
 * This process's heap begins, and ends, at address: what it had stays mapped, and is no heap any more, nor does
 * RLIMIT_DATA count the program's data with it. Who did that may not use malloc(). Returns 0 or a negative errno.
 */
int host_heap_place(uint64_t address);

#endif
