/* SPDX-License-Identifier: MIT */
/* The system's fault-around, changed for a moment. */
#ifndef BENCH_AROUND_H
#define BENCH_AROUND_H

#include <stdint.h>

#include <cr2/settings.h>

/*
 * Makes it so many bytes until cr2_settings_release(). Returns 0, or -EOPNOTSUPP with the reason, a
 * constant.
 */
int around_set(uint64_t bytes, struct cr2_held_settings **ret_held, const char **ret_absent);

#endif
