/* SPDX-License-Identifier: MIT */
/*
 * Bytes moved by the machine's own instructions. Those of the C library are loops, which a browser runs as they are
 * until it finds that they are worth to be compiled well.
 */
#include <string.h>

#define BULK __attribute__((target("bulk-memory")))

BULK void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	return __builtin_memcpy(to, from, n);
}

BULK void *memmove(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n);
}

BULK void *memset(void *at, int byte, size_t n)
{
	return __builtin_memset(at, byte, n);
}
