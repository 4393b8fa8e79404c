/* SPDX-License-Identifier: MIT */
/* The clock that all faults are timed by. */
#include <time.h>

#include "clock.h"

uint64_t trace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
