/* SPDX-License-Identifier: MIT */
/*
 * tracefs, whether or not somebody mounted it.
 */
#ifndef OBSERVE_TRACEFS_H
#define OBSERVE_TRACEFS_H

/*
 * Its root folder, for openat(2), or a negative errno: -EPERM where this takes root. Nothing on the
 * system changes: no mount becomes visible to anybody.
 */
int tracefs_open(void);
/* The way for kernels that cannot mount without a place: one in a namespace of its own. */
int tracefs_open_in_namespace(void);

#endif
