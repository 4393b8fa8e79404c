/* SPDX-License-Identifier: MIT */
/* The file of a setting. Both return 0 or a negative errno. */
#ifndef HOST_SETTING_H
#define HOST_SETTING_H

#include <stddef.h>

/* May it be opened so (O_RDONLY, O_WRONLY)? */
int setting_access(const char *path, int flags);
int setting_read(const char *path, char *value, size_t size);
int setting_write(const char *path, const char *value);

#endif
