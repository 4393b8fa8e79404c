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

static const struct log_word {
	const char *text;
	size_t length;
	enum log_word_reader reader;
	bool crash;
} words[] = {
#define X(text, reader, crash) {text, sizeof(text) - 1, LOG_WORD_##reader, crash},
#include <cr2/tables/log_trigger.def>
#undef X
};
#define N_WORDS CR2_ARRAY_SIZE(words)
/* A word's bit is its row's, whether its blanks are no-break spaces or not. */
_Static_assert(N_WORDS <= 64, "struct log_scan has 64 bits for words");
#define X(text, reader, crash) _Static_assert(sizeof(text) - 1 >= WINDOW, "trigger is too short: " text);
#include <cr2/tables/log_trigger.def>
#undef X

#define NO_BREAK "\xc2\xa0"

/* Does text begin with the word, its blanks as they are or no-break? */
static bool match(const struct log_word *word, const char *text, const char *end)
{
	for (const char *w = word->text; *w; w++) {
		bool no_break = *w == ' ' && end - text >= 2 && memcmp(text, NO_BREAK, 2) == 0;

		if (text == end || (*text != *w && !no_break))
			return false;
		text += no_break ? 2 : 1;
	}
	return true;
}

/* The first WINDOW bytes of the word in either spelling. */
static void spell(const struct log_word *word, bool no_break, char *ret_window)
{
	size_t n = 0;

	for (const char *w = word->text; n < WINDOW; w++) {
		const char *piece = *w == ' ' && no_break ? NO_BREAK : w;
		size_t length = piece == w ? 1 : strlen(NO_BREAK);

		length = length < WINDOW - n ? length : WINDOW - n;
		memcpy(ret_window + n, piece, length);
		n += length;
	}
}

/* The slot of the block that ends the window at p. */
static uint32_t slot(const char *p)
{
	uint32_t end;

	memcpy(&end, p + WINDOW - sizeof(end), sizeof(end));
	return (end >> 8) * 0x9e3779b1 >> (32 - LOG_SCAN_BITS);
}

static void add_word(struct log_scan *scan, const char *spelt, size_t bit)
{
	/* The window may stand this far before the word's beginning. */
	for (uint8_t distance = 0; distance <= WINDOW - BLOCK; distance++) {
		char window[WINDOW] = {0};
		uint8_t *shift;

		memcpy(window + distance, spelt, (size_t)(WINDOW - distance));
		shift = &scan->shift[slot(window)];
		if (distance < *shift)
			*shift = distance;
		if (distance == 0)
			scan->words[slot(window)] |= (uint64_t)1 << bit;
	}
}

void log_scan_init(struct log_scan *scan)
{
	memset(scan, 0, sizeof(*scan));
	memset(scan->shift, WINDOW - BLOCK + 1, sizeof(scan->shift));
	for (size_t i = 0; i < 2 * N_WORDS; i++) {
		char spelt[WINDOW];

		spell(&words[i % N_WORDS], i >= N_WORDS, spelt);
		add_word(scan, spelt, i % N_WORDS);
	}
}

static const struct log_word *word_at(uint64_t candidates, const char *p, const char *end)
{
	for (; candidates; candidates &= candidates - 1) {
		const struct log_word *word = &words[__builtin_ctzll(candidates)];

		if (match(word, p, end))
			return word;
	}
	return NULL;
}

/* The first word at *p or behind it, or NULL; *p: where it begins. */
static const struct log_word *next_word(const struct log_scan *scan, const char **p, const char *end)
{
	const char *at = *p;

	while (end - at >= WINDOW) {
		uint8_t shift = scan->shift[slot(at)];

		if (shift == 0) {
			const struct log_word *word = word_at(scan->words[slot(at)], at, end);

			*p = at;
			if (word)
				return word;
			shift = 1;
		}
		at += shift;
	}
	return NULL;
}

const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end,
			  bool *ret_crash)
{
	const struct log_word *word = next_word(scan, &text, end);

	if (word && ret_crash)
		*ret_crash = word->crash;
	return word ? text : NULL;
}

unsigned log_scan_readers(const struct log_scan *scan, const char *text, const char *end)
{
	const struct log_word *word;
	unsigned readers = 0;

	while ((word = next_word(scan, &text, end))) {
		readers |= word->reader;
		text++;
	}
	return readers;
}

/* Bytes are compared many at a time, and counted in a byte each until that could overflow. */
typedef uint8_t lanes __attribute__((vector_size(16)));

uint64_t log_scan_lines(const char *text, const char *end)
{
	uint64_t lines = 0;
	lanes newlines;

	memset(&newlines, '\n', sizeof(newlines));
	while (end - text >= (ptrdiff_t)sizeof(lanes)) {
		lanes counts = {0};

		for (int i = 0; i < 255 && end - text >= (ptrdiff_t)sizeof(lanes); i++, text += sizeof(lanes)) {
			lanes bytes;

			memcpy(&bytes, text, sizeof(bytes));
			counts -= (lanes)(bytes == newlines); /* all bits of those that are: -1 */
		}
		for (size_t i = 0; i < sizeof(lanes); i++)
			lines += counts[i];
	}
	for (; text < end; text++)
		lines += *text == '\n';
	return lines;
}
