/* SPDX-License-Identifier: MIT */
/* A kernel's own file system, such as debugfs, that nobody has mounted. */
#ifndef OBSERVE_UNMOUNTED_H
#define OBSERVE_UNMOUNTED_H

/* Its root folder, for openat(2), or a negative errno. Nothing becomes visible to anybody. */
int unmounted_open(const char *type);

#endif
