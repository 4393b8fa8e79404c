/* SPDX-License-Identifier: MIT */
/* What every case on the kernel does: map, touch, fork. */
#ifndef BENCH_TOUCH_H
#define BENCH_TOUCH_H

#include <stdint.h>
#include <sys/types.h>

/* Anonymous memory in 4 KiB pages, whatever the system's setting is. Returns 0 or a negative errno. */
int bench_map(uint64_t bytes, uint8_t **ret_base);

/* One byte in each of n places, distance bytes apart, in order where that is given. */
void bench_write(uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order, uint8_t value);
void bench_read(const uint8_t *base, uint64_t n, uint64_t distance, const uint32_t *order);

/*
 * A child that shares the parent's pages until it is ended; it goes if the parent does.
 * Returns 0 or a negative errno.
 */
int bench_fork(pid_t *ret_child);
void bench_end(pid_t child);

/*
 * Where a thread was preempted, the kernel writes its CPU to its restartable sequences' area: a
 * fault more after fork, since that page is shared like the others. This makes it one's own.
 */
void bench_own_sequences(void);

/* What "NAME: ... kB" in /proc/PID/FILE says, in bytes; 0: nothing. */
uint64_t bench_proc_bytes(pid_t pid, const char *name_of_file, const char *name);

#endif
