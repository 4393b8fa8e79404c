/* SPDX-License-Identifier: MIT */
/* Small files of cr2's own, under the XDG state directory. All functions return 0 or a negative errno. */
#ifndef CR2_STATE_FILE_H
#define CR2_STATE_FILE_H

#include <cr2/base.h>

CR2_BEGIN_DECLS

/* Appends where the file of that name is; -ENOENT: neither XDG_STATE_HOME nor HOME says. */
int cr2_state_file_path(const char *name, struct cr2_text *text);
/* Appends all of it; -EOPNOTSUPP: it is no regular file; -EFBIG: cr2 does not write such long ones. */
int cr2_state_file_read(const char *path, struct cr2_text *text);
/* Replaces it, or makes it, and the folders on the way to it: whole on the disk, or not at all. */
int cr2_state_file_write(const char *path, const struct cr2_text *text);

CR2_END_DECLS

#endif
