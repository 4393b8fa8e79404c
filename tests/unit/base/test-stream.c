/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <base/stream.h>

#include "../test.h"

static FILE *numbers(int n)
{
	FILE *stream = tmpfile();

	assert_non_null(stream);
	for (int i = 0; i < n; i++)
		fprintf(stream, "%09d\n", i);
	rewind(stream);
	return stream;
}

static void a_stream_is_read_to_its_end(void **state)
{
	struct cr2_text text = {0};
	FILE *stream = numbers(10000);

	(void)state;
	assert_int_equal(cr2_text_append(&text, "before"), 0);
	assert_int_equal(stream_read(stream, 100000, &text), 0);
	assert_int_equal(text.length, 100006);
	assert_string_equal(text.data + 99996, "000009999\n");
	fclose(stream);
	cr2_text_finish(&text);
}

static void one_that_is_too_long_is_refused(void **state)
{
	struct cr2_text text = {0};
	FILE *stream = numbers(10000);

	(void)state;
	assert_int_equal(stream_read(stream, 99999, &text), -EFBIG);
	fclose(stream);
	cr2_text_finish(&text);
}

static void errors_are_told(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(stream_read_file("/no/such/file", SIZE_MAX, &text), -ENOENT);
	assert_int_equal(stream_read_file("/", SIZE_MAX, &text), -EISDIR);
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_read_to_its_end),
		cmocka_unit_test(one_that_is_too_long_is_refused),
		cmocka_unit_test(errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
