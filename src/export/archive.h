/* SPDX-License-Identifier: MIT */
/* A zip archive in memory, by minizip; the same files give the same bytes. */
#ifndef EXPORT_ARCHIVE_H
#define EXPORT_ARCHIVE_H

#include <cr2/base.h>

struct archive; /* the first failure sticks */
int archive_begin(struct archive **ret_archive);
void archive_add(struct archive *archive, const char *name, const struct cr2_text *content);
/* Appends it, and ends it. Returns 0, -ENOMEM, or -EIO. */
int archive_end(struct archive *archive, struct cr2_text *bytes);

#endif
