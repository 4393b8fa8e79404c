/* SPDX-License-Identifier: MIT */
/* Bytes that were not read yet. What is read beyond their end is 0, and `missing` says so. */
#ifndef RECORD_PERF_CURSOR_H
#define RECORD_PERF_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	size_t left;
	bool missing;
};

/* The next n bytes, or NULL. */
static inline const void *take_bytes(struct cursor *c, uint64_t n)
{
	const uint8_t *at = c->at;

	if (n > c->left) {
		c->missing = true;
		c->left = 0;
		return NULL;
	}
	c->at += n;
	c->left -= n;
	return at;
}

static inline void take(struct cursor *c, void *ret, size_t n)
{
	const void *bytes = take_bytes(c, n);

	if (bytes)
		memcpy(ret, bytes, n);
	else
		memset(ret, 0, n);
}

static inline uint64_t take_64(struct cursor *c)
{
	uint64_t n;

	take(c, &n, sizeof(n));
	return n;
}

static inline uint32_t take_32(struct cursor *c)
{
	uint32_t n;

	take(c, &n, sizeof(n));
	return n;
}

/* A string up to its end; "" where it has none. */
static inline const char *take_string(struct cursor *c)
{
	const uint8_t *end = c->left ? memchr(c->at, 0, c->left) : NULL;

	if (!end) {
		c->missing = true;
		c->left = 0;
		return "";
	}
	return take_bytes(c, (uint64_t)(end + 1 - c->at));
}

#endif
