/* SPDX-License-Identifier: MIT */
/* Comma-separated values as RFC 4180 has them, and as spreadsheets write them. */
#include <errno.h>
#include <stdlib.h>

#include "base/csv.h"

#include "../test.h"

/* All rows as LINE:field|field/ */
static int read_all(const char *s, size_t size, struct cr2_text *seen, const char **ret_reason)
{
	struct csv csv;
	int r;

	csv_begin(&csv, s, size);
	while ((r = csv_next(&csv)) > 0) {
		assert_int_equal(cr2_text_printf(seen, "%u:", csv.line), 0);
		for (size_t i = 0; i < csv.n; i++)
			assert_int_equal(cr2_text_printf(seen, "%s%s", i ? "|" : "", csv.fields[i]), 0);
		assert_int_equal(cr2_text_append(seen, "/"), 0);
	}
	*ret_reason = csv.reason;
	csv_finish(&csv);
	return r;
}

static void rows(const char *s, const char *wanted)
{
	struct cr2_text seen = {0};
	const char *reason;

	assert_int_equal(read_all(s, strlen(s), &seen, &reason), 0);
	assert_null(reason);
	assert_string_equal(seen.data ? seen.data : "", wanted);
	cr2_text_finish(&seen);
}

static void refused(const char *s, size_t size, const char *wanted)
{
	struct cr2_text seen = {0};
	const char *reason;

	assert_int_equal(read_all(s, size, &seen, &reason), -EINVAL);
	assert_string_equal(reason, wanted);
	cr2_text_finish(&seen);
}

static void test_rows(void **state)
{
	(void)state;
	rows("", "");
	rows("a,b\n", "1:a|b/");
	rows("a,b", "1:a|b/");
	rows(",\n", "");
	rows("a,\n,b", "1:a|/2:|b/");
	rows(" a ,\tb \r\n\r\n  \nc", "1:a|b/4:c/");
	rows("\xef\xbb\xbf" "a\r\n", "1:a/");
}

static void test_quotes(void **state)
{
	(void)state;
	rows("\"a,b\",\"c\"\"d\" , \" e \"\n", "1:a,b|c\"d| e /");
	/* The row behind one with lines inside knows its own. */
	rows("\"a\nb\",c\nd", "1:a\nb|c/3:d/");
	rows("a \"b\"\n", "1:a \"b\"/");
	rows("\"\"", "");
	refused("\"a", 2, "a quote is not closed");
	refused("\"a\"b", 4, "text stands behind a closing quote; a quote inside of quotes is written twice");
	refused("a\0,", 3, "this is no text in UTF-8: save it as UTF-8");
}

static void test_semicolons(void **state)
{
	(void)state;
	rows("a;b\nc,d;e", "1:a|b/2:c,d|e/");
	rows("a,b;c\n", "1:a|b;c/");
	rows("\"a,b\";c\n", "1:a,b|c/");
	rows("a\nb,c\n", "1:a/2:b|c/");
}

static void test_round_trip(void **state)
{
	static const char *const fields[] = {"a", "", "b,c", "d\"e", "f\ng", " h ", "i;j", "\xc3\xa9"};
	struct cr2_text text = {0};
	struct csv csv;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(fields); i++)
		assert_int_equal(csv_append(&text, i == 0, fields[i]), 0);
	csv_begin(&csv, text.data, text.length);
	assert_int_equal(csv_next(&csv), 1);
	assert_int_equal(csv.n, CR2_ARRAY_SIZE(fields));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(fields); i++)
		assert_string_equal(csv.fields[i], fields[i]);
	csv_finish(&csv);
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_semicolons),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
