/* SPDX-License-Identifier: MIT */
/* The fast search finds what a slow one finds, wherever it stands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/base.h>

#include "log/scan.h"

#include "../test.h"

static const char *const words[] = {
#define X(text, reader, crash) text,
#include <cr2/tables/log_trigger.def>
#undef X
};

static const bool crashes[] = {
#define X(text, reader, crash) crash,
#include <cr2/tables/log_trigger.def>
#undef X
};

static const char *find_slowly(const char *text, const char *end)
{
	for (; text < end; text++)
		for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++)
			if ((size_t)(end - text) >= strlen(words[i]) &&
			    memcmp(text, words[i], strlen(words[i])) == 0)
				return text;
	return NULL;
}

static void every_word_is_found_at_every_place(void **state)
{
	struct log_scan scan;
	char text[64];

	(void)state;
	log_scan_init(&scan);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		for (size_t at = 0; at + n <= sizeof(text); at++) {
			memset(text, ' ', sizeof(text));
			memcpy(text + at, words[i], n);
			assert_ptr_equal(log_scan_find(&scan, text, text + sizeof(text), NULL), text + at);
			/* Not where the text ends within it. */
			assert_null(log_scan_find(&scan, text, text + at + n - 1, NULL));
		}
	}
}

/* Pieces of the words, so that many places nearly match. */
static void random_text_gives_what_a_slow_search_gives(void **state)
{
	struct log_scan scan;
	char text[512];

	(void)state;
	log_scan_init(&scan);
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t n = 0;

		while (n < sizeof(text)) {
			const char *word = words[(size_t)rand() % CR2_ARRAY_SIZE(words)];
			size_t from = (size_t)rand() % 3, length = strlen(word) - from - (size_t)rand() % 3;

			length = length < sizeof(text) - n ? length : sizeof(text) - n;
			memcpy(text + n, word + from, length);
			n += length;
		}
		assert_ptr_equal(log_scan_find(&scan, text, text + n, NULL), find_slowly(text, text + n));
	}
}

/* It is searched in pieces: a word in a later one is not told before those in earlier ones. */
static void in_long_text_the_first_word_is_found(void **state)
{
	struct log_scan scan;
	char text[5000];

	(void)state;
	log_scan_init(&scan);
	srand(3);
	for (size_t at = 0; at < sizeof(text) - 64; at += 7) {
		size_t n = at + 64;

		/* Beginnings of words, none of them whole. */
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = words[(size_t)rand() % CR2_ARRAY_SIZE(words)][i % 6];
		memcpy(text + at, words[at % CR2_ARRAY_SIZE(words)], strlen(words[at % CR2_ARRAY_SIZE(words)]));
		assert_ptr_equal(log_scan_find(&scan, text, text + sizeof(text), NULL), text + at);
		for (; n < sizeof(text) - 64; n += 1 + (size_t)rand() % 700)
			memcpy(text + n, "segfault at ", 12);
		assert_ptr_equal(log_scan_find(&scan, text, text + sizeof(text), NULL), text + at);
		assert_null(log_scan_find(&scan, text, text + at + 6, NULL));
	}
}

/* As a web page has them, and as cat -v shows those. */
static void blanks_may_be_no_break_spaces(void **state)
{
	static const char *const blanks[] = {"\xc2\xa0", "&nbsp;", "&#160;", "&#xa0;", "&#xA0;", "M-BM- "};
	struct log_scan scan;

	(void)state;
	log_scan_init(&scan);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(words) * CR2_ARRAY_SIZE(blanks); i++) {
		const char *word = words[i / CR2_ARRAY_SIZE(blanks)], *blank = blanks[i % CR2_ARRAY_SIZE(blanks)];
		char text[128] = "xyz";
		size_t n = 3;
		bool crash = false;

		for (const char *p = word; *p; p++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s", *p == ' ' ? 6 : 1,
					      *p == ' ' ? blank : p);
		assert_ptr_equal(log_scan_find(&scan, text, text + n, &crash), text + 3);
		assert_null(log_scan_find(&scan, text, text + n - 1, NULL));
		assert_int_equal(crash, crashes[i / CR2_ARRAY_SIZE(blanks)]);
	}
}

static void the_readers_of_all_words_are_told(void **state)
{
	static const char text[] = "[signal SIGSEGV: general protection error_code=";
	struct log_scan scan;

	(void)state;
	log_scan_init(&scan);
	assert_int_equal(log_scan_readers(&scan, text, text + strlen(text)),
			 LOG_WORD_REPORTER | LOG_WORD_KERNEL | LOG_WORD_TRACE);
	assert_int_equal(log_scan_readers(&scan, text, text + strlen(text) - 1),
			 LOG_WORD_REPORTER | LOG_WORD_KERNEL);
	assert_int_equal(log_scan_readers(&scan, text, text + 10), 0);
}

static void lines_are_counted(void **state)
{
	char text[5000];

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_int_equal(log_scan_lines(text, text + sizeof(text)), sizeof(text));
	srand(2);
	for (int round = 0; round < 500; round++) {
		size_t n = (size_t)rand() % sizeof(text), expected = 0;

		/* Bytes around '\n' and its high twin: carries must not spill. */
		for (size_t i = 0; i < n; i++) {
			text[i] = "\n\v\t\x8a\0\xff\x7f\x80"[rand() % 8];
			expected += text[i] == '\n';
		}
		assert_int_equal(log_scan_lines(text, text + n), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_found_at_every_place),
		cmocka_unit_test(random_text_gives_what_a_slow_search_gives),
		cmocka_unit_test(in_long_text_the_first_word_is_found),
		cmocka_unit_test(blanks_may_be_no_break_spaces),
		cmocka_unit_test(the_readers_of_all_words_are_told),
		cmocka_unit_test(lines_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
