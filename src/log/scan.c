/* SPDX-License-Identifier: MIT */
/*
 * The Wu-Manber search: a window as long as the shortest word slides over the text. The three
 * bytes at its end say how far it may move on without missing a word; mostly that is all but
 * two of its length. Two bytes would be too common in English to let it move that far.
 *
 * Where it moves to is known only when the table has been read: most of the time is waiting. In
 * long text three windows therefore slide side by side, each over a piece of its own.
 */
#include <stdbool.h>
#include <string.h>

#include <cr2/base.h>

#include "scan.h"

#define WINDOW 7 /* the shortest word */
#define BLOCK 3
#define FURTHEST (WINDOW - BLOCK + 1) /* that a window moves at once */
#define CANDIDATE 0x80 /* a word may stand there: look, then move on by what else the shift says */
/* Bytes of the piece of one window: what the others found behind the first word is looked for again. */
#define PIECE 256
#define PIECES 3

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
/* A word's bit is its row's, whatever its blanks are. */
_Static_assert(N_WORDS <= 64, "struct log_scan has 64 bits for words");
#define X(text, reader, crash) _Static_assert(sizeof(text) - 1 >= WINDOW, "trigger is too short: " text);
#include <cr2/tables/log_trigger.def>
#undef X

/* A blank, and what it becomes in web pages and in the output of cat -v: log_plain_append() knows them. */
static const char *const blanks[] = {" ", "\xc2\xa0", "&nbsp;", "&#160;", "&#xa0;", "&#xA0;", "M-BM- "};

/* How long the blank is that text begins with; 0: it begins with none. */
static size_t blank_at(const char *text, const char *end)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(blanks); i++) {
		size_t n = strlen(blanks[i]);

		if ((size_t)(end - text) >= n && memcmp(text, blanks[i], n) == 0)
			return n;
	}
	return 0;
}

/* Does text begin with the word, whatever its blanks are? */
static bool match(const struct log_word *word, const char *text, const char *end)
{
	for (const char *w = word->text; *w; w++) {
		size_t n = *w == ' ' ? blank_at(text, end) : text < end && *text == *w;

		if (n == 0)
			return false;
		text += n;
	}
	return true;
}

/* The first WINDOW bytes of the word, with that for its blanks. */
static void spell(const struct log_word *word, const char *blank, char *ret_window)
{
	size_t n = 0;

	for (const char *w = word->text; n < WINDOW; w++) {
		const char *piece = *w == ' ' ? blank : w;
		size_t length = piece == w ? 1 : strlen(blank);

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
		if (distance == 0) {
			*shift = CANDIDATE | 1;
			scan->words[slot(window)] |= (uint64_t)1 << bit;
		} else if (distance < *shift && !(*shift & CANDIDATE)) {
			*shift = distance;
		}
	}
}

void log_scan_init(struct log_scan *scan)
{
	memset(scan, 0, sizeof(*scan));
	memset(scan->shift, FURTHEST, sizeof(scan->shift));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(blanks) * N_WORDS; i++) {
		char spelt[WINDOW];

		spell(&words[i % N_WORDS], blanks[i / N_WORDS], spelt);
		add_word(scan, spelt, i % N_WORDS);
	}
}

static const struct log_word *word_at(const struct log_scan *scan, const char *p, const char *end)
{
	uint64_t candidates = scan->words[slot(p)];

	for (; candidates; candidates &= candidates - 1) {
		const struct log_word *word = &words[__builtin_ctzll(candidates)];

		if (match(word, p, end))
			return word;
	}
	return NULL;
}

/* The first word that begins at *p or behind it, before stop, or NULL; *p: where it begins. */
static const struct log_word *next_word(const struct log_scan *scan, const char **p, const char *stop,
					const char *end)
{
	const char *at = *p;

	if (end - at < WINDOW)
		return NULL;
	stop = stop < end - WINDOW + 1 ? stop : end - WINDOW + 1;
	while (at < stop) {
		uint8_t shift = scan->shift[slot(at)];

		if (shift & CANDIDATE) {
			const struct log_word *word = word_at(scan, at, end);

			*p = at;
			if (word)
				return word;
		}
		at += shift & ~CANDIDATE;
	}
	return NULL;
}

/* Moves the windows on by so many steps, or until one stands at a word, which it tells. */
static bool slide_together(const struct log_scan *scan, const char *at[PIECES], size_t steps, const char *end)
{
	const uint8_t *shift = scan->shift;
	const char *a = at[0], *b = at[1], *c = at[2];
	bool found = false;

	for (; steps; steps--) {
		unsigned on_a = shift[slot(a)], on_b = shift[slot(b)], on_c = shift[slot(c)];

		if (__builtin_expect((on_a | on_b | on_c) & CANDIDATE, 0)) {
			found = (on_a & CANDIDATE && word_at(scan, a, end)) ||
				(on_b & CANDIDATE && word_at(scan, b, end)) ||
				(on_c & CANDIDATE && word_at(scan, c, end));
			if (found)
				break;
		}
		a += on_a & ~CANDIDATE;
		b += on_b & ~CANDIDATE;
		c += on_c & ~CANDIDATE;
	}
	at[0] = a;
	at[1] = b;
	at[2] = c;
	return found;
}

/* How often all windows may move without leaving their pieces, which begin at text. */
static size_t safe_steps(const char *const at[PIECES], const char *text)
{
	ptrdiff_t least = PIECE;

	for (ptrdiff_t i = 0; i < PIECES; i++) {
		ptrdiff_t left = text + (i + 1) * PIECE - at[i];

		least = left < least ? left : least;
	}
	return least > 0 ? (size_t)least / FURTHEST : 0;
}

/* As next_word(), in as much of the text as pieces fit in; *p is behind them where it finds none. */
static const struct log_word *next_word_in_pieces(const struct log_scan *scan, const char **p, const char *end)
{
	while (end - *p >= PIECES * PIECE + WINDOW) {
		const char *at[PIECES] = {*p, *p + PIECE, *p + 2 * PIECE};
		size_t steps;

		while ((steps = safe_steps(at, *p)) && !slide_together(scan, at, steps, end))
			;
		for (size_t i = 0; i < PIECES; i++) {
			const struct log_word *word = next_word(scan, &at[i], *p + (i + 1) * PIECE, end);

			if (word) {
				*p = at[i];
				return word;
			}
		}
		*p += PIECES * PIECE;
	}
	return NULL;
}

const char *log_scan_find(const struct log_scan *scan, const char *text, const char *end,
			  bool *ret_crash)
{
	const struct log_word *word = next_word_in_pieces(scan, &text, end);

	if (!word)
		word = next_word(scan, &text, end, end);
	if (word && ret_crash)
		*ret_crash = word->crash;
	return word ? text : NULL;
}

unsigned log_scan_readers(const struct log_scan *scan, const char *text, const char *end)
{
	const struct log_word *word;
	unsigned readers = 0;

	while ((word = next_word(scan, &text, end, end))) {
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
