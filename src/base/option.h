/* SPDX-License-Identifier: MIT */
/*
 * Structs that grow with the library: their first field is a size_t, the size of the
 * struct as the caller was compiled.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stddef.h>

/*
 * Takes over what the caller gave; own, of own_size bytes, holds the defaults of what an older caller
 * does not know. Returns 0, or -EINVAL: no size, or a newer caller asks for what is not known here.
 */
int option_take(void *own, size_t own_size, const void *given);

/*
 * The other way: what own holds, as far as the struct of the caller has room for it, zeros behind it.
 * Returns 0, or -EINVAL: the caller's struct has no size.
 */
int option_give(void *given, const void *own, size_t own_size);

#endif
