/* SPDX-License-Identifier: MIT */
/*
 * The Wu-Manber search: a window as long as the shortest word slides over the text. The two
 * bytes at its end say how far it may move on without missing a word; mostly that is its
 * whole length, so most bytes are never looked at.
 */
#include <string.h>

#include <cr2/base.h>

#include "decode/log_scan.h"

#define WINDOW 7 /* the shortest word */

static const struct {
	const char *text;
	size_t length;
} words[] = {
#define X(text) {text, sizeof(text) - 1},
#include <cr2/tables/log_trigger.def>
#undef X
};
#define X(text) _Static_assert(sizeof(text) - 1 >= WINDOW, "trigger is too short: " text);
#include <cr2/tables/log_trigger.def>
#undef X

static uint16_t pair(const char *p)
{
	return (uint16_t)((uint8_t)p[0] | (uint8_t)p[1] << 8);
}

void log_scan_init(struct log_scan *scan)
{
	memset(scan->shift, WINDOW - 1, sizeof(scan->shift));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < WINDOW - 1; j++) {
			uint8_t *shift = &scan->shift[pair(words[i].text + j)];
			uint8_t distance = (uint8_t)(WINDOW - 2 - j);

			if (distance < *shift)
				*shift = distance;
		}
	}
}

static int is_word(const char *p, const char *end)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++)
		if ((size_t)(end - p) >= words[i].length &&
		    memcmp(p, words[i].text, words[i].length) == 0)
			return 1;
	return 0;
}

const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end)
{
	const char *p = text;

	while (end - p >= WINDOW) {
		uint8_t shift = scan->shift[pair(p + WINDOW - 2)];

		if (shift == 0) {
			if (is_word(p, end))
				return p;
			shift = 1;
		}
		p += shift;
	}
	return NULL;
}

uint64_t log_scan_lines(const char *text, const char *end)
{
	const uint64_t low = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t lines = 0;

	for (; end - text >= 8; text += 8) {
		uint64_t x, zero;

		memcpy(&x, text, sizeof(x));
		x ^= low * '\n';
		/* The high bit of each byte of zero is set where the byte of x is 0, exactly. */
		zero = ~(((x & ~high) + ~high) | x | ~high);
		lines += (uint64_t)__builtin_popcountll(zero);
	}
	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}
