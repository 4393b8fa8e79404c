/* SPDX-License-Identifier: MIT */
/* Archives: a zip, the same bytes each time. That unzip reads them: tests/cli/sheets.bats. */
#include "export/archive.h"

#include "../test.h"

static void pack_two(struct cr2_text *bytes)
{
	struct cr2_text one = {0}, none = {0};
	struct archive *archive;

	assert_int_equal(archive_begin(&archive), 0);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(cr2_text_printf(&one, "%u ", i), 0);
	archive_add(archive, "folder/one", &one);
	archive_add(archive, "none", &none);
	assert_int_equal(archive_end(archive, bytes), 0);
	cr2_text_finish(&one);
}

static void packed(void **state)
{
	struct cr2_text bytes = {0}, again = {0};

	(void)state;
	pack_two(&bytes);
	pack_two(&again);
	assert_int_equal(bytes.length, again.length);
	assert_memory_equal(bytes.data, again.data, bytes.length);
	assert_memory_equal(bytes.data, "PK\3\4", 4);
	/* The end of the directory: two files, and no comment. */
	assert_memory_equal(bytes.data + bytes.length - 22, "PK\5\6\0\0\0\0\2\0\2\0", 12);
	cr2_text_finish(&bytes);
	cr2_text_finish(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
