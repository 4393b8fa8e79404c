/* SPDX-License-Identifier: MIT */
/* How much room text takes that cr2_text_append_safe() has made fit to be shown. */
#ifndef BASE_SAFE_H
#define BASE_SAFE_H

#include <stddef.h>

/* Bytes of the character (or of the stray byte) at s, and its columns as it is shown. */
size_t safe_step(const char *s, size_t n, unsigned *ret_columns);

#endif
