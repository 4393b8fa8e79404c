/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "record/pages.h"

#include "../test.h"

static struct cr2_page plain(enum cr2_page_kind kind)
{
	return (struct cr2_page){.kind = kind};
}

static struct cr2_page anon(uint64_t number, uint32_t count)
{
	return (struct cr2_page){.kind = CR2_PAGE_ANON, .number = number, .count = count};
}

static struct cr2_page huge(uint64_t number)
{
	return (struct cr2_page){.kind = CR2_PAGE_HUGE, .number = number, .count = 1};
}

static char *files[] = {"f", "g", "g2", "data"};
static const struct cr2_names names = {.objects = {CR2_ARRAY_SIZE(files), files}};

static int64_t file_number(void *data, const char *name, size_t length)
{
	(void)data;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(files); i++)
		if (strlen(files[i]) == length && memcmp(files[i], name, length) == 0)
			return (int64_t)i;
	return -EINVAL;
}

static struct cr2_page file(const char *name, uint64_t page, uint32_t count)
{
	return (struct cr2_page){.kind = CR2_PAGE_FILE, .number = page, .count = count,
				 .object = (uint32_t)file_number(NULL, name, strlen(name))};
}

static char *text_of(const struct cr2_page_list *list)
{
	struct cr2_text text = {0};

	assert_int_equal(cr2_page_list_append(&names, list, &text), 0);
	return text.data;
}

/* Page by page. */
static struct cr2_page_list list_of(uint64_t page, const struct cr2_page *pages, size_t n)
{
	struct cr2_page_list list = {.first = page};

	for (size_t i = 0; i < n; i++) {
		const struct cr2_pages one = {1, pages[i], false};

		assert_int_equal(cr2_page_list_add(&list, &one), 0);
	}
	assert_int_equal(list.n_pages, n);
	return list;
}

static char *fold(uint64_t page, const struct cr2_page *pages, size_t n)
{
	struct cr2_page_list list = list_of(page, pages, n);
	char *text = text_of(&list);

	cr2_page_list_finish(&list);
	return text;
}

#define FOLDS(wanted, ...) do { \
		struct cr2_page pages[] = {__VA_ARGS__}; \
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
	FOLDS("g", plain(CR2_PAGE_GUARD));
	FOLDS("p", plain(CR2_PAGE_POISON));
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
	struct cr2_page none = plain(CR2_PAGE_NONE);

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
	static struct cr2_page pages[3 * PAGES_PER_HUGE];
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

static struct cr2_page random_token(unsigned *seed, uint64_t *number)
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
static size_t random_pages(unsigned *seed, uint64_t page, struct cr2_page *tokens, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n;) {
		struct cr2_page token = random_token(seed, &number);
		size_t run = next(seed) % 3 == 0 ? 1 + next(seed) % 9 : 1;

		if ((page + i) % PAGES_PER_HUGE == 0 && next(seed) % 2) {
			token = next(seed) % 2 ? huge(++number) : plain(CR2_PAGE_HUGE_ZERO);
			run = PAGES_PER_HUGE;
		}
		token.marks = next(seed) % 4 ? 0 : next(seed) % CR2_MARK(BEGINS) << (next(seed) % 2);
		while (run-- && i < n)
			tokens[i++] = token;
	}
	return n;
}

/* The same list in pieces of any length. */
static void assert_pieces_fold(unsigned seed, const struct cr2_page *pages, size_t n,
			       const char *wanted, uint64_t page)
{
	struct cr2_page_list list = {.first = page};
	char *text;

	for (size_t i = 0; i < n;) {
		struct cr2_pages piece = {1, pages[i], false};
		size_t most = 1 + next(&seed) % 7;

		for (; piece.n < most && i + piece.n < n; piece.n++) {
			const struct cr2_page *at = &pages[i + piece.n], *before = at - 1;
			bool follows = page_follows(at, before);

			if (!follows && !cr2_page_equal(at, before))
				break;
			if (piece.n > 1 && follows != piece.ascending)
				break;
			piece.ascending = follows;
		}
		assert_int_equal(cr2_page_list_add(&list, &piece), 0);
		i += piece.n;
	}
	text = text_of(&list);
	assert_string_equal(text, wanted);
	free(text);
	cr2_page_list_finish(&list);
}

static void unfolding_is_the_inverse(void **state)
{
	static struct cr2_page pages[1500];

	(void)state;
	for (unsigned seed = 1; seed < 2000; seed++) {
		unsigned random = seed;
		uint64_t page = next(&random) % 1024, at = 0;
		size_t n = random_pages(&random, page, pages, 1 + next(&random) % 1500);
		char *text = fold(page, pages, n), *again;
		struct cr2_page_list list = {.first = page};

		assert_pieces_fold(seed, pages, n, text, page);
		assert_int_equal(pages_unfold(text, file_number, NULL, &list), 0);
		/* A 2 MiB page that goes on behind the mapping's end is unfolded whole. */
		assert_true(list.n_pages >= n && list.n_pages < n + PAGES_PER_HUGE);
		for (size_t i = 0; i < list.n; i++)
			for (uint64_t k = 0; k < list.items[i].n && at < n; k++, at++) {
				struct cr2_page found = pages_at(&list.items[i], k);

				if (!cr2_page_equal(&pages[at], &found))
					fail_msg("seed %u page %" PRIu64 " of %s", seed, at, text);
			}
		again = text_of(&list);
		assert_string_equal(again, text);
		free(again);
		cr2_page_list_finish(&list);
		free(text);
	}
}

static void what_is_no_tokens_is_refused(void **state)
{
	static const char *const bad[] = {
		" ", "- ", " -", "-  -", "x", "a", "a1..", "a1..z", "a3..a1", "a1/2..a3", "-*", "-*0",
		"-*-", "-*18446744073709551616", "-*99999999", "a1..a99999999", "f:", "f:x", "a1/",
		"a1/x", "h", "zz", "a1..a2*3", "h1*99999999", "a1:", "-:", "z:wr", "a1:rw:a", "a1:r..a3:r",
		"|a1..a3", "a1..|a3", "||-", "|",
	};
	struct cr2_page_list list = {0};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++) {
		struct cr2_page_list some = {0};

		if (pages_unfold(bad[i], file_number, NULL, &some) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		cr2_page_list_finish(&some);
	}
	assert_int_equal(pages_unfold("", file_number, NULL, &list), 0);
	assert_int_equal(list.n_pages, 0);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
