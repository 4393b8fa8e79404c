/* SPDX-License-Identifier: MIT */
/* The system's fault-around, changed for a moment. */
#ifndef BENCH_AROUND_H
#define BENCH_AROUND_H

#include <signal.h>
#include <stdint.h>

struct around {
	int lock; /* scenarios that count on the setting wait meanwhile; -1: none */
	int file; /* -1: nothing was changed */
	char before[32];
	sigset_t signals; /* that were blocked before */
};

/*
 * Makes it so many bytes until around_restore(); signals wait until then. Returns 0, or
 * -EOPNOTSUPP with the reason.
 */
int around_set(struct around *around, uint64_t bytes, const char **ret_absent);
void around_restore(struct around *around);

#endif
