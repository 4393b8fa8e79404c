/* SPDX-License-Identifier: MIT */
/* Errors that Linux has and not every C library: that of WebAssembly, for one. */
#ifndef BASE_LINUX_ERRNO_H
#define BASE_LINUX_ERRNO_H

#include <errno.h>

#ifndef ENODATA
#define ENODATA 61
#endif
#ifndef EHWPOISON
#define EHWPOISON 133
#endif

#endif
