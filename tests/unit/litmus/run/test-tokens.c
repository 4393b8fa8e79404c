/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "litmus/run/tokens.h"

#include "../../test.h"

static struct token plain(enum cr2_page_kind kind)
{
	return (struct token){.kind = kind};
}

static struct token anon(uint64_t number, uint32_t count)
{
	return (struct token){.kind = CR2_PAGE_ANON, .number = number, .count = count};
}

static struct token huge(uint64_t number)
{
	return (struct token){.kind = CR2_PAGE_HUGE, .number = number, .count = 1};
}

static struct token file(const char *name, uint64_t page, uint32_t count)
{
	return (struct token){.kind = CR2_PAGE_FILE, .number = page, .count = count, .object = name,
			      .object_length = strlen(name)};
}

static char *fold(uint64_t page, const struct token *tokens, size_t n)
{
	struct cr2_text text = {0};
	struct token_writer writer = {.text = &text};

	assert_int_equal(cr2_text_append(&text, ""), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(token_writer_add(&writer, page + i, &tokens[i]), 0);
	assert_int_equal(token_writer_end(&writer), 0);
	return text.data;
}

#define FOLDS(wanted, ...) do { \
		struct token pages[] = {__VA_ARGS__}; \
		char *text = fold(0, pages, CR2_ARRAY_SIZE(pages)); \
		assert_string_equal(text, wanted); \
		free(text); \
	} while (0)

static void each_kind_has_its_token(void **state)
{
	(void)state;
	FOLDS("!", plain(CR2_PAGE_NOMAP));
	FOLDS("-", plain(CR2_PAGE_NONE));
	FOLDS("z", plain(CR2_PAGE_ZERO));
	FOLDS("s", plain(CR2_PAGE_SWAP));
	FOLDS("hz", plain(CR2_PAGE_HUGE_ZERO));
	FOLDS("a7", anon(7, 1));
	FOLDS("a7/2", anon(7, 2));
	FOLDS("a7/0", anon(7, 0));
	FOLDS("h3", huge(3));
	FOLDS("f:12", file("f", 12, 1));
	FOLDS("data:0/18446744", file("data", 0, 18446744));
}

static void equal_neighbours_fold(void **state)
{
	struct token none = plain(CR2_PAGE_NONE);

	(void)state;
	FOLDS("-*2", none, none);
	FOLDS("-*4 z - a1", none, none, none, none, plain(CR2_PAGE_ZERO), none, anon(1, 1));
	FOLDS("f:1*2 f:1/2", file("f", 1, 1), file("f", 1, 1), file("f", 1, 2));
	FOLDS("f:1 g:1", file("f", 1, 1), file("g", 1, 1));
	FOLDS("a1 a2*2", anon(1, 1), anon(2, 1), anon(2, 1));
}

static void new_pages_in_a_row_fold(void **state)
{
	(void)state;
	FOLDS("a1 a2", anon(1, 1), anon(2, 1));
	FOLDS("a1..a3", anon(1, 1), anon(2, 1), anon(3, 1));
	FOLDS("a9..a11 a13 a12", anon(9, 1), anon(10, 1), anon(11, 1), anon(13, 1), anon(12, 1));
	FOLDS("a1/2 a2/2 a3/2", anon(1, 2), anon(2, 2), anon(3, 2));
	FOLDS("a1 a2 a3/2", anon(1, 1), anon(2, 1), anon(3, 2));
	FOLDS("a1..a3 a1..a3", anon(1, 1), anon(2, 1), anon(3, 1), anon(1, 1), anon(2, 1),
	      anon(3, 1));
}

static void a_huge_page_is_one_token(void **state)
{
	static struct token pages[3 * PAGES_PER_HUGE];
	char *text;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(pages); i++)
		pages[i] = i < PAGES_PER_HUGE ? huge(1) : plain(CR2_PAGE_HUGE_ZERO);
	text = fold(0, pages, 3 * PAGES_PER_HUGE);
	assert_string_equal(text, "h1 hz*2");
	free(text);
	/* A mapping that begins within one shows the rest of it. */
	text = fold(10, pages + 10, 3 * PAGES_PER_HUGE - 10);
	assert_string_equal(text, "h1 hz*2");
	free(text);
}

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static struct token random_token(unsigned *seed, uint64_t *number)
{
	static const enum cr2_page_kind kinds[] = {CR2_PAGE_NOMAP, CR2_PAGE_NONE, CR2_PAGE_ZERO,
						   CR2_PAGE_SWAP};

	switch (next(seed) % 6) {
	case 0:
		return plain(kinds[next(seed) % 4]);
	case 1:
		return file(next(seed) % 2 ? "f" : "g2", next(seed) % 3, next(seed) % 3);
	case 2:
		return anon(1 + next(seed) % 5, next(seed) % 3);
	case 3:
		*number += next(seed) % 2;
		/* fall through */
	default:
		return anon(++*number, 1);
	}
}

/* Random sequences, kind by kind in runs, huge pages at their boundaries. */
static size_t random_pages(unsigned *seed, uint64_t page, struct token *tokens, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n;) {
		struct token token = random_token(seed, &number);
		size_t run = next(seed) % 3 == 0 ? 1 + next(seed) % 9 : 1;

		if ((page + i) % PAGES_PER_HUGE == 0 && next(seed) % 2) {
			token = next(seed) % 2 ? huge(++number) : plain(CR2_PAGE_HUGE_ZERO);
			run = PAGES_PER_HUGE;
		}
		while (run-- && i < n)
			tokens[i++] = token;
	}
	return n;
}

static void unfolding_is_the_inverse(void **state)
{
	static struct token pages[1500];

	(void)state;
	for (unsigned seed = 1; seed < 2000; seed++) {
		unsigned random = seed;
		uint64_t page = next(&random) % 1024;
		size_t n = random_pages(&random, page, pages, 1 + next(&random) % 1500), m;
		char *text = fold(page, pages, n);
		struct token *unfolded;

		assert_int_equal(tokens_unfold(text, page, &unfolded, &m), 0);
		/* A 2 MiB page that goes on behind the mapping's end is unfolded whole. */
		assert_true(m >= n && m < n + PAGES_PER_HUGE);
		for (size_t i = 0; i < n; i++)
			if (!token_equals(&pages[i], &unfolded[i]))
				fail_msg("seed %u page %zu of %s", seed, i, text);
		free(unfolded);
		free(text);
	}
}

static void what_is_no_tokens_is_refused(void **state)
{
	static const char *const bad[] = {
		" ", "- ", " -", "-  -", "x", "a", "a1..", "a1..z", "a3..a1", "a1/2..a3", "-*", "-*0",
		"-*-", "-*18446744073709551616", "-*99999999", "a1..a99999999", "f:", "f:x", "a1/",
		"a1/x", "h", "zz", "a1..a2*3", "h1*99999999",
	};
	struct token *tokens;
	size_t n;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++)
		if (tokens_unfold(bad[i], 0, &tokens, &n) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(tokens_unfold("", 0, &tokens, &n), 0);
	assert_int_equal(n, 0);
}

static void pages_are_numbered_by_first_appearance(void **state)
{
	struct numbering numbering = {0};
	uint64_t number;

	(void)state;
	assert_int_equal(numbering_find(&numbering, 0), 0);
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 10000; i++) {
			assert_int_equal(numbering_add(&numbering, i * 4096 * 31, &number), 0);
			assert_int_equal(number, i + 1);
		}
	}
	assert_int_equal(numbering_find(&numbering, 4096 * 31), 2);
	assert_int_equal(numbering_find(&numbering, 1), 0);
	numbering_finish(&numbering);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_its_token),
		cmocka_unit_test(equal_neighbours_fold),
		cmocka_unit_test(new_pages_in_a_row_fold),
		cmocka_unit_test(a_huge_page_is_one_token),
		cmocka_unit_test(unfolding_is_the_inverse),
		cmocka_unit_test(what_is_no_tokens_is_refused),
		cmocka_unit_test(pages_are_numbered_by_first_appearance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
