/* SPDX-License-Identifier: MIT */
/*
 * The Wu-Manber search: a window as long as the shortest word slides over the text. The three
 * bytes at its end say how far it may move on without missing a word; mostly that is all but
 * two of its length. Two bytes would be too common in English to let it move that far.
 */
#include <stdbool.h>
#include <string.h>

#include <cr2/base.h>

#include "scan.h"

#define WINDOW 7 /* the shortest word */
#define BLOCK 3

static const struct {
	const char *text;
	size_t length;
} words[] = {
#define X(text) {text, sizeof(text) - 1},
#include <cr2/tables/log_trigger.def>
#undef X
};
_Static_assert(CR2_ARRAY_SIZE(words) <= 16, "struct log_scan has 16 bits for words");
#define X(text) _Static_assert(sizeof(text) - 1 >= WINDOW, "trigger is too short: " text);
#include <cr2/tables/log_trigger.def>
#undef X

/* The slot of the block that ends the window at p. */
static uint32_t slot(const char *p)
{
	uint32_t end;

	memcpy(&end, p + WINDOW - sizeof(end), sizeof(end));
	return (end >> 8) * 0x9e3779b1 >> (32 - LOG_SCAN_BITS);
}

void log_scan_init(struct log_scan *scan)
{
	memset(scan, 0, sizeof(*scan));
	memset(scan->shift, WINDOW - BLOCK + 1, sizeof(scan->shift));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++) {
		/* The window may stand this far before the word's beginning. */
		for (uint8_t distance = 0; distance <= WINDOW - BLOCK; distance++) {
			char window[WINDOW] = {0};
			uint8_t *shift;

			memcpy(window + distance, words[i].text, (size_t)(WINDOW - distance));
			shift = &scan->shift[slot(window)];
			if (distance < *shift)
				*shift = distance;
			if (distance == 0)
				scan->words[slot(window)] |= (uint16_t)(1 << i);
		}
	}
}

static bool is_word(unsigned candidates, const char *p, const char *end)
{
	for (; candidates; candidates &= candidates - 1) {
		int i = __builtin_ctz(candidates);

		if ((size_t)(end - p) >= words[i].length &&
		    memcmp(p, words[i].text, words[i].length) == 0)
			return true;
	}
	return false;
}

const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end)
{
	const char *p = text;

	while (end - p >= WINDOW) {
		uint8_t shift = scan->shift[slot(p)];

		if (shift == 0) {
			if (is_word(scan->words[slot(p)], p, end))
				return p;
			shift = 1;
		}
		p += shift;
	}
	return NULL;
}

/* Bytes are counted eight at a time, each in a byte of its own, until one could overflow. */
uint64_t log_scan_lines(const char *text, const char *end)
{
	const uint64_t low = 0x0101010101010101, rest = 0x7f7f7f7f7f7f7f7f;
	uint64_t lines = 0;

	while (end - text >= 8) {
		uint64_t counts = 0;

		for (int i = 0; i < 255 && end - text >= 8; i++, text += 8) {
			uint64_t x;

			memcpy(&x, text, sizeof(x));
			x ^= low * '\n';
			/* The top bit of each byte: clear where the byte of x is 0, exactly. */
			x |= (x & rest) + rest;
			counts += ~x >> 7 & low;
		}
		for (; counts; counts >>= 8)
			lines += counts & 0xff;
	}
	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}
