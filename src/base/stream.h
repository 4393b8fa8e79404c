/* SPDX-License-Identifier: MIT */
/* Whole files. */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdio.h>

#include <cr2/base.h>

/*
 * Appends what is left of the stream. Returns 0 or a negative errno: -EFBIG after more than `most`
 * bytes.
 */
int stream_read(FILE *stream, size_t most, struct cr2_text *text);
/* The same of a file. */
int stream_read_file(const char *path, size_t most, struct cr2_text *text);

#endif
